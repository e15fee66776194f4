"""What might somebody say who means this Goal? Demands in words, joined, with reasons, kindness and slips.

    say(goal, rng)       in words as they are spoken
    reword(goal, rng)    the same as it might be typed

The text of a split of handwritten wordings other than "train" is never drawn (`worlds/language/wordings.py`).
"""

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from social_rl.human_feedback.speech.clauses import (
    ORDER,
    SAY,
    SHORT,
    STATE,
    TAIL,
    gerund,
    tidy,
    worded,
)
from social_rl.human_feedback.speech.manners import dressed
from social_rl.human_feedback.speech.names import Said, Talk, called
from social_rl.human_feedback.speech.slips import slip
from social_rl.human_feedback.speech.tables import agreed, expand, fill, happens, phrase, pick
from worlds.goal import (
    BRING,
    CLOSE_IT,
    GIVE,
    GO_TO,
    IN_ROOM,
    MEET,
    NO_RELATION,
    OPEN_IT,
    PICK_UP,
    PUT_IN,
    PUT_NEXT,
    PUT_ON,
    SWITCH_OFF,
    SWITCH_ON,
    THE,
    A,
    Clause,
    Goal,
    Ref,
)
from worlds.language.instructions import goal_problem
from worlds.language.wordings import split_of
from worlds.objects import AGENT, CLASS_OF_KIND

_SHARED = (
    PUT_ON, PUT_IN, PUT_NEXT, BRING, GIVE, OPEN_IT, CLOSE_IT, SWITCH_ON, SWITCH_OFF, PICK_UP, MEET,
)  # fmt: skip


_BETWEEN = (". ", ". ", ", ", "; ", " - ", ", and ", ", but ", "! ", ". oh, and ", ". and ")


def reword(goal: Goal, rng: np.random.Generator) -> str:
    """What somebody might type who means this Goal; nothing that is in another split than "train".

    Raises:
        ValueError: the Goal makes no sense.
    """
    _check(goal)
    while True:
        text = slip(_say(goal, rng), rng)
        if split_of(text) == "train":
            return text


def say(goal: Goal, rng: np.random.Generator) -> str:
    """What somebody might say who means this Goal, without slips; nothing that is in another split than "train".

    Raises:
        ValueError: the Goal makes no sense.
    """
    _check(goal)
    while True:
        text = _say(goal, rng)
        if split_of(text) == "train":
            return text


def _check(goal: Goal) -> None:
    problem = goal_problem(goal)
    if problem:
        raise ValueError(f"the goal cannot be worded: {problem}")


def _say(goal: Goal, rng: np.random.Generator) -> str:
    refs = [
        ref
        for clause in (*goal.clauses, *goal.constraints)
        for ref in (clause.thing, clause.place)
        if ref is not None
    ]
    talk = Talk(rng, frozenset(kind for ref in refs for kind in (ref.kind, ref.other_kind)), {})
    text = _demands(goal, talk)
    for constraint in goal.constraints:
        text = _forbidding(text, constraint, talk)
    return tidy(dressed(text, goal, rng))


# ---- demands -------------------------------------------------------------------------------------------
def _demands(goal: Goal, talk: Talk) -> str:
    if len(goal.clauses) == 1:
        return _alone(goal.clauses[0], talk)
    if len(goal.stages) == 1:
        return _together(goal.stages[0], talk, _form(talk.rng), outermost=True)
    return _in_order(goal.stages, talk)


def _form(rng: np.random.Generator) -> str:
    return pick((ORDER,) * 11 + (SHORT,) * 6 + (SAY,) * 3, rng)


def _alone(clause: Clause, talk: Talk) -> str:
    """One demand, in any way."""
    way, rng = talk.rng.random(), talk.rng
    if way < 0.46:
        return _wrapped(worded(clause, ORDER, talk), rng)
    if way < 0.74:
        return worded(clause, SAY, talk)
    if way < 0.89:
        return worded(clause, SHORT, talk)
    if way < 0.93:
        return fill(phrase("of_state", rng), state=worded(clause, STATE, talk))
    if clause.thing.relation == IN_ROOM:
        return _located(clause, talk)
    if CLASS_OF_KIND[clause.thing.kind] == AGENT or clause.verb == GO_TO:
        return worded(clause, SAY, talk)
    thing = called(clause.thing, talk)
    it = "it" if clause.thing.quantity in (THE, A) else "them"
    return tidy(fill(phrase("topic", rng), T=thing.text, order=worded(clause, ORDER, talk, it=it)))


def _located(clause: Clause, talk: Talk) -> str:
    """A demand that tells first which room it is about: "you know the hall? shut the door there"."""
    rng, line = talk.rng, phrase("located", talk.rng)
    bare = clause.thing._replace(relation=NO_RELATION, other_kind=0)
    thing = called(bare._replace(quantity=A) if bare.quantity == THE else bare, talk, brief=True)
    line = agreed(line, thing.many).replace("{O}", called(Ref(clause.thing.other_kind), talk).text)
    if "{it_order}" in line:
        it = "it" if clause.thing.quantity in (THE, A) else "them"
        return tidy(fill(line, thing=thing.text, it_order=worded(clause, ORDER, talk, it=it)))
    named = called(bare, talk, brief=True)
    there = Said(named.text + pick((" there", " in there"), rng), named.many)
    return tidy(fill(line, order=worded(clause, ORDER, talk, thing=there)))


