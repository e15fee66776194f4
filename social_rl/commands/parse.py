"""What can `social-rl parse` be asked for?"""

from dataclasses import dataclass
from typing import Annotated

import tyro

from social_rl.commands.common import File


@dataclass(frozen=True)
class Parse:
    """Show what an instruction means."""

    text: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="TEXT")]
    """the instruction, in quotes"""
    speaker: str = ""
    """who says "me": a name, such as Bob"""
    model: str = ""
    """language model that reads what the grammar refuses: a folder, a run or a checkpoint; by default the shipped
    one, if there is one; none: the grammar alone"""
    json: File = None
    """write the goal here"""
