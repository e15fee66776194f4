"""How does one learn from others by watching? Foresee what one will see next: that takes knowing what others will do.

The auxiliary loss of SociAPL (Ndousse et al. 2021, arXiv 2010.00581): from memory and act, the next observation; here
of each bit of each byte of the next view, rather than of pixels. `reconstruction` is its control: the present view.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, one_hot

from agents.batch import Batch, Labels
from agents.network.actor_critic import ActorCritic
from agents.policies.perception import columns_of
from agents.training.learner import Answers, Learner, Loss
from agents.training.methods import Frame, Method
from agents.training.processes import summed
from worlds.simulator import SAME_STEP
from worlds.state import ACTS, N_PLANES

if TYPE_CHECKING:
    from agents.training.rollout import RolloutWorker

BITS = 8
RARE = 0.005  # no bit is held to be rarer than that at first
EVERY = 4  # of as many frames, one is foreseen: which one changes from step to step
MASKS = torch.tensor([1 << bit for bit in range(BITS)], dtype=torch.uint8)


def prediction(weight: float = 1.0) -> Method:
    """Foresee the next view. `weight`: of the loss, the mean over planes of what their bits cost in nats a cell."""
    return _method("prediction", weight, Ahead)


def reconstruction(weight: float = 1.0) -> Method:
    """Tell the present view: the same head and loss, but nothing to foresee."""
    return _method("reconstruction", weight, Present)


def _method(name: str, weight: float, recorder: "type[Ahead]") -> Method:
    ahead = recorder is Ahead
    return Method(
        name, heads, recorder, prepare=lambda batches, learner: begun_at_the_mean(batches, learner, name, ahead),
        losses=lambda share: [foreseen(name, weight, ahead)],
    )  # fmt: skip


def heads(network: ActorCritic) -> dict[str, nn.Module]:
    """From memory and act to the bits of a view; their mean is set when the first batch has come."""
    outputs = N_PLANES * network.config.view**2 * BITS
    layer = nn.Linear(network.width + len(ACTS), outputs)
    nn.init.zeros_(layer.bias)
    return {"view": layer}


def begun_at_the_mean(batches: Sequence[Batch], learner: Learner, name: str, ahead: bool) -> Sequence[Batch]:
    """At the very first, the head tells what the bits of views are on the average, whatever is remembered.

    Were memory to learn that, all of it would be driven to its limits, and stay there.
    """
    bias = learner.network.get_parameter(f"heads.{name}.view.bias")
    if not bias.any():
        views = torch.cat([view_of(batch, ahead)[batch.transition.active] for batch in batches])
        bits = (views[..., None] & MASKS > 0).sum(0).flatten()
        share = summed(bits) / summed(torch.tensor(len(views))).clamp(min=1)
        with torch.no_grad():
            bias.copy_(share.clamp(RARE, 1 - RARE).logit())
    return batches


def view_of(batch: Batch, ahead: bool) -> Tensor:
    """The views that are to be told, uint8[T, W, K, 3, C]."""
    return batch.label("next_view") if ahead else batch.percept.view


class Ahead:
    """Records what each frame was followed by.

    next_view: uint8[T, B, 3, C] the view after the act; where an episode ended, its last one and not the next one's
    first.
    """

    memory = None

    def __init__(self, worker: "RolloutWorker") -> None:
        self.worker = worker

    def begin(self, share: float) -> None:
        """As Recorder."""
        worker = self.worker
        shape = worker.steps, len(worker.memory.tokens), N_PLANES, worker.sim.sizes.view**2
        self.next_view = np.empty(shape, np.uint8)

    def before(self, t: int, frame: Frame) -> None:
        """As Recorder."""

    def after(self, t: int, frame: Frame) -> None:
        """As Recorder."""
        sim, agents = self.worker.sim, self.worker.learners
        shape = self.next_view.shape[1:]
        self.next_view[t] = columns_of(sim.observation.view, agents).reshape(shape)
        if sim.autoreset == SAME_STEP and sim.state.over.any():
            ended = np.repeat(sim.state.over, len(agents))
            self.next_view[t, ended] = columns_of(sim.final_observation.view, agents).reshape(shape)[ended]

    def labels(self) -> Labels:
        """As Recorder."""
        return Labels({"next_view": torch.from_numpy(self.next_view)})


class Present(Ahead):
    """Records nothing: the present view is in the percept."""

    def begin(self, share: float) -> None:
        """As Recorder."""

    def after(self, t: int, frame: Frame) -> None:
        """As Recorder."""

    def labels(self) -> Labels:
        """As Recorder."""
        return Labels()


def foreseen(name: str, weight: float, ahead: bool) -> Loss:
    """What the bits of the next view, or of the present one, cost, over active frames."""

    def loss(batch: Batch, answers: Answers) -> tuple[Tensor, dict[str, Tensor]]:
        first = int(batch.transition.acts[0, 0, 0]) % EVERY  # by chance, and the same for the same batch
        chosen = slice(first, None, EVERY)
        hidden, act = answers.hidden[chosen], batch.act[chosen]
        view = view_of(batch, ahead)[chosen]
        given = torch.cat([hidden, one_hot(act, len(ACTS)).to(hidden.dtype)], -1)
        out = answers.network.head_of(name)["view"](given).unflatten(-1, (*view.shape[-2:], BITS))
        truth = (view[..., None] & MASKS.to(view.device) > 0).to(out.dtype)
        cost = binary_cross_entropy_with_logits(out, truth, reduction="none").sum(-1).mean(-1)
        active = batch.transition.active[chosen].to(out.dtype)
        of_planes = (cost * active[..., None]).sum((0, 1, 2)) / active.sum().clamp(min=1)
        figures = dict(zip(("place", "item", "agent"), of_planes.detach(), strict=True))
        return weight * of_planes.mean(), {f"{name}/{plane}": value for plane, value in figures.items()}

    return loss
