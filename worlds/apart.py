"""How is a long rule compiled once, instead of again in every one of its callers?

numba links a compiled function into each caller and optimises all of it anew, so that a tree of calls takes time that
grows with its depth: minutes, for an expert's plans. A rule marked `@apart` is optimised by itself; its callers only
declare it, and it is linked once, at the end, into the entry that Python calls. Only rules marked so, and entries, may
call it. It is never called from Python unless rules run uncompiled.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numba

from worlds.compile import BOUNDSCHECK, COMPILED

F = TypeVar("F", bound=Callable[..., Any])
_MARK = "apart."


def apart(function: F) -> F:
    """Compile a rule once and link it into entries as it is."""
    function.__qualname__ = _MARK + function.__qualname__
    return numba.njit(nogil=True, boundscheck=BOUNDSCHECK, error_model="numpy")(function)


if COMPILED:
    import llvmlite.binding as llvm
    from numba.core.codegen import JITCodeLibrary
    from numba.core.registry import cpu_target

    class ApartLibrary(JITCodeLibrary):
        """A code library that keeps libraries of rules set apart until it is one that Python calls."""

        def finalize(self) -> None:
            later: dict[ApartLibrary, None] = {}
            linked = []
            for library in self._linking_libraries:
                if getattr(library, "is_apart", False):
                    later[library] = None
                    later.update(library.later)
                else:
                    linked.append(library)
            self.later = later
            self.is_apart = self.name.startswith(_MARK)
            if not later and not self.is_apart:
                super().finalize()
                return
            self._raise_if_finalized()
            for library in dict.fromkeys(linked):
                self._reload_init.update(library._reload_init)
                self._final_module.link_in(library._get_module_for_linking(), preserve=True)
            self._optimize_final_module()
            if self.is_apart:
                self._finalize_dynamic_globals()
                self._define_environments()
                self._finalized = True
                return
            for library in later:
                self._reload_init.update(library._reload_init)
                self._final_module.link_in(library._get_module_for_linking(), preserve=True)
            self._final_module.verify()
            self._finalize_final_module()

        def _define_environments(self) -> None:
            """numba sets the environment of each function; give it one, since the code is not yet in memory."""
            names = [v.name for v in self._final_module.global_variables if "NumbaEnv" in v.name]
            text = "\n".join(f'@"{name}" = common global i8* null' for name in names)
            module = llvm.parse_assembly(f'target triple = "{self._final_module.triple}"\n{text}\n')
            module.data_layout = self._codegen._data_layout
            self._codegen._engine.add_module(module)
            self._stub = module

    cpu_target.target_context.codegen()._library_class = ApartLibrary
