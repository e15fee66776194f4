"""How does one get there? Searches over cells and headings, on the map of one agent (maps.py)."""

import numpy as np

from worlds.compiler.apart import apart
from worlds.compiler.compile import rule
from worlds.expert.maps import (
    ARRIVES,
    AVOIDED,
    BEGINS,
    BLOCKS_SIGHT,
    CAME,
    DELAY,
    EQUAL,
    FACE,
    FACTS,
    FROM,
    GO,
    GO_LEFT,
    GO_RIGHT,
    ITEM_IN_WAY,
    LOCKED_IN_WAY,
    LOOK_ROUND,
    MARKED,
    NEEDED_IN_WAY,
    NO_VERB_YET,
    NOT_YET,
    PAUSE,
    QUEUE,
    REACH,
    ROUTE,
    STANCE,
    STAND,
    TARGET,
    UNKNOWN,
    UNLOCKED,
    WALK,
    YES,
    cell_of,
    clear_targets,
    intend,
    is_hidden,
    is_known,
    may_step,
    spot_of,
    step_to,
    target_cell,
)
from worlds.objects import OPAQUE
from worlds.rules.space import ahead, fixture_on, stride_of
from worlds.state import MARGIN

ITEM_DETOUR, LOCK_DETOUR, NEEDED_DETOUR = 8, 24, 60  # acts that removing such a thing takes, roughly


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
def mark_opaque(state, w, scratch):
    """Note in BLOCKS_SIGHT which spots hide what is behind them."""
    side = state.item_at.shape[1]
    wide, pitch = side + 2, stride_of(side)
    opaque = scratch[BLOCKS_SIGHT]
    for spot in range(wide * wide):
        opaque[spot] = 1
    for row in range(side):
        for col in range(side):
            if state.planes[w, 0, (row + MARGIN) * pitch + col + 4] < OPAQUE:
                opaque[(row + 1) * wide + col + 1] = 0


@apart
def search(state, w, a, scratch, explore):
    """The nearest stance from which a target is met, -1 for none; CAME leads back to the start.

    Each turn, step and opening of a door costs one act. With `explore`, it is also met where something new
    comes into view. Notes as EQUAL which moves begin a way as short as the one that CAME tells of.
    """
    wide = state.item_at.shape[1] + 2
    size = 4 * wide * wide
    walk, target, queue, came, pause = (
        scratch[WALK],
        scratch[TARGET],
        scratch[QUEUE],
        scratch[CAME],
        scratch[PAUSE],
    )
    for stance in range(size):
        came[stance] = -1
    if explore:
        mark_opaque(state, w, scratch)
    arrives, begins = scratch[ARRIVES], scratch[BEGINS]
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
        is_met = target[other] & FACE or target[spot] & (STAND | FROM << heading)
        if not is_met and explore:
            is_met = sees_something_new(walk, scratch[BLOCKS_SIGHT], spot, heading, wide, width)
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
    scratch[FACTS, EQUAL] = equal
    return found


@apart
def trace(scratch, stance):
    """Write the stances from the start to this one into ROUTE; returns how many."""
    came, route = scratch[CAME], scratch[ROUTE]
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
def first_obstacle(state, w, scratch, order, before):
    """What to remove first on the way from REACH to a target: a spot next to REACH, -1 if there is no way.

    Items can be moved, doors unlocked whose colour comes (1, 2, ...) earlier than `before` in `order`. The answer
    does not depend on where within REACH the agent is, so that fetching a key never changes the plan.
    """
    wide = state.item_at.shape[1] + 2
    size = wide * wide
    walk, reach, target, queue, came, pause = (
        scratch[WALK],
        scratch[REACH],
        scratch[TARGET],
        scratch[QUEUE],
        scratch[CAME],
        scratch[PAUSE],
    )
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
        met = target[spot] & STAND
        for d in range(4):
            other = spot + step_to(wide, d)
            met |= target[other] & FACE
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
def mark_from(scratch, wide, start, barred):
    """Mark in MARKED what can be walked to from a spot while another one (-1: none) is barred."""
    walk, marks, queue = scratch[WALK], scratch[MARKED], scratch[QUEUE]
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
def count_beside(state, w, scratch, start, barred, counted):
    """How many `counted` fixtures can be reached from a spot without passing `barred` ones? Uses MARKED."""
    wide = state.item_at.shape[1] + 2
    walk, marks, queue = scratch[WALK], scratch[MARKED], scratch[QUEUE]
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
def widen(state, w, scratch, order, move_items):
    """Fill UNLOCKED from REACH: what is within reach once doors with a rank in `order` are unlocked."""
    wide = state.item_at.shape[1] + 2
    walk, reach, wider, queue = scratch[WALK], scratch[REACH], scratch[UNLOCKED], scratch[QUEUE]
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


@apart
def look_round(state, w, a, scratch, into_containers):
    """Go where something new comes into view, or open a container that is shut."""
    clear_targets(state, scratch)
    if into_containers:
        for f in range(state.fixture_cell.shape[1]):
            cell = state.fixture_cell[w, f]
            if cell >= 0 and is_known(state, scratch, cell) and is_hidden(state, w, scratch, cell):
                target_cell(state, scratch, cell, FACE)
    stance = search(state, w, a, scratch, YES)
    if stance < 0:
        return 0
    scratch[FACTS, STANCE] = stance
    return intend(scratch, LOOK_ROUND, NO_VERB_YET, NOT_YET)


@rule
def front_of(state, stance):
    """The cell that one faces in a stance, -1 beyond the edge."""
    return ahead(state, 0, cell_of(state, stance >> 2), stance & 3)
