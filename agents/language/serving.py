"""Which answers serve what was meant? What to do next is one of a few: a part of what is left, a way there, or why not.

A model that may answer nothing else cannot let a colour or a place stray into a subgoal, takes up no stage before the
one ahead of it is done, and has little to choose (`model/choosing.py`).
"""

import functools
from collections.abc import Iterator
from itertools import permutations

from agents.language.answers import DONE_WORD, MOST_DEMANDS, asked_or_given_about, noun_words
from worlds.goal import CLOSE_IT, EVERY, GO_TO, OPEN_IT, PICK_UP, PUT_DOWN, THE, Clause, Goal, Ref
from worlds.language.instructions import canonical, goal_problem, parse
from worlds.objects import CLASS_OF_KIND, DOOR_KIND, FIRST_FIXTURE, FIXTURES, ITEM, KINDS

SHUTS = tuple(FIRST_FIXTURE + n for n, fixture in enumerate(FIXTURES) if fixture.shuts)
TIDYING = (*(Clause(CLOSE_IT, Ref(kind)) for kind in SHUTS), Clause(CLOSE_IT, Ref(DOOR_KIND, 0, EVERY)))
MOST_KEPT = 1 << 12


@functools.lru_cache(maxsize=MOST_KEPT)
def answers_to(meaning: str, done: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Every answer to what to do next that serves an instruction, of which these subgoals were reached.

    The demands that are left of the stage it has come to, alone or two at once, with all that it forbids; on the way to
    them, to go to a thing or place that they name, to take or put down that thing, to open or shut that place; to shut
    furniture or all doors; `done` if nothing is left; and questions and reasons about what the instruction names.

    Raises:
        InstructionError: this is no instruction.
    """
    goal = parse(meaning)
    left = left_of(goal, done)
    named = {words for ref in _refs(goal.clauses) for words in (noun_words(ref), KINDS[ref.kind])}
    subgoals = [canonical(Goal((step,), goal.constraints)) for step in _steps(goal, left)]
    ends = () if left else (DONE_WORD,)
    return tuple(dict.fromkeys((*subgoals, *ends, *asked_or_given_about(named))))


def left_of(goal: Goal, done: tuple[str, ...]) -> tuple[Clause, ...]:
    """What these subgoals, one after another, have left of the first stage of a goal that is not done yet."""
    stages = [list(stage) for stage in goal.stages]
    for text in done:
        for clause in parse(text).clauses:
            if stages and clause in stages[0]:
                stages[0].remove(clause)
        while stages and not stages[0]:
            stages.pop(0)
    return tuple(stages[0]) if stages else ()


def _steps(goal: Goal, left: tuple[Clause, ...]) -> Iterator[tuple[Clause, ...]]:
    for n in range(1, MOST_DEMANDS + 1):
        yield from permutations(left, n)
    ways = [way for ref in _refs(left) if ref.quantity == THE for way in _ways(ref)]
    for clause in (*ways, *TIDYING):
        if not goal_problem(Goal(((clause,),), goal.constraints)):
            yield (clause,)


def _refs(clauses: tuple[Clause, ...]) -> list[Ref]:
    return [ref for clause in clauses for ref in (clause.thing, clause.place) if ref]


def _ways(ref: Ref) -> Iterator[Clause]:
    yield Clause(GO_TO, ref)
    if CLASS_OF_KIND[ref.kind] == ITEM:
        yield Clause(PICK_UP, ref)
        yield Clause(PUT_DOWN, ref)
    if ref.kind in SHUTS:
        yield Clause(OPEN_IT, ref)
        yield Clause(CLOSE_IT, ref)
