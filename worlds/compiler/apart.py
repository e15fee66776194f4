"""How is a long rule compiled once, instead of again in every one of its callers?

numba links a compiled function into each caller and optimises all of it anew, so that a tree of calls takes time that
grows with its depth: minutes, for an expert's plans. A rule marked `@apart` is optimised by itself; its callers only
declare it, and it is linked once, at the end, into the entry that Python calls. Only rules marked so, and entries, may
call it. It is never called from Python unless rules run uncompiled.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from worlds.compiler.compile import COMPILED, compiled

F = TypeVar("F", bound=Callable[..., Any])


def apart(function: F) -> F:
    """Compile a rule once and link it into entries as it is."""
    return compiled(function, "apart.") if COMPILED else function
