"""How does text become tokens, and back? The one door for untrusted words.

A text is normalised (NFC, lower case, no control or direction characters) and cut into words and the marks
"," "?" ".". Anything else comes out as an unknown word; nothing here raises but InstructionError.
"""

import difflib
import functools
import re
import unicodedata

from worlds.language.grammar import PADDING, TOKEN, UNKNOWN, VOCABULARY
from worlds.language.lexicon import CONTRACTIONS
from worlds.state import MAX_TOKENS

MAX_CHARACTERS = 512
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[^\w\s'\"-]")
_SHOWN = 24  # characters of a foreign word that an error repeats
_ENDS = frozenset(",.?")


class InstructionError(ValueError):
    """These words are no instruction. `words` are at fault; `candidates` are words that may be meant."""

    def __init__(self, message: str, words: tuple[str, ...] = (), candidates: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.words = words
        self.candidates = candidates


def split_words(text: str) -> list[str]:
    """The words and marks of a text, in lower case.

    Raises:
        InstructionError: longer than MAX_CHARACTERS or MAX_TOKENS words, or not a text.
    """
    if not isinstance(text, str):
        raise InstructionError(f"an instruction is a text, not {type(text).__name__}")
    if len(text) > MAX_CHARACTERS:
        raise InstructionError(
            f"{len(text)} characters, allowed are {MAX_CHARACTERS}: shorten the instruction"
        )
    if not text.isascii():
        text = _clean(text)
    words = _WORD.findall(text.lower())
    if not CONTRACTIONS.keys().isdisjoint(words):
        words = [word for part in words for word in str(CONTRACTIONS.get(part, part)).split()]
    if len(words) > MAX_TOKENS:
        raise InstructionError(
            f"{len(words)} words and marks, allowed are {MAX_TOKENS}: shorten the instruction"
        )
    return words


def _clean(text: str) -> str:
    text = unicodedata.normalize("NFC", text.replace("\u2019", "'"))
    kept = []
    for character in text:
        category = unicodedata.category(character)
        if category == "Cs":
            raise InstructionError(f"broken text: a lone surrogate U+{ord(character):04X}; send UTF-8")
        if category[0] != "C":
            kept.append(character)
        elif category == "Cc" and character.isspace():
            kept.append(" ")
    return "".join(kept)


def tokens_of(text: str) -> list[int]:
    """Numbers of the words of a text in `vocabulary`; unknown words become 1.

    Raises:
        InstructionError: as `split_words`.
    """
    return [TOKEN.get(word, UNKNOWN) for word in split_words(text)]


def words_of(tokens: "list[int] | tuple[int, ...]") -> str:
    """The text of tokens, without padding: "could you go to Ann?"."""
    text = ""
    for token in tokens:
        word = VOCABULARY[token] if 0 <= token < len(VOCABULARY) else VOCABULARY[UNKNOWN]
        if token != PADDING:
            text += word if not text or word in _ENDS else " " + word
    return text


def check_known(words: list[str], also: "frozenset[str]" = frozenset()) -> None:
    """Raise an InstructionError that names the unknown words and the nearest known ones."""
    unknown = [word for word in dict.fromkeys(words) if word not in TOKEN and word not in also]
    if not unknown:
        return
    said, candidates = [], []
    for word in unknown[:3]:
        near = nearest(word)
        candidates += [near] if near else []
        said.append(f"'{word[:_SHOWN]}'" + (f": did you mean '{near}'?" if near else ""))
    more = f" and {len(unknown) - 3} more words" if len(unknown) > 3 else ""
    raise InstructionError(f"I don't know {', '.join(said)}{more}", tuple(unknown), tuple(candidates))


@functools.lru_cache(4096)
def nearest(word: str) -> str:
    """The known word most like this one, or ""."""
    letters = _letters(word)
    # Comparing with every word would take milliseconds: look only at those of like length and letters.
    likely = [
        known
        for known, known_letters in _KNOWN
        if abs(len(known) - len(word)) <= 2
        and 3 * (letters & known_letters).bit_count()
        >= 2 * max(letters.bit_count(), known_letters.bit_count())
    ]
    return next(iter(difflib.get_close_matches(word[:_SHOWN], likely, 1)), "")


def _letters(word: str) -> int:
    """The set of letters of a word, as bits."""
    bits = 0
    for letter in word[:_SHOWN]:
        bits |= 1 << (ord(letter) & 31)
    return bits


_KNOWN = tuple((word, _letters(word)) for word in TOKEN if len(word) > 2)
