"""locked_pantry: one is shut in a pantry. Only who is outside can let it out, and nobody is paid for that.

"Box trapped" of Jaques et al. (2019, arXiv 1810.08647, appendix). The first agent is in a room where fruit grows on
bushes: walking onto a ripe bush picks it (+1). All others start in a small pantry behind a door that is locked. `use`
on that door from the room unlocks and opens it, from the pantry it does nothing. From then on it is a door like any
other. Opening earns nothing, and whoever comes out picks what the first agent might have had.
"""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from worlds.checks import check_number
from worlds.compiler.compile import rule
from worlds.expert.scripts import script
from worlds.expert.ways import ARRIVED, begin_way, first_step, go_before, go_onto, way_act
from worlds.levels.build import set_ground
from worlds.levels.bushes import pick_bushes
from worlds.objects import BARE_BUSH, FLOOR, HEADINGS, LOCKED_DOOR, MAX_SIDE, NAMES, OPEN_DOOR, RIPE_BUSH
from worlds.rules.chance import draw, unit
from worlds.rules.goals import room_of
from worlds.rules.mechanics import mechanics
from worlds.rules.space import agent_at, ahead, paint, place_at
from worlds.scenario import Rewards, Scenario
from worlds.state import IS_LOCKED, OK, PLACE_PLANE, RATE_0, RATE_1, USE, Sizes, State

if TYPE_CHECKING:
    from worlds.levels.level import Level

R_FRUIT, REGROW = RATE_0, RATE_1
OPENED, OPENED_AT = 0, 1  # registers: 1 once the door was unlocked; at which step, from 1 on
LEAST_SIDE, MOST_AGENTS = 7, 3  # the pantry has two cells
DRAW_RIPEN = 1000  # first of the draws, within a step, that decide which bushes ripen


@mechanics
def pantry(state, w):
    """The door, picking, ripening: after the moves of a step."""
    for a in range(state.agent_cell.shape[1]):
        if state.last_act[w, a] == USE and state.outcome[w, a] == IS_LOCKED and is_outside(state, w, a):
            unlock(state, w, a)
    pick_bushes(state, w, state.rate[R_FRUIT])
    ripen(state, w)


@rule
def is_outside(state, w, a):
    """Is an agent in the room? The pantry has a kitchen's floor, the room none of a room's."""
    return room_of(state, w, state.agent_cell[w, a]) == 0


@rule
def unlock(state, w, a):
    """Agent `a` opens the locked door before it; of two who do so at once, both did."""
    door = ahead(state, w, state.agent_cell[w, a], state.heading[w, a])
    place = place_at(state, w, door)
    if place >= LOCKED_DOOR:
        paint(state, w, PLACE_PLANE, door, np.uint8(OPEN_DOOR + (place - LOCKED_DOOR)))
    state.outcome[w, a] = OK
    if state.memory[w, OPENED] == 0:
        state.memory[w, OPENED] = 1
        state.memory[w, OPENED_AT] = state.step[w] + 1


@rule
def ripen(state, w):
    """Bare bushes ripen by chance, each by itself; a bush somebody stands on stays bare."""
    side = state.item_at.shape[1]
    for row in range(side):
        for col in range(side):
            if state.ground_at[w, row, col] == BARE_BUSH and agent_at(state, w, row << 8 | col) < 0:
                if (
                    unit(draw(state.key[w], state.step[w], DRAW_RIPEN + row * side + col))
                    < state.rate[REGROW]
                ):
                    set_ground(state, w, row << 8 | col, np.uint8(RIPE_BUSH))


@script
def expert(state, w, a, scratch):
    """Lets the others out, then picks; who is shut in comes out as soon as it can."""
    if is_outside(state, w, a):
        begin_way(state, w, a, scratch)
        for f in range(state.fixture_cell.shape[1]):
            cell = state.fixture_cell[w, f]
            if cell >= 0 and place_at(state, w, cell) >= LOCKED_DOOR:
                go_before(state, scratch, cell)
        act = first_step(state, w, a, scratch)
        if act >= 0 or act == ARRIVED:
            return np.int64(USE) if act == ARRIVED else act
    return pick_nearest(state, w, a, scratch)


@script
def selfish(state, w, a, scratch):
    """Picks, and leaves the door as it is."""
    return pick_nearest(state, w, a, scratch)


