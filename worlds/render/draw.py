"""What does a world look like? State -> RGB array, pure: a whole world, what one agent sees, one cell.

A cell is drawn from below: ground, fixture, the item lying there, agents with what they carry. Each
distinct cell is painted once and kept.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from worlds.checks import check_number
from worlds.objects import (
    AGENT_COLOURS,
    COLOURS,
    DOOR_KIND,
    FIRST_FURNITURE,
    FLOOR,
    FLOORS,
    KINDS,
    NAMES,
    OPEN,
    OPEN_DOOR,
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
from worlds.render.brush import CUT_OUT, INKED, WHOLE, Spot, over, paint, rgb
from worlds.render.tiles import (
    DOORS,
    FURNITURE,
    GROUND,
    ICE,
    INK,
    ITEM_PICTURES,
    PALETTE,
    PAPER,
    UNITS,
    Picture,
    disc,
    letter,
    line,
    poly,
)
from worlds.state import ACTIVE, AWAY, MARGIN, PLACE_PLANE, State, stride

NOBODY = len(NAMES)  # a figure without a name
MOST_TILE = 256  # pixels of a cell, the least is 1

ON_FLOOR, ON_FURNITURE = Spot(16, 16, 0.8), Spot(16, 12.5, 0.64)
FROST = (203, 232, 250)  # on whoever is frozen
LIGHT = (255, 250, 205)  # falls on the ground of highlighted cells
CROWD = (Spot(9, 9, 0.54), Spot(23, 23, 0.54), Spot(23, 9, 0.54), Spot(9, 23, 0.54))


class Figure(NamedTuple):
    """An agent as drawn."""

    name: int  # index of NAMES, or NOBODY
    heading: int  # 0 up, clockwise
    carries: int = 0  # item byte
    finished: bool = False
    frozen: bool = False


class Cell(NamedTuple):
    """All that decides how a cell is drawn."""

    place: int
    ground: int = FLOOR  # under a fixture
    item: int = 0  # the item that lies there
    lit: bool = False
    sideways: bool = False  # a door that is passed from left to right
    figures: tuple[Figure, ...] = ()


def draw_world(
    state: State,
    w: int,
    tile: int = 32,
    highlight: np.ndarray | None = None,
    size: tuple[int, int] | None = None,
) -> np.ndarray:
    """World `w` as uint8[rows * tile, cols * tile, 3], without the walls beyond the house.

    `highlight`, bool[N, N], lightens cells, such as those an agent sees. `size` is how many rows and columns are
    drawn in any case, so that pictures of several houses are of one size.

    Raises:
        ValueError: `tile` is out of range.
    """
    check_number("tile", tile, 1, MOST_TILE)
    size = size or extent(state, w)
    return _drawn(state, w, tile, size, highlight, _figures(state, w))


def draw_rooms(state: State, w: int, tile: int = 32) -> np.ndarray:
    """As `draw_world`, but without agents and what they carry.

    Raises:
        ValueError: `tile` is out of range.
    """
    check_number("tile", tile, 1, MOST_TILE)
    return _drawn(state, w, tile, extent(state, w), None, {})


def _drawn(
    state: State, w: int, tile: int, size: tuple[int, int], highlight: np.ndarray | None,
    figures: Mapping[tuple[int, int], tuple[Figure, ...]],
) -> np.ndarray:  # fmt: skip
    rows, cols = size
    place = plane(state, w, PLACE_PLANE)[:rows, :cols]
    item = np.append(0, state.item_look[w])[state.item_at[w, :rows, :cols]]
    item[PLACE_HIDES[place]] = 0
    ground = state.ground_at[w, :rows, :cols]
    lit = np.zeros((rows, cols), bool) if highlight is None else highlight[:rows, :cols]
    layers = (layer.ravel().tolist() for layer in (place, ground, item, lit, sideways(place)))
    cells = [
        draw_cell(Cell(*layer, figures=figures.get(divmod(i, cols), ())), tile)
        for i, layer in enumerate(zip(*layers, strict=True))
    ]
    return _mosaic(cells, rows, cols, tile)


def draw_view(obs_view: np.ndarray, tile: int = 32, names: Sequence[int] = range(len(NAMES))) -> np.ndarray:
    """What an agent sees, uint8[3, V, V], as uint8[V * tile, V * tile, 3]: it stands below, looking up.

    `names` are the indices of NAMES of agents 0, 1, ...
    """
    check_number("tile", tile, 1, MOST_TILE)
    seen = obs_view[:, ::-1]
    side = seen.shape[-1]
    is_sideways = sideways(seen[0])
    cells = []
    for row, col in np.ndindex(side, side):
        place, item, agent = (int(byte) for byte in seen[:, row, col])
        figures: tuple[Figure, ...] = ()
        if agent:
            figures, item = (Figure(int(names[(agent & 0x3F) >> 2]), agent & 3, item),), 0
        elif (row, col) == (side - 1, side // 2):
            figures = (Figure(NOBODY, 0),)
        cells.append(draw_cell(Cell(place, FLOOR, item, False, bool(is_sideways[row, col]), figures), tile))
    return _mosaic(cells, side, side, tile)


def plane(state: State, w: int, which: int) -> np.ndarray:
    """A plane of world `w` as a view of uint8[N, N] without its margin."""
    side = state.item_at.shape[1]
    return state.planes[w, 2 * which].reshape(-1, stride(side))[MARGIN : MARGIN + side, 4 : side + 4]


def extent(state: State, w: int) -> tuple[int, int]:
    """Rows and columns from the upper left corner that hold all cells but walls, and one more of each.

    A single cell between walls counts only where somebody in its episode stands there.
    """
    side = state.item_at.shape[1]
    house = np.pad(plane(state, w, PLACE_PLANE) != WALL, 1)
    beside = house[:-2, 1:-1] | house[2:, 1:-1] | house[1:-1, :-2] | house[1:-1, 2:]
    for cell, finished in zip(state.agent_cell[w].tolist(), state.finished[w].tolist(), strict=True):
        if cell >= 0 and finished not in AWAY:
            beside[cell >> 8, cell & 255] = True
    held = np.argwhere(house[1:-1, 1:-1] & beside)
    rows, cols = held.max(0) + 2 if len(held) else (1, 1)
    return min(int(rows), side), min(int(cols), side)


def figures_of(state: State, w: int) -> list[Figure]:
    """All agents of a world as they are drawn."""
    figures = []
    for a in range(state.name.shape[1]):
        hand = int(state.hand[w, a])
        carries = int(state.item_look[w, hand - 1]) if hand else 0
        done = bool(state.finished[w, a] != ACTIVE)
        frozen = not done and bool(state.frozen[w, a])
        figures.append(Figure(int(state.name[w, a]), int(state.heading[w, a]), carries, done, frozen))
    return figures


def _figures(state: State, w: int) -> dict[tuple[int, int], tuple[Figure, ...]]:
    figures: dict[tuple[int, int], tuple[Figure, ...]] = {}
    for figure, cell in zip(figures_of(state, w), state.agent_cell[w].tolist(), strict=True):
        if cell >= 0:
            figures[divmod(cell, 256)] = (*figures.get(divmod(cell, 256), ()), figure)
    return figures


def _mosaic(cells: list[np.ndarray], rows: int, cols: int, tile: int) -> np.ndarray:
    grid = np.stack(cells).reshape(rows, cols, tile, tile, 3)
    return np.ascontiguousarray(grid.swapaxes(1, 2)).reshape(rows * tile, cols * tile, 3)


def sideways(place: np.ndarray) -> np.ndarray:
    """Which cells have a wall above them, so that a door there is passed from left to right."""
    above = np.vstack([np.zeros_like(place[:1]), place[:-1]])
    return (above == WALL) & (place >= OPEN_DOOR) & (place < FIRST_FURNITURE)


@lru_cache(maxsize=8192)
def draw_cell(cell: Cell, tile: int = 32) -> np.ndarray:
    """One cell as uint8[tile, tile, 3], read-only."""
    pixels = place_tile(cell.place, cell.ground, cell.lit, cell.sideways, tile)
    if cell.item:
        raised = bool(PLACE_HOLDS[cell.place]) and not PLACE_WALKABLE[cell.place]
        pixels = over(pixels, item_tile(cell.item, tile, ON_FURNITURE if raised else ON_FLOOR))
    spots = CROWD if len(cell.figures) > 1 else (WHOLE,)
    for figure, spot in zip(cell.figures, spots, strict=False):  # a fifth agent in one cell is not drawn
        pixels = over(pixels, agent_tile(figure, tile, spot))
    pixels.flags.writeable = False
    return pixels


@lru_cache(maxsize=2048)
def place_tile(place: int, ground: int, lit: bool, sideways: bool, tile: int) -> np.ndarray:
    """A place byte, on its ground, as uint8[tile, tile, 3]."""
    kind = int(PLACE_KIND[place])
    if kind == 0:
        return _ground_tile(place, lit, tile)
    below = _ground_tile(ground if PLACE_WALKABLE[ground] else FLOOR, lit, tile)
    state, colour = int(PLACE_STATE[place]), PALETTE[COLOURS[PLACE_COLOUR[place]]]
    if kind == DOOR_KIND:
        door = paint(DOORS[state], colour, tile)
        return over(below, np.rot90(door) if sideways and state == OPEN else door)
    # A glow has no edge, so the outline belongs to things that do not shine.
    rims = () if (KINDS[kind], state) in (("lamp", 1), ("goal", 0)) else INKED
    return over(below, paint(FURNITURE[KINDS[kind], state], colour, tile, WHOLE, rims))


@lru_cache(maxsize=256)
def _ground_tile(place: int, lit: bool, tile: int) -> np.ndarray:
    if place == UNSEEN:
        name = "unseen"
    else:
        name = FLOORS[place - FLOOR] if place < FLOOR + len(FLOORS) else "wall"
    pixels = paint(GROUND[name], INK, tile)[..., :3]
    return _mixed(pixels, LIGHT, 0.5) if lit else pixels.copy()


@lru_cache(maxsize=2048)
def item_tile(look: int, tile: int, spot: Spot = ON_FLOOR) -> np.ndarray:
    """An item byte as uint8[tile, tile, 4]; off the floor it is rimmed, so that it reads on any colour."""
    picture = ITEM_PICTURES[KINDS[kind_of_look(look)]]
    return paint(
        picture, PALETTE[COLOURS[colour_of_look(look)]], tile, spot, INKED if spot == ON_FLOOR else CUT_OUT
    )


@lru_cache(maxsize=2048)
def agent_tile(figure: Figure, tile: int, spot: Spot = WHOLE) -> np.ndarray:
    """An agent as uint8[tile, tile, 4]: a body with its initial, a nose where it heads, what it carries.

    Who has finished is paler; who is frozen is blue and sleeps in a block of ice.
    """
    named = figure.name != NOBODY
    colour = PALETTE[COLOURS[AGENT_COLOURS[figure.name]]] if named else "#C3CDD4"
    nose = ((16, 1.6), (22.4, 10), (9.6, 10))
    body: Picture = (
        poly("dark", *(v for x, y in nose for v in _turned(figure.heading, x, y))),
        disc("dark", *_turned(figure.heading, 16, 17), 10.6),
        disc("main", *_turned(figure.heading, 16, 17), 9.4),
        *_eyes(figure),
    )
    if named:
        ink = INK if sum(rgb(colour)) > 420 else PAPER
        body += (letter(ink, 12.5, *_turned(figure.heading, 16, 18), NAMES[figure.name][0]),)
    pixels = paint(body, colour, tile, spot, INKED)
    if figure.frozen:
        pixels = _stacked(paint(ICE, colour, tile, spot), _mixed(pixels, FROST, 0.45))
    if figure.finished:
        pixels = _mixed(pixels, (255, 255, 255), 0.55)
    if figure.carries:
        x, y = _turned(figure.heading, 25, 7.5)
        corner = Spot(spot.x + (x - 16) * spot.scale, spot.y + (y - 16) * spot.scale, 0.46 * spot.scale)
        pixels = _stacked(pixels, item_tile(figure.carries, tile, corner))
    return pixels


def _eyes(figure: Figure) -> Picture:
    """Two eyes that look ahead, or, of a frozen agent, that are shut."""
    if figure.frozen:
        lids = (_turned(figure.heading, x, 10.2) for middle in (11.6, 20.4) for x in (middle - 2, middle + 2))
        ends = [v for point in lids for v in point]
        return line(INK, 1.3, *ends[:4]), line(INK, 1.3, *ends[4:])
    return (
        *(disc(PAPER, *_turned(figure.heading, x, 10.4), 2.3) for x in (11.6, 20.4)),
        *(disc(INK, *_turned(figure.heading, x, 9.8), 1.3) for x in (11.6, 20.4)),
    )


def _mixed(pixels: np.ndarray, colour: tuple[int, int, int], share: float) -> np.ndarray:
    """RGB or RGBA with a share of a colour."""
    mixed = pixels.copy()
    mixed[..., :3] = np.rint(pixels[..., :3] * (1 - share) + np.array(colour) * share)
    return mixed


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
