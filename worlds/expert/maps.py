"""What does the map of one agent show, which it plans on? Which cells can be walked, and which are its targets.

The map lies in the *scratch*: int32[ROWS, 4 * cells], allocated once for each thread. Cells are numbered with a margin
of one wall all around, so that a neighbour is an addition; `spot` is such a number, `stance` is 4 * spot + heading.
Each row has one meaning; FACTS holds single numbers.

    WALK     0 wall; 1 + d walkable at d acts more than a step (a shut door: 1); below 0 what keeps one out but can be
             removed: ITEM_IN_WAY, or LOCKED_IN_WAY - colour; UNKNOWN what has not been seen
    REACH    1 where the agent can walk without removing anything
    HIDDEN   1 where a container, if it is shut, holds what the agent cannot know
    TARGET   where it wants to be: FACE this spot from anywhere, STAND on it, or stand on it with a heading (FROM)
    UNLOCKED 1 what is in reach once those doors are unlocked that it can get keys for
    MARKED   1 what a walk over the map has come to (`mark_from`, `count_beside`)
    BLOCKS_SIGHT 1 where a spot hides what is behind it
    QUEUE, CAME, PAUSE, ARRIVES, BEGINS   of the search that runs; ROUTE   the stances of the way it found
"""

import numpy as np

from worlds.compiler.apart import apart
from worlds.compiler.compile import rule
from worlds.goal import NO_VERB, PUT_DOWN
from worlds.objects import (
    DOOR_KIND,
    LOCKED,
    PLACE_COLOUR,
    PLACE_HIDES,
    PLACE_KIND,
    PLACE_STATE,
    PLACE_WALKABLE,
    SHUT,
)
from worlds.rules.space import COL_STEP, ROW_STEP, col_of, place_at, row_of, stride_of
from worlds.state import MARGIN

SEEN, LOOKED_INTO = np.uint8(1), np.uint8(2)  # what an agent of limited knowledge remembers of a cell
SCRATCH_ROWS = 14
(
    WALK, REACH, TARGET, QUEUE, CAME, PAUSE, ROUTE, UNLOCKED, HIDDEN, FACTS, ARRIVES, BEGINS, MARKED,
    BLOCKS_SIGHT,
) = range(SCRATCH_ROWS)  # fmt: skip
# In FACTS: with which moves the shortest ways of the last search begin, bits of GO, GO_RIGHT, GO_LEFT; and whether any
# clause was left to see to.
EQUAL, TRIED = 32, 33
GO, GO_RIGHT, GO_LEFT = 1, 2, 4
FACE, STAND, EITHER = np.int64(1), np.int64(2), np.int64(3)
FROM = 16  # FROM << heading: stand here with this heading
AVOIDED = 0x100  # flag of WALK: in a room that must not be entered; one may still walk on inside it and out
DELAY = 0xFF
SHUT_DOOR_WALK = 2
ITEM_IN_WAY, LOCKED_IN_WAY, NEEDED_IN_WAY, UNKNOWN = -1, -2, -20, -100
WALK_OF_PLACE = np.zeros(256, np.int32)
for _place in range(256):
    if PLACE_WALKABLE[_place]:
        WALK_OF_PLACE[_place] = 1
    elif PLACE_KIND[_place] == DOOR_KIND and PLACE_STATE[_place] == SHUT:
        WALK_OF_PLACE[_place] = SHUT_DOOR_WALK
    elif PLACE_KIND[_place] == DOOR_KIND and PLACE_STATE[_place] == LOCKED:
        WALK_OF_PLACE[_place] = LOCKED_IN_WAY - int(PLACE_COLOUR[_place])
# Numbers of the FACTS, at the end of the scratch.
(
    DO, DO_VERB, CLAUSE, IS_FINAL, LIMITED, STANCE, LENGTH, N_TARGETS, PATIENT, KEY_RANKS,
) = range(10)  # fmt: skip
# Arguments are typed numbers: of a plain 1 or True numba compiles another version of the function.
NO_DO, REACH_IT, TAKE_IT, PUT_IT, GIVE_IT, USE_IT, LOOK_ROUND, SEE_IT = (np.int64(i) for i in range(8))
FINAL, NOT_YET = np.int64(1), np.int64(0)
YES, NO = np.bool_(True), np.bool_(False)
NO_VERB_YET, LAY_DOWN = np.int64(NO_VERB), np.int64(PUT_DOWN)
HAS_POSTPONED = 2  # of PATIENT: a clause waits


@rule
def intend(scratch, do, verb, is_final):
    """Note what to do on arrival; returns 1."""
    scratch[FACTS, DO] = do
    scratch[FACTS, DO_VERB] = verb
    scratch[FACTS, IS_FINAL] = is_final
    return 1


@rule
def spot_of(state, cell):
    """The number of a cell on the scratch."""
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


@apart
def survey(state, w, a, seen, limited, avoided, untouchable, scratch):
    """Draw the map: WALK of every spot. `avoided` rooms and `untouchable` items are sets of bits.

    Other agents are left out, see `crowd`. With `limited`, only where `seen[w]` holds is known.
    """
    side = state.item_at.shape[1]
    wide, pitch = side + 2, stride_of(side)
    walk = scratch[WALK]
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
            scratch[HIDDEN, at + col + 1] = hidden
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
def flood(state, w, a, scratch):
    """Fill REACH: where the agent can walk, shut doors opened on the way."""
    wide = state.item_at.shape[1] + 2
    walk, reach, queue = scratch[WALK], scratch[REACH], scratch[QUEUE]
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
def clear_targets(state, scratch):
    """No targets."""
    wide = state.item_at.shape[1] + 2
    target = scratch[TARGET]
    for spot in range(wide * wide):
        target[spot] = 0


@apart
def target_cell(state, scratch, cell, how):
    """Target a cell (FACE, STAND or both); returns 1 if that is within reach."""
    wide = state.item_at.shape[1] + 2
    spot = spot_of(state, cell)
    scratch[TARGET, spot] |= how
    if how & STAND and scratch[REACH, spot] != 0:
        return 1
    if how & FACE:
        for d in range(4):
            if scratch[REACH, spot + step_to(wide, d)] != 0:
                return 1
    return 0


@rule
def is_known(state, scratch, cell):
    """Has the planning agent seen this cell? Never that of what is nowhere."""
    return cell >= 0 and scratch[WALK, spot_of(state, cell)] != UNKNOWN


@rule
def is_hidden(state, w, scratch, cell):
    """Is there a shut container at this cell that the planning agent has not looked into?"""
    return scratch[HIDDEN, spot_of(state, cell)] != 0 and PLACE_HIDES[place_at(state, w, cell)]


@rule
def is_beside_marked(state, marks, cell):
    """Is one of the four spots beside a cell marked?"""
    wide = state.item_at.shape[1] + 2
    spot = spot_of(state, cell)
    for d in range(4):
        if marks[spot + step_to(wide, d)] != 0:
            return True
    return False
