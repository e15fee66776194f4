"""Who said what? Turns of a talk, of cleaned words; a talk keeps its last ones."""

import functools
import re
from typing import NamedTuple

from worlds.language import lexicon
from worlds.language.cleaning import clean, clean_name
from worlds.objects import CLASS_OF_KIND, FIXTURE, ITEM, KIND, KINDS

MAX_TURNS = 8
# Words that go back to what was said or is seen.
_POINTING = frozenset(
    (
        "it", "its", "that", "this", "them", "these", "those", "one", "ones", "other", "there", "here", "again",
        "same", "him", "her", "instead", "meant", "mean", "no", "not",
    )
)  # fmt: skip
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


def is_reply(talk: Talk) -> bool:
    """Did the agent itself ask before the last words?"""
    return len(talk) > 1 and talk[-2].speaker == ME and talk[-2].words.endswith("?")


def recent(talk: Talk) -> Talk:
    """The turns that the last words may go back to: a question and what it was about, or what was said before them."""
    if is_reply(talk):
        return talk[-3:]
    others = [i for i, turn in enumerate(talk[:-1]) if turn.speaker != ME]
    points = not _POINTING.isdisjoint(re.findall(r"\w+", talk[-1].words.lower())) if talk else False
    return talk[others[-1] :] if points and others else talk[-1:]


def kinds_named(talk: Talk) -> frozenset[int]:
    """Kinds (numbers of KINDS) that a talk names, in the words of training; "fruit" names all that it may mean."""
    return frozenset().union(*(_kinds_in(turn.words) for turn in talk))


@functools.lru_cache(maxsize=4096)
def _kinds_in(words: str) -> frozenset[int]:
    return frozenset(kind for noun in _nouns().findall(words.lower()) for kind in _kinds_of_noun()[noun])


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
