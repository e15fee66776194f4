"""What exists? Tables of colours, items, fixtures, floors and names; rows are kinds, columns are properties.

Three bytes describe a cell as an agent sees it:

    place   0 unseen, floors, open doors, furniture; 0xE0 and above is opaque (walls, shut doors)
    item    0 none, else 1 + 8 * item kind + colour
    agent   0 none, else 0x40 | 4 * agent + heading

A *fixture* is what stays where it is: a door or a piece of furniture. To add an item, a fixture or a floor,
add a row. Kinds are numbered in one list, KINDS, so that a word of an instruction is one integer.
"""

from typing import NamedTuple

import numpy as np

COLOURS = ("red", "green", "blue", "yellow", "purple", "brown", "white", "grey")
ALL = tuple(range(8))
PLAIN = ()  # a kind without colours: its colour index is always 0 and no instruction names it

HEADINGS = ("north", "east", "south", "west")


class ItemKind(NamedTuple):
    name: str
    colours: tuple[int, ...] = ALL


class FixtureKind(NamedTuple):
    name: str
    holds: str = ""  # "on", "in" or "": where an item may lie
    shuts: bool = False  # has a door of its own: states 0 shut, 1 open
    switches: bool = False  # can be used: states 0 off, 1 on
    walkable: bool = False
    colours: tuple[int, ...] = ALL
    rooms: tuple[str, ...] = ()  # rooms that a generated house puts it in; empty: any


ITEMS = (
    ItemKind("orange", PLAIN),
    ItemKind("apple", (0, 1, 3)),
    ItemKind("banana", PLAIN),
    ItemKind("cup"),
    ItemKind("plate"),
    ItemKind("bowl"),
    ItemKind("book"),
    ItemKind("ball"),
    ItemKind("key"),
    ItemKind("toy"),
    ItemKind("shoe"),
    ItemKind("pillow"),
    ItemKind("bottle"),
    ItemKind("towel"),
    ItemKind("spoon"),
    ItemKind("hat"),
    ItemKind("vase"),
    ItemKind("clock"),
)

ROOMS = ("kitchen", "bedroom", "living room", "bathroom", "study", "hall")

FIXTURES = (
    FixtureKind("bed", holds="on", rooms=("bedroom",)),
    FixtureKind("table", holds="on", rooms=("kitchen", "living room", "hall")),
    FixtureKind("sofa", holds="on", rooms=("living room", "hall")),
    FixtureKind("shelf", holds="on", rooms=("living room", "study", "bathroom", "bedroom")),
    FixtureKind("desk", holds="on", rooms=("study", "bedroom")),
    FixtureKind("chair", holds="on", rooms=("kitchen", "study", "hall")),
    FixtureKind("rug", holds="on", walkable=True),
    FixtureKind("basket", holds="in", rooms=("bathroom", "bedroom", "hall")),
    FixtureKind("box", holds="in"),
    FixtureKind("fridge", holds="in", shuts=True, colours=PLAIN, rooms=("kitchen",)),
    FixtureKind("cupboard", holds="in", shuts=True, rooms=("kitchen", "bedroom", "study", "hall")),
    FixtureKind("bin", holds="in", shuts=True, rooms=("kitchen", "bathroom", "study")),
    FixtureKind("sink", switches=True, colours=PLAIN, rooms=("kitchen", "bathroom")),
    FixtureKind("stove", switches=True, colours=PLAIN, rooms=("kitchen",)),
    FixtureKind("lamp", switches=True, rooms=("bedroom", "living room", "study", "hall")),
    FixtureKind("television", switches=True, colours=PLAIN, rooms=("living room", "bedroom")),
    FixtureKind("goal", walkable=True, colours=PLAIN, rooms=("nowhere",)),
)

# Walkable ground. Rooms paint their floor, so an agent can see which room it is in.
FLOORS = ("floor", *(f"{room} floor" for room in ROOMS), "grass", "bare bush", "ripe bush")

NAMES = (
    "Ann", "Bob", "Cleo", "Dan", "Eve", "Finn", "Gia", "Hugo",
    "Ida", "Jon", "Kim", "Leo", "Mia", "Ned", "Oda", "Pia",
)  # fmt: skip
AGENT_COLOURS = tuple(i % len(COLOURS) for i in (0, 2, 3, 4, 1, 5, 6, 7, 0, 2, 3, 4, 1, 5, 6, 7))

# ---- one numbering for every word that names a thing -------------------------------------------------
DOOR = "door"
KINDS = ("", *(k.name for k in ITEMS), *(k.name for k in FIXTURES), DOOR, *ROOMS, *NAMES)
FIRST_ITEM = 1
FIRST_FIXTURE = FIRST_ITEM + len(ITEMS)
DOOR_KIND = FIRST_FIXTURE + len(FIXTURES)
FIRST_ROOM = DOOR_KIND + 1
FIRST_NAME = FIRST_ROOM + len(ROOMS)
KIND = {name: i for i, name in enumerate(KINDS)}
KEY_KIND = KIND["key"]
GOAL_KIND = KIND["goal"]

# Classes of kinds.
NOTHING, ITEM, FIXTURE, ROOM, AGENT = range(5)
CLASS_OF_KIND = np.zeros(256, np.uint8)
CLASS_OF_KIND[FIRST_ITEM:FIRST_FIXTURE] = ITEM
CLASS_OF_KIND[FIRST_FIXTURE:FIRST_ROOM] = FIXTURE  # furniture and doors
CLASS_OF_KIND[FIRST_ROOM:FIRST_NAME] = ROOM
CLASS_OF_KIND[FIRST_NAME : len(KINDS)] = AGENT

