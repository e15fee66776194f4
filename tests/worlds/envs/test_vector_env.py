"""Are many worlds as good as many environments? Equality with single ones in all three autoreset modes."""

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from tests.houses import level, scenario_of
from worlds.envs.vector_env import HouseVectorEnv, single_env, vector_env
from worlds.levels.level_text import level_to_text
from worlds.scenario import own_choices, scenario_names
from worlds.state import ACTS, DONE, TAKE

WORLDS = 4
SMALL = {
    "maze": {"side": 5},
    "berry_bush": {"side": 9, "steps": 12},
    "house": {"step_limit": 15},
    "tidy_up": {"step_limit": 15},
    "together": {"step_limit": 15},
}
SMALL |= {
    name: {"steps": 12} for name in scenario_names() if "steps" in own_choices(name) and name not in SMALL
}
CUP = "cA.\n\nc red cup\nA Ann facing west"


def same(one: dict, other: dict) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[key], other[key]) for key in one)


@pytest.mark.parametrize("name", scenario_names())
def test_gymnasiums_checker_is_content(name):
    title = f"SocialRL/{name.title().replace('_', '')}-v0"
    check_env(gymnasium.make(title, levels=4, render_mode="rgb_array", **SMALL.get(name, {})).unwrapped)


@pytest.mark.parametrize("mode", AutoresetMode)
@pytest.mark.parametrize("name", scenario_names())
def test_many_worlds_equal_many_single_ones(name, mode):
    singles = SyncVectorEnv(
        [lambda: single_env(name, levels=4, **SMALL.get(name, {}))] * WORLDS, autoreset_mode=mode
    )
    worlds = vector_env(name, WORLDS, levels=4, autoreset_mode=mode, **SMALL.get(name, {}))
    assert worlds.metadata["autoreset_mode"] is mode
    assert worlds.single_observation_space == singles.single_observation_space
    assert worlds.observation_space == singles.observation_space
    assert worlds.action_space == singles.action_space
    assert same(worlds.reset(seed=11)[0], singles.reset(seed=11)[0])
    rng = np.random.default_rng(0)
    ended = 0
    for step in range(250 if name == "maze" else 60):
        action = rng.choice([3, 3, *range(len(ACTS))], WORLDS)
        seen, reward, terminated, truncated, info = worlds.step(action)
        expected = singles.step(action)
        assert same(seen, expected[0]), f"step {step}"
        np.testing.assert_array_equal(reward, expected[1].astype(np.float32))
        np.testing.assert_array_equal(terminated, expected[2])
        np.testing.assert_array_equal(truncated, expected[3])
        over = terminated | truncated
        ended += over.sum()
        assert (
            ("final_obs" in info)
            == ("final_obs" in expected[4])
            == (mode is AutoresetMode.SAME_STEP and over.any())
        )
        if "final_obs" in info:
            assert_same_ends(info, expected[4])
        if mode is AutoresetMode.DISABLED and over.any():
            options = {"reset_mask": over}
            assert same(
                worlds.reset(options=options)[0], singles.reset(options={"reset_mask": over.copy()})[0]
            )
    assert ended > WORLDS, "episodes ended and began anew"


def assert_same_ends(info: dict, expected: dict) -> None:
    np.testing.assert_array_equal(info["_final_obs"], expected["_final_obs"])
    for w in np.flatnonzero(info["_final_obs"]):
        assert same(info["final_obs"][w], expected["final_obs"][w]), "the last observation"
        assert info["final_info"]["success"][w] == expected["final_info"]["success"][w]
    assert all(info["final_obs"][w] is None for w in np.flatnonzero(~info["_final_obs"]))


def test_the_last_observation_keeps_its_own_words():
    """The instruction of a final observation is that of the episode that ended, not of the next."""
    levels = [level(CUP, 1, ann="pick up the red cup"), level(CUP, 1, ann="go to the red cup")]
    worlds = HouseVectorEnv(scenario_of(levels), 32, levels=2, autoreset_mode=AutoresetMode.SAME_STEP)
    before, _ = worlds.reset(seed=0)
    after, _, _, truncated, info = worlds.step(np.zeros(32, np.int64))
    assert truncated.all()
    final = np.stack([info["final_obs"][w]["instruction"] for w in range(32)])
    assert np.array_equal(final, before["instruction"])
    assert not np.array_equal(final, after["instruction"])


