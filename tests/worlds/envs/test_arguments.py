"""What do environments refuse, and what do they hand out? Seeds, options, acts, copies, other processes."""

import copy
import subprocess
import sys
from multiprocessing import get_context
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

import gymnasium
import numpy as np
import pytest
from gymnasium.error import ResetNeeded
from gymnasium.vector import AsyncVectorEnv, SyncVectorEnv

from tests.houses import level, scenario_of
from worlds.envs.parallel_env import HouseParallelEnv, parallel_env
from worlds.envs.vector_env import HouseVectorEnv, single_env, vector_env
from worlds.scenario import make_scenario, scenario_names
from worlds.simulator import Simulator

ROOT = Path(__file__).resolve().parents[3]
MAZE = {"levels": 16, "side": 7}
TALK = "cAB\n\nc red cup\nA Ann facing west\nB Bob facing west"


def starts(env, resets: int = 8) -> list[int]:
    """Levels and headings of some episodes."""
    found = []
    for _ in range(resets):
        env.reset()
        found.append(int(env.unwrapped.simulator.state.key[0]))
    return found


# ---- seeds ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("make", [parallel_env, single_env, vector_env])
def test_without_a_seed_environments_differ_and_go_on(make):
    one, other = (starts(make("maze", **MAZE)) for _ in range(2))
    assert len({*one, *other}) == 16


@pytest.mark.parametrize("make", [parallel_env, single_env, vector_env])
def test_with_a_seed_they_are_the_same_and_go_on(make):
    found = []
    for seed in (5, np.int64(5), np.uint32(5), np.uint8(5)):
        env = make("maze", **MAZE)
        env.reset(seed=seed)
        found.append(starts(env))
    assert found[0] == found[1] == found[2] == found[3] and len({*found[0]}) == 8
    made = [starts(make("maze", seed=3, **MAZE)) for _ in range(2)]
    assert made[0] == made[1] != found[0]


def test_worlds_without_a_seed_differ():
    worlds = vector_env("maze", 8, **MAZE)
    worlds.reset()
    assert len({*worlds.simulator.state.key.tolist()}) == 8
    singles = SyncVectorEnv([lambda: single_env("maze", **MAZE)] * 4)
    singles.reset()
    assert len({int(env.unwrapped.simulator.state.key[0]) for env in singles.envs}) == 4


def test_a_generator_of_ones_own_decides():
    keys = []
    for _ in range(2):
        env = single_env("maze", **MAZE)
        env.np_random = np.random.default_rng(4)
        keys.append(starts(env, 3))
    assert keys[0] == keys[1]


@pytest.mark.parametrize("seed", [-1, 5.0, 2.5, True, "3", 2**64, np.float32(1), np.bool_(True), [1.0]])
def test_a_seed_that_is_none_is_refused(seed):
    simulator = Simulator(make_scenario("maze", side=7), levels=2)
    envs = [parallel_env("maze", **MAZE), single_env("maze", **MAZE), vector_env("maze", 1, **MAZE)]
    for reset in (simulator.reset, *(env.reset for env in envs)):
        with pytest.raises(
            ValueError, match=r"seed.* is .*, allowed are whole numbers from 0 to 2\*\*64 - 1"
        ):
            reset(seed=seed)
    for make in (parallel_env, single_env, vector_env):
        with pytest.raises(ValueError, match="seed is "):
            make("maze", seed=seed, **MAZE)


def test_the_largest_seed_is_one():
    env = parallel_env("maze", **MAZE)
    env.reset(seed=2**64 - 1)
    assert env.simulator.state.seed[0] == 2**64 - 1
    with pytest.raises(ValueError, match="seed of world 1 is 18446744073709551616"):
        vector_env("maze", 2, **MAZE).reset(seed=2**64 - 1)


# ---- options -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("make", [parallel_env, single_env, vector_env])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"levl": 0}, "reset knows no option 'levl': did you mean 'level'?"),
        ({3: 0}, "reset knows no option 3: allowed are "),
        ([("level", 0)], "options are [('level', 0)]: give a dict"),
        ({"level": 1.0}, "level is 1.0: give a row of the bank, a Level or the text of one"),
        ({"level": True}, "level is True: give a row"),
        ({"level": 99}, "level is 99, the bank has rows 0 to 15"),
        ({"instruction": 5}, "instruction is 5: give a text"),
        ({"instruction": ["go to the goal", 5]}, "give a text, or a list with one for each agent"),
    ],
)
def test_an_option_that_means_nothing_is_refused(make, options, message):
    env = make("maze", **MAZE)
    env.reset(seed=1)
    before = env.unwrapped.simulator.digest()
    with pytest.raises(ValueError) as refusal:
        env.reset(seed=9, options=options)
    assert message in str(refusal.value)
    assert env.unwrapped.simulator.digest() == before, "nothing has changed"


