"""Where may one walk in a scenario that is no house of rooms? Grounds of walls and floor, every floor in reach."""

from collections.abc import Callable

import numpy as np

from worlds.checks import check_choice

CLUTTER = 0.15  # share of inner cells that are walls
_Cell = tuple[int, int]


def ground(layout: str, side: int, rng: np.random.Generator, floor: str = ".") -> np.ndarray:
    """A ground of side x side cells with a wall around it: "#", and `floor` where one may walk, as level.GROUNDS.

    Raises:
        ValueError: there is no such layout.
    """
    check_choice("layout", layout, LAYOUTS)
    while True:
        walls = np.ones((side, side), np.bool_)
        walls[1:-1, 1:-1] = LAYOUTS[layout](side - 2, rng)
        if is_connected(~walls):
            return np.where(walls, "#", floor)


def free_cells(cells: np.ndarray, floor: str, n: int, rng: np.random.Generator) -> list[_Cell]:
    """n different floors, drawn by chance.

    Raises:
        ValueError: there are not as many.
    """
    found = np.argwhere(cells == floor)
    if len(found) < n:
        raise ValueError(f"{n} free cells are needed, there are {len(found)}: choose a larger side")
    return [(int(row), int(col)) for row, col in found[rng.permutation(len(found))[:n]]]


def is_connected(floor: np.ndarray) -> bool:
    """Can one walk from each of these cells, bool[rows, cols], to each other?"""
    cells = {(int(row), int(col)) for row, col in np.argwhere(floor)}
    if not cells:
        return False
    found = [next(iter(cells))]
    cells.discard(found[0])
    while found:
        row, col = found.pop()
        for near in ((row - 1, col), (row + 1, col), (row, col - 1), (row, col + 1)):
            if near in cells:
                cells.discard(near)
                found.append(near)
    return not cells


def _room(side: int, rng: np.random.Generator) -> np.ndarray:
    return np.zeros((side, side), np.bool_)


def _clutter(side: int, rng: np.random.Generator) -> np.ndarray:
    return rng.random((side, side)) < CLUTTER


def _four_rooms(side: int, rng: np.random.Generator) -> np.ndarray:
    """Two walls that cross, with a gap in each of their four arms."""
    walls, middle = np.zeros((side, side), np.bool_), side // 2
    walls[middle] = walls[:, middle] = True
    for first, last in ((0, middle), (middle + 1, side)):
        walls[middle, rng.integers(first, last)] = False
        walls[rng.integers(first, last), middle] = False
    return walls


def _maze(side: int, rng: np.random.Generator) -> np.ndarray:
    """A tree of corridors by a walk that turns back where it is stuck, with some walls taken out again."""
    walls = np.ones((side, side), np.bool_)
    way = [(0, 0)]
    walls[0, 0] = False
    while way:
        row, col = way[-1]
        steps = [
            (r, c)
            for r, c in ((-1, 0), (1, 0), (0, -1), (0, 1))
            if 0 <= row + 2 * r < side and 0 <= col + 2 * c < side and walls[row + 2 * r, col + 2 * c]
        ]
        if not steps:
            way.pop()
            continue
        r, c = steps[rng.integers(len(steps))]
        walls[row + r, col + c] = walls[row + 2 * r, col + 2 * c] = False
        way.append((row + 2 * r, col + 2 * c))
    inner = np.argwhere(walls[: side - 1 + side % 2, : side - 1 + side % 2])
    for row, col in inner[rng.permutation(len(inner))[: len(inner) // 8]]:
        walls[row, col] = False
    return walls


LAYOUTS: dict[str, Callable[[int, np.random.Generator], np.ndarray]] = {
    "room": _room,
    "clutter": _clutter,
    "four rooms": _four_rooms,
    "maze": _maze,
}
