"""How does one get there? Searches over cells and headings, on a small map of one world as one agent plans in it.

The map is the *pad*: int32[PAD_ROWS, 4 * cells], allocated once for each thread. Cells are numbered with a margin of
one wall all around, so that a neighbour is an addition; `spot` is such a number, `stance` is 4 * spot + heading.

    WALK   0 wall; 1 + d walkable at d acts more than a step (a shut door: 1); below 0 what keeps one out but can be
           removed: ITEM_IN_WAY, or LOCKED_IN_WAY - colour; UNKNOWN what has not been seen
    REACH  1 where the agent can walk without removing anything
    HIDDEN 1 where a container, if it is shut, holds what the agent cannot know
    AIM    where it wants to be: FACE this spot from anywhere, STAND on it, or stand on it with a heading (FROM)
"""

import numpy as np

from worlds.compiler.apart import apart
from worlds.compiler.compile import rule
from worlds.objects import (
    DOOR_KIND,
    LOCKED,
    OPAQUE,
    PLACE_COLOUR,
    PLACE_FLOOR,
    PLACE_HIDES,
    PLACE_HOLDS,
    PLACE_KIND,
    PLACE_STATE,
    PLACE_WALKABLE,
    SHUT,
)
from worlds.rules.space import (
    COL_STEP,
    ROW_STEP,
    agent_at,
    col_of,
    fixture_on,
    item_on,
    place_at,
    row_of,
    stride_of,
)
from worlds.state import MARGIN

SEEN, LOOKED_INTO = np.uint8(1), np.uint8(2)  # what an agent of limited knowledge remembers of a cell
PAD_ROWS = 12
WALK, REACH, AIM, QUEUE, CAME, PAUSE, ROUTE, UNLOCKED, HIDDEN, NOTE, ARRIVES, BEGINS = range(PAD_ROWS)
# In NOTE: with which moves the shortest ways of the last search begin, bits of GO, GO_RIGHT, GO_LEFT; and whether any
# clause was left to see to.
EQUAL, TRIED = 32, 33
GO, GO_RIGHT, GO_LEFT = 1, 2, 4
FACE, STAND, EITHER = np.int64(1), np.int64(2), np.int64(3)
FROM = 16  # FROM << heading: stand here with this heading
AVOIDED = 0x100  # flag of WALK: in a room that must not be entered; one may still walk on inside it and out
DELAY = 0xFF
SHUT_DOOR_WALK = 2
ITEM_IN_WAY, LOCKED_IN_WAY, NEEDED_IN_WAY, UNKNOWN = -1, -2, -20, -100
ITEM_DETOUR, LOCK_DETOUR, NEEDED_DETOUR = 8, 24, 60  # acts that removing such a thing takes, roughly

WALK_OF_PLACE = np.zeros(256, np.int32)
for _place in range(256):
    if PLACE_WALKABLE[_place]:
        WALK_OF_PLACE[_place] = 1
    elif PLACE_KIND[_place] == DOOR_KIND and PLACE_STATE[_place] == SHUT:
        WALK_OF_PLACE[_place] = SHUT_DOOR_WALK
    elif PLACE_KIND[_place] == DOOR_KIND and PLACE_STATE[_place] == LOCKED:
        WALK_OF_PLACE[_place] = LOCKED_IN_WAY - int(PLACE_COLOUR[_place])


def pad_shape(side):
    """Shape of the pad for houses of this side."""
    return PAD_ROWS, 4 * (side + 2) * (side + 2)


@rule
def spot_of(state, cell):
    """The number of a cell on the pad."""
    return (row_of(cell) + 1) * (state.item_at.shape[1] + 2) + col_of(cell) + 1


@rule
def cell_of(state, spot):
    """The cell of a spot."""
    wide = state.item_at.shape[1] + 2
    row = spot // wide
    return (row - 1) << 8 | (spot - row * wide - 1)


@rule
def step_to(wide, heading):
    """What to add to a spot to go one step in this heading."""
    return ROW_STEP[heading] * wide + COL_STEP[heading]


