"""Does RLlib learn here? Its PPO, for two agents who share a policy, over PettingZoo.

pip install "ray[rllib]"
python examples/clients/with_rllib.py
"""

import argparse
import time

import numpy as np
import ray
import torch
from ray.rllib.algorithms.ppo import PPOConfig
from ray.rllib.core.columns import Columns
from ray.rllib.core.rl_module.default_model_config import DefaultModelConfig
from ray.rllib.core.rl_module.rl_module import RLModule
from ray.rllib.env.wrappers.pettingzoo_env import ParallelPettingZooEnv
from ray.tune.registry import register_env
from room import TEST, parallel_env
from torch.distributions import Categorical


def learn(steps: int) -> RLModule:
    """One process does it all: nothing is sent anywhere."""
    register_env("room", lambda _: ParallelPettingZooEnv(parallel_env()))
    config = (
        PPOConfig()
        .environment("room", disable_env_checking=True)
        .env_runners(num_env_runners=0)
        .multi_agent(policies={"both"}, policy_mapping_fn=lambda *_, **__: "both")
        .rl_module(model_config=DefaultModelConfig(fcnet_hiddens=[64, 64], fcnet_activation="tanh"))
        .training(
            train_batch_size_per_learner=2048, minibatch_size=512, num_epochs=4, lr=1e-3, gamma=0.98,
            entropy_coeff=0.01, vf_clip_param=100.0,
        )
        .debugging(seed=0)
    )  # fmt: skip
    algorithm = config.build_algo()
    for _ in range(steps // 2048):
        algorithm.train()
    return algorithm.get_module("both")


def success(module: RLModule, episodes: int = 250) -> float:
    """Share of agents' episodes that succeed, in rooms that were not met before."""
    env, ended = parallel_env(**TEST), []
    while len(ended) < 2 * episodes:
        seen, _ = env.reset()
        while seen and env.agents:
            batch = torch.from_numpy(np.stack([seen[name] for name in env.agents]))
            with torch.no_grad():
                logits = module.forward_inference({Columns.OBS: batch})[Columns.ACTION_DIST_INPUTS]
            acts = Categorical(logits=logits).sample().tolist()
            seen, _, terminated, truncated, infos = env.step(dict(zip(env.agents, acts, strict=True)))
            ended += [infos[name]["success"] for name in infos if terminated[name] or truncated[name]]
    return sum(ended) / len(ended)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=40_960)
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    learned = learn(parser.parse_args().steps)
    print(f"{success(learned):.2f} of new rooms")
    print(f"{time.process_time():.0f} s of processor time")