@rule
def pick_nearest(state, w, a, scratch):
    """To the nearest ripe bush; where none is in reach, off the bare ones, so that they may ripen."""
    begin_way(state, w, a, scratch)
    target_ground(state, w, scratch, RIPE_BUSH)
    act = first_step(state, w, a, scratch)
    if act >= 0:
        return act
    begin_way(state, w, a, scratch)
    target_ground(state, w, scratch, FLOOR)
    return way_act(state, w, a, scratch)


@rule
def target_ground(state, w, scratch, ground):
    """Any cell of this ground will do."""
    side = state.item_at.shape[1]
    for row in range(side):
        for col in range(side):
            if state.ground_at[w, row, col] == ground:
                go_onto(state, scratch, row << 8 | col)


def pantry_level(seed: int, agents: int, side: int, bushes: int, steps: int) -> "Level":
    """A room with a pantry of two cells in one of its corners, in any of eight ways round."""
    from worlds.levels.level import AgentStart, Fixture, Level

    rng = np.random.default_rng(seed)
    cells = np.full((side, side), "#")
    cells[1:-1, 1:-1] = "."
    cells[side - 3 : side - 1, 1:4] = "#"
    cells[side - 2, 1:3] = "k"
    cells[((side - 3, 1), (side - 3, 2), (side - 2, 3))[rng.integers(3)]] = "D"
    cells = np.rot90(cells, int(rng.integers(4)))
    cells = cells.T.copy() if rng.integers(2) else cells.copy()
    (door,) = np.argwhere(cells == "D").tolist()
    cells[tuple(door)] = "."
    room = [cell for cell in np.argwhere(cells == ".").tolist() if cell != door]
    order = rng.permutation(len(room))
    for i in order[:bushes]:
        cells[tuple(room[i])] = "%"
    shut_in = rng.permutation(np.argwhere(cells == "k")).tolist()
    places = [room[order[bushes]], *shut_in][:agents]
    starts = [
        AgentStart(NAMES[a], row, col, HEADINGS[int(rng.integers(4))]) for a, (row, col) in enumerate(places)
    ]
    return Level(
        tuple("".join(row) for row in cells), tuple(starts),
        fixtures=(Fixture("door", "red", "locked", *door),), step_limit=steps,
    )  # fmt: skip


def pantries(n: int, seed: int, agents: int, side: int, bushes: int, steps: int) -> State:
    """A bank of n levels."""
    from worlds.levels.bank import bank_of

    levels = [pantry_level(seed * 1_000_003 + i, agents, side, bushes, steps) for i in range(n)]
    return bank_of(levels, sizes=Sizes(side, agents, 0, 1, 5))


def scenario(
    agents: int = 2,  # of whom one is free
    side: int = 7,  # cells from edge to edge
    bushes: int = 6,  # in the room
    regrow: float = 0.05,  # chance of a bare bush to ripen at a step
    steps: int = 200,  # of an episode
    view: int = 7,  # cells along a side of what an agent sees: 5, 7, 9 or 11
    message_tokens: int = 0,  # bytes that an agent can say at a step; 0: nobody talks
    calls: int = 0,  # different calls that minds that learn can make; 0: none
) -> Scenario:
    """The first agent is free, all others are shut in.

    `regrow` is the chance of a bare bush to ripen at a step; of so many `calls` each who learns makes one at a step.
    """
    from worlds.levels.level import MAX_STEPS

    check_number("side", side, LEAST_SIDE, MAX_SIDE)
    room = (side - 2) ** 2 - 6  # without the pantry, its walls and its door's cell
    for name, value, least, most in (
        ("agents", agents, 2, MOST_AGENTS), ("bushes", bushes, 1, room), ("steps", steps, 1, MAX_STEPS),
    ):  # fmt: skip
        check_number(name, value, least, most)
    check_number("regrow", regrow, 0, 1, whole=False)
    return Scenario(
        name="locked_pantry",
        summary="One is shut in a pantry; who is outside can let it out, and nobody is paid for that.",
        agents=NAMES[:agents],
        draw=partial(pantries, agents=agents, side=side, bushes=bushes, steps=steps),
        rewards=Rewards(success=0.0),
        view=view,
        occluded=False,
        needs_done=False,
        message_tokens=message_tokens,
        calls=calls,
        acts=("wait", "turn left", "turn right", "forward", "use"),
        counts=("opened",),
        mechanics=pantry,
        scripts=(expert, selfish),
        rates=(1.0, regrow),
    )
