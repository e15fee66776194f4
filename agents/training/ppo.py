"""How does a mind learn from its own reward? Proximal policy optimisation (Schulman et al. 2017, arXiv 1707.06347)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from agents.batch import Batch, Labels, Transition
from agents.policies.perception import columns_of
from agents.training.learner import Answers, Learner, Loss
from agents.training.methods import Critic, Frame, Method, always
from agents.training.processes import summed
from agents.training.returns import gae, normalised
from worlds.state import ACTIVE

if TYPE_CHECKING:
    from agents.training.rollout import RolloutWorker


@dataclass(frozen=True)
class PPOConfig:
    """What PPO is told.

    gamma, lam: see `returns.gae`. clip: of the ratio of chances. value_clip: how far a value may move, in units of the
    value scale; 0 for no clipping. entropy: bonus, falling to `last_entropy` over the run. target_kl: stop going
    through a batch once acts have changed this much; 0 never.
    """

    gamma: float = 0.99
    lam: float = 0.95
    clip: float = 0.2
    value_clip: float = 0.2
    value: float = 0.5
    entropy: float = 0.01
    last_entropy: float = 0.001
    target_kl: float = 0.02

    def __post_init__(self) -> None:
        for name, low, high in (
            ("gamma", 0, 1), ("lam", 0, 1), ("clip", 0, 1), ("value_clip", 0, 100), ("value", 0, 100),
            ("entropy", 0, 10), ("last_entropy", 0, 10), ("target_kl", 0, 10),
        ):  # fmt: skip
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} is {getattr(self, name)}, allowed are {low} to {high}")


@dataclass
class ValueScale:
    """Mean and deviation of returns so far: heads learn values in these units (PopArt, van Hasselt et al. 2016)."""

    mean: float = 0.0
    square: float = 1.0
    weight: float = 0.0

    @property
    def deviation(self) -> float:
        """Never below 0.01."""
        return max(self.square - self.mean**2, 1e-4) ** 0.5

    def real(self, value: Tensor) -> Tensor:
        """Values in units of reward, of values in units of this scale."""
        return value * self.deviation + self.mean

    def scaled(self, value: Tensor) -> Tensor:
        """Values in units of this scale, of values in units of reward."""
        return (value - self.mean) / self.deviation

    def begin(self, transitions: Sequence[Transition], gamma: float) -> None:
        """Begin at the one value that, held of all frames, makes their TD errors vanish on the average.

        Else values that are far from 0, such as -100 for ever paying 1 at a discount of .99, have to be learned first,
        and the way there, taken for their deviation, hides what differs between frames.
        """
        sums = torch.zeros(2, dtype=torch.float64)
        for went in transitions:
            fade = 1 - gamma * (1 - went.terminated.double())
            sums += torch.stack([(part.double() * went.active).sum() for part in (went.reward, fade)])
        paid, fades = summed(sums)
        if fades > 0 and torch.isfinite(paid):
            self.mean = float(paid / fades)
            self.square = self.mean**2 + 1

    def learn(self, returns: Tensor, active: Tensor, head: nn.Linear, rate: float = 0.05) -> None:
        """Take in the returns of a batch; the last output of `head`, the value, stays as it was in units of reward."""
        far = (
            returns.double()
        )  # the square of a mean that is far from 0 hides a small deviation in single precision
        sums = summed(torch.stack([(far * active).sum(), (far.square() * active).sum(), active.sum()]))
        if not torch.isfinite(sums).all():
            return  # the losses are not finite either, and say so
        before = replace(self)
        mean, square = (float(part / sums[2].clamp(min=1)) for part in sums[:2])
        step = max(rate, 1 / (1 + self.weight))
        self.mean += step * (mean - self.mean)
        self.square = self.square + step * (square - self.square) if self.weight else square
        self.weight += 1
        with torch.no_grad():
            head.weight[-1] *= before.deviation / self.deviation
            head.bias[-1] = self.scaled(before.real(head.bias[-1]))


class Own:
    """The critic that is the network's own value, the last output of `head`."""

    def layer(self, network: Any) -> nn.Linear:
        """As Critic."""
        head = network.head
        assert isinstance(head, nn.Linear), (
            "a network that learns by PPO has its value in the last output of `head`"
        )
        return head

    def value(self, network: Any, hidden: Tensor, own: Tensor, there: Tensor) -> Tensor:
        """As Critic."""
        return own


