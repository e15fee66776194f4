"""What does an expert do next? From a Goal and the present state to a subgoal, a walk and an act.

A plan is made anew at every step from the state alone, so that it answers from wherever a learner got to.
`choose` picks the clause to work on, the functions below it know how each verb is brought about.
"""

import numpy as np

from worlds.compiler.apart import apart
from worlds.compiler.compile import rule
from worlds.expert.paths import (
    AIM,
    DELAY,
    EITHER,
    EQUAL,
    FACE,
    FROM,
    GO,
    GO_LEFT,
    GO_RIGHT,
    NO_PLACE,
    NOTE,
    ON_FURNITURE,
    REACH,
    ROUTE,
    SHUT_DOOR_WALK,
    STAND,
    TRIED,
    UNLOCKED,
    WALK,
    aim_at,
    cell_of,
    clear_aim,
    count_beside,
    flood,
    is_harmless,
    room_for_item,
    search,
    spot_of,
    step_to,
    survey,
    trace,
)
from worlds.expert.wants import (
    ANY_DOOR,
    CLAUSE,
    DO,
    DO_VERB,
    FINAL,
    GIVE_IT,
    IS_FINAL,
    LENGTH,
    LIMITED,
    LOOK_ROUND,
    N_AIMED,
    NO,
    NO_DO,
    NO_VERB_YET,
    NOT_YET,
    OWN_LOSS,
    PATIENT,
    PUT_IT,
    REACH_IT,
    SEE_IT,
    STANCE,
    TAKE_IT,
    USE_IT,
    YES,
    aim_at_items,
    aim_where_least_is_lost,
    avoided_rooms,
    drop,
    fetch,
    front_of,
    holds_key,
    holds_landmark,
    is_anyones_target,
    is_hidden,
    is_known,
    is_target,
    keys_of,
    look_behind,
    look_round,
    may_take,
    note,
    shares_goal,
    take_or_drop,
    thing_class,
    unblock,
    untouchable_items,
    window_draw,
)
from worlds.goal import (
    BRING,
    CLOSE_IT,
    EVERY,
    FIELDS,
    FOLLOW,
    GIVE,
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
    CLASS_OF_KIND,
    DOOR_KIND,
    FIXTURE,
    ITEM,
    KINDS,
    LOCKED_DOOR,
    OPEN,
    PLACE_COLOUR,
    PLACE_HIDES,
    PLACE_HOLDS,
    PLACE_KIND,
    PLACE_STATE,
    PLACE_WALKABLE,
    ROOM,
    colours_of,
)
from worlds.rules.goals import (
    bit,
    faces,
    fixtures_set,
    has,
    is_at,
    is_placed,
    items_placed,
    needed,
    size,
)
from worlds.rules.space import agent_at, ahead, distance, fixture_on, item_on, place_at
from worlds.state import (
    ACTIVE,
    ARMED,
    FORWARD,
    LATCHED,
    PASS_THROUGH,
    PUT,
    TAKE,
    TOLD_UNMET,
    TURN_LEFT,
    TURN_RIGHT,
    USE,
    WAIT,
)

_NONE = np.uint64(0)
AT_THING, AT_PLACE = np.int64(QUANTITY), np.int64(P_QUANTITY)
NEAR_AGENT = 3  # cells: agents this near are in the way, others will have moved on
HAS_POSTPONED = 2  # of PATIENT: a clause waits
REOPENING = 60  # acts that it costs to open a door again that was to be shut
DELAYS = (2, 12)  # acts that an agent in the way costs, in windows of 8 steps drawn by chance
IS_PLAIN_KIND = np.array([not colours_of(kind) for kind in range(len(KINDS))])


# ---- clauses -----------------------------------------------------------------------------------------
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
def rank_of(state, w, a, pad, r):
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
        if aim_at_things(state, w, a, pad, state.bound[w, a, r, 0], np.int64(FIXTURE)) == 0:
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
def choose(state, w, a, pad):
    """Pick a clause of the present stage that something can be done for, and aim; returns whether there is one.

    At first it is PATIENT: what would cut off another open clause waits until nothing else is left.
    """
    pad[NOTE, PATIENT] = YES
    if choose_by_rank(state, w, a, pad):
        return 1
    if pad[NOTE, PATIENT] != HAS_POSTPONED:
        return 0
    pad[NOTE, PATIENT] = NO
    return choose_by_rank(state, w, a, pad)


