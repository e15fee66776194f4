"""Which instructions cannot be carried out? Some that were made for other houses, so that agents learn to say so."""

import numpy as np

from worlds.compiler.compile import entry
from worlds.compiler.handle import handle
from worlds.expert.planning import levels_solvable
from worlds.levels.bank import take
from worlds.rules.goals import bind_goal
from worlds.state import State


def misplace(bank: State, share: float, seed: int) -> np.ndarray:
    """Give a share of the agents the instruction of another level's agent; returns what can be carried out, bool[L, A].

    The planner judges each: often the other house has what is needed, too.

    Raises:
        ValueError: the share is not from 0 to 1.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share is {share}, allowed are 0 to 1")
    levels, agents = bank.agent_cell.shape
    feasible = np.ones((levels, agents), np.bool_)
    rng = np.random.default_rng(seed)
    chosen = np.argwhere(rng.random((levels, agents)) < share)
    if len(chosen) == 0:
        return feasible
    source = rng.integers(levels, size=len(chosen))
    goals, tokens = bank.goal.copy(), bank.tokens.copy()
    for (level, a), other in zip(chosen, source, strict=True):
        bank.goal[level, a], bank.tokens[level, a] = goals[other, a], tokens[other, a]
    bind_goals(bank, chosen)
    rows = np.unique(chosen[:, 0])
    feasible[rows] = levels_solvable(take(bank, rows))
    return feasible


def bind_goals(bank: State, chosen: np.ndarray) -> None:
    """Resolve the goals of int64 chosen[n, 2], rows of a bank and agents, anew."""
    _bind(handle(bank), chosen)


@entry
def _bind(bank, chosen):
    """Resolve the goals of chosen[n] = (level, agent) anew."""
    for n in range(chosen.shape[0]):
        bind_goal(bank, chosen[n, 0], chosen[n, 1])
