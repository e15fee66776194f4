"""Do minds that learn choose what they say by what it is worth, hear each other, and say the same once more?"""

import json

import numpy as np
import pytest
import torch

from agents.network.actor_critic import ActorCritic
from agents.network.config import NetworkConfig
from agents.policies.learned import Learned
from agents.training.checkpoint import (
    MIND,
    network_arrays,
    network_manifest,
    read_network,
    write_checkpoint,
)
from agents.training.learner import answers_to
from agents.training.methods import learn
from agents.training.ppo import PPOConfig, ValueScale, of_chosen, ppo
from agents.types import Cast
from tests.social import STEPS, mind, orchard, paid, played, pupil, training
from worlds.replay import check, record
from worlds.scenario import Scenario, make_scenario
from worlds.simulator import Simulator

PANTRY = {"scenario": "locked_pantry", "choices": ("calls=3", "steps=10"), "frames": 20_000}


def plain_ppo(**options):
    return [ppo(PPOConfig(**options), ValueScale())]


# ---- the head ----
def test_a_mind_without_calls_is_as_it_was():
    """Of the same seed: the same parameters but for those of calls, and the same acts and values."""
    torch.manual_seed(3)
    silent = ActorCritic(NetworkConfig(hidden=32, words=32, message_tokens=1))
    torch.manual_seed(3)
    talks = ActorCritic(NetworkConfig(hidden=32, words=32, message_tokens=1, calls=3))
    mine, its = silent.state_dict(), talks.state_dict()
    assert its.keys() - mine.keys() == {"calls.weight", "calls.bias"}
    assert all(torch.equal(mine[name], its[name]) for name in mine)
    hidden = torch.randn(5, 32)
    assert all(torch.equal(*both) for both in zip(silent.decide(hidden), talks.decide(hidden), strict=True))
    assert silent.call(hidden) is None and talks.call(hidden).shape == (5, 3)


@pytest.mark.parametrize(("calls", "tokens"), [(1, 1), (256, 1), (3, 0), (3, 2)])
def test_calls_that_cannot_be_are_refused(calls, tokens):
    with pytest.raises(
        ValueError, match=f"calls is {calls} and message_tokens {tokens}, allowed are 0 calls"
    ):
        NetworkConfig(calls=calls, message_tokens=tokens)


@pytest.mark.parametrize(
    ("choices", "said"),
    [({"calls": 1}, "calls is 1"), ({"calls": 3, "message_tokens": 2}, "a call is one token")],
)
def test_scenarios_refuse_them_too(choices, said):
    with pytest.raises(ValueError, match=said):
        make_scenario("locked_pantry", **choices)


@pytest.mark.parametrize("name", ["locked_pantry", "dirty_kitchen", "berry_bush"])
def test_calls_are_messages_of_one_token(name):
    made = make_scenario(name, calls=3)
    assert isinstance(made, Scenario) and (made.message_tokens, made.calls) == (1, 3)
    assert make_scenario(name).message_tokens == make_scenario(name).calls == 0


# ---- what is gathered ----
def test_what_one_says_is_heard_by_the_others_at_the_next_step_and_not_in_the_next_episode():
    worker, _ = pupil(orchard(3))
    batch = worker.collect()
    said, heard = batch.transition.said[..., 0], batch.percept.heard.unflatten(-1, (3, 1))[..., 0]
    begins = batch.percept.keep == 0
    assert begins[1:].any() and not heard[begins].any()
    assert not heard[0].any() and set(said.unique().tolist()) == {1, 2, 3, 4}
    assert torch.equal(batch.call, said.long() - 1)
    goes_on = ~begins[1:]
    for k in range(3):
        for j in {0, 1, 2} - {k}:
            then, now = said[:-1, :, j][goes_on[..., k]], heard[1:, :, k, j][goes_on[..., k]]
            assert torch.equal(now[now > 0], then[now > 0]) and (now > 0).float().mean() > 0.5
        assert not heard[:, :, k, k].any(), "nobody hears itself"


def test_what_is_heard_matters_to_what_is_done_next():
    worker, _ = pupil(orchard())
    batch = worker.collect()
    heard = batch.percept.heard
    other = batch._replace(percept=batch.percept._replace(heard=torch.where(heard > 0, heard % 4 + 1, heard)))
    one, two = answers_to(worker.network, batch), answers_to(worker.network, other)
    assert not torch.allclose(one.logits, two.logits, atol=1e-4)
    assert not torch.allclose(one.calls, two.calls, atol=1e-4)
    assert torch.equal(one.logits[0], two.logits[0]), "in the first frame nothing was heard"


def test_somebody_who_does_not_learn_is_heard_too():
    """A mind of an earlier run says something in a worker's worlds."""
    partner = Learned(mind(orchard()), temperature=1.0)
    worker, _ = pupil(orchard(), learners=np.array([0]), others={1: partner})
    batch = worker.collect()
    assert (batch.transition.said > 0).all()
    assert batch.percept.heard[1:].any()


