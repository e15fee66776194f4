"""What is a reward model measured against? How far raters can be foretold, and what episodes were worth in truth."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from social_rl.human_feedback.preferences.comparison import Comparison, Item, Label
from social_rl.human_feedback.preferences.raters import RATERS, ceiling, worth
from social_rl.human_feedback.preferences.utilities import QUANTITIES, utility
from social_rl.human_feedback.reward.fitting import group_of

Judgement = tuple[Comparison, Label]
K = 4  # of which the best one is to be found


class Fours(NamedTuple):
    """G levels with K transcripts each that are not all worth the same."""

    texts: list[str]
    """one level after the other"""
    worth_GK: np.ndarray


def ceiling_of(judgements: Sequence[Judgement]) -> float | None:
    """The best accuracy that any prediction of judged pairs can have, ties left out; None where it is not known.

    It is known of synthetic raters whose answer depends on the comparison alone: not of those who weigh single steps or
    tire; and of rankings only if they see no sides and neither skip nor call ties.
    """
    pairs: dict[str, list[tuple[float, int]]] = {}
    for comparison, label in judgements:
        if (group := group_of(comparison, label)) is None:
            continue
        if label.is_human or not _is_known(label.rater, comparison):
            return None
        worths = [worth(RATERS[label.rater], item, utility) for item in comparison.items]
        words = [len(text.split()) for text in group.texts]
        pairs.setdefault(label.rater, []).extend(
            (worths[i] - worths[j], words[i] - words[j]) for i, j, is_tie in group.pairs if not is_tie
        )
    found = [
        (len(some), ceiling(RATERS[rater], *zip(*some, strict=True))) for rater, some in pairs.items() if some
    ]
    count = sum(n for n, _ in found)
    return math.fsum(n * best for n, best in found) / count if count else None


def fours_of(judgements: Sequence[Judgement]) -> Fours:
    """The first K transcripts of each level that has as many whose quantities were measured."""
    levels: dict[str, dict[str, float]] = {}
    for comparison, _ in judgements:
        for item in filter(_is_measured, comparison.items):
            levels.setdefault(comparison.level, {}).setdefault(item.text, utility(item.features))
    fours = [list(level.items())[:K] for level in levels.values() if len(level) >= K]
    fours = [four for four in fours if len({value for _, value in four}) > 1]
    worth_GK = np.array([[value for _, value in four] for four in fours]).reshape(-1, K)
    return Fours([text for four in fours for text, _ in four], worth_GK)


def _is_known(name: str, comparison: Comparison) -> bool:
    """Does the chance of each answer of this rater follow from the comparison alone?"""
    rater = RATERS.get(name)
    if (
        rater is None
        or rater.discount is not None
        or rater.drift
        or not all(map(_is_measured, comparison.items))
    ):
        return False
    return comparison.kind == "choice" or (
        not rater.side and rater.tie_within is None and rater.skip_within is None
    )


def _is_measured(item: Item) -> bool:
    return item.features.keys() == QUANTITIES.keys()
