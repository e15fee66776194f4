"""What does an expert do next? From a Goal and the present state to a subgoal, a walk and an act.

A plan is made anew at every step from the state alone, so that it answers from wherever a learner got to.
`choose` picks the clause to work on; how each verb is brought about is in going, fixtures, placing and getting.
"""

import numpy as np

from worlds.compiler.apart import apart
from worlds.compiler.compile import rule
from worlds.expert.clauses import (
    NEAR_AGENT,
    avoided_rooms,
    holds_now,
    is_in_other_hands,
    is_settled,
    shares_goal,
    thing_class,
    untouchable_items,
    window_draw,
)
from worlds.expert.fixtures import set_fixtures
from worlds.expert.getting import fetch
from worlds.expert.going import go_to, go_to_agent, leave, target_things
from worlds.expert.maps import (
    CLAUSE,
    DELAY,
    DO,
    DO_VERB,
    EQUAL,
    FACTS,
    FINAL,
    GIVE_IT,
    GO,
    GO_LEFT,
    GO_RIGHT,
    HAS_POSTPONED,
    IS_FINAL,
    LENGTH,
    LIMITED,
    LOOK_ROUND,
    NO,
    NO_DO,
    PATIENT,
    REACH_IT,
    ROUTE,
    SEE_IT,
    STANCE,
    TAKE_IT,
    TRIED,
    USE_IT,
    WALK,
    YES,
    cell_of,
    flood,
    spot_of,
    survey,
)
from worlds.expert.paths import front_of, search, trace
from worlds.expert.placing import place_items, put_down, unplace
from worlds.expert.putting import drop
from worlds.goal import (
    CLOSE_IT,
    FIELDS,
    FOLLOW,
    GO_TO,
    KIND_,
    MAX_CLAUSES,
    MEET,
    NO_VERB,
    OPEN_IT,
    P_KIND,
    P_QUANTITY,
    PICK_UP,
    PUT_DOWN,
    PUT_IN,
    PUT_NEXT,
    PUT_ON,
    QUANTITY,
    STAGE,
    SWITCH_OFF,
    SWITCH_ON,
    THE,
    VERB,
)
from worlds.objects import (
    DOOR_KIND,
    FIXTURE,
    KINDS,
    LOCKED_DOOR,
    OPEN,
    PLACE_COLOUR,
    PLACE_HIDES,
    PLACE_HOLDS,
    PLACE_KIND,
    PLACE_STATE,
    PLACE_WALKABLE,
    UNSEEN,
    colours_of,
)
from worlds.rules.goals import has
from worlds.rules.space import agent_at, ahead, distance, item_on, place_at
from worlds.state import ACTIVE, ARMED, FORWARD, PASS_THROUGH, PUT, TAKE, TURN_LEFT, TURN_RIGHT, USE, WAIT

_NONE = np.uint64(0)
AT_THING, AT_PLACE = np.int64(QUANTITY), np.int64(P_QUANTITY)
DELAYS = (2, 12)  # acts that an agent in the way costs, in windows of 8 steps drawn by chance
IS_PLAIN_KIND = np.array([not colours_of(kind) for kind in range(len(KINDS))])


@apart
def plan(state, w, a, seen, limited, scratch):
    """Make the plan of an agent: TARGET, FACTS and, if there is something to do, ROUTE; returns whether there is."""
    begin_plan(state, w, a, seen, limited, scratch)
    if choose(state, w, a, scratch):
        stance = np.int64(scratch[FACTS, STANCE])
        if stance < 0 or scratch[FACTS, DO] != LOOK_ROUND:
            stance = search(state, w, a, scratch, NO)
        if stance >= 0:
            scratch[FACTS, LENGTH] = trace(scratch, stance)
            return True
    scratch[FACTS, DO] = NO_DO
    return False


