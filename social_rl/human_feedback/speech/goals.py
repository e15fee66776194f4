"""Which Goals are worth wording? Drawn evenly over verbs, things and colours, without a house to be true in."""

from itertools import pairwise

import numpy as np

from social_rl.human_feedback.speech.tables import happens, pick
from worlds.goal import (
    AVOID_ROOM,
    BRING,
    CLOSE_IT,
    EVERY,
    FOLLOW,
    GIVE,
    GO_TO,
    IN,
    IN_ROOM,
    LEAVE_ALONE,
    MEET,
    NEXT_TO,
    NO_RELATION,
    NO_VERB,
    ON,
    OPEN_IT,
    PICK_UP,
    PUT_DOWN,
    PUT_IN,
    PUT_NEXT,
    PUT_ON,
    SWITCH_OFF,
    SWITCH_ON,
    THE,
    THREE,
    TWO,
    VERBS,
    A,
    Clause,
    Goal,
    Ref,
)
from worlds.language.instructions import fits, goal_problem
from worlds.language.validity import THING_QUANTITIES
from worlds.objects import (
    AGENT,
    CLASS_OF_KIND,
    DOOR_KIND,
    FIRST_FIXTURE,
    FIXTURE,
    FIXTURES,
    GOAL_KIND,
    ITEM,
    KINDS,
    ROOM,
    colours_of,
)

DEMANDS = tuple(v for v, verb in enumerate(VERBS) if v != NO_VERB and not verb.constraint)
_COLOUR_SHARE, _RELATION_SHARE, _PLACE_RELATION_SHARE = 0.30, 0.13, 0.06
_CONSTRAINT_SHARE = 0.15
_SHARES = ((1, 0.58), (2, 0.88), (3, 0.96), (4, 1.0))  # of goals, by their clauses, summed up
_QUANTITIES = (THE,) * 14 + (EVERY,) * 4 + (A,) * 3 + (TWO,) * 2 + (THREE,)

_OF_CLASS = {c: tuple(k for k in range(1, len(KINDS)) if CLASS_OF_KIND[k] == c) for c in range(1, 5)}
_OPENED = (DOOR_KIND, DOOR_KIND, *(FIRST_FIXTURE + i for i, k in enumerate(FIXTURES) if k.shuts))
_SWITCHED = tuple(FIRST_FIXTURE + i for i, k in enumerate(FIXTURES) if k.switches)
_ON = tuple(FIRST_FIXTURE + i for i, k in enumerate(FIXTURES) if k.holds == "on")
_IN = tuple(FIRST_FIXTURE + i for i, k in enumerate(FIXTURES) if k.holds == "in")
_LAMP = next(FIRST_FIXTURE + i for i, k in enumerate(FIXTURES) if k.name == "lamp")
_FURNITURE = tuple(kind for kind in _OF_CLASS[FIXTURE] if kind != GOAL_KIND)


def draw_goal(rng: np.random.Generator) -> Goal:
    """A Goal that makes sense and fits an instruction, from nothing."""
    while True:
        share = rng.random()
        n = next(n for n, end in _SHARES if share < end)
        stages = _stages(n, rng)
        constraints: tuple[Clause, ...] = ()
        if happens(_CONSTRAINT_SHARE, rng):
            constraints = tuple(_constraint(rng) for _ in range(2 if happens(0.12, rng) else 1))
        goal = Goal(stages, constraints)
        if is_sensible(goal) and not goal_problem(goal) and fits(goal):
            return goal