def test_next_step_ignores_the_act_that_begins_an_episode():
    worlds = HouseVectorEnv(scenario_of([level(CUP, ann="pick up the red cup")]), 1, levels=1)
    worlds.reset(seed=0)
    _, _, terminated, _, info = worlds.step(np.array([DONE]))
    assert terminated[0] and not info["success"][0]
    seen, reward, terminated, truncated, _ = worlds.step(np.array([TAKE]))
    assert (reward[0], terminated[0], truncated[0]) == (0, False, False)
    assert seen["self"][0, 0] == 0, "nothing was picked up"
    worlds.step(np.array([TAKE]))
    *_, info = worlds.step(np.array([DONE]))
    assert info["success"][0]


def test_disabled_refuses_to_step_worlds_that_are_over():
    worlds = HouseVectorEnv(
        scenario_of([level(CUP, ann="pick up the red cup")]),
        2,
        levels=1,
        autoreset_mode=AutoresetMode.DISABLED,
    )
    worlds.reset(seed=0)
    worlds.step(np.array([DONE, 0]))
    with pytest.raises(ValueError, match=r"worlds \[0\] are over"):
        worlds.step(np.array([0, 0]))
    worlds.reset(options={"reset_mask": np.array([True, False])})
    worlds.step(np.array([0, 0]))
    assert worlds.simulator.state.step.tolist() == [1, 2]


def test_seeds_of_worlds_that_are_not_reset_stay():
    worlds = vector_env("maze", 3, levels=4, side=7)
    worlds.reset(seed=[5, 6, 7])
    worlds.reset(seed=[50, 60, 70], options={"reset_mask": np.array([False, True, False])})
    assert worlds.simulator.state.seed.tolist() == [5, 60, 7]
    assert worlds.simulator.state.episode.tolist() == [1, 1, 1]
    with pytest.raises(ValueError, match="2 seeds for 3 worlds"):
        worlds.reset(seed=[1, 2])
    with pytest.raises(ValueError, match="reset_mask"):
        worlds.reset(options={"reset_mask": np.array([False, False, False])})


def test_reset_with_a_level_and_an_instruction():
    worlds = HouseVectorEnv(scenario_of([level(CUP)]), 2, levels=1)
    other = level("Ac\n..\n\nc red cup\nA Ann facing east")
    seen, _ = worlds.reset(options={"level": level_to_text(other), "instruction": "pick up the red cup"})
    assert seen["instruction"].any(axis=1).all()
    assert worlds.simulator.state.agent_cell[:, 0].tolist() == [0, 0]
    worlds.step(np.array([TAKE, 0]))
    *_, info = worlds.step(np.array([DONE, DONE]))
    assert info["success"].tolist() == [True, False]


def test_partners_move_the_others():
    text = "cAB\n\nc red cup\nA Ann facing west\nB Bob facing west"

    def partners(sim):
        return np.full((sim.worlds, sim.agents), ACTS.index("turn left"))

    worlds = HouseVectorEnv(scenario_of([level(text)]), 2, levels=1, partners=partners)
    worlds.reset(seed=0)
    worlds.step(np.array([0, 0]))
    assert worlds.simulator.state.heading.tolist() == [[3, 2], [3, 2]]


def test_a_world_ends_with_its_learner():
    text = "cAB\n\nc red cup\nA Ann facing west\nB Bob facing west"
    scenario = scenario_of([level(text, ann="pick up the red cup", bob="meet Ann")])
    worlds = HouseVectorEnv(scenario, 1, levels=1, autoreset_mode=AutoresetMode.DISABLED)
    worlds.reset(seed=0)
    _, _, terminated, _, _ = worlds.step(np.array([DONE]))
    assert terminated[0] and worlds.simulator.state.over[0]


def test_messages_are_refused():
    with pytest.raises(ValueError, match="cannot talk"):
        vector_env("house", message_tokens=2, levels=2)


def test_scenarios_are_registered():
    world = gymnasium.make("SocialRL/Maze-v0", levels=2, side=7)
    world.reset(seed=0)
    world.step(0)
    worlds = gymnasium.make_vec(
        "SocialRL/Maze-v0", num_envs=3, vectorization_mode="vector_entry_point", levels=2, side=7
    )
    assert isinstance(worlds.unwrapped, HouseVectorEnv)
    assert worlds.reset(seed=0)[0]["view"].shape == (3, 3, 7, 7)
