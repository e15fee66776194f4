"""stag_hunt: a stag takes two at once and pays well, hares can be had alone and pay little.

The Markov stag hunt of Peysakhovich and Lerer (2018, arXiv 1709.02865), on a board of five by five with one stag and
two hares, and the rewards of public code (gym-stag-hunt): 5 for each hunter of a stag, 1 for a hare, -5 for whoever
tries the stag alone. The stag is a bear; `use` towards it from the next cell is a try, and it is caught if two do so
at the same step. Hares are ripe bushes, as theirs are plants; whoever walks onto one has it. What was caught appears
on another cell, each free one as likely.

What differs: agents never share a cell, so that they catch a stag from beside it instead of on top of it, and trying is
an act instead of being there; the stag stays where it is instead of walking towards the nearest agent.
"""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from worlds.checks import check_number
from worlds.compiler.apart import apart
from worlds.compiler.compile import rule
from worlds.expert.scripts import script
from worlds.expert.ways import begin_way, go_before, go_onto, way_act
from worlds.levels.build import set_ground
from worlds.objects import FLOOR, FLOORS, HEADINGS, NAMES, RIPE_BUSH
from worlds.rules.chance import below, draw
from worlds.rules.mechanics import mechanics
from worlds.rules.space import agent_at, ahead, distance, item_on, lay_item, lift_item, place_at
from worlds.scenario import Rewards, Scenario
from worlds.state import OK, RATE_0, RATE_1, RATE_2, USE, WAIT, Sizes, State

if TYPE_CHECKING:
    from worlds.levels.level import Level

R_STAG, R_HARE, R_ALONE = RATE_0, RATE_1, RATE_2
FEWEST_AGENTS, MOST_AGENTS, LEAST_SIDE, MOST_SIDE, MOST_STAGS, MOST_HARES = 2, 8, 5, 15, 4, 8
GRASS = FLOOR + FLOORS.index("grass")
NOWHERE = np.int64(-1)
DRAW_WHERE, TRIES = 5000, 256  # numbers of draws within a step, for each thing that appears


@mechanics
def hunt(state, w):
    """Stags that are tried, and hares that were walked onto."""
    for i in range(state.item_cell.shape[1]):
        hunters = 0
        for a in range(state.agent_cell.shape[1]):
            hunters += tries(state, w, a, i)
        if hunters > 0:
            for a in range(state.agent_cell.shape[1]):
                if tries(state, w, a, i):
                    state.outcome[w, a] = OK
                    state.reward[w, a] += state.rate[R_STAG if hunters > 1 else R_ALONE]
            cell = free_cell(state, w, i) if hunters > 1 else NOWHERE
            if cell >= 0:
                lay_item(state, w, lift_item(state, w, state.item_cell[w, i]), cell)
    for a in range(state.agent_cell.shape[1]):
        here = state.agent_cell[w, a]
        if place_at(state, w, here) == RIPE_BUSH:
            state.reward[w, a] += state.rate[R_HARE]
            set_ground(state, w, here, np.uint8(GRASS))
            cell = free_cell(state, w, state.item_cell.shape[1] + a)
            if cell >= 0:
                set_ground(state, w, cell, np.uint8(RIPE_BUSH))


@rule
def faces(state, w, a, stag):
    """Does an agent stand before a stag?"""
    return ahead(state, w, state.agent_cell[w, a], state.heading[w, a]) == state.item_cell[w, stag]


@rule
def tries(state, w, a, stag):
    """Did an agent try a stag at this step?"""
    return state.last_act[w, a] == USE and faces(state, w, a, stag)


@rule
def free_cell(state, w, number):
    """A cell of grass without anybody or anything, each as likely; -1 for none."""
    side = state.item_at.shape[1]
    for t in range(TRIES):
        i = below(draw(state.key[w], state.step[w], DRAW_WHERE + TRIES * number + t), side * side)
        cell = i // side << 8 | i % side
        if (
            place_at(state, w, cell) == GRASS
            and agent_at(state, w, cell) < 0
            and item_on(state, w, cell) == 0
        ):
            return np.int64(cell)
    return NOWHERE


# ---- scripts -------------------------------------------------------------------------------------------
@script
def expert(state, w, a, scratch):
    """Hunts the nearest stag if it is one of the two next to it, and trusts the other; the rest takes hares."""
    stag = nearest_stag(state, w, a)
    nearer = 0
    for b in range(state.agent_cell.shape[1]):
        far = distance(state.agent_cell[w, b], state.item_cell[w, stag])
        own = distance(state.agent_cell[w, a], state.item_cell[w, stag])
        nearer += far < own or (far == own and b < a)
    if nearer < 2:
        return hunt_stag(state, w, a, scratch, stag, np.bool_(False))
    return hunt_hares(state, w, a, scratch)


