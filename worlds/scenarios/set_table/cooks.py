"""How is set_table played? Scripts that do what is due next, alone or sharing the work."""

import numpy as np

from worlds.compiler.apart import apart
from worlds.compiler.compile import rule
from worlds.expert.clauses import NEAR_AGENT, yields
from worlds.expert.maps import REACH, WALK, clear_targets, flood, is_beside_marked, spot_of
from worlds.expert.scripts import script
from worlds.expert.ways import ARRIVED, NO_WAY, begin_way, first_step, go_before, go_onto
from worlds.rules.space import ahead, distance, fixture_on, item_on, place_at
from worlds.scenarios.set_table.recipe import (
    BOARD,
    COUNTER,
    CUT,
    DINING,
    DISH,
    HOT_PLATE,
    MEAL,
    PLATE,
    RAW,
    SHELF,
    STOVE_OFF,
    in_hand,
    look_on,
)
from worlds.state import PUT, TAKE, USE, WAIT

# What there is to do for an empty hand, in order: switch the stove on; clear a place of what does not belong there;
# serve a dish that lies about; fetch a plate; bring a cut apple to the stove; cut; fetch an apple.
SWITCH, CLEAR, BRING_DISH, FETCH_PLATE, BRING_CUT, SLICE, FETCH_RAW, N_JOBS = range(8)


@script
def expert(state, w, a, scratch):
    """Does what is due next and is nearer to it than to the other one; hands over what it cannot bring any farther."""
    return chef(state, w, a, scratch, np.int64(0))


@script
def solo(state, w, a, scratch):
    """The same, as if nobody else were there."""
    return chef(state, w, a, scratch, np.int64(1))


@apart
def chef(state, w, a, scratch, alone):
    """The next act of a cook."""
    begin_way(state, w, a, scratch)
    flood(state, w, a, scratch)
    if state.agent_cell.shape[1] > 1:
        mind_other(state, w, a, 1 - a, scratch)
    if state.hand[w, a] > 0:
        return carry(state, w, a, scratch)
    other = np.int64(1 - a) if alone == 0 and state.agent_cell.shape[1] > 1 else np.int64(-1)
    helps = other >= 0 and state.hand[w, other] == 0
    helps = helps and scratch[REACH, spot_of(state, state.agent_cell[w, other])] != 0
    for job in range(N_JOBS):
        cell = job_cell(state, w, scratch, np.int64(job), state.agent_cell[w, a], other)
        if cell < 0:
            continue
        if helps:
            near = distance(state.agent_cell[w, a], cell)
            theirs = job_cell(state, w, scratch, np.int64(job), state.agent_cell[w, other], other)
            far = distance(state.agent_cell[w, other], theirs)
            if far < near or (far == near and other < a):
                helps = False  # that is what the other one does
                continue
        return go_and(state, w, a, scratch, cell, USE if job == SWITCH or job == SLICE else TAKE)
    return step_aside(state, w, a, scratch)


@rule
def mind_other(state, w, a, b, scratch):
    """Who stands still is a wall; of two who are near and move, one goes round the other, drawn for some steps."""
    is_wall = state.last_act[w, b] == WAIT
    if distance(state.agent_cell[w, a], state.agent_cell[w, b]) <= NEAR_AGENT:
        is_wall = is_wall or yields(state, w, a, b)
    scratch[WALK, spot_of(state, state.agent_cell[w, b])] = 0 if is_wall else 1


@apart
def walk(state, w, a, scratch):
    """The act that begins the way to what is targeted, or ARRIVED.

    Where the other one is in the only way, who makes way backs off; behind one who stands still, it pushes on.
    """
    step = first_step(state, w, a, scratch)
    if step != NO_WAY or state.agent_cell.shape[1] == 1:
        return step
    cell = state.agent_cell[w, 1 - a]
    spot = spot_of(state, cell)
    if scratch[REACH, spot] == 0 or scratch[WALK, spot] != 0:
        return np.int64(WAIT)
    if state.last_act[w, 1 - a] == WAIT:
        scratch[WALK, spot] = 1
        step = first_step(state, w, a, scratch)
        return np.int64(WAIT) if step == NO_WAY else step
    if distance(state.agent_cell[w, a], cell) > 1:
        return np.int64(WAIT)
    clear_targets(state, scratch)
    side = state.item_at.shape[1]
    for row in range(side):
        for col in range(side):
            if distance(cell, row << 8 | col) > 1 and scratch[REACH, spot_of(state, row << 8 | col)] != 0:
                go_onto(state, scratch, row << 8 | col)
    step = first_step(state, w, a, scratch)
    return np.int64(WAIT) if step < 0 else step


@rule
def go_and(state, w, a, scratch, cell, act):
    """Go before a cell, then do this."""
    go_before(state, scratch, cell)
    step = walk(state, w, a, scratch)
    return np.int64(act) if step == ARRIVED else step


@rule
def find(state, w, kind):
    """The cell of the fixture with this place byte, -1 for none."""
    for f in range(state.fixture_cell.shape[1]):
        cell = np.int64(state.fixture_cell[w, f])
        if cell >= 0 and place_at(state, w, cell) == kind:
            return cell
    return np.int64(-1)


@rule
def can_reach(state, scratch, cell):
    """Can the agent of this map stand beside a cell?"""
    return cell >= 0 and is_beside_marked(state, scratch[REACH], cell)


