"""Who writes into the folder of a run? One process at a time: it holds a lock, which ends as the process ends."""

import errno
import os
import platform
from pathlib import Path

LOCK = "lock"
_NO_LOCKS = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)  # file systems without them
_MOST = 200  # bytes that are read of who holds it


class Lock:
    """The lock of a folder, until it is released; `folder` follows a rename."""

    def __init__(self, folder: Path, number: int | None) -> None:
        self.folder, self._number, self._is_held = folder, number, True

    @property
    def number(self) -> int | None:
        """Its open file, None if it is held by name: a process that inherits it holds the lock, too."""
        return self._number

    def release(self) -> None:
        """Let others write; once is enough."""
        if not self._is_held:
            return
        self._is_held = False
        if self._number is None:
            (self.folder / LOCK).unlink(missing_ok=True)
        else:
            os.close(self._number)


def hold(folder: Path) -> Lock:
    """Take the lock of a folder.

    Raises:
        ValueError: another process has it.
        OSError: the file of the lock cannot be written.
    """
    try:
        import fcntl
    except ImportError:  # as on Windows
        return _hold_by_name(folder)
    was_there = (folder / LOCK).exists()
    number = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(number, 0)
        os.write(number, _who())
    except BlockingIOError:
        os.close(number)
        raise ValueError(_refusal(folder, "wait for its end, or stop it (Ctrl-C saves)")) from None
    except OSError as error:
        os.close(number)
        if error.errno not in _NO_LOCKS:
            raise
        if not was_there:
            (folder / LOCK).unlink()
        return _hold_by_name(folder)
    return Lock(folder, number)


def _hold_by_name(folder: Path) -> Lock:
    """Where files cannot be locked: whoever makes the file has it."""
    path = folder / LOCK
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError:
        remedy = f"wait for its end; if there is no such process any more, remove {path}"
        raise ValueError(_refusal(folder, remedy)) from None
    try:
        os.write(number, _who())
    finally:
        os.close(number)
    return Lock(folder, None)


def _who() -> bytes:
    return f"process {os.getpid()} on {platform.node() or 'this machine'}".encode()


def _refusal(folder: Path, remedy: str) -> str:
    try:
        with (folder / LOCK).open("rb") as file:
            who = file.read(_MOST).decode(errors="replace").strip()
    except OSError:
        who = ""
    return f"{folder} is written by {who or 'another process'}: {remedy}, then go on with --resume {folder}"
