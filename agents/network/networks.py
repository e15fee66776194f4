"""What is an agent network? Encoders of observations and instructions, memory and heads, for any agent.

    words ─> instruction encoder ─> gain and shift of every cell's channels ─> observation encoder ─┐
                     └─> sense (what matters beyond the cells) ─────────────────────────────────────┴─> memory ─> heads

The observation encoder sees the cells in view, and what the agent remembers of places it has seen: what is where, and
which way. Words act on each cell and landmark before anything is flattened. Which words act on which channels is
learned: each channel group attends to words by a query of its own. What it attends by comes from the whole sentence,
what it takes in is the bare word, so "orange" means the same next to "bed" as next to any other word.

Axes: T time, B columns (one agent of one world each), S contexts (an instruction and how far it is done), L words,
C cells of a view, D channels of a cell, E features of a cell, H hidden units.
"""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from agents.network.kernels.fused import PLAIN_FEATURES, gru, hear, look, recall, see, sum_rows
from agents.network.kernels.loops import CHANNELS, FEATURES
from agents.network.precision import Precision
from agents.network.word_meanings import word_vectors
from agents.spatial_memory.egocentric_map import BLOCKS, NOTHING_INSIDE
from worlds.goal import (
    COLOUR,
    EVERY,
    FIELDS,
    IN_ROOM,
    KIND_,
    MAX_CLAUSES,
    OTHER_COLOUR,
    OTHER_KIND,
    P_COLOUR,
    P_KIND,
    P_OTHER_COLOUR,
    P_OTHER_KIND,
    P_QUANTITY,
    P_RELATION,
    QUANTITY,
    RELATION,
    VERB,
    VERBS,
)
from worlds.language.grammar import VOCABULARY
from worlds.objects import (
    AGENT_MARK,
    CLASS_OF_KIND,
    COLOURS,
    FIRST_FIXTURE,
    FIRST_ITEM,
    FIXTURE,
    FLOOR,
    HEADINGS,
    ITEM,
    ITEMS,
    KINDS,
    MAX_AGENTS,
    OPAQUE,
    PLACE_COLOUR,
    PLACE_FLOOR,
    PLACE_HIDES,
    PLACE_HOLDS,
    PLACE_KIND,
    PLACE_STATE,
    PLACE_TOGGLED,
    PLACE_WALKABLE,
    colours_of,
)
from worlds.state import ACTS, OUTCOMES, SENSE_BROKEN, SENSE_CLAUSES_DONE

Routing = Literal["learned", "given", "film", "concat"]
UNMET, BLUR = 0.5, 0.5  # while reading is learned: share of words as if never met, by how much they are off


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
    charts: bool = (
        True  # does it know where things are that it has seen, and the way? Only with the words encoder
    )
    encoder: Literal["words", "plain"] = "words"  # of cells: coloured by words, or alike for all instructions
    routing: Routing = "learned"
    reader: str = ""  # folder of an encoder from Hugging Face that reads instructions; empty: our own
    lora: int = 0  # rank of what is learned of that encoder's attention; 0: nothing, it is frozen
    precision: Precision = "float32"  # of the large products; the rest is float32
    clause_bits: bool = True  # is it told which clauses are done, and the stage? They are the judge's verdict
    message_tokens: int = 0
    agents: int = 2  # in a world: whose messages are heard

    def __post_init__(self) -> None:
        if self.view not in (5, 7, 9, 11):
            raise ValueError(f"view is {self.view}, allowed are 5, 7, 9 and 11 cells")
        if self.readers < 1 or CHANNELS % self.readers:
            raise ValueError(f"readers is {self.readers}, allowed are divisors of {CHANNELS}")
        if not 0 <= self.lora <= 256 or (self.lora and not self.reader):
            raise ValueError(
                f"lora is {self.lora}, allowed are 0 to 256, and only 0 for our own reader: name a folder as reader"
            )
        for name in ("hidden", "words"):
            if getattr(self, name) % 32:
                raise ValueError(f"{name} is {getattr(self, name)}, allowed are multiples of 32")
        for name, low, high in (("hidden", 32, 4096), ("words", 32, 1024), ("sense_readers", 1, 16)):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} is {getattr(self, name)}, allowed are {low} to {high}")


