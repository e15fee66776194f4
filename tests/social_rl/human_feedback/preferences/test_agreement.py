"""Are measures of agreement those of the literature? Against published examples, brute force, and numbers by hand."""

import itertools
import math

import numpy as np
import pytest

from social_rl.human_feedback.preferences.agreement import (
    FIRST,
    MISSING,
    SECOND,
    TIE,
    binomial_test,
    cohen_kappa,
    counts,
    dawid_skene,
    krippendorff_alpha,
    majority,
    percent_agreement,
    ratings_of,
    repeats,
    right_on_gold,
    side_test,
)
from tests.social_rl.human_feedback.preferences.records import comparison, label

# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability": four observers, twelve units, values 1 to 5, a dot
# for none. He gives .743 for nominal and .815 for ordinal data.
OBSERVERS = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")

# Dawid and Skene (1979), table 1: 45 patients, five anaesthetists, the first of whom saw each of them three times.
ANAESTHETISTS = """
111 1 1 1 1  333 4 3 3 4  112 2 1 2 2  222 3 1 2 1  222 3 2 2 2  222 3 3 2 2  122 2 1 1 1  333 3 4 3 3  222 2 2 2 3
232 2 2 2 3  444 4 4 4 4  222 3 3 4 3  111 1 1 1 1  222 3 2 1 2  121 1 1 1 1  111 2 1 1 1  111 1 1 1 1  111 1 1 1 1
222 2 2 2 1  222 1 3 2 2  222 2 2 2 2  222 2 2 2 1  222 3 2 2 2  221 2 2 2 2  111 1 1 1 1  111 1 1 1 1  232 2 2 2 2
111 1 1 1 1  111 1 1 1 1  112 1 1 2 1  111 1 1 1 1  333 3 2 3 3  111 1 1 1 1  222 2 2 2 2  222 3 2 3 2  433 4 3 4 3
221 2 2 3 2  232 3 2 3 3  333 3 4 3 2  111 1 1 1 1  111 1 1 1 1  121 2 1 1 1  232 2 2 2 2  121 1 1 1 1  222 2 2 2 2
"""


def observed():
    return np.array([[MISSING if mark == "." else int(mark) - 1 for mark in row] for row in OBSERVERS])


def anaesthetists():
    words = ANAESTHETISTS.split()
    count_RUC = np.zeros((5, 45, 4), int)
    for unit, rater in itertools.product(range(45), range(5)):
        for mark in words[5 * unit + rater]:
            count_RUC[rater, unit, int(mark) - 1] += 1
    return count_RUC


def test_alpha_is_krippendorffs_own_example():
    assert observed().shape == (4, 12) and (observed() != MISSING).sum() == 41
    assert krippendorff_alpha(observed()) == pytest.approx(0.743, abs=5e-4)
    assert krippendorff_alpha(observed(), "ordinal") == pytest.approx(0.815, abs=5e-4)


@pytest.mark.parametrize("measure", ["nominal", "ordinal"])
def test_alpha_by_brute_force_over_all_pairs_of_answers(measure):
    """1 less the mean distance within units over the mean distance of any two answers that could be paired."""
    for seed in range(5):
        rng = np.random.default_rng(seed)
        code_RU = rng.integers(-1, 3, (5, 9))
        units = [[int(c) for c in code_R if c != MISSING] for code_R in code_RU.T]
        units = [unit for unit in units if len(unit) >= 2]
        pool = [code for unit in units for code in unit]

        def distance(a, b, pool=pool):
            if measure == "nominal" or a == b:
                return float(a != b)
            low, high = sorted((a, b))
            between = sum(low <= c <= high for c in pool) - (pool.count(low) + pool.count(high)) / 2
            return between**2

        within = sum(
            sum(distance(a, b) for a, b in itertools.permutations(unit, 2)) / (len(unit) - 1) for unit in units
        ) / len(pool)  # fmt: skip
        anyhow = np.mean([distance(a, b) for a, b in itertools.permutations(pool, 2)])
        assert krippendorff_alpha(code_RU, measure) == pytest.approx(1 - within / anyhow)


def test_alpha_has_no_value_where_nothing_differs_or_nothing_pairs():
    same = np.zeros((3, 4), int)
    assert math.isnan(krippendorff_alpha(same)) and math.isnan(krippendorff_alpha(same, "ordinal"))
    assert math.isnan(krippendorff_alpha(np.array([[0, MISSING], [MISSING, 1]])))
    assert math.isnan(krippendorff_alpha(np.full((2, 3), MISSING)))
    assert krippendorff_alpha(np.array([[0, 1, 2], [0, 1, 2]])) == 1


