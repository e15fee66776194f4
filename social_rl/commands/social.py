"""What can `social-rl train social` be asked for?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from social_rl.commands.common import Cast, Checkpoint, Choices, RunPath


@dataclass(frozen=True)
class Social:
    """Train agents beside others: experts, each other, and whoever does not learn."""

    scenario: str = "routine_cycle"
    """where they live; social-rl scenarios lists what there is"""
    choices: Choices = ()
    """choices of the scenario, such as chores=5 layout=maze"""
    cast: Cast = ()
    """who does not learn, such as bob=expert cleo=mind:runs/first; a scenario may have a cast of its own, of whom
NAME=learner learns; everybody else learns"""
    method: Annotated[tuple[str, ...], tyro.conf.arg(metavar="[METHOD[:WEIGHT] ...]")] = ()
    """by what they learn beside their own reward (PPO), such as prediction, influence:0.5 or influence@messages;
NAME=METHOD: one of them alone; docs/social.md lists what there is"""
    share: bool = True
    """learners with the same methods are one network; else each has its own"""
    ramp: Annotated[tuple[str, ...], tyro.conf.arg(metavar="[CHOICE=VALUE ...]")] = ()
    """choices that begin with this value, such as penalty=0.2, and go evenly to their own over half of the run; of
numbers that rewards and chances are made of"""
    solo: float = 0.0
    """share of levels in which learners are alone: who does not learn is out of the way"""
    augmented: float = 0.0
    """share of episodes that begin in the midst of what was played before, and not as their level says"""
    moments: Literal["own", "random"] = "own"
    """of augmented: of what was played before by learners and others, or by random acts"""
    name: str = "social"
    """of the run"""
    runs: Path = Path("runs")
    """folder of all runs"""
    resume: RunPath = None
    """go on with this run, as it was asked for"""
    at: Annotated[int | None, tyro.conf.arg(metavar="FRAMES")] = None
    """go on from the checkpoint of these frames and not from the newest; later checkpoints are set aside"""
    start: Checkpoint = None
    """begin with this mind, of a checkpoint or a run, instead of a new one"""
    frames: int = 3_000_000
    """agent steps to learn from, of all learners"""
    worlds: int = 128
    """how many run side by side, in all workers"""
    workers: int = 2
    """parts of the worlds that are played and learned from side by side, one thread each"""
    steps: int = 64
    """of each world between two updates"""
    minibatches: int = 4
    """parts of an update"""
    epochs: int = 3
    """how often the steps of an update are learned from"""
    learning_rate: float = 1e-3
    """at the beginning"""
    last_learning_rate: float = 1e-4
    """at the end, along a cosine"""
    gamma: float = 0.99
    """discount of a step"""
    trace: float = 0.95
    """lambda of advantages"""
    entropy: float = 0.01
    """bonus for chance in acts, at the beginning"""
    last_entropy: float = 0.001
    """at the end"""
    levels: int = 1024
    """drawn at a time"""
    renew: int = 64
    """iterations until other levels are drawn, 0 for never"""
    hidden: int = 128
    """units of the memory, a multiple of 32"""
    memory: Literal["gru", "mingru", "none"] = "gru"
    """kind of memory"""
    gate: int = 0
    """units of what is remembered of each neighbour, by which it decides how far to rely on it, a multiple of 32; 0: it
relies on nobody in particular"""
    encoder: Literal["plain", "words"] = "plain"
    """of cells: alike for all instructions, or coloured by words"""
    map: bool = False
    """let it remember on a map where things were"""
    report: int = 5
    """iterations between lines of figures"""
    evaluate: int = 50
    """iterations between evaluations, 0 for none"""
    episodes: int = 128
    """of an evaluation"""
    save: int = 50
    """iterations between checkpoints"""
    keep: int = 3
    """how many checkpoints are kept"""
    seed: int = 0
    """of everything"""
