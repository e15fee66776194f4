"""Do workers gather and learners learn what they say they do?"""

import numpy as np
import pytest
import torch

from agents.network.networks import ActorCritic, InstructionEncoder, NetworkConfig, Percept, progress_of
from agents.policies.learned import Learned, notes_of, pick
from agents.policies.planner import Planner
from agents.policies.simple import Random
from agents.spatial_memory.egocentric_map import NOTES, empty_charts
from agents.training.checkpoint import (
    MIND,
    CheckpointError,
    network_arrays,
    network_manifest,
    read_network,
    write_checkpoint,
)
from agents.training.learner import Learner, LearnerConfig, NotFinite, answers_to
from agents.training.ppo import PPOConfig, ValueScale, ppo_loss, ppo_update, prepared
from agents.training.rollout import RolloutWorker, clauses_now
from agents.types import Cast
from social_rl.methods.imitate import imitation, understanding
from tests.houses import act, house
from worlds.goal import COLOUR, FIELDS, GO_TO, KIND_, PICK_UP, VERB, encode
from worlds.language.instructions import parse, tokens_of
from worlds.objects import COLOURS, KIND
from worlds.scenario import make_scenario
from worlds.simulator import DISABLED, Simulator
from worlds.state import SENSE_BROKEN, SENSE_CLAUSES_DONE, SENSE_STAGE

STEPS, WORLDS = 12, 6


def a_mind(**choices):
    torch.manual_seed(0)
    return ActorCritic(NetworkConfig(**{"precision": "float32", **choices}))


def a_worker(mind, seed=0, **options):
    scenario = make_scenario("house", step_limit=9)
    sim = Simulator(scenario, WORLDS, seed=seed, levels=32)
    return RolloutWorker(sim, mind, steps=STEPS, seed=seed, **options)


@pytest.fixture(scope="module")
def batch():
    worker = a_worker(a_mind(), teacher=Planner("seen"))
    worker.collect(0.5)
    return worker.collect(0.5)


@pytest.mark.parametrize("memory", ["gru", "mingru", "none"])
@pytest.mark.parametrize("routing", ["learned", "given", "film", "concat"])
def test_going_through_a_batch_again_gives_what_was_said_when_it_was_gathered(memory, routing):
    """Ratio 1 on the first minibatch, across resets: memory, contexts and wiping are the same in both ways."""
    assert_ratio_is_one(a_mind(memory=memory, routing=routing), 1e-4)


def test_the_ratio_is_one_in_the_precision_of_small_numbers():
    assert_ratio_is_one(a_mind(precision="bfloat16"), 2e-2)


def assert_ratio_is_one(mind, near):
    worker = a_worker(mind)
    for _ in range(2):
        gathered = worker.collect()
    assert (gathered.keep == 0).any() and gathered.truncated.any()
    answers = answers_to(mind, gathered)
    log_prob = answers.logits.log_softmax(-1).gather(-1, gathered.act[..., None])[..., 0]
    assert torch.allclose(log_prob, gathered.log_prob, atol=near)
    assert torch.allclose(answers.value, gathered.value[:-1], atol=near)


def test_what_was_cut_is_worth_what_its_last_observation_says():
    """By hand: the same acts once more, in worlds that stay over, and the network asked for one frame more."""
    mind = a_mind()
    gathered = a_worker(mind).collect()
    t, b = (int(at[0]) for at in torch.nonzero(gathered.truncated, as_tuple=True))
    sim = Simulator(make_scenario("house", step_limit=9), WORLDS, seed=0, levels=32, autoreset=DISABLED)
    policy, agents = Learned(mind), np.arange(2)
    memory = policy.start(sim, agents)
    for step in range(t + 1):
        _, memory = policy.act(sim, agents, memory)
        sim.step(gathered.act[step].numpy().reshape(WORLDS, 2))
    assert sim.state.truncated.reshape(-1)[b]
    _, memory = policy.act(sim, agents, memory)
    by_hand = mind.decide(memory.hidden.clone())[1][b]
    assert float(gathered.final_value[t, b]) == pytest.approx(float(by_hand.detach()), abs=1e-4)
    assert float(gathered.final_value[t, b]) != pytest.approx(float(gathered.value[t + 1, b]), abs=1e-4)


