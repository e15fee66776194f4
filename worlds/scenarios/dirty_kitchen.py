"""dirty_kitchen: nothing ripens in the garden while the kitchen is dirty, and who washes up picks nothing.

Cleanup of Hughes et al. (2018) and Jaques et al. (2019), in house dress: the river is a kitchen, waste is dirty plates,
apples are ripe bushes. With the share d of the kitchen that is dirty, below a threshold of .4, a bare bush ripens with
probability .05 * (1 - d / .4), and with probability `waste` one more plate stands on a free cell of the kitchen, drawn
by chance. From .4 on nothing ripens and no plate is added. An episode begins just beyond, and with bare bushes. Walking
onto a ripe bush picks it (+1). `use` washes the first plate in each of three lines, ahead and beside that, five cells
far at most and not past anybody.

With `fine`, `use` is a beam, too, where somebody comes before any plate: it costs 1, whoever it hits loses `fine` and
is frozen. Plates stand in one's way, so that pictures and views show them as things; nobody picks them up.

What differs from published code: agents never share or swap cells, and nothing appears where somebody stands. The code
of sequential_social_dilemma_games tries all cells in turn with probability .5 until one is fouled, which is about one a
step (`waste=1`); Melting Pot and SocialJax draw one with probability .5, as here, but do so beyond the threshold, too,
and wait for 50 steps first.
"""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from worlds.checks import check_number
from worlds.compiler.apart import apart
from worlds.compiler.compile import rule
from worlds.expert.scripts import script
from worlds.expert.ways import NO_WAY, begin_way, first_step, go_before, go_onto
from worlds.levels.build import set_ground
from worlds.levels.bushes import pick_bushes
from worlds.objects import BARE_BUSH, COLOURS, HEADINGS, KIND, NAMES, OPAQUE, PLACE_FLOOR, RIPE_BUSH, look
from worlds.rules.chance import below, draw, unit
from worlds.rules.mechanics import mechanics
from worlds.rules.space import agent_at, ahead, col_of, first_ahead, item_on, lay_item, lift_item, place_at
from worlds.scenario import Rewards, Scenario
from worlds.state import (
    ABSENT,
    OK,
    OPTION_0,
    OPTION_1,
    RATE_0,
    RATE_1,
    RATE_2,
    RATE_3,
    RATE_4,
    RATE_5,
    TURN_LEFT,
    TURN_RIGHT,
    USE,
    WAIT,
    Sizes,
    State,
)

if TYPE_CHECKING:
    from worlds.levels.level import Level

REACH, FREEZE_STEPS = OPTION_0, OPTION_1
R_FRUIT, R_FIRE, R_HIT, DEPLETION, RIPENS, FOULS = RATE_0, RATE_1, RATE_2, RATE_3, RATE_4, RATE_5
MOST_AGENTS, LEAST_SIDE, MOST_SIDE = 8, 6, 21  # beyond, there may be more plates than a level has items
REACHES = 5  # cells
TENTHS = 4  # of the kitchen that are dirty where nothing ripens any more
DRAW_FOULS, DRAW_WHERE, TRIES, DRAW_RIPENS = 3000, 3001, 64, 3100  # numbers of draws within a step
TWENTY_ONE = np.uint64(21)  # bits of chance for each bush; three are in a draw
_MASK21, _2_21 = np.uint64((1 << 21) - 1), float(1 << 21)
LINES = (0, 1, 3)  # in which one washes: ahead, and those beside it on the right and on the left
DIRTY_PLATE = np.uint8(look(KIND["plate"], COLOURS.index("brown")))
# When scripts wash: from the first share of dirt on, and whoever is in the kitchen down to the second one.
COOPERATES, ON_DUTY, HELPS, DUTY = (0.2, 0.05), (0.0, 0.0), (0.25, 0.2), 100


@rule
def strip(side):
    """How many columns the kitchen has, on the left, and the garden on the right."""
    return side // 3


@rule
def plates(state, w):
    """Dirty plates."""
    n = 0
    for i in range(state.item_look.shape[1]):
        n += state.item_look[w, i] > 0
    return n


@rule
def dirt(state, w):
    """The share of the kitchen that is dirty."""
    side = state.item_at.shape[1]
    return plates(state, w) / np.float64(side * strip(side))


@mechanics
def household(state, w):
    """Washing up and beams, picking, then what ripens and what gets dirty."""
    for a in range(state.agent_cell.shape[1]):
        if state.last_act[w, a] == USE:
            wash(state, w, a)
    pick_bushes(state, w, state.rate[R_FRUIT])
    share = dirt(state, w)
    if share < state.rate[DEPLETION]:
        ripen(state, w, state.rate[RIPENS] * (1.0 - share / state.rate[DEPLETION]))
        if unit(draw(state.key[w], state.step[w], DRAW_FOULS)) < state.rate[FOULS]:
            foul(state, w)


