"""How is a file written so that whoever reads it finds the old one or the new one, never a part? And read with care?"""

import importlib
import json
import os
import secrets
import shutil
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

GZIP = 31  # of zlib: with the head and the tail of gzip
ZSTD_LEVEL, MOST_WINDOW = 9, 1 << 27  # bytes of memory that a file may ask for
_SHOWN = 80  # characters of a reason that an error repeats


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
        sync_folder(path.parent)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yields a hidden folder to fill, which gets the name `path` at the end, unless something fails.

    Whoever fills it sees to it that its files are on the disk (`write_synced`).

    Raises:
        FileExistsError: there is something of this name.
        OSError: as writing does; then there is nothing of this name.
    """
    _check_free(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    unfinished.mkdir()
    try:
        yield unfinished
        sync_folder(unfinished)
        _check_free(path)  # a rename would take the place of an empty folder
        unfinished.rename(path)
        sync_folder(path.parent)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _check_free(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise FileExistsError(f"{path} exists: it is never overwritten, name another one")


def remove_folder(path: Path) -> None:
    """Remove a folder so that its name never means a part of it: it is hidden first."""
    hidden = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    path.rename(hidden)
    shutil.rmtree(hidden)


def write_synced(path: Path, data: bytes) -> None:
    """Write a new file, on the disk when this returns."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def add_text(path: Path, text: str) -> None:
    """Write text after what a file holds, if there is one: all of it, on the disk when this returns, or none.

    Processes that add to files of one folder wait for each other, but on Windows, where a folder cannot be locked.

    Raises:
        OSError: as writing does, such as a full disk; then `path` is as it was.
    """
    with _alone_in(path.parent), replacing(path) as beside:
        write_synced(beside, (path.read_bytes() if path.exists() else b"") + text.encode())


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    try:
        import fcntl
    except ImportError:  # as on Windows
        yield
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)


def sync_folder(folder: Path) -> None:
    """Let new names outlive a crash; where folders cannot be opened, as on Windows, the system sees to it."""
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
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise ValueError(f"{path} is no plain file")
    if found.st_size > most:
        raise ValueError(f"{path} has {found.st_size} bytes, allowed are {most}")
    return path.read_bytes()


def packed(path: Path, data: bytes) -> bytes:
    """What is to be written to a file: packed if its name ends in .gz or .zst, the same bytes at any time.

    Raises:
        ImportError: its name ends in .zst, and the package that packs so is missing.
    """
    match path.suffix:
        case ".gz":
            packer = zlib.compressobj(wbits=GZIP)
            return packer.compress(data) + packer.flush()
        case ".zst":
            return _zstandard().ZstdCompressor(level=ZSTD_LEVEL).compress(data)
    return data


def read_unpacked(path: Path, most: int) -> bytes:
    """The bytes of a plain file, unpacked if its name ends in .gz or .zst; at most `most` bytes, before and after.

    Raises:
        ValueError: it is no plain file, larger, cut or damaged.
        OSError: it cannot be read.
        ImportError: its name ends in .zst, and the package that unpacks it is missing.
    """
    data = read_plain(path, most)
    match path.suffix:
        case ".gz":
            return _from_gzip(path, data, most)
        case ".zst":
            return _from_zstd(path, data, most)
    return data


def _from_gzip(path: Path, data: bytes, most: int) -> bytes:
    unpacker = zlib.decompressobj(wbits=GZIP)
    try:
        data = unpacker.decompress(data, most)
    except zlib.error:
        raise ValueError(f"{path} is damaged, or not packed by gzip") from None
    if not unpacker.eof or unpacker.unused_data:
        raise ValueError(f"{path} is cut, or unpacks to more than {most} bytes")
    return data


def _from_zstd(path: Path, data: bytes, most: int) -> bytes:
    """Its size stands in a frame, as `packed` writes it; one that does not say it is not unpacked."""
    zstandard = _zstandard()
    try:
        size = zstandard.get_frame_parameters(data).content_size
        if not 0 <= size <= most:  # what is not said is below 0, or as large as can be
            raise ValueError(f"{path} unpacks to more than {most} bytes, or does not say to how many")
        return zstandard.ZstdDecompressor(max_window_size=MOST_WINDOW).decompress(
            data, allow_extra_data=False
        )
    except zstandard.ZstdError:
        raise ValueError(f"{path} is cut, damaged, or not packed by zstd") from None


def _zstandard() -> Any:
    try:
        return importlib.import_module("zstandard")
    except ImportError:
        raise ImportError(
            "files that end in .zst need the package zstandard: pip install 'social-rl[zstd]', or name the file .gz"
        ) from None


def read_json_object(path: Path, most: int) -> dict[str, Any]:
    """The object that a file of JSON holds, of at most `most` bytes.

    Raises:
        ValueError: it is no plain file, no JSON, nested too deeply, or no object.
        OSError: it cannot be read.
    """
    data = read_plain(path, most)
    try:
        found = json.loads(data.decode("utf-8"))
    except RecursionError:
        raise ValueError(f"{path} cannot be read: it is nested too deeply") from None
    except ValueError as error:  # also bytes that are no UTF-8
        raise ValueError(f"{path} cannot be read as JSON: {str(error)[:_SHOWN]}") from None
    if not isinstance(found, dict):
        raise ValueError(f"{path} holds a {type(found).__name__}, an object in braces is needed")
    return found
