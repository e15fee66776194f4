"""Does the buffer rank, keep, drop and remember levels as it says?"""

import numpy as np
import pytest
from numpy import nan

from adversarial_design.buffer import Buffer, rank_priority, top_priority
from adversarial_design.designer import Scores
from tests.toys import LADDERS, draw_ladders


def scores_of(values, best=None, solved=None, episodes=None):
    n = len(values)
    return Scores(
        np.array(values, float),
        np.array(best if best is not None else [nan] * n, float),
        np.array(solved if solved is not None else [0.5] * n, float),
        np.array(episodes if episodes is not None else [2] * n),
    )


def learn(buffer, names, values, step=0, levels=None, parents=None, edits=None, **more):
    levels = np.array([[ord(name)] * 4 for name in names]) if levels is None else levels
    n = len(names)
    return buffer.learn(
        levels, list(names), scores_of(values, **more), parents or [""] * n, edits or [""] * n, step
    )


def test_trap_02_what_is_unknown_makes_no_weight_unknown():
    """A level of which nothing is known does not come in, and one that is here keeps what was known of it."""
    buffer = Buffer(8, rank_priority(0.5), staleness=0.3)
    learn(buffer, "ab", [nan, 2])
    learn(buffer, "bc", [nan, 1])
    assert set(buffer.slot) == {"b", "c"} and buffer.score[buffer.slot["b"]] == 2
    assert np.isfinite(buffer.weights()).all() and buffer.weights().sum() == pytest.approx(1)


def test_trap_04_ranks_weigh_as_published():
    """Ranks of [3, 1, 2] are 1, 3, 2; at .5 weights are 1, 1/9, 1/4 of their sum 49/36."""
    weigh = rank_priority(0.5)
    assert weigh(np.array([3.0, 1.0, 2.0])) == pytest.approx([36 / 49, 4 / 49, 9 / 49])
    assert weigh(np.array([3.0, 1.0, 2.0])) == pytest.approx([0.7347, 0.0816, 0.1837], abs=5e-5)
    buffer = Buffer(8, weigh, staleness=0.0)
    learn(buffer, "abc", [3, 1, 2])
    assert buffer.weights() == pytest.approx([36 / 49, 4 / 49, 9 / 49])  # empty slots take no rank
    assert len(Buffer(8, weigh).weights()) == 0
    assert top_priority(2)(np.array([3.0, 1.0, 2.0])) == pytest.approx([0.5, 0, 0.5])


def test_staleness_is_the_time_since_the_last_visit():
    buffer = Buffer(8, rank_priority(0.5), staleness=0.3)
    learn(buffer, "ab", [2, 1])
    assert buffer.weights() == pytest.approx(
        [0.7 * 0.8 + 0.3 / 2, 0.7 * 0.2 + 0.3 / 2]
    )  # nobody is stale yet
    learn(buffer, "a", [2])
    learn(buffer, "c", [0])  # a was visited 1 ago, b 2 ago, c now
    ranked = np.array([1, 1 / 4, 1 / 9]) / (49 / 36)
    assert buffer.weights() == pytest.approx(0.7 * ranked + 0.3 * np.array([1 / 3, 2 / 3, 0]))
    assert buffer.weights().sum() == pytest.approx(1)


def test_trap_05_only_a_better_newcomer_evicts_and_only_the_lowest():
    buffer = Buffer(3, rank_priority(0.5), staleness=1.0)
    learn(buffer, "abc", [3, 1, 2])
    assert learn(buffer, "d", [1.0]) == 0 and "d" not in buffer.slot  # no better than the lowest
    assert learn(buffer, "e", [1.5], step=7) == 1
    assert set(buffer.slot) == {"a", "c", "e"} and buffer.slot["e"] == 1  # the map of names is purged
    assert buffer.levels[1].tolist() == [ord("e")] * 4 and buffer.born[1] == 7
    assert buffer.weights()[1] == 0  # it is not as stale as the one whose slot it took
    assert learn(buffer, "f", [nan]) == 0  # unknown is not better


