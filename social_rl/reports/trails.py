"""Where did agents walk of late? Dots of their colours on a picture, the fainter the longer ago."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from worlds.objects import AGENT_COLOURS, COLOURS
from worlds.render.brush import rgb
from worlds.render.tiles import PALETTE
from worlds.rules.space import col_of, row_of
from worlds.state import AWAY, State

DOT = 0.14  # of a cell, radius
APART = 0.17  # of a cell, by which tracks of agents lie beside each other, so that none hides another
STRONGEST = 190  # of 255


def with_trails(picture: np.ndarray, shots: Sequence[State], tile: int) -> np.ndarray:
    """A picture uint8[H, W, 3] of the last of these shots of a world, with tracks of where agents stood before."""
    if not shots:
        return picture
    *before, now = shots
    stands = set(now.agent_cell[0].tolist())
    marks = Image.new("RGBA", picture.shape[1::-1], (0, 0, 0, 0))
    pen = ImageDraw.Draw(marks)
    for age, shot in enumerate(reversed(before)):
        for a, cell in enumerate(shot.agent_cell[0].tolist()):
            if cell in stands or int(shot.finished[0, a]) in AWAY:
                continue
            aside = APART * (a - (shot.agent_cell.shape[1] - 1) / 2)
            x, y = (col_of(cell) + 0.5 + aside) * tile, (row_of(cell) + 0.5 + aside) * tile
            colour = PALETTE[COLOURS[AGENT_COLOURS[int(shot.name[0, a])]]]
            faint = int(STRONGEST * (1 - age / len(before)))
            box = (x - DOT * tile, y - DOT * tile, x + DOT * tile, y + DOT * tile)
            pen.ellipse(box, fill=(*rgb(colour), faint))
    return np.asarray(Image.alpha_composite(Image.fromarray(picture).convert("RGBA"), marks).convert("RGB"))
