"""Which goals make sense? What a clause may ask of which things; a problem is said in words, "" is none.

A problem says nothing of a particular level: whether a house has a cup is for `level.py` to check.
"""

from collections.abc import Callable

from worlds.checks import an
from worlds.goal import (
    BRING,
    CLOSE_IT,
    EVERY,
    GO_TO,
    IN,
    IN_ROOM,
    LEAVE_ALONE,
    MAX_CLAUSES,
    MAX_CONSTRAINTS,
    NEXT_TO,
    NO_RELATION,
    NO_VERB,
    ON,
    OPEN_IT,
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
    describe_ref,
)
from worlds.objects import (
    AGENT,
    CLASS_OF_KIND,
    COLOURS,
    DOOR_KIND,
    FIRST_FIXTURE,
    FIXTURE,
    FIXTURES,
    ITEM,
    KINDS,
    NOTHING,
    ROOM,
    FixtureKind,
    colours_of,
)

UNSAID = 0  # a quantity that was left out: "put cups on the bed"
ONE = (A, THE)
ANY_NUMBER = (A, TWO, THREE, THE, EVERY)

# Quantities that the thing of a verb may have; other verbs act on one thing.
THING_QUANTITIES = {
    PUT_ON: ANY_NUMBER, PUT_IN: ANY_NUMBER, PUT_NEXT: ANY_NUMBER, BRING: ANY_NUMBER,
    OPEN_IT: ANY_NUMBER, CLOSE_IT: ANY_NUMBER, SWITCH_ON: ANY_NUMBER, SWITCH_OFF: ANY_NUMBER,
    LEAVE_ALONE: (THE, EVERY),
}  # fmt: skip
_CLASS_WORDS = {ITEM: "an item", FIXTURE: "furniture or a door", ROOM: "a room", AGENT: "a person"}
_QUANTITY_WORDS = {A: "a", TWO: "two", THREE: "three", THE: "the", EVERY: "every"}
# How far from sense: a reading with the mildest problem is the one to explain.
NO_PROBLEM, MILD, WRONG_PLACE, WRONG_THING = range(4)


def goal_problem(goal: Goal) -> str:
    """Why this Goal makes no sense, or ""."""
    if not goal.clauses:
        return "there is nothing to do: say what to do, besides what not to do"
    if len(goal.clauses) > MAX_CLAUSES or len(goal.constraints) > MAX_CONSTRAINTS:
        return (
            f"an instruction holds at most {MAX_CLAUSES} demands and {MAX_CONSTRAINTS} constraints, "
            f"not {len(goal.clauses)} and {len(goal.constraints)}: split it"
        )
    if not all(goal.stages):
        return "a stage has no clause"
    for clause, constraint in (*((c, False) for c in goal.clauses), *((c, True) for c in goal.constraints)):
        if not NO_VERB < clause.verb < len(VERBS) or VERBS[clause.verb].constraint != constraint:
            return f"verb {clause.verb} is not a {'constraint' if constraint else 'demand'} of VERBS"
        problem = clause_problem(clause)[1]
        if problem:
            return problem
    return ""


def clause_problem(clause: Clause) -> tuple[int, str]:
    """How bad the worst problem of a clause is (NO_PROBLEM to WRONG_THING), and its words."""
    verb, thing, place = VERBS[clause.verb], clause.thing, clause.place
    if (place is None) != (not _takes_place(clause.verb)):
        return WRONG_PLACE, f"'{verb.name}' takes {'no' if place else 'a'} place"
    problem = _thing_problem(clause.verb, thing)
    if problem:
        return WRONG_THING, problem
    if place is not None:
        problem = _place_class_problem(clause.verb, place)
        if problem:
            return WRONG_PLACE, problem
    problem = _verb_problem(clause) or _ref_problem(thing) or (_ref_problem(place) if place else "")
    return (MILD, problem) if problem else (NO_PROBLEM, "")


def _takes_place(verb: int) -> bool:
    return verb == PUT_NEXT or VERBS[verb].place != NOTHING


def _thing_problem(verb: int, thing: Ref) -> str:
    wanted, found = VERBS[verb].thing, CLASS_OF_KIND[thing.kind]
    if verb == GO_TO:
        return "" if found in (ITEM, FIXTURE, ROOM) else f"say 'meet {KINDS[thing.kind]}', not 'go to'"
    if found == wanted:
        return ""
    if wanted == ITEM and found == FIXTURE:
        return f"the {KINDS[thing.kind]} cannot be picked up"
    return f"'{VERBS[verb].name}' is said of {_CLASS_WORDS[wanted]}, not of {_named(thing)}"


