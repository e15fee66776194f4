"""Is the next view foreseen, and is it the one that followed, not the first of another episode?"""

import numpy as np
import pytest
import torch
from torch.nn.functional import one_hot

from agents.training.learner import answers_to
from agents.training.methods import learn
from social_rl.methods.prediction import BITS, MASKS, RARE
from tests.social import EPISODE, WORLDS, Doing, circle, only, pupil
from worlds.simulator import DISABLED, Simulator
from worlds.state import ACTS, AGENT_PLANE, TURN_RIGHT, WAIT

ONLY_WAITS = 0xFF & ~(1 << WAIT)


def test_what_is_foreseen_of_a_last_frame_is_the_last_view_of_its_episode():
    """Against the same acts once more in worlds that stay over."""
    scenario = circle(2, side=6)
    worker, _ = pupil(scenario, only("prediction"))
    batch = worker.collect()
    again = Simulator(scenario, WORLDS, levels=16, seed=0, autoreset=DISABLED)
    told = batch.label("next_view")
    for t in range(EPISODE):
        again.step(batch.transition.acts[t].numpy())
        seen = again.observation.view.reshape(told.shape[1:])
        assert np.array_equal(told[t].numpy(), seen)
        if t < EPISODE - 1:
            assert torch.equal(told[t], batch.percept.view[t + 1])
    assert again.state.over.all() and (batch.percept.keep[EPISODE] == 0).all()
    assert not torch.equal(told[EPISODE - 1], batch.percept.view[EPISODE])


def test_one_who_watches_a_spinner_foresees_it_better_than_by_what_it_sees_now():
    """It stands still, the other turns right at every step: the present view is always wrong about that."""
    scenario, methods = circle(2, steps=40, hats=False), only("prediction")
    worker, learner = pupil(
        scenario, methods, ONLY_WAITS, worlds=16, learners=np.array([0]), others={1: Doing(TURN_RIGHT)},
        rate=2e-3, levels=4, epochs=8,
    )  # fmt: skip
    for _ in range(40):
        learn(learner, [worker.collect()], methods)
    batch = worker.collect()
    answers = answers_to(worker.network, batch)
    given = torch.cat([answers.hidden, one_hot(batch.act, len(ACTS)).float()], -1)
    told = worker.network.head_of("prediction")["view"](given).unflatten(-1, (3, -1, BITS)) > 0
    after, now = (view[..., None] & MASKS > 0 for view in (batch.label("next_view"), batch.percept.view))
    wrong = {
        name: (guess != after)[..., AGENT_PLANE, :, :].float().mean()
        for name, guess in (("told", told), ("now", now))
    }
    assert wrong["now"] > 0 and wrong["told"] < 0.8 * wrong["now"]


@pytest.mark.parametrize("name", ["prediction", "reconstruction"])
def test_memory_is_not_driven_to_its_limits_by_what_views_are_on_average(name):
    """It once was: after some forty steps every unit was 1 or -1, whatever had been seen."""
    methods = only(name)
    worker, learner = pupil(circle(2, steps=40), methods, worlds=16, rate=1e-3, epochs=8)
    for _ in range(12):
        learn(learner, [worker.collect()], methods)
    hidden = answers_to(worker.network, worker.collect()).hidden
    assert hidden.flatten(0, 2).std(0).mean() > 0.1


def test_the_mean_is_set_once():
    methods = only("prediction")
    worker, learner = pupil(circle(2), methods)
    batch = worker.collect()
    bias = worker.network.head_of("prediction")["view"].bias
    methods[0].prepare([batch], learner)
    first = bias.detach().clone()
    share = (batch.label("next_view")[..., None] & MASKS > 0).float().mean((0, 1, 2)).flatten()
    assert torch.allclose(first.sigmoid(), share.clamp(RARE, 1 - RARE), atol=1e-5)
    methods[0].prepare([worker.collect()], learner)
    assert torch.equal(bias, first)


def test_the_control_tells_the_present_view_and_records_nothing():
    methods = only("reconstruction")
    worker, learner = pupil(circle(2), methods)
    batch = worker.collect()
    assert not batch.labels.frames
    logs = [learn(learner, [batch], methods)["reconstruction/place"] for _ in range(20)]
    assert logs[-1] < 0.9 * logs[0]
