"""Which commands has `social-rl rlhf`?"""

from dataclasses import dataclass
from typing import Annotated

from tyro.conf import subcommand

from social_rl.commands.rlhf.clips import Clips
from social_rl.commands.rlhf.compare import Compare
from social_rl.commands.rlhf.direct import Direct
from social_rl.commands.rlhf.export import ExportStore
from social_rl.commands.rlhf.mind import TuneMind
from social_rl.commands.rlhf.offline import Offline
from social_rl.commands.rlhf.ppo import Ppo
from social_rl.commands.rlhf.quickstart import Quickstart
from social_rl.commands.rlhf.reward import CheckReward, Reward
from social_rl.commands.rlhf.sft import Sft
from social_rl.commands.rlhf.tutor import Tutor
from social_rl.commands.rlhf.understand import Understand
from social_rl.commands.rlhf.wordings import Wordings


@dataclass(frozen=True)
class Rlhf:
    """How free words are understood, and what agents learn from people."""

    command: (
        Annotated[Quickstart, subcommand("quickstart")]
        | Annotated[Sft, subcommand("sft")]
        | Annotated[Reward, subcommand("reward")]
        | Annotated[CheckReward, subcommand("check-reward")]
        | Annotated[Ppo, subcommand("ppo")]
        | Annotated[Direct, subcommand("direct")]
        | Annotated[Compare, subcommand("compare")]
        | Annotated[Clips, subcommand("clips")]
        | Annotated[TuneMind, subcommand("mind")]
        | Annotated[ExportStore, subcommand("export")]
        | Annotated[Tutor, subcommand("tutor")]
        | Annotated[Offline, subcommand("offline")]
        | Annotated[Understand, subcommand("understand")]
        | Annotated[Wordings, subcommand("wordings")]
    )
