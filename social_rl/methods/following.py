"""How does one come to walk behind others? A reward for moves onto fresh tracks of who fares well, which fades away.

A learner that never happens to do twice in turn what a neighbour does cannot find out what that is worth. Paid for
following at first, it goes where others go, meets what they meet, and keeps to it only if the world pays for it.
People are biased to copy who is successful before they know what it brings (Henrich and Gil-White 2001,
10.1016/S1090-5138(00)00071-4); agents that learned from experts in worlds like these were found to follow before they
remember (Bhoopchand et al. 2023, 10.1038/s41467-023-42875-2).

A move follows another agent if the cell it leads to is one on which the other stood in the last FRESH steps, and
oneself did not. Another one fares well unless what the world paid it lately, fading by 5 % a step, is below 0.

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
LATELY = 0.95  # what is left of a reward after a step, in what one has earned lately
NOWHERE = -1


def following(weight: float = 1.0) -> Method:
    """A reward of `weight` for each move that follows somebody who fares well; it falls evenly to nothing.

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
    lately: np.ndarray  # float64[W, A] what everybody earned lately


class Following:
    """Records which moves follow somebody who fares well.

    follows: float[T, B] 0 or 1. following_reward: float[T, B] what is paid.
    """

    def __init__(self, worker: "RolloutWorker", weight: float) -> None:
        self.worker, self.weight = worker, weight
        shape = worker.sim.worlds, worker.sim.agents, FRESH
        self.memory = Tracks(np.full(shape, NOWHERE, np.int32), np.zeros(shape[:2]))

    def begin(self, share: float) -> None:
        """As Recorder."""
        self.follows = np.zeros((self.worker.steps, len(self.worker.memory.tokens)), np.float32)
        self.paid = self.weight * max(1 - share / FADES, 0.0)

    def before(self, t: int, frame: Frame) -> None:
        """As Recorder."""
        (cells, lately), state = self.memory, self.worker.sim.state
        begins = self.worker.keep_W == 0
        cells[begins], lately[begins] = NOWHERE, 0
        cells[:, :, 1:] = cells[:, :, :-1]
        cells[:, :, 0] = np.where(state.finished == ACTIVE, state.agent_cell, NOWHERE)

    def after(self, t: int, frame: Frame) -> None:
        """As Recorder."""
        state, worker, lately = self.worker.sim.state, self.worker, self.memory.lately
        found = follows(self.memory.cells, state.agent_cell, lately >= 0) & ~state.over[:, None]
        lately[...] = LATELY * lately + state.reward
        self.follows[t] = columns_of(found, worker.learners)

    def labels(self) -> Labels:
        """As Recorder."""
        follows = torch.from_numpy(self.follows)
        return Labels({"follows": follows, "following_reward": follows * self.paid})


def follows(cells_WAS: np.ndarray, now_WA: np.ndarray, well_WA: np.ndarray) -> np.ndarray:
    """Who follows one of those who fare well, by having come where it is now? bool[W, A].

    Args:
        cells_WAS: where everybody stood before.
        now_WA: where everybody stands now.
        well_WA: who fares well.
    """
    # on_track[W, i, j]: agent i stands on the track of j
    on_track = (cells_WAS[:, None] == now_WA[:, :, None, None]).any(3)
    own = np.eye(now_WA.shape[1], dtype=np.bool_)
    return (on_track & ~own & well_WA[:, None]).any(2) & ~(on_track & own).any(2)


def with_following(batches: Sequence[Batch], learner: Learner) -> list[Batch]:
    """What following is paid is added to the reward of the step in which it was done."""
    return [batch.rewarded(batch.label("following_reward")) for batch in batches]


def counted(batch: Batch, answers: Answers) -> tuple[Tensor, dict[str, Tensor]]:
    """How often frames follow somebody; nothing is descended."""
    active = batch.transition.active.to(answers.value.dtype)
    rate = (batch.label("follows") * active).sum() / active.sum().clamp(min=1)
    return answers.value.sum() * 0, {"following": rate}
