"""How does a policy change by what its episodes were worth? PPO with KL control to the model that it began as.

Ziegler et al. 2019 (arXiv 1909.08593), Stiennon et al. 2020 (arXiv 2009.01325), over episodes of several turns: within
an answer nothing is discounted, between turns `discount_turns` is. The critic is a network of its own that begins as
the reward model, so that what it learns cannot disturb the policy. Without one, scores say how much better an episode
was than others of the same situation (GRPO, RLOO): each decision counts as all that comes after it is worth.

Axes: E episodes; D decisions of an episode, N of all episodes, one episode after the other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import torch
from torch import Tensor, nn

from agents.language.model.decisions import (
    Turn,
    Turns,
    decision_log_probs,
    decisions_of,
    distinct_turns,
    turns_of,
)
from agents.language.model.forward import is_known
from agents.language.model.language_model import LanguageModel
from agents.language.model.training import answer_states, padded_batch, shared_batch
from agents.training.learner import Learner, LearnerConfig
from social_rl.human_feedback.reward.model import RewardModel, copied
from social_rl.human_feedback.tuning.losses import (
    AdaptiveKL,
    advantages,
    discounts,
    log_ratio_kl,
    policy_loss,
    positive_kl,
    rewards,
    value_loss,
    whitened,
)

CHUNK = 64  # turns that are read at a time


@dataclass(frozen=True)
class PPO:
    """How steps are taken."""

    learning_rate: float = 1e-4
    """of the policy, falling to 0"""
    critic_rate: float = 3e-4
    """of the critic, falling to 0"""
    kl: float = 0.05
    """coefficient of the KL to the model that the policy began as"""
    kl_target: float | None = None
    """KL of an episode in nats at which the coefficient is to keep it; none: the coefficient is fixed"""
    kl_horizon: int = 10_000
    """episodes over which the coefficient may change e-fold"""
    discount_turns: float = 1.0
    """of what comes after a turn; 1: all turns of an episode count alike"""
    trace: float = 0.95
    """lambda of advantages"""
    clip: float = 0.2
    """of the ratio"""
    value_clip: float = 0.2
    """of a value's change"""
    epochs: int = 2
    """how often the episodes of an update are gone through"""
    minibatches: int = 4
    """steps of an epoch"""
    missing_end: float = 1.0
    """what an answer costs that has no end"""

    def __post_init__(self) -> None:
        for name, low, high in (
            ("learning_rate", 0, 1), ("critic_rate", 0, 1), ("kl", 0, 1e6), ("discount_turns", 0, 1), ("trace", 0, 1),
            ("clip", 0, 1), ("value_clip", 0, 1e6), ("missing_end", 0, 1e6),
        ):  # fmt: skip
            if not low <= getattr(self, name) <= high:
                option = name.replace("_", "-")
                raise ValueError(f"--{option} is {getattr(self, name)}, allowed are {low} to {high}")
        for name in ("epochs", "minibatches", "kl_horizon"):
            if getattr(self, name) < 1:
                raise ValueError(
                    f"--{name.replace('_', '-')} is {getattr(self, name)}, allowed are 1 and more"
                )
        if self.kl_target is not None and not self.kl_target > 0:
            raise ValueError(f"--kl-target is {self.kl_target}, allowed are numbers above 0, or none")


class Critic(nn.Module):
    """What is expected of an episode at each decision; its head begins at 0.

    Args:
        reward: a reward model, whose copy is the trunk.
    """

    def __init__(self, reward: RewardModel) -> None:
        super().__init__()
        self.language_model = copied(reward.language_model)
        self.trunk = self.language_model.model
        self.head = nn.Parameter(torch.zeros_like(reward.head))
        self.bias = nn.Parameter(torch.zeros(()))

    def forward(self, turns: Turns) -> Tensor:
        """Values [N] before each decision of turns."""
        return answer_states(self.language_model, turns.batch)[turns.place_N] @ self.head + self.bias


@dataclass(frozen=True)
class Experience:
    """Episodes as PPO learns from them."""

    turns: list[Turn]
    """those with a decision, which share a prompt side by side; what was read and answered alike stands here once"""
    first_T: list[int]
    """the number of the first decision of each turn among all of these turns, and the number of all"""
    own_N: Tensor
    """which decision of these turns a decision of an episode is"""
    copies_T: list[Tensor]
    """the decisions of episodes that each turn stands for"""
    episode_N: Tensor
    step_N: Tensor
    """which episode a decision belongs to, and which of its decisions it is"""
    turn_N: Tensor
    """the turn within the episode"""
    score_E: Tensor
    kept: list[int]
    """which of the episodes given had a decision at all"""


