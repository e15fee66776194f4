"""How likely is each act of an agent that was told this? Inverse planning with the expert's own costs, and its acts.

Axes: V supposed worlds (worlds/expert/costs.py), one goal supposed in each.
"""

import math
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numba
import numpy as np

from worlds.checks import check_choice
from worlds.compiler.handle import handle
from worlds.expert.costs import act_costs
from worlds.expert.planning import Beliefs, decide_all, no_beliefs
from worlds.goal import FIELDS
from worlds.state import ACTS, State


class Likelihood(Protocol):
    """How an agent is supposed to act on a goal."""

    def start(self, supposed: State) -> Any:
        """Memory before the first step of an episode, such as what the watched agent has seen."""
        ...

    def log_acts(self, supposed: State, a: int, asked_V: np.ndarray, memory: Any) -> tuple[np.ndarray, Any]:
        """log P(act | state, goal) float64[V, ACTS], where `asked_V`, and the memory; called at every step."""
        ...


@dataclass(frozen=True)
class ByCosts:
    """Boltzmann-rational with the all-knowing expert's costs (Baker et al. 2009): the dearer an act, the less likely.

    P(act) is proportional to exp(-beta * loss), where the loss is how many acts are lost by it: what the expert needs
    from then on, and 1, less what it needs after the best act. No act counts as worse than `worst` lost ones, so that
    a single slip rules nothing out.
    """

    beta: float = 1.0
    worst: int = 8

    def __post_init__(self) -> None:
        if not (math.isfinite(self.beta) and self.beta > 0):
            raise ValueError(f"beta is {self.beta}, allowed are finite numbers above 0")
        if self.worst < 1:
            raise ValueError(f"worst is {self.worst}, allowed are 1 and more acts")

    def start(self, supposed: State) -> None:
        """Costs are a matter of the present state alone."""

    def log_acts(self, supposed: State, a: int, asked_V: np.ndarray, memory: None) -> tuple[np.ndarray, None]:
        """As above."""
        costs = act_costs(supposed, a, asked_V)
        loss = np.minimum(costs - costs.min(1, keepdims=True), self.worst)
        return log_softmax(-self.beta * loss), None


@dataclass(frozen=True)
class ByActs:
    """As the expert acts, but for a share of errors: much cheaper than costs, for every goal is planned for only once.

    P(act) is (1 - error) / acts as good as the one that the expert would choose, and error / the others for these.

    knowledge: as of `Planner`: of an expert that knows the whole house, or only what the watched agent has seen in this
    episode.
    """

    knowledge: Literal["all", "seen"] = "all"
    error: float = 0.1

    def __post_init__(self) -> None:
        check_choice("knowledge", self.knowledge, ("all", "seen"))
        if not 0 < self.error < 1:
            raise ValueError(f"error is {self.error}, allowed are numbers between 0 and 1")

    def start(self, supposed: State) -> Beliefs | None:
        """Nothing seen yet; None for one that knows everything."""
        return no_beliefs(supposed, supposed.step.shape[0]) if self.knowledge == "seen" else None

    def log_acts(
        self, supposed: State, a: int, asked_V: np.ndarray, memory: Beliefs | None
    ) -> tuple[np.ndarray, Beliefs | None]:
        """As above; all are asked, for all go on to see."""
        worlds = supposed.step.shape[0]
        act, equal = np.zeros((worlds, 1), np.int64), np.zeros((worlds, 1), np.uint8)
        subgoal = np.zeros((worlds, 1, FIELDS), np.uint8)
        decide_all(handle(supposed), memory, np.array([a]), act, equal, subgoal, numba.get_num_threads())
        is_good = (equal >> np.arange(len(ACTS), dtype=np.uint8) & 1).astype(np.bool_)
        is_good[np.arange(worlds), act[:, 0]] = True
        good = is_good.sum(1, keepdims=True)
        return np.log(np.where(is_good, (1 - self.error) / good, self.error / (len(ACTS) - good))), memory


def log_softmax(scores: np.ndarray) -> np.ndarray:
    """log of the softmax over the last axis; no score is too large or too small for it."""
    apart = scores - scores.max(-1, keepdims=True)
    return apart - np.log(np.exp(apart).sum(-1, keepdims=True))
