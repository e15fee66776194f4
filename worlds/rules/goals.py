"""Is the goal reached? Clauses are judged from the state at every step, never from the last event.

*Binding* happens once, at the start of an episode: each description ("the cup on the desk") is resolved to the set
of things that fit it then, as bits. A thing keeps its identity while it is moved.

A stage is complete when all its clauses are met at the same time; clauses that count once reached (go to, give,
meet, follow) stay met. A clause of a later stage must be *made* true after its stage began: it counts only once it
has been seen unmet (ARMED), so that one event never serves two clauses of a sequence.
"""

import numpy as np

from worlds.compiler.compile import cold, rule
from worlds.goal import (
    AVOID_ROOM,
    BRING,
    CLOSE_IT,
    EVERY,
    FIELDS,
    FOLLOW,
    FOLLOW_DISTANCE,
    FOLLOW_STEPS,
    GIVE,
    GO_TO,
    IN,
    IN_ROOM,
    KIND_,
    MAX_CLAUSES,
    MEET,
    NO_RELATION,
    NO_VERB,
    ON,
    OPEN_IT,
    P_KIND,
    P_QUANTITY,
    PICK_UP,
    PUT_IN,
    PUT_NEXT,
    PUT_ON,
    QUANTITY,
    ROWS,
    STAGE,
    SWITCH_OFF,
    SWITCH_ON,
    THREE,
    TWO,
    VERB,
    VERB_LASTS,
)
from worlds.objects import (
    CLASS_OF_KIND,
    DOOR_KIND,
    FIRST_NAME,
    FIRST_ROOM,
    FIXTURE,
    ITEM,
    OPEN,
    PLACE_COLOUR,
    PLACE_HIDES,
    PLACE_KIND,
    PLACE_STATE,
    PLACE_WALKABLE,
    ROOM,
)
from worlds.rules.space import (
    COL_STEP,
    ROW_STEP,
    agent_at,
    ahead,
    col_of,
    distance,
    fixture_on,
    item_on,
    place_at,
    row_of,
)
from worlds.state import ARMED, BROKEN, LATCHED, MET, OK, PAID, TAKE

_ONE = np.uint64(1)
_NONE = np.uint64(0)


@rule
def bit(i):
    """The set that holds only thing `i`."""
    return _ONE << np.uint64(i)


@rule
def has(things, i):
    """Is thing `i` (0, 1, ...) in the set? Never for i < 0."""
    return i >= 0 and (things >> np.uint64(i)) & _ONE != _NONE


@rule
def size(things):
    """How many things are in the set."""
    n = 0
    while things != _NONE:
        things &= things - _ONE
        n += 1
    return n


# ---- binding -----------------------------------------------------------------------------------------
@rule
def item_fits(state, w, i, kind, colour):
    """Is item `i` of this kind and (0: any) colour?"""
    byte = np.int64(state.item_look[w, i])
    return byte > 0 and 1 + (byte - 1) // 8 == kind and (colour == 0 or (byte - 1) % 8 + 1 == colour)


@rule
def fixture_fits(state, w, f, kind, colour):
    """Is fixture `f` of this kind and (0: any) colour?"""
    cell = state.fixture_cell[w, f]
    if cell < 0:
        return False
    place = place_at(state, w, cell)
    return PLACE_KIND[place] == kind and (colour == 0 or PLACE_COLOUR[place] + 1 == colour)


@rule
def cell_holds(state, w, cell, kind, colour):
    """Does an item or a fixture of this description stand or lie at the cell?"""
    f = fixture_on(state, w, cell) - 1
    i = item_on(state, w, cell) - 1
    return (f >= 0 and fixture_fits(state, w, f, kind, colour)) or (
        i >= 0 and item_fits(state, w, i, kind, colour)
    )


@rule
def room_of(state, w, cell):
    """1 + room of ROOMS at a cell, 0 for none."""
    return np.int64(state.room_at[w, row_of(cell), col_of(cell)])


