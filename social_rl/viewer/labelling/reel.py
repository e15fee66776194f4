"""How is a clip put on the window? Its tiles are cut from its sheet; any frame is laid out of them."""

import io
from itertools import accumulate
from typing import NamedTuple

import numpy as np
import pygame

from social_rl.human_feedback.labelling.clips import ABSENT, COLUMNS, TILE, Clip, Line


class Reel(NamedTuple):
    """A clip, ready to be shown."""

    clip: Clip
    tiles: tuple[pygame.Surface, ...]
    frames: tuple[np.ndarray, ...]  # the tile of each cell, at each step

    @property
    def last(self) -> int:
        """Its last step."""
        return len(self.frames) - 1


def reel_of(clip: Clip) -> Reel:
    """A clip as tiles and frames."""
    sheet = pygame.image.load(io.BytesIO(clip.sheet), "sheet.png")
    cells = [(x, y) for y in range(0, sheet.get_height(), TILE) for x in range(0, COLUMNS * TILE, TILE)]
    tiles = tuple(sheet.subsurface((x, y, TILE, TILE)) for x, y in cells)
    return Reel(clip, tiles, tuple(accumulate(clip.changes, _changed, initial=np.array(clip.first))))


def picture_at(reel: Reel, step: int, tile: int) -> pygame.Surface:
    """The house at a step, or at the end of a shorter clip, with cells of so many pixels."""
    rows, cols = reel.clip.rows, reel.clip.cols
    stage = pygame.Surface((cols * TILE, rows * TILE), 0, 32)
    for cell, number in enumerate(reel.frames[min(step, reel.last)].tolist()):
        stage.blit(reel.tiles[number], (cell % cols * TILE, cell // cols * TILE))
    return stage if tile == TILE else pygame.transform.smoothscale(stage, (cols * tile, rows * tile))


def agents_at(reel: Reel, step: int) -> list[tuple[str, int, int]]:
    """Name, row and column of each agent that is in the house at a step."""
    clip = reel.clip
    cells = clip.where[min(step, reel.last)]
    return [
        (name, *divmod(cell, clip.cols))
        for name, cell in zip(clip.names, cells, strict=True)
        if cell != ABSENT
    ]


def told(line: Line) -> str:
    """A line of a clip in words."""
    match line.kind:
        case "task":
            return f"{line.who} has the task: {line.words}"
        case "subgoal":
            return f"{line.who} goes about: {line.words}"
        case "talk":
            return f"{line.who} to {line.listener}: {line.words}"
    return f"{line.who} {line.words}"


def _changed(frame: np.ndarray, change: tuple[int, ...]) -> np.ndarray:
    after = frame.copy()
    after[list(change[::2])] = change[1::2]
    return after
