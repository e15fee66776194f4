"""Which clause do these words mean? A matcher over the tables of phrasing and lexicon.

All readings are collected and those that make no sense are dropped. If several remain, the canonical rule
decides: a bare relation belongs to the first noun ("put the cup on the desk on the bed": the cup that is on
the desk). Readings that give a bare relation to a place count as worse, and `heard` phrasings as
worse still.
"""

from typing import NamedTuple

from worlds.goal import IN, IN_ROOM, THE, VERBS, A, Clause, Ref
from worlds.language.grammar import GERUNDS
from worlds.language.lexicon import (
    AGREEMENT,
    COLOUR_NAMES,
    MARKERS,
    NAMES_OF_KIND,
    NEGATED_QUANTITIES,
    QUANTITIES,
    RELATIONS,
    Sayings,
    plural_of,
)
from worlds.language.phrasing import FILLERS_AFTER, FILLERS_BEFORE, PHRASINGS, Phrasing
from worlds.language.tokens import InstructionError
from worlds.language.validity import NO_PROBLEM, UNSAID, WRONG_THING, clause_problem
from worlds.objects import AGENT, CLASS_OF_KIND, KINDS, ROOM

_ANY, _PLACE = "{any}", "{place}"  # slots of a phrasing; any other is {thing}
_BARE, _HEARD = 1, 2  # costs of a reading


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


def _every(sayings: Sayings) -> tuple[str, ...]:
    return sayings.said + sayings.reserved


def _phrasing_tree() -> _Node:
    root = _Node()
    for row in PHRASINGS:
        for text in (*_every(row.asked), *_every(row.stated)):
            root.add(text.split(), row, 0)
        for text in row.heard:
            root.add(text.split(), row, _HEARD)
    return root


def _by_first_word(rows: list[tuple]) -> dict[str, list[tuple]]:
    """Rows (words, ...) by their first word, longest first."""
    found: dict[str, list[tuple]] = {}
    for row in sorted(set(rows), key=lambda row: -len(row[0])):
        found.setdefault(row[0][0], []).append(row)
    return found


def _noun_rows() -> list[tuple]:
    rows = []
    for kind in range(1, len(KINDS)):
        for name in _every(NAMES_OF_KIND[kind]):
            rows.append((tuple(name.lower().split()), kind, False))
            if CLASS_OF_KIND[kind] not in (ROOM, AGENT):
                rows.append((tuple(plural_of(name).split()), kind, True))
    return rows


def _quantity_rows(table: dict[int, Sayings]) -> list[tuple]:
    rows = []
    for quantity, sayings in table.items():
        for text in _every(sayings):
            *words, slot = text.split()
            rows.append((tuple(words), quantity, slot == "{many}"))
            if words[0] == "a":
                rows.append((("an", *words[1:]), quantity, slot == "{many}"))
    return rows


def _marker_rows() -> list[tuple]:
    rows = [
        (tuple(text.replace("{is}", word).split()),) for text in _every(MARKERS) for word in AGREEMENT["is"]
    ]
    return rows


_PHRASINGS = _phrasing_tree()
_NOUNS = _by_first_word(_noun_rows())
_COLOURS = {name: 1 + i for i, names in enumerate(COLOUR_NAMES) for name in _every(names)}
_QUANTITIES = tuple(_by_first_word(_quantity_rows(table)) for table in (QUANTITIES, NEGATED_QUANTITIES))
_MARKERS = _by_first_word(_marker_rows())
_RELATIONS = _by_first_word(
    [(tuple(text.split()), relation) for relation, sayings in RELATIONS.items() for text in _every(sayings)]
)
_BEFORE = _by_first_word([(tuple(text.lower().split()),) for text in FILLERS_BEFORE])
_AFTER = _by_first_word([(tuple(reversed(text.split())),) for text in FILLERS_AFTER])
_CLASSES = {
    verb: {thing for row in PHRASINGS if row.verb == verb for thing in row.things}
    for verb in range(len(VERBS))
}
_BASE_FORMS = {gerund: verb for verb, gerund in GERUNDS.items()}


class _Found(NamedTuple):
    """A description that ends before word `end`."""

    end: int
    ref: Ref
    bare: bool = False  # has a relation without "that is"


# ---- clauses ------------------------------------------------------------------------------------------
def clause_of(words: list[str]) -> Clause:
    """The clause that words mean.

    Raises:
        InstructionError: no reading, several readings, or none that makes sense.
    """
    reader = _Reader(words)
    readings: dict[Clause, int] = {}
    worst, problem = WRONG_THING + 1, ""
    for row, thing, place, cost in reader.found:
        kind_class = CLASS_OF_KIND[thing.kind]
        if kind_class not in row.things and kind_class in _CLASSES[row.verb]:
            continue  # "go into the bed": said of rooms only
        clause = Clause(row.verb, thing, place)
        badness, words_of_problem = clause_problem(clause)
        if badness == NO_PROBLEM:
            readings[clause] = min(cost, readings.get(clause, cost))
        elif badness < worst:
            worst, problem = badness, words_of_problem
    best = min(readings.values(), default=0)
    likely = [clause for clause, cost in readings.items() if cost == best]
    if len(likely) == 1:
        return likely[0]
    said = " ".join(words)
    if likely:
        verbs = " or ".join(f"'{VERBS[clause.verb].name}'" for clause in likely)
        raise InstructionError(
            f"'{said}' can be read in several ways ({verbs}): say 'that is' before a relation"
        )
    if problem:
        raise InstructionError(problem)
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


