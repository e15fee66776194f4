"""What is the next subgoal, once it is known what was meant? The rules that demonstrations of a language model follow.

They go by what stands in a situation and by nothing else, so that a model that reads its prompt can learn them. They
differ in how good they are on purpose: feedback of people has to find the good part.
"""

from typing import NamedTuple

import numpy as np

from agents.language.answers import DONE_WORD, MOST_DEMANDS
from agents.language.policy import BROKEN, NO_WAY
from agents.language.prompt import Situation
from worlds.goal import (
    BRING,
    CLOSE_IT,
    GIVE,
    GO_TO,
    OPEN_IT,
    PICK_UP,
    PUT_IN,
    PUT_NEXT,
    PUT_ON,
    THE,
    VERB_LASTS,
    Clause,
    Goal,
    Ref,
)
from worlds.language.instructions import canonical, parse
from worlds.objects import CLASS_OF_KIND, DOOR_KIND, FIRST_FIXTURE, FIXTURE, FIXTURES, ITEM, KINDS

Step = tuple[Clause, ...]
"""Demands that are given as one subgoal."""
CANNOT = "I cannot do that"
CARRIES = (PUT_ON, PUT_IN, PUT_NEXT, BRING, GIVE)  # what needs a thing in the hand


class Manner(NamedTuple):
    """One way to lead, and how often it is shown."""

    share: float
    what: str


DIRECT = "direct"
# How subgoals are given: one of these for each episode.
MANNERS = {
    DIRECT: Manner(0.70, "the next demand as it was meant"),
    "roundabout": Manner(
        0.15,
        "goes to each thing first, and only then does with it what was meant",
    ),
    "tidy": Manner(0.15, "the next demand; at the end shuts furniture that stands open"),
}


def drawn_manner(rng: np.random.Generator) -> str:
    """A manner, each as often as its share."""
    return str(rng.choice(list(MANNERS), p=[manner.share for manner in MANNERS.values()]))


def lead(situation: Situation, manner: str) -> str:
    """The answer to what to do next.

    Raises:
        InstructionError: what was meant is no instruction.
    """
    goal, failure = parse(situation.meaning), situation.failure
    steps = steps_of(goal, manner)
    left = steps[reached(steps, situation.done) :]
    if failure.endswith(BROKEN):
        return CANNOT
    if left and failure.endswith(NO_WAY):
        return missing(left[0], situation) or CANNOT
    if left:
        return canonical(Goal((left[0],), goal.constraints))
    open_ = standing_open(situation, goal) if manner == "tidy" else None
    return canonical(Goal(((Clause(CLOSE_IT, open_),),), goal.constraints)) if open_ else DONE_WORD


def steps_of(goal: Goal, manner: str) -> list[Step]:
    """What to do one after another: the stages of a goal in parts, and what comes before where it is roundabout."""
    steps: list[Step] = []
    for stage in goal.stages:
        for clause in stage:
            if manner == "roundabout" and clause.thing.quantity == THE and clause.verb in (PICK_UP, *CARRIES):
                steps.append((Clause(GO_TO, clause.thing),))
        steps += parts_of(stage)
    return steps


def parts_of(stage: Step) -> list[Step]:
    """A stage in parts of at most MOST_DEMANDS: first what counts once it was reached, last what is easily undone."""
    if len(stage) <= MOST_DEMANDS:
        return [stage]
    ordered = sorted(stage, key=_fragility)
    single, last = ordered[:-MOST_DEMANDS], ordered[-MOST_DEMANDS:]
    return [*((clause,) for clause in single), tuple(last)]


def _fragility(clause: Clause) -> int:
    """How easily is it undone on the way to something else?"""
    if not VERB_LASTS[clause.verb]:
        return 0
    if clause.verb == PICK_UP:
        return 3
    return 2 if clause.thing.kind == DOOR_KIND else 1


def reached(steps: list[Step], done: tuple[str, ...]) -> int:
    """How many of these steps, one after another, are among the subgoals that were reached?"""
    plain = [canonical(Goal((step,))) for step in steps]
    n = 0
    for words in done:
        n += n < len(plain) and (words == plain[n] or words.startswith(f"{plain[n]} without "))
    return n


def missing(step: Step, situation: Situation) -> str:
    """The reason that there is no such thing, if all was seen and it was not; else ""."""
    known = {kind for fact in situation.scene.facts for kind in fact.kinds} | {situation.scene.hand_kind}
    for ref in (ref for clause in step for ref in (clause.thing, clause.place)):
        if ref and CLASS_OF_KIND[ref.kind] in (ITEM, FIXTURE) and ref.kind not in known:
            return f"there is no {KINDS[ref.kind]} here"
    return ""


def standing_open(situation: Situation, goal: Goal) -> Ref | None:
    """A piece of furniture that is known to stand open, was not asked to, and was not shut already."""
    asked = {clause.thing.kind for clause in goal.clauses if clause.verb == OPEN_IT}
    for fact in situation.scene.facts:
        kind = fact.kinds[0] if fact.kinds else 0
        is_furniture = (
            FIRST_FIXTURE <= kind < FIRST_FIXTURE + len(FIXTURES) and FIXTURES[kind - FIRST_FIXTURE].shuts
        )
        shut = canonical(Goal(((Clause(CLOSE_IT, Ref(kind)),),))) if is_furniture else ""
        if is_furniture and " open " in f" {fact.text} " and kind not in asked and shut not in situation.done:
            return Ref(kind)
    return None
