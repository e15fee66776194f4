"""Is what agents feel made of everybody's rewards as the papers say?"""

import math

import numpy as np
import pytest
import torch

from agents.policies.simple import Random
from social_rl.methods.names import make_methods
from social_rl.methods.shaping import FADES, others_mean
from tests.social import circle, pupil

REWARD = np.array([[1.0, 0.0, 4.0], [0.0, -2.0, 0.0]])  # two worlds of three agents
ALL = np.ones((2, 3), np.bool_)


def felt(name, reward=REWARD, there=ALL, steps=1):
    """What three learners feel at the last of some steps that pay alike."""
    worker, _ = pupil(circle(3), make_methods([name]), worlds=2)
    recorder = next(iter(worker.recorders.values()))
    recorder.begin(0.0)
    for t in range(steps):
        recorder.before(t, None)
        worker.keep_W[:] = 1
        worker.sim.state.reward[...] = reward
        worker.sim.state.active[...] = there
        recorder.after(t, None)
    return recorder.labels().frames[name.partition(":")[0]][steps - 1].view(2, 3).numpy() + reward


def test_a_team_earns_its_mean():
    assert felt("team") == pytest.approx(np.array([[5 / 3] * 3, [-2 / 3] * 3]))


@pytest.mark.parametrize("angle", [0, 30, 45, 90, -45, 180])
def test_social_value_orientation_turns_from_oneself_to_others(angle):
    """Others earn (0 + 4) / 2, (1 + 4) / 2 and (1 + 0) / 2."""
    turn = math.radians(angle)
    by_hand = math.cos(turn) * REWARD[0] + math.sin(turn) * np.array([2.0, 2.5, 0.5])
    assert felt(f"svo:{angle}")[0] == pytest.approx(by_hand, abs=1e-6)


def test_who_looks_to_itself_alone_feels_what_it_is_paid():
    assert np.array_equal(felt("svo:0"), REWARD)


def test_envy_is_of_those_who_earn_more_and_guilt_towards_those_who_earn_less():
    """Alpha 1 alone: the first of the first world has one above it, by 3, of two: 1 - 3 / 2. Then beta alone."""
    assert felt("inequity:1/0")[0] == pytest.approx([1 - 3 / 2, 0 - (1 + 4) / 2, 4])
    assert felt("inequity:0/1")[0] == pytest.approx([1 - 1 / 2, 0, 4 - (3 + 4) / 2])
    assert felt("inequity:1/0")[1] == pytest.approx([0, -2 - (2 + 2) / 2, 0])
    assert felt("inequity:0/1")[1] == pytest.approx([-2 / 2, -2, -2 / 2])


def test_inequity_is_of_what_was_earned_lately():
    """After three equal steps each has 1 + f + f^2 times its reward."""
    f = FADES
    assert f == pytest.approx(0.99 * 0.975)
    lately = (1 + f + f * f) * REWARD[0]
    pain = (lately[2] - lately[0]) / 2
    assert felt("inequity:1/0", steps=3)[0, 0] == pytest.approx(1 - pain, rel=1e-6)


def test_what_was_earned_is_forgotten_when_an_episode_begins():
    worker, _ = pupil(circle(3), make_methods(["inequity"]), worlds=2)
    recorder = worker.recorders["inequity"]
    recorder.begin(0.0)
    recorder.memory.lately[:] = 7
    worker.keep_W[:] = [0, 1]
    recorder.before(0, None)
    assert recorder.memory.lately.tolist() == [[0] * 3, [7] * 3]


def test_who_is_no_longer_in_its_episode_is_nobody_to_care_for():
    there = np.array([[True, True, False], [True, False, False]])
    assert others_mean(REWARD, there).tolist() == [[0, 1, 0.5], [0, 0, 0]]
    assert felt("svo:90", there=there)[0, :2] == pytest.approx([0, 1])
    assert felt("team", there=there)[0, :2] == pytest.approx([0.5, 0.5])
    assert felt("inequity:1/1", there=there)[0, :2] == pytest.approx([1 - 1, 0 - 1])
    assert felt("inequity:1/1", there=there)[1, 0] == pytest.approx(0)


def test_rewards_of_those_who_do_not_learn_count_and_are_recorded_step_by_step():
    """The learner is the second of two; both do as they like where every chore but the first costs."""
    methods = make_methods(["svo:90"])
    options = {"learners": np.array([1]), "others": {0: Random(3)}}
    worker, learner = pupil(circle(2, steps=100), methods, steps=64, worlds=8, **options)
    both, _ = pupil(circle(2, steps=100), steps=64, worlds=8, **options)
    both.network.load_state_dict(worker.network.state_dict())
    paid = []
    state, advance = both.sim.state, both.sim.advance

    def noted():
        advance()
        paid.append(state.reward.copy())

    both.sim.advance = noted
    both.collect()
    (ready,) = methods[0].prepare([worker.collect()], learner)
    others = torch.from_numpy(np.stack(paid)[:, :, :1])
    assert others.any() and torch.allclose(ready.transition.reward, others, atol=1e-6)


def test_negative_weights_are_refused():
    with pytest.raises(ValueError, match=r"inequity:5/-1: .*neither may be below 0"):
        make_methods(["inequity:5/-1"])
