"""When does an agent make way for another one? Where ways cross, and where one rests, or holds, what another needs.

Two experts who meet head-on in a corridor would stand there for ever. One of them, drawn anew for each window of
steps, walks to the nearest place that is not on the other's way; if it has none, the other one does.
"""

import numpy as np

from worlds.compiler.apart import apart
from worlds.compiler.compile import rule
from worlds.expert.clauses import is_all_settled, window_draw, yields
from worlds.expert.maps import (
    DO,
    FACTS,
    IS_FINAL,
    LENGTH,
    LIMITED,
    NO,
    PUT_IT,
    REACH,
    REACH_IT,
    ROUTE,
    SHUT_DOOR_WALK,
    STAND,
    TAKE_IT,
    TARGET,
    USE_IT,
    WALK,
    YES,
    cell_of,
    clear_targets,
    spot_of,
    step_to,
)
from worlds.expert.paths import search, trace
from worlds.expert.plans import begin_plan, plan
from worlds.goal import (
    FOLLOW,
    GIVE,
    KIND_,
    MAX_CLAUSES,
    MEET,
    NO_VERB,
    P_KIND,
    PICK_UP,
    PUT_NEXT,
    STAGE,
    VERB,
)
from worlds.objects import CLASS_OF_KIND, FIXTURE, ITEM
from worlds.rules.goals import has, is_placed
from worlds.rules.space import agent_at, ahead, distance, fixture_on
from worlds.state import ACTIVE, FORWARD, LATCHED, OK

NEAR = 3  # cells: others this near may be in each other's way


@apart
def makes_way(state, w, a, seen, limited, scratch, their_scratch, busy):
    """Must the agent make way for another one? Then ROUTE leads to where it waits."""
    for b in range(state.agent_cell.shape[1]):
        if b == a or state.finished[w, b] != ACTIVE:
            continue
        if distance(state.agent_cell[w, a], state.agent_cell[w, b]) > NEAR:
            continue
        theirs, mine = spot_of(state, state.agent_cell[w, b]), spot_of(state, state.agent_cell[w, a])
        if busy and not is_on_way(state, scratch, theirs):
            continue
        if not plan_of(state, w, b, seen, their_scratch):
            if busy and window_draw(state, w, np.int64(4), np.int64(48 + a)) & np.uint64(3) == np.uint64(0):
                if can_make_way(state, w, a, b, scratch, scratch):
                    return True  # it waits in a dead end: let it out
                plan(state, w, a, seen, limited, scratch)
            continue
        if busy:
            if not is_on_way(state, their_scratch, mine) and not comes_closer(
                state, scratch, their_scratch, theirs
            ):
                if not bumped(state, w, b, state.agent_cell[w, a]):
                    continue
            if not yields(state, w, a, b) and can_make_way(state, w, b, a, their_scratch, scratch):
                continue
            plan_of(state, w, b, seen, their_scratch)
        elif not is_on_way(state, their_scratch, mine):
            continue
        if can_make_way(state, w, a, b, scratch, their_scratch):
            return True
        if busy:
            plan(state, w, a, seen, limited, scratch)
    return False


@apart
def can_make_way(state, w, a, b, scratch, their_scratch):
    """Is there a place off the way of `b` that `a` can reach without passing `b`? Writes ROUTE of `a` if so."""
    wide = state.item_at.shape[1] + 2
    clear_targets(state, scratch)
    theirs = spot_of(state, state.agent_cell[w, b])
    kept = scratch[WALK, theirs]
    scratch[WALK, theirs] = 0
    for spot in range(wide * wide):
        if scratch[REACH, spot] != 0:
            scratch[TARGET, spot] = STAND
    for i in range(their_scratch[FACTS, LENGTH]):
        scratch[TARGET, their_scratch[ROUTE, i] >> 2] = 0
    if their_scratch[FACTS, LENGTH] > 0 and handled_spot(state, their_scratch) >= 0:
        scratch[TARGET, handled_spot(state, their_scratch)] = 0
    stance = search(state, w, a, scratch, NO)
    if stance < 0 and scratch[FACTS, LIMITED]:
        clear_targets(state, scratch)
        stance = search(state, w, a, scratch, YES)  # there may be one behind its back
    scratch[WALK, theirs] = kept
    if stance < 0:
        return False
    scratch[FACTS, LENGTH] = trace(scratch, stance)
    return True


@apart
def is_on_way(state, scratch, spot):
    """Does the walk of ROUTE lead through a spot, or end in handling what is there?"""
    last = scratch[FACTS, LENGTH] - 1
    for i in range(1, last + 1):
        if scratch[ROUTE, i] >> 2 == spot:
            return True
    return last >= 0 and handled_spot(state, scratch) == spot


@apart
def comes_closer(state, scratch, their_scratch, theirs):
    """Is the next spot that the other one enters on the way, before the one where it is now?"""
    for i in range(1, their_scratch[FACTS, LENGTH]):
        spot = their_scratch[ROUTE, i] >> 2
        if spot != theirs:
            for j in range(1, scratch[FACTS, LENGTH]):
                if scratch[ROUTE, j] >> 2 == theirs:
                    return False
                if scratch[ROUTE, j] >> 2 == spot:
                    return True
            return False
    return False


