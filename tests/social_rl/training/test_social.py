"""Do learners of one world learn beside each other without getting into each other's way?"""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.numpy import load

from agents.batch import Labels
from agents.network.actor_critic import ActorCritic
from agents.policies.learned import Learned
from agents.policies.simple import Random
from agents.training.checkpoint import MIND, network_arrays, network_manifest, write_checkpoint
from agents.training.learner import answers_to
from agents.training.methods import Method, learn
from agents.training.ppo import PPOConfig, ValueScale, ppo, prepared
from agents.training.rollout import RolloutWorker, collect_together
from social_rl.cli import main
from social_rl.methods.central import Central
from social_rl.methods.influence import told_of_others
from social_rl.methods.names import make_methods
from social_rl.training.start_social import train_social
from tests.social import EPISODE, SMALL, STEPS, WORLDS, circle, mind, played, pupil, training
from worlds.scenario import make_scenario
from worlds.simulator import DISABLED, Simulator
from worlds.state import AGENT_PLANE, FAILED, RATE_1

FOUR = ("agents=4", "side=6", "chores=3", f"steps={EPISODE}")
# Ann and Bob are one group and Cleo another; together they learn by everything.
EVERYTHING = (
    "ann=gail", "bob=gail", "ann=influence", "bob=influence", "ann=svo:30", "bob=svo:30", "ann=central", "bob=central",
    "ann=cloning:0.5", "bob=cloning:0.5", "ann=prediction", "bob=prediction", "cleo=inequity", "cleo=team",
    "cleo=influence:2", "cleo=reconstruction",
)  # fmt: skip


def parameters(group):
    return {name: p.detach().clone() for name, p in group.network.named_parameters()}