@rule
def relates(state, w, cell, relation, kind, colour):
    """Does what is at `cell` stand in this relation to a thing of this kind and colour?"""
    if relation == NO_RELATION:
        return True
    if cell < 0:
        return False
    if relation == IN_ROOM:
        return room_of(state, w, cell) == kind - FIRST_ROOM + 1
    if relation == ON or relation == IN:
        f = fixture_on(state, w, cell) - 1
        return f >= 0 and fixture_fits(state, w, f, kind, colour)
    for d in range(4):
        beside = ahead(state, w, cell, d)
        if beside >= 0 and cell_holds(state, w, beside, kind, colour):
            return True
    return False


@rule
def bind(state, w, ref):
    """The set of things that a description (six bytes of a goal row) fits now.

    Bits number items, fixtures or agents by the class of the kind; for a room, bit r is room r of ROOMS.
    """
    things = _NONE
    kind, colour, relation = np.int64(ref[1]), np.int64(ref[2]), np.int64(ref[3])
    other, other_colour = np.int64(ref[4]), np.int64(ref[5])
    thing_class = CLASS_OF_KIND[kind]
    if thing_class == ITEM:
        for i in range(state.item_look.shape[1]):
            if item_fits(state, w, i, kind, colour):
                if relates(state, w, state.item_cell[w, i], relation, other, other_colour):
                    things |= bit(i)
    elif thing_class == FIXTURE:
        for f in range(state.fixture_cell.shape[1]):
            if fixture_fits(state, w, f, kind, colour):
                if relates(state, w, state.fixture_cell[w, f], relation, other, other_colour):
                    things |= bit(f)
    elif thing_class == ROOM:
        things = bit(kind - FIRST_ROOM)
    elif kind >= FIRST_NAME:
        for b in range(state.name.shape[1]):
            if state.name[w, b] == kind - FIRST_NAME:
                things |= bit(b)
    return things


@rule
def bind_goal(state, w, a):
    """Resolve all descriptions of an agent's goal, and forget its progress."""
    for r in range(ROWS):
        row = state.goal[w, a, r]
        state.bound[w, a, r, 0] = bind(state, w, row[QUANTITY:P_QUANTITY]) if row[VERB] != NO_VERB else _NONE
        state.bound[w, a, r, 1] = bind(state, w, row[P_QUANTITY:]) if row[P_KIND] != 0 else _NONE


@rule
def begin_goal(state, w, a):
    """Start judging an agent's goal from the present state."""
    state.stale[w, a] = True
    state.stage[w, a] = 0
    state.goal_met[w, a] = False
    state.clauses_done[w, a] = 0
    state.broken[w, a] = 0
    for r in range(ROWS):
        state.progress[w, a, r] = ARMED if state.goal[w, a, r, STAGE] == 0 else 0
        state.streak[w, a, r] = 0
        if state.goal[w, a, r, VERB] == AVOID_ROOM:
            state.streak[w, a, r] = is_in(state, w, a, state.bound[w, a, r, 0])


@rule
def tell_task(state, told, w, a):
    """The instruction is the task, and what was made of it is the same."""
    copy_goal(state, w, told, w, a)


@rule
def copy_goal(source, v, to, w, a):
    """Copy an agent's goal, and what was made of it, from world `v` of one State to world `w` of another."""
    for r in range(ROWS):
        for k in range(FIELDS):
            to.goal[w, a, r, k] = source.goal[v, a, r, k]
        to.bound[w, a, r, 0] = source.bound[v, a, r, 0]
        to.bound[w, a, r, 1] = source.bound[v, a, r, 1]
        to.progress[w, a, r] = source.progress[v, a, r]
        to.streak[w, a, r] = source.streak[v, a, r]
    to.stage[w, a] = source.stage[v, a]
    to.clauses_done[w, a] = source.clauses_done[v, a]
    to.broken[w, a] = source.broken[v, a]
    to.stale[w, a] = source.stale[v, a]
    to.goal_met[w, a] = source.goal_met[v, a]


# ---- judging -----------------------------------------------------------------------------------------
@rule
def is_in(state, w, a, rooms):
    """Is the agent in one of these rooms?"""
    return has(rooms, room_of(state, w, state.agent_cell[w, a]) - 1)


@rule
def needed(quantity, things):
    """How many of the set are asked for; no less than one, so that nothing is never enough."""
    if quantity == EVERY:
        return max(size(things), 1)
    return np.int64(quantity) if quantity == TWO or quantity == THREE else 1


