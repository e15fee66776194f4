"""How far do raters agree, with each other, with themselves and with what is known, and who is to be believed?

Answers to choices become a table of codes, [R, U] (rater, unit): FIRST, TIE, SECOND, in this order for ordinal
measures, or MISSING where a rater skipped or was not asked. Axes: R rater, U unit, C class.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

import numpy as np

from social_rl.evaluation.statistics import Estimate, share
from social_rl.human_feedback.preferences.comparison import Answer, Comparison, Label

FIRST, TIE, SECOND = 0, 1, 2
MISSING = -1
CLASSES = 3
CODES = {0: FIRST, "tie": TIE, 1: SECOND, "skip": MISSING}
MOST_ROUNDS, SETTLED = 1000, 1e-9  # of expectation maximisation; change of a probability that is none
_LEAST = 1e-300  # of a probability whose logarithm is taken


class Ratings(NamedTuple):
    """Who answered what."""

    raters: tuple[str, ...]
    comparisons: tuple[str, ...]
    code_RU: np.ndarray  # int


class Sides(NamedTuple):
    """How often the item on the left was chosen, of all choices of one item."""

    left: int
    n: int
    p: float  # two-sided probability of so uneven a count with a fair coin


class DawidSkene(NamedTuple):
    """What expectation maximisation finds."""

    truth_UC: np.ndarray  # probability that a unit is of a class
    prior_C: np.ndarray  # share of each class
    answer_RCC: (
        np.ndarray
    )  # probability of a rater's answer (last axis) where the truth is a class (middle axis)
    weight_R: np.ndarray  # probability that a rater is right


def ratings_of(judged: Iterable[tuple[Comparison, Label]]) -> Ratings:
    """The first answers of all raters to choices; repetitions and other kinds are left out.

    Args:
        judged: labels with their comparisons, as `Store.judged` gives them.
    """
    codes: dict[tuple[str, str], int] = {}
    for comparison, label in judged:
        if comparison.kind == "choice" and not label.repeat_of:
            codes[label.rater, comparison.id] = CODES[label.answer["best"]]
    raters = tuple(dict.fromkeys(rater for rater, _ in codes))
    units = tuple(dict.fromkeys(unit for _, unit in codes))
    code_RU = np.full((len(raters), len(units)), MISSING)
    row, column = ({name: i for i, name in enumerate(names)} for names in (raters, units))
    for (rater, unit), code in codes.items():
        code_RU[row[rater], column[unit]] = code
    return Ratings(raters, units, code_RU)


# ---- among raters ----------------------------------------------------------------------------------------
def percent_agreement(code_RU: np.ndarray) -> float:
    """Share of pairs of answers to the same unit that are the same; NaN if no unit has two."""
    same = pairs = 0
    for count_C in counts(code_RU).sum(0):
        n = int(count_C.sum())
        pairs += n * (n - 1)
        same += int((count_C * (count_C - 1)).sum())
    return same / pairs if pairs else math.nan


def cohen_kappa(one_U: np.ndarray, other_U: np.ndarray) -> float:
    """Agreement of two raters beyond chance (Cohen 1960), on units that both answered.

    Returns:
        1 where they agree, 0 by chance; NaN if there is no such unit, or both say one and the same throughout.
    """
    both = (one_U != MISSING) & (other_U != MISSING)
    one, other = one_U[both], other_U[both]
    if one.size == 0:
        return math.nan
    observed = float(np.mean(one == other))
    expected = sum(float(np.mean(one == c)) * float(np.mean(other == c)) for c in np.union1d(one, other))
    return (observed - expected) / (1 - expected) if expected < 1 else math.nan


def krippendorff_alpha(code_RU: np.ndarray, measure: Literal["nominal", "ordinal"] = "nominal") -> float:
    """Agreement of any number of raters beyond chance, with answers missing (Krippendorff 2011).

    Returns:
        1 where all agree, 0 by chance; NaN if no unit has two answers, or all of them are the same.
    """
    count_UC = counts(code_RU).sum(0).astype(float)
    count_UC = count_UC[count_UC.sum(1) >= 2]
    weight_U = 1 / np.maximum(count_UC.sum(1) - 1, 1)
    coincidence_CC = np.einsum("uc,uk,u->ck", count_UC, count_UC, weight_U)
    coincidence_CC -= np.diag((count_UC * weight_U[:, None]).sum(0))
    n_C = coincidence_CC.sum(1)
    classes = np.arange(len(n_C))
    if measure == "nominal":
        distance_CC = (classes[:, None] != classes[None]).astype(float)
    else:
        upto_C = np.cumsum(n_C) - n_C / 2  # the middle of a class's ranks
        distance_CC = (upto_C[:, None] - upto_C[None]) ** 2
    expected = float(np.einsum("c,k,ck->", n_C, n_C, distance_CC))
    if expected <= 0:
        return math.nan
    return 1 - (n_C.sum() - 1) * float((coincidence_CC * distance_CC).sum()) / expected


def majority(code_RU: np.ndarray, raters: int = 3) -> np.ndarray:
    """What more than half of so many raters said of each unit: [U] codes.

    Of each unit the first raters count that answered it; MISSING where they are fewer, or none of the codes has more
    than half.
    """
    said_U = np.full(code_RU.shape[1], MISSING)
    for unit, code_R in enumerate(code_RU.T):
        answers = code_R[code_R != MISSING][:raters]
        if len(answers) == raters:
            codes, number = np.unique(answers, return_counts=True)
            if 2 * number.max() > raters:
                said_U[unit] = codes[number.argmax()]
    return said_U


def counts(code_RU: np.ndarray, classes: int | None = None) -> np.ndarray:
    """How often each rater said each class of each unit: [R, U, C], with the classes that occur if none are named."""
    classes = int(code_RU.max(initial=0)) + 1 if classes is None else classes
    return (code_RU[:, :, None] == np.arange(classes)).astype(int)


# ---- with themselves, with the screen, with what is known -------------------------------------------------
def repeats(labels: Mapping[str, Label]) -> Estimate:
    """Share of repeated questions that were answered as before, with its 95 % interval.

    Args:
        labels: by id, as `Store.labels` gives them. Where either answer is a skip, it is left out.
    """
    same = n = 0
    for label in labels.values():
        before = labels.get(label.repeat_of)
        if before is not None and "skip" not in (label.answer.get("best"), before.answer.get("best")):
            n += 1
            same += label.answer == before.answer
    return share(same, n)


def side_test(judged: Iterable[tuple[Comparison, Label]]) -> Sides:
    """Is the item on the left chosen more often, or less, than by a fair coin? The exact binomial test, two-sided.

    Args:
        judged: labels with their comparisons as they were shown, as `Store.judged` gives them.
    """
    left = n = 0
    for comparison, label in judged:
        best = label.answer.get("best")
        if best in (0, 1):
            n += 1
            left += comparison.shown[0] == best
    return Sides(left, n, binomial_test(left, n))


def binomial_test(successes: int, n: int) -> float:
    """Two-sided probability of a count so far from n/2, or farther, with a fair coin: exact, in whole numbers."""
    ways = tail = 1
    for k in range(min(successes, n - successes)):
        ways = ways * (n - k) // (k + 1)  # of k + 1 among n
        tail += ways
    return min(2 * tail, 2**n) / 2**n


def right_on_gold(
    judged: Iterable[tuple[Comparison, Label]], gold: Mapping[str, Answer]
) -> dict[str, Estimate]:
    """Share of gold checks that each rater answered rightly, with its 95 % interval.

    Args:
        judged: labels with their comparisons.
        gold: right answers by id of the comparison.
    """
    right: dict[str, list[bool]] = defaultdict(list)
    for comparison, label in judged:
        if comparison.id in gold:
            right[label.rater].append(label.answer == gold[comparison.id])
    return {rater: share(sum(found), len(found)) for rater, found in right.items()}


# ---- whom to believe -------------------------------------------------------------------------------------
def dawid_skene(count_RUC: np.ndarray) -> DawidSkene:
    """Truths and errors of raters that make their answers likeliest (Dawid and Skene 1979, by their algorithm).

    It begins with the share of answers to each unit, and ends when no probability changes any more. A rater's weight is
    the probability of a right answer, over the share of classes. Units without an answer have the prior.

    Args:
        count_RUC: how often each rater said each class of each unit (`counts`); more than once where they repeat.

    Raises:
        ValueError: there is no answer at all.
    """
    answers_U = count_RUC.sum((0, 2))
    if not answers_U.any():
        raise ValueError(
            f"counts of shape {count_RUC.shape} hold no answer: nothing can be estimated, add labels"
        )
    classes = count_RUC.shape[2]
    is_known_U = answers_U > 0
    truth_UC = np.full((len(answers_U), classes), 1 / classes)
    truth_UC[is_known_U] = count_RUC.sum(0)[is_known_U] / answers_U[is_known_U, None]
    prior_C, answer_RCC = _rates(truth_UC, count_RUC, is_known_U)
    for _ in range(MOST_ROUNDS):
        logs_RCC = np.log(np.maximum(answer_RCC, _LEAST))
        log_UC = np.log(np.maximum(prior_C, _LEAST)) + np.einsum("ruk,rck->uc", count_RUC, logs_RCC)
        new_UC = np.exp(log_UC - log_UC.max(1, keepdims=True))
        new_UC /= new_UC.sum(1, keepdims=True)
        change = float(np.abs(new_UC - truth_UC).max())
        truth_UC = new_UC
        prior_C, answer_RCC = _rates(truth_UC, count_RUC, is_known_U)
        if change < SETTLED:
            break
    return DawidSkene(truth_UC, prior_C, answer_RCC, np.einsum("c,rcc->r", prior_C, answer_RCC))


def _rates(
    truth_UC: np.ndarray, count_RUC: np.ndarray, is_known_U: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Shares of classes and of answers, given the truths; a rater who never met a class says anything of it alike."""
    answer_RCC = np.einsum("uc,ruk->rck", truth_UC, count_RUC)
    total_RC1 = answer_RCC.sum(2, keepdims=True)
    alike = np.full_like(answer_RCC, 1 / answer_RCC.shape[2])
    return truth_UC[is_known_U].mean(0), np.divide(answer_RCC, total_RC1, out=alike, where=total_RC1 > 0)
