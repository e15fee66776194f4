"""How does an adversary draw a house, and what is told there? A board on which it places things and chooses words.

Acts are numbers of cells. The first ones are where agents start; then two by two, what to place (even numbers are a
wall, odd ones the rows of PALETTE in turn) and where; at the end, for each agent, which of the instructions that these
things allow. A thing that is placed again moves; what does not fit stays away. So every board is a house. Whether its
tasks can be done is another question: nothing keeps the adversary from walling somebody in, and where it has placed
nothing, agents are sent to a kitchen that is not there. Such levels are played, paid and recorded like all others.
Nothing is asked for that training holds out.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from adversarial_design.drawing_board import BoardConfig, next_free
from adversarial_design.edits import is_held_out
from worlds.goal import (
    CLOSE_IT,
    GIVE,
    GO_TO,
    MEET,
    OPEN_IT,
    PICK_UP,
    PUT_IN,
    PUT_ON,
    SWITCH_OFF,
    SWITCH_ON,
    Clause,
    Goal,
    Ref,
)
from worlds.language.instructions import FREE, fits, goal_problem, phrase
from worlds.levels.level import STATES, AgentStart, Fixture, Item, Level
from worlds.objects import COLOURS, HEADINGS, KIND, NAMES, PLACE_HOLDS, place
from worlds.objects import ITEMS as ITEM_KINDS

WALL, FLOOR = "wall", "l"  # all of it is a living room
NOWHERE = Goal(((Clause(GO_TO, Ref(KIND["kitchen"])),),))
_ITEMS = {kind.name for kind in ITEM_KINDS}
_OTHER_STATE = {
    "shut": OPEN_IT, "locked": OPEN_IT, "open": CLOSE_IT, "switched-off": SWITCH_ON, "switched-on": SWITCH_OFF,
}  # fmt: skip


class Piece(NamedTuple):
    """What can be placed: a wall, or a thing that is there once."""

    kind: str
    colour: str = ""
    state: str = ""

    @property
    def ref(self) -> Ref:
        """The words for it: it is the only one of its kind and colour."""
        return Ref(KIND[self.kind], 1 + COLOURS.index(self.colour) if self.colour else 0)

    @property
    def is_item(self) -> bool:
        """Can it be carried?"""
        return self.kind in _ITEMS

    @property
    def holds(self) -> bool:
        """May an item lie on it or in it?"""
        if self.kind == WALL or self.is_item:
            return False
        return bool(PLACE_HOLDS[place(KIND[self.kind], STATES[self.kind].index(self.state), 0)])


PALETTE = (
    Piece(WALL), Piece("table", "green"), Piece("cup", "red"), Piece("door", "red", "shut"), Piece("bed", "white"),
    Piece("ball", "blue"), Piece("basket", "yellow"), Piece("apple", "green"), Piece("fridge", "", "shut"),
    Piece("orange"), Piece("door", "green", "locked"), Piece("key", "green"), Piece("lamp", "blue", "switched-off"),
    Piece("book", "green"),
)  # fmt: skip


def palette_for(items: int, fixtures: int) -> tuple[Piece, ...]:
    """As much of the palette as a level of these capacities holds."""
    chosen, room = [], {True: items, False: fixtures}
    for piece in PALETTE:
        if piece.kind != WALL:
            room[piece.is_item] -= 1
        if piece.kind == WALL or room[piece.is_item] >= 0:
            chosen.append(piece)
    return tuple(chosen)


@dataclass(frozen=True)
class HouseBoardConfig(BoardConfig):
    """As BoardConfig: `side` is that of the house without its border, and `walls` is how many things are placed."""

    pieces: tuple[Piece, ...] = PALETTE
    step_limit: int = 128

    def __post_init__(self) -> None:
        super().__post_init__()
        most = self.side**2 // 2
        if len(self.pieces) > most or self.pieces[0].kind != WALL:
            raise ValueError(
                f"{len(self.pieces)} pieces from {self.pieces[0].kind} on, allowed are {most}, half as many as cells, "
                f"the first of them a wall"
            )

    @property
    def acts(self) -> int:
        """Starts, what and where, instructions."""
        return 2 * self.agents + 2 * self.walls

    @property
    def planes(self) -> int:
        """One for each piece and each start, and what is in hand."""
        return len(self.pieces) + self.agents + 1

    def begin(self, n: int) -> "HouseBoard":
        """n empty boards."""
        return HouseBoard(n, self)


class HouseBoard:
    """Houses that are being drawn."""

    def __init__(self, n: int, config: HouseBoardConfig) -> None:
        self.config, self.step = config, 0
        self.cells = np.zeros((n, config.planes, config.side**2), np.uint8)
        self.what = np.zeros(n, np.int64)
        self.told = np.zeros((n, config.agents), np.int64)
        pieces = config.pieces
        self.is_item = np.array([piece.is_item for piece in pieces])
        self.is_wall = np.array([piece.kind == WALL for piece in pieces])
        self.holds = np.array([piece.holds for piece in pieces])

    def place(self, cell: np.ndarray) -> None:
        """Do what is due with numbers int[n]: a start, a piece, its place, or an instruction."""
        placing = self.step - self.config.agents
        if placing < 0:
            start = len(self.config.pieces) + self.step
            self.cells[np.arange(len(cell)), start, next_free(cell, self._starts())] = 1
        elif placing >= 2 * self.config.walls:
            self.told[:, placing - 2 * self.config.walls] = cell
        elif placing % 2 == 0:
            self.what = np.where(cell % 2, cell // 2 % len(self.config.pieces), 0)
            self.cells[np.arange(len(cell)), -1, self.what] = 1
        else:
            self._put(cell)
            self.cells[:, -1] = 0
        self.step += 1

    def _starts(self) -> np.ndarray:
        first = len(self.config.pieces)
        return np.any(self.cells[:, first : first + self.config.agents], axis=1)

    def _put(self, cell: np.ndarray) -> None:
        """Place what is in hand, where it fits: an item on floor or where things are kept, all else on bare floor."""
        every, what = np.arange(len(cell)), self.what
        here = self.cells[every, : len(self.is_item), cell] > 0
        stands = here & ~self.is_item
        in_the_way = np.where(self.is_item[what], (stands & ~self.holds).any(1), stands.any(1))
        fits_here = ~in_the_way & ~(here & self.is_item).any(1) & ~self._starts()[every, cell]
        moves = fits_here & ~self.is_wall[what]
        self.cells[every[moves], what[moves]] = 0
        self.cells[every[fits_here], what[fits_here], cell[fits_here]] = 1

    def boards(self, rng: np.random.Generator) -> list[Level]:
        """What was drawn; starts face any way, instructions are put in any words."""
        n, agents = self.told.shape
        headings = rng.integers(0, 4, (n, agents))
        return [self._house(row, headings[row], rng) for row in range(n)]

    def _house(self, row: int, headings: np.ndarray, rng: np.random.Generator) -> Level:
        config, cells = self.config, self.cells[row]
        side, pieces = config.side, config.pieces
        ground = np.full((side + 2, side + 2), "#")
        is_wall = cells[: len(pieces)][self.is_wall].any(0).reshape(side, side)
        ground[1:-1, 1:-1] = np.where(is_wall, "#", FLOOR)

        def where(plane: int) -> tuple[int, int]:
            line, column = divmod(int(cells[plane].argmax()), side)
            return line + 1, column + 1

        there = tuple(p for p, piece in enumerate(pieces) if cells[p].any() and piece.kind != WALL)
        things = [(pieces[p], where(p)) for p in there]
        starts = []
        for a in range(config.agents):
            goals = goals_of(tuple(pieces[p] for p in there), a, config.agents)
            words = phrase(goals[chosen(int(self.told[row, a]), len(goals), side**2)], FREE, rng)
            starts.append(AgentStart(NAMES[a], *where(len(pieces) + a), HEADINGS[headings[a]], words))
        return Level(
            tuple("".join(line) for line in ground), tuple(starts),
            tuple(Fixture(*piece, *cell) for piece, cell in things if not piece.is_item),
            tuple(Item(piece.kind, piece.colour, *cell) for piece, cell in things if piece.is_item),
            config.step_limit,
        )  # fmt: skip


def chosen(number: int, among: int, numbers: int) -> int:
    """Which of so many things an act means, of so many numbers that it may be; spread evenly if these are fewer."""
    return number % among if among <= numbers else number * among // numbers


@functools.lru_cache(4096)
def goals_of(pieces: tuple[Piece, ...], agent: int, agents: int) -> tuple[Goal, ...]:
    """What an agent may be told where these things are, each a single clause; NOWHERE if there is nothing."""
    goals = (Goal(((clause,),)) for clause in _clauses(pieces, agent, agents))
    return tuple(g for g in goals if not goal_problem(g) and fits(g) and not is_held_out(g)) or (NOWHERE,)


def _clauses(pieces: tuple[Piece, ...], agent: int, agents: int) -> Iterator[Clause]:
    others = [Ref(KIND[NAMES[a]]) for a in range(agents) if a != agent]
    for piece in pieces:
        yield Clause(GO_TO, piece.ref)
        if piece.state:
            yield Clause(_OTHER_STATE[piece.state], piece.ref)
        if piece.is_item:
            yield Clause(PICK_UP, piece.ref)
            for other in pieces:
                if other.holds:
                    yield Clause(PUT_ON, piece.ref, other.ref)
                    yield Clause(PUT_IN, piece.ref, other.ref)
            yield from (Clause(GIVE, piece.ref, other) for other in others)
    yield from (Clause(MEET, other) for other in others)
