"""Is influence through messages what the model of others says it is, and of the calls of the right step?"""

import math

import numpy as np
import pytest
import torch
from torch import nn

from agents.policies.simple import Random
from agents.training.learner import Learner, LearnerConfig, answers_to
from agents.training.methods import learn
from social_rl.methods.influence import (
    BY_MESSAGES,
    N,
    calls_of,
    influence,
    influence_on,
    told_of_others,
    who_hears,
)
from tests.social import Heeding, mind, nothing_is_learned_of_one_nan, only, orchard, pupil
from worlds.state import FAILED

CERTAIN = 60.0  # a logit beside zeros
METHOD = "influence@messages"


class Model(nn.Module):
    """A model of two others in a world of three: from the own call (`copies`) or from memory alone."""

    def __init__(self, known, calls, copies):
        super().__init__()
        self.known, self.calls, self.copies = known, calls, copies

    def forward(self, given):
        call = given[..., self.known : self.known + self.calls]
        told = CERTAIN * nn.functional.pad(call, (0, N - self.calls)) if self.copies else given[..., :N]
        return torch.cat([told, told, told], -1)


def asked(copies, calls):
    """A mind with a made-up model, and what it knows."""
    network = mind(orchard(3, calls=calls), only(METHOD))
    known = torch.randn(32 + N + 3 * N)
    network.heads["influence"]["others"] = Model(len(known), calls, copies)
    return network, known, torch.zeros(3).long(), torch.ones(3, dtype=torch.bool)


@pytest.mark.parametrize("calls", [2, 3, 8])
def test_the_influence_on_who_copies_a_call_is_ln_of_the_number_of_calls(calls):
    network, known, others, hears = asked(True, calls)
    for call in range(calls):
        found = influence_on(
            network, known, torch.zeros(calls), torch.tensor(call), others, hears, BY_MESSAGES
        )
        assert found.tolist() == pytest.approx([math.log(calls)] * 3, abs=1e-5)


def test_the_influence_on_who_ignores_calls_is_nothing():
    network, known, others, hears = asked(False, 4)
    found = influence_on(network, known, torch.randn(4), torch.tensor(2), others, hears, BY_MESSAGES)
    assert found.abs().max() < 1e-5


def test_the_influence_of_a_call_is_the_kl_of_a_made_up_model():
    """By hand, call by call, from the definition; to know the own act is no influence of it."""
    network = mind(orchard(3), only(METHOD))
    known, logits, others = torch.randn(32 + 4 * N), torch.randn(4), torch.tensor([1, 3, -1])
    hears, call = torch.tensor([False, True, True]), torch.tensor(3)
    pi = logits.softmax(-1).numpy()
    told = [
        told_of_others(network, known, torch.tensor(m), others, hears, BY_MESSAGES).exp().detach().numpy()
        for m in range(4)
    ]
    without = sum(pi[m] * told[m] for m in range(4))
    by_hand = (told[3] * np.log(told[3] / without)).sum(-1)
    found = influence_on(network, known, logits, call, others, hears, BY_MESSAGES).detach().numpy()
    assert by_hand == pytest.approx(found, abs=1e-6) and (found > 0).all()


def test_the_model_is_told_the_own_call_and_those_within_earshot_and_no_others():
    network = mind(orchard(3), only(METHOD))
    known, hears = torch.randn(32 + 4 * N), torch.tensor([False, True, False])

    def told(call, others):
        return told_of_others(network, known, torch.tensor(call), torch.tensor(others), hears, BY_MESSAGES)

    assert torch.equal(told(1, [1, 1, 1]), told(1, [2, 1, -1]))
    assert not torch.equal(told(1, [1, 1, 1]), told(1, [1, 2, 1]))
    assert not torch.equal(told(1, [1, 1, 1]), told(2, [1, 1, 1]))


def test_who_hears_one_perceives_something_of_one():
    """By listener and speaker: Bob hears Ann, Cleo hears Bob; silence is heard by nobody."""
    heard = np.zeros((2, 3, 3, 1), np.uint8)
    heard[0, 1, 0], heard[1, 2, 1] = 4, 1
    found = who_hears(heard, np.array([0, 1]))
    assert found.tolist() == [[False, True, False], [False] * 3, [False] * 3, [False, False, True]]


def test_to_ask_what_another_call_would_have_done_moves_no_memory():
    """Bit for bit: acts, calls, memories and chance of a worker that asks and of one that does not."""
    asks, _ = pupil(orchard(3), only(METHOD))
    does_not, _ = pupil(orchard(3))
    does_not.network.load_state_dict(asks.network.state_dict(), strict=False)
    for _ in range(2):
        one, two = asks.collect(1.0), does_not.collect(1.0)
        assert torch.equal(one.act, two.act) and torch.equal(one.hidden, two.hidden)
        assert torch.equal(one.transition.said, two.transition.said)
        assert torch.equal(asks.memory.hidden, does_not.memory.hidden)
        assert torch.equal(asks.generator.get_state(), does_not.generator.get_state())
    assert one.label("influence").any()


