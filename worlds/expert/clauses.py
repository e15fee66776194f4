"""What do clauses want, and is there anything left to do for them? For the agent itself, and for others beside it."""

import numpy as np

from worlds.compiler.apart import apart
from worlds.compiler.compile import rule
from worlds.goal import (
    AVOID_ROOM,
    CLOSE_IT,
    FOLLOW,
    GO_TO,
    KIND_,
    LEAVE_ALONE,
    MAX_CLAUSES,
    MEET,
    NO_VERB,
    OPEN_IT,
    P_KIND,
    PICK_UP,
    PUT_IN,
    PUT_NEXT,
    PUT_ON,
    QUANTITY,
    ROWS,
    STAGE,
    SWITCH_OFF,
    SWITCH_ON,
    VERB,
    VERB_LASTS,
)
from worlds.objects import CLASS_OF_KIND, ITEM
from worlds.rules.chance import draw
from worlds.rules.goals import faces, fixtures_set, has, is_at, is_placed, items_placed, needed
from worlds.rules.space import fixture_on
from worlds.state import ACTIVE, ARMED, LATCHED, MET, PUT, SHARED_GOAL, TAKE, TOLD_UNMET, USE, WAIT

_NONE = np.uint64(0)
DRAW_WINDOW = 0x5000  # numbers of draws, within a step, from here to + 8 * 16
NO_CLAUSE = np.int32(-1)
NEAR_AGENT = 3  # cells: agents this near are in the way, others will have moved on


@rule
def shares_goal(state, w, a):
    """Do others do the same as this agent? Not while it is told something else."""
    return state.option[SHARED_GOAL] != 0 and not state.is_instructed[w, a]


@rule
def window_draw(state, w, length, number):
    """Random bits that stay the same for 2 ** length steps."""
    return draw(state.key[w], np.int64(state.step[w]) >> length, DRAW_WINDOW + number)


@apart
def yields(state, w, a, b):
    """Is it `a` that makes way for `b` in the present window of steps? Then `b` does not for `a`."""
    mine, theirs = window_draw(state, w, 4, a), window_draw(state, w, 4, b)
    return mine < theirs


@rule
def thing_class(state, w, a, r):
    """Class of the thing of a clause."""
    return CLASS_OF_KIND[state.goal[w, a, r, KIND_]]


@apart
def holds_now(state, w, a, r):
    """Does clause `r` hold in the present state? Unlike `goals.holds`, changes nothing; following never does."""
    verb = state.goal[w, a, r, VERB]
    things, places = state.bound[w, a, r, 0], state.bound[w, a, r, 1]
    if things == _NONE or verb == FOLLOW:
        return False
    if verb == GO_TO:
        return is_at(state, w, a, thing_class(state, w, a, r), things)
    if verb == PICK_UP:
        return has(things, np.int64(state.hand[w, a]) - 1)
    if verb == MEET:
        return faces(state, w, a, things)
    enough = needed(state.goal[w, a, r, QUANTITY], things)
    if verb == OPEN_IT or verb == CLOSE_IT or verb == SWITCH_ON or verb == SWITCH_OFF:
        return fixtures_set(state, w, verb, things) >= enough
    place_class = CLASS_OF_KIND[state.goal[w, a, r, P_KIND]]
    return items_placed(state, w, verb, things, place_class, places) >= enough


@apart
def is_settled(state, w, a, r):
    """Is there nothing to do for clause `r` of the present stage?"""
    verb = state.goal[w, a, r, VERB]
    if state.progress[w, a, r] & LATCHED:
        return True
    if not state.progress[w, a, r] & ARMED or state.progress[w, a, r] & TOLD_UNMET:
        return False
    if verb == GO_TO or verb == MEET or verb == FOLLOW:
        return False
    return holds_now(state, w, a, r)


@apart
def is_in_other_hands(state, w, a, r):
    """With a shared goal: do others carry what this clause still lacks?"""
    verb = state.goal[w, a, r, VERB]
    if not shares_goal(state, w, a) or state.goal[w, a, r, P_KIND] == 0:
        return False
    things, places = state.bound[w, a, r, 0], state.bound[w, a, r, 1]
    place_class = CLASS_OF_KIND[state.goal[w, a, r, P_KIND]]
    n = items_placed(state, w, verb, things, place_class, places)
    for b in range(state.hand.shape[1]):
        if b != a and has(things, np.int64(state.hand[w, b]) - 1) and state.finished[w, b] == ACTIVE:
            n += 1
    return n >= needed(state.goal[w, a, r, QUANTITY], things)


@apart
def is_all_settled(state, w, a):
    """Would saying done now be right?"""
    any_clause = False
    for r in range(MAX_CLAUSES):
        if state.goal[w, a, r, VERB] == NO_VERB:
            break
        if state.goal[w, a, r, STAGE] > state.stage[w, a]:
            return False
        if state.goal[w, a, r, STAGE] == state.stage[w, a]:
            any_clause = True
            is_met = is_settled(state, w, a, r)
            if state.goal[w, a, r, VERB] == GO_TO and state.progress[w, a, r] & (ARMED | TOLD_UNMET) == ARMED:
                is_met |= holds_now(state, w, a, r)
            if not is_met:
                return False
    return any_clause


