"""What may be meant by a word that is not known? The known ones that are spelt much like it or mean about the same."""

import functools
from collections.abc import Iterable

from worlds.language.grammar import TOKEN
from worlds.language.lexicon import AMBIGUOUS
from worlds.language.tokens import AmbiguousError, InstructionError
from worlds.language.understood import MEANT, OPEN, REFUSED

_SHOWN = 24  # characters of a foreign word that an error repeats


def check_known(words: list[str], also: frozenset[str] = frozenset()) -> None:
    """Raise an InstructionError that names the unknown words and the nearest known ones.

    Known are the words that are said, those in `also`, and those that are ambiguous.
    """
    unknown = [
        word for word in dict.fromkeys(words) if not (word in TOKEN or word in also or word in AMBIGUOUS)
    ]
    if not unknown:
        return
    for word in unknown:
        if word in REFUSED:
            raise refusal(word)
    said, candidates = [], []
    for word in unknown[:3]:
        near = nearest(word, also)
        candidates += [near] if near else []
        said.append(f"'{word[:_SHOWN]}'" + (f": did you mean '{near}'?" if near else ""))
    more = f" and {len(unknown) - 3} more words" if len(unknown) > 3 else ""
    raise InstructionError(f"I don't know {', '.join(said)}{more}", tuple(unknown), tuple(candidates))


def refusal(word: str) -> InstructionError:
    """Why a word of REFUSED is not understood."""
    kind = AmbiguousError if REFUSED[word] in OPEN else InstructionError
    return kind(f"'{word}' {REFUSED[word]}", (word,))


@functools.lru_cache(4096)
def nearest(word: str, also: frozenset[str] = frozenset()) -> str:
    """The known word or pair of words that is meant, or "" where none is near enough.

    One slip is allowed in a short word, two in one of seven letters: a letter more, less, another (not among three), or
    two in each other's place. "Wash" is two slips from "stash", and is not taken for it.
    """
    if word in MEANT:
        return MEANT[word]
    if len(word) > _SHOWN:
        return ""
    allowed = _slips(word)
    likely = ((_distance(word, known), known) for known in _likely(word, allowed, also))
    near = [(slips, _differs(word, known), known) for slips, known in likely if slips <= allowed]
    if near:
        return min(near)[2]
    pairs = [(word[:i], word[i:]) for i in range(2, len(word) - 1)]
    return next((f"{a} {b}" for a, b in pairs if a in TOKEN and b in TOKEN), "")


def _slips(word: str) -> int:
    return 0 if len(word) < 2 else 1 if len(word) < 7 else 2


def _differs(word: str, known: str) -> tuple[bool, bool]:
    """In its letters, in its first one: "opne" is "open" rather than "one"."""
    return sorted(word) != sorted(known), word[:1] != known[:1]


def _likely(word: str, allowed: int, also: Iterable[str]) -> list[str]:
    """Known words of like length; a slip of two letters changes their places alone."""
    return [
        known
        for known in (*TOKEN, *also)
        if abs(len(known) - len(word)) <= allowed
        and known.isalpha()
        and len(known) > 1
        and (len(word) > 2 or sorted(known) == sorted(word))
        and (len(word) > 3 or len(known) != len(word) or sorted(known) == sorted(word))
    ]


def _distance(a: str, b: str) -> int:
    """Slips between two words (optimal string alignment distance)."""
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        now = [i]
        for j, other in enumerate(b, 1):
            slips = min(last[j] + 1, now[j - 1] + 1, last[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                slips = min(slips, before[j - 2] + 1)
            now.append(slips)
        before, last = last, now
    return last[-1]