@apart
def choose_by_rank(state, w, a, pad):
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
            rank = rank_of(state, w, a, pad, r)
            if rank < best_rank:
                best, best_rank = r, rank
        if best < 0:
            return 0
        tried |= 1 << best
        if pad[NOTE, PATIENT] == HAS_POSTPONED and state.goal[w, a, best, VERB] == PICK_UP:
            continue  # what is postponed takes an empty hand
        pad[NOTE, CLAUSE] = best
        pad[NOTE, TRIED] = 1
        if work_on(state, w, a, pad, best):
            return 1
    return 0


@apart
def work_on(state, w, a, pad, r):
    """Aim at what brings clause `r` about (or undoes it, if it holds but must yet be made true)."""
    verb = state.goal[w, a, r, VERB]
    undo = state.progress[w, a, r] & ARMED == 0 and holds_now(state, w, a, r)
    if state.bound[w, a, r, 0] == _NONE and not pad[NOTE, LIMITED]:
        return 0
    if verb == GO_TO:
        return leave(state, w, a, pad, r) if undo else go_to(state, w, a, pad, r)
    if verb == MEET or verb == FOLLOW:
        return leave(state, w, a, pad, r) if undo else go_to_agent(state, w, a, pad, r)
    if verb == PICK_UP:
        if undo:
            return drop(state, w, a, pad)
        return fetch(state, w, a, pad, state.bound[w, a, r, 0], FINAL)
    if verb == OPEN_IT or verb == CLOSE_IT or verb == SWITCH_ON or verb == SWITCH_OFF:
        return set_fixtures(state, w, a, pad, r, undo)
    if undo:
        return unplace(state, w, a, pad, r)
    if verb == PUT_DOWN:
        return put_down(state, w, a, pad, r)
    return place_items(state, w, a, pad, r)


# ---- going to ----------------------------------------------------------------------------------------
@apart
def go_to(state, w, a, pad, r):
    """Face an item, a door or furniture; stand on a rug or in a room."""
    things, kind = state.bound[w, a, r, 0], thing_class(state, w, a, r)
    if kind == ITEM and has(things, np.int64(state.hand[w, a]) - 1):
        if drop(state, w, a, pad):
            pad[NOTE, IS_FINAL] = pad[NOTE, DO] == PUT_IT
            return 1
        return 0
    for attempt in range(2):
        near = aim_at_things(state, w, a, pad, things, kind)
        if near > 0:
            return note(pad, SEE_IT if kind == ITEM else REACH_IT, NO_VERB_YET, FINAL)
        if attempt == 0 and pad[NOTE, LIMITED]:
            if look_round(state, w, a, pad, kind == ITEM):
                return 1
    if pad[NOTE, N_AIMED] > 0:
        return unblock(state, w, a, pad, ANY_DOOR)
    return look_behind(state, w, a, pad)


@apart
def aim_at_things(state, w, a, pad, things, kind):
    """Aim at every known thing of a set, as `go to` means it; returns how many are in reach."""
    clear_aim(state, pad)
    near = 0
    known = 0
    if kind == ITEM:
        for i in range(state.item_cell.shape[1]):
            cell = state.item_cell[w, i]
            if has(things, i) and cell >= 0 and is_known(state, pad, cell):
                if not is_hidden(state, w, pad, cell):
                    known += 1
                    near += aim_at(state, pad, cell, FACE)
    elif kind == FIXTURE:
        for f in range(state.fixture_cell.shape[1]):
            if has(things, f) and is_known(state, pad, state.fixture_cell[w, f]):
                place = place_at(state, w, state.fixture_cell[w, f])
                how = FACE
                if PLACE_WALKABLE[place]:
                    how = EITHER if PLACE_KIND[place] == DOOR_KIND else STAND
                known += 1
                near += aim_at(state, pad, state.fixture_cell[w, f], how)
    elif kind == ROOM:
        side = state.item_at.shape[1]
        for row in range(side):
            for col in range(side):
                if has(things, np.int64(state.room_at[w, row, col]) - 1):
                    cell = row << 8 | col
                    if pad[WALK, spot_of(state, cell)] > 0:
                        known += 1
                        near += aim_at(state, pad, cell, STAND)
    pad[NOTE, N_AIMED] = known
    return near


