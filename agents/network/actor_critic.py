"""What is an agent network? Encoders of observations and instructions, memory and heads, for any agent.

    words ─> instruction encoder ─> gain and shift of every cell's channels ─> observation encoder ─┐
                     └─> sense (what matters beyond the cells) ─────────────────────────────────────┴─> memory ─> heads

The observation encoder sees the cells in view, and what the agent remembers of places it has seen: what is where, and
which way. Words act on each cell and landmark before anything is flattened.

Axes: T time, B columns (one agent of one world each), S contexts (an instruction and how far it is done), L words,
H hidden units.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from agents.batch import Percept
from agents.network.config import NetworkConfig
from agents.network.factors import item_factors
from agents.network.instruction_encoder import InstructionEncoder, Reading, progress_of
from agents.network.kernels.fused import sum_rows
from agents.network.layers import MEMORIES
from agents.network.neighbours import Neighbours
from agents.network.observation_encoder import ObservationEncoder, PlainObservationEncoder
from agents.network.pretrained import PretrainedInstructionEncoder
from worlds.objects import HEADINGS
from worlds.state import ACTS, OUTCOMES

# Numbers of what is told apart of each sense. How many clauses are done only the reader knows: a body would not know
# what to make of a third one after having met two.
_OWN_SIZES = (256, len(HEADINGS), len(OUTCOMES), len(ACTS), 1, 1, 2, 2)

# Added to the logits of acts that do nothing: as good as never chosen, and entropies stay finite.
NEVER = -1e4


class ActorCritic(nn.Module):
    """A language-conditioned recurrent policy: acts, values, and whether it can be done."""

    item_factors: Tensor
    own_first: Tensor
    own_last: Tensor
    never: Tensor

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        H = config.hidden
        self.observation_encoder = (
            ObservationEncoder(config) if config.encoder == "words" else PlainObservationEncoder(config)
        )
        self.instruction_encoder = instruction_encoder_of(config)
        self.register_buffer("item_factors", torch.from_numpy(item_factors()), persistent=False)
        # One table for all that is sensed: hand, then the other senses, then the contexts.
        first = torch.tensor(np.cumsum((0, *_OWN_SIZES[:-1])), dtype=torch.int32)
        self.register_buffer("own_first", first, persistent=False)
        self.register_buffer("own_last", torch.tensor(_OWN_SIZES, dtype=torch.int32) - 1, persistent=False)
        self.own_rows = sum(_OWN_SIZES)
        self.hand = nn.Parameter(torch.randn(self.item_factors.shape[1], H) * 0.1)
        self.own = nn.Parameter(torch.randn(sum(_OWN_SIZES[1:]), H) * 0.1)
        if config.message_tokens:
            self.heard = nn.Embedding(256, H, padding_idx=0)
        self.memory = MEMORIES[config.memory](H)
        self.neighbours = Neighbours(config) if config.gate else None
        self.head = nn.Linear(H, len(ACTS) + 1)
        nn.init.orthogonal_(self.head.weight, 0.1)
        self.feasible = nn.Linear(H, 1)  # can the instruction be carried out at all?
        never = torch.tensor([NEVER * (config.forbidden >> act & 1) for act in range(len(ACTS))])
        self.register_buffer("never", never, persistent=False)
        if config.calls:
            self.calls = nn.Linear(H, config.calls)
            nn.init.orthogonal_(self.calls.weight, 0.1)
        self.heads = nn.ModuleDict()  # of methods, see agents/training/methods.py

    @property
    def width(self) -> int:
        """Numbers of memory of a column."""
        return self.config.hidden + (self.neighbours.width if self.neighbours is not None else 0)

    @property
    def has_map(self) -> bool:
        """Does it remember places on a map?"""
        encoder = self.observation_encoder
        return isinstance(encoder, ObservationEncoder) and encoder.remember is not None

    def head_of(self, method: str) -> nn.ModuleDict:
        """The heads that a method brought."""
        heads = self.heads[method]
        assert isinstance(heads, nn.ModuleDict)
        return heads

    def body(self, percept: Percept, sense: Tensor, kind: torch.dtype) -> Tensor:
        """What an agent senses of itself, hears and is told, [T, B, H]."""
        T, B = percept.own.shape[:2]
        own = torch.minimum(percept.own, self.own_last) + self.own_first
        rows = torch.cat([own, percept.context[..., None] + self.own_rows], -1).view(T * B, -1)
        table = torch.cat([self.item_factors @ self.hand, self.own, sense])
        felt = sum_rows(table, rows, kind).view(T, B, -1)
        return felt + self.heard(percept.heard.long()).sum(2) if self.config.message_tokens else felt

    def read(self, tokens: Tensor, own: Tensor, known: Any = None) -> Reading:
        """What contexts do: tokens int64 [S, L] and own uint8 [S, 8] of the step when each began.

        `known`, of the reader's `know`, is used again for several calls.
        """
        progress = progress_of(own)
        if not self.config.clause_bits:
            progress[..., 0] = 0
        return self.instruction_encoder(tokens, progress, known)

    def think(self, percept: Percept, reading: Reading, h0: Tensor) -> Tensor:
        """Memory [T, ..., width] after each step, from h0 [..., width]; "..." are worlds and agents, or columns."""
        kind = torch.bfloat16 if self.config.precision == "bfloat16" else torch.float32
        shape, columns = percept.keep.shape, in_columns(percept)
        x = torch.relu(
            self.observation_encoder(columns, reading, kind) + self.body(columns, reading.sense, kind)
        )
        before = h0.reshape(x.shape[1], -1)
        hidden = self.memory(x, before[:, : self.config.hidden].contiguous(), columns.keep)
        if self.neighbours is not None:
            state = self.neighbours(columns, hidden, before[:, self.config.hidden :])
            hidden = torch.cat([hidden, state], -1)
        return hidden.view(*shape, -1)

    def decide(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Logits [..., 8] of acts and values [...]."""
        out = self.head(hidden[..., : self.config.hidden])
        if self.neighbours is None:
            return out[..., :-1] + self.never, out[..., -1]
        state = hidden[..., self.config.hidden :]
        return self.neighbours.mixed(out[..., :-1], self.never, state), out[..., -1]

    def call(self, hidden: Tensor) -> Tensor | None:
        """Logits [..., calls] of what is said beside the act; None of a mind that says nothing."""
        return self.calls(hidden[..., : self.config.hidden]) if self.config.calls else None

    def can_be_done(self, hidden: Tensor) -> Tensor:
        """Logits [..., 1] that the instruction can be carried out at all."""
        return self.feasible(hidden[..., : self.config.hidden])

    def reliance(self, hidden: Tensor) -> Tensor:
        """How far it goes its own way and relies on each agent, shares [..., 1 + A]; all its own without a gate."""
        if self.neighbours is None:
            return hidden.new_ones(*hidden.shape[:-1], 1)
        return self.neighbours.parts(hidden[..., self.config.hidden :])[0]


def instruction_encoder_of(config: NetworkConfig) -> InstructionEncoder:
    """The instruction encoder that a config names."""
    if not config.reader:
        return InstructionEncoder(config)
    return PretrainedInstructionEncoder(config)


def in_columns(percept: Percept) -> Percept:
    """Worlds and agents flattened to columns: [T, B, ...]."""
    lead = percept.keep.dim()
    T, B = len(percept.keep), percept.keep[0].numel()
    return Percept(*(part.reshape(T, B, *part.shape[lead:]) for part in percept))
