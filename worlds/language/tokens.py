"""How does text become tokens, and back? The one door for untrusted words.

A text is normalised (NFKC, lower case, no control or direction characters, no brackets, bullets or emoji) and cut into
words and the marks "," "?" ".". Anything else comes out as an unknown word; nothing here raises but InstructionError.
"""

import re
import unicodedata

from worlds.language.grammar import PADDING, TOKEN, UNKNOWN, VOCABULARY
from worlds.language.lexicon import CONTRACTIONS
from worlds.language.understood import CONTRACTIONS_UNDERSTOOD
from worlds.state import MAX_TOKENS

MAX_CHARACTERS = 512
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*|[^\w\s'\"-]")
_ENDS = frozenset(",.?")
_SHORT = CONTRACTIONS_UNDERSTOOD | CONTRACTIONS

# What is written but not said, in the order in which it is put into words and marks.
_TIDY = re.compile(r"(?:[A-Za-z ,?!']|(?<![Tt])\.)*")  # nothing of it here
_APOSTROPHES = re.compile("[\u2018\u2019\u02bc\u2032\u00b4]|(?<=\\w)`(?=\\w)")
_WRITTEN = tuple(
    (re.compile(pattern), plain)
    for pattern, plain in (
        (r"(?<!\w)[:;=]-?[()DPp](?!\w)", " "),  # a face
        (r"(?m)^\s*(?:[-+*>#\u2022\u00b7\u25aa\u25cf\u2023\u2013\u2014]+\s+)+", " . "),  # a bullet
        (r"(?<!\S)\(?\d{1,2}[.)](?=\s)", " . "),  # the number of a step
        (r"\n\s*\n", " . "),
        (r"(?i)\bt\.\s?v\b\.?", "tv"),
        ("[-=]+>|[\u2192\u21d2\u27a1]", " , then "),
        ("[\u2012-\u2015]|(?<=\\s)--?(?=\\s)|--+", " , "),
        (r"[\[\](){}*`#~|\u00ab\u00bb\u201c-\u201f\u2039\u203a]", " "),
        ("\u200b", " "),  # it parts words, and is not seen
    )
)


class InstructionError(ValueError):
    """These words are no instruction. `words` are at fault; `candidates` are words that may be meant."""

    def __init__(self, message: str, words: tuple[str, ...] = (), candidates: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.words = words
        self.candidates = candidates


class AmbiguousError(InstructionError):
    """These words may mean several things: ask which."""


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
    if not _TIDY.fullmatch(text):
        text = _tidied(text)
    words = _WORD.findall(text.lower())
    if not _SHORT.keys().isdisjoint(words):
        words = [word for part in words for word in str(_SHORT.get(part, part)).split()]
    if len(words) > MAX_TOKENS:
        raise InstructionError(
            f"{len(words)} words and marks, allowed are {MAX_TOKENS}: shorten the instruction"
        )
    return words


def _tidied(text: str) -> str:
    """Without quotes, dashes, brackets, bullets, faces, emoji and characters that are not seen."""
    text = unicodedata.normalize("NFKC", _APOSTROPHES.sub("'", text))
    for pattern, plain in _WRITTEN:
        text = pattern.sub(plain, text)
    kept = []
    for character in text:
        category = unicodedata.category(character)
        if category == "Cs":
            raise InstructionError(f"broken text: a lone surrogate U+{ord(character):04X}; send UTF-8")
        if category in ("So", "Sk") or (category == "Cc" and character.isspace()):
            kept.append(" ")
        elif category[0] != "C" and not "\ufe00" <= character <= "\ufe0f":
            kept.append(character)
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
