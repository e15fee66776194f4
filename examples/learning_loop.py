"""How do I write a learning loop of my own? PPO in one file, read from top to bottom.

An agent in a room of five by five cells is told what to switch off or to close, and is paid once it is so. The worlds
are a Gymnasium VectorEnv; the network and the loop are plain PyTorch, and know nothing of the rest of this project.

    python examples/learning_loop.py                    # 80,000 steps, some minutes on one core
    python examples/learning_loop.py --steps 20000      # a first look
"""

import argparse
from dataclasses import dataclass

import gymnasium
import numpy as np
import torch
from gymnasium.vector import AutoresetMode
from torch import Tensor, nn
from torch.distributions import Categorical

from worlds import vector_env
from worlds.language.tokens import VOCABULARY
from worlds.objects import PLACE_KIND, PLACE_STATE, PLACE_WALKABLE

ROOM = {"agents": 1, "side": 7, "rooms": (1, 1), "furniture": (1, 2), "distractors": (0, 1), "step_limit": 40}
TASK = {"kinds": ("switch off", "close"), "clauses": (1, 1), "quantities": 0.0, "shut": 0.0, "locked": 0.0}


@dataclass(frozen=True)
class Config:
    """What may be chosen, each as `--name value`."""

    steps: int = 81_920  # of all worlds together
    worlds: int = 64
    rollout: int = 32  # steps between two updates
    epochs: int = 3
    minibatch: int = 512
    learning_rate: float = 1e-3
    gamma: float = 0.98
    gae: float = 0.95  # lambda of the generalised advantage estimate
    clip: float = 0.2
    entropy: float = 0.01
    seed: int = 0


