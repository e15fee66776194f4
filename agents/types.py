"""What passes between those who act, those who learn and the worlds they act in?

Axes: W worlds, A agents of a world, K agents that a policy plays.
"""

from typing import Any, Protocol

import numpy as np

from worlds.simulator import Simulator

Memory = Any  # what a policy carries from step to step: nobody else looks inside


class Policy(Protocol):
    """Whoever chooses acts: a planner, a network, a language model, a person."""

    def start(self, sim: Simulator, agents: np.ndarray) -> Memory:
        """Memory for these agents (int64[K]) in all worlds, at any time."""
        ...

    def act(self, sim: Simulator, agents: np.ndarray, memory: Memory) -> tuple[np.ndarray, Memory]:
        """Acts int64[W, K] for the present state, and the memory to pass next time."""
        ...
