"""What do people ask that is no Goal? What one must ask back about, and what nobody in these houses can do.

unclear(rng)       too little, or two things: "put it there", "Ann or Bob should have the key"
impossible(rng)    "paint the door", "pick up the unicorn", "put the bed on the orange", "how are you?"
"""

import re
import string
from collections.abc import Callable
from functools import cache

import numpy as np

from social_rl.human_feedback.speech.clauses import gerund, tidy
from social_rl.human_feedback.speech.names import Talk, called, names_of
from social_rl.human_feedback.speech.slips import hesitate, slip
from social_rl.human_feedback.speech.tables import expand, happens, pick, table
from worlds.goal import THE, Ref
from worlds.language.wordings import split_of
from worlds.objects import (
    AGENT,
    CLASS_OF_KIND,
    COLOURS,
    DOOR_KIND,
    FIRST_FIXTURE,
    FIXTURES,
    GOAL_KIND,
    ITEM,
    KINDS,
    ROOM,
    colours_of,
)

_FURNITURE = tuple(FIRST_FIXTURE + i for i in range(len(FIXTURES)) if FIRST_FIXTURE + i != GOAL_KIND)
_ROW = {kind: FIXTURES[kind - FIRST_FIXTURE] for kind in _FURNITURE}
_OF_CLASS = {c: tuple(k for k in range(1, len(KINDS)) if CLASS_OF_KIND[k] == c) for c in (ITEM, ROOM, AGENT)}
_OPENED = (DOOR_KIND, *(kind for kind in _FURNITURE if _ROW[kind].shuts))
# What a slot of the tables may be filled with; two letters of a group are never the same kind.
_KINDS = {
    "I": _OF_CLASS[ITEM], "J": _OF_CLASS[ITEM],
    "F": tuple(kind for kind in _FURNITURE if _ROW[kind].holds == "on"),
    "G": tuple(kind for kind in _FURNITURE if _ROW[kind].holds == "on"),
    "B": tuple(kind for kind in _FURNITURE if _ROW[kind].holds == "in"),
    "S": tuple(kind for kind in _FURNITURE if _ROW[kind].switches),
    "Q": tuple(kind for kind in _FURNITURE if _ROW[kind].switches),
    "O": _OPENED, "U": _OPENED,
    "H": tuple(kind for kind in _FURNITURE if not _ROW[kind].shuts),
    "E": tuple(kind for kind in _FURNITURE if not _ROW[kind].switches),
    "X": tuple(kind for kind in _FURNITURE if not _ROW[kind].holds),
    "R": _OF_CLASS[ROOM], "W": _OF_CLASS[ROOM], "N": _OF_CLASS[AGENT], "M": _OF_CLASS[AGENT],
}  # fmt: skip
_COLOURED = 0.12
_UNCLEAR = ("choice", "choice", "missing", "missing", "vague")
_IMPOSSIBLE = ("acts",) * 13 + ("talk",) * 6 + ("clashes",)


def unclear(rng: np.random.Generator) -> str:
    """A request to which one must ask back; nothing that is in another split than "train"."""
    return _drawn(lambda: _request("unclear", pick(_UNCLEAR, rng), rng), rng)


def impossible(rng: np.random.Generator) -> str:
    """What nobody in these houses can do, or no request at all; nothing that is in another split than "train"."""
    return _drawn(lambda: _request("impossible", pick(_IMPOSSIBLE, rng), rng), rng)


def _drawn(draw: Callable[[], str], rng: np.random.Generator) -> str:
    while True:
        text = slip(draw(), rng)
        if text and split_of(text) == "train":
            return text


def _request(name: str, group: str, rng: np.random.Generator) -> str:
    line = pick(table(name)[group], rng)
    text = tidy(_filled(expand(line, rng), rng))
    if not text or not re.match(r"[A-Za-z]", text) or group == "talk":
        return text
    return _dressed(text, is_order=group in ("acts", "clashes") and _begins_with_verb(line, text), rng=rng)


def _begins_with_verb(line: str, text: str) -> bool:
    """Is a line of acts an order? Those that are not begin with a slot, a name or an article."""
    return not re.match(r"(\[the\||\[where|\{|I want|I )", line) and text[:1].islower()


