"""What does a compiled function come from? A key of all of it: change anything, and the key is another one.

Compiled in are the function's own bytecode, that of every function it calls, and the values of all global constants
these use. All are followed by name, so the key changes with what can be seen in the machine code and with nothing else:
no comment, no scenario without rules, no file that only Python runs is a reason to compile again.
"""

import enum
import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

import llvmlite
import numba
import numpy as np
from numba.core.types import Type

# Their functions are known by name and version.
LIBRARIES = frozenset({"builtins", "llvmlite", "math", "numba", "numpy", "operator", "_operator"})
BESIDE = frozenset({"announce", "cache"})  # files of this folder that do nothing to compiled code
_ATOMS = bool, int, float, complex, str, bytes, type(None), type(...), np.generic


class UnknownSource(TypeError):
    """Compiled code uses something of which no key is known: it cannot be kept."""


def source_key(function: Callable, **options: Any) -> str:
    """Key of a function that is compiled with `options`: 64 hex digits, the same in every process.

    Raises:
        UnknownSource: it uses a global that has no key, a dict for example.
    """
    walk = _Walk()
    walk.say(toolchain(), sorted(options.items()))
    walk.function(function)
    return walk.digest.hexdigest()


def toolchain() -> tuple:
    """What compiles: versions of Python and packages, optimisation, and our own compiler."""
    ours = [path for path in sorted(Path(__file__).parent.glob("*.py")) if path.stem not in BESIDE]
    sources = [(path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in ours]
    packages = numba.__version__, llvmlite.__version__, np.__version__
    plain = os.environ.get("SOCIAL_RL_PLAIN_NUMBA")
    return sys.implementation.cache_tag, packages, str(numba.config.OPT), plain, sources


class _Walk:
    """A digest of what was come across, each function once."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()
        self._seen: set[Any] = set()

    def say(self, *parts: Any) -> None:
        for part in parts:
            self.digest.update(repr(part).encode() + b"\n")

    def value(self, name: str, value: Any) -> None:
        """A global `name` that compiled code uses."""
        self.say(name, type(value).__name__)
        if isinstance(value, _ATOMS):
            self.say(value)
        elif hasattr(value, "py_func") and hasattr(value, "targetoptions"):
            self.say(value.py_func.__qualname__, sorted(value.targetoptions.items()))
            self.function(value.py_func)
        elif isinstance(value, FunctionType):
            self.function(value)
        elif isinstance(value, np.ndarray) and not value.dtype.hasobject:
            self.say(value.dtype.str, value.shape, value.tobytes())
        elif isinstance(value, tuple | list):
            for part in value:
                self.value("", part)
        elif isinstance(value, set | frozenset):
            self.say(sorted(map(repr, value)))
        elif hasattr(value, "_defn"):
            self.intrinsic(value._defn)
        elif isinstance(value, type):
            self.kind(value)
        elif isinstance(value, Type | np.dtype | np.ufunc | BuiltinFunctionType):
            self.say(str(value) if not isinstance(value, BuiltinFunctionType) else value.__qualname__)
        elif isinstance(value, ModuleType):
            self.say(value.__name__)
        else:
            raise UnknownSource(f"{name} is a {type(value).__name__}")

    def function(self, function: FunctionType) -> None:
        """A function, what it calls and what it reads."""
        self.say(function.__module__, function.__code__.co_qualname)
        if _root(function) in LIBRARIES or function in self._seen:
            return
        self._seen.add(function)
        for cell in function.__closure__ or ():
            self.value("", cell.cell_contents)
        self.value("", function.__defaults__ or ())
        self.code(function.__code__, function.__globals__, function.__doc__)

    def code(self, code: CodeType, names: dict[str, Any], doc: str | None) -> None:
        """Bytecode, its constants and the globals it may use: an attribute of the same name counts too."""
        self.say(code.co_code, code.co_varnames, code.co_cellvars, code.co_freevars, code.co_names)
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                self.code(constant, names, None)
            elif constant is None or constant != doc:
                self.value("", constant)
        for name in code.co_names:
            if name not in names:
                continue
            self.value(name, names[name])
            if isinstance(names[name], ModuleType) and _root(names[name]) not in LIBRARIES:
                for part in code.co_names:
                    if hasattr(names[name], part):
                        self.value(part, getattr(names[name], part))

    def intrinsic(self, function: FunctionType) -> None:
        """A generator of machine code: it may use anything in its file, and constants from elsewhere."""
        path = function.__code__.co_filename
        if path in self._seen:
            return
        self.file(path)
        for name, value in sorted(function.__globals__.items()):
            if isinstance(value, (*_ATOMS, np.ndarray)) and not name.startswith("__"):
                self.value(name, value)

    def kind(self, kind: type) -> None:
        """A class: a type of numbers, constants by name, or a class of ours."""
        self.say(kind.__module__, kind.__qualname__)
        if _root(kind) in LIBRARIES:
            return
        if issubclass(kind, enum.Enum):
            self.say([(member.name, repr(member.value)) for member in kind])
        else:
            self.file(getattr(sys.modules[kind.__module__], "__file__", None) or "")

    def file(self, path: str) -> None:
        """A whole file."""
        if path in self._seen:
            return
        self._seen.add(path)
        try:
            self.digest.update(Path(path).read_bytes())
        except OSError as error:
            raise UnknownSource(f"{path} cannot be read") from error


def _root(value: Any) -> str:
    module = value.__name__ if isinstance(value, ModuleType) else value.__module__ or ""
    return module.partition(".")[0]
