"""How are pictures and videos kept? What the window shows, as .png, and frame by frame as a film."""

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
import pygame

from social_rl.viewer.drawing.canvas import pixels
from social_rl.viewer.model import Film, ViewerState
from social_rl.viewer.picture import render
from worlds.checks import count
from worlds.render.video import WRITERS, write_video


class Filmed(Protocol):
    """A screen that can be kept: where its files go, how large it is, and the film that is being recorded."""

    out: Path
    size: tuple[int, int]
    fps: float
    film: Film | None
    notice: str


FilmedT = TypeVar("FilmedT", bound=Filmed)


# ---- the window ----------------------------------------------------------------------------------------
def picture(state: ViewerState) -> None:
    """Save what the window shows in a file that does not exist yet."""
    keep(state, f"{state.sim.scenario.name}-{int(state.sim.state.step[0])}", render(state))


def record(state: ViewerState, path: Path | None = None) -> None:
    """Begin to record what the window shows, or stop and write the video."""
    begin_or_finish(state, state.sim.scenario.name, path)


def shoot(state: ViewerState) -> None:
    """Add a frame to the video, if one is being recorded."""
    add_frame(state, render)


def save_picture(state: ViewerState, path: Path) -> None:
    """Write what the window shows as .png.

    Raises:
        OSError: the file cannot be written.
    """
    _save(render(state), path)


def save_surface(surface: pygame.Surface, path: Path) -> None:
    """Write a picture as .png.

    Raises:
        OSError: the file cannot be written.
    """
    _save(pixels(surface), path)


def _save(pixels: np.ndarray, path: Path) -> None:
    from PIL import Image

    Image.fromarray(np.ascontiguousarray(pixels)).save(path, format="PNG", optimize=True)


# ---- any screen ----------------------------------------------------------------------------------------
def keep(state: Filmed, stem: str, pixels: np.ndarray) -> None:
    """Save a picture, uint8[H, W, 3], in a file that does not exist yet."""
    path = free_path(state.out, stem, ".png")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _save(pixels, path)
    except OSError as error:
        state.notice = f"No picture: {error}."
    else:
        state.notice = f"Saved {path}."


def begin_or_finish(state: Filmed, stem: str, path: Path | None = None) -> None:
    """Begin to record what a screen shows, or stop and write the video.

    Raises:
        ValueError: no such kind of video.
    """
    if state.film is not None:
        finish(state)
        return
    path = path or free_path(state.out, stem, ".mp4")
    if path.suffix.lower() not in WRITERS:
        raise ValueError(f"{path}: a video ends in {', '.join(WRITERS)}")
    state.film = Film(path, state.size, [])
    state.notice = "Recording: O stops."


def add_frame(state: FilmedT, draw: Callable[[FilmedT, tuple[int, int]], np.ndarray]) -> None:
    """Add a frame to the video, if one is being recorded; it keeps the size it began with."""
    if state.film is not None:
        state.film.frames.append(zlib.compress(draw(state, state.film.size).tobytes(), 1))


def finish(state: Filmed) -> None:
    """Write the video that is being recorded."""
    film, state.film = state.film, None
    if film is None or not film.frames:
        return
    wide, high = film.size
    frames = (np.frombuffer(zlib.decompress(f), np.uint8).reshape(high, wide, 3) for f in film.frames)
    try:
        write_video(film.path, frames, state.fps)
    except (OSError, ImportError) as error:
        state.notice = f"No video: {error}."
    else:
        state.notice = f"Saved {film.path}, {count(len(film.frames), 'frame')}."


def free_path(folder: Path, stem: str, suffix: str) -> Path:
    """A path in a folder that no file has yet."""
    path, number = folder / f"{stem}{suffix}", 1
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}{suffix}"
    return path