@apart
def begin_plan(state, w, a, seen, limited, scratch):
    """Draw the map of an agent, and note that nothing is planned."""
    survey(state, w, a, seen, limited, avoided_rooms(state, w, a), untouchable_items(state, w, a), scratch)
    crowd(state, w, a, scratch)
    flood(state, w, a, scratch)
    scratch[FACTS, DO] = NO_DO
    scratch[FACTS, TRIED] = 0
    scratch[FACTS, DO_VERB] = NO_VERB
    scratch[FACTS, LIMITED] = limited
    scratch[FACTS, STANCE] = -1
    scratch[FACTS, CLAUSE] = 0
    scratch[FACTS, LENGTH] = 0


@apart
def crowd(state, w, a, scratch):
    """Agents nearby cost a detour."""
    if state.option[PASS_THROUGH] != 0:
        return
    patient = np.int64(window_draw(state, w, 3, 16 + a) & np.uint64(1))
    for b in range(state.agent_cell.shape[1]):
        if b != a and state.finished[w, b] == ACTIVE:
            if distance(state.agent_cell[w, a], state.agent_cell[w, b]) <= NEAR_AGENT:
                spot = spot_of(state, state.agent_cell[w, b])
                if scratch[WALK, spot] > 0 and scratch[WALK, spot] & DELAY < 32:
                    scratch[WALK, spot] += DELAYS[patient]


@apart
def choose(state, w, a, scratch):
    """Pick a clause of the present stage that something can be done for, and set targets; returns whether there is one.

    At first it is PATIENT: what would cut off another open clause waits until nothing else is left.
    """
    scratch[FACTS, PATIENT] = YES
    if choose_by_rank(state, w, a, scratch):
        return 1
    if scratch[FACTS, PATIENT] != HAS_POSTPONED:
        return 0
    scratch[FACTS, PATIENT] = NO
    return choose_by_rank(state, w, a, scratch)


@apart
def choose_by_rank(state, w, a, scratch):
    """Try the clauses of the present stage, the lowest rank first."""
    agents = state.agent_cell.shape[1]
    tried = 0
    for _ in range(MAX_CLAUSES):
        best, best_rank = np.int64(-1), np.int64(100)
        for k in range(MAX_CLAUSES):
            r = (k + a) % MAX_CLAUSES if agents > 1 and shares_goal(state, w, a) else k
            if tried >> r & 1 or state.goal[w, a, r, VERB] == NO_VERB:
                continue
            if state.goal[w, a, r, STAGE] != state.stage[w, a] or is_settled(state, w, a, r):
                continue
            if is_in_other_hands(state, w, a, r):
                continue
            rank = rank_of(state, w, a, scratch, r)
            if rank < best_rank:
                best, best_rank = r, rank
        if best < 0:
            return 0
        tried |= 1 << best
        if scratch[FACTS, PATIENT] == HAS_POSTPONED and state.goal[w, a, best, VERB] == PICK_UP:
            continue  # what is postponed takes an empty hand
        scratch[FACTS, CLAUSE] = best
        scratch[FACTS, TRIED] = 1
        if work_on(state, w, a, scratch, best):
            return 1
    return 0


@apart
def rank_of(state, w, a, scratch, r):
    """When within its stage is a clause best seen to? Lower is earlier: none undoes an earlier one."""
    verb = state.goal[w, a, r, VERB]
    hand = np.int64(state.hand[w, a])
    if verb == GO_TO or verb == MEET:
        return 0
    if verb == FOLLOW:
        return 1
    if verb == OPEN_IT and thing_class(state, w, a, r) == FIXTURE:
        for f in range(state.fixture_cell.shape[1]):
            if has(state.bound[w, a, r, 0], f):
                if place_at(state, w, state.fixture_cell[w, f]) >= LOCKED_DOOR:
                    return 2
    if verb == OPEN_IT or verb == CLOSE_IT or verb == SWITCH_ON or verb == SWITCH_OFF:
        if target_things(state, w, a, scratch, state.bound[w, a, r, 0], np.int64(FIXTURE)) == 0:
            return 4  # something is in the way, and that takes empty hands
    if verb == CLOSE_IT:
        return 10 if state.goal[w, a, r, KIND_] == DOOR_KIND else 9
    if verb == OPEN_IT or verb == SWITCH_ON or verb == SWITCH_OFF:
        return 8
    if verb == PICK_UP:
        return 7
    if has(state.bound[w, a, r, 0], hand - 1):
        return 3
    if verb == PUT_ON:
        for f in range(state.fixture_cell.shape[1]):
            if (
                has(state.bound[w, a, r, 1], f)
                and PLACE_WALKABLE[place_at(state, w, state.fixture_cell[w, f])]
            ):
                return 6  # what lies on a rug is in the way
    return 6 if verb == PUT_NEXT else 5