def experience(
    language_model: LanguageModel,
    episodes: Sequence[Sequence[Turn]],
    score: Sequence[float],
    missing_end: float = 0.0,
) -> Experience:
    """Episodes, each its turns, and what each was worth, less what an answer without an end costs.

    Raises:
        ValueError: no episode has a decision.
    """
    turns = distinct_turns(episodes)
    if not turns:
        raise ValueError(f"{len(episodes)} episodes have no decision: there is nothing to learn from them")
    number = {turn: i for i, turn in enumerate(turns)}
    first = [0, *accumulate(len(decisions_of(turn)) for turn in turns)]
    own, episode, step, turn_of = list[int](), list[int](), list[int](), list[int]()
    kept: list[int] = []
    worth: list[float] = []
    for e, (some, value) in enumerate(zip(episodes, score, strict=True)):
        count = 0
        for t, turn in enumerate(some):
            decided = len(decisions_of(turn))
            if decided:
                begin = first[number[turn]]
                own += range(begin, begin + decided)
                episode += [len(kept)] * decided
                step += range(count, count + decided)
                turn_of += [t] * decided
                count += decided
        if count:
            endless = any(
                not turn.answer or not bool(language_model.stop_V[turn.answer[-1]]) for turn in some
            )
            kept.append(e)
            worth.append(value - missing_end * endless)
    own_N = torch.tensor(own)
    turn_N = torch.bucketize(own_N, torch.tensor(first), right=True) - 1
    order_N = turn_N.argsort(stable=True)
    copies = order_N.split(torch.bincount(turn_N, minlength=len(turns)).tolist())
    return Experience(
        turns, first, own_N, list(copies), torch.tensor(episode), torch.tensor(step), torch.tensor(turn_of),
        torch.tensor(worth), kept,
    )  # fmt: skip


