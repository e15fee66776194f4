"""Is what learners go through right where some come into a running episode and leave it?"""

from dataclasses import replace

import numpy as np
import pytest
import torch

from agents.batch import Batch
from agents.policies.learned import Learned
from agents.training.checkpoint import network_arrays
from agents.training.learner import answers_to
from agents.training.methods import learn
from agents.training.ppo import PPOConfig, ValueScale, ppo
from agents.training.returns import gae
from social_rl.methods.names import make_methods
from tests.social import STEPS, WORLDS, played, pupil, training
from worlds.scenario import make_scenario
from worlds.simulator import DISABLED, Simulator
from worlds.state import ACTIVE, TO_COME, just_came

COMES, LEAVES, EPISODE = 4, 6, 12
CHOICES = {"side": 5, "chores": 3, "steps": EPISODE, "comes": COMES}
METHODS = ["influence", "svo", "inequity", "central", "prediction", "reconstruction"]


def visited(roles=("expert", "noisy"), **choices):
    """Ann, and neighbours of whom the experts come after four steps."""
    return make_scenario("whom_to_trust", **{**CHOICES, "neighbours": roles, **choices})


def company(*methods, **options):
    """A training of three who learn in one network, two of whom come later."""
    said = [f"{name}={value}" for name, value in CHOICES.items()]
    return training(
        *methods,
        scenario="whom_to_trust", choices=("neighbours=expert,expert", "leaves=half", *said),
        cast=("bob=learner", "cleo=learner"), **options,
    )  # fmt: skip


def test_only_what_an_agent_goes_through_while_it_is_there_is_experience():
    worker, _ = pupil(visited(("expert", "expert"), leaves="half"))
    went = worker.collect().transition
    there = torch.zeros(STEPS, dtype=torch.bool)
    there[COMES:LEAVES] = there[EPISODE + COMES :] = True
    assert went.active[..., 0].all()
    for k in (1, 2):
        assert torch.equal(went.active[..., k], there[:, None].expand(-1, WORLDS))
        ends = went.terminated[..., k].nonzero()[:, 0]
        assert ends.tolist() == [LEAVES - 1] * WORLDS and not went.truncated[..., k].any()
        assert not went.reward[..., k][~went.active[..., k]].any()


def test_whoever_comes_begins_with_an_empty_memory():
    """`keep` says so at its first frame, and memory and value there are those of who has seen nothing before."""
    worker, _ = pupil(visited(("expert", "expert")), [ppo(PPOConfig(), ValueScale())])
    batch = worker.collect()
    keep = batch.percept.keep
    starts = torch.zeros(STEPS)
    starts[[0, EPISODE]] = 1
    assert torch.equal(1 - keep[..., 0], starts[:, None].expand(-1, WORLDS))
    starts[COMES] = 1  # EPISODE + COMES lies beyond the batch
    assert torch.equal(1 - keep[..., 1], starts[:, None].expand(-1, WORLDS))
    frame = batch._replace(
        percept=type(batch.percept)(*(part[COMES : COMES + 1] for part in batch.percept)),
        hidden=torch.zeros_like(batch.hidden),
    )
    fresh = answers_to(worker.network, frame).value[0].detach()
    recorded = batch.label("value")[COMES]
    assert torch.allclose(fresh[:, 1:], recorded[:, 1:], atol=1e-5)
    assert not torch.allclose(fresh[:, 0], recorded[:, 0], atol=1e-4), "Ann remembers"


def test_a_mind_that_plays_forgets_when_it_comes():
    """Outside of training, too: among worlds that begin together, its memory is that of a new one."""
    worker, _ = pupil(visited(("expert", "expert")))
    sim = Simulator(visited(("expert", "expert")), WORLDS, levels=16, autoreset=DISABLED)
    policy, agents = Learned(worker.network), np.arange(3)
    memory = policy.start(sim, agents)
    for step in range(EPISODE):
        assert just_came(sim.state)[:, 1:].all() == (step == COMES)
        acts, memory = policy.act(sim, agents, memory)
        _, fresh = policy.act(sim, agents, policy.start(sim, agents))
        alike = [torch.allclose(memory.hidden[k::3], fresh.hidden[k::3], atol=1e-6) for k in range(3)]
        assert alike == [step == 0, step in (0, COMES), step in (0, COMES)]
        sim.step(acts)


@pytest.mark.parametrize("share", [True, False])
def test_the_ratio_is_one_where_somebody_came_and_left_within_a_batch(share):
    one = company(share=share)
    for _ in range(2):
        for group, batches in zip(one.groups, played(one), strict=True):
            method = group.methods[-1]
            for batch in method.prepare(batches, group.learner):
                figures = method.losses(0.0)[0](batch, answers_to(group.network, batch))[1]
                assert float(figures["ratio_apart"]) <= 1e-5


