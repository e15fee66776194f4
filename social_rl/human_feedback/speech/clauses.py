"""How is one demand put into words? An order, a remark, a few words without a verb, or what is true once it is done."""

import re
from functools import cache

import numpy as np

from social_rl.human_feedback.speech.names import (
    BARE,
    NEGATED,
    WHOLE,
    Said,
    Talk,
    called,
    fit_articles,
    is_fixture,
    is_item,
    pronouns,
)
from social_rl.human_feedback.speech.tables import agreed, expand, happens, pick, table
from worlds.goal import (
    BRING,
    CLOSE_IT,
    EVERY,
    GIVE,
    GO_TO,
    OPEN_IT,
    PICK_UP,
    PUT_IN,
    PUT_NEXT,
    PUT_ON,
    THE,
    THREE,
    TWO,
    VERBS,
    A,
    Clause,
    Ref,
)
from worlds.objects import AGENT, CLASS_OF_KIND, KINDS

ORDER, SAY, SHORT, STATE = "order", "say", "short", "state"
TAIL = "tail"
_THING_SLOTS = ("{T}", "{t}", "{b}", "{one}", "{ones}")
_MOVES = (PICK_UP, PUT_ON, PUT_IN, PUT_NEXT, BRING, GIVE)
_TOLD_APART = (PUT_NEXT, BRING)  # verbs after whose thing a second "by" or "in" might belong to either
_OWN_TABLE = 0.3  # share of lines from a table for one kind, where there is one
# "pick up it" is not said: a short word stands before these
_PARTICLE = re.compile(r"\b(up|down|on|off|over|out|away|of it|open|back|with|between|us \w+) \{T\}")
_GO_AND = re.compile(
    r"^go (?=(get|fetch|grab|pick|find|look|see|have|stand|hang|open|shut|meet|talk|say|join|ask) )"
)
_DOUBLING = {
    "put", "set", "get", "pop", "stop", "let", "run", "cut", "shut", "drop", "plop", "chat", "slip", "trot", "nip",
    "hop", "jog", "grab", "nab", "bag", "dump up", "cram", "lug", "tag", "flip", "sit", "quit", "slap", "prop", "skip",
    "step", "zip", "rid", "hit", "dim", "swap", "bin", "pin", "wrap", "scrub", "fit", "spin", "shed", "plan",
}  # fmt: skip


def worded(
    clause: Clause, form: str, talk: Talk, *, it: str = "", there: str = "", thing: Said | None = None
) -> str:
    """Words for a clause in a form (ORDER, SAY, SHORT, STATE; TAIL and SAY for a constraint).

    `it` stands for the thing and `there` for the place, where they were named before; `thing` for several at once.
    """
    while True:
        line = _line(clause, form, talk.rng, bool(it), bool(there))
        if it and _PARTICLE.search(line):
            continue
        return _filled(line, clause, talk, it, there, thing)


def _line(clause: Clause, form: str, rng: np.random.Generator, it: bool, there: bool) -> str:
    general, own = _lines(
        clause.verb, clause.thing.kind, clause.place.kind if clause.place else 0, form, clause.thing.quantity
    )
    if it or there:
        slots = [slot for slot, wanted in (("{T}", it), ("{P}", there)) if wanted]
        return pick(_with(general, *slots), rng)
    usable = _usable(own, clause) if own and happens(_OWN_TABLE, rng) else ()
    return pick(usable or general, rng)


@cache
def _with(lines: tuple[str, ...], *slots: str) -> tuple[str, ...]:
    return tuple(line for line in lines if all(slot in line for slot in slots))


def _usable(lines: tuple[str, ...], clause: Clause) -> tuple[str, ...]:
    """The lines that say all there is to say of the thing and the place."""
    thing, place = clause.thing, clause.place
    said_thing = thing == Ref(thing.kind)
    said_place = place is None or place == Ref(place.kind)
    return tuple(
        line
        for line in lines
        if (said_thing or any(slot in line for slot in _THING_SLOTS))
        and (said_place or "{P}" in line or "{p}" in line)
    )


