"""two_doors: both are to stand on a green mat at once, each on one of the two. Who takes which, nobody says.

"Dual Destination" of Jha et al. (2025, arXiv 2504.12714), with the rules of its code (crossEnvCooperation): at each
step everybody pays 1, and earns 3 while the two agents stand on the two green mats; so it is best to get there soon and
to stay. Purple mats are worth nothing. There, two agents may change places and each step goes where it likes; here they
cannot walk through each other, and turn before they walk.

With `layout` "fixed" the mats and the starts are always the same, as a single task to learn; with "drawn" they are
drawn anew for each level. `held_out` levels are those of a tenth of all layouts, which are never drawn otherwise.
Layouts that differ only by turning, by mirroring or by who is who count as one.
"""

import zlib
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from worlds.checks import check_choice, check_number
from worlds.compiler.compile import rule
from worlds.expert.scripts import script
from worlds.expert.ways import begin_way, go_onto, way_act
from worlds.objects import COLOURS, HEADINGS, KIND, MAX_SIDE, NAMES, place
from worlds.rules.mechanics import mechanics
from worlds.rules.space import col_of, distance, place_at, row_of
from worlds.scenario import Rewards, Scenario
from worlds.state import RATE_0, WAIT, Sizes, State

if TYPE_CHECKING:
    from worlds.levels.level import Level

R_BOTH = RATE_0
STEPS_TOGETHER = 0  # register: at how many steps both stood on green mats
GREEN_MAT = place(KIND["rug"], 0, COLOURS.index("green"))
LAYOUTS = ("fixed", "drawn")
LEAST_SIDE, HELD_OUT = 3, 10  # one layout in so many is held out
_Cell = tuple[int, int]


@mechanics
def mats(state, w):
    """Are all on green mats? There are two of them, and nobody shares a cell."""
    agents = state.agent_cell.shape[1]
    there = 0
    for a in range(agents):
        there += place_at(state, w, state.agent_cell[w, a]) == GREEN_MAT
    if there == agents:
        state.memory[w, STEPS_TOGETHER] += 1
        for a in range(agents):
            state.reward[w, a] += state.rate[R_BOTH]


@rule
def green_mat(state, w, which):
    """The cell of a green mat: 0 is the one farther west (of two alike, farther north), 1 the other; -1 for none."""
    first, second = np.int64(-1), np.int64(-1)
    for f in range(state.fixture_cell.shape[1]):
        cell = np.int64(state.fixture_cell[w, f])
        if cell >= 0 and place_at(state, w, cell) == GREEN_MAT:
            if first < 0:
                first = cell
            else:
                second = cell
    if second < 0:
        return first
    comes_first = col_of(first) * 256 + row_of(first) < col_of(second) * 256 + row_of(second)
    return first if comes_first == (which == 0) else second


@rule
def go_to_mat(state, w, a, scratch, which):
    """The act that leads there; who is there, stays."""
    cell = green_mat(state, w, which)
    if cell < 0:
        return np.int64(WAIT)
    begin_way(state, w, a, scratch)
    go_onto(state, scratch, cell)
    return way_act(state, w, a, scratch)


@script
def expert(state, w, a, scratch):
    """Takes the mat that makes the two ways shortest, together; of two such, the first agent takes the western one."""
    west, east = green_mat(state, w, 0), green_mat(state, w, 1)
    one, other = state.agent_cell[w, 0], state.agent_cell[w, 1]
    straight = distance(one, west) + distance(other, east)
    crossed = distance(one, east) + distance(other, west)
    return go_to_mat(state, w, a, scratch, a if straight <= crossed else 1 - a)


@script
def left(state, w, a, scratch):
    """A habit: the first agent always takes the western mat."""
    return go_to_mat(state, w, a, scratch, a)


@script
def right(state, w, a, scratch):
    """The other habit: the first agent always takes the eastern mat."""
    return go_to_mat(state, w, a, scratch, 1 - a)


