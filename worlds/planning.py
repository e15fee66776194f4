"""How do experts act, can a task be done, and in how few acts? Loops over worlds, and levels, around the rules.

`state` and `bank` are Handles of States (the running worlds; levels). Each thread has a pad of its own.
"""

import numba
import numpy as np

from worlds.apart import apart
from worlds.compile import entry, parallel_entry
from worlds.goal import FIELDS
from worlds.rules.experts import decide
from worlds.rules.paths import PAD_ROWS
from worlds.rules.solvable import is_solvable
from worlds.rules.space import COL_STEP, ROW_STEP, col_of, row_of
from worlds.rules.tick import load, tick
from worlds.rules.wants import NO
from worlds.state import ACTIVE, SUCCEEDED, WAIT

__all__ = ["decide_all", "decide_serial", "levels_solvable", "optima", "remember"]


@apart
def decide_range(state, agents, seen, limited, act, subgoal, first, last):
    """Decide for some worlds."""
    side = state.item_at.shape[1]
    pads = np.zeros((2, PAD_ROWS, 4 * (side + 2) * (side + 2)), np.int32)
    for w in range(first, last):
        for k in range(agents.shape[0]):
            act[w, k] = decide(state, w, agents[k], seen, limited, pads[0], pads[1], subgoal[w, k])


@entry
def decide_serial(state, agents, seen, limited, act, subgoal):
    """As `decide_all`, on this thread."""
    decide_range(state, agents, seen, limited, act, subgoal, np.int64(0), act.shape[0])


@parallel_entry
def decide_all(state, agents, seen, limited, act, subgoal, threads):
    """Write the expert's act[W, K] and subgoal[W, K, FIELDS] for agents[K]; `seen` is bool[W, A, N, N]."""
    chunk = (act.shape[0] + threads - 1) // threads
    for t in numba.prange(threads):
        first = np.int64(t) * chunk
        last = min(act.shape[0], first + chunk)
        if first < last:
            decide_range(state, agents, seen, limited, act, subgoal, first, last)


@entry
def remember(state, agents, seen):
    """Add what agents[K] see now to seen[W, A, N, N]; forget everything where an episode begins."""
    side = state.item_at.shape[1]
    width = state.obs_view.shape[4]
    half = width // 2
    for w in range(seen.shape[0]):
        for k in range(agents.shape[0]):
            a = agents[k]
            if state.step[w] == 0:
                seen[w, a] = False
            cell, heading = np.int64(state.agent_cell[w, a]), np.int64(state.heading[w, a])
            right = (heading + 1) & 3
            for ahead in range(width):
                for across in range(width):
                    if state.obs_view[w, a, 0, ahead, across] != 0:
                        row = row_of(cell) + ahead * ROW_STEP[heading] + (across - half) * ROW_STEP[right]
                        col = col_of(cell) + ahead * COL_STEP[heading] + (across - half) * COL_STEP[right]
                        if 0 <= row < side and 0 <= col < side:
                            seen[w, a, row, col] = True


@parallel_entry
def levels_solvable(bank, solvable, threads):
    """Write into solvable[L, A] whether each agent of each level can do its whole goal, others standing still."""
    levels = solvable.shape[0]
    chunk = (levels + threads - 1) // threads
    side = bank.item_at.shape[1]
    for t in numba.prange(threads):
        pad = np.zeros((PAD_ROWS, 4 * (side + 2) * (side + 2)), np.int32)
        for level in range(t * chunk, min(levels, (t + 1) * chunk)):
            for a in range(solvable.shape[1]):
                solvable[level, a] = is_solvable(bank, level, a, pad)


@entry
def optima(state, bank, acts):
    """Write into acts[L, A] how many acts the expert needs for each goal of each level alone; -1 if it fails.

    `state` is a State of one world with the capacities of the bank; it is overwritten.
    """
    side = state.item_at.shape[1]
    agents = state.agent_cell.shape[1]
    pads = np.zeros((2, PAD_ROWS, 4 * (side + 2) * (side + 2)), np.int32)
    seen = np.zeros((0, 0, 0, 0), np.bool_)
    sub = np.zeros(FIELDS, np.uint8)
    zero = np.int64(0)
    for level in range(acts.shape[0]):
        for a in range(agents):
            load(state, bank, 0, level)
            for b in range(agents):
                state.finished[0, b] = ACTIVE if b == a else SUCCEEDED
                state.action[0, b] = WAIT
            while state.finished[0, a] == ACTIVE and state.step[0] < state.step_limit[0]:
                state.action[0, a] = decide(state, zero, np.int64(a), seen, NO, pads[0], pads[1], sub)
                tick(state, zero)
            acts[level, a] = state.step[0] if state.finished[0, a] == SUCCEEDED else -1