@apart
def leave(state, w, a, pad, r):
    """Be somewhere else first, or look elsewhere."""
    things, kind = state.bound[w, a, r, 0], thing_class(state, w, a, r)
    own = state.agent_cell[w, a]
    wide = state.item_at.shape[1] + 2
    clear_aim(state, pad)
    if kind != ROOM and not (kind == FIXTURE and has(things, fixture_on(state, w, own) - 1)):
        # Turning is enough: aim at the left or the right, whichever looks at something else.
        for turn in range(1, 5, 2):
            heading = (np.int64(state.heading[w, a]) + turn) & 3
            cell = ahead(state, w, own, heading)
            other = -1
            if cell >= 0:
                if kind == ITEM:
                    other = item_on(state, w, cell) - 1
                elif kind == FIXTURE:
                    other = fixture_on(state, w, cell) - 1
                else:
                    other = agent_at(state, w, cell)
            if not has(things, other) or turn == 3:
                pad[AIM, spot_of(state, own) + step_to(wide, heading)] = FACE
                return note(pad, REACH_IT, NO_VERB_YET, NOT_YET)
    near = 0
    side = state.item_at.shape[1]
    for row in range(side):
        for col in range(side):
            inside = has(things, np.int64(state.room_at[w, row, col]) - 1)
            if kind == FIXTURE:
                inside = has(things, np.int64(state.fixture_at[w, row, col]) - 1)
            spot = spot_of(state, row << 8 | col)
            if pad[REACH, spot] != 0 and not inside:
                near += 1
                pad[AIM, spot] = STAND
    return note(pad, REACH_IT, NO_VERB_YET, NOT_YET) if near > 0 else 0


@apart
def go_to_agent(state, w, a, pad, r):
    """Face another agent, or keep beside it."""
    for attempt in range(2):
        clear_aim(state, pad)
        near = 0
        known = 0
        for b in range(state.agent_cell.shape[1]):
            if b != a and has(state.bound[w, a, r, 0], b) and is_known(state, pad, state.agent_cell[w, b]):
                known += 1
                near += aim_at(state, pad, state.agent_cell[w, b], FACE)
        pad[NOTE, N_AIMED] = known
        if near > 0:
            return note(pad, REACH_IT, NO_VERB_YET, FINAL)
        if attempt == 0 and pad[NOTE, LIMITED]:
            if look_round(state, w, a, pad, NO):
                return 1
    if pad[NOTE, N_AIMED] > 0:
        return unblock(state, w, a, pad, ANY_DOOR)
    return look_behind(state, w, a, pad)