@pytest.mark.parametrize("told", [True, False])
def test_a_network_may_do_without_the_verdict_of_the_judge(batch, told):
    """Clauses that are done, and the stage: two bytes of what is sensed of oneself, and read with instructions."""
    mind = a_mind(clause_bits=told)
    own, begun = batch.own.clone(), batch.begun.clone()
    for part in (own, begun):
        part[..., SENSE_CLAUSES_DONE] ^= 3
        part[..., SENSE_STAGE] ^= 1
    one, other = answers_to(mind, batch), answers_to(mind, batch._replace(own=own, begun=begun))
    assert torch.equal(one.logits, other.logits) != told and torch.equal(one.value, other.value) != told


def test_columns_of_a_batch_are_those_columns(batch):
    chosen = torch.tensor([7, 2, 9])
    part = batch.columns(chosen)
    for name, whole in batch._asdict().items():
        if name not in ("context", "tokens", "begun", "clause", "h0"):
            assert torch.equal(getattr(part, name), whole[:, chosen]), name
    words = batch.tokens[batch.context[:, chosen].long()]
    mine = part.tokens[part.context.long()]
    assert torch.equal(mine, words[..., : mine.shape[-1]]) and (words[..., mine.shape[-1] :] == 0).all()


def test_memory_is_wiped_exactly_where_episodes_begin():
    mind = a_mind()
    B, C = 3, 49
    view = torch.randint(1, 100, (4, B, 3, C), dtype=torch.uint8)
    reading = mind.read(torch.randint(1, 400, (1, 5)), torch.zeros(1, 8, dtype=torch.uint8))
    keep = torch.ones(4, B)
    keep[2, 1] = 0

    def thought(h0):
        own, heard = (torch.zeros(4, B, n, dtype=torch.uint8) for n in (8, 0))
        context, notes = torch.zeros(4, B, dtype=torch.int32), torch.zeros(4, B, NOTES, 4, dtype=torch.uint8)
        return mind.think(Percept(view, own, heard, context, keep, notes), reading, h0)

    one, other = thought(torch.zeros(B, 128)), thought(torch.randn(B, 128))
    same = (one == other).all(-1)
    assert same[2:, 1].all() and not same[:2, 1].any() and not same[:, 0].any()


def test_agents_that_share_a_mind_are_treated_alike(batch):
    """Turning the columns round turns the answers round, and changes nothing else."""
    mind = a_mind()
    order = torch.randperm(batch.act.shape[1], generator=torch.Generator().manual_seed(0))
    straight, turned = answers_to(mind, batch), answers_to(mind, batch.columns(order))
    assert torch.allclose(straight.logits[:, order], turned.logits, atol=1e-5)


def loss_of(batch, mind, config=None):
    """The PPO loss of what `prepared` made, and its gradients."""
    loss, _ = ppo_loss(config or PPOConfig(), 0.01)(batch, answers_to(mind, batch))
    return loss, torch.autograd.grad(loss, mind.head.weight)[0]


