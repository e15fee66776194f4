"""How sure are we? Means, shares and middles with 95 % intervals, and how equally a total is shared."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

Z = 1.959964  # two-sided 95 % of the normal distribution
# Two-sided 95 % of Student's t with 1, 2, ... 30 degrees of freedom; beyond, a series is exact to 0.001.
T = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip


class Estimate(NamedTuple):
    """A mean or a share of `n` values; `low` and `high` are its 95 % interval, NaN where it has none."""

    value: float
    low: float
    high: float
    n: int


NO_ESTIMATE = Estimate(math.nan, math.nan, math.nan, 0)
DRAWS = 10_000  # of a bootstrap
FEWEST = 5  # levels, or episodes where each stands for itself: of fewer, no interval is given
INTERVALS = (
    f"95 %; none below {FEWEST} levels. Agents and episodes of one level are one cluster: shares have Wilson's score "
    "interval for the effective sample size of Korn and Graubard (1998), means Student's t over clusters."
)


def share(successes: int, n: int) -> Estimate:
    """A share of independent successes with Wilson's (1927) score interval, which holds near 0 and 1 too."""
    if n == 0:
        return NO_ESTIMATE
    low, high = wilson(successes / n, n) if n >= FEWEST else (math.nan, math.nan)
    return Estimate(successes / n, low, high, n)


def wilson(p: float, n: float) -> tuple[float, float]:
    """Wilson's (1927) 95 % score interval of a share p of n."""
    middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def share_of(success: np.ndarray, cluster: np.ndarray) -> Estimate:
    """A share of successes that come in clusters, such as the agents of one level.

    Wilson's interval for the effective sample size: n over the design effect, with Student's t for the few clusters
    (Korn and Graubard 1998). Where all are alike, which tells nothing of how alike clusters are, a cluster counts once.

    Args:
        success, cluster: [n] bool, and integers that are the same within a cluster.
    """
    n, clusters = success.size, len(np.unique(cluster))
    if n == 0:
        return NO_ESTIMATE
    p = float(success.mean())
    if clusters < FEWEST:
        return Estimate(p, math.nan, math.nan, n)
    if p in (0, 1):
        return Estimate(p, *wilson(p, clusters), n)
    effect = _variance(success, cluster) / (p * (1 - p) / (n - 1))
    few = (t_quantile(n - 1) / t_quantile(clusters - 1)) ** 2
    return Estimate(p, *wilson(p, n * few / max(effect, 1.0)), n)


def mean(values: Sequence[float] | np.ndarray, cluster: np.ndarray | None = None) -> Estimate:
    """A mean with Student's t interval; NaN among the values are left out.

    Args:
        values: [n]. cluster: [n] integers that are the same where values belong together; None: each for itself.
    """
    every = np.asarray(values, np.float64)
    known = ~np.isnan(every)
    kept = every[known]
    where = np.arange(len(kept)) if cluster is None else cluster[known]
    n, clusters = len(kept), len(np.unique(where))
    if n == 0:
        return NO_ESTIMATE
    middle = float(kept.mean())
    if clusters < FEWEST:
        return Estimate(middle, math.nan, math.nan, n)
    half = t_quantile(clusters - 1) * math.sqrt(_variance(kept, where))
    return Estimate(middle, middle - half, middle + half, n)


def _variance(values: np.ndarray, cluster: np.ndarray) -> float:
    """Variance of a mean over clusters, linearised, so that they may differ in size (Cochran 1977, 11.3)."""
    _, place = np.unique(cluster, return_inverse=True)
    apart = np.bincount(place, values - values.mean())
    return len(apart) / (len(apart) - 1) * float((apart**2).sum()) / values.size**2


def iqm(values: Sequence[float] | np.ndarray) -> float:
    """Interquartile mean: the mean without the lowest and the highest quarter, rounded down (Agarwal et al. 2021)."""
    ordered = np.sort(np.asarray(values, np.float64), axis=None)
    out = len(ordered) // 4
    return float(ordered[out : len(ordered) - out].mean()) if len(ordered) else math.nan


def bootstrap_interval(
    scores_SH: np.ndarray, statistic: Callable[[np.ndarray], float], seed: int, draws: int = DRAWS
) -> tuple[float, float]:
    """95 % interval of a statistic of scores by seed and house; NaN where a single seed tells nothing of chance.

    Percentiles over draws in which the seeds of each house are drawn anew: the stratified bootstrap of Agarwal et al.
    (2021). Houses are not drawn: they are the same for everybody.
    """
    scores = np.asarray(scores_SH, np.float64)
    seeds = len(scores)
    if seeds < 2 or not scores.size:
        return math.nan, math.nan
    rng = np.random.default_rng(seed)
    drawn = [
        statistic(np.take_along_axis(scores, rng.integers(seeds, size=scores.shape), 0)) for _ in range(draws)
    ]
    low, high = np.percentile(drawn, (2.5, 97.5))
    return float(low), float(high)


def t_quantile(freedom: int) -> float:
    """Two-sided 95 % quantile of Student's t (Abramowitz & Stegun 26.7.5 beyond 30 degrees of freedom)."""
    if freedom <= len(T):
        return T[freedom - 1]
    return Z + (Z**3 + Z) / (4 * freedom) + (5 * Z**5 + 16 * Z**3 + 3 * Z) / (96 * freedom**2)


def equality(return_EA: np.ndarray) -> np.ndarray:
    """1 - Gini of each episode's returns (Perolat et al. 2017), [E]; NaN where one is negative or all are 0."""
    total = return_EA.sum(1)
    apart = np.abs(return_EA[:, :, None] - return_EA[:, None, :]).sum((1, 2))
    has_gini = (total > 0) & (return_EA >= 0).all(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(has_gini, 1 - apart / (2 * return_EA.shape[1] * total), np.nan)
