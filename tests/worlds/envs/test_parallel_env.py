"""Is one world a good PettingZoo environment? Its own tests, and what they leave out."""

import copy
import hashlib
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pettingzoo
import pytest
from pettingzoo.test import api_test, max_cycles_test, parallel_api_test, parallel_seed_test, seed_test
from pettingzoo.test.render_test import collect_render_results

from tests.houses import level, scenario_of
from tests.presence import COMES, HOUSE, all_wait, coming_and_going
from worlds.envs.parallel_env import HouseParallelEnv, env, parallel_env
from worlds.levels.level_text import level_to_text
from worlds.scenario import scenario_names
from worlds.state import ACTS, DONE

ROOT = Path(__file__).resolve().parents[3]
SMALL = {"maze": {"side": 9}, "berry_bush": {"side": 9, "steps": 60}, "house": {}}
TEXT = """
    cAB

    c red cup
    A Ann facing west
    B Bob facing west
"""


def make(name: str, **settings: object) -> HouseParallelEnv:
    return parallel_env(name, levels=4, **SMALL.get(name, {}), **settings)


def house_env(text: str = TEXT, steps: int = 20, rules: dict | None = None, **told: str) -> HouseParallelEnv:
    """An environment of one house."""
    return HouseParallelEnv(scenario_of([level(text, steps, **told)], **(rules or {})), levels=1)


# ---- PettingZoo's tests --------------------------------------------------------------------------------
@pytest.mark.parametrize("name", scenario_names())
def test_parallel_api(name, capsys):
    parallel_api_test(make(name), num_cycles=60)


@pytest.mark.parametrize("name", scenario_names())
def test_parallel_seed(name):
    """It compares but the first step; the digests of rollouts below compare them all."""
    parallel_seed_test(lambda: make(name), num_cycles=20)


# It warns of any observation but one array, though spaces may be Dicts; of ours each part is an array.
@pytest.mark.filterwarnings("ignore:Observation is not a NumPy array:UserWarning")
@pytest.mark.filterwarnings("ignore:Observation space for each agent probably should be:UserWarning")
@pytest.mark.filterwarnings("ignore:We recommend agents to be named:UserWarning")  # ours have human names
@pytest.mark.parametrize("name", scenario_names())
def test_api_and_seed_of_turns(name, capsys):
    api_test(env(name, levels=4, **SMALL.get(name, {})), num_cycles=60)
    seed_test(lambda: env(name, levels=4, **SMALL.get(name, {})), num_cycles=20)


@pytest.mark.parametrize("name", ["maze", "berry_bush"])  # in a house a random agent may end it with `done`
def test_max_cycles(name):
    def turns(max_cycles):
        return env(name, levels=4, max_cycles=max_cycles, **SMALL.get(name, {}))

    max_cycles_test(
        SimpleNamespace(parallel_env=lambda max_cycles: make(name, max_cycles=max_cycles), env=turns)
    )


@pytest.mark.parametrize("mode", ["rgb_array", "ansi"])
def test_render(mode):
    """As render_test, which also opens a window of its own accord."""
    for result in collect_render_results(
        env("berry_bush", levels=2, render_mode=mode, **SMALL["berry_bush"])
    ):
        if mode == "ansi":
            assert isinstance(result, str) and result
        else:
            assert result.dtype == np.uint8 and result.ndim == 3 and result.shape[2] == 3


def test_a_render_mode_that_is_none_is_refused():
    with pytest.raises(ValueError, match="'human', allowed are None, 'rgb_array' and 'ansi'"):
        make("maze", render_mode="human")


