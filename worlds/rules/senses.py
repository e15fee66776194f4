"""What does an agent perceive? The view from its eyes, itself, and what it hears.

The view is V x V cells for each plane, `[plane, ahead, side]`: row 0 is the agent's own row, the middle column its
own column, columns run from its left to its right. Headings of agents are turned into the viewer's frame: 0 looks
the same way. Walls and shut doors hide what is behind them by MiniGrid's rule: light spreads sideways along a row
and forward into the next one through see-through cells.

`senses_fast.py` computes the same view eight cells at a time.
"""

import numpy as np

from worlds.compiler.compile import rule
from worlds.objects import AGENT_MARK, OPAQUE, UNSEEN, WALL
from worlds.rules.space import COL_STEP, ROW_STEP, col_of, distance, plane_at, row_of
from worlds.state import (
    AGENT_PLANE,
    EARSHOT,
    ITEM_PLANE,
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
    return plane_at(state, w, plane, row << 8 | col)


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
def view_plain(state, w, a, out, at, width):
    """Write the view of agent `a`, `[3, width, width]`, to the bytes from `out[at]`."""
    half = width // 2
    area = width * width
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
        above = lit
        if state.option[OCCLUDED] == 0:
            lit = (1 << width) - 1
        else:
            lit, above = spread(lit, clear, width)
        for plane in range(N_PLANES - 1):
            for s in range(width):
                byte = byte_at(state, w, plane, row + s * ROW_STEP[right], col + s * COL_STEP[right])
                out[at + plane * area + f * width + s] = byte if lit >> s & 1 else np.uint8(0)
        lit = above
    for i in range(area):
        out[at + AGENT_PLANE * area + i] = 0
    see_agents(state, w, a, out, at, width)


@rule
def see_agents(state, w, a, out, at, width):
    """Write those agents into a view, and what they carry, whose cells the viewer sees."""
    area = width * width
    cell = np.int64(state.agent_cell[w, a])
    heading = np.int64(state.heading[w, a])
    right = (heading + 1) & 3
    has_items = state.item_cell.shape[1] > 0
    for b in range(state.agent_cell.shape[1]):
        other = np.int64(state.agent_cell[w, b])
        rows = row_of(other) - row_of(cell)
        cols = col_of(other) - col_of(cell)
        f = rows * ROW_STEP[heading] + cols * COL_STEP[heading]
        s = rows * ROW_STEP[right] + cols * COL_STEP[right] + width // 2
        if np.uint64(f) < np.uint64(width) and np.uint64(s) < np.uint64(width):
            spot = at + f * width + s
            if out[spot] != UNSEEN:
                turned = (np.int64(state.heading[w, b]) - heading) & 3
                out[spot + AGENT_PLANE * area] = AGENT_MARK | b << 2 | turned
                if has_items:
                    hand = state.hand[w, b]
                    out[spot + ITEM_PLANE * area] = state.item_look[w, hand - 1] if hand > 0 else np.uint8(0)


@rule
def sense_self(state, w, a, own):
    """Fill `own[K]`: what agent `a` knows of itself."""
    hand = state.hand[w, a]
    own[SENSE_HAND] = state.item_look[w, hand - 1] if hand > 0 else 0
    own[SENSE_HEADING] = state.heading[w, a]
    own[SENSE_OUTCOME] = state.outcome[w, a]
    own[SENSE_ACT] = state.last_act[w, a]
    own[SENSE_FROZEN] = min(np.int64(state.frozen[w, a]), 255)
    sense_verdict(state, w, a, own)


@rule
def sense_verdict(state, w, a, own):
    """Fill in how far agent `a` got: the judge's verdict on the goals of `state`."""
    own[SENSE_CLAUSES_DONE] = state.clauses_done[w, a]
    own[SENSE_STAGE] = state.stage[w, a]
    own[SENSE_BROKEN] = state.broken[w, a]


@rule
def listen(state, w, a, heard):
    """Fill `heard[A, M]`: what each other agent in earshot said at the step before."""
    for b in range(heard.shape[0]):
        near = distance(state.agent_cell[w, a], state.agent_cell[w, b]) <= state.option[EARSHOT]
        for m in range(heard.shape[1]):
            heard[b, m] = state.said[w, b, m] if near and b != a else 0
