"""Is influence what the model of others says it is, at the step it was had, and at no cost to any memory?"""

import math

import numpy as np
import pytest
import torch
from torch import nn

from agents.policies.perception import in_view
from agents.policies.simple import Random
from agents.training.learner import Learner, LearnerConfig, answers_to
from agents.training.methods import learn
from social_rl.methods.influence import N, influence, influence_on, told_of_others
from tests.social import Copying, circle, mind, nothing_is_learned_of_one_nan, only, pupil
from worlds.objects import AGENT_MARK
from worlds.state import AGENT_PLANE

CERTAIN = 60.0  # a logit beside zeros


class Model(nn.Module):
    """A model of two others in a world of three: from own act (`copies`) or from memory alone."""

    def __init__(self, hidden, copies):
        super().__init__()
        self.hidden, self.copies = hidden, copies

    def forward(self, given):
        own = given[..., self.hidden : self.hidden + N]
        told = CERTAIN * own if self.copies else given[..., :N]
        return torch.cat([told, told, told], -1)


def with_model(copies, forbidden):
    network = mind(circle(3), only("influence"), forbidden)
    network.heads["influence"]["others"] = Model(32, copies)
    return network


@pytest.mark.parametrize(("forbidden", "allowed"), [(0, 8), (0b11110000, 4), (0b10000001, 6)])
def test_the_influence_on_a_copier_is_ln_of_the_number_of_allowed_acts(forbidden, allowed):
    network = with_model(True, forbidden)
    logits, seen = torch.zeros(N) + network.never, torch.ones(3, dtype=torch.bool)
    for act in (a for a in range(N) if not forbidden >> a & 1):
        found = influence_on(network, torch.randn(32), logits, torch.tensor(act), torch.zeros(3).long(), seen)
        assert found.tolist() == pytest.approx([math.log(allowed)] * 3, abs=1e-5)


def test_the_influence_on_a_copier_of_an_act_is_how_little_it_was_expected():
    """-ln pi(a), for the marginal of a copier is pi itself."""
    network = with_model(True, 0)
    logits = torch.randn(N)
    found = influence_on(
        network, torch.randn(32), logits, torch.tensor(5), torch.zeros(3).long(), torch.ones(3) > 0
    )
    assert found.tolist() == pytest.approx([-float(logits.log_softmax(-1)[5])] * 3, abs=1e-4)


def test_the_influence_on_who_ignores_one_is_nothing():
    network = with_model(False, 0b11110000)
    logits = torch.randn(N) + network.never
    found = influence_on(
        network, torch.randn(32), logits, torch.tensor(2), torch.zeros(3).long(), torch.ones(3) > 0
    )
    assert found.abs().max() < 1e-5


def test_influence_is_the_kl_of_a_made_up_model():
    """By hand, act by act, from the definition."""
    network = mind(circle(3), only("influence"))
    hidden, logits, acts = torch.randn(32), torch.randn(N) + network.never, torch.tensor([1, 3, 2])
    seen, act = torch.tensor([False, True, True]), torch.tensor(3)
    pi = logits.softmax(-1).detach().numpy()
    told = [
        told_of_others(network, hidden, torch.tensor(a), acts, seen).exp().detach().numpy() for a in range(N)
    ]
    without = sum(pi[a] * told[a] for a in range(N))
    by_hand = (told[3] * np.log(told[3] / without)).sum(-1)
    found = influence_on(network, hidden, logits, act, acts, seen).detach().numpy()
    assert by_hand == pytest.approx(found, abs=1e-6) and (found > 0).all()


def test_acts_of_those_out_of_view_are_not_asked_for():
    network = mind(circle(3), only("influence"))
    hidden, act, seen = torch.randn(32), torch.tensor(1), torch.tensor([False, True, False])
    one, two, three = (
        told_of_others(network, hidden, act, torch.tensor(acts), seen)
        for acts in ([1, 1, 1], [2, 1, 3], [1, 2, 1])
    )
    assert torch.equal(one, two) and not torch.equal(one, three)


def test_who_is_in_view_stands_in_the_view():
    view = np.zeros((2, 3, 49), np.uint8)
    view[0, AGENT_PLANE, 3], view[0, AGENT_PLANE, 20] = AGENT_MARK | 2 << 2 | 3, AGENT_MARK | 15 << 2
    view[1, AGENT_PLANE, 0] = AGENT_MARK  # agent 0, looking the same way
    assert [np.flatnonzero(row).tolist() for row in in_view(view, 16)] == [[2, 15], [0]]


def test_to_ask_what_would_have_been_moves_no_memory():
    """Bit for bit: acts, memories and chance of a worker that asks and of one that does not."""
    asks, _ = pupil(circle(3), only("influence"))
    does_not, _ = pupil(circle(3))
    does_not.network.load_state_dict(asks.network.state_dict(), strict=False)
    for _ in range(2):
        one, two = asks.collect(1.0), does_not.collect(1.0)
        assert torch.equal(one.act, two.act) and torch.equal(one.hidden, two.hidden)
        assert torch.equal(asks.memory.hidden, does_not.memory.hidden)
        assert torch.equal(asks.generator.get_state(), does_not.generator.get_state())
    assert one.label("influence").any()


