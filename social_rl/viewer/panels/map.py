"""What does the selected agent remember of places? Its own map, where it keeps one: what is grey it has not seen."""

import numpy as np
import pygame

from agents.policies.perception import LearnedMemory
from agents.spatial_memory.bitboard import SIDE
from agents.spatial_memory.egocentric_map import KNOWN, NOTHING_INSIDE
from social_rl.viewer.drawing import theme
from social_rl.viewer.drawing.canvas import Canvas
from social_rl.viewer.model import ViewerState
from social_rl.viewer.panels.words import say
from worlds.objects import UNSEEN
from worlds.render.draw import NOBODY, Cell, Figure, draw_cell, sideways
from worlds.state import SENSE_HEADING

PLACE, ITEM, TRAITS = range(3)  # planes of a map


def draw_map(canvas: Canvas, state: ViewerState, room: pygame.Rect) -> None:
    """The part of its map that it knows, as large as there is room, and itself upon it."""
    a = state.selected
    memory = state.cast[a].memory
    if not isinstance(memory, LearnedMemory) or not len(memory.map):
        say(canvas, room, f"{state.name(a)} keeps no map.")
        return
    cells = known_part(memory, int(state.sim.state.obs_self[0, a, SENSE_HEADING]))
    if not cells:
        say(canvas, room, f"{state.name(a)} has not looked around yet.")
        return
    rows, cols = len(cells), len(cells[0])
    tile = max(2, min(room.width // cols, room.height // rows, canvas.px(40)))
    pixels = np.concatenate([np.concatenate([draw_cell(cell, tile) for cell in row], 1) for row in cells])
    picture = theme.from_array(pixels)
    canvas.surface.blit(picture, picture.get_rect(center=room.center))


def known_part(memory: LearnedMemory, heading: int) -> list[list[Cell]]:
    """The rows and columns of a map in which anything is known, cell by cell; the agent stands where it was last."""
    middle = SIDE // 2
    shift = tuple(
        middle - place for place in memory.at[0].tolist()
    )  # a map has no edge: it goes on at its other side
    planes = np.roll(memory.map[0], shift, (1, 2))
    known = planes[TRAITS] & KNOWN > 0
    if not known.any():
        return []
    rows, cols = np.flatnonzero(known.any(1)), np.flatnonzero(known.any(0))
    beside = sideways(planes[PLACE])
    return [
        [
            _cell(planes, row, col, (row, col) == (middle, middle), heading, bool(beside[row, col]))
            for col in range(cols[0], cols[-1] + 1)
        ]
        for row in range(rows[0], rows[-1] + 1)
    ]


def _cell(planes: np.ndarray, row: int, col: int, is_here: bool, heading: int, is_sideways: bool) -> Cell:
    if not planes[TRAITS, row, col] & KNOWN:
        return Cell(UNSEEN)
    item = int(planes[ITEM, row, col])
    figures = (Figure(NOBODY, heading),) if is_here else ()
    lies = 0 if item == NOTHING_INSIDE else item
    return Cell(int(planes[PLACE, row, col]), item=lies, sideways=is_sideways, figures=figures)