# ---- what they leave out -------------------------------------------------------------------------------
def rollout(name: str, seed: int, steps: int = 40) -> str:
    """A hash of every byte that an environment returns in some episodes of random acts."""
    world = make(name)
    digest = hashlib.sha256()
    rng = np.random.default_rng(seed)
    observations, _ = world.reset(seed=seed)
    for _ in range(steps):
        if not world.agents:
            observations, _ = world.reset()
        acts = {agent: int(rng.integers(len(ACTS))) for agent in world.agents}
        observations, *results = world.step(acts)
        for agent, parts in observations.items():
            digest.update(agent.encode())
            for key, part in parts.items():
                digest.update(key.encode() + part.tobytes())
        digest.update(repr(results).encode() + world.state().tobytes())
    return digest.hexdigest()


@pytest.mark.parametrize("name", scenario_names())
def test_rollouts_depend_on_the_seed_alone(name):
    assert rollout(name, 3) == rollout(name, 3)
    assert rollout(name, 3) != rollout(name, 4)


def test_rollouts_are_the_same_in_another_process():
    code = (
        "from tests.worlds.envs.test_parallel_env import rollout\n"
        "print(*[rollout(name, 7) for name in ('maze', 'berry_bush', 'house')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300, check=True
    )
    assert done.stdout.split() == [rollout(name, 7) for name in ("maze", "berry_bush", "house")]


@pytest.mark.parametrize("name", scenario_names())
def test_observations_lie_in_their_spaces_and_outlive_the_next_step(name):
    world = make(name)
    observations, _ = world.reset(seed=1)
    rng = np.random.default_rng(0)
    for _ in range(30):
        if not world.agents:
            world.reset()
        kept = {agent: {k: v.copy() for k, v in parts.items()} for agent, parts in observations.items()}
        for agent, parts in observations.items():
            assert world.observation_space(agent).contains(parts)
        assert world.state_space.contains(world.state())
        before = observations
        observations, *_ = world.step({a: int(rng.integers(len(ACTS))) for a in world.agents})
        for agent, parts in before.items():
            assert all(np.array_equal(parts[k], kept[agent][k]) for k in parts), (
                "an observation changed later"
            )


def test_a_copy_lives_in_memory_of_its_own():
    """SuperSuit and AsyncVectorEnv copy environments: compiled rules must not reach into the original."""
    world = make("berry_bush")
    world.reset(seed=1)
    before = world.state()
    twin = copy.deepcopy(world)
    assert np.array_equal(twin.state(), before)
    walk = {agent: ACTS.index("turn left") for agent in world.agents}
    twin.step(walk)
    assert np.array_equal(world.state(), before), "the original stood still"
    after = twin.state()
    assert not np.array_equal(after, before)
    world.step(walk)
    assert np.array_equal(world.state(), after)
    twin.reset(seed=2)
    assert np.array_equal(world.state(), after)


def test_spaces_are_the_same_objects():
    world = make("house")
    for agent in world.possible_agents:
        assert world.observation_space(agent) is world.observation_space(agent)
        assert world.action_space(agent) is world.action_space(agent)
    first, second = world.possible_agents[:2]
    assert world.action_space(first) is not world.action_space(second), "each is seeded on its own"


def test_the_state_tells_where_everybody_is():
    world = house_env()
    world.reset()
    before = world.state()
    world.step({"Ann": ACTS.index("wait"), "Bob": ACTS.index("turn left")})
    assert not np.array_equal(before, world.state())
    turned = world.state()
    world.step({"Ann": ACTS.index("turn left"), "Bob": ACTS.index("wait")})
    assert not np.array_equal(turned, world.state())
    walker = house_env("A..\n\nA Ann facing east")
    walker.reset()
    states = [walker.state().tobytes()]
    for _ in range(2):
        walker.step({"Ann": ACTS.index("forward")})
        states.append(walker.state().tobytes())
    assert len(set(states)) == 3


