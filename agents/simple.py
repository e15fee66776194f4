"""Who acts without much thought? Policies to compare with, to learn beside and to be misled by.

Their chance comes from the counter-based streams of the worlds, so a play depends on seeds alone, never on how many
worlds run side by side.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.planner import Planner, PlannerMemory
from agents.types import Policy
from worlds import planning
from worlds.simulator import Simulator
from worlds.state import FORWARD, TURN_LEFT, TURN_RIGHT, WAIT

ANY_ACT = np.arange(8)  # all of worlds.state.ACTS
WALKING = np.array([TURN_LEFT, TURN_RIGHT, FORWARD, FORWARD])


@dataclass(frozen=True)
class Still:
    """Waits."""

    def start(self, sim: Simulator, agents: np.ndarray) -> None:
        """Nothing to remember."""

    def act(self, sim: Simulator, agents: np.ndarray, memory: None) -> tuple[np.ndarray, None]:
        """WAIT, int64[W, K]."""
        return np.full((sim.worlds, len(agents)), WAIT, np.int64), None


@dataclass(frozen=True)
class Random:
    """Draws any act, each as likely as the others."""

    seed: int = 0

    def start(self, sim: Simulator, agents: np.ndarray) -> None:
        """Nothing to remember."""

    def act(self, sim: Simulator, agents: np.ndarray, memory: None) -> tuple[np.ndarray, None]:
        """Acts int64[W, K]."""
        return _pick(sim, agents, self.seed, ANY_ACT), None


@dataclass(frozen=True)
class Wanderer:
    """Walks about: turns and steps, steps as often as both turns together."""

    seed: int = 0

    def start(self, sim: Simulator, agents: np.ndarray) -> None:
        """Nothing to remember."""

    def act(self, sim: Simulator, agents: np.ndarray, memory: None) -> tuple[np.ndarray, None]:
        """Acts int64[W, K]."""
        return _pick(sim, agents, self.seed, WALKING), None


@dataclass(frozen=True)
class Noisy:
    """Another policy that errs: with probability `epsilon` it draws any act instead."""

    policy: Policy
    epsilon: float
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.epsilon <= 1:
            raise ValueError(f"epsilon is {self.epsilon}, allowed are 0 to 1")

    def start(self, sim: Simulator, agents: np.ndarray) -> Any:
        """The memory of the policy."""
        return self.policy.start(sim, agents)

    def act(self, sim: Simulator, agents: np.ndarray, memory: Any) -> tuple[np.ndarray, Any]:
        """Acts int64[W, K]."""
        acts, memory = self.policy.act(sim, agents, memory)
        errs = _uniform(sim, agents, self.seed + 1) < self.epsilon
        return np.where(errs, _pick(sim, agents, self.seed, ANY_ACT), acts), memory


@dataclass(frozen=True)
class Decoy:
    """An expert that pursues the wrong thing with confidence: the same verb, another item or fixture.

    Where a world has nothing else to be wrong about, it pursues the right one.
    """

    knowledge: str = "all"

    def start(self, sim: Simulator, agents: np.ndarray) -> PlannerMemory:
        """As the expert's."""
        return Planner(self.knowledge).start(sim, agents)

    def act(
        self, sim: Simulator, agents: np.ndarray, memory: PlannerMemory
    ) -> tuple[np.ndarray, PlannerMemory]:
        """Acts int64[W, K]."""
        kept = sim.state.bound.copy()
        planning.mislead(sim.handle, np.ascontiguousarray(agents, np.int64))
        try:
            return Planner(self.knowledge).act(sim, agents, memory)
        finally:
            sim.state.bound[...] = kept


def _pick(sim: Simulator, agents: np.ndarray, seed: int, choices: np.ndarray) -> np.ndarray:
    return choices[(_uniform(sim, agents, seed) * len(choices)).astype(np.int64)].astype(np.int64)


def _uniform(sim: Simulator, agents: np.ndarray, seed: int) -> np.ndarray:
    """Numbers in [0, 1), float64[W, K], from the streams of the worlds."""
    out = np.empty((sim.worlds, len(agents)))
    planning.draw_for(sim.handle, np.ascontiguousarray(agents, np.int64), np.uint64(seed), out)
    return out
