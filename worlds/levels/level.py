"""What is a level? A house as data: ground, things, agents with their words, a step limit. Always valid.

A Level checks itself when it is made, so whoever holds one may put it into a bank. Positions are (row, col)
from the upper left corner; beyond the edge counts as wall. The order in which things are given is forgotten.
"""

import functools
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from worlds.checks import an, count, suggest
from worlds.goal import NO_GOAL, Goal
from worlds.language.instructions import (
    InstructionError,
    grammar_version,
    parse,
    tokens_of,
    told,
)
from worlds.objects import (
    COLOURS,
    DOOR,
    FIXTURES,
    FLOOR,
    FLOORS,
    HEADINGS,
    HOLDS_NOTHING,
    ITEMS,
    KIND,
    MAX_AGENTS,
    MAX_FIXTURES,
    MAX_ITEMS,
    MAX_SIDE,
    NAMES,
    PLACE_HOLDS,
    PLACE_WALKABLE,
    WALL,
    colours_of,
    place,
)

VERSION = 1  # of the two written forms; a change of meaning is a new version
MAX_STEPS = 100_000
GRAMMAR = grammar_version()

# Ground: one character for each; "#" and "." need no legend.
GROUNDS = {
    "#": "wall", ".": "floor", "k": "kitchen floor", "b": "bedroom floor", "l": "living room floor",
    "t": "bathroom floor", "s": "study floor", "h": "hall floor", "g": "grass", ",": "bare bush",
    "%": "ripe bush",
}  # fmt: skip
if tuple(GROUNDS.values()) != ("wall", *FLOORS):
    raise AssertionError("level.GROUNDS and objects.FLOORS differ: give each floor a character, in order")
GROUND_BYTE = {symbol: FLOOR + i - 1 if i else WALL for i, symbol in enumerate(GROUNDS)}

ITEM_KINDS = tuple(kind.name for kind in ITEMS)
FIXTURE_KINDS = (*(kind.name for kind in FIXTURES), DOOR)
# States by number, as in objects.py; kinds that are not named here have one, "".
STATES: dict[str, tuple[str, ...]] = dict.fromkeys(FIXTURE_KINDS, ("",))
STATES |= {kind.name: ("shut", "open") for kind in FIXTURES if kind.shuts}
STATES |= {kind.name: ("switched-off", "switched-on") for kind in FIXTURES if kind.switches}
STATES[DOOR] = ("shut", "open", "locked")

_Cell = tuple[int, int]
_Places = dict[_Cell, int]  # place bytes of fixtures by cell
_GRAMMAR = re.compile("[0-9a-z]{1,40}")
_SHOWN = 32  # characters of a wrong value that an error repeats


class LevelError(ValueError):
    """This is no level. `cell` is the (row, col) at fault, if it is one cell."""

    def __init__(self, message: str, cell: _Cell | None = None) -> None:
        super().__init__(message)
        self.cell = cell


class Fixture(NamedTuple):
    """A door or a piece of furniture. Colour and state are "" for kinds that have none."""

    kind: str
    colour: str
    state: str
    row: int
    col: int


class Item(NamedTuple):
    """A thing to carry, at a cell or in the hand of agent number `holder` (then row and col are -1)."""

    kind: str
    colour: str
    row: int = -1
    col: int = -1
    holder: int = -1


class AgentStart(NamedTuple):
    """An agent, where it starts and what it is told; no words, no goal."""

    name: str
    row: int
    col: int
    heading: str
    instruction: str = ""


