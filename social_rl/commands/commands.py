"""What can be asked on the command line? One record for each command; its fields are the options.

Only light imports here: `social-rl --help` reads this file and nothing else.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

Name = Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="SCENARIO")]
Choices = Annotated[tuple[str, ...], tyro.conf.arg(name="set", metavar="[CHOICE=VALUE ...]")]
Cast = Annotated[tuple[str, ...], tyro.conf.arg(metavar="[NAME=POLICY ...]")]
Texts = Annotated[tuple[str, ...], tyro.conf.arg(metavar="[TEXT ...]")]
File = Annotated[Path | None, tyro.conf.arg(metavar="FILE")]


@dataclass(frozen=True)
class Run:
    """Play episodes with a cast and report success, return and steps."""

    scenario: Name
    """name of a scenario; social-rl scenarios lists them"""
    cast: Cast = ()
    """who plays whom: expert, seeing, mind[:CHECKPOINT], random, wander, noisy[:RATE], decoy, still; else experts"""
    instruction: Texts = ()
    """words for the first agent, the second, ...; played in houses where they can be carried out"""
    choices: Choices = ()
    """choices of the scenario, such as split=S1 agents=3"""
    levels: Annotated[Path | None, tyro.conf.arg(metavar="CURRICULUM")] = None
    """play these levels, from social-rl design or as text, instead of drawn ones"""
    worlds: int = 64
    """how many run side by side"""
    episodes: int = 256
    """how many to play, each on a level of its own"""
    seed: int = 0
    """of levels and of all chance"""
    threads: int = 0
    """0: one for each core"""
    json: File = None
    """write the results here"""
    video: File = None
    """record some episodes as .mp4, .gif or .webp"""
    video_frames: int = 1000
    """most frames of the video, at which it stops"""
    tile: int = 32
    """pixels of a cell in the video"""
    fps: float = 8
    """steps a second in the video"""


@dataclass(frozen=True)
class Play:
    """Open a window on a scenario: watch, steer, instruct."""

    scenario: Name = "house"
    """name of a scenario; social-rl scenarios lists them"""
    cast: Cast = ()
    """who plays whom, as in social-rl run"""
    instruction: Texts = ()
    """words for the first agent, the second, ..."""
    choices: Choices = ()
    """choices of the scenario, such as split=S1 agents=3"""
    levels: Annotated[Path | None, tyro.conf.arg(metavar="CURRICULUM")] = None
    """show these levels, from social-rl design or as text, instead of drawn ones"""
    seed: int = 0
    """of levels and of all chance"""
    tile: int = 40
    """pixels of a cell"""
    fps: float = 8
    """steps a second"""
    record: File = None
    """write what is seen as .mp4, .gif or .webp"""
    frames: int = 0
    """close after so many frames, 0: when the window is closed"""


@dataclass(frozen=True)
class Train:
    """Train a mind to follow instructions."""

    task: tyro.conf.Positional[Literal["instruct"]]
    """what to learn: instructions in generated houses"""
    name: str = "instruct"
    """of the run"""
    runs: Path = Path("runs")
    """folder of all runs"""
    resume: Annotated[Path | None, tyro.conf.arg(metavar="RUN")] = None
    """go on with this run, as it was asked for"""
    start: Annotated[Path | None, tyro.conf.arg(metavar="CHECKPOINT")] = None
    """begin with this mind, of a checkpoint or a run, instead of a new one"""
    frames: int = 50_000_000
    """agent steps to learn from"""
    choices: Choices = ()
    """choices of the houses, such as clauses=1,1 rooms=1,2"""
    agents: int = 2
    """in each world; all of them learn"""
    worlds: int = 1024
    """how many run side by side, in all workers"""
    workers: int = 2
    """parts of the worlds that are played and learned from side by side, one thread each"""
    steps: int = 32
    """of each world between two updates"""
    minibatches: int = 16
    """parts of an update"""
    learning_rate: float = 3e-3
    """at the beginning"""
    last_learning_rate: float = 1e-4
    """at the end, along a cosine"""
    teacher: Literal["seeing", "expert"] = "seeing"
    """who corrects: an expert that knows what the pupil has seen, or one that knows everything"""
    beta_decay: float = 0.0
    """share of the run over which the teacher acts less and less, down to what --beta says"""
    beta: float = 0.9
    """DAgger's beta, how much the teacher acts: at 1 its share goes evenly from none to all over the columns"""
    reward_share: float = 0.0
    """share of the run, its end, in which it learns from reward by PPO"""
    keep_imitating: bool = True
    """also learn from the teacher in that time"""
    auxiliary: float = 0.1
    """weight of the auxiliary answers"""
    understanding: float = 0.1
    """weight of telling what each instruction asks for"""
    read_first: int = 1000
    """steps of learning to read, from words alone, before anything is played"""
    read: int = 3
    """such steps in each iteration"""
    texts: int = 128
    """texts of such a step, in each worker"""
    patience: float = 0.5
    """share of the step limit of a level after which another one begins"""
    curriculum: bool = True
    """begin with easy houses, go on when progress is measured"""
    levels: int = 8192
    """drawn at a time"""
    renew: int = 16
    """iterations until other levels are drawn"""
    crossed: float = 0.15
    """share of the hardest levels in which instructions of agents get in each other's way on purpose"""
    impossible: float = 0.1
    """share of agents whose instruction was made for another house"""
    hidden: int = 128
    """units of the memory, a multiple of 32"""
    readers: int = 4
    """groups of channels, each with a reader of its own"""
    memory: Literal["gru", "mingru", "none"] = "gru"
    """kind of memory"""
    charts: bool = True
    """let it remember on a chart where things were"""
    encoder: Literal["words", "plain"] = "words"
    """of cells: coloured by words, or alike for all instructions"""
    routing: Literal["learned", "given", "film", "concat"] = "learned"
    """how words reach channels: by learned attention, by a split by hand, all alike, or not at all"""
    reader: Annotated[str, tyro.conf.arg(metavar="FOLDER")] = ""
    """an encoder from Hugging Face that reads the instructions, as save_pretrained writes it; else our own reads"""
    lora: int = 0
    """rank of what is learned of that encoder's attention, 0: it stays as it is"""
    clause_bits: bool = True
    """let it be told which clauses of its instruction are done, and the stage: the judge's verdict"""
    precision: Literal["auto", "bfloat16", "float32"] = "auto"
    """of large products; auto: what is faster here, as measured at the start"""
    device: Literal["cpu", "cuda"] = "cpu"
    """where the mind is; worlds are always played on the CPU"""
    report: int = 10
    """iterations between lines of figures"""
    evaluate: int = 100
    """iterations between evaluations, 0 for none"""
    episodes: int = 512
    """of an evaluation"""
    save: int = 100
    """iterations between checkpoints"""
    keep: int = 3
    """how many checkpoints are kept"""
    seed: int = 0
    """of everything"""


