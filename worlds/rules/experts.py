"""What does an expert do among others? Its plan's first act, unless it must make way for somebody.

Two experts who meet head-on in a corridor would stand there for ever. One of them, drawn anew for each window of
steps, walks to the nearest place that is not on the other's way; if it has none, the other one does.
"""

import numpy as np

from worlds.apart import apart
from worlds.goal import FIELDS
from worlds.rules.paths import (
    AIM,
    NOTE,
    REACH,
    ROUTE,
    STAND,
    WALK,
    clear_aim,
    search,
    spot_of,
    step_to,
    trace,
)
from worlds.rules.plans import first_act, is_all_settled, plan, tell_subgoal, yields
from worlds.rules.space import distance
from worlds.rules.wants import DO, IS_FINAL, LENGTH, NO, PUT_IT, REACH_IT, TAKE_IT, USE_IT
from worlds.state import ACTIVE, DONE, NEEDS_DONE, PASS_THROUGH, WAIT

NEAR = 3  # cells: others this near may be in each other's way


@apart
def decide(state, w, a, seen, limited, pad, other_pad, sub):
    """The next act of agent `a` as an expert; writes its subgoal into `sub[FIELDS]`.

    `seen[w, a]` says which cells it knows, if `limited`; the pads are scratch (see paths.py).
    """
    for k in range(FIELDS):
        sub[k] = 0
    if state.finished[w, a] != ACTIVE or state.frozen[w, a] > 0:
        return WAIT
    if state.goal_met[w, a] or is_all_settled(state, w, a):
        return DONE if state.option[NEEDS_DONE] != 0 else WAIT
    busy = plan(state, w, a, seen, limited, pad)
    if busy:
        tell_subgoal(state, w, a, pad, sub)
    if state.agent_cell.shape[1] > 1 and state.option[PASS_THROUGH] == 0:
        if makes_way(state, w, a, seen, limited, pad, other_pad, busy):
            pad[NOTE, DO] = REACH_IT
            pad[NOTE, IS_FINAL] = 0
            return first_act(state, w, a, pad)
    return first_act(state, w, a, pad) if busy else WAIT


@apart
def makes_way(state, w, a, seen, limited, pad, other_pad, busy):
    """Must the agent make way for another one? Then ROUTE leads to where it waits."""
    for b in range(state.agent_cell.shape[1]):
        if b == a or state.finished[w, b] != ACTIVE:
            continue
        if distance(state.agent_cell[w, a], state.agent_cell[w, b]) > NEAR:
            continue
        if busy:
            if steps_to(state, pad, state.agent_cell[w, b]) < 0:
                continue
            if not plan(state, w, b, seen, NO, other_pad) or not is_opposed(state, w, a, b, pad, other_pad):
                continue
            if not yields(state, w, a, b) and can_make_way(state, w, b, a, other_pad, pad):
                continue
            plan(state, w, b, seen, NO, other_pad)
        else:
            if not plan(state, w, b, seen, NO, other_pad):
                continue
            if not is_on_way(state, other_pad, spot_of(state, state.agent_cell[w, a])):
                continue
        if can_make_way(state, w, a, b, pad, other_pad):
            return True
        if busy:
            plan(state, w, a, seen, limited, pad)
    return False


@apart
def steps_to(state, pad, cell):
    """Index in ROUTE at which a cell is reached, -1 if it is not on the way."""
    spot = spot_of(state, cell)
    for i in range(1, pad[NOTE, LENGTH]):
        if pad[ROUTE, i] >> 2 == spot:
            return i
    return -1


@apart
def is_opposed(state, w, a, b, pad, other_pad):
    """Does the next cell that `b` wants to enter lie on the way of `a` this side of `b`?"""
    start = pad[ROUTE, 0] >> 2
    their_start = other_pad[ROUTE, 0] >> 2
    for i in range(1, other_pad[NOTE, LENGTH]):
        spot = other_pad[ROUTE, i] >> 2
        if spot != their_start:
            if spot == start:
                return True
            for j in range(1, pad[NOTE, LENGTH]):
                if pad[ROUTE, j] >> 2 == their_start:
                    break
                if pad[ROUTE, j] >> 2 == spot:
                    return True
            return False
    return False


@apart
def is_on_way(state, pad, spot):
    """Does the walk of ROUTE lead through a spot, or end in handling what is there?"""
    last = pad[NOTE, LENGTH] - 1
    for i in range(1, last + 1):
        if pad[ROUTE, i] >> 2 == spot:
            return True
    do = pad[NOTE, DO]
    if do == PUT_IT or do == USE_IT or do == TAKE_IT:
        stance = np.int64(pad[ROUTE, last])
        return (stance >> 2) + step_to(state.item_at.shape[1] + 2, stance & 3) == spot
    return False


@apart
def can_make_way(state, w, a, b, pad, their_pad):
    """Is there a place off the way of `b` that `a` can reach without passing `b`? Writes ROUTE of `a` if so."""
    wide = state.item_at.shape[1] + 2
    clear_aim(state, pad)
    theirs = spot_of(state, state.agent_cell[w, b])
    kept = pad[WALK, theirs]
    pad[WALK, theirs] = 0
    for spot in range(wide * wide):
        if pad[REACH, spot] != 0:
            pad[AIM, spot] = STAND
    for i in range(their_pad[NOTE, LENGTH]):
        pad[AIM, their_pad[ROUTE, i] >> 2] = 0
    last = their_pad[NOTE, LENGTH] - 1
    do = their_pad[NOTE, DO]
    if last >= 0 and (do == PUT_IT or do == USE_IT or do == TAKE_IT):
        stance = np.int64(their_pad[ROUTE, last])
        pad[AIM, (stance >> 2) + step_to(wide, stance & 3)] = 0
    stance = search(state, w, a, pad, NO)
    pad[WALK, theirs] = kept
    if stance < 0:
        return False
    pad[NOTE, LENGTH] = trace(pad, stance)
    return True
