"""Where may a thing be put down? Where it is in nobody's way and cuts off least."""

import numpy as np

from worlds.compiler.apart import apart
from worlds.expert.clauses import (
    NO_CLAUSE,
    holds_landmark,
    is_anyones_destination,
    things_needed,
)
from worlds.expert.maps import (
    CLAUSE,
    FACE,
    FACTS,
    FROM,
    LAY_DOWN,
    LIMITED,
    LOCKED_IN_WAY,
    MARKED,
    NO,
    NOT_YET,
    PUT_IT,
    REACH,
    TARGET,
    UNKNOWN,
    WALK,
    cell_of,
    clear_targets,
    intend,
    is_beside_marked,
    spot_of,
    step_to,
    target_cell,
)
from worlds.expert.paths import look_round, mark_from
from worlds.goal import P_KIND, PUT_NEXT, VERB
from worlds.objects import (
    CLASS_OF_KIND,
    DOOR_KIND,
    FIXTURE,
    ITEM,
    PLACE_FLOOR,
    PLACE_HIDES,
    PLACE_HOLDS,
    PLACE_KIND,
)
from worlds.rules.goals import has, is_placed
from worlds.rules.space import agent_at, col_of, distance, item_on, place_at, row_of
from worlds.state import ACTIVE, ARMED

NO_PLACE, ON_FLOOR, ON_FURNITURE = range(3)
NEAR_DROP = 4
OWN_LOSS, OTHERS_LOSS, ANY_LOSS = np.int64(1 << 40), np.int64(1 << 24), np.int64(1 << 12)


@apart
def room_for_item(state, w, a, cell):
    """Could agent `a` put an item at a cell: NO_PLACE, ON_FLOOR or ON_FURNITURE?"""
    if item_on(state, w, cell) > 0:
        return NO_PLACE
    other = agent_at(state, w, cell)
    if other >= 0 and (other != a):
        return NO_PLACE
    place = place_at(state, w, cell)
    if PLACE_HIDES[place]:
        return NO_PLACE
    if PLACE_FLOOR[place]:
        return ON_FLOOR
    return ON_FURNITURE if PLACE_HOLDS[place] else NO_PLACE


@apart
def is_harmless(state, w, scratch, marks, spot):
    """Would an item on this floor leave every way open, and everything beside it in reach?

    The walkable ones of the four neighbours must be joined within the ring of eight, none of them may be a door,
    and what stands or lies beside must have another side that is marked as within reach.
    """
    wide = state.item_at.shape[1] + 2
    walk = scratch[WALK]
    parts = 0
    sides = 0
    for d in range(4):
        other = spot + step_to(wide, d)
        if walk[other] > 0:
            sides += 1
            corner = other + step_to(wide, (d + 1) & 3)
            if not (walk[corner] > 0 and walk[spot + step_to(wide, (d + 1) & 3)] > 0):
                parts += 1
            if PLACE_KIND[place_at(state, w, cell_of(state, other))] == DOOR_KIND:
                return False
        elif walk[other] <= LOCKED_IN_WAY:
            return False
        else:
            cell = cell_of(state, other)
            side = state.item_at.shape[1]
            row, col = row_of(cell), col_of(cell)
            if row >= 0 and col >= 0 and row < side and col < side:
                if state.fixture_at[w, row, col] > 0 or state.item_at[w, row, col] > 0:
                    ways = 0
                    for e in range(4):
                        beside = other + step_to(wide, e)
                        if beside != spot and walk[beside] > 0 and marks[beside] != 0:
                            ways += 1
                    if ways == 0:
                        return False
    return parts <= 1 and sides > 0


@apart
def has_space_around(state, w, a, scratch, spot):
    """Is there floor without anything on it on three sides of a spot at least?"""
    wide = state.item_at.shape[1] + 2
    n = 0
    for d in range(4):
        beside = spot + step_to(wide, d)
        if scratch[REACH, beside] != 0 and room_for_item(state, w, a, cell_of(state, beside)) == ON_FLOOR:
            n += 1
    return n >= 3


