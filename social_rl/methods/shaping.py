"""How does one care for others? By a reward that is made of everybody's: three ways to shape it, before PPO learns.

`team` pays the mean of all. `svo` weighs one's own reward against that of others by an angle, the social value
orientation (McKee et al. 2020, arXiv 2002.02325). `inequity` makes it unpleasant that others earn more, or less (Hughes
et al. 2018, arXiv 1803.08884). Others are those who are in their episode, whoever plays them.

Axes: T time, W worlds, A agents of a world, K agents that learn, B = W * K columns.
"""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

from agents.batch import Batch, Labels
from agents.training.learner import Learner
from agents.training.methods import Frame, Method

if TYPE_CHECKING:
    from agents.training.rollout import RolloutWorker

FADES = 0.99 * 0.975  # gamma lambda: what is left of a reward after a step, in what one has earned lately

# What agents feel, float64[W, A], of what each is paid now and what it has earned lately, likewise, and of who is in
# its episode, bool[W, A].
Feeling = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def team() -> Method:
    """The mean reward of all."""
    return shaped("team", lambda reward, lately, there: others_mean(reward, there, oneself=True))


def svo(angle: float = 45.0) -> Method:
    """Social value orientation: own reward cos(angle) + mean of others' sin(angle), in degrees.

    0 is selfish, 45 prosocial, 90 altruistic, -45 competitive.
    """

    def feeling(reward: np.ndarray, lately: np.ndarray, there: np.ndarray) -> np.ndarray:
        turn = math.radians(angle)
        return math.cos(turn) * reward + math.sin(turn) * others_mean(reward, there)

    return shaped("svo", feeling)


def inequity(envy: float = 5.0, guilt: float = 0.05) -> Method:
    """Inequity aversion: less `envy` for each unit by which others earned more lately (disadvantageous, alpha), less
    `guilt` for each by which they earned less (advantageous, beta), in the mean over others.

    Raises:
        ValueError: a weight is negative.
    """
    if envy < 0 or guilt < 0:
        raise ValueError(
            f"inequity has weights {envy:g} of envy and {guilt:g} of guilt: neither may be below 0"
        )

    def feeling(reward: np.ndarray, lately: np.ndarray, there: np.ndarray) -> np.ndarray:
        more = lately[:, None, :] - lately[:, :, None]  # [W, i, j]: by how much j earned more than i
        pain = envy * np.maximum(more, 0) + guilt * np.maximum(-more, 0)
        is_other = others(there)
        return reward - (pain * is_other).sum(2) / np.maximum(is_other.sum(2), 1)

    return shaped("inequity", feeling)


def others(there: np.ndarray) -> np.ndarray:
    """bool[W, i, j]: is j another one than i, and in its episode?"""
    return there[:, None, :] & ~np.eye(there.shape[1], dtype=np.bool_)


def others_mean(reward: np.ndarray, there: np.ndarray, oneself: bool = False) -> np.ndarray:
    """Mean reward float[W, A] of the others of each agent, or of all with it; 0 where there is nobody."""
    counts = others(there) | (np.eye(there.shape[1], dtype=np.bool_) & oneself)
    return (reward[:, None, :] * counts).sum(2) / np.maximum(counts.sum(2), 1)


def shaped(name: str, feeling: Feeling) -> Method:
    """A reward that is made of everybody's."""

    def prepare(batches: Sequence[Batch], learner: Learner) -> list[Batch]:
        return [batch.rewarded(batch.label(name)) for batch in batches]

    return Method(name, recorder=lambda worker: Shaping(worker, name, feeling), prepare=prepare)


class Earned(NamedTuple):
    """What is remembered between batches."""

    lately: np.ndarray  # float64[W, A] rewards of this episode, each fading by FADES a step


class Shaping:
    """Records what is felt beyond what is paid, under the name of its method: float[T, B].

    Everybody's reward counts: that of learners in other groups, and of those who do not learn.
    """

    def __init__(self, worker: "RolloutWorker", name: str, feeling: Feeling) -> None:
        self.worker, self.name, self.feeling = worker, name, feeling
        self.memory = Earned(np.zeros((worker.sim.worlds, worker.sim.agents)))

    def begin(self, share: float) -> None:
        """As Recorder."""
        self.more = np.empty((self.worker.steps, len(self.worker.memory.tokens)), np.float32)

    def before(self, t: int, frame: Frame) -> None:
        """As Recorder."""
        self.memory.lately[self.worker.keep_W == 0] = 0

    def after(self, t: int, frame: Frame) -> None:
        """As Recorder."""
        state, lately = self.worker.sim.state, self.memory.lately
        reward = state.reward.astype(np.float64)
        lately[...] = FADES * lately + reward
        more = self.feeling(reward, lately, state.active) - reward
        self.more[t] = more[:, self.worker.learners].reshape(-1)

    def labels(self) -> Labels:
        """As Recorder."""
        return Labels({self.name: torch.from_numpy(self.more)})
