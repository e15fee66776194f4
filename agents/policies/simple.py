"""Who else lives here? Policies that need no learning: random, wandering, noisy, wrong and still.

Their chance comes from counters (seed, world, episode, step, agent), so a run repeats whatever the batch.
"""

from dataclasses import dataclass

import numpy as np

from agents.policies.planner import Planner
from agents.types import Memory, Policy, is_privileged
from worlds.compiler.compile import entry
from worlds.compiler.handle import handle
from worlds.goal import KIND_, ROWS
from worlds.objects import CLASS_OF_KIND, FIXTURE, ITEM
from worlds.rules.chance import below, draw, mix, unit
from worlds.rules.goals import bit, has
from worlds.simulator import Simulator
from worlds.state import ACTS, DONE, FORWARD, TURN_LEFT, TURN_RIGHT, WAIT, with_goals_apart

_EVERY_ACT = np.arange(len(ACTS))
_WALKS = np.array([FORWARD, FORWARD, FORWARD, TURN_LEFT, TURN_RIGHT])


@entry
def _pick(state, agents, seed, choices, action):
    """Draw action[W, K] from `choices`."""
    salt = mix(seed)
    for w in range(action.shape[0]):
        for k in range(agents.shape[0]):
            action[w, k] = choices[
                below(draw(state.key[w] ^ salt, state.step[w], agents[k]), choices.shape[0])
            ]


@entry
def _err(state, agents, seed, rate, choices, action):
    """Replace action[W, K] by a draw from `choices`, each with probability `rate`."""
    salt = mix(seed)
    for w in range(action.shape[0]):
        for k in range(agents.shape[0]):
            bits = draw(state.key[w] ^ salt, state.step[w], agents[k])
            if unit(bits) < rate:
                action[w, k] = choices[below(mix(bits), choices.shape[0])]


@dataclass(frozen=True)
class Random:
    """Any act, all equally likely."""

    seed: int = 0

    def start(self, sim: Simulator, agents: np.ndarray) -> Memory:
        """No memory."""

    def act(self, sim: Simulator, agents: np.ndarray, memory: Memory) -> tuple[np.ndarray, Memory]:
        """Acts int64[W, K]."""
        action_WK = np.zeros((sim.worlds, len(agents)), np.int64)
        _pick(sim.handle, agents, np.uint64(self.seed), _EVERY_ACT, action_WK)
        return action_WK, memory


@dataclass(frozen=True)
class Wanderer:
    """Walks and turns at random, and touches nothing."""

    seed: int = 0

    def start(self, sim: Simulator, agents: np.ndarray) -> Memory:
        """No memory."""

    def act(self, sim: Simulator, agents: np.ndarray, memory: Memory) -> tuple[np.ndarray, Memory]:
        """Acts int64[W, K]."""
        action_WK = np.zeros((sim.worlds, len(agents)), np.int64)
        _pick(sim.handle, agents, np.uint64(self.seed), _WALKS, action_WK)
        return action_WK, memory


@dataclass(frozen=True)
class Still:
    """Waits."""

    def start(self, sim: Simulator, agents: np.ndarray) -> Memory:
        """No memory."""

    def act(self, sim: Simulator, agents: np.ndarray, memory: Memory) -> tuple[np.ndarray, Memory]:
        """Acts int64[W, K]."""
        return np.full((sim.worlds, len(agents)), WAIT, np.int64), memory


@dataclass(frozen=True)
class Noisy:
    """Another policy that errs: with probability `epsilon` any act but `done`."""

    policy: Policy
    epsilon: float = 0.2
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.epsilon <= 1:
            raise ValueError(f"epsilon is {self.epsilon}, allowed are 0 to 1")

    @property
    def privileged(self) -> bool:
        """As the other policy."""
        return is_privileged(self.policy)

    def start(self, sim: Simulator, agents: np.ndarray) -> Memory:
        """The other policy's memory."""
        return self.policy.start(sim, agents)

    def act(self, sim: Simulator, agents: np.ndarray, memory: Memory) -> tuple[np.ndarray, Memory]:
        """Acts int64[W, K]."""
        action_WK, memory = self.policy.act(sim, agents, memory)
        _err(sim.handle, agents, np.uint64(self.seed), self.epsilon, _EVERY_ACT[:-1], action_WK)
        return action_WK, memory


@entry
def _mislead(state, agents, seed, wrong):
    """Write into wrong[W, K, R] other things than those that each clause speaks of, or 0 where there are none."""
    salt = mix(seed)
    for w in range(wrong.shape[0]):
        for k in range(agents.shape[0]):
            for r in range(wrong.shape[2]):
                right = state.bound[w, agents[k], r, 0]
                thing_class = CLASS_OF_KIND[state.goal[w, agents[k], r, KIND_]]
                things = state.item_look.shape[1] if thing_class == ITEM else state.fixture_cell.shape[1]
                wrong[w, k, r] = 0
                if thing_class in (ITEM, FIXTURE):
                    first = below(draw(state.key[w] ^ salt, 0, agents[k] * wrong.shape[2] + r), things)
                    for i in range(things):
                        other = (first + i) % things
                        cells = state.item_cell if thing_class == ITEM else state.fixture_cell
                        if cells[w, other] >= 0 and not has(right, other):
                            wrong[w, k, r] = bit(other)
                            break


@dataclass(frozen=True)
class Decoy:
    """Confidently wrong: does what was asked, expertly, to another thing than was meant; never says done."""

    seed: int = 0
    privileged = True

    def start(self, sim: Simulator, agents: np.ndarray) -> Memory:
        """The expert's memory."""
        return Planner().start(sim, agents)

    def act(self, sim: Simulator, agents: np.ndarray, memory: Memory) -> tuple[np.ndarray, Memory]:
        """Acts int64[W, K]."""
        believed = with_goals_apart(sim.instructed)
        worlds = handle(believed)
        wrong_WKR = np.zeros((sim.worlds, len(agents), ROWS), np.uint64)
        _mislead(worlds, agents, np.uint64(self.seed), wrong_WKR)
        believed.bound[:, agents, :, 0] = wrong_WKR
        action_WK, memory = Planner().pursue(worlds, agents, memory)
        return np.where(action_WK == DONE, WAIT, action_WK), memory