# ---- doors, containers, switches ---------------------------------------------------------------------
@apart
def set_fixtures(state, w, a, pad, r, undo):
    """Use one of the fixtures that are not yet as the clause (or its undoing) wants them."""
    verb = state.goal[w, a, r, VERB]
    want_open = (verb == OPEN_IT or verb == SWITCH_ON) != undo
    things = state.bound[w, a, r, 0]
    are_doors = not want_open and state.goal[w, a, r, KIND_] == DOOR_KIND
    if are_doors and not undo:
        things = doors_to_shut(state, w, a, NO)
    if are_doors and pad[NOTE, LIMITED] and may_be_more_to_shut(state, w, a):
        if look_round(state, w, a, pad, NO):  # once doors are shut, looking for more would open them again
            return 1
    for attempt in range(2):
        clear_aim(state, pad)
        near = 0
        known = 0
        for f in range(state.fixture_cell.shape[1]):
            if has(things, f) and is_known(state, pad, state.fixture_cell[w, f]):
                place = place_at(state, w, state.fixture_cell[w, f])
                if (PLACE_STATE[place] == OPEN) != want_open and place < LOCKED_DOOR:
                    known += 1
                    near += aim_at(state, pad, state.fixture_cell[w, f], FACE)
        pad[NOTE, N_AIMED] = known
        if near > 0:
            if are_doors:
                shut_far_side_last(state, w, a, pad, things, left_to_shut(state, w, a, r, undo))
            return note(pad, USE_IT, NO_VERB_YET, NOT_YET if undo else FINAL)
        if want_open and unlock(state, w, a, pad, things):
            return 1
        if attempt == 0 and pad[NOTE, LIMITED]:
            if look_round(state, w, a, pad, NO):
                return 1
    clear_aim(state, pad)
    known = 0
    for f in range(state.fixture_cell.shape[1]):
        if has(things, f) and is_known(state, pad, state.fixture_cell[w, f]):
            if (PLACE_STATE[place_at(state, w, state.fixture_cell[w, f])] == OPEN) != want_open:
                known += 1
                aim_at(state, pad, state.fixture_cell[w, f], FACE)
    if known > 0 and unblock(state, w, a, pad, ANY_DOOR):
        return 1
    return look_behind(state, w, a, pad)


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
def shut_far_side_last(state, w, a, pad, things, left):
    """Several doors are to be shut: aim only at those, and from that side, that leave the others within reach.

    Doors that are shut already are to be opened again only if there is no other way. Where it must be so, what lies
    behind them comes first: the doors on this side would be opened again on the way.
    """
    wide = state.item_at.shape[1] + 2
    shut, others = _NONE, _NONE
    things |= doors_to_shut(state, w, a, YES)
    for f in range(state.fixture_cell.shape[1]):
        if has(things, f):
            spot = spot_of(state, state.fixture_cell[w, f])
            if pad[WALK, spot] == SHUT_DOOR_WALK:
                shut |= bit(f)
                pad[WALK, spot] += REOPENING
            elif pad[AIM, spot] != 0:
                others |= bit(f)
    count_beside(state, w, pad, spot_of(state, state.agent_cell[w, a]), shut, others)
    near = _NONE
    for f in range(state.fixture_cell.shape[1]):
        if has(others, f) and pad[UNLOCKED, spot_of(state, state.fixture_cell[w, f])] != 0:
            near |= bit(f)
    if near != others and size(near) <= left:
        for f in range(state.fixture_cell.shape[1]):
            if has(near, f):
                pad[AIM, spot_of(state, state.fixture_cell[w, f])] &= ~FACE
        return
    best = 0
    for attempt in range(2):
        for f in range(state.fixture_cell.shape[1]):
            if has(others, f):
                door = spot_of(state, state.fixture_cell[w, f])
                for d in range(4):
                    spot = door + step_to(wide, d)
                    if pad[REACH, spot] != 0:
                        n = min(count_beside(state, w, pad, spot, shut | bit(f), others), left + 1)
                        if attempt == 1 and n == best:
                            pad[AIM, spot] |= FROM << ((d + 2) & 3)
                        best = max(best, n)
    for f in range(state.fixture_cell.shape[1]):
        if has(others, f):
            pad[AIM, spot_of(state, state.fixture_cell[w, f])] &= ~FACE


@apart
def unlock(state, w, a, pad, things):
    """Unlock one of the locked doors of a set that are in reach, or get its key."""
    keys = _NONE
    for f in range(state.fixture_cell.shape[1]):
        if has(things, f) and is_known(state, pad, state.fixture_cell[w, f]):
            place = np.int64(place_at(state, w, state.fixture_cell[w, f]))
            if place >= LOCKED_DOOR:
                clear_aim(state, pad)
                if aim_at(state, pad, state.fixture_cell[w, f], FACE):
                    if holds_key(state, w, a, place - LOCKED_DOOR):
                        return note(pad, USE_IT, NO_VERB_YET, FINAL)
                    keys |= keys_of(state, w, a, pad, place - LOCKED_DOOR)
    if keys == _NONE:
        return 0
    if aim_at_items(state, w, a, pad, keys) > 0:
        return take_or_drop(state, w, a, pad, NOT_YET)
    return 0 if pad[NOTE, LIMITED] else unblock(state, w, a, pad, ANY_DOOR)


