"""How are rules compiled? `@rule` for scalar functions, `@entry` for the loops Python calls.

The on-disk cache of numba looks at one file only: it would keep running stale code after a callee in
another file changes, and it would hand unchecked code to a bounds-checked run. The cache folder is
therefore named by a hash of every source of `worlds` and of the compilation mode.

Environment:
    NUMBA_DISABLE_JIT=1        run every rule as plain Python (coverage, debugging)
    SOCIAL_RL_BOUNDSCHECK=1    compile with bounds checks, into a cache of its own
    SOCIAL_RL_CACHE=DIR        where compiled code is kept (default: the user's cache folder)
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])

COMPILED: bool = not numba.config.DISABLE_JIT
BOUNDSCHECK: bool = os.environ.get("SOCIAL_RL_BOUNDSCHECK") == "1"


# Files without compiled code, whose changes leave compiled rules as they are. When in doubt, leave a file out.
PLAIN_FILES = frozenset(
    f"{name}.py"
    for name in (
        "render/brush", "render/describe", "render/draw", "render/sheet", "render/tiles", "render/video",
        "envs/parallel_env", "envs/spaces", "envs/vector_env", "levels/level", "levels/level_text",
        "language/instructions", "language/matching", "language/parsing", "language/tokens", "language/validity",
        "scenario", "simulator",
    )
)  # fmt: skip


def source_hash() -> str:
    """Hash of the Python sources below `worlds` that compiled code may come from: 12 hex digits."""
    root = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        if path.relative_to(root).as_posix() in PLAIN_FILES:
            continue
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def cache_folder() -> Path:
    """Folder of compiled code for these sources and this mode."""
    base = os.environ.get("SOCIAL_RL_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "social-rl"
    )
    mode = "checked" if BOUNDSCHECK else "fast"
    return Path(base) / f"{source_hash()}-numba{numba.__version__}-{mode}"


def _open_cache() -> None:
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    owner = folder.stat().st_uid
    if owner != os.getuid():
        raise PermissionError(
            f"the cache of compiled rules {folder} belongs to user {owner}, not to you; "
            "compiled code is loaded from it, so set SOCIAL_RL_CACHE to a folder of your own"
        )
    numba.config.CACHE_DIR = str(folder)


if COMPILED:
    _open_cache()


def compiled(function: F, mark: str = "", **options: Any) -> F:
    """Compile a function of ours: without checks, unless they are asked for."""
    if COMPILED:
        from worlds.compiler.linking import MARK

        function.__qualname__ = MARK + mark + function.__qualname__
    return numba.njit(nogil=True, boundscheck=BOUNDSCHECK, error_model="numpy", **options)(function)


def rule(function: F) -> F:
    """Compile a scalar rule; it is inlined wherever it is called and needs no cache of its own."""
    return compiled(function, forceinline=True)


def cold(function: F) -> F:
    """Compile a rule that runs rarely or is long: it stays a function of its own, which saves compilation."""
    return compiled(function, "cold.", forceinline=False)  # said outright, or callers hand theirs down


def entry(function: F) -> F:
    """Compile a loop that Python calls, and keep it on disk."""
    return compiled(function, cache=True)


def callback(function: Callable[..., Any], signature: Any) -> Any:
    """Compile a function that is called by its `address`; it is kept on disk if it is ours.

    Others may call what the name of the cache folder does not depend on, so that stale code would run.
    """
    from worlds.compiler.linking import MARK

    function.__qualname__ = MARK + function.__qualname__
    options = {"nopython": True, "boundscheck": BOUNDSCHECK, "error_model": "numpy"}
    is_ours = Path(__file__).parent.parent in Path(function.__code__.co_filename).parents
    return numba.cfunc(signature, cache=is_ours, **options)(function)


def parallel_entry(function: F) -> F:
    """Like `entry`, with `prange` over threads.

    Under bounds checks it runs serially: numba loses an IndexError raised on a worker thread.
    """
    return compiled(function, cache=True, parallel=not BOUNDSCHECK)