def test_a_column_learns_nothing_from_frames_that_do_not_count(batch):
    """What an inactive frame says of act, advantage and return changes neither loss nor gradient."""
    mind = a_mind()
    ready = prepared([batch], 2, PPOConfig(), ValueScale(), a_mind().head)[0]
    half = ready._replace(active=ready.active & (torch.arange(STEPS) < STEPS // 2)[:, None])
    loss, gradient = loss_of(half, mind)
    for frame, changes in ((STEPS - 1, False), (0, True)):
        other = {name: getattr(half, name).clone() for name in ("advantage", "returns", "log_prob", "act")}
        for part in other.values():
            part[frame] += 1
        other["act"] %= 8
        loss_, gradient_ = loss_of(half._replace(**other), mind)
        assert torch.equal(loss, loss_) != changes and torch.equal(gradient, gradient_) != changes


def test_frames_in_which_the_teacher_acts_are_no_experience_of_the_policy():
    """They carry the policy's chance of an act that it did not choose: PPO would take them for its own."""
    mind, frozen = a_mind(), a_mind().head
    gathered = a_worker(mind, teacher=Planner("seen")).collect(0.9)
    assert 0.2 < float(gathered.forced.float().mean()) < 0.7
    other = gathered._replace(log_prob=torch.where(gathered.forced, gathered.log_prob - 3, gathered.log_prob))
    ready, ready_ = (prepared([b], 2, PPOConfig(), ValueScale(), frozen)[0] for b in (gathered, other))
    assert torch.equal(ready.active, gathered.active & ~gathered.forced)
    (loss, gradient), (loss_, gradient_) = loss_of(ready, mind), loss_of(ready_, mind)
    assert torch.equal(loss, loss_) and torch.equal(gradient, gradient_)
    assert not a_worker(mind, teacher=Planner("seen")).collect(0.0).forced.any()


def test_values_stay_what_they_were_when_their_scale_moves(batch):
    """PopArt: outputs are preserved; and what was recorded is told in the new units, as clipping compares it."""
    mind, scale = a_mind(), ValueScale(mean=1.0, square=5.0, weight=3.0)
    before = scale.real(answers_to(mind, batch).value.detach())
    paid = batch._replace(reward=torch.full_like(batch.reward, 7.0))
    ready = prepared([paid], 2, PPOConfig(gamma=0.5), scale, mind.head)[0]
    assert scale.mean != 1.0 and scale.deviation != 2.0
    assert torch.allclose(scale.real(answers_to(mind, batch).value), before, atol=1e-4)
    assert torch.allclose(scale.real(ready.value), 1 + 2 * batch.value, atol=1e-4)


def test_workers_gather_the_same_whatever_plays_beside_them():
    first = [a_worker(a_mind(), seed).collect() for seed in (0, 1)]
    mind = a_mind()
    workers = [a_worker(mind, seed) for seed in (0, 1)]
    second = Learner(mind, 2, LearnerConfig()).each(lambda worker: worker.collect(), workers)
    for a, b in zip(first, second, strict=True):
        assert torch.equal(a.act, b.act) and torch.equal(a.view, b.view)


def test_frozen_partners_act_and_do_not_learn():
    mind = a_mind()
    worker = a_worker(mind, learners=np.array([0]), others={1: Random(3)})
    gathered = worker.collect()
    assert gathered.act.shape == (STEPS, WORLDS)
    with pytest.raises(ValueError, match="each once"):
        a_worker(mind, learners=np.array([0]))


def test_acts_are_drawn_in_proportion():
    logits = torch.tensor([0.5, 0.3, 0.2, 0.0]).log().expand(40_000, 4)
    drawn = pick(logits, torch.Generator().manual_seed(0))
    shares = torch.bincount(drawn, minlength=4) / 40_000
    assert torch.allclose(shares, torch.tensor([0.5, 0.3, 0.2, 0.0]), atol=0.01)
    assert pick(logits, None).eq(0).all()


def test_the_teacher_leads_as_often_as_asked():
    led = a_worker(a_mind(), teacher=Planner("seen")).collect(100.0)  # surely
    assert torch.equal(led.act, led.label)
    alone = a_worker(a_mind(), teacher=Planner("seen")).collect(0.0)
    assert (alone.act != alone.label).any()


def test_a_reward_is_learned():
    """Among random states, one act pays: its chance rises."""
    mind = a_mind(hidden=32)
    worker = a_worker(mind)
    learner = Learner(mind, 1, LearnerConfig(learning_rate=3e-3, minibatches=1, epochs=2))
    scale, chances = ValueScale(), []
    for _ in range(12):
        batch = worker.collect()
        chances.append(float((batch.act == 2).float().mean()))
        batch = batch._replace(reward=(batch.act == 2).float())
        ppo_update(learner, [batch], 2, PPOConfig(gamma=0.0, target_kl=0.0), scale)
    assert chances[-1] > chances[0] + 0.2


def test_a_reader_learns_the_words_that_change_among_those_that_do_not():
    """All begin with "go to"; once attention faded to the first word before the last ones had been heard."""
    texts = [f"go to the {colour} {kind}" for colour in COLOURS for kind in ("ball", "key", "cup")]
    tokens = torch.tensor([tokens_of(text) for text in texts])
    truth = torch.from_numpy(np.stack([encode(parse(text))[0] for text in texts])).long()
    torch.manual_seed(0)
    reader = InstructionEncoder(NetworkConfig())
    optimizer = torch.optim.Adam(reader.parameters(), 3e-3, betas=(0.9, 0.98))
    for _ in range(80):
        told = reader.understood(reader(tokens, torch.zeros(len(texts), 2)))
        loss = sum(
            torch.nn.functional.cross_entropy(told[field], truth[:, field]) for field in (KIND_, COLOUR)
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert all((told[field].argmax(1) == truth[:, field]).float().mean() > 0.95 for field in (KIND_, COLOUR))


def test_a_batch_that_is_not_finite_changes_nothing(batch):
    mind = a_mind()
    learner = Learner(mind, 1, LearnerConfig(minibatches=1))
    before = network_arrays(mind)
    paid = batch._replace(reward=batch.reward * float("nan"))
    broken = prepared([paid], 2, PPOConfig(), ValueScale(), mind.head)
    with pytest.raises(NotFinite) as caught:
        learner.update(broken, [ppo_loss(PPOConfig(), 0.0)])
    assert caught.value.batches
    assert all(np.array_equal(before[name], after) for name, after in network_arrays(mind).items())


def test_a_learned_policy_reads_new_instructions_at_once():
    sim = Simulator(make_scenario("house"), 2, levels=8, autoreset=DISABLED)
    policy = Learned(a_mind())
    cast = Cast(sim, dict.fromkeys(sim.scenario.agents, policy))
    cast.act()
    before = cast.memories[0].reading.gain.clone()
    sim.instruct(1, 0, "put the orange on the bed")
    cast.act()
    changed = (cast.memories[0].reading.gain != before).any(1)
    assert changed.tolist() == [False, False, True, False]


def test_a_mind_made_for_other_views_is_refused():
    sim = Simulator(make_scenario("house", view=5), 1, levels=4)
    with pytest.raises(ValueError, match="view=7"):
        Learned(a_mind()).start(sim, np.arange(2))


def test_houses_too_large_for_a_chart_are_refused():
    mind, large = a_mind(), make_scenario("house", side=33)
    with pytest.raises(ValueError, match="side=32 or less"):
        Learned(mind).start(Simulator(large, 1, levels=1), np.arange(2))
    with pytest.raises(ValueError, match=r"seen through.*side=20 or less"):
        RolloutWorker(Simulator(make_scenario("house", side=21, occluded=False), 1, levels=1), mind)
    Learned(a_mind(charts=False)).start(Simulator(large, 1, levels=1), np.arange(2))


def test_a_chart_is_begun_with_each_episode():
    """Whatever stood on its chart, an agent that wakes up notes what one does that never had a chart before."""
    gathered = a_worker(a_mind()).collect()
    t, b = np.argwhere(gathered.keep.numpy()[1:] == 0)[0] + (1, 0)
    view, own = gathered.view[t, b : b + 1].numpy(), gathered.own[t, b : b + 1].numpy()
    chart, at = empty_charts(1)
    notes = notes_of(view, own, np.zeros(1, np.float32), chart, at)
    ends = int((notes[0, :, 3] == 0).argmax())
    assert ends > 1 and np.array_equal(notes[0, :ends], gathered.notes[t, b, :ends].numpy())


def test_a_checkpoint_is_read_as_it_was_written(tmp_path):
    mind = a_mind()
    write_checkpoint(tmp_path / "c", {MIND: network_arrays(mind)}, network_manifest(mind))
    again = read_network(tmp_path / "c")
    assert all(np.array_equal(a, network_arrays(again)[n]) for n, a in network_arrays(mind).items())
    with pytest.raises(FileExistsError):
        write_checkpoint(tmp_path / "c", {}, {})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: (d / MIND).write_bytes((d / MIND).read_bytes()[:-1] + b"x"), "sha256 differs"),
        (lambda d: (d / MIND).unlink(), "cannot be read"),
        (lambda d: (d / "manifest.json").unlink(), "is no checkpoint"),
        (lambda d: (d / "manifest.json").write_text("{"), "cannot be read"),
        (lambda d: edit(d, '"hidden": 128', '"hidden": 64'), "another architecture"),
        (lambda d: edit(d, '"hidden"', '"width"'), "another architecture"),
        (lambda d: edit(d, '"grammar": "', '"grammar": "0'), "grammar"),
        (lambda d: edit(d, '"format": 1', '"format": 99'), "format 99"),
    ],
)
def test_a_checkpoint_that_does_not_fit_is_refused_with_the_reason(tmp_path, change, said):
    mind = a_mind()
    write_checkpoint(tmp_path / "c", {MIND: network_arrays(mind)}, network_manifest(mind))
    change(tmp_path / "c")
    with pytest.raises(CheckpointError, match=said):
        read_network(tmp_path / "c")


