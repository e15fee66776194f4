"""What can `social-rl design METHOD` be asked for? Options of each method, beside groups that methods share."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro
from tyro.conf import subcommand

from social_rl.commands.common import Checkpoint, Choices, RunPath


# ---- groups ---------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class RunOptions:
    """How far the run goes, and what it keeps."""

    name: str = ""
    """of the run; world and method if none is given"""
    runs: Path = Path("runs")
    """folder of all runs"""
    resume: RunPath = None
    """go on with this run, as it was asked for"""
    at: Annotated[int | None, tyro.conf.arg(metavar="FRAMES")] = None
    """go on from the checkpoint of these frames and not from the newest; later checkpoints are set aside"""
    frames: int = 50_000_000
    """agent steps to learn from; steps that only judge levels or search for them come on top and are reported"""
    env_steps: int = 0
    """in place of frames: steps of worlds in all, judging, searching and rivals included, so that methods cost alike;
    0: frames count"""
    report: int = 5
    """cycles between lines of figures"""
    evaluate: int = 0
    """cycles between evaluations on the fixed mazes, 0 for none"""
    save: int = 50
    """cycles between checkpoints"""
    keep: int = 2
    """how many checkpoints are kept"""
    levels: int = 5000
    """how many the curriculum holds"""
    seed: int = 0
    """of everything"""


@dataclass(frozen=True)
class WorldOptions:
    """What is designed, and for whom."""

    world: Literal["maze", "house"] = "maze"
    """what is designed: mazes, or houses with what agents are told there"""
    choices: Choices = ()
    """choices of mazes (side, walls, step_limit) or of houses (rooms, clauses, ...), such as walls=0,60"""
    misplaced: float = 0.0
    """houses: share of agents who are told what was meant for another house"""
    coplayers: Annotated[tuple[str, ...], tyro.conf.arg(metavar="[POLICY ...]")] = ()
    """who plays the last agent is a part of each level: any of these policies, as in social-rl run --cast, or earlier,
    the student as it was a while ago; nobody if none is named"""
    renew: int = 100
    """coplayers: updates after which the earlier student is renewed"""


@dataclass(frozen=True)
class StudentOptions:
    """Who learns, and how."""

    mind: Checkpoint = None
    """begin with this mind; from nothing if none is named"""
    worlds: int = 512
    """how many run side by side, in all workers"""
    workers: int = 2
    """parts of the worlds, one thread each"""
    steps: int = 64
    """of each world between two updates"""
    epochs: int = 2
    """times that an update goes through what was played"""
    minibatches: int = 4
    """parts of an update"""
    learning_rate: float = 1e-3
    """at the beginning"""
    last_learning_rate: float = 1e-4
    """at the end, along a cosine"""
    entropy: float = 0.005
    """bonus for variety of acts, falling to a fifth"""
    gamma: float = 0.995
    """discount of a step"""
    view: Literal[5, 7] = 5
    """cells that are seen across; houses have 7"""
    hidden: int = 128
    """units of the memory, a multiple of 32"""
    map: bool = True
    """let it remember on a map where things were"""
    encoder: Literal["words", "plain"] = "words"
    """of cells: coloured by words, or alike for all instructions"""
    precision: Literal["auto", "bfloat16", "float32"] = "auto"
    """of large products; auto: what is faster here, as measured at the start"""


@dataclass(frozen=True)
class BufferOptions:
    """Levels that are kept and played again."""

    capacity: int = 4000
    """most levels that are kept"""
    temperature: float = 0.3
    """how little ranks matter"""
    staleness: float = 0.3
    """share of weight for levels that were not played for long"""
    least: float = 0.5
    """how full the buffer is before levels are played again"""
    chance: float = 0.5
    """of old levels, from then on"""


Begin = Annotated[tuple[str, ...], tyro.conf.arg(metavar="[simplest|CHOICE=VALUE ...]")]
Score = Literal[
    "own", "positive_value_loss", "l1_value_loss", "max_monte_carlo", "learnability", "exact_regret"
]


# ---- methods --------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Random:
    """Chance draws the levels (domain randomisation)."""

    turns: int = 4
    """levels for each world in a cycle"""
    run: RunOptions = RunOptions()
    world: WorldOptions = WorldOptions()
    student: StudentOptions = StudentOptions()


@dataclass(frozen=True)
class Minimax:
    """An adversary draws the levels on which the student does worst."""

    placed: int = 50
    """walls that it places; in houses, walls and things"""
    run: RunOptions = RunOptions()
    world: WorldOptions = WorldOptions()
    student: StudentOptions = StudentOptions()


@dataclass(frozen=True)
class Paired:
    """An adversary draws levels on which a rival does better than the student."""

    placed: int = 50
    """walls that the adversary places; in houses, walls and things"""
    run: RunOptions = RunOptions()
    world: WorldOptions = WorldOptions()
    student: StudentOptions = StudentOptions()


@dataclass(frozen=True)
class FlexiblePaired:
    """PAIRED in which student and rival change places."""

    placed: int = 50
    """walls that the adversary places; in houses, walls and things"""
    run: RunOptions = RunOptions()
    world: WorldOptions = WorldOptions()
    student: StudentOptions = StudentOptions()


@dataclass(frozen=True)
class PopulationPaired:
    """PAIRED with several rivals."""

    rivals: int = 2
    """how many"""
    placed: int = 50
    """walls that the adversary places; in houses, walls and things"""
    run: RunOptions = RunOptions()
    world: WorldOptions = WorldOptions()
    student: StudentOptions = StudentOptions()


@dataclass(frozen=True)
class Plr:
    """Prioritised level replay: levels by chance, and those again that teach most."""

    score: Score = "own"
    """what makes a level worth keeping; own: what the method was published with"""
    buffer: BufferOptions = BufferOptions()
    run: RunOptions = RunOptions()
    world: WorldOptions = WorldOptions()
    student: StudentOptions = StudentOptions()


@dataclass(frozen=True)
class RobustPlr:
    """PLR in which new levels are only judged: the student trains on what was kept."""

    score: Score = "own"
    """what makes a level worth keeping; own: what the method was published with"""
    buffer: BufferOptions = BufferOptions()
    run: RunOptions = RunOptions()
    world: WorldOptions = WorldOptions()
    student: StudentOptions = StudentOptions()


@dataclass(frozen=True)
class Repaired:
    """PAIRED with a buffer: the student trains on what was kept."""

    placed: int = 50
    """walls that the adversary places; in houses, walls and things"""
    buffer: BufferOptions = BufferOptions(chance=0.95)
    run: RunOptions = RunOptions()
    world: WorldOptions = WorldOptions()
    student: StudentOptions = StudentOptions()


@dataclass(frozen=True)
class Accel:
    """Robust PLR in which kept levels have children, each edited in some places."""

    edits: int = 5
    """places in which a child differs from its parent"""
    begin: Begin = ("simplest",)
    """choices of new levels, as for --set: those that have no parent; simplest: empty rooms, or houses of one room, one
    clause and nothing that is not needed, as published; none: as --set says, like those of other methods"""
    score: Score = "own"
    """what makes a level worth keeping; own: what the method was published with"""
    buffer: BufferOptions = BufferOptions(chance=0.8)
    run: RunOptions = RunOptions()
    world: WorldOptions = WorldOptions()
    student: StudentOptions = StudentOptions()


@dataclass(frozen=True)
class Learnability:
    """A search for levels that the student solves sometimes (sampling for learnability)."""

    candidates: int = 2048
    """levels tried in a search"""
    tries: int = 4
    """times that each is tried"""
    every: int = 25
    """cycles from one search to the next"""
    unsolved: float = 0.1
    """share of what is kept for levels that were never solved and can be; 0: as published, none is ever drawn"""
    run: RunOptions = RunOptions()
    world: WorldOptions = WorldOptions()
    student: StudentOptions = StudentOptions()


@dataclass(frozen=True)
class Ncc:
    """Chances of kept levels climb a gradient towards what the student does worst."""

    score: Literal["exact_regret", "learnability"] = "exact_regret"
    """what is left to gain on a level; exact_regret: what the expert gets less what the student gets"""
    capacity: int = 1024
    """levels that have a chance"""
    climb: float = 0.005
    """how far chances climb after each cycle; less and less"""
    spread: float = 0.032
    """weight of entropy, which keeps chances apart from one; scores are 0 to 1 for mazes"""
    floor: float = 1e-5
    """the least chance of a level"""
    candidates: int = 256
    """new levels tried in a search, and as many old ones"""
    tries: int = 4
    """times that each is tried"""
    every: int = 10
    """cycles from one search to the next"""
    run: RunOptions = RunOptions()
    world: WorldOptions = WorldOptions()
    student: StudentOptions = StudentOptions()


@dataclass(frozen=True)
class Show:
    """Show the levels of a run as a page of pictures."""

    run: tyro.conf.Positional[Path]
    """folder of the run"""


Method = (
    Random | Minimax | Paired | FlexiblePaired | PopulationPaired | Plr | RobustPlr | Repaired | Accel | Learnability
    | Ncc
)  # fmt: skip
METHODS: dict[str, type[Method]] = {
    "random": Random, "minimax": Minimax, "paired": Paired, "flexible_paired": FlexiblePaired,
    "population_paired": PopulationPaired, "plr": Plr, "robust_plr": RobustPlr, "repaired": Repaired,
    "accel": Accel, "learnability": Learnability, "ncc": Ncc,
}  # fmt: skip


@dataclass(frozen=True)
class Design:
    """Let levels grow with the mind that learns from them, or show the levels of such a run."""

    method: (
        Annotated[Random, subcommand("random")]
        | Annotated[Minimax, subcommand("minimax")]
        | Annotated[Paired, subcommand("paired")]
        | Annotated[FlexiblePaired, subcommand("flexible_paired")]
        | Annotated[PopulationPaired, subcommand("population_paired")]
        | Annotated[Plr, subcommand("plr")]
        | Annotated[RobustPlr, subcommand("robust_plr")]
        | Annotated[Repaired, subcommand("repaired")]
        | Annotated[Accel, subcommand("accel")]
        | Annotated[Learnability, subcommand("learnability")]
        | Annotated[Ncc, subcommand("ncc")]
        | Annotated[Show, subcommand("show")]
    )


def name_of(method: Method) -> str:
    """What a method is called on the command line."""
    return next(name for name, kind in METHODS.items() if type(method) is kind)
