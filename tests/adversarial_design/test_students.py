"""Do students play the levels they are given, finish them, learn only when they may, and say rightly what happened?"""

import numpy as np
import pytest
import torch

from adversarial_design.plays import Tally, means_of_episodes, play_of, rows_of, together
from agents.batch import Batch, Contexts, Labels, Percept, Transition
from agents.training.ppo import ValueScale
from agents.training.returns import gae
from tests.small import SMALL_MAZES, flat, same, small_student
from tests.toys import play_of as play_of_lists
from worlds.simulator import Simulator


def levels_of(n, seed=0):
    return SMALL_MAZES.kind.draw(n, np.random.default_rng(seed))


def test_trap_01_what_was_cut_off_is_worth_what_was_expected_of_it():
    """Three columns of two frames at gamma .5, lambda .5, all values 1: one ends, one is cut, one goes on beyond."""
    reward = torch.tensor([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    value = torch.ones(3, 3) * torch.tensor([1.0, 1.0, 1.0])
    terminated, truncated = torch.zeros(2, 3, dtype=torch.bool), torch.zeros(2, 3, dtype=torch.bool)
    terminated[1, 0] = truncated[1, 1] = True
    final = torch.tensor([[0.0] * 3, [0.0, 3.0, 0.0]])
    active = torch.ones(2, 3, dtype=torch.bool)
    advantage, returns = gae(reward, value, terminated, truncated, final, active, 0.5, 0.5)
    last = [
        1 + 0 - 1,
        0 + 0.5 * 3 - 1,
        0 + 0.5 * 1 - 1,
    ]  # nothing follows; what was cut; the value after the rollout
    first = [0 + 0.5 * 1 - 1 + 0.25 * a for a in last]
    assert advantage.tolist() == [pytest.approx(first), pytest.approx(last)]
    assert torch.equal(returns, advantage + 1)


def batch_of(level, keep, reward, ended, won, value):
    """A Batch of one world with one agent, in which only what a Tally reads is there."""
    T = len(keep)
    part = lambda values, kind=torch.float32: torch.tensor(values, dtype=kind).view(-1, 1, 1)  # noqa: E731
    won, ended, nothing = part(won, torch.bool), part(ended, torch.bool), torch.zeros(0)
    active, forced = torch.ones(T, 1, 1, dtype=torch.bool), torch.zeros(T, 1, 1, dtype=torch.bool)
    rows = torch.tensor(level, dtype=torch.int32)[:, None]
    percept = Percept(nothing, nothing, nothing, nothing, part(keep), nothing)
    went = Transition(nothing, part(reward), active, won, ended & ~won, won, forced, rows, nothing)
    labels = Labels({"value": part([*value, 0.0]), "final_value": torch.zeros(T, 1, 1)})
    return Batch(
        percept, Contexts(nothing, nothing), nothing, went, labels, torch.zeros(1, dtype=torch.int64)
    )


def test_episodes_are_counted_level_by_level_across_batches():
    """Two levels in turn at gamma .5: won in 2 steps (.8); cut after 2; then the first again, won at once (1)."""
    tally = Tally(2, 1, 1, 0.5, 1.0)
    scale = ValueScale(mean=1.0, square=5.0)  # deviation 2: values are 1 + 2 v
    tally.add(batch_of([0, 0, 1], [0, 1, 0], [0, 0.8, 0], [0, 1, 0], [0, 1, 0], [0.5, 0.0, 1.0]), scale)
    tally.add(batch_of([1, 0], [1, 0], [0, 1], [1, 1], [0, 1], [1.0, 0.0]), scale)
    play = play_of([tally], 2, 1)
    assert play.returns[0, 0].tolist() == pytest.approx([0.8, 1.0], rel=1e-6)
    assert play.returns[1, 0, 0] == 0 and np.isnan(play.returns[1, 0, 1])
    assert play.success[:, 0].tolist() == [[True, True], [False, False]]
    assert play.best.tolist() == pytest.approx([1.0, 0.0])  # discounted: .5 * .8, and 1
    assert play.worth[0, 0].tolist() == pytest.approx([(2 + 0.5 * 1) / 2, 1])  # of two steps, and of one
    assert play.worth[1, 0, 0] == pytest.approx((3 + 0.5 * 3) / 2) and np.isnan(play.worth[1, 0, 1])
    once = play_of([tally], 2, 1, only_first=True)
    assert once.returns[:, 0].tolist() == [pytest.approx([0.8]), [0.0]]


def test_what_did_not_finish_is_no_part_of_the_mean_of_an_episode():
    """Agent 1 of two, three steps of an episode that ends and two of one that is cut short by the end of play."""
    steps = np.array([[0, 1, 0, 1.0], [0, 1, 0, 2.0], [0, 1, 0, 6.0], [0, 1, 1, 9.0], [0, 1, 1, 9.0]])
    finished = np.array([[[False, False], [True, False]]])
    (mean,) = means_of_episodes(steps, finished)
    assert mean[0, 1, 0] == pytest.approx((1 + 2 + 6) / 3) and np.isnan(mean).sum() == 3


def test_tries_of_a_level_become_its_episodes():
    """Four rows are two levels tried twice: returns, and the best of them."""
    play = together(play_of_lists([[0.2], [0.9], [0.0], [None]]), 2)
    assert play.returns[0, 0].tolist() == [0.2, 0.9] and play.best.tolist() == [0.9, 0.0]
    assert play.episodes.tolist() == [2, 1]


def test_trap_02_episodes_longer_than_a_batch_are_scored():
    """Batches of 8 steps, episodes of up to 20: three batches are played, and every level has finished one."""
    student = small_student()
    play = student.play(levels_of(8), trains=False)
    assert student.rounds(levels_of(8)) == 3 and (play.episodes >= 1).all()
    assert student.counts.scored == 3 * 8 * 8


def test_trap_07_playing_without_training_changes_nothing():
    """Neither parameters nor moments nor the rate nor the value scale, here in the middle of training."""
    student = small_student()
    student.play(levels_of(8), trains=True)
    kept = ("mind", "learner")
    before = {k: v.tobytes() for k, v in flat(student).items() if k.split()[0] in kept}
    scale, frames, steps = student.scale, student.frames, student.gradient_steps
    student.play(levels_of(8, 1), trains=False)
    student.try_each(levels_of(16, 2))
    after = {k: v.tobytes() for k, v in flat(student).items() if k.split()[0] in kept}
    assert before == after and scale == student.scale
    assert (frames, steps) == (student.frames, student.gradient_steps) and steps > 0
    student.play(levels_of(8), trains=True)
    assert {k: v.tobytes() for k, v in flat(student).items() if k.split()[0] in kept} != after


def test_trap_07_worlds_return_to_their_own_level():
    """Each to its own, through many episodes; with two turns, to one and the other."""
    bank = SMALL_MAZES.bank(levels_of(8))
    for turns in (1, 2):
        sim = Simulator(SMALL_MAZES.scenario, 8 // turns, bank=bank)
        sim.assign(rows_of(8, 8 // turns))
        sim.reset()
        begun = [[int(row)] for row in sim.state.level]
        rng = np.random.default_rng(0)
        for _ in range(200):
            sim.step(rng.integers(1, 4, (sim.worlds, 1)))
            for w in np.flatnonzero(sim.state.over):
                begun[w].append(int(sim.state.level[w]))
        for w, rows in enumerate(begun):
            assert len(rows) > 5 and rows == [(w + i % turns * (8 // turns)) for i in range(len(rows))]


def test_trap_13_each_level_is_tried_just_once():
    """No level is counted twice because its episodes are short, and none is left out because they are long."""
    play = small_student().try_each(levels_of(32))
    assert play.returns.shape == (32, 1, 1) and (play.episodes == 1).all()


def test_trap_12_what_was_spent_is_counted_apart():
    student = small_student()
    student.play(levels_of(8), trains=True)
    student.play(levels_of(8), trains=False)
    student.try_each(levels_of(16))
    counts = student.counts
    assert counts.trained == counts.scored == 3 * 8 * 8
    assert counts.searched > 0 and counts.searched % 64 == 0
    assert counts.env_steps == counts.trained + counts.scored + counts.searched
    assert (counts.rollouts, counts.updates, student.gradient_steps) == (3, 3, 3 * 2)


def test_a_student_is_saved_and_restored_bit_for_bit():
    one, other = small_student(), small_student(seed=5)
    one.play(levels_of(8), trains=True)
    other.restore(*one.save())
    assert same(one, other)
    for student in (one, other):
        student.play(levels_of(8, 1), trains=True)
    assert same(one, other)


def test_wrong_numbers_of_levels_are_named():
    with pytest.raises(ValueError, match="9 levels for 8 worlds"):
        small_student().play(levels_of(9), trains=False)
    sim = Simulator(SMALL_MAZES.scenario, 2, bank=SMALL_MAZES.bank(levels_of(3)))
    for rows, said in (
        (np.zeros((1, 3), int), "column for each"),
        (np.array([[0, 3]]), "the bank has 0 to 2"),
    ):
        with pytest.raises(ValueError, match=said):
            sim.assign(rows)