def _dressed(text: str, is_order: bool, rng: np.random.Generator) -> str:
    if is_order and "?" not in text and happens(0.35, rng):
        line = pick(table("phrases")["wrap"], rng)
        text = expand(line, rng).replace("{order}", text).replace("{ing}", gerund(text))
    asks = text.endswith("?")
    if happens(0.05, rng):
        text = f"{expand(pick(table('phrases')['reasons'], rng), rng)}{pick((', ', ' so ', '. '), rng)}{text}"
    if happens(0.04, rng):
        text = hesitate(text, rng)
    if happens(0.15, rng):
        end = expand(pick(table("phrases")["after"], rng), rng)
        text = f"{text.rstrip('?!. ')}{end}" + ("?" if asks and end[-1].isalnum() else "")
    if happens(0.12, rng):
        text = f"{expand(pick(table('phrases')['before'], rng), rng)} {text}"
    return text


# ---- filling in ----------------------------------------------------------------------------------------
def _filled(text: str, rng: np.random.Generator) -> str:
    talk = Talk(rng, frozenset(), {})
    kinds: dict[str, int] = {}

    def kind_of(letter: str) -> int:
        if letter not in kinds:
            kinds[letter] = pick([kind for kind in _KINDS[letter] if kind not in kinds.values()], rng)
        return kinds[letter]

    def word(found: re.Match[str]) -> str:
        slot = found[1]
        if slot in ("it",):
            return "it"
        if slot in ("K", "L"):
            return _colour_but(talk, rng)
        if slot in _KINDS:
            kind = kind_of(slot)
            if CLASS_OF_KIND[kind] == AGENT:
                return KINDS[kind]
            shades = colours_of(kind)
            shade = 1 + pick(shades, rng) if shades and happens(_COLOURED, rng) else 0
            return called(Ref(kind, shade, THE), talk, brief=True).text
        if slot in ("is", "js"):
            return pick(names_of(kind_of(slot[0].upper())), rng)[1]
        if slot.upper() in _KINDS and len(slot) == 1:
            return pick(names_of(kind_of(slot.upper())), rng)[0]
        return _strange(slot, rng)

    return re.sub(r"\{(\w+)\}", word, text)


def _colour_but(talk: Talk, rng: np.random.Generator) -> str:
    """A colour that this utterance has not named yet."""
    left = [c for c in range(len(COLOURS)) if (-1 - c, 1) not in talk.chosen]
    shade = pick(left, rng)
    talk.chosen[-1 - shade, 1] = 0
    return COLOURS[shade]


def _strange(slot: str, rng: np.random.Generator) -> str:
    """What no house has, and what is no word."""
    if slot in ("thing", "creature", "place"):
        return pick(_listed(f"{slot}s"), rng)
    if slot == "emoji":
        return pick(table("impossible")["emoji"].split(), rng)
    if slot == "digits":
        return str(int(rng.integers(1, 10 ** int(rng.integers(1, 6)))))
    if slot == "marks":
        return "".join(pick("!#$%&*=@~^|<>/+", rng) for _ in range(int(rng.integers(2, 6))))
    return _gibberish(rng)


@cache
def _listed(group: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in table("impossible")[group].split(","))


def _gibberish(rng: np.random.Generator) -> str:
    """Letters that are no word, some of which one can pronounce."""
    if happens(0.5, rng):
        return "".join(pick(string.ascii_lowercase, rng) for _ in range(int(rng.integers(4, 9))))
    parts = [
        pick(
            [
                "b",
                "bl",
                "br",
                "d",
                "dr",
                "f",
                "fl",
                "fn",
                "g",
                "gl",
                "gr",
                "h",
                "k",
                "kl",
                "m",
                "n",
                "p",
                "pl",
                "qu",
                "r",
                "s",
                "sch",
                "sn",
                "t",
                "tr",
                "v",
                "w",
                "z",
            ],
            rng,
        )
    ]
    for _ in range(int(rng.integers(1, 3))):
        parts += [
            pick("aeiou", rng),
            pick(
                [
                    "b",
                    "d",
                    "f",
                    "g",
                    "k",
                    "l",
                    "m",
                    "n",
                    "p",
                    "r",
                    "rg",
                    "rp",
                    "s",
                    "t",
                    "x",
                    "zz",
                    "mp",
                    "nk",
                ],
                rng,
            ),
        ]
    return "".join(parts)
