"""How does one learn from the expert of a scenario? Do as its script would, in the states one came to oneself (DAgger).

Ross et al. (2011), arXiv 1011.0686. The script labels every state that a learner visits; at first it leads as often as
beta says, then less and less, and from the middle of the run on the learner is alone. Its labels are learned from all
the time, beside reward.
"""

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from agents.batch import Batch, Labels
from agents.policies.perception import columns_of
from agents.policies.scripted import Scripted
from agents.training.learner import Answers
from agents.training.methods import Frame, Method

if TYPE_CHECKING:
    from agents.training.rollout import RolloutWorker

ALONE_FROM = 0.5  # of a run: the script no longer leads


def cloning(beta: float = 1.0) -> Method:
    """Imitation of the script `expert`; `beta`: how often it leads at the beginning.

    Raises:
        ValueError: beta is no chance.
    """
    if not 0 <= beta <= 1:
        raise ValueError(f"cloning has beta {beta:g}: allowed are 0 to 1")
    return Method("cloning", recorder=lambda worker: Shown(worker, beta), losses=lambda share: [as_shown])


class Shown:
    """Records what the script would do in each frame, and lets it act in some.

    shown: int64[T, B] its act. counts: bool[T, B] the agent was in its episode, whoever chose the act.
    """

    def __init__(self, worker: "RolloutWorker", beta: float) -> None:
        self.worker, self.beta = worker, beta
        self.expert = Scripted("expert")
        self.expert.start(worker.sim, worker.learners)  # pyright: ignore[reportArgumentType]: or says that there is none
        self.memory = np.random.default_rng(worker.seed)

    def begin(self, share: float) -> None:
        """As Recorder."""
        shape = self.worker.steps, len(self.worker.memory.tokens)
        self.shown, self.counts = np.empty(shape, np.int64), np.empty(shape, np.bool_)
        self.leads = self.beta * max(1 - share / ALONE_FROM, 0.0)

    def before(self, t: int, frame: Frame) -> None:
        """As Recorder."""
        acts, _ = self.expert.act(self.worker.sim, self.worker.learners, None)  # pyright: ignore[reportArgumentType]
        self.shown[t] = acts.reshape(-1)
        if self.leads:
            frame.forced[:] = self.memory.random(len(frame.act)) < self.leads
            frame.act[:] = np.where(frame.forced, self.shown[t], frame.act)

    def after(self, t: int, frame: Frame) -> None:
        """As Recorder."""
        self.counts[t] = columns_of(self.worker.sim.state.active, self.worker.learners)

    def labels(self) -> Labels:
        """As Recorder."""
        return Labels({"shown": torch.from_numpy(self.shown), "counts": torch.from_numpy(self.counts)})


def as_shown(batch: Batch, answers: Answers) -> tuple[Tensor, dict[str, Tensor]]:
    """How unlikely it is to do as was shown, over frames of the episode."""
    counts, shown = batch.label("counts"), batch.label("shown")
    weight = counts.to(answers.logits.dtype)
    n = weight.sum().clamp(min=1)
    cost = cross_entropy(answers.logits.flatten(0, -2), shown.flatten(), reduction="none").view(weight.shape)
    loss = (cost * weight).sum() / n
    right = ((answers.logits.argmax(-1) == shown) * weight).sum() / n
    return loss, {"cloning": loss.detach(), "cloning/agreement": right}
