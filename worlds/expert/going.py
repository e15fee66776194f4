"""How is a clause brought about that wants the agent to be somewhere? Targets of going to things, rooms and others."""

import numpy as np

from worlds.compiler.apart import apart
from worlds.compiler.compile import rule
from worlds.expert.clauses import thing_class
from worlds.expert.getting import ANY_DOOR, look_behind, unblock
from worlds.expert.maps import (
    DO,
    EITHER,
    FACE,
    FACTS,
    FINAL,
    IS_FINAL,
    LIMITED,
    N_TARGETS,
    NO,
    NO_VERB_YET,
    NOT_YET,
    PUT_IT,
    REACH,
    REACH_IT,
    SEE_IT,
    STAND,
    TARGET,
    WALK,
    clear_targets,
    intend,
    is_hidden,
    is_known,
    spot_of,
    step_to,
    target_cell,
)
from worlds.expert.paths import look_round
from worlds.expert.putting import drop
from worlds.objects import DOOR_KIND, FIXTURE, ITEM, PLACE_KIND, PLACE_WALKABLE, ROOM
from worlds.rules.goals import has
from worlds.rules.space import agent_at, ahead, fixture_on, item_on, place_at


@apart
def go_to(state, w, a, scratch, r):
    """Face an item, a door or furniture; stand on a rug or in a room."""
    things, kind = state.bound[w, a, r, 0], thing_class(state, w, a, r)
    if kind == ITEM and has(things, np.int64(state.hand[w, a]) - 1):
        if drop(state, w, a, scratch):
            scratch[FACTS, IS_FINAL] = scratch[FACTS, DO] == PUT_IT
            return 1
        return 0
    for attempt in range(2):
        near = target_things(state, w, a, scratch, things, kind)
        if near > 0:
            return intend(scratch, SEE_IT if kind == ITEM else REACH_IT, NO_VERB_YET, FINAL)
        if attempt == 0 and scratch[FACTS, LIMITED]:
            if look_round(state, w, a, scratch, kind == ITEM):
                return 1
    if scratch[FACTS, N_TARGETS] > 0:
        return unblock(state, w, a, scratch, ANY_DOOR)
    return look_behind(state, w, a, scratch)


@apart
def target_things(state, w, a, scratch, things, kind):
    """Target every known thing of a set, as `go to` means it; returns how many are in reach."""
    clear_targets(state, scratch)
    near = 0
    known = 0
    if kind == ITEM:
        for i in range(state.item_cell.shape[1]):
            cell = state.item_cell[w, i]
            if has(things, i) and cell >= 0 and is_known(state, scratch, cell):
                if not is_hidden(state, w, scratch, cell):
                    known += 1
                    near += target_cell(state, scratch, cell, FACE)
    elif kind == FIXTURE:
        for f in range(state.fixture_cell.shape[1]):
            if has(things, f) and is_known(state, scratch, state.fixture_cell[w, f]):
                place = place_at(state, w, state.fixture_cell[w, f])
                how = FACE
                if PLACE_WALKABLE[place]:
                    how = EITHER if PLACE_KIND[place] == DOOR_KIND else STAND
                known += 1
                near += target_cell(state, scratch, state.fixture_cell[w, f], how)
    elif kind == ROOM:
        side = state.item_at.shape[1]
        for row in range(side):
            for col in range(side):
                if has(things, np.int64(state.room_at[w, row, col]) - 1):
                    cell = row << 8 | col
                    if scratch[WALK, spot_of(state, cell)] > 0:
                        known += 1
                        near += target_cell(state, scratch, cell, STAND)
    scratch[FACTS, N_TARGETS] = known
    return near


@apart
def leave(state, w, a, scratch, r):
    """Be somewhere else first, or look elsewhere."""
    things, kind = state.bound[w, a, r, 0], thing_class(state, w, a, r)
    own = state.agent_cell[w, a]
    wide = state.item_at.shape[1] + 2
    clear_targets(state, scratch)
    if kind != ROOM and not (kind == FIXTURE and has(things, fixture_on(state, w, own) - 1)):
        # Turning is enough: target the left or the right, whichever looks at something else.
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
                scratch[TARGET, spot_of(state, own) + step_to(wide, heading)] = FACE
                return intend(scratch, REACH_IT, NO_VERB_YET, NOT_YET)
    near = 0
    side = state.item_at.shape[1]
    for row in range(side):
        for col in range(side):
            inside = has(things, np.int64(state.room_at[w, row, col]) - 1)
            if kind == FIXTURE:
                inside = has(things, np.int64(state.fixture_at[w, row, col]) - 1)
            spot = spot_of(state, row << 8 | col)
            if scratch[REACH, spot] != 0 and not inside:
                near += 1
                scratch[TARGET, spot] = STAND
    return intend(scratch, REACH_IT, NO_VERB_YET, NOT_YET) if near > 0 else 0


@apart
def go_to_agent(state, w, a, scratch, r):
    """Face another agent, or keep beside it."""
    for attempt in range(2):
        clear_targets(state, scratch)
        near = 0
        known = 0
        for b in range(state.agent_cell.shape[1]):
            if (
                b != a
                and has(state.bound[w, a, r, 0], b)
                and is_known(state, scratch, state.agent_cell[w, b])
            ):
                known += 1
                near += target_cell(state, scratch, state.agent_cell[w, b], FACE)
        scratch[FACTS, N_TARGETS] = known
        if near > 0:
            return intend(scratch, REACH_IT, NO_VERB_YET, FINAL)
        if attempt == 0 and scratch[FACTS, LIMITED]:
            if look_round(state, w, a, scratch, NO):
                return 1
    if scratch[FACTS, N_TARGETS] > 0:
        return unblock(state, w, a, scratch, ANY_DOOR)
    return look_behind(state, w, a, scratch)


@rule
def stay(state, w, a, scratch):
    """Target being where one is."""
    clear_targets(state, scratch)
    scratch[TARGET, spot_of(state, state.agent_cell[w, a])] = STAND
    return intend(scratch, REACH_IT, NO_VERB_YET, NOT_YET)
