"""Can a reward model be trusted? Its health, measured where it did not learn, and against what raters can do at best.

Accuracy alone says little: raters themselves disagree. So it stands beside their ceiling, and beside best of four,
ties, calibration, what it makes of length, and how it does on levels, raters and policies that it has not seen.
"""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from social_rl.evaluation.statistics import Estimate, share_of
from social_rl.human_feedback.reward.fitting import Group
from social_rl.human_feedback.reward.model import Scorer, scores, together
from social_rl.human_feedback.reward.standard import Fours

BINS = 10  # of confidence


class Judged(NamedTuple):
    """N pairs that were judged."""

    apart_N: np.ndarray
    """score of the better one less that of the other one, float64"""
    probability_N: np.ndarray
    """that the better one is held to be better, the mean of members"""
    longer_N: np.ndarray
    """length of the better one less length of the other one, int64"""
    level_N: np.ndarray
    """number of the level, int64"""
    is_tie_N: np.ndarray
    """neither was called better"""
    rater_N: np.ndarray
    """who judged"""
    policy_N: np.ndarray
    """who made the two, "" where that is not known"""


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
        (place[group.texts[i]], place[group.texts[j]], number[group.level], is_tie)
        for group in groups
        for i, j, is_tie in group.pairs
    ]
    better, other, level, is_tie = np.array(rows, np.int64).reshape(-1, 4).T
    apart = score_B[better] - score_B[other]
    likely = torch.sigmoid(score_MB[:, better] - score_MB[:, other]).mean(0)
    rater = np.array([group.rater for group in groups for _ in group.pairs], object)
    policy = np.array([_makers(group, i, j) for group in groups for i, j, _ in group.pairs], object)
    longer = words[better] - words[other]
    return Judged(apart.numpy(), likely.numpy(), longer, level, is_tie > 0, rater, policy)


def among(found: Judged, is_in_N: np.ndarray) -> Judged:
    """Some of the pairs."""
    return Judged(*(column[is_in_N] for column in found))


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


def ties_told(tied: Judged, clear: Judged) -> float:
    """How often a pair that was judged has scores further apart than one that was called a tie; by chance 1/2."""
    apart_N, tied_T = np.abs(clear.apart_N), np.sort(np.abs(tied.apart_N))
    below, upto = (np.searchsorted(tied_T, apart_N, side) for side in ("left", "right"))
    return float((below + upto).mean() / (2 * len(tied_T)))


def health(
    members: Sequence[Scorer],
    groups: Sequence[Group],
    *,
    ceiling: float | None = None,
    fours: Fours | None = None,
    learned_from: Collection[str] | None = None,
) -> dict[str, Any]:
    """The figures of a check, as plain numbers; None where there is nothing to measure one on.

    Args:
        members: of an ensemble.
        groups: pairs that it did not learn from.
        ceiling: the best accuracy that any prediction of these pairs can have, if it is known.
        fours: transcripts of which the best one is to be found.
        learned_from: raters whose labels it learned from, if they are known.

    Raises:
        ValueError: all were ties or there was none: nothing can be said.
    """
    everything = judged(members, groups)
    found, tied = (among(everything, is_in) for is_in in (~everything.is_tie_N, everything.is_tie_N))
    if not len(found.apart_N):
        raise ValueError(
            "there is no judged pair but ties to check a reward model on: label more, of other levels"
        )
    right = accuracy(found)
    error, brier = calibration(found.probability_N)
    known = found.rater_N if learned_from is None else learned_from
    others = among(found, ~np.isin(found.rater_N, [*known]))
    return {
        "pairs": len(found.apart_N),
        "accuracy": right.value,
        "interval": [right.low, right.high],
        "ceiling": ceiling,
        "of_ceiling": right.value / ceiling if ceiling else None,
        "best_of_four": _best_of_four(members, fours) if fours and fours.texts else None,
        "ties": {"pairs": len(tied.apart_N), "told": ties_told(tied, found)} if len(tied.apart_N) else None,
        "calibration_error": error,
        "brier": brier,
        "length_correlation": length_correlation(found),
        "by_rater": _by(found, found.rater_N),
        "other_raters": accuracy(others).value if len(others.apart_N) else None,
        "by_policy": _by(found, found.policy_N),
    }


def _best_of_four(members: Sequence[Scorer], fours: Fours) -> dict[str, float]:
    score_GK = together(scores(members, fours.texts)).numpy().reshape(fours.worth_GK.shape)
    is_best_GK = fours.worth_GK == fours.worth_GK.max(1, keepdims=True)
    return {
        "levels": len(score_GK),
        "right": best_of(score_GK, fours.worth_GK),
        "by_chance": float(is_best_GK.mean()),
    }


def _by(found: Judged, name_N: np.ndarray) -> dict[str, float]:
    """Accuracy by a name that each pair has; those without one are left out."""
    names = sorted({name for name in name_N if name})
    return {name: accuracy(among(found, name_N == name)).value for name in names}


def _makers(group: Group, i: int, j: int) -> str:
    """The policies of a pair."""
    return " and ".join(sorted({group.policies[i], group.policies[j]})) if group.policies else ""


def refusal(figures: dict[str, Any]) -> str:
    """Why a policy must not be tuned by this reward model, or "": its interval includes chance."""
    low, high = figures["interval"]
    if low > 0.5:
        return ""
    return (
        f"the reward model orders {figures['accuracy']:.0%} of {figures['pairs']} pairs as they were judged "
        f"({low:.0%} to {high:.0%}), which may be chance: label more comparisons before tuning by it"
    )