# ---- placing items -----------------------------------------------------------------------------------
@apart
def put_down(state, w, a, pad, r):
    """Lay an item on the floor."""
    if has(state.bound[w, a, r, 0], np.int64(state.hand[w, a]) - 1):
        if drop(state, w, a, pad):
            pad[NOTE, IS_FINAL] = pad[NOTE, DO] == PUT_IT
            return 1
        return 0
    return fetch(state, w, a, pad, state.bound[w, a, r, 0], NOT_YET)


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
def unplace(state, w, a, pad, r):
    """Take away an item that lies where the clause wants it, so that it can be put there after its stage began."""
    if state.goal[w, a, r, VERB] == GIVE:
        return 0
    return fetch(state, w, a, pad, unplaced(state, w, a, r, YES), NOT_YET)


@apart
def place_items(state, w, a, pad, r):
    """Bring one more item where the clause wants it.

    Everything is made ready with empty hands before the item is fetched: what is shut off is opened, what is
    occupied is cleared. Otherwise one would lay the item down to do so, and pick it up again.
    """
    verb = state.goal[w, a, r, VERB]
    carrying = has(state.bound[w, a, r, 0], np.int64(state.hand[w, a]) - 1)
    if verb == GIVE and must_receive_first(state, w, a, r):
        return drop(state, w, a, pad) if state.hand[w, a] > 0 else 0
    if holds_landmark(state, w, a, r):
        return drop(state, w, a, pad)
    if verb == GIVE and carrying and is_recipient_busy(state, w, a, r):
        return stay(state, w, a, pad)
    for attempt in range(2):
        known = 0
        for level in range(4):
            if level == 1 and known > 0 and (verb == BRING or verb == PUT_NEXT) and not pad[NOTE, LIMITED]:
                aim_at_places(state, w, a, pad, r, np.int64(0))
                if unblock(state, w, a, pad, ANY_DOOR):
                    return 1
            near = aim_at_places(state, w, a, pad, r, level)
            known += np.int64(pad[NOTE, N_AIMED])
            if near > 0:
                if level >= 2:
                    return take_or_drop(state, w, a, pad, NOT_YET)
                if level == 1:
                    lost = aim_where_least_is_lost(state, w, a, pad)
                    if lost >= OWN_LOSS and pad[NOTE, PATIENT]:
                        pad[NOTE, PATIENT] = HAS_POSTPONED
                        return 0
                if carrying:
                    return note(pad, GIVE_IT if verb == GIVE else PUT_IT, np.int64(verb), FINAL)
                return fetch(state, w, a, pad, unplaced(state, w, a, r, NO), NOT_YET)
        if attempt == 0 and pad[NOTE, LIMITED]:
            if look_round(state, w, a, pad, NO):
                if carrying or not can_fetch(state, w, a, pad, r):
                    return look_round(state, w, a, pad, not carrying)
                pad[NOTE, STANCE] = -1
                return fetch(state, w, a, pad, unplaced(state, w, a, r, NO), NOT_YET)
    for level in range(4):
        aim_at_places(state, w, a, pad, r, level)
        if pad[NOTE, N_AIMED] > 0 and unblock(state, w, a, pad, ANY_DOOR):
            return 1
    return look_behind(state, w, a, pad)