def draw_clause(verb: int, rng: np.random.Generator) -> Clause:
    """A demand of a verb in VERBS; it may make no sense ("the cup next to the cup")."""
    place = None
    if verb in (PUT_ON, PUT_IN):
        place = draw_ref(
            pick(_ON if verb == PUT_ON else _IN, rng), (THE,) * 19 + (A,), rng, _PLACE_RELATION_SHARE
        )
    elif verb == PUT_NEXT:
        group = _OF_CLASS[ITEM] if happens(0.4, rng) else _FURNITURE
        place = draw_ref(pick(group, rng), (THE,) * 19 + (A,), rng, _PLACE_RELATION_SHARE)
    elif verb == BRING:
        place = Ref(pick(_OF_CLASS[ROOM], rng))
    elif verb == GIVE:
        place = Ref(pick(_OF_CLASS[AGENT], rng))
    kind = _thing(verb, rng)
    if CLASS_OF_KIND[kind] in (ROOM, AGENT):
        return Clause(verb, Ref(kind))
    if verb in THING_QUANTITIES:
        quantities = tuple(q for q in _QUANTITIES if q in THING_QUANTITIES[verb])
        if CLASS_OF_KIND[kind] == FIXTURE and colours_of(kind) == () and happens(0.9, rng):
            quantities = (THE,)  # there is one fridge
    else:
        quantities = (THE,) * 6 + (A,)
    share = 0 if verb == PUT_DOWN else _RELATION_SHARE
    return Clause(verb, draw_ref(kind, quantities, rng, share), place)


def _thing(verb: int, rng: np.random.Generator) -> int:
    if verb == GO_TO:
        way = rng.random()
        return pick(_OF_CLASS[ROOM if way < 0.45 else FIXTURE if way < 0.75 else ITEM], rng)
    if verb in (OPEN_IT, CLOSE_IT):
        return pick(_OPENED, rng)
    if verb in (SWITCH_ON, SWITCH_OFF):
        return _LAMP if happens(0.3, rng) else pick(_SWITCHED, rng)
    return pick(_OF_CLASS[VERBS[verb].thing], rng)


def draw_ref(
    kind: int, quantities: tuple[int, ...], rng: np.random.Generator, related: float = _RELATION_SHARE
) -> Ref:
    """A description of an item or a fixture, with a relation in this share of all."""
    ref = Ref(kind, _colour(kind, rng), pick(quantities, rng))
    if not happens(related, rng):
        return ref
    relation = pick((IN_ROOM, IN_ROOM, NEXT_TO, ON, IN), rng)
    if CLASS_OF_KIND[kind] == FIXTURE and relation in (ON, IN):
        relation = IN_ROOM
    if relation == NEXT_TO:
        other = pick(_FURNITURE if happens(0.75, rng) else _OF_CLASS[ITEM], rng)
    else:
        other = pick({ON: _ON, IN: _IN, IN_ROOM: _OF_CLASS[ROOM]}[relation], rng)
    shade = _colour(other, rng) if relation != IN_ROOM and happens(0.3, rng) else 0
    return ref._replace(relation=relation, other_kind=other, other_colour=shade)


def _colour(kind: int, rng: np.random.Generator) -> int:
    shades = colours_of(kind)
    return 1 + pick(shades, rng) if shades and happens(_COLOUR_SHARE, rng) else 0


def _constraint(rng: np.random.Generator) -> Clause:
    if happens(0.5, rng):
        return Clause(AVOID_ROOM, Ref(pick(_OF_CLASS[ROOM], rng)))
    ref = draw_ref(pick(_OF_CLASS[ITEM], rng), (THE, THE, THE, EVERY), rng, 0.05)
    return Clause(LEAVE_ALONE, ref)


# ---- several demands -----------------------------------------------------------------------------------
def _stages(n: int, rng: np.random.Generator) -> tuple[tuple[Clause, ...], ...]:
    if n == 1:
        return ((draw_clause(pick(DEMANDS, rng), rng),),)
    if n == 2:
        if happens(0.45, rng):
            return (_alike(2, rng) if happens(0.6, rng) else _mixed(2, rng),)
        return _chain(rng) if happens(0.5, rng) else tuple((clause,) for clause in _mixed(2, rng))
    if happens(0.25, rng):
        return (_alike(n, rng),)
    clauses = _mixed(n, rng)
    if n == 3 and happens(0.35, rng):
        a, b = _chain(rng)
        return (a, b, (clauses[0],))
    if happens(0.25, rng):
        return (clauses[:2], *((clause,) for clause in clauses[2:]))
    return tuple((clause,) for clause in clauses)


