"""How is an item brought where a clause wants it? Targets of putting, bringing and giving."""

import numpy as np

from worlds.compiler.apart import apart
from worlds.expert.clauses import (
    NEAR_AGENT,
    holds_landmark,
    is_anyones_destination,
    is_destination,
    is_settled,
    untouchable_items,
    yields,
)
from worlds.expert.getting import ANY_DOOR, fetch, look_behind, may_take, take_or_drop, target_items, unblock
from worlds.expert.going import stay
from worlds.expert.maps import (
    DO,
    FACE,
    FACTS,
    FINAL,
    GIVE_IT,
    HAS_POSTPONED,
    IS_FINAL,
    LIMITED,
    N_TARGETS,
    NO,
    NOT_YET,
    PATIENT,
    PUT_IT,
    REACH,
    STANCE,
    WALK,
    YES,
    clear_targets,
    intend,
    is_hidden,
    is_known,
    spot_of,
    target_cell,
)
from worlds.expert.paths import look_round
from worlds.expert.putting import (
    NO_PLACE,
    ON_FURNITURE,
    OWN_LOSS,
    drop,
    is_harmless,
    room_for_item,
    target_where_least_is_lost,
)
from worlds.goal import BRING, GIVE, MAX_CLAUSES, P_KIND, PUT_IN, PUT_NEXT, PUT_ON, STAGE, VERB
from worlds.objects import CLASS_OF_KIND, ITEM, PLACE_WALKABLE
from worlds.rules.goals import bit, has, is_placed, size
from worlds.rules.space import agent_at, distance, item_on, place_at
from worlds.state import ACTIVE

_NONE = np.uint64(0)


@apart
def put_down(state, w, a, scratch, r):
    """Lay an item on the floor."""
    if has(state.bound[w, a, r, 0], np.int64(state.hand[w, a]) - 1):
        if drop(state, w, a, scratch):
            scratch[FACTS, IS_FINAL] = scratch[FACTS, DO] == PUT_IT
            return 1
        return 0
    return fetch(state, w, a, scratch, state.bound[w, a, r, 0], NOT_YET)


@apart
def unplaced(state, w, a, r, placed):
    """The items of clause `r` that lie elsewhere than it wants them (or, with `placed`, there)."""
    verb = state.goal[w, a, r, VERB]
    places, place_class = state.bound[w, a, r, 1], CLASS_OF_KIND[state.goal[w, a, r, P_KIND]]
    items = _NONE
    for i in range(state.item_cell.shape[1]):
        cell = state.item_cell[w, i]
        if has(state.bound[w, a, r, 0], i) and cell >= 0:
            if is_placed(state, w, verb, cell, place_class, places) == placed:
                items |= bit(i)
    return items


@apart
def unplace(state, w, a, scratch, r):
    """Take away an item that lies where the clause wants it, so that it can be put there after its stage began."""
    if state.goal[w, a, r, VERB] == GIVE:
        return 0
    return fetch(state, w, a, scratch, unplaced(state, w, a, r, YES), NOT_YET)


