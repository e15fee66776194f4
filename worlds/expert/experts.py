"""What does an expert do among others? Its plan's first act, unless it must make way for somebody, or wait."""

import numpy as np

from worlds.compiler.apart import apart
from worlds.compiler.compile import rule
from worlds.expert.belief import doubt
from worlds.expert.clauses import is_about_to_finish, is_all_settled, window_draw, yields
from worlds.expert.courtesy import (
    NEAR,
    holds_their_thing,
    is_on_their_place,
    is_wanted,
    makes_way,
    step_off,
    walk_only,
)
from worlds.expert.maps import (
    CLAUSE,
    DO,
    FACTS,
    GIVE_IT,
    LENGTH,
    NO,
    REACH,
    STAND,
    TARGET,
    TRIED,
    clear_targets,
)
from worlds.expert.paths import search, trace
from worlds.expert.plans import begin_plan, first_act, plan, tell_subgoal
from worlds.expert.putting import drop
from worlds.goal import FIELDS, FOLLOW, KIND_, MAX_CLAUSES, MEET, P_KIND, STAGE, VERB, VERB_LASTS
from worlds.objects import CLASS_OF_KIND, FIXTURE, ITEM
from worlds.rules.chance import below
from worlds.rules.goals import has
from worlds.rules.space import ahead, distance, fixture_on, item_on
from worlds.state import (
    ACTIVE,
    DONE,
    FORWARD,
    NEEDS_DONE,
    OK,
    PASS_THROUGH,
    TAKE,
    TURN_LEFT,
    TURN_RIGHT,
    USE,
    WAIT,
)

LATE = 3  # a third of all steps is enough for most; after that, agents in each other's way try chance


@apart
def decide(state, w, a, seen, limited, scratch, their_scratch, sub):
    """The next act of agent `a` as an expert; writes its subgoal into `sub[FIELDS]`.

    With `limited`, `state` is what it believes (see belief.py) and `seen[w]` says which cells it knows. Where all is
    seen and nothing can be done, somebody must have moved what it looks for: it looks at everything once more. The
    scratches are working memory (see maps.py).
    """
    for k in range(FIELDS):
        sub[k] = 0
    if state.finished[w, a] != ACTIVE or state.frozen[w, a] > 0:
        return WAIT
    among_others = state.agent_cell.shape[1] > 1
    if state.goal_met[w, a] or is_all_settled(state, w, a):
        if among_others and state.goal_met[w, a] and is_on_their_place(state, w, a):
            if step_off(state, w, a, seen, limited, scratch):
                return first_act(state, w, a, scratch)
        if among_others and state.goal_met[w, a] and holds_their_thing(state, w, a):
            begin_plan(state, w, a, seen, limited, scratch)
            if drop(state, w, a, scratch):
                stance = search(state, w, a, scratch, NO)
                if stance >= 0:
                    scratch[FACTS, LENGTH] = trace(scratch, stance)
                    tell_subgoal(state, w, a, scratch, sub)
                    return first_act(state, w, a, scratch)
        return DONE if state.option[NEEDS_DONE] != 0 else WAIT
    if among_others and strays(state, w, a, seen, limited, scratch):
        return first_act(state, w, a, scratch)
    act = WAIT
    if plan(state, w, a, seen, limited, scratch):
        tell_subgoal(state, w, a, scratch, sub)
        act = first_act(state, w, a, scratch)
    elif limited and scratch[FACTS, TRIED]:
        doubt(state, w, a, seen)
    if among_others:
        if state.option[PASS_THROUGH] == 0 and makes_way(
            state, w, a, seen, limited, scratch, their_scratch, act != WAIT
        ):
            walk_only(scratch)
            return first_act(state, w, a, scratch)
        if act != WAIT and meets_halfway(state, w, a, scratch):
            return WAIT
        if act == USE and (would_spoil(state, w, a) or is_used_by_other(state, w, a)):
            return WAIT
        if act == TAKE and would_rob(state, w, a):
            return WAIT
        if act == USE and limited and used_in_vain(state, w, a):
            return WAIT
    return act


@apart
def strays(state, w, a, seen, limited, scratch):
    """Late in an episode chance undoes a deadlock that no rule foresees: does the agent go elsewhere for a while?"""
    if LATE * state.step[w] < state.step_limit[w]:
        return False
    if window_draw(state, w, np.int64(4), np.int64(80 + a)) & np.uint64(1) != np.uint64(0):
        return False
    if not is_company_near(state, w, a):
        return False
    begin_plan(state, w, a, seen, limited, scratch)
    clear_targets(state, scratch)
    wide = state.item_at.shape[1] + 2
    spot = np.int64(below(window_draw(state, w, np.int64(4), np.int64(96 + a)), wide * wide))
    while scratch[REACH, spot] == 0:
        spot = spot + 1 if spot + 1 < wide * wide else 0
    scratch[TARGET, spot] = STAND
    stance = search(state, w, a, scratch, NO)
    if stance < 0:
        return False
    scratch[FACTS, LENGTH] = trace(scratch, stance)
    walk_only(scratch)
    return True


@rule
def is_company_near(state, w, a):
    """Is another active agent within a few cells?"""
    for b in range(state.agent_cell.shape[1]):
        if b != a and state.finished[w, b] == ACTIVE:
            if distance(state.agent_cell[w, a], state.agent_cell[w, b]) <= NEAR:
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
def meets_halfway(state, w, a, scratch):
    """Is the agent after somebody who moves about close by? Two who are after each other would circle for ever."""
    verb = state.goal[w, a, scratch[FACTS, CLAUSE], VERB]
    if state.agent_cell.shape[1] > 2 and (scratch[FACTS, DO] == GIVE_IT or verb == MEET or verb == FOLLOW):
        if window_draw(state, w, np.int64(4), np.int64(32 + a)) & np.uint64(3) == np.uint64(0):
            if is_wanted(state, w, a):
                return True
    if LATE * state.step[w] >= state.step_limit[w] and chase_each_other(state, w, a, scratch):
        return True
    if scratch[FACTS, LENGTH] < 2 or not (scratch[FACTS, DO] == GIVE_IT or verb == MEET or verb == FOLLOW):
        return False
    for b in range(state.agent_cell.shape[1]):
        if b != a and state.finished[w, b] == ACTIVE and yields(state, w, a, b):
            act = state.last_act[w, b]
            if act == FORWARD or act == TURN_LEFT or act == TURN_RIGHT:
                places = state.bound[w, a, scratch[FACTS, CLAUSE], 1 if scratch[FACTS, DO] == GIVE_IT else 0]
                if has(places, b) and distance(state.agent_cell[w, a], state.agent_cell[w, b]) <= 2:
                    return True
    return False


@apart
def chase_each_other(state, w, a, scratch):
    """Are the agent and another one after each other, and is it this one's turn to stay?"""
    verb = state.goal[w, a, scratch[FACTS, CLAUSE], VERB]
    if not (scratch[FACTS, DO] == GIVE_IT or verb == MEET or verb == FOLLOW) or scratch[FACTS, LENGTH] < 2:
        return False
    places = state.bound[w, a, scratch[FACTS, CLAUSE], 1 if scratch[FACTS, DO] == GIVE_IT else 0]
    for b in range(state.agent_cell.shape[1]):
        if b != a and has(places, b) and state.finished[w, b] == ACTIVE and yields(state, w, a, b):
            if is_wanted(state, w, a):
                return True
    return False


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
