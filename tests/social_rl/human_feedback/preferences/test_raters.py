"""Do synthetic raters answer as often as their formulas say, with the weaknesses that they are named after?"""

import itertools
import math

import numpy as np
import pytest

from social_rl.human_feedback.preferences.comparison import check_label
from social_rl.human_feedback.preferences.raters import RATERS, Rater, ceiling, probability, rate, worth
from tests.social_rl.human_feedback.preferences.records import comparison, item

N = 4000


def utility(features):
    return features["worth"]


def per_step(one):
    return [one.features[name] for name in sorted(one.features) if name.startswith("step")]


def pair(first, second, texts=("a b", "a b"), **others):
    features = {"slowness": 0.0, "asked in need": 0.0, "step0": 0.0}
    return comparison(items=[item(text, worth=w, **features) for text, w in zip(texts, (first, second), strict=True)],
                      **others)  # fmt: skip


def share_of_first(asked, rater, seed=0, **options):
    rng = np.random.default_rng(seed)
    return np.mean([rate(asked, rater, utility, rng, **options).answer == {"best": 0} for _ in range(N)])


def near(found, p):
    return abs(found - p) < 4 * (p * (1 - p) / N) ** 0.5 + 1e-12, (found, p)


@pytest.mark.parametrize(
    ("rater", "difference", "p"),
    [
        ("boltzmann", 1.0, 1 / (1 + math.exp(-1))),  # 0.731
        ("boltzmann", -2.0, 1 / (1 + math.exp(2))),  # 0.119
        ("boltzmann", 0.0, 0.5),
        ("erring", 1.0, 0.1 + 0.8 / (1 + math.exp(-1))),  # 0.685
        ("noiseless", 1e-3, 1.0),
        ("noiseless", -1e-3, 0.0),
        ("noiseless", 0.0, 0.5),
        ("spammer", 100.0, 0.5),
        ("side-biased", 1.0, 1 / (1 + math.exp(-1.5))),  # the first is on the left
    ],
)
def test_the_first_is_chosen_as_often_as_the_formula_says(rater, difference, p):
    ok, why = near(share_of_first(pair(difference, 0.0), rater), p)
    assert ok, why


def test_a_habit_of_one_side_follows_the_screen_and_a_taste_for_length_the_words():
    for shown, p in (((0, 1), 1 / (1 + math.exp(-0.5))), ((1, 0), 1 / (1 + math.exp(0.5)))):
        ok, why = near(share_of_first(pair(0, 0, shown=shown), "side-biased"), p)
        assert ok, why
    long = pair(0, 0, texts=("word " * 30, "word " * 10))
    ok, why = near(share_of_first(long, "length-biased"), 1 / (1 + math.exp(-0.05 * 20)))
    assert ok, why


def test_who_drifts_errs_more_with_every_label_and_ends_at_chance():
    drifting = RATERS["drifting"]
    assert probability(drifting, 50.0) == pytest.approx(1)
    assert probability(drifting, 50.0, earlier=100) == pytest.approx(0.8)  # 100 * 0.002
    assert probability(drifting, 50.0, earlier=1000) == 0.5
    ok, why = near(share_of_first(pair(50, 0), "drifting", earlier=100), 0.8)
    assert ok, why


def test_who_is_lazy_skips_small_differences_and_calls_equal_ones_ties():
    rng = np.random.default_rng(0)
    answers = [rate(pair(d, 0), "lazy", utility, rng).answer["best"] for d in (0, 0.1, -0.5, 0.51)]
    assert answers[:3] == ["tie", "skip", "skip"] and answers[3] in (0, 1)


def test_who_is_shortsighted_weighs_the_end():
    early = item(step0=2.0, step1=0.0, step2=0.0, worth=2.0)
    late = item(step0=0.0, step1=0.0, step2=1.0, worth=1.0)
    rater = Rater(beta=math.inf, discount=0.5)
    assert [worth(rater, one, utility, per_step) for one in (early, late)] == [2 * 0.5**2, 1.0]
    asked, table = comparison(items=[early, late]), {"myopic": rater, "seeing": Rater(beta=math.inf)}
    chosen = [
        rate(asked, name, utility, np.random.default_rng(0), per_step=per_step, raters=table).answer["best"]
        for name in table
    ]
    assert chosen == [1, 0]
    with pytest.raises(ValueError, match=r"per_step is missing: a rater with discount 0\.9 weighs steps"):
        rate(asked, "myopic", utility, np.random.default_rng(0))


def test_two_camps_want_opposite_things():
    quick = item(worth=0.0, slowness=0.0, **{"asked in need": 0.0})
    careful = item(worth=0.0, slowness=0.5, **{"asked in need": 1.0})
    worths = {name: worth(RATERS[name], careful, utility) - worth(RATERS[name], quick, utility) for name in
              ("quick camp", "careful camp")}  # fmt: skip
    assert worths == {"quick camp": -4 * 0.5 - 2, "careful camp": 0.5 + 2}
    with pytest.raises(ValueError, match="features lack 'slowness'"):
        worth(RATERS["quick camp"], item(worth=0.0), utility)


