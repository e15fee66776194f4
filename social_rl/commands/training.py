"""Which commands has `social-rl train`?"""

from dataclasses import dataclass
from typing import Annotated

from tyro.conf import subcommand

from social_rl.commands.social import Social
from social_rl.commands.train import Train


@dataclass(frozen=True)
class Trainings:
    """Train a mind: to follow instructions, or beside others."""

    command: Annotated[Train, subcommand("instruct")] | Annotated[Social, subcommand("social")]