def is_held_out(cells: list[_Cell], side: int) -> bool:
    """Is a layout, given as the cells of two starts, two green and any purple mats, one of those held out?"""
    alike = []
    for turn in range(8):
        turned = [_turned(cell, side, turn) for cell in cells]
        alike.append(tuple(tuple(sorted(turned[i : i + 2])) for i in range(0, len(turned), 2)))
    return zlib.crc32(repr(min(alike)).encode()) % HELD_OUT == 0


def _turned(cell: _Cell, side: int, turn: int) -> _Cell:
    row, col = cell if turn < 4 else cell[::-1]
    for _ in range(turn % 4):
        row, col = col, side - 1 - row
    return row, col


def two_doors_level(seed: int, layout: str, side: int, purple: bool, held_out: bool, steps: int) -> "Level":
    """A floor with mats, and two agents."""
    from worlds.levels.level import AgentStart, Fixture, Level

    rng, n = np.random.default_rng(seed), 6 if purple else 4
    if layout == "fixed":
        middle, last = side // 2, side - 1
        cells = [(middle, 0), (middle, last), (0, middle), (last, middle), (1, middle), (last - 1, middle)][
            :n
        ]
        headings = ["east", "west"]
    else:
        cells, headings = [], []
        while not cells or is_held_out(cells, side) != held_out:
            drawn = rng.permutation(side * side)[:n].tolist()
            cells = [(cell // side, cell % side) for cell in drawn]
            headings = [HEADINGS[i] for i in rng.integers(4, size=2)]
    rugs = [
        Fixture("rug", "green" if i < 2 else "purple", "", row, col) for i, (row, col) in enumerate(cells[2:])
    ]
    starts = [AgentStart(NAMES[a], *cells[a], headings[a]) for a in range(2)]
    return Level(("." * side,) * side, tuple(starts), fixtures=tuple(rugs), step_limit=steps)


def two_doors_bank(
    n: int, seed: int, layout: str, side: int, purple: bool, held_out: bool, steps: int
) -> State:
    """A bank of n levels."""
    from worlds.levels.bank import bank_of

    levels = [two_doors_level(seed * 1_000_003 + i, layout, side, purple, held_out, steps) for i in range(n)]
    return bank_of(levels, sizes=Sizes(side, 2, 0, 4 if purple else 2, 5))


def scenario(
    agents: int = 2,  # always two
    layout: str = "fixed",  # fixed, or drawn for each level
    side: int = 5,  # cells from edge to edge
    purple: bool = True,  # two more mats, which are worth nothing
    held_out: bool = False,  # only layouts never drawn without it
    steps: int = 100,  # of an episode
    view: int = 7,  # cells along a side of what an agent sees: 5, 7, 9 or 11
) -> Scenario:
    """`layout` is fixed or drawn; `held_out` draws only layouts that are never drawn without it."""
    from worlds.levels.level import MAX_STEPS

    check_choice("layout", layout, LAYOUTS)
    least = 5 if purple and layout == "fixed" else LEAST_SIDE
    for name, value, low, high in (
        ("agents", agents, 2, 2), ("side", side, least, MAX_SIDE), ("steps", steps, 1, MAX_STEPS),
    ):  # fmt: skip
        check_number(name, value, low, high)
    if held_out and layout == "fixed":
        raise ValueError(
            "held_out is True with layout fixed: choose layout drawn, of which some are held out"
        )
    return Scenario(
        name="two_doors",
        summary="Both are to stand on a green mat at once, each on one of the two.",
        agents=NAMES[:agents],
        draw=partial(two_doors_bank, layout=layout, side=side, purple=purple, held_out=held_out, steps=steps),
        rewards=Rewards(success=0.0, step=-1.0),
        view=view,
        occluded=False,
        needs_done=False,
        acts=("wait", "turn left", "turn right", "forward"),
        counts=("steps together",),
        mechanics=mats,
        scripts=(expert, left, right),
        rates=(3.0,),
    )