def test_an_agent_leaves_once_and_never_returns():
    world = house_env(steps=5, bob="pick up the red cup")
    world.reset()
    observations, _, terminations, truncations, infos = world.step({"Ann": 0, "Bob": DONE})
    assert terminations == {"Ann": False, "Bob": True}
    assert infos["Bob"] == {"success": False}
    assert observations.keys() == {"Ann", "Bob"}, "the last observation of who leaves"
    assert world.agents == ["Ann"]
    for _ in range(3):
        observations, *_ = world.step({"Ann": 0})
        assert observations.keys() == {"Ann"}
    *_, truncations, _ = world.step({"Ann": 0})
    assert truncations == {"Ann": True}
    assert world.agents == []
    with pytest.raises(RuntimeError, match="reset"):
        world.step({})
    world.reset()
    assert world.agents == ["Ann", "Bob"]


def test_an_agent_is_terminated_or_truncated_never_both():
    world = house_env(steps=1, ann="pick up the red cup")
    world.reset()
    *_, terminations, truncations, _ = world.step({"Ann": DONE, "Bob": 0})
    assert (terminations, truncations) == ({"Ann": True, "Bob": False}, {"Ann": False, "Bob": True})


# ---- agents that come later ----------------------------------------------------------------------------
LATE = {"neighbours": ("expert", "decoy"), "comes": 4, "leaves": "half", "steps": 16}


def late(**settings: object) -> HouseParallelEnv:
    """whom_to_trust, where experts come at the fourth step and leave at the eighth."""
    return parallel_env("whom_to_trust", levels=4, **LATE, **settings)


@pytest.mark.filterwarnings("error")
def test_parallel_api_where_agents_come_and_leave(capsys):
    parallel_api_test(late(), num_cycles=60)
    parallel_seed_test(late, num_cycles=20)


@pytest.mark.filterwarnings("ignore:Observation is not a NumPy array:UserWarning")
@pytest.mark.filterwarnings("ignore:Observation space for each agent probably should be:UserWarning")
@pytest.mark.filterwarnings("ignore:We recommend agents to be named:UserWarning")
def test_api_and_seed_of_turns_where_agents_come_and_leave(capsys):
    def turns():
        world = env("whom_to_trust", levels=4, **LATE)
        for agent in world.possible_agents:  # seed_test seeds the acts of who is there at first alone
            world.action_space(agent).seed(0)
        return world

    api_test(turns(), num_cycles=60)
    seed_test(turns, num_cycles=20)


def test_who_comes_joins_the_agents_with_its_first_observation_and_leaves_once():
    world = late()
    observations, infos = world.reset(seed=0)
    assert len(world.agents) == 2 and observations.keys() == infos.keys() == {*world.agents}
    (expert,) = {*world.possible_agents} - {*world.agents}
    for step in range(1, 17):
        before = list(world.agents)
        results = world.step(dict.fromkeys(before, ACTS.index("turn left")))
        observations, rewards, terminations, truncations, infos = results
        told = {*before, expert} if step == 4 else {*before}
        assert all(part.keys() == told for part in results)
        assert world.observation_space(expert).contains(observations.get(expert, observations["Ann"]))
        if step == 4:
            assert (rewards[expert], terminations[expert], truncations[expert]) == (0, False, False)
            assert infos[expert] == {"success": False} and expert in world.agents
        assert (expert in world.agents) == (4 <= step < 8)
        assert terminations.get(expert, False) == (step == 8)
    assert world.agents == [] and not any(terminations.values()) and all(truncations.values())


def test_in_turns_who_comes_takes_its_turn():
    world = env("whom_to_trust", levels=4, **LATE)
    world.reset(seed=0)
    (expert,) = {*world.possible_agents} - {*world.agents}
    turns: list[int] = []  # of the expert, by the number of steps that were taken before
    for agent in world.agent_iter(200):
        *_, terminated, truncated, _ = world.last()
        if agent == expert:
            turns.append(int(world.unwrapped.simulator.state.step[0]))
        world.step(None if terminated or truncated else ACTS.index("turn left"))
    assert turns == [4, 5, 6, 7, 8], "it acts in steps five to eight, and is told of its end"


