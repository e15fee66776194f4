"""How does one learn from others whose acts are all that one knows? Be taken for one of them: GAIL, as a baseline.

Ho and Ermon (2016), arXiv 1606.03476. A discriminator tells frames of learners, what is seen and what is done, from
those of whoever does not learn in the same worlds, at the same time. A learner is paid -log(1 - D) for being taken for
one of those; what the world pays is not heard of. That is never below 0, so it says something only where all episodes
last equally long (a bias of which the documentation of the library `imitation` warns).

What a frame shows of who looks is left out: its own mark, names of agents, and what they hold or wear.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, one_hot, softplus

from agents.batch import Batch, Labels
from agents.network.actor_critic import ActorCritic
from agents.training.learner import Answers, Learner
from agents.training.methods import Frame, Method
from worlds.objects import AGENT_MARK
from worlds.state import ACTS, AGENT_PLANE, ITEM_PLANE, N_PLANES

if TYPE_CHECKING:
    from agents.training.rollout import RolloutWorker

BITS, UNITS = 8, 64
HEADING = 3  # the bits of an agent's byte that say which way it looks


def gail(weight: float = 1.0) -> Method:
    """A reward of `weight` times -log(1 - D), in place of the world's."""
    return Method("gail", heads, lambda worker: Beside(worker, weight), instead, lambda share: [told_apart])


def heads(network: ActorCritic) -> dict[str, nn.Module]:
    """From the bits of a view, and an act, to the logit of D: this was no learner."""
    given = N_PLANES * network.config.view**2 * BITS + len(ACTS)
    return {"expert": nn.Sequential(nn.Linear(given, UNITS), nn.Tanh(), nn.Linear(UNITS, 1))}


class Beside:
    """Records, beside each frame of a learner, one of an agent that does not learn, in the same world and step.

    its_view: uint8[T, B, 3, C]. its_act: int64[T, B]. both: bool[T, B] both were in their episode. taken: float[T, B]
    what the learner is paid.

    Raises:
        ValueError: nobody is there who does not learn.
    """

    memory = None

    def __init__(self, worker: "RolloutWorker", weight: float) -> None:
        if not worker.others:
            raise ValueError(
                "gail needs somebody in the same worlds to be like: name who does not learn by --cast, as in "
                "bob=expert, and let learners share a network"
            )
        self.worker, self.weight = worker, weight
        experts = np.array(sorted(worker.others), np.int64)
        self.whose = experts[np.arange(len(worker.learners)) % len(experts)]  # [K]

    def begin(self, share: float) -> None:
        """As Recorder."""
        worker = self.worker
        T, B = worker.steps, len(worker.memory.tokens)
        self.its_view = np.empty((T, B, N_PLANES, worker.sim.sizes.view**2), np.uint8)
        self.its_act, self.both = np.empty((T, B), np.int64), np.empty((T, B), np.bool_)
        self.taken = torch.empty(T, B)

    def before(self, t: int, frame: Frame) -> None:
        """As Recorder."""
        view = self.worker.sim.observation.view[:, self.whose]
        self.its_view[t] = view.reshape(self.its_view.shape[1:])
        self.my_view = torch.from_numpy(frame.perceived.view.copy())

    def after(self, t: int, frame: Frame) -> None:
        """As Recorder."""
        state = self.worker.sim.state
        self.its_act[t] = state.action[:, self.whose].reshape(-1)
        active = state.active[:, self.whose] & state.active[:, self.worker.learners]
        self.both[t] = active.reshape(-1)
        logit = held_for_expert(self.worker.network, self.my_view, torch.from_numpy(frame.act))
        self.taken[t] = self.weight * softplus(logit).cpu()

    def labels(self) -> Labels:
        """As Recorder."""
        parts = {"its_view": self.its_view, "its_act": self.its_act, "both": self.both}
        return Labels({name: torch.from_numpy(part) for name, part in parts.items()} | {"taken": self.taken})


def held_for_expert(network: ActorCritic, view: Tensor, act: Tensor) -> Tensor:
    """The logit [...] of D for views uint8[..., 3, C] and acts int64[...]."""
    masks = torch.tensor([1 << bit for bit in range(BITS)], dtype=torch.uint8, device=view.device)
    bits = (nameless(view)[..., None] & masks > 0).flatten(-3)
    return network.head_of("gail")["expert"](torch.cat([bits, one_hot(act, len(ACTS))], -1).float())[..., 0]


def nameless(view: Tensor) -> Tensor:
    """Views uint8[..., 3, C] without the mark of who looks, names of others, and what agents hold or wear."""
    view = view.clone()
    side = int(view.shape[-1] ** 0.5)
    is_agent = view[..., AGENT_PLANE, :] & AGENT_MARK > 0
    view[..., AGENT_PLANE, :] &= AGENT_MARK | HEADING
    view[..., AGENT_PLANE, side // 2] = 0
    view[..., ITEM_PLANE, :] = torch.where(is_agent, 0, view[..., ITEM_PLANE, :])
    return view


def instead(batches: Sequence[Batch], learner: Learner) -> list[Batch]:
    """What learners are paid for being taken for others, in place of the world's reward."""
    return [batch.rewarded(batch.label("taken") - batch.transition.reward) for batch in batches]


def told_apart(batch: Batch, answers: Answers) -> tuple[Tensor, dict[str, Tensor]]:
    """How badly learners are told from others, over frames in which both were in their episode."""
    network = answers.network
    mine = held_for_expert(network, batch.percept.view, batch.act)
    its = held_for_expert(network, batch.label("its_view"), batch.label("its_act"))
    counts = batch.label("both").to(mine.dtype)
    n = 2 * counts.sum().clamp(min=1)
    cost = binary_cross_entropy_with_logits(mine, torch.zeros_like(mine), reduction="none")
    cost = cost + binary_cross_entropy_with_logits(its, torch.ones_like(its), reduction="none")
    right = (((mine < 0).to(counts.dtype) + (its > 0)) * counts).sum() / n
    loss = (cost * counts).sum() / n
    return loss, {"gail": loss.detach(), "gail/told_apart": right, "gail/reward": batch.label("taken").mean()}
