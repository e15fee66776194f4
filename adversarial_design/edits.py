"""How is a level changed a little? Edits of mazes and of houses; what comes out is always a level.

A maze is edited as a board: a wall comes or goes, the goal or a start moves. A house is edited as a Level, and so is
what its agents are told: the Level checks itself, and an edit that it refuses is not made. Whether the *task* can still
be done is another question: edits may make it impossible, and whoever keeps the level records that.

Nothing is asked for that training holds out (`worlds/generators/splits.py`).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from worlds.checks import an
from worlds.generators.splits import held_out_pairs, held_out_shades
from worlds.goal import Clause, Goal, Ref
from worlds.language.instructions import FREE, InstructionError, fits, goal_problem, phrase
from worlds.levels.level import AgentStart, Level, LevelError
from worlds.objects import (
    CLASS_OF_KIND,
    COLOURS,
    DOOR,
    FIRST_NAME,
    FIRST_ROOM,
    FLOOR,
    HEADINGS,
    KIND,
    KINDS,
    ROOM,
    ROOMS,
    WALL,
    colours_of,
)

_ATTEMPTS = 40
_Random = np.random.Generator


# ---- mazes ----------------------------------------------------------------------------------------------
class Boards(NamedTuple):
    """Mazes as arrays; the goal and the starts are on different cells of floor."""

    ground: np.ndarray  # uint8[n, side, side] FLOOR or WALL
    spots: np.ndarray  # int64[n, 1 + A] cells (row * 256 + col) of the goal and the starts
    headings: np.ndarray  # int64[n, A]


def edit_boards(boards: Boards, rng: _Random, times: int) -> tuple[Boards, list[str]]:
    """Change each maze in so many places; returns what was changed, in words."""
    edited = Boards(*(part.copy() for part in boards))
    words = []
    for ground, spots, headings in zip(*edited, strict=True):
        words.append(", ".join(_edit_board(ground, spots, headings, rng) for _ in range(times)))
    return edited, words


def _edit_board(ground: np.ndarray, spots: np.ndarray, headings: np.ndarray, rng: _Random) -> str:
    """One edit in place: a wall in half of all cases, else the goal or a start, if there is room to move."""
    side = len(ground)
    cells = np.delete(np.arange(side * side), (spots >> 8) * side + (spots & 255))
    what = int(rng.integers(2 * len(spots)))
    free = cells[ground.ravel()[cells] == FLOOR] if what < len(spots) else cells[:0]
    if not len(free):
        row, col = divmod(int(rng.choice(cells)), side)
        ground[row, col] = FLOOR if ground[row, col] == WALL else WALL
        return f"{'wall' if ground[row, col] == WALL else 'floor'} at {row} {col}"
    row, col = divmod(int(rng.choice(free)), side)
    spots[what] = row << 8 | col
    if what == 0:
        return f"goal to {row} {col}"
    headings[what - 1] = rng.integers(4)
    return f"start {what} to {row} {col} facing {HEADINGS[headings[what - 1]]}"


# ---- houses ---------------------------------------------------------------------------------------------
def edit_houses(levels: Sequence[Level], rng: _Random, times: int) -> tuple[list[Level], list[str]]:
    """Change each house, or what its agents are told, in so many places; returns what was changed, in words."""
    edited, words = [], []
    for level in levels:
        said = []
        for _ in range(times):
            donor = levels[int(rng.integers(len(levels)))]
            level, word = _edit_house(level, donor, rng)
            said.append(word)
        edited.append(level)
        words.append(", ".join(said))
    return edited, words


def _edit_house(level: Level, donor: Level, rng: _Random) -> tuple[Level, str]:
    """One edit, of those that are possible here."""
    for _ in range(_ATTEMPTS):
        edit = EDITS[int(rng.integers(len(EDITS)))]
        try:
            found = edit(level, donor, rng)
        except (LevelError, InstructionError):  # the level refuses it: try something else
            continue
        if found is not None and found[0] != level:
            return found
    return level, "nothing"


_Edit = Callable[[Level, Level, _Random], "tuple[Level, str] | None"]
_Cell = tuple[int, int]


def _bare(level: Level) -> list[_Cell]:
    """Cells of floor with nothing on them."""
    taken = {(f.row, f.col) for f in level.fixtures} | {(i.row, i.col) for i in level.items}
    taken |= {(a.row, a.col) for a in level.agents}
    return [
        c for c in np.ndindex(level.height, level.width) if level.ground[c[0]][c[1]] != "#" and c not in taken
    ]


def _inner_walls(level: Level) -> list[_Cell]:
    """Cells of wall that are not at the edge."""
    inside = ((r, c) for r in range(1, level.height - 1) for c in range(1, level.width - 1))
    return [(r, c) for r, c in inside if level.ground[r][c] == "#"]


def _painted(level: Level, cell: _Cell, symbol: str) -> tuple[str, ...]:
    row, col = cell
    line = level.ground[row]
    return (*level.ground[:row], line[:col] + symbol + line[col + 1 :], *level.ground[row + 1 :])


def _one(things: Sequence, rng: _Random):
    return things[int(rng.integers(len(things)))] if len(things) else None


def _wall(level: Level, donor: Level, rng: _Random) -> tuple[Level, str] | None:
    """A wall comes where nothing is, or one goes and the floor beside it spreads."""
    inner = {(r, c) for r in range(1, level.height - 1) for c in range(1, level.width - 1)}
    cells = sorted(set(_inner_walls(level)) | (set(_bare(level)) & inner))
    cell = _one(cells, rng)
    if cell is None:
        return None
    row, col = cell
    symbol = "#"
    if level.ground[row][col] == "#":
        beside = [level.ground[row + r][col + c] for r, c in ((-1, 0), (0, 1), (1, 0), (0, -1))]
        symbol = next((ground for ground in beside if ground != "#"), ".")
    what = "wall" if symbol == "#" else "floor"
    return replace(level, ground=_painted(level, cell, symbol)), f"{what} at {row} {col}"


def _door(level: Level, donor: Level, rng: _Random) -> tuple[Level, str] | None:
    """A door moves to another place between two floors; where it was is wall."""
    door = _one([f for f in level.fixtures if f.kind == DOOR], rng)
    free = set(_bare(level))
    fit = [
        (r, c)
        for r, c in _inner_walls(level)
        if {(r - 1, c), (r + 1, c)} <= free or {(r, c - 1), (r, c + 1)} <= free
    ]
    cell = _one(fit, rng)
    if door is None or cell is None:
        return None
    symbol = level.ground[door.row][door.col]
    opened = replace(level, ground=_painted(level, cell, symbol))
    ground = _painted(opened, (door.row, door.col), "#")
    fixtures = _swapped(level.fixtures, door, door._replace(row=cell[0], col=cell[1]))
    return replace(level, ground=ground, fixtures=fixtures), f"{door.colour} door to {cell[0]} {cell[1]}"


def _door_state(level: Level, donor: Level, rng: _Random) -> tuple[Level, str] | None:
    """A door is opened, shut or locked."""
    door = _one([f for f in level.fixtures if f.kind == DOOR], rng)
    if door is None:
        return None
    state = str(rng.choice(["open", "shut", "locked"]))
    fixtures = _swapped(level.fixtures, door, door._replace(state=state))
    return replace(level, fixtures=fixtures), f"{door.colour} door {state}"


def _furniture(level: Level, donor: Level, rng: _Random) -> tuple[Level, str] | None:
    """A piece of furniture moves, with what lies on it or in it."""
    piece, cell = _one([f for f in level.fixtures if f.kind != DOOR], rng), _one(_bare(level), rng)
    if piece is None or cell is None:
        return None
    old, (row, col) = (piece.row, piece.col), cell
    items = tuple(i._replace(row=row, col=col) if (i.row, i.col) == old else i for i in level.items)
    fixtures = _swapped(level.fixtures, piece, piece._replace(row=row, col=col))
    return replace(level, fixtures=fixtures, items=items), f"{piece.kind} to {row} {col}"


def _item(level: Level, donor: Level, rng: _Random) -> tuple[Level, str] | None:
    """An item moves to the floor, or to furniture that is empty."""
    taken = {(i.row, i.col) for i in level.items}
    places = _bare(level) + [
        (f.row, f.col) for f in level.fixtures if (f.row, f.col) not in taken and f.kind != DOOR
    ]
    item, cell = _one([i for i in level.items if i.holder < 0], rng), _one(places, rng)
    if item is None or cell is None:
        return None
    items = _swapped(level.items, item, item._replace(row=cell[0], col=cell[1]))
    return replace(level, items=items), f"{item.colour} {item.kind} to {cell[0]} {cell[1]}".strip()


def _look(level: Level, donor: Level, rng: _Random) -> tuple[Level, str] | None:
    """An item becomes what an item of another house is."""
    item, other = _one(level.items, rng), _one(donor.items, rng)
    if item is None or other is None:
        return None
    items = _swapped(level.items, item, item._replace(kind=other.kind, colour=other.colour))
    became = an(f"{other.colour} {other.kind}".strip())
    return replace(level, items=items), f"{item.colour} {item.kind} is {became}".strip()


def _clause(level: Level, donor: Level, rng: _Random) -> tuple[Level, str] | None:
    """A clause of what somebody is told becomes one of another house."""
    a = int(rng.integers(len(level.agents)))
    goal, others = level.goals[a], [clause for goal in donor.goals for clause in goal.clauses]
    place, new = _one(range(len(goal.clauses)), rng), _one(others, rng)
    if place is None or new is None:
        return None
    return _told(level, a, _with_clause(goal, place, new), rng, "another clause")


def _word(level: Level, donor: Level, rng: _Random) -> tuple[Level, str] | None:
    """A noun or a colour of what somebody is told becomes that of another thing here."""
    a = int(rng.integers(len(level.agents)))
    goal = level.goals[a]
    place = _one(range(len(goal.clauses)), rng)
    if place is None:
        return None
    clause = goal.clauses[place]
    refs = ["thing"] + (["place"] if clause.place else [])
    which = str(_one(refs, rng))
    ref: Ref = getattr(clause, which)
    things = [
        t for t in (*level.items, *level.fixtures) if CLASS_OF_KIND[KIND[t.kind]] == CLASS_OF_KIND[ref.kind]
    ]
    if CLASS_OF_KIND[ref.kind] == ROOM:
        changed = ref._replace(kind=FIRST_ROOM + int(rng.integers(len(ROOMS))))
    elif ref.kind >= FIRST_NAME:
        changed = ref._replace(kind=KIND[str(_one([agent.name for agent in level.agents], rng))])
    elif things:
        thing = things[int(rng.integers(len(things)))]
        says_colour = rng.random() < 0.5 and colours_of(KIND[thing.kind])
        changed = ref._replace(
            kind=KIND[thing.kind], colour=1 + COLOURS.index(thing.colour) if says_colour else 0
        )
    else:
        return None
    new = clause._replace(**{which: changed})
    return _told(
        level, a, _with_clause(goal, place, new), rng, f"{KINDS[ref.kind]} is now {KINDS[changed.kind]}"
    )


def _with_clause(goal: Goal, number: int, new: Clause) -> Goal:
    count, stages = 0, []
    for stage in goal.stages:
        stages.append(tuple(new if count + i == number else clause for i, clause in enumerate(stage)))
        count += len(stage)
    return goal._replace(stages=tuple(stages))


def _told(level: Level, a: int, goal: Goal, rng: _Random, what: str) -> tuple[Level, str] | None:
    """Agent `a` is told another goal, if it makes sense and training may ask for it."""
    if goal == level.goals[a] or goal_problem(goal) or not fits(goal) or is_held_out(goal):
        return None
    agent: AgentStart = level.agents[a]
    told = agent._replace(instruction=phrase(goal, FREE, rng))
    return replace(level, agents=(*level.agents[:a], told, *level.agents[a + 1 :])), f"{agent.name}: {what}"


def is_held_out(goal: Goal) -> bool:
    """Does a goal speak of a pair or a shade that training never asks for?"""
    for clause in (*goal.clauses, *goal.constraints):
        refs = [clause.thing] + ([clause.place] if clause.place else [])
        kinds = [kind for ref in refs for kind in (ref.kind, ref.other_kind)]
        shades = {(ref.kind, ref.colour - 1) for ref in refs} | {
            (r.other_kind, r.other_colour - 1) for r in refs
        }
        pairs = {(one, other) for one in kinds for other in kinds}
        if pairs & held_out_pairs() or shades & held_out_shades():
            return True
    return False


def _swapped(things: tuple, old: NamedTuple, new: NamedTuple) -> tuple:
    return tuple(new if thing is old else thing for thing in things)


EDITS: tuple[_Edit, ...] = (_wall, _door, _door_state, _furniture, _item, _look, _clause, _word)
