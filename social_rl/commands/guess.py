"""What can `social-rl guess` be asked for?"""

from dataclasses import dataclass
from typing import Literal

from social_rl.commands.common import Cast, Choices, File, Name


@dataclass(frozen=True)
class Guess:
    """How soon does it show what agents were told? Watch them, and guess among goals that they may have been given."""

    scenario: Name = "house"
    """name of a scenario without mechanics of its own"""
    cast: Cast = ()
    """who plays whom, as in social-rl run; all are watched"""
    by: tuple[Literal["costs", "acts", "sight"], ...] = ("costs",)
    """costs: agents are likely to do what costs the all-knowing expert least; acts: to act as it does, which is much
sooner worked out; sight: to act as the expert does that knows what its agent has seen"""
    candidates: int = 8
    """goals to choose from: the agent's own, and others that can be done in its house"""
    beta: float = 1.0
    """costs: how much likelier an act is that loses one act less, as the exponent of e"""
    error: float = 0.1
    """acts and sight: share of acts that are none of the expert's"""
    choices: Choices = ()
    """choices of the scenario, such as split=S1 agents=3"""
    worlds: int = 50
    """how many run side by side"""
    episodes: int = 200
    """how many to watch, each on a level of its own"""
    seed: int = 0
    """of levels, goals and all chance"""
    threads: int = 0
    """0: one for each core"""
    json: File = None
    """write the results here"""
