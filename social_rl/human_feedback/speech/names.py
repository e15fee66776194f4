"""What do people call a thing? Descriptions, pronouns and numbers, as they are said."""

import re
from functools import cache
from typing import NamedTuple

import numpy as np

from social_rl.human_feedback.speech.tables import expand, happens, pick, table
from worlds.goal import EVERY, IN, IN_ROOM, NEXT_TO, NO_RELATION, ON, THE, THREE, TWO, A, Ref
from worlds.objects import AGENT, CLASS_OF_KIND, COLOURS, FIXTURE, ITEM, KIND, KINDS, ROOM, colours_of

PLAIN_SHARE = 0.5  # of names that are the plain ones
SHE = {"Ann", "Cleo", "Eve", "Gia", "Ida", "Kim", "Mia", "Oda", "Pia"}

WHOLE, BARE, NEGATED = range(3)  # "the cup", "cup", "any cup" (after "do not touch")


class Talk(NamedTuple):
    """One utterance: its chance, and what its things are called, so that they keep their names."""

    rng: np.random.Generator
    kinds: frozenset[int]  # all that the Goal is about
    chosen: dict[
        tuple[int, int], int
    ]  # of a KINDS number or -1 - colour, in what number: the row of its names


class Said(NamedTuple):
    """Words for a thing, and whether they are plural."""

    text: str
    many: bool


def names_of(kind: int) -> tuple[tuple[str, str], ...]:
    """The names of a KINDS number, singular and plural; the first is the plain one."""
    return _names()[KINDS[kind]]


@cache
def _names() -> dict[str, tuple[tuple[str, str], ...]]:
    return {kind: tuple(map(_both, names)) for kind, names in table("names")["nouns"].items()}


def _both(name: str) -> tuple[str, str]:
    one, _, many = name.partition("/")
    if many:
        return one, many
    if one.endswith(("s", "x", "ch", "sh")):
        return one, one + "es"
    if one.endswith("y") and one[-2] not in "aeiou":
        return one, one[:-1] + "ies"
    return one, one + "s"


def noun(kind: int, many: bool, talk: Talk) -> str:
    """A name of a kind, mostly the one that this utterance has for it already."""
    if CLASS_OF_KIND[kind] == AGENT:
        return KINDS[kind]
    rows = names_of(kind)
    if (kind, 0) not in talk.chosen or happens(0.05, talk.rng):
        plain = happens(PLAIN_SHARE, talk.rng)
        talk.chosen[kind, 0] = 0 if plain else int(talk.rng.integers(len(rows)))
    return rows[talk.chosen[kind, 0]][many]


def colour_word(colour: int, talk: Talk) -> str:
    """A word for a colour, numbered as in a Ref."""
    words = table("names")["colours"][COLOURS[colour - 1]]
    key = (-colour, 0)
    if key not in talk.chosen:
        talk.chosen[key] = 0 if happens(0.75, talk.rng) else int(talk.rng.integers(len(words)))
    return words[talk.chosen[key]]


def called(
    ref: Ref, talk: Talk, form: int = WHOLE, *, place: bool = False, moved: bool = False, brief: bool = False
) -> Said:
    """Words for what a Ref describes.

    Of a `place`, a relation is said so that it can belong to nothing else ("the chair that's in the hall"); a thing
    that is `moved` may come "from the desk". In `brief`, nothing is added that the speaker thought of while speaking.
    """
    rng = talk.rng
    if CLASS_OF_KIND[ref.kind] == AGENT:
        return Said(KINDS[ref.kind], False)
    if CLASS_OF_KIND[ref.kind] == ROOM:
        return Said(("" if form == BARE else "the ") + noun(ref.kind, False, talk), False)
    many = ref.quantity in (TWO, THREE) or (ref.quantity == EVERY and not happens(0.3, rng))
    if form == NEGATED and ref.quantity == EVERY:
        many = happens(0.5, rng)
    before, core, after = _core(ref, many, talk, place, moved)
    musing = form == WHOLE and not brief
    if musing and ref.quantity == THE and ref.relation == NO_RELATION and happens(0.035, rng):
        return Said(_corrected(ref, core, talk), False)
    if form == NEGATED and ref.quantity == EVERY:
        front = pick(("any of the", "the", "any", "any of the", "the") if many else ("any", "a single"), rng)
    else:
        front = _front(ref.quantity, many, form, rng)
    adjective = expand(pick(table("names")["adjectives"], rng), rng) if happens(0.03, rng) else ""
    words = " ".join(part for part in (front, adjective, before, core, after) if part)
    if musing and ref.quantity == EVERY and many and front in ("", "the", "my") and happens(0.3, rng):
        words += pick((", all of them,", ", every one of them,", ", the lot of them,", " (all of them)"), rng)
    if musing and ref.quantity == A and happens(0.06, rng):
        words += pick(
            (", any will do,", " (any)", ", any one,", ", doesn't matter which,", f", any {core},"), rng
        )
    return Said(fit_articles(words), many)


