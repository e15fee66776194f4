"""What can `social-rl rlhf ppo` be asked for?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from social_rl.commands.common import RunPath
from social_rl.commands.rlhf.sft import Model

Reward = Annotated[Path | None, tyro.conf.arg(metavar="REWARD")]

Baseline = Literal["critic", "others", "group"]


@dataclass(frozen=True)
class Ppo:
    """Fine-tune a language model by a reward model (PPO with KL control to the model it begins as)."""

    name: str = "ppo"
    """of the run"""
    runs: Path = Path("runs")
    """folder of all runs"""
    resume: RunPath = None
    """go on with this run, as it was asked for"""
    at: Annotated[int | None, tyro.conf.arg(metavar="EPISODES")] = None
    """go on from the checkpoint of these episodes and not from the newest; later checkpoints are set aside"""
    model: Model = None
    """begin with this language model, and stay near it; else the shipped one"""
    reward: Reward = None
    """folder of the reward model, as rlhf reward writes it"""
    mind: Annotated[Path | None, tyro.conf.arg(metavar="MIND")] = None
    """checkpoint or run of who carries subgoals out; else the shipped mind"""
    updates: int = 60
    """of the policy; each is learned from new episodes in new houses"""
    worlds: int = 48
    """of two agents each, an episode of each for an update"""
    plays: int = 1
    """episodes of each agent in each world, side by side; needed to compare with each other: 2 and more"""
    baseline: Baseline = "critic"
    """what a score is measured against: what a critic expects (PPO), the mean of the others of its plays (RLOO), or
    mean and spread of all of them (GRPO)"""
    split: str = "S0"
    """of houses"""
    critic_updates: int = 3
    """at the start, in which the critic alone learns"""
    learning_rate: float = 2e-4
    """of the policy; it falls to 0"""
    critic_rate: float = 3e-4
    """of the critic; it falls to 0"""
    kl: float = 0.02
    """coefficient of the KL to the model it begins as"""
    kl_target: float | None = None
    """KL of an episode in nats at which the coefficient is to keep it; none: the coefficient is fixed"""
    kl_horizon: int = 10_000
    """episodes over which the coefficient may change e-fold"""
    discount_turns: float = 1.0
    """of what comes after a turn of a talk; 1: all count alike"""
    trace: float = 0.95
    """lambda of advantages"""
    clip: float = 0.2
    """of the ratio of probabilities"""
    epochs: int = 2
    """how often the episodes of an update are gone through"""
    minibatches: int = 4
    """steps of an epoch"""
    caution: float = 0.0
    """standard deviations of the members of a reward model that are taken off their mean"""
    temperature: float = 1.0
    """at which answers are drawn"""
    workers: int = 2
    """threads that learn side by side"""
    report: int = 1
    """updates between lines of figures"""
    evaluate: int = 10
    """updates between evaluations, 0 for none"""
    save: int = 5
    """updates between checkpoints"""
    keep: int = 3
    """how many checkpoints are kept"""
    seed: int = 0
    """of everything"""
