"""Is a way of learning one function, whose heads, records and state go where those of all others go?"""

import json
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch import nn

from agents.batch import Labels
from agents.network.actor_critic import ActorCritic
from agents.network.config import NetworkConfig
from agents.training.learner import Learner, LearnerConfig
from agents.training.methods import Method, add_heads, learn, restore_methods, save_methods, study
from agents.training.rollout import RolloutWorker
from worlds.scenario import make_scenario
from worlds.simulator import Simulator
from worlds.state import SENSE_HEADING


@dataclass
class Told:
    batches: int = 0


class Headings:
    """Records which way each agent looks."""

    def __init__(self, worker):
        self.worker, self.memory = worker, {"asked": 0}

    def begin(self, share):
        self.heading = torch.empty(self.worker.steps, len(self.worker.memory.tokens), dtype=torch.int64)

    def before(self, t, frame):
        self.heading[t] = torch.from_numpy(frame.perceived.own[:, SENSE_HEADING])
        self.memory["asked"] += 1

    def after(self, t, frame):
        pass

    def labels(self):
        return Labels({"heading": self.heading})


def heading(due=lambda share: True):
    """A toy: which way do I look?"""
    told = Told()

    def loss(batch, answers):
        out = answers.network.head_of("heading")["way"](answers.hidden)
        part = nn.functional.cross_entropy(out.flatten(0, -2), batch.label("heading").flatten())
        return part, {"heading": part.detach()}

    def prepare(batches, learner):
        told.batches += len(batches)
        return batches

    heads = lambda network: {"way": nn.Linear(network.config.hidden, 4)}  # noqa: E731
    return Method("heading", heads, Headings, prepare, lambda share: [loss], due=due, state=told)


def begun(methods):
    torch.manual_seed(0)
    network = ActorCritic(NetworkConfig(hidden=32, words=32))
    add_heads(network, methods)
    sim = Simulator(make_scenario("house", step_limit=12), 6, seed=0, levels=16)
    learner = Learner(network, 1, LearnerConfig(learning_rate=1e-2, minibatches=2))
    return RolloutWorker(sim, network, methods=methods, steps=8), learner


def test_a_method_learns_with_a_head_of_its_own():
    method = heading()
    worker, learner = begun([method])
    losses = [learn(learner, [worker.collect()], [method])["heading"] for _ in range(25)]
    assert losses[-1] < losses[0] / 2 and method.state.batches == 25
    assert worker.recorders["heading"].memory == {"asked": 25 * 8}


def test_heads_are_in_what_is_saved_and_in_the_optimiser():
    method = heading()
    worker, learner = begun([method])
    learn(learner, [worker.collect()], [method])
    names = [name for name, _ in learner.network.named_parameters()]
    assert {"heads.heading.way.weight", "heads.heading.way.bias"} < set(names)
    saved = learner.save()
    assert f"{names.index('heads.heading.way.weight')}/exp_avg" in saved


def test_what_a_method_and_its_recorder_keep_comes_back():
    method, other = heading(), heading()
    worker, learner = begun([method])
    learn(learner, [worker.collect()], [method])
    again, _ = begun([other])
    restore_methods([other], save_methods([method]))
    again.restore(*worker.save())
    assert other.state.batches == 1 and again.recorders["heading"].memory == {"asked": 8}
    again.network.load_state_dict(learner.network.state_dict())
    one, two = worker.collect(), again.collect()
    assert torch.equal(one.act, two.act) and torch.equal(one.label("heading"), two.label("heading"))


def test_what_was_said_in_its_worlds_comes_back_with_a_worker():
    """It is no array of a fixed length, so it lies with what goes into JSON."""
    worker, other = begun([])[0], begun([])[0]
    quiet = worker.save()
    assert "talk" not in quiet[1]
    worker.sim.speak(3, "person", "Ann", "the “red” one")
    arrays, facts = worker.save()
    assert arrays.keys() == quiet[0].keys()
    other.restore(arrays, json.loads(json.dumps(facts)))
    assert other.sim.talk(3) == worker.sim.talk(3) and other.sim.digest() == worker.sim.digest()
    for damaged in (5, "[[3]]", "\ud800"):
        with pytest.raises(ValueError, match="talk"):
            other.restore(arrays, facts | {"talk": damaged})
    other.restore(*quiet)
    assert other.sim.talk(3) == ()


def test_methods_that_are_not_due_neither_record_nor_learn():
    late = heading(due=lambda share: share >= 0.5)
    worker, learner = begun([late, heading_twin()])
    early = worker.collect(0.0)
    assert "heading" not in early.labels.frames and "heading" in worker.collect(0.5).labels.frames
    assert (
        learn(learner, [early], [late, heading_twin()], 0.0).keys() == {"twin", "loss"}
        and late.state.batches == 0
    )


def heading_twin():
    """Another method, which pulls values to 0."""
    loss = lambda batch, answers: (answers.value.square().mean(), {"twin": answers.value.detach().mean()})  # noqa: E731
    return Method("twin", losses=lambda share: [loss])


def test_what_is_learned_beside_play_comes_from_all_that_are_due():
    methods = [
        Method("a", study=lambda learner, share, stops: {"a": share}),
        Method("b", study=lambda learner, share, stops: {"b": 1.0}, due=lambda share: share > 0.5),
    ]
    _, learner = begun(methods)
    assert study(learner, methods, 0.2) == {"a": 0.2} and study(learner, methods, 0.7) == {"a": 0.7, "b": 1.0}


def test_two_methods_of_one_name_are_refused():
    with pytest.raises(ValueError, match="two methods are called heading"):
        begun([heading(), heading()])


def test_other_methods_than_those_that_were_saved_are_named():
    saved = save_methods([heading()])
    with pytest.raises(
        ValueError, match="saved with methods heading that keep something, here they are none"
    ):
        restore_methods([heading_twin()], saved)
    with pytest.raises(ValueError, match="unknown field 'turns': allowed are batches"):
        restore_methods([heading()], {"heading": {"turns": 1}})
    worker, _ = begun([heading()])
    bare, _ = begun([])
    with pytest.raises(ValueError, match="go on with the same methods"):
        bare.restore(*worker.save())


def test_a_limit_stops_the_steps_on_a_batch():
    method = replace(heading_twin(), limit=("twin", -1e9))
    worker, learner = begun([method])
    before = {n: p.detach().clone() for n, p in learner.network.named_parameters()}
    learn(learner, [worker.collect()], [method])
    assert all(torch.equal(p, before[n]) for n, p in learner.network.named_parameters())
    assert np.isfinite(float(before["head.bias"].sum()))
