"""What does an expert do among others? Its plan's first act, unless it must make way for somebody.

Two experts who meet head-on in a corridor would stand there for ever. One of them, drawn anew for each window of
steps, walks to the nearest place that is not on the other's way; if it has none, the other one does.
"""

import numpy as np

from worlds.compiler.apart import apart
from worlds.compiler.compile import rule
from worlds.expert.belief import doubt
from worlds.expert.paths import (
    AIM,
    NOTE,
    REACH,
    ROUTE,
    SHUT_DOOR_WALK,
    STAND,
    TRIED,
    WALK,
    cell_of,
    clear_aim,
    search,
    spot_of,
    step_to,
    trace,
)
from worlds.expert.plans import begin_plan, first_act, is_all_settled, plan, tell_subgoal, yields
from worlds.expert.wants import (
    CLAUSE,
    DO,
    GIVE_IT,
    IS_FINAL,
    LENGTH,
    LIMITED,
    NO,
    PUT_IT,
    REACH_IT,
    TAKE_IT,
    USE_IT,
    YES,
    drop,
    is_about_to_finish,
    window_draw,
)
from worlds.goal import (
    FIELDS,
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
    VERB_LASTS,
)
from worlds.objects import CLASS_OF_KIND, FIXTURE, ITEM
from worlds.rules.chance import below
from worlds.rules.goals import has, is_placed
from worlds.rules.space import agent_at, ahead, distance, fixture_on, item_on
from worlds.state import (
    ACTIVE,
    DONE,
    FORWARD,
    LATCHED,
    NEEDS_DONE,
    OK,
    PASS_THROUGH,
    TAKE,
    TURN_LEFT,
    TURN_RIGHT,
    USE,
    WAIT,
)

NEAR = 3  # cells: others this near may be in each other's way
LATE = 3  # a third of all steps is enough for most; after that, agents in each other's way try chance


@apart
def decide(state, w, a, seen, limited, pad, other_pad, sub):
    """The next act of agent `a` as an expert; writes its subgoal into `sub[FIELDS]`.

    With `limited`, `state` is what it believes (see belief.py) and `seen[w]` says which cells it knows. Where all is
    seen and nothing can be done, somebody must have moved what it looks for: it looks at everything once more. The
    pads are scratch (see paths.py).
    """
    for k in range(FIELDS):
        sub[k] = 0
    if state.finished[w, a] != ACTIVE or state.frozen[w, a] > 0:
        return WAIT
    among_others = state.agent_cell.shape[1] > 1
    if state.goal_met[w, a] or is_all_settled(state, w, a):
        if among_others and state.goal_met[w, a] and is_on_their_place(state, w, a):
            if step_off(state, w, a, seen, limited, pad):
                return first_act(state, w, a, pad)
        if among_others and state.goal_met[w, a] and holds_their_thing(state, w, a):
            begin_plan(state, w, a, seen, limited, pad)
            if drop(state, w, a, pad):
                stance = search(state, w, a, pad, NO)
                if stance >= 0:
                    pad[NOTE, LENGTH] = trace(pad, stance)
                    tell_subgoal(state, w, a, pad, sub)
                    return first_act(state, w, a, pad)
        return DONE if state.option[NEEDS_DONE] != 0 else WAIT
    if among_others and strays(state, w, a, seen, limited, pad):
        return first_act(state, w, a, pad)
    act = WAIT
    if plan(state, w, a, seen, limited, pad):
        tell_subgoal(state, w, a, pad, sub)
        act = first_act(state, w, a, pad)
    elif limited and pad[NOTE, TRIED]:
        doubt(state, w, a, seen)
    if among_others:
        if state.option[PASS_THROUGH] == 0 and makes_way(
            state, w, a, seen, limited, pad, other_pad, act != WAIT
        ):
            walk_only(pad)
            return first_act(state, w, a, pad)
        if act != WAIT and meets_halfway(state, w, a, pad):
            return WAIT
        if act == USE and (would_spoil(state, w, a) or is_used_by_other(state, w, a)):
            return WAIT
        if act == TAKE and would_rob(state, w, a):
            return WAIT
        if act == USE and limited and used_in_vain(state, w, a):
            return WAIT
    return act


@apart
def strays(state, w, a, seen, limited, pad):
    """Late in an episode chance undoes a deadlock that no rule foresees: does the agent go elsewhere for a while?"""
    if LATE * state.step[w] < state.step_limit[w]:
        return False
    if window_draw(state, w, np.int64(4), np.int64(80 + a)) & np.uint64(1) != np.uint64(0):
        return False
    if not is_company_near(state, w, a):
        return False
    begin_plan(state, w, a, seen, limited, pad)
    clear_aim(state, pad)
    wide = state.item_at.shape[1] + 2
    spot = np.int64(below(window_draw(state, w, np.int64(4), np.int64(96 + a)), wide * wide))
    while pad[REACH, spot] == 0:
        spot = spot + 1 if spot + 1 < wide * wide else 0
    pad[AIM, spot] = STAND
    stance = search(state, w, a, pad, NO)
    if stance < 0:
        return False
    pad[NOTE, LENGTH] = trace(pad, stance)
    walk_only(pad)
    return True


