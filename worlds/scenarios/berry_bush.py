"""berry_bush: a commons. Berries regrow by the number of ripe neighbours; a beam sends others away for a while.

Harvest of Perolat et al. (2017) and Jaques et al. (2019), with the regrowth of the latter's code: a bare bush
ripens with probability [0, .005, .02, .05] for 0, 1, 2 and 3 or more ripe bushes within distance sqrt(2). Walking
onto a ripe bush picks it (+1). `use` fires a beam ahead: it costs 1, whoever it hits loses 50 and is frozen; without
`beam` it does nothing.
"""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from worlds.checks import check_number
from worlds.compiler.apart import apart
from worlds.compiler.compile import rule
from worlds.expert.scripts import script
from worlds.expert.ways import begin_way, go_onto, keep_off, way_act
from worlds.levels.build import set_ground
from worlds.levels.bushes import pick_bushes
from worlds.objects import BARE_BUSH, HEADINGS, MAX_AGENTS, MAX_SIDE, NAMES, RIPE_BUSH
from worlds.rules.chance import draw, unit
from worlds.rules.mechanics import mechanics
from worlds.rules.space import COL_STEP, ROW_STEP, agent_at, col_of, first_ahead, place_at, row_of, stride_of
from worlds.scenario import Rewards, Scenario
from worlds.state import (
    ACTIVE,
    ACTS,
    FROZEN,
    MARGIN,
    OK,
    OPTION_0,
    OPTION_1,
    RATE_0,
    RATE_1,
    RATE_2,
    RATE_3,
    RATE_4,
    RATE_5,
    USE,
    Sizes,
    State,
)

if TYPE_CHECKING:
    from worlds.levels.level import Level

FREEZE_STEPS, BEAM_REACH = OPTION_0, OPTION_1
R_BERRY, R_FIRE, R_HIT, REGROW_1, REGROW_2, REGROW_3 = RATE_0, RATE_1, RATE_2, RATE_3, RATE_4, RATE_5
LEAST_SIDE = 5  # a patch, and a cell of grass for each of the most agents
SPARES = 3  # ripe neighbours that the expert leaves to grow others back
DRAW_REGROW = 1000  # first of the draws, within a step, that decide which bushes ripen


@mechanics
def harvest(state, w):
    """Beams, picking, regrowth: after the moves of a step."""
    for a in range(state.agent_cell.shape[1]):
        if state.last_act[w, a] == USE and state.outcome[w, a] != FROZEN and state.finished[w, a] == ACTIVE:
            fire(state, w, a)
    pick_bushes(state, w, state.rate[R_BERRY])
    regrow(state, w)


@rule
def fire(state, w, a):
    """Freeze the first agent ahead, within reach and not behind a wall."""
    state.outcome[w, a] = OK
    state.reward[w, a] += state.rate[R_FIRE]
    cell = first_ahead(state, w, state.agent_cell[w, a], state.heading[w, a], state.option[BEAM_REACH])
    hit = agent_at(state, w, cell) if cell >= 0 else np.int64(-1)
    if hit >= 0:
        state.reward[w, hit] += state.rate[R_HIT]
        state.frozen[w, hit] = state.option[FREEZE_STEPS]


@rule
def ripe_neighbours(state, w, cell):
    """Ripe bushes among the eight cells around this one."""
    side = state.item_at.shape[1]
    ripe = 0
    for row in range(max(row_of(cell) - 1, 0), min(row_of(cell) + 2, side)):
        for col in range(max(col_of(cell) - 1, 0), min(col_of(cell) + 2, side)):
            ripe += place_at(state, w, row << 8 | col) == RIPE_BUSH
    return ripe


