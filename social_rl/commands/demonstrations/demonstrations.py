"""Which commands has `social-rl demonstrations`?"""

from dataclasses import dataclass
from typing import Annotated

from tyro.conf import subcommand

from social_rl.commands.demonstrations.tabular import Tabular
from social_rl.commands.demonstrations.transfer import Transfer


@dataclass(frozen=True)
class Demonstrations:
    """What others want, learned from what they do."""

    command: Annotated[Tabular, subcommand("tabular")] | Annotated[Transfer, subcommand("transfer")]
