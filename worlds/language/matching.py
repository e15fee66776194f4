"""Which clause do these words mean? A matcher over the tables of phrasings.

All readings are collected and those that make no sense are dropped. If several remain, the canonical rule
decides: a bare relation belongs to the first noun ("put the cup on the desk on the bed": the cup that is on
the desk). Readings that give a bare relation to a place count as worse, `heard` phrasings as worse still, and
those of `understood.py` as the worst.
"""

from typing import NamedTuple

from worlds.goal import BRING, GIVE, PICK_UP, PUT_IN, PUT_NEXT, PUT_ON, VERBS, Clause
from worlds.language.descriptions import DESCRIBING_WORDS, Found, by_first_word, descriptions, every, starting
from worlds.language.grammar import GERUNDS
from worlds.language.lexicon import AGREEMENT, gerund_of
from worlds.language.phrasing import ADVERBS, FILLERS_AFTER, FILLERS_BEFORE, PHRASINGS, Phrasing
from worlds.language.suggestions import refusal
from worlds.language.tokens import AmbiguousError, InstructionError
from worlds.language.understood import (
    EARLIER,
    EARLIER_BEHIND,
    FILLERS_AFTER_UNDERSTOOD,
    FILLERS_BEFORE_UNDERSTOOD,
    LATER,
    LATER_BEHIND,
    REFUSED,
    REFUSED_BEGINNINGS,
    UNDERSTOOD_PHRASINGS,
)
from worlds.language.validity import NO_PROBLEM, WRONG_THING, clause_problem
from worlds.objects import CLASS_OF_KIND

_ANY, _PLACE, _TAKEN = "{any}", "{place}", "{taken}"  # slots of a phrasing; any other is {thing}
_BARE, _HEARD, _UNDERSTOOD = 1, 2, 8  # costs of a reading
_MOVES = (PICK_UP, PUT_ON, PUT_IN, PUT_NEXT, BRING, GIVE)  # verbs of things that can be taken from somewhere


class Reading(NamedTuple):
    """What words mean, and where in them things are described: (begin, end) of each, (0, 0) for no place."""

    clause: Clause
    thing: tuple[int, int]
    place: tuple[int, int] = (0, 0)
    is_said: bool = True  # in a phrasing that may be drawn, or heard


# ---- the tables, by first word -------------------------------------------------------------------------
class _Node:
    """One step in all phrasings that begin alike."""

    __slots__ = ("rows", "slots", "words")

    def __init__(self) -> None:
        self.words: dict[str, _Node] = {}
        self.slots: dict[str, _Node] = {}
        self.rows: list[tuple[Phrasing, int]] = []  # and what a reading by them costs

    def add(self, words: list[str], row: Phrasing, cost: int) -> None:
        if not words:
            self.rows.append((row, cost))
            return
        for word in AGREEMENT.get(words[0][1:-1], words[:1]):
            branch = self.slots if word.startswith("{") else self.words
            branch.setdefault(word, _Node()).add(words[1:], row, cost)


def _phrasing_tree() -> _Node:
    root = _Node()
    for rows, least in ((PHRASINGS, 0), (UNDERSTOOD_PHRASINGS, _UNDERSTOOD)):
        for row in rows:
            for text in (*every(row.asked), *every(row.stated)):
                root.add(text.split(), row, least)
            for text in row.heard:
                root.add(text.lower().split(), row, least + _HEARD)
    return root


_PHRASINGS = _phrasing_tree()
_BEFORE = by_first_word(
    (tuple(text.lower().split()),) for text in (*FILLERS_BEFORE, *FILLERS_BEFORE_UNDERSTOOD, *LATER, *EARLIER)
)
_AFTER = by_first_word(
    (tuple(reversed(text.split())),)
    for text in (*FILLERS_AFTER, *FILLERS_AFTER_UNDERSTOOD, *LATER_BEHIND, *EARLIER_BEHIND)
)
_CLASSES = {
    verb: {thing for row in PHRASINGS if row.verb == verb for thing in row.things}
    for verb in range(len(VERBS))
}
_UNDERSTOOD_TEXTS = tuple(text.lower() for row in UNDERSTOOD_PHRASINGS for text in row.heard)
VERB_WORDS = frozenset(_PHRASINGS.words)  # words that begin a phrasing
_BASE_FORMS = {gerund_of(verb): verb for verb in VERB_WORDS - ADVERBS - {"avoiding", "do", "never"}}
_BASE_FORMS |= {gerund: verb for verb, gerund in GERUNDS.items()}
# Words that are understood, besides the vocabulary.
UNDERSTOOD_WORDS = frozenset(
    word
    for text in (
        *_UNDERSTOOD_TEXTS, *FILLERS_BEFORE_UNDERSTOOD, *FILLERS_AFTER_UNDERSTOOD, *LATER, *LATER_BEHIND, *EARLIER,
        *EARLIER_BEHIND, *DESCRIBING_WORDS, *_BASE_FORMS,
    )
    for word in text.lower().split()
    if not word.startswith("{")
)  # fmt: skip


# ---- clauses ------------------------------------------------------------------------------------------
def clause_of(words: list[str]) -> Clause:
    """The clause that words mean.

    Raises:
        InstructionError: no reading, several readings, or none that makes sense.
    """
    return read(words).clause


