"""How does one get hold of a thing? What must be fetched, moved, opened or looked for first.

Each function here fills TARGET of the scratch and, in FACTS, what to do on arrival, and returns 1, or returns 0 if
there is nothing it can do. None of them remembers anything: the same state gives the same targets, and every act they
lead to brings the agent nearer to the end, so that plans never go in circles.
"""

import numpy as np

from worlds.compiler.apart import apart
from worlds.compiler.compile import rule
from worlds.expert.clauses import NO_CLAUSE, is_needed, shares_goal, untouchable_items
from worlds.expert.maps import (
    CLAUSE,
    FACE,
    FACTS,
    ITEM_IN_WAY,
    KEY_RANKS,
    LIMITED,
    LOCKED_IN_WAY,
    N_TARGETS,
    NEEDED_IN_WAY,
    NO_VERB_YET,
    NOT_YET,
    TAKE_IT,
    TARGET,
    UNKNOWN,
    UNLOCKED,
    USE_IT,
    WALK,
    YES,
    clear_targets,
    intend,
    is_beside_marked,
    is_hidden,
    is_known,
    spot_of,
    target_cell,
)
from worlds.expert.paths import first_obstacle, look_round, widen
from worlds.expert.putting import drop
from worlds.objects import KEY_KIND, look
from worlds.rules.goals import has

_NONE = np.uint64(0)
ANY_DOOR = np.int64(99)
_KEY_LOOK = look(KEY_KIND, 0)


@apart
def may_take(state, w, a, scratch, i, untouchable):
    """Does agent `a` know where item `i` lies, and may it pick it up?"""
    cell = state.item_cell[w, i]
    if cell < 0 or has(untouchable, i) or not is_known(state, scratch, cell):
        return False
    if is_hidden(state, w, scratch, cell):
        return False
    return not is_needed(state, w, a, i, scratch[FACTS, CLAUSE])


@apart
def target_items(state, w, a, scratch, items):
    """Target the items of a set that may be taken; returns how many are in reach.

    Who shares a goal with others takes every n-th of them first.
    """
    clear_targets(state, scratch)
    untouchable = untouchable_items(state, w, a)
    agents = state.agent_cell.shape[1]
    known = 0
    near = 0
    for part in range(2):
        rank = 0
        for i in range(state.item_cell.shape[1]):
            if has(items, i) and may_take(state, w, a, scratch, i, untouchable):
                mine = not shares_goal(state, w, a) or rank % agents == a or part == 1
                rank += 1
                if mine:
                    known += 1
                    near += target_cell(state, scratch, state.item_cell[w, i], FACE)
        if near > 0:
            break
    scratch[FACTS, N_TARGETS] = known
    return near


@apart
def take_or_drop(state, w, a, scratch, is_final):
    """The target is what to take: take it, after emptying the hand."""
    if state.hand[w, a] > 0:
        return drop(state, w, a, scratch)
    return intend(scratch, TAKE_IT, NO_VERB_YET, is_final)


@apart
def keys_of(state, w, a, scratch, colour):
    """The keys of a colour that may be taken, as a set."""
    keys = _NONE
    untouchable = untouchable_items(state, w, a)
    for i in range(state.item_cell.shape[1]):
        if state.item_look[w, i] == _KEY_LOOK + colour and may_take(state, w, a, scratch, i, untouchable):
            keys |= np.uint64(1) << np.uint64(i)
    return keys


@rule
def holds_key(state, w, a, colour):
    """Does the agent hold a key of this colour?"""
    hand = np.int64(state.hand[w, a])
    return hand > 0 and state.item_look[w, hand - 1] == _KEY_LOOK + colour


@apart
def rank_keys(state, w, a, scratch, move_items):
    """In which order can keys be had? Writes 8 ranks into FACTS: 1 at once, 2 behind doors of rank 1, ..., 0 never.

    Leaves in UNLOCKED what is within reach after all that.
    """
    ranks = scratch[FACTS, KEY_RANKS : KEY_RANKS + 8]
    untouchable = untouchable_items(state, w, a)
    for colour in range(8):
        ranks[colour] = 0
    for rank in range(1, 10):
        widen(state, w, scratch, ranks, move_items)
        found = False
        for colour in range(8):
            if ranks[colour] == 0 and holds_key(state, w, a, colour):
                ranks[colour] = rank
                found = True
        for i in range(state.item_cell.shape[1]):
            colour = np.int64(state.item_look[w, i]) - _KEY_LOOK
            if colour >= 0 and colour < 8 and ranks[colour] == 0:
                if may_take(state, w, a, scratch, i, untouchable):
                    if is_beside_marked(state, scratch[UNLOCKED], state.item_cell[w, i]):
                        ranks[colour] = rank
                        found = True
        if not found:
            break


@apart
def unblock(state, w, a, scratch, before):
    """The target is out of reach: remove the first thing on the way, or get what that takes."""
    rank_keys(state, w, a, scratch, YES)
    for i in range(state.item_cell.shape[1]):
        if state.item_cell[w, i] >= 0 and scratch[WALK, spot_of(state, state.item_cell[w, i])] == ITEM_IN_WAY:
            if is_needed(state, w, a, i, NO_CLAUSE):
                scratch[WALK, spot_of(state, state.item_cell[w, i])] = NEEDED_IN_WAY
    ranks = scratch[FACTS, KEY_RANKS : KEY_RANKS + 8]
    for _ in range(9):
        spot = first_obstacle(state, w, scratch, ranks, before)
        if spot < 0:
            return 0
        v = np.int64(scratch[WALK, spot])
        clear_targets(state, scratch)
        scratch[TARGET, spot] = FACE
        if v == ITEM_IN_WAY or v == NEEDED_IN_WAY:
            return take_or_drop(state, w, a, scratch, NOT_YET)
        colour = np.int64(LOCKED_IN_WAY - v)
        if holds_key(state, w, a, colour):
            return intend(scratch, USE_IT, NO_VERB_YET, NOT_YET)
        if target_items(state, w, a, scratch, keys_of(state, w, a, scratch, colour)) > 0:
            return take_or_drop(state, w, a, scratch, NOT_YET)
        before = np.int64(ranks[colour])
    return 0


@apart
def fetch(state, w, a, scratch, items, is_final):
    """Get one of these items into the hand."""
    if target_items(state, w, a, scratch, items) > 0:
        return take_or_drop(state, w, a, scratch, is_final)
    if scratch[FACTS, LIMITED] and look_round(state, w, a, scratch, YES):
        return 1
    if target_items(state, w, a, scratch, items) == 0 and scratch[FACTS, N_TARGETS] > 0:
        return unblock(state, w, a, scratch, ANY_DOOR)
    return look_behind(state, w, a, scratch)


@apart
def look_behind(state, w, a, scratch):
    """Remove what keeps one from what has not been seen, or look for the key to it."""
    if not scratch[FACTS, LIMITED]:
        return 0
    clear_targets(state, scratch)
    side = state.item_at.shape[1]
    for row in range(side):
        for col in range(side):
            spot = spot_of(state, row << 8 | col)
            if scratch[WALK, spot] == UNKNOWN:
                scratch[TARGET, spot] = FACE
    if unblock(state, w, a, scratch, ANY_DOOR):
        return 1
    return look_round(state, w, a, scratch, YES)
