"""Where is compiled code kept, and is it whole? One file for each function, key of its sources and signature.

numba's own cache looks at the file of a function only, and would run stale code after a function that it calls was
edited elsewhere. Here the name of a file holds the key of all it was compiled from (sources.py), so that old and new,
checked and fast code, and several checkouts lie side by side; and a file begins with the digest of the rest, so that
one that was cut or is not ours is compiled anew.
"""

import contextlib
import functools
import hashlib
import os
import pickle  # noqa: TID251 (as numba does: machine code is in it anyway, in a folder of the user's own)
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from numba.core.caching import _Cache
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

from worlds.compiler import announce
from worlds.compiler.sources import UnknownSource, source_key

SUFFIX = ".compiled"
KEPT = 32  # versions of a function; of more, those go that were not used for the longest time
_DIGEST = hashlib.sha256().digest_size
_REMEDY = "set SOCIAL_RL_CACHE to a folder of your own that can be written"


class RuleCache(_Cache):
    """What numba asks for the compiled code of one function."""

    def __init__(self, function: Callable, options: dict[str, Any]) -> None:
        self._function, self._options = function, options
        self._name = f"{function.__module__}.{function.__name__}"
        self._enabled, self._began = True, 0.0

    @property
    def cache_path(self) -> str:
        """The folder."""
        return str(cache_folder())

    def enable(self) -> None:
        """Keep and find code."""
        self._enabled = True

    def disable(self) -> None:
        """Always compile."""
        self._enabled = False

    def flush(self) -> None:
        """Forget all versions of this function."""
        for path in cache_folder().glob(f"{self._name}-*{SUFFIX}"):
            path.unlink(missing_ok=True)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Compiled code, or None: then numba compiles, and comes back to save."""
        target_context.refresh()
        path = self._path(sig, target_context.codegen())
        saved = read(path) if path else None
        if saved is not None:
            with contextlib.suppress(Exception):  # whatever is the matter with it, it can be compiled anew
                return CompileResult._rebuild(target_context, *pickle.loads(saved))  # noqa: S301
        announce.begin(self._name)
        self._began = time.perf_counter()
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled."""
        announce.end(time.perf_counter() - self._began)
        path = self._path(sig, data.codegen)
        if (
            path is None
            or data.library.has_dynamic_globals
            or any(not part.can_cache for part in data.lifted)
        ):
            return
        with contextlib.suppress(OSError):  # on a full disk there will be another time
            write(path, dumps(data._reduce()))
            drop_oldest(path.parent, self._name)

    def _path(self, sig: Any, codegen: Any) -> Path | None:
        if not self._enabled:
            return None
        try:
            key = source_key(
                self._function, signature=str(sig), machine=codegen.magic_tuple(), **self._options
            )
        except UnknownSource:
            return None
        return cache_folder() / f"{self._name}-{key[:32]}{SUFFIX}"


# ---- files ---------------------------------------------------------------------------------------------
def read(path: Path) -> bytes | None:
    """What `write` wrote, or None if it is not there or not whole; it then was used just now."""
    try:
        found = path.read_bytes()
    except OSError:
        return None
    digest, saved = found[:_DIGEST], found[_DIGEST:]
    if hashlib.sha256(saved).digest() != digest:
        return None
    with contextlib.suppress(OSError):
        os.utime(path)
    return saved


def write(path: Path, data: bytes) -> None:
    """Write a file at once, with the digest of its content before it.

    Raises:
        OSError: it cannot be written; then nothing is left behind.
    """
    handle, beside = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(data).digest() + data)
        os.replace(beside, path)
    except OSError:
        Path(beside).unlink(missing_ok=True)
        raise


def drop_oldest(folder: Path, name: str) -> None:
    """Keep those versions of a function that were used last."""
    versions = [(path.stat().st_mtime, path) for path in folder.glob(f"{name}-*{SUFFIX}")]
    for _, path in sorted(versions, reverse=True)[KEPT:]:
        path.unlink(missing_ok=True)


def damaged(folder: Path) -> Iterator[Path]:
    """Files that are not whole."""
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        if read(path) is None:
            yield path


# ---- the folder ----------------------------------------------------------------------------------------
@functools.cache
def cache_folder() -> Path:
    """The folder of compiled code, made if need be.

    Where the user's cache folder cannot be written, or there is no home, it is a temporary one; that is said once.

    Raises:
        OSError: SOCIAL_RL_CACHE names a file; or a folder is somebody else's, and code is loaded from it.
    """
    wanted = wanted_folder()
    try:
        if wanted is None:
            raise OSError("no home folder is known")
        wanted.mkdir(parents=True, exist_ok=True, mode=0o700)
        tempfile.TemporaryFile(dir=wanted).close()
    except (FileExistsError, NotADirectoryError) as error:
        raise NotADirectoryError(
            f"no folder for compiled rules, part of {wanted} is a file: {_REMEDY}"
        ) from error
    except OSError as error:
        refuse_others(wanted)
        folder = temporary_folder()
        announce.say(f"Compiled rules are kept in {folder}: {error}; {_REMEDY} to keep them for good.")
        return folder
    refuse_others(wanted)
    return wanted


def wanted_folder() -> Path | None:
    """Where compiled code should be kept, or None if there is no home."""
    named = os.environ.get("SOCIAL_RL_CACHE")
    if not named:
        caches = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
        named = os.path.join(caches, "social-rl")
    folder = Path(os.path.expanduser(named)) / "compiled"
    return None if folder.parts[0].startswith("~") else folder.absolute()


def refuse_others(folder: Path | None) -> None:
    """Compiled code is loaded: not from somebody else.

    Raises:
        PermissionError: the folder belongs to another user.
    """
    if folder is None or not hasattr(os, "getuid") or not folder.exists():
        return
    owner = folder.stat().st_uid
    if owner != os.getuid():
        raise PermissionError(
            f"the cache of compiled rules {folder} belongs to user {owner}, not to you: {_REMEDY}"
        )


def temporary_folder() -> Path:
    """A folder of the user's own among temporary files: the same one each time, where it is safe."""
    user = os.getuid() if hasattr(os, "getuid") else "user"
    folder = Path(tempfile.gettempdir()) / f"social-rl-{user}"
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        own = not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & 0o077)
        if stat.S_ISDIR(found.st_mode) and own and os.access(folder, os.W_OK):
            return folder
    return Path(tempfile.mkdtemp(prefix="social-rl-"))