def _wrapped(order: str, rng: np.random.Generator) -> str:
    return fill(phrase("wrap", rng), order=order, ing=gerund(order))


def _part(clause: Clause, form: str, talk: Talk, it: str = "", there: str = "") -> str:
    """One of several demands. One that is a question is no part of more."""
    if it or there:
        return worded(clause, ORDER, talk, it=it, there=there)
    while True:
        text = worded(clause, form, talk)
        if "?" not in text and not (form != ORDER and re.search(r"\.\s|\.$", text)):
            return text.strip(" ,")


def _together(clauses: tuple[Clause, ...], talk: Talk, form: str, outermost: bool = False) -> str:
    """The demands of one stage, joined by "and" and the like."""
    rng = talk.rng
    if len(clauses) == 1:
        return _part(clauses[0], form, talk)
    if _is_shared(clauses) and happens(0.4, rng):
        return _of_several_things(clauses, form, talk)
    parts = [_part(clause, form, talk) for clause in clauses]
    if len(clauses) == 2 and form == ORDER and _is_alike(clauses) and happens(0.4, rng):
        parts[1] = _without_verb(clauses[1], talk)
        return f"{parts[0]}{pick((' and', ', and', ','), rng)} {parts[1]}"
    key = {2: "and", 3: "and3", 4: "and4"}[len(parts)]
    if not outermost:
        return ", ".join(parts[:-1]) + " and " + parts[-1]
    if form == ORDER and len(parts) == 2 and happens(0.35, rng):
        return _joined("and_orders", parts, rng)
    return _joined(key, parts, rng)


def _joined(key: str, parts: list[str], rng: np.random.Generator, **more: str) -> str:
    words = dict(zip("ABCD", parts, strict=False))
    return fill(
        phrase(key, rng), **words, **more, **{f"ing{name}": gerund(part) for name, part in words.items()}
    )


def _is_shared(clauses: tuple[Clause, ...]) -> bool:
    """Do all ask for the same, with the same place, of things that can be told in one breath?"""
    first = clauses[0]
    return first.verb in _SHARED and all(
        c.verb == first.verb and c.place == first.place and c.thing.relation == NO_RELATION for c in clauses
    )


def _of_several_things(clauses: tuple[Clause, ...], form: str, talk: Talk) -> str:
    rng = talk.rng
    said = [called(c.thing, talk, brief=True) for c in clauses]
    names = [one.text for one in said]
    is_pair = len(clauses) == 2 and not any(one.many for one in said)
    both = "both " if is_pair and happens(0.2, rng) else ""
    joint = (
        pick((" and ", " and ", " and ", " and also ", " as well as ", " plus "), rng)
        if not both
        else " and "
    )
    text = both + ", ".join(names[:-1]) + joint + names[-1]
    if clauses[0].verb == MEET:
        return expand(f"[meet|find|go and see|visit|go and meet|say hello to|look for] {text}", rng)
    verb = clauses[0]._replace(thing=clauses[0].thing._replace(quantity=THE, colour=0))
    while True:
        words = worded(verb, ORDER if form == SHORT else form, talk, thing=Said("\0", True))
        if "\0" in words and "?" not in words:
            return words.replace("\0", text)


def _is_alike(clauses: tuple[Clause, ...]) -> bool:
    """May the second go without its verb: "the cup on the table and the plate on the desk"?"""
    return clauses[0].verb == clauses[1].verb and clauses[0].verb in (PUT_ON, PUT_IN, BRING, GIVE)


def _without_verb(clause: Clause, talk: Talk) -> str:
    word = {PUT_ON: ("on", "onto"), PUT_IN: ("in", "into"), BRING: ("to", "into"), GIVE: ("to",)}[clause.verb]
    place = called(clause.place, talk, place=True).text if clause.place else ""
    return f"{called(clause.thing, talk, brief=True).text} {pick(word, talk.rng)} {place}"