class _Reader:
    """All phrasings that words fit, and how far any of them reached."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.far = 0
        self.found: list[tuple[Phrasing, Ref, Ref | None, int]] = []
        self._descriptions: dict[tuple[int, bool], list[_Found]] = {}
        begins = _without_fillers(words, _BEFORE)
        ends = [len(words) - skipped for skipped in _without_fillers(words[::-1], _AFTER)]
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

    def _match(self, node: _Node, i: int, end: int, thing: Ref | None, place: Ref | None, cost: int) -> None:
        if node is not _PHRASINGS:
            self.far = max(self.far, i)
        if i == end:
            if thing is not None:
                self.found.extend((row, thing, place, cost + extra) for row, extra in node.rows)
            return
        follow = node.words.get(self.words[i])
        if follow is not None:
            self._match(follow, i + 1, end, thing, place, cost)
        for slot, follow in node.slots.items():
            for found in self._describe(i, slot == _ANY):
                if found.end > end:
                    continue
                if slot == _PLACE:
                    self._match(follow, found.end, end, thing, found.ref, cost + _BARE * found.bare)
                else:
                    self._match(follow, found.end, end, found.ref, place, cost)

    def _describe(self, i: int, negated: bool) -> list[_Found]:
        """All descriptions that begin at word `i`."""
        known = self._descriptions.get((i, negated))
        if known is None:
            nouns = _nouns(self.words, i, negated)
            known = [*nouns, *(found for noun in nouns for found in _related(self.words, noun))]
            self._descriptions[i, negated] = known
        return known


def is_filler(words: list[str]) -> bool:
    """Are these words to be passed over ("please")?"""
    return len(words) in _without_fillers(words, _BEFORE)


def named_at(words: list[str], i: int) -> tuple[str, int]:
    """The kind that is named at word `i`, and in how many words; 0 for none."""
    nouns = _starting(_NOUNS, words, i)
    return (KINDS[nouns[0][1]], len(nouns[0][0])) if nouns else ("", 0)


def _without_fillers(words: list[str], fillers: dict[str, list[tuple]]) -> list[int]:
    """How many leading words can be passed over: 0, and more if they are fillers."""
    skips = [0]
    for skipped in skips:
        for row in _starting(fillers, words, skipped):
            if skipped + len(row[0]) not in skips:
                skips.append(skipped + len(row[0]))
    return skips


def _starting(table: dict[str, list[tuple]], words: list[str], i: int) -> list[tuple]:
    """Rows of a table by first word whose words stand at `i`, longest first."""
    if i >= len(words):
        return []
    rows = table.get(words[i])
    if rows is None:
        return []
    return [row for row in rows if len(row[0]) == 1 or tuple(words[i : i + len(row[0])]) == row[0]]


def _nouns(words: list[str], i: int, negated: bool) -> list[_Found]:
    """Quantity, colour and noun at word `i`."""
    found = [
        result
        for prefix, quantity, many in _starting(_QUANTITIES[negated], words, i)
        for result in _noun(words, i + len(prefix), quantity, many)
    ]
    # Without an article, "put orange on bed" promises no more than "an orange"; "cups" does not say how many.
    return found or [*_noun(words, i, A, False), *_noun(words, i, UNSAID, True)]


def _noun(words: list[str], i: int, quantity: int, many: bool) -> list[_Found]:
    colour = _COLOURS.get(words[i], 0) if i < len(words) else 0
    at = i + 1 if colour else i
    found = []
    for name, kind, plural in _starting(_NOUNS, words, at):
        if plural == many:
            plain = CLASS_OF_KIND[kind] in (ROOM, AGENT) and quantity in (A, THE)
            found.append(_Found(at + len(name), Ref(kind, colour, THE if plain else quantity)))
    return found


def _related(words: list[str], noun: _Found) -> list[_Found]:
    """The same noun with each relation that may follow it."""
    found = []
    i = noun.end
    markers = _starting(_MARKERS, words, i)
    i += len(markers[0][0]) if markers else 0
    for text, relation in _starting(_RELATIONS, words, i):
        for other in _nouns(words, i + len(text), False):
            kind, colour, quantity = other.ref[:3]
            in_room = CLASS_OF_KIND[kind] == ROOM
            if (
                quantity not in (A, THE)
                or (relation == IN and in_room)
                or (relation == IN_ROOM and not in_room)
            ):
                continue
            ref = noun.ref._replace(relation=relation, other_kind=kind, other_colour=colour)
            found.append(_Found(other.end, ref, not markers))
    return found
