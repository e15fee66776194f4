"""Is it learned to do as the script does, in the states that one comes to oneself?"""

from dataclasses import replace

import numpy as np
import pytest
import torch

from agents.policies.scripted import Scripted
from agents.training.learner import answers_to
from agents.training.methods import learn
from agents.training.ppo import PPOConfig, ValueScale, ppo
from social_rl.methods.cloning import as_shown, cloning
from tests.social import STEPS, WORLDS, circle, pupil
from worlds.expert.scripts import script
from worlds.scenario import make_scenario
from worlds.simulator import Simulator
from worlds.state import FORWARD, TURN_LEFT


def test_labels_are_what_the_script_does_in_the_states_of_the_learner():
    """The same acts once more, with the script asked at each step."""
    scenario = circle(2)
    worker, _ = pupil(scenario, [cloning(0.0)])
    batch = worker.collect()
    sim = Simulator(scenario, WORLDS, levels=16, seed=0)
    for t in range(STEPS):
        acts, _ = Scripted("expert").act(sim, np.arange(2), None)
        assert np.array_equal(batch.label("shown")[t].numpy(), acts)
        sim.step(batch.transition.acts[t].numpy())
    assert (batch.act != batch.label("shown")).any() and not batch.transition.forced.any()


def test_the_script_leads_less_and_less():
    worker, _ = pupil(circle(2), [cloning(0.8)], worlds=64)
    shares = [float(worker.collect(share).transition.forced.float().mean()) for share in (0, 0.25, 0.5, 0.9)]
    assert shares == pytest.approx([0.8, 0.4, 0, 0], abs=0.05)
    led = worker.collect(0.0)
    forced = led.transition.forced
    assert torch.equal(led.act[forced], led.label("shown")[forced])


def test_frames_in_which_the_script_leads_are_learned_from_and_are_no_experience():
    methods = [cloning(1.0), ppo(PPOConfig(), ValueScale())]
    worker, learner = pupil(circle(2), methods)
    batch = worker.collect()
    (ready,) = methods[1].prepare([batch], learner)
    assert not ready.transition.active.any() and ready.label("counts").all()
    assert float(as_shown(ready, answers_to(worker.network, ready))[1]["cloning"]) > 0.5


@script
def expert(state, w, a, scratch):
    """Turns north, then goes on."""
    return FORWARD if state.heading[w, a] == 0 else TURN_LEFT


def test_one_comes_to_do_as_the_script_does():
    """First led by it, then alone."""
    methods, scenario = [cloning(1.0)], replace(circle(1, hats=False), scripts=(expert,))
    worker, learner = pupil(scenario, methods, worlds=16, rate=1e-2, epochs=8)
    logs = [learn(learner, [worker.collect(i / 40)], methods, i / 40) for i in range(40)]
    assert logs[0]["cloning/agreement"] < 0.9 and logs[-1]["cloning/agreement"] > 0.97
    alone = worker.collect(1.0)
    assert not alone.transition.forced.any()
    assert float((alone.act == alone.label("shown")).float().mean()) > 0.9


def test_a_scenario_without_a_script_is_refused():
    with pytest.raises(ValueError, match="maze has no script 'expert'"):
        pupil(make_scenario("maze", agents=2, side=7), [cloning()])
    with pytest.raises(ValueError, match="allowed are 0 to 1"):
        cloning(1.5)