@dataclass(frozen=True)
class Export:
    """Take the mind out of a run, without what only training needs."""

    checkpoint: Annotated[Path, tyro.conf.Positional]
    """folder of a checkpoint, or of a run, whose newest one is taken"""
    folder: tyro.conf.Positional[Path]
    """new folder for it"""


@dataclass(frozen=True)
class Curves:
    """Draw how runs went."""

    run: Annotated[tuple[Path, ...], tyro.conf.Positional, tyro.conf.arg(metavar="RUN ...")]
    """folders of runs"""
    out: Path = Path("out/curves.png")
    """the picture: .png, .svg or .pdf"""
    figures: tuple[str, ...] = ()
    """names of what was logged; those of training or of design if none is named"""
    together: bool = False
    """one line for runs whose names differ in a last number alone, such as seeds: their mean, and a band from the
    lowest to the highest"""


@dataclass(frozen=True)
class Design:
    """Let levels grow with the mind that learns from them, or show the levels of such a run."""

    method: tyro.conf.Positional[
        Literal[
            "random", "minimax", "paired", "population_paired", "flexible_paired", "plr", "robust_plr", "repaired",
            "accel", "learnability", "show",
        ]
    ]  # fmt: skip
    """who designs: chance, an adversary, one with a rival or several, replay, both, replay with edits, a search"""
    run: Annotated[Path | None, tyro.conf.Positional, tyro.conf.arg(metavar="[RUN]")] = None
    """with show: the run whose levels are shown"""
    world: Literal["maze", "house"] = "maze"
    """what is designed: mazes, or houses with what agents are told there"""
    name: str = ""
    """of the run; world and method if none is given"""
    runs: Path = Path("runs")
    """folder of all runs"""
    resume: Annotated[Path | None, tyro.conf.arg(metavar="RUN")] = None
    """go on with this run, as it was asked for"""
    frames: int = 50_000_000
    """agent steps to learn from; steps that only judge levels or search for them come on top and are reported"""
    env_steps: int = 0
    """in place of frames: steps of worlds in all, judging, searching and rivals included, so that methods cost alike;
    0: frames count"""
    choices: Choices = ()
    """choices of mazes (side, walls, step_limit) or of houses (rooms, clauses, ...), such as walls=0,60"""
    misplaced: float = 0.0
    """houses: share of agents who are told what was meant for another house"""
    coplayers: Annotated[tuple[str, ...], tyro.conf.arg(metavar="[POLICY ...]")] = ()
    """who plays the last agent is a part of each level: any of these policies, as in social-rl run --cast, or earlier,
    the student as it was a while ago; nobody if none is named"""
    renew: int = 100
    """coplayers: updates after which the earlier student is renewed"""
    mind: Annotated[Path | None, tyro.conf.arg(metavar="CHECKPOINT")] = None
    """begin with this mind; from nothing if none is named"""
    score: Literal[
        "own", "positive_value_loss", "l1_value_loss", "max_monte_carlo", "learnability", "exact_regret"
    ] = "own"
    """replay: what makes a level worth keeping; own: what the method was published with"""
    capacity: int = 4000
    """replay: most levels that are kept"""
    temperature: float = 0.3
    """replay: how little ranks matter"""
    staleness: float = 0.3
    """replay: share of weight for levels that were not played for long"""
    least: float = 0.5
    """replay: how full the buffer is before levels are played again"""
    chance: float | None = None
    """replay: chance of old levels; 0.5, 0.8 for accel, 0.95 for repaired if none is given"""
    edits: int = 5
    """accel: places in which a child differs from its parent"""
    rivals: int = 2
    """population_paired: how many"""
    placed: int = 50
    """adversaries: walls that they place; in houses, walls and things"""
    candidates: int = 2048
    """learnability: levels tried in a search"""
    tries: int = 4
    """learnability: times that each is tried"""
    every: int = 25
    """learnability: cycles from one search to the next"""
    worlds: int = 512
    """how many run side by side, in all workers"""
    workers: int = 2
    """parts of the worlds, one thread each"""
    steps: int = 64
    """of each world between two updates"""
    turns: int = 4
    """random: levels for each world in a cycle"""
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
    charts: bool = True
    """let it remember on a chart where things were"""
    encoder: Literal["words", "plain"] = "words"
    """of cells: coloured by words, or alike for all instructions"""
    precision: Literal["auto", "bfloat16", "float32"] = "auto"
    """of large products; auto: what is faster here, as measured at the start"""
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
class Evaluate:
    """Measure how well a mind follows instructions, also in houses made by hand, or solves mazes."""

    checkpoint: Annotated[
        tuple[Path, ...], tyro.conf.Positional, tyro.conf.arg(metavar="[CHECKPOINT ...]")
    ] = ()
    """folder of a checkpoint, or of a run, whose newest one is taken; the shipped mind if none is named; several
    that were trained alike but for the seed: one for each of the seeds here"""
    split: tuple[Literal["S0", "S1", "S2", "S4", "S5", "S6", "S7", "crossed"], ...] = ("S0", "S1")
    """which instructions and houses; social-rl scenarios tells what each holds out"""
    episodes: int = 500
    """for each split and seed, each on a level of its own"""
    seeds: int = 3
    """how many times other levels are drawn; if several checkpoints are named, as many as they are"""
    first_seed: int = 1000
    """of the levels; training takes others"""
    rows: tuple[Literal["mind", "shuffled", "blind", "random", "expert"], ...] = ("mind", "random", "expert")
    """who plays the same levels; shuffled and blind: the mind, with its words in disorder or hidden"""
    cannot: bool = True
    """also measure whether the mind knows what cannot be done"""
    suite: Literal["instructions", "houses", "mazes"] = "instructions"
    """instructions: the splits above; houses: those made by hand (evaluation/houses.txt); mazes: the fixed and drawn
    ones of the literature; houses and mazes are played seeds times episodes each"""
    random_levels: int = 0
    """mazes: so many solvable mazes by chance, too; mean, and mean of the worst of them"""
    protocol: tuple[Literal["ours", "dcd", "minimax", "jaxued", "sfl"], ...] = ("ours",)
    """mazes: under which conditions; published ones have no more episodes than they say"""
    agents: int = 2
    """in each world; all of them are played by the mind"""
    choices: Choices = ()
    """choices of the houses, such as clauses=1,1"""
    json: File = None
    """write the results here"""


