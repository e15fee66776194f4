"""What can `social-rl edit` be asked for?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from social_rl.commands.common import Cast, Choices, File, Level

LevelFile = Annotated[Path | None, tyro.conf.Positional, tyro.conf.arg(metavar="[LEVEL]")]


@dataclass(frozen=True)
class Edit:
    """Paint a level in a window, with what is wrong with it and whether it can be done; play it, save it."""

    file: LevelFile = None
    """a level as text, or a curriculum; a file that is not there yet is made; none: a level that the scenario draws"""
    level: Level = ""
    """which level of a file of several"""
    scenario: str = "house"
    """name of the scenario that plays the level"""
    choices: Choices = ()
    """choices of the scenario"""
    cast: Cast = ()
    """who plays whom when the level is played, as in social-rl run"""
    seed: int = 0
    """of drawn levels, and of all chance"""
    screenshot: File = None
    """save a picture of the editor as .png and go; this needs no display"""