@rule
def is_company_near(state, w, a):
    """Is another active agent within a few cells?"""
    for b in range(state.agent_cell.shape[1]):
        if b != a and state.finished[w, b] == ACTIVE:
            if distance(state.agent_cell[w, a], state.agent_cell[w, b]) <= NEAR:
                return True
    return False


@rule
def walk_only(pad):
    """Nothing is to be done at the end of ROUTE."""
    pad[NOTE, DO] = REACH_IT
    pad[NOTE, IS_FINAL] = 0


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


@apart
def is_used_by_other(state, w, a):
    """Does another agent face what this one is about to use? Twice used is not used: one of them waits."""
    front = ahead(state, w, state.agent_cell[w, a], state.heading[w, a])
    for b in range(state.agent_cell.shape[1]):
        if b != a and state.finished[w, b] == ACTIVE and yields(state, w, a, b):
            if ahead(state, w, state.agent_cell[w, b], state.heading[w, b]) == front:
                return True
    return False


@rule
def used_in_vain(state, w, a):
    """Did it use something just now, and is about to do so again? Maybe somebody behind the door does the same.

    Chance decides who waits: neither knows of the other.
    """
    again = state.last_act[w, a] == USE and state.outcome[w, a] == OK
    return again and window_draw(state, w, np.int64(0), np.int64(112 + a)) & np.uint64(1) == np.uint64(0)


@apart
def meets_halfway(state, w, a, pad):
    """Is the agent after somebody who moves about close by? Two who are after each other would circle for ever."""
    verb = state.goal[w, a, pad[NOTE, CLAUSE], VERB]
    if state.agent_cell.shape[1] > 2 and (pad[NOTE, DO] == GIVE_IT or verb == MEET or verb == FOLLOW):
        if window_draw(state, w, np.int64(4), np.int64(32 + a)) & np.uint64(3) == np.uint64(0):
            if is_wanted(state, w, a):
                return True
    if LATE * state.step[w] >= state.step_limit[w] and chase_each_other(state, w, a, pad):
        return True
    if pad[NOTE, LENGTH] < 2 or not (pad[NOTE, DO] == GIVE_IT or verb == MEET or verb == FOLLOW):
        return False
    for b in range(state.agent_cell.shape[1]):
        if b != a and state.finished[w, b] == ACTIVE and yields(state, w, a, b):
            act = state.last_act[w, b]
            if act == FORWARD or act == TURN_LEFT or act == TURN_RIGHT:
                places = state.bound[w, a, pad[NOTE, CLAUSE], 1 if pad[NOTE, DO] == GIVE_IT else 0]
                if has(places, b) and distance(state.agent_cell[w, a], state.agent_cell[w, b]) <= 2:
                    return True
    return False


@apart
def chase_each_other(state, w, a, pad):
    """Are the agent and another one after each other, and is it this one's turn to stay?"""
    verb = state.goal[w, a, pad[NOTE, CLAUSE], VERB]
    if not (pad[NOTE, DO] == GIVE_IT or verb == MEET or verb == FOLLOW) or pad[NOTE, LENGTH] < 2:
        return False
    places = state.bound[w, a, pad[NOTE, CLAUSE], 1 if pad[NOTE, DO] == GIVE_IT else 0]
    for b in range(state.agent_cell.shape[1]):
        if b != a and has(places, b) and state.finished[w, b] == ACTIVE and yields(state, w, a, b):
            if is_wanted(state, w, a):
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


@apart
def step_off(state, w, a, seen, limited, pad):
    """Find the nearest floor without anything on it; ROUTE leads there."""
    begin_plan(state, w, a, seen, limited, pad)
    clear_aim(state, pad)
    wide = state.item_at.shape[1] + 2
    for spot in range(wide * wide):
        if pad[WALK, spot] == SHUT_DOOR_WALK:
            pad[WALK, spot] = 0  # it may have just been shut on purpose
        if pad[REACH, spot] != 0:
            cell = cell_of(state, spot)
            if fixture_on(state, w, cell) == 0 and agent_at(state, w, cell) < 0:
                if not is_wanted_place(state, w, a, cell):
                    pad[AIM, spot] = STAND
    stance = search(state, w, a, pad, NO)
    if stance < 0:
        return False
    pad[NOTE, LENGTH] = trace(pad, stance)
    walk_only(pad)
    return True


@apart
def would_spoil(state, w, a):
    """Would using what is ahead undo what somebody has just done, who has yet to say so?"""
    front = ahead(state, w, state.agent_cell[w, a], state.heading[w, a])
    if front < 0:
        return False
    f = fixture_on(state, w, front) - 1
    for b in range(state.agent_cell.shape[1]):
        if b != a and is_about_to_finish(state, w, a, b):
            for r in range(MAX_CLAUSES):
                if CLASS_OF_KIND[state.goal[w, b, r, KIND_]] == FIXTURE and has(state.bound[w, b, r, 0], f):
                    return True
    return False


