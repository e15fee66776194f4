"""What can `social-rl rlhf mind` be asked for?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from social_rl.commands.common import RunPath
from social_rl.commands.rlhf.clips import Mind
from social_rl.commands.rlhf.ppo import Reward


@dataclass(frozen=True)
class TuneMind:
    """Fine-tune the acts of a mind by a clip reward model (PPO with KL control to the mind it begins as)."""

    name: str = "mind"
    """of the run"""
    runs: Path = Path("runs")
    """folder of all runs"""
    resume: RunPath = None
    """go on with this run, as it was asked for"""
    at: Annotated[int | None, tyro.conf.arg(metavar="EPISODES")] = None
    """go on from the checkpoint of these episodes and not from the newest; later checkpoints are set aside"""
    mind: Mind = None
    """begin with this checkpoint or run, and stay near it; else the shipped mind"""
    reward: Reward = None
    """folder of the clip reward model, as rlhf clips writes it"""
    updates: int = 40
    """each is learned from new episodes in new houses"""
    worlds: int = 32
    """of two agents each, an episode of each for an update"""
    split: str = "S0"
    """of houses"""
    steps: int = 64
    """of an episode at most"""
    critic_updates: int = 3
    """at the start, in which values alone are learned"""
    learning_rate: float = 3e-4
    """it falls to 0"""
    kl: float = 0.1
    """coefficient of the KL to the mind it begins as, paid at each step"""
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
    workers: int = 2
    """threads that play and learn side by side"""
    tests: int = 48
    """houses that nobody learned in, of the table before and after"""
    report: int = 1
    """updates between lines of figures"""
    evaluate: int = 0
    """updates between evaluations, 0 for none"""
    save: int = 5
    """updates between checkpoints"""
    keep: int = 3
    """how many checkpoints are kept"""
    seed: int = 0
    """of everything"""
