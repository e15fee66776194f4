"""What can `social-rl rlhf reward` and `social-rl rlhf check-reward` be asked for?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from social_rl.commands.common import File
from social_rl.commands.rlhf.sft import Model

StorePath = Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="STORE")]
Folder = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="REWARD")]


@dataclass(frozen=True)
class Reward:
    """Fit a reward model to the comparisons that a store holds, and check its health."""

    store: StorePath
    """file or URL of comparisons and labels"""
    to: Path = Path("reward")
    """a new folder for it"""
    model: Model = None
    """language model that it begins as; else the shipped one"""
    human: bool = False
    """learn from labels of people, else from those of synthetic raters; never of both"""
    held_out: tuple[str, ...] = ()
    """raters whose labels are not learned from, but checked on"""
    members: int = 3
    """of the ensemble"""
    learning_rate: float = 3e-4
    """at the start; it falls to 0"""
    batch: int = 8
    """levels of a step, with all their comparisons"""
    workers: int = 2
    """threads that learn side by side"""
    seed: int = 0
    """of heads and of order"""


@dataclass(frozen=True)
class CheckReward:
    """Measure whether a reward model can be trusted, on levels that it did not learn from."""

    reward: Folder
    """folder of the reward model"""
    store: str = ""
    """file or URL of the comparisons and labels to check it on; else those that it was fitted to, of other levels"""
    human: bool = False
    """check it on labels of people, else on those of synthetic raters"""
    json: File = None
    """write the figures here"""
