"""How does a mind act? A Policy around a ActorCritic: it reads an instruction when it changes, and remembers.

Axes: W worlds, K agents it plays, B = W * K columns, H hidden units.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from agents.network.kernels.loops import CHANNELS
from agents.network.networks import ActorCritic, Percept, Reading
from agents.spatial_memory.bitboard import SIDE
from agents.spatial_memory.egocentric_map import NOTES, empty_charts, take_notes
from agents.types import Played
from worlds.simulator import Observation
from worlds.state import OCCLUDED, SENSE_BROKEN, SENSE_CLAUSES_DONE, SENSE_STAGE

_PROGRESS = [SENSE_CLAUSES_DONE, SENSE_STAGE, SENSE_BROKEN]


TEMPERATURE = 0.5  # at which minds play, see docs/results/training.md


@dataclass
class LearnedMemory:
    """What a learned policy hands itself from step to step."""

    hidden: Tensor  # float[B, H]
    chart: np.ndarray  # uint8[B, 3, N, N] what each column remembers of places; B 0 without charts
    at: np.ndarray  # int32[B, 2] where it is on its chart
    reading: Reading  # what the instruction of each column does now
    known: Any  # what the reader knows of words, of its `know`
    tokens: np.ndarray  # uint16[B, 64] the instruction it was read from
    progress: np.ndarray  # uint8[B, 3] how far it was done then
    draws: int = 0  # how often acts were drawn: the number of the next draw
    stale: bool = True  # read everything again

    @classmethod
    def empty(cls, mind: ActorCritic, sim: Played, agents: int) -> "LearnedMemory":
        """Memory of some agents of each world before the first step."""
        columns = sim.worlds * agents
        device = next(mind.parameters()).device
        config = mind.config
        taken = (config.readers + config.sense_readers) * config.words
        sizes = (CHANNELS, CHANNELS, config.hidden, taken)
        reading = Reading(*(torch.zeros(columns, size, device=device) for size in sizes))
        tokens = np.zeros((columns, 64), np.uint16)
        hidden = torch.zeros(columns, mind.config.hidden, device=device)
        chart, at = empty_charts(columns if mind.has_charts else 0)
        return cls(hidden, chart, at, reading, None, tokens, np.zeros((columns, 3), np.uint8))


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
    if memory.stale:
        memory.known = None
    chosen = np.arange(len(tokens)) if memory.stale else np.flatnonzero(differs)
    memory.tokens[chosen], memory.progress[chosen], memory.stale = tokens[chosen], progress[chosen], False
    return chosen


def read_again(
    mind: ActorCritic,
    memory: LearnedMemory,
    chosen: np.ndarray,
    own: np.ndarray,
    change_words: Callable[[np.ndarray], np.ndarray] | None = None,
) -> Tensor:
    """Read the instructions of some columns; returns their tokens int64[n, L]."""
    device = memory.hidden.device
    if memory.known is None:
        memory.known = mind.reader.know()
    tokens = memory.tokens[chosen]
    if change_words is not None:
        tokens = change_words(tokens)
    length = max(int((tokens > 0).sum(1).max(initial=0)), 1)
    words = torch.from_numpy(tokens[:, :length].astype(np.int64)).to(device)
    reading = mind.read(words, torch.from_numpy(own[chosen]).to(device), memory.known)
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
    """A Policy that a ActorCritic plays.

    Args:
        mind: the network.
        temperature: of the draws of acts: 1 as it was trained, 0 the likeliest act. Whoever always does the likeliest
            thing goes round in circles where it is lost; a little chance leads out of them.
        seed: of the draws.
        change_words: what it reads instead of tokens uint16[n, 64], to see what it needs of them.
    """

    def __init__(
        self,
        mind: ActorCritic,
        temperature: float = TEMPERATURE,
        seed: int = 0,
        change_words: Callable[[np.ndarray], np.ndarray] | None = None,
    ) -> None:
        self.mind, self.change_words = mind, change_words
        self.device = next(mind.parameters()).device
        self.temperature = temperature
        self.seed = seed
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
        if self.mind.has_charts:
            check_chartable(sim)
        return LearnedMemory.empty(self.mind, sim, len(agents))

    @torch.inference_mode()
    def act(self, sim: Played, agents: np.ndarray, memory: LearnedMemory) -> tuple[np.ndarray, LearnedMemory]:
        """Acts int64[W, K]; memory is wiped where an episode begins."""
        seen = sim.observation
        view, own, heard = senses_of(seen, agents)
        chosen = changed_columns(seen, agents, memory)
        if len(chosen):
            read_again(self.mind, memory, chosen, own, self.change_words)
        keep = np.repeat(sim.state.step > 0, len(agents)).astype(np.float32)
        notes = notes_of(view, own, keep, memory.chart, memory.at)
        percept = percept_of(view, own, heard, keep, notes, self.device)
        memory.hidden = self.mind.think(percept, memory.reading, memory.hidden)[0]
        logits, _ = self.mind.decide(memory.hidden)
        acts = pick(logits / (self.temperature or 1.0), self._chance(agents, memory.draws))
        memory.draws += 1
        can = self.mind.answer(memory.hidden)["can"][:, 0]
        self.doubts = (can < 0).cpu().numpy().reshape(sim.worlds, len(agents))
        return acts.cpu().numpy().reshape(sim.worlds, len(agents)), memory

    def _chance(self, agents: np.ndarray, number: int) -> torch.Generator | None:
        """The source of one draw: a function of seed, agents and number, so that memory holds all chance there is."""
        if self.temperature == 0:
            return None
        digest = hashlib.blake2b(f"{self.seed}/{agents.tolist()}/{number}".encode(), digest_size=8).digest()
        return torch.Generator(self.device).manual_seed(int.from_bytes(digest) >> 1)


def check_chartable(sim: Played) -> None:
    """Raise a ValueError if these worlds do not fit on a chart: where walls hide nothing, one sees beyond them."""
    edge = 0 if sim.state.option[OCCLUDED] else 2 * (sim.sizes.view - 1)
    if sim.sizes.side + edge > SIDE:
        raise ValueError(
            f"houses of side {sim.sizes.side}{' that are seen through' if edge else ''} do not fit on charts of "
            f"{SIDE} x {SIDE} cells: choose side={SIDE - edge} or less, or a mind trained with --no-charts"
        )


def notes_of(
    view: np.ndarray, own: np.ndarray, keep: np.ndarray, chart: np.ndarray, at: np.ndarray
) -> np.ndarray:
    """What columns know of places, uint8[B, NOTES, 4]; their charts move on. None without charts."""
    notes = np.empty((len(view), NOTES if chart.size else 0, 4), np.uint8)
    if chart.size:
        take_notes(view, own, keep, chart, at, notes)
    return notes


def percept_of(
    view: np.ndarray,
    own: np.ndarray,
    heard: np.ndarray,
    keep: np.ndarray,
    notes: np.ndarray,
    device: torch.device,
) -> Percept:
    """What columns perceive now, one step long; they read a row each."""
    context = torch.arange(len(view), dtype=torch.int32, device=device)[None]
    view_, own_, heard_, keep_, notes_ = (
        torch.from_numpy(part).to(device)[None] for part in (view, own, heard, keep, notes)
    )
    return Percept(view_, own_, heard_, context, keep_, notes_)


def senses_of(seen: Observation, agents: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """View uint8[B, 3, C], own uint8[B, 8] and what was heard uint8[B, A * M] of some agents, as columns."""
    view, own, heard = (columns_of(part, agents) for part in (seen.view, seen.own, seen.heard))
    parts = (view.reshape(len(view), 3, -1), own, heard.reshape(len(view), -1))
    view, own, heard = (np.ascontiguousarray(part) for part in parts)
    return view, own, heard