@apart
def place_items(state, w, a, scratch, r):
    """Bring one more item where the clause wants it.

    Everything is made ready with empty hands before the item is fetched: what is shut off is opened, what is
    occupied is cleared. Otherwise one would lay the item down to do so, and pick it up again.
    """
    verb = state.goal[w, a, r, VERB]
    carrying = has(state.bound[w, a, r, 0], np.int64(state.hand[w, a]) - 1)
    if verb == GIVE and must_receive_first(state, w, a, r):
        return drop(state, w, a, scratch) if state.hand[w, a] > 0 else 0
    if holds_landmark(state, w, a, r):
        return drop(state, w, a, scratch)
    if verb == GIVE and carrying and is_recipient_busy(state, w, a, r):
        return stay(state, w, a, scratch)
    for attempt in range(2):
        known = 0
        for level in range(4):
            if (
                level == 1
                and known > 0
                and (verb == BRING or verb == PUT_NEXT)
                and not scratch[FACTS, LIMITED]
            ):
                target_places(state, w, a, scratch, r, np.int64(0))
                if unblock(state, w, a, scratch, ANY_DOOR):
                    return 1
            near = target_places(state, w, a, scratch, r, level)
            known += np.int64(scratch[FACTS, N_TARGETS])
            if near > 0:
                if level >= 2:
                    return take_or_drop(state, w, a, scratch, NOT_YET)
                if level == 1:
                    lost = target_where_least_is_lost(state, w, a, scratch)
                    if lost >= OWN_LOSS and scratch[FACTS, PATIENT]:
                        scratch[FACTS, PATIENT] = HAS_POSTPONED
                        return 0
                if carrying:
                    return intend(scratch, GIVE_IT if verb == GIVE else PUT_IT, np.int64(verb), FINAL)
                return fetch(state, w, a, scratch, unplaced(state, w, a, r, NO), NOT_YET)
        if attempt == 0 and scratch[FACTS, LIMITED]:
            if look_round(state, w, a, scratch, NO):
                if carrying or not can_fetch(state, w, a, scratch, r):
                    return look_round(state, w, a, scratch, not carrying)
                scratch[FACTS, STANCE] = -1
                return fetch(state, w, a, scratch, unplaced(state, w, a, r, NO), NOT_YET)
    for level in range(4):
        target_places(state, w, a, scratch, r, level)
        if scratch[FACTS, N_TARGETS] > 0 and unblock(state, w, a, scratch, ANY_DOOR):
            return 1
    return look_behind(state, w, a, scratch)


@apart
def can_fetch(state, w, a, scratch, r):
    """Is an item of clause `r` within reach?"""
    return target_items(state, w, a, scratch, unplaced(state, w, a, r, NO)) > 0


@apart
def is_reserved(state, w, a, r, f):
    """Does another open clause of the stage depend on fixture `f` more than clause `r` does?"""
    for q in range(MAX_CLAUSES):
        if q != r and has(state.bound[w, a, q, 1], f) and state.goal[w, a, q, STAGE] == state.stage[w, a]:
            verb = state.goal[w, a, q, VERB]
            if verb == PUT_ON or verb == PUT_IN:
                if size(state.bound[w, a, q, 1]) < size(state.bound[w, a, r, 1]):
                    if not is_settled(state, w, a, q):
                        return True
    return False


@apart
def target_places(state, w, a, scratch, r, level):
    """Target where clause `r` wants its item; returns how many places are in reach.

    Levels: 0 free and in nobody's way, 1 free, 2 occupied by what can be moved, 3 items to be moved because there
    is no room beside them.
    """
    clear_targets(state, scratch)
    verb = state.goal[w, a, r, VERB]
    places = state.bound[w, a, r, 1]
    scratch[FACTS, N_TARGETS] = 0
    if verb == PUT_ON or verb == PUT_IN:
        return target_furniture(state, w, a, scratch, r, level)
    if verb == GIVE:
        if level > 0:
            return 0
        near = 0
        for b in range(state.agent_cell.shape[1]):
            if b != a and has(places, b) and is_known(state, scratch, state.agent_cell[w, b]):
                scratch[FACTS, N_TARGETS] += 1
                near += target_cell(state, scratch, state.agent_cell[w, b], FACE)
        return near
    place_class = CLASS_OF_KIND[state.goal[w, a, r, P_KIND]]
    if level == 3:
        return target_items(state, w, a, scratch, places) if verb == PUT_NEXT and place_class == ITEM else 0
    if level == 2:
        return target_items(state, w, a, scratch, strangers(state, w, a, r))
    side = state.item_at.shape[1]
    near = 0
    for row in range(side):
        for col in range(side):
            cell = row << 8 | col
            if verb == BRING and not has(places, np.int64(state.room_at[w, row, col]) - 1):
                continue
            if verb == PUT_NEXT and not is_placed(state, w, verb, cell, place_class, places):
                continue
            spot = spot_of(state, cell)
            kind = room_for_item(state, w, a, cell)
            if kind == NO_PLACE or not is_known(state, scratch, cell):
                continue
            if kind == ON_FURNITURE:
                if is_destination(state, w, a, cell) or (
                    level == 0 and is_anyones_destination(state, w, a, cell)
                ):
                    continue
            if level == 1 or scratch[WALK, spot] <= 0 or is_harmless(state, w, scratch, scratch[REACH], spot):
                scratch[FACTS, N_TARGETS] += 1
                near += target_cell(state, scratch, cell, FACE)
    return near


