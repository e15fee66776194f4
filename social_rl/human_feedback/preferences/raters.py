"""How would a synthetic rater answer? By what an episode is worth, with one of the weaknesses that people have.

The rater of Bradley and Terry prefers the first of two with probability sigmoid(beta * difference of their worth). The
weaknesses are those of B-Pref (Lee et al. 2021, arXiv 2111.03026: mistakes, short sight, skips and ties), a habit of
one side, a taste for length, attention that drifts, answers by chance, and two camps that want different things
(Poddar et al. 2024, arXiv 2408.10075).

    boltzmann   p = sigmoid(beta * (worth_0 - worth_1) + side * (±1) + length * (words_0 - words_1))
    error       p := error + (1 - 2 error) p          drift adds to the error with each label, up to 1/2
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from social_rl.human_feedback.preferences.comparison import Answer, Comparison, Item, Label

Utility = Callable[[Mapping[str, float]], float]
PerStep = Callable[[Item], Sequence[float]]
"""What each step of an item's episode is worth, in order."""

AT_NO_TIME = "1970-01-01T00:00:00+00:00"  # synthetic raters have no clock
EQUAL = 1e-9  # worths that differ by no more are the same
WORST = 0.5  # share of errors of those who do not look


class Rater(NamedTuple):
    """What a synthetic rater is like; the default is one of Bradley and Terry's."""

    beta: float = 1.0  # how sharply it sees, per unit of utility; infinite: it sees every difference
    error: float = 0.0  # share of answers that are turned round
    drift: float = 0.0  # by which that share grows with each label, up to 1/2
    discount: float | None = None  # shortsighted: a step counts by this to the power of steps to the end
    tie_within: float | None = None  # calls it a tie where worths differ by no more
    skip_within: float | None = None  # does not answer where they differ by no more
    side: float = (
        0.0  # added to beta * difference where the first item is on the left, taken away on the right
    )
    length: float = 0.0  # added for each word that the first item has more
    extra: Mapping[str, float] = {}  # what its camp wants beside the utility: weights of features


RATERS: dict[str, Rater] = {
    "noiseless": Rater(beta=math.inf),
    "boltzmann": Rater(),
    "erring": Rater(error=0.1),
    "myopic": Rater(discount=0.9),
    "lazy": Rater(tie_within=EQUAL, skip_within=0.5),
    "side-biased": Rater(side=0.5),
    "length-biased": Rater(length=0.05),
    "drifting": Rater(drift=0.002),
    "spammer": Rater(error=WORST),
    "quick camp": Rater(extra={"slowness": -4.0, "asked in need": -2.0}),
    "careful camp": Rater(extra={"slowness": 1.0, "asked in need": 2.0}),
}


def rate(
    comparison: Comparison, rater: str, utility: Utility, rng: np.random.Generator, *, earlier: int = 0,
    per_step: PerStep | None = None, repeat_of: str = "", is_gold: bool = False, raters: Mapping[str, Rater] = RATERS,
) -> Label:  # fmt: skip
    """How a rater of a table answers.

    Args:
        comparison: a choice, ranking, progress or vote; `shown` is the order on this rater's screen.
        rater: its name in `raters`, which the label bears.
        utility: what an episode with these features is worth.
        rng: draws the answer.
        earlier: labels that it gave before, which tire it.
        per_step: what each step is worth, for the short-sighted and for marks of progress.
        repeat_of, is_gold: of the question.

    Raises:
        ValueError: there is no such rater, or it would have to write, or steps or a feature are needed and not given.
    """
    if rater not in raters:
        raise ValueError(f"there is no rater {rater!r}: allowed are {', '.join(raters)}")
    answer = _answer(comparison, raters[rater], utility, rng, earlier, per_step)
    return Label(comparison.id, rater, False, answer, AT_NO_TIME, 0.0, repeat_of, is_gold, "")


def probability(rater: Rater, difference: float, *, side: int = 0, words: int = 0, earlier: int = 0) -> float:
    """Probability that the first of two is chosen, where neither is skipped nor called a tie.

    Args:
        difference: worth of the first, less that of the second.
        side: 1 where the first is on the left, -1 on the right, 0 where there are no sides.
        words: words of the first, less those of the second.
        earlier: labels that the rater gave before.
    """
    seen = 0.0 if abs(difference) <= EQUAL else rater.beta * difference  # infinite times 0 is no number
    by_worth = _sigmoid(seen + rater.side * side + rater.length * words)
    error = _error(rater, earlier)
    return error + (1 - 2 * error) * by_worth


