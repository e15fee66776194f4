"""Which things do these words describe? Quantity, colour, noun and relation: "the red cup on the desk"."""

from collections.abc import Iterable
from typing import NamedTuple

from worlds.goal import EVERY, IN, IN_ROOM, NO_RELATION, ON, THE, A, Ref
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
from worlds.language.understood import (
    COLOURED,
    DOORS,
    FROM,
    FROM_IN,
    FROM_ON,
    UNDERSTOOD_NAMES,
    UNDERSTOOD_QUANTITIES,
)
from worlds.language.validity import UNSAID
from worlds.objects import (
    AGENT,
    CLASS_OF_KIND,
    DOOR_KIND,
    FIRST_FIXTURE,
    FIXTURE,
    FIXTURES,
    KIND,
    KINDS,
    ROOM,
    ROOMS,
)


class Found(NamedTuple):
    """A description that ends before word `end`."""

    end: int
    ref: Ref
    bare: bool = False  # has a relation without "that is"
    taken: bool = False  # "from the table": said of what is moved
    said: bool = True  # in words that may be drawn


def every(sayings: Sayings) -> tuple[str, ...]:
    """All ways to say a thing."""
    return sayings.said + sayings.reserved


# ---- the tables, by first word -------------------------------------------------------------------------
def by_first_word(rows: Iterable[tuple]) -> dict[str, list[tuple]]:
    """Rows (words, ...) by their first word, longest first."""
    found: dict[str, list[tuple]] = {}
    for row in sorted(set(rows), key=lambda row: -len(row[0])):
        found.setdefault(row[0][0], []).append(row)
    return found


def starting(table: dict[str, list[tuple]], words: list[str], i: int) -> list[tuple]:
    """Rows of a table by first word whose words stand at `i`, longest first."""
    if i >= len(words):
        return []
    rows = table.get(words[i])
    if rows is None:
        return []
    return [row for row in rows if len(row[0]) == 1 or tuple(words[i : i + len(row[0])]) == row[0]]


def _noun_rows() -> list[tuple]:
    rows = []
    for kind in range(1, len(KINDS)):
        said = every(NAMES_OF_KIND[kind])
        for name in (*said, *UNDERSTOOD_NAMES.get(KINDS[kind], ()), *DOORS.get(kind, ())):
            rows.append((tuple(name.lower().split()), kind, False, name in said))
            if CLASS_OF_KIND[kind] not in (ROOM, AGENT):
                rows.append((tuple(plural_of(name).split()), kind, True, name in said))
    return rows


def _quantity_rows(table: dict[int, Sayings], said: bool = True) -> list[tuple]:
    rows = []
    for quantity, text in (
        (quantity, text) for quantity, sayings in table.items() for text in every(sayings)
    ):
        *words, slot = text.split()
        rows.append((tuple(words), quantity, slot == "{many}", said))
        if words[0] == "a":
            rows.append((("an", *words[1:]), quantity, slot == "{many}", said))
    return rows


_NOUNS = by_first_word(_noun_rows())
_ROOMS = by_first_word([(tuple(name.split()), KIND[name]) for name in ROOMS])
_COLOURS = {name: 1 + i for i, names in enumerate(COLOUR_NAMES) for name in every(names)}
_QUANTITIES = (
    by_first_word([*_quantity_rows(QUANTITIES), *_quantity_rows(UNDERSTOOD_QUANTITIES, False)]),
    by_first_word(_quantity_rows(NEGATED_QUANTITIES)),
)  # under "do not" or not
_MARKERS = by_first_word(
    (tuple(text.replace("{is}", word).split()),) for text in every(MARKERS) for word in AGREEMENT["is"]
)
_RELATIONS = by_first_word(
    [(tuple(text.split()), relation) for relation, sayings in RELATIONS.items() for text in every(sayings)]
)
_FROM = by_first_word((tuple(text.split()), text) for text in FROM)
DESCRIBING_WORDS = (
    frozenset(
        word
        for table in (_NOUNS, *_QUANTITIES, _MARKERS, _RELATIONS, _FROM)
        for rows in table.values()
        for row in rows
        for word in row[0]
    )
    | frozenset(_COLOURS)
    | COLOURED
)


# ---- descriptions --------------------------------------------------------------------------------------
def descriptions(words: list[str], i: int, negated: bool = False) -> list[Found]:
    """All descriptions that begin at word `i`; under "do not" other words say how many are meant."""
    nouns = _nouns(words, i, negated)
    return [*nouns, *(found for noun in nouns for found in _related(words, noun))]


def named_at(words: list[str], i: int) -> tuple[str, int]:
    """The kind that is named at word `i`, and in how many words; 0 for none."""
    nouns = starting(_NOUNS, words, i)
    return (KINDS[nouns[0][1]], len(nouns[0][0])) if nouns else ("", 0)