@cache
def _lines(
    verb: int, thing: int, place: int, form: str, quantity: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The lines of a verb, and those for this kind of thing or place alone."""
    tables = table("verbs")
    name = VERBS[verb].name
    forms: tuple[str, ...] = (form,)
    if form == SAY and quantity in (THE, EVERY):
        forms = (form, "definite") if quantity == THE else (form, "definite", "every")

    def lines(key: str) -> tuple[str, ...]:
        return sum((tables.get(key, {}).get(one, ()) for one in forms), ())

    general = lines(name)
    own = lines(f"{name} {KINDS[place] if place else KINDS[thing]}")
    if verb == GO_TO:
        general += lines(f"go to {_class_name(thing)}")
    if verb in (OPEN_IT, CLOSE_IT) and KINDS[thing] != "door":
        own += lines(f"{name} container")
    return general, own


def _class_name(kind: int) -> str:
    return "item" if is_item(kind) else "fixture" if is_fixture(kind) else "room"


def _filled(line: str, clause: Clause, talk: Talk, it: str, there: str, thing: Said | None) -> str:
    line = expand(line, talk.rng)
    moved = clause.verb in _MOVES
    many = clause.thing.quantity in (TWO, THREE, EVERY)
    for slot, form in (("{T}", WHOLE), ("{t}", BARE), ("{D}", WHOLE), ("{X}", NEGATED)):
        if slot in line:
            said = thing or (
                Said(it, many)
                if it
                else called(clause.thing, talk, form, moved=moved, place=clause.verb in _TOLD_APART)
            )
            if slot == "{D}" and clause.thing.quantity == EVERY:
                said = Said(*_all_of(clause, talk))
            many = said.many
            line = line.replace(slot, said.text, 1).replace(slot, "them" if many else "it")
    if "{one" in line or "{b}" in line:
        line = _with_bare_names(line, clause, talk)
    if clause.place is not None:
        for slot, form in (("{P}", WHOLE), ("{p}", BARE)):
            if slot in line:
                words = there or called(clause.place, talk, form, place=True).text
                line = line.replace(slot, words, 1).replace(slot, "there")
    if "{R}" in line or "{r}" in line:
        line = line.replace("{R}", called(clause.thing, talk).text).replace(
            "{r}", called(clause.thing, talk, BARE).text
        )
    line = agreed(line, many)
    if "{it}" in line:
        one = pick(("it", "one"), talk.rng) if clause.thing.quantity == A and not it else "it"
        line = line.replace("{it}", "them" if many or clause.thing.quantity == EVERY else one)
    person = clause.place if clause.verb == GIVE else clause.thing
    if person is not None and CLASS_OF_KIND[person.kind] == AGENT:
        name = KINDS[person.kind]
        he, him, his = pronouns(name)
        for slot, words in (
            ("{N}", name),
            ("{Ns}", f"{name}'s"),
            ("{he}", he),
            ("{him}", him),
            ("{his}", his),
        ):
            line = line.replace(slot, words)
    return tidy(line)


def _with_bare_names(line: str, clause: Clause, talk: Talk) -> str:
    """A line with the thing as {one}, {ones} or {b}, without a word for how many."""
    one = called(clause.thing._replace(quantity=THE), talk, BARE).text
    return line.replace("{ones}", _plural(clause.thing, talk)).replace("{one}", one).replace("{b}", one)


def _plural(ref: Ref, talk: Talk) -> str:
    """A description of several things, without a word for how many."""
    two = called(ref._replace(quantity=TWO), talk, BARE).text
    return re.sub(r"^(two of the|a couple of|a pair of|two|2) ", "", two)


def _all_of(clause: Clause, talk: Talk) -> tuple[str, bool]:
    """All things of a kind that are to be left alone: "the cups", never "any cup"."""
    return pick(("the ", "all the ", "all ", "the "), talk.rng) + _plural(clause.thing, talk), True


def tidy(text: str) -> str:
    """A text without marks and spaces that came about by filling in."""
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"\s+([,.;!?](?:\s|$))", r"\1", text)
    text = re.sub(r",(?:\s*,)+", ",", text)
    text = re.sub(r",\s*([.:;!?)])", r"\1", text)
    return fit_articles(re.sub(r"([?!.])\s*,", r"\1", text).rstrip(","))


def gerund(order: str) -> str:
    """An order as what is being done: "put it down" is "putting it down", and so for each part joined by "and"."""
    parts = re.split(r"( and )", order)
    return "".join(part if part == " and " else _ing(part) for part in parts)


def _ing(order: str) -> str:
    order = re.sub(
        r"^go (?=(get|fetch|grab|pick|find|look|see|have|stand|hang|open|shut|meet|talk|say|join|ask) )",
        "",
        order,
    )
    word, space, rest = order.partition(" ")
    if word == "be":
        form = "being"
    elif word in _DOUBLING:
        form = word + word[-1] + "ing"
    elif word.endswith("ie"):
        form = word[:-2] + "ying"
    elif word.endswith("e") and not word.endswith(("ee", "oe", "ye")):
        form = word[:-1] + "ing"
    else:
        form = word + "ing"
    return form + space + rest
