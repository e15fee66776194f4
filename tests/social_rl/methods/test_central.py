"""Does a central critic know what the others of its group remember, at every frame, at cuts and in the loss alike?"""

import numpy as np
import pytest
import torch

from agents.policies.learned import Learned
from agents.training.learner import Learner, LearnerConfig, answers_to
from agents.training.methods import learn
from agents.training.ppo import PPOConfig, ValueScale, ppo
from social_rl.methods.central import Central, central, together
from tests.social import EPISODE, WORLDS, circle, paid, pupil, training
from worlds.simulator import DISABLED, Simulator
from worlds.state import FAILED, SENSE_HEADING


def judged(scale=None):
    """A central critic, and PPO that learns by it."""
    method = central()
    return [method, ppo(PPOConfig(), scale or ValueScale(), critic=method.critic)]


def test_it_knows_ones_own_memory_and_the_mean_of_others_who_are_there():
    hidden = torch.tensor([[1.0, 2.0], [3.0, 4.0], [10.0, 20.0]])
    there = torch.tensor([[True, True, True], [True, False, True], [True, False, False]])
    found = together(hidden.expand(3, 3, 2), there)
    assert torch.equal(found[..., :2], hidden.expand(3, 3, 2))
    assert found[0, :, 2:].tolist() == [[6.5, 12], [5.5, 11], [2, 3]]
    assert found[1, 0, 2:].tolist() == [10, 20] and found[1, 2, 2:].tolist() == [1, 2]
    assert found[2, 0, 2:].tolist() == [0, 0] and found[2, 1, 2:].tolist() == [1, 2]


def test_what_was_recorded_is_what_the_loss_computes():
    worker, _ = pupil(circle(3), judged())
    worker.collect()
    batch = worker.collect()
    assert (batch.percept.keep == 0).any()
    answers = answers_to(worker.network, batch)
    value = Central().value(worker.network, answers.hidden, answers.value, batch.transition.active)
    assert torch.allclose(value, batch.label("value")[:-1], atol=1e-5)
    assert not torch.allclose(value, answers.value, atol=1e-3), "the network's own value is another one"
    following = worker.collect()
    assert torch.allclose(following.label("value")[0], batch.label("value")[-1], atol=1e-5)


def test_what_was_cut_is_worth_what_the_last_observations_of_all_say():
    """By hand, in worlds that stay over."""
    scenario = circle(3)
    worker, _ = pupil(scenario, judged())
    network, batch = worker.network, worker.collect()
    sim = Simulator(scenario, WORLDS, levels=16, seed=0, autoreset=DISABLED)
    policy, agents = Learned(network), np.arange(3)
    memory = policy.start(sim, agents)
    for t in range(EPISODE):
        _, memory = policy.act(sim, agents, memory)
        sim.step(batch.transition.acts[t].numpy())
    _, memory = policy.act(sim, agents, memory)
    hidden = memory.hidden.clone().view(WORLDS, 3, -1)
    layer = network.head_of("central")["value"]
    mean = torch.stack([(hidden.sum(1) - hidden[:, k]) / 2 for k in range(3)], 1)
    by_hand = layer(torch.cat([hidden, mean], -1))[..., 0].detach()
    assert torch.allclose(batch.label("final_value")[EPISODE - 1], by_hand, atol=1e-4)
    assert not torch.allclose(batch.label("value")[EPISODE], by_hand, atol=1e-3)


def test_who_has_finished_is_not_among_the_others():
    """In the frame, and at the cut."""
    worker, _ = pupil(circle(3), judged())
    worker.sim.state.finished[:, 1] = FAILED
    batch = worker.collect()
    network, answers = worker.network, answers_to(worker.network, batch)
    first = answers.hidden[:EPISODE]
    layer = network.head_of("central")["value"]
    by_hand = layer(torch.cat([first[:, :, 0], first[:, :, 2]], -1))[..., 0]
    assert torch.allclose(batch.label("value")[:EPISODE, :, 0], by_hand, atol=1e-5)
    assert not batch.transition.active[:EPISODE, :, 1].any() and batch.transition.active[EPISODE:].all()
    assert batch.transition.truncated[EPISODE - 1].tolist() == [[True, False, True]] * WORLDS


def test_values_stay_what_they_were_when_their_scale_moves():
    scale = ValueScale(mean=1.0, square=5.0, weight=3.0)
    methods = judged(scale)
    worker, learner = pupil(circle(3), methods)
    batch = worker.collect()

    def worth():
        answers = answers_to(worker.network, batch)
        value = Central().value(worker.network, answers.hidden, answers.value, batch.transition.active)
        return scale.real(value).detach(), answers.value.detach()

    before, own = worth()
    methods[1].prepare([paid(batch, torch.full_like(batch.transition.reward, 7.0))], learner)
    after, own_ = worth()
    assert scale.mean != 1.0 and torch.allclose(before, after, atol=1e-4)
    assert torch.equal(own, own_), "the head of acts is left alone"


def test_what_only_another_one_remembers_is_learned():
    """One is paid by which way the other looks, which neither can see of the other."""
    methods = judged()
    worker, _ = pupil(circle(2, hats=False), methods, worlds=16)
    own = [ppo(PPOConfig(), ValueScale())]
    alone, _ = pupil(circle(2, hats=False), own, worlds=16)
    errors = []
    for one, ways in ((worker, methods), (alone, own)):
        learner = Learner(one.network, 1, LearnerConfig(learning_rate=3e-3, minibatches=1, epochs=4))
        for _ in range(40):
            batch = one.collect()
            looks = (batch.percept.own[..., [1, 0], SENSE_HEADING] == 0).float()
            at_once = torch.ones_like(batch.transition.terminated)
            ended = batch._replace(transition=batch.transition._replace(reward=looks, terminated=at_once))
            figures = learn(learner, [ended], ways)
        errors.append(figures["value_error"])
    assert errors[0] < 0.5 * errors[1]


def test_the_critic_of_a_group_of_one_is_refused():
    with pytest.raises(ValueError, match="central: Ann learns in a network of its own"):
        training("central", share=False)
    with pytest.raises(ValueError, match="central: Bob learns in a network of its own"):
        training("bob=central")
    assert training("central").groups[0].name == "Ann+Bob+Cleo"
