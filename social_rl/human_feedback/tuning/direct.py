"""How does a language model learn from comparisons themselves? Direct preference optimisation, and filtered imitation.

Both see the decisions of episodes that were compared, and who was preferred: no reward model, and no new episodes.
Axes: P pairs; N decisions of episodes, one episode after the other.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from agents.language.model.decisions import Turn, decision_log_probs, decisions_of, distinct_turns, turns_of
from agents.language.model.forward import is_known
from agents.language.model.language_model import LanguageModel
from agents.language.model.training import padded_batch, shared_batch
from agents.training.learner import Learner, LearnerConfig
from social_rl.human_feedback.preferences.comparison import Comparison, Label
from social_rl.human_feedback.reward.fitting import group_of
from social_rl.human_feedback.reward.model import copied
from social_rl.human_feedback.tuning.kept_turns import key_of
from social_rl.human_feedback.tuning.losses import direct_preference_loss


class Pair(NamedTuple):
    """Two episodes of one situation, each its turns; the first was preferred, unless it is a tie."""

    chosen: list[Turn]
    other: list[Turn]
    is_tie: bool


def pairs_of(
    judged: Sequence[tuple[Comparison, Label]], turns: dict[str, list[Turn]]
) -> tuple[list[Pair], int]:
    """Pairs of what was judged, and how many were left out because an episode's turns are not kept or are none."""
    found, missing = [], 0
    for comparison, label in judged:
        group = group_of(comparison, label)
        for i, j, is_tie in group.pairs if group else ():
            some = [turns.get(key_of(comparison.level, comparison.items[n].text), []) for n in (i, j)]
            if all(some):
                found.append(Pair(some[0], some[1], is_tie))
            else:
                missing += 1
    return found, missing


def dpo_loss(
    policy: LanguageModel, reference: LanguageModel, pairs: Sequence[Pair], coefficient: float
) -> tuple[Tensor, dict[str, Tensor]]:
    """DPO of pairs, the mean; and how often what was preferred is ahead of the reference by more than the other."""
    episodes = [some for pair in pairs for some in (pair.chosen, pair.other)]
    log_prob_PS = _log_probs(policy, episodes).view(-1, 2)
    with torch.no_grad():
        reference_PS = _log_probs(reference, episodes).view(-1, 2)
    is_tie_P = torch.tensor([pair.is_tie for pair in pairs])
    loss = direct_preference_loss(
        log_prob_PS[:, 0], log_prob_PS[:, 1], reference_PS[:, 0], reference_PS[:, 1], coefficient, is_tie_P
    )
    ahead_P = ((log_prob_PS - reference_PS) @ torch.tensor([1.0, -1.0])).detach()
    return loss, {"loss": loss.detach(), "ahead": (ahead_P > 0).float().mean(), "margin": ahead_P.mean()}


def filtered_loss(policy: LanguageModel, pairs: Sequence[Pair]) -> tuple[Tensor, dict[str, Tensor]]:
    """Minus the log-probability of the decisions of what was preferred, the mean over decisions."""
    decisions = sum(len(decisions_of(turn)) for pair in pairs for turn in pair.chosen)
    loss = -_log_probs(policy, [pair.chosen for pair in pairs]).sum() / decisions
    return loss, {"loss": loss.detach()}


def tuned_directly(
    reference: LanguageModel, pairs: Sequence[Pair], method: str, *, coefficient: float, epochs: int, batch: int,
    rate: float, workers: int, seed: int,
) -> tuple[LanguageModel, list[dict[str, float]]]:  # fmt: skip
    """A copy of a model after so many passes over pairs, and its log, a line for each step.

    Args:
        reference: what it begins as; never changes.
        pairs: what was judged.
        method: "dpo" or "filtered", to which ties say nothing.
        coefficient: beta of DPO.
        epochs, batch: passes, and pairs of a step.
        rate: at the start; it falls to 0.
        workers: threads.
        seed: of the order.

    Raises:
        ValueError: there is no pair.
    """
    if method == "filtered":
        pairs = [pair for pair in pairs if not pair.is_tie]
    if not pairs:
        raise ValueError("no comparison was judged whose turns are kept: label some first")
    policy = copied(reference)
    reference.model.requires_grad_(False).eval()
    learner = Learner(
        policy.model, workers, LearnerConfig(rate, 0.0, betas=(0.9, 0.95), warmup=0.05, seed=seed)
    )
    rng, log = np.random.default_rng(seed), list[dict[str, float]]()
    orders = [rng.permutation(len(pairs)) for _ in range(epochs)]
    steps = [some for order in orders for some in np.array_split(order, max(1, len(pairs) // batch))]

    def loss(_: object, some: list[Pair]) -> tuple[Tensor, dict[str, Tensor]]:
        return (
            filtered_loss(policy, some)
            if method == "filtered"
            else dpo_loss(policy, reference, some, coefficient)
        )

    for step, some in enumerate(steps):
        parts = [[pairs[i] for i in some[w::workers]] for w in range(workers) if len(some[w::workers])]
        log.append(learner.study(parts, loss, step / len(steps)))
    learner.pool.shutdown()
    return policy, log


def _log_probs(language_model: LanguageModel, episodes: Sequence[Sequence[Turn]]) -> Tensor:
    """The log-probability of all decisions of each episode; what is alike is read once, and so is a shared prompt."""
    number = {turn: i for i, turn in enumerate(distinct_turns(episodes))}
    batched = shared_batch if is_known(language_model.model) else padded_batch
    turns = turns_of(list(number), language_model.pad, batched)
    each_T = decision_log_probs(language_model, turns)[0]
    sum_T = each_T.new_zeros(len(number)).index_add(0, turns.turn_N, each_T)
    return torch.stack([sum_T[[number[turn] for turn in some]].sum() for some in episodes])
