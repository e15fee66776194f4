"""Does a model learn from comparisons themselves, are turns kept as they were, and are the commands whole?"""

import json

import numpy as np
import pytest
import torch

from agents.language.model.language_model import KIND, ModelConfig, new_model, read_model
from agents.language.model.tokenizer import train_tokenizer
from agents.training.checkpoint import read_manifest
from social_rl.commands.rlhf.compare import Compare
from social_rl.commands.rlhf.direct import Direct
from social_rl.human_feedback.preferences.comparison import Comparison, Item, Label
from social_rl.human_feedback.preferences.store import open_store
from social_rl.human_feedback.sources import words_of_answers
from social_rl.human_feedback.tuning import asked as asked_of
from social_rl.human_feedback.tuning.asked import draw_asked
from social_rl.human_feedback.tuning.comparing import compare
from social_rl.human_feedback.tuning.direct import Pair, dpo_loss, pairs_of, tuned_directly
from social_rl.human_feedback.tuning.direct_start import direct
from social_rl.human_feedback.tuning.episodes import Episode, Said
from social_rl.human_feedback.tuning.gathering import level_of
from social_rl.human_feedback.tuning.kept_turns import key_of, read_turns, write_turns
from tests.agents.language.model.small_models import a_model
from tests.social_rl.human_feedback.tuning.test_ppo import drawn

SETTINGS = {"coefficient": 0.5, "epochs": 3, "batch": 16, "rate": 3e-3, "workers": 2, "seed": 0}
VERSIONS = {"schema": "1", "rules": "r", "grammar": "g"}


def pairs(policy, n=96):
    """Pairs in which the episode is preferred that chooses answer 2 more often."""
    episodes, chosen = drawn(policy, 7, 2 * n)
    often = (chosen == 2).sum(1)
    found = []
    for i in range(0, 2 * n, 2):
        better, other = (i, i + 1) if often[i] >= often[i + 1] else (i + 1, i)
        found.append(Pair(episodes[better], episodes[other], bool(often[i] == often[i + 1])))
    return found


@pytest.mark.parametrize("method", ["dpo", "filtered"])
def test_what_was_preferred_becomes_likelier_and_the_reference_stays(method):
    reference = a_model("llama", seed=3)
    before = [p.clone() for p in reference.model.parameters()]
    some = pairs(reference)
    policy, log = tuned_directly(reference, some, method, **SETTINGS)
    assert all(torch.equal(a, b) for a, b in zip(before, reference.model.parameters(), strict=True))
    share = [(drawn(one, 11, 64)[1] == 2).mean() for one in (reference, policy)]
    assert share[1] > share[0] + 0.1, share
    assert np.mean([line["loss"] for line in log[-3:]]) < log[0]["loss"]
    if method == "dpo":
        assert log[0]["loss"] == pytest.approx(np.log(2), abs=1e-4), "it begins as its reference"
        flipped, _ = tuned_directly(
            reference, [Pair(p.other, p.chosen, p.is_tie) for p in some], method, **SETTINGS
        )
        assert (drawn(flipped, 11, 64)[1] == 2).mean() < share[0]


def test_the_log_probability_of_an_episode_is_that_of_its_decisions():
    policy, reference = a_model("llama", seed=3), a_model("llama", seed=4)
    one = pairs(policy, 1)[0]
    alone = dpo_loss(policy, reference, [one], 0.5)[0]
    twice = dpo_loss(policy, reference, [one, one], 0.5)[0]
    assert twice.item() == pytest.approx(alone.item(), abs=1e-5), (
        "turns that are read once count in each episode"
    )


