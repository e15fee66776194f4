"""How are doors, containers and switches set? Targets of opening, shutting and switching, in an order that works."""

import numpy as np

from worlds.compiler.apart import apart
from worlds.expert.clauses import is_settled
from worlds.expert.getting import (
    ANY_DOOR,
    holds_key,
    keys_of,
    look_behind,
    take_or_drop,
    target_items,
    unblock,
)
from worlds.expert.maps import (
    FACE,
    FACTS,
    FINAL,
    FROM,
    LIMITED,
    MARKED,
    N_TARGETS,
    NO,
    NO_VERB_YET,
    NOT_YET,
    REACH,
    SHUT_DOOR_WALK,
    TARGET,
    USE_IT,
    WALK,
    YES,
    clear_targets,
    intend,
    is_known,
    spot_of,
    step_to,
    target_cell,
)
from worlds.expert.paths import count_beside, look_round
from worlds.goal import CLOSE_IT, EVERY, KIND_, MAX_CLAUSES, OPEN_IT, QUANTITY, STAGE, SWITCH_ON, VERB
from worlds.objects import DOOR_KIND, LOCKED_DOOR, OPEN, PLACE_STATE
from worlds.rules.goals import bit, fixtures_set, has, needed, size
from worlds.rules.space import place_at

_NONE = np.uint64(0)
REOPENING = 60  # acts that it costs to open a door again that was to be shut


@apart
def set_fixtures(state, w, a, scratch, r, undo):
    """Use one of the fixtures that are not yet as the clause (or its undoing) wants them."""
    verb = state.goal[w, a, r, VERB]
    want_open = (verb == OPEN_IT or verb == SWITCH_ON) != undo
    things = state.bound[w, a, r, 0]
    are_doors = not want_open and state.goal[w, a, r, KIND_] == DOOR_KIND
    if are_doors and not undo:
        things = doors_to_shut(state, w, a, NO)
    if are_doors and scratch[FACTS, LIMITED] and may_be_more_to_shut(state, w, a):
        if look_round(
            state, w, a, scratch, NO
        ):  # once doors are shut, looking for more would open them again
            return 1
    for attempt in range(2):
        clear_targets(state, scratch)
        near = 0
        known = 0
        for f in range(state.fixture_cell.shape[1]):
            if has(things, f) and is_known(state, scratch, state.fixture_cell[w, f]):
                place = place_at(state, w, state.fixture_cell[w, f])
                if (PLACE_STATE[place] == OPEN) != want_open and place < LOCKED_DOOR:
                    known += 1
                    near += target_cell(state, scratch, state.fixture_cell[w, f], FACE)
        scratch[FACTS, N_TARGETS] = known
        if near > 0:
            if are_doors:
                shut_far_side_last(state, w, a, scratch, things, left_to_shut(state, w, a, r, undo))
            return intend(scratch, USE_IT, NO_VERB_YET, NOT_YET if undo else FINAL)
        if want_open and unlock(state, w, a, scratch, things):
            return 1
        if attempt == 0 and scratch[FACTS, LIMITED]:
            if look_round(state, w, a, scratch, NO):
                return 1
    clear_targets(state, scratch)
    known = 0
    for f in range(state.fixture_cell.shape[1]):
        if has(things, f) and is_known(state, scratch, state.fixture_cell[w, f]):
            if (PLACE_STATE[place_at(state, w, state.fixture_cell[w, f])] == OPEN) != want_open:
                known += 1
                target_cell(state, scratch, state.fixture_cell[w, f], FACE)
    if known > 0 and unblock(state, w, a, scratch, ANY_DOOR):
        return 1
    return look_behind(state, w, a, scratch)


@apart
def doors_to_shut(state, w, a, also_settled):
    """All doors that open (or all) clauses of the present stage want shut."""
    doors = _NONE
    for r in range(MAX_CLAUSES):
        if state.goal[w, a, r, VERB] == CLOSE_IT and state.goal[w, a, r, STAGE] == state.stage[w, a]:
            if state.goal[w, a, r, KIND_] == DOOR_KIND and (also_settled or not is_settled(state, w, a, r)):
                doors |= state.bound[w, a, r, 0]
    return doors