class Tuner:
    """A policy, what it began as, its critic, and their optimisers.

    Args:
        policy: changes in place.
        reference: what it is held to; never changes.
        critic: changes in place. None: scores have to be relative to their group, see `group_advantages`; advantages
            are then returns as they are, and `trace`, `value_clip` and the critic's rate have no part.
        config: how steps are taken.
        workers: threads.
        seed: of the order of minibatches.
        temperature: at which answers are drawn, and all probabilities are read.
    """

    def __init__(
        self, policy: LanguageModel, reference: LanguageModel, critic: Critic | None, config: PPO, *,
        workers: int = 2, seed: int = 0, temperature: float = 1.0,
    ) -> None:  # fmt: skip
        self.policy, self.reference, self.critic, self.config = policy, reference, critic, config
        self.temperature, self.workers = temperature, workers
        reference.model.requires_grad_(False).eval()
        known = is_known(policy.model) and (critic is None or is_known(critic.trunk))
        self.batched = shared_batch if known else padded_batch
        rates = LearnerConfig(config.learning_rate, 0.0, betas=(0.9, 0.95), warmup=0.02, seed=seed)
        self.learner = Learner(policy.model, workers, rates)
        values = LearnerConfig(config.critic_rate, 0.0, betas=(0.9, 0.95), warmup=0.02, seed=seed)
        self.critic_learner = None if critic is None else Learner(critic, workers, values)
        self.kl = AdaptiveKL(config.kl, config.kl_target, config.kl_horizon)
        self.generator = torch.Generator().manual_seed(seed)

    @property
    def learners(self) -> list[Learner]:
        """Of the policy, and of the critic if there is one."""
        return [self.learner] if self.critic_learner is None else [self.learner, self.critic_learner]

    def update(self, found: Experience, share: float, learns_policy: bool = True) -> dict[str, float]:
        """Learn from episodes; returns figures.

        Args:
            found: what happened under the policy as it is.
            share: how much of the run is done, for learning rates.
            learns_policy: False warms up the critic alone.

        Raises:
            NotFinite: a loss or gradient is not finite; the step at fault changed nothing.
        """
        config = self.config
        old_N, entropy_N = self._read(
            found, lambda turns: decision_log_probs(self.policy, turns, self.temperature)
        )
        reference_N, _ = self._read(
            found, lambda turns: decision_log_probs(self.reference, turns, self.temperature)
        )
        critic = self.critic
        if critic is None:
            value_N, trace = torch.zeros_like(old_N), 1.0
        else:
            value_N, _ = self._read(found, lambda turns: (critic(turns),) * 2)
            trace = config.trace
        kl_N = log_ratio_kl(old_N, reference_N)
        where = found.episode_N, found.step_N
        is_real_ED = self._spread(found, torch.ones_like(kl_N)) > 0
        kl_ED = self._spread(found, kl_N)
        reward_ED = rewards(found.score_E, kl_ED, self.kl.coefficient, is_real_ED)
        discount_ED = discounts(self._spread(found, found.turn_N.float()), is_real_ED, config.discount_turns)
        advantage_ED, return_ED = advantages(
            reward_ED, self._spread(found, value_N), discount_ED, is_real_ED, trace
        )
        return_N = return_ED[where]
        advantage_N = (advantage_ED if critic is None else whitened(advantage_ED, is_real_ED))[where]
        logs: list[dict[str, float]] = []
        sizes: list[int] = []
        for _ in range(config.epochs):
            order = torch.randperm(len(found.turns), generator=self.generator)
            for some in order.tensor_split(min(config.minibatches, len(order))):
                parts = self._parts(found, some.tolist())
                log: dict[str, float] = {}
                if self.critic_learner is not None:
                    log |= self.critic_learner.study(
                        parts,
                        lambda critic, part: _value_loss(critic, part, value_N, return_N, config.value_clip),
                        share,
                    )
                if learns_policy:
                    log |= self.learner.study(
                        parts, lambda _, part: self._policy_loss(part, old_N, advantage_N, config.clip), share
                    )
                logs.append(log)
                sizes.append(sum(len(part.number_N) for part in parts))
        kl = float(kl_ED.sum(1).mean())
        spread = return_N.var(correction=0)
        figures = {name: float(np.average([log[name] for log in logs], weights=sizes)) for name in logs[0]}
        figures |= {
            "score": float(found.score_E.mean()),
            "kl": kl,
            "kl_k3": float(positive_kl(old_N, reference_N).sum() / len(found.score_E)),
            "kl_coefficient": self.kl.coefficient,
            "entropy": float(entropy_N.mean()),
            "decisions": len(kl_N) / len(found.score_E),
            "explained": float(1 - (return_N - value_N).var(correction=0) / spread) if spread > 0 else 0.0,
            "first_ratio": logs[0].get("ratio", 1.0),
        }
        if learns_policy:
            self.kl.update(kl, len(found.score_E))
        return figures

    def _policy_loss(
        self, part: "Part", old_N: Tensor, advantage_N: Tensor, clip: float
    ) -> tuple[Tensor, dict[str, Tensor]]:
        log_prob_N = decision_log_probs(self.policy, part.turns, self.temperature)[0][part.place_N]
        old, advantage = old_N[part.number_N], advantage_N[part.number_N]
        found = policy_loss(log_prob_N, old, advantage, clip)
        ratio = (log_prob_N.detach() - old).exp().mean()
        log = {
            "policy_loss": found.loss.detach() * part.share,
            "clipped": found.clipped * part.share,
            "old_kl": found.old_kl * part.share,
            "ratio": ratio * part.share,
        }
        return found.loss * part.share, log

    def _parts(self, found: Experience, turns: list[int]) -> "list[Part]":
        """Turns for each worker, about as many decisions each; those that share a prompt stay together."""
        workers = min(self.workers, len(turns))
        each = [part.tolist() for part in np.array_split(sorted(turns), workers)]
        numbers = [torch.cat([found.copies_T[t] for t in some]) for some in each]
        mean = sum(map(len, numbers)) / workers
        return [
            Part(self._turns(found, some), number, _places(found, some), len(number) / mean)
            for some, number in zip(each, numbers, strict=True)
        ]

    def _turns(self, found: Experience, some: Sequence[int]) -> Turns:
        return turns_of([found.turns[t] for t in some], self.policy.pad, self.batched)

    def _read(
        self, found: Experience, read: Callable[[Turns], tuple[Tensor, Tensor]]
    ) -> tuple[Tensor, Tensor]:
        """Two numbers of each decision, [N] each, without gradients; what is alike is read once."""
        chunks = [
            range(first, min(first + CHUNK, len(found.turns))) for first in range(0, len(found.turns), CHUNK)
        ]

        def of(chunk: range) -> tuple[Tensor, Tensor]:
            with torch.inference_mode():
                return read(self._turns(found, chunk))

        parts = self.learner.each(of, chunks)
        one, other = (torch.cat(some)[found.own_N] for some in zip(*parts, strict=True))
        return one, other

    def _spread(self, found: Experience, x_N: Tensor) -> Tensor:
        """Numbers of decisions by episode, [E, D]; 0 where there is none."""
        x_ED = torch.zeros(len(found.score_E), int(found.step_N.max()) + 1)
        x_ED[found.episode_N, found.step_N] = x_N.float()
        return x_ED


def _value_loss(
    critic: Critic, part: "Part", value_N: Tensor, return_N: Tensor, clip: float
) -> tuple[Tensor, dict[str, Tensor]]:
    loss = value_loss(critic(part.turns)[part.place_N], value_N[part.number_N], return_N[part.number_N], clip)
    return loss * part.share, {"value_loss": loss.detach() * part.share}


def _places(found: Experience, turns: list[int]) -> Tensor:
    """Which decision of these turns, one after the other, each is that they stand for, [N]."""
    places, before = [], 0
    for t in turns:
        places.append(found.own_N[found.copies_T[t]] - found.first_T[t] + before)
        before += found.first_T[t + 1] - found.first_T[t]
    return torch.cat(places)


@dataclass(frozen=True)
class Part:
    """What one worker learns from in a step."""

    turns: Turns
    number_N: Tensor
    """the numbers of the decisions of episodes that they stand for"""
    place_N: Tensor
    """which decision of these turns each is"""
    share: float
    """of the step's decisions, times the number of parts"""

    def arrays(self) -> dict[str, np.ndarray]:
        """All of it, to be looked at later."""
        batch = vars(self.turns.batch)
        more = {"number_N": self.number_N, "place_N": self.place_N}
        return {name: part.numpy() for name, part in {**batch, **more}.items()}
