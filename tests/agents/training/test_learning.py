"""Do workers gather and learners learn what they say they do?"""

from dataclasses import replace

import numpy as np
import pytest
import torch

from agents.batch import Percept
from agents.network.actor_critic import ActorCritic
from agents.network.config import NetworkConfig
from agents.network.instruction_encoder import progress_of
from agents.policies.learned import Learned, pick
from agents.policies.perception import LearnedMemory, landmarks_of
from agents.policies.planner import Planner
from agents.policies.simple import Random
from agents.spatial_memory.egocentric_map import LANDMARKS
from agents.training.checkpoint import (
    MIND,
    CheckpointError,
    network_arrays,
    network_manifest,
    read_network,
    write_checkpoint,
)
from agents.training.learner import Learner, LearnerConfig, NotFinite, answers_to
from agents.training.methods import add_heads, learn
from agents.training.ppo import PPOConfig, ValueScale, ppo, ppo_loss, prepared
from agents.training.rollout import RolloutWorker
from agents.types import Cast
from social_rl.methods.imitate import do_as_the_teacher, imitation
from social_rl.methods.reading import clauses_due, reading, understanding_loss, understood
from tests.houses import act, house
from worlds.goal import COLOUR, FIELDS, GO_TO, KIND_, PICK_UP, VERB, encode
from worlds.language.instructions import parse, tokens_of
from worlds.objects import COLOURS, KIND
from worlds.scenario import make_scenario
from worlds.simulator import DISABLED, Simulator
from worlds.state import SENSE_BROKEN, SENSE_CLAUSES_DONE, SENSE_STAGE

STEPS, WORLDS = 12, 6


def taught(beta):
    """Imitation of the seeing expert with DAgger's beta, and reading."""
    return [imitation(Planner("seen"), lambda share: beta), reading(lambda: np.zeros(0))]


def rewarded(config=None):
    return [ppo(config or PPOConfig(), ValueScale())]


def a_network(**choices):
    torch.manual_seed(0)
    network = ActorCritic(NetworkConfig(**{"precision": "float32", **choices}))
    add_heads(network, taught(0.0))
    return network


def a_worker(network, seed=0, **options):
    scenario = make_scenario("house", step_limit=9)
    sim = Simulator(scenario, WORLDS, seed=seed, levels=32)
    return RolloutWorker(sim, network, steps=STEPS, seed=seed, **options)


@pytest.fixture(scope="module")
def batch():
    worker = a_worker(a_network(), methods=[*rewarded(), *taught(0.5)])
    worker.collect()
    return worker.collect()


@pytest.mark.parametrize("memory", ["gru", "mingru", "none"])
@pytest.mark.parametrize("routing", ["learned", "given", "film", "concat"])
def test_going_through_a_batch_again_gives_what_was_said_when_it_was_gathered(memory, routing):
    """Ratio 1 on the first minibatch, across resets: memory, contexts and wiping are the same in both ways."""
    assert_ratio_is_one(a_network(memory=memory, routing=routing), 1e-4)


def test_the_ratio_is_one_in_the_precision_of_small_numbers():
    assert_ratio_is_one(a_network(precision="bfloat16"), 2e-2)


def assert_ratio_is_one(network, near):
    worker = a_worker(network, methods=rewarded())
    for _ in range(2):
        gathered = worker.collect()
    assert (gathered.percept.keep == 0).any() and gathered.transition.truncated.any()
    answers = answers_to(network, gathered)
    log_prob = answers.logits.log_softmax(-1).gather(-1, gathered.act[..., None])[..., 0]
    assert torch.allclose(log_prob, gathered.label("log_prob"), atol=near)
    assert torch.allclose(answers.value, gathered.label("value")[:-1], atol=near)


