"""How are instructions encoded? Words become gain and shift of channel groups, and a sense of the rest.

Which words act on which channels is learned: each channel group attends to words by a query of its own. What it attends
by comes from the whole sentence, what it takes in is the bare word, so "orange" means the same next to "bed" as next to
any other word.

Axes: S contexts (an instruction and how far it is done), U sentences, L words, D channels of a cell, R readers, W size
of a word, H hidden units.
"""

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from agents.network.config import NetworkConfig
from agents.network.kernels.fused import hear
from agents.network.kernels.loops import CHANNELS
from agents.network.kernels.reader import attend, order_of
from agents.network.word_meanings import word_vectors
from worlds.goal import MAX_CLAUSES
from worlds.language.grammar import VOCABULARY
from worlds.objects import CLASS_OF_KIND, FIRST_FIXTURE, FIRST_ITEM, FIXTURE, ITEM
from worlds.state import SENSE_BROKEN, SENSE_CLAUSES_DONE

UNMET, BLUR = 0.5, 0.5  # while reading is learned: share of words as if never met, by how much they are off


class Reading(NamedTuple):
    """What the words of each context do."""

    gain: Tensor  # [S, D]
    shift: Tensor  # [S, D]
    sense: Tensor  # [S, H]
    taken: Tensor  # [S, R * W] the words that each reader took in

    def at(self, rows: Tensor) -> "Reading":
        """Some of the contexts."""
        return Reading(*(part[rows] for part in self))


class EncodedInstruction(NamedTuple):
    """What sentences are, however far they are done; U sentences, L words."""

    scores: Tensor  # [U, L, R] how much each reader cares for each word
    words: Tensor  # [V, W] bare words
    tokens: Tensor  # int64 [U, L] the row of `words` of each word
    length: Tensor  # int64 [U] how many words there are
    order: Tensor  # [U, L] how many clauses are to be done before the one that a word belongs to
    clauses: Tensor  # [U] how many clauses there are
    begins: Tensor  # [U, L] logits: does a clause begin with this word?
    stage: Tensor  # [U, L] the stage that a word belongs to, counted from that of the first word


class InstructionEncoder(nn.Module):
    """Words to what they do: gain and shift of channel groups, and a sense of the rest.

    A group's reader asks a question of its own; keys come from the sentence (a GRU in both directions), values are the
    bare words; `pretrained.py` has ears of another kind. What a word means before anything is learned comes from
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

    def listen(self, tokens: Tensor, known: Any) -> tuple[Tensor, Tensor, Tensor]:
        """What each word is in its sentence, [U, L, W], and by itself: [V, W], and the row of each, int64 [U, L]."""
        given, words = known
        return hear(tokens, given, self.kept, self.kept_bias), words, tokens

    def hear(self, tokens: Tensor, known: Any = None) -> EncodedInstruction:
        """What sentences int64 [U, L] are, 0 padding."""
        states, words, rows = self.listen(tokens, self.know() if known is None else known)
        question = self.question @ self.key * self.config.words**-0.5
        asked = torch.cat([question, self.begins.weight, self.turns.weight])  # in one product
        scores, begins, turns = (states @ asked.t()).split([len(question), 1, 1], -1)
        if self.config.routing == "given":
            scores = scores.masked_fill(self.classes[:, tokens].permute(1, 2, 0) == 0, -1e4)
        begins, turns = (begins + self.begins.bias)[..., 0], torch.tanh(turns + self.turns.bias)[..., 0]
        there = tokens > 0
        stage, begun, length = (1.5 * turns * there).cumsum(1), torch.sigmoid(begins) * there, there.sum(1)
        order = order_of(stage, begun, length)
        return EncodedInstruction(scores, words, rows, length, order, begun.sum(1), begins, stage)

    def take(self, heard: EncodedInstruction, rows: Tensor, progress: Tensor) -> Reading:
        """What contexts do: sentence `rows` [S] of what was heard, with progress [S, 2] of `progress_of`."""
        config = self.config
        taken = self._attend(heard, rows, progress, self.nothing[1])
        if config.routing == "film":
            taken = taken.mean(1, keepdim=True).expand_as(taken)
        eyes, rest = taken[:, : config.readers], taken[:, config.readers :]
        changes = torch.einsum("srw,rwc->src", eyes, self.modulate)
        if config.routing == "concat":
            changes = changes * 0
        gain, shift = changes.chunk(2, -1)
        sense = self.sense(torch.cat([rest.flatten(1), progress[:, 1:]], -1))
        return Reading(gain.flatten(1), shift.flatten(1), sense, taken.flatten(1))

    def _attend(self, heard: EncodedInstruction, rows: Tensor, progress: Tensor, void: Tensor) -> Tensor:
        """What each reader takes in of each context, [S, R, W]; void [W]: what of nothing."""
        order, clauses, fading = heard.order, heard.clauses, self.fading.abs()
        if not self.config.clause_bits:  # nobody says which clause comes now: all are before it
            order, clauses, fading = order.detach(), clauses.detach(), torch.zeros_like(fading)
        nothing = self.question @ self.key @ self.nothing[0] * self.config.words**-0.5
        return attend(
            heard.scores, order, clauses, nothing, fading, heard.words, void, heard.length, rows,
            progress[:, 0], heard.tokens,
        )  # fmt: skip

    def shares(self, tokens: Tensor, progress: Tensor, known: Any = None) -> Tensor:
        """What share of its attention each reader gives to each word, and to nothing: [S, R, L + 1].

        It reads as `forward` does, but takes in the place of each word instead of what the word means.
        """
        distinct, rows = distinct_rows(tokens)
        heard = self.hear(distinct, self.know() if known is None else known)
        L = distinct.shape[1]
        places = torch.eye(-(-(L + 1) // 16) * 16, device=tokens.device)
        placed = torch.arange(L, device=tokens.device).expand(len(distinct), L).contiguous()
        marked = heard._replace(words=places, tokens=placed)
        return self._attend(marked, rows, progress, places[L])[..., : L + 1]

    def forward(self, tokens: Tensor, progress: Tensor, known: Any = None) -> Reading:
        """What contexts do; tokens int64 [S, L], 0 padding; progress [S, 2] of `progress_of`."""
        distinct, rows = distinct_rows(tokens)
        return self.take(self.hear(distinct, known), rows, progress)


def distinct_rows(tokens: Tensor) -> tuple[Tensor, Tensor]:
    """The distinct sentences of int64 [S, L], and which of them each row is."""
    places = torch.arange(1, tokens.shape[1] + 1, device=tokens.device)
    names = ((tokens + 1) * (places * 0x9E3779B97F4A7C1 | 1)).sum(1)  # equal by chance once in 2 ** 63 pairs
    distinct, rows = torch.unique(names, return_inverse=True)
    first = rows.new_full((len(distinct),), len(rows)).scatter_reduce(
        0, rows, torch.arange(len(rows), device=rows.device), "amin"
    )
    return tokens[first], rows


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