# ---- the map -----------------------------------------------------------------------------------------
@apart
def survey(state, w, a, seen, limited, avoided, untouchable, pad):
    """Draw the map: WALK of every spot. `avoided` rooms and `untouchable` items are sets of bits.

    Other agents are left out, see `crowd`. With `limited`, only where `seen[w]` holds is known.
    """
    side = state.item_at.shape[1]
    wide, pitch = side + 2, stride_of(side)
    walk = pad[WALK]
    for spot in range(wide):
        walk[spot] = 0
        walk[wide * (wide - 1) + spot] = 0
    for row in range(side):
        at, byte = (row + 1) * wide, (row + MARGIN) * pitch + 4
        walk[at] = 0
        walk[at + wide - 1] = 0
        for col in range(side):
            v = WALK_OF_PLACE[state.planes[w, 0, byte + col]]
            if state.item_at[w, row, col] > 0 and v > 0:
                item = np.int64(state.item_at[w, row, col]) - 1
                v = 0 if (untouchable >> np.uint64(item)) & np.uint64(1) else ITEM_IN_WAY
            hidden = 0
            if limited:
                if seen[w, row, col] == 0:
                    v = UNKNOWN
                hidden = 1 if seen[w, row, col] & LOOKED_INTO == 0 else 0
            walk[at + col + 1] = v
            pad[HIDDEN, at + col + 1] = hidden
    if avoided != np.uint64(0):
        for row in range(side):
            for col in range(side):
                room = np.int64(state.room_at[w, row, col])
                if room > 0 and (avoided >> np.uint64(room - 1)) & np.uint64(1):
                    spot = (row + 1) * wide + col + 1
                    if walk[spot] > 0:
                        walk[spot] |= AVOIDED
                    elif walk[spot] != UNKNOWN:
                        walk[spot] = 0
    own = spot_of(state, state.agent_cell[w, a])
    if walk[own] <= 0:
        walk[own] = 1


@rule
def may_step(walk, spot, other):
    """Can one walk from a spot to this neighbour?"""
    return walk[other] > 0 and not (walk[other] & AVOIDED and not walk[spot] & AVOIDED)


@apart
def flood(state, w, a, pad):
    """Fill REACH: where the agent can walk, shut doors opened on the way."""
    wide = state.item_at.shape[1] + 2
    walk, reach, queue = pad[WALK], pad[REACH], pad[QUEUE]
    for spot in range(wide * wide):
        reach[spot] = 0
    queue[0] = spot_of(state, state.agent_cell[w, a])
    reach[queue[0]] = 1
    head, tail = 0, 1
    while head < tail:
        spot = queue[head]
        head += 1
        for d in range(4):
            other = spot + step_to(wide, d)
            if reach[other] == 0 and may_step(walk, spot, other):
                reach[other] = 1
                queue[tail] = other
                tail += 1


@rule
def clear_aim(state, pad):
    """Aim at nothing."""
    wide = state.item_at.shape[1] + 2
    aim = pad[AIM]
    for spot in range(wide * wide):
        aim[spot] = 0


@apart
def aim_at(state, pad, cell, how):
    """Aim at a cell (FACE, STAND or both); returns 1 if that is within reach."""
    wide = state.item_at.shape[1] + 2
    spot = spot_of(state, cell)
    pad[AIM, spot] |= how
    if how & STAND and pad[REACH, spot] != 0:
        return 1
    if how & FACE:
        for d in range(4):
            if pad[REACH, spot + step_to(wide, d)] != 0:
                return 1
    return 0


# ---- searches ----------------------------------------------------------------------------------------
@rule
def sees_something_new(walk, opaque, spot, heading, wide, width):
    """Would one who stands so see an unknown spot: straight ahead, or beside on the left or right?"""
    for turn in range(3):
        step = step_to(wide, (heading + turn + 3) & 3)
        far = width - 1 if turn == 1 else width // 2
        other = spot
        for _ in range(far):
            other += step
            if walk[other] == UNKNOWN:
                return True
            if opaque[other] != 0:
                break
    return False


@apart
def mark_opaque(state, w, pad):
    """Note in UNLOCKED which spots hide what is behind them."""
    side = state.item_at.shape[1]
    wide, pitch = side + 2, stride_of(side)
    opaque = pad[UNLOCKED]
    for spot in range(wide * wide):
        opaque[spot] = 1
    for row in range(side):
        for col in range(side):
            if state.planes[w, 0, (row + MARGIN) * pitch + col + 4] < OPAQUE:
                opaque[(row + 1) * wide + col + 1] = 0