def test_what_was_cut_is_worth_what_its_last_observation_says():
    """By hand: the same acts once more, in worlds that stay over, and the network asked for one frame more."""
    network = a_network()
    gathered = a_worker(network, methods=rewarded()).collect()
    t, w, k = (int(at[0]) for at in torch.nonzero(gathered.transition.truncated, as_tuple=True))
    sim = Simulator(make_scenario("house", step_limit=9), WORLDS, seed=0, levels=32, autoreset=DISABLED)
    policy, agents = Learned(network), np.arange(2)
    memory = policy.start(sim, agents)
    for step in range(t + 1):
        _, memory = policy.act(sim, agents, memory)
        sim.step(gathered.transition.acts[step].numpy())
    assert sim.state.truncated[w, k]
    _, memory = policy.act(sim, agents, memory)
    by_hand = float(network.decide(memory.hidden.clone())[1][2 * w + k].detach())
    told, after = (
        float(part) for part in (gathered.label("final_value")[t, w, k], gathered.label("value")[t + 1, w, k])
    )
    assert told == pytest.approx(by_hand, abs=1e-4) and told != pytest.approx(after, abs=1e-4)


@pytest.mark.parametrize("told", [True, False])
def test_a_network_may_do_without_the_verdict_of_the_judge(batch, told):
    """Clauses that are done, and the stage: two bytes of what is sensed of oneself, and read with instructions."""
    network = a_network(clause_bits=told)
    own, begun = batch.percept.own.clone(), batch.contexts.begun.clone()
    for part in (own, begun):
        part[..., SENSE_CLAUSES_DONE] ^= 3
        part[..., SENSE_STAGE] ^= 1
    changed = batch._replace(
        percept=batch.percept._replace(own=own), contexts=batch.contexts._replace(begun=begun)
    )
    one, other = answers_to(network, batch), answers_to(network, changed)
    assert torch.equal(one.logits, other.logits) != told and torch.equal(one.value, other.value) != told


def test_some_worlds_of_a_batch_are_those_worlds(batch):
    chosen = torch.tensor([4, 2, 5])
    part = batch.of_worlds(chosen)
    for whole, mine in (
        (batch.percept._asdict(), part.percept._asdict()),
        (batch.transition._asdict(), part.transition._asdict()),
        (batch.labels.frames, part.labels.frames),
    ):
        for name in whole.keys() - {"context"}:
            assert torch.equal(mine[name], whole[name][:, chosen]), name
    assert torch.equal(part.hidden, batch.hidden[chosen])
    rows, mine = batch.percept.context[:, chosen].long(), part.percept.context.long()
    words, theirs = batch.contexts.tokens[rows], part.contexts.tokens[mine]
    assert torch.equal(theirs, words[..., : theirs.shape[-1]]) and (words[..., theirs.shape[-1] :] == 0).all()
    due = batch.labels.contexts["clause"][rows]
    assert torch.equal(part.labels.contexts["clause"][mine], due)


def test_a_batch_tells_who_did_what_where():
    """Acts of everybody, of those who learn, and the level that each world played."""
    worker = a_worker(a_network(), learners=np.array([1]), others={0: Random(3)})
    rows = worker.sim.state.level.copy()
    gathered = worker.collect()
    assert gathered.transition.acts.shape == (STEPS, WORLDS, 2) and gathered.act.shape == (STEPS, WORLDS, 1)
    assert torch.equal(gathered.act[..., 0], gathered.transition.acts[..., 1])
    assert (gathered.transition.acts[..., 0] != gathered.transition.acts[..., 1]).any()
    level, begun = gathered.transition.level.numpy(), gathered.percept.keep[..., 0].numpy() == 0
    assert np.array_equal(level[0], rows)
    assert ((level[1:] != level[:-1]) <= begun[1:]).all() and (level[1:] != level[:-1]).any()


def test_two_methods_may_not_record_under_one_name():
    twice = [*rewarded(), replace(rewarded()[0], name="again")]
    with pytest.raises(ValueError, match="two methods record final_value, log_prob, value"):
        a_worker(a_network(), methods=twice).collect()