def test_a_world_without_agents_goes_on_until_somebody_comes():
    world = house_env(HOUSE, rules={"mechanics": coming_and_going, "begins": all_wait})
    assert world.reset() == ({}, {}) and world.agents == []
    for _ in range(COMES - 1):
        assert world.step({}) == ({}, {}, {}, {}, {}) and world.agents == []
    observations, *_ = world.step({})
    assert world.agents == ["Ann", "Bob"] and observations.keys() == {"Ann", "Bob"}


# ---- options -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "instruction, told",
    [
        ("pick up the red cup", [True, False]),
        ({"Bob": "pick up the red cup"}, [False, True]),
        (["pick up the red cup", "meet Ann"], [True, True]),
    ],
)
def test_reset_with_an_instruction(instruction, told):
    world = house_env()
    observations, _ = world.reset(options={"instruction": instruction})
    assert [bool(observations[name]["instruction"].any()) for name in ("Ann", "Bob")] == told


def test_an_instruction_given_at_reset_is_judged():
    world = house_env()
    world.reset(options={"instruction": "pick up the red cup"})
    world.step({"Ann": ACTS.index("pick up"), "Bob": 0})
    *_, infos = world.step({"Ann": DONE, "Bob": 0})
    assert infos["Ann"]["success"]


def test_reset_with_a_level():
    world = house_env()
    other = level("c.A\nB..\n\nc red cup\nA Ann facing west\nB Bob facing east")
    larger = level("A.........B\n\nA Ann facing west\nB Bob facing east")
    with pytest.raises(ValueError, match="the bank holds"):
        world.reset(options={"level": level_to_text(larger)})
    world.reset(options={"level": level_to_text(other)})
    assert world.simulator.state.agent_cell[0].tolist() == [2, 256]
    world.reset(options={"level": 0})
    assert world.simulator.state.agent_cell[0].tolist() == [1, 2]
    with pytest.raises(ValueError, match="row"):
        world.reset(options={"level": 1})


def test_max_cycles_holds_for_a_level_given_at_reset():
    world = parallel_env(scenario_of([level(TEXT)]), levels=1, max_cycles=2)
    assert world.max_cycles == 2
    for options in ({}, {"level": level_to_text(level(TEXT, 50))}):
        world.reset(options=options)
        world.step({"Ann": 0, "Bob": 0})
        *_, truncations, _ = world.step({"Ann": 0, "Bob": 0})
        assert truncations == {"Ann": True, "Bob": True}


def test_an_act_that_does_not_exist_is_refused():
    world = house_env()
    world.reset()
    with pytest.raises(ValueError, match="Bob: act 8 does not exist"):
        world.step({"Ann": 0, "Bob": 8})


# ---- talking, names ------------------------------------------------------------------------------------
def test_agents_talk():
    world = house_env(rules={"message_tokens": 2})
    observations, _ = world.reset()
    assert world.observation_space("Ann").contains(observations["Ann"])
    say = {"act": 0, "say": np.array([4, 2], np.uint8)}
    hush = {"act": 0, "say": np.zeros(2, np.uint8)}
    assert world.action_space("Ann").contains(say)
    observations, *_ = world.step({"Ann": say, "Bob": hush})
    assert observations["Bob"]["heard"].tolist() == [[4, 2], [0, 0]]
    assert observations["Ann"]["heard"].tolist() == [[0, 0], [0, 0]]
    observations, *_ = world.step({"Ann": hush, "Bob": hush})
    assert not observations["Bob"]["heard"].any()


@pytest.mark.skipif(not hasattr(pettingzoo, "make"), reason="PettingZoo before 1.27 has no registry")
def test_scenarios_are_registered():
    world = pettingzoo.make("parallel", "SocialRL/BerryBush-v0", levels=2, agents=2)
    assert world.unwrapped.possible_agents == ["Ann", "Bob"]