@script
def cooperate(state, w, a, scratch):
    """Goes to the nearest stag, and tries it when somebody else stays before it, too, and does not just pass."""
    return hunt_stag(state, w, a, scratch, nearest_stag(state, w, a), np.bool_(True))


@script
def defect(state, w, a, scratch):
    """Takes the nearest hare."""
    return hunt_hares(state, w, a, scratch)


@rule
def nearest_stag(state, w, a):
    """The stag that is the fewest steps away."""
    best = np.int64(0)
    for i in range(state.item_cell.shape[1]):
        if distance(state.agent_cell[w, a], state.item_cell[w, i]) < distance(
            state.agent_cell[w, a], state.item_cell[w, best]
        ):
            best = np.int64(i)
    return best


@rule
def is_ready(state, w, a, stag, is_careful):
    """Does an agent stand before a stag; has it, if one is careful, come to stay?"""
    act = state.last_act[w, a]
    return faces(state, w, a, stag) and (act == WAIT or act == USE or not is_careful)


@apart
def hunt_stag(state, w, a, scratch, stag, is_careful):
    """Go before a stag; try it together with another one."""
    if faces(state, w, a, stag):
        for b in range(state.agent_cell.shape[1]):
            if b != a and is_ready(state, w, a, stag, is_careful) and is_ready(state, w, b, stag, is_careful):
                return np.int64(USE)
        return np.int64(WAIT)
    begin_way(state, w, a, scratch)
    go_before(state, scratch, state.item_cell[w, stag])
    return way_act(state, w, a, scratch)


@apart
def hunt_hares(state, w, a, scratch):
    """Go onto the nearest hare."""
    side = state.item_at.shape[1]
    begin_way(state, w, a, scratch)
    for row in range(side):
        for col in range(side):
            if place_at(state, w, row << 8 | col) == RIPE_BUSH:
                go_onto(state, scratch, row << 8 | col)
    return way_act(state, w, a, scratch)


# ---- levels --------------------------------------------------------------------------------------------
def board(seed: int, agents: int, side: int, stags: int, hares: int, steps: int) -> "Level":
    """A meadow, and agents, stags and hares on cells drawn by chance."""
    from worlds.levels.level import AgentStart, Item, Level

    rng = np.random.default_rng(seed)
    cells = [divmod(int(i), side) for i in rng.permutation(side * side)[: agents + stags + hares]]
    ground = np.full((side, side), "g")
    for row, col in cells[agents + stags :]:
        ground[row, col] = "%"
    starts = tuple(AgentStart(NAMES[a], *cells[a], HEADINGS[int(rng.integers(4))]) for a in range(agents))
    bears = tuple(Item("toy", "brown", *cell) for cell in cells[agents : agents + stags])
    return Level(tuple("".join(row) for row in ground), starts, items=bears, step_limit=steps)


def boards(n: int, seed: int, agents: int, side: int, stags: int, hares: int, steps: int) -> State:
    """A bank of n levels."""
    from worlds.levels.bank import bank_of

    sizes = Sizes(side, agents, stags, 0, 5)
    levels = [board(seed * 1_000_003 + i, agents, side, stags, hares, steps) for i in range(n)]
    return bank_of(levels, sizes=sizes)


def scenario(
    agents: int = 2,  # who hunt
    side: int = 5,  # cells from edge to edge
    stags: int = 1,  # at a time
    hares: int = 2,  # at a time
    alone: float = 5.0,  # what it costs to try a stag alone
    steps: int = 100,  # of an episode
    view: int = 7,  # cells along a side of what an agent sees: 5, 7, 9 or 11
) -> Scenario:
    """`alone` is what it costs to try a stag without anybody else."""
    from worlds.levels.level import MAX_STEPS

    for name, value, least, most in (
        ("agents", agents, FEWEST_AGENTS, MOST_AGENTS), ("side", side, LEAST_SIDE, MOST_SIDE),
        ("stags", stags, 1, MOST_STAGS), ("hares", hares, 1, MOST_HARES), ("steps", steps, 1, MAX_STEPS),
    ):  # fmt: skip
        check_number(name, value, least, most)
    check_number("alone", alone, 0, 1000, whole=False)
    return Scenario(
        name="stag_hunt",
        summary="A stag takes two at once, hares can be had alone.",
        agents=NAMES[:agents],
        draw=partial(boards, agents=agents, side=side, stags=stags, hares=hares, steps=steps),
        rewards=Rewards(success=0.0),
        view=view,
        occluded=False,
        needs_done=False,
        acts=("wait", "turn left", "turn right", "forward", "use"),
        mechanics=hunt,
        scripts=(expert, cooperate, defect),
        rates=(5.0, 1.0, -alone),
    )