@apart
def would_rob(state, w, a):
    """Would taking what is ahead undo what somebody has just done, who has yet to say so?"""
    front = ahead(state, w, state.agent_cell[w, a], state.heading[w, a])
    item = item_on(state, w, front) - 1 if front >= 0 else -1
    for b in range(state.agent_cell.shape[1]):
        if b != a and is_about_to_finish(state, w, a, b):
            for r in range(MAX_CLAUSES):
                lasts = (
                    VERB_LASTS[state.goal[w, b, r, VERB]] and state.goal[w, b, r, STAGE] == state.stage[w, b]
                )
                if lasts and CLASS_OF_KIND[state.goal[w, b, r, KIND_]] == ITEM:
                    if has(state.bound[w, b, r, 0], item):
                        return True
                if lasts and CLASS_OF_KIND[state.goal[w, b, r, P_KIND]] == ITEM:
                    if has(state.bound[w, b, r, 1], item):
                        return True
    return False


@apart
def plan_of(state, w, b, seen, pad):
    """Where is another one going? As `plan`, also where it only steps aside before it says done."""
    if state.goal_met[w, b] or is_all_settled(state, w, b):
        if state.goal_met[w, b] and is_on_their_place(state, w, b):
            return step_off(state, w, b, seen, NO, pad)
        return False
    return plan(state, w, b, seen, NO, pad)


@apart
def makes_way(state, w, a, seen, limited, pad, other_pad, busy):
    """Must the agent make way for another one? Then ROUTE leads to where it waits."""
    for b in range(state.agent_cell.shape[1]):
        if b == a or state.finished[w, b] != ACTIVE:
            continue
        if distance(state.agent_cell[w, a], state.agent_cell[w, b]) > NEAR:
            continue
        theirs, mine = spot_of(state, state.agent_cell[w, b]), spot_of(state, state.agent_cell[w, a])
        if busy and not is_on_way(state, pad, theirs):
            continue
        if not plan_of(state, w, b, seen, other_pad):
            if busy and window_draw(state, w, np.int64(4), np.int64(48 + a)) & np.uint64(3) == np.uint64(0):
                if can_make_way(state, w, a, b, pad, pad):
                    return True  # it waits in a dead end: let it out
                plan(state, w, a, seen, limited, pad)
            continue
        if busy:
            if not is_on_way(state, other_pad, mine) and not comes_closer(state, pad, other_pad, theirs):
                if not bumped(state, w, b, state.agent_cell[w, a]):
                    continue
            if not yields(state, w, a, b) and can_make_way(state, w, b, a, other_pad, pad):
                continue
            plan_of(state, w, b, seen, other_pad)
        elif not is_on_way(state, other_pad, mine):
            continue
        if can_make_way(state, w, a, b, pad, other_pad):
            return True
        if busy:
            plan(state, w, a, seen, limited, pad)
    return False


@apart
def is_on_way(state, pad, spot):
    """Does the walk of ROUTE lead through a spot, or end in handling what is there?"""
    last = pad[NOTE, LENGTH] - 1
    for i in range(1, last + 1):
        if pad[ROUTE, i] >> 2 == spot:
            return True
    return last >= 0 and handled_spot(state, pad) == spot


@rule
def handled_spot(state, pad):
    """The spot at the end of ROUTE that an act is meant for, -1 for none."""
    do = pad[NOTE, DO]
    if do == PUT_IT or do == USE_IT or do == TAKE_IT:
        stance = np.int64(pad[ROUTE, pad[NOTE, LENGTH] - 1])
        return (stance >> 2) + step_to(state.item_at.shape[1] + 2, stance & 3)
    return -1


@rule
def bumped(state, w, b, cell):
    """Did an agent try to walk into a cell, in vain?"""
    in_vain = state.last_act[w, b] == FORWARD and state.outcome[w, b] != OK
    return in_vain and ahead(state, w, state.agent_cell[w, b], state.heading[w, b]) == cell


@apart
def comes_closer(state, pad, other_pad, theirs):
    """Is the next spot that the other one enters on the way, before the one where it is now?"""
    for i in range(1, other_pad[NOTE, LENGTH]):
        spot = other_pad[ROUTE, i] >> 2
        if spot != theirs:
            for j in range(1, pad[NOTE, LENGTH]):
                if pad[ROUTE, j] >> 2 == theirs:
                    return False
                if pad[ROUTE, j] >> 2 == spot:
                    return True
            return False
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
    if their_pad[NOTE, LENGTH] > 0 and handled_spot(state, their_pad) >= 0:
        pad[AIM, handled_spot(state, their_pad)] = 0
    stance = search(state, w, a, pad, NO)
    if stance < 0 and pad[NOTE, LIMITED]:
        clear_aim(state, pad)
        stance = search(state, w, a, pad, YES)  # there may be one behind its back
    pad[WALK, theirs] = kept
    if stance < 0:
        return False
    pad[NOTE, LENGTH] = trace(pad, stance)
    return True
