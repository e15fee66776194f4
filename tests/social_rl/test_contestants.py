"""Does each seed have its mind, whether one is named or several?"""

import pytest

from agents.checkpoint import MIND, mind_arrays, mind_manifest, write_checkpoint
from agents.networks import Mind, MindConfig
from social_rl.contestants import checkpoints_json, contestants


def write(path, **shape):
    mind = Mind(MindConfig(hidden=32, words=32, **shape))
    write_checkpoint(path, {MIND: mind_arrays(mind)}, mind_manifest(mind))
    return path


def test_one_mind_has_all_seeds_and_several_have_one_each(tmp_path):
    one, other = write(tmp_path / "one"), write(tmp_path / "other")
    alone = contestants([one], 3, 10)
    assert [(who.folder, who.seed) for who in alone] == [(one, 10), (one, 11), (one, 12)]
    assert len(checkpoints_json(alone)) == 1
    both = contestants([one, other], 2, 10)
    assert [(who.folder, who.seed) for who in both] == [(one, 10), (other, 11)]
    weights = [who.mind.head.weight for who in both]
    assert not weights[0].equal(weights[1])
    first, second = (part["sha256"] for part in checkpoints_json(both))
    assert first != second


def test_minds_that_cannot_be_pooled_are_refused(tmp_path):
    one, other = write(tmp_path / "one"), write(tmp_path / "other", charts=False)
    with pytest.raises(ValueError, match="2 checkpoints are named, but --seeds is 3"):
        contestants([one, one], 3, 0)
    with pytest.raises(ValueError, match="is of another shape than"):
        contestants([one, other], 2, 0)
