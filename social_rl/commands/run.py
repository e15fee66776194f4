"""What can `social-rl run` be asked for?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from social_rl.commands.common import Cast, Choices, File, Level, Levels, Name, Texts


@dataclass(frozen=True)
class Run:
    """Play episodes with a cast and report success, return and steps."""

    scenario: Name
    """name of a scenario; social-rl scenarios lists them"""
    cast: Cast = ()
    """who plays whom: expert, seeing, mind[:CHECKPOINT], random, wander, noisy[:RATE], decoy, still; else experts"""
    instruction: Texts = ()
    """words for the first agent, the second, ...; played in houses where they can be carried out"""
    choices: Choices = ()
    """choices of the scenario, such as split=S1 agents=3"""
    levels: Levels = None
    """play these levels, from social-rl design or as text, instead of drawn ones"""
    level: Level = ""
    """play only this one of them: its number in the file, from 1, or its id or name"""
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
    record: Annotated[Path | None, tyro.conf.arg(metavar="DIR")] = None
    """write each episode there, as a replay: social-rl play --replay FILE, social-rl replay check FILE"""
    video: File = None
    """record some episodes as .mp4, .gif or .webp"""
    video_frames: int = 1000
    """most frames of the video, at which it stops"""
    trails: int = 0
    """for how many steps one sees in the video where agents walked"""
    tile: int = 32
    """pixels of a cell in the video"""
    fps: float = 8
    """steps a second in the video"""
