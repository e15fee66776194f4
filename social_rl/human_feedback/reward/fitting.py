"""How does a reward model learn? From comparisons of transcripts, one pass over them, all pairs of a prompt together.

Pairs of one prompt that are spread over batches are overfitted within one pass (Ouyang et al. 2022, arXiv 2203.02155,
§3.5), so a prompt with all its transcripts is one element of a batch.
"""

import hashlib
from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import Any, NamedTuple, TypeVar

import numpy as np
import torch
from torch import Tensor

from agents.language.model.language_model import LanguageModel
from agents.training.learner import Learner, LearnerConfig
from social_rl.human_feedback.preferences.comparison import Comparison, Label
from social_rl.human_feedback.reward.model import RewardModel, Scorer, normalise
from social_rl.human_feedback.tuning.losses import preference_loss

VALIDATION = 0.2  # of levels
RATE, BATCH, WARMUP = 3e-4, 8, 0.05
Member = TypeVar("Member", bound=Scorer)


class Group(NamedTuple):
    """What was judged of one prompt: transcripts or clips, and pairs of them."""

    level: str
    texts: tuple[Any, ...]
    pairs: tuple[tuple[int, int, bool], ...]
    """the better one, the other one, and whether that was a tie"""
    rater: str = ""
    policies: tuple[str, ...] = ()
    """who made each transcript"""


def group_of(comparison: Comparison, label: Label) -> Group | None:
    """What a label says of the items of a choice or a ranking; None of one that was skipped, or is of another kind."""
    answer, texts = label.answer, tuple(item.text for item in comparison.items)
    pairs: list[tuple[int, int, bool]] = []
    if comparison.kind == "choice" and answer["best"] != "skip":
        best = answer["best"]
        pairs = [(0, 1, True)] if best == "tie" else [(best, 1 - best, False)]
    elif comparison.kind == "ranking":
        ranks = answer["order"]
        pairs = [(i, j, True) for rank in ranks for i, j in combinations(rank, 2)]
        pairs += [(i, j, False) for a, b in combinations(ranks, 2) for i in a for j in b]
    if not pairs:
        return None
    return Group(
        comparison.level, texts, tuple(pairs), label.rater, tuple(item.policy for item in comparison.items)
    )


def is_validation(level: str) -> bool:
    """Is a level kept for validation? By its own digest, so that no level is ever on both sides."""
    return int(hashlib.sha256(level.encode()).hexdigest()[:8], 16) / 16**8 < VALIDATION


def by_level(groups: Sequence[Group]) -> list[list[Group]]:
    """Groups of the same level together, in the order in which levels come up."""
    found: dict[str, list[Group]] = {}
    for group in groups:
        found.setdefault(group.level, []).append(group)
    return list(found.values())


def loss_of(member: Scorer, levels: Sequence[Sequence[Group]]) -> tuple[Tensor, dict[str, Tensor]]:
    """The mean over levels of the mean over their pairs, and the share of pairs that are ordered as they were judged.

    A tie is never wrong.
    """
    texts = list(dict.fromkeys(text for level in levels for group in level for text in group.texts))
    place = {text: i for i, text in enumerate(texts)}
    score_B = member(texts)
    losses, right = [], []
    for level in levels:
        pairs = [(place[g.texts[i]], place[g.texts[j]], tie) for g in level for i, j, tie in g.pairs]
        better, other, tie = (torch.tensor(column) for column in zip(*pairs, strict=True))
        losses.append(preference_loss(score_B[better], score_B[other], tie))
        right.append(((score_B[better] > score_B[other]) | tie).float().mean())
    loss = torch.stack(losses).mean()
    return loss, {"loss": loss.detach(), "accuracy": torch.stack(right).mean().detach()}


def fit(
    language_model: LanguageModel,
    groups: Sequence[Group],
    seed: int,
    *,
    rate: float = RATE,
    batch: int = BATCH,
    workers: int = 2,
) -> tuple[RewardModel, list[dict[str, float]]]:
    """A new reward model that began as a copy of a language model, as `fitted` makes it, and its log."""
    return fitted(RewardModel(language_model, seed), groups, seed, rate=rate, batch=batch, workers=workers)


def fitted(
    member: Member, groups: Sequence[Group], seed: int, *, rate: float = RATE, batch: int = BATCH, workers: int = 2
) -> tuple[Member, list[dict[str, float]]]:  # fmt: skip
    """A reward model after one pass over groups, normalised on what they show, and its log.

    Args:
        member: that begins, and changes.
        groups: what was judged, of levels that are not kept for validation.
        seed: of the order.
        rate: at the start; it falls to 0.
        batch: levels of a step.
        workers: parts of a step, side by side.

    Raises:
        ValueError: there is nothing to learn from.
    """
    levels = by_level(groups)
    if not levels:
        raise ValueError("there are 0 judged comparisons to fit a reward model to: label some first")
    learner = Learner(
        member,
        workers,
        LearnerConfig(rate, 0.0, betas=(0.9, 0.99), warmup=WARMUP, weight_decay=0.01, seed=seed),
    )
    order = np.random.default_rng([seed, len(levels)]).permutation(len(levels))
    cuts = [*range(0, len(order), max(batch, workers)), len(order)]
    if len(cuts) > 2 and cuts[-1] - cuts[-2] < workers:
        del cuts[-2]  # a step has a level for each worker
    log = []
    for first, end in pairwise(cuts):
        chosen = [levels[i] for i in order[first:end]]
        parts = [chosen[i::workers] for i in range(workers) if chosen[i::workers]]
        log.append(learner.study(parts, lambda network, part: loss_of(network, part), first / len(order)))
    learner.pool.shutdown()
    texts = list(dict.fromkeys(text for group in groups for text in group.texts))
    normalise(member, texts)
    return member.eval(), log
