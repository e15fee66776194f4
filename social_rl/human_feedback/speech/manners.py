"""What else do people say with a request? Reasons, greetings, kindness, haste, and names of whom they ask."""

import re

import numpy as np

from social_rl.human_feedback.speech.slips import hesitate
from social_rl.human_feedback.speech.tables import agreed, fill, happens, phrase, pick, table
from worlds.goal import FOLLOW, GIVE, MEET, PUT_IN, PUT_NEXT, PUT_ON, THE, A, Clause, Goal
from worlds.objects import KIND, KINDS, NAMES


def dressed(text: str, goal: Goal, rng: np.random.Generator) -> str:
    """A request with what else people say: reasons, greetings, kindness, haste."""
    asks = text.endswith("?")
    if len(goal.clauses) == 1 and goal.clauses[0].verb in (PUT_ON, PUT_IN, PUT_NEXT) and happens(0.05, rng):
        text = f"{text.rstrip('?!. ')}{_purpose(goal.clauses[0], rng)}" + ("?" if asks else "")
    if happens(0.09, rng):
        reason = phrase("reasons", rng)
        text = fill(phrase("because", rng), reason=reason, text=text if not asks else text + " ").replace(
            "? ,", "?"
        )
        asks = text.endswith("?")
    if happens(0.05, rng):
        when = phrase("times", rng)
        if asks or happens(0.5, rng):
            text = f"{when}{pick((', ', ' '), rng)}{text}"
        else:
            text = f"{text.rstrip('.!')}{pick((' ', ', '), rng)}{when}"
    if happens(0.04, rng):
        text = hesitate(text, rng)
    if happens(0.28, rng):
        end = phrase("after", rng)
        text = f"{text.rstrip('?!. ')}{end}" + ("?" if asks and end[-1].isalnum() else "")
    if happens(0.16, rng):
        text = f"{phrase('before', rng)} {text}"
    if happens(0.07, rng):
        text = _addressed(text, goal, rng)
    if happens(0.015, rng):
        text = f"{_signs(goal, rng)} {text}" if happens(0.7, rng) else f"{text} {_signs(goal, rng)}"
    if happens(0.025, rng):
        aside = phrase("by_the_way", rng)
        text = f"{aside}{pick(('. ', ', ', '... ', '. anyway, '), rng)}{text}"
    return text


def _addressed(text: str, goal: Goal, rng: np.random.Generator) -> str:
    """A request to somebody by name, who has no part in it."""
    people = [clause.place or clause.thing for clause in goal.clauses if clause.verb in (GIVE, MEET, FOLLOW)]
    if people and not re.match(r"[a-z]+ ", text):  # it begins with a name
        return text
    taken = {ref.kind for ref in people}
    name = pick([n for n in NAMES if KIND[n] not in taken], rng)
    front = pick(
        ("{}, ", "{}, ", "{}: ", "hey {}, ", "hi {}, ", "{}! ", "ok {}, ", "dear {}, ", "{} - "), rng
    )
    if people or happens(0.8, rng):
        return front.format(name) + text
    return f"{text.rstrip('?!. ')}, {name}" + ("?" if text.endswith("?") else "")


def _purpose(clause: Clause, rng: np.random.Generator) -> str:
    many = clause.thing.quantity not in (THE, A)
    return fill(agreed(phrase("purpose", rng), many), it="them" if many else "it")


def _signs(goal: Goal, rng: np.random.Generator) -> str:
    """Emoji for what a Goal is about."""
    signs = table("names")["emoji"]
    refs = [ref for clause in goal.clauses for ref in (clause.thing, clause.place) if ref is not None]
    return "".join(pick(signs[KINDS[ref.kind]], rng) for ref in refs if KINDS[ref.kind] in signs)