def alike(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def kept(one):
    """All that a training keeps, by file and name."""
    return {
        (file, name): array
        for file, part in one.save()[0].items()
        for name, array in (load(part) if isinstance(part, bytes) else part).items()
    }


# ---- what is gathered ----
@pytest.mark.parametrize("share", [True, False])
def test_the_ratio_is_one_on_the_first_minibatch_across_resets(share):
    one = training(share=share)
    played(one)
    for group, batches in zip(one.groups, played(one), strict=True):
        assert all(
            (batch.percept.keep[1:] == 0).any() and batch.transition.truncated.any() for batch in batches
        )
        method = group.methods[-1]
        ready = method.prepare(batches, group.learner)
        for batch in ready:
            figures = method.losses(0.0)[0](batch, answers_to(group.network, batch))[1]
            assert float(figures["ratio_apart"]) <= 1e-5


@pytest.mark.parametrize("share", [True, False])
def test_what_was_cut_is_worth_what_ones_own_true_last_observation_says(share):
    """By hand for each agent: the same acts once more, in worlds that stay over, and one frame more."""
    one = training(share=share, workers=1, worlds=WORLDS)
    batches = [batches[0] for batches in played(one)]
    sim = Simulator(one.scenario, WORLDS, bank=one.company.bank(0), seed=one.command.seed, autoreset=DISABLED)
    minds = [(Learned(group.network), group.agents) for group in one.groups]
    memories = [policy.start(sim, agents) for policy, agents in minds]
    for t in range(EPISODE + 1):
        for i, (policy, agents) in enumerate(minds):
            _, memories[i] = policy.act(sim, agents, memories[i])
        if t < EPISODE:
            sim.step(batches[0].transition.acts[t].numpy())
    assert sim.state.truncated.all()
    for group, batch, memory in zip(one.groups, batches, memories, strict=True):
        by_hand = group.network.decide(memory.hidden.clone())[1].view(WORLDS, -1).detach()
        assert torch.allclose(batch.label("final_value")[EPISODE - 1], by_hand, atol=1e-4)
        assert not torch.allclose(batch.label("value")[EPISODE], by_hand, atol=1e-4)


class Payload:
    """Records who each column is: world * 16 + agent."""

    memory = None

    def __init__(self, worker):
        self.worker = worker

    def begin(self, share):
        self.who = np.zeros((self.worker.steps, len(self.worker.memory.tokens)), np.int64)

    def before(self, t, frame):
        for w in range(self.worker.sim.worlds):
            for k, a in enumerate(self.worker.learners):
                self.who[t, w * len(self.worker.learners) + k] = self.worker.sim.state.world_id[w] * 16 + a

    def after(self, t, frame):
        pass

    def labels(self):
        return Labels({"who": torch.from_numpy(self.who)})


def test_columns_worlds_and_agents_are_never_mixed_up():
    """Through columns, the Batch and minibatches: who it was stands in its view, its reward and its act."""
    agents, scenario = np.array([2, 0]), make_scenario("berry_bush", agents=3, side=7, view=7)
    methods = [Method("payload", recorder=Payload)]
    worker, _ = pupil(scenario, methods, learners=agents, others={1: Random(0)})
    state, advance = worker.sim.state, worker.sim.advance

    def advances():
        advance()
        state.reward[...] = state.world_id[:, None] * 16 + np.arange(3)

    worker.sim.advance = advances
    batch = worker.collect()
    chosen = torch.tensor([4, 1, 5])
    for part, worlds in ((batch, torch.arange(WORLDS)), (batch.of_worlds(chosen), chosen)):
        who = worlds[:, None] * 16 + torch.from_numpy(agents)
        assert torch.equal(part.label("who"), who.expand(STEPS, -1, -1))
        assert torch.equal(part.transition.reward, who.expand(STEPS, -1, -1).float())
        mark = part.percept.view[..., AGENT_PLANE, 7 // 2]
        assert torch.equal(((mark & 0x3F) >> 2).long(), who.expand(STEPS, -1, -1) % 16)
        assert torch.equal(part.act, part.transition.acts[..., torch.from_numpy(agents)])


def test_agents_in_another_order_are_answered_in_that_order():
    """Shared parameters: acts, values, central values and models of others go with who asks."""
    methods = make_methods(["influence", "central"])
    worker, _ = pupil(circle(3), [*methods, ppo(PPOConfig(), ValueScale())])
    batch, order = worker.collect(), torch.tensor([2, 0, 1])
    other = batch._replace(
        percept=type(batch.percept)(*(part[:, :, order] for part in batch.percept)),
        hidden=batch.hidden[:, order], agents=batch.agents[order],
    )  # fmt: skip

    def told(one):
        answers = answers_to(worker.network, one)
        there = torch.ones(one.act.shape, dtype=torch.bool)
        value = Central().value(worker.network, answers.hidden, answers.value, there)
        acts = one.transition.acts[:, :, None].expand(*one.act.shape, 3)
        others = told_of_others(
            worker.network, answers.hidden, one.act, acts, there[..., None].expand(*acts.shape)
        )
        return answers.logits, answers.value, value, others

    for straight, turned in zip(told(batch), told(other), strict=True):
        assert torch.allclose(straight[:, :, order], turned, atol=1e-5)
        assert not torch.allclose(straight, turned, atol=1e-4)


# ---- who learns what ----
def test_networks_that_are_not_shared_do_not_change_each_other():
    """What a group goes through has no gradient on another network, and to learn from it changes nothing there."""
    one = training("influence", "prediction", share=False)
    first, *others = one.groups
    batches = played(one)
    before = [parameters(group) for group in one.groups]
    loss = sum(
        method_loss(batch, answers_to(first.network, batch))[0]
        for batch in first.methods[-1].prepare(batches[0], first.learner)
        for method in first.methods
        for method_loss in method.losses(0.5)
    )
    for group in others:
        found = torch.autograd.grad(
            loss, list(group.network.parameters()), allow_unused=True, retain_graph=True
        )
        assert all(gradient is None for gradient in found)
    learn(first.learner, batches[0], first.methods)
    assert not alike(parameters(first), before[0])
    assert all(alike(parameters(group), old) for group, old in zip(others, before[1:], strict=True))


def garbled(batch, k, seed=0):
    """A batch in which agent k, who is not in its episode, saw, did and earned something else."""
    chance = torch.Generator().manual_seed(seed)
    percept, went = batch.percept, batch.transition
    view, own = percept.view.clone(), percept.own.clone()
    view[:, :, k] = torch.randint(0, 100, view[:, :, k].shape, generator=chance, dtype=torch.uint8)
    own[:, :, k, :4] = torch.randint(0, 4, own[:, :, k, :4].shape, generator=chance, dtype=torch.uint8)
    reward, acts, hidden = went.reward.clone(), went.acts.clone(), batch.hidden.clone()
    reward[:, :, k] += 50
    acts[..., k] = torch.randint(0, 4, acts[..., k].shape, generator=chance)
    hidden[:, k] += 1
    labels = {}
    for name, part in batch.labels.frames.items():
        labels[name] = part.clone()
        if part.dtype == torch.float32:
            labels[name][:, :, k] += 3
        elif part.dtype == torch.uint8:
            labels[name][:, :, k] = 7
    return batch._replace(
        percept=percept._replace(view=view, own=own), hidden=hidden,
        transition=went._replace(reward=reward, acts=acts), labels=batch.labels._replace(frames=labels),
    )  # fmt: skip


@pytest.mark.parametrize(
    "names", [[], ["influence", "svo", "inequity", "central", "cloning:0", "prediction", "reconstruction"]]
)
def test_who_is_dead_for_good_changes_no_bit_of_what_others_learn(names):
    """Its frames say anything at all: losses, gradients, the normaliser of values and the network stay the same."""

    def learned(change):
        beside, scale = make_methods(names), ValueScale()
        critic = next((method.critic for method in beside if method.critic), None)
        methods = [*beside, ppo(PPOConfig(), scale, critic=critic)]
        worker, learner = pupil(circle(3, steps=100), methods)
        worker.sim.state.finished[:, 1] = FAILED
        batch = worker.collect(0.5)
        assert not batch.transition.active[:, :, 1].any() and batch.transition.active[:, :, [0, 2]].all()
        figures = learn(learner, [change(batch)], methods, 0.5)
        return network_arrays(worker.network), replace(scale), figures

    mine, scale, figures = learned(lambda batch: batch)
    its, scale_, figures_ = learned(lambda batch: garbled(batch, 1))
    assert scale == scale_ and figures == figures_
    assert all(np.array_equal(mine[name], its[name]) for name in mine)
    alive = learned(lambda batch: garbled(batch, 0))
    assert alive[1] != scale and alive[2] != figures


def test_advantages_of_the_living_are_the_same_whether_or_not_there_is_a_dead_one():
    worker, _ = pupil(circle(3, steps=100), [ppo(PPOConfig(), ValueScale())])
    worker.sim.state.finished[:, 2] = FAILED
    batch = worker.collect()
    two, went = torch.tensor([0, 1]), batch.transition
    of_two = {name: part[:, :, two] for name, part in went._asdict().items() if name not in ("acts", "level")}
    without = batch._replace(
        percept=type(batch.percept)(*(part[:, :, two] for part in batch.percept)), agents=batch.agents[two],
        transition=went._replace(**of_two),
        labels=Labels({name: part[:, :, two] for name, part in batch.labels.frames.items()}),
    )  # fmt: skip
    scales = ValueScale(), ValueScale()
    heads = worker.network.head, mind(circle(3)).head
    with_it, alone = (
        prepared([one], PPOConfig(), scale, head)[0]
        for one, scale, head in zip((batch, without), scales, heads, strict=True)
    )
    assert scales[0].mean == pytest.approx(scales[1].mean, rel=1e-6)
    for name in ("advantage", "returns"):
        assert torch.allclose(with_it.label(name)[:, :, two], alone.label(name), atol=1e-5)
    assert not with_it.label("advantage")[:, :, 2].any()


# ---- partners who do not learn ----
@pytest.fixture
def partner(tmp_path):
    """A checkpoint of a mind for small circles of three."""
    network = mind(circle(3, side=6))
    write_checkpoint(tmp_path / "partner", {MIND: network_arrays(network)}, network_manifest(network))
    return tmp_path / "partner"


def test_a_frozen_partner_is_not_changed_and_not_counted(partner):
    one = training("influence", cast=(f"cleo=mind:{partner}",))
    minds = [row[0].others[2][0].network for row in one.rows]
    assert all(isinstance(network, ActorCritic) for network in minds)
    before = [network_arrays(network) for network in minds]
    modes = [network.training for network in minds]
    for _ in range(2):
        one.advance()
    for network, old, mode in zip(minds, before, modes, strict=True):
        assert network.training == mode
        assert all(np.array_equal(array, old[name]) for name, array in network_arrays(network).items())
    assert one.frames == 2 * 2 * WORLDS * STEPS * 2, "two iterations, two workers, two learners"


def test_partners_of_a_pool_are_not_changed_and_a_run_with_them_goes_on_bit_for_bit(partner, tmp_path):
    options = {"cast": (f"cleo=pool:{partner},{partner}",)}
    one, again = training(**options), training(**options)
    policy, _ = one.rows[0][0].others[2]
    before = [network_arrays(member.network) for member in policy.members]
    assert len(before) == 2
    one.advance()
    arrays, facts = one.save()
    write_checkpoint(tmp_path / "c", arrays, {"frames": one.frames, **json.loads(json.dumps(facts))})
    again.restore(tmp_path / "c")
    assert one.advance() == again.advance()
    for member, old in zip(policy.members, before, strict=True):
        assert all(np.array_equal(array, old[name]) for name, array in network_arrays(member.network).items())
    assert one.frames == 2 * 2 * WORLDS * STEPS * 2, "two iterations, two workers, two learners"


def test_a_partner_that_is_shared_by_nobody_draws_by_its_own_chance(partner):
    """Learners draw from a stream of their own: another partner leaves their first acts as they were."""
    acts = [played(training(cast=(f"cleo={text}",)))[0][0].act[0] for text in (f"mind:{partner}", "still")]
    assert torch.equal(*acts)


def test_a_partner_forgets_when_an_episode_ends(partner):
    """All worlds end together; in the first step of the next episode it remembers what a new one would."""
    one = training(cast=(f"cleo=mind:{partner}",), steps=EPISODE)
    worker = one.rows[0][0]
    worker.collect()
    assert (worker.sim.state.step == 0).all()
    policy, memory = worker.others[2]
    before = memory.hidden.clone()
    fresh = policy.start(worker.sim, np.array([2]))
    _, fresh = policy.act(worker.sim, np.array([2]), fresh)
    worker.steps = 1
    worker.collect()
    after = worker.others[2][1].hidden
    assert before.abs().max() > 1e-3 and torch.equal(after, fresh.hidden)
    worker.collect()
    assert not torch.equal(worker.others[2][1].hidden, fresh.hidden)


# ---- a run ----
def test_a_restored_run_of_all_methods_goes_on_bit_for_bit(tmp_path):
    """Two groups and an expert, through a change of levels and ends of episodes."""
    options = {"choices": FOUR, "cast": ("dan=expert",), "renew": 2, "frames": 20_000, "solo": 0.25}
    straight = training(*EVERYTHING, **options)
    assert [group.name for group in straight.groups] == ["Ann+Bob", "Cleo"]
    for _ in range(3):
        straight.advance()
    arrays, facts = straight.save()
    write_checkpoint(tmp_path / "c", arrays, {"frames": straight.frames, **json.loads(json.dumps(facts))})
    again = training(*EVERYTHING, **options)
    again.restore(tmp_path / "c")
    for _ in range(3):
        one, two = straight.advance(), again.advance()
        assert one == two
    mine, its = kept(straight), kept(again)
    assert mine.keys() == its.keys() and all(np.array_equal(mine[key], its[key]) for key in mine)
    assert straight.round > 1 and straight.save()[1] == again.save()[1]
    assert {"Ann+Bob/influence", "Cleo/others/accuracy", "Ann+Bob/cloning", "Ann+Bob/gail"} <= one.keys()


def test_another_run_s_checkpoint_is_refused(tmp_path):
    one = training("influence")
    arrays, facts = one.save()
    write_checkpoint(tmp_path / "c", arrays, {"frames": 0, **facts})
    with pytest.raises(ValueError, match="another run"):
        training("influence", share=False).restore(tmp_path / "c")


def test_a_run_from_the_command_line_goes_to_its_end(tmp_path):
    words = "train social --scenario berry_bush --set agents=3 side=7 steps=50 --method influence"
    size = "--worlds 4 --workers 2 --steps 8 --minibatches 2 --levels 8 --hidden 32 --frames 384"
    often = f"--report 1 --evaluate 2 --episodes 4 --runs {tmp_path} --name b"
    assert main(f"{words} {size} {often}".split()) == 0
    lines = [json.loads(line) for line in (tmp_path / "b" / "metrics.jsonl").read_text().splitlines()]
    told = [line for line in lines if "influence" in line]
    assert len(told) == 4 and all(np.isfinite(line["others/loss"]) for line in told)
    assert any("evaluation/together/Ann" in line for line in lines)


def test_nonsense_is_refused_before_anything_is_written(tmp_path):
    for options, said in (
        ({"method": ("gail",)}, "gail needs somebody"),
        ({"method": ("svo", "ann=svo:10")}, "two methods are called svo"),
        ({"cast": ("ann=still", "bob=still", "cleo=still")}, "names everybody"),
        ({"solo": 0.5}, "--solo needs others"),
    ):
        with pytest.raises(ValueError, match=said):
            train_social(replace(SMALL, runs=tmp_path, name="x", **options))
    assert not (tmp_path / "x").exists()


def test_workers_of_one_world_share_its_acts():
    """What all did stands in the batches of both groups alike."""
    one = training(share=False)
    rows = collect_together(one.rows[0])
    assert all(torch.equal(batch.transition.acts, rows[0].transition.acts) for batch in rows)
    assert all(isinstance(worker, RolloutWorker) for worker in one.rows[0])


def test_choices_that_change_go_evenly_to_their_own_over_half_of_the_run():
    one = training(ramp=("penalty=0.5",))
    (worker, *_), *_ = one.rows
    for share, penalty in ((0, 0.5), (0.25, 1.0), (0.5, 1.5), (1, 1.5)):
        one.frames = round(share * one.command.frames)
        one.advance()
        assert worker.sim.state.rate[RATE_1] == -penalty


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ramp": ("chores=4",)}, "--ramp chores: it is 3, only numbers with a point"),
        (
            {"scenario": "house", "choices": (), "ramp": ("shut=0.1",)},
            "--ramp shut: it changes draw, only rewards and chances",
        ),
    ],
)
def test_what_is_more_than_rewards_and_chances_cannot_change(options, message):
    with pytest.raises(ValueError, match=message):
        training(**options)