@dataclass(frozen=True)
class Level:
    """A house as data. `grammar` is the version of the language its words were written in.

    Raises:
        LevelError: a value is out of range, or things do not go together.

    Example:
        >>> from worlds.levels.level_text import level_from_text
        >>> room = "level 1 · 9 steps\\n\\n####\\n#A.#\\n####\\n\\nlegend\\n  A Ann facing east\\n"
        >>> level_from_text(room).step_limit
        9
    """

    ground: tuple[str, ...]
    agents: tuple[AgentStart, ...]
    fixtures: tuple[Fixture, ...] = ()
    items: tuple[Item, ...] = ()
    step_limit: int = 128
    grammar: str = field(default=GRAMMAR, compare=False)

    def __post_init__(self) -> None:
        _check_ground(self.ground)
        _check_number("the step limit", self.step_limit, 1, MAX_STEPS)
        if not isinstance(self.grammar, str) or not _GRAMMAR.fullmatch(self.grammar):
            raise LevelError(f"grammar is {show(self.grammar)}: give 1 to 40 digits and small letters")
        agents = _records("agents", self.agents, AgentStart, 1, MAX_AGENTS)
        fixtures = _records("fixtures", self.fixtures, Fixture, 0, MAX_FIXTURES)
        items = _records("items", self.items, Item, 0, MAX_ITEMS)
        places = self._places(fixtures)
        lying = self._lying(items, len(agents), places)
        self._check_agents(agents, places, lying)
        for name, value in (
            ("ground", tuple(self.ground)),
            ("agents", tuple(a._replace(instruction=read_words(a.instruction)[0]) for a in agents)),
            ("fixtures", tuple(sorted(fixtures, key=lambda f: (f.row, f.col)))),
            ("items", tuple(sorted(items, key=lambda i: (i.holder, i.row, i.col)))),
        ):
            object.__setattr__(self, name, value)

    @property
    def height(self) -> int:
        """Rows."""
        return len(self.ground)

    @property
    def width(self) -> int:
        """Columns."""
        return len(self.ground[0])

    @property
    def goals(self) -> tuple[Goal, ...]:
        """What each agent's words mean; NO_GOAL where there are none."""
        return tuple(read_words(agent.instruction)[1] for agent in self.agents)

    @functools.cached_property
    def id(self) -> str:
        """12 hex digits of the content: equal levels have equal ids, whatever their grammar's version."""
        content = (self.ground, self.agents, self.fixtures, self.items, self.step_limit)
        return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()[:12]

    def _ground_at(self, what: str, row: int, col: int) -> str:
        _check_number(f"the row of {what}", row, 0, self.height - 1)
        _check_number(f"the column of {what}", col, 0, self.width - 1)
        return self.ground[row][col]

    def _places(self, fixtures: list[Fixture]) -> _Places:
        """The place bytes of fixtures by cell."""
        places: _Places = {}
        for fixture in fixtures:
            kind, cell = fixture.kind, (fixture.row, fixture.col)
            check_word("fixture", kind, FIXTURE_KINDS)
            check_colour(kind, fixture.colour)
            check_state(kind, fixture.state)
            if self._ground_at(f"the {kind}", *cell) == "#":
                raise LevelError(f"the {kind} stands in a wall: lay a floor there", cell)
            if cell in places:
                raise LevelError(f"two fixtures in one cell, one of them {an(kind)}: move one of them", cell)
            places[cell] = place_of(fixture)
        return places

    def _lying(self, items: list[Item], agents: int, places: _Places) -> set[_Cell]:
        """The cells at which items lie."""
        lying: set[_Cell] = set()
        holders: set[int] = set()
        for item in items:
            kind, cell = item.kind, (item.row, item.col)
            check_word("item", kind, ITEM_KINDS)
            check_colour(kind, item.colour)
            _check_number(f"the holder of the {kind}", item.holder, -1, agents - 1)
            if item.holder >= 0:
                if type(item.row) is not int or type(item.col) is not int or cell != (-1, -1):
                    raise LevelError(f"the {kind} has a holder and a cell: give one of them")
                if item.holder in holders:
                    raise LevelError(f"one hand holds two items, one of them {an(kind)}: lay it down")
                holders.add(item.holder)
                continue
            if self._ground_at(f"the {kind}", *cell) == "#":
                raise LevelError(f"the {kind} lies in a wall: lay a floor there", cell)
            if cell in lying:
                raise LevelError(f"two items in one cell, one of them {an(kind)}: move one of them", cell)
            if cell in places and PLACE_HOLDS[places[cell]] == HOLDS_NOTHING:
                raise LevelError(f"the {kind} lies where a fixture stands that holds nothing: move it", cell)
            lying.add(cell)
        return lying

    def _check_agents(self, agents: list[AgentStart], places: _Places, lying: set[_Cell]) -> None:
        taken: dict[_Cell, str] = {}
        for agent in agents:
            name, cell = agent.name, (agent.row, agent.col)
            check_word("name", name, NAMES)
            check_word(f"heading of {name}:", agent.heading, HEADINGS)
            if name in taken.values():
                raise LevelError(f"two agents are called {name}: a name is given once")
            if self._ground_at(name, *cell) == "#":
                raise LevelError(f"{name} starts in a wall: lay a floor there or move {name}", cell)
            if cell in places and not PLACE_WALKABLE[places[cell]]:
                raise LevelError(f"{name} starts on furniture or in a shut door: move {name}", cell)
            if cell in lying:
                raise LevelError(f"{name} starts on an item: move one of them, or let {name} hold it", cell)
            if cell in taken:
                raise LevelError(f"{taken[cell]} and {name} start in one cell: move one of them", cell)
            taken[cell] = name
            if not isinstance(agent.instruction, str):
                raise LevelError(f"the instruction of {name} is {show(agent.instruction)}: give a text")
            try:
                read_words(agent.instruction)
            except InstructionError as error:
                raise LevelError(f"the instruction of {name}: {error}") from None