def fit_articles(text: str) -> str:
    """A text with "an" before vowels and "a" elsewhere."""
    text = re.sub(r"\b([Aa]) (?=[aeio]|u(?!n[iu]))", r"\1n ", text)
    return re.sub(r"\b([Aa])n (?=[bcdfghjklmnpqrstvwxyz])", r"\1 ", text)


def _front(quantity: int, many: bool, form: int, rng: np.random.Generator) -> str:
    if quantity == THE:
        if form == BARE:
            return ""
        return pick(("the",) * 16 + ("my", "that", "that", "our", "this"), rng)
    if quantity == A:
        return pick(("a", "a", "a", "a", "a", "any", "any", "one", "some", "any old", "a random"), rng)
    if quantity == TWO:
        return pick(("two", "two", "two", "two", "2", "2", "a couple of", "two of the", "a pair of"), rng)
    if quantity == THREE:
        return pick(("three", "three", "three", "three", "3", "3", "three of the", "any three"), rng)
    if not many:
        return pick(("every", "every", "each", "every single", "every last", "each and every"), rng)
    if form == BARE:
        return pick(("all", "all", "all the", "", "the"), rng)
    return pick(
        ("all the", "all the", "all", "all of the", "the", "the", "", "all my", "my", "all those"), rng
    )


def _core(ref: Ref, many: bool, talk: Talk, place: bool, moved: bool) -> tuple[str, str, str]:
    """What comes before the noun, the noun, and what comes after it."""
    rng, word = talk.rng, noun(ref.kind, many, talk)
    before = colour_word(ref.colour, talk) if ref.colour else ""
    after = ""
    if ref.colour and happens(0.08, rng):
        shade, before = before, ""
        after = pick((f"in {shade}", f"that {'are' if many else 'is'} {shade}", f"of {shade} colour"), rng)
        if happens(0.4, rng):
            before, after = shade + pick((" coloured", "-coloured", " colored"), rng), ""
    if ref.relation == NO_RELATION:
        return before, word, after
    if ref.relation == IN_ROOM and happens(0.2, rng):
        room = noun(ref.other_kind, False, talk) + pick(("", "", "", "'s"), rng)
        return " ".join(part for part in (room, before) if part), word, after
    return before, word, " ".join(part for part in (after, _relation(ref, many, talk, place, moved)) if part)


def _relation(ref: Ref, many: bool, talk: Talk, place: bool, moved: bool) -> str:
    other = called(Ref(ref.other_kind, ref.other_colour), talk).text
    rows = table("names")["relations"]
    key = {ON: "on", IN: "in", NEXT_TO: "next to", IN_ROOM: "in room"}[ref.relation]
    if moved and not place and ref.relation != NEXT_TO and happens(0.25, talk.rng):
        line = pick(rows[f"from {key}"], talk.rng)
    else:
        line = expand(pick(rows[key], talk.rng), talk.rng)
        if place or happens(0.3, talk.rng):
            line = (
                pick(("that are", "which are") if many else ("that's", "that is", "which is"), talk.rng)
                + f" {line}"
            )
    return line.replace("{O}", other)


def _corrected(ref: Ref, core: str, talk: Talk) -> str:
    """The thing after a slip of the tongue, or told from another: "the cup, no, the plate"."""
    rng = talk.rng
    colours = [c + 1 for c in colours_of(ref.kind)]
    if ref.colour and len(colours) > 1 and happens(0.6, rng):
        wrong = pick([c for c in colours if c != ref.colour], rng)
        line = pick(table("names")["corrections"]["colour"], rng)
        right, other = colour_word(ref.colour, talk), COLOURS[wrong - 1]
        return expand(line, rng).replace("{wrong}", other).replace("{right}", right).replace("{noun}", core)
    like = [
        kind
        for kind in range(1, len(KINDS))
        if CLASS_OF_KIND[kind] == CLASS_OF_KIND[ref.kind] and kind not in talk.kinds and kind != KIND["goal"]
    ]
    other = names_of(pick(like, rng))[0][0]
    right = f"{colour_word(ref.colour, talk)} {core}" if ref.colour else core
    line = pick(table("names")["corrections"]["thing"], rng)
    return fit_articles(expand(line, rng).replace("{wrong}", other).replace("{right}", right))


def pronouns(name: str) -> tuple[str, str, str]:
    """He, him and his for a name, or she, her and her."""
    return ("she", "her", "her") if name in SHE else ("he", "him", "his")


def is_item(kind: int) -> bool:
    """Can it be picked up?"""
    return bool(CLASS_OF_KIND[kind] == ITEM)


def is_fixture(kind: int) -> bool:
    """Is it furniture or a door?"""
    return bool(CLASS_OF_KIND[kind] == FIXTURE)