@rule
def is_at(state, w, a, thing_class, things):
    """Does the agent face one of these things, or stand where it must be stood upon? What is shut away is not faced."""
    cell = state.agent_cell[w, a]
    if thing_class == ROOM:
        return has(things, room_of(state, w, cell) - 1)
    front = ahead(state, w, cell, state.heading[w, a])
    if thing_class == ITEM:
        return (
            front >= 0
            and has(things, item_on(state, w, front) - 1)
            and not PLACE_HIDES[place_at(state, w, front)]
        )
    if thing_class == FIXTURE:
        if has(things, fixture_on(state, w, cell) - 1):
            return True
        if front < 0 or not has(things, fixture_on(state, w, front) - 1):
            return False
        place = place_at(state, w, front)
        return PLACE_KIND[place] == DOOR_KIND or not PLACE_WALKABLE[place]
    return False


@rule
def faces(state, w, a, agents):
    """Does the agent face another one of the set?"""
    front = ahead(state, w, state.agent_cell[w, a], state.heading[w, a])
    if front >= 0 and agent_at(state, w, front) >= 0:
        for b in range(state.agent_cell.shape[1]):
            if b != a and has(agents, b) and state.agent_cell[w, b] == front:
                return True
    return False


@rule
def is_near(state, w, a, agents):
    """Is another agent of the set near enough to count as followed?"""
    for b in range(state.agent_cell.shape[1]):
        if b != a and has(agents, b):
            if distance(state.agent_cell[w, a], state.agent_cell[w, b]) <= FOLLOW_DISTANCE:
                return True
    return False


@rule
def is_beside(state, w, cell, place_class, things):
    """Does a thing of the set lie or stand in one of the four cells beside this one?"""
    for d in range(4):
        row = row_of(cell) + ROW_STEP[d]
        col = col_of(cell) + COL_STEP[d]
        side = state.item_at.shape[1]
        if row >= 0 and row < side and col >= 0 and col < side:
            beside = state.item_at[w, row, col] if place_class == ITEM else state.fixture_at[w, row, col]
            if has(things, np.int64(beside) - 1):
                return True
    return False


@rule
def is_placed(state, w, verb, cell, place_class, places):
    """Is an item at `cell` (below 0: carried) where the verb wants it?"""
    if verb == GIVE:
        return cell < 0 and has(places, -1 - np.int64(cell))
    if cell < 0:
        return False
    if verb == PUT_ON or verb == PUT_IN:
        return has(places, fixture_on(state, w, cell) - 1)
    if verb == PUT_NEXT:
        return is_beside(state, w, cell, place_class, places)
    if verb == BRING:
        return has(places, room_of(state, w, cell) - 1)
    return True  # put down: it lies somewhere


@rule
def items_placed(state, w, verb, items, place_class, places):
    """How many items of the set are where the verb wants them."""
    n = 0
    for i in range(state.item_cell.shape[1]):
        if has(items, i) and is_placed(state, w, verb, state.item_cell[w, i], place_class, places):
            n += 1
    return n


@rule
def fixtures_set(state, w, verb, fixtures):
    """How many fixtures of the set are as the verb wants them: open or on, else shut or off."""
    n = 0
    for f in range(state.fixture_cell.shape[1]):
        if has(fixtures, f):
            is_open = PLACE_STATE[place_at(state, w, state.fixture_cell[w, f])] == OPEN
            if is_open == (verb == OPEN_IT or verb == SWITCH_ON):
                n += 1
    return n


