"""What does PPO with KL control descend? Pure functions over arrays.

Axes: E episodes; D decisions of an episode, one after another over all its turns, padded on the right. `is_real_ED`
says which of them there are; what is not real has no part in anything, whatever stands there, NaN too.
"""

from typing import NamedTuple

import torch
from torch import Tensor

ABOUT_ZERO = 1e-8


def log_ratio_kl(log_prob: Tensor, reference: Tensor) -> Tensor:
    """k1 = log p - log q of what p drew: its mean is KL(p || q). Schulman 2020, http://joschu.net/blog/kl-approx.html."""
    return log_prob - reference


def positive_kl(log_prob: Tensor, reference: Tensor) -> Tensor:
    """k3 = q / p - 1 - log(q / p), never negative and with the same mean; by `expm1`, which is exact near 0."""
    ratio = reference - log_prob
    return torch.expm1(ratio) - ratio


class AdaptiveKL:
    """The coefficient that keeps the KL of an episode near a target (Ziegler et al. 2019, arXiv 1909.08593, §2.2).

    Args:
        coefficient: to begin with.
        target: of KL summed over an episode, in nats; None leaves the coefficient as it is.
        horizon: episodes over which an error of 20 % or more changes it e-fold.
    """

    def __init__(self, coefficient: float, target: float | None = None, horizon: int = 10_000) -> None:
        self.coefficient, self.target, self.horizon = coefficient, target, horizon

    def update(self, kl: float, episodes: int) -> None:
        """Take in the mean KL of so many episodes."""
        if self.target is not None:
            error = min(max(kl / self.target - 1, -0.2), 0.2)
            self.coefficient *= 1 + error * episodes / self.horizon


def rewards(score_E: Tensor, kl_ED: Tensor, coefficient: float, is_real_ED: Tensor) -> Tensor:
    """What each decision earns: minus the KL there, and the last real one also the score of its episode, [E, D].

    Raises:
        ValueError: an episode has no decision, so that its score would be lost.
    """
    count_E = is_real_ED.sum(1)
    if bool((count_E == 0).any()):
        empty = int((count_E == 0).nonzero()[0, 0])
        raise ValueError(f"episode {empty} has no decision: leave it out, its score would be lost")
    reward_ED = torch.where(is_real_ED, -coefficient * kl_ED, 0.0)
    return reward_ED.scatter_add(1, (count_E - 1)[:, None], score_E[:, None].to(reward_ED.dtype))


def advantages(
    reward_ED: Tensor, value_ED: Tensor, discount_ED: Tensor, is_real_ED: Tensor, trace: float
) -> tuple[Tensor, Tensor]:
    """Generalised advantages and returns, [E, D] each; 0 where nothing is real. arXiv 1506.02438.

    Args:
        reward_ED: of each decision.
        value_ED: what was expected before it.
        discount_ED: of what comes after it: 1 within an answer, less where a turn ends.
        is_real_ED: real ones stand first.
        trace: lambda.
    """
    reward_ED, value_ED = (torch.where(is_real_ED, x, 0.0) for x in (reward_ED, value_ED))
    advantage_ED = torch.zeros_like(reward_ED)
    following = after = torch.zeros_like(reward_ED[:, 0])
    for d in reversed(range(reward_ED.shape[1])):
        delta = reward_ED[:, d] + discount_ED[:, d] * after - value_ED[:, d]
        following = torch.where(is_real_ED[:, d], delta + discount_ED[:, d] * trace * following, 0.0)
        advantage_ED[:, d], after = following, value_ED[:, d]
    return advantage_ED, advantage_ED + value_ED


def discounts(turn_ED: Tensor, is_real_ED: Tensor, between: float) -> Tensor:
    """What later reward counts for at each decision: 1 within a turn, `between` for each that ends, 0 at the end."""
    following = torch.cat([turn_ED[:, 1:], turn_ED[:, -1:]], 1)
    is_last = ~torch.cat([is_real_ED[:, 1:], torch.zeros_like(is_real_ED[:, :1])], 1)
    passed = (following - turn_ED).clamp(min=0).double()
    return torch.where(is_last | ~is_real_ED, 0.0, between**passed).float()


