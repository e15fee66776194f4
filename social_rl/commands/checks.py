"""Are the options of a command allowed? Asked before anything is played, so that no result is lost."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from social_rl.commands.play import Play
from worlds.checks import check_number
from worlds.files import replacing
from worlds.render.draw import MOST_TILE
from worlds.render.video import WRITERS

MOST_FPS = 100
LAST_SEED = 2**64 - 1


def check_play(command: Play) -> None:
    """Raise a ValueError unless a window can open as the command says."""
    check_counts(command, frames=0)
    check_seed(command.seed)
    check_picture(command.tile, command.fps)
    check_film("--record", command.record)
    for name in ("log_talk", "replay"):
        if command.beside and getattr(command, name) is not None:
            raise ValueError(f"--{name.replace('_', '-')} is of one window: leave it out, or --beside")
    check_file("--log-talk", command.log_talk)
    check_screenshot(command.screenshot)


def check_screenshot(path: Path | None) -> None:
    """Raise a ValueError unless a picture can be written there."""
    if path is not None and path.suffix.lower() != ".png":
        raise ValueError(f"--screenshot {path}: a picture ends in .png")
    check_file("--screenshot", path)


def check_counts(command: object, **least: int) -> None:
    """Raise a ValueError unless these fields of a command are so large at least."""
    check_options({name: getattr(command, name) for name in least}, least)


def check_options(given: Mapping[str, Any], least: Mapping[str, int]) -> None:
    """Raise a ValueError unless those of these options that are given are so large at least."""
    for name, low in least.items():
        if name in given and given[name] < low:
            raise ValueError(f"--{name.replace('_', '-')} is {given[name]}, allowed are {low} and more")


def check_seed(seed: int) -> None:
    """Raise a ValueError unless it is a seed."""
    check_number("--seed", seed, 0, LAST_SEED)


def check_picture(tile: int, fps: float) -> None:
    """Raise a ValueError unless pictures of this size can follow each other so fast."""
    check_number("--tile", tile, 1, MOST_TILE)
    if not 0 < fps <= MOST_FPS:
        raise ValueError(f"--fps is {fps}, allowed are more than 0 up to {MOST_FPS}")


def check_workers(command: Any) -> None:
    """Raise a ValueError unless worlds can be shared out among workers, and those of each among minibatches."""
    if command.worlds % command.workers:
        raise ValueError(
            f"--worlds is {command.worlds}, it must be a multiple of --workers {command.workers}"
        )
    if command.worlds // command.workers < command.minibatches:
        raise ValueError(
            f"--minibatches is {command.minibatches}, a worker has {command.worlds // command.workers} worlds: take "
            "no more than that"
        )


def check_film(option: str, path: Path | None) -> None:
    """Raise a ValueError unless a film can be written there."""
    if path is not None and path.suffix.lower() not in WRITERS:
        raise ValueError(f"{option} {path}: a film ends in {', '.join(WRITERS)}")
    check_file(option, path)


def check_file(option: str, path: Path | None) -> None:
    """Raise a ValueError unless a file can be written there; makes its folder."""
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        is_there = path.exists()
        if is_there:
            with path.open("ab"):
                pass
        if not is_there or path.is_file():  # what is written beside it takes its place
            whole = path.resolve()
            tried = whole.with_name(f".{whole.stem}.{os.getpid()}{whole.suffix}")
            with tried.open("ab"):
                pass
            tried.unlink()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ValueError(f"{option} {path}: it cannot be written ({reason}); name another file") from error


def check_folder(option: str, folder: Path | None) -> None:
    """Raise a ValueError unless files can be written there, and none would be overwritten; makes the folder."""
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_empty = not any(folder.iterdir())
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ValueError(
            f"{option} {folder}: it cannot be written ({reason}); name another folder"
        ) from error
    if not is_empty:
        raise ValueError(f"{option} {folder}: it holds files already; name a new folder")


def write_json(path: Path, record: dict[str, Any]) -> None:
    """Write results for people and programs, whole or not at all.

    Raises:
        OSError: as writing does; then the file is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(record, indent=2) + "\n"
    if path.exists() and not path.is_file():  # a device or a pipe has no old state to keep
        path.write_text(text, encoding="utf-8")
        return
    with replacing(path.resolve()) as beside:
        beside.write_text(text, encoding="utf-8")
