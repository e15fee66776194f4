"""What does a network perceive, and what does it make of it? The same for whoever plays and whoever learns.

Axes: W worlds, K agents it plays, B = W * K columns (world by world), C cells of a view, N landmarks, H hidden units.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from agents.batch import Percept
from agents.network.actor_critic import ActorCritic
from agents.network.instruction_encoder import Reading, progress_of
from agents.network.kernels.loops import CHANNELS
from agents.spatial_memory.bitboard import SIDE
from agents.spatial_memory.egocentric_map import LANDMARKS, empty_maps, find_landmarks
from agents.types import Played
from worlds.objects import AGENT_MARK
from worlds.simulator import Observation
from worlds.state import AGENT_PLANE, OCCLUDED, SENSE_BROKEN, SENSE_CLAUSES_DONE, SENSE_STAGE

_PROGRESS = [SENSE_CLAUSES_DONE, SENSE_STAGE, SENSE_BROKEN]
ChangeWords = Callable[[np.ndarray], np.ndarray]  # of tokens uint16[n, 64]


@dataclass
class LearnedMemory:
    """What a network hands itself from step to step."""

    hidden: Tensor  # float[B, H]
    map: np.ndarray  # uint8[B, 3, SIDE, SIDE] what each column remembers of places; B 0 without a map
    at: np.ndarray  # int32[B, 2] where it is on its map
    reading: Reading  # what the instruction of each column does now
    tokens: np.ndarray  # uint16[B, 64] the instruction it was read from
    progress: np.ndarray  # uint8[B, 3] how far it was done then
    draws: int = 0  # how often acts were drawn: the number of the next draw
    stale: bool = True  # read everything again
    known: Any = field(
        default=None, metadata={"derived": True}
    )  # what the network knows of words: its `know`

    @classmethod
    def empty(cls, network: ActorCritic, sim: Played, agents: int) -> "LearnedMemory":
        """Memory of some agents of each world before the first step."""
        columns, config = sim.worlds * agents, network.config
        device = next(network.parameters()).device
        taken = (config.readers + config.sense_readers) * config.words
        sizes = (CHANNELS, CHANNELS, config.hidden, taken)
        reading = Reading(*(torch.zeros(columns, size, device=device) for size in sizes))
        hidden = torch.zeros(columns, network.width, device=device)
        places, at = empty_maps(columns if network.has_map else 0)
        tokens, progress = np.zeros((columns, 64), np.uint16), np.zeros((columns, 3), np.uint8)
        return cls(hidden, places, at, reading, tokens, progress)

    def columns(self, chosen: np.ndarray) -> "LearnedMemory":
        """A copy of what some columns remember."""
        rows, kept = torch.from_numpy(chosen).to(self.hidden.device), chosen if len(self.map) else chosen[:0]
        return replace(
            self, hidden=self.hidden[rows], map=self.map[kept], at=self.at[kept], reading=self.reading.at(rows),
            tokens=self.tokens[chosen], progress=self.progress[chosen],
        )  # fmt: skip


class Perceived(NamedTuple):
    """What columns perceive at one step, and which of them read an instruction anew."""

    view: np.ndarray  # uint8[B, 3, C]
    own: np.ndarray  # uint8[B, 8]
    heard: np.ndarray  # uint8[B, A * M]
    keep: np.ndarray  # float[B] 0 where an episode begins, or the agent comes into one
    landmarks: np.ndarray  # uint8[B, N, 4]
    read: np.ndarray  # int64[n] columns
    words: Tensor  # int64[n, L] what they read


def perceive(
    network: ActorCritic,
    seen: Observation,
    agents: np.ndarray,
    keep_WK: np.ndarray,
    memory: LearnedMemory,
    *,
    columns: np.ndarray | None = None,
    change_words: ChangeWords | None = None,
) -> Perceived:
    """Take in what some agents of all worlds observe: their maps move on, and instructions that changed are read.

    Args:
        keep_WK: float[W, K] 0 where an episode begins, or an agent comes into one.
        columns: only these, whose memory this is; all by default.
        change_words: what is read instead, to see what a network needs of them.
    """
    keep = keep_WK.reshape(-1).astype(np.float32)
    parts = (*(columns_of(part, agents) for part in (seen.view, seen.own, seen.heard, seen.tokens)), keep)
    if columns is not None:
        parts = tuple(part[columns] for part in parts)
    view, own, heard, tokens, keep = (np.ascontiguousarray(part) for part in parts)
    view, heard = view.reshape(len(view), 3, -1), heard.reshape(len(view), -1)
    changed = _changed(tokens, own, memory)
    words = _read(network, memory, changed, own, change_words)
    return Perceived(view, own, heard, keep, landmarks_of(view, own, keep, memory), changed, words)


def think(network: ActorCritic, perceived: Perceived, memory: LearnedMemory) -> Tensor:
    """Memory float[B, H] after this step; `memory` moves on."""
    device, columns = memory.hidden.device, len(perceived.view)
    context = torch.arange(columns, dtype=torch.int32, device=device)[None]
    view, own, heard, keep, landmarks = (torch.from_numpy(part).to(device)[None] for part in perceived[:5])
    percept = Percept(view, own, heard, context, keep, landmarks)
    memory.hidden = network.think(percept, memory.reading, memory.hidden)[0]
    return memory.hidden


def columns_of(array: np.ndarray, agents: np.ndarray) -> np.ndarray:
    """What [W, A, ...] says of some agents, as columns [B, ...]; a view if they are all agents."""
    if len(agents) != array.shape[1]:
        array = array[:, agents]
    return array.reshape(len(array) * len(agents), *array.shape[2:])


def landmarks_of(view: np.ndarray, own: np.ndarray, keep: np.ndarray, memory: LearnedMemory) -> np.ndarray:
    """What columns know of places, uint8[B, N, 4]; their maps move on. None without a map."""
    landmarks = np.empty((len(view), LANDMARKS if len(memory.map) else 0, 4), np.uint8)
    if len(memory.map):
        find_landmarks(view, own, keep, memory.map, memory.at, landmarks)
    return landmarks


def check_mappable(sim: Played) -> None:
    """Raise a ValueError if these worlds do not fit on a map: where walls hide nothing, one sees beyond them."""
    edge = 0 if sim.state.option[OCCLUDED] else 2 * (sim.sizes.view - 1)
    if sim.sizes.side + edge > SIDE:
        raise ValueError(
            f"houses of side {sim.sizes.side}{' that are seen through' if edge else ''} do not fit on maps of "
            f"{SIDE} x {SIDE} cells: choose side={SIDE - edge} or less, or a mind trained with --no-map"
        )


def _changed(tokens: np.ndarray, own: np.ndarray, memory: LearnedMemory) -> np.ndarray:
    """Columns whose instruction, or how far it is done, differs from what was last read; notes what it is now."""
    progress = own[:, _PROGRESS]
    differs = (tokens.view(np.uint64) != memory.tokens.view(np.uint64)).any(1)
    differs |= (progress != memory.progress).any(1)
    if memory.stale:
        memory.known = None
    chosen = np.arange(len(tokens)) if memory.stale else np.flatnonzero(differs)
    memory.tokens[chosen], memory.progress[chosen], memory.stale = tokens[chosen], progress[chosen], False
    return chosen


def _read(
    network: ActorCritic,
    memory: LearnedMemory,
    chosen: np.ndarray,
    own: np.ndarray,
    change_words: ChangeWords | None,
) -> Tensor:
    """Read the instructions of some columns; returns their tokens int64[n, L]."""
    device = memory.hidden.device
    if not len(chosen):
        return torch.zeros(0, 1, dtype=torch.int64, device=device)
    if memory.known is None:
        memory.known = network.instruction_encoder.know()
    tokens = memory.tokens[chosen]
    if change_words is not None:
        tokens = change_words(tokens)
    length = max(int((tokens > 0).sum(1).max()), 1)
    words = torch.from_numpy(tokens[:, :length].astype(np.int64)).to(device)
    reading = network.read(words, torch.from_numpy(own[chosen]).to(device), memory.known)
    at = torch.from_numpy(chosen).to(device)
    for kept, new in zip(memory.reading, reading, strict=True):
        kept[at] = new
    return words


def shares_of(network: ActorCritic, memory: LearnedMemory, change_words: ChangeWords | None = None) -> Tensor:
    """What share of its attention each reader of each column gave to each word that it read last, and to nothing.

    Returns:
        float[B, R, L + 1], readers of cells before those of the rest.
    """
    tokens = memory.tokens if change_words is None else change_words(memory.tokens)
    length = max(int((tokens > 0).sum(1).max()), 1)
    words = torch.from_numpy(tokens[:, :length].astype(np.int64)).to(memory.hidden.device)
    own = np.zeros((len(tokens), 8), np.uint8)
    own[:, _PROGRESS] = memory.progress
    progress = progress_of(torch.from_numpy(own).to(memory.hidden.device))
    if not network.config.clause_bits:
        progress[..., 0] = 0
    return network.instruction_encoder.shares(words, progress, memory.known)


def in_view(view: np.ndarray, agents: int) -> np.ndarray:
    """Who stands in views uint8[B, 3, C]? bool[B, A], the one who looks among them."""
    marks = view[:, AGENT_PLANE, :, None]
    return ((marks & AGENT_MARK > 0) & ((marks & AGENT_MARK - 1) >> 2 == np.arange(agents))).any(1)
