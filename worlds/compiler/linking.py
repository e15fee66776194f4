"""How are rules optimised and linked? As numba does it, with some differences.

Rules are short branches over few agents: what loops over long arrays gain from the third level of optimisation, from
vectors and from unrolling, rules pay for in size (measured: twice the code, twice the time to compile, not a nanosecond
faster). So they are optimised at level 2, without these.

A rule set apart (apart.py) is optimised by itself; its callers only declare it, and it is linked once, at the
end, into the entry that Python calls.

All this reaches into numba, so it is only done with versions of numba that were tested. With others, or with
SOCIAL_RL_PLAIN_NUMBA=1, rules are compiled as numba does it: the same results, after a longer wait.
"""

import os
import warnings

import llvmlite.binding as llvm
import numba
from numba.core import config
from numba.core.codegen import JITCodeLibrary
from numba.core.registry import cpu_target

COLD = "cold."  # after the mark: not to be inlined
MARK = "worlds."  # begins the names of compiled functions that are ours
APART = MARK + "apart."
LEVEL = 2
TESTED = ("0.68.0", "0.68.1")  # versions of numba
NEEDED = {
    JITCodeLibrary: (
        "finalize", "_raise_if_finalized", "_finalize_dynamic_globals", "_finalize_final_module",
        "_get_module_for_linking", "_optimize_functions", "_optimize_final_module",
    ),
    llvm: ("create_pass_builder", "create_pipeline_tuning_options", "parse_assembly"),
}  # fmt: skip


def is_plain() -> bool:
    """Must numba be left as it is?"""
    if os.environ.get("SOCIAL_RL_PLAIN_NUMBA") == "1":
        return True
    missing = [
        f"{owner.__name__}.{name}"
        for owner, names in NEEDED.items()
        for name in names
        if not hasattr(owner, name)
    ]
    if not hasattr(cpu_target.target_context.codegen(), "_library_class"):
        missing.append("_library_class")
    if numba.__version__ in TESTED and not missing:
        return False
    why = f"it has no {missing[0]}" if missing else f"tested are {' and '.join(TESTED)}"
    warnings.warn(
        f"numba {numba.__version__} compiles rules in its own way, which takes minutes: {why}. "
        f"Remedy: pip install numba=={TESTED[-1]}",
        stacklevel=2,
    )
    return True


class RuleLibrary(JITCodeLibrary):
    """A code library that keeps libraries of rules set apart until it is one that Python calls."""

    def finalize(self) -> None:
        later: dict[RuleLibrary, None] = {}
        linked = []
        for library in self._linking_libraries:
            if getattr(library, "is_apart", False):
                later[library] = None
                later.update(library.later)
            else:
                linked.append(library)
        self.later = later
        self.is_apart = self.name.startswith(APART)
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

    def _optimize_functions(self, ll_module: llvm.ModuleRef) -> None:
        if not self.name.startswith(MARK) or config.OPT == 0:
            super()._optimize_functions(ll_module)
            return
        ll_module.data_layout = self._codegen._data_layout
        builder = self._pass_builder(LEVEL)
        passes = builder.getFunctionPassManager()
        passes.add_refprune_pass()
        for function in ll_module.functions:
            if self.name.startswith(MARK + COLD) and not function.is_declaration:
                function.add_function_attribute("noinline")
            passes.run(function, builder)

    def _optimize_final_module(self) -> None:
        if not self.name.startswith(MARK) or config.OPT == 0:
            super()._optimize_final_module()
            return
        for level in (0, LEVEL):  # first whatever is inlined by force
            builder = self._pass_builder(level)
            passes = builder.getModulePassManager()
            passes.add_refprune_pass()
            passes.run(self._final_module, builder)

    def _pass_builder(self, level: int) -> llvm.PassBuilder:
        options = llvm.create_pipeline_tuning_options(level)
        options.loop_vectorization = options.slp_vectorization = options.loop_unrolling = False
        return llvm.create_pass_builder(self._codegen._tm, options)

    def _define_environments(self) -> None:
        """numba sets the environment of each function; give it one, since the code is not yet in memory."""
        names = [v.name for v in self._final_module.global_variables if "NumbaEnv" in v.name]
        text = "\n".join(f'@"{name}" = common global i8* null' for name in names)
        module = llvm.parse_assembly(f'target triple = "{self._final_module.triple}"\n{text}\n')
        module.data_layout = self._codegen._data_layout
        self._codegen._engine.add_module(module)
        self._stub = module


if not is_plain():
    cpu_target.target_context.codegen()._library_class = RuleLibrary
