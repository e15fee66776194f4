"""What can `social-rl bench` be asked for?"""

from dataclasses import dataclass
from typing import Literal

import tyro

from social_rl.commands.common import Choices, File


@dataclass(frozen=True)
class Bench:
    """Measure speed on this machine."""

    subject: tyro.conf.Positional[Literal["sim", "train", "design", "language", "rlhf", "viewer"]]
    """what to measure: the simulator, learning, cycles of design on mazes, a language model, its tuning, the window"""
    what: Literal["step", "env", "batch64", "expert", "levels"] = "step"
    """many worlds, one PettingZoo world, 64 worlds, the expert's decisions, generated levels"""
    scenario: str = "maze"
    """name of a scenario"""
    choices: Choices = ()
    """choices of the scenario, such as split=S1"""
    agents: int = 2
    """in each world"""
    worlds: int = 1024
    """how many run side by side"""
    steps: int = 1000
    """in each run (levels: how many levels)"""
    runs: int = 7
    """the median of them counts"""
    threads: int = 0
    """0: one for each core"""
    seed: int = 0
    """of levels, acts and all chance"""
    cold: bool = False
    """also time a first step without compiled rules, which takes about a minute"""
    json: File = None
    """write the results here"""
    record: bool = False
    """add the results to benchmarks/results.jsonl"""