def _in_order(stages: Sequence[tuple[Clause, ...]], talk: Talk) -> str:
    """Stages one after another."""
    rng = talk.rng
    if len(stages) > 2:
        form = _form(rng)
        parts = [_together(stages[0], talk, form)]
        parts += [_next(a, b, form, talk) for a, b in pairwise(stages)]
        key = {3: "then3", 4: "then4"}[len(stages)]
        line = phrase(key, rng)
        if re.search(r"{C}.*{A}", line):
            parts = [_together(stage, talk, ORDER) for stage in stages]
        return fill(line, **dict(zip("ABCD", parts, strict=False)))
    first, second = stages[:2]
    way = rng.random()
    if way < 0.22 and len(first) == 1:
        state, beside = _state(first[0], talk), _beside(first[0], talk)
        if happens(0.25, rng):
            return _joined("then_state_orders", ["", _together(second, talk, ORDER)], rng, stateA=state)
        line = phrase("then_state", rng)
        if "{withA}" in line and not beside:
            line = "when {stateA}, {B}"
        form = _form(rng)
        a = _together(first, talk, form) if "{A}" in line else ""
        return fill(line, stateA=state, withA=beside, A=a, B=_together(second, talk, form))
    if way < 0.52:
        line = phrase("then_orders", rng)
        a, b = _pair(first, second, ORDER, talk, line)
        return fill(line, A=a, B=b, ingA=gerund(a), ingB=gerund(b))
    if first[0].verb == PICK_UP and _points_back(first, second) and happens(0.3, rng):
        a, b = _pair(first, second, ORDER, talk, "{A} {B}")
        if re.search(r"\bit\b", b):
            return pick((f"{a} and {b}", f"{a}, {b}", f"could you {a} and {b}", f"please {a} and {b}"), rng)
    line = phrase("then", rng)
    a, b = _pair(first, second, _form(rng), talk, line)
    return fill(line, A=a, B=b)


def _pair(
    first: tuple[Clause, ...], second: tuple[Clause, ...], form: str, talk: Talk, line: str
) -> tuple[str, str]:
    """Words for two stages, the second with pronouns where it is said after the first."""
    a = _together(first, talk, form)
    at = {
        name: min((line.find("{" + s + "}") % 999 for s in (name, f"ing{name}")), default=0) for name in "AB"
    }
    b = _next(first, second, form, talk) if at["A"] < at["B"] else _together(second, talk, form)
    return a, b


def _next(first: tuple[Clause, ...], second: tuple[Clause, ...], form: str, talk: Talk) -> str:
    """Words for a stage right after another."""
    rng = talk.rng
    one, two = first[0], second[0]
    if len(first) == len(second) == 1:
        if one.verb == two.verb and one.verb in (GO_TO, MEET) and happens(0.4, rng):
            return called(two.thing, talk).text
        if happens(0.6, rng):
            if _points_back(first, second):
                return _part(two, ORDER, talk, it="it")
            if one.place is not None and two.thing == one.place and two.verb in (OPEN_IT, CLOSE_IT):
                return _part(two, ORDER, talk, it="it")
            if (
                two.place is not None
                and two.place == one.thing
                and one.verb == OPEN_IT
                and two.verb == PUT_IN
            ):
                return _part(two, ORDER, talk, there="it")
    return _together(second, talk, form)


def _points_back(first: tuple[Clause, ...], second: tuple[Clause, ...]) -> bool:
    """Is the second about the one thing that the first is about?"""
    one, two = first[0], second[0]
    return (
        len(first) == len(second) == 1
        and one.thing.quantity == two.thing.quantity == THE
        and (one.thing.kind, one.thing.colour) == (two.thing.kind, two.thing.colour)
        and two.thing.relation == NO_RELATION
        and CLASS_OF_KIND[one.thing.kind] != AGENT
        and one.verb != two.verb
    )


def _state(clause: Clause, talk: Talk) -> str:
    while True:
        text = worded(clause, STATE, talk)
        if "," not in text:
            return text


def _beside(clause: Clause, talk: Talk) -> str:
    """What is true after a clause, to come after "with": "the cup on the table"; "" where it is not said so."""
    words = {
        PICK_UP: "in [hand|your hand|your hands]", OPEN_IT: "[open|wide open]", CLOSE_IT: "[shut|closed]",
        SWITCH_ON: "on", SWITCH_OFF: "off", PUT_ON: "on", PUT_IN: "in", PUT_NEXT: "next to",
    }  # fmt: skip
    if clause.verb not in words:
        return ""
    place = f" {called(clause.place, talk, place=True).text}" if clause.place is not None else ""
    return f"{called(clause.thing, talk, brief=True).text} {expand(words[clause.verb], talk.rng)}{place}"


# ---- what must not be done -----------------------------------------------------------------------------
def _forbidding(text: str, constraint: Clause, talk: Talk) -> str:
    rng = talk.rng
    asks = text.endswith("?")
    if happens(0.5, rng):
        tail = worded(constraint, TAIL, talk)
        comma = pick((" ", ", "), rng) if tail.startswith(("without", "w/o")) else ", "
        return f"{text.rstrip('?!. ')}{comma}{tail}" + ("?" if asks else "")
    ban = worded(constraint, SAY, talk)
    mark = (
        "? "
        if asks
        else pick((". ", ". ", ", ", "; ", " - ", ", and ", ", but ", "! ", ". oh, and ", ". and "), rng)
    )
    if happens(0.5, rng):
        return text.rstrip("?!. ") + mark + ban
    mark = pick((". ", ". ", ", ", "; ", " - ", ", but ", ", so ", "! ", ". otherwise ", ". now "), rng)
    return ban + mark + text