@dataclass(frozen=True)
class Parse:
    """Show what an instruction means."""

    text: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="TEXT")]
    """the instruction, in quotes"""
    json: File = None
    """write the goal here"""


@dataclass(frozen=True)
class Scenarios:
    """List the scenarios and what can be chosen of them."""


@dataclass(frozen=True)
class Bench:
    """Measure speed on this machine."""

    subject: tyro.conf.Positional[Literal["sim", "train", "design"]]
    """what to measure: the simulator, learning, or whole cycles of design on mazes"""
    what: Literal["step", "env", "batch64", "expert", "levels"] = "step"
    """many worlds, one PettingZoo world, 64 worlds, the expert's decisions, generated levels"""
    scenario: str = "maze"
    """name of a scenario"""
    choices: Choices = ()
    """choices of the scenario, such as split=S1"""
    agents: int = 2
    """in each world"""
    worlds: int = 1024
    """how many run side by side"""
    steps: int = 1000
    """in each run (levels: how many levels)"""
    runs: int = 7
    """the median of them counts"""
    threads: int = 0
    """0: one for each core"""
    seed: int = 0
    """of levels, acts and all chance"""
    cold: bool = False
    """also time a first step without compiled rules, which takes about a minute"""
    json: File = None
    """write the results here"""
    record: bool = False
    """add the results to benchmarks/results.jsonl"""


@dataclass(frozen=True)
class Doctor:
    """Check that everything needed is here and works."""