def ppo(
    config: PPOConfig, scale: ValueScale, due: Callable[[float], bool] = always, critic: Critic | None = None
) -> Method:
    """Learning from reward. `scale` is what it keeps from update to update; `critic` says what frames are worth, by
    default the network itself."""
    judge = critic or Own()

    def prepare(batches: Sequence[Batch], learner: Learner) -> list[Batch]:
        return prepared(batches, config, scale, judge.layer(learner.network))

    def losses(share: float) -> list[Loss]:
        fall = config.last_entropy - config.entropy
        return [ppo_loss(config, config.entropy + fall * min(max(share, 0), 1), judge)]

    limit = ("kl", config.target_kl) if config.target_kl else None
    return Method(
        "ppo", recorder=lambda worker: Values(worker, judge), prepare=prepare, losses=losses, due=due, limit=limit,
        state=scale,
    )  # fmt: skip


class Values:
    """Records what frames were held to be worth, and how likely acts were.

    value: float[T + 1, B] expected return of each frame, and of what comes after the last one. final_value: float[T, B]
    expected return after a frame that was cut. log_prob: float[T, B] of the act and, of who makes calls, of the call.
    """

    memory = None

    def __init__(self, worker: "RolloutWorker", critic: Critic) -> None:
        self.worker, self.critic = worker, critic

    def begin(self, share: float) -> None:
        """As Recorder."""
        T, B = self.worker.steps, len(self.worker.memory.tokens)
        self.value, self.final_value, self.log_prob = (
            torch.zeros(T + 1, B),
            torch.zeros(T, B),
            torch.empty(T, B),
        )

    def before(self, t: int, frame: Frame) -> None:
        """As Recorder."""

    def after(self, t: int, frame: Frame) -> None:
        """As Recorder."""
        worker, state = self.worker, self.worker.sim.state
        there = columns_of(state.active, worker.learners)
        self.value[t] = self._value(frame.hidden, frame.value, there)
        log_prob = of_chosen(frame.logits.log_softmax(-1), torch.from_numpy(frame.act))
        if frame.calls is not None and frame.call is not None:
            log_prob = log_prob + of_chosen(frame.calls.log_softmax(-1), torch.from_numpy(frame.call))
        self.log_prob[t] = log_prob
        was_cut = columns_of(state.truncated, worker.learners)
        cut = np.flatnonzero(was_cut)
        if len(cut):
            hidden = worker.thought_ends(cut)
            ends = torch.zeros_like(frame.hidden)
            own = torch.zeros_like(frame.value)
            ends[cut], own[cut] = hidden, worker.network.decide(hidden)[1]
            self.final_value[t, cut] = self._value(ends, own, was_cut)[cut]

    def labels(self) -> Labels:
        """As Recorder."""
        worker = self.worker
        hidden = worker.thought_now()
        there = columns_of(worker.sim.state.finished == ACTIVE, worker.learners)
        self.value[-1] = self._value(hidden, worker.network.decide(hidden)[1], there)
        return Labels({"value": self.value, "final_value": self.final_value, "log_prob": self.log_prob})

    def _value(self, hidden: Tensor, own: Tensor, there: np.ndarray) -> Tensor:
        """What the critic says of columns [B, ...]."""
        shape = self.worker.sim.worlds, len(self.worker.learners)
        is_there = torch.from_numpy(there).to(own.device).view(shape)
        value = self.critic.value(self.worker.network, hidden.view(*shape, -1), own.view(shape), is_there)
        return value.reshape(-1).to(self.value.device)