def place_of(fixture: Fixture) -> int:
    """The place byte of a fixture."""
    colour = COLOURS.index(fixture.colour) if fixture.colour else 0
    return place(KIND[fixture.kind], STATES[fixture.kind].index(fixture.state), colour)


@functools.lru_cache(8192)
def read_words(instruction: str) -> tuple[str, Goal]:
    """An instruction as an agent is told it, and what it means.

    Raises:
        InstructionError: it means nothing, or more than one thing.
    """
    if not tokens_of(instruction):
        return "", NO_GOAL
    goal = parse(instruction)
    return told(instruction, goal), goal


# ---- checks, for this file and the readers of levels ---------------------------------------------------
def show(value: object) -> str:
    """A wrong value for an error message, short and in ASCII."""
    if isinstance(value, str):
        return ascii(value[:_SHOWN] + ("..." if len(value) > _SHOWN else ""))
    if value is None or isinstance(value, bool | int | float):
        return repr(value) if not isinstance(value, int) or abs(value) < 10**15 else "a huge number"
    return an(type(value).__name__)


def check_word(what: str, word: object, allowed: Sequence[str]) -> None:
    """Raise a LevelError that names the nearest allowed word, unless the word is allowed."""
    if not isinstance(word, str) or word not in allowed:
        raise LevelError(f"unknown {what} {show(word)}: {suggest(word, allowed)}")


def check_colour(kind: str, colour: object) -> None:
    """Raise a LevelError unless this kind of thing comes in this colour."""
    colours = [COLOURS[i] for i in colours_of(KIND[kind])]
    if not isinstance(colour, str) or colour not in (colours or ("",)):
        allowed = suggest(colour, colours) if colours else "it has none, leave it out"
        raise LevelError(f"the colour of {an(kind)} is {show(colour)}: {allowed}")


def check_state(kind: str, state: object) -> None:
    """Raise a LevelError unless this kind of fixture can be in this state."""
    if not isinstance(state, str) or state not in STATES[kind]:
        allowed = suggest(state, STATES[kind]) if STATES[kind] != ("",) else "it has none, leave it out"
        raise LevelError(f"the state of {an(kind)} is {show(state)}: {allowed}")


def _check_number(what: str, value: object, low: int, high: int) -> None:
    if type(value) is not int or not low <= value <= high:
        raise LevelError(f"{what} is {show(value)}: give a whole number from {low} to {high}")


def _check_ground(ground: object) -> None:
    if not isinstance(ground, tuple | list) or not 1 <= len(ground) <= MAX_SIDE:
        size = f"{len(ground)} rows" if isinstance(ground, tuple | list) else show(ground)
        raise LevelError(f"the ground is {size}: give 1 to {MAX_SIDE} rows")
    for row, symbols in enumerate(ground):
        if not isinstance(symbols, str):
            raise LevelError(f"row {row} of the ground is {show(symbols)}: give a text")
        if not 1 <= len(symbols) <= MAX_SIDE:
            raise LevelError(f"row {row} of the ground has {len(symbols)} cells: give 1 to {MAX_SIDE}")
        if len(symbols) != len(ground[0]):
            raise LevelError(
                f"row {row} of the ground has {count(len(symbols), 'cell')}: make it {len(ground[0])} as row 0"
            )
        if not GROUNDS.keys() >= set(symbols):
            col = next(i for i, symbol in enumerate(symbols) if symbol not in GROUNDS)
            raise LevelError(
                f"the ground at row {row}, column {col} is {show(symbols[col])}: "
                f"allowed are {' '.join(GROUNDS)}",
                (row, col),
            )


def _records(what: str, values: Iterable[tuple], kind: type, low: int, high: int) -> list:
    if not isinstance(values, tuple | list) or not all(type(value) is kind for value in values):
        raise LevelError(f"{what} is {show(values)}: give a tuple of {kind.__name__}")
    if not low <= len(values) <= high:
        raise LevelError(f"{len(values)} {what}, allowed are {low} to {high}: leave some out")
    return list(values)
