"""Where is what? Cells, neighbours, and the only functions that change what a cell shows.

Planes are stored twice, row by row and column by column, with a margin of wall, so that a row of anybody's view
is eight bytes side by side whichever way they look. `paint` keeps both copies.
"""

import numpy as np

from worlds.compile import rule
from worlds.objects import AGENT_MARK, PLACE_HIDES
from worlds.state import AGENT_PLANE, ITEM_PLANE, PLACE_PLANE

ROW_STEP = np.array([-1, 0, 1, 0])  # north, east, south, west
COL_STEP = np.array([0, 1, 0, -1])


@rule
def side_of(state):
    """Cells on one side of the square that worlds are stored in."""
    return np.int64(np.sqrt(np.float64(state.item_at.shape[1])) + 0.5)


@rule
def stride_of(side):
    """Bytes from one row of a plane to the next (the compiled twin of state.stride)."""
    return (side + 15) // 8 * 8


@rule
def ahead(state, w, cell, heading):
    """The cell in front of `cell`, or -1 beyond the edge."""
    side = side_of(state)
    row = cell // side + ROW_STEP[heading]
    col = cell % side + COL_STEP[heading]
    if np.uint64(row) >= np.uint64(side) or np.uint64(col) >= np.uint64(side):
        return -1
    return row * side + col


@rule
def plane_at(state, w, plane, cell):
    """The byte of a plane at a cell."""
    side = side_of(state)
    return state.planes[w, 2 * plane, (cell // side + 1) * stride_of(side) + cell % side + 4]


@rule
def paint(state, w, plane, cell, byte):
    """Show `byte` at a cell, in both copies of the plane."""
    side = side_of(state)
    pitch = stride_of(side)
    row = cell // side
    col = cell % side
    state.planes[w, 2 * plane, (row + 1) * pitch + col + 4] = byte
    state.planes[w, 2 * plane + 1, (col + 1) * pitch + row + 4] = byte


@rule
def place_at(state, w, cell):
    """The place byte (ground, door or furniture) of a cell."""
    return plane_at(state, w, PLACE_PLANE, cell)


@rule
def show_item(state, w, cell):
    """Show what lies at a cell: its item, unless the cell is a shut container."""
    item = state.item_at[w, cell]
    byte = np.uint8(0)
    if item > 0 and not PLACE_HIDES[place_at(state, w, cell)]:
        byte = state.item_look[w, item - 1]
    paint(state, w, ITEM_PLANE, cell, byte)


@rule
def lay_item(state, w, item, cell):
    """Put an item (0, 1, ...) at a free cell."""
    state.item_at[w, cell] = item + 1
    state.item_cell[w, item] = cell
    show_item(state, w, cell)


@rule
def lift_item(state, w, cell):
    """Take the item from a cell; returns it."""
    item = np.int64(state.item_at[w, cell]) - 1
    state.item_at[w, cell] = 0
    paint(state, w, ITEM_PLANE, cell, 0)
    return item


@rule
def agent_byte(state, w, a):
    """How an agent looks in the agent plane."""
    return np.uint8(AGENT_MARK | (a << 2) | np.int64(state.heading[w, a]))


@rule
def show_agent(state, w, a):
    """Show an agent, and in the item plane what it carries, at its cell."""
    cell = state.agent_cell[w, a]
    paint(state, w, AGENT_PLANE, cell, agent_byte(state, w, a))
    if state.item_cell.shape[1] > 0:
        hand = state.hand[w, a]
        paint(state, w, ITEM_PLANE, cell, state.item_look[w, hand - 1] if hand > 0 else np.uint8(0))


@rule
def clear_agent(state, w, a, cell):
    """Erase agent `a` from a cell it has left, and show whoever else stands there."""
    paint(state, w, AGENT_PLANE, cell, 0)
    if state.item_cell.shape[1] > 0:
        show_item(state, w, cell)
    for b in range(state.agent_cell.shape[1]):
        if b != a and state.agent_cell[w, b] == cell:
            show_agent(state, w, b)


@rule
def agent_at(state, w, cell):
    """The agent shown at a cell, or -1."""
    byte = np.int64(plane_at(state, w, AGENT_PLANE, cell))
    return (byte & 0x3F) >> 2 if byte != 0 else -1


@rule
def distance(state, w, cell, other):
    """Steps between two cells as if there were no walls."""
    side = side_of(state)
    return abs(cell // side - other // side) + abs(cell % side - other % side)