def test_memory_is_wiped_exactly_where_episodes_begin():
    network = a_network()
    B, C = 3, 49
    view = torch.randint(1, 100, (4, B, 3, C), dtype=torch.uint8)
    reading = network.read(torch.randint(1, 400, (1, 5)), torch.zeros(1, 8, dtype=torch.uint8))
    keep = torch.ones(4, B)
    keep[2, 1] = 0

    def thought(h0):
        own, heard = (torch.zeros(4, B, n, dtype=torch.uint8) for n in (8, 0))
        context, known = (
            torch.zeros(4, B, dtype=torch.int32),
            torch.zeros(4, B, LANDMARKS, 4, dtype=torch.uint8),
        )
        return network.think(Percept(view, own, heard, context, keep, known), reading, h0)

    one, other = thought(torch.zeros(B, 128)), thought(torch.randn(B, 128))
    same = (one == other).all(-1)
    assert same[2:, 1].all() and not same[:2, 1].any() and not same[:, 0].any()


def test_agents_that_share_a_network_are_treated_alike(batch):
    """Turning the worlds round turns the answers round, and changes nothing else."""
    network = a_network()
    order = torch.randperm(WORLDS, generator=torch.Generator().manual_seed(0))
    straight, turned = answers_to(network, batch), answers_to(network, batch.of_worlds(order))
    assert torch.allclose(straight.logits[:, order], turned.logits, atol=1e-5)


def with_transition(batch, **parts):
    return batch._replace(transition=batch.transition._replace(**parts))


def loss_of(batch, network, config=None):
    """The PPO loss of what `prepared` made, and its gradients."""
    loss, _ = ppo_loss(config or PPOConfig(), 0.01)(batch, answers_to(network, batch))
    return loss, torch.autograd.grad(loss, network.head.weight)[0]


