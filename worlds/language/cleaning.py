"""How do people's words come in, before anybody reads them? On one line, short, and of characters that can be seen.

Words are cleaned: NFKC, one line, without control characters, direction marks and other characters that are not seen,
at most MAX_CHARACTERS long; what was longer ends with CUT.
"""

import re
import unicodedata
from collections.abc import Iterable

from worlds.language.tokens import MAX_CHARACTERS

MAX_SPEAKER = 24  # characters of a name
CUT = " (cut)"
NOBODY = "somebody"  # a name of which nothing is left
_SELECTORS = re.compile("[\ufe00-\ufe0f]")  # of how a character is drawn


def clean(words: str) -> str:
    """Words as they may stand in a talk; cleaning them again changes nothing."""
    words = words.strip()
    shortened = words[: 4 * MAX_CHARACTERS]
    if not (shortened.isascii() and shortened.isprintable()):
        lines = unicodedata.normalize("NFKC", shortened).splitlines()
        # once more, as what was not seen may have stood between a letter and its accent
        shortened = unicodedata.normalize("NFKC", _joined(map(_visible, lines)))
    shortened = " ".join(shortened.split())
    if len(shortened) <= MAX_CHARACTERS and len(words) <= 4 * MAX_CHARACTERS:
        return shortened
    return cut(shortened.removesuffix(CUT), MAX_CHARACTERS).lstrip()


def cut(words: str, length: int) -> str:
    """The beginning of words, so long at most, with the note that something is missing."""
    return words[: max(length - len(CUT), 0)].rstrip() + CUT


def clean_name(speaker: str) -> str:
    """A name as it may stand before a turn, without colons; NOBODY if nothing is left of it."""
    words = clean(speaker[: 4 * MAX_SPEAKER]).replace(":", "").split()
    return " ".join(words)[:MAX_SPEAKER].strip() or NOBODY


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