def test_an_instruction_for_somebody_unknown_is_refused():
    env = parallel_env("house", levels=2)
    with pytest.raises(ValueError, match=r"instruction: no agent is called 'ann'; did you mean 'Ann'\?"):
        env.reset(options={"instruction": {"ann": "pick up the cup"}})


@pytest.mark.parametrize("mask", [[1, 0], np.array([True]), np.array([False, False]), "11"])
def test_a_mask_that_is_none_is_refused(mask):
    with pytest.raises(ValueError, match=r"reset_mask is .*: give 2 bools, one of them true"):
        vector_env("maze", 2, **MAZE).reset(options={"reset_mask": mask})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"levels": 0}, "levels is 0, allowed are 1 to"),
        ({"levels": 2.0}, "levels is 2.0, allowed are whole numbers"),
        ({"render_mode": "human"}, "render_mode is 'human', allowed are None"),
        ({"sid": 7}, "no choice 'sid': did you mean 'side'?"),
        ({"side": True}, "side is True: give a whole number"),
    ],
)
def test_an_argument_that_means_nothing_is_refused(arguments, message):
    for make in (parallel_env, single_env, vector_env):
        with pytest.raises(ValueError) as refusal:
            make("maze", **arguments)
        assert message in str(refusal.value)


def test_arguments_of_one_kind_of_environment_are_checked():
    with pytest.raises(ValueError, match="num_envs is 0, allowed are 1 to"):
        vector_env("maze", 0)
    with pytest.raises(ValueError, match="max_cycles is 0, allowed are 1 to"):
        parallel_env("maze", max_cycles=0)
    for make in (parallel_env, single_env, vector_env):
        with pytest.raises(ValueError, match="side: scenario maze is ready made; give its name to choose"):
            make(make_scenario("maze"), side=7)
        with pytest.raises(ValueError, match="scenario is 5: give a name, such as 'house', or a Scenario"):
            make(5)


# ---- acts ----------------------------------------------------------------------------------------------
NO_ACTS = [1.9, 1.0, "3", None, -1, 8, 256, True, [1], np.array([1]), np.float32(1), np.bool_(True), 2**80]
ACTS_TOO = [3, np.int64(3), np.uint8(3), np.array(3)]


@pytest.mark.parametrize("act", NO_ACTS, ids=repr)
def test_an_act_that_is_none_is_refused(act):
    house = HouseParallelEnv(scenario_of([level(TALK, 20)]), levels=1)
    single = single_env("maze", **MAZE)
    for env, action in ((house, {"Ann": 0, "Bob": act}), (single, act)):
        env.reset(seed=0)
        with pytest.raises(ValueError, match=r"act .* does not exist, allowed are 0 to 7 \(wait, turn left"):
            env.step(action)
        assert env.unwrapped.simulator.state.step[0] == 0, "nothing has moved"


def test_numpys_acts_are_acts():
    house, single = parallel_env("house", levels=2), single_env("maze", **MAZE)
    house.reset(seed=0)
    single.reset(seed=0)
    for act in ACTS_TOO:
        house.step(dict.fromkeys(house.agents, act))
        single.step(act)


@pytest.mark.parametrize("actions", ["31", ["3", "1"], [1.9, 1.0], [1], [[1, 2]], [True, False], None, 3])
def test_acts_of_many_worlds_that_are_none_are_refused(actions):
    worlds = vector_env("maze", 2, **MAZE)
    worlds.reset(seed=0)
    with pytest.raises(ValueError, match=r"actions are .*: give whole numbers from 0 to 7 of shape \[2\]"):
        worlds.step(actions)
    with pytest.raises(ValueError, match="world 1, agent 0: act 8 does not exist"):
        worlds.step([0, 8])
    assert worlds.simulator.state.step.tolist() == [0, 0]