@rule
def in_line(state, w, a, heading, beside):
    """What is first in a line of this heading: 0 the agent's own, 1 and 3 those on its right and left; a cell or -1."""
    cell = np.int64(state.agent_cell[w, a])
    if beside > 0:
        cell = ahead(state, w, cell, (heading + beside) & 3)
        if cell < 0 or place_at(state, w, cell) >= OPAQUE:
            return np.int64(-1)
    return first_ahead(state, w, cell, heading, state.option[REACH])


@rule
def wash(state, w, a):
    """Wash the first plate of each line; or, where there are fines and no plates, fire at who is ahead."""
    heading = state.heading[w, a]
    washed = False
    for beside in LINES:
        cell = in_line(state, w, a, heading, beside)
        if cell >= 0 and item_on(state, w, cell) > 0:
            item = lift_item(state, w, cell)
            state.item_look[w, item] = 0
            state.item_cell[w, item] = ABSENT
            washed = True
    if washed:
        state.outcome[w, a] = OK
    elif state.rate[R_HIT] < 0:
        state.outcome[w, a] = OK
        state.reward[w, a] += state.rate[R_FIRE]
        cell = in_line(state, w, a, heading, 0)
        hit = agent_at(state, w, cell) if cell >= 0 else np.int64(-1)
        if hit >= 0:
            state.reward[w, hit] += state.rate[R_HIT]
            state.frozen[w, hit] = state.option[FREEZE_STEPS]


@rule
def ripen(state, w, chance):
    """Each bare bush of the garden ripens by this chance; one that somebody stands on stays bare."""
    side = state.item_at.shape[1]
    wide = strip(side)
    least = np.uint64(chance * _2_21)
    bits = np.uint64(0)
    for i in range(side * wide):
        bits = bits >> TWENTY_ONE
        if i % 3 == 0:
            bits = draw(state.key[w], state.step[w], DRAW_RIPENS + i)
        if bits & _MASK21 < least:
            cell = i // wide << 8 | (side - wide + i % wide)
            if place_at(state, w, cell) == BARE_BUSH and agent_at(state, w, cell) < 0:
                set_ground(state, w, cell, np.uint8(RIPE_BUSH))


@rule
def foul(state, w):
    """One more plate, on a free cell of the kitchen: each is as likely."""
    side = state.item_at.shape[1]
    wide = strip(side)
    for item in range(state.item_look.shape[1]):
        if state.item_look[w, item] == 0:
            for t in range(TRIES):
                i = below(draw(state.key[w], state.step[w], DRAW_WHERE + t), side * wide)
                cell = i // wide << 8 | i % wide
                is_floor = PLACE_FLOOR[place_at(state, w, cell)]
                if is_floor and agent_at(state, w, cell) < 0 and item_on(state, w, cell) == 0:
                    state.item_look[w, item] = DIRTY_PLATE
                    lay_item(state, w, item, cell)
                    return
            return


