"""coins: two agents gather coins, a red and a blue one at a time; taking the other's colour costs the other two.

The coin game of Lerer and Peysakhovich (2018, arXiv 1707.01068), on their board of five by five. Ann is red and Bob is
blue, and coins are rugs of these colours, for these can be walked onto: whoever walks onto a coin takes it (+1); of the
other's colour, the other one loses 2. A coin that was taken appears on another cell, each free one as likely.

What differs: there is a coin of each colour at any time (as in the versions of Lu et al. 2022), agents turn and walk
instead of stepping any way, never share a cell, and no coin appears under anybody.

With `likes`, agents differ in what coins are worth to them, as in the CoinGrid of PsiPhi-Learning (Filos et al. 2021,
arXiv 2102.12560): seven by seven, three kinds, and nobody pays for what others take.
"""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from worlds.checks import check_choice, check_number
from worlds.compiler.apart import apart
from worlds.compiler.compile import rule
from worlds.expert.maps import NO, clear_targets
from worlds.expert.paths import search, trace
from worlds.expert.scripts import script
from worlds.expert.ways import begin_way, go_onto, keep_off, way_act
from worlds.levels.build import move_fixture
from worlds.objects import COLOURS, HEADINGS, NAMES, PLACE_COLOUR, PLACE_FLOOR
from worlds.rules.chance import below, draw
from worlds.rules.mechanics import mechanics
from worlds.rules.space import agent_at, fixture_on, place_at
from worlds.scenario import Rewards, Scenario
from worlds.state import FORWARD, OK, OPTION_0, RATE_0, RATE_6, RATE_7, WAIT, Sizes, State

if TYPE_CHECKING:
    from worlds.levels.level import Level

R_COIN, R_TAKEN, PATIENCE = (
    RATE_0,
    RATE_6,
    RATE_7,
)  # R_COIN + 3 a + kind; PATIENCE: what a coin keeps for each step to it
BY_TASTE = OPTION_0  # does the expert go by what it likes, or by whose a coin is
AGENTS, MOST_KINDS, MOST_EACH, LEAST_SIDE, MOST_SIDE = 2, 3, 4, 3, 11
COIN_COLOURS = ("red", "blue", "green")  # the first is the first agent's, the second the second's
DRAW_WHERE, TRIES = 4000, 256  # numbers of draws within a step, for each coin
RED, BLUE = COLOURS.index("red"), COLOURS.index("blue")


@rule
def kind(state, w, coin):
    """The number of a coin's colour; the first two are agents' own."""
    colour = PLACE_COLOUR[place_at(state, w, state.fixture_cell[w, coin])]
    return np.int64(0 if colour == RED else 1 if colour == BLUE else 2)


@rule
def liking(state, w, a, coin):
    """What a coin is worth to an agent."""
    return state.rate[R_COIN + MOST_KINDS * a + kind(state, w, coin)]


@mechanics
def gather(state, w):
    """Coins that were walked onto are taken, and appear elsewhere."""
    agents = state.agent_cell.shape[1]
    for a in range(agents):
        if state.last_act[w, a] == FORWARD and state.outcome[w, a] == OK:
            coin = fixture_on(state, w, state.agent_cell[w, a]) - 1
            if coin >= 0:
                whose = kind(state, w, coin)
                state.reward[w, a] += liking(state, w, a, coin)
                if whose != a and whose < agents:
                    state.reward[w, whose] += state.rate[R_TAKEN]
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
    """Takes its own coin only: another one earns it 1 and costs 2. With `likes`, goes by them."""
    if state.option[BY_TASTE]:
        return seek_liked(state, w, a, scratch)
    return seek(state, w, a, scratch, np.bool_(True))


@script
def cooperate(state, w, a, scratch):
    """Takes its own coin only."""
    return seek(state, w, a, scratch, np.bool_(True))


@script
def defect(state, w, a, scratch):
    """Takes the nearest coin, whosever it is."""
    return seek(state, w, a, scratch, np.bool_(False))


@apart
def seek(state, w, a, scratch, is_considerate):
    """Go onto the nearest coin, or onto one's own only and round the other's."""
    begin_way(state, w, a, scratch)
    for coin in range(state.fixture_cell.shape[1]):
        cell = state.fixture_cell[w, coin]
        if not is_considerate or kind(state, w, coin) == a:
            go_onto(state, scratch, cell)
        elif cell != state.agent_cell[w, a]:
            keep_off(state, scratch, cell)
    return way_act(state, w, a, scratch)


