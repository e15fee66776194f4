"""What can `social-rl evaluate` be asked for?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from social_rl.commands.common import Cast, Choices, File


@dataclass(frozen=True)
class Evaluate:
    """Measure how well a mind follows instructions, also in houses made by hand, or solves mazes."""

    checkpoint: Annotated[
        tuple[Path, ...], tyro.conf.Positional, tyro.conf.arg(metavar="[CHECKPOINT ...]")
    ] = ()
    """folder of a checkpoint, or of a run, whose newest one is taken; the shipped mind if none is named; several
    that were trained alike but for the seed: one for each of the seeds here"""
    split: tuple[Literal["S0", "S1", "S2", "S4", "S5", "S6", "S7", "crossed"], ...] = ("S0", "S1")
    """which instructions and houses; social-rl splits tells what each holds out"""
    episodes: int = 500
    """for each split and seed, each on a level of its own"""
    seeds: int = 3
    """how many times other levels are drawn; if several checkpoints are named, as many as they are"""
    first_seed: int = 1000
    """of the levels; training takes others"""
    rows: tuple[
        Literal[
            "mind",
            "shuffled",
            "blind",
            "random",
            "seeing",
            "expert",
            "lm",
            "lm+seeing",
            "lm+expert",
            "grammar+lm",
        ],
        ...,
    ] = (
        "mind",
        "random",
        "seeing",
    )
    """who plays the same levels; shuffled and blind: the mind, with its words in disorder or hidden; seeing: the expert
    that knows what its agent has seen; expert: the one that knows the whole house; lm: a language model leads the mind,
one subgoal after another; lm+seeing, lm+expert: it leads the experts; grammar+lm: it leads the mind, but is not asked
what is meant by words that the grammar understands, as with --cast ann=lm"""
    language: Annotated[tuple[Path, ...] | None, tyro.conf.arg(metavar="[CHECKPOINT]")] = None
    """add the row lm, led by this language model: a folder, a run or a checkpoint; the shipped one if none is named"""
    cannot: bool = True
    """also measure whether the mind knows what cannot be done"""
    suite: Literal["instructions", "houses", "mazes", "social", "orders"] = "instructions"
    """instructions: the splits above; houses: those made by hand (evaluation/houses.txt); mazes: the fixed and drawn
    ones of the literature; houses and mazes are played seeds times episodes each; social: runs of train social, in
company and alone, on new levels of their scenario; orders: a mind watches an expert do three chores in an order that it
is not told, in 20 episodes of each household, and is asked now and then what it has learned"""
    random_levels: int = 0
    """mazes: so many solvable mazes by chance, too (10000 as published); mean, and mean of the worst .01, .1, 1, 2, 5
    and 10 %, which are chosen by one set of episodes and scored by another"""
    protocol: tuple[Literal["ours", "dcd", "minimax", "jaxued", "sfl", "ncc"], ...] = ("ours",)
    """mazes: under which conditions; published ones have no more episodes than they say"""
    agents: int = 2
    """in each world; all of them are played by the mind"""
    choices: Choices = ()
    """choices of the houses, such as clauses=1,1"""
    cast: Cast = ()
    """social: who is played by whom instead of as in training, such as bob=pool:runs/held-out"""
    json: File = None
    """write the results here"""
