"""Does a run of PPO go on bit for bit, refuse what it cannot use, and keep what it began as?"""

import hashlib
import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from safetensors.numpy import load, save

from agents.language.model.language_model import ModelConfig, new_model, write_model
from agents.language.model.tokenizer import train_tokenizer
from social_rl.commands.rlhf.ppo import Ppo
from social_rl.human_feedback.reward.model import RewardModel, write_ensemble
from social_rl.human_feedback.sources import words_of_answers
from social_rl.human_feedback.tuning.run import CRITIC
from social_rl.human_feedback.tuning.start import ppo
from social_rl.runs.run_folder import checkpoints_of, read_metrics


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A language model that knows nothing, and a reward model of it."""
    folder = tmp_path_factory.mktemp("begun")
    tokenizer = train_tokenizer([*words_of_answers()] * 2, 1024)
    config = ModelConfig(layers=1, width=32, heads=2, context=320, vocabulary=tokenizer.get_vocab_size())
    language_model = new_model(config, tokenizer)
    write_model(folder / "model", language_model)
    write_ensemble(folder / "reward", [RewardModel(language_model, 1)], {})
    small = Ppo(
        name="whole", model=folder / "model", reward=folder / "reward", updates=3, worlds=2, critic_updates=1,
        evaluate=0, save=1, minibatches=2, seed=4,
    )  # fmt: skip
    return SimpleNamespace(folder=folder, small=small)


def files(checkpoint):
    return {path.name: path.read_bytes() for path in checkpoint.iterdir() if path.suffix == ".safetensors"}


def test_trap_21_a_run_that_was_cut_goes_on_bit_for_bit_critic_and_all(begun, tmp_path):
    whole, cut = replace(begun.small, runs=tmp_path), replace(begun.small, runs=tmp_path, name="cut")
    assert ppo(whole) == 0
    assert ppo(cut) == 0
    path = tmp_path / "cut"
    assert ppo(Ppo(resume=path, at=4)) == 0, "from the first checkpoint on, once more"
    last, again = checkpoints_of(tmp_path / "whole")[-1], checkpoints_of(path)[-1]
    assert last.name == again.name == "episodes-000000000012"
    assert files(last) == files(again)
    assert {"critic.safetensors", "critic-learner.safetensors"} <= files(last).keys()
    lines, others = read_metrics(tmp_path / "whole"), read_metrics(path)
    assert [line["score"] for line in lines] == [line["score"] for line in others]
    assert lines[0]["kl"] == 0 and len(lines) == 3, "the critic alone learns at first"


def test_a_run_whose_critic_has_lost_its_head_does_not_go_on(begun, tmp_path):
    """A new head in its place would be a critic that knows nothing, and nobody would see it."""
    assert ppo(replace(begun.small, runs=tmp_path, updates=1)) == 0
    (checkpoint,) = checkpoints_of(tmp_path / "whole")
    values = load((checkpoint / CRITIC).read_bytes())
    del values["head"]
    (checkpoint / CRITIC).write_bytes(save(values))
    manifest = json.loads((checkpoint / "manifest.json").read_text())
    manifest["sha256"][CRITIC] = hashlib.sha256((checkpoint / CRITIC).read_bytes()).hexdigest()
    (checkpoint / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ValueError, match=r"critic\.safetensors: head is missing"):
        ppo(Ppo(resume=tmp_path / "whole"))
    (checkpoint / CRITIC).unlink()
    with pytest.raises(ValueError, match=r"critic\.safetensors cannot be read"):
        ppo(Ppo(resume=tmp_path / "whole"))


def test_the_policy_changes_and_is_read_as_a_language_model(begun, tmp_path):
    from agents.language.model.language_model import read_model
    from social_rl.runs.shipped import find_language_model

    assert ppo(replace(begun.small, runs=tmp_path, learning_rate=1e-2)) == 0
    before = read_model(begun.folder / "model").model.state_dict()
    after = read_model(find_language_model(tmp_path / "whole")).model.state_dict()
    assert any(not np.array_equal(before[name], after[name]) for name in before)
    config = json.loads((tmp_path / "whole" / "config.json").read_text())
    assert config["config"]["reward"] == str(begun.folder / "reward")


def test_what_it_cannot_use_is_refused_by_name(begun, tmp_path):
    for change, said in (
        ({"reward": None}, "--reward is missing"),
        ({"reward": tmp_path}, "holds no reward model"),
        ({"updates": 0}, "--updates is 0"),
        ({"clip": 2.0}, "--clip is 2.0"),
        ({"temperature": 0.0}, "--temperature is 0.0"),
        ({"model": tmp_path}, "is no language model"),
    ):
        with pytest.raises(ValueError, match=said):
            ppo(replace(begun.small, runs=tmp_path / "runs", **change))
    assert not (tmp_path / "runs").exists(), "nothing was begun"