@apart
def seek_liked(state, w, a, scratch):
    """Go onto the coin that is worth most, less for each step to it, round those that are disliked; or wait."""
    best, worth = np.int64(-1), 0.0
    begin_way(state, w, a, scratch)
    for coin in range(state.fixture_cell.shape[1]):
        if liking(state, w, a, coin) < 0:
            keep_off(state, scratch, state.fixture_cell[w, coin])
    for coin in range(state.fixture_cell.shape[1]):
        value = liking(state, w, a, coin)
        if value > worth:
            clear_targets(state, scratch)
            go_onto(state, scratch, state.fixture_cell[w, coin])
            stance = search(state, w, a, scratch, NO)
            if stance >= 0:
                value *= state.rate[PATIENCE] ** (trace(scratch, stance) - 1)
                if value > worth:
                    best, worth = np.int64(coin), value
    if best < 0:
        return np.int64(WAIT)
    clear_targets(state, scratch)
    go_onto(state, scratch, state.fixture_cell[w, best])
    return way_act(state, w, a, scratch)


# ---- levels --------------------------------------------------------------------------------------------
def board(seed: int, agents: int, side: int, kinds: int, each: int, steps: int) -> "Level":
    """An empty floor, agents and coins on cells drawn by chance."""
    from worlds.levels.level import AgentStart, Fixture, Level

    rng = np.random.default_rng(seed)
    cells = [divmod(int(i), side) for i in rng.permutation(side * side)[: agents + kinds * each]]
    starts = tuple(AgentStart(NAMES[a], *cells[a], HEADINGS[int(rng.integers(4))]) for a in range(agents))
    coins = tuple(
        Fixture("rug", COIN_COLOURS[c // each], "", *cells[agents + c]) for c in range(kinds * each)
    )
    return Level(("." * side,) * side, starts, fixtures=coins, step_limit=steps)


def boards(n: int, seed: int, agents: int, side: int, kinds: int, each: int, steps: int) -> State:
    """A bank of n levels."""
    from worlds.levels.bank import bank_of

    sizes = Sizes(side, agents, 0, kinds * each, 5)
    levels = [board(seed * 1_000_003 + i, agents, side, kinds, each, steps) for i in range(n)]
    return bank_of(levels, sizes=sizes)


def scenario(
    agents: int = 2,  # one for each colour of coins
    side: int = 5,  # cells from edge to edge
    kinds: int = 2,  # colours of coins
    each: int = 1,  # coins of a colour
    likes: str = "",  # what coins are worth to whom, as in red:1,green:-1/green:1; without, 1 each
    costs: float = 2.0,  # what an agent loses when another one takes a coin of its own colour
    steps: int = 100,  # of an episode
    view: int = 7,  # cells along a side of what an agent sees: 5, 7, 9 or 11
) -> Scenario:
    """`likes` says what coins are worth to whom, as in red:1,green:-1/green:1, a part for each agent; without, 1 each.

    `costs` is what an agent loses when another one takes a coin of its own colour. There are `each` coins of a kind.
    """
    from worlds.levels.level import MAX_STEPS

    for name, value, least, most in (
        ("agents", agents, 1, AGENTS), ("side", side, LEAST_SIDE, MOST_SIDE), ("kinds", kinds, 1, MOST_KINDS),
        ("each", each, 1, MOST_EACH), ("steps", steps, 1, MAX_STEPS),
    ):  # fmt: skip
        check_number(name, value, least, most)
    check_number("costs", costs, 0, 1000, whole=False)
    if agents + kinds * each > side * side:
        raise ValueError(
            f"{agents} agents and {kinds} x {each} coins do not fit on {side} x {side} cells: take fewer of them"
        )
    return Scenario(
        name="coins",
        summary="Coins of two colours: taking the other's costs the other more than it is worth.",
        agents=NAMES[:agents],
        draw=partial(boards, agents=agents, side=side, kinds=kinds, each=each, steps=steps),
        rewards=Rewards(success=0.0),
        view=view,
        occluded=False,
        needs_done=False,
        acts=("wait", "turn left", "turn right", "forward"),
        mechanics=gather,
        scripts=(expert, cooperate, defect),
        options=(int(bool(likes)),),
        rates=(*read_likes(likes, agents, kinds), -costs, 0.9),
    )


def read_likes(text: str, agents: int, kinds: int) -> tuple[float, ...]:
    """What each kind of coin is worth to each of two agents, three numbers for each.

    Raises:
        ValueError: the text does not say so.
    """
    if not text:
        return (1.0,) * (AGENTS * MOST_KINDS)
    parts = text.split("/")
    if len(parts) != agents:
        raise ValueError(
            f"likes is {text!r}: {len(parts)} agents are told and there are {agents}; put / between agents, as in "
            "red:1/blue:1"
        )
    rates = np.zeros((AGENTS, MOST_KINDS))
    for a, part in enumerate(parts):
        for words in filter(None, part.split(",")):
            colour, _, number = words.partition(":")
            check_choice(f"likes {text!r}: a colour", colour, COIN_COLOURS[:kinds])
            try:
                rates[a, COIN_COLOURS.index(colour)] = float(number)
            except ValueError:
                raise ValueError(
                    f"likes {text!r}: {words!r} has no number; say what a colour is worth, as in {colour}:1"
                ) from None
    check_number(f"likes {text!r}: the greatest number", float(np.abs(rates).max()), 0, 1000, whole=False)
    return tuple(rates.ravel().tolist())