@rule
def handled_spot(state, scratch):
    """The spot at the end of ROUTE that an act is meant for, -1 for none."""
    do = scratch[FACTS, DO]
    if do == PUT_IT or do == USE_IT or do == TAKE_IT:
        stance = np.int64(scratch[ROUTE, scratch[FACTS, LENGTH] - 1])
        return (stance >> 2) + step_to(state.item_at.shape[1] + 2, stance & 3)
    return -1


@rule
def bumped(state, w, b, cell):
    """Did an agent try to walk into a cell, in vain?"""
    in_vain = state.last_act[w, b] == FORWARD and state.outcome[w, b] != OK
    return in_vain and ahead(state, w, state.agent_cell[w, b], state.heading[w, b]) == cell


@apart
def plan_of(state, w, b, seen, scratch):
    """Where is another one going? As `plan`, also where it only steps aside before it says done."""
    if state.goal_met[w, b] or is_all_settled(state, w, b):
        if state.goal_met[w, b] and is_on_their_place(state, w, b):
            return step_off(state, w, b, seen, NO, scratch)
        return False
    return plan(state, w, b, seen, NO, scratch)


@apart
def step_off(state, w, a, seen, limited, scratch):
    """Find the nearest floor without anything on it; ROUTE leads there."""
    begin_plan(state, w, a, seen, limited, scratch)
    clear_targets(state, scratch)
    wide = state.item_at.shape[1] + 2
    for spot in range(wide * wide):
        if scratch[WALK, spot] == SHUT_DOOR_WALK:
            scratch[WALK, spot] = 0  # it may have just been shut on purpose
        if scratch[REACH, spot] != 0:
            cell = cell_of(state, spot)
            if fixture_on(state, w, cell) == 0 and agent_at(state, w, cell) < 0:
                if not is_wanted_place(state, w, a, cell):
                    scratch[TARGET, spot] = STAND
    stance = search(state, w, a, scratch, NO)
    if stance < 0:
        return False
    scratch[FACTS, LENGTH] = trace(scratch, stance)
    walk_only(scratch)
    return True


@rule
def walk_only(scratch):
    """Nothing is to be done at the end of ROUTE."""
    scratch[FACTS, DO] = REACH_IT
    scratch[FACTS, IS_FINAL] = 0


@apart
def is_on_their_place(state, w, a):
    """Does the agent stand where somebody else needs the place? As long as it rests there, it is in use."""
    active, company = 0, 0
    for b in range(state.agent_cell.shape[1]):
        if b != a:
            active += state.finished[w, b] == ACTIVE
            company += state.agent_cell[w, b] == state.agent_cell[w, a]
    if active > 0 and company > 0:
        return True  # of two at one place, others reach only one
    return is_wanted_place(state, w, a, state.agent_cell[w, a])


@apart
def is_wanted_place(state, w, a, cell):
    """Is a cell a rug or a doorway that another one needs, or beside what it is to put things next to?"""
    f = fixture_on(state, w, cell) - 1
    for b in range(state.agent_cell.shape[1]):
        if b != a and state.finished[w, b] == ACTIVE:
            for r in range(MAX_CLAUSES):
                if CLASS_OF_KIND[state.goal[w, b, r, KIND_]] == FIXTURE and has(state.bound[w, b, r, 0], f):
                    return True
                place_class = CLASS_OF_KIND[state.goal[w, b, r, P_KIND]]
                if place_class == FIXTURE and has(state.bound[w, b, r, 1], f):
                    return True
                if state.goal[w, b, r, VERB] == PUT_NEXT:
                    if is_placed(state, w, PUT_NEXT, cell, place_class, state.bound[w, b, r, 1]):
                        return True
    return False


@apart
def holds_their_thing(state, w, a):
    """Does the agent hold what another one needs, or with a hand that it needs empty, without need of its own?"""
    item = np.int64(state.hand[w, a]) - 1
    if item < 0:
        return False
    for r in range(MAX_CLAUSES):
        if state.goal[w, a, r, VERB] == PICK_UP and state.goal[w, a, r, STAGE] == state.stage[w, a]:
            return False
    for b in range(state.agent_cell.shape[1]):
        if b != a and state.finished[w, b] == ACTIVE:
            for r in range(MAX_CLAUSES):
                verb = state.goal[w, b, r, VERB]
                if verb != NO_VERB and not state.progress[w, b, r] & LATCHED:
                    if CLASS_OF_KIND[state.goal[w, b, r, KIND_]] == ITEM and has(
                        state.bound[w, b, r, 0], item
                    ):
                        return True
                    if verb == GIVE and has(state.bound[w, b, r, 1], a):
                        return True
    return False


@rule
def is_wanted(state, w, a):
    """Is somebody after this agent?"""
    for b in range(state.agent_cell.shape[1]):
        if b != a and state.finished[w, b] == ACTIVE:
            for r in range(MAX_CLAUSES):
                verb = state.goal[w, b, r, VERB]
                if state.goal[w, b, r, STAGE] == state.stage[w, b] and not state.progress[w, b, r] & LATCHED:
                    if (verb == MEET or verb == FOLLOW) and has(state.bound[w, b, r, 0], a):
                        return True
                    if verb == GIVE and has(state.bound[w, b, r, 1], a):
                        return True
    return False