def article_at(words: list[str], i: int) -> int:
    """How many words at `i` say how many or which: 1 of "the cup"."""
    return max((len(row[0]) for row in starting(_QUANTITIES[0], words, i)), default=0)


def words_for(ref: Ref) -> list[str]:
    """Words that describe just one thing or every such thing, and take nothing in that follows them."""
    name = KINDS[ref.kind].lower()
    if CLASS_OF_KIND[ref.kind] == AGENT:
        return [name]
    is_every = ref.quantity == EVERY  # "the cups", which is "every cup", and under "do not" "any cup"
    words = ["the", *([COLOUR_NAMES[ref.colour - 1].said[0]] if ref.colour else [])]
    words += (plural_of(name) if is_every else name).split()
    if ref.relation != NO_RELATION:
        other = words_for(Ref(ref.other_kind, ref.other_colour))
        words += ["that", "are" if is_every else "is", *RELATIONS[ref.relation].said[0].split(), *other]
    return words


def _nouns(words: list[str], i: int, negated: bool) -> list[Found]:
    """Quantity, colour and noun at word `i`."""
    found = [
        result if said else result._replace(said=False)
        for prefix, quantity, many, said in starting(_QUANTITIES[negated], words, i)
        for result in _noun(words, i + len(prefix), quantity, many)
    ]
    # Without an article, "put orange on bed" promises no more than "an orange"; "cups" does not say how many.
    return found or [*_noun(words, i, A, False), *_noun(words, i, UNSAID, True)]


def _noun(words: list[str], i: int, quantity: int, many: bool) -> list[Found]:
    colour = _COLOURS.get(words[i], 0) if i < len(words) else 0
    at = i + 1 if colour else i
    coloured = bool(colour) and at < len(words) and words[at] in COLOURED
    at += coloured
    found = []
    for name, kind, plural, said in starting(_NOUNS, words, at):
        if plural == many:
            plain = CLASS_OF_KIND[kind] in (ROOM, AGENT) and quantity in (A, THE)
            ref = Ref(kind, colour, THE if plain else quantity)
            found.append(Found(at + len(name), ref, said=said and not coloured))
    for room, room_kind in starting(_ROOMS, words, at):  # "the kitchen table"
        for name, kind, plural, _ in starting(_NOUNS, words, at + len(room)):
            if plural == many and CLASS_OF_KIND[kind] == FIXTURE and kind != DOOR_KIND:
                ref = Ref(kind, colour, quantity, IN_ROOM, room_kind)
                found.append(Found(at + len(room) + len(name), ref, said=False))
    return found


def _related(words: list[str], noun: Found) -> list[Found]:
    """The same noun with each relation that may follow it."""
    i = noun.end
    markers = starting(_MARKERS, words, i)
    i += len(markers[0][0]) if markers else 0
    ref = noun.ref
    if markers and not ref.colour and i < len(words) and words[i] in _COLOURS:  # "that is red"
        return [Found(i + 1, ref._replace(colour=_COLOURS[words[i]]), said=False)]
    if ref.relation != NO_RELATION:
        return []
    found = []
    for text, relation in starting(_RELATIONS, words, i):
        for other in _others(words, i + len(text)):
            in_room = CLASS_OF_KIND[other.ref.kind] == ROOM
            if (relation == IN and in_room) or (relation == IN_ROOM and not in_room):
                continue
            standing = _standing(ref, relation, other.ref)
            found.append(Found(other.end, standing, not markers, said=noun.said and other.said))
    if not markers:
        for text, said in starting(_FROM, words, i):
            for other in _others(words, i + len(text)):
                relation = _from(said, other.ref.kind)
                if relation:
                    found.append(
                        Found(other.end, _standing(ref, relation, other.ref), taken=True, said=False)
                    )
    return found


def _others(words: list[str], i: int) -> list[Found]:
    """What another thing may stand in relation to."""
    return [
        other
        for other in _nouns(words, i, False)
        if other.ref.quantity in (A, THE) and other.ref.relation == NO_RELATION
    ]


def _standing(ref: Ref, relation: int, other: Ref) -> Ref:
    return ref._replace(relation=relation, other_kind=other.kind, other_colour=other.colour)


def _from(said: str, kind: int) -> int:
    """How things stand to what they are taken from, NO_RELATION if nothing is taken so from this kind."""
    if CLASS_OF_KIND[kind] == ROOM:
        return IN_ROOM if said in ("from", "out of") else NO_RELATION
    holds = (
        FIXTURES[kind - FIRST_FIXTURE].holds if FIRST_FIXTURE <= kind < FIRST_FIXTURE + len(FIXTURES) else ""
    )
    if holds == "on" and said not in FROM_IN:
        return ON
    return IN if holds == "in" and said not in FROM_ON else NO_RELATION
