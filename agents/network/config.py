"""Which shape does an agent network have? What a checkpoint carries beside its parameters."""

from dataclasses import dataclass
from typing import Literal

from agents.network.kernels.loops import CHANNELS
from agents.network.precision import Precision
from worlds.state import ACTS

Routing = Literal["learned", "given", "film", "concat"]


@dataclass(frozen=True)
class NetworkConfig:
    """The shape of a mind; a checkpoint carries it.

    Raises:
        ValueError: a field is out of its range.
    """

    view: int = 7
    hidden: int = 128
    words: int = 64  # size of a word
    readers: int = 4  # channel groups, each with a reader of its own; divides 32
    sense_readers: int = 3  # readers of what matters beyond the cells
    memory: Literal["gru", "mingru", "none"] = "gru"
    map: bool = (
        True  # does it know where things are that it has seen, and the way? Only with the words encoder
    )
    encoder: Literal["words", "plain"] = "words"  # of cells: coloured by words, or alike for all instructions
    routing: Routing = "learned"
    reader: str = ""  # folder of an encoder from Hugging Face that reads instructions; empty: our own
    lora: int = 0  # rank of what is learned of that encoder's attention; 0: nothing, it is frozen
    precision: Precision = "float32"  # of the large products; the rest is float32
    clause_bits: bool = True  # is it told which clauses are done, and the stage? They are the judge's verdict
    message_tokens: int = 0
    calls: int = 0  # how many different calls it chooses from at each step; 0: it says nothing
    agents: int = 2  # in a world: whose messages are heard
    gate: int = 0  # units of what is remembered of each neighbour, see neighbours.py; 0: it relies on nobody
    forbidden: int = 0  # bits of acts that do nothing where it lives: it never chooses them

    def __post_init__(self) -> None:
        if self.view not in (5, 7, 9, 11):
            raise ValueError(f"view is {self.view}, allowed are 5, 7, 9 and 11 cells")
        if self.readers < 1 or CHANNELS % self.readers:
            raise ValueError(f"readers is {self.readers}, allowed are divisors of {CHANNELS}")
        if not 0 <= self.lora <= 256 or (self.lora and not self.reader):
            raise ValueError(
                f"lora is {self.lora}, allowed are 0 to 256, and only 0 for our own reader: name a folder as reader"
            )
        if not 0 <= self.forbidden < (1 << len(ACTS)) - 1:
            raise ValueError(f"forbidden is {self.forbidden}, allowed are bits of some of {len(ACTS)} acts")
        if self.calls and (self.message_tokens != 1 or not 2 <= self.calls <= 255):
            raise ValueError(
                f"calls is {self.calls} and message_tokens {self.message_tokens}, allowed are 0 calls, or 2 to 255 of 1"
            )
        for name in ("hidden", "words", "gate"):
            if getattr(self, name) % 32:
                raise ValueError(f"{name} is {getattr(self, name)}, allowed are multiples of 32")
        for name, low, high in (
            ("hidden", 32, 4096),
            ("words", 32, 1024),
            ("gate", 0, 1024),
            ("sense_readers", 1, 16),
        ):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} is {getattr(self, name)}, allowed are {low} to {high}")
