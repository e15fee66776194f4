"""How does a script find its way? A map of what can be walked, cells to get to, and the first act of the shortest way.

begin_way(state, w, a, scratch)
keep_off(state, scratch, cell)       # where one must not step; go_round: only where other ways are much longer
go_onto(state, scratch, cell)        # or go_before: stand next to it and face it; of several cells, the nearest
return way_act(state, w, a, scratch)
"""

import numpy as np

from worlds.compiler.apart import apart
from worlds.compiler.compile import rule
from worlds.expert.maps import (
    DELAY,
    FACE,
    NO,
    ROUTE,
    STAND,
    TARGET,
    WALK,
    cell_of,
    clear_targets,
    spot_of,
    survey,
)
from worlds.expert.paths import search, trace
from worlds.expert.plans import crowd
from worlds.objects import PLACE_WALKABLE
from worlds.rules.space import place_at
from worlds.state import FORWARD, TURN_LEFT, TURN_RIGHT, USE, WAIT

_NONE = np.uint64(0)
ARRIVED, NO_WAY = np.int64(-1), np.int64(-2)
DETOUR = 64


@apart
def begin_way(state, w, a, scratch):
    """Draw the map of an agent, others in its way as a detour, and forget cells to get to."""
    survey(state, w, a, state.item_at, NO, _NONE, _NONE, scratch)
    crowd(state, w, a, scratch)
    clear_targets(state, scratch)


@rule
def keep_off(state, scratch, cell):
    """No way leads over this cell."""
    scratch[WALK, spot_of(state, cell)] = 0


@rule
def go_onto(state, scratch, cell):
    """It will do to stand on this cell."""
    scratch[TARGET, spot_of(state, cell)] |= STAND


@rule
def go_before(state, scratch, cell):
    """It will do to stand next to this cell and to face it."""
    scratch[TARGET, spot_of(state, cell)] |= FACE


@rule
def go_round(state, scratch, cell):
    """Walk over this cell only where any other way is DETOUR steps longer."""
    spot = spot_of(state, cell)
    if scratch[WALK, spot] > 0 and scratch[WALK, spot] & DELAY < DETOUR:
        scratch[WALK, spot] += DETOUR


@apart
def first_step(state, w, a, scratch):
    """The act that begins the shortest way to the nearest of these cells, or ARRIVED, or NO_WAY."""
    stance = search(state, w, a, scratch, NO)
    if stance < 0:
        return NO_WAY
    if trace(scratch, stance) < 2:
        return ARRIVED
    here, there = np.int64(scratch[ROUTE, 0]), np.int64(scratch[ROUTE, 1])
    if here >> 2 == there >> 2:
        return np.int64(TURN_RIGHT if (there - here) & 3 == 1 else TURN_LEFT)
    place = place_at(state, w, cell_of(state, there >> 2))
    return np.int64(FORWARD if PLACE_WALKABLE[place] else USE)


@rule
def way_act(state, w, a, scratch):
    """The act that begins the shortest way; who is there, or can get nowhere, waits."""
    act = first_step(state, w, a, scratch)
    return np.int64(WAIT) if act < 0 else act
