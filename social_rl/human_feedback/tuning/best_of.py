"""What does the best of n episodes by a reward model bring, by that model and in truth? And when is it too much?

Of K episodes of one situation, the mean over all ways to draw n of them is known exactly, so that one set of episodes
serves every n (Nakano et al. 2021, arXiv 2112.09332, appendix I). How far the best of n is from the policy that drew
them is known too: log n - (n - 1) / n nats (Stiennon et al. 2020, arXiv 2009.01325, appendix G.3).

Axes: G situations, K episodes of each.
"""

import math
from typing import NamedTuple

import numpy as np


def kl_of_best(n: int) -> float:
    """KL of the best of n to what it is the best of, in nats; an upper bound where episodes may be equal."""
    return math.log(n) - (n - 1) / n


def best_of(score_GK: np.ndarray, worth_GK: np.ndarray, n: int) -> np.ndarray:
    """The mean worth of the one with the highest score among n of K, over all ways to draw n, [G].

    Of equal scores each is as likely.

    Raises:
        ValueError: n is not between 1 and K.
    """
    plays = score_GK.shape[1]
    if not 1 <= n <= plays:
        raise ValueError(f"n is {n}, allowed are 1 to {plays}: play more episodes of each situation")
    # The one of rank r (from 1, the lowest) is the best of those drawn in C(r - 1, n - 1) of C(K, n) ways.
    ways = np.array([math.comb(r - 1, n - 1) / math.comb(plays, n) for r in range(1, plays + 1)])
    found = np.empty(len(score_GK))
    for g, (score_K, worth_K) in enumerate(zip(score_GK, worth_GK, strict=True)):
        _, place_K = np.unique(score_K, return_inverse=True)
        mean = np.bincount(place_K, worth_K) / np.bincount(place_K)
        order = np.argsort(score_K, kind="stable")
        found[g] = ways @ mean[place_K[order]]
    return found


class Fit(NamedTuple):
    """Gao et al. 2022 (arXiv 2210.10760): gold gained = d (a - b f(d)), d the square root of KL."""

    a: float
    b: float
    r2: float
    """share of the variance that is explained"""


def fit_gold(kl_N: np.ndarray, gained_N: np.ndarray, *, best_of_n: bool) -> Fit:
    """Fit what was gained in truth by KL: f(d) = d for the best of n, log d for reinforcement learning.

    Raises:
        ValueError: fewer than 3 points with KL above 0.
    """
    real = kl_N > 0
    d, gained = np.sqrt(kl_N[real]), gained_N[real]
    if len(d) < 3:
        raise ValueError(
            f"{len(d)} points have KL above 0, needed are 3 or more: give more n, or more updates"
        )
    columns = np.stack([d, -d * (d if best_of_n else np.log(d))], 1)
    (a, b), *_ = np.linalg.lstsq(columns, gained, rcond=None)
    rest = gained - columns @ np.array([a, b])
    spread = ((gained - gained.mean()) ** 2).sum()
    return Fit(float(a), float(b), float(1 - (rest**2).sum() / spread) if spread > 0 else math.nan)