def test_partners_act_in_whole_numbers():
    text = level(TALK, 20)
    worlds = HouseVectorEnv(scenario_of([text]), 2, levels=1, partners=lambda sim: np.full((2, 2), 1.5))
    worlds.reset(seed=0)
    with pytest.raises(ValueError, match="acts of partners are float64"):
        worlds.step([0, 0])


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        ({"Ann": 0}, "Bob has no act: give one for each of Ann, Bob"),
        ({"Ann": 0, "bob": 0}, "actions: no agent is called 'bob'; did you mean 'Bob'?"),
        ({"Ann": 0, "Bob": 0, "Eve": 0}, "actions: no agent is called 'Eve'"),
        ([0, 0], "actions are [0, 0]: give a dict of agents' names and acts"),
    ],
)
def test_everybody_and_nobody_else_acts(actions, message):
    env = HouseParallelEnv(scenario_of([level(TALK, 20)]), levels=1)
    env.reset(seed=0)
    with pytest.raises(ValueError) as refusal:
        env.step(actions)
    assert message in str(refusal.value)
    assert env.simulator.state.step[0] == 0


@pytest.mark.parametrize("say", [[1], [1, 2.5], [1, 256], [-1, 0], "ab", None, [[1, 2]]])
def test_a_message_that_is_none_is_refused(say):
    env = HouseParallelEnv(scenario_of([level(TALK, 20)], message_tokens=2), levels=1)
    env.reset(seed=0)
    with pytest.raises(ValueError, match=r"Ann says .*: give 2 whole numbers from 0 to 255, 0 for silence"):
        env.step({"Ann": {"act": 0, "say": say}, "Bob": {"act": 0, "say": [0, 0]}})
    with pytest.raises(ValueError, match="give a dict with 'act' and 'say'"):
        env.step({"Ann": 0, "Bob": 0})
    assert env.simulator.state.step[0] == 0


@pytest.mark.parametrize("env", [single_env("maze", **MAZE), vector_env("maze", 1, **MAZE)])
def test_a_world_that_was_never_reset_is_not_stepped(env):
    with pytest.raises(ResetNeeded, match=r"call reset\(\) before step\(\)"):
        env.step(0 if isinstance(env, gymnasium.Env) else [0])


# ---- what is handed out --------------------------------------------------------------------------------
def flat(seen: dict) -> list[np.ndarray]:
    return [part for value in seen.values() for part in (flat(value) if isinstance(value, dict) else [value])]


@pytest.mark.parametrize("make", [parallel_env, single_env, vector_env])
def test_a_later_step_changes_nothing_that_was_handed_out(make):
    env = make("house", levels=4)
    kept = [flat(env.reset(seed=0)[0])]
    for _ in range(5):
        acts = dict.fromkeys(env.agents, 1) if make is parallel_env else 1 if make is single_env else [1]
        kept.append(flat(env.step(acts)[0]))
    before = [[part.copy() for part in seen] for seen in kept]
    for part in kept[-1]:
        part[...] = 99  # nor does a client change what comes next
    acts = dict.fromkeys(env.agents, 1) if make is parallel_env else 1 if make is single_env else [1]
    after = flat(env.step(acts)[0])
    assert all(
        np.array_equal(a, b)
        for seen, old in zip(kept[:-1], before, strict=False)
        for a, b in zip(seen, old, strict=True)
    )
    assert not any((part == 99).all() for part in after)


# ---- copies and other processes ------------------------------------------------------------------------
@pytest.mark.parametrize("name", scenario_names())
def test_copies_go_on_alike(name):
    choices = {"side": 7} if name == "maze" else {"side": 9} if name == "berry_bush" else {}
    for make in (parallel_env, single_env, vector_env):
        env = make(name, levels=2, **choices)
        env.reset(seed=1)
        copies = [copy.deepcopy(env), ForkingPickler.loads(ForkingPickler.dumps(env))]
        acts = dict.fromkeys(env.agents, 3) if make is parallel_env else 3 if make is single_env else [3]
        for _ in range(3):
            seen = flat(env.step(acts)[0])
            for other in copies:
                assert all(map(np.array_equal, flat(other.step(acts)[0]), seen))
    scenario = make_scenario(name, **choices)
    again = ForkingPickler.loads(ForkingPickler.dumps(scenario))
    assert np.array_equal(scenario.draw(1, 5).house, again.draw(1, 5).house)


