"""What can `social-rl rlhf tutor` be asked for?"""

from dataclasses import dataclass
from typing import Annotated, Literal

import tyro

from social_rl.commands.common import File

Methods = Annotated[
    tuple[Literal["q", "psi", "g", "rl"], ...], tyro.conf.arg(name="method", metavar="[{q,psi,g,rl} ...]")
]


@dataclass(frozen=True)
class Tutor:
    """Compare ways of teaching a sequence model rules beside what it learned from data (Sequence Tutor)."""

    task: Literal["melody", "routine"] = "melody"
    """tunes with the rules of the paper, or household routines"""
    methods: Methods = ("q", "psi", "g", "rl")
    """Q, Psi and G learning beside the prior, and reward alone"""
    seeds: int = 3
    """how many times, each with a prior of its own"""
    rounds: int = 400
    """of learning; in each, new sequences are drawn"""
    discount: float = 0.5
    """of a token's value by the next one's"""
    c: float = 0.5
    """rewards of the rules are divided by it: a greater one stays nearer to the prior"""
    explores: float = 0.2
    """share of random tokens at the beginning; 0 where one random token spoils a whole sequence, as in routines"""
    hidden: int = 64
    """units of the networks"""
    prior_steps: int = 600
    """batches of data that the prior learns from"""
    sequences: int = 1000
    """that are drawn of each policy to measure it"""
    json: File = None
    """write every figure of every seed here, as it is measured; what is there is not measured again"""
    seed: int = 0
    """the first of the seeds"""
