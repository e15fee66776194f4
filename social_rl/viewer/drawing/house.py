"""What does the house look like now? Rooms and things, agents on their way from where they were, names, and overlays.

Rooms are drawn once for as long as nothing in them changes; agents are put upon them, in cells or between.
"""

from functools import lru_cache

import numpy as np
import pygame

from social_rl.viewer.drawing import theme
from social_rl.viewer.drawing.canvas import Canvas
from social_rl.viewer.drawing.overlays import At, draw_above, draw_below, seen_by
from social_rl.viewer.model import ViewerState
from social_rl.viewer.time.tape import cells_of
from worlds.render.brush import WHOLE, Spot
from worlds.render.draw import CROWD, Figure, agent_tile, draw_rooms, extent, figures_of

FRAME = 5  # units
LARGEST_TILE = 96
UNSEEN_LIGHT, UNSEEN_GREY = 0.45, 26  # of cells that the selected agent does not see


def draw_house(canvas: Canvas, state: ViewerState, room: pygame.Rect) -> None:
    """The world with names, in the middle of its room, as large as whole pixels allow, in a frame of wall."""
    world = state.sim.state
    rows, cols = extent(world, 0)
    frame = canvas.px(FRAME)
    tile = max(1, min((room.width - 2 * frame) // cols, (room.height - 2 * frame) // rows, LARGEST_TILE))
    at = pygame.Rect(0, 0, cols * tile, rows * tile)
    at.center = room.center
    canvas.surface.set_clip(room)
    canvas.slab(at.inflate(2 * frame, 2 * frame), theme.NIGHT, "", 2)
    canvas.surface.blit(_rooms(state, tile, rows, cols), at)
    spots = spots_of(state)
    draw_below(canvas, state, at, tile)
    _figures(canvas, state, at, tile, spots)
    if state.sight:
        canvas.surface.blit(
            _veil(seen_by(state, state.selected)[:rows, :cols].tobytes(), rows, cols, tile), at
        )
    draw_above(canvas, state, at, tile, spots)
    _names(canvas, state, at, tile, spots)
    canvas.surface.set_clip(None)


def spots_of(state: ViewerState) -> list[At | None]:
    """Where each agent is drawn: in its cell, or on its way there from the next one; None: it is not in the house."""
    spots: list[At | None] = []
    for a, cell in enumerate(cells_of(state.sim)):
        row, col = divmod(cell, 256)
        before = state.cells_before[a] if a < len(state.cells_before) else cell
        if cell >= 0 and before >= 0 and state.phase < 1:
            was_row, was_col = divmod(before, 256)
            if abs(row - was_row) + abs(col - was_col) == 1:
                left = 1 - eased(state.phase)
                spots.append((row + (was_row - row) * left, col + (was_col - col) * left))
                continue
        spots.append((float(row), float(col)) if cell >= 0 else None)
    return spots


def eased(phase: float) -> float:
    """A share of the time between two steps as a share of the way: slow at both ends."""
    return phase * phase * (3 - 2 * phase)


def _rooms(state: ViewerState, tile: int, rows: int, cols: int) -> pygame.Surface:
    """Rooms and things, kept for as long as they stay as they are."""
    world = state.sim.state
    parts = (world.planes[0, 0], world.ground_at[0], world.item_at[0], world.item_look[0])
    key = (tile, rows, cols, *(part.tobytes() for part in parts))
    if key not in state.drawn:
        state.drawn.clear()
        state.drawn[key] = theme.from_array(draw_rooms(world, 0, tile))
    return state.drawn[key]


def _figures(
    canvas: Canvas, state: ViewerState, house: pygame.Rect, tile: int, spots: list[At | None]
) -> None:
    """All agents; those who share a cell and stand still share its room."""
    crowds: dict[At, list[int]] = {}
    for a, spot in enumerate(spots):
        if spot is not None:
            crowds.setdefault(spot, []).append(a)
    figures = figures_of(state.sim.state, 0)
    for (row, col), agents in crowds.items():
        places = CROWD if len(agents) > 1 else (WHOLE,)
        for a, place in zip(agents, places, strict=False):
            picture = _figure(figures[a], tile, place)
            canvas.surface.blit(picture, (house.left + round(col * tile), house.top + round(row * tile)))


@lru_cache(maxsize=512)
def _figure(figure: Figure, tile: int, spot: Spot) -> pygame.Surface:
    return theme.from_array(agent_tile(figure, tile, spot))


@lru_cache(maxsize=16)
def _veil(lit: bytes, rows: int, cols: int, tile: int) -> pygame.Surface:
    """Shade upon the cells that are not seen."""
    seen = np.frombuffer(lit, bool).reshape(rows, cols)
    shade = np.zeros((rows, cols, 4), np.uint8)
    shade[~seen] = (UNSEEN_GREY * 2, UNSEEN_GREY * 2, UNSEEN_GREY * 2, round(255 * (1 - UNSEEN_LIGHT)))
    return pygame.transform.scale(theme.from_array(shade), (cols * tile, rows * tile))


def _names(canvas: Canvas, state: ViewerState, house: pygame.Rect, tile: int, spots: list[At | None]) -> None:
    """A tag at each agent; clicks select it."""
    cells = cells_of(state.sim)
    for a, spot in enumerate(spots):
        if spot is None:
            continue
        at = pygame.Rect(house.left + round(spot[1] * tile), house.top + round(spot[0] * tile), tile, tile)
        canvas.clickable(at.clip(house), "select", a)
        canvas.tag(state.name(a), at, house, is_above=cells[a] + 256 in cells, chosen=a == state.selected)
