"""How do experts act, can a task be done, and in how few acts? Loops over worlds, and levels, around the rules.

`state` and `bank` are Handles of States (the running worlds; levels). Threads share the worlds evenly; each has scratch
of its own, and none of them changes a result.
"""

import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numba
import numpy as np

from worlds.compiler.apart import apart
from worlds.compiler.compile import entry
from worlds.compiler.handle import handle
from worlds.expert.belief import observe
from worlds.expert.experts import decide
from worlds.expert.maps import NO, SCRATCH_ROWS
from worlds.expert.plans import equal_acts
from worlds.expert.solvable import is_solvable
from worlds.goal import FIELDS
from worlds.levels.bank import capacities
from worlds.rules.mechanics import NONE
from worlds.rules.tick import load, tick
from worlds.state import ACTIVE, NEEDS_DONE, SUCCEEDED, WAIT, State, empty_bank, empty_state, instructed

__all__ = ["Beliefs", "decide_all", "decide_serial", "levels_solvable", "no_beliefs", "optima"]

PARALLEL_FROM = 512  # decisions or levels; below this, starting threads costs more than they save
_Handle = object  # of a State; uncompiled, the State itself


class Beliefs(NamedTuple):
    """What the planned-for agents of some worlds know: K of each of W worlds, V = W * K beliefs, world by world."""

    world: State  # V worlds as they believe them to be, see belief.py
    seen: np.ndarray  # uint8[V, N, N] SEEN and LOOKED_INTO, bits of maps.py
    moved: np.ndarray  # uint64[V] bits of items that lay elsewhere when they were first seen


def no_beliefs(state: State, beliefs: int) -> Beliefs:
    """Nothing known yet, with the capacities and settings of a State."""
    sizes = capacities(state)._replace(view=state.obs_view.shape[4])
    world = empty_bank(beliefs, sizes, sizes.view)
    world.option[:] = state.option
    side = sizes.side
    return Beliefs(world, np.zeros((beliefs, side, side), np.uint8), np.zeros(beliefs, np.uint64))


def decide_serial(
    state: _Handle,
    beliefs: Beliefs | None,
    agents: np.ndarray,
    act: np.ndarray,
    equal: np.ndarray,
    subgoal: np.ndarray,
) -> None:
    """As `decide_all`, on this thread."""
    decide_range(state, *_knowledge(state, beliefs), agents, act, equal, subgoal, 0, act.shape[0])


def decide_all(
    state: _Handle,
    beliefs: Beliefs | None,
    agents: np.ndarray,
    act: np.ndarray,
    equal: np.ndarray,
    subgoal: np.ndarray,
    threads: int,
) -> None:
    """Write the expert's act[W, K] (int64) and subgoal[W, K, FIELDS] (uint8) for agents[K] (int64) of all worlds.

    equal[W, K] (uint8) tells which acts are as good: bit i for act i. Where ways are equally long, many are.
    With `beliefs`, they know only what they have seen and been told, which is taken in here; without, everything.
    """
    knowledge = _knowledge(state, beliefs)

    def work(first: int, last: int) -> None:
        decide_range(state, *knowledge, agents, act, equal, subgoal, first, last)

    _divide(act.shape[0], threads if act.size >= PARALLEL_FROM else 1, work)


def _knowledge(state: _Handle, beliefs: Beliefs | None) -> tuple[_Handle, np.ndarray, np.ndarray, bool]:
    """What decide_range takes: the worlds that are planned in, what of them is known, and whether that is limited."""
    if beliefs is None:
        return state, np.zeros((1, 1, 1), np.uint8), np.zeros(1, np.uint64), False
    return handle(beliefs.world), beliefs.seen, beliefs.moved, True


def levels_solvable(bank: State) -> np.ndarray:
    """Whether each agent of each level can do its whole goal while the others stand still, bool[L, A]."""
    levels = bank.step_limit.shape[0]
    solvable = np.zeros((levels, bank.agent_cell.shape[1]), np.bool_)
    levels_handle = handle(bank)

    def work(first: int, last: int) -> None:
        solvable_range(levels_handle, solvable, first, last)

    _divide(levels, numba.get_num_threads() if levels >= PARALLEL_FROM else 1, work)
    return solvable


