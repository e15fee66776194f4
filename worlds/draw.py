"""What does a world look like? State -> RGB array, pure: a whole world, what one agent sees, one cell.

A cell is drawn from below: ground, fixture, the item lying there, agents with what they carry. Each
distinct cell is painted once and kept.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from worlds.brush import CUT_OUT, INKED, WHOLE, Spot, over, paint, rgb
from worlds.objects import (
    AGENT_COLOURS,
    COLOURS,
    DOOR_KIND,
    FLOOR,
    FLOORS,
    KINDS,
    NAMES,
    PLACE_COLOUR,
    PLACE_HIDES,
    PLACE_HOLDS,
    PLACE_KIND,
    PLACE_STATE,
    PLACE_WALKABLE,
    UNSEEN,
    WALL,
    colour_of_look,
    kind_of_look,
)
from worlds.state import ACTIVE, PLACE_PLANE, State, stride
from worlds.tiles import (
    DOORS,
    FURNITURE,
    GROUND,
    INK,
    ITEM_PICTURES,
    PALETTE,
    PAPER,
    UNITS,
    Picture,
    disc,
    letter,
    poly,
)

NOBODY = len(NAMES)  # a figure without a name

ON_FLOOR, ON_FURNITURE = Spot(16, 16, 0.8), Spot(16, 12.5, 0.64)
CROWD = (Spot(9, 9, 0.54), Spot(23, 23, 0.54), Spot(23, 9, 0.54), Spot(9, 23, 0.54))


class Figure(NamedTuple):
    """An agent as drawn."""

    name: int  # index of NAMES, or NOBODY
    heading: int  # 0 up, clockwise
    carries: int = 0  # item byte
    finished: bool = False


def draw_world(state: State, w: int, tile: int = 32, highlight: np.ndarray | None = None) -> np.ndarray:
    """World `w` as uint8[rows * tile, cols * tile, 3], without the walls beyond the house.

    `highlight`, bool[N, N], lightens cells, such as those an agent sees.
    """
    rows, cols = extent(state, w)
    place = plane(state, w, PLACE_PLANE)[:rows, :cols]
    item = np.append(0, state.item_look[w])[state.item_at[w, :rows, :cols]]
    item[PLACE_HIDES[place]] = 0
    lit = np.zeros((rows, cols), bool) if highlight is None else highlight[:rows, :cols]
    figures = _figures(state, w)
    ground = state.ground_at[w, :rows, :cols]
    layers = zip(*(x.ravel().tolist() for x in (place, ground, item, lit)), strict=True)
    cells = [draw_cell(tile, *layer, figures.get(divmod(i, cols), ())) for i, layer in enumerate(layers)]
    return _mosaic(cells, rows, cols, tile)


def draw_view(obs_view: np.ndarray, tile: int = 32, names: Sequence[int] = range(len(NAMES))) -> np.ndarray:
    """What an agent sees, uint8[3, V, V], as uint8[V * tile, V * tile, 3]: it stands below, looking up.

    `names` are the indices of NAMES of agents 0, 1, ...
    """
    side = obs_view.shape[-1]
    cells = []
    for ahead in reversed(range(side)):
        for across in range(side):
            place, item, agent = (int(v) for v in obs_view[:, ahead, across])
            figures: tuple[Figure, ...] = ()
            if agent:
                figures, item = (Figure(names[(agent & 0x3F) >> 2], agent & 3, item),), 0
            elif (ahead, across) == (0, side // 2):
                figures = (Figure(NOBODY, 0),)
            cells.append(draw_cell(tile, place, FLOOR, item, False, figures))
    return _mosaic(cells, side, side, tile)


def plane(state: State, w: int, which: int) -> np.ndarray:
    """A plane of world `w` as a view of uint8[N, N] without its margin."""
    side = state.item_at.shape[1]
    return state.planes[w, 2 * which].reshape(side + 2, stride(side))[1 : side + 1, 4 : side + 4]


def extent(state: State, w: int) -> tuple[int, int]:
    """Rows and columns from the upper left corner that hold all cells but walls, and one more of each."""
    side = state.item_at.shape[1]
    house = np.argwhere(plane(state, w, PLACE_PLANE) != WALL)
    rows, cols = house.max(0) + 2 if len(house) else (1, 1)
    return min(int(rows), side), min(int(cols), side)


def _figures(state: State, w: int) -> dict[tuple[int, int], tuple[Figure, ...]]:
    figures: dict[tuple[int, int], tuple[Figure, ...]] = {}
    for a, cell in enumerate(state.agent_cell[w].tolist()):
        if cell >= 0:
            hand = int(state.hand[w, a])
            carries = int(state.item_look[w, hand - 1]) if hand else 0
            done = bool(state.finished[w, a] != ACTIVE)
            figure = Figure(int(state.name[w, a]), int(state.heading[w, a]), carries, done)
            figures[divmod(cell, 256)] = (*figures.get(divmod(cell, 256), ()), figure)
    return figures


def _mosaic(cells: list[np.ndarray], rows: int, cols: int, tile: int) -> np.ndarray:
    grid = np.stack(cells).reshape(rows, cols, tile, tile, 3)
    return np.ascontiguousarray(grid.swapaxes(1, 2)).reshape(rows * tile, cols * tile, 3)


@lru_cache(maxsize=8192)
def draw_cell(
    tile: int, place: int, ground: int, item: int = 0, lit: bool = False, figures: tuple[Figure, ...] = ()
) -> np.ndarray:
    """One cell as uint8[tile, tile, 3], read-only."""
    pixels = place_tile(place, ground, tile)
    if item:
        raised = bool(PLACE_HOLDS[place]) and not PLACE_WALKABLE[place]
        pixels = over(pixels, item_tile(item, tile, ON_FURNITURE if raised else ON_FLOOR))
    spots = CROWD if len(figures) > 1 else (WHOLE,)
    for figure, spot in zip(figures, spots, strict=False):  # a fifth agent in one cell is not drawn
        pixels = over(pixels, agent_tile(figure, tile, spot))
    if lit:
        pixels = _paler(pixels, 0.4)
    pixels.flags.writeable = False
    return pixels


@lru_cache(maxsize=2048)
def place_tile(place: int, ground: int, tile: int) -> np.ndarray:
    """A place byte, on its ground, as uint8[tile, tile, 3]."""
    kind = int(PLACE_KIND[place])
    if kind == 0:
        return _opaque(GROUND[_ground_name(place)], tile)
    below = _opaque(GROUND[_ground_name(ground if PLACE_WALKABLE[ground] else FLOOR)], tile)
    state, colour = int(PLACE_STATE[place]), PALETTE[COLOURS[PLACE_COLOUR[place]]]
    if kind == DOOR_KIND:
        return over(below, paint(DOORS[state], colour, tile))
    # A glow has no edge, so the outline belongs to things that do not shine.
    rims = () if (KINDS[kind], state) in (("lamp", 1), ("goal", 0)) else INKED
    return over(below, paint(FURNITURE[KINDS[kind], state], colour, tile, WHOLE, rims))


def _ground_name(place: int) -> str:
    if place == UNSEEN:
        return "unseen"
    return FLOORS[place - FLOOR] if place < FLOOR + len(FLOORS) else "wall"


def _opaque(picture: Picture, tile: int) -> np.ndarray:
    return paint(picture, INK, tile)[..., :3].copy()


@lru_cache(maxsize=2048)
def item_tile(look: int, tile: int, spot: Spot = ON_FLOOR) -> np.ndarray:
    """An item byte as uint8[tile, tile, 4]; off the floor it is rimmed, so that it reads on any colour."""
    picture = ITEM_PICTURES[KINDS[kind_of_look(look)]]
    return paint(
        picture, PALETTE[COLOURS[colour_of_look(look)]], tile, spot, INKED if spot == ON_FLOOR else CUT_OUT
    )


@lru_cache(maxsize=2048)
def agent_tile(figure: Figure, tile: int, spot: Spot = WHOLE) -> np.ndarray:
    """An agent as uint8[tile, tile, 4]: a body with its initial, a nose where it heads, what it carries."""
    named = figure.name != NOBODY
    colour = PALETTE[COLOURS[AGENT_COLOURS[figure.name]]] if named else "#C3CDD4"
    nose = ((16, 1.6), (22.4, 10), (9.6, 10))
    body: Picture = (
        poly("dark", *(v for x, y in nose for v in _turned(figure.heading, x, y))),
        disc("dark", *_turned(figure.heading, 16, 17), 10.6),
        disc("main", *_turned(figure.heading, 16, 17), 9.4),
        *(disc(PAPER, *_turned(figure.heading, x, 10.4), 2.3) for x in (11.6, 20.4)),
        *(disc(INK, *_turned(figure.heading, x, 9.8), 1.3) for x in (11.6, 20.4)),
    )
    if named:
        ink = INK if sum(rgb(colour)) > 420 else PAPER
        body += (letter(ink, 12.5, *_turned(figure.heading, 16, 18), NAMES[figure.name][0]),)
    pixels = paint(body, colour, tile, spot, INKED)
    if figure.finished:
        pixels = _paler(pixels, 0.55)
    if figure.carries:
        x, y = _turned(figure.heading, 25, 7.5)
        corner = Spot(spot.x + (x - 16) * spot.scale, spot.y + (y - 16) * spot.scale, 0.46 * spot.scale)
        pixels = _stacked(pixels, item_tile(figure.carries, tile, corner))
    return pixels


def _paler(pixels: np.ndarray, share: float) -> np.ndarray:
    """RGB or RGBA with a share of warm white."""
    pale = pixels.copy()
    pale[..., :3] = np.rint(pixels[..., :3] * (1 - share) + np.array([255, 252, 230]) * share)
    return pale


def _turned(heading: int, x: float, y: float) -> tuple[float, float]:
    """A point of a picture that looks up, turned about the centre of the tile."""
    for _ in range(heading):
        x, y = UNITS - y, x
    return x, y


def _stacked(below: np.ndarray, above: np.ndarray) -> np.ndarray:
    """An RGBA picture on an RGBA picture."""
    a, b = above[..., 3:] / 255, below[..., 3:] / 255
    alpha = a + b * (1 - a)
    colour = (above[..., :3] * a + below[..., :3] * b * (1 - a)) / np.maximum(alpha, 1e-6)
    return np.rint(np.concatenate([colour, alpha * 255], -1)).astype(np.uint8)
