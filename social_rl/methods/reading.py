"""How does one learn to read? From words alone: many ways to say each goal, and what is to be done next.

Nothing is played. A mind tells of every text where clauses begin, in which order they are due, and what the one that is
due now asks for. In some texts all words are as if they had never been met (`InstructionEncoder.know`), in some,
words are swapped or foreign ones put in between: so it learns to make do with words and phrasings that it does not
know. No lesson holds a word that only reserved phrasings have, nor names a pair or a shade that training holds out.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from agents.network.networks import ActorCritic
from social_rl.methods.imitate import told_apart
from worlds.goal import MAX_CLAUSES, NO_VERB, STAGE, VERB
from worlds.language.grammar import UNKNOWN, VOCABULARY
from worlds.language.lexicon import COLOUR_NAMES, NAMES_OF_KIND, plural_of
from worlds.language.texts import clause_due, random_progress, texts
from worlds.state import MAX_TOKENS

# Share of texts that are garbled; in those, of words in whose place another one stands, and that have one put before.
GARBLED, SWAPPED, PUT_IN = 0.5, 0.08, 0.12


def _names() -> np.ndarray:
    """Tokens that are no word to swap in: padding, and words of things, rooms, agents and colours, however many."""
    sayings = [*NAMES_OF_KIND[1:], *COLOUR_NAMES]
    names = [name for one in sayings for name in (*one.said, *one.reserved)]
    words = {word.lower() for name in names for word in f"{name} {plural_of(name)}".split()}
    return np.array([0, *(i for i, word in enumerate(VOCABULARY) if word.lower() in words)])


_NAMES = _names()


class Lesson(NamedTuple):
    """Texts to read: M of them with L words."""

    tokens: Tensor  # int64[M, L]
    clause: (
        Tensor  # int64[M, L] 1 + clause of each word; 0 for words between, above MAX_CLAUSES for constraints
    )
    stage: Tensor  # float[M, L] of the clause of each word
    clauses: Tensor  # float[M] how many there are
    progress: Tensor  # float[M, 2] of `networks.progress_of`
    due: Tensor  # uint8[M, 2 * FIELDS] the clause that is due, zeros when all is done, and the first constraint
    blur: Tensor  # int64[1] seed of what blurs meanings

    def to(self, device: str) -> "Lesson":
        """The same on another device."""
        return Lesson(*(part.to(device) for part in self))


def lesson(goal: np.ndarray, seed: int, size: int) -> Lesson:
    """Texts for some of the goals uint8[n, ROWS, FIELDS], each somewhere on its way."""
    rng = np.random.default_rng(seed)
    goal = goal[rng.integers(len(goal), size=size)]
    tokens, rows = texts(goal, seed)
    done, stage = random_progress(goal, rng)
    due, number = clause_due(goal, done, stage), np.arange(size)
    length = int((tokens > 0).sum(1).max())
    tokens, rows = tokens[:, :length].astype(np.int64), rows[:, :length].astype(np.int64)
    tokens, rows = garbled(tokens, rows, rng)
    clauses = (goal[:, :MAX_CLAUSES, VERB] != NO_VERB).sum(1)
    now = np.where((due < clauses)[:, None], goal[number, np.minimum(due, MAX_CLAUSES - 1)], 0)
    parts = (
        tokens,
        rows,
        goal[number[:, None], np.maximum(rows - 1, 0), STAGE].astype(np.float32),
        clauses.astype(np.float32),
        np.stack([due, np.zeros_like(due)], 1).astype(np.float32),
        np.concatenate([now, goal[:, MAX_CLAUSES]], 1).astype(np.uint8),
        rng.integers(2**62, size=1),
    )
    return Lesson(*map(torch.from_numpy, parts))


def garbled(tokens: np.ndarray, rows: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Texts int64[M, L], some with words swapped and foreign ones put in between; whose words they are, likewise."""
    there, is_garbled = tokens > 0, (rng.random(len(tokens)) < GARBLED)[:, None]
    tokens = tokens.copy()
    swapped = is_garbled & there & (rng.random(tokens.shape) < SWAPPED)
    # Only words that were drawn: of others it would learn that they mean nothing. And no names: "orange" in the place
    # of "cup" would ask for another thing than the goal does.
    others = np.concatenate([[UNKNOWN], np.setdiff1d(tokens, _NAMES)])
    words = others[rng.integers(len(others), size=tokens.shape)]
    words[rng.random(tokens.shape) < 0.5] = UNKNOWN
    tokens[swapped] = words[swapped]
    # A foreign word stands before its neighbour, and belongs to the same clause.
    put_in = is_garbled & there & (rng.random(tokens.shape) < PUT_IN)
    place = np.arange(tokens.shape[1]) + put_in.cumsum(1)
    length = min(int(np.where(there, place, 0).max()) + 1, MAX_TOKENS)
    fits = there & (place < length)
    new, of = np.zeros((len(tokens), length), np.int64), np.zeros((len(tokens), length), np.int64)
    m, at = np.nonzero(fits & put_in)
    new[m, place[m, at] - 1], of[m, place[m, at] - 1] = UNKNOWN, rows[m, at]
    m, at = np.nonzero(fits)
    new[m, place[m, at]], of[m, place[m, at]] = tokens[m, at], rows[m, at]
    return new, of


def reading(mind: ActorCritic, given: Lesson) -> tuple[Tensor, dict[str, Tensor]]:
    """How badly a lesson is read: ends of clauses, stages, order, number, and what is due."""
    reader = mind.reader
    heard = reader.hear(given.tokens, reader.know(given.blur))
    in_clause = (given.clause > 0) & (given.clause <= MAX_CLAUSES)
    there, weight = given.tokens > 0, in_clause.float()
    before = torch.nn.functional.pad(given.clause[:, :-1], (1, 0))
    begins = (in_clause & (before != given.clause)).float()
    ends = (
        binary_cross_entropy_with_logits(heard.begins, begins, reduction="none") * there
    ).sum() / there.sum()
    stage = (_centred(heard.stage - given.stage, weight).square() * weight).sum() / weight.sum()
    order = ((heard.order - (given.clause - 1)).clamp(-2, 2).square() * weight).sum() / weight.sum()
    number = (heard.clauses - given.clauses).clamp(-2, 2).square().mean()
    rows = torch.arange(len(given.tokens), device=given.tokens.device)
    what, right = told_apart(reader, reader.take(heard, rows, given.progress), given.due)
    log = {"reading/ends": ends, "reading/order": order, "reading/number": number, "reading/what": what}
    log |= {"reading/understood": right}
    if not reader.config.clause_bits:
        what = torch.zeros_like(what)  # it is not told which clause is due
    return ends + stage + order + number + what, {name: value.detach() for name, value in log.items()}


def _centred(x: Tensor, weight: Tensor) -> Tensor:
    """Less the mean of each row over what counts."""
    return x - (x * weight).sum(1, keepdim=True) / weight.sum(1, keepdim=True).clamp(min=1)
