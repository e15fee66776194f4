"""Are scores what their formulas say, and unknown where nothing is known?"""

import numpy as np
import pytest
from numpy import nan

from adversarial_design import scores
from adversarial_design.designer import Proposal, scored
from adversarial_design.plays import means_of_episodes
from tests.toys import LADDERS, play_of


def proposal_of(n, best=None):
    levels = LADDERS.draw(n, np.random.default_rng(0))
    return Proposal(levels, LADDERS.ids(levels), best=np.zeros(0) if best is None else np.array(best))


def test_trap_02_a_level_without_a_finished_episode_scores_unknown():
    """Neither 0 nor minus infinity, and no warning about it."""
    play, other = play_of([[], [0.0], [1.0]]), play_of([[0.5], [], [0.5]])
    plays = {"student": play, "rival": other}
    for score in (scores.by_positive_value_loss, scores.by_l1_value_loss, scores.by_max_monte_carlo,
                  scores.by_failure):  # fmt: skip
        assert np.isnan(score(proposal_of(3), plays)).tolist() == [True, False, False]
    assert np.isnan(scores.by_learnability(proposal_of(3), plays)).all()  # one episode tells nothing
    assert np.isnan(scores.by_regret(proposal_of(3), plays)).tolist() == [True, True, False]
    assert np.isnan(scores.by_flexible_regret(proposal_of(3), plays)).tolist() == [True, True, False]
    found = scored(proposal_of(3), plays, scores.by_positive_value_loss)
    assert np.array_equal(found.solved, [nan, 0, 1], equal_nan=True) and found.episodes.tolist() == [0, 1, 1]


def test_regret_is_the_best_of_one_less_the_mean_of_the_other():
    able, weak = play_of([[0.2, 0.9, 0.5]]), play_of([[0.0, 0.4, 0.8]])
    assert scores.regret(able, weak) == pytest.approx([0.9 - 0.4])
    assert scores.regret(weak, able) == pytest.approx([0.8 - (0.2 + 0.9 + 0.5) / 3])


def test_trap_09_regret_has_a_sign_swaps_and_is_biased_for_equals():
    able, unable = play_of([[0.9, 0.9]]), play_of([[0.0, 0.0]])
    assert scores.regret(able, unable) == pytest.approx([0.9])
    assert scores.regret(unable, able) == pytest.approx([-0.9])  # not cut off at 0
    # Equal counts: of three episodes only the first is compared with the single one of the other.
    assert scores.regret(play_of([[0.3, 1.0, 1.0]]), play_of([[0.1]])) == pytest.approx([0.3 - 0.1])
    # Equal students that win half the time: E[max - mean] of 8 episodes is (1 - 2**-8) - 1/2, not 0.
    rng = np.random.default_rng(0)
    one, other = (play_of((rng.random((4000, 8)) < 0.5).astype(float).tolist()) for _ in range(2))
    assert scores.regret(one, other).mean() == pytest.approx(0.5 - 2**-8, abs=0.02)
    assert scores.exact_regret(np.full(4000, 0.5), one).mean() == pytest.approx(0, abs=0.02)


def test_a_flexible_rival_is_whoever_does_better():
    one, other = play_of([[0.8, 0.6], [0.1, 0.1]]), play_of([[0.2, 0.4], [0.5, 0.7]])
    assert scores.flexible_regret(one, other) == pytest.approx([0.8 - 0.3, 0.7 - 0.1])


def test_the_best_of_several_rivals_counts():
    plays = {"student": play_of([[0.2]]), "rival 1": play_of([[0.3]]), "rival 2": play_of([[0.9]])}
    assert scores.by_regret(proposal_of(1), plays) == pytest.approx([0.7])


def test_value_losses_are_means_over_episodes_of_means_over_steps():
    """An episode of 2 steps counts as much as one of 18: (3 + 1) / 2, where the mean of 20 steps would be 1.2."""
    steps = np.array([[0, 0, 0, 3.0, 4.0, 0.0]] * 2 + [[0, 0, 1, 1.0, 2.0, 0.0]] * 18)
    positive, absolute, worth = means_of_episodes(steps, np.ones((1, 1, 2), bool))
    play = play_of([[1.0, 1.0]])._replace(positive=positive, absolute=absolute, worth=worth)
    assert scores.positive_value_loss(play) == pytest.approx([(3 + 1) / 2])
    assert scores.l1_value_loss(play) == pytest.approx([(4 + 2) / 2])


def test_a_return_is_a_sum_and_a_score_of_returns_a_mean_over_episodes():
    """Two episodes with a return of .3 and .9, the best of which is .9, and an expert who gets .95."""
    play = play_of([[0.3, 0.9]], worth=[0.5])
    assert scores.exact_regret(np.array([0.95]), play) == pytest.approx([0.95 - (0.3 + 0.9) / 2])
    assert scores.regret(play, play) == pytest.approx([0.9 - (0.3 + 0.9) / 2])
    assert scores.max_monte_carlo(play, play.best) == pytest.approx([0.9 - 0.5])


def test_trap_03_the_best_return_is_a_running_maximum_that_may_be_negative():
    play = play_of([[-0.7, -0.4], [0.1], []], worth=[-0.6, 0.1, 0.1])
    found = scored(proposal_of(3, [nan, 0.8, 0.5]), {"student": play}, scores.by_max_monte_carlo)
    assert found.best == pytest.approx([-0.4, 0.8, 0.5])  # not floored at 0, not forgotten
    assert found.value[:2] == pytest.approx([-0.4 + 0.6, 0.8 - 0.1]) and np.isnan(found.value[2])


def test_trap_18_learnability_is_unbiased_and_unknown_for_one_episode():
    assert scores.learnability([2], [4]) == pytest.approx([2 * 2 / (4 * 3)])
    assert scores.learnability([0, 4], [4, 4]) == pytest.approx([0, 0])
    assert np.isnan(scores.learnability([1, 0], [1, 0])).all()
    rng, p, k = np.random.default_rng(0), 0.3, 5
    s = rng.binomial(k, p, 100_000)
    assert scores.learnability(s, np.full(s.shape, k)).mean() == pytest.approx(p * (1 - p), abs=0.002)
    assert (s / k * (1 - s / k)).mean() == pytest.approx(
        (k - 1) / k * p * (1 - p), abs=0.002
    )  # the naive one


def test_trap_17_learnability_is_credited_to_the_team_and_to_each_agent():
    """Ann succeeds in the first two of four episodes, Bob in the first and the last: together in one."""
    play = play_of([[[1.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 1.0]]])
    assert scores.team_learnability(play) == pytest.approx([1 * 3 / (4 * 3)])
    assert scores.agents_learnability(play) == pytest.approx(np.array([[2 * 2 / 12, 2 * 2 / 12]]))


def test_exact_regret_needs_no_rival():
    play = play_of([[0.5, 0.7], [0.9]])
    assert scores.exact_regret(np.array([0.95, nan]), play) == pytest.approx([0.35, nan], nan_ok=True)
