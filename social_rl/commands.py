"""What can be asked on the command line? One record for each command; its fields are the options.

Only light imports here: `social-rl --help` reads this file and nothing else.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

Name = Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="SCENARIO")]
Choices = Annotated[tuple[str, ...], tyro.conf.arg(name="set", metavar="[CHOICE=VALUE ...]")]
Cast = Annotated[tuple[str, ...], tyro.conf.arg(metavar="[NAME=POLICY ...]")]
Texts = Annotated[tuple[str, ...], tyro.conf.arg(metavar="[TEXT ...]")]
File = Annotated[Path | None, tyro.conf.arg(metavar="FILE")]


@dataclass(frozen=True)
class Run:
    """Play episodes with a cast and report success, return and steps."""

    scenario: Name
    """name of a scenario; social-rl scenarios lists them"""
    cast: Cast = ()
    """who plays whom: expert, seeing, random, wander, noisy[:RATE], decoy or still; others are experts"""
    instruction: Texts = ()
    """words for the first agent, the second, ...; played in houses where they can be carried out"""
    choices: Choices = ()
    """choices of the scenario, such as split=S1 agents=3"""
    worlds: int = 64
    """how many run side by side"""
    episodes: int = 256
    """how many to play, each on a level of its own"""
    seed: int = 0
    """of levels and of all chance"""
    threads: int = 0
    """0: one for each core"""
    json: File = None
    """write the results here"""
    video: File = None
    """record some episodes as .mp4, .gif or .webp"""
    tile: int = 32
    """pixels of a cell in the video"""
    fps: float = 8
    """steps a second in the video"""


@dataclass(frozen=True)
class Play:
    """Open a window on a scenario: watch, steer, instruct."""

    scenario: Name = "house"
    """name of a scenario; social-rl scenarios lists them"""
    cast: Cast = ()
    """who plays whom, as in social-rl run"""
    instruction: Texts = ()
    """words for the first agent, the second, ..."""
    choices: Choices = ()
    """choices of the scenario, such as split=S1 agents=3"""
    seed: int = 0
    """of levels and of all chance"""
    tile: int = 40
    """pixels of a cell"""
    fps: float = 8
    """steps a second"""
    record: File = None
    """write what is seen as .mp4, .gif or .webp"""
    frames: int = 0
    """close after so many frames, 0: when the window is closed"""


@dataclass(frozen=True)
class Parse:
    """Show what an instruction means."""

    text: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="TEXT")]
    """the instruction, in quotes"""
    json: File = None
    """write the goal here"""


@dataclass(frozen=True)
class Scenarios:
    """List the scenarios and what can be chosen of them."""


@dataclass(frozen=True)
class Bench:
    """Measure speed on this machine."""

    subject: tyro.conf.Positional[Literal["sim"]]
    """what to measure: the simulator"""
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


@dataclass(frozen=True)
class Doctor:
    """Check that everything needed is here and works."""
