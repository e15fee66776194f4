"""What can `social-rl rlhf offline` be asked for?"""

from dataclasses import dataclass
from typing import Annotated, Literal

import tyro

from social_rl.commands.common import File

Methods = Annotated[
    tuple[Literal["bc", "bc_best", "q", "dropout_q", "dbcq", "kl_q", "kl_psi", "kl_psi_best"], ...],
    tyro.conf.arg(name="method", metavar="[{bc,bc_best,q,dropout_q,dbcq,kl_q,kl_psi,kl_psi_best} ...]"),
]
Rewards = Annotated[
    tuple[
        Literal["sentiment", "classifier", "signals", "thanks", "votes", "both", "tokens", "turns", "talk"],
        ...,
    ],
    tyro.conf.arg(
        name="reward", metavar="[{sentiment,classifier,signals,thanks,votes,both,tokens,turns,talk} ...]"
    ),
]


@dataclass(frozen=True)
class Offline:
    """Learn to talk from logged talks with implicit feedback, and measure it on a simulated person (Way Off-Policy)."""

    methods: Methods = ("bc", "bc_best", "q", "dropout_q", "dbcq", "kl_q", "kl_psi", "kl_psi_best")
    """imitation, and its commonest reply always; batch Q; with dropout targets; discrete BCQ; KL-control by Q, and by
    Psi, which draws its replies or takes the best"""
    rewards: Rewards = ("signals",)
    """words taken by a lexicon or a classifier; signals (thanks, corrects, repeats, sighs, takes over); thanks alone;
    votes; signals and votes; length of replies in tokens, of talks in turns, or of whole talks"""
    seeds: int = 3
    """how many times, each with a log of its own"""
    talks: int = 300
    """that are logged"""
    votes: float = 0.05
    """share of talks in which the person votes"""
    file: File = None
    """learn from the talks of this file (JSON Lines) and not from a simulated log"""
    write: File = None
    """write the log of the first seed here"""
    updates: int = 1500
    """of each method"""
    discount: float = 0.99
    """between turns"""
    c: float = 0.5
    """rewards are divided by it where KL is controlled"""
    persons: int = 400
    """that talk with each policy to measure it"""
    json: File = None
    """write every figure of every seed here, as it is measured; what is there is not measured again"""
    seed: int = 0
    """the first of the seeds"""
