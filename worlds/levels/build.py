"""How is a level written into a row of a bank? Ground first, then fixtures, items, agents, goals.

The same rules serve levels read from text and levels drawn by a generator, so a row means one thing. They trust
their arguments: untrusted levels come through worlds/levels/level.py.
"""

import numpy as np

from worlds.compiler.compile import rule
from worlds.goal import FIELDS, ROWS
from worlds.objects import FIRST_ROOM, FLOOR, FLOORS, ROOMS, WALL
from worlds.rules.space import (
    col_of,
    enter,
    lay_item,
    leave,
    paint,
    place_at,
    row_of,
    show_item,
)
from worlds.state import ABSENT, PLACE_PLANE

N_ROOMS = len(ROOMS)
assert FLOORS[1] == f"{ROOMS[0]} floor" and FIRST_ROOM > 0  # floor 1 + r is the floor of room r


@rule
def clear_level(bank, level):
    """Make a row nothing but wall, without things, goals or words."""
    for plane in range(4):
        for i in range(bank.planes.shape[2]):
            bank.planes[level, plane, i] = WALL if plane < 2 else 0
    for row in range(bank.item_at.shape[1]):
        for col in range(bank.item_at.shape[1]):
            bank.item_at[level, row, col] = 0
            bank.fixture_at[level, row, col] = 0
            bank.room_at[level, row, col] = 0
            bank.agent_at[level, row, col] = 0
            bank.ground_at[level, row, col] = WALL
    for i in range(bank.item_cell.shape[1]):
        bank.item_look[level, i] = 0
        bank.item_cell[level, i] = ABSENT
    for f in range(bank.fixture_cell.shape[1]):
        bank.fixture_cell[level, f] = ABSENT
    for a in range(bank.agent_cell.shape[1]):
        bank.hand[level, a] = 0
        for t in range(bank.tokens.shape[2]):
            bank.tokens[level, a, t] = 0
        for r in range(ROWS):
            for k in range(FIELDS):
                bank.goal[level, a, r, k] = 0


@rule
def set_ground(bank, level, cell, ground):
    """Lay a floor or a wall (a place byte) at a cell; a room's floor makes the cell part of that room."""
    bank.ground_at[level, row_of(cell), col_of(cell)] = ground
    is_room = ground > FLOOR and ground <= FLOOR + N_ROOMS
    bank.room_at[level, row_of(cell), col_of(cell)] = ground - FLOOR if is_room else 0
    paint(bank, level, PLACE_PLANE, cell, ground)


@rule
def set_fixture(bank, level, fixture, cell, place):
    """Stand fixture number `fixture`, a door or furniture with this place byte, at a cell."""
    bank.fixture_at[level, row_of(cell), col_of(cell)] = fixture + 1
    bank.fixture_cell[level, fixture] = cell
    paint(bank, level, PLACE_PLANE, cell, place)
    show_item(bank, level, cell)


@rule
def move_fixture(bank, level, fixture, cell):
    """Move fixture number `fixture` to a cell of bare ground; where it stood, the ground shows again."""
    old = np.int64(bank.fixture_cell[level, fixture])
    place = place_at(bank, level, old)
    bank.fixture_at[level, row_of(old), col_of(old)] = 0
    paint(bank, level, PLACE_PLANE, old, bank.ground_at[level, row_of(old), col_of(old)])
    show_item(bank, level, old)
    set_fixture(bank, level, fixture, cell, place)


@rule
def set_item(bank, level, item, cell, look):
    """Lay item number `item`, of this kind and colour, at a cell."""
    bank.item_look[level, item] = look
    lay_item(bank, level, item, cell)


@rule
def set_agent(bank, level, a, cell, heading, name):
    """Start agent `a` at a cell with empty hands; an earlier start of it must have been lifted first."""
    bank.agent_cell[level, a] = cell
    bank.heading[level, a] = heading
    bank.name[level, a] = name
    bank.hand[level, a] = 0
    enter(bank, level, a, cell)


@rule
def set_hand(bank, level, a, item, look):
    """Put item number `item` into the hand of agent `a`."""
    bank.item_look[level, item] = look
    bank.item_cell[level, item] = -1 - a
    bank.hand[level, a] = item + 1


@rule
def lift_agent(bank, level, a):
    """Take agent `a` off its cell, so that its start can be set anew."""
    leave(bank, level, a, bank.agent_cell[level, a])
