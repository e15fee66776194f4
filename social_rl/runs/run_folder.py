"""Where does a training run keep what it makes? `runs/NAME/`, so that it can be understood, compared and gone on with.

config.json         what was asked for, with all defaults; command, commit, versions, machine
metrics.jsonl       one line for each report
tensorboard/        the same figures
checkpoints/        frames-000000065536/ ..., the newest few
videos/             what it looked like
"""

import json
import math
import os
import re
from pathlib import Path
from typing import Any

import numpy as np

from agents.training.checkpoint import CheckpointError, read_arrays, read_manifest, write_checkpoint
from social_rl.runs.provenance import command_line, commit, machine, versions
from worlds.files import read_plain

CONFIG, METRICS = "config.json", "metrics.jsonl"
MOST_METRICS = 1 << 30  # bytes
LARGEST = 1e300
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class RunFolder:
    """The files of one run. Make a new one with `begin`, go on with one by `go_on`."""

    def __init__(self, path: Path) -> None:
        from tensorboardX import SummaryWriter

        self.path = path
        self.checkpoints = path / "checkpoints"
        self._metrics = (path / METRICS).open("ab")
        self._board = SummaryWriter(str(path / "tensorboard"), flush_secs=30)

    @classmethod
    def begin(cls, runs: Path, name: str, config: dict[str, Any]) -> "RunFolder":
        """A new folder for a run of this name.

        Raises:
            ValueError: the name cannot be used, or is in use.
        """
        if not _NAME.fullmatch(name):
            raise ValueError(f"--name {name}: use letters, digits, dots, dashes and underscores")
        path = runs / name
        try:
            path.mkdir(parents=True)
        except FileExistsError:
            raise ValueError(f"{path} exists: go on with --resume {path}, or choose another --name") from None
        facts = {"command": command_line(), "commit": commit(), "versions": versions(), "machine": machine()}
        (path / CONFIG).write_text(json.dumps({"config": config, **facts}, indent=2) + "\n", encoding="utf-8")
        return cls(path)

    @classmethod
    def go_on(cls, path: Path, checkpoint: Path) -> "RunFolder":
        """A folder to go on with from a checkpoint; what was logged after it is dropped."""
        with (path / METRICS).open("r+b") as file:
            file.truncate(read_manifest(checkpoint)["log_offset"])
        return cls(path)

    def log(self, frames: int, figures: dict[str, float]) -> None:
        """Add a line of figures."""
        line = json.dumps({"frames": frames, **{name: round(value, 6) for name, value in figures.items()}})
        self._metrics.write(line.encode() + b"\n")
        self._metrics.flush()
        for name, value in figures.items():
            self._board.add_scalar(name, value, frames)

    def save(
        self,
        frames: int,
        arrays: dict[str, dict[str, np.ndarray] | bytes],
        manifest: dict[str, Any],
        keep: int,
    ) -> Path:
        """Write a checkpoint, then drop all but the newest `keep`."""
        os.fsync(self._metrics.fileno())
        folder = self.checkpoints / f"frames-{frames:012d}"
        if not folder.exists():
            offset = self._metrics.tell()
            write_checkpoint(folder, arrays, {"frames": frames, "log_offset": offset, **manifest})
        for old in checkpoints_of(self.path)[:-keep]:
            for file in old.iterdir():
                file.unlink()
            old.rmdir()
        return folder

    def close(self) -> None:
        """Nothing more will be logged."""
        self._metrics.close()
        self._board.close()


def checkpoints_of(path: Path) -> list[Path]:
    """The whole checkpoints of a run, oldest first."""
    return sorted((path / "checkpoints").glob("frames-*"))


def newest_checkpoint(path: Path) -> Path:
    """The newest checkpoint of a run.

    Raises:
        ValueError: no run, or nothing was saved yet.
    """
    if not (path / CONFIG).exists():
        raise ValueError(f"{path} is no run: it has no {CONFIG}")
    found = checkpoints_of(path)
    if not found:
        raise ValueError(f"{path} has no checkpoint yet: begin again under another --name")
    return found[-1]


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
    try:
        found = json.loads((path / CONFIG).read_text(encoding="utf-8"))
        return {**found, "config": found["config"]}
    except (OSError, ValueError, KeyError) as error:
        raise CheckpointError(f"{path / CONFIG} cannot be read: {error}") from error


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
    if not isinstance(figures, dict) or "frames" not in figures:
        raise ValueError(f"{where} holds no figures: it needs an object with 'frames'")
    for name, value in figures.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > LARGEST:
            raise ValueError(f"{where}: {name} is no number of a usual size")
    if not figures["frames"] >= 0 or math.isinf(figures["frames"]):
        raise ValueError(f"{where}: frames is {figures['frames']}, allowed are 0 and more")
    return figures


__all__ = [
    "CONFIG", "METRICS", "RunFolder", "checkpoints_of", "newest_checkpoint", "read_arrays", "read_config",
    "read_manifest", "read_metrics", "read_request",
]  # fmt: skip