def test_kappa_by_hand():
    """Of 50, both say yes to 20, no to 15, only the first yes to 5, only the second to 10: (.7 - .5) / (1 - .5)."""
    one = np.array([0] * 20 + [0] * 5 + [2] * 10 + [2] * 15)
    other = np.array([0] * 20 + [2] * 5 + [0] * 10 + [2] * 15)
    assert cohen_kappa(one, other) == pytest.approx(0.4) == cohen_kappa(other, one)
    assert cohen_kappa(np.append(one, [0, MISSING]), np.append(other, [MISSING, 2])) == pytest.approx(0.4)
    assert cohen_kappa(np.array([0, 2]), np.array([2, 0])) == -1
    assert math.isnan(cohen_kappa(one[:20], other[:20])) and math.isnan(cohen_kappa(one[:0], other[:0]))


def test_percent_agreement_counts_pairs():
    """Three agree (3 of 3 pairs), two of three agree (1 of 3), one alone (no pair): 4 of 6."""
    code_RU = np.array([[0, 0, 0], [0, 0, MISSING], [0, 2, MISSING]])
    assert percent_agreement(code_RU) == pytest.approx(4 / 6)
    assert math.isnan(percent_agreement(code_RU[:, 2:]))


def test_a_majority_of_three():
    code_RU = np.array(
        [[0, 0, 0, MISSING, 0, 0], [0, 2, 1, 0, MISSING, 2], [2, 2, 2, 0, 0, 2], [2, 0, 0, 0, 1, 0]]
    )
    assert majority(code_RU).tolist() == [0, 2, MISSING, 0, 0, 2]
    assert majority(code_RU, 1).tolist() == [0, 0, 0, 0, 0, 0]
    assert majority(code_RU, 4).tolist() == [MISSING] * 6


def test_a_majority_of_three_is_right_as_often_as_it_should_be():
    """Raters who are right in .72: three by majority are in .72^3 + 3 .72^2 .28 = .809."""
    rng = np.random.default_rng(0)
    code_RU = np.where(rng.random((3, 20_000)) < 0.72, FIRST, SECOND)
    expected = 0.72**3 + 3 * 0.72**2 * 0.28
    assert (
        abs(np.mean(majority(code_RU) == FIRST) - expected) < 4 * (expected * (1 - expected) / 20_000) ** 0.5
    )


def test_the_binomial_test_by_enumeration():
    for n in range(9):
        heads = [sum(flips) for flips in itertools.product((0, 1), repeat=n)]
        for k in range(n + 1):
            as_far = sum(abs(h - n / 2) >= abs(k - n / 2) for h in heads)
            assert binomial_test(k, n) == pytest.approx(as_far / 2**n)
    assert binomial_test(15, 20) == pytest.approx(0.04139, abs=1e-5), (
        "2 (15504 + 4845 + 1140 + 190 + 20 + 1) / 2^20"
    )
    assert binomial_test(5000, 10_000) == 1 and 0 < binomial_test(4000, 10_000) < 1e-80


# ---- from labels -----------------------------------------------------------------------------------------
def judged(*answers):
    """Of (comparison, rater, answer, shown, repeat_of)."""
    return [
        (comparison(of, shown=shown), label(of, rater, {"best": best}, repeat_of=again))
        for of, rater, best, shown, again in answers
    ]


def test_labels_become_a_table():
    some = judged(
        ("c0", "ann", 0, (0, 1), ""), ("c1", "ann", "tie", (0, 1), ""), ("c0", "bob", 1, (1, 0), ""),
        ("c2", "bob", "skip", (0, 1), ""), ("c0", "ann", 1, (1, 0), "l0"),
    )  # fmt: skip
    some.append((comparison("v", "vote"), label("v", "ann", {"vote": 1})))
    found = ratings_of(some)
    assert found.raters == ("ann", "bob") and found.comparisons == ("c0", "c1", "c2")
    assert found.code_RU.tolist() == [[FIRST, TIE, MISSING], [SECOND, MISSING, MISSING]]
    assert ratings_of([]).code_RU.shape == (0, 0) and math.isnan(percent_agreement(ratings_of([]).code_RU))


def test_sides_are_those_of_the_screen():
    some = judged(
        ("c0", "ann", 0, (0, 1), ""), ("c1", "ann", 1, (1, 0), ""), ("c2", "ann", 1, (0, 1), ""),
        ("c3", "ann", "tie", (0, 1), ""), ("c4", "ann", "skip", (0, 1), ""),
    )  # fmt: skip
    assert side_test(some) == (2, 3, 1.0)
    lefty = judged(*((f"c{i}", "ann", i % 2, (i % 2, 1 - i % 2), "") for i in range(10)))
    assert side_test(lefty) == (10, 10, 2 / 2**10)
    assert side_test([]) == (0, 0, 1.0)


