"""How do the tables of words become integers? The vocabulary, and the arrays that `rules/words.py` reads.

A *sequence* is a run of DATA: tokens (0 and above) and marks (below 0) that stand for a description or a group of
clauses. A *choice* is a row `[first, said, all]` of sequence numbers: the first is plain, the first `said` may be
drawn for training, the rest are reserved.
"""

import hashlib
import re
from collections.abc import Callable, Iterable

import numpy as np

from worlds import lexicon, phrasing
from worlds.goal import VERBS
from worlds.lexicon import AGREEMENT, Sayings
from worlds.objects import CLASS_OF_KIND, FIXTURE, FIXTURES, ITEM, ITEMS, KINDS
from worlds.phrasing import PHRASINGS

PADDING, UNKNOWN = 0, 1

# Marks in a sequence.
THING, ANY, PLACE = -1, -2, -3
AGREE = -10  # AGREE - row of AGREEMENT
GROUP = -20  # GROUP - 2 * mode - (0 first, 1 second stage)
# Modes of a group of clauses: any phrasing, one that asks, one that asks with its verb as a gerund.
FREELY, DO, DOING = range(3)

_SLOTS = {"{thing}": THING, "{any}": ANY, "{place}": PLACE, "{one}": None, "{many}": None, "{goal}": None}
_SLOTS |= {f"{{{word}}}": AGREE - row for row, word in enumerate(AGREEMENT)}
_SLOTS |= {
    f"{{{which}{suffix}}}": GROUP - 2 * mode - order
    for order, which in enumerate(("first", "second"))
    for mode, suffix in enumerate(("", ":do", ":doing"))
}


def _gerunds() -> dict[str, str]:
    """The -ing form of each verb that begins a phrasing."""
    asked = (text for row in PHRASINGS if not VERBS[row.verb].constraint for text in sum(row.asked, ()))
    return {verb: lexicon.gerund_of(verb) for verb in dict.fromkeys(text.split()[0] for text in asked)}


GERUNDS = _gerunds()


def _all_texts() -> Iterable[str]:
    """Every text of the tables, in order."""
    yield from (", . ? a an", *(word for pair in AGREEMENT.values() for word in pair))
    for kind in range(1, len(KINDS)):
        for name in sum(lexicon.NAMES_OF_KIND[kind], ()):
            yield name
            if CLASS_OF_KIND[kind] in (ITEM, FIXTURE):
                yield lexicon.plural_of(name)
    for table in (lexicon.QUANTITIES, lexicon.NEGATED_QUANTITIES, lexicon.RELATIONS):
        for sayings in table.values():
            yield from sum(sayings, ())
    for sayings in (*lexicon.COLOUR_NAMES, lexicon.MARKERS, *_connectives()):
        yield from sum(sayings, ())
    for row in PHRASINGS:
        yield from (*sum(row.asked, ()), *sum(row.stated, ()))
    yield from (*GERUNDS.values(), *phrasing.FILLERS_BEFORE, *phrasing.FILLERS_AFTER)
    yield from (" ".join(sorted(phrasing.SEPARATORS)), " ".join(sorted(phrasing.ADVERBS)))


def _connectives() -> tuple[Sayings, ...]:
    return (
        phrasing.FRAMES, phrasing.TWO_STAGES, phrasing.STAGE_JOINS, phrasing.CLAUSE_JOINS,
        phrasing.CONSTRAINT_JOINS,
    )  # fmt: skip


def _vocabulary() -> tuple[str, ...]:
    words = dict.fromkeys(("<pad>", "<unk>"))
    for text in _all_texts():
        words.update(dict.fromkeys(word for word in text.split() if not word.startswith("{")))
    return tuple(words)


VOCABULARY = _vocabulary()
TOKEN = {word.lower(): number for number, word in enumerate(VOCABULARY)}


def grammar_version() -> str:
    """12 hex digits that change when a word, a phrasing, a verb or a kind does."""
    tables = (
        lexicon.NAMES_OF_KIND, lexicon.COLOUR_NAMES, lexicon.QUANTITIES, lexicon.NEGATED_QUANTITIES,
        lexicon.RELATIONS, lexicon.MARKERS, AGREEMENT, PHRASINGS, _connectives(), VERBS, KINDS, ITEMS, FIXTURES,
        VOCABULARY,
    )  # fmt: skip
    return hashlib.sha256(repr(tables).encode()).hexdigest()[:12]


# ---- sequences and choices ---------------------------------------------------------------------------
_data: list[int] = []
_starts: list[int] = [0]


def _marks(text: str) -> list[int]:
    """Tokens and marks of a text; slots that stand for no mark are left out."""
    marks = (_SLOTS[word] if word in _SLOTS else TOKEN[word.lower()] for word in text.split())
    return [mark for mark in marks if mark is not None]


