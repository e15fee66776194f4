"""How does one learn to matter to others? A reward for acts that change what others do next: social influence.

Jaques et al. (2019), arXiv 1810.08647. Each agent keeps a model of other agents (MOA): from its memory, its own act and
the acts of those it sees, what each of them will do at the next step. Its act a_k had as much influence on agent j as
the model says that j will do otherwise than without knowing a_k:

    c_k = sum over j in view of KL[ p(a_j | a_k, s_k) || sum over a of pi_k(a | s_k) p(a_j | a, s_k) ]

which on average is the mutual information of both acts. To ask what j would have done otherwise changes only what goes
into the model: nobody's memory moves on.

Axes: T time, W worlds, K agents that learn, A agents of a world, B = W * K columns, H hidden units, N acts.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from agents.batch import Batch, Labels
from agents.network.actor_critic import ActorCritic
from agents.policies.perception import columns_of
from agents.training.learner import Answers, Learner, Loss
from agents.training.methods import Frame, Method
from agents.training.processes import summed
from worlds.objects import AGENT_MARK
from worlds.state import ACTS, AGENT_PLANE

if TYPE_CHECKING:
    from agents.training.rollout import RolloutWorker

N = len(ACTS)
RARE = 0.005  # no act is held to be rarer than that at first
RISES = 0.25  # of a run: over this share the weight rises from 0, since at first the model knows nothing


def influence(weight: float = 1.0, model: float = 1.0) -> Method:
    """A reward of `weight` nats^-1 for influence, and a loss of `model` times the cross-entropy of the model of others.

    Raises:
        ValueError: a weight is negative, or the loss has none: nobody would learn what others do.
    """
    if weight < 0 or model <= 0:
        raise ValueError(
            f"influence has weights {weight:g} of the reward and {model:g} of the model's loss: the first must not be "
            "below 0, the second must be above 0"
        )
    return Method(
        "influence", heads, lambda worker: Influence(worker, weight), prepare=with_influence,
        losses=lambda share: [model_of_others(model)],
    )  # fmt: skip


def heads(network: ActorCritic) -> dict[str, nn.Module]:
    """From memory, own act and acts of others to logits of what each agent does next."""
    hidden, agents = network.width, network.config.agents
    inside, told = nn.Linear(hidden + N + agents * N, hidden), nn.Linear(hidden, agents * N)
    nn.init.zeros_(told.bias)
    return {"others": nn.Sequential(inside, nn.ReLU(), told)}


class Influence:
    """Records what influence acts had, and on whom.

    influence: float[T, B] in nats. influence_reward: float[T, B] what it is paid. seen: bool[T, B, A] who else was in
    view, and in its episode. goes_on: bool[T, B, A] those of them who act at the next step, too.
    """

    memory = None

    def __init__(self, worker: "RolloutWorker", weight: float) -> None:
        self.worker, self.weight = worker, weight

    def begin(self, share: float) -> None:
        """As Recorder."""
        T, B, A = self.worker.steps, len(self.worker.memory.tokens), self.worker.sim.agents
        self.influence = torch.zeros(T, B)
        self.seen, self.goes_on = np.zeros((T, B, A), np.bool_), np.zeros((T, B, A), np.bool_)
        self.paid = self.weight * min(share / RISES, 1.0)

    def before(self, t: int, frame: Frame) -> None:
        """As Recorder."""
        self.seen[t] = in_view(frame.perceived.view, self.worker.sim.agents)

    def after(self, t: int, frame: Frame) -> None:
        """As Recorder."""
        worker, state = self.worker, self.worker.sim.state
        W, K = worker.sim.worlds, len(worker.learners)
        self.seen[t] &= np.repeat(state.active, K, 0)
        self.seen[t, np.arange(W * K), np.tile(worker.learners, W)] = False
        ends = state.terminated | state.truncated | state.over[:, None]
        self.goes_on[t] = self.seen[t] & ~np.repeat(ends, K, 0)
        acts = torch.from_numpy(np.repeat(state.action, K, 0).astype(np.int64))
        seen, goes_on = torch.from_numpy(self.seen[t]), torch.from_numpy(self.goes_on[t])
        on_each = influence_on(
            worker.network, frame.hidden, frame.logits, torch.from_numpy(frame.act), acts, seen
        )
        is_there = torch.from_numpy(columns_of(state.active, worker.learners))
        self.influence[t] = torch.where(goes_on, on_each, 0.0).sum(-1).cpu() * is_there

    def labels(self) -> Labels:
        """As Recorder."""
        return Labels({
            "influence": self.influence, "influence_reward": self.influence * self.paid,
            "seen": torch.from_numpy(self.seen), "goes_on": torch.from_numpy(self.goes_on),
        })  # fmt: skip


def in_view(view: np.ndarray, agents: int) -> np.ndarray:
    """Who stands in views uint8[B, 3, C]? bool[B, A], the one who looks among them."""
    marks = view[:, AGENT_PLANE, :, None]
    return ((marks & AGENT_MARK > 0) & ((marks & AGENT_MARK - 1) >> 2 == np.arange(agents))).any(1)


def told_of_others(network: ActorCritic, hidden: Tensor, act: Tensor, acts: Tensor, seen: Tensor) -> Tensor:
    """Log-probabilities float[..., A, N] of what agents do at the next step.

    Args:
        hidden: float[..., H] memory of the one who asks.
        act: int64[...] its own act.
        acts: int64[..., A] those of everybody; only those `seen`, bool[..., A], count.
    """
    others = one_hot(acts, N) * seen[..., None]
    given = torch.cat([hidden, one_hot(act, N), others.flatten(-2)], -1)
    out: Tensor = network.head_of("influence")["others"](given.to(hidden.dtype))
    return out.unflatten(-1, (-1, N)).log_softmax(-1)


def influence_on(
    network: ActorCritic, hidden: Tensor, logits: Tensor, act: Tensor, acts: Tensor, seen: Tensor
) -> Tensor:
    """Nats float[..., A] by which an act changed what each agent was expected to do; arguments as `told_of_others`."""
    allowed = [a for a in range(N) if not network.config.forbidden >> a & 1]
    told = [told_of_others(network, hidden, torch.full_like(act, a), acts, seen) for a in allowed]
    log_pi = logits[..., allowed].log_softmax(-1)
    without = (torch.stack(told, -3) + log_pi[..., None, None]).logsumexp(-3)
    given = told_of_others(network, hidden, act, acts, seen)
    return (given.exp() * (given - without)).sum(-1)


def begin_at_the_mean(batches: Sequence[Batch], bias: Tensor) -> None:
    """At the very first, the model tells how often each agent does what where others see it, whatever is remembered:
    else memory is spent on that."""
    if not bias.any():
        acts = [one_hot(batch.transition.acts, N) for batch in batches]
        times = [batch.label("seen").sum(2)[..., None] for batch in batches]
        each = [(act * n).sum((0, 1)) for act, n in zip(acts, times, strict=True)]
        counts = summed(torch.stack(each).sum(0)).to(bias.dtype)
        with torch.no_grad():
            bias.copy_((counts / counts.sum(-1, keepdim=True).clamp(min=1)).clamp(min=RARE).log().flatten())


def with_influence(batches: Sequence[Batch], learner: Learner) -> list[Batch]:
    """What influence is paid is added to the reward of the step in which it was had."""
    begin_at_the_mean(batches, learner.network.get_parameter("heads.influence.others.2.bias"))
    return [batch.rewarded(batch.label("influence_reward")) for batch in batches]


def model_of_others(weight: float) -> Loss:
    """How unlikely what others did next was held to be, over those in view who did anything next.

    Of the last frame of a batch it is not known what follows.
    """

    def loss(batch: Batch, answers: Answers) -> tuple[Tensor, dict[str, Tensor]]:
        acts, active = batch.transition.acts, batch.transition.active
        T, W, K = active.shape
        acts_TWKA = acts[:, :, None].expand(T, W, K, acts.shape[-1])
        seen, counts = batch.label("seen"), batch.label("goes_on") & active[..., None]
        told = told_of_others(answers.network, answers.hidden[:-1], batch.act[:-1], acts_TWKA[:-1], seen[:-1])
        done, counts = acts_TWKA[1:], counts[:-1].to(told.dtype)
        n = counts.sum().clamp(min=1)
        cost = -(told.gather(-1, done[..., None])[..., 0] * counts).sum() / n
        frames = active.to(told.dtype)
        figures = {
            "influence": (batch.label("influence") * frames).sum() / frames.sum().clamp(min=1),
            "others/loss": cost.detach(),
            "others/accuracy": ((told.argmax(-1) == done) * counts).sum() / n,
            "others/in_view": counts.sum() / frames[:-1].sum().clamp(min=1),
        }
        return weight * cost, figures

    return loss
