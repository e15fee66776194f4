"""Does Tianshou learn here? Its PPO, over Gymnasium.

pip install tianshou
python examples/clients/with_tianshou.py
"""

import argparse
import time

import torch
from room import FEATURES, SPACE, TEST, gymnasium_env
from tianshou.algorithm import PPO
from tianshou.algorithm.modelfree.reinforce import ProbabilisticActorPolicy
from tianshou.algorithm.optim import AdamOptimizerFactory
from tianshou.data import Collector, VectorReplayBuffer
from tianshou.env import DummyVectorEnv
from tianshou.trainer import OnPolicyTrainerParams
from tianshou.utils.net.common import Net
from tianshou.utils.net.discrete import DiscreteActor, DiscreteCritic
from torch.distributions import Categorical

from worlds.state import ACTS

ROOMS = 16


def algorithm() -> PPO:
    """Actor and critic look at a room with one network."""
    seer = Net(state_shape=FEATURES, hidden_sizes=(64, 64))
    actor = DiscreteActor(preprocess_net=seer, action_shape=len(ACTS), softmax_output=False)
    policy = ProbabilisticActorPolicy(
        actor=actor, dist_fn=lambda logits: Categorical(logits=logits), observation_space=SPACE,
        action_space=gymnasium_env(levels=1).action_space, action_scaling=False,
    )  # fmt: skip
    critic = DiscreteCritic(preprocess_net=seer)
    return PPO(policy=policy, critic=critic, optim=AdamOptimizerFactory(lr=1e-3), gamma=0.98, ent_coef=0.01)


def learn(steps: int) -> PPO:
    """An epoch is 20 times 2048 steps, each of which is learned from four times."""
    learner = algorithm()
    env = DummyVectorEnv([gymnasium_env for _ in range(ROOMS)])
    collector = Collector(learner, env, VectorReplayBuffer(2048, ROOMS))
    learner.run_training(
        OnPolicyTrainerParams(
            training_collector=collector, max_epochs=1, epoch_num_steps=steps,
            collection_step_num_env_steps=2048, update_step_num_repetitions=4, batch_size=512,
        )
    )  # fmt: skip
    return learner


def success(learner: PPO, episodes: int = 500) -> float:
    """Share of episodes that succeed, in rooms that were not met before."""
    rooms = DummyVectorEnv([lambda: gymnasium_env(**TEST) for _ in range(ROOMS)])
    buffer = VectorReplayBuffer(40 * episodes, ROOMS)
    with torch.no_grad():
        Collector(learner, rooms, buffer).collect(n_episode=episodes, reset_before_collect=True)
    return float(buffer.info.success[buffer.done].mean())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=40_960)
    torch.manual_seed(0)
    learned = learn(parser.parse_args().steps)
    print(f"{success(learned):.2f} of new rooms")
    print(f"{time.process_time():.0f} s of processor time")
