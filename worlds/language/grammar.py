"""How do the tables of words become integers? The vocabulary, and the arrays that `rules/words.py` reads.

A *sequence* is a run of DATA: tokens (0 and above) and marks (below 0) that stand for a description or a
group of clauses. A *choice* is a row of CHOICES, `[first, said, all]` in sequences: the first is plain, the
first `said` may be drawn for training, the rest are reserved.
"""

import hashlib
import re
from collections.abc import Callable, Iterable

import numpy as np

from worlds.goal import VERBS
from worlds.language import lexicon, phrasing
from worlds.language.lexicon import AGREEMENT, Sayings
from worlds.language.phrasing import PHRASINGS
from worlds.objects import CLASS_OF_KIND, FIXTURE, FIXTURES, ITEM, ITEMS, KINDS

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
        yield from (*sum(row.asked, ()), *sum(row.stated, ()), *row.heard)
    yield from (*GERUNDS.values(), *phrasing.FILLERS_BEFORE, *phrasing.FILLERS_AFTER)
    yield from (" ".join(sorted(phrasing.SEPARATORS)), " ".join(sorted(phrasing.ADVERBS)))


def _connectives() -> tuple[Sayings, ...]:
    return (
        phrasing.FRAMES, phrasing.TWO_STAGES, phrasing.STAGE_JOINS, phrasing.CLAUSE_JOINS,
        phrasing.CONSTRAINT_JOINS,
    )  # fmt: skip


def _vocabulary() -> tuple[str, ...]:
    words: dict[str, None] = dict.fromkeys(("<pad>", "<unk>"))
    for text in _all_texts():
        words.update(dict.fromkeys(word for word in text.split() if not word.startswith("{")))
    return tuple(words)


VOCABULARY = _vocabulary()
TOKEN = {word.lower(): number for number, word in enumerate(VOCABULARY)}


def grammar_version() -> str:
    """12 hex digits that change when a word, a phrasing, a verb or a kind does."""
    tables = (
        lexicon.NAMES_OF_KIND, lexicon.COLOUR_NAMES, lexicon.QUANTITIES, lexicon.NEGATED_QUANTITIES,
        lexicon.RELATIONS, lexicon.MARKERS, AGREEMENT, PHRASINGS, _connectives(), VERBS, KINDS, ITEMS,
        FIXTURES, VOCABULARY,
    )  # fmt: skip
    return hashlib.sha256(repr(tables).encode()).hexdigest()[:12]


# ---- sequences and choices ---------------------------------------------------------------------------
_data: list[int] = []
_starts: list[int] = [0]
_choices: list[list[int]] = []
_many: set[int] = set()


def _marks(text: str) -> list[int]:
    """Tokens and marks of a text; slots that stand for no mark are left out."""
    marks = (_SLOTS[word] if word in _SLOTS else TOKEN[word.lower()] for word in text.split())
    return [mark for mark in marks if mark is not None]


def _choice(sayings: Sayings, wording: Callable[[str], str] = str) -> int:
    """Append the sequences of these sayings; return the number of their choice."""
    _choices.append([len(_starts) - 1, len(sayings.said), sum(map(len, sayings))])
    for text in sum(sayings, ()):
        if "{many}" in text:
            _many.add(len(_starts) - 1)
        _data.extend(_marks(wording(text)))
        _starts.append(len(_data))
    return len(_choices) - 1


def _both(one: Sayings, other: Sayings) -> Sayings:
    return Sayings(one.said + other.said, one.reserved + other.reserved)


def _table(shape: tuple[int, ...], choices: dict[tuple[int, ...], int]) -> np.ndarray:
    numbers = np.full(shape, -1, np.int64)
    for at, choice in choices.items():
        numbers[at] = choice
    return numbers