def test_what_was_cut_is_worth_what_each_ones_own_last_observation_says():
    """By hand: the same acts once more, in worlds that stay over, and one frame more."""
    worker, _ = pupil(visited(("expert", "expert")), [ppo(PPOConfig(), ValueScale())])
    batch = worker.collect()
    sim = Simulator(worker.sim.scenario, WORLDS, levels=16, autoreset=DISABLED)
    policy, agents = Learned(worker.network), np.arange(3)
    memory = policy.start(sim, agents)
    for t in range(EPISODE + 1):
        _, memory = policy.act(sim, agents, memory)
        if t < EPISODE:
            sim.step(batch.transition.acts[t].numpy())
    assert sim.state.truncated.all() and batch.transition.truncated[EPISODE - 1].all()
    by_hand = worker.network.decide(memory.hidden.clone())[1].view(WORLDS, 3).detach()
    assert torch.allclose(batch.label("final_value")[EPISODE - 1], by_hand, atol=1e-4)


def test_nothing_follows_who_has_left_and_nothing_leads_to_who_has_come():
    """Advantages of its own episode, by hand from its frames alone."""
    worker, _ = pupil(visited(("expert", "expert"), leaves="half"), [ppo(PPOConfig(), ValueScale())])
    batch = worker.collect()
    went, value = batch.transition, batch.label("value")
    ends = went.terminated, went.truncated, batch.label("final_value"), went.active
    advantage, _ = gae(went.reward, value, *ends, 0.99, 0.95)
    ahead = torch.zeros(WORLDS, 2)
    for t in range(LEAVES - 1, COMES - 1, -1):
        after = 0 if t == LEAVES - 1 else 0.99 * value[t + 1, :, 1:]
        ahead = went.reward[t, :, 1:] + after - value[t, :, 1:] + 0.99 * 0.95 * ahead
        assert torch.allclose(advantage[t, :, 1:], ahead, atol=1e-6)
        if t == LEAVES - 1:
            ahead = advantage[t, :, 1:]
    assert not advantage[:COMES, :, 1:].any() and not advantage[LEAVES:EPISODE, :, 1:].any()


def garbled(batch: Batch, absent: torch.Tensor) -> Batch:
    """A batch in which frames `absent`, bool[T, W, K], say anything at all, and so do memories of who begins so."""
    chance = torch.Generator().manual_seed(0)

    def anything(part, high):
        noise = torch.randint(1, high, part.shape, generator=chance).to(part.dtype)
        mask = absent.reshape(*absent.shape, *[1] * (part.dim() - 3))
        head = torch.where(mask, noise[: len(absent)], part[: len(absent)])
        return torch.cat([head, part[len(absent) :]])

    percept, went = batch.percept, batch.transition
    labels = {
        name: anything(part, 8) if part.dtype in (torch.float32, torch.uint8) else part
        for name, part in batch.labels.frames.items()
    }
    return batch._replace(
        percept=percept._replace(view=anything(percept.view, 100), own=anything(percept.own, 4)),
        transition=went._replace(reward=anything(went.reward, 50), acts=anything(went.acts, 4)),
        hidden=batch.hidden + absent[0, :, :, None],
        labels=batch.labels._replace(frames=labels),
    )


@pytest.mark.parametrize("names", [[], METHODS])
def test_who_is_to_come_or_has_left_changes_no_bit_of_what_anybody_learns(names):
    """Frames before and after its time say anything at all: losses, gradients and normalisers stay the same."""

    def learned(change):
        beside, scale = make_methods(names), ValueScale()
        critic = next((method.critic for method in beside if method.critic), None)
        methods = [*beside, ppo(PPOConfig(), scale, critic=critic)]
        worker, learner = pupil(visited(leaves="half"), methods)
        batch = worker.collect(0.5)
        away = ~batch.transition.active
        assert away.any() and batch.transition.active.any(0).all(), "all are there some time"
        figures = learn(learner, [change(batch, away)], methods, 0.5)
        return network_arrays(worker.network), replace(scale), figures

    mine, scale, figures = learned(lambda batch, away: batch)
    its, scale_, figures_ = learned(garbled)
    assert scale == scale_ and figures == figures_
    assert all(np.array_equal(mine[name], its[name]) for name in mine)
    there = learned(lambda batch, away: garbled(batch, ~away))
    assert there[1] != scale and there[2] != figures


@pytest.mark.parametrize("steps", [COMES - 1, COMES, COMES + 1])
def test_a_worker_that_was_saved_around_the_moment_goes_on_bit_for_bit(steps):
    workers = [pupil(visited(), [ppo(PPOConfig(), ValueScale())], steps=steps)[0] for _ in range(2)]
    for worker in workers[:1]:
        worker.collect()
    assert (workers[0].sim.state.finished == TO_COME).any() == (steps < COMES)
    assert (workers[0].sim.state.finished == ACTIVE).all() == (steps >= COMES)
    workers[1].restore(*workers[0].save())
    one, other = (worker.collect().arrays() for worker in workers)
    assert all(np.array_equal(one[name], other[name]) for name in one)


def test_a_training_with_comings_and_goings_goes_on():
    one = company("prediction", "influence", workers=1, worlds=WORLDS)
    before = network_arrays(one.groups[0].network)
    for _ in range(2):
        log = one.advance()
    assert log is not None and all(np.isfinite(value) for value in log.values())
    after = network_arrays(one.groups[0].network)
    assert any(not np.array_equal(before[name], after[name]) for name in before)
