"""Is the best of n what drawing n again and again would give, and is a curve that falls fitted as one?"""

import math
from itertools import combinations

import numpy as np
import pytest

from social_rl.human_feedback.tuning.best_of import best_of, fit_gold, kl_of_best
from social_rl.human_feedback.tuning.comparing import curve


def test_it_is_the_mean_over_all_ways_to_draw_n():
    rng = np.random.default_rng(0)
    worth_GK = rng.normal(size=(3, 7))
    distinct = rng.permuted(np.arange(21.0).reshape(3, 7), axis=1)
    for n in (1, 2, 3, 5, 7):
        wanted = [
            np.mean(
                [worth_GK[g, max(some, key=lambda i: distinct[g, i])] for some in combinations(range(7), n)]
            )
            for g in range(3)
        ]
        assert best_of(distinct, worth_GK, n) == pytest.approx(wanted)


def test_of_equal_scores_each_counts_alike():
    assert best_of(np.zeros((1, 4)), np.array([[0.0, 0, 4, 4]]), 3)[0] == pytest.approx(2)


def test_n_beyond_what_was_played_is_refused():
    with pytest.raises(ValueError, match="n is 5, allowed are 1 to 4"):
        best_of(np.zeros((1, 4)), np.zeros((1, 4)), 5)


def test_kl_of_the_best():
    assert kl_of_best(1) == 0 and kl_of_best(4) == pytest.approx(math.log(4) - 0.75)


@pytest.mark.parametrize("is_best_of", [True, False])
def test_a_curve_of_the_form_is_found_again(is_best_of):
    kl = np.array([0.0, 0.1, 0.5, 1, 2, 4])
    d = np.sqrt(kl[1:])
    gained = np.concatenate([[0.0], d * (1.5 - 0.7 * (d if is_best_of else np.log(d)))])
    fit = fit_gold(kl, gained, best_of_n=is_best_of)
    assert (fit.a, fit.b, fit.r2) == pytest.approx((1.5, 0.7, 1.0))
    assert fit_gold(kl, gained, best_of_n=not is_best_of).r2 < 0.999
    with pytest.raises(ValueError, match="2 points have KL above 0"):
        fit_gold(kl[:3], gained[:3], best_of_n=True)


def test_a_proxy_that_is_noise_gains_nothing_in_truth():
    rng = np.random.default_rng(1)
    worth = rng.normal(size=(200, 64))
    found = curve(rng.normal(size=(200, 64)), worth, [1, 4, 16, 64])
    assert found["score"][-1] > 2 and abs(found["utility"][-1] - found["utility"][0]) < 0.2
    assert curve(worth, worth, [1, 4, 16, 64])["utility"] == pytest.approx(
        curve(worth, worth, [1, 4, 16, 64])["score"]
    )
