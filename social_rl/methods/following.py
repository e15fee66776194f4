"""How does one come to walk behind others? A reward for moves onto the fresh tracks of others, which fades away.

A learner that never happens to do twice in turn what a neighbour does cannot find out what that is worth. Paid for
following at first, it goes where others go, meets what they meet, and keeps to it only if the world pays for it.
Imitation that is sought for its own sake before it is known what it brings is what psychologists call a bias to copy
(Henrich and Gil-White 2001, 10.1016/S1090-5138(00)00071-4); agents that learn from experts in worlds like these were
found to follow before they remember (Bhoopchand et al. 2023, 10.1038/s41467-023-42875-2).

A move follows another agent if the cell it leads to is one on which the other stood in the last FRESH steps, and
oneself did not.

Axes: T time, W worlds, A agents of a world, K agents that learn, B = W * K columns, S steps of a track.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from agents.batch import Batch, Labels
from agents.policies.perception import columns_of
from agents.training.learner import Answers, Learner
from agents.training.methods import Frame, Method
from worlds.state import ACTIVE

if TYPE_CHECKING:
    from agents.training.rollout import RolloutWorker

FRESH = 3  # steps that a track is fresh: who is closer behind steps where the other one stepped
FADES = 0.5  # of a run: over this share the weight falls to 0
NOWHERE = -1


def following(weight: float = 1.0) -> Method:
    """A reward of `weight` for each move that follows somebody, which falls evenly to nothing.

    Raises:
        ValueError: the weight is negative.
    """
    if weight < 0:
        raise ValueError(f"following has a weight of {weight:g}: it must not be below 0")
    return Method(
        "following", recorder=lambda worker: Following(worker, weight), prepare=with_following,
        losses=lambda share: [counted],
    )  # fmt: skip


class Tracks(NamedTuple):
    """What is remembered between batches."""

    cells: np.ndarray  # int32[W, A, S] where everybody stood before the last steps, the newest first


class Following:
    """Records which moves follow somebody. follows: float[T, B] 0 or 1. following_reward: float[T, B] what is paid."""

    def __init__(self, worker: "RolloutWorker", weight: float) -> None:
        self.worker, self.weight = worker, weight
        shape = worker.sim.worlds, worker.sim.agents, FRESH
        self.memory = Tracks(np.full(shape, NOWHERE, np.int32))

    def begin(self, share: float) -> None:
        """As Recorder."""
        self.follows = np.zeros((self.worker.steps, len(self.worker.memory.tokens)), np.float32)
        self.paid = self.weight * max(1 - share / FADES, 0.0)

    def before(self, t: int, frame: Frame) -> None:
        """As Recorder."""
        cells, state = self.memory.cells, self.worker.sim.state
        cells[self.worker.keep_W == 0] = NOWHERE
        cells[:, :, 1:] = cells[:, :, :-1]
        cells[:, :, 0] = np.where(state.finished == ACTIVE, state.agent_cell, NOWHERE)

    def after(self, t: int, frame: Frame) -> None:
        """As Recorder."""
        state, worker = self.worker.sim.state, self.worker
        found = follows(self.memory.cells, state.agent_cell) & ~state.over[:, None]
        self.follows[t] = columns_of(found, worker.learners)

    def labels(self) -> Labels:
        """As Recorder."""
        follows = torch.from_numpy(self.follows)
        return Labels({"follows": follows, "following_reward": follows * self.paid})


def follows(cells_WAS: np.ndarray, now_WA: np.ndarray) -> np.ndarray:
    """Who follows somebody, by having come where it is now? bool[W, A]; of where everybody stood before."""
    on_track = (cells_WAS[:, None] == now_WA[:, :, None, None]).any(
        3
    )  # [W, i, j]: i stands on the track of j
    own = np.eye(now_WA.shape[1], dtype=np.bool_)
    return (on_track & ~own).any(2) & ~(on_track & own).any(2)


def with_following(batches: Sequence[Batch], learner: Learner) -> list[Batch]:
    """What following is paid is added to the reward of the step in which it was done."""
    return [batch.rewarded(batch.label("following_reward")) for batch in batches]


def counted(batch: Batch, answers: Answers) -> tuple[Tensor, dict[str, Tensor]]:
    """How often frames follow somebody; nothing is descended."""
    active = batch.transition.active.to(answers.value.dtype)
    rate = (batch.label("follows") * active).sum() / active.sum().clamp(min=1)
    return answers.value.sum() * 0, {"following": rate}