def test_repeats_are_compared_with_the_answer_before():
    labels = {f"l{i}": label(f"c{i}", answer={"best": i % 2}) for i in range(6)}
    labels |= {f"r{i}": label(f"c{i}", answer={"best": 0}, repeat_of=f"l{i}") for i in range(6)}
    labels["s"] = label("c0", answer={"best": "skip"}, repeat_of="l0")
    found = repeats(labels)
    assert (found.value, found.n) == (0.5, 6) and 0.1 < found.low < 0.5 < found.high < 0.9
    assert repeats({}).n == 0


def test_gold_checks_are_counted_by_rater():
    some = judged(*((f"c{i}", rater, 0, (0, 1), "") for i in range(3) for rater in ("ann", "bob")))
    some[1] = (some[1][0], some[1][1]._replace(answer={"best": 1}))
    found = right_on_gold(some, {"c0": {"best": 0}, "c1": {"best": 0}})
    assert {rater: (one.value, one.n) for rater, one in found.items()} == {"ann": (1.0, 2), "bob": (0.5, 2)}


# ---- Dawid and Skene --------------------------------------------------------------------------------------
def test_the_anaesthetists_are_as_dawid_and_skene_found_them():
    """Shares of the four classes as they published them: .40 .42 .11 .07."""
    found = dawid_skene(anaesthetists())
    assert found.prior_C.round(2).tolist() == [0.40, 0.42, 0.11, 0.07]
    assert (np.flatnonzero(found.truth_UC[:, 3] > 0.5) + 1).tolist() == [2, 11, 36]
    # of these the first anaesthetist said 3 3 3, 4 4 4 and 4 3 3
    assert found.answer_RCC[0, 3].round(3).tolist() == [0, 0, round(5 / 9, 3), round(4 / 9, 3)]


def test_the_likelihood_cannot_be_bettered_nearby():
    """It is a maximum: of the likelihood written out, over small changes of every rate."""
    count_RUC = anaesthetists()
    found = dawid_skene(count_RUC)

    def likelihood(prior_C, answer_RCC):
        total = 0.0
        for unit in range(45):
            total += math.log(
                sum(prior_C[c] * np.prod(answer_RCC[:, c, :] ** count_RUC[:, unit, :]) for c in range(4))
            )
        return total

    best, rng = likelihood(found.prior_C, found.answer_RCC), np.random.default_rng(0)
    for _ in range(50):
        prior_C, answer_RCC = (
            values * np.exp(0.02 * rng.normal(size=values.shape))
            for values in (found.prior_C, found.answer_RCC)
        )
        changed = likelihood(prior_C / prior_C.sum(), answer_RCC / answer_RCC.sum(2, keepdims=True))
        assert changed < best


def test_a_spammer_weighs_little_and_the_truth_is_found_against_a_majority():
    """Two good raters and three who guess: weights are near .95 and .5, and truths better than a majority's."""
    rng = np.random.default_rng(0)
    truth_U = rng.integers(0, 2, 1000)
    is_right_RU = rng.random((5, 1000)) < np.array([0.95, 0.95, 0.5, 0.5, 0.5])[:, None]
    code_RU = np.where(is_right_RU, truth_U, 1 - truth_U)
    found = dawid_skene(counts(code_RU))
    assert np.allclose(found.weight_R, [0.95, 0.95, 0.5, 0.5, 0.5], atol=0.06)
    believed, by_majority = (
        np.mean(found.truth_UC.argmax(1) == truth_U),
        np.mean(majority(code_RU, 5) == truth_U),
    )
    assert believed > 0.93 > by_majority + 0.05
    swapped = dawid_skene(counts(1 - code_RU))
    assert np.allclose(swapped.truth_UC[:, ::-1], found.truth_UC), "names of classes do not matter"


def test_units_without_an_answer_have_the_prior_and_no_answer_at_all_is_refused():
    code_RU = np.array([[0, 0, 0, 1, MISSING], [0, 0, 0, 1, MISSING]])
    found = dawid_skene(counts(code_RU))
    assert np.allclose(found.truth_UC[4], found.prior_C) and np.allclose(found.prior_C, [0.75, 0.25])
    with pytest.raises(ValueError, match=r"counts of shape \(1, 2, 2\) hold no answer"):
        dawid_skene(np.zeros((1, 2, 2), int))