@apart
def search(state, w, a, pad, explore):
    """The nearest stance from which the aim is met, -1 for none; CAME leads back to the start.

    Each turn, step and opening of a door costs one act. With `explore`, it is also met where something new
    comes into view. Notes as EQUAL which moves begin a way as short as the one that CAME tells of.
    """
    wide = state.item_at.shape[1] + 2
    size = 4 * wide * wide
    walk, aim, queue, came, pause = pad[WALK], pad[AIM], pad[QUEUE], pad[CAME], pad[PAUSE]
    for stance in range(size):
        came[stance] = -1
    if explore:
        mark_opaque(state, w, pad)
    arrives, begins = pad[ARRIVES], pad[BEGINS]
    found, equal = -1, 0
    width = state.obs_view.shape[4]
    start = spot_of(state, state.agent_cell[w, a]) * 4 + np.int64(state.heading[w, a])
    queue[0] = start
    came[start] = start
    pause[start] = arrives[start] = begins[start] = 0
    head, tail = 0, 1
    while head != tail:
        stance = np.int64(queue[head])
        head = head + 1 if head + 1 < size else 0
        if pause[stance] > 0:
            pause[stance] -= 1
            queue[tail] = stance
            tail = tail + 1 if tail + 1 < size else 0
            continue
        if found >= 0 and arrives[stance] > arrives[found]:
            break
        spot, heading = stance >> 2, stance & 3
        other = spot + step_to(wide, heading)
        is_met = aim[other] & FACE or aim[spot] & (STAND | FROM << heading)
        if not is_met and explore:
            is_met = sees_something_new(walk, pad[UNLOCKED], spot, heading, wide, width)
        if is_met:
            found = stance if found < 0 else found
            equal |= begins[stance]
        if found >= 0:
            continue  # others as near may begin otherwise; nothing farther matters
        for turn in (0, 1, 3):
            there = spot << 2 | ((heading + turn) & 3)
            cost = 1
            if turn == 0:
                if not may_step(walk, spot, other):
                    continue
                there = other << 2 | heading
                cost = np.int64(walk[other] & DELAY)
            first = np.int64(begins[stance])
            if stance == start:
                first = GO if turn == 0 else GO_RIGHT if turn == 1 else GO_LEFT
            if came[there] < 0:
                came[there] = stance
                pause[there] = cost - 1
                arrives[there] = arrives[stance] + cost
                begins[there] = first
                queue[tail] = there
                tail = tail + 1 if tail + 1 < size else 0
            elif arrives[there] == arrives[stance] + cost:
                begins[there] |= first
    pad[NOTE, EQUAL] = equal
    return found


@apart
def trace(pad, stance):
    """Write the stances from the start to this one into ROUTE; returns how many."""
    came, route = pad[CAME], pad[ROUTE]
    n = 1
    at = np.int64(stance)
    while came[at] != at:
        at = np.int64(came[at])
        n += 1
    at = np.int64(stance)
    for i in range(n - 1, -1, -1):
        route[i] = at
        at = np.int64(came[at])
    return n


@apart
def first_obstacle(state, w, pad, order, before):
    """What to remove first on the way from REACH to the aim: a spot next to REACH, -1 if there is no way.

    Items can be moved, doors unlocked whose colour comes (1, 2, ...) earlier than `before` in `order`. The answer
    does not depend on where within REACH the agent is, so that fetching a key never changes the plan.
    """
    wide = state.item_at.shape[1] + 2
    size = wide * wide
    walk, reach, aim, queue, came, pause = pad[WALK], pad[REACH], pad[AIM], pad[QUEUE], pad[CAME], pad[PAUSE]
    head, tail = 0, 0
    for spot in range(size):
        came[spot] = -1
        if reach[spot] != 0:
            came[spot] = spot
            pause[spot] = 0
            queue[tail] = spot
            tail += 1
    while head != tail:
        spot = np.int64(queue[head])
        head = head + 1 if head + 1 < 4 * size else 0
        if pause[spot] > 0:
            pause[spot] -= 1
            queue[tail] = spot
            tail = tail + 1 if tail + 1 < 4 * size else 0
            continue
        met = aim[spot] & STAND
        for d in range(4):
            other = spot + step_to(wide, d)
            met |= aim[other] & FACE
            v = walk[other]
            cost = -1
            if v > 0:
                if not (v & AVOIDED and not walk[spot] & AVOIDED):
                    cost = (v & DELAY) - 1
            elif v == ITEM_IN_WAY:
                cost = ITEM_DETOUR
            elif v == NEEDED_IN_WAY:
                cost = NEEDED_DETOUR
            elif v <= LOCKED_IN_WAY and v > LOCKED_IN_WAY - 8:
                rank = order[LOCKED_IN_WAY - v]
                if rank > 0 and rank < before:
                    cost = LOCK_DETOUR
            if cost >= 0 and came[other] < 0:
                came[other] = spot
                pause[other] = cost
                queue[tail] = other
                tail = tail + 1 if tail + 1 < 4 * size else 0
        if met and reach[spot] == 0:
            while reach[came[spot]] == 0:
                spot = np.int64(came[spot])
            return spot
    return -1


@apart
def mark_from(pad, wide, start, barred):
    """Mark in UNLOCKED what can be walked to from a spot while another one (-1: none) is barred."""
    walk, marks, queue = pad[WALK], pad[UNLOCKED], pad[QUEUE]
    for spot in range(wide * wide):
        marks[spot] = 0
    marks[start] = 1
    queue[0] = start
    head, tail = 0, 1
    while head < tail:
        spot = queue[head]
        head += 1
        for d in range(4):
            other = spot + step_to(wide, d)
            if marks[other] == 0 and other != barred and may_step(walk, spot, other):
                marks[other] = 1
                queue[tail] = other
                tail += 1


