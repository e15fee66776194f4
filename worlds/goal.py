"""What does an instruction mean? A Goal: clauses in stages, and constraints, as a few integers.

    Goal        stages of clauses, then constraints. Stages come one after another ("A, then B"); the clauses
                of one stage belong together ("A and B").
    Clause      a verb (a row of VERBS), a thing, and for some verbs a place.
    Ref         a description: quantity, kind, colour, and a relation to another, simple description.

The kernel reads a Goal as `uint8[ROWS, FIELDS]`: MAX_CLAUSES rows of clauses, then MAX_CONSTRAINTS rows.
A row of zeros is no clause.
"""

from typing import NamedTuple

import numpy as np

from worlds.objects import AGENT, COLOURS, FIXTURE, ITEM, KINDS, NOTHING, ROOM

MAX_CLAUSES, MAX_CONSTRAINTS = 4, 2
ROWS = MAX_CLAUSES + MAX_CONSTRAINTS


class Verb(NamedTuple):
    name: str
    thing: int  # class of the thing it acts on; NOTHING: any of item, fixture, room, agent
    place: int = NOTHING  # class of the place, NOTHING if it takes none
    lasts: bool = True  # must still hold when its stage is complete; else it counts once reached
    constraint: bool = False


# Row 0 is no clause, so that a row of zeros is empty.
VERBS = (
    Verb("none", NOTHING),
    Verb("go to", NOTHING, lasts=False),  # item, fixture or room
    Verb("pick up", ITEM),
    Verb("put down", ITEM),
    Verb("put on", ITEM, FIXTURE),
    Verb("put in", ITEM, FIXTURE),
    Verb("put next to", ITEM, NOTHING),  # beside an item or a fixture
    Verb("bring to room", ITEM, ROOM),
    Verb("give to", ITEM, AGENT, lasts=False),
    Verb("open", FIXTURE),
    Verb("close", FIXTURE),
    Verb("switch on", FIXTURE),
    Verb("switch off", FIXTURE),
    Verb("meet", AGENT, lasts=False),
    Verb("follow", AGENT, lasts=False),
    Verb("avoid room", ROOM, constraint=True),  # "without entering the kitchen"
    Verb("leave alone", ITEM, constraint=True),  # "do not move the plate"
)
(
    NO_VERB, GO_TO, PICK_UP, PUT_DOWN, PUT_ON, PUT_IN, PUT_NEXT, BRING, GIVE, OPEN_IT, CLOSE_IT,
    SWITCH_ON, SWITCH_OFF, MEET, FOLLOW, AVOID_ROOM, LEAVE_ALONE,
) = range(len(VERBS))  # fmt: skip
VERB_LASTS = np.array([v.lasts for v in VERBS], np.bool_)

# Quantities: 1, 2, 3 are counts ("a", "two", "three"); THE promises that just one thing fits.
A, TWO, THREE, THE, EVERY = 1, 2, 3, 4, 5
# Relations of a thing to another.
NO_RELATION, ON, IN, NEXT_TO, IN_ROOM = range(5)

# Fields of a row. Other* describes what the thing (the place) stands in relation to.
(
    VERB, STAGE,
    QUANTITY, KIND_, COLOUR, RELATION, OTHER_KIND, OTHER_COLOUR,
    P_QUANTITY, P_KIND, P_COLOUR, P_RELATION, P_OTHER_KIND, P_OTHER_COLOUR,
) = range(14)  # fmt: skip
FIELDS = 14

FOLLOW_STEPS, FOLLOW_DISTANCE = 8, 2  # follow: this many steps in a row, at most this many cells away


class Ref(NamedTuple):
    """A description of things: "the red cup on the desk". Colours are 0 for any, else 1 + index of COLOURS."""

    kind: int
    colour: int = 0
    quantity: int = THE
    relation: int = NO_RELATION
    other_kind: int = 0
    other_colour: int = 0


class Clause(NamedTuple):
    """One demand: a verb of VERBS on a thing, and a place if the verb takes one."""

    verb: int
    thing: Ref
    place: Ref | None = None


class Goal(NamedTuple):
    """Stages of clauses, done in order, and constraints that must never be broken."""

    stages: tuple[tuple[Clause, ...], ...]
    constraints: tuple[Clause, ...] = ()

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """All clauses, in order of their rows."""
        return tuple(clause for stage in self.stages for clause in stage)


NO_GOAL = Goal(())


def encode(goal: Goal) -> np.ndarray:
    """The Goal as `uint8[ROWS, FIELDS]`.

    Raises:
        ValueError: more than MAX_CLAUSES clauses or MAX_CONSTRAINTS constraints.
    """
    if len(goal.clauses) > MAX_CLAUSES or len(goal.constraints) > MAX_CONSTRAINTS:
        raise ValueError(
            f"a goal holds at most {MAX_CLAUSES} clauses and {MAX_CONSTRAINTS} constraints, "
            f"not {len(goal.clauses)} and {len(goal.constraints)}: split the instruction"
        )
    rows = np.zeros((ROWS, FIELDS), np.uint8)
    row = 0
    for stage, clauses in enumerate(goal.stages):
        for clause in clauses:
            rows[row] = _encode_clause(clause, stage)
            row += 1
    for i, clause in enumerate(goal.constraints):
        rows[MAX_CLAUSES + i] = _encode_clause(clause, 0)
    return rows


def decode(rows: np.ndarray) -> Goal:
    """The Goal of `uint8[ROWS, FIELDS]`; `decode(encode(goal)) == goal`."""
    stages: list[list[Clause]] = []
    for row in rows[:MAX_CLAUSES]:
        if row[VERB] != NO_VERB:
            while len(stages) <= row[STAGE]:
                stages.append([])
            stages[int(row[STAGE])].append(decode_clause(row))
    constraints = tuple(decode_clause(row) for row in rows[MAX_CLAUSES:] if row[VERB] != NO_VERB)
    return Goal(tuple(tuple(stage) for stage in stages), constraints)


def _encode_clause(clause: Clause, stage: int) -> list[int]:
    place = clause.place
    return [clause.verb, stage, *_encode_ref(clause.thing), *(_encode_ref(place) if place else [0] * 6)]


def _encode_ref(ref: Ref) -> list[int]:
    return [ref.quantity, ref.kind, ref.colour, ref.relation, ref.other_kind, ref.other_colour]


def decode_clause(row: np.ndarray) -> Clause:
    """The Clause of one row uint8[FIELDS]."""
    values = [int(v) for v in row]
    place = _decode_ref(values[P_QUANTITY:]) if values[P_KIND] else None
    return Clause(values[VERB], _decode_ref(values[QUANTITY:P_QUANTITY]), place)


def _decode_ref(values: list[int]) -> Ref:
    quantity, kind, colour, relation, other_kind, other_colour = values
    return Ref(kind, colour, quantity, relation, other_kind, other_colour)


def describe_ref(ref: Ref) -> str:
    """Plain words for error messages: "red cup"."""
    return f"{COLOURS[ref.colour - 1] + ' ' if ref.colour else ''}{KINDS[ref.kind]}"