def test_trap_05_equal_levels_made_in_different_ways_have_one_slot():
    level = draw_ladders(1, np.random.default_rng(0))
    there_and_back = level.copy()
    there_and_back[0, 0] += 1
    there_and_back[0, 0] -= 1
    buffer = Buffer(8, rank_priority(0.5))
    for made in (level, there_and_back):
        learn(buffer, LADDERS.ids(made), [1.0], levels=made)
    assert len(buffer) == 1 and buffer.replays[0] == 1


def test_trap_03_the_best_return_survives_a_second_insert():
    buffer = Buffer(3, rank_priority(0.5))
    learn(buffer, "a", [1], best=[-0.2])
    learn(buffer, "a", [1], best=[-0.5])
    learn(buffer, "a", [nan], best=[nan])
    assert buffer.best[0] == -0.2 and buffer.score[0] == 1


def test_trap_06_copies_in_a_batch_aggregate():
    """The mean of scores weighted by episodes, (1 * 4 + 4 * 2) / 6, not the last one written."""
    buffer = Buffer(4, rank_priority(0.5))
    learn(buffer, "ab", [9, 5])
    learn(buffer, "aba", [1, 5, 4], episodes=[4, 2, 2], solved=[1, 0, 0.5], best=[0.1, nan, 0.3])
    assert buffer.score[:2] == pytest.approx([(1 * 4 + 4 * 2) / 6, 5])
    assert buffer.solved[0] == pytest.approx((1 * 4 + 0.5 * 2) / 6)
    assert buffer.best[0] == 0.3 and buffer.episodes[0] == 8 and buffer.replays[0] == 1
    learn(buffer, "cc", [nan, 2])
    assert buffer.score[buffer.slot["c"]] == 2


def test_levels_are_drawn_by_their_weights():
    buffer = Buffer(3, rank_priority(0.5), staleness=0.0)
    learn(buffer, "abc", [3, 1, 2])
    rng = np.random.default_rng(0)
    counts = np.bincount(buffer.draw(20_000, rng), minlength=3) / 20_000
    assert counts == pytest.approx(buffer.weights(), abs=0.01)
    first = np.bincount([buffer.draw_distinct(2, rng)[0] for _ in range(20_000)], minlength=3) / 20_000
    assert first == pytest.approx(buffer.weights(), abs=0.01)
    assert sorted(buffer.draw_distinct(3, rng)) == [0, 1, 2] and len(buffer.draw_distinct(7, rng)) == 7


def test_families_are_remembered():
    buffer = Buffer(3, rank_priority(0.5))
    learn(buffer, "a", [1])
    learn(buffer, "b", [2], parents=["a"], edits=["rung 1 +1"])
    assert buffer.parents == ["", "a"] and buffer.edits == ["", "rung 1 +1"]


def test_a_buffer_is_saved_and_restored_bit_for_bit():
    rng, buffer = np.random.default_rng(3), Buffer(16, rank_priority(0.3))
    for step in range(10):
        levels = draw_ladders(8, rng)
        buffer.learn(levels, LADDERS.ids(levels), scores_of(rng.random(8)), [""] * 8, ["x"] * 8, step)
    again = Buffer(16, rank_priority(0.3))
    again.restore(*buffer.save())
    for b in (buffer, again):
        levels = draw_ladders(8, np.random.default_rng(9))
        b.learn(levels, LADDERS.ids(levels), scores_of(np.linspace(0, 1, 8)), [""] * 8, [""] * 8, 11)
    (one, facts), (other, other_facts) = buffer.save(), again.save()
    assert all(np.array_equal(one[k], other[k], equal_nan=True) for k in one) and facts == other_facts
    assert np.array_equal(buffer.draw(9, np.random.default_rng(1)), again.draw(9, np.random.default_rng(1)))


@pytest.mark.parametrize("wrong", [{"capacity": 0}, {"capacity": 3, "staleness": 2}])
def test_wrong_settings_are_named(wrong):
    with pytest.raises(ValueError, match="allowed"):
        Buffer(priority=rank_priority(0.5), **wrong)
