"""What happens to words on their way through fingers? Case, marks, missing words and letters, as on phones."""

import re
from functools import cache

import numpy as np

from social_rl.human_feedback.speech.tables import expand, happens, pick, table
from worlds.objects import NAMES

NEAR = {
    "q": "wa", "w": "qes", "e": "wrd", "r": "etf", "t": "ryg", "y": "tuh", "u": "yij", "i": "uok", "o": "ipl",
    "p": "ol", "a": "qsz", "s": "adwx", "d": "sfec", "f": "dgrv", "g": "fhtb", "h": "gjyn", "j": "hkum", "k": "jlio",
    "l": "kop", "z": "asx", "x": "zsdc", "c": "xvdf", "v": "cfgb", "b": "vghn", "n": "bhjm", "m": "njk",
}  # fmt: skip
_WORD = re.compile(r"[a-z]+", re.IGNORECASE)
_KEPT = 3  # letters of a word that is too short to be misspelt and still known


def slip(text: str, rng: np.random.Generator) -> str:
    """A text as it might be typed: the same words, more or less well."""
    if happens(0.10, rng):
        text = _without_articles(text, rng)
    if happens(0.07, rng):
        text = _as_on_phones(text, rng)
    if happens(0.16, rng):
        for _ in range(1 + happens(0.25, rng)):
            text = misspell(text, rng)
    if happens(0.01, rng):
        text = _said_twice(text, rng)
    return _typed(text, rng)


def misspell(text: str, rng: np.random.Generator) -> str:
    """A text with a slip in one of its longer words, which does not make another known word of it."""
    words = [found for found in _WORD.finditer(text) if len(found[0]) > _KEPT and found[0] not in NAMES]
    if not words:
        return text
    found = pick(words, rng)
    for _ in range(4):
        new = _slipped(found[0], rng)
        if is_safe(found[0], new):
            return text[: found.start()] + new + text[found.end() :]
    return text


def _slipped(word: str, rng: np.random.Generator) -> str:
    at = int(rng.integers(1, len(word)))
    way = int(rng.integers(6))
    if way == 0:
        return word[:at] + word[at + 1 :]
    if way == 1:
        return word[:at] + word[at] + word[at:]
    if way in (2, 3) and at + 1 < len(word):
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if way == 4:
        return _as_heard(word, rng)
    near = NEAR.get(word[at].lower(), word[at])
    return word[:at] + pick(near, rng) + word[at + (0 if happens(0.2, rng) else 1) :]


def _as_heard(word: str, rng: np.random.Generator) -> str:
    rows = [(a, b) for a, b in table("slips")["heard"] if a in word[1:]]
    if not rows:
        return word
    a, b = pick(rows, rng)
    return word[0] + word[1:].replace(a, b, 1)


def is_safe(word: str, new: str) -> bool:
    """May `new` stand for `word`: is it no known word, and like none of the others that name things?"""
    low, was = new.lower(), word.lower()
    if low == was or low in known_words():
        return False
    return not any(
        other != was and abs(len(other) - len(low)) < 2 and _is_one_slip(low, other)
        for other in _naming_words()
    )


def _is_one_slip(a: str, b: str) -> bool:
    """Do two words differ in one letter at most, changed, missing or too many?"""
    if len(a) == len(b):
        return sum(x != y for x, y in zip(a, b, strict=True)) < 2
    if len(a) < len(b):
        a, b = b, a
    return any(a[:i] + a[i + 1 :] == b for i in range(len(a)))


@cache
def _naming_words() -> frozenset[str]:
    names = table("names")
    texts = [text for group in ("nouns", "colours") for rows in names[group].values() for text in rows]
    words = " ".join(texts).replace("/", " ").replace("-", " ").lower().split()
    return frozenset(words) | {
        "two",
        "three",
        "every",
        "each",
        "floor",
        "open",
        "close",
        "shut",
        "down",
        "back",
    }


@cache
def known_words() -> frozenset[str]:
    """All words of the tables."""
    found: set[str] = set()
    waiting = [table("names"), table("verbs"), table("phrases")]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            waiting.extend(part.values())
        elif isinstance(part, tuple):
            waiting.extend(part)
        else:
            found.update(word.lower() for word in _WORD.findall(part))
    return frozenset(found)


def _without_articles(text: str, rng: np.random.Generator) -> str:
    share = pick((1.0, 1.0, 0.5), rng)
    return re.sub(r"(?<!of )\b[Tt]he (?=[a-z])", lambda found: "" if happens(share, rng) else found[0], text)


def _as_on_phones(text: str, rng: np.random.Generator) -> str:
    for said, typed in table("slips")["phone"]:
        if happens(0.6, rng):
            text = re.sub(rf"\b{said}\b", typed, text)
    return text


def _said_twice(text: str, rng: np.random.Generator) -> str:
    words = text.split(" ")
    at = [
        i
        for i, word in enumerate(words)
        if word in ("the", "put", "on", "in", "to", "please", "and", "I", "you")
    ]
    if not at:
        return text
    i = pick(at, rng)
    return " ".join([*words[: i + 1], words[i], *words[i + 1 :]])


def _typed(text: str, rng: np.random.Generator) -> str:
    way = rng.random()
    text = text.rstrip()
    asks = text.endswith("?")
    if text and (text[-1].isalnum() or asks):
        if asks and happens(0.25, rng):
            text = text[:-1]
        elif not asks:
            text += pick(("",) * 11 + (".",) * 5 + ("!", "!", "!!", "...", " !"), rng)
    if way < 0.30:
        text = _capitals(text)
    elif way < 0.345:
        text = text.upper()
    elif way < 0.355:
        text = text.title()
    elif way < 0.62:
        text = text.lower()
    if happens(0.08, rng):
        text = text.replace("'", "")
    elif happens(0.07, rng):
        text = text.replace("'", "’")
    if happens(0.006, rng):
        text = pick(("“{}”", '"{}"', "‘{}’"), rng).format(text)
    if happens(0.03, rng):
        text = re.sub(r"[,.;:]", "", text)
    return re.sub(r"\s+", " ", text).strip()


def _capitals(text: str) -> str:
    """Each sentence begins with a capital letter."""
    text = re.sub(r"((?<!\.)[.!?] +)([a-z])", lambda found: found[1] + found[2].upper(), text)
    return text[:1].upper() + text[1:]


def hesitate(text: str, rng: np.random.Generator) -> str:
    """A text in which somebody thinks for a moment."""
    places = [found.start() for found in re.finditer(r" (the|a|my|that|to|on|in) ", text)]
    if not places:
        return text
    at = pick(places, rng)
    return text[:at] + expand(pick(table("slips")["fillers"], rng), rng) + text[at:]
