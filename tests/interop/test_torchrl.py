"""Does TorchRL accept our environments? Its own check of specs, and a rollout."""

import pytest

from tests.houses import level, scenario_of
from worlds.envs.parallel_env import parallel_env

torchrl = pytest.importorskip("torchrl")
# Warnings of theirs are not ours to turn into errors.
pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("ignore")]

ROOM = "..c\nA.B\n\nA Ann facing west\nB Bob facing west\nc red cup"


def wrapped():
    from torchrl.envs.libs.pettingzoo import PettingZooWrapper

    scenario = scenario_of([level(ROOM, 20, ann="pick up the red cup", bob="meet Ann")])
    return PettingZooWrapper(
        parallel_env(scenario, levels=1), use_mask=True, group_map={"all": ["Ann", "Bob"]}
    )


def test_specs_hold():
    from torchrl.envs.utils import check_env_specs

    check_env_specs(wrapped())


def test_a_rollout_ends_at_the_step_limit():
    """20 steps at most; somebody may be done sooner, but not both always."""
    rollout = wrapped().rollout(30, break_when_any_done=False)
    assert rollout.batch_size[0] == 30
    assert rollout["next", "all", "done"].any()