@apart
def strangers(state, w, a, r):
    """Items that clause `r` does not speak of, where it wants its own."""
    verb = state.goal[w, a, r, VERB]
    things, places = state.bound[w, a, r, 0], state.bound[w, a, r, 1]
    place_class = CLASS_OF_KIND[state.goal[w, a, r, P_KIND]]
    items = _NONE
    for i in range(state.item_cell.shape[1]):
        if not has(things, i) and state.item_cell[w, i] >= 0:
            if place_class == ITEM and has(places, i):
                continue
            if is_placed(state, w, verb, state.item_cell[w, i], place_class, places):
                items |= bit(i)
    return items


@apart
def target_furniture(state, w, a, scratch, r, level):
    """Target furniture to put things on or in: free (level 0: and not needed by another clause), or occupied."""
    near = 0
    untouchable = untouchable_items(state, w, a)
    for f in range(state.fixture_cell.shape[1]):
        cell = state.fixture_cell[w, f]
        if level == 3 or not has(state.bound[w, a, r, 1], f) or not is_known(state, scratch, cell):
            continue
        other = agent_at(state, w, cell)
        if other >= 0 and other != a and state.finished[w, other] != ACTIVE:
            continue  # whoever is active will move on
        item = item_on(state, w, cell)
        if is_hidden(state, w, scratch, cell):
            item = 0
        if level < 2:
            wanted = item == 0 and (level == 1 or not is_reserved(state, w, a, r, f))
            if level == 0 and PLACE_WALKABLE[place_at(state, w, cell)]:
                wanted = wanted and is_harmless(state, w, scratch, scratch[REACH], spot_of(state, cell))
        else:
            is_placed_there = has(state.bound[w, a, r, 0], item - 1)
            wanted = (
                item > 0 and not is_placed_there and may_take(state, w, a, scratch, item - 1, untouchable)
            )
        if wanted:
            scratch[FACTS, N_TARGETS] += 1
            near += target_cell(state, scratch, cell, FACE)
    return near


@apart
def must_receive_first(state, w, a, r):
    """Two who want to give to each other, both with full hands: which one makes room? Drawn by chance."""
    for b in range(state.agent_cell.shape[1]):
        if b != a and has(state.bound[w, a, r, 1], b) and state.finished[w, b] == ACTIVE:
            for q in range(MAX_CLAUSES):
                if state.goal[w, b, q, VERB] == GIVE and state.goal[w, b, q, STAGE] == state.stage[w, b]:
                    if has(state.bound[w, b, q, 1], a) and not is_settled(state, w, b, q):
                        if has(state.bound[w, b, q, 0], np.int64(state.hand[w, b]) - 1):
                            return yields(state, w, a, b)
    return False


@apart
def is_recipient_busy(state, w, a, r):
    """Is the one to give to near, with a full hand? Then keep some distance."""
    for b in range(state.agent_cell.shape[1]):
        if b != a and has(state.bound[w, a, r, 1], b):
            near = distance(state.agent_cell[w, a], state.agent_cell[w, b]) <= NEAR_AGENT
            return near and state.hand[w, b] > 0
    return False
