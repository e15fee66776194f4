"""coins: two agents gather coins, a red and a blue one at a time; taking the other's colour costs the other two.

The coin game of Lerer and Peysakhovich (2018, arXiv 1707.01068), on their board of five by five. Ann is red and Bob is
blue, and coins are rugs of these colours, for these can be walked onto: whoever walks onto a coin takes it (+1); of the
other's colour, the other one loses 2. A coin that was taken appears on another cell, each free one as likely.

What differs: there is a coin of each colour at any time (as in the versions of Lu et al. 2022), agents turn and walk
instead of stepping any way, never share a cell, and no coin appears under anybody.
"""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from worlds.checks import check_number
from worlds.compiler.apart import apart
from worlds.compiler.compile import rule
from worlds.expert.scripts import script
from worlds.expert.ways import begin_way, go_onto, keep_off, way_act
from worlds.levels.build import move_fixture
from worlds.objects import COLOURS, HEADINGS, NAMES, PLACE_COLOUR, PLACE_FLOOR
from worlds.rules.chance import below, draw
from worlds.rules.mechanics import mechanics
from worlds.rules.space import agent_at, fixture_on, place_at
from worlds.scenario import Rewards, Scenario
from worlds.state import FORWARD, OK, RATE_0, RATE_1, Sizes, State

if TYPE_CHECKING:
    from worlds.levels.level import Level

R_COIN, R_TAKEN = RATE_0, RATE_1
AGENTS, COINS, LEAST_SIDE, MOST_SIDE = 2, 2, 3, 11
COIN_COLOURS = ("red", "blue")  # of the first agent and of the second, as they are drawn
DRAW_WHERE, TRIES = 4000, 256  # numbers of draws within a step, for each coin
RED = COLOURS.index("red")


@rule
def owner(state, w, coin):
    """Whose colour a coin has."""
    colour = PLACE_COLOUR[place_at(state, w, state.fixture_cell[w, coin])]
    return np.int64(0 if colour == RED else 1)


@mechanics
def gather(state, w):
    """Coins that were walked onto are taken, and appear elsewhere."""
    for a in range(AGENTS):
        if state.last_act[w, a] == FORWARD and state.outcome[w, a] == OK:
            coin = fixture_on(state, w, state.agent_cell[w, a]) - 1
            if coin >= 0:
                state.reward[w, a] += state.rate[R_COIN]
                if owner(state, w, coin) != a:
                    state.reward[w, 1 - a] += state.rate[R_TAKEN]
                toss(state, w, coin)


@rule
def toss(state, w, coin):
    """Move a coin to a free cell, each as likely."""
    side = state.item_at.shape[1]
    for t in range(TRIES):
        i = below(draw(state.key[w], state.step[w], DRAW_WHERE + TRIES * coin + t), side * side)
        cell = i // side << 8 | i % side
        if PLACE_FLOOR[place_at(state, w, cell)] and agent_at(state, w, cell) < 0:
            move_fixture(state, w, coin, cell)
            return


# ---- scripts -------------------------------------------------------------------------------------------
@script
def expert(state, w, a, scratch):
    """Takes its own coin only: another one earns it 1 and costs 2."""
    return seek(state, w, a, scratch, np.bool_(True))


@script
def cooperate(state, w, a, scratch):
    """Takes its own coin only, as the expert does."""
    return seek(state, w, a, scratch, np.bool_(True))


@script
def defect(state, w, a, scratch):
    """Takes the nearest coin, whosever it is."""
    return seek(state, w, a, scratch, np.bool_(False))


@apart
def seek(state, w, a, scratch, is_considerate):
    """Go onto the nearest coin, or onto one's own only and round the other's."""
    begin_way(state, w, a, scratch)
    for coin in range(COINS):
        cell = state.fixture_cell[w, coin]
        if not is_considerate or owner(state, w, coin) == a:
            go_onto(state, scratch, cell)
        elif cell != state.agent_cell[w, a]:
            keep_off(state, scratch, cell)
    return way_act(state, w, a, scratch)


# ---- levels --------------------------------------------------------------------------------------------
def board(seed: int, side: int, steps: int) -> "Level":
    """An empty floor, two agents and two coins on cells drawn by chance."""
    from worlds.levels.level import AgentStart, Fixture, Level

    rng = np.random.default_rng(seed)
    cells = [divmod(int(i), side) for i in rng.permutation(side * side)[: AGENTS + COINS]]
    starts = tuple(AgentStart(NAMES[a], *cells[a], HEADINGS[int(rng.integers(4))]) for a in range(AGENTS))
    coins = tuple(Fixture("rug", COIN_COLOURS[c], "", *cells[AGENTS + c]) for c in range(COINS))
    return Level(("." * side,) * side, starts, fixtures=coins, step_limit=steps)


def boards(n: int, seed: int, side: int, steps: int) -> State:
    """A bank of n levels."""
    from worlds.levels.bank import bank_of

    sizes = Sizes(side, AGENTS, 0, COINS, 5)
    return bank_of([board(seed * 1_000_003 + i, side, steps) for i in range(n)], sizes=sizes)


def scenario(
    agents: int = 2,  # two, one for each colour
    side: int = 5,  # cells from edge to edge
    steps: int = 100,  # of an episode
    view: int = 7,  # cells along a side of what an agent sees: 5, 7, 9 or 11
) -> Scenario:
    """`agents` are two, one for each colour."""
    from worlds.levels.level import MAX_STEPS

    for name, value, least, most in (
        ("agents", agents, AGENTS, AGENTS), ("side", side, LEAST_SIDE, MOST_SIDE), ("steps", steps, 1, MAX_STEPS),
    ):  # fmt: skip
        check_number(name, value, least, most)
    return Scenario(
        name="coins",
        summary="Coins of two colours: taking the other's costs the other more than it is worth.",
        agents=NAMES[:AGENTS],
        draw=partial(boards, side=side, steps=steps),
        rewards=Rewards(success=0.0),
        view=view,
        occluded=False,
        needs_done=False,
        acts=("wait", "turn left", "turn right", "forward"),
        mechanics=gather,
        scripts=(expert, cooperate, defect),
        rates=(1.0, -2.0),
    )
