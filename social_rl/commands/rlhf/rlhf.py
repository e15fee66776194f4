"""Which commands has `social-rl rlhf`?"""

from dataclasses import dataclass
from typing import Annotated

from tyro.conf import subcommand

from social_rl.commands.rlhf.offline import Offline
from social_rl.commands.rlhf.sft import Sft
from social_rl.commands.rlhf.tutor import Tutor
from social_rl.commands.rlhf.understand import Understand
from social_rl.commands.rlhf.wordings import Wordings


@dataclass(frozen=True)
class Rlhf:
    """How free words are understood, and what agents learn from people."""

    command: (
        Annotated[Offline, subcommand("offline")]
        | Annotated[Sft, subcommand("sft")]
        | Annotated[Tutor, subcommand("tutor")]
        | Annotated[Understand, subcommand("understand")]
        | Annotated[Wordings, subcommand("wordings")]
    )