# ---- what is learned ----
@pytest.mark.parametrize("share", [True, False])
@pytest.mark.parametrize("methods", [(), ("influence@messages",)])
def test_the_ratio_of_acts_and_calls_is_one_on_the_first_minibatch_across_resets(share, methods):
    one = training(*methods, share=share, **PANTRY)
    played(one)
    for group, batches in zip(one.groups, played(one), strict=True):
        assert all((batch.percept.keep[1:] == 0).any() for batch in batches)
        method = group.methods[-1]
        for batch in method.prepare(batches, group.learner):
            figures = method.losses(0.0)[0](batch, answers_to(group.network, batch))[1]
            assert float(figures["ratio_apart"]) <= 1e-5


def test_the_chance_of_a_frame_is_that_of_its_act_times_that_of_its_call():
    """And its entropy the sum of both."""
    methods = plain_ppo()
    worker, learner = pupil(orchard(), methods)
    batch = worker.collect()
    answers = answers_to(worker.network, batch)
    acts, calls = answers.logits.log_softmax(-1), answers.calls.log_softmax(-1)
    by_hand = of_chosen(acts, batch.act) + of_chosen(calls, batch.call)
    assert torch.allclose(batch.label("log_prob"), by_hand, atol=1e-5)
    assert not torch.allclose(batch.label("log_prob"), of_chosen(acts, batch.act), atol=0.1)
    (ready,) = methods[0].prepare([batch], learner)
    figures = methods[0].losses(0.0)[0](ready, answers)[1]
    both = [-(logs.exp() * logs).sum(-1).mean().detach() for logs in (acts, calls)]
    assert float(figures["entropy"]) == pytest.approx(float(both[0] + both[1]), abs=1e-5)
    assert float(figures["entropy/calls"]) == pytest.approx(float(both[1]), abs=1e-5)


def test_the_call_that_pays_is_learned():
    """Paid for the third of four calls, a mind comes to make it nearly always; of acts it does what it likes."""
    methods = plain_ppo(entropy=0, last_entropy=0, gamma=0)
    worker, learner = pupil(orchard(), methods, epochs=2)
    shares = []
    for _ in range(25):
        batch = worker.collect()
        shares.append(float((batch.call == 2).float().mean()))
        learn(learner, [paid(batch, (batch.call == 2).float())], methods)
    assert shares[0] < 0.5 and shares[-1] > 0.9


# ---- once more ----
def test_a_run_with_calls_goes_on_bit_for_bit(tmp_path):
    """What is said, above all; and a checkpoint says how many calls there are."""
    methods = ("influence@messages", "prediction")
    straight = training(*methods, share=False, **PANTRY)
    for _ in range(2):
        straight.advance()
    arrays, facts = straight.save()
    write_checkpoint(tmp_path / "c", arrays, {"frames": straight.frames, **json.loads(json.dumps(facts))})
    again = training(*methods, share=False, **PANTRY)
    again.restore(tmp_path / "c")
    assert straight.advance() == again.advance()
    for mine, its in zip(played(straight), played(again), strict=True):
        for one, two in zip(mine, its, strict=True):
            assert torch.equal(one.transition.said, two.transition.said) and (one.transition.said > 0).all()
            assert torch.equal(one.percept.heard, two.percept.heard) and one.percept.heard.any()
    assert read_network(tmp_path / "c").config.calls == 3


def test_what_learners_say_is_a_function_of_the_seed():
    one, same, other = (played(training(**PANTRY, seed=seed))[0][0].transition.said for seed in (0, 0, 1))
    assert torch.equal(one, same) and not torch.equal(one, other)


# ---- at play ----
def playing(network, seed=0, temperature=1.0, steps=STEPS):
    """What everybody says in some worlds, step by step."""
    sim = Simulator(orchard(), 4, levels=8, seed=5)
    cast = Cast(sim, dict.fromkeys(sim.scenario.agents, Learned(network, temperature, seed)))
    said = []
    for _ in range(steps):
        sim.step(cast.act())
        said.append(sim.state.said[..., 0].copy())
        assert not sim.state.message.any(), "what was said is not said twice"
    return np.array(said)


def test_a_mind_speaks_at_play_by_its_seed(tmp_path):
    network = mind(orchard())
    said = playing(network)
    lives = said[said > 0]
    assert len(lives) > said.size / 2 and set(lives.tolist()) == {1, 2, 3, 4}
    assert np.array_equal(said, playing(network)) and not np.array_equal(said, playing(network, seed=1))
    write_checkpoint(tmp_path / "m", {MIND: network_arrays(network)}, network_manifest(network))
    assert np.array_equal(said, playing(read_network(tmp_path / "m")))


def test_without_chance_it_makes_the_likeliest_call():
    network = mind(orchard())
    with torch.no_grad():
        network.calls.bias[1] += 10
    said = playing(network, temperature=0)
    assert set(said[said > 0].tolist()) == {2}


def test_what_a_mind_says_is_in_the_replay():
    sim = Simulator(orchard(steps=20), 1, levels=4, seed=1)
    recorder = record(sim)
    cast = Cast(sim, dict.fromkeys(sim.scenario.agents, Learned(mind(orchard()), 1.0)))
    for _ in range(20):
        sim.step(cast.act())
    assert sum("Say" in type(entry.event).__name__ for entry in recorder.replay.entries) == 40
    assert check(recorder.replay) is None


def test_a_mind_of_other_messages_is_refused():
    sim = Simulator(orchard(calls=0), 1, levels=4)
    with pytest.raises(ValueError, match="choose view=7 message_tokens=1"):
        Learned(mind(orchard())).start(sim, np.arange(2))