@apart
def can_fetch(state, w, a, pad, r):
    """Is an item of clause `r` within reach?"""
    return aim_at_items(state, w, a, pad, unplaced(state, w, a, r, NO)) > 0


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
def aim_at_places(state, w, a, pad, r, level):
    """Aim at where clause `r` wants its item; returns how many places are in reach.

    Levels: 0 free and in nobody's way, 1 free, 2 occupied by what can be moved, 3 items to be moved because there
    is no room beside them.
    """
    clear_aim(state, pad)
    verb = state.goal[w, a, r, VERB]
    places = state.bound[w, a, r, 1]
    pad[NOTE, N_AIMED] = 0
    if verb == PUT_ON or verb == PUT_IN:
        return aim_at_furniture(state, w, a, pad, r, level)
    if verb == GIVE:
        if level > 0:
            return 0
        near = 0
        for b in range(state.agent_cell.shape[1]):
            if b != a and has(places, b) and is_known(state, pad, state.agent_cell[w, b]):
                pad[NOTE, N_AIMED] += 1
                near += aim_at(state, pad, state.agent_cell[w, b], FACE)
        return near
    place_class = CLASS_OF_KIND[state.goal[w, a, r, P_KIND]]
    if level == 3:
        return aim_at_items(state, w, a, pad, places) if verb == PUT_NEXT and place_class == ITEM else 0
    if level == 2:
        return aim_at_items(state, w, a, pad, strangers(state, w, a, r))
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
            if kind == NO_PLACE or not is_known(state, pad, cell):
                continue
            if kind == ON_FURNITURE:
                if is_target(state, w, a, cell) or (level == 0 and is_anyones_target(state, w, a, cell)):
                    continue
            if level == 1 or pad[WALK, spot] <= 0 or is_harmless(state, w, pad, pad[REACH], spot):
                pad[NOTE, N_AIMED] += 1
                near += aim_at(state, pad, cell, FACE)
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
def aim_at_furniture(state, w, a, pad, r, level):
    """Aim at furniture to put things on or in: free (level 0: and not needed by another clause), or occupied."""
    near = 0
    untouchable = untouchable_items(state, w, a)
    for f in range(state.fixture_cell.shape[1]):
        cell = state.fixture_cell[w, f]
        if level == 3 or not has(state.bound[w, a, r, 1], f) or not is_known(state, pad, cell):
            continue
        other = agent_at(state, w, cell)
        if other >= 0 and other != a and state.finished[w, other] != ACTIVE:
            continue  # whoever is active will move on
        item = item_on(state, w, cell)
        if is_hidden(state, w, pad, cell):
            item = 0
        if level < 2:
            wanted = item == 0 and (level == 1 or not is_reserved(state, w, a, r, f))
            if level == 0 and PLACE_WALKABLE[place_at(state, w, cell)]:
                wanted = wanted and is_harmless(state, w, pad, pad[REACH], spot_of(state, cell))
        else:
            is_placed_there = has(state.bound[w, a, r, 0], item - 1)
            wanted = item > 0 and not is_placed_there and may_take(state, w, a, pad, item - 1, untouchable)
        if wanted:
            pad[NOTE, N_AIMED] += 1
            near += aim_at(state, pad, cell, FACE)
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


@rule
def stay(state, w, a, pad):
    """Aim at being where one is."""
    clear_aim(state, pad)
    pad[AIM, spot_of(state, state.agent_cell[w, a])] = STAND
    return note(pad, REACH_IT, NO_VERB_YET, NOT_YET)


@apart
def is_recipient_busy(state, w, a, r):
    """Is the one to give to near, with a full hand? Then keep some distance."""
    for b in range(state.agent_cell.shape[1]):
        if b != a and has(state.bound[w, a, r, 1], b):
            near = distance(state.agent_cell[w, a], state.agent_cell[w, b]) <= NEAR_AGENT
            return near and state.hand[w, b] > 0
    return False


@apart
def yields(state, w, a, b):
    """Is it `a` that makes way for `b` in the present window of steps? Then `b` does not for `a`."""
    mine, theirs = window_draw(state, w, 4, a), window_draw(state, w, 4, b)
    return mine < theirs


# ---- the plan ----------------------------------------------------------------------------------------
@apart
def crowd(state, w, a, pad):
    """Agents nearby cost a detour."""
    if state.option[PASS_THROUGH] != 0:
        return
    patient = np.int64(window_draw(state, w, 3, 16 + a) & np.uint64(1))
    for b in range(state.agent_cell.shape[1]):
        if b != a and state.finished[w, b] == ACTIVE:
            if distance(state.agent_cell[w, a], state.agent_cell[w, b]) <= NEAR_AGENT:
                spot = spot_of(state, state.agent_cell[w, b])
                if pad[WALK, spot] > 0 and pad[WALK, spot] & DELAY < 32:
                    pad[WALK, spot] += DELAYS[patient]


@apart
def begin_plan(state, w, a, seen, limited, pad):
    """Draw the map of an agent, and note that nothing is planned."""
    survey(state, w, a, seen, limited, avoided_rooms(state, w, a), untouchable_items(state, w, a), pad)
    crowd(state, w, a, pad)
    flood(state, w, a, pad)
    pad[NOTE, DO] = NO_DO
    pad[NOTE, TRIED] = 0
    pad[NOTE, DO_VERB] = NO_VERB
    pad[NOTE, LIMITED] = limited
    pad[NOTE, STANCE] = -1
    pad[NOTE, CLAUSE] = 0
    pad[NOTE, LENGTH] = 0


