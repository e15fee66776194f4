"""How are rules compiled? `@rule` for scalar functions, `@entry` for the loops Python calls.

Compiled code is kept on disk by what it was compiled from (sources.py, cache.py).

Environment:
    NUMBA_DISABLE_JIT=1        run every rule as plain Python (coverage, debugging)
    SOCIAL_RL_BOUNDSCHECK=1    compile with bounds checks
    SOCIAL_RL_CACHE=DIR        where compiled code is kept (default: social-rl in the user's cache folder)
    SOCIAL_RL_QUIET=1          say nothing while rules are compiled
"""

import os
from collections.abc import Callable
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])

COMPILED: bool = not numba.config.DISABLE_JIT
BOUNDSCHECK: bool = os.environ.get("SOCIAL_RL_BOUNDSCHECK") == "1"


def compiled(function: F, mark: str = "", keep: bool = False, **options: Any) -> F:
    """Compile a function of ours: without checks, unless they are asked for; `keep` it on disk."""
    if not COMPILED:
        return function
    from worlds.compiler.linking import MARK

    function.__qualname__ = MARK + mark + function.__qualname__
    return jit(function, keep, nogil=True, boundscheck=BOUNDSCHECK, error_model="numpy", **options)


def jit(function: F, keep: bool, **options: Any) -> F:
    """numba's `njit`, but for where the code is kept."""
    dispatcher: Any = numba.njit(**options)(function)
    if keep and COMPILED:
        from worlds.compiler.cache import RuleCache

        dispatcher._cache = RuleCache(function, options)
    return dispatcher


def rule(function: F) -> F:
    """Compile a scalar rule; it is inlined wherever it is called and needs no cache of its own."""
    return compiled(function, forceinline=True)


def cold(function: F) -> F:
    """Compile a rule that runs rarely or is long: it stays a function of its own, which saves compilation."""
    return compiled(function, "cold.", forceinline=False)  # said outright, or callers hand theirs down


def entry(function: F) -> F:
    """Compile a loop that Python calls, and keep it on disk."""
    return compiled(function, keep=True)


def parallel_entry(function: F) -> F:
    """Like `entry`, with `prange` over threads.

    Under bounds checks it runs serially: numba loses an IndexError raised on a worker thread.
    """
    return compiled(function, keep=True, parallel=not BOUNDSCHECK)


def callback(function: Callable[..., Any], signature: Any) -> Any:
    """Compile a function that is called by its `address`, and keep it on disk."""
    from numba.core.ccallback import CFunc
    from numba.core.sigutils import normalize_signature

    from worlds.compiler.cache import RuleCache
    from worlds.compiler.linking import MARK

    function.__qualname__ = MARK + function.__qualname__
    options = {"nopython": True, "boundscheck": BOUNDSCHECK, "error_model": "numpy"}
    made = CFunc(function, normalize_signature(signature), locals={}, options=options)
    made._cache = RuleCache(function, {"callback": True, **options})
    made.compile()
    return made
