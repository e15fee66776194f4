"""Where does a training run keep what it makes? `runs/NAME/`, so that it can be understood, compared and gone on with.

config.json         what was asked for, with all defaults; command, commit, versions, machine
metrics.jsonl       one line for each report
tensorboard/        the same figures
checkpoints/        frames-000000065536/ ..., the newest few
lock                who writes here
videos/             what it looked like
"""

import json
import math
import os
import re
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from agents.training.checkpoint import (
    CheckpointError,
    check_whole,
    read_arrays,
    read_manifest,
    write_checkpoint,
)
from social_rl.runs.board import Board
from social_rl.runs.counted import COUNTED, FRAMES, counted_in
from social_rl.runs.lock import Lock, hold
from social_rl.runs.provenance import origin
from worlds.files import new_folder, read_json_object, read_plain, remove_folder, write_synced
from worlds.typed import typed

CONFIG, METRICS, CHECKPOINTS = "config.json", "metrics.jsonl", "checkpoints"
MOST_CONFIG, MOST_METRICS = 1 << 24, 1 << 30  # bytes
LARGEST = 1e300
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_CHECKPOINT = re.compile(rf"(?:{'|'.join(COUNTED)})-\d{{12,18}}")


class RunFolder:
    """The files of one run, whose lock is held. Make a new one with `begin`, go on with one by `go_on`.

    `counted` is what its lines and checkpoints are counted in, one of COUNTED.
    """

    def __init__(self, path: Path, lock: Lock, counted: str = FRAMES) -> None:
        self.path, self._lock, self.counted = path, lock, counted
        self.checkpoints = path / CHECKPOINTS
        self._metrics = self._board = None
        try:
            self._metrics = (path / METRICS).open(
                "ab", buffering=0
            )  # what was not written is not tried again
            self._board = Board(path, read_metrics(path))
        except BaseException:
            self.close()
            raise

    @classmethod
    def begin(cls, runs: Path, name: str, config: dict[str, Any], counted: str = FRAMES) -> "RunFolder":
        """A new folder for a run of this name: it is there with its config, or not at all.

        Raises:
            ValueError: the name cannot be used, or is in use.
        """
        if not _NAME.fullmatch(name):
            raise ValueError(f"--name {name}: use letters, digits, dots, dashes and underscores")
        path = runs / name
        facts = origin()
        lock = None
        try:
            with new_folder(path) as beside:
                lock = hold(beside)
                asked = json.dumps({"config": config, **facts}, indent=2) + "\n"
                write_synced(beside / CONFIG, asked.encode())
            lock.folder = path
        except FileExistsError:
            raise ValueError(f"{path} exists: go on with --resume {path}, or choose another --name") from None
        except BaseException:
            if lock is not None:
                lock.release()
            raise
        return cls(path, lock, counted)

    @classmethod
    def go_on(cls, path: Path, checkpoint: Path | None, lock: Lock, counted: str = FRAMES) -> "RunFolder":
        """A folder to go on with from a checkpoint, or from the beginning; whose lock is held.

        What was logged after it is dropped, later checkpoints are set aside, unfinished ones are removed.

        Raises:
            ValueError: less was logged than the checkpoint knows of.
        """
        manifest = read_manifest(checkpoint) if checkpoint else {"log_offset": 0}
        if not isinstance(offset := manifest.get("log_offset"), int):
            raise CheckpointError(f"{checkpoint} is of no run: its manifest has no log_offset")
        file = path / METRICS
        logged = read_plain(file, MOST_METRICS) if file.exists() else b""
        if len(logged) < offset or (offset and logged[offset - 1 : offset] != b"\n"):
            raise ValueError(
                f"{file} has {len(logged)} bytes, its checkpoint knows of {offset} with whole lines: it was cut or "
                f"changed; put the file back as it was, or go on from an earlier checkpoint with --at {counted.upper()}"
            )
        if len(logged) > offset:
            os.truncate(file, offset)
        for unfinished in (path / CHECKPOINTS).glob(f".{counted}-*"):
            _remove(unfinished)
        for later in checkpoints_of(path):
            if checkpoint is None or count_of(later) > count_of(checkpoint):
                _set_aside(later)
        return cls(path, lock, counted)

    def log(self, done: int, figures: dict[str, float]) -> None:
        """Add a line of figures, after so many frames or examples."""
        line = {self.counted: done, **{name: round(value, 6) for name, value in figures.items()}}
        assert self._metrics is not None and self._board is not None
        data = json.dumps(line).encode() + b"\n"
        while data:  # a disk that is almost full takes a part
            data = data[self._metrics.write(data) :]
        self._board.log(line)

    def save(
        self,
        done: int,
        arrays: dict[str, dict[str, np.ndarray] | bytes],
        manifest: dict[str, Any],
        keep: int,
    ) -> Path:
        """Write a checkpoint, then drop all but the newest `keep`."""
        assert self._metrics is not None
        os.fsync(self._metrics.fileno())
        folder = self.checkpoints / f"{self.counted}-{done:012d}"
        if not folder.exists():
            offset = os.fstat(self._metrics.fileno()).st_size
            write_checkpoint(folder, arrays, {self.counted: done, "log_offset": offset, **manifest})
        for old in checkpoints_of(self.path)[:-keep]:
            remove_folder(old)
        return folder

    def close(self) -> None:
        """Nothing more will be logged; another process may go on."""
        with ExitStack() as stack:
            stack.callback(self._lock.release)
            for part in (self._metrics, self._board):
                if part is not None:
                    stack.callback(part.close)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        remove_folder(path)
    else:
        path.unlink()