def test_influence_belongs_to_the_step_in_which_it_was_had():
    """What was recorded is what act, acts and memory of the same frame say, and none of the frame before or after."""
    method = influence(weight=3.0)
    worker, learner = pupil(circle(3, steps=100), [method])
    batch = worker.collect(1.0)
    answers = answers_to(worker.network, batch)
    acts = batch.transition.acts[:, :, None].expand(*batch.act.shape, 3)
    found = influence_on(worker.network, answers.hidden, answers.logits, batch.act, acts, batch.label("seen"))
    by_hand, told = (found * batch.label("goes_on")).sum(-1).detach(), batch.label("influence")
    assert torch.allclose(told, by_hand, atol=1e-6) and (told > 1e-5).any()
    assert not torch.allclose(told[1:], by_hand[:-1], atol=1e-6)
    (ready,) = method.prepare([batch], learner)
    more = ready.transition.reward - batch.transition.reward
    assert torch.allclose(more, 3 * told, atol=1e-6)


def test_there_is_no_influence_beyond_the_end_of_an_episode():
    worker, _ = pupil(circle(3), only("influence"))
    batch = worker.collect(1.0)
    ends = batch.transition.truncated
    assert ends.any() and not batch.label("influence")[ends].any()
    assert batch.label("seen")[ends].any() and not batch.label("goes_on")[ends].any()


def test_who_is_out_of_view_has_no_influence_and_is_not_influenced():
    worker, _ = pupil(circle(3, side=9), only("influence"))
    batch = worker.collect(1.0)
    seen, told = batch.label("seen"), batch.label("influence")
    view = batch.percept.view[..., AGENT_PLANE, :]
    for k in range(3):
        assert not seen[:, :, k, k].any()
        for j in {0, 1, 2} - {k}:
            there = ((view[:, :, k] & AGENT_MARK > 0) & ((view[:, :, k] & 0x3F) >> 2 == j)).any(-1)
            assert torch.equal(seen[:, :, k, j], there)
    assert (~seen.any(-1)).any() and not told[~seen.any(-1)].any()


def test_the_weight_rises_over_the_first_part_of_a_run():
    worker, _ = pupil(circle(3), [influence(weight=2.0)])
    for share, weight in ((0.0, 0.0), (0.125, 1.0), (0.25, 2.0), (1.0, 2.0)):
        batch = worker.collect(share)
        assert torch.allclose(batch.label("influence_reward"), weight * batch.label("influence"))


@pytest.mark.parametrize(
    ("partner", "told"), [(Copying(0), True), (Random(5), False)], ids=["copies", "random"]
)
def test_a_model_of_others_learns_who_heeds_one(partner, told):
    """Of a copier nearly everything can be told, and influence comes near ln 4; of chance nothing can."""
    methods = only("influence")
    worker, _ = pupil(circle(2, steps=40), methods, learners=np.array([0]), others={1: partner}, worlds=24)
    for name, parameter in worker.network.named_parameters():  # its acts stay by chance
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


def test_the_model_begins_with_what_everybody_does_on_average():
    """Once; what was learned later is left alone."""
    methods = only("influence")
    worker, learner = pupil(circle(3), methods)
    batch, bias = worker.collect(), worker.network.head_of("influence")["others"][2].bias
    methods[0].prepare([batch], learner)
    first = bias.detach().clone()
    for a in range(3):
        times = batch.label("seen")[..., a].sum(2).flatten()  # by how many it was seen
        counts = torch.zeros(N).index_add(0, batch.transition.acts[..., a].flatten(), times.float())
        share = counts / counts.sum()
        assert torch.allclose(first.view(3, N)[a].exp(), share.clamp(min=0.005), atol=1e-6)
    methods[0].prepare([worker.collect()], learner)
    assert torch.equal(bias, first)


def test_what_begins_another_episode_is_no_target():
    """Whatever is done in its first frame, no cost comes of that; of what is done in others, it does."""
    methods = only("influence")
    worker, _ = pupil(circle(3), methods)
    batch = worker.collect()
    (loss,), answers = methods[0].losses(0.0), answers_to(worker.network, batch)
    begins = int(torch.nonzero(batch.percept.keep[1:, 0, 0] == 0)[0]) + 1

    def changes(frame):
        """Does the cost change if others do otherwise in a frame, and nobody is told so then?"""
        acts, labels = batch.transition.acts.clone(), batch.labelled(seen=batch.label("seen").clone())
        labels.label("seen")[frame] = False
        acts[frame] = (acts[frame] + 1) % 4
        mine = labels._replace(transition=batch.transition._replace(acts=acts), agents=batch.agents)
        own = labels._replace(transition=batch.transition)
        given = batch.label("goes_on").clone()
        given[frame] = False  # what follows from it is not asked for
        return loss(own.labelled(goes_on=given), answers)[0] != loss(mine.labelled(goes_on=given), answers)[0]

    assert [bool(changes(frame)) for frame in (begins - 1, begins, begins + 1)] == [True, False, True]


@pytest.mark.parametrize("where", ["influence_reward", "head"])
def test_one_nan_is_an_error_and_no_batch_of_zeros(where):
    nothing_is_learned_of_one_nan("influence", circle(3), where)


def test_weights_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="second must be above 0"):
        influence(1.0, 0.0)