@cold
def holds(state, w, a, r):
    """Does clause `r` of the agent's goal hold in the present state?"""
    verb = state.goal[w, a, r, VERB]
    things, places = state.bound[w, a, r, 0], state.bound[w, a, r, 1]
    if things == _NONE:
        return False
    if verb == GO_TO:
        return is_at(state, w, a, CLASS_OF_KIND[state.goal[w, a, r, KIND_]], things)
    if verb == PICK_UP:
        return has(things, np.int64(state.hand[w, a]) - 1)
    if verb == MEET:
        return faces(state, w, a, things)
    if verb == FOLLOW:
        near = is_near(state, w, a, things)
        state.streak[w, a, r] = min(np.int64(state.streak[w, a, r]) + 1, FOLLOW_STEPS) if near else 0
        return state.streak[w, a, r] >= FOLLOW_STEPS
    enough = needed(state.goal[w, a, r, QUANTITY], things)
    if verb == OPEN_IT or verb == CLOSE_IT or verb == SWITCH_ON or verb == SWITCH_OFF:
        return fixtures_set(state, w, verb, things) >= enough
    place_class = CLASS_OF_KIND[state.goal[w, a, r, P_KIND]]
    return items_placed(state, w, verb, things, place_class, places) >= enough


@rule
def is_violated(state, w, a, r):
    """Does the agent break constraint `r` by what it does at this step?

    Being in a room is no breach, entering it is; nor is holding a thing that others put into one's hand, or laying it
    down again, but taking it is.
    """
    things = state.bound[w, a, r, 0]
    if state.goal[w, a, r, VERB] == AVOID_ROOM:
        inside = is_in(state, w, a, things)
        entered = inside and state.streak[w, a, r] == 0
        state.streak[w, a, r] = inside
        return entered
    takes = state.last_act[w, a] == TAKE and state.outcome[w, a] == OK
    return takes and has(things, np.int64(state.hand[w, a]) - 1)


@rule
def judge_constraints(state, w, a):
    """Note broken constraints."""
    for r in range(MAX_CLAUSES, ROWS):
        if state.goal[w, a, r, VERB] == NO_VERB:
            break
        if is_violated(state, w, a, r):
            state.progress[w, a, r] |= BROKEN
            state.broken[w, a] = 1


@rule
def judge_clause(state, w, a, r):
    """Note whether clause `r` of the present stage is met; returns it."""
    progress = state.progress[w, a, r]
    if progress & LATCHED:
        return True
    now = holds(state, w, a, r)
    if not progress & ARMED:
        if not now:
            state.progress[w, a, r] = progress | ARMED
        return False
    if not now:
        state.progress[w, a, r] = progress & ~np.uint8(MET)
        return False
    latch = 0 if VERB_LASTS[state.goal[w, a, r, VERB]] else LATCHED
    state.progress[w, a, r] = progress | MET | latch
    return True


@rule
def disarm(state, w, a):
    """Let no clause of a goal that begins count before it was unmet."""
    for r in range(MAX_CLAUSES):
        state.progress[w, a, r] = 0


@rule
def arm(state, w, a, stage):
    """Note which clauses of a stage that begins are unmet, so that the very next act may meet them."""
    for r in range(MAX_CLAUSES):
        if state.goal[w, a, r, VERB] != NO_VERB and state.goal[w, a, r, STAGE] == stage:
            if not holds(state, w, a, r):
                state.progress[w, a, r] |= ARMED
            state.streak[w, a, r] = 0


@rule
def judge(state, w, a):
    """Judge an agent's goal: sets `goal_met`, `stage`, `clauses_done`, `progress`; returns how many clauses were
    met for the first time."""
    first_met = 0
    done = 0
    stage = state.stage[w, a]
    complete = True
    any_clause = False
    is_last = True
    state.stale[w, a] = False
    for r in range(MAX_CLAUSES):
        if state.goal[w, a, r, VERB] == NO_VERB:
            break
        if state.goal[w, a, r, STAGE] > stage:
            is_last = False
            break
        if state.goal[w, a, r, STAGE] < stage:
            done |= 1 << r
            continue
        any_clause = True
        if state.goal[w, a, r, VERB] == FOLLOW:
            state.stale[w, a] = True  # it counts steps
        if judge_clause(state, w, a, r):
            done |= 1 << r
            if not state.progress[w, a, r] & PAID:
                state.progress[w, a, r] |= PAID
                first_met += 1
        else:
            complete = False
    if complete and any_clause and not is_last:
        state.stage[w, a] = stage + 1
        state.stale[w, a] = True
        arm(state, w, a, stage + 1)
    state.clauses_done[w, a] = done
    state.goal_met[w, a] = complete and any_clause and is_last
    return first_met