def _set_aside(checkpoint: Path) -> None:
    """Give a checkpoint a name that is not looked for; one of an earlier time under that name is dropped."""
    aside = checkpoint.with_name(f"aside-{checkpoint.name}")
    if aside.exists():
        remove_folder(aside)
    checkpoint.rename(aside)


def checkpoints_of(path: Path) -> list[Path]:
    """The checkpoints of a run, oldest first; files and folders of other names are none of its own."""
    found = [f for f in (path / CHECKPOINTS).glob("*-*") if _CHECKPOINT.fullmatch(f.name) and f.is_dir()]
    return sorted(found, key=count_of)


def count_of(checkpoint: Path) -> int:
    """After how many frames or examples it was saved, by its name."""
    return int(checkpoint.name.partition("-")[2])


def newest_checkpoint(path: Path) -> Path:
    """The newest checkpoint of a run.

    Raises:
        ValueError: no run, or nothing was saved yet.
    """
    found = chosen_checkpoint(path)
    if found is None:
        raise ValueError(f"{path} has no checkpoint yet: begin with it again by --resume {path}")
    return found


def check_at(at: int | None, resume: Path | None) -> None:
    """Raise a ValueError unless --at says from where the run of --resume goes on."""
    if at is not None and resume is None:
        raise ValueError(
            f"--at is {at}: it says from which checkpoint --resume goes on; name a run with --resume"
        )


def chosen_checkpoint(path: Path, at: int | None = None) -> Path | None:
    """The checkpoint of a run after so many frames or examples, or its newest one, or None if nothing was saved yet.

    Raises:
        ValueError: no run, or no such checkpoint.
    """
    if not (path / CONFIG).exists():
        raise ValueError(f"{path} is no run: it has no {CONFIG}")
    found = checkpoints_of(path)
    if at is None:
        return found[-1] if found else None
    chosen = [checkpoint for checkpoint in found if count_of(checkpoint) == at]
    if not chosen:
        there = ", ".join(str(count_of(checkpoint)) for checkpoint in found) or "none"
        raise ValueError(f"--at is {at}, {path} has checkpoints at {there}")
    return chosen[0]


def other_checkpoints(path: Path, damaged: Path) -> str:
    """What to do about a checkpoint that cannot be used: the whole ones before it, to go on from."""
    whole = []
    for checkpoint in checkpoints_of(path):
        if count_of(checkpoint) < count_of(damaged):
            try:
                check_whole(checkpoint)
            except CheckpointError:
                continue
            whole.append(checkpoint)
    if not whole:
        return "there is no earlier one to go on from: put back a copy, or begin again under another --name"
    earlier = " or ".join(f"--at {count_of(checkpoint)}" for checkpoint in reversed(whole))
    return f"go on from an earlier one: --resume {path} {earlier}"


def read_config(path: Path) -> dict[str, Any]:
    """What a run was asked for.

    Raises:
        ValueError: it cannot be read.
    """
    return read_request(path)["config"]


def read_request(path: Path) -> dict[str, Any]:
    """What a run was asked for, under `config`, and by which command, on which commit, versions and machine.

    Raises:
        ValueError: it cannot be read.
    """
    file = path / CONFIG
    try:
        found = read_json_object(file, MOST_CONFIG)
        typed(dict, found.get("config"), f"{file}: config")
        for name in ("command", "commit"):
            typed(str, found.setdefault(name, ""), f"{file}: {name}")
    except OSError as error:
        raise CheckpointError(f"{file} cannot be read: {error}") from error
    except ValueError as error:
        raise CheckpointError(f"{error}: put the file back as it was") from None
    return found


def read_metrics(path: Path) -> list[dict[str, float]]:
    """What a run logged, line by line; nothing if it has not come to that. A line being written is left out.

    Raises:
        ValueError: a line holds no figures: names the file, the line and what is wrong.
    """
    file = path / METRICS
    *lines, _ = read_plain(file, MOST_METRICS).split(b"\n") if file.exists() else [b""]
    return [_figures(line, f"{file}, line {number}") for number, line in enumerate(lines, 1)]


def _figures(line: bytes, where: str) -> dict[str, float]:
    try:
        figures = json.loads(line.decode())
    except (ValueError, RecursionError):
        raise ValueError(f"{where} is no JSON: {line[:40].decode(errors='replace')!a}") from None
    if not isinstance(figures, dict) or not any(name in figures for name in COUNTED):
        raise ValueError(
            f"{where} holds no figures: it needs an object with {' or '.join(map(repr, COUNTED))}"
        )
    for name, value in figures.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > LARGEST:
            raise ValueError(f"{where}: {name} is no number of a usual size")
    name = counted_in(figures)
    if not figures[name] >= 0 or math.isinf(figures[name]):
        raise ValueError(f"{where}: {name} is {figures[name]}, allowed are 0 and more")
    return figures


__all__ = [
    "CONFIG", "METRICS", "RunFolder", "checkpoints_of", "newest_checkpoint", "read_arrays", "read_config",
    "read_manifest", "read_metrics", "read_request",
]  # fmt: skip
