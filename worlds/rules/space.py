"""Where is what? Cells, neighbours, and the only functions that change what a cell shows.

Planes are stored twice, row by row and column by column, with a margin of wall, so that a row of anybody's view
is eight bytes side by side whichever way they look. `paint` keeps both copies.
"""

import numpy as np

from worlds.compiler.compile import rule
from worlds.objects import OPAQUE, PLACE_HIDES
from worlds.state import ITEM_PLANE, MARGIN, PLACE_PLANE

ROW_STEP = np.array([-1, 0, 1, 0])  # north, east, south, west
COL_STEP = np.array([0, 1, 0, -1])


@rule
def stride_of(side):
    """Bytes from one row of a plane to the next (the compiled twin of state.stride)."""
    return (side + 16) // 8 * 8


@rule
def row_of(cell):
    return cell >> 8


@rule
def col_of(cell):
    return cell & 255


@rule
def ahead(state, w, cell, heading):
    """The cell in front of `cell`, or -1 beyond the edge."""
    side = state.item_at.shape[1]
    row = row_of(cell) + ROW_STEP[heading]
    col = col_of(cell) + COL_STEP[heading]
    if np.uint64(row) >= np.uint64(side) or np.uint64(col) >= np.uint64(side):
        return -1
    return row << 8 | col


@rule
def plane_at(state, w, plane, cell):
    """The byte of a plane at a cell."""
    pitch = stride_of(state.item_at.shape[1])
    return state.planes[w, 2 * plane, (row_of(cell) + MARGIN) * pitch + col_of(cell) + 4]


@rule
def paint(state, w, plane, cell, byte):
    """Show `byte` at a cell, in both copies of the plane."""
    pitch = stride_of(state.item_at.shape[1])
    row = row_of(cell)
    col = col_of(cell)
    state.planes[w, 2 * plane, (row + MARGIN) * pitch + col + 4] = byte
    state.planes[w, 2 * plane + 1, (col + MARGIN) * pitch + row + 4] = byte


@rule
def item_on(state, w, cell):
    """1 + the item lying at a cell, 0 for none."""
    return np.int64(state.item_at[w, row_of(cell), col_of(cell)])


@rule
def fixture_on(state, w, cell):
    """1 + the fixture standing at a cell, 0 for none."""
    return np.int64(state.fixture_at[w, row_of(cell), col_of(cell)])


@rule
def place_at(state, w, cell):
    """The place byte (ground, door or furniture) of a cell."""
    return plane_at(state, w, PLACE_PLANE, cell)


@rule
def show_item(state, w, cell):
    """Show what lies at a cell: its item, unless the cell is a shut container."""
    item = item_on(state, w, cell)
    byte = np.uint8(0)
    if item > 0 and not PLACE_HIDES[place_at(state, w, cell)]:
        byte = state.item_look[w, item - 1]
    paint(state, w, ITEM_PLANE, cell, byte)


@rule
def lay_item(state, w, item, cell):
    """Put an item (0, 1, ...) at a free cell."""
    state.item_at[w, row_of(cell), col_of(cell)] = item + 1
    state.item_cell[w, item] = cell
    show_item(state, w, cell)


@rule
def lift_item(state, w, cell):
    """Take the item from a cell; returns it."""
    item = item_on(state, w, cell) - 1
    state.item_at[w, row_of(cell), col_of(cell)] = 0
    paint(state, w, ITEM_PLANE, cell, 0)
    return item


@rule
def agent_at(state, w, cell):
    """The agent standing at a cell (the last of several), or -1."""
    return np.int64(state.agent_at[w, row_of(cell), col_of(cell)]) - 1


@rule
def first_ahead(state, w, cell, heading, reach):
    """The first of `reach` cells ahead where somebody stands or something lies; -1 for none before a wall."""
    for _ in range(reach):
        cell = ahead(state, w, cell, heading)
        if cell < 0 or place_at(state, w, cell) >= OPAQUE:
            return np.int64(-1)
        if agent_at(state, w, cell) >= 0 or item_on(state, w, cell) > 0:
            return np.int64(cell)
    return np.int64(-1)


@rule
def enter(state, w, a, cell):
    """Note that agent `a` stands at a cell."""
    row, col = row_of(cell), col_of(cell)
    state.agent_at[w, row, col] = max(np.int64(state.agent_at[w, row, col]), a + 1)


@rule
def leave(state, w, a, cell):
    """Note that agent `a` no longer stands at a cell; whoever else is there shows."""
    row, col = row_of(cell), col_of(cell)
    if state.agent_at[w, row, col] == a + 1:
        top = 0
        for b in range(state.agent_cell.shape[1]):
            if b != a and state.agent_cell[w, b] == cell:
                top = b + 1
        state.agent_at[w, row, col] = top


@rule
def distance(cell, other):
    """Steps between two cells as if there were no walls."""
    return abs(row_of(cell) - row_of(other)) + abs(col_of(cell) - col_of(other))
