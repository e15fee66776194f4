"""Does Stable-Baselines3 learn here? Its PPO with its own network, over Gymnasium.

pip install stable-baselines3
python examples/clients/with_stable_baselines3.py
"""

import argparse
import time

from room import TEST, gymnasium_env
from stable_baselines3 import PPO
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import VecEnv


def learn(steps: int) -> PPO:
    """Sixteen rooms at once."""
    model = PPO(
        "MlpPolicy", make_vec_env(gymnasium_env, 16), n_steps=128, batch_size=512, n_epochs=4,
        learning_rate=1e-3, gamma=0.98, ent_coef=0.01, seed=0, device="cpu",
    )  # fmt: skip
    return model.learn(steps)


def success(model: PPO, env: VecEnv, episodes: int = 500) -> float:
    """Share of episodes that succeed, in rooms that were not met before."""
    ended: list[bool] = []
    seen = env.reset()
    while len(ended) < episodes:
        seen, _, over, infos = env.step(model.predict(seen)[0])
        ended += [info["success"] for info, is_over in zip(infos, over, strict=True) if is_over]
    return sum(ended) / len(ended)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=40_960)
    model = learn(parser.parse_args().steps)
    print(f"{success(model, make_vec_env(gymnasium_env, 16, env_kwargs=TEST)):.2f} of new rooms")
    print(f"{time.process_time():.0f} s of processor time")