def _mixed(n: int, rng: np.random.Generator) -> tuple[Clause, ...]:
    return tuple(draw_clause(pick(DEMANDS, rng), rng) for _ in range(n))


def _alike(n: int, rng: np.random.Generator) -> tuple[Clause, ...]:
    """Demands of the same verb, often with the same place."""
    verb = pick(
        (PUT_ON, PUT_IN, PUT_NEXT, BRING, GIVE, OPEN_IT, CLOSE_IT, SWITCH_ON, SWITCH_OFF, PICK_UP), rng
    )
    clauses = [draw_clause(verb, rng) for _ in range(n)]
    if happens(0.6, rng):
        clauses = [clause._replace(place=clauses[0].place) for clause in clauses]
    if verb in (OPEN_IT, CLOSE_IT, SWITCH_ON, SWITCH_OFF) and happens(0.3, rng):
        other = {OPEN_IT: CLOSE_IT, CLOSE_IT: OPEN_IT, SWITCH_ON: SWITCH_OFF, SWITCH_OFF: SWITCH_ON}[verb]
        clauses[-1] = clauses[-1]._replace(verb=other)
    return tuple(clauses)


def _chain(rng: np.random.Generator) -> tuple[tuple[Clause, ...], ...]:
    """Two stages of which the second goes on with what the first is about."""
    way = int(rng.integers(6))
    if way < 3:
        second = draw_clause(pick((PUT_ON, PUT_IN, PUT_NEXT, BRING, GIVE), rng), rng)
        thing = second.thing._replace(quantity=THE, relation=NO_RELATION, other_kind=0, other_colour=0)
        return ((Clause(PICK_UP, thing),), (second._replace(thing=thing),))
    if way == 3:
        second = draw_clause(PUT_IN, rng)
        if second.place is not None:
            box = second.place._replace(quantity=THE)
            return ((Clause(OPEN_IT, box),), (second._replace(place=box),))
    if way == 4:
        first = draw_clause(PUT_IN, rng)
        if first.place is not None:
            box = first.place._replace(quantity=THE)
            return ((first._replace(place=box),), (Clause(CLOSE_IT, box),))
    verb = pick((GO_TO, MEET, FOLLOW), rng)
    return ((draw_clause(verb, rng),), (draw_clause(pick((GO_TO, MEET), rng), rng),))


def is_sensible(goal: Goal) -> bool:
    """Can all of it be done: is nothing asked twice at once, or asked and forbidden?"""
    for stage in goal.stages:
        if len({clause.thing.kind for clause in stage}) < len(stage) and not _all_differ(stage):
            return False
    if not all(is_told_apart(clause) for clause in goal.clauses):
        return False
    for one, two in pairwise(goal.stages):
        if set(one) & set(two):
            return False
    used = {
        kind for c in goal.clauses for ref in (c.thing, c.place) if ref for kind in (ref.kind, ref.other_kind)
    }
    banned = [c.thing.kind for c in goal.constraints]
    return len(set(banned)) == len(banned) and not used & set(banned)


def _all_differ(stage: tuple[Clause, ...]) -> bool:
    """Are things of one kind told apart by their colours?"""
    return all(clause.thing.colour for clause in stage) and len({c.thing for c in stage}) == len(stage)


def is_told_apart(clause: Clause) -> bool:
    """Is it about things of different kinds, which are not where they are to be brought already?"""
    thing, place = clause.thing, clause.place
    kinds = [ref.kind for ref in (thing, place) if ref is not None]
    others = [ref.other_kind for ref in (thing, place) if ref is not None and ref.relation != NO_RELATION]
    return len({*kinds, *others}) == len(kinds) + len(others)