@apart
def avoided_rooms(state, w, a):
    """The rooms that an agent must not enter."""
    rooms = _NONE
    for r in range(MAX_CLAUSES, ROWS):
        if state.goal[w, a, r, VERB] == AVOID_ROOM:
            rooms |= state.bound[w, a, r, 0]
    return rooms


@apart
def untouchable_items(state, w, a):
    """The items that an agent must not pick up."""
    items = _NONE
    for r in range(MAX_CLAUSES, ROWS):
        if state.goal[w, a, r, VERB] == LEAVE_ALONE:
            items |= state.bound[w, a, r, 0]
    return items


@apart
def serves(state, w, a, r, i):
    """Does item `i`, where it lies, serve clause `r` of agent `a`, without one to spare?"""
    verb = state.goal[w, a, r, VERB]
    if verb == NO_VERB or state.goal[w, a, r, P_KIND] == 0 or not VERB_LASTS[verb]:
        return False
    if state.goal[w, a, r, STAGE] != state.stage[w, a] or not has(state.bound[w, a, r, 0], i):
        return False
    places, place_class = state.bound[w, a, r, 1], CLASS_OF_KIND[state.goal[w, a, r, P_KIND]]
    if not is_placed(state, w, verb, state.item_cell[w, i], place_class, places):
        return False
    things = state.bound[w, a, r, 0]
    n = items_placed(state, w, verb, things, place_class, places)
    return n <= needed(state.goal[w, a, r, QUANTITY], things) and state.progress[w, a, r] & ARMED != 0


@rule
def is_about_to_finish(state, w, a, b):
    """Has another agent just reached its goal, so that `done` comes next? `a` waits a step to see.

    It waits longer for one that did it by an act; whoever walks or waits may have done so by chance.
    """
    if not state.goal_met[w, b] or state.finished[w, b] != ACTIVE:
        return False
    act = state.last_act[w, b]
    if act == TAKE or act == PUT or act == USE or state.last_act[w, a] != WAIT:
        return True
    return act != WAIT and window_draw(state, w, np.int64(3), np.int64(64 + b)) & np.uint64(3) != _NONE


@apart
def is_needed(state, w, a, i, but):
    """Must an item stay where it lies, for a clause other than `but` or for another agent about to finish?"""
    for r in range(MAX_CLAUSES):
        if r != but and serves(state, w, a, r, i):
            return True
    if not shares_goal(state, w, a):
        for b in range(state.agent_cell.shape[1]):
            if b != a and state.finished[w, b] == ACTIVE:
                if is_about_to_finish(state, w, a, b) or window_draw(state, w, 4, a) & np.uint64(3) != _NONE:
                    for r in range(MAX_CLAUSES):
                        if serves(state, w, b, r, i):
                            return True
    return False


@apart
def things_needed(state, w, a, but, thing_class):
    """The items or fixtures that open clauses speak of: of the present stage but for one, or (NO_CLAUSE) any."""
    things = _NONE
    for r in range(MAX_CLAUSES):
        verb, stage = state.goal[w, a, r, VERB], state.goal[w, a, r, STAGE]
        if verb == NO_VERB or r == but or stage < state.stage[w, a] or state.progress[w, a, r] & LATCHED:
            continue
        if but != NO_CLAUSE and (stage > state.stage[w, a] or state.progress[w, a, r] & MET):
            continue
        if CLASS_OF_KIND[state.goal[w, a, r, KIND_]] == thing_class:
            things |= state.bound[w, a, r, 0]
        if CLASS_OF_KIND[state.goal[w, a, r, P_KIND]] == thing_class:
            things |= state.bound[w, a, r, 1]
    return things


@apart
def is_destination(state, w, a, cell):
    """Does an open clause of the agent want things put on or in what stands at a cell?"""
    f = fixture_on(state, w, cell) - 1
    for q in range(MAX_CLAUSES):
        verb = state.goal[w, a, q, VERB]
        if (verb == PUT_ON or verb == PUT_IN) and has(state.bound[w, a, q, 1], f):
            if state.goal[w, a, q, STAGE] >= state.stage[w, a]:
                return True
    return False


@apart
def is_anyones_destination(state, w, a, cell):
    """Does an open clause of the agent, or of another one who is active, want things put there?"""
    for b in range(state.agent_cell.shape[1]):
        if (b == a or state.finished[w, b] == ACTIVE) and is_destination(state, w, b, cell):
            return True
    return False


@apart
def holds_landmark(state, w, a, r):
    """Does the agent hold what clause `r` wants other things put beside?"""
    item = np.int64(state.hand[w, a]) - 1
    is_beside_items = (
        state.goal[w, a, r, VERB] == PUT_NEXT and CLASS_OF_KIND[state.goal[w, a, r, P_KIND]] == ITEM
    )
    return is_beside_items and has(state.bound[w, a, r, 1], item) and not has(state.bound[w, a, r, 0], item)