def test_an_agent_learns_nothing_from_frames_that_do_not_count(batch):
    """What an inactive frame says of act, advantage and return changes neither loss nor gradient."""
    network = a_network()
    ready = prepared([batch], PPOConfig(), ValueScale(), a_network().head)[0]
    went = ready.transition
    half = with_transition(ready, active=went.active & (torch.arange(STEPS) < STEPS // 2)[:, None, None])
    loss, gradient = loss_of(half, network)
    for frame, changes in ((STEPS - 1, False), (0, True)):
        other = {name: half.label(name).clone() for name in ("advantage", "returns", "log_prob")}
        acts = went.acts.clone()
        for part in (*other.values(), acts):
            part[frame] += 1
        loss_, gradient_ = loss_of(with_transition(half.labelled(**other), acts=acts % 8), network)
        assert torch.equal(loss, loss_) != changes and torch.equal(gradient, gradient_) != changes


def test_frames_in_which_the_teacher_acts_are_no_experience_of_the_policy():
    """They carry the policy's chance of an act that it did not choose: PPO would take them for its own."""
    network, frozen = a_network(), a_network().head
    gathered = a_worker(network, methods=[*rewarded(), *taught(0.9)]).collect()
    forced, said = gathered.transition.forced, gathered.label("log_prob")
    assert 0.2 < float(forced.float().mean()) < 0.7
    other = gathered.labelled(log_prob=torch.where(forced, said - 3, said))
    ready, ready_ = (prepared([b], PPOConfig(), ValueScale(), frozen)[0] for b in (gathered, other))
    assert torch.equal(ready.transition.active, gathered.transition.active & ~forced)
    (loss, gradient), (loss_, gradient_) = loss_of(ready, network), loss_of(ready_, network)
    assert torch.equal(loss, loss_) and torch.equal(gradient, gradient_)
    assert not a_worker(network, methods=taught(0.0)).collect().transition.forced.any()


def test_values_stay_what_they_were_when_their_scale_moves(batch):
    """PopArt: outputs are preserved; and what was recorded is told in the new units, as clipping compares it."""
    network, scale = a_network(), ValueScale(mean=1.0, square=5.0, weight=3.0)
    before = scale.real(answers_to(network, batch).value.detach())
    paid = with_transition(batch, reward=torch.full_like(batch.transition.reward, 7.0))
    ready = prepared([paid], PPOConfig(gamma=0.5), scale, network.head)[0]
    assert scale.mean != 1.0 and scale.deviation != 2.0
    assert torch.allclose(scale.real(answers_to(network, batch).value), before, atol=1e-4)
    assert torch.allclose(scale.real(ready.label("value")), 1 + 2 * batch.label("value"), atol=1e-4)


def test_values_begin_where_what_is_paid_evenly_needs_no_learning(batch):
    """-1 a step for ever is worth -1 / (1 - .99) = -100: the scale begins there, and no frame seems better."""
    went = batch.transition
    never = torch.zeros_like(went.terminated)
    paid = with_transition(batch, reward=torch.full_like(went.reward, -1.0), terminated=never)
    paid = paid.labelled(
        value=torch.zeros_like(batch.label("value")), final_value=torch.zeros_like(batch.label("final_value"))
    )
    scale = ValueScale()
    scale.begin([paid.transition], 0.99)
    assert scale.mean == pytest.approx(-100, rel=1e-4)
    scale = ValueScale()
    ready = prepared([paid], PPOConfig(gamma=0.99), scale, a_network().head)[0]
    assert scale.mean == pytest.approx(-100, rel=1e-4) and scale.deviation < 0.1
    assert ready.label("returns").abs().max() < 0.1, "nothing is left to learn"
    ended = with_transition(paid, terminated=torch.ones_like(never))
    scale = ValueScale()
    scale.begin([ended.transition], 0.99)
    assert scale.mean == -1, "nothing follows an end"


def test_workers_gather_the_same_whatever_plays_beside_them():
    first = [a_worker(a_network(), seed).collect() for seed in (0, 1)]
    network = a_network()
    workers = [a_worker(network, seed) for seed in (0, 1)]
    second = Learner(network, 2, LearnerConfig()).each(lambda worker: worker.collect(), workers)
    for a, b in zip(first, second, strict=True):
        assert torch.equal(a.act, b.act) and torch.equal(a.percept.view, b.percept.view)


def test_frozen_partners_act_and_do_not_learn():
    network = a_network()
    worker = a_worker(network, learners=np.array([0]), others={1: Random(3)})
    gathered = worker.collect()
    assert gathered.act.shape == (STEPS, WORLDS, 1)
    with pytest.raises(ValueError, match="each once"):
        a_worker(network, learners=np.array([0]))


def test_acts_are_drawn_in_proportion():
    logits = torch.tensor([0.5, 0.3, 0.2, 0.0]).log().expand(40_000, 4)
    drawn = pick(logits, torch.Generator().manual_seed(0))
    shares = torch.bincount(drawn, minlength=4) / 40_000
    assert torch.allclose(shares, torch.tensor([0.5, 0.3, 0.2, 0.0]), atol=0.01)
    assert pick(logits, None).eq(0).all()


def test_the_teacher_leads_as_often_as_asked():
    led = a_worker(a_network(), methods=taught(100.0)).collect()  # surely
    assert (
        torch.equal(led.act, led.label("label"))
        and led.transition.forced.all()
        and not led.label("alone").any()
    )
    alone = a_worker(a_network(), methods=taught(0.0)).collect()
    assert (alone.act != alone.label("label")).any() and alone.label("alone").all()


def test_a_reward_is_learned():
    """Among random states, one act pays: its chance rises."""
    network, methods = a_network(hidden=32), rewarded(PPOConfig(gamma=0.0, target_kl=0.0))
    worker = a_worker(network, methods=methods)
    learner = Learner(network, 1, LearnerConfig(learning_rate=3e-3, minibatches=1, epochs=2))
    chances = []
    for _ in range(12):
        batch = worker.collect()
        chances.append(float((batch.act == 2).float().mean()))
        learn(learner, [with_transition(batch, reward=(batch.act == 2).float())], methods)
    assert chances[-1] > chances[0] + 0.2


def test_a_reader_learns_the_words_that_change_among_those_that_do_not():
    """All begin with "go to"; once attention faded to the first word before the last ones had been heard."""
    texts = [f"go to the {colour} {kind}" for colour in COLOURS for kind in ("ball", "key", "cup")]
    tokens = torch.tensor([tokens_of(text) for text in texts])
    truth = torch.from_numpy(np.stack([encode(parse(text))[0] for text in texts])).long()
    torch.manual_seed(0)
    network = a_network()
    parts = [*network.instruction_encoder.parameters(), *network.heads.parameters()]
    optimizer = torch.optim.Adam(parts, 3e-3, betas=(0.9, 0.98))
    for _ in range(80):
        told = understood(network, network.instruction_encoder(tokens, torch.zeros(len(texts), 2)))
        loss = sum(
            torch.nn.functional.cross_entropy(told[field], truth[:, field]) for field in (KIND_, COLOUR)
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert all((told[field].argmax(1) == truth[:, field]).float().mean() > 0.95 for field in (KIND_, COLOUR))


def test_a_batch_that_is_not_finite_changes_nothing(batch):
    network = a_network()
    learner = Learner(network, 1, LearnerConfig(minibatches=1))
    before = network_arrays(network)
    paid = with_transition(batch, reward=batch.transition.reward * float("nan"))
    broken = prepared([paid], PPOConfig(), ValueScale(), network.head)
    with pytest.raises(NotFinite) as caught:
        learner.update(broken, [ppo_loss(PPOConfig(), 0.0)])
    assert caught.value.batches
    assert all(np.array_equal(before[name], after) for name, after in network_arrays(network).items())


def test_a_learned_policy_reads_new_instructions_at_once():
    sim = Simulator(make_scenario("house"), 2, levels=8, autoreset=DISABLED)
    policy = Learned(a_network())
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
        Learned(a_network()).start(sim, np.arange(2))


def test_houses_too_large_for_a_map_are_refused():
    network, large = a_network(), make_scenario("house", side=33)
    with pytest.raises(ValueError, match="side=32 or less"):
        Learned(network).start(Simulator(large, 1, levels=1), np.arange(2))
    with pytest.raises(ValueError, match=r"seen through.*side=20 or less"):
        RolloutWorker(Simulator(make_scenario("house", side=21, occluded=False), 1, levels=1), network)
    Learned(a_network(map=False)).start(Simulator(large, 1, levels=1), np.arange(2))


def test_a_map_is_begun_with_each_episode():
    """Whatever stood on its map, an agent that wakes up knows what one does that never had a map before."""
    worker = a_worker(a_network())
    gathered = worker.collect()
    t, w, k = np.argwhere(gathered.percept.keep.numpy()[1:] == 0)[0] + (1, 0, 0)
    seen = gathered.percept
    view, own = seen.view[t, w, k : k + 1].numpy(), seen.own[t, w, k : k + 1].numpy()
    memory = LearnedMemory.empty(worker.network, worker.sim, 2).columns(np.arange(1))
    known = landmarks_of(view, own, np.zeros(1, np.float32), memory)
    ends = int((known[0, :, 3] == 0).argmax())
    assert ends > 1 and np.array_equal(known[0, :ends], seen.landmarks[t, w, k, :ends].numpy())


def test_a_checkpoint_is_read_as_it_was_written(tmp_path):
    network = a_network()
    write_checkpoint(tmp_path / "c", {MIND: network_arrays(network)}, network_manifest(network))
    written, again = network_arrays(network), network_arrays(read_network(tmp_path / "c"))
    assert all(np.array_equal(array, written[name]) for name, array in again.items())
    assert all(name.startswith("heads.") for name in written.keys() - again.keys()), (
        "to play, heads are not needed"
    )
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
        (lambda d: edit(d, '"format": 2', '"format": 99'), "format 99"),
    ],
)
def test_a_checkpoint_that_does_not_fit_is_refused_with_the_reason(tmp_path, change, said):
    network = a_network()
    write_checkpoint(tmp_path / "c", {MIND: network_arrays(network)}, network_manifest(network))
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
    due = [clauses_due(sim.state, ann, ann)[0]]
    act(sim, ann="forward")
    act(sim, ann="pick up")
    due.append(clauses_due(sim.state, ann, ann)[0])
    assert [row[VERB] for row in due] == [PICK_UP, GO_TO]
    assert [row[KIND_] for row in due] == [KIND["cup"], KIND["bed"]]
    sim.state.clauses_done[:] = 0b11
    assert not clauses_due(sim.state, ann, ann)[0, :FIELDS].any()


def test_acts_that_are_as_good_cost_nothing(batch):
    """The loss is that of the best-known set of acts, not of the one that a search found first."""
    network, label = a_network(), batch.label("label").clamp(min=0)
    answers = answers_to(network, batch)
    one, _ = do_as_the_teacher(batch.labelled(equal=(1 << label).to(torch.uint8)), answers)
    weight = batch.transition.active.flatten().float()
    by_hand = torch.nn.functional.cross_entropy(
        answers.logits.flatten(0, -2), label.flatten(), reduction="none"
    )
    assert torch.allclose(one, (by_hand * weight).sum() / weight.sum(), atol=1e-5)
    equal = torch.full_like(batch.label("equal"), 255)
    every, all_right = do_as_the_teacher(batch.labelled(equal=equal), answers)
    assert abs(float(every.detach())) < 1e-5 and float(all_right["agreement"]) == pytest.approx(1)
    some, _ = do_as_the_teacher(batch, answers)
    assert 0 < float(some.detach()) < float(one.detach())


def test_what_was_understood_is_learned_from_words_alone(batch, monkeypatch):
    """The loss of understanding reaches the reader and nothing else; what is mistaken is counted."""
    network = a_network()
    answers = answers_to(network, batch)
    loss, _ = understanding_loss(1.0)(batch, answers)
    loss.backward()
    reached = {
        name.rpartition(".")[0].partition(".")[0]
        for name, p in network.named_parameters()
        if p.grad is not None and p.grad.any()
    } - {""}
    assert reached == {"instruction_encoder", "heads"}
    assert all("reading" in n for n, p in network.heads.named_parameters() if p.grad is not None)
    told = {field: out.detach().clone() for field, out in understood(network, answers.reading).items()}
    due = batch.labels.contexts["clause"]
    for field, out in told.items():
        out.zero_().scatter_(1, due[:, field].long()[:, None], 1.0)
    told[VERB][:3] = told[VERB][:3].roll(1, 1)  # three of them are mistaken
    monkeypatch.setattr("social_rl.methods.reading.understood", lambda network, taken: told)
    figures = understanding_loss(1.0)(batch, answers)[1]
    assert float(figures["understood"]) == pytest.approx(1 - 3 / len(due))


# ---- how a rate goes, and what decays ----
def test_a_rate_rises_over_the_warmup_then_falls_along_a_cosine():
    config = LearnerConfig(learning_rate=1.0, last_learning_rate=0.2, warmup=0.1)
    rates = [config.rate_at(share) for share in (0, 0.05, 0.1, 0.55, 1, 2)]
    assert rates == pytest.approx([0, 0.5, 1, 0.6, 0.2, 0.2]), "at 0.55 half of the fall is done"
    without = LearnerConfig(learning_rate=1.0, last_learning_rate=0.2)
    assert [without.rate_at(share) for share in (0, 0.5, 1)] == pytest.approx([1, 0.6, 0.2])
    assert LearnerConfig(warmup=1.0).rate_at(1.0) == pytest.approx(1e-4)


def test_matrices_decay_and_gains_do_not():
    """A gradient of 0 leaves Adam's step at 0: what changes is the decay, 0.1 of the rate 0.5 at each step."""
    layer = torch.nn.Linear(2, 2)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.fill_(1.0)
    learner = Learner(layer, 1, LearnerConfig(learning_rate=0.5, last_learning_rate=0.5, weight_decay=0.1))
    for _ in range(2):
        learner.study([None], lambda network, _: (sum((p * 0).sum() for p in network.parameters()), {}))
    assert torch.allclose(layer.weight, torch.full((2, 2), 0.95**2)) and torch.equal(
        layer.bias, torch.ones(2)
    )