def optima(bank: State, needs_done: bool = True) -> np.ndarray:
    """How many acts the all-knowing expert needs for each goal of each level alone, int64[L, A]; -1 if it fails."""
    levels, agents = bank.step_limit.shape[0], bank.agent_cell.shape[1]
    acts = np.full((levels, agents), -1, np.int64)
    bank_handle = handle(bank)

    def play(first: int, last: int) -> None:
        state = empty_state(1, capacities(bank))
        state.option[NEEDS_DONE] = needs_done
        optima_range(handle(state), handle(instructed(state)), bank_handle, acts, first, last)

    _divide(levels, min(numba.get_num_threads(), levels), play)
    return acts


def _divide(n: int, threads: int, work: Callable[[int, int], None]) -> None:
    """Call `work(first, last)` on threads, this one among them, which together cover 0..n - 1."""
    edges = [n * t // threads for t in range(threads + 1)]
    others = [_pool(threads).submit(work, edges[t], edges[t + 1]) for t in range(1, threads)]
    work(edges[0], edges[1])
    for done in others:
        done.result()


@functools.cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """Threads that stay: new ones would begin on the core of the one that starts them."""
    return ThreadPoolExecutor(threads)


# ---- compiled ranges ---------------------------------------------------------------------------------
@apart
def decide_world(state, w, planned, seen, moved, limited, agents, scratches, act, equal, subgoal):
    """Decide for the agents of one world."""
    for k in range(agents.shape[0]):
        v = w
        if limited:
            v = w * agents.shape[0] + k
            observe(state, w, agents[k], planned, v, seen, moved)
        chosen = np.int64(
            decide(planned, v, agents[k], seen, limited, scratches[0], scratches[1], subgoal[w, k])
        )
        act[w, k] = chosen
        equal[w, k] = equal_acts(planned, v, agents[k], scratches[0], chosen)


@entry
def decide_range(state, planned, seen, moved, limited, agents, act, equal, subgoal, first, last):
    """Decide for worlds `first` to `last - 1`; `planned` are their beliefs if `limited`, else `state` itself."""
    side = state.item_at.shape[1]
    scratches = np.zeros((2, SCRATCH_ROWS, 4 * (side + 2) * (side + 2)), np.int32)
    for w in range(first, last):
        decide_world(state, w, planned, seen, moved, limited, agents, scratches, act, equal, subgoal)


@entry
def solvable_range(bank, solvable, first, last):
    """Write solvable[L, A] for some levels."""
    side = bank.item_at.shape[1]
    scratch = np.zeros((SCRATCH_ROWS, 4 * (side + 2) * (side + 2)), np.int32)
    for level in range(first, last):
        for a in range(solvable.shape[1]):
            solvable[level, a] = is_solvable(bank, level, a, scratch)


@entry
def optima_range(state, told, bank, acts, first, last):
    """Play some levels in the only world of `state`, once for each agent; the others rest and stand aside."""
    side = state.item_at.shape[1]
    agents = state.agent_cell.shape[1]
    scratches = np.zeros((2, SCRATCH_ROWS, 4 * (side + 2) * (side + 2)), np.int32)
    seen = np.zeros((1, 1, 1), np.uint8)
    sub = np.zeros(FIELDS, np.uint8)
    for level in range(first, last):
        for a in range(agents):
            load(state, bank, np.int64(0), level)
            for b in range(agents):
                state.finished[0, b] = ACTIVE if b == a else SUCCEEDED
                state.action[0, b] = WAIT
            while state.finished[0, a] == ACTIVE and state.step[0] < state.step_limit[0]:
                state.action[0, a] = decide(state, np.int64(0), a, seen, NO, scratches[0], scratches[1], sub)
                tick(state, told, np.int64(0), NONE)
            acts[level, a] = state.step[0] if state.finished[0, a] == SUCCEEDED else -1