def ceiling(rater: Rater, differences: Sequence[float], words: Sequence[int] | None = None) -> float:
    """The best accuracy that any prediction of this rater's choices can have: the mean of max(p, 1 - p).

    Over pairs that it neither skips nor calls a tie; NaN if there is none. Who predicts sees both items, not the sides.

    Args:
        differences: worth of the first item of each pair, less that of the second, as `worth` says for this rater.
        words: the same of their words; none: alike.
    """
    best = []
    for difference, more in zip(differences, words or [0] * len(differences), strict=True):
        if _without_choice(rater, difference) is None:
            p = sum(probability(rater, difference, side=side, words=more) for side in (1, -1)) / 2
            best.append(max(p, 1 - p))
    return math.fsum(best) / len(best) if best else math.nan


def worth(rater: Rater, item: Item, utility: Utility, per_step: PerStep | None = None) -> float:
    """What an item is worth to a rater.

    Raises:
        ValueError: the short-sighted need `per_step`, or the item lacks a feature that its camp weighs.
    """
    if rater.discount is None:
        value = utility(item.features)
    elif per_step is None:
        raise ValueError(
            f"per_step is missing: a rater with discount {rater.discount} weighs steps, pass what they are"
        )
    else:
        steps = per_step(item)
        value = math.fsum(rater.discount ** (len(steps) - 1 - t) * step for t, step in enumerate(steps))
    for name, weight in rater.extra.items():
        if name not in item.features:
            raise ValueError(
                f"features lack {name!r}, which this rater weighs: measure it, or take another rater"
            )
        value += weight * item.features[name]
    return value


def _answer(
    comparison: Comparison, rater: Rater, utility: Utility, rng: np.random.Generator, earlier: int,
    per_step: PerStep | None,
) -> Answer:  # fmt: skip
    if comparison.kind == "progress":
        return {"marks": _marks(comparison.items[0], rater, rng, earlier, per_step)}
    if comparison.kind not in ("choice", "ranking", "vote"):
        raise ValueError(f"kind is {comparison.kind!r}: synthetic raters do not write, ask for a choice")
    worths = [worth(rater, item, utility, per_step) for item in comparison.items]
    if comparison.kind == "vote":
        return {"vote": 1 if rng.random() < probability(rater, worths[0], earlier=earlier) else -1}
    if comparison.kind == "ranking":
        return {"order": _order(comparison, worths, rater, rng, earlier)}
    without = _without_choice(rater, worths[0] - worths[1])
    if without is not None:
        return {"best": without}
    side = 1 if comparison.shown[0] == 0 else -1
    first, second = (_words(item) for item in comparison.items)
    p = probability(rater, worths[0] - worths[1], side=side, words=first - second, earlier=earlier)
    return {"best": 0 if rng.random() < p else 1}


def _order(
    comparison: Comparison, worths: Sequence[float], rater: Rater, rng: np.random.Generator, earlier: int
) -> list[list[int]]:
    """Best first, by Plackett and Luce: the order of what is seen plus Gumbel noise; an error turns it round."""
    number = len(worths)
    seen = np.array([rater.length * _words(item) for item in comparison.items])
    seen += [rater.side * (0.5 - comparison.shown.index(i) / (number - 1)) * 2 for i in range(number)]
    if math.isinf(rater.beta):
        order = sorted(range(number), key=lambda i: (-worths[i], comparison.shown.index(i)))
    else:
        seen += rater.beta * np.array(worths) + rng.gumbel(size=number)
        order = [int(i) for i in np.argsort(-seen, kind="stable")]
    if rng.random() < _error(rater, earlier):
        order.reverse()
    tied: list[list[int]] = []
    for i in order:
        is_tie = (
            rater.tie_within is not None and tied and abs(worths[tied[-1][0]] - worths[i]) <= rater.tie_within
        )
        if is_tie:
            tied[-1].append(i)
        else:
            tied.append([i])
    return tied


def _marks(
    item: Item, rater: Rater, rng: np.random.Generator, earlier: int, per_step: PerStep | None
) -> list[list[int]]:
    """A mark at each step that is worth something, which may be read the wrong way round."""
    if per_step is None:
        raise ValueError("per_step is missing: marks of progress need what each step is worth, pass it")
    marks = []
    for step, value in enumerate(per_step(item)):
        if abs(value) > EQUAL:
            marks.append([step, 1 if rng.random() < probability(rater, value, earlier=earlier) else -1])
    return marks


def _without_choice(rater: Rater, difference: float) -> Any:
    """What is answered in place of a choice, None where one is made."""
    if rater.tie_within is not None and abs(difference) <= rater.tie_within:
        return "tie"
    if rater.skip_within is not None and abs(difference) <= rater.skip_within:
        return "skip"
    return None


def _error(rater: Rater, earlier: int) -> float:
    return min(WORST, rater.error + rater.drift * earlier)


def _words(item: Item) -> int:
    return len(item.text.split())


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))