def read(words: list[str]) -> Reading:
    """The clause that words mean, and where they say what of it.

    Raises:
        InstructionError: no reading, several readings, or none that makes sense.
    """
    reader = _Reader(words)
    readings: dict[Clause, tuple[int, Reading]] = {}
    worst, problem = WRONG_THING + 1, ""
    for row, thing, place, cost in reader.found:
        kind_class = CLASS_OF_KIND[thing.found.ref.kind]
        if kind_class not in row.things and kind_class in _CLASSES[row.verb]:
            continue  # "go into the bed": said of rooms only
        clause = Clause(row.verb, thing.found.ref, place.found.ref if place else None)
        badness, words_of_problem = clause_problem(clause)
        if badness == NO_PROBLEM:
            reading = Reading(clause, thing.span, place.span if place else (0, 0), cost < _UNDERSTOOD)
            if clause not in readings or cost < readings[clause][0]:
                readings[clause] = (cost, reading)
        elif badness < worst:
            worst, problem = badness, words_of_problem
    best = min((cost for cost, _ in readings.values()), default=0)
    likely = [reading for cost, reading in readings.values() if cost == best]
    if len(likely) == 1:
        return likely[0]
    said = " ".join(words)
    if likely:
        verbs = " or ".join(f"'{VERBS[reading.clause.verb].name}'" for reading in likely)
        raise AmbiguousError(
            f"'{said}' can be read in several ways ({verbs}): say 'that is' before a relation"
        )
    if problem:
        raise InstructionError(problem)
    for beginning, reason in REFUSED_BEGINNINGS.items():
        if any(words[i : i + beginning.count(" ") + 1] == beginning.split() for i in skipped_before(words)):
            raise InstructionError(f"'{said}': {reason}")
    for word in words[reader.far :]:
        if word in REFUSED:
            raise refusal(word)
    understood, rest = " ".join(words[: reader.far]), " ".join(words[reader.far :])
    if not understood:
        raise InstructionError(
            f"'{said}' does not begin like an instruction, such as 'put the orange on the bed'"
        )
    if not rest:
        raise InstructionError(
            f"'{said}' is not complete: each part wants a verb and things, as in 'put the orange on the bed'"
        )
    raise InstructionError(f"I understand '{understood}' but not '{rest}' after it")


class _At(NamedTuple):
    """A description, and the word at which it begins."""

    begin: int
    found: Found

    @property
    def span(self) -> tuple[int, int]:
        return self.begin, self.found.end


class _Reader:
    """All phrasings that words fit, and how far any of them reached."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.far = 0
        self.found: list[tuple[Phrasing, _At, _At | None, int]] = []
        self._descriptions: dict[tuple[int, bool], list[Found]] = {}
        begins = skipped_before(words)
        ends = [len(words) - skipped for skipped in skipped_behind(words)]
        for end in ends:
            for begin in begins:
                if begin < end and not self.found:
                    self._read(begin, end)

    def _read(self, begin: int, end: int) -> None:
        base = _BASE_FORMS.get(self.words[begin])
        if base:
            self.far = max(self.far, begin + 1)
            self._match(_PHRASINGS.words[base], begin + 1, end, None, None, 0)
        self._match(_PHRASINGS, begin, end, None, None, 0)

    def _match(self, node: _Node, i: int, end: int, thing: _At | None, place: _At | None, cost: int) -> None:
        if node is not _PHRASINGS:
            self.far = max(self.far, i)
        if i == end:
            if thing is not None:
                self.found.extend(
                    (row, thing, place, cost + extra)
                    for row, extra in node.rows
                    if row.verb in _MOVES or not thing.found.taken
                )
            return
        follow = node.words.get(self.words[i])
        if follow is not None:
            self._match(follow, i + 1, end, thing, place, cost)
        for slot, follow in node.slots.items():
            for found in self._describe(i, slot == _ANY):
                if found.end > end or (slot == _TAKEN and not found.taken):
                    continue
                here, dear = _At(i, found), cost + (0 if found.said else _UNDERSTOOD)
                if slot != _PLACE:
                    self._match(follow, found.end, end, here, place, dear)
                elif not found.taken:
                    self._match(follow, found.end, end, thing, here, dear + _BARE * found.bare)

    def _describe(self, i: int, negated: bool) -> list[Found]:
        """All descriptions that begin at word `i`."""
        known = self._descriptions.get((i, negated))
        if known is None:
            known = self._descriptions[i, negated] = descriptions(self.words, i, negated)
        return known


# ---- words to be passed over ---------------------------------------------------------------------------
def is_filler(words: list[str]) -> bool:
    """Are these words to be passed over ("please")?"""
    return len(words) in skipped_before(words) or len(words) in skipped_behind(words)


def skipped_before(words: list[str]) -> list[int]:
    """How many leading words can be passed over: 0, and more if they are fillers."""
    return [n for n in _without_fillers(words, _BEFORE) if words[max(n - 1, 0) : n + 1] != ["next", "to"]]


def skipped_behind(words: list[str]) -> list[int]:
    """How many words at the end can be passed over: 0, and more if they are fillers."""
    return _without_fillers(words[::-1], _AFTER)


def _without_fillers(words: list[str], fillers: dict[str, list[tuple]]) -> list[int]:
    skips = [0]
    for skipped in skips:
        for row in starting(fillers, words, skipped):
            if skipped + len(row[0]) not in skips:
                skips.append(skipped + len(row[0]))
    return skips
