"""What does one agent know, in words? Facts of the scene, from its own percepts alone.

An `OwnMap` is what agents have seen: the egocentric map of `spatial_memory`, when each cell was seen last, and whether
anything is left to be seen. `look` moves it on, once a step. `scenes_of` puts what some agents know into facts:

    a red cup on the brown table            an item on furniture or on the floor, in a box or a basket
    a shut fridge with a banana inside      furniture that shuts, and what was in it when it was last seen open
    an empty shut fridge                    the same, and it was empty; "a shut fridge" was never seen open
    two white lamps that are off            furniture
    the red door from the hall to the kitchen is shut
    Bob is in view, holding a red cup

Nothing here takes a state of the worlds: what an agent has not seen cannot come into its facts.

Axes: B columns (world by world, the agents that one policy plays), A agents of a world, C cells of a view.
"""

import functools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from agents.policies.perception import check_mappable
from agents.spatial_memory.bitboard import SIDE
from agents.spatial_memory.egocentric_map import (
    LANDMARK_ITEM,
    LANDMARK_PATH,
    LANDMARK_PLACE,
    LANDMARKS,
    NOTHING_INSIDE,
    THING,
    empty_maps,
    find_landmarks,
)
from agents.types import Played
from worlds.language.lexicon import plural_of
from worlds.objects import (
    COLOURS,
    DOOR_KIND,
    FIRST_FIXTURE,
    FIRST_NAME,
    FIRST_ROOM,
    FIXTURES,
    FLOOR,
    HOLDS_IN,
    KINDS,
    PLACE_COLOUR,
    PLACE_HOLDS,
    PLACE_KIND,
    PLACE_STATE,
    ROOMS,
    colours_of,
    kind_of_look,
)
from worlds.render.describe import article, item_words, place_words
from worlds.rules.space import COL_STEP, ROW_STEP
from worlds.state import SENSE_HAND, SENSE_HEADING

