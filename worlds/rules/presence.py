"""Who is there? Agents that come into an episode after it has begun, or leave it before it ends.

Whoever is not there stands in a cell of its own beyond the house, where nobody sees or meets it: levels have such cells
by `levels.company.with_cells_apart`. It acts no more, or not yet, and nothing of that is experience. A scenario lets
agents wait in the rule that it has for the beginning of episodes, and lets them come or go in its mechanics.
"""

import numpy as np

from worlds.compiler.compile import cold, rule
from worlds.objects import WALL
from worlds.rules.acts import can_stand, relocate
from worlds.rules.chance import below
from worlds.rules.goals import begin_goal
from worlds.rules.space import agent_at, ahead, fixture_on, place_at
from worlds.state import ACTIVE, LEFT, OK, TO_COME, WAIT


@cold
def await_turn(state, w, a, place):
    """As an episode begins: agent `a` is to come later, and waits in the cell apart of this number.

    Whom a level has out of the way already, in another cell apart, does not come at all.
    """
    cell = cell_apart(state, w, place)
    here = np.int64(state.agent_cell[w, a])
    if cell >= 0 and (here == cell or not is_apart(state, w, here)):
        relocate(state, w, a, cell)
        state.finished[w, a] = TO_COME


@cold
def come(state, w, a, bits):
    """Agent `a`, who was to come, enters at a free cell drawn by chance: it acts from the next step on.

    While no cell is free, it waits.
    """
    cell = free_cell(state, w, bits)
    if state.finished[w, a] == TO_COME and cell >= 0:
        relocate(state, w, a, cell)
        state.finished[w, a] = ACTIVE
        state.last_act[w, a] = WAIT
        state.outcome[w, a] = OK
        begin_goal(state, w, a)


@cold
def go_away(state, w, a, place):
    """Agent `a` leaves for the cell apart of this number: its own episode ends with this step."""
    cell = cell_apart(state, w, place)
    if cell >= 0 and state.finished[w, a] == ACTIVE:
        relocate(state, w, a, cell)
        state.finished[w, a] = LEFT


@rule
def cell_apart(state, w, place):
    """The cell apart of this number, counted from 0 from north to south, of those nearest to the house; -1 for none."""
    row = 2 * place + 1
    for col in range(state.item_at.shape[1]):
        cell = row << 8 | col
        if is_apart(state, w, cell):
            return np.int64(cell)
    return np.int64(-1)


@rule
def is_apart(state, w, cell):
    """Is this a cell that can be stood on, with walls on all four sides?"""
    if place_at(state, w, cell) == WALL:
        return False
    for heading in range(4):
        next_to = ahead(state, w, cell, heading)
        if next_to >= 0 and place_at(state, w, next_to) != WALL:
            return False
    return True


@rule
def free_cell(state, w, bits):
    """A cell of the house, drawn by chance, where nothing and nobody stands; -1 if there is none."""
    side = state.item_at.shape[1]
    free = 0
    for row in range(side):
        for col in range(side):
            free += is_free(state, w, row << 8 | col)
    if free == 0:
        return np.int64(-1)
    left = below(bits, free)
    for row in range(side):
        for col in range(side):
            if is_free(state, w, row << 8 | col):
                if left == 0:
                    return np.int64(row << 8 | col)
                left -= 1
    return np.int64(-1)


@rule
def is_free(state, w, cell):
    """Can somebody come in at this cell?"""
    if not can_stand(state, w, cell) or fixture_on(state, w, cell) > 0 or agent_at(state, w, cell) >= 0:
        return False
    return not is_apart(state, w, cell)