@rule
def regrow(state, w):
    """Ripen bare bushes, one after another; a bush somebody stands on stays bare.

    Chance is asked first: nineteen bushes of twenty would not ripen however many neighbours do.
    """
    side = state.item_at.shape[1]
    likeliest = max(state.rate[REGROW_1], state.rate[REGROW_2], state.rate[REGROW_3])
    for row in range(side):
        first = (row + MARGIN) * stride_of(side) + 4
        for col in range(side):
            if state.planes[w, 0, first + col] == BARE_BUSH:
                chance = unit(draw(state.key[w], state.step[w], DRAW_REGROW + row * side + col))
                if chance < likeliest:
                    cell = row << 8 | col
                    ripe = min(ripe_neighbours(state, w, cell), 3)
                    if ripe > 0 and chance < state.rate[REGROW_1 + ripe - 1] and agent_at(state, w, cell) < 0:
                        set_ground(state, w, cell, np.uint8(RIPE_BUSH))


@script
def expert(state, w, a, scratch):
    """Picks where enough ripe neighbours stay to grow the bush back, and walks round all others."""
    return pick(state, w, a, scratch, SPARES)


@script
def defect(state, w, a, scratch):
    """Picks the nearest ripe bush, though it be the last one of its neighbourhood."""
    return pick(state, w, a, scratch, 0)


@apart
def pick(state, w, a, scratch, spared):
    """Go to the nearest ripe bush that has so many ripe neighbours; wait where there is none."""
    side = state.item_at.shape[1]
    begin_way(state, w, a, scratch)
    for row in range(side):
        for col in range(side):
            cell = row << 8 | col
            if place_at(state, w, cell) == RIPE_BUSH:
                if ripe_neighbours(state, w, cell) >= spared:
                    go_onto(state, scratch, cell)
                else:
                    keep_off(state, scratch, cell)
    return way_act(state, w, a, scratch)


def orchard(agents: int, seed: int, side: int, steps: int) -> "Level":
    """A meadow with patches of five bushes in plus shapes, and agents at random free cells."""
    from worlds.levels.level import AgentStart, Level

    rng = np.random.default_rng(seed)
    ground = np.full((side, side), "g")
    for row in range(2, side - 1, 4):
        for col in range(2, side - 1, 4):
            ground[row, col] = "%"
            ground[row + ROW_STEP, col + COL_STEP] = "%"
    free = np.argwhere(ground == "g")
    places = free[rng.permutation(len(free))[:agents]].tolist()
    starts = [
        AgentStart(NAMES[a], row, col, HEADINGS[int(rng.integers(4))]) for a, (row, col) in enumerate(places)
    ]
    return Level(tuple("".join(row) for row in ground), tuple(starts), step_limit=steps)


def orchards(n: int, seed: int, agents: int, side: int, steps: int) -> State:
    """A bank of orchards."""
    from worlds.levels.bank import bank_of

    sizes = Sizes(side, agents, 0, 0, 5)
    return bank_of([orchard(agents, seed * 1_000_003 + i, side, steps) for i in range(n)], sizes=sizes)


def scenario(
    agents: int = 5,  # who pick
    side: int = 13,  # cells from edge to edge
    steps: int = 1000,  # of an episode
    freeze: int = 25,  # steps for which a beam sends somebody away
    beam: bool = True,  # without it, `use` does nothing
    view: int = 11,  # cells along a side of what an agent sees: 5, 7, 9 or 11
    calls: int = 0,  # different calls that minds that learn can make; 0: none
) -> Scenario:
    """`freeze` is how many steps the beam sends somebody away for; without `beam` there is none."""
    from worlds.levels.level import MAX_STEPS

    for name, value, least, most in (
        ("agents", agents, 1, MAX_AGENTS), ("side", side, LEAST_SIDE, MAX_SIDE), ("steps", steps, 1, MAX_STEPS),
        ("freeze", freeze, 0, MAX_STEPS),
    ):  # fmt: skip
        check_number(name, value, least, most)

    return Scenario(
        name="berry_bush",
        summary="A commons: pick berries, but leave enough for them to grow back.",
        agents=NAMES[:agents],
        draw=partial(orchards, agents=agents, side=side, steps=steps),
        rewards=Rewards(success=0.0),
        view=view,
        calls=calls,
        occluded=False,
        acts=ACTS if beam else ("wait", "turn left", "turn right", "forward"),
        mechanics=harvest,
        scripts=(expert, defect),
        options=(freeze, 8),
        rates=(1.0, -1.0, -50.0, 0.005, 0.02, 0.05),
    )
