"""Which random inputs do property tests draw? Hypothesis strategies for what crosses package boundaries."""

from hypothesis import strategies as st

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
    MAX_CLAUSES,
    MAX_CONSTRAINTS,
    MEET,
    NEXT_TO,
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
)
from worlds.objects import (
    CLASS_OF_KIND,
    DOOR_KIND,
    FIRST_FIXTURE,
    FIRST_ITEM,
    FIRST_NAME,
    FIRST_ROOM,
    FIXTURE,
    FIXTURES,
    ITEM,
    KINDS,
    colours_of,
)

_ITEM_KINDS = tuple(range(FIRST_ITEM, FIRST_FIXTURE))
_FIXTURE_KINDS = tuple(range(FIRST_FIXTURE, FIRST_ROOM))
_THINGS = _ITEM_KINDS + _FIXTURE_KINDS
_ROOM_KINDS = tuple(range(FIRST_ROOM, FIRST_NAME))
_NAME_KINDS = tuple(range(FIRST_NAME, len(KINDS)))


def _furniture(has) -> tuple[int, ...]:
    return tuple(FIRST_FIXTURE + i for i, row in enumerate(FIXTURES) if has(row))


_ON_KINDS, _IN_KINDS = _furniture(lambda row: row.holds == "on"), _furniture(lambda row: row.holds == "in")
_SHUTS = (*_furniture(lambda row: row.shuts), DOOR_KIND)
_SWITCHES = _furniture(lambda row: row.switches)
_ONE, _ANY = (A, THE), (A, TWO, THREE, THE, EVERY)
_OTHERS = {ON: _ON_KINDS, IN: _IN_KINDS, NEXT_TO: _THINGS, IN_ROOM: _ROOM_KINDS}

# Verb: kinds of things, quantities, kinds of places.
_SENSE = dict.fromkeys(range(1, len(VERBS)), (_ITEM_KINDS, _ONE, ())) | {
    GO_TO: (_THINGS + _ROOM_KINDS, _ONE, ()),
    PUT_ON: (_ITEM_KINDS, _ANY, _ON_KINDS),
    PUT_IN: (_ITEM_KINDS, _ANY, _IN_KINDS),
    PUT_NEXT: (_ITEM_KINDS, _ANY, _THINGS),
    BRING: (_ITEM_KINDS, _ANY, _ROOM_KINDS),
    GIVE: (_ITEM_KINDS, _ONE, _NAME_KINDS),
    OPEN_IT: (_SHUTS, _ANY, ()),
    CLOSE_IT: (_SHUTS, _ANY, ()),
    SWITCH_ON: (_SWITCHES, _ANY, ()),
    SWITCH_OFF: (_SWITCHES, _ANY, ()),
    MEET: (_NAME_KINDS, (THE,), ()),
    FOLLOW: (_NAME_KINDS, (THE,), ()),
    AVOID_ROOM: (_ROOM_KINDS, (THE,), ()),
    LEAVE_ALONE: (_ITEM_KINDS, (THE, EVERY), ()),
}


def _colour(draw, kind: int) -> int:
    return draw(st.sampled_from((0, *(1 + colour for colour in colours_of(kind)))))


@st.composite
def refs(draw, kinds: tuple[int, ...], quantities: tuple[int, ...], related: bool = True) -> Ref:
    """A description of one of these kinds."""
    kind = draw(st.sampled_from(kinds))
    kind_class = CLASS_OF_KIND[kind]
    if kind_class not in (ITEM, FIXTURE):
        return Ref(kind)
    ref = Ref(kind, _colour(draw, kind), draw(st.sampled_from(quantities)))
    relations = (0, ON, IN, NEXT_TO, IN_ROOM) if kind_class == ITEM else (0, NEXT_TO, IN_ROOM)
    relation = draw(st.sampled_from(relations)) if related else 0
    if not relation:
        return ref
    other = draw(st.sampled_from(_OTHERS[relation]))
    return ref._replace(relation=relation, other_kind=other, other_colour=_colour(draw, other))


@st.composite
def clauses(draw, verbs: tuple[int, ...]) -> Clause:
    """A clause of one of these verbs that makes sense."""
    verb = draw(st.sampled_from(verbs))
    things, quantities, places = _SENSE[verb]
    thing = draw(refs(things, quantities, related=verb != PUT_DOWN))
    return Clause(verb, thing, draw(refs(places, _ONE)) if places else None)


@st.composite
def goals(draw) -> Goal:
    """Any goal that makes sense, also one whose words do not fit in MAX_TOKENS."""
    demands = tuple(v for v in range(1, len(VERBS)) if not VERBS[v].constraint)
    constraints = tuple(v for v in range(1, len(VERBS)) if VERBS[v].constraint)
    drawn = draw(st.lists(clauses(demands), min_size=1, max_size=MAX_CLAUSES))
    cuts = draw(st.lists(st.booleans(), min_size=len(drawn) - 1, max_size=len(drawn) - 1))
    stages: list[tuple[Clause, ...]] = [(drawn[0],)]
    for clause, cut in zip(drawn[1:], cuts, strict=True):
        if cut:
            stages.append((clause,))
        else:
            stages[-1] = (*stages[-1], clause)
    forbidden = draw(st.lists(clauses(constraints), max_size=MAX_CONSTRAINTS))
    return Goal(tuple(stages), tuple(forbidden))
