"""How is what people say around an instruction taken away? Greetings, names, and words that have plainer ones.

Words in, words out; nothing here knows of goals.
"""

from worlds.language.lexicon import gerund_of
from worlds.language.matching import VERB_WORDS
from worlds.language.phrasing import SEPARATORS
from worlds.language.tokens import AmbiguousError
from worlds.language.understood import ADDRESSED, GREETINGS, PARTICIPLES, REWRITES
from worlds.objects import NAMES

_NAMES = frozenset(name.lower() for name in NAMES)
_ENDS = frozenset({".", "?"})
_MARKS = _ENDS | {","}
_SAYS = frozenset(
    {"needs", "should", "must", "wants"}
)  # "Hey, Ann needs the cup": here she is no one addressed


def _by_length(texts: tuple[str, ...]) -> list[tuple[str, ...]]:
    return sorted((tuple(text.split()) for text in texts), key=len, reverse=True)


_GREETINGS = _by_length(GREETINGS)
_REWRITES = [(words, REWRITES[" ".join(words)].split()) for words in _by_length(tuple(REWRITES))]
_REWRITES_BEGIN = frozenset(words[0] for words, _ in _REWRITES)


def reworded(words: list[str], speaker: str) -> list[str]:
    """The same in plainer words: without greetings and names in front, "as soon as you have taken" as "once you take".

    Raises:
        AmbiguousError: "me", and nobody knows who speaks.
    """
    if "me" in words:
        words = _spoken_by(speaker, words)
    words = trimmed(_without_address(_rewritten(words)))
    if "have" in words or "having" in words:
        words = _in_the_present(words)
    return words


def _spoken_by(speaker: str, words: list[str]) -> list[str]:
    """With a name in the place of "me", but for "for me" and "excuse me"."""
    said = list(words)
    for i, word in enumerate(words):
        if word == "me" and words[i - 1 : i] not in (["for"], ["excuse"]):
            if not speaker:
                raise AmbiguousError("'me' is whoever speaks, which is not known here: say a name", ("me",))
            said[i] = speaker.lower()
    return said


def _rewritten(words: list[str]) -> list[str]:
    if _REWRITES_BEGIN.isdisjoint(words):
        return words
    out: list[str] = []
    i = 0
    while i < len(words):
        plain = None
        if words[i] in _REWRITES_BEGIN:
            plain = next(((run, to) for run, to in _REWRITES if tuple(words[i : i + len(run)]) == run), None)
        if plain is None:
            out.append(words[i])
            i += 1
        else:
            out += plain[1]
            i += len(plain[0])
    return out


def _without_address(words: list[str]) -> list[str]:
    """Sentences without "hello", "hey Ann" and "Ann," in front, and the last without ", Ann" behind."""
    out: list[str] = []
    begin = 0
    while begin < len(words):
        end = next((i + 1 for i in range(begin, len(words)) if words[i] in _ENDS), len(words))
        out += words[_addressed(words, begin, end) : end]
        begin = end
    return out


def _addressed(words: list[str], begin: int, end: int) -> int:
    """Where a sentence begins once those that it is said to are named."""
    i, greeted = begin, False
    while i < end:
        skip = next((len(run) for run in _GREETINGS if tuple(words[i : i + len(run)]) == run), 0)
        if not skip:
            break
        i, greeted = i + skip, True
        i += i < end and words[i] == ","
    called = i < end and (words[i] in _NAMES or words[i] in ADDRESSED)
    before_comma = i + 1 < end and words[i + 1] == ","
    if called and (
        before_comma or (greeted and i + 1 < end and words[i + 1] not in _SAYS and words[i] != "you")
    ):
        i += 1 + before_comma
    return i


def trimmed(words: list[str]) -> list[str]:
    """Words without marks at both ends."""
    begin, end = 0, len(words)
    while begin < end and words[begin] in _MARKS:
        begin += 1
    while end > begin and words[end - 1] in _MARKS:
        end -= 1
    return words[begin:end]


def _in_the_present(words: list[str]) -> list[str]:
    """ "Once you have taken" as "once you take", "after having taken" as "after taking"."""
    out: list[str] = []
    for i, word in enumerate(words):
        if word == "have" and out[-1:] == ["you"] and out[-2:-1] in (["once"], ["after"]):
            continue
        if word == "having" and out[-1:] in (["once"], ["after"]):
            continue
        if i and words[i - 1] in ("have", "having") and out[-1:] != [words[i - 1]]:
            base = _base_of(word)
            out.append(gerund_of(base) if words[i - 1] == "having" else base)
        else:
            out.append(word)
    return out


def _base_of(participle: str) -> str:
    """The verb of "taken", or the word itself."""
    if participle in PARTICIPLES:
        return PARTICIPLES[participle]
    if participle.endswith("ed"):
        stem = participle[:-2]
        for base in (stem, stem + "e", stem[:-1]):
            if base in VERB_WORDS:
                return base
    return participle


assert not SEPARATORS & set(GREETINGS)
