"""What else might people say for a goal? A language model says it in other words, and what it reads back is compared.

    a goal ──> "plain: put the cup on the table / said:" ──> other words ──> "said: ... / plain:" ──> the same goal?

Both prompts begin with wordings written by hand, of the train split alone. Kept is what the grammar does not understand
already, what is read back as the goal that was meant, and what could not be a wording of another split.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from agents.language.talk import Turn, kinds_named
from worlds.goal import CLOSE_IT, OPEN_IT, PICK_UP, PUT_DOWN, SWITCH_OFF, SWITCH_ON, Clause, Goal, Ref
from worlds.language.instructions import InstructionError, canonical, fits, goal_problem, parse
from worlds.language.wordings import ASK, CANNOT, SEVERAL, Wording, kind_of, same_words, split_of, wordings
from worlds.objects import CLASS_OF_KIND, COLOURS, KINDS, colours_of

PLAIN, SAID = "plain:", "said:"
SHOWN = 8  # wordings by hand in front of a goal; in front of what is read back there is one of each kind
FEWEST_WORDS, MOST_CHARACTERS = 2, 120
TRIES = 40  # draws of a goal before the handwritten one is taken

Answer = Callable[[list[str], float], list[str]]
"""Prompts and a temperature to answers up to their line break; temperature 0 takes the likeliest."""
FATES = (
    "no wording", "says other things", "understood by the grammar", "of another split", "said before",
    "read otherwise", "kept",
)  # fmt: skip
OPPOSITES = {
    SWITCH_ON: {"off", "out", "kill"},
    SWITCH_OFF: {"on"},
    OPEN_IT: {"close", "closed", "shut"},
    CLOSE_IT: {"open", "opened"},
    PICK_UP: {"down", "drop", "leave"},
    PUT_DOWN: {"pick", "take"},
}
_QUANTITIES = {
    "two": "two", "2": "two", "couple": "two", "pair": "two", "three": "three", "3": "three", "every": "every",
    "all": "every", "each": "every", "four": "four", "both": "both",
}  # fmt: skip
_NO = re.compile(r"\b(no|not|never|nothing|nobody|stop|without)\b|n't\b")
_TELLS = re.compile(
    r"^(i|we|he|she|they|you)\b(?! (want|need|wish|would (like|love)|should|must|could|can)|'d (like|love))"
    r"|\b(is|are|was|were)( \w+)? (on|off|open|opened|shut|closed|in|at|gone)\b|'s (on|off|open|shut|closed|in)\b"
    r"|^(why|where|who|what|when|how)\b"
)
_PLAIN_MARKS = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."})


class Tried(NamedTuple):
    """What became of one attempt: one of FATES."""

    text: str
    meaning: str
    fate: str


def instructions(split: str = "train") -> list[Wording]:
    """The handwritten wordings of a split that mean one demand, perhaps with constraints."""
    return [row for row in wordings(split) if row.kind not in (ASK, CANNOT, SEVERAL)]


def attempt(
    answer: Answer, rows: Sequence[Wording], seen: set[str], goals: int, temperature: float,
    rng: np.random.Generator,
) -> list[Tried]:  # fmt: skip
    """Other words for some goals of one kind, and what became of them. What was said is added to `seen`.

    Args:
        answer: the language model.
        rows: wordings by hand that mean instructions.
        seen: `same_words` of what must not be said again.
        goals: how many goals.
        temperature: how freely it speaks.
        rng: draws the kind, the goals and the wordings that are shown.
    """
    kind = str(rng.choice([row.kind for row in rows]))
    alike = [row for row in rows if row.kind == kind]
    meanings = [canonical(like(parse(alike[i].meaning), rng)) for i in rng.integers(len(alike), size=goals)]
    shown = _some(alike, SHOWN, rng)
    texts = [tidy(text) for text in answer([asking(shown, meaning) for meaning in meanings], temperature)]
    fates = [first_fate(*both, seen) for both in zip(texts, meanings, strict=True)]
    read = [i for i, fate in enumerate(fates) if fate == "kept"]
    back = one_of_each(rows, rng)
    heard = answer([asking_back(back, texts[i]) for i in read], 0.0) if read else []
    for i, words in zip(read, heard, strict=True):
        if not means(words, meanings[i]):
            fates[i] = "read otherwise"
    return [Tried(*one) for one in zip(texts, meanings, fates, strict=True)]


def asking(shown: Sequence[Wording], meaning: str) -> str:
    """The prompt for other words."""
    parts = [f"{PLAIN} {row.meaning}\n{SAID} {row.text}\n" for row in shown]
    return "\n".join([*parts, f"{PLAIN} {meaning}\n{SAID}"])


def asking_back(shown: Sequence[Wording], text: str) -> str:
    """The prompt for plain words."""
    parts = [f"{SAID} {row.text}\n{PLAIN} {row.meaning}\n" for row in shown]
    return "\n".join([*parts, f"{SAID} {text}\n{PLAIN}"])


def tidy(text: str) -> str:
    """What was said, with plain marks and single spaces, and without quotation marks around it."""
    return " ".join(text.translate(_PLAIN_MARKS).split()).strip("\"'` ")


def first_fate(text: str, meaning: str, seen: set[str]) -> str:
    """What becomes of words before they are read back; "kept" if nothing speaks against them.

    A small model drifts, and reads back what it drifted to: words are refused that name other things, rooms, people or
    colours than the goal, or fewer, or as many
    of them; that say no or the opposite; and that tell of somebody instead of asking.
    """
    words = same_words(text)
    is_wording = len(words.split()) >= FEWEST_WORDS and len(text) <= MOST_CHARACTERS
    if not is_wording or not text.isprintable() or not text.isascii() or ":" in text:
        return "no wording"
    if says_other_things(text, meaning):
        return "says other things"
    try:
        parse(text)
    except InstructionError as error:
        is_understood = type(error) is not InstructionError  # it finds several meanings
    else:
        is_understood = True
    if is_understood:
        return "understood by the grammar"
    if split_of(text) != "train":
        return "of another split"
    if words in seen:
        return "said before"
    seen.add(words)
    return "kept"


def says_other_things(text: str, meaning: str) -> bool:
    """Do words name others than a goal, say no or the opposite, or tell of something instead of asking for it?"""
    if named(text) != named(meaning):
        return True
    goal, said = parse(meaning), text.lower()
    if not goal.constraints and _NO.search(said):
        return True
    words = set(same_words(said).split())
    return bool(_TELLS.search(said)) or any(
        words & OPPOSITES.get(clause.verb, set()) for clause in goal.clauses
    )


def named(text: str) -> tuple[frozenset[int], frozenset[str]]:
    """The kinds, colours and quantities above one that a text names."""
    words = [_QUANTITIES.get(word) or word for word in re.findall(r"\d+|[a-z]+", text.lower())]
    told = [word for word in words if word in COLOURS or word in _QUANTITIES.values() or word.isdecimal()]
    return kinds_named((Turn("", text),)), frozenset(told)


def means(words: str, meaning: str) -> bool:
    """Do words mean the same goal as plain ones?"""
    try:
        return parse(words) == parse(meaning)
    except InstructionError:
        return False


def like(goal: Goal, rng: np.random.Generator) -> Goal:
    """A goal of the same form about other things, rooms and people; the same one if no other makes sense."""
    for _ in range(TRIES):
        kinds = {kind: _another(kind, rng) for kind in range(len(KINDS))}
        drawn = Goal(
            tuple(tuple(_about(clause, kinds, rng) for clause in stage) for stage in goal.stages),
            tuple(_about(clause, kinds, rng) for clause in goal.constraints),
        )
        if not goal_problem(drawn) and fits(drawn):
            return drawn
    return goal


def counts(tried: Sequence[Tried]) -> dict[str, dict[str, int]]:
    """How many attempts of each kind of meaning had which fate."""
    found: dict[str, Counter[str]] = {}
    for one in tried:
        found.setdefault(kind_of(one.meaning), Counter())[one.fate] += 1
    return {kind: {fate: found[kind][fate] for fate in FATES} for kind in sorted(found)}


def one_of_each(rows: Sequence[Wording], rng: np.random.Generator) -> list[Wording]:
    """A wording of each kind of meaning, in any order."""
    first = {row.kind: row for row in _some(rows, len(rows), rng)}
    return _some([first[kind] for kind in sorted(first)], len(first), rng)


def _some(rows: Sequence[Wording], n: int, rng: np.random.Generator) -> list[Wording]:
    return [rows[i] for i in rng.permutation(len(rows))[:n]]


def _another(kind: int, rng: np.random.Generator) -> int:
    return int(
        rng.choice([other for other in range(len(KINDS)) if CLASS_OF_KIND[other] == CLASS_OF_KIND[kind]])
    )


def _about(clause: Clause, kinds: dict[int, int], rng: np.random.Generator) -> Clause:
    place = None if clause.place is None else _ref(clause.place, kinds, rng)
    return clause._replace(thing=_ref(clause.thing, kinds, rng), place=place)


def _ref(ref: Ref, kinds: dict[int, int], rng: np.random.Generator) -> Ref:
    kind, other = kinds[ref.kind], kinds[ref.other_kind] if ref.other_kind else 0
    return ref._replace(
        kind=kind,
        colour=_colour(kind, rng) if ref.colour else 0,
        other_kind=other,
        other_colour=_colour(other, rng) if ref.other_colour else 0,
    )


def _colour(kind: int, rng: np.random.Generator) -> int:
    colours = colours_of(kind)
    return 1 + int(rng.choice(colours)) if len(colours) else 0
