"""What may a language model answer? One line, whether it is asked what is meant, or what to do next.

    pick up the cup, then go to the hall         Meaning: of what was said, an instruction of the grammar
    go to the orange                             Subgoal: one demand of the grammar or two at once, and constraints
    done                                         Done: nothing is left to do
    which cup: the red one or the blue one?      Question: ends with "?"
    there is no bed here                         Cannot: one of a fixed set of reasons

A meaning, a question and a reason answer what is meant (`read_meaning`); all but a meaning answer what to do next
(`read_answer`). What reads as none of these is no answer: None is returned, and nothing of it reaches a world.
"""

import itertools
from collections.abc import Collection
from dataclasses import dataclass

from worlds.goal import VERBS, Clause, Goal, Ref
from worlds.language.instructions import InstructionError, canonical, parse
from worlds.language.validity import NO_PROBLEM, clause_problem
from worlds.objects import AGENT, CLASS_OF_KIND, COLOURS, FIXTURE, ITEM, KINDS, ROOM, colours_of

MOST_DEMANDS = 2  # of a subgoal, which belong together
MAX_ANSWER = 600  # characters: four clauses with all their relations, and two constraints
DONE_WORD = "done"
# Slots: {kind} a noun, with a colour if it has any ("red cup", "kitchen"); {thing} the same of an item, furniture or a
# door; {noun} one of those without a colour; {name} a person.
REASONS = (
    "there is no {kind} here",
    "{name} is not here",
    "I cannot reach the {thing}",
    "the {thing} is locked",
    "the {thing} is taken",
    "I cannot do that",
    "I do not understand",
)
# Questions that name no candidates; those that do are made by `which`.
QUESTIONS = (
    "what do you mean?",
    "what should I do?",
    "which one do you mean?",
    "which {noun} do you mean?",
    "who do you mean?",
    "where should I put the {thing}?",
    "who should I give the {thing} to?",
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What somebody asked for: a Goal, and its canonical words."""

    goal: Goal
    text: str


@dataclass(frozen=True, slots=True)
class Subgoal:
    """What to do next: a Goal of one stage with up to MOST_DEMANDS demands, and its canonical words."""

    goal: Goal
    text: str


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing is left to do."""


@dataclass(frozen=True, slots=True)
class Question:
    """What must be known first; one line that ends with "?"."""

    text: str


@dataclass(frozen=True, slots=True)
class Cannot:
    """Why it cannot be done: one of `reasons()`."""

    reason: str


Answer = Subgoal | Done | Question | Cannot
Understood = Meaning | Question | Cannot


def read_answer(text: str) -> Answer | None:
    """The answer to what to do next that a text is, or None.

    Spaces around it, capitals and a last full stop make no difference. Subgoals may be said in any known phrasing.
    """
    if _plain(text) == DONE_WORD:
        return Done()
    found = read_meaning(text)
    if isinstance(found, Meaning):
        return Subgoal(found.goal, found.text) if is_subgoal(found.goal) else None
    return found


def read_meaning(text: str) -> Understood | None:
    """The answer to what is meant that a text is, or None; instructions may be said in any known phrasing."""
    if len(text) > MAX_ANSWER or not text.strip().isprintable():
        return None
    words = " ".join(text.split())
    if words.endswith("?"):
        return Question(words) if len(words.split()) > 1 else None
    if _plain(text) in _REASONS:
        return Cannot(_REASONS[_plain(text)])
    try:
        return meaning(parse(words))
    except InstructionError:
        return None


def _plain(text: str) -> str:
    return " ".join(text.split()).removesuffix(".").rstrip().lower()


def meaning(goal: Goal) -> Meaning:
    """The answer that a goal is meant."""
    return Meaning(goal, canonical(goal))


def write_answer(answer: Answer | Meaning) -> str:
    """The words of an answer, which is read from them again.

    Raises:
        ValueError: it would not be read as it is meant.
    """
    match answer:
        case Subgoal() | Meaning():
            words = answer.text
        case Done():
            words = DONE_WORD
        case Question():
            words = answer.text
        case Cannot():
            words = answer.reason
    read = read_meaning if isinstance(answer, Meaning) else read_answer
    if read(words) != answer:
        raise ValueError(
            f"'{words}' is not read back as {type(answer).__name__}: a subgoal has one stage and its canonical words, "
            f"a question is one line of at most {MAX_ANSWER} characters that ends with '?', a reason is one of REASONS"
        )
    return words


def subgoal(goal: Goal) -> Subgoal:
    """The answer that asks for a goal.

    Raises:
        ValueError: it has several stages, or too many demands.
    """
    if not is_subgoal(goal):
        raise ValueError(
            f"a subgoal has 1 stage of at most {MOST_DEMANDS} demands, not {len(goal.stages)} with "
            f"{len(goal.clauses)}: give the stages of a goal one by one"
        )
    return Subgoal(goal, canonical(goal))


def is_subgoal(goal: Goal) -> bool:
    """May a goal be given as one subgoal?"""
    return len(goal.stages) == 1 and len(goal.clauses) <= MOST_DEMANDS


def which(noun: str, options: tuple[str, ...]) -> Question:
    """The question that names candidates: `which("cup", ("red one", "one on the table"))`.

    Raises:
        ValueError: fewer than two candidates.
    """
    if len(options) < 2:
        raise ValueError(f"a choice has at least 2 candidates, not {len(options)}: ask which one is meant")
    *first, last = (f"the {option}" for option in options)
    return Question(f"which {noun}: {', '.join(first)} or {last}?")


def reasons() -> tuple[str, ...]:
    """Every reason that can be given."""
    return tuple(_REASONS.values())


def questions() -> tuple[str, ...]:
    """Every question of QUESTIONS."""
    return tuple(text for template in QUESTIONS for text in _filled(template))


def asked_or_given_about(named: Collection[str]) -> tuple[str, ...]:
    """Questions of QUESTIONS and reasons that are about nothing, or about one of these: "red cup", "hall", "Bob"."""
    return tuple(text for template in (*QUESTIONS, *REASONS) for text in _filled(template, named))


def makes_sense(clause: Clause) -> bool:
    """Can this clause be asked for?"""
    return clause_problem(clause)[0] == NO_PROBLEM


def colours_said(kind: int) -> tuple[int, ...]:
    """Colours of a Ref that may stand before a kind: 0 for none, and its own."""
    return (0, *(1 + colour for colour in colours_of(kind)))


def kinds_of(*classes: int) -> tuple[int, ...]:
    """All kinds of some classes."""
    return tuple(kind for kind in range(1, len(KINDS)) if CLASS_OF_KIND[kind] in classes)


def noun_words(ref: Ref) -> str:
    """Colour and name: "red cup"."""
    return f"{COLOURS[ref.colour - 1]} {KINDS[ref.kind]}" if ref.colour else KINDS[ref.kind]


def _filled(template: str, named: Collection[str] | None = None) -> list[str]:
    """A template with everything that fits its slot, or with what does of these."""
    slot = next((slot for slot in _SLOTS if slot in template), "")
    return (
        [template.replace(slot, words) for words in _SLOTS[slot] if named is None or words in named]
        if slot
        else [template]
    )


def _coloured(*classes: int) -> list[str]:
    return [noun_words(Ref(kind, colour)) for kind in kinds_of(*classes) for colour in colours_said(kind)]


_SLOTS = {
    "{kind}": _coloured(ITEM, FIXTURE, ROOM),
    "{thing}": _coloured(ITEM, FIXTURE),
    "{noun}": [KINDS[kind] for kind in kinds_of(ITEM, FIXTURE)],
    "{name}": [KINDS[kind] for kind in kinds_of(AGENT)],
}
_REASONS = {
    text.lower(): text for text in itertools.chain.from_iterable(_filled(reason) for reason in REASONS)
}
DEMANDS = tuple(verb for verb in range(1, len(VERBS)) if not VERBS[verb].constraint)
CONSTRAINTS = tuple(verb for verb in range(1, len(VERBS)) if VERBS[verb].constraint)