def _clauses() -> dict[tuple[int, ...], int]:
    choices = {}
    for row in PHRASINGS:
        freely, do = _choice(_both(row.asked, row.stated)), _choice(row.asked)
        for thing in row.things:
            choices[row.verb, thing, 0], choices[row.verb, thing, 1] = freely, do
    return choices


_kinds = range(1, len(KINDS))
_plurals = [kind for kind in _kinds if CLASS_OF_KIND[kind] in (ITEM, FIXTURE)]
_names = lexicon.NAMES_OF_KIND
_counts = (lexicon.QUANTITIES, lexicon.NEGATED_QUANTITIES)
# Numbers of choices, -1 for none.
NAMES = _table(
    (2, len(KINDS)),  # singular or plural, kind
    {(0, kind): _choice(_names[kind]) for kind in _kinds}
    | {(1, kind): _choice(_names[kind], lexicon.plural_of) for kind in _plurals},
)
COLOUR_NAMES = _table(
    (len(lexicon.COLOUR_NAMES) + 1,),
    {(1 + i,): _choice(names) for i, names in enumerate(lexicon.COLOUR_NAMES)},
)
QUANTITIES = _table(
    (2, 6), {(i, quantity): _choice(names) for i in (0, 1) for quantity, names in _counts[i].items()}
)  # under "do not" or not, quantity
RELATIONS = _table((5,), {(relation,): _choice(names) for relation, names in lexicon.RELATIONS.items()})
MARKERS = np.array(
    [_choice(lexicon.MARKERS, lambda text, w=w: text.replace("{is}", w)) for w in AGREEMENT["is"]]
)
CLAUSES = _table((len(VERBS), 5, 2), _clauses())  # verb, class of thing, freely or asked
FRAME_HEADS = _choice(phrasing.FRAMES, lambda text: text.split("{goal}")[0])
FRAME_TAILS = _choice(phrasing.FRAMES, lambda text: text.split("{goal}")[1])
TWO_STAGES = _choice(phrasing.TWO_STAGES)
STAGE_JOINS = _choice(phrasing.STAGE_JOINS)
CLAUSE_JOINS = _choice(phrasing.CLAUSE_JOINS)
CONSTRAINT_JOINS = _choice(phrasing.CONSTRAINT_JOINS)

CHOICES = np.array(_choices, np.int64)
STARTS = np.array(_starts, np.int64)
DATA = np.array(_data, np.int64)
IS_MANY = np.array([sequence in _many for sequence in range(len(_starts))], np.bool_)  # before a plural
AGREES = np.array([[TOKEN[word] for word in pair] for pair in AGREEMENT.values()], np.int64)
GERUND_OF = np.array([TOKEN[GERUNDS.get(word, word).lower()] for word in VOCABULARY], np.int64)
IS_ADVERB = np.array([word in phrasing.ADVERBS for word in VOCABULARY], np.bool_)
TAKES_AN = np.array([bool(re.match("[aeio]|u[^n]", word)) for word in VOCABULARY], np.bool_)
A_TOKEN, AN_TOKEN = TOKEN["a"], TOKEN["an"]


def _check_tables() -> None:
    for row in PHRASINGS:
        for text in (*sum(row.asked, ()), *sum(row.stated, ()), *row.heard):
            if phrasing.SEPARATORS & set(text.split()):
                raise AssertionError(f"phrasing '{text}' holds a word of SEPARATORS: say it without")
    owner: dict[str, int] = {}
    for kind in range(1, len(KINDS)):
        for name in sum(lexicon.NAMES_OF_KIND[kind], ()):
            if owner.setdefault(name, kind) != kind or name in lexicon.AMBIGUOUS:
                raise AssertionError(
                    f"'{name}' names {KINDS[owner[name]]} and {KINDS[kind]}, or is AMBIGUOUS"
                )
    verbs = {row.verb for row in PHRASINGS}
    if verbs != set(range(1, len(VERBS))):
        raise AssertionError("phrasing.py and goal.VERBS differ: every verb needs a row of PHRASINGS")


_check_tables()