def _choice(sayings: Sayings, wording: Callable[[str], str] = str) -> list[int]:
    """Append the sequences of these sayings; return their choice."""
    first = len(_starts) - 1
    for text in sum(sayings, ()):
        _data.extend(_marks(wording(text)))
        _starts.append(len(_data))
    return [first, len(sayings.said), sum(map(len, sayings))]


def _both(one: Sayings, other: Sayings) -> Sayings:
    return Sayings(one.said + other.said, one.reserved + other.reserved)


def _names() -> np.ndarray:
    choices = np.zeros((2, len(KINDS), 3), np.int32)
    for kind in range(1, len(KINDS)):
        choices[0, kind] = _choice(lexicon.NAMES_OF_KIND[kind])
        if CLASS_OF_KIND[kind] in (ITEM, FIXTURE):
            choices[1, kind] = _choice(lexicon.NAMES_OF_KIND[kind], lexicon.plural_of)
    return choices


def _quantities() -> np.ndarray:
    choices = np.zeros((2, 6, 3), np.int32)
    for negated, table in enumerate((lexicon.QUANTITIES, lexicon.NEGATED_QUANTITIES)):
        for quantity, sayings in table.items():
            choices[negated, quantity] = _choice(sayings)
            first = choices[negated, quantity, 0]
            MANY_AT.update(first + i for i, text in enumerate(sum(sayings, ())) if "{many}" in text)
    return choices


def _clauses() -> np.ndarray:
    choices = np.zeros((len(VERBS), 5, 2, 3), np.int32)
    for row in PHRASINGS:
        freely, do = _choice(_both(row.asked, row.stated)), _choice(row.asked)
        for thing in row.things:
            choices[row.verb, thing] = freely, do
    return choices


def _relations() -> np.ndarray:
    choices = np.zeros((5, 3), np.int32)
    for relation, sayings in lexicon.RELATIONS.items():
        choices[relation] = _choice(sayings)
    return choices


MANY_AT: set[int] = set()
NAMES = _names()  # int32[2 many, kind, 3]
COLOUR_NAMES = np.array([[0, 0, 0], *(_choice(names) for names in lexicon.COLOUR_NAMES)], np.int32)
QUANTITIES = _quantities()  # int32[2 negated, quantity, 3]
RELATIONS = _relations()  # int32[relation, 3]
MARKERS = np.array(_choice(lexicon.MARKERS), np.int32)
CLAUSES = _clauses()  # int32[verb, class of thing, 0 freely or 1 do, 3]
FRAME_HEADS = np.array(_choice(phrasing.FRAMES, lambda text: text.split("{goal}")[0]), np.int32)
FRAME_TAILS = np.array(_choice(phrasing.FRAMES, lambda text: text.split("{goal}")[1]), np.int32)
TWO_STAGES = np.array(_choice(phrasing.TWO_STAGES), np.int32)
STAGE_JOINS = np.array(_choice(phrasing.STAGE_JOINS), np.int32)
CLAUSE_JOINS = np.array(_choice(phrasing.CLAUSE_JOINS), np.int32)
CONSTRAINT_JOINS = np.array(_choice(phrasing.CONSTRAINT_JOINS), np.int32)
DATA = np.array(_data, np.int16)
STARTS = np.array(_starts, np.int32)
IS_MANY = np.array([seq in MANY_AT for seq in range(len(_starts))], np.bool_)  # sequence: before a plural
AGREES = np.array([[TOKEN[word] for word in pair] for pair in AGREEMENT.values()], np.int16)
GERUND_OF = np.array([TOKEN[GERUNDS.get(word, word).lower()] for word in VOCABULARY], np.int16)
IS_ADVERB = np.array([word in phrasing.ADVERBS for word in VOCABULARY], np.bool_)
TAKES_AN = np.array([bool(re.match("[aeio]|u[^n]", word)) for word in VOCABULARY], np.bool_)
A_TOKEN, AN_TOKEN, AND_TOKEN = (TOKEN[word] for word in ("a", "an", "and"))


def _check_tables() -> None:
    for row in PHRASINGS:
        for text in (*sum(row.asked, ()), *sum(row.stated, ())):
            if phrasing.SEPARATORS & set(text.split()):
                raise AssertionError(f"phrasing '{text}' holds a word of SEPARATORS: say it without")
    verbs = {row.verb for row in PHRASINGS}
    if verbs != set(range(1, len(VERBS))):
        raise AssertionError("phrasing.py and goal.VERBS differ: every verb needs a row of PHRASINGS")


_check_tables()