# ---- the place byte ---------------------------------------------------------------------------------
UNSEEN = 0
FLOOR = 1  # FLOOR + room (1..6) is that room's floor
BARE_BUSH, RIPE_BUSH = (1 + FLOORS.index(f) for f in ("bare bush", "ripe bush"))
OPEN_DOOR, WALL, SHUT_DOOR, LOCKED_DOOR = 16, 0xE0, 0xE8, 0xF0  # doors: + colour
OPAQUE = 0xE0  # a place of this value or more hides what lies behind it
FIRST_FURNITURE = 24

# Door states, as in a level; furniture that shuts has 0 shut, 1 open; what switches 0 off, 1 on.
SHUT, OPEN, LOCKED = 0, 1, 2

HOLDS_NOTHING, HOLDS_ON, HOLDS_IN = 0, 1, 2

PLACE_KIND = np.zeros(256, np.uint8)  # kind of the fixture standing there, 0 for ground
PLACE_STATE = np.zeros(256, np.uint8)
PLACE_COLOUR = np.zeros(256, np.uint8)
PLACE_WALKABLE = np.zeros(256, np.bool_)
PLACE_HOLDS = np.zeros(256, np.uint8)  # HOLDS_*: may an item lie on or in this fixture
PLACE_HIDES = np.zeros(256, np.bool_)  # a shut container: its item is out of sight and reach
PLACE_TOGGLED = np.zeros(256, np.uint8)  # what `use` makes of it, 0 if it cannot be used
PLACE_FLOOR = np.zeros(256, np.bool_)  # bare ground that an item may lie on
FIRST_PLACE = np.zeros((256, 3), np.uint8)  # [kind, state] -> place of colour 0


def _fill_places() -> None:
    for floor in range(len(FLOORS)):
        PLACE_WALKABLE[FLOOR + floor] = PLACE_FLOOR[FLOOR + floor] = True
    for state, first in ((OPEN, OPEN_DOOR), (SHUT, SHUT_DOOR), (LOCKED, LOCKED_DOOR)):
        FIRST_PLACE[DOOR_KIND, state] = first
        for colour in range(8):
            PLACE_KIND[first + colour] = DOOR_KIND
            PLACE_STATE[first + colour], PLACE_COLOUR[first + colour] = state, colour
            PLACE_WALKABLE[first + colour] = state == OPEN
            if state != LOCKED:
                PLACE_TOGGLED[first + colour] = (OPEN_DOOR if state == SHUT else SHUT_DOOR) + colour
    place = FIRST_FURNITURE
    for row, kind in enumerate(FIXTURES):
        shades = len(COLOURS) if kind.colours else 1
        states = 2 if kind.shuts or kind.switches else 1
        first = place
        for state in range(states):
            FIRST_PLACE[FIRST_FIXTURE + row, state] = place
            for colour in range(shades):
                PLACE_KIND[place], PLACE_STATE[place] = FIRST_FIXTURE + row, state
                PLACE_COLOUR[place], PLACE_WALKABLE[place] = colour, kind.walkable
                PLACE_HOLDS[place] = {"": HOLDS_NOTHING, "on": HOLDS_ON, "in": HOLDS_IN}[kind.holds]
                PLACE_HIDES[place] = kind.shuts and state == SHUT
                if states == 2:
                    PLACE_TOGGLED[place] = first + (1 - state) * shades + colour
                place += 1
    if place > WALL:
        raise AssertionError(
            f"FIXTURES needs {place} places, {WALL} fit in a byte: drop a kind or its colours"
        )


_fill_places()


def look(kind: int, colour: int) -> int:
    """The item byte of an item kind (a KINDS number) in a colour."""
    return 1 + (kind - FIRST_ITEM) * 8 + colour


def kind_of_look(byte: int) -> int:
    """The KINDS number of an item byte."""
    return FIRST_ITEM + (byte - 1) // 8


def colour_of_look(byte: int) -> int:
    """The colour of an item byte."""
    return (byte - 1) % 8


def place(kind: int, state: int, colour: int) -> int:
    """The place byte of a fixture kind (a KINDS number) in a state and a colour."""
    return int(FIRST_PLACE[kind, state]) + colour


def colours_of(kind: int) -> tuple[int, ...]:
    """The colours that a kind comes in; empty for a kind without colours, rooms and agents."""
    if FIRST_ITEM <= kind < FIRST_FIXTURE:
        return ITEMS[kind - FIRST_ITEM].colours
    if FIRST_FIXTURE <= kind < DOOR_KIND:
        return FIXTURES[kind - FIRST_FIXTURE].colours
    return ALL if kind == DOOR_KIND else PLAIN


AGENT_MARK = 0x40  # the agent byte is AGENT_MARK | 4 * agent + heading
MAX_AGENTS, MAX_ITEMS, MAX_FIXTURES, MAX_SIDE = 16, 64, 64, 256

if len(ITEMS) > 30 or len(KINDS) > 255 or len(FLOORS) > OPEN_DOOR - FLOOR:
    raise AssertionError("objects.py has more kinds than its bytes can number")