NUMBERS = ("", "", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_BESIDE = ((-1, 0), (0, 1), (1, 0), (0, -1))
_ROOM_KINDS = FIRST_ROOM + np.arange(len(ROOMS))
_ROOM_OF_FLOOR = np.zeros(256, np.uint8)  # kind of the room that a floor tells
_ROOM_OF_FLOOR[FLOOR + 1 : FLOOR + 1 + len(ROOMS)] = _ROOM_KINDS


@dataclass
class OwnMap:
    """What columns have seen so far."""

    map: np.ndarray  # uint8[B, 3, SIDE, SIDE] place, item and traits, see egocentric_map.py
    at: np.ndarray  # int32[B, 2] where each is on its map
    seen: np.ndarray  # int32[B, SIDE, SIDE] the step at which each cell was seen last, 0 never
    step: np.ndarray  # int32[B] the step of the episode, from 1
    is_explored: np.ndarray  # bool[B] is nothing left to be seen?

    @classmethod
    def empty(cls, sim: Played, agents: int) -> "OwnMap":
        """Nothing seen by these many agents of each world.

        Raises:
            ValueError: houses too large for a map.
        """
        check_mappable(sim)
        n = sim.worlds * agents
        return cls(
            *empty_maps(n), np.zeros((n, SIDE, SIDE), np.int32), np.zeros(n, np.int32), np.zeros(n, np.bool_)
        )


class Fact(NamedTuple):
    """One thing that an agent knows."""

    text: str  # without its room: "a red cup on the brown table"
    room: int  # kind of the room that it is in; 0 for doors, and where floors tell none
    kinds: tuple[int, ...]  # kinds that it speaks of
    cell: tuple[int, int]  # row and column on the agent's own map
    distance: int  # rows and columns between it and the agent
    age: int  # steps since it was seen; 0: in view


class Scene(NamedTuple):
    """What one agent knows."""

    room: int  # kind of the room that it stands in, 0 if the floor tells none
    hand: str  # what it holds, "" nothing
    hand_kind: int  # its kind, 0 nothing
    facts: tuple[Fact, ...]  # the nearest first
    rooms: frozenset[int]  # kinds of the rooms of which it has seen the floor
    is_explored: bool  # is nothing left to be seen?


def look(known: OwnMap, view: np.ndarray, own: np.ndarray, keep: np.ndarray) -> None:
    """Put what agents see now on their maps; to be called once a step.

    Args:
        view: uint8[B, 3, C]. own: uint8[B, 8]. keep: float32[B] 0 where an episode begins: all is forgotten.
    """
    landmarks = np.empty((len(view), LANDMARKS, 4), np.uint8)
    find_landmarks(view, own, keep, known.map, known.at, landmarks)
    note(known, view, own, keep, landmarks)


def note(known: OwnMap, view: np.ndarray, own: np.ndarray, keep: np.ndarray, landmarks: np.ndarray) -> None:
    """Note when cells were seen, where `find_landmarks` has already moved `known.map` on, which may be a mind's own."""
    begins = keep == 0
    known.seen[begins], known.step[begins] = 0, 0
    known.step += 1
    column, cell = np.nonzero(view[:, 0])
    row, col = cells_on_map(known.at[column], own[column, SENSE_HEADING], cell, view.shape[2])
    known.seen[column, row, col] = known.step[column]
    is_listed = (landmarks[..., LANDMARK_PATH] > 0).cumprod(1) > 0
    is_sight = (landmarks[..., LANDMARK_PLACE] == 0) & (landmarks[..., LANDMARK_ITEM] == 0)
    known.is_explored[:] = ~(is_sight & is_listed).any(1)


def scenes_of(
    known: OwnMap, view: np.ndarray, own: np.ndarray, names: np.ndarray, columns: np.ndarray
) -> list[Scene]:
    """What some columns know.

    Args:
        view: uint8[B, 3, C]. own: uint8[B, 8], as `look` was given them last.
        names: uint8[B, A] rows of NAMES: who everybody is.
        columns: int64[n].
    """
    rooms = _ROOM_OF_FLOOR[known.map[columns, 0]]
    has_room = np.stack([(rooms == room).any((1, 2)) for room in _ROOM_KINDS], 1)
    seen_rooms = [frozenset(_ROOM_KINDS[has].tolist()) for has in has_room]
    facts: list[list[Fact]] = [[] for _ in columns]
    _list_things(known, columns, rooms, facts)
    _list_agents(known, view, own, names, columns, rooms, facts)
    at, scenes = known.at[columns], []
    for n, column in enumerate(columns):
        hand = int(own[column, SENSE_HAND])
        facts[n].sort(key=lambda fact: (fact.distance, fact.cell, fact.text))
        scenes.append(
            Scene(
                int(rooms[n, at[n, 0], at[n, 1]]),
                article(item_words(hand)) if hand else "",
                kind_of_look(hand) if hand else 0,
                tuple(facts[n]),
                seen_rooms[n],
                bool(known.is_explored[column]),
            )
        )
    return scenes


def fact_words(fact: Fact) -> str:
    """A fact with its room: "a red cup on the brown table in the kitchen"."""
    return f"{fact.text} in the {KINDS[fact.room]}" if fact.room else fact.text


def cells_on_map(
    at: np.ndarray, heading: np.ndarray, cell: np.ndarray, area: int
) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns on their maps of cells of views of so many cells, each seen from one place by one heading."""
    width = int(area**0.5)
    heading = heading.astype(np.int64)
    right = (heading + 1) & 3
    ahead, aside = cell // width, cell % width - width // 2
    row = at[:, 0] + ahead * np.take(ROW_STEP, heading) + aside * np.take(ROW_STEP, right)
    col = at[:, 1] + ahead * np.take(COL_STEP, heading) + aside * np.take(COL_STEP, right)
    return row & (SIDE - 1), col & (SIDE - 1)


# ---- things --------------------------------------------------------------------------------------------------------
def _list_things(known: OwnMap, columns: np.ndarray, rooms: np.ndarray, facts: list[list[Fact]]) -> None:
    """Add the facts of things; like things in one room are one fact, at the nearest of them."""
    n, row, col = np.nonzero(known.map[columns, 2] & THING)
    place, item = known.map[columns[n], 0, row, col], known.map[columns[n], 1, row, col]
    beside = _rooms_beside(rooms, n, row, col, PLACE_KIND[place] == DOOR_KIND)
    age = (known.step[columns[n]] - known.seen[columns[n], row, col]).tolist()
    away = _distance(known.at[columns[n]], row, col).tolist()
    is_single = ((item > 0) & (PLACE_KIND[place] > 0)).tolist()
    alike: dict[tuple, list[int]] = {}
    things = zip(n.tolist(), place.tolist(), item.tolist(), map(tuple, beside.tolist()), strict=True)
    for i, thing in enumerate(things):
        alike.setdefault((*thing, i if is_single[i] else -1), []).append(i)
    for (of, place_, item_, sides, _), which in alike.items():
        text, kinds = _thing(place_, item_, sides, len(which))
        room = 0 if PLACE_KIND[place_] == DOOR_KIND else max(sides)
        nearest = min(which, key=away.__getitem__)
        cell = int(row[nearest]), int(col[nearest])
        facts[of].append(Fact(text, room, kinds, cell, away[nearest], min(age[i] for i in which)))


def _rooms_beside(
    rooms: np.ndarray, n: np.ndarray, row: np.ndarray, col: np.ndarray, is_door: np.ndarray
) -> np.ndarray:
    """Kinds of the rooms that things are in, uint8[things, 2]: of a door those that it joins, of others one and 0.

    Furniture hides the floor: it is in the room of the floor beside it, or of the furniture beside it. `rooms` is
    filled in where furniture stands.
    """
    sides = np.zeros((len(n), len(_BESIDE)), np.uint8)
    for _ in range(2):
        for side, (down, right) in enumerate(_BESIDE):
            sides[:, side] = rooms[n, (row + down) & (SIDE - 1), (col + right) & (SIDE - 1)]
        bare = ~is_door & (rooms[n, row, col] == 0)
        rooms[n[bare], row[bare], col[bare]] = sides[bare].max(1)
    low = np.where(sides > 0, sides, 255).min(1)
    high = sides.max(1)
    joined = np.stack([np.where((low == 255) | (low == high), 0, low), high], 1).astype(np.uint8)
    one = np.stack([np.zeros_like(high), rooms[n, row, col]], 1)
    return np.where(is_door[:, None], joined, one)


@functools.cache
def _thing(place: int, item: int, sides: tuple[int, int], number: int) -> tuple[str, tuple[int, ...]]:
    """What is said of a place and what lies there, `number` times, and the kinds that it speaks of."""
    kind = int(PLACE_KIND[place])
    kinds = tuple(k for k in (kind, kind_of_look(item) if 0 < item < NOTHING_INSIDE else 0) if k)
    if kind == 0:
        return f"{_counted(item_words(item), number)} on the floor", kinds
    if kind == DOOR_KIND:
        rooms = [KINDS[room] for room in sides if room]
        joins = (
            f" from the {rooms[0]} to the {rooms[1]}"
            if len(rooms) == 2
            else f" of the {rooms[0]}"
            if rooms
            else ""
        )
        number_ = "the" if number == 1 else NUMBERS[number] if number < len(NUMBERS) else str(number)
        name = f"{COLOURS[PLACE_COLOUR[place]]} {'door' if number == 1 else 'doors'}"
        state = ("shut", "open", "locked")[PLACE_STATE[place]]
        text = f"{number_} {name}{joins} {'is' if number == 1 else 'are'} {state}"
        return (f"{article(item_words(item))} in the {state} {name}" if item else text), (
            *kinds,
            *filter(None, sides),
        )
    row = FIXTURES[kind - FIRST_FIXTURE]
    if row.shuts:
        if item == NOTHING_INSIDE or (item == 0 and PLACE_STATE[place]):
            return _counted(f"empty {place_words(place)}", number), kinds
        inside = f" with {article(item_words(item))} inside" if item else ""
        return _counted(place_words(place), number) + inside, kinds
    if item:
        relation = "in" if PLACE_HOLDS[place] == HOLDS_IN else "on"
        return f"{article(item_words(item))} {relation} the {_name(place)}", kinds
    state = ("off", "on")[PLACE_STATE[place]] if row.switches else ""
    verb = "that is" if number == 1 else "that are"
    return _counted(_name(place), number) + (f" {verb} {state}" if state else ""), kinds


def _name(place: int) -> str:
    """Colour and noun: "red lamp"."""
    kind = int(PLACE_KIND[place])
    return f"{COLOURS[PLACE_COLOUR[place]]} {KINDS[kind]}" if colours_of(kind) else KINDS[kind]


def _counted(words: str, number: int) -> str:
    """ "a red chair", "two red chairs"."""
    if number == 1:
        return article(words)
    return f"{NUMBERS[number] if number < len(NUMBERS) else number} {plural_of(words)}"


# ---- people --------------------------------------------------------------------------------------------------------
def _list_agents(
    known: OwnMap,
    view: np.ndarray,
    own: np.ndarray,
    names: np.ndarray,
    columns: np.ndarray,
    rooms: np.ndarray,
    facts: list[list[Fact]],
) -> None:
    """Add those who are in view, and what they hold."""
    n, cell = np.nonzero(view[columns, 2])
    me = int(view.shape[2] ** 0.5) // 2
    n, cell = n[cell != me], cell[cell != me]
    column = columns[n]
    row, col = cells_on_map(known.at[column], own[column, SENSE_HEADING], cell, view.shape[2])
    away = _distance(known.at[column], row, col)
    who = names[column, (view[column, 2, cell] & 0x3F) >> 2]
    for i, item in enumerate(view[column, 1, cell].tolist()):
        name, carries = FIRST_NAME + int(who[i]), f", holding {article(item_words(item))}" if item else ""
        facts[n[i]].append(
            Fact(
                f"{KINDS[name]} is in view{carries}",
                int(rooms[n[i], row[i], col[i]]),
                (name, kind_of_look(item)) if item else (name,),
                (int(row[i]), int(col[i])),
                int(away[i]),
                0,
            )
        )


def _distance(at: np.ndarray, row: np.ndarray, col: np.ndarray) -> np.ndarray:
    """Rows and columns between agents and cells, the short way round the map."""
    rows, cols = np.abs(at[:, 0] - row), np.abs(at[:, 1] - col)
    return np.minimum(rows, SIDE - rows) + np.minimum(cols, SIDE - cols)
