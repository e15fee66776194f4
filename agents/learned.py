"""How does a mind act? A Policy around a Mind: it reads an instruction when it changes, and remembers.

Axes: W worlds, K agents it plays, B = W * K columns, H hidden units.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from agents.fused import chart_size
from agents.kernels import CHANNELS
from agents.networks import Mind, Percept, Reading
from agents.types import Played
from worlds.simulator import Observation
from worlds.state import SENSE_BROKEN, SENSE_CLAUSES_DONE, SENSE_STAGE

_PROGRESS = [SENSE_CLAUSES_DONE, SENSE_STAGE, SENSE_BROKEN]


TEMPERATURE = 0.5  # at which minds play, see docs/results/training.md


@dataclass
class LearnedMemory:
    """What a learned policy hands itself from step to step."""

    hidden: Tensor  # float[B, H]
    chart: Tensor  # uint8[B, 2, N, N] what each column remembers of places; on the CPU
    at: Tensor  # int32[B, 2] where it is on its chart; on the CPU
    reading: Reading  # what the instruction of each column does now
    tokens: np.ndarray  # uint16[B, 64] the instruction it was read from
    progress: np.ndarray  # uint8[B, 3] how far it was done then
    stale: bool = True  # read everything again

    @classmethod
    def empty(cls, mind: Mind, sim: Played, agents: int) -> "LearnedMemory":
        """Memory of some agents of each world before the first step."""
        columns = sim.worlds * agents
        device = next(mind.parameters()).device
        config = mind.config
        taken = (config.readers + config.sense_readers) * config.words
        sizes = (CHANNELS, CHANNELS, config.hidden, taken)
        reading = Reading(*(torch.zeros(columns, size, device=device) for size in sizes))
        tokens = np.zeros((columns, 64), np.uint16)
        hidden = torch.zeros(columns, mind.config.hidden, device=device)
        size = chart_size(sim.sizes.side, sim.sizes.view) if mind.has_charts else 0
        chart = torch.zeros(columns, 2, size, size, dtype=torch.uint8)
        at = torch.zeros(columns, 2, dtype=torch.int32)
        return cls(hidden, chart, at, reading, tokens, np.zeros((columns, 3), np.uint8))


def columns_of(array: np.ndarray, agents: np.ndarray) -> np.ndarray:
    """What [W, A, ...] says of some agents, as columns [B, ...]; a view if they are all agents."""
    if len(agents) != array.shape[1]:
        array = array[:, agents]
    return array.reshape(len(array) * len(agents), *array.shape[2:])


def changed_columns(seen: Observation, agents: np.ndarray, memory: LearnedMemory) -> np.ndarray:
    """Columns whose instruction, or how far it is done, differs from what was last read; notes what it is now."""
    tokens = columns_of(seen.tokens, agents)
    progress = columns_of(seen.own, agents)[:, _PROGRESS]
    differs = (tokens.view(np.uint64) != memory.tokens.view(np.uint64)).any(1)
    differs |= (progress != memory.progress).any(1)
    chosen = np.arange(len(tokens)) if memory.stale else np.flatnonzero(differs)
    memory.tokens[chosen], memory.progress[chosen], memory.stale = tokens[chosen], progress[chosen], False
    return chosen


def read_again(
    mind: Mind,
    memory: LearnedMemory,
    chosen: np.ndarray,
    own: np.ndarray,
    change_words: Callable[[np.ndarray], np.ndarray] | None = None,
) -> Tensor:
    """Read the instructions of some columns; returns their tokens int64[n, L]."""
    device = memory.hidden.device
    tokens = memory.tokens[chosen]
    if change_words is not None:
        tokens = change_words(tokens)
    length = max(int((tokens > 0).sum(1).max(initial=0)), 1)
    words = torch.from_numpy(tokens[:, :length].astype(np.int64)).to(device)
    reading = mind.read(words, torch.from_numpy(own[chosen]).to(device))
    at = torch.from_numpy(chosen).to(device)
    for kept, new in zip(memory.reading, reading, strict=True):
        kept[at] = new
    return words


def pick(logits: Tensor, generator: torch.Generator | None) -> Tensor:
    """Acts int64 [...]: drawn in proportion to exp(logits), or the likeliest without a generator."""
    if generator is None:
        return logits.argmax(-1)
    chance = torch.rand(logits.shape, generator=generator, device=logits.device)
    waiting = -torch.log(
        chance.clamp_(min=1e-20)
    )  # exponential: the first of races at rates exp(logits) wins
    return (logits - torch.log(waiting.clamp_(min=1e-20))).argmax(-1)


class Learned:
    """A Policy that a Mind plays.

    Args:
        mind: the network.
        temperature: of the draws of acts: 1 as it was trained, 0 the likeliest act. Whoever always does the likeliest
            thing goes round in circles where it is lost; a little chance leads out of them.
        seed: of the draws.
        change_words: what it reads instead of tokens uint16[n, 64], to see what it needs of them.
    """

    def __init__(
        self,
        mind: Mind,
        temperature: float = TEMPERATURE,
        seed: int = 0,
        change_words: Callable[[np.ndarray], np.ndarray] | None = None,
    ) -> None:
        self.mind, self.change_words = mind, change_words
        self.device = next(mind.parameters()).device
        self.temperature = temperature
        self.generator = torch.Generator(self.device).manual_seed(seed) if temperature > 0 else None
        self.doubts: np.ndarray | None = None  # bool[W, K] is the instruction held to be impossible?

    def start(self, sim: Played, agents: np.ndarray) -> LearnedMemory:
        """Nothing remembered.

        Raises:
            ValueError: these worlds show another view than this mind was made for.
        """
        config = self.mind.config
        if sim.sizes.view != config.view or sim.sizes.message != config.message_tokens:
            raise ValueError(
                f"these worlds have views of {sim.sizes.view} cells and {sim.sizes.message} message tokens, this mind "
                f"was made for {config.view} and {config.message_tokens}: choose view={config.view} "
                f"message_tokens={config.message_tokens}"
            )
        return LearnedMemory.empty(self.mind, sim, len(agents))

    @torch.inference_mode()
    def act(self, sim: Played, agents: np.ndarray, memory: LearnedMemory) -> tuple[np.ndarray, LearnedMemory]:
        """Acts int64[W, K]; memory is wiped where an episode begins."""
        seen = sim.observation
        own = columns_of(seen.own, agents)
        chosen = changed_columns(seen, agents, memory)
        if len(chosen):
            read_again(self.mind, memory, chosen, own, self.change_words)
        keep = np.repeat(sim.state.step > 0, len(agents)).astype(np.float32)
        percept = percept_of(seen, agents, keep, memory)
        memory.hidden = self.mind.think(percept, memory.reading, memory.hidden)[0]
        logits, _ = self.mind.decide(memory.hidden)
        acts = pick(logits / (self.temperature or 1.0), self.generator)
        can = self.mind.answer(memory.hidden)["can"][:, 0]
        self.doubts = (can < 0).cpu().numpy().reshape(sim.worlds, len(agents))
        return acts.cpu().numpy().reshape(sim.worlds, len(agents)), memory


def percept_of(seen: Observation, agents: np.ndarray, keep: np.ndarray, memory: LearnedMemory) -> Percept:
    """What columns perceive now, one step long, where keep [B] says whose episode goes on; they read a row each."""
    device = memory.hidden.device
    view, own = columns_of(seen.view, agents), columns_of(seen.own, agents)
    heard = columns_of(seen.heard, agents)
    B = len(view)
    parts = (view.reshape(1, B, 3, -1), own.reshape(1, B, -1), heard.reshape(1, B, -1))
    context = torch.arange(B, dtype=torch.int32, device=device)[None]
    view, own, heard = (torch.from_numpy(np.ascontiguousarray(part)).to(device) for part in parts)
    return Percept(
        view, own, heard, context, torch.from_numpy(keep)[None].to(device), memory.chart, memory.at
    )
