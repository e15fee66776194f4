"""What can `social-rl play` be asked for?"""

from dataclasses import dataclass
from typing import Annotated

import tyro

from social_rl.commands.common import Cast, Choices, File, Level, Levels, Name, Texts

Beside = Annotated[tuple[str, ...], tyro.conf.arg(metavar="[[NAME=]POLICY ...]")]


@dataclass(frozen=True)
class Play:
    """Open a window on a scenario: watch, steer, instruct."""

    scenario: Name = "house"
    """name of a scenario; social-rl scenarios lists them"""
    replay: File = None
    """show this episode, of social-rl run --record or of the window, instead of new ones"""
    cast: Cast = ()
    """who plays whom, as in social-rl run; of a replay, who is asked instead of those who played"""
    beside: Beside = ()
    """the same level twice, side by side with one clock: on the right, these play instead; a POLICY alone plays all"""
    instruction: Texts = ()
    """words for the first agent, the second, ..."""
    choices: Choices = ()
    """choices of the scenario, such as split=S1 agents=3"""
    levels: Levels = None
    """show these levels, from social-rl design or as text, instead of drawn ones"""
    level: Level = ""
    """show only this one of them: its number in the file, from 1, or its id or name"""
    seed: int = 0
    """of levels and of all chance"""
    tile: int = 40
    """pixels of a cell"""
    fps: float = 8
    """steps a second"""
    record: File = None
    """write what is seen as .mp4, .gif or .webp"""
    screenshot: File = None
    """save the first picture as .png and go; this needs no display"""
    frames: int = 0
    """close after so many frames, 0: when the window is closed"""
    log_talk: File = None
    """add what you type to agents, and their kinds of reply, to this file, for social-rl rlhf offline --file"""