@apart
def work_on(state, w, a, scratch, r):
    """Target what brings clause `r` about (or undoes it, if it holds but must yet be made true)."""
    verb = state.goal[w, a, r, VERB]
    undo = state.progress[w, a, r] & ARMED == 0 and holds_now(state, w, a, r)
    if state.bound[w, a, r, 0] == _NONE and not scratch[FACTS, LIMITED]:
        return 0
    if verb == GO_TO:
        return leave(state, w, a, scratch, r) if undo else go_to(state, w, a, scratch, r)
    if verb == MEET or verb == FOLLOW:
        return leave(state, w, a, scratch, r) if undo else go_to_agent(state, w, a, scratch, r)
    if verb == PICK_UP:
        if undo:
            return drop(state, w, a, scratch)
        return fetch(state, w, a, scratch, state.bound[w, a, r, 0], FINAL)
    if verb == OPEN_IT or verb == CLOSE_IT or verb == SWITCH_ON or verb == SWITCH_OFF:
        return set_fixtures(state, w, a, scratch, r, undo)
    if undo:
        return unplace(state, w, a, scratch, r)
    if verb == PUT_DOWN:
        return put_down(state, w, a, scratch, r)
    return place_items(state, w, a, scratch, r)


@apart
def first_act(state, w, a, scratch):
    """The act that begins the ROUTE, or what to do at its end."""
    route = scratch[ROUTE]
    length = scratch[FACTS, LENGTH]
    is_armed = state.progress[w, a, scratch[FACTS, CLAUSE]] & ARMED != 0
    too_soon = scratch[FACTS, IS_FINAL] != 0 and not is_armed
    if length > 1:
        if length == 2 and too_soon and (scratch[FACTS, DO] == REACH_IT or scratch[FACTS, DO] == SEE_IT):
            return WAIT
        here, there = np.int64(route[0]), np.int64(route[1])
        if here >> 2 == there >> 2:
            return TURN_RIGHT if (there - here) & 3 == 1 else TURN_LEFT
        place = place_at(state, w, cell_of(state, there >> 2))
        return FORWARD if PLACE_WALKABLE[place] else USE
    do = scratch[FACTS, DO]
    front = ahead(state, w, state.agent_cell[w, a], state.heading[w, a])
    if do == REACH_IT or front < 0:
        return WAIT
    if do == SEE_IT:
        return USE if PLACE_HIDES[place_at(state, w, front)] else WAIT
    if do == GIVE_IT:
        other = agent_at(state, w, front)
        is_meant = has(state.bound[w, a, scratch[FACTS, CLAUSE], 1], other)
        return PUT if is_meant and state.hand[w, other] == 0 and not too_soon else WAIT
    if do == LOOK_ROUND:
        return USE if PLACE_HIDES[place_at(state, w, front)] else TURN_RIGHT
    if do != USE_IT and PLACE_HIDES[place_at(state, w, front)]:
        return USE
    if too_soon:
        return WAIT
    if do == TAKE_IT:
        return TAKE
    if do == USE_IT:
        return USE
    return PUT if agent_at(state, w, front) < 0 else WAIT


