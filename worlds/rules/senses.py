"""What does an agent perceive? The view from its eyes, itself, and what it hears.

The view is V x V cells for each plane, `[plane, ahead, side]`: row 0 is the agent's own row, the middle column its
own column, columns run from its left to its right. Headings of agents are turned into the viewer's frame: 0 looks
the same way. Walls and shut doors hide what is behind them by MiniGrid's rule: light spreads sideways along a row
and forward into the next one through see-through cells.

`senses_fast.py` computes the same view eight cells at a time.
"""

import numpy as np

from worlds.compile import rule
from worlds.objects import OPAQUE, WALL
from worlds.rules.goals import clauses_done
from worlds.rules.space import COL_STEP, ROW_STEP, col_of, distance, row_of, stride_of
from worlds.state import (
    AGENT_PLANE,
    BROKEN,
    EARSHOT,
    N_PLANES,
    OCCLUDED,
    PLACE_PLANE,
    SENSE_ACT,
    SENSE_BROKEN,
    SENSE_CLAUSES_DONE,
    SENSE_FROZEN,
    SENSE_HAND,
    SENSE_HEADING,
    SENSE_OUTCOME,
    SENSE_STAGE,
)


@rule
def byte_at(state, w, plane, row, col):
    """The byte of a plane at a row and column that may lie beyond the edge."""
    side = state.item_at.shape[1]
    if row < 0 or row >= side or col < 0 or col >= side:
        return np.uint8(WALL if plane == PLACE_PLANE else 0)
    return state.planes[w, 2 * plane, (row + 1) * stride_of(side) + col + 4]


@rule
def spread(lit, clear, width):
    """Spread light along one row. Returns (lit cells of this row, cells lit in the next row), as bits."""
    above = 0
    for i in range(width - 1):
        if lit >> i & 1 and clear >> i & 1:
            lit |= 2 << i
            above |= 3 << i
    for i in range(width - 1, 0, -1):
        if lit >> i & 1 and clear >> i & 1:
            lit |= 1 << (i - 1)
            above |= 3 << (i - 1)
    return lit, above


@rule
def turned(byte, heading):
    """An agent byte as seen by a viewer with this heading."""
    return (byte & 0xFC) | ((byte - heading) & 3) if byte != 0 else byte


@rule
def view_plain(state, w, a, view):
    """Fill `view[3, V, V]` for agent `a`."""
    width = view.shape[1]
    half = width // 2
    cell = np.int64(state.agent_cell[w, a])
    heading = np.int64(state.heading[w, a])
    right = (heading + 1) & 3
    lit = 1 << half
    for f in range(width):
        row = row_of(cell) + f * ROW_STEP[heading] - half * ROW_STEP[right]
        col = col_of(cell) + f * COL_STEP[heading] - half * COL_STEP[right]
        clear = 0
        for s in range(width):
            place = byte_at(state, w, PLACE_PLANE, row + s * ROW_STEP[right], col + s * COL_STEP[right])
            clear |= np.int64(place < OPAQUE) << s
        if state.option[OCCLUDED] == 0:
            lit = (1 << width) - 1
            above = lit
        else:
            lit, above = spread(lit, clear, width)
        for plane in range(N_PLANES):
            for s in range(width):
                byte = np.int64(
                    byte_at(state, w, plane, row + s * ROW_STEP[right], col + s * COL_STEP[right])
                )
                if plane == AGENT_PLANE:
                    byte = turned(byte, heading)
                view[plane, f, s] = byte if lit >> s & 1 else 0
        lit = above


@rule
def sense_self(state, w, a, own):
    """Fill `own[K]`: what agent `a` knows of itself."""
    hand = state.hand[w, a]
    own[SENSE_HAND] = state.item_look[w, hand - 1] if hand > 0 else 0
    own[SENSE_HEADING] = state.heading[w, a]
    own[SENSE_OUTCOME] = state.outcome[w, a]
    own[SENSE_ACT] = state.last_act[w, a]
    own[SENSE_CLAUSES_DONE] = clauses_done(state, w, a)
    own[SENSE_STAGE] = state.stage[w, a]
    own[SENSE_BROKEN] = (state.progress[w, a, 4] | state.progress[w, a, 5]) & BROKEN
    own[SENSE_FROZEN] = min(np.int64(state.frozen[w, a]), 255)


@rule
def listen(state, w, a, heard):
    """Fill `heard[A, M]`: what each other agent in earshot said at the step before."""
    for b in range(heard.shape[0]):
        near = distance(state.agent_cell[w, a], state.agent_cell[w, b]) <= state.option[EARSHOT]
        for m in range(heard.shape[1]):
            heard[b, m] = state.said[w, b, m] if near and b != a else 0


