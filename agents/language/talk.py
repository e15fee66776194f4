"""Who said what? Turns of a talk, and the one door through which people's words come into it.

Words are cleaned: NFKC, one line, without control characters, direction marks and other characters that are not seen,
at most MAX_CHARACTERS long; what was longer ends with CUT. A talk keeps its last turns.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from worlds.language import lexicon
from worlds.language.tokens import MAX_CHARACTERS
from worlds.objects import CLASS_OF_KIND, FIXTURE, ITEM, KIND, KINDS

MAX_TURNS, MAX_SPEAKER = 8, 24
CUT = " (cut)"
_SELECTORS = re.compile("[\ufe00-\ufe0f]")  # of how a character is drawn
ME = "you"  # how an agent's own turns are marked
PERSON = "person"  # who gives an instruction, where nobody says who
TAKEN = "I take that as: "  # how an agent tells what it took words for


class Turn(NamedTuple):
    """What somebody said."""

    speaker: str
    words: str


Talk = tuple[Turn, ...]


def said(talk: Talk, speaker: str, words: str) -> Talk:
    """The talk after one more turn; what is nothing once cleaned is not said."""
    words = clean(words)
    return (*talk, Turn(clean_name(speaker), words))[-MAX_TURNS:] if words else talk


def clean(words: str) -> str:
    """Words as they may stand in a talk; cleaning them again changes nothing."""
    shortened = words[: 4 * MAX_CHARACTERS]
    if not (shortened.isascii() and shortened.isprintable()):
        lines = unicodedata.normalize("NFKC", shortened).splitlines()
        shortened = _joined(map(_visible, lines))
    shortened = " ".join(shortened.split())
    if len(shortened) <= MAX_CHARACTERS and len(words) <= 4 * MAX_CHARACTERS:
        return shortened
    return cut(shortened.removesuffix(CUT), MAX_CHARACTERS)


def cut(words: str, length: int) -> str:
    """The beginning of words, so long at most, with the note that something is missing."""
    return words[: max(length - len(CUT), 0)].rstrip() + CUT


def clean_name(speaker: str) -> str:
    """A name as it may stand before a turn; "somebody" if nothing is left of it."""
    return clean(speaker[: 4 * MAX_SPEAKER]).replace(":", "")[:MAX_SPEAKER].strip() or "somebody"


def kinds_named(talk: Talk) -> frozenset[int]:
    """Kinds (numbers of KINDS) that a talk names, in the words of training; "fruit" names all that it may mean."""
    return frozenset().union(*(_kinds_in(turn.words) for turn in talk))


@functools.lru_cache(maxsize=4096)
def _kinds_in(words: str) -> frozenset[int]:
    return frozenset(kind for noun in _nouns().findall(words.lower()) for kind in _kinds_of_noun()[noun])


def _visible(line: str) -> str:
    """A line with plain spaces, without what is not seen."""
    if not line.isprintable():
        line = "".join(c if c.isprintable() else " " if c.isspace() else "" for c in line)
    return _SELECTORS.sub("", line)


def _joined(lines: Iterable[str]) -> str:
    """Lines as sentences of one line."""
    whole = ""
    for line in filter(str.strip, lines):
        joint = "" if not whole else " " if whole.rstrip()[-1:] in ".,;:!?" else ". "
        whole += joint + line
    return whole


@functools.cache
def _kinds_of_noun() -> dict[str, tuple[int, ...]]:
    """What nouns may mean, in lower case, singular and plural."""
    kinds: dict[str, tuple[int, ...]] = {}
    for kind in range(1, len(KINDS)):
        for name in (KINDS[kind], *lexicon.NAMES_OF_KIND[kind].said):
            kinds[name.lower()] = (kind,)
            if CLASS_OF_KIND[kind] in (ITEM, FIXTURE):
                kinds[lexicon.plural_of(name).lower()] = (kind,)
    for noun, names in lexicon.AMBIGUOUS.items():
        if names:
            kinds[noun] = tuple(KIND[name] for name in names)
    return kinds


@functools.cache
def _nouns() -> re.Pattern[str]:
    longest_first = sorted(_kinds_of_noun(), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b")