def whitened(x: Tensor, is_real: Tensor, keep_mean: bool = False) -> Tensor:
    """Real entries with variance 1 (biased) and mean 0, or their own mean; 0 elsewhere. A single one has no spread."""
    real = x[is_real]
    if real.numel() == 0:
        return torch.zeros_like(x)
    mean, spread = real.mean(), real.std(correction=0)
    scaled = (x - mean) / (spread + ABOUT_ZERO)
    return torch.where(is_real, scaled + mean if keep_mean else scaled, 0.0)


class PolicyLoss(NamedTuple):
    """A loss, and what to log of it."""

    loss: Tensor
    clipped: Tensor
    """share of decisions whose ratio is clipped"""
    old_kl: Tensor
    """k3 to the policy that drew them"""


def policy_loss(log_prob_N: Tensor, old_N: Tensor, advantage_N: Tensor, clip: float) -> PolicyLoss:
    """PPO's clipped loss, the mean over real decisions [N]. arXiv 1707.06347, equation 7."""
    ratio_N = (log_prob_N - old_N).exp()
    held_N = ratio_N.clamp(1 - clip, 1 + clip)
    loss = torch.maximum(-advantage_N * ratio_N, -advantage_N * held_N).mean()
    is_clipped = ((ratio_N - 1).abs() > clip).float().mean()
    return PolicyLoss(loss, is_clipped, positive_kl(old_N, log_prob_N).mean().detach())


def value_loss(value_N: Tensor, old_N: Tensor, return_N: Tensor, clip: float) -> Tensor:
    """Half the squared error, the larger of the clipped and the plain one; the mean over real decisions [N]."""
    held_N = old_N + (value_N - old_N).clamp(-clip, clip)
    return 0.5 * torch.maximum((value_N - return_N) ** 2, (held_N - return_N) ** 2).mean()


# ---- what it is compared with -----------------------------------------------------------------------------------
def preference_loss(chosen_E: Tensor, other_E: Tensor, is_tie_E: Tensor) -> Tensor:
    """Minus the log-likelihood of comparisons under Bradley and Terry, the mean, [E] scores each.

    A tie counts as half a win of either.
    """
    apart = chosen_E - other_E
    won, lost = torch.nn.functional.logsigmoid(apart), torch.nn.functional.logsigmoid(-apart)
    return -torch.where(is_tie_E, 0.5 * (won + lost), won).mean()


def direct_preference_loss(
    chosen_E: Tensor, other_E: Tensor, reference_chosen_E: Tensor, reference_other_E: Tensor, coefficient: float,
    is_tie_E: Tensor,
) -> Tensor:  # fmt: skip
    """DPO: the same of log-probabilities of episodes less the reference's. arXiv 2305.18290, equation 7."""
    return preference_loss(
        coefficient * (chosen_E - reference_chosen_E), coefficient * (other_E - reference_other_E), is_tie_E
    )


def above_others(score_GK: Tensor) -> Tensor:
    """RLOO: scores of K episodes of one situation less the mean of the K - 1 others, [G, K]. arXiv 2402.14740, §3.

    Raises:
        ValueError: K is 1, so that there are no others.
    """
    others = score_GK.shape[1] - 1
    if others < 1:
        raise ValueError(
            "a group has 1 episode, needed are 2 or more: there is nothing else to compare it with"
        )
    return score_GK - (score_GK.sum(1, keepdim=True) - score_GK) / others


def group_advantages(score_GK: Tensor) -> Tensor:
    """GRPO: scores of K episodes of one situation less their mean, over their spread, [G, K]. arXiv 2402.03300.

    Groups in which all scores are equal teach nothing and are 0.
    """
    apart = score_GK - score_GK.mean(1, keepdim=True)
    spread = score_GK.std(1, correction=0, keepdim=True)
    return torch.where(spread > ABOUT_ZERO, apart / (spread + ABOUT_ZERO), 0.0)
