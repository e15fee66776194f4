"""Does each seed have its mind, whether one is named or several?"""

import json

import pytest

from agents.network.actor_critic import ActorCritic
from agents.network.config import NetworkConfig
from agents.training.checkpoint import MIND, network_arrays, network_manifest, write_checkpoint
from social_rl.evaluation.contestants import checkpoints_json, contestants


def write(path, **shape):
    network = ActorCritic(NetworkConfig(hidden=32, words=32, **shape))
    write_checkpoint(path, {MIND: network_arrays(network)}, network_manifest(network))
    return path


def test_one_mind_has_all_seeds_and_several_have_one_each(tmp_path):
    one, other = write(tmp_path / "one"), write(tmp_path / "other")
    alone = contestants([one], 3, 10)
    assert [(who.folder, who.seed) for who in alone] == [(one, 10), (one, 11), (one, 12)]
    assert len(checkpoints_json(alone)) == 1
    both = contestants([one, other], 2, 10)
    assert [(who.folder, who.seed) for who in both] == [(one, 10), (other, 11)]
    weights = [who.network.head.weight for who in both]
    assert not weights[0].equal(weights[1])
    first, second = (part["sha256"] for part in checkpoints_json(both))
    assert first != second


def test_the_run_of_a_checkpoint_is_told(tmp_path):
    run = tmp_path / "run"
    path = write(run / "checkpoints" / "frames-000000000064")
    assert "run" not in checkpoints_json(contestants([path], 1, 0))[0]
    config = {"config": {"seed": 7}, "command": "social-rl design accel --seed 7", "commit": "abc"}
    (run / "config.json").write_text(json.dumps(config))
    (run / "metrics.jsonl").write_text('{"frames": 1}\n{"frames": 2, "spent/trained": 5.0, "loss": 1.0}\n')
    (told,) = checkpoints_json(contestants([path], 2, 0))
    assert told["run"] == {
        "command": "social-rl design accel --seed 7", "commit": "abc", "seed": 7, "spent": {"trained": 5.0},
    }  # fmt: skip


def test_minds_that_cannot_be_pooled_are_refused(tmp_path):
    one, other = write(tmp_path / "one"), write(tmp_path / "other", map=False)
    with pytest.raises(ValueError, match="2 checkpoints are named, but --seeds is 3"):
        contestants([one, one], 3, 0)
    with pytest.raises(ValueError, match="is of another shape than"):
        contestants([one, other], 2, 0)