def edit(folder, old, new):
    path = folder / "manifest.json"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_clauses_are_counted_up_to_the_first_that_is_not_done():
    own = torch.zeros(5, 8, dtype=torch.uint8)
    own[:, SENSE_CLAUSES_DONE] = torch.tensor([0b0, 0b1, 0b11, 0b10, 0b101])
    own[4, SENSE_BROKEN] = 1
    assert progress_of(own).tolist() == [[0, 0], [1, 0], [2, 0], [0, 0], [1, 1]]


def test_the_clause_that_is_due_is_told():
    """First the cup, then the bed; the constraint holds all the time."""
    text = "A.c.o.b\n\nA Ann facing east\nc red cup\no blue ball\nb green bed"
    sim = house(text, ann="pick up the cup, then go to the bed, but do not touch the ball")
    ann = np.zeros(1, np.int64)
    due = [clauses_now(sim.state, ann, ann)[0]]
    act(sim, ann="forward")
    act(sim, ann="pick up")
    due.append(clauses_now(sim.state, ann, ann)[0])
    assert [row[VERB] for row in due] == [PICK_UP, GO_TO]
    assert [row[KIND_] for row in due] == [KIND["cup"], KIND["bed"]]
    sim.state.clauses_done[:] = 0b11
    assert not clauses_now(sim.state, ann, ann)[0, :FIELDS].any()