def _place_class_problem(verb: int, place: Ref) -> str:
    wanted, found = VERBS[verb].place, CLASS_OF_KIND[place.kind]
    if found == wanted or (wanted == NOTHING and found in (ITEM, FIXTURE)):
        return ""
    if verb in (PUT_ON, PUT_IN):
        return _holds_problem("on" if verb == PUT_ON else "in", place.kind, "put")
    remedy = ": say 'put ... on', 'in' or 'next to' it" if verb == BRING and found == FIXTURE else ""
    return f"{_named(place)} is not {_CLASS_WORDS.get(wanted, 'an item, furniture or a door')}{remedy}"


def _verb_problem(clause: Clause) -> str:
    verb, thing, place = clause
    if verb in (PUT_ON, PUT_IN) and place is not None:
        problem = _holds_problem("on" if verb == PUT_ON else "in", place.kind, "put")
        if problem:
            return problem
    name = KINDS[thing.kind]
    row = FIXTURES[thing.kind - FIRST_FIXTURE] if FIRST_FIXTURE <= thing.kind < DOOR_KIND else None
    if verb in (OPEN_IT, CLOSE_IT) and row is not None and not row.shuts:
        return f"the {name} cannot be opened or closed: doors can, and {_names(lambda k: k.shuts)}"
    if verb in (SWITCH_ON, SWITCH_OFF) and (row is None or not row.switches):
        return f"the {name} cannot be switched on or off: {_names(lambda k: k.switches)} can"
    if verb == PUT_DOWN and thing.relation != NO_RELATION:
        return f"what you put down is in your hand: say 'put down the {name}'"
    allowed = THING_QUANTITIES.get(verb, ONE)
    if thing.quantity == UNSAID:
        return f"how many? Say '{an(name)}', 'two' or 'every {name}'"
    if CLASS_OF_KIND[thing.kind] in (ITEM, FIXTURE) and thing.quantity not in allowed:
        said = " or ".join(f"'{_QUANTITY_WORDS[q]}'" for q in allowed)
        return f"'{VERBS[verb].name}' takes {said} {name}, not '{_QUANTITY_WORDS.get(thing.quantity, '?')}'"
    if place is not None and CLASS_OF_KIND[place.kind] in (ITEM, FIXTURE) and place.quantity not in ONE:
        return f"name one place: 'the {KINDS[place.kind]}' or '{an(KINDS[place.kind])}'"
    return ""


def _ref_problem(ref: Ref) -> str:
    kind_class = CLASS_OF_KIND[ref.kind]
    if kind_class in (ROOM, AGENT):
        if ref != Ref(ref.kind):
            return f"rooms and people go by their names alone: say '{_named(Ref(ref.kind))}'"
        return ""
    problem = _colour_problem(ref.kind, ref.colour)
    if problem or ref.relation == NO_RELATION:
        return problem
    name, other, other_class = KINDS[ref.kind], KINDS[ref.other_kind], CLASS_OF_KIND[ref.other_kind]
    if ref.relation in (ON, IN):
        word = "on" if ref.relation == ON else "in"
        if kind_class != ITEM:
            return f"the {name} cannot be {word} the {other}"
        return _holds_problem(word, ref.other_kind, "lie") or _colour_problem(
            ref.other_kind, ref.other_colour
        )
    if ref.relation == NEXT_TO and other_class not in (ITEM, FIXTURE):
        return f"things are next to items, furniture and doors, not next to {_named(Ref(ref.other_kind))}"
    if ref.relation == IN_ROOM and other_class != ROOM:
        return f"the {other} is not a room"
    return _colour_problem(ref.other_kind, ref.other_colour)


def _colour_problem(kind: int, colour: int) -> str:
    if colour == 0 or colour - 1 in colours_of(kind):
        return ""
    shades = [COLOURS[c] for c in colours_of(kind)]
    described = describe_ref(Ref(kind, colour))
    if not shades:
        return f"there is no {described}: '{KINDS[kind]}' comes in one look and is named without a colour"
    return f"there is no {described}: '{KINDS[kind]}' comes in {', '.join(shades)}"


def _holds_problem(word: str, kind: int, act: str) -> str:
    """Why nothing can be put (lie) on or in a kind."""
    holds = FIXTURES[kind - FIRST_FIXTURE].holds if FIRST_FIXTURE <= kind < DOOR_KIND else ""
    if holds == word:
        return ""
    name = KINDS[kind]
    remedy = f"; did you mean '{holds} the {name}'?" if holds else ""
    if CLASS_OF_KIND[kind] == ITEM:
        remedy = f"; did you mean 'next to the {name}'?"
    if CLASS_OF_KIND[kind] == AGENT:
        return f"nothing can {'be ' if act == 'put' else ''}{act} {word} {name}"
    return f"nothing can {'be ' if act == 'put' else ''}{act} {word} the {name}{remedy}"


def _named(ref: Ref) -> str:
    return KINDS[ref.kind] if CLASS_OF_KIND[ref.kind] == AGENT else f"the {describe_ref(ref)}"


def _names(has: Callable[[FixtureKind], bool]) -> str:
    return ", ".join(kind.name for kind in FIXTURES if has(kind))
