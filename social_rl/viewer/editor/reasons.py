"""Why can an agent not do what it is told? In words: "no way to the bed: the blue key is behind the blue door".

Whether it can is for the proof of `worlds.expert.solvable` to say. Here a walk over the house, doors with and without
their keys, and what the proof says of parts of the task tell why; where they do not, that is said.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple, TypeVar

from worlds.checks import count
from worlds.expert.planning import levels_solvable
from worlds.goal import EVERY, THREE, VERBS, Clause, Goal, Ref
from worlds.language.descriptions import words_for
from worlds.language.instructions import fits, phrase, phrase_clause
from worlds.levels.bank import bank_of
from worlds.levels.level import FIXTURE_KINDS, Level, place_of
from worlds.objects import (
    AGENT,
    CLASS_OF_KIND,
    DOOR,
    FIXTURE,
    ITEM,
    KINDS,
    PLACE_WALKABLE,
    ROOM,
    ROOMS,
)

Cell = tuple[int, int]
Thing = TypeVar("Thing")
BESIDE = ((-1, 0), (0, 1), (1, 0), (0, -1))
_ROOM_SYMBOLS = {str(room): symbol for room, symbol in zip(ROOMS, "kbltsh", strict=True)}


class Walks(NamedTuple):
    """Where one agent can go, and how far keys let it through."""

    level: Level
    a: int
    free: frozenset[Cell]  # walkable, shut doors among them
    locked: dict[Cell, str]  # the colours of locked doors
    keys: frozenset[str]  # colours of keys that can be had, one after another
    reach: frozenset[Cell]  # what can be walked with these keys


def why_not(level: Level, a: int) -> str:
    """Why agent `a` cannot do its task alone, in words without a full stop."""
    goal = level.goals[a]
    walks = _walks(level, a)
    bound = bank_of([level]).bound[0, a]
    for row, clause in enumerate(goal.clauses):
        reason = _why_not_clause(walks, clause, [int(bits) for bits in bound[row]])
        if reason:
            return reason
    if goal.constraints and _can(level, a, Goal(goal.stages)):
        broken = [c for c in goal.constraints if not _can(level, a, Goal(goal.stages, (c,)))]
        return f"not without breaking “{phrase_clause((broken or list(goal.constraints))[0])}”"
    parts = [clause for clause in goal.clauses if not _can(level, a, Goal(((clause,),), goal.constraints))]
    if parts:
        return f"no way was found to “{phrase_clause(parts[0])}”"
    return "each part can be done, but not all of them together"


def _can(level: Level, a: int, goal: Goal) -> bool:
    """Could the agent do another goal in the same house?"""
    if not fits(goal):
        return False
    agents = (*level.agents[:a], level.agents[a]._replace(instruction=phrase(goal)), *level.agents[a + 1 :])
    return bool(levels_solvable(bank_of([replace(level, agents=agents)]))[0, a])


# ---- one part of a task --------------------------------------------------------------------------------
def _why_not_clause(walks: Walks, clause: Clause, bound: list[int]) -> str:
    said = [
        (ref, bits) for ref, bits in zip((clause.thing, clause.place), bound, strict=True) if ref is not None
    ]
    found = [(ref, list(_things(walks.level, ref, bits))) for ref, bits in said]
    for ref, things in found:
        if not things:
            return f"there is no {_described(ref)} here"
    for ref, things in found:
        is_room = CLASS_OF_KIND[ref.kind] == ROOM
        near = [cell for cell in things if _is_near(walks, cell, is_room)]
        held = [item.holder for item in walks.level.items if item.holder not in (-1, walks.a)]
        if not near and CLASS_OF_KIND[ref.kind] == ITEM and held and not _lying(things):
            return f"{walks.level.agents[held[0]].name} holds the {_described(ref)}"
        if not near:
            return f"no way to the {_described(ref)}: {_barred(walks, _lying(things), frozenset())}"
        wanted = len(things) if ref.quantity == EVERY else ref.quantity if ref.quantity <= THREE else 1
        if len(near) < wanted:
            far = [cell for cell in _lying(things) if cell not in near]
            if not far:
                return f"{count(wanted, _described(ref))} are asked for, there is {len(things)}"
            return f"only {len(near)} of {wanted} can be reached: {_barred(walks, far, frozenset())}"
    if VERBS[clause.verb].name == "open" or VERBS[clause.verb].name == "close":
        return _why_not_door(walks, bound[0])
    return ""


def _why_not_door(walks: Walks, bits: int) -> str:
    """A door that is to be opened may lack its key."""
    for f, fixture in enumerate(walks.level.fixtures):
        if bits >> f & 1 and fixture.state == "locked" and fixture.colour not in walks.keys:
            return f"the {fixture.colour} door is locked: {_why_no_key(walks, fixture.colour, frozenset())}"
    return ""


def _things(level: Level, ref: Ref, bits: int) -> Iterator[Cell]:
    """The cells of all that a description fits; (-1, -1 - holder) of what is held."""
    kind = CLASS_OF_KIND[ref.kind]
    if kind == ITEM:
        yield from ((i.row, i.col if i.holder < 0 else -1 - i.holder) for i in _chosen(level.items, bits))
    elif kind == FIXTURE:
        yield from ((f.row, f.col) for f in _chosen(level.fixtures, bits))
    elif kind == AGENT:
        yield from ((agent.row, agent.col) for agent in _chosen(level.agents, bits))
    else:
        symbol = _ROOM_SYMBOLS[KINDS[ref.kind]]
        for row, line in enumerate(level.ground):
            yield from ((row, col) for col, ground in enumerate(line) if ground == symbol)


def _chosen(things: tuple[Thing, ...], bits: int) -> list[Thing]:
    return [thing for number, thing in enumerate(things) if bits >> number & 1]


def _lying(cells: Iterable[Cell]) -> list[Cell]:
    return [cell for cell in cells if cell[0] >= 0]


def _described(ref: Ref) -> str:
    """A description without its article, of one thing."""
    return " ".join(words_for(ref._replace(quantity=1))).removeprefix("the ")


# ---- ways ----------------------------------------------------------------------------------------------
def _walks(level: Level, a: int) -> Walks:
    """Keys are taken one after another, until none is left that can be reached."""
    stands = {(f.row, f.col): f for f in level.fixtures}
    floor = {(row, col) for row, line in enumerate(level.ground) for col, g in enumerate(line) if g != "#"}
    locked = {cell: f.colour for cell, f in stands.items() if f.kind == DOOR and f.state == "locked"}
    free = {
        cell
        for cell in floor - locked.keys()
        if cell not in stands or stands[cell].kind == DOOR or PLACE_WALKABLE[place_of(stands[cell])]
    }
    start = level.agents[a].row, level.agents[a].col
    keys: frozenset[str] = frozenset()
    while True:
        open_ = free | {cell for cell, colour in locked.items() if colour in keys}
        walks = Walks(level, a, frozenset(free), locked, keys, frozenset(_flood(start, open_)))
        found = frozenset(
            item.colour
            for item in level.items
            if item.kind == "key"
            and (item.holder == a or (item.holder < 0 and _is_near(walks, (item.row, item.col), False)))
        )
        if found <= keys:
            return walks
        keys |= found


def _flood(start: Cell, walkable: set[Cell]) -> set[Cell]:
    seen, waiting = {start}, deque([start])
    while waiting:
        cell = waiting.popleft()
        for other in _around(cell):
            if other in walkable and other not in seen:
                seen.add(other)
                waiting.append(other)
    return seen


def _around(cell: Cell) -> list[Cell]:
    return [(cell[0] + row, cell[1] + col) for row, col in BESIDE]


def _is_near(walks: Walks, cell: Cell, is_inside: bool) -> bool:
    """Can the agent get beside a cell (into it, where that is asked for), or does it hold what is there?"""
    if cell[0] < 0:
        return cell[1] == -1 - walks.a
    return cell in walks.reach if is_inside else any(other in walks.reach for other in _around(cell))


def _barred(walks: Walks, cells: Iterable[Cell], asked: frozenset[str]) -> str:
    """What bars all ways to these cells: a locked door and where its key is, furniture, or walls."""
    doors = _first_locked(walks, set(cells))
    if doors:
        return _why_no_key(walks, doors, asked)
    solid = {(f.row, f.col) for f in walks.level.fixtures}
    start = walks.level.agents[walks.a].row, walks.level.agents[walks.a].col
    through = _flood(start, set(walks.free | walks.locked.keys() | solid))
    if any(other in through for cell in cells for other in _around(cell)):
        return "furniture is in the way"
    return "there are walls all around"


def _first_locked(walks: Walks, cells: set[Cell]) -> str:
    """The colour of the first door without a key on the way with the fewest of them; "" where no way is."""
    start = walks.level.agents[walks.a].row, walks.level.agents[walks.a].col
    best: dict[Cell, tuple[int, str]] = {start: (0, "")}
    waiting = deque([start])
    ends: list[tuple[int, str]] = []
    while waiting:  # doors cost one, floor nothing: cells that cost nothing come first
        cell = waiting.popleft()
        cost, first = best[cell]
        if cell in cells or any(other in cells for other in _around(cell)):
            ends.append((cost, first))
        for other in _around(cell):
            colour = walks.locked.get(other)
            if other not in walks.free and colour is None:
                continue
            bars = colour is not None and colour not in walks.keys
            found = (cost + bars, first or (colour if bars and colour else ""))
            if other not in best or found[0] < best[other][0]:
                best[other] = found
                (waiting.append if bars else waiting.appendleft)(other)
    return min(ends, default=(0, ""))[1]


def _why_no_key(walks: Walks, colour: str, asked: frozenset[str]) -> str:
    """Where the key of a colour is, that the agent cannot get."""
    keys = [item for item in walks.level.items if item.kind == "key" and item.colour == colour]
    if not keys:
        return f"the {colour} door is locked, and there is no {colour} key"
    if keys[0].holder >= 0:
        return f"{walks.level.agents[keys[0].holder].name} holds the {colour} key"
    cells = {(key.row, key.col) for key in keys if key.holder < 0}
    door = _first_locked(walks, cells)
    if not door:
        return f"the {colour} key cannot be reached: {_barred(walks, cells, asked)}"
    behind = f"the {colour} key is behind the {door} door"
    if door == colour or door in asked:
        return behind
    return f"{behind}, and {_why_no_key(walks, door, asked | {colour})}"


if DOOR not in FIXTURE_KINDS:
    raise AssertionError("doors are no fixtures any more: reasons.py takes them for such")
