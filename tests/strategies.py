"""Which random inputs do property tests draw? Hypothesis strategies for what crosses package boundaries."""

import random

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
from worlds.language.instructions import FREE, fits, phrase
from worlds.levels.level import (
    FIXTURE_KINDS,
    GROUNDS,
    ITEM_KINDS,
    STATES,
    AgentStart,
    Fixture,
    Item,
    Level,
    place_of,
)
from worlds.objects import (
    CLASS_OF_KIND,
    COLOURS,
    DOOR,
    DOOR_KIND,
    FIRST_FIXTURE,
    FIRST_ITEM,
    FIRST_NAME,
    FIRST_ROOM,
    FIXTURE,
    FIXTURES,
    HEADINGS,
    HOLDS_NOTHING,
    ITEM,
    KIND,
    KINDS,
    NAMES,
    PLACE_HOLDS,
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


# ---- levels ------------------------------------------------------------------------------------------
@st.composite
def levels(draw, agents: "int | None" = None, max_side: int = 9) -> Level:
    """Any level, with this many agents if said. Details come from a seed: a level is cheap to draw."""
    height, width = draw(st.integers(1, max_side)), draw(st.integers(2, max_side))
    count = agents or draw(st.integers(1, 3))
    wishes = [draw(st.none() | goals().filter(fits)) for _ in range(count)]
    chance = random.Random(draw(st.integers(0, 2**32)))
    ground = [[chance.choice("#..." + "".join(GROUNDS)) for _ in range(width)] for _ in range(height)]
    cells = [(row, col) for row in range(height) for col in range(width)]
    chance.shuffle(cells)
    starts = []
    while len(starts) < min(count, height * width):
        row, col = cells.pop()
        ground[row][col] = "." if ground[row][col] == "#" else ground[row][col]
        starts.append((row, col))
    free = [(row, col) for row, col in cells if ground[row][col] != "#"]
    fixtures = [_fixture(chance, *cell) for cell in free if chance.random() < 0.3][:64]
    fixtures += [
        Fixture("rug", chance.choice(COLOURS), "", *cell) for cell in starts if chance.random() < 0.2
    ]
    holding = {(f.row, f.col) for f in fixtures if PLACE_HOLDS[place_of(f)] == HOLDS_NOTHING}
    items = [_item(chance, *cell) for cell in free if cell not in holding and chance.random() < 0.3][:60]
    items += [_item(chance, -1, -1, a) for a in range(len(starts)) if chance.random() < 0.3]
    chance.shuffle(items)
    people = [
        AgentStart(
            name, *cell, chance.choice(HEADINGS), phrase(wish, FREE, chance.randrange(2**63)) if wish else ""
        )
        for name, cell, wish in zip(chance.sample(NAMES, len(starts)), starts, wishes, strict=False)
    ]
    steps = chance.choice((1, 2, 128, 100_000))
    return Level(tuple("".join(row) for row in ground), tuple(people), tuple(fixtures), tuple(items), steps)


def _fixture(chance: random.Random, row: int, col: int) -> Fixture:
    kind = chance.choice((*FIXTURE_KINDS, DOOR, DOOR))
    return Fixture(kind, _any_colour(chance, kind), chance.choice(STATES[kind]), row, col)


def _item(chance: random.Random, row: int, col: int, holder: int = -1) -> Item:
    kind = chance.choice(ITEM_KINDS)
    return Item(kind, _any_colour(chance, kind), row, col, holder)


def _any_colour(chance: random.Random, kind: str) -> str:
    return COLOURS[chance.choice(colours_of(KIND[kind]))] if colours_of(KIND[kind]) else ""
