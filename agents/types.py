"""What is a policy, and who plays whom? The Policy protocol and casts.

Axes: W worlds, A agents of a world, K agents that one policy plays.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from worlds.simulator import Observation, Simulator
from worlds.state import Sizes, State

Memory = Any  # whatever a policy hands itself from step to step; only that policy looks inside


class Played(Protocol):
    """Worlds that a mind can play: our own, or those of others that are shown in a State of ours.

    After `advance`, worlds that are `over` have begun anew and show their last observation as the final one.
    """

    worlds: int
    agents: int
    autoreset: int
    sizes: Sizes
    state: State

    @property
    def instructed(self) -> State:
        """`state`, but its goals are the instructions that agents follow now; to be asked for anew after each step."""
        ...

    @property
    def observation(self) -> Observation:
        """What agents perceive now."""
        ...

    @property
    def final_observation(self) -> Observation:
        """The last observation of worlds whose episode ended at this step."""
        ...

    def advance(self) -> None:
        """Advance all worlds with what stands in `state.action`."""
        ...


class Policy(Protocol):
    """Observation and memory in, act and memory out, for all worlds at once.

    A policy is told which agents it plays. What it goes by it declares: one with `privileged = True` reads `sim.state`,
    the whole truth (the planner, an oracle), and tables of results say so; all others go by `sim.observation` and
    `sim.heard` of their agents alone, beside the chance stream `sim.state.key` and `sim.state.step`, which tells where
    an episode begins.
    """

    def start(self, sim: Simulator, agents: np.ndarray) -> Memory:
        """Memory before the first step, for int64 `agents[K]` of every world."""
        ...

    def act(self, sim: Simulator, agents: np.ndarray, memory: Memory) -> tuple[np.ndarray, Memory]:
        """Acts int64[W, K] for the present state, and the memory for the next step.

        Who says something as well writes its tokens to `sim.state.message[:, agents]`, uint8[W, K, M]; each step
        leaves that silent.
        """
        ...


def is_privileged(policy: object) -> bool:
    """Does this policy say that it reads the whole state? Who says nothing does not."""
    return bool(getattr(policy, "privileged", False))


class Cast:
    """Policies for all agents of a simulator: one call gives everybody's acts.

    Agents that share a policy object are played together, in one batch.

    Args:
        sim: the worlds they play in.
        policies: agent's name -> Policy; all agents must be named.

    Raises:
        ValueError: an agent has no policy, or there is no such agent.
    """

    def __init__(self, sim: Simulator, policies: Mapping[str, Policy]) -> None:
        names = list(sim.scenario.agents)
        wrong = set(policies) ^ set(names)
        if wrong:
            raise ValueError(
                f"the cast must name {', '.join(names)}, each once: check {', '.join(sorted(wrong))}"
            )
        self.sim = sim
        parts: dict[int, tuple[Policy, list[int]]] = {}
        for a, name in enumerate(names):
            parts.setdefault(id(policies[name]), (policies[name], []))[1].append(a)
        self.parts = [(policy, np.array(agents, np.int64)) for policy, agents in parts.values()]
        self.memories = [policy.start(sim, agents) for policy, agents in self.parts]
        self._action_WA = np.zeros((sim.worlds, sim.agents), np.int64)

    def act(self) -> np.ndarray:
        """Everybody's acts, int64[W, A]; overwritten by the next call."""
        for i, (policy, agents) in enumerate(self.parts):
            acts, self.memories[i] = policy.act(self.sim, agents, self.memories[i])
            self._action_WA[:, agents] = acts
        return self._action_WA
