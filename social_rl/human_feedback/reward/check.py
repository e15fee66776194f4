"""Can a reward model be trusted? Its health, measured where it did not learn, and against what raters can do at best.

Accuracy alone says little: raters themselves disagree. So it stands beside their ceiling, and beside best of four,
calibration, what it makes of length, and how it does on levels, raters and policies that it has not seen.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from social_rl.evaluation.statistics import Estimate, share_of
from social_rl.human_feedback.reward.fitting import Group
from social_rl.human_feedback.reward.model import Scorer, scores, together

BINS = 10  # of confidence


class Judged(NamedTuple):
    """N pairs that were judged, ties left out."""

    apart_N: np.ndarray
    """score of the better one less that of the other one, float64"""
    probability_N: np.ndarray
    """that the better one is held to be better, the mean of members"""
    longer_N: np.ndarray
    """length of the better one less length of the other one, int64"""
    level_N: np.ndarray
    """number of the level, int64"""


def length_of(shown: Any) -> int:
    """Words of a transcript, or steps of a clip."""
    return len(shown.split() if isinstance(shown, str) else shown)


def judged(members: Sequence[Scorer], groups: Sequence[Group]) -> Judged:
    """What members make of pairs."""
    texts = list(dict.fromkeys(text for group in groups for text in group.texts))
    place = {text: i for i, text in enumerate(texts)}
    score_MB = scores(members, texts).double()
    score_B, words = together(score_MB), np.array([length_of(text) for text in texts])
    number = {level: i for i, level in enumerate(dict.fromkeys(group.level for group in groups))}
    rows = [
        (place[group.texts[i]], place[group.texts[j]], number[group.level])
        for group in groups
        for i, j, is_tie in group.pairs
        if not is_tie
    ]
    better, other, level = np.array(rows, np.int64).reshape(-1, 3).T
    apart = score_B[better] - score_B[other]
    likely = torch.sigmoid(score_MB[:, better] - score_MB[:, other]).mean(0)
    return Judged(apart.numpy(), likely.numpy(), words[better] - words[other], level)


def accuracy(found: Judged) -> Estimate:
    """Share of pairs that are ordered as they were judged; of two with the same score, half. Levels are clusters."""
    right = np.where(found.apart_N == 0, 0.5, found.apart_N > 0)
    return share_of(right, found.level_N)


def calibration(probability_N: np.ndarray) -> tuple[float, float]:
    """Expected calibration error over bins of confidence, and the Brier score, of what came true.

    Args:
        probability_N: that was given to what was judged better. Either side might have been named first, so each pair
            counts as seen from both.
    """
    said = np.concatenate([probability_N, 1 - probability_N])
    came = np.concatenate([np.ones(len(probability_N)), np.zeros(len(probability_N))])
    bin_of = np.minimum((said * BINS).astype(int), BINS - 1)
    error = sum(
        abs(said[bin_of == b].mean() - came[bin_of == b].mean()) * (bin_of == b).mean()
        for b in np.unique(bin_of)
    )
    return float(error), float(((said - came) ** 2).mean())


def length_correlation(found: Judged) -> float:
    """Of differences of scores and of lengths; NaN where one of them never differs."""
    signed = np.concatenate([found.apart_N, -found.apart_N])
    longer = np.concatenate([found.longer_N, -found.longer_N])
    if signed.std() == 0 or longer.std() == 0:
        return float("nan")
    return float(np.corrcoef(signed, longer)[0, 1])


def best_of(score_GK: np.ndarray, truth_GK: np.ndarray) -> float:
    """How often the best of K by score is one of the best in truth; by chance 1 / K where one is best."""
    chosen = score_GK.argmax(1)
    picked = np.take_along_axis(truth_GK, chosen[:, None], 1)[:, 0]
    return float((picked == truth_GK.max(1)).mean())


def health(
    members: Sequence[Scorer], groups: Sequence[Group], ceiling: float | None = None
) -> dict[str, Any]:
    """The figures of a check, as plain numbers.

    Args:
        members: of an ensemble.
        groups: pairs that it did not learn from.
        ceiling: how often raters agree with what they would choose without noise, if it is known.

    Raises:
        ValueError: all were ties or there was none: nothing can be said.
    """
    found = judged(members, groups)
    if not len(found.apart_N):
        raise ValueError(
            "there is no judged pair but ties to check a reward model on: label more, of other levels"
        )
    right = accuracy(found)
    error, brier = calibration(found.probability_N)
    raters = sorted({group.rater for group in groups})
    each = {rater: judged(members, [group for group in groups if group.rater == rater]) for rater in raters}
    return {
        "pairs": len(found.apart_N),
        "accuracy": right.value,
        "interval": [right.low, right.high],
        "ceiling": ceiling,
        "of_ceiling": right.value / ceiling if ceiling else None,
        "calibration_error": error,
        "brier": brier,
        "length_correlation": length_correlation(found),
        "by_rater": {rater: accuracy(some).value for rater, some in each.items() if len(some.apart_N)},
    }


def refusal(figures: dict[str, Any]) -> str:
    """Why a policy must not be tuned by this reward model, or "": its interval includes chance."""
    low, high = figures["interval"]
    if low > 0.5:
        return ""
    return (
        f"the reward model orders {figures['accuracy']:.0%} of {figures['pairs']} pairs as they were judged "
        f"({low:.0%} to {high:.0%}), which may be chance: label more comparisons before tuning by it"
    )
