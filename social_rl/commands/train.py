"""What can `social-rl train` be asked for?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from social_rl.commands.common import Checkpoint, Choices, RunPath


@dataclass(frozen=True)
class Train:
    """Train a mind to follow instructions."""

    task: tyro.conf.Suppress[Literal["instruct"]] = "instruct"
    """what to learn; runs of earlier versions name it"""
    name: str = "instruct"
    """of the run"""
    runs: Path = Path("runs")
    """folder of all runs"""
    resume: RunPath = None
    """go on with this run, as it was asked for"""
    at: Annotated[int | None, tyro.conf.arg(metavar="FRAMES")] = None
    """go on from the checkpoint of these frames and not from the newest; later checkpoints are set aside"""
    start: Checkpoint = None
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
    also: tuple[str, ...] = ()
    """ways of learning of other packages, beside our own: MODULE:FUNCTION, such as my_lab.methods:heading"""
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
    map: bool = True
    """let it remember on a map where things were"""
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