@rule
def equal_acts(state, w, a, scratch, act):
    """The acts that are as good as this one, the agent's `first_act`: a set of bits."""
    same = np.int64(1) << act
    if scratch[FACTS, LENGTH] < 2 or not (
        act == FORWARD or act == USE or act == TURN_LEFT or act == TURN_RIGHT
    ):
        return same
    ahead_of_it = np.int64(FORWARD)
    front = ahead(state, w, state.agent_cell[w, a], state.heading[w, a])
    if front >= 0 and not PLACE_WALKABLE[place_at(state, w, front)]:
        ahead_of_it = np.int64(USE)
    equal = np.int64(0)
    if scratch[FACTS, EQUAL] & GO:
        equal |= np.int64(1) << ahead_of_it
    if scratch[FACTS, EQUAL] & GO_RIGHT:
        equal |= np.int64(1) << np.int64(TURN_RIGHT)
    if scratch[FACTS, EQUAL] & GO_LEFT:
        equal |= np.int64(1) << np.int64(TURN_LEFT)
    return equal if equal & same else same


@apart
def tell_subgoal(state, w, a, scratch, sub):
    """Write the present subgoal as a goal row; zeros if there is nothing to do."""
    for k in range(FIELDS):
        sub[k] = 0
    do, r = scratch[FACTS, DO], scratch[FACTS, CLAUSE]
    if do == NO_DO:
        return
    goal = state.goal[w, a, r]
    front = front_of(state, np.int64(scratch[ROUTE, scratch[FACTS, LENGTH] - 1]))
    place = place_at(state, w, front) if front >= 0 else np.uint8(UNSEEN)
    if do == REACH_IT or do == LOOK_ROUND or (do == SEE_IT and not PLACE_HIDES[place]):
        sub[VERB] = goal[VERB] if goal[VERB] == MEET or goal[VERB] == FOLLOW else GO_TO
        for k in range(QUANTITY, P_QUANTITY):
            sub[k] = goal[k]
        if (
            do == LOOK_ROUND
            and goal[P_KIND] != 0
            and has(state.bound[w, a, r, 0], np.int64(state.hand[w, a]) - 1)
        ):
            for k in range(QUANTITY, P_QUANTITY):
                sub[k] = goal[k + P_QUANTITY - QUANTITY]
        return
    if do == USE_IT or PLACE_HIDES[place]:
        is_open = PLACE_STATE[place] == OPEN
        if PLACE_KIND[place] == DOOR_KIND or PLACE_HOLDS[place]:
            sub[VERB] = CLOSE_IT if is_open else OPEN_IT
        else:
            sub[VERB] = SWITCH_OFF if is_open else SWITCH_ON
        tell_fixture(state, w, front, sub, AT_THING)
    elif do == TAKE_IT:
        sub[VERB] = PICK_UP
        tell_item(state, w, item_on(state, w, front) - 1, sub, AT_THING)
    else:
        verb = scratch[FACTS, DO_VERB]
        sub[VERB] = verb
        tell_item(state, w, np.int64(state.hand[w, a]) - 1, sub, AT_THING)
        if verb == PUT_ON or verb == PUT_IN:
            tell_fixture(state, w, front, sub, AT_PLACE)
        elif verb != PUT_DOWN:
            for k in range(P_QUANTITY, FIELDS):
                sub[k] = goal[k]


@apart
def tell_item(state, w, i, sub, at):
    """Write the description of an item into a goal row."""
    byte = np.int64(state.item_look[w, i])
    sub[at] = THE
    sub[at + 1] = 1 + (byte - 1) // 8
    sub[at + 2] = 0 if IS_PLAIN_KIND[1 + (byte - 1) // 8] else 1 + (byte - 1) % 8


@apart
def tell_fixture(state, w, cell, sub, at):
    """Write the description of the fixture at a cell into a goal row."""
    place = place_at(state, w, cell)
    sub[at] = THE
    sub[at + 1] = PLACE_KIND[place]
    sub[at + 2] = 0 if IS_PLAIN_KIND[PLACE_KIND[place]] else 1 + PLACE_COLOUR[place]