@apart
def drop(state, w, a, scratch):
    """Put down what the hand holds where it is in nobody's way, and does not satisfy CLAUSE if that must be undone."""
    r = scratch[FACTS, CLAUSE]
    verb = state.goal[w, a, r, VERB]
    undo = state.progress[w, a, r] & ARMED == 0 and state.goal[w, a, r, P_KIND] != 0
    places, place_class = state.bound[w, a, r, 1], CLASS_OF_KIND[state.goal[w, a, r, P_KIND]]
    own = state.agent_cell[w, a]
    is_landmark = holds_landmark(state, w, a, r)
    side = state.item_at.shape[1]
    near = 0
    for level in range(5):
        clear_targets(state, scratch)
        for row in range(side):
            for col in range(side):
                cell = row << 8 | col
                spot = spot_of(state, cell)
                is_floor = scratch[REACH, spot] != 0
                if is_floor == (level == 2) or scratch[WALK, spot] == UNKNOWN:
                    continue
                if level == 0 and distance(cell, own) > NEAR_DROP:
                    continue
                if level != 2 and not is_floor:
                    continue
                kind = room_for_item(state, w, a, cell)
                if kind != (ON_FURNITURE if level == 2 else ON_FLOOR):
                    continue
                if (
                    (undo or verb == PUT_NEXT)
                    and level < 4
                    and is_placed(state, w, verb, cell, place_class, places)
                ):
                    continue
                if level == 2 and is_anyones_destination(state, w, a, cell):
                    continue
                if level < 3 and is_landmark and not has_space_around(state, w, a, scratch, spot):
                    continue
                if level < 2 and not is_harmless(state, w, scratch, scratch[REACH], spot):
                    continue
                near += target_cell(state, scratch, cell, FACE)
        if near > 0:
            if level > 2:
                target_where_least_is_lost(state, w, a, scratch)
            return intend(scratch, PUT_IT, LAY_DOWN, NOT_YET)
    return look_round(state, w, a, scratch, NO) if scratch[FACTS, LIMITED] else 0


@apart
def target_where_least_is_lost(state, w, a, scratch):
    """Of the cells to put an item at, keep those, and those sides of them, from where it cuts off least.

    Returns what is lost: OWN_LOSS and more if the agent's other open clauses of this stage have need of it.
    """
    wide = state.item_at.shape[1] + 2
    least = np.int64(-1)
    whole = worth_of_reach(state, w, a, scratch, spot_of(state, state.agent_cell[w, a]), -1)
    for spot in range(wide * wide):
        if scratch[TARGET, spot] & FACE == 0:
            continue
        for d in range(4):
            side = spot + step_to(wide, d)
            if scratch[REACH, side] != 0:
                lost = np.int64(0)
                if scratch[WALK, spot] > 0:
                    lost = whole - worth_of_reach(state, w, a, scratch, side, spot)
                if least < 0 or lost < least:
                    least = lost
                    for other in range(wide * wide):
                        scratch[TARGET, other] &= FACE
                if lost == least:
                    scratch[TARGET, side] |= FROM << ((d + 2) & 3)
    for spot in range(wide * wide):
        scratch[TARGET, spot] &= ~FACE
    return least


@apart
def worth_of_reach(state, w, a, scratch, start, barred):
    """What can be got at from a spot while another one is barred: things by who needs them, then cells to
    put at and cells that have not been seen."""
    wide = state.item_at.shape[1] + 2
    mark_from(scratch, wide, start, barred)
    marks = scratch[MARKED]
    worth = np.int64(0)
    for thing_class in (ITEM, FIXTURE):
        mine = things_needed(state, w, a, scratch[FACTS, CLAUSE], thing_class)
        theirs = things_needed(state, w, a, NO_CLAUSE, thing_class)
        for b in range(state.agent_cell.shape[1]):
            if b != a and state.finished[w, b] == ACTIVE:
                theirs |= things_needed(state, w, b, NO_CLAUSE, thing_class)
        cells = state.item_cell[w] if thing_class == ITEM else state.fixture_cell[w]
        for i in range(cells.shape[0]):
            if cells[i] >= 0 and is_beside_marked(state, marks, cells[i]):
                worth += OWN_LOSS if has(mine, i) else OTHERS_LOSS if has(theirs, i) else ANY_LOSS
    for b in range(state.agent_cell.shape[1]):
        if (
            b != a
            and state.finished[w, b] == ACTIVE
            and is_beside_marked(state, marks, state.agent_cell[w, b])
        ):
            worth += OTHERS_LOSS
    for spot in range(wide * wide):
        if scratch[TARGET, spot] & FACE or scratch[WALK, spot] == UNKNOWN:
            worth += is_beside_marked(state, marks, cell_of(state, spot))
    return worth
