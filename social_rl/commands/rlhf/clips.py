"""What can `social-rl rlhf clips` be asked for?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

Mind = Annotated[Path | None, tyro.conf.arg(metavar="MIND")]


@dataclass(frozen=True)
class Clips:
    """Gather clips of a mind's behaviour, let them be compared, and fit a reward model that reads them.

    What was cut goes on when it is called again; with more --comparisons it gathers more and fits anew.
    """

    to: Path = Path("clips")
    """folder of the store, its replays and the reward model"""
    mind: Mind = None
    """checkpoint or run of the mind that is watched, and whose trunk reads; else the shipped one"""
    human: bool = False
    """people compare (social-rl label), else a synthetic rater does"""
    rater: str = "boltzmann"
    """who compares, if people do not: a name of the table of synthetic raters"""
    comparisons: int = 3000
    """choices to gather; each agent of a house is asked about once for progress as well"""
    worlds: int = 32
    """houses of a round, of two agents each, played four times"""
    split: str = "S0"
    """of houses"""
    steps: int = 64
    """of an episode at most"""
    members: int = 1
    """of the reward model"""
    freeze: bool = False
    """the trunk stays as it is and the head alone learns"""
    learning_rate: float = 1e-3
    """of the reward model; it falls to 0"""
    batch: int = 8
    """levels of a step, with all that was said of them"""
    workers: int = 2
    """threads that learn side by side"""
    seed: int = 0
    """of everything"""