def test_acts_that_are_as_good_cost_nothing(batch):
    """The loss is that of the best-known set of acts, not of the one that a search found first."""
    mind = a_mind()
    answers = answers_to(mind, batch)
    alone = batch._replace(equal=(1 << batch.label.clamp(min=0)).to(torch.uint8))
    one, _ = imitation(alone, answers)
    weight = batch.active.flatten().float()
    by_hand = torch.nn.functional.cross_entropy(
        answers.logits.flatten(0, 1), batch.label.flatten().clamp(min=0), reduction="none"
    )
    assert torch.allclose(one, (by_hand * weight).sum() / weight.sum(), atol=1e-5)
    every, all_right = imitation(batch._replace(equal=torch.full_like(batch.equal, 255)), answers)
    assert abs(float(every.detach())) < 1e-5 and float(all_right["agreement"]) == pytest.approx(1)
    some, _ = imitation(batch, answers)
    assert 0 < float(some.detach()) < float(one.detach())


def test_what_was_understood_is_learned_from_words_alone(batch):
    """The loss of understanding reaches the reader and nothing else; what is mistaken is counted."""
    mind = a_mind()
    answers = answers_to(mind, batch)
    loss, _ = understanding(1.0)(batch, answers)
    loss.backward()
    reached = {
        name.partition(".")[0] for name, p in mind.named_parameters() if p.grad is not None and p.grad.any()
    }
    assert reached == {"reader"}
    told = {field: out.detach().clone() for field, out in mind.reader.understood(answers.reading).items()}
    for field, out in told.items():
        out.zero_().scatter_(1, batch.clause[:, field].long()[:, None], 1.0)
    told[VERB][:3] = told[VERB][:3].roll(1, 1)  # three of them are mistaken
    mind.reader.understood = lambda reading: told
    figures = understanding(1.0)(batch, answers)[1]
    assert float(figures["understood"]) == pytest.approx(1 - 3 / len(batch.clause))