@pytest.fixture
def kept(tmp_path):
    """A folder with a store whose comparisons are of made-up episodes, and their turns beside it."""
    asked, model = draw_asked(3, 1), a_model("llama", seed=3)
    some, chosen = drawn(model, 1, 12)
    episodes = [
        Episode(b, [Said(0, turn, "") for turn in turns], {}, f"chose {chosen[b].tolist()} {b // 6}")
        for b, turns in enumerate(some)
    ]
    write_turns(tmp_path, "first", asked, episodes)
    store = open_store(tmp_path / "labels.sqlite")
    for b in range(6):
        items = tuple(Item("sft", "", "words", episodes[b + k].transcript, "", {}) for k in (0, 6))
        comparison = Comparison(f"c{b}", 0, level_of(asked, b), "choice", items, (0, 1), VERSIONS)
        store.ask([comparison], seed=0)
        label = Label(f"c{b}", "ann", False, {"best": b % 2}, "1970-01-01T00:00:00+00:00", 0.0, "", False, "")
        store.answer(f"l{b}", label, (0, 1))
    return tmp_path, asked, episodes


def test_turns_are_read_as_they_were(kept):
    folder, asked, episodes = kept
    found = read_turns(folder)
    for one in episodes:
        key = key_of(level_of(asked, one.column % 6), one.transcript)
        assert found[key] == [said.turn for said in one.turns]
    judged = open_store(folder / "labels.sqlite").judged(human=False)
    some, missing = pairs_of(judged, found)
    assert len(some) == 6 and missing == 0 and not any(pair.is_tie for pair in some)
    first = next(key for key in found)
    some, missing = pairs_of(judged, {key: turns for key, turns in found.items() if key != first})
    assert (len(some), missing) == (5, 1)


def test_damaged_or_missing_turns_are_refused(kept, tmp_path):
    (kept[0] / "turns" / "first.jsonl.gz").write_bytes(b"no")
    with pytest.raises(ValueError, match=r"first\.jsonl\.gz is damaged"):
        read_turns(kept[0])
    with pytest.raises(ValueError, match="holds no turns"):
        read_turns(tmp_path / "nowhere")


def test_the_command_writes_a_model_that_can_be_read(kept, tmp_path, monkeypatch, capsys):
    from social_rl.human_feedback.tuning import direct_start

    model = a_model("llama", seed=3)
    monkeypatch.setattr(direct_start, "find_language_model", lambda path: path)
    monkeypatch.setattr(direct_start, "read_model", lambda path: model)
    monkeypatch.setattr(direct_start, "is_validation", lambda level: False)
    wanted = Direct(str(kept[0] / "labels.sqlite"), to=tmp_path / "tuned", batch=2)
    assert direct(wanted) == 0 and "6 pairs, 3 steps" in capsys.readouterr().out
    assert read_manifest(tmp_path / "tuned")["kind"] == KIND
    assert len(read_model(tmp_path / "tuned").model.state_dict()) == len(model.model.state_dict())
    with pytest.raises(ValueError, match="is there already"):
        direct(wanted)


def test_compare_tells_of_each_model_and_of_the_best(tmp_path, monkeypatch, capsys):
    from social_rl.human_feedback.reward.model import RewardModel, write_ensemble
    from social_rl.human_feedback.tuning import comparing

    monkeypatch.setattr(asked_of, "STEPS", 8)
    tokenizer = train_tokenizer([*words_of_answers()] * 2, 1024)
    model = new_model(
        ModelConfig(layers=1, width=32, heads=2, context=320, vocabulary=tokenizer.get_vocab_size()),
        tokenizer,
    )
    monkeypatch.setattr(comparing, "find_language_model", lambda path: path)
    monkeypatch.setattr(comparing, "read_model", lambda path: model)
    write_ensemble(tmp_path / "reward", [RewardModel(model)], {})
    command = Compare(
        (tmp_path / "one", tmp_path / "other"), reward=tmp_path / "reward", best_of=(1, 2), tests=2,
        json=tmp_path / "found.json",
    )  # fmt: skip
    assert compare(command) == 0
    found = json.loads((tmp_path / "found.json").read_text())
    first, other = found["policies"].values()
    assert first["win_rate"] == 0.5 == other["win_rate"] and other["kl"] == pytest.approx(0, abs=1e-5)
    assert found["best of"]["n"] == [1, 2] and found["best of"]["score"][1] >= found["best of"]["score"][0]
    assert "preferred to the first" in capsys.readouterr().out
    with pytest.raises(ValueError, match="--best-of needs a reward model"):
        compare(Compare((tmp_path / "one",), best_of=(4,)))