@apart
def carry(state, w, a, scratch):
    """The act of one whose hand is full."""
    byte = in_hand(state, w, a)
    hot, stove = find(state, w, HOT_PLATE), find(state, w, STOVE_OFF)
    cooks = look_on(state, w, hot) == CUT
    cell, act = np.int64(-1), PUT
    if byte == DISH:
        cell = find(state, w, DINING)
    elif byte == RAW:
        cell = find(state, w, BOARD)
    elif byte == CUT or byte == MEAL:
        cell = hot
    elif byte == PLATE:
        meal = nearest_lying(state, w, scratch, MEAL, state.agent_cell[w, a], np.int64(-1))
        if meal >= 0:
            cell, act = meal, USE
        elif cooks and stove >= 0:
            cell, act = stove, USE
        elif cooks:
            cell, act = hot, WAIT
    if can_reach(state, scratch, cell) and (act != PUT or item_on(state, w, cell) == 0):
        return go_and(state, w, a, scratch, cell, act)
    any_counter = False
    for f in range(state.fixture_cell.shape[1]):
        cell = np.int64(state.fixture_cell[w, f])
        if cell >= 0 and place_at(state, w, cell) == COUNTER and item_on(state, w, cell) == 0:
            if can_reach(state, scratch, cell):
                go_before(state, scratch, cell)
                any_counter = True
    if not any_counter:
        return step_aside(state, w, a, scratch)
    step = walk(state, w, a, scratch)
    return np.int64(PUT) if step == ARRIVED else step


@apart
def job_cell(state, w, scratch, job, start, other):
    """Where a job is to be done that is due and in reach: the cell nearest to `start`; -1 if there is none."""
    hot, board = find(state, w, HOT_PLATE), find(state, w, BOARD)
    on_hot, on_board = look_on(state, w, hot), look_on(state, w, board)
    stoves = can_reach(state, scratch, hot)  # else it is the other one that cooks
    cell = np.int64(-1)
    if job == SWITCH and on_hot == CUT:
        cell = find(state, w, STOVE_OFF)
    elif job == CLEAR:
        dining = find(state, w, DINING)
        if on_hot != 0 and on_hot != CUT and on_hot != MEAL:
            cell = hot
        elif on_board != 0 and on_board != RAW and on_board != CUT:
            cell = board
        elif look_on(state, w, dining) > 0:
            cell = dining
    elif job == BRING_DISH and can_reach(state, scratch, find(state, w, DINING)):
        cell = nearest_lying(state, w, scratch, DISH, start, np.int64(-1))
    elif job == FETCH_PLATE and not is_held(state, w, PLATE, other):
        needed = on_hot == CUT or on_hot == MEAL
        needed |= nearest_lying(state, w, scratch, MEAL, start, np.int64(-1)) >= 0
        if stoves and needed:
            cell = nearest_lying(state, w, scratch, PLATE, start, np.int64(-1))
        elif not stoves and on_counters(state, w, PLATE) == 0:
            cell = find(state, w, SHELF)
            cell = cell if look_on(state, w, cell) == PLATE else np.int64(-1)
    elif job == BRING_CUT and not is_held(state, w, CUT, other):
        if stoves and on_hot == 0:
            cell = nearest_lying(state, w, scratch, CUT, start, np.int64(-1))
        elif not stoves and on_board == CUT and on_counters(state, w, CUT) == 0:
            cell = board
    elif job == SLICE and on_board == RAW:
        cell = board
    elif job == FETCH_RAW and on_board == 0 and not is_held(state, w, RAW, other):
        if can_reach(state, scratch, board):
            cell = nearest_lying(state, w, scratch, RAW, start, board)
    return cell if can_reach(state, scratch, cell) else np.int64(-1)


@rule
def is_held(state, w, byte, other):
    """Does the other one (-1: there is none) carry such a thing?"""
    return other >= 0 and in_hand(state, w, other) == byte


@apart
def nearest_lying(state, w, scratch, byte, start, but):
    """The cell in reach, nearest to `start` and not `but`, where such a thing lies; -1 for none."""
    best = np.int64(-1)
    for i in range(state.item_look.shape[1]):
        cell = np.int64(state.item_cell[w, i])
        if cell >= 0 and state.item_look[w, i] == byte and cell != but and can_reach(state, scratch, cell):
            if best < 0 or distance(start, cell) < distance(start, best):
                best = cell
    return best


@rule
def on_counters(state, w, byte):
    """How many such things lie on counters?"""
    n = 0
    for i in range(state.item_look.shape[1]):
        cell = np.int64(state.item_cell[w, i])
        n += cell >= 0 and state.item_look[w, i] == byte and place_at(state, w, cell) == COUNTER
    return n


@apart
def step_aside(state, w, a, scratch):
    """Nothing to do: go where one stands before nothing but counters."""
    side = state.item_at.shape[1]
    for row in range(side):
        for col in range(side):
            cell = row << 8 | col
            if scratch[REACH, spot_of(state, cell)] != 0 and not is_before_work(state, w, cell):
                go_onto(state, scratch, cell)
    step = walk(state, w, a, scratch)
    return np.int64(WAIT) if step == ARRIVED else step


@rule
def is_before_work(state, w, cell):
    """Is there a place to work at beside a cell?"""
    for d in range(4):
        beside = ahead(state, w, cell, d)
        if beside >= 0 and fixture_on(state, w, beside) > 0 and place_at(state, w, beside) != COUNTER:
            return True
    return False