def test_rankings_are_plackett_and_luces():
    """Each of the six orders of three, by exp(u) / sum of exp(u) of those that are left."""
    worths = [0.0, 0.7, 1.5]
    asked = comparison(kind="ranking", items=[item(worth=w) for w in worths])
    rng = np.random.default_rng(0)
    drawn = [tuple(i for (i,) in rate(asked, "boltzmann", utility, rng).answer["order"]) for _ in range(N)]
    for order in itertools.permutations(range(3)):
        p, left = 1.0, list(order)
        while left:
            p *= math.exp(worths[left[0]]) / sum(math.exp(worths[i]) for i in left)
            left.pop(0)
        ok, why = near(np.mean([d == order for d in drawn]), p)
        assert ok, (order, why)


def test_rankings_have_ties_errors_and_no_noise_where_the_rater_says_so():
    rng = np.random.default_rng(0)
    asked = comparison(kind="ranking", items=[item(worth=w) for w in (1.0, 3.0, 1.0, 2.0)])
    assert rate(asked, "noiseless", utility, rng).answer == {"order": [[1], [3], [0], [2]]}
    assert rate(asked._replace(shown=(2, 1, 0, 3)), "noiseless", utility, rng).answer["order"][2:] == [
        [2],
        [0],
    ]
    sharp = {"sharp": Rater(beta=1e6, tie_within=0.0), "wrong": Rater(beta=1e6, error=1.0)}
    (best, then, tied) = rate(asked, "sharp", utility, rng, raters=sharp).answer["order"]
    assert (best, then, sorted(tied)) == ([1], [3], [0, 2])
    half = np.mean(
        [rate(asked, "wrong", utility, rng, raters=sharp).answer["order"][0] == [1] for _ in range(N)]
    )
    ok, why = near(half, 0.5)
    assert ok, ("errors are half at most", why)


def test_votes_and_marks_of_progress():
    rng = np.random.default_rng(0)
    good = comparison(kind="vote", items=[item(worth=1.0)])
    ups = np.mean([rate(good, "boltzmann", utility, rng).answer == {"vote": 1} for _ in range(N)])
    ok, why = near(ups, 1 / (1 + math.exp(-1)))
    assert ok, why
    clip = comparison(kind="progress", items=[item(step0=0.0, step1=1.0, step2=-2.0)])
    said = rate(clip, "noiseless", utility, rng, per_step=per_step).answer
    assert said == {"marks": [[1, 1], [2, -1]]}
    with pytest.raises(ValueError, match="per_step is missing: marks"):
        rate(clip, "noiseless", utility, rng)


@pytest.mark.parametrize("kind", ["choice", "ranking", "vote", "progress"])
@pytest.mark.parametrize("rater", RATERS)
def test_every_answer_is_a_label_that_is_synthetic_and_depends_on_its_generator_alone(rater, kind):
    features = {"slowness": 0.1, "asked in need": 1.0, "step0": 0.3}
    number = {"choice": 2, "ranking": 4}.get(kind, 1)
    asked = comparison(kind=kind, items=[item(worth=i / 2, **features) for i in range(number)])
    one, same = ([rate(asked, rater, utility, rng, per_step=per_step) for _ in range(20)] for rng in
                 (np.random.default_rng(3), np.random.default_rng(3)))  # fmt: skip
    assert one == same and not any(label.is_human for label in one) and one[0].rater == rater
    for label in one:
        check_label(label, asked)


def test_who_is_unknown_or_would_have_to_write_is_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="there is no rater 'me': allowed are noiseless, boltzmann"):
        rate(comparison(), "me", utility, rng)
    with pytest.raises(ValueError, match="kind is 'correction': synthetic raters do not write"):
        rate(comparison(kind="correction"), "boltzmann", utility, rng)


# ---- the ceiling -----------------------------------------------------------------------------------------
def test_the_ceiling_is_what_the_best_prediction_reaches():
    """Against raters that answer: whoever knows the worths is right as often as the ceiling says, and no more."""
    rng = np.random.default_rng(0)
    differences = rng.normal(0, 1.5, N)
    for name in ("boltzmann", "erring", "spammer", "side-biased", "noiseless", "lazy"):
        right = []
        for difference in differences:
            shown = (0, 1) if rng.random() < 0.5 else (1, 0)
            best = rate(pair(difference, 0.0, shown=shown), name, utility, rng).answer["best"]
            if best in (0, 1):
                right.append((best == 0) == (difference > 0))
        p = ceiling(RATERS[name], list(differences))
        assert abs(np.mean(right) - p) < 4 * (p * (1 - p) / len(right)) ** 0.5 + 1e-12, name


def test_the_ceiling_by_hand():
    p1, p2 = 1 / (1 + math.exp(-1)), 1 / (1 + math.exp(-2))
    assert ceiling(RATERS["boltzmann"], [1.0, -2.0]) == pytest.approx((p1 + p2) / 2)
    assert ceiling(RATERS["erring"], [1.0]) == pytest.approx(0.1 + 0.8 * p1)
    assert ceiling(RATERS["length-biased"], [0.0], [20]) == pytest.approx(p1)
    assert ceiling(RATERS["lazy"], [0.0, 0.2, 1.0]) == pytest.approx(p1), "no tie and no skip counts"
    assert ceiling(RATERS["noiseless"], [0.1, -0.1]) == 1 and ceiling(RATERS["spammer"], [9.0]) == 0.5
    assert math.isnan(ceiling(RATERS["boltzmann"], [])) and math.isnan(ceiling(RATERS["lazy"], [0.1]))
