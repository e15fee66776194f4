"""How does one learn to matter to others? A reward for acts that change what others do next: social influence.

Jaques et al. (2019), arXiv 1810.08647. Each agent keeps a model of other agents (MOA): from its memory, its own act and
the acts of those it sees, what each of them will do at the next step. Its act a_k had as much influence on agent j as
the model says that j will do otherwise than without knowing a_k:

    c_k = sum over j in view of KL[ p(a_j | a_k, s_k) || sum over a of pi_k(a | s_k) p(a_j | a, s_k) ]

which on average is the mutual information of both acts. To ask what j would have done otherwise changes only what goes
into the model: nobody's memory moves on.

That is the channel of acts. In the channel of messages, the call that k makes stands in the place of its act, and those
who hear it in that of those in view; the model is told acts and calls:

    c_k = sum over j who hear k of KL[ p(a_j | m_k, a_k, s_k) || sum over m of pi_k(m | s_k) p(a_j | m, a_k, s_k) ]

There the paper pays a policy of messages alone, which has values of its own; here act and call share one reward.

Axes: T time, W worlds, K agents that learn, A agents of a world, B = W * K columns, H hidden units, N acts, S things
that a channel lets choose from.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from agents.batch import Batch, Labels
from agents.network.actor_critic import ActorCritic
from agents.network.config import NetworkConfig
from agents.policies.perception import columns_of, in_view
from agents.training.learner import Answers, Learner, Loss
from agents.training.methods import Frame, Method
from agents.training.processes import summed
from worlds.state import ACTS

if TYPE_CHECKING:
    from agents.training.rollout import RolloutWorker

N = len(ACTS)
RARE = 0.005  # no act is held to be rarer than that at first
RISES = 0.25  # of a run: over this share the weight rises from 0, since at first the model knows nothing


class Made(NamedTuple):
    """What the model of others is told of frames [...]."""

    known: Tensor  # float[..., H or more] memory, and whatever is no part of the channel
    choice: Tensor  # int64[...] one's own, 0 to S - 1
    choices: Tensor  # int64[..., A] of everybody; what is not 0 to S - 1 is none


class Channel(NamedTuple):
    """By what one has influence, and on whom."""

    reached: str  # the label bool[..., A] that says on whom
    figure: str  # what their number is called
    size: Callable[[NetworkConfig], int]  # S
    possible: Callable[[NetworkConfig], Sequence[int]]  # those of S that are ever chosen
    beside: Callable[[NetworkConfig], int]  # numbers of `known` beside memory
    logits: Callable[[Frame], Tensor | None]  # float[B, S]
    reaches: Callable[[np.ndarray, np.ndarray], np.ndarray]  # bool[B, A], of who is seen and who hears
    made: Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], Made]  # of memory, acts, calls, seen, who one is


def by_acts(hidden: Tensor, acts: Tensor, calls: Tensor, seen: Tensor, agents: Tensor) -> Made:
    """Of calls nothing is told."""
    return Made(hidden, own_of(acts, agents), acts)


def by_calls(hidden: Tensor, acts: Tensor, calls: Tensor, seen: Tensor, agents: Tensor) -> Made:
    """Acts are known: one's own, and those that are seen."""
    others = marked(acts, N) & seen[..., None]
    known = torch.cat([hidden, marked(own_of(acts, agents), N), others.flatten(-2)], -1)
    return Made(known.to(hidden.dtype), own_of(calls, agents), calls)


CHANNELS = {
    "acts": Channel(
        "seen", "others/in_view", size=lambda config: N,
        possible=lambda config: [a for a in range(N) if not config.forbidden >> a & 1], beside=lambda config: 0,
        logits=lambda frame: frame.logits, reaches=lambda seen, hears: seen, made=by_acts,
    ),
    "messages": Channel(
        "hears", "others/in_earshot", size=lambda config: config.calls,
        possible=lambda config: range(config.calls), beside=lambda config: (1 + config.agents) * N,
        logits=lambda frame: frame.calls, reaches=lambda seen, hears: hears, made=by_calls,
    ),
}  # fmt: skip
BY_ACTS, BY_MESSAGES = CHANNELS["acts"], CHANNELS["messages"]


def influence(weight: float = 1.0, model: float = 1.0, channel: str = "acts") -> Method:
    """A reward of `weight` nats^-1 for influence, and a loss of `model` times the cross-entropy of the model of others.

    `channel` is one of CHANNELS.

    Raises:
        ValueError: a weight is negative, or the loss has none: nobody would learn what others do.
    """
    if weight < 0 or model <= 0:
        raise ValueError(
            f"influence has weights {weight:g} of the reward and {model:g} of the model's loss: the first must not be "
            "below 0, the second must be above 0"
        )
    by = CHANNELS[channel]
    return Method(
        "influence", partial(heads, by=by), lambda worker: Influence(worker, weight, by),
        prepare=with_influence(by), losses=lambda share: [model_of_others(model, by)],
    )  # fmt: skip


