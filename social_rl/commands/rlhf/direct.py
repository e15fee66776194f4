"""What can `social-rl rlhf direct` be asked for?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from social_rl.commands.rlhf.reward import StorePath
from social_rl.commands.rlhf.sft import Model


@dataclass(frozen=True)
class Direct:
    """Fine-tune a language model on comparisons themselves, without a reward model and without new episodes.

    The controls of PPO: direct preference optimisation, and imitation of what was preferred.
    """

    store: StorePath
    """file of comparisons and labels, beside which the turns of episodes are kept (as quickstart does)"""
    method: Annotated[Literal["dpo", "filtered"], tyro.conf.arg(metavar="dpo|filtered")] = "dpo"
    """dpo: what was preferred becomes likelier than what was not; filtered: what was preferred is imitated"""
    to: Path = Path("direct")
    """a new folder for the model"""
    model: Model = None
    """begin with this language model, whose episodes they are; else the shipped one"""
    human: bool = False
    """learn from labels of people, else from those of synthetic raters; never of both"""
    kl: float = 0.1
    """of dpo: how dear it is to leave the model it begins as (beta)"""
    epochs: int = 1
    """passes over the comparisons"""
    batch: int = 32
    """comparisons of a step"""
    learning_rate: float = 2e-4
    """at the start; it falls to 0"""
    workers: int = 2
    """threads that learn side by side"""
    seed: int = 0
    """of the order"""
