"""How does one learn to read? From words alone: many ways to say each goal, and what is to be done next.

Nothing is played. A mind tells of every text where clauses begin, in which order they are due, and what the one that is
due now asks for. In some texts all words are as if they had never been met (`InstructionEncoder.know`), in some,
words are swapped or foreign ones put in between: so it learns to make do with words and phrasings that it does not
know. No lesson holds a word that only reserved phrasings have, nor names a pair or a shade that training holds out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from agents.batch import Batch, Labels
from agents.network.actor_critic import ActorCritic
from agents.network.config import NetworkConfig
from agents.network.instruction_encoder import Reading
from agents.training.learner import Answers, Learner, Loss
from agents.training.methods import Frame, Method, Stops
from agents.training.processes import processes, rank
from worlds.goal import (
    COLOUR,
    EVERY,
    FIELDS,
    IN_ROOM,
    KIND_,
    MAX_CLAUSES,
    NO_VERB,
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
    STAGE,
    VERB,
    VERBS,
)
from worlds.language.grammar import UNKNOWN, VOCABULARY
from worlds.language.lexicon import COLOUR_NAMES, NAMES_OF_KIND, plural_of
from worlds.language.texts import clause_due, random_progress, texts
from worlds.objects import COLOURS, KINDS
from worlds.state import MAX_TOKENS, State

if TYPE_CHECKING:
    from agents.training.rollout import RolloutWorker

# What should have been understood: fields of the clause that is to be done now (below FIELDS) and of the first
# constraint, and how many answers each has.
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

# Share of texts that are garbled; in those, of words in whose place another one stands, and that have one put before.
GARBLED, SWAPPED, PUT_IN = 0.5, 0.08, 0.12


def _names() -> np.ndarray:
    """Tokens that are no word to swap in: padding, and words of things, rooms, agents and colours, however many."""
    sayings = [*NAMES_OF_KIND[1:], *COLOUR_NAMES]
    names = [name for one in sayings for name in (*one.said, *one.reserved)]
    words = {word.lower() for name in names for word in f"{name} {plural_of(name)}".split()}
    return np.array([0, *(i for i, word in enumerate(VOCABULARY) if word.lower() in words)])


_NAMES = _names()


@dataclass
class TextsRead:
    """How far reading has come."""

    rounds: int = 0
    steps: int = 0


def reading(
    goals: Callable[[], np.ndarray],
    *,
    first: int = 0,
    each: int = 0,
    texts: int = 128,
    seed: int = 0,
    understanding: float | None = 0.1,
) -> Method:
    """Reading from words alone before each round, and understanding of what is to be done as one plays.

    Args:
        goals: what is asked for at present, uint8[n, ROWS, FIELDS]: to read about.
        first, each: steps before the first round, and before every other one.
        texts: of a step, in each worker.
        seed: of the texts.
        understanding: weight of understanding; None where nobody says which clause is due.
    """
    read = TextsRead()

    def study(learner: Learner, share: float, stops: Stops) -> dict[str, float] | None:
        """Each worker reads texts of its own; figures are of the last step."""
        log, workers, begins_at = {}, learner.workers * processes(), read.steps
        while read.steps < first + each * read.rounds:
            if read.steps > begins_at and stops():
                return None
            number = read.steps * workers + rank() * learner.workers
            seeds = range(number, number + learner.workers)
            parts = [lesson(goals(), seed << 40 | one, texts).to(learner.device) for one in seeds]
            log = learner.study(parts, reading_loss, share)
            read.steps += 1
        read.rounds += 1
        return log

    if understanding is None:
        return Method("reading", heads, study=study, state=read)
    return Method(
        "reading",
        heads,
        Due,
        losses=lambda share: [understanding_loss(understanding)],
        study=study,
        state=read,
    )


class Due:
    """Records what is due in each context: `clause`, uint8[S, 2 * FIELDS], the clause that was to be done then, and
    the first constraint."""

    memory = None

    def __init__(self, worker: "RolloutWorker") -> None:
        self.worker = worker

    def begin(self, share: float) -> None:
        """As Recorder."""
        self.clause: list[np.ndarray] = []

    def before(self, t: int, frame: Frame) -> None:
        """As Recorder."""
        if len(frame.perceived.read):
            agents = self.worker.learners
            world, k = np.divmod(frame.perceived.read, len(agents))
            self.clause.append(clauses_due(self.worker.sim.instructed, world, agents[k]))

    def after(self, t: int, frame: Frame) -> None:
        """As Recorder."""

    def labels(self) -> Labels:
        """As Recorder."""
        return Labels(contexts={"clause": torch.from_numpy(np.concatenate(self.clause))})


def clauses_due(state: State, world: np.ndarray, agent: np.ndarray) -> np.ndarray:
    """The clause that each agent is to do now, and its first constraint, uint8[n, 2 * FIELDS]; zeros for none."""
    goal = state.goal[world, agent]
    due = clause_due(goal, state.clauses_done[world, agent], state.stage[world, agent])
    # Beyond the last clause comes a row of zeros, or the first constraint.
    now = goal[np.arange(len(world)), due] * (due < MAX_CLAUSES)[:, None]
    return np.concatenate([now, goal[:, MAX_CLAUSES]], 1).astype(np.uint8)


def understanding_loss(weight: float) -> Loss:
    """What was understood of each instruction as one played: the clause to be done now, field by field."""

    def loss(batch: Batch, answers: Answers) -> tuple[Tensor, dict[str, Tensor]]:
        due = batch.labels.contexts["clause"]
        total, right = told_apart(answers.network, answers.reading, due)
        return weight * total, {"understood": right}

    return loss


def told_apart(network: ActorCritic, taken: Reading, due: Tensor) -> tuple[Tensor, Tensor]:
    """How badly what is due, uint8[S, 2 * FIELDS], was understood, and the share of which nothing was mistaken."""
    truth = due.long()
    total = torch.zeros((), device=truth.device)
    wrong = torch.zeros(len(truth), dtype=torch.bool, device=truth.device)
    for field, out in understood(network, taken).items():
        total = total + cross_entropy(out, truth[:, field])
        wrong |= out.detach().argmax(1) != truth[:, field]
    return total, 1 - wrong.float().mean()


def understood(network: ActorCritic, taken: Reading) -> dict[int, Tensor]:
    """Logits of what is to be done, by field of UNDERSTOOD."""
    told, words, told_by = {}, words_of(network.config), network.head_of("reading")
    for name, sizes in UNDERSTOOD.items():
        out = told_by[name](taken.taken[:, words[name]])
        told |= dict(zip(sizes, out.split(list(sizes.values()), -1), strict=True))
    return told


def heads(network: ActorCritic) -> dict[str, nn.Module]:
    """One for each part of UNDERSTOOD."""
    words = words_of(network.config)
    return {
        name: nn.Linear(words[name].stop - words[name].start, sum(sizes.values()))
        for name, sizes in UNDERSTOOD.items()
    }


def words_of(config: NetworkConfig) -> dict[str, slice]:
    """Which of the words that readers took in tell each part of UNDERSTOOD: the first half of the observation encoder's
    readers tells the thing, the second half the place, those of the sense the rest."""
    W, readers, half = config.words, config.readers, config.readers // 2 or 1
    return {
        "thing": slice(0, half * W),
        "place": slice((readers - half) * W, readers * W),
        "rest": slice(readers * W, (readers + config.sense_readers) * W),
    }


class Lesson(NamedTuple):
    """Texts to read: M of them with L words."""

    tokens: Tensor  # int64[M, L]
    clause: (
        Tensor  # int64[M, L] 1 + clause of each word; 0 for words between, above MAX_CLAUSES for constraints
    )
    stage: Tensor  # float[M, L] of the clause of each word
    clauses: Tensor  # float[M] how many there are
    progress: Tensor  # float[M, 2] of `instruction_encoder.progress_of`
    due: Tensor  # uint8[M, 2 * FIELDS] the clause that is due, zeros when all is done, and the first constraint
    blur: Tensor  # int64[1] seed of what blurs meanings

    def to(self, device: "str | torch.device") -> "Lesson":
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


def reading_loss(network: ActorCritic, given: Lesson) -> tuple[Tensor, dict[str, Tensor]]:
    """How badly a lesson is read: ends of clauses, stages, order, number, and what is due."""
    reader = network.instruction_encoder
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
    what, right = told_apart(network, reader.take(heard, rows, given.progress), given.due)
    log = {"reading/ends": ends, "reading/order": order, "reading/number": number, "reading/what": what}
    log |= {"reading/understood": right}
    if not reader.config.clause_bits:
        what = torch.zeros_like(what)  # it is not told which clause is due
    return ends + stage + order + number + what, {name: value.detach() for name, value in log.items()}


def _centred(x: Tensor, weight: Tensor) -> Tensor:
    """Less the mean of each row over what counts."""
    return x - (x * weight).sum(1, keepdim=True) / weight.sum(1, keepdim=True).clamp(min=1)
