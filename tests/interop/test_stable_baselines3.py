"""Does Stable-Baselines3 learn in our worlds, by way of SuperSuit? In a room of five by five, better than chance."""

import numpy as np
import pytest

from tests.houses import level, scenario_of
from worlds.envs.parallel_env import parallel_env

stable_baselines3 = pytest.importorskip("stable_baselines3")
supersuit = pytest.importorskip("supersuit")
# Warnings of theirs, about Gymnasium and NumPy, are not ours to turn into errors.
pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("ignore")]

ROOM = """
    ..A..
    .....
    ..G..
    .....
    ..B..

    A Ann facing west
    B Bob facing west
    G goal
"""
STEPS = 60


def worlds(copies: int):
    """Two agents who look for the goal, as SB3 wants them: images only, and agents that stay until all are done."""
    told = {"ann": "go to the goal", "bob": "go to the goal"}
    env = parallel_env(scenario_of([level(ROOM, STEPS, **told)], view=5, needs_done=False), levels=1)
    env = supersuit.observation_lambda_v0(env, lambda parts, _: parts["view"], lambda space: space["view"])
    env = supersuit.black_death_v3(env)
    env = supersuit.pettingzoo_env_to_vec_env_v1(env)
    env = supersuit.concat_vec_envs_v1(env, copies, base_class="stable_baselines3")
    env.seed = lambda seed=None: [seed]  # SuperSuit's has none, and PPO(seed=...) asks for it
    return env


def earned(model, steps: int = 600) -> float:
    """Reward per agent and step: of the model, or of chance if there is none."""
    env = worlds(2)
    seen, total = env.reset(), 0.0
    rng = np.random.default_rng(0)
    for _ in range(steps):
        action = rng.integers(8, size=env.num_envs) if model is None else model.predict(seen)[0]
        seen, reward, _, _ = env.step(action)
        total += float(reward.mean())
    return total / steps


def test_ppo_learns_better_than_chance():
    model = stable_baselines3.PPO("MlpPolicy", worlds(8), n_steps=128, batch_size=256, ent_coef=0.01, seed=0)
    model.learn(40_000)
    assert earned(model) > 2 * earned(None)
