"""Under which names do Gymnasium and PettingZoo make our scenarios? `SocialRL/House-v0`..., after `import worlds`.

Nothing heavy is loaded for it: the names are entered when those libraries are, before or after.
"""

import os
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_SCENARIOS = os.path.join(os.path.dirname(os.path.dirname(__file__)), "scenarios")


def titles() -> dict[str, str]:
    """Scenarios by the name that they are made by elsewhere."""
    import pkgutil

    names = sorted(info.name for info in pkgutil.iter_modules([_SCENARIOS]))
    return {f"SocialRL/{name.title().replace('_', '')}-v0": name for name in names}


def enter_gymnasium(gymnasium: Any) -> None:
    """For `gymnasium.make` and `make_vec`."""
    for title, name in titles().items():
        if title not in gymnasium.registry:
            gymnasium.register(
                title,
                "worlds.envs.vector_env:single_env",
                vector_entry_point="worlds.envs.vector_env:vector_env",
                kwargs={"scenario": name},
                order_enforce=False,
            )


def enter_pettingzoo(pettingzoo: Any) -> None:
    """For `pettingzoo.make("parallel", ...)` and `make("aec", ...)`, which there are from PettingZoo 1.27 on."""
    if not hasattr(pettingzoo, "parallel_registry"):
        return
    for title, name in titles().items():
        if title not in pettingzoo.parallel_registry:
            for kind, function in (("parallel", "parallel_env"), ("aec", "env")):
                pettingzoo.register(
                    kind, title, f"worlds.envs.parallel_env:{function}", kwargs={"scenario": name}
                )


LIBRARIES: dict[str, Callable[[Any], None]] = {"gymnasium": enter_gymnasium, "pettingzoo": enter_pettingzoo}


class _Enter:
    """Loads a library as its own loader does, then enters our names."""

    def __init__(self, loader: Any, enter: Callable[[Any], None]) -> None:
        self.loader, self.enter = loader, enter

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = module.__loader__ = self.loader  # as if nobody had looked
        self.loader.exec_module(module)
        self.enter(module)


class _Finder:
    """Notices the first import of one of those libraries."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in LIBRARIES or path is not None:
            return None
        others = [finder for finder in sys.meta_path if finder is not self]
        for finder in others:
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                if spec.loader is not None:
                    loader: Any = _Enter(spec.loader, LIBRARIES[fullname])
                    spec.loader = loader
                return spec
        return None


def enter_names() -> None:
    """Enter the names where the libraries are loaded, and as soon as they are loaded where not."""
    missing = [name for name in LIBRARIES if name not in sys.modules]
    for name in LIBRARIES.keys() - set(missing):
        LIBRARIES[name](sys.modules[name])
    if missing and not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
