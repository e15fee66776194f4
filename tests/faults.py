"""What if the disk fails? The n-th call of the file system below a folder raises, or kills, for whatever n."""

import builtins
import errno
import io
import os
from contextlib import contextmanager
from pathlib import Path

BY_PATH = ("mkdir", "rename", "replace", "link", "unlink", "rmdir", "truncate")
BY_NUMBER = ("fsync", "ftruncate", "write")


class Failing:
    """Counts calls below a folder, and lets the n-th fail; a write that fails has written half of what it was given."""

    def __init__(self, root, n, error):
        self.root, self.n, self.error, self.count, self.said = f"{root}{os.sep}", n, error, 0, ""
        self.numbers = set()

    def is_below(self, path):
        return isinstance(path, str | os.PathLike) and os.fspath(path).startswith(self.root)

    def call(self, what, path=""):
        self.count += 1
        if self.count == self.n:
            self.said = f"{what} {path}"
            raise OSError(self.error, os.strerror(self.error))


KILLED = 9  # exit status of a process that was


class Killing(Failing):
    """The n-th call is the last thing that happens: no handler runs, nothing is flushed."""

    def call(self, what, path=""):
        try:
            super().call(what, path)
        except OSError:
            if what != "write" or not path:  # of a file: half of what it was given comes first
                os._exit(KILLED)
            raise


class File:
    """A file whose writes are counted."""

    def __init__(self, file, failing, path):
        self._file, self._failing, self._path = file, failing, path

    def __getattr__(self, name):
        return getattr(self._file, name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

    def __iter__(self):
        return iter(self._file)

    def write(self, data):
        try:
            self._failing.call("write", self._path)
        except OSError:
            self._file.write(data[: len(data) // 2])
            if isinstance(self._failing, Killing):
                self._file.flush()
                os._exit(KILLED)
            raise
        return self._file.write(data)

    def writelines(self, lines):
        for line in lines:
            self.write(line)


def failing(root: Path, n: int, error: int = errno.EIO):
    """Let the n-th call fail; yields what knows whether it came to that."""
    return watched(Failing(root, n, error))


def killed_at(root: Path, n: int, work) -> bool:
    """Let a child work until its n-th call; was it killed there, or did it come to its end before?"""
    child = os.fork()
    if not child:
        status = 1
        try:
            with watched(Killing(root, n, errno.EIO)):
                work()
            status = 0
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, KILLED), status
    return status == KILLED


@contextmanager
def watched(state: Failing):
    """All calls of the file system go by `state` first."""
    real = {name: getattr(os, name) for name in (*BY_PATH, *BY_NUMBER, "open")}
    real_open = builtins.open

    def by_path(name):
        def call(path, *more, **named):
            if state.is_below(path):
                state.call(name, path)
            return real[name](path, *more, **named)

        return call

    def by_number(name):
        def call(number, *more):
            if number in state.numbers:
                state.call(name)
            return real[name](number, *more)

        return call

    def os_open(path, *more, **named):
        if not state.is_below(path):
            return real["open"](path, *more, **named)
        state.call("open", path)
        number = real["open"](path, *more, **named)
        state.numbers.add(number)
        return number

    def file_open(path, mode="r", *more, **named):
        if isinstance(path, int) and path in state.numbers and mode not in ("r", "rb"):
            return File(real_open(path, mode, *more, **named), state, str(path))
        if not state.is_below(path):
            return real_open(path, mode, *more, **named)
        state.call("open", path)
        file = real_open(path, mode, *more, **named)
        state.numbers.add(file.fileno())
        return file if mode in ("r", "rb") else File(file, state, path)

    try:
        for name in BY_PATH:
            setattr(os, name, by_path(name))
        for name in BY_NUMBER:
            setattr(os, name, by_number(name))
        os.open, io.open, builtins.open = os_open, file_open, file_open
        yield state
    finally:
        for name, function in real.items():
            setattr(os, name, function)
        io.open = builtins.open = real_open