class Percept(NamedTuple):
    """What columns perceive over time."""

    view: Tensor  # uint8[T, B, 3, C]
    own: Tensor  # uint8[T, B, 8]
    heard: Tensor  # uint8[T, B, A * M]
    context: Tensor  # int32[T, B] rows of a Reading
    keep: Tensor  # float[T, B] 0 where an episode begins: what is remembered is wiped before the step
    notes: Tensor  # uint8[T, B, NOTES, 4] what is known of places (charts.py); none without charts


class Reading(NamedTuple):
    """What the words of each context do."""

    gain: Tensor  # [S, D]
    shift: Tensor  # [S, D]
    sense: Tensor  # [S, H]
    taken: Tensor  # [S, R * W] the words that each reader took in

    def at(self, rows: Tensor) -> "Reading":
        """Some of the contexts."""
        return Reading(*(part[rows] for part in self))


# What the auxiliary head tells, and how many answers each question has.
AUXILIARY = {
    "subgoal_verb": len(VERBS),
    "subgoal_thing": len(KINDS),
    "subgoal_place": len(KINDS),
    "front": len(KINDS),
    "clauses_done": MAX_CLAUSES,
    "can": 1,  # can the instruction be carried out at all?
}
AUXILIARY_SIZE = sum(AUXILIARY.values())

# What readers should have understood: fields of the clause that is to be done now (below FIELDS) and of the first
# constraint, and how many answers each has. The first half of the eyes' readers tells the thing, the second half the
# place, the readers of the senses the rest.
_REF = (EVERY + 1, len(KINDS), len(COLOURS) + 1, IN_ROOM + 1, len(KINDS), len(COLOURS) + 1)
_THING = (QUANTITY, KIND_, COLOUR, RELATION, OTHER_KIND, OTHER_COLOUR)
_PLACE = (P_QUANTITY, P_KIND, P_COLOUR, P_RELATION, P_OTHER_KIND, P_OTHER_COLOUR)
UNDERSTOOD = {
    "thing": dict(zip(_THING, _REF, strict=True)),
    "place": dict(zip(_PLACE, _REF, strict=True)),
    "rest": {
        VERB: len(VERBS), FIELDS + VERB: len(VERBS), FIELDS + KIND_: len(KINDS), FIELDS + COLOUR: len(COLOURS) + 1,
    },
}  # fmt: skip


# ---- eyes -------------------------------------------------------------------------------------------
def _one_hot(values: np.ndarray, n: int) -> np.ndarray:
    return (values[:, None] == np.arange(n)).astype(np.float32)


def place_factors() -> np.ndarray:
    """What each place byte is made of: kind, colour, state, ground and abilities, float32[256, F]."""
    every = np.arange(256)
    is_kind = PLACE_KIND > 0
    coloured = np.array([k > 0 and len(colours_of(int(k))) > 0 for k in PLACE_KIND])
    ground = np.where((every >= FLOOR) & (every < FLOOR + 15) & ~is_kind, every - FLOOR, -1)
    parts = (
        _one_hot(np.where(is_kind, PLACE_KIND.astype(int) - FIRST_FIXTURE, -1), len(KINDS) - FIRST_FIXTURE),
        _one_hot(np.where(coloured, PLACE_COLOUR.astype(int), -1), len(COLOURS)),
        _one_hot(np.where(is_kind, PLACE_STATE.astype(int), -1), 3),
        _one_hot(ground, 15),
        _one_hot(PLACE_HOLDS, 3)[:, 1:],
        np.stack(
            [
                PLACE_WALKABLE,
                PLACE_HIDES,
                PLACE_TOGGLED > 0,
                PLACE_FLOOR,
                every >= OPAQUE,
                every > 0,
                every == 0,
            ],
            1,
        ),
    )
    return np.concatenate(parts, 1, dtype=np.float32)