def test_copies_of_an_environment_that_was_never_reset_differ():
    env = single_env("maze", **MAZE)
    assert len({starts(copy.deepcopy(env), 1)[0] for _ in range(4)}) == 4


def _maze():
    return single_env("maze", **MAZE)


@pytest.mark.parametrize("context", ["fork", "spawn"])
def test_environments_run_in_other_processes(context, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    vector_env("maze", 200, **MAZE).reset(seed=0)  # threads were used here before
    worlds = AsyncVectorEnv([_maze] * 2, context=context, shared_memory=False)
    try:
        seen, _ = worlds.reset(seed=11)
        expected, _ = vector_env("maze", 2, **MAZE).reset(seed=11)
        assert all(np.array_equal(seen[key], expected[key]) for key in expected)
        worlds.step(np.array([3, 3]))
    finally:
        worlds.close()


# ---- names elsewhere -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "code",
    [
        "import worlds, gymnasium",
        "import gymnasium, worlds",
        "import worlds, gymnasium.vector",
        "import worlds.scenario, gymnasium",
    ],
)
def test_gymnasium_knows_our_names_in_either_order(code):
    code += (
        "\nprint(*sorted(name for name in gymnasium.registry if name.startswith('SocialRL/')))"
        "\nimport pettingzoo"
        "\nprint(*sorted({*getattr(pettingzoo, 'parallel_registry', ())} & {*gymnasium.registry}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    titles = " ".join(sorted(f"SocialRL/{name.title().replace('_', '')}-v0" for name in scenario_names()))
    assert "SocialRL/BerryBush-v0" in titles
    assert done.stdout.splitlines()[0] == titles
    import pettingzoo

    assert done.stdout.splitlines()[1] == (titles if hasattr(pettingzoo, "parallel_registry") else "")


def test_our_names_load_nothing():
    code = "import worlds, sys; print(*{'gymnasium', 'pettingzoo', 'numpy', 'numba'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


# ---- pictures ------------------------------------------------------------------------------------------
def test_pictures_of_all_worlds_and_episodes_are_of_one_size():
    worlds = gymnasium.make_vec(
        "SocialRL/House-v0", 3, "vector_entry_point", render_mode="rgb_array", levels=8, rooms=(1, 3)
    )
    shapes = set()
    for seed in range(4):
        worlds.reset(seed=seed)
        pictures = worlds.render()
        assert len(pictures) == 3 and worlds.render_mode == "rgb_array"
        shapes |= {picture.shape for picture in pictures}
    assert len(shapes) == 1


def test_gymnasium_records_many_worlds(tmp_path, monkeypatch):
    """With a writer of our own in place of MoviePy's, which is not needed otherwise."""
    from types import ModuleType

    clips = []

    class Clip:
        def __init__(self, frames, fps):
            clips.append(np.stack(frames))

        def write_videofile(self, path, **_):
            Path(path).write_bytes(b"film")

    for name in ("moviepy", "moviepy.video", "moviepy.video.io", "moviepy.video.io.ImageSequenceClip"):
        monkeypatch.setitem(sys.modules, name, module := ModuleType(name))
        module.ImageSequenceClip = Clip
    from gymnasium.wrappers.vector import RecordVideo

    worlds = vector_env("maze", 4, render_mode="rgb_array", **MAZE)
    films = RecordVideo(worlds, str(tmp_path / "films"), video_length=5, step_trigger=lambda step: step == 0)
    films.reset(seed=0)
    for _ in range(8):
        films.step(np.zeros(4, np.int64))
    films.close()
    assert len(clips) == 1 and len(clips[0]) >= 5
    assert clips[0].shape[1:] == (2 * 7 * 32, 2 * 7 * 32, 3)


def test_without_a_render_mode_there_is_no_picture():
    worlds = vector_env("maze", 1, **MAZE)
    worlds.reset(seed=0)
    with pytest.warns(UserWarning, match="render_mode"):
        assert worlds.render() is None


def test_spawning_needs_no_help():
    """What a process started afresh gets is what was sent."""
    env = parallel_env("tidy_up", levels=2)
    env.reset(seed=3)
    with get_context("spawn").Pool(1) as pool:
        assert pool.apply(_digest, (env,)) == env.simulator.digest()


def _digest(env) -> str:
    return env.simulator.digest()