@apart
def may_be_more_to_shut(state, w, a):
    """May doors that have not been seen have to be shut, too?"""
    for r in range(MAX_CLAUSES):
        if state.goal[w, a, r, VERB] == CLOSE_IT and state.goal[w, a, r, STAGE] == state.stage[w, a]:
            if state.goal[w, a, r, KIND_] == DOOR_KIND and not is_settled(state, w, a, r):
                quantity = state.goal[w, a, r, QUANTITY]
                if quantity == EVERY or size(state.bound[w, a, r, 0]) < needed(quantity, _NONE):
                    return True
    return False


@apart
def left_to_shut(state, w, a, clause, undo):
    """How many doors are to be shut after the next one."""
    if undo:
        things = state.bound[w, a, clause, 0]
        return fixtures_set(state, w, OPEN_IT, things) - needed(state.goal[w, a, clause, QUANTITY], things)
    left = 0
    for r in range(MAX_CLAUSES):
        if state.goal[w, a, r, VERB] == CLOSE_IT and state.goal[w, a, r, STAGE] == state.stage[w, a]:
            if state.goal[w, a, r, KIND_] == DOOR_KIND:
                things = state.bound[w, a, r, 0]
                enough = needed(state.goal[w, a, r, QUANTITY], things)
                left += max(enough - fixtures_set(state, w, CLOSE_IT, things), 0)
    return left - 1


@apart
def shut_far_side_last(state, w, a, scratch, things, left):
    """Several doors are to be shut: target only those, and from that side, that leave the others within reach.

    Doors that are shut already are to be opened again only if there is no other way. Where it must be so, what lies
    behind them comes first: the doors on this side would be opened again on the way.
    """
    wide = state.item_at.shape[1] + 2
    shut, others = _NONE, _NONE
    things |= doors_to_shut(state, w, a, YES)
    for f in range(state.fixture_cell.shape[1]):
        if has(things, f):
            spot = spot_of(state, state.fixture_cell[w, f])
            if scratch[WALK, spot] == SHUT_DOOR_WALK:
                shut |= bit(f)
                scratch[WALK, spot] += REOPENING
            elif scratch[TARGET, spot] != 0:
                others |= bit(f)
    count_beside(state, w, scratch, spot_of(state, state.agent_cell[w, a]), shut, others)
    near = _NONE
    for f in range(state.fixture_cell.shape[1]):
        if has(others, f) and scratch[MARKED, spot_of(state, state.fixture_cell[w, f])] != 0:
            near |= bit(f)
    if near != others and size(near) <= left:
        for f in range(state.fixture_cell.shape[1]):
            if has(near, f):
                scratch[TARGET, spot_of(state, state.fixture_cell[w, f])] &= ~FACE
        return
    best = 0
    for attempt in range(2):
        for f in range(state.fixture_cell.shape[1]):
            if has(others, f):
                door = spot_of(state, state.fixture_cell[w, f])
                for d in range(4):
                    spot = door + step_to(wide, d)
                    if scratch[REACH, spot] != 0:
                        n = min(count_beside(state, w, scratch, spot, shut | bit(f), others), left + 1)
                        if attempt == 1 and n == best:
                            scratch[TARGET, spot] |= FROM << ((d + 2) & 3)
                        best = max(best, n)
    for f in range(state.fixture_cell.shape[1]):
        if has(others, f):
            scratch[TARGET, spot_of(state, state.fixture_cell[w, f])] &= ~FACE


@apart
def unlock(state, w, a, scratch, things):
    """Unlock one of the locked doors of a set that are in reach, or get its key."""
    keys = _NONE
    for f in range(state.fixture_cell.shape[1]):
        if has(things, f) and is_known(state, scratch, state.fixture_cell[w, f]):
            place = np.int64(place_at(state, w, state.fixture_cell[w, f]))
            if place >= LOCKED_DOOR:
                clear_targets(state, scratch)
                if target_cell(state, scratch, state.fixture_cell[w, f], FACE):
                    if holds_key(state, w, a, place - LOCKED_DOOR):
                        return intend(scratch, USE_IT, NO_VERB_YET, FINAL)
                    keys |= keys_of(state, w, a, scratch, place - LOCKED_DOOR)
    if keys == _NONE:
        return 0
    if target_items(state, w, a, scratch, keys) > 0:
        return take_or_drop(state, w, a, scratch, NOT_YET)
    return 0 if scratch[FACTS, LIMITED] else unblock(state, w, a, scratch, ANY_DOOR)