def heads(network: ActorCritic, by: Channel) -> dict[str, nn.Module]:
    """From memory, one's own choice and those of others to logits of what each agent does next.

    Raises:
        ValueError: by messages, of minds that say nothing.
    """
    hidden, config = network.width, network.config
    if not by.size(config):
        raise ValueError(
            "influence by messages needs agents that make calls: choose how many, as in --set calls=3, of a scenario "
            "that has them"
        )
    given = hidden + by.beside(config) + (1 + config.agents) * by.size(config)
    inside, told = nn.Linear(given, hidden), nn.Linear(hidden, config.agents * N)
    nn.init.zeros_(told.bias)
    return {"others": nn.Sequential(inside, nn.ReLU(), told)}


class Influence:
    """Records what influence acts, or calls, had, and on whom.

    influence: float[T, B] in nats. influence_reward: float[T, B] what it is paid. seen: bool[T, B, A] who else was in
    view, and in its episode. hears: bool[T, B, A], by messages, who else perceived the call, and was in its episode.
    goes_on: bool[T, B, A] those of them who act at the next step, too.
    """

    memory = None

    def __init__(self, worker: "RolloutWorker", weight: float, by: Channel) -> None:
        self.worker, self.weight, self.by = worker, weight, by

    def begin(self, share: float) -> None:
        """As Recorder."""
        T, B, A = self.worker.steps, len(self.worker.memory.tokens), self.worker.sim.agents
        self.influence = torch.zeros(T, B)
        self.seen, self.reached, self.goes_on = np.zeros((3, T, B, A), np.bool_)
        self.paid = self.weight * min(share / RISES, 1.0)

    def before(self, t: int, frame: Frame) -> None:
        """As Recorder."""
        self.seen[t] = in_view(frame.perceived.view, self.worker.sim.agents)

    def after(self, t: int, frame: Frame) -> None:
        """As Recorder."""
        worker, state, logits = self.worker, self.worker.sim.state, self.by.logits(frame)
        W, K = worker.sim.worlds, len(worker.learners)
        who, others = np.tile(worker.learners, W), np.repeat(state.active, K, 0)
        others[np.arange(W * K), who] = False
        self.seen[t] &= others
        self.reached[t] = others & self.by.reaches(self.seen[t], who_hears(state.obs_heard, worker.learners))
        ends = state.terminated | state.truncated | state.over[:, None]
        self.goes_on[t] = self.reached[t] & ~np.repeat(ends, K, 0)
        acts = torch.from_numpy(np.repeat(state.action, K, 0)).long()
        calls = calls_of(torch.from_numpy(np.repeat(state.said, K, 0)))
        seen, reached, goes_on = map(torch.from_numpy, (self.seen[t], self.reached[t], self.goes_on[t]))
        made = self.by.made(frame.hidden, acts, calls, seen, torch.from_numpy(who))
        assert logits is not None, "minds without calls have no heads for this channel"
        on_each = influence_on(
            worker.network, made.known, logits, made.choice, made.choices, reached, self.by
        )
        is_there = torch.from_numpy(columns_of(state.active, worker.learners))
        self.influence[t] = torch.where(goes_on, on_each, 0.0).sum(-1).cpu() * is_there

    def labels(self) -> Labels:
        """As Recorder."""
        return Labels({
            "influence": self.influence, "influence_reward": self.influence * self.paid,
            "seen": torch.from_numpy(self.seen), self.by.reached: torch.from_numpy(self.reached),
            "goes_on": torch.from_numpy(self.goes_on),
        })  # fmt: skip


def who_hears(heard: np.ndarray, agents: np.ndarray) -> np.ndarray:
    """Who perceives what some agents said? bool[B, A], of uint8[W, A, A, M] heard by each agent of each."""
    return columns_of(np.any(heard.swapaxes(1, 2), -1), agents)


def calls_of(said: Tensor) -> Tensor:
    """Calls int64[..., A] in messages uint8[..., A, M]: from 0 on; -1 in silence."""
    return said.long().sum(-1) - 1  # of one token, or none


def own_of(choices: Tensor, agents: Tensor) -> Tensor:
    """Of choices int64[..., A], what the one does who asks, int64[...]; who that is, is agents int64[...]."""
    return choices.gather(-1, agents.expand(choices.shape[:-1])[..., None])[..., 0]


