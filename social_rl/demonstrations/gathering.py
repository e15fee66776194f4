"""What do demonstrators do, and what does a policy earn? Boards are played: what was seen, done and taken.

Nobody's rewards are among what is gathered: what coins were taken is, for those who test and for who plays itself.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from social_rl.demonstrations.boards import ACTS, NOTHING, seen, sight_of, taken
from worlds.scenario import make_scenario
from worlds.simulator import DISABLED, Simulator
from worlds.state import WAIT

Actor = Callable[
    [Simulator, np.ndarray], np.ndarray
]  # of a simulator and the facts [W, F] to acts of ours, [W]


class Trajectories(NamedTuple):
    """What happened on some boards. The last step of each has no next one."""

    fact_TWF: np.ndarray
    """int64, what was seen"""
    act_TW: np.ndarray
    """int64, what was done, as numbers of ACTS"""
    meant_TW: np.ndarray
    """int64, what would have been done but for errors"""
    kind_TW: np.ndarray
    """int64, of the coin that was taken, or NOTHING"""

    def earned(self, likes: np.ndarray) -> np.ndarray:
        """Rewards of who likes kinds so; float32[T, W]."""
        return np.append(likes, 0.0)[self.kind_TW].astype(np.float32)  # NOTHING is the last


def boards(name: str, worlds: int, seed: int, **choices: object) -> Simulator:
    """Boards of a scenario, each of a level of its own, which go on for as long as anybody plays.

    Raises:
        ValueError: a choice is wrong.
    """
    scenario = make_scenario(name, **{"steps": 65_000, **choices})
    return Simulator(scenario, worlds, levels=worlds, seed=seed, autoreset=DISABLED)


def gather(
    sim: Simulator, actor: Actor, steps: int, rng: np.random.Generator, errs: float = 0.0, a: int = 0,
    beside: dict[int, Actor] | None = None,
) -> Trajectories:  # fmt: skip
    """Let agent `a` play for some steps, and take any act as often as it errs; others as `beside` says."""
    sight, steps_of = sight_of(sim), []
    for _ in range(steps):
        fact_WF, before_WC = seen(sim, sight, a), sim.state.fixture_cell.copy()
        meant_W = actor(sim, fact_WF)
        act_W = np.where(rng.random(sim.worlds) < errs, rng.integers(len(ACTS), size=sim.worlds), meant_W)
        action_WA = np.full((sim.worlds, sim.agents), WAIT)
        action_WA[:, a] = ACTS[act_W]
        for b, other in (beside or {}).items():
            action_WA[:, b] = ACTS[other(sim, seen(sim, sight, b))]
        sim.step(action_WA)
        steps_of.append((fact_WF, act_W, meant_W, taken(before_WC, sim, a)))
    return Trajectories(*(np.stack(parts) for parts in zip(*steps_of, strict=True)))


class Expert:
    """Plays the script `expert` of boards: goes by what its agent likes. Where the script waits, it turns left."""

    def __init__(self, a: int = 0) -> None:
        self.agents = np.array([a])

    def __call__(self, sim: Simulator, fact_WF: np.ndarray) -> np.ndarray:
        """Acts of ours, int64[W]."""
        (script,) = (one for one in sim.scenario.scripts if one.__name__ == "expert")
        act_W1 = np.zeros((sim.worlds, 1), np.int64)
        script(sim.handle, self.agents, act_W1)
        return np.where(act_W1[:, 0] == WAIT, 0, act_W1[:, 0] - ACTS[0])


def returns(trajectories: Trajectories, likes: np.ndarray) -> float:
    """What was earned on a board, mean over boards."""
    return float(trajectories.earned(likes).sum(0).mean())


def counted(kind_TW: np.ndarray, kinds: int) -> np.ndarray:
    """How many coins of each kind were taken; [kinds]."""
    return np.bincount(kind_TW[kind_TW != NOTHING], minlength=kinds)