def test_influence_belongs_to_the_step_in_which_the_call_was_made():
    """What was recorded is what call, acts and memory of the same frame say, and none of the frame before or after."""
    method = influence(3.0, 1.0, "messages")
    worker, learner = pupil(orchard(3, steps=100), [method])
    batch = worker.collect(1.0)
    answers, shape = answers_to(worker.network, batch), (*batch.act.shape, 3)
    acts = batch.transition.acts[:, :, None].expand(shape)
    others = calls_of(batch.transition.said)[:, :, None].expand(shape)
    made = BY_MESSAGES.made(answers.hidden, acts, others, batch.label("seen"), batch.agents)
    assert torch.equal(made.choice, batch.call)
    found = influence_on(
        worker.network, made.known, answers.calls, made.choice, others, batch.label("hears"), BY_MESSAGES
    )
    by_hand, told = (found * batch.label("goes_on")).sum(-1).detach(), batch.label("influence")
    assert torch.allclose(told, by_hand, atol=1e-6) and (told > 1e-5).any()
    assert not torch.allclose(told[1:], by_hand[:-1], atol=1e-6)
    (ready,) = method.prepare([batch], learner)
    more = ready.transition.reward - batch.transition.reward
    assert torch.allclose(more, 3 * told, atol=1e-6)


def test_a_call_has_no_influence_beyond_the_end_of_an_episode():
    worker, _ = pupil(orchard(3), only(METHOD))
    batch = worker.collect(1.0)
    ends = batch.transition.truncated
    assert ends.any() and not batch.label("influence")[ends].any()
    assert not batch.label("goes_on")[ends].any()
    assert (batch.label("influence")[~ends] > 0).any()


def test_a_call_has_influence_on_whoever_hears_it_in_view_or_not():
    """Who hears stands in what it perceives at the next step: a token of the one who called."""
    worker, _ = pupil(orchard(3, side=13, steps=100), only(METHOD))
    batch = worker.collect(1.0)
    heard = batch.percept.heard.unflatten(-1, (3, 1))[1:, ..., 0]  # [T - 1, W, listener, speaker]
    for k in range(3):
        for j in range(3):
            assert torch.equal(batch.label("hears")[:-1, :, k, j], heard[:, :, j, k] > 0), (k, j)
    hears, seen = batch.label("hears"), batch.label("seen")
    assert (hears & ~seen).any() and not hears.all()
    nobody = ~hears.any(-1)
    assert nobody.any() and not batch.label("influence")[nobody].any()


def test_who_is_dead_is_neither_influenced_nor_pays_attention():
    worker, _ = pupil(orchard(3, steps=100), only(METHOD))
    worker.sim.state.finished[:, 1] = FAILED
    batch = worker.collect(1.0)
    assert not batch.label("hears")[..., 1].any() and not batch.label("influence")[:, :, 1].any()
    assert batch.label("hears")[:, :, 0, 2].any()


@pytest.mark.parametrize(
    ("partner", "told"), [(Heeding(0), True), (Random(5), False)], ids=["heeds", "random"]
)
def test_a_model_of_others_learns_who_heeds_calls(partner, told):
    """Of who does what it is called to, all can be told, and influence comes near ln 4; of chance nothing can."""
    methods = only(METHOD)
    worker, _ = pupil(orchard(2, steps=40), methods, learners=np.array([0]), others={1: partner}, worlds=24)
    for name, parameter in worker.network.named_parameters():  # its calls stay by chance
        parameter.requires_grad_(name.startswith("heads."))
    learner = Learner(worker.network, 1, LearnerConfig(learning_rate=2e-2, minibatches=1))
    logs = [learn(learner, [worker.collect()], methods) for _ in range(40)]
    if told:
        batch = worker.collect()
        on_whom_it_was_had = batch.label("influence")[batch.label("goes_on").any(-1)]
        assert logs[-1]["others/accuracy"] > 0.95
        assert float(on_whom_it_was_had.mean()) == pytest.approx(math.log(4), abs=0.2)
    else:
        assert logs[-1]["others/accuracy"] < 0.5 and logs[-1]["influence"] < 0.05
    assert logs[0]["influence"] < 0.01


@pytest.mark.parametrize("where", ["influence_reward", "head"])
def test_one_nan_in_the_influence_of_calls_is_an_error_and_no_batch_of_zeros(where):
    nothing_is_learned_of_one_nan(METHOD, orchard(3), where)