@apart
def count_beside(state, w, pad, start, barred, counted):
    """How many `counted` fixtures can be reached from a spot without passing `barred` ones? Uses UNLOCKED."""
    wide = state.item_at.shape[1] + 2
    walk, marks, queue = pad[WALK], pad[UNLOCKED], pad[QUEUE]
    for spot in range(wide * wide):
        marks[spot] = 0
    marks[start] = 1
    queue[0] = start
    head, tail = 0, 1
    while head < tail:
        spot = queue[head]
        head += 1
        for d in range(4):
            other = spot + step_to(wide, d)
            if marks[other] == 0:
                marks[other] = 1
                f = fixture_on(state, w, cell_of(state, other)) - 1 if walk[other] > 0 else -1
                is_barred = f >= 0 and (barred >> np.uint64(f)) & np.uint64(1) != np.uint64(0)
                if not is_barred and may_step(walk, spot, other):
                    queue[tail] = other
                    tail += 1
    n = 0
    for f in range(state.fixture_cell.shape[1]):
        if (counted >> np.uint64(f)) & np.uint64(1) and marks[spot_of(state, state.fixture_cell[w, f])] != 0:
            n += 1
    return n


@apart
def widen(state, w, pad, order, move_items):
    """Fill UNLOCKED from REACH: what is within reach once doors with a rank in `order` are unlocked."""
    wide = state.item_at.shape[1] + 2
    walk, reach, wider, queue = pad[WALK], pad[REACH], pad[UNLOCKED], pad[QUEUE]
    head, tail = 0, 0
    for spot in range(wide * wide):
        wider[spot] = reach[spot]
        if reach[spot] != 0:
            queue[tail] = spot
            tail += 1
    while head < tail:
        spot = queue[head]
        head += 1
        for d in range(4):
            other = spot + step_to(wide, d)
            if wider[other] == 0:
                v = walk[other]
                is_open = may_step(walk, spot, other) or (move_items and v == ITEM_IN_WAY)
                if v <= LOCKED_IN_WAY and v > LOCKED_IN_WAY - 8:
                    is_open = order[LOCKED_IN_WAY - v] > 0
                if is_open:
                    wider[other] = 1
                    queue[tail] = other
                    tail += 1


@rule
def is_beside_marked(state, marks, cell):
    """Is one of the four spots beside a cell marked?"""
    wide = state.item_at.shape[1] + 2
    spot = spot_of(state, cell)
    for d in range(4):
        if marks[spot + step_to(wide, d)] != 0:
            return True
    return False


# ---- where things may be put -------------------------------------------------------------------------
NO_PLACE, ON_FLOOR, ON_FURNITURE = range(3)


@apart
def room_for_item(state, w, a, cell):
    """Could agent `a` put an item at a cell: NO_PLACE, ON_FLOOR or ON_FURNITURE?"""
    if item_on(state, w, cell) > 0:
        return NO_PLACE
    other = agent_at(state, w, cell)
    if other >= 0 and (other != a):
        return NO_PLACE
    place = place_at(state, w, cell)
    if PLACE_HIDES[place]:
        return NO_PLACE
    if PLACE_FLOOR[place]:
        return ON_FLOOR
    return ON_FURNITURE if PLACE_HOLDS[place] else NO_PLACE


@apart
def is_harmless(state, w, pad, marks, spot):
    """Would an item on this floor leave every way open, and everything beside it in reach?

    The walkable ones of the four neighbours must be joined within the ring of eight, none of them may be a door,
    and what stands or lies beside must have another side that is marked as within reach.
    """
    wide = state.item_at.shape[1] + 2
    walk = pad[WALK]
    parts = 0
    sides = 0
    for d in range(4):
        other = spot + step_to(wide, d)
        if walk[other] > 0:
            sides += 1
            corner = other + step_to(wide, (d + 1) & 3)
            if not (walk[corner] > 0 and walk[spot + step_to(wide, (d + 1) & 3)] > 0):
                parts += 1
            if PLACE_KIND[place_at(state, w, cell_of(state, other))] == DOOR_KIND:
                return False
        elif walk[other] <= LOCKED_IN_WAY:
            return False
        else:
            cell = cell_of(state, other)
            side = state.item_at.shape[1]
            row, col = row_of(cell), col_of(cell)
            if row >= 0 and col >= 0 and row < side and col < side:
                if state.fixture_at[w, row, col] > 0 or state.item_at[w, row, col] > 0:
                    ways = 0
                    for e in range(4):
                        beside = other + step_to(wide, e)
                        if beside != spot and walk[beside] > 0 and marks[beside] != 0:
                            ways += 1
                    if ways == 0:
                        return False
    return parts <= 1 and sides > 0
