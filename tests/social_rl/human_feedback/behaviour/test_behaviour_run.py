"""Does a mind learn what is rewarded and stay near what it was, and does its run go on bit for bit?"""

import hashlib
import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from agents.training.checkpoint import MIND, network_arrays, network_manifest, read_network, write_checkpoint
from agents.training.learner import answers_to
from social_rl.commands.rlhf.clips import Clips
from social_rl.commands.rlhf.mind import TuneMind
from social_rl.human_feedback.behaviour import start
from social_rl.human_feedback.behaviour.experience import collected, rewarded
from social_rl.human_feedback.behaviour.model import ClipReward, write_clip_rewards
from social_rl.human_feedback.behaviour.run import MindTuning
from social_rl.human_feedback.behaviour.tune import mind
from social_rl.human_feedback.preferences.store import Store, existing_store
from social_rl.human_feedback.tuning.asked import draw_asked, plainly
from social_rl.runs.run_folder import checkpoints_of, newest_checkpoint, read_metrics
from tests.social_rl.human_feedback.behaviour.made_up import Counting, small_mind
from worlds.state import ACTS

HEALTHY = {"interval": [0.6, 0.8], "accuracy": 0.7, "pairs": 40}
SMALL = TuneMind(
    updates=4, worlds=4, steps=8, critic_updates=1, learning_rate=1e-2, save=1, tests=0, minibatches=2, seed=4
)
LEFT = ACTS.index("turn left")


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A mind that knows nothing, and a reward model of it."""
    folder = tmp_path_factory.mktemp("begun")
    network = small_mind()
    write_checkpoint(folder / "mind", {MIND: network_arrays(network)}, network_manifest(network))
    write_clip_rewards(folder / "reward", [ClipReward(network, 1)], {"health": HEALTHY})
    return SimpleNamespace(
        folder=folder, small=replace(SMALL, mind=folder / "mind", reward=folder / "reward")
    )


def digest(network):
    found = hashlib.sha256()
    for part in network.state_dict().values():
        found.update(part.numpy().tobytes())
    return found.hexdigest()


def share_of(act, network, members):
    """How often an act is done in episodes that are always the same ones but for the mind."""
    run = MindTuning(SMALL, network, members)
    asked = plainly(draw_asked(8, 99, "S0"), 8)
    batches = collected(asked, network, run.methods, run.learner, 1)
    did = torch.cat([(batch.act == act)[batch.transition.active] for batch in batches])
    return float(did.float().mean())


def test_what_is_rewarded_is_done_more_and_with_all_labels_turned_round_less():
    found = {}
    for sign in (1.0, -1.0):
        network = small_mind()
        run = MindTuning(replace(SMALL, updates=6, kl=0.0), network, [Counting(LEFT, sign)])
        while run.done < run.asked:
            run.advance()
        found[sign] = share_of(LEFT, network, [Counting(LEFT)])
    before = share_of(LEFT, small_mind(), [Counting(LEFT)])
    assert found[-1.0] < before - 0.03 and before + 0.1 < found[1.0], (found, before)


def test_divergence_is_0_at_the_start_and_a_greater_price_keeps_it_lower():
    last = {}
    for kl in (0.0, 2.0):
        run = MindTuning(replace(SMALL, updates=6, kl=kl), small_mind(), [Counting(LEFT)])
        logs = [run.advance() for _ in range(6)]
        first = [log[name] for log in logs[:2] for name in ("prior_kl", "paid_kl")]
        assert first == [0] * 4, "the critic alone learns at first"
        last[kl] = logs[-1]["prior_kl"]
    assert last[0.0] > 0.05 and last[2.0] < last[0.0] / 2, last


def test_the_price_is_paid_where_the_act_was_done_and_the_end_is_the_end():
    network, other = small_mind(), small_mind(1)
    run = MindTuning(SMALL, network, [Counting(LEFT)])
    asked = plainly(draw_asked(4, 3, "S0"), 8)
    (batch, *_) = collected(asked, network, run.methods, run.learner, 5)
    found = rewarded(batch, network, other, run.members, 0.0, 0.5)
    active = batch.transition.active
    did = (batch.act == LEFT).float() * active
    assert torch.equal(found.label("gain"), did), "each step earns what it did itself"
    paid = found.label("paid_kl")
    assert torch.allclose(found.transition.reward, did - 0.5 * paid) and float(paid.abs().sum()) > 0
    with torch.no_grad():
        mine, theirs = (answers_to(one, batch).logits.log_softmax(-1)[1, 1, 0] for one in (network, other))
    act, exact = int(batch.act[1, 1, 0]), float((mine.exp() * (mine - theirs)).sum())
    assert active[1, 1, 0] and exact > 0
    assert float(paid[1, 1, 0]) == pytest.approx(float(mine[act] - theirs[act]), abs=1e-6)
    assert float(found.label("prior_kl")[1, 1, 0]) == pytest.approx(exact, abs=1e-6)
    assert float(found.transition.reward[~active].abs().sum()) == 0
    assert not found.transition.truncated.any() and batch.transition.truncated.any()
    assert torch.equal(found.transition.terminated.sum(0), torch.ones_like(active[0], dtype=torch.int64))


def test_prior_and_reward_model_stay_as_they_are_and_the_critic_alone_learns_first(begun):
    network = read_network(begun.folder / "mind")
    member = ClipReward(network, 1)
    run = MindTuning(begun.small, network, [member.requires_grad_(False)])
    whole = digest(network)
    kept = digest(run.prior), digest(member)
    run.advance()
    acts = network.head.weight[:-1].clone()
    assert torch.equal(acts, run.prior.head.weight[:-1]), "acts are as likely as they were"
    assert not torch.equal(network.head.weight[-1], run.prior.head.weight[-1]), "values are not"
    assert digest(network.memory) == digest(run.prior.memory)
    run.advance()
    assert not torch.equal(acts, network.head.weight[:-1])
    assert (digest(run.prior), digest(member)) == kept and digest(run.prior) == whole != digest(network)


def test_a_run_that_was_cut_goes_on_bit_for_bit(begun, tmp_path):
    whole, cut = replace(begun.small, runs=tmp_path), replace(begun.small, runs=tmp_path, name="cut")
    assert mind(replace(whole, tests=2)) == 0
    assert mind(cut) == 0
    assert mind(TuneMind(resume=tmp_path / "cut", at=16)) == 0, "once more, from the second checkpoint on"
    last, again = newest_checkpoint(tmp_path / "mind"), newest_checkpoint(tmp_path / "cut")
    assert last.name == again.name == "episodes-000000000032"
    for file in ("mind.safetensors", "learner.safetensors"):
        assert (last / file).read_bytes() == (again / file).read_bytes()
    runs = [json.loads((one / "manifest.json").read_text())["run"] for one in (last, again)]
    assert runs[0] == runs[1] and runs[0]["methods"]["ppo"]["weight"] == 4, "values go on in the same units"
    lines = [[line["gain"] for line in read_metrics(tmp_path / name)] for name in ("mind", "cut")]
    assert lines[0] == lines[1] and len(lines[0]) == 4
    figures = json.loads((tmp_path / "mind" / "results.json").read_text())
    assert figures["episodes"] == 4 and figures["kl"] > 0 and 0 <= figures["win_rate"] <= 1
    assert len(checkpoints_of(tmp_path / "mind")) == 3


def test_what_it_cannot_use_is_refused_by_name(begun, tmp_path):
    write_clip_rewards(
        tmp_path / "chance", [ClipReward(small_mind())], {"health": HEALTHY | {"interval": [0.45, 0.6]}}
    )
    for change, said in (
        ({"reward": None}, "--reward is missing"),
        ({"reward": tmp_path}, "holds no clip reward model"),
        ({"reward": tmp_path / "chance"}, "may be chance"),
        ({"updates": 0}, "--updates is 0"),
        ({"kl": -1.0}, "--kl is -1.0"),
        ({"clip": 2.0}, "clip is 2.0"),
        ({"worlds": 1}, "give each worker a world"),
    ):
        with pytest.raises(ValueError, match=said):
            mind(replace(begun.small, runs=tmp_path / "runs", **change))
    assert not (tmp_path / "runs").exists(), "nothing was begun"


def test_gathering_that_was_cut_goes_on_and_what_was_gathered_is_fitted(begun, tmp_path, monkeypatch):
    """With the mind that is shipped: of one that knows nothing no two plays differ in anything that is told."""
    monkeypatch.setattr(start, "is_validation", lambda level: level < "8")
    small = Clips(
        to=tmp_path / "whole", comparisons=8, worlds=2, steps=24, rater="noiseless", batch=2, seed=2
    )
    assert start.clips(small) in (0, 1)
    labels, kept = [], Store.answer

    def answer(store, id, label, shown):
        labels.append(id)
        if len(labels) == 3:
            raise KeyboardInterrupt
        return kept(store, id, label, shown)

    cut = replace(small, to=tmp_path / "cut")
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Store, "answer", answer)
        start.clips(cut)
    assert start.clips(cut) in (0, 1)
    stores = [existing_store(one.to / start.LABELS) for one in (small, cut)]
    assert stores[0].comparisons() == stores[1].comparisons()
    assert stores[0].labels(human=False) == stores[1].labels(human=False)
    kinds = [one.kind for one in stores[0].comparisons().values()]
    assert kinds.count("choice") == 8 and "progress" in kinds
    health = [json.loads((one.to / "reward" / "health.json").read_text()) for one in (small, cut)]
    assert health[0] == health[1] and health[0]["pairs"] > 0
    replays = [sorted(path.name for path in (one.to / "replays").iterdir()) for one in (small, cut)]
    assert replays[0] == replays[1]
    with pytest.raises(ValueError, match="clips of another mind"):
        start.clips(replace(small, mind=begun.folder / "mind", comparisons=9))