# ---- scripts -------------------------------------------------------------------------------------------
@script
def expert(state, w, a, scratch):
    """One washes up, everybody in turn; the others pick, and help where it is not enough."""
    agents = state.agent_cell.shape[1]
    if (a + state.step[w] // DUTY) % agents == 0:
        return keep_house(state, w, a, scratch, ON_DUTY[0], ON_DUTY[1])
    return keep_house(state, w, a, scratch, HELPS[0], HELPS[1])


@script
def cooperate(state, w, a, scratch):
    """Washes up whenever the kitchen is dirty, whoever else does, and picks in between."""
    return keep_house(state, w, a, scratch, COOPERATES[0], COOPERATES[1])


@script
def defect(state, w, a, scratch):
    """Picks, and leaves the washing up to others."""
    return pick(state, w, a, scratch)


@rule
def keep_house(state, w, a, scratch, from_share, to_share):
    """Wash up from one share of dirt on, and who is in the kitchen down to the other; else pick."""
    side = state.item_at.shape[1]
    share = dirt(state, w)
    is_there = col_of(state.agent_cell[w, a]) <= strip(side)
    if share > (to_share if is_there else from_share):
        return wash_up(state, w, a, scratch)
    return pick(state, w, a, scratch)


@apart
def wash_up(state, w, a, scratch):
    """Wash what is ahead, turn to what is beside, or go to the nearest plate."""
    for turn, act in ((0, USE), (1, TURN_RIGHT), (3, TURN_LEFT)):
        for beside in LINES:
            cell = in_line(state, w, a, (state.heading[w, a] + turn) & 3, beside)
            if cell >= 0 and item_on(state, w, cell) > 0:
                return np.int64(act)
    begin_way(state, w, a, scratch)
    for i in range(state.item_cell.shape[1]):
        if state.item_cell[w, i] >= 0:
            go_before(state, scratch, state.item_cell[w, i])
    act = first_step(state, w, a, scratch)
    return np.int64(WAIT) if act < 0 else act


@apart
def pick(state, w, a, scratch):
    """Go to the nearest ripe bush; where there is none, wait in the garden. Whom plates shut in washes a way out."""
    side = state.item_at.shape[1]
    begin_way(state, w, a, scratch)
    found = False
    for is_sought in (RIPE_BUSH, BARE_BUSH):
        if not found:
            for row in range(side):
                for col in range(side - strip(side), side):
                    if place_at(state, w, row << 8 | col) == is_sought:
                        go_onto(state, scratch, row << 8 | col)
                        found = True
    act = first_step(state, w, a, scratch)
    if act == NO_WAY:
        return wash_up(state, w, a, scratch)
    return np.int64(WAIT) if act < 0 else act


# ---- levels --------------------------------------------------------------------------------------------
def most_plates(side: int) -> int:
    """How many plates there may be: one more than the threshold allows for anything to ripen."""
    return TENTHS * side * (side // 3) // 10 + 1


def kitchen(agents: int, seed: int, side: int, steps: int) -> "Level":
    """A kitchen full of dirty plates, grass with agents on it, a garden of bare bushes."""
    from worlds.levels.level import AgentStart, Item, Level

    rng = np.random.default_rng(seed)
    wide = side // 3
    row = "k" * wide + "g" * (side - 2 * wide) + "," * wide
    dirty = rng.permutation(side * wide)[: most_plates(side)]
    grass = rng.permutation(side * (side - 2 * wide))[:agents]
    items = tuple(Item("plate", "brown", int(i) // wide, int(i) % wide) for i in dirty)
    starts = tuple(
        AgentStart(
            NAMES[a], int(i) // (side - 2 * wide), wide + int(i) % (side - 2 * wide),
            HEADINGS[int(rng.integers(4))],
        )
        for a, i in enumerate(grass)
    )  # fmt: skip
    return Level((row,) * side, starts, items=items, step_limit=steps)


def kitchens(n: int, seed: int, agents: int, side: int, steps: int) -> State:
    """A bank of n levels."""
    from worlds.levels.bank import bank_of

    sizes = Sizes(side, agents, most_plates(side), 0, 5)
    return bank_of([kitchen(agents, seed * 1_000_003 + i, side, steps) for i in range(n)], sizes=sizes)


def scenario(
    agents: int = 3,  # who wash up or pick
    side: int = 9,  # cells from edge to edge
    steps: int = 500,  # of an episode
    waste: float = 0.5,  # chance of one more dirty plate at a step
    fine: float = 0.0,  # what a beam costs whom it hits; 0: no beam
    freeze: int = 25,  # steps for which a beam sends somebody away
    view: int = 7,  # cells along a side of what an agent sees: 5, 7, 9 or 11
    calls: int = 0,  # different calls that minds that learn can make; 0: none
) -> Scenario:
    """`waste` is how likely a plate is added at a step; `fine` what whoever a beam hits loses, 0 for no beam."""
    from worlds.levels.level import MAX_STEPS

    for name, value, least, most in (
        ("agents", agents, 1, MOST_AGENTS), ("side", side, LEAST_SIDE, MOST_SIDE), ("steps", steps, 1, MAX_STEPS),
        ("freeze", freeze, 0, MAX_STEPS),
    ):  # fmt: skip
        check_number(name, value, least, most)
    check_number("waste", waste, 0, 1, whole=False)
    check_number("fine", fine, 0, 1000, whole=False)
    return Scenario(
        name="dirty_kitchen",
        summary="Nothing ripens in the garden while the kitchen is dirty: who washes up, who picks?",
        agents=NAMES[:agents],
        draw=partial(kitchens, agents=agents, side=side, steps=steps),
        rewards=Rewards(success=0.0),
        view=view,
        calls=calls,
        occluded=False,
        needs_done=False,
        acts=("wait", "turn left", "turn right", "forward", "use"),
        mechanics=household,
        scripts=(expert, cooperate, defect),
        options=(REACHES, freeze),
        rates=(1.0, -1.0, -fine, TENTHS / 10, 0.05, waste),
    )
