"""How is a file written so that whoever reads it finds the old one or the new one, never a part?"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yields where to write; what was written there takes the place of `path` at the end, unless something fails.

    Raises:
        OSError: as writing does, such as a full disk; then `path` is as it was.
    """
    beside = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield beside
        with beside.open("rb+") as file:
            os.fsync(file.fileno())  # else a crash may leave the new name with nothing in it
        os.replace(beside, path)
        _sync_folder(path.parent)
    finally:
        beside.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Let the new name outlive a crash; where folders cannot be opened, as on Windows, the system sees to it."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def read_plain(path: Path, most: int) -> bytes:
    """The bytes of a plain file of at most `most` bytes.

    Raises:
        ValueError: it is no plain file, such as an endless device, or larger.
        OSError: it cannot be read.
    """
    if path.exists() and not path.is_file():
        raise ValueError(f"{path} is no plain file")
    if path.stat().st_size > most:
        raise ValueError(f"{path} has {path.stat().st_size} bytes, allowed are {most}")
    return path.read_bytes()