@apart
def plan(state, w, a, seen, limited, pad):
    """Make the plan of an agent: AIM, NOTE and, if there is something to do, ROUTE; returns whether there is."""
    begin_plan(state, w, a, seen, limited, pad)
    if choose(state, w, a, pad):
        stance = np.int64(pad[NOTE, STANCE])
        if stance < 0 or pad[NOTE, DO] != LOOK_ROUND:
            stance = search(state, w, a, pad, NO)
        if stance >= 0:
            pad[NOTE, LENGTH] = trace(pad, stance)
            return True
    pad[NOTE, DO] = NO_DO
    return False


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
def first_act(state, w, a, pad):
    """The act that begins the ROUTE, or what to do at its end."""
    route = pad[ROUTE]
    length = pad[NOTE, LENGTH]
    is_armed = state.progress[w, a, pad[NOTE, CLAUSE]] & ARMED != 0
    too_soon = pad[NOTE, IS_FINAL] != 0 and not is_armed
    if length > 1:
        if length == 2 and too_soon and (pad[NOTE, DO] == REACH_IT or pad[NOTE, DO] == SEE_IT):
            return WAIT
        here, there = np.int64(route[0]), np.int64(route[1])
        if here >> 2 == there >> 2:
            return TURN_RIGHT if (there - here) & 3 == 1 else TURN_LEFT
        place = place_at(state, w, cell_of(state, there >> 2))
        return FORWARD if PLACE_WALKABLE[place] else USE
    do = pad[NOTE, DO]
    front = ahead(state, w, state.agent_cell[w, a], state.heading[w, a])
    if do == REACH_IT or front < 0:
        return WAIT
    if do == SEE_IT:
        return USE if PLACE_HIDES[place_at(state, w, front)] else WAIT
    if do == GIVE_IT:
        other = agent_at(state, w, front)
        is_meant = has(state.bound[w, a, pad[NOTE, CLAUSE], 1], other)
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
def equal_acts(state, w, a, pad, act):
    """The acts that are as good as this one, the agent's `first_act`: a set of bits."""
    same = np.int64(1) << act
    if pad[NOTE, LENGTH] < 2 or not (act == FORWARD or act == USE or act == TURN_LEFT or act == TURN_RIGHT):
        return same
    ahead_of_it = np.int64(FORWARD)
    front = ahead(state, w, state.agent_cell[w, a], state.heading[w, a])
    if front >= 0 and not PLACE_WALKABLE[place_at(state, w, front)]:
        ahead_of_it = np.int64(USE)
    equal = np.int64(0)
    if pad[NOTE, EQUAL] & GO:
        equal |= np.int64(1) << ahead_of_it
    if pad[NOTE, EQUAL] & GO_RIGHT:
        equal |= np.int64(1) << np.int64(TURN_RIGHT)
    if pad[NOTE, EQUAL] & GO_LEFT:
        equal |= np.int64(1) << np.int64(TURN_LEFT)
    return equal if equal & same else same


# ---- the subgoal in words' order ---------------------------------------------------------------------
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


@apart
def tell_subgoal(state, w, a, pad, sub):
    """Write the present subgoal as a goal row; zeros if there is nothing to do."""
    for k in range(FIELDS):
        sub[k] = 0
    do, r = pad[NOTE, DO], pad[NOTE, CLAUSE]
    if do == NO_DO:
        return
    goal = state.goal[w, a, r]
    front = front_of(state, np.int64(pad[ROUTE, pad[NOTE, LENGTH] - 1]))
    place = place_at(state, w, front)
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
        verb = pad[NOTE, DO_VERB]
        sub[VERB] = verb
        tell_item(state, w, np.int64(state.hand[w, a]) - 1, sub, AT_THING)
        if verb == PUT_ON or verb == PUT_IN:
            tell_fixture(state, w, front, sub, AT_PLACE)
        elif verb != PUT_DOWN:
            for k in range(P_QUANTITY, FIELDS):
                sub[k] = goal[k]