def item_factors() -> np.ndarray:
    """What each item byte is made of: kind, colour, being there and being known not to be, float32[256, F]."""
    every = np.arange(256)
    there = (every > 0) & (every <= 8 * len(ITEMS))
    kind = np.where(there, (every - 1) // 8, -1)
    coloured = np.array([k >= 0 and len(colours_of(FIRST_ITEM + int(k))) > 0 for k in kind])
    colour = np.where(coloured, (every - 1) % 8, -1)
    known = np.stack([there, every == NOTHING_INSIDE], 1)
    return np.concatenate(
        [_one_hot(kind, len(ITEMS)), _one_hot(colour, len(COLOURS)), known], 1, dtype=np.float32
    )


def agent_factors() -> np.ndarray:
    """What each agent byte is made of: who, which way it looks and being there; below them floors, of notes."""
    every = np.arange(256)
    there = every >= AGENT_MARK
    who = np.where(there, (every - AGENT_MARK) // 4, -1)
    heading = np.where(there, every % 4, -1)
    floor = np.where((every >= FLOOR) & (every < FLOOR + 15), every - FLOOR, -1)
    return np.concatenate(
        [_one_hot(who, MAX_AGENTS), _one_hot(heading, 4), there[:, None], _one_hot(floor, 15)],
        1,
        dtype=np.float32,
    )


def linear(x: Tensor, layer: nn.Linear) -> Tensor:
    """A layer in the precision of its input."""
    bias = None if layer.bias is None else layer.bias.to(x.dtype)
    return torch.nn.functional.linear(x, layer.weight.to(x.dtype), bias)


class ObservationEncoder(nn.Module):
    """Cells of a view, coloured by words, flattened into hidden units."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        for name, table in (("place", place_factors()), ("item", item_factors()), ("agent", agent_factors())):
            self.register_buffer(f"{name}_factors", torch.from_numpy(table), persistent=False)
            scale = 1.0 if name == "item" else 0.5
            self.register_parameter(name, nn.Parameter(torch.randn(table.shape[1], CHANNELS) * scale * 0.5))
        self.mix = nn.Parameter(torch.randn(CHANNELS, FEATURES) * (2 / CHANNELS) ** 0.5)
        self.mix_bias = nn.Parameter(torch.zeros(FEATURES))
        self.flatten = nn.Linear(config.view**2 * FEATURES, config.hidden)
        self.remember = nn.Linear(BLOCKS * FEATURES, config.hidden, bias=False) if config.charts else None

    def looks(self) -> Tensor:
        """Channels of each byte of each plane, [3, 256, D]."""
        return torch.stack(
            [getattr(self, f"{n}_factors") @ getattr(self, n) for n in ("place", "item", "agent")]
        )

    def forward(self, percept: Percept, reading: Reading, kind: torch.dtype) -> Tensor:
        """Hidden units [T, B, H] before body and senses are added."""
        colouring = (self.looks(), reading.gain, reading.shift, self.mix, self.mix_bias, kind)
        out = linear(see(percept.view, percept.context, *colouring).flatten(2), self.flatten)
        if self.remember is None:
            return out
        return out + linear(recall(percept.notes, percept.context, *colouring).flatten(2), self.remember)


class PlainObservationEncoder(nn.Module):
    """Cells of a view as a few numbers each, the same for any instruction: fast, and a baseline."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.looks = nn.Parameter(torch.randn(3, 256, PLAIN_FEATURES) * 0.3)
        self.flatten = nn.Linear(config.view**2 * PLAIN_FEATURES, config.hidden)

    def forward(self, percept: Percept, reading: Reading, kind: torch.dtype) -> Tensor:
        """As ObservationEncoder."""
        return linear(look(percept.view, self.looks, kind).flatten(2), self.flatten)


# ---- the instruction reader -------------------------------------------------------------------------
class EncodedInstruction(NamedTuple):
    """What sentences are, however far they are done; U sentences, L words."""

    scores: Tensor  # [U, R, L] how much each reader cares for each word
    words: Tensor  # [U, L, W] the bare words
    order: Tensor  # [U, L] how many clauses are to be done before the one that a word belongs to
    clauses: Tensor  # [U] how many clauses there are
    begins: Tensor  # [U, L] logits: does a clause begin with this word?
    stage: Tensor  # [U, L] the stage that a word belongs to, counted from that of the first word


class InstructionEncoder(nn.Module):
    """Words to what they do: gain and shift of channel groups, and a sense of the rest.

    A group's reader asks a question of its own; keys come from the sentence (a GRU in both directions), values are the
    bare words; `readers.py` has ears of another kind. What a word means before anything is learned comes from
    `word_meanings.py`, so that a word that was never met acts like those that mean about the same.

    Each word also has a place in the order of what is asked for. The reader learns to tell where clauses begin and
    which words ("then", "before you") lead to another stage; a clause comes after those of earlier stages, and after
    those of its own that are said before it. Attention fades with the distance to the clause that comes now, so what
    was learned of two clauses holds for four; when all are done, it goes to nothing.
    """

    classes: Tensor
    vectors: Tensor
    identity = ""  # of what is read with and not learned

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        W, R = config.words, config.readers + config.sense_readers
        self.config = config
        self.grow_ears()
        self.key = nn.Parameter(torch.randn(W, W) * W**-0.5)
        self.question = nn.Parameter(torch.randn(R, W) * 0.3)
        self.begins, self.turns = nn.Linear(W, 1), nn.Linear(W, 1)
        # No order until it is learned: else attention fades to the first word before others have been heard.
        for layer, bias in ((self.begins, -4.0), (self.turns, 0.0)):
            nn.init.zeros_(layer.weight)
            nn.init.constant_(layer.bias, bias)
        self.fading = nn.Parameter(2 * torch.ones(R))
        self.nothing = nn.Parameter(torch.randn(2, W) * 0.5)  # key and value of what is left when all is done
        group = CHANNELS // config.readers
        self.modulate = nn.Parameter(torch.randn(config.readers, W, 2 * group) * W**-0.5)
        self.sense = nn.Linear(config.sense_readers * W + 1, config.hidden)
        half = config.readers // 2 or 1
        self.parts = {
            "thing": slice(0, half * W),
            "place": slice((config.readers - half) * W, config.readers * W),
        }
        self.parts["rest"] = slice(config.readers * W, R * W)
        self.tell = nn.ModuleDict(
            {
                name: nn.Linear(self.parts[name].stop - self.parts[name].start, sum(sizes.values()))
                for name, sizes in UNDERSTOOD.items()
            }
        )
        classes = torch.from_numpy(word_classes(config)) if config.routing == "given" else torch.ones(1)
        self.register_buffer("classes", classes, persistent=False)

    def grow_ears(self) -> None:
        """Parameters of `know` and `listen`."""
        W = self.config.words
        self.register_buffer("vectors", torch.from_numpy(word_vectors()), persistent=False)
        self.learned = nn.Parameter(
            torch.zeros_like(self.vectors)
        )  # of words that were met, beside what they mean
        self.meaning = nn.Sequential(nn.Linear(self.vectors.shape[1], 2 * W), nn.ReLU(), nn.Linear(2 * W, W))
        self.given = nn.Linear(W, 6 * (W // 2))  # a GRU each way, half of a word's size
        self.kept = nn.Parameter(torch.empty(2, 3 * (W // 2), W // 2).uniform_(-1, 1) * (W // 2) ** -0.5)
        self.kept_bias = nn.Parameter(torch.zeros(2, 3 * (W // 2)))

    def know(self, blur: Tensor | None = None) -> Any:
        """What `listen` needs of all words, the same until something is learned.

        With `blur`, a seed int64[1], some words are as if they had never been met: nothing was learned of them, and
        what they mean is off by chance.
        """
        vectors, own = self.vectors, self.learned
        if blur is not None:
            chance = torch.Generator().manual_seed(int(blur))
            noise = torch.randn(vectors.shape, generator=chance).to(vectors.device)
            is_new = torch.rand(1, generator=chance).to(vectors.device) < UNMET
            own = torch.where(is_new, noise * (BLUR * vectors.std()), own)
        words = self.meaning(vectors + own)
        return self.given(words), words

    def listen(self, tokens: Tensor, known: Any) -> tuple[Tensor, Tensor]:
        """What each word is in its sentence, and by itself, [U, L, W] each."""
        given, words = known
        return hear(tokens, given, self.kept, self.kept_bias), words[tokens]

    def hear(self, tokens: Tensor, known: Any = None) -> EncodedInstruction:
        """What sentences int64 [U, L] are, 0 padding."""
        states, words = self.listen(tokens, self.know() if known is None else known)
        scores = (self.question @ self.key) @ states.transpose(1, 2) * self.config.words**-0.5
        if self.config.routing == "given":
            scores = scores.masked_fill(self.classes[:, tokens].transpose(0, 1) == 0, -1e4)
        begins, turns = self.begins(states)[..., 0], torch.tanh(self.turns(states))[..., 0]
        there = tokens > 0
        stage, begun = (1.5 * turns * there).cumsum(1), torch.sigmoid(begins) * there
        apart = stage[:, :, None] - stage[:, None]  # of each word, after each other one
        later, not_earlier = torch.sigmoid(8 * apart - 4), torch.sigmoid(8 * apart + 4)
        is_before = torch.ones_like(apart[0]).tril()
        comes_after = later + (not_earlier - later) * is_before
        order = (comes_after * begun[:, None]).sum(-1) - 1
        return EncodedInstruction(
            scores.masked_fill(~there[:, None], -1e9), words, order, begun.sum(1), begins, stage
        )

    def take(self, heard: EncodedInstruction, rows: Tensor, progress: Tensor) -> Reading:
        """What contexts do: sentence `rows` [S] of what was heard, with progress [S, 2] of `progress_of`."""
        config, due = self.config, progress[:, :1]
        away = torch.cat(
            [heard.order[rows] - due, (heard.clauses[rows] - due[:, 0])[:, None]], 1
        )  # [S, L + 1]
        nothing = (self.question @ self.key @ self.nothing[0] * config.words**-0.5).expand(len(rows), -1)
        scores = torch.cat([heard.scores[rows], nothing[..., None]], 2)
        if config.clause_bits:  # else nobody says which clause comes now: all are before it
            scores = scores - self.fading.abs()[:, None] * (away * away)[:, None]
        attention = scores.softmax(-1)
        taken = attention[..., :-1] @ heard.words[rows] + attention[..., -1:] * self.nothing[1]  # [S, R, W]
        if config.routing == "film":
            taken = taken.mean(1, keepdim=True).expand_as(taken)
        eyes, rest = taken[:, : config.readers], taken[:, config.readers :]
        changes = torch.einsum("srw,rwc->src", eyes, self.modulate)
        if config.routing == "concat":
            changes = changes * 0
        gain, shift = changes.chunk(2, -1)
        sense = self.sense(torch.cat([rest.flatten(1), progress[:, 1:]], -1))
        return Reading(gain.flatten(1), shift.flatten(1), sense, taken.flatten(1))

    def forward(self, tokens: Tensor, progress: Tensor, known: Any = None) -> Reading:
        """What contexts do; tokens int64 [S, L], 0 padding; progress [S, 2] of `progress_of`."""
        distinct, rows = distinct_rows(tokens)
        return self.take(self.hear(distinct, known), rows, progress)

    def understood(self, reading: Reading) -> dict[int, Tensor]:
        """Logits of what is to be done, by field of UNDERSTOOD."""
        told = {}
        for name, sizes in UNDERSTOOD.items():
            parts = self.tell[name](reading.taken[:, self.parts[name]]).split(list(sizes.values()), -1)
            told |= dict(zip(sizes, parts, strict=True))
        return told


def distinct_rows(tokens: Tensor) -> tuple[Tensor, Tensor]:
    """The distinct sentences of int64 [S, L], and which of them each row is."""
    places = torch.arange(1, tokens.shape[1] + 1, device=tokens.device)
    names = ((tokens + 1) * (places * 0x9E3779B97F4A7C1 | 1)).sum(1)  # equal by chance once in 2 ** 63 pairs
    distinct, rows = torch.unique(names, return_inverse=True)
    first = rows.new_full((len(distinct),), len(rows)).scatter_reduce(
        0, rows, torch.arange(len(rows), device=rows.device), "amin"
    )
    return tokens[first], rows


def instruction_encoder_of(config: NetworkConfig) -> InstructionEncoder:
    """The reader that a config names."""
    if not config.reader:
        return InstructionEncoder(config)
    from agents.network.pretrained import PretrainedInstructionEncoder

    return PretrainedInstructionEncoder(config)


def progress_of(own: Tensor) -> Tensor:
    """How far instructions are done, float [..., 2], of what agents sense of themselves, uint8 [..., 8].

    How many clauses come before the first one that is not done, and whether a constraint was broken.
    """
    done = own[..., SENSE_CLAUSES_DONE].int()
    bits = torch.arange(1, MAX_CLAUSES + 1, device=own.device)
    before = ((done[..., None] + 1) % (1 << bits) == 0).sum(-1)
    return torch.stack([before, own[..., SENSE_BROKEN] > 0], -1).float()


def word_classes(config: NetworkConfig) -> np.ndarray:
    """The routing by hand that learned routing is compared with, float32[R, vocabulary]: which words a reader may take.

    Half of the groups take words of items, half those of furniture, rooms and agents; the senses take the rest. Colours
    and verbs go to all groups.
    """
    from worlds.language import lexicon

    items, places = set(), set()
    for kind, names in enumerate(lexicon.NAMES_OF_KIND):
        words = {w for name in sum(names, ()) for w in name.lower().split()}
        if CLASS_OF_KIND[kind] in (ITEM, FIXTURE):
            words |= {w for name in sum(names, ()) for w in lexicon.plural_of(name).lower().split()}
        (items if FIRST_ITEM <= kind < FIRST_FIXTURE else places).update(words)
    is_item = np.array([w.lower() in items for w in VOCABULARY], np.float32)
    is_place = np.array([w.lower() in places for w in VOCABULARY], np.float32)
    rest = 1 - np.maximum(is_item, is_place)
    half = config.readers // 2
    rows = (
        [is_item + rest] * half + [is_place + rest] * (config.readers - half) + [rest] * config.sense_readers
    )
    return np.stack(rows).clip(0, 1)


# ---- memory -----------------------------------------------------------------------------------------
class GRU(nn.Module):
    """Gated memory."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.given = nn.Linear(size, 3 * size)
        self.kept = nn.Linear(size, 3 * size)

    def forward(self, x: Tensor, h0: Tensor, keep: Tensor) -> Tensor:
        """Memory [T, B, H] after each step; it is wiped before steps where keep [T, B] is 0."""
        return gru(linear(x, self.given), h0, self.kept.weight, self.kept.bias, keep)


class MinGRU(nn.Module):
    """Memory whose gates see only the input: h = (1 - z) h + z c."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.given = nn.Linear(size, 2 * size)

    def forward(self, x: Tensor, h0: Tensor, keep: Tensor) -> Tensor:
        """As GRU."""
        gate, fresh = linear(x, self.given).float().chunk(2, -1)
        gate = torch.sigmoid(gate)
        stays, comes = (1 - gate) * keep[..., None], gate * torch.tanh(fresh)
        hidden, h = [], h0
        for t in range(len(x)):
            h = torch.addcmul(comes[t], stays[t], h)
            hidden.append(h)
        return torch.stack(hidden)


class Feedforward(nn.Module):
    """No memory."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.given = nn.Linear(size, size)

    def forward(self, x: Tensor, h0: Tensor, keep: Tensor) -> Tensor:
        """As GRU, without memory."""
        return torch.relu(linear(x, self.given)).float()


MEMORIES = {"gru": GRU, "mingru": MinGRU, "none": Feedforward}


# ---- the whole --------------------------------------------------------------------------------------
# Numbers of what is told apart of each sense. How many clauses are done only the reader knows: a body would not know
# what to make of a third one after having met two.
_OWN_SIZES = (256, len(HEADINGS), len(OUTCOMES), len(ACTS), 1, 1, 2, 2)


class ActorCritic(nn.Module):
    """A language-conditioned recurrent policy: acts, value, messages and auxiliary answers."""

    item_factors: Tensor
    own_first: Tensor
    own_last: Tensor

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        H = config.hidden
        self.eyes = (
            ObservationEncoder(config) if config.encoder == "words" else PlainObservationEncoder(config)
        )
        self.reader = instruction_encoder_of(config)
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
        self.head = nn.Linear(H, len(ACTS) + 1)
        nn.init.orthogonal_(self.head.weight, 0.1)
        self.auxiliary = nn.Linear(H, AUXILIARY_SIZE)
        if config.message_tokens:
            self.speech = nn.Linear(H, config.message_tokens * 256)

    @property
    def has_charts(self) -> bool:
        """Does it remember places on a chart?"""
        return isinstance(self.eyes, ObservationEncoder) and self.eyes.remember is not None

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
        return self.reader(tokens, progress, known)

    def think(self, percept: Percept, reading: Reading, h0: Tensor) -> Tensor:
        """Memory [T, B, H] after each step, from h0 [B, H]."""
        kind = torch.bfloat16 if self.config.precision == "bfloat16" else torch.float32
        x = torch.relu(self.eyes(percept, reading, kind) + self.body(percept, reading.sense, kind))
        return self.memory(x, h0, percept.keep)

    def decide(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Logits [..., 8] of acts and values [...]."""
        out = self.head(hidden)
        return out[..., :-1], out[..., -1]

    def answer(self, hidden: Tensor) -> dict[str, Tensor]:
        """Logits of the auxiliary questions, by name of AUXILIARY."""
        parts = self.auxiliary(hidden).split(list(AUXILIARY.values()), -1)
        return dict(zip(AUXILIARY, parts, strict=True))
