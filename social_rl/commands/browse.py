"""What can `social-rl browse` be asked for?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from social_rl.commands.common import Cast, File

RunOrFile = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="RUN|CURRICULUM")]


@dataclass(frozen=True)
class Browse:
    """Look through the levels of a run of design in a window: scores, ancestors, changes; play or paint any of them."""

    run: RunOrFile
    """folder of the run, or its curriculum"""
    cast: Cast = ()
    """who plays whom, as in social-rl run; else the mind of the run, where there is one"""
    seed: int = 0
    """of all chance"""
    screenshot: File = None
    """save a picture of the gallery as .png and go; this needs no display"""