def prepared(batches: Sequence[Batch], config: PPOConfig, scale: ValueScale, head: nn.Linear) -> list[Batch]:
    """Batches for `ppo_loss`: with advantages, normalised for each agent over all workers, and values and returns in
    units of the scale as it is afterwards. Frames of which somebody else chose the act are no longer active: they are
    not the policy's own. `head` is the layer whose last output is the value, see `ValueScale.learn`.
    """
    if not scale.weight:
        scale.begin([batch.transition for batch in batches], config.gamma)
    values = [scale.real(batch.label("value")) for batch in batches]
    own = [batch.transition.active & ~batch.transition.forced for batch in batches]
    found: list[tuple[Tensor, Tensor]] = []
    for batch, value in zip(batches, values, strict=True):
        went, final = batch.transition, scale.real(batch.label("final_value"))
        ends = (went.terminated, went.truncated, final, went.active)
        found.append(gae(went.reward, value, *ends, config.gamma, config.lam))
    returns, active = torch.cat([part for _, part in found], 1), torch.cat(own, 1)
    scale.learn(returns, active, head)
    advantage = normalised(torch.cat([part for part, _ in found], 1), active)
    sizes = [len(batch.hidden) for batch in batches]
    parts = zip(
        batches, own, values, advantage.split(sizes, 1), scale.scaled(returns).split(sizes, 1), strict=True
    )
    return [
        batch._replace(transition=batch.transition._replace(active=mine)).labelled(
            value=scale.scaled(value), advantage=better, returns=worth, there=batch.transition.active
        )
        for batch, mine, value, better, worth in parts
    ]


def of_chosen(logs: Tensor, chosen: Tensor) -> Tensor:
    """Of log-probabilities [..., n], those [...] of what was chosen, int64[...]."""
    return logs.gather(-1, chosen[..., None].to(logs.device))[..., 0]


def ppo_loss(config: PPOConfig, entropy: float, critic: Critic | None = None) -> Loss:
    """The clipped surrogate, the value error and the entropy bonus, over active frames of `prepared` batches.

    Who makes calls chose act and call at once, each by itself: chances are multiplied and entropies added.
    """
    judge = critic or Own()

    def loss(batch: Batch, answers: Answers) -> tuple[Tensor, dict[str, Tensor]]:
        active, advantage, returns = (
            batch.transition.active.float(),
            batch.label("advantage"),
            batch.label("returns"),
        )
        n = active.sum().clamp(min=1)
        logs = answers.logits.log_softmax(-1)
        log_prob, of_calls = of_chosen(logs, batch.act), None
        if answers.calls is not None:
            of_calls = answers.calls.log_softmax(-1)
            log_prob = log_prob + of_chosen(of_calls, batch.call)
        change = log_prob - batch.label("log_prob")
        ratio = change.exp()
        clipped = ratio.clamp(1 - config.clip, 1 + config.clip)
        surrogate = torch.minimum(ratio * advantage, clipped * advantage)
        value = judge.value(answers.network, answers.hidden, answers.value, batch.label("there"))
        error = (value - returns).square()
        if config.value_clip:
            before = batch.label("value")[:-1]
            near = before + (value - before).clamp(-config.value_clip, config.value_clip)
            error = torch.maximum(error, (near - returns).square())
        spread, extra = -(logs.exp() * logs).sum(-1), {}
        if of_calls is not None:
            more = -(of_calls.exp() * of_calls).sum(-1)
            spread, extra = spread + more, {"entropy/calls": more}

        def mean(x: Tensor) -> Tensor:
            return (x * active).sum() / n

        total = -mean(surrogate) + config.value * 0.5 * mean(error) - entropy * mean(spread)
        with torch.no_grad():
            figures = {name: mean(figure) for name, figure in extra.items()} | {
                "surrogate": mean(surrogate), "value_error": mean(error), "entropy": mean(spread),
                "kl": mean(ratio - 1 - change), "clipped": mean(((ratio - 1).abs() > config.clip).float()),
                "ratio_apart": (change.abs() * active).max(),
            }  # fmt: skip
        return total, {name: value.detach() for name, value in figures.items()}

    return loss