class Network(nn.Module):
    """From an observation to logits of the acts and a value: of each cell what matters here, its senses, its words."""

    places: Tensor

    def __init__(self, acts: int, cells: int = 7 * 7) -> None:
        super().__init__()
        matters = np.stack([PLACE_WALKABLE, PLACE_KIND > 0, PLACE_STATE > 0], 1)  # of each byte of a place
        self.register_buffer("places", torch.from_numpy(matters).float())
        self.senses = nn.Embedding(256, 8)
        self.words = nn.EmbeddingBag(len(VOCABULARY), 32, mode="sum", padding_idx=0)
        self.trunk = nn.Sequential(
            nn.Linear(cells * 4 + 8 * 8 + 32, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU()
        )
        self.policy, self.value = nn.Linear(128, acts), nn.Linear(128, 1)
        nn.init.zeros_(self.policy.weight)  # begin with all acts equally likely

    def forward(self, seen: dict[str, Tensor]) -> tuple[Categorical, Tensor]:
        """A distribution over acts and values, [B], of observations with B rows."""
        place, _, agent = seen["view"].unbind(1)
        parts = [
            self.places[place.long()].flatten(1),
            (agent > 0).flatten(1),
            self.senses(seen["self"].long()).flatten(1),
            self.words(seen["instruction"].long()),
        ]
        hidden = self.trunk(torch.cat(parts, 1))
        return Categorical(logits=self.policy(hidden)), self.value(hidden)[:, 0]


def tensors(seen: dict[str, np.ndarray]) -> dict[str, Tensor]:
    """An observation as PyTorch has it."""
    return {name: torch.from_numpy(part) for name, part in seen.items()}


def learn(config: Config) -> Network:
    """Play, learn from what was played, and so on."""
    torch.manual_seed(config.seed)
    env = vector_env(
        "tidy_up", config.worlds, levels=4096, seed=config.seed, autoreset_mode=AutoresetMode.SAME_STEP,
        **ROOM, **TASK,
    )  # fmt: skip
    network = Network(env.single_action_space.n)
    optimizer = torch.optim.Adam(network.parameters(), config.learning_rate, eps=1e-5)
    seen, _ = env.reset()
    successes: list[bool] = []
    updates = config.steps // (config.worlds * config.rollout)
    for update in range(1, updates + 1):
        seen, batch, ended = play(env, network, seen, config)
        successes += ended
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate * (1 - (update - 1) / updates)
        improve(network, optimizer, batch, config)
        if update % max(updates // 10, 1) == 0:
            steps, recent = update * config.worlds * config.rollout, successes[-500:]
            print(f"{steps:>8} steps   {np.mean(recent):.2f} of the last {len(recent)} episodes succeeded")
    return network


def play(env: gymnasium.vector.VectorEnv, network: Network, seen: dict, config: Config) -> tuple:
    """A rollout: what was seen last, what there is to learn from, and how episodes ended."""
    kept, ended = [], []
    for _ in range(config.rollout):
        with torch.no_grad():
            policy, value = network(tensors(seen))
            act = policy.sample()
        following, reward, terminated, truncated, info = env.step(act.numpy())
        # An episode that was only cut goes on in thought: what would have come is worth what the network expects.
        beyond = np.zeros(config.worlds, np.float32)
        if truncated.any():
            last = [info["final_obs"][w] for w in np.flatnonzero(truncated)]
            with torch.no_grad():
                _, worth = network(tensors({name: np.stack([o[name] for o in last]) for name in last[0]}))
            beyond[truncated] = worth.numpy()
        over = terminated | truncated
        ended += info["final_info"]["success"][over].tolist() if over.any() else []
        gained = torch.from_numpy(reward + config.gamma * beyond)
        kept.append((tensors(seen), act, policy.log_prob(act), value, gained, torch.from_numpy(over)))
        seen = following
    with torch.no_grad():
        _, value_next = network(tensors(seen))
    advantage, advantages = torch.zeros(config.worlds), []
    for _, _, _, value, gained, over in reversed(kept):
        error = gained + config.gamma * value_next * ~over - value
        advantage = error + config.gamma * config.gae * advantage * ~over
        advantages.insert(0, advantage)
        value_next = value
    views, acts, chances, values, _, _ = zip(*kept, strict=True)
    batch = {name: torch.cat([view[name] for view in views]) for name in views[0]}
    batch |= {"act": torch.cat(acts), "log_chance": torch.cat(chances), "advantage": torch.cat(advantages)}
    return seen, batch | {"target": batch["advantage"] + torch.cat(values)}, ended


def improve(network: Network, optimizer: torch.optim.Optimizer, batch: dict, config: Config) -> None:
    """Several passes of PPO's clipped loss (Schulman et al. 2017) over a rollout."""
    for _ in range(config.epochs):
        for rows in torch.randperm(len(batch["act"])).split(config.minibatch):
            part = {name: values[rows] for name, values in batch.items()}
            policy, value = network(part)
            ratio = (policy.log_prob(part["act"]) - part["log_chance"]).exp()
            gain = (part["advantage"] - part["advantage"].mean()) / (part["advantage"].std() + 1e-8)
            clipped = ratio.clamp(1 - config.clip, 1 + config.clip)
            loss = -torch.min(ratio * gain, clipped * gain).mean() - config.entropy * policy.entropy().mean()
            loss = loss + 0.5 * (value - part["target"]).pow(2).mean()
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 0.5)
            optimizer.step()


def evaluate(network: Network, episodes: int = 500, seed: int = 1000) -> float:
    """Share of episodes that succeed, one in each of so many rooms that were drawn anew; acts are drawn, too."""
    env = vector_env("tidy_up", episodes, levels=episodes, seed=seed, autoreset_mode=AutoresetMode.SAME_STEP,
                     **ROOM, **TASK)  # fmt: skip
    seen, _ = env.reset()
    over, success = np.zeros(episodes, bool), np.zeros(episodes, bool)
    while not over.all():
        with torch.no_grad():
            act = network(tensors(seen))[0].sample().numpy()
        seen, _, terminated, truncated, info = env.step(act)
        success |= info["success"] & ~over  # of later episodes nothing counts
        over |= terminated | truncated
    return float(success.mean())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in vars(Config()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    learned = learn(Config(**vars(parser.parse_args())))
    print(f"{evaluate(learned):.2f} of 500 new rooms")
