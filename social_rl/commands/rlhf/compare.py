"""What can `social-rl rlhf compare` be asked for?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from social_rl.commands.common import File
from social_rl.commands.rlhf.ppo import Reward

Models = Annotated[tuple[Path, ...], tyro.conf.Positional, tyro.conf.arg(metavar="MODEL...")]
Counts = Annotated[tuple[int, ...], tyro.conf.arg(metavar="N...")]


@dataclass(frozen=True)
class Compare:
    """Let language models lead agents in the same new houses, and say which is preferred in truth to the first.

    With --best-of, also the first model where the best of N of its episodes by a reward model counts.
    """

    models: Models
    """checkpoints or runs; all are compared with the first"""
    reward: Reward = None
    """folder of a reward model: its score of each policy is shown too"""
    best_of: Counts = ()
    """numbers of episodes of which the best by --reward counts, for the first model"""
    mind: Annotated[Path | None, tyro.conf.arg(metavar="MIND")] = None
    """checkpoint or run of who carries subgoals out; else the shipped mind"""
    tests: int = 96
    """houses, of two agents each"""
    split: str = "S1"
    """of houses"""
    seed: int = 0
    """of houses and of answers that are drawn"""
    json: File = None
    """write the figures here"""