def marked(choices: Tensor, size: int) -> Tensor:
    """Which of so many things is it? bool[..., size], one of them or none."""
    return choices[..., None] == torch.arange(size, device=choices.device)


def told_of_others(
    network: ActorCritic,
    known: Tensor,
    choice: Tensor,
    choices: Tensor,
    reached: Tensor,
    by: Channel = BY_ACTS,
) -> Tensor:
    """Log-probabilities float[..., A, N] of what agents do at the next step.

    Args:
        known, choice, choices: see Made.
        reached: bool[..., A] of whose choices it is told.
        by: of what.
    """
    size = by.size(network.config)
    others = marked(choices, size) & reached[..., None]
    given = torch.cat([known, marked(choice, size), others.flatten(-2)], -1)
    out: Tensor = network.head_of("influence")["others"](given.to(known.dtype))
    return out.unflatten(-1, (-1, N)).log_softmax(-1)


def influence_on(
    network: ActorCritic, known: Tensor, logits: Tensor, choice: Tensor, choices: Tensor, reached: Tensor,
    by: Channel = BY_ACTS,
) -> Tensor:  # fmt: skip
    """Nats float[..., A] by which a choice, made by logits float[..., S], changed what each agent was expected to do;
    other arguments as `told_of_others`."""
    possible = by.possible(network.config)
    told = [
        told_of_others(network, known, torch.full_like(choice, a), choices, reached, by) for a in possible
    ]
    log_pi = logits[..., possible].log_softmax(-1)
    without = (torch.stack(told, -3) + log_pi[..., None, None]).logsumexp(-3)
    given = told_of_others(network, known, choice, choices, reached, by)
    return (given.exp() * (given - without)).sum(-1)


def begin_at_the_mean(batches: Sequence[Batch], bias: Tensor, reached: str) -> None:
    """At the very first, the model tells how often each agent does what where it is reached, whatever is remembered:
    else memory is spent on that."""
    if not bias.any():
        acts = [one_hot(batch.transition.acts, N) for batch in batches]
        times = [batch.label(reached).sum(2)[..., None] for batch in batches]
        each = [(act * n).sum((0, 1)) for act, n in zip(acts, times, strict=True)]
        counts = summed(torch.stack(each).sum(0)).to(bias.dtype)
        with torch.no_grad():
            bias.copy_((counts / counts.sum(-1, keepdim=True).clamp(min=1)).clamp(min=RARE).log().flatten())


def with_influence(by: Channel) -> Callable[[Sequence[Batch], Learner], list[Batch]]:
    """What influence is paid is added to the reward of the step in which it was had."""

    def prepare(batches: Sequence[Batch], learner: Learner) -> list[Batch]:
        bias = learner.network.get_parameter("heads.influence.others.2.bias")
        begin_at_the_mean(batches, bias, by.reached)
        return [batch.rewarded(batch.label("influence_reward")) for batch in batches]

    return prepare


def model_of_others(weight: float, by: Channel) -> Loss:
    """How unlikely what others did next was held to be, over those who were reached and did anything next.

    Of the last frame of a batch it is not known what follows.
    """

    def loss(batch: Batch, answers: Answers) -> tuple[Tensor, dict[str, Tensor]]:
        acts, active = batch.transition.acts, batch.transition.active
        T, W, K = active.shape

        def for_each(choices_TWA: Tensor) -> Tensor:
            return choices_TWA[:, :, None].expand(T, W, K, -1)

        acts_TWKA, calls_TWKA = for_each(acts), for_each(calls_of(batch.transition.said))
        seen, reached = batch.label("seen"), batch.label(by.reached)
        counts = batch.label("goes_on") & active[..., None]
        made = by.made(answers.hidden, acts_TWKA, calls_TWKA, seen, batch.agents)
        now = Made(*(part[:-1] for part in made))
        told = told_of_others(answers.network, *now, reached[:-1], by)
        done, counts = acts_TWKA[1:], counts[:-1].to(told.dtype)
        n = counts.sum().clamp(min=1)
        cost = -(told.gather(-1, done[..., None])[..., 0] * counts).sum() / n
        frames = active.to(told.dtype)
        figures = {
            "influence": (batch.label("influence") * frames).sum() / frames.sum().clamp(min=1),
            "others/loss": cost.detach(),
            "others/accuracy": ((told.argmax(-1) == done) * counts).sum() / n,
            by.figure: counts.sum() / frames[:-1].sum().clamp(min=1),
        }
        return weight * cost, figures

    return loss
