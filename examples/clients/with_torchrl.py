"""Does TorchRL learn here? PPO of its parts, for two agents who share a network, over PettingZoo.

pip install torchrl
python examples/clients/with_torchrl.py
"""

import argparse
import time

import torch
from room import FEATURES, TEST, parallel_env
from tensordict.nn import TensorDictModule
from torchrl.collectors import Collector
from torchrl.envs import PettingZooWrapper, RewardSum, TransformedEnv
from torchrl.modules import MultiAgentMLP, ProbabilisticActor, ValueOperator
from torchrl.objectives import ClipPPOLoss, ValueEstimators

from worlds.state import ACTS

NAMES, FRAMES = ["Ann", "Bob"], 2048
SEEN = ("both", "observation")


def wrapped(**choices: int) -> TransformedEnv:
    """Both are one group, whose observations, acts and rewards are arrays [2, ...]."""
    env = PettingZooWrapper(
        parallel_env(**choices), group_map={"both": NAMES}, categorical_actions=True, done_on_any=False
    )
    return TransformedEnv(env, RewardSum([("both", "reward")], [("both", "episode_reward")]))


def mlp(outputs: int) -> MultiAgentMLP:
    """One network for both, each with its own observation."""
    return MultiAgentMLP(
        FEATURES, outputs, n_agents=2, centralized=False, share_params=True, depth=2, num_cells=64
    )


def learn(steps: int) -> ProbabilisticActor:
    """Play FRAMES steps, learn from them, and so on."""
    env = wrapped()
    logits = TensorDictModule(mlp(len(ACTS)), in_keys=[SEEN], out_keys=[("both", "logits")])
    actor = ProbabilisticActor(
        logits, spec=env.full_action_spec_unbatched, in_keys={"logits": ("both", "logits")},
        out_keys=[("both", "action")], distribution_class=torch.distributions.Categorical,
        return_log_prob=True,
    )  # fmt: skip
    critic = ValueOperator(mlp(1), in_keys=[SEEN], out_keys=[("both", "state_value")])
    loss = ClipPPOLoss(actor, critic, entropy_coeff=0.01, normalize_advantage=True)
    loss.set_keys(
        reward=("both", "reward"), action=("both", "action"), value=("both", "state_value"),
        done=("both", "done"), terminated=("both", "terminated"), sample_log_prob=("both", "action_log_prob"),
        advantage=("both", "advantage"), value_target=("both", "value_target"),
    )  # fmt: skip
    loss.make_value_estimator(ValueEstimators.GAE, gamma=0.98, lmbda=0.95)
    optimizer = torch.optim.Adam(loss.parameters(), 1e-3)
    for frames in Collector(env, actor, frames_per_batch=FRAMES, total_frames=steps):
        with torch.no_grad():
            loss.value_estimator(frames)
        for _ in range(4):
            for rows in torch.randperm(len(frames)).split(256):
                parts = loss(frames[rows])
                optimizer.zero_grad()
                (parts["loss_objective"] + parts["loss_critic"] + parts["loss_entropy"]).backward()
                torch.nn.utils.clip_grad_norm_(loss.parameters(), 0.5)
                optimizer.step()
    return actor


def success(actor: ProbabilisticActor, episodes: int = 250) -> float:
    """Share of episodes that are paid for success, in rooms that were not met before."""
    env, ended = wrapped(**TEST), []
    with torch.no_grad():
        while len(ended) < episodes:
            last = env.rollout(41, actor)[-1]
            ended.append(bool((last["next", "both", "episode_reward"] >= 1).all()))
    return sum(ended) / len(ended)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=40_960)
    torch.manual_seed(0)
    learned = learn(parser.parse_args().steps)
    print(f"{success(learned):.2f} of new rooms")
    print(f"{time.process_time():.0f} s of processor time")
