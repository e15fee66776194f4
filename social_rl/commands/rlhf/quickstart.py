"""What can `social-rl rlhf quickstart` be asked for?"""

from dataclasses import dataclass
from pathlib import Path

from social_rl.commands.rlhf.sft import Model


@dataclass(frozen=True)
class Quickstart:
    """From demonstrations of mixed quality to a policy that does what is preferred: every step, in one folder.

    A quickstart that was cut goes on when it is called again.
    """

    name: str = "quickstart"
    """of the folder"""
    runs: Path = Path("runs")
    """folder of all runs"""
    model: Model = None
    """language model to begin with; else the shipped one"""
    human: bool = False
    """you compare episodes yourself, in a window or in the browser; else a synthetic rater does"""
    rater: str = "boltzmann"
    """who compares, if it is not you: a name of the table of synthetic raters"""
    examples: int = 10_240
    """of demonstrations to learn from first"""
    comparisons: int = 2000
    """to gather, at most"""
    rounds: int = 2
    """in which they are gathered, each of the policy that the one before gave; each fits and tunes anew"""
    members: int = 3
    """of the reward model"""
    updates: int = 24
    """of PPO"""
    worlds: int = 16
    """houses that are played in at a time, by two agents, four times side by side"""
    tests: int = 96
    """houses of the table before and after"""
    seed: int = 0
    """of everything"""
