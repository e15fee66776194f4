"""routine_cycle: a few chores that look alike, due one after another in a circle that nobody is told.

GoalCycle of Ndousse et al. (2021, arXiv 2010.00581), with the rules of its code (marlgrid). A chore is a rug that one
steps onto. The first one that an agent does is right, whichever it is; then only its successor in the circle is, for
a reward of 1. Any other, the same one again among them, costs `penalty`, and the one that is due stays due. Agents walk
through each other, so that one can follow another closely.

Prestige: with `hats`, each agent wears a hat whose colour says how well it did of late. What it earns is added up and
fades by 5 % a step; a loss sets it to nothing. The hat is red below 1/3 of tanh(prestige / 2), purple below 2/3, then
blue.
"""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from worlds.checks import check_number
from worlds.compiler.compile import rule
from worlds.expert.scripts import script
from worlds.expert.ways import begin_way, go_onto, go_round, way_act
from worlds.generators.grounds import free_cells, ground, is_connected
from worlds.objects import COLOURS, HEADINGS, KIND, MAX_SIDE, NAMES, look
from worlds.rules.acts import nth, order_of
from worlds.rules.chance import below, draw
from worlds.rules.mechanics import mechanics
from worlds.rules.space import fixture_on
from worlds.scenario import Rewards, Scenario
from worlds.state import FORWARD, OK, OPTION_0, OPTION_1, RATE_0, RATE_1, Sizes, State

if TYPE_CHECKING:
    from worlds.levels.level import Level

CHORES, HATS = OPTION_0, OPTION_1
R_CHORE, R_WRONG = RATE_0, RATE_1
MOST_AGENTS, FEWEST_CHORES, MOST_CHORES, LEAST_SIDE = 8, 3, 6, 5
# Registers of each agent: 1 + the chore it did last that was right; its prestige, in thousandths; for `explorer`, which
# tried ones are wrong now (bits), and 1 + what it knows to follow each chore (4 bits for each); for `decoy`, 1 + the
# chore that it was at last.
LAST, PRESTIGE, TRIED, KNOWN, AT = range(5)
FADES, SOME, MUCH = 0.95, 693, 1609  # tanh(prestige / 2) is 1/3 and 2/3 at ln 2 and ln 5
DRAW_CIRCLE, DRAW_FIRST = 2000, 2001
HAT = np.array([look(KIND["hat"], COLOURS.index(colour)) for colour in ("red", "purple", "blue")], np.uint8)


@rule
def successor(state, w, chore):
    """The chore that follows another one in the circle of this episode."""
    n = state.option[CHORES]
    order = order_of(draw(state.key[w], 0, DRAW_CIRCLE), n)
    for k in range(n):
        if nth(order, k) == chore:
            return nth(order, (k + 1) % n)
    return np.int64(0)


@rule
def predecessor(state, w, chore):
    """The chore that another one follows."""
    for before in range(state.option[CHORES]):
        if successor(state, w, before) == chore:
            return np.int64(before)
    return np.int64(0)


@mechanics
def routine(state, w):
    """Chores that were stepped onto, and prestige."""
    do_routine(state, w)


@rule
def do_routine(state, w):
    """As `routine`, to be called by the mechanics of others."""
    for a in range(state.agent_cell.shape[1]):
        earned = 0.0
        if state.last_act[w, a] == FORWARD and state.outcome[w, a] == OK and state.active[w, a]:
            chore = fixture_on(state, w, state.agent_cell[w, a]) - 1
            if chore >= 0:
                earned = do_chore(state, w, a, chore)
                state.own_memory[w, a, AT] = chore + 1
        state.reward[w, a] += earned
        prestige = np.float64(state.own_memory[w, a, PRESTIGE])
        prestige = 0.0 if earned < 0 else (prestige + 1000.0 * earned) * FADES
        state.own_memory[w, a, PRESTIGE] = np.int32(prestige)
        if state.option[HATS] != 0 and state.hand[w, a] > 0:
            rank = np.int64(prestige >= SOME) + np.int64(prestige >= MUCH)
            state.item_look[w, state.hand[w, a] - 1] = HAT[rank]


@rule
def do_chore(state, w, a, chore):
    """Agent `a` does a chore; returns what that earns."""
    last = np.int64(state.own_memory[w, a, LAST]) - 1
    if last >= 0 and successor(state, w, last) != chore:
        state.own_memory[w, a, TRIED] |= 1 << chore
        return state.rate[R_WRONG]
    if last >= 0:
        known = np.int64(state.own_memory[w, a, KNOWN]) & ~(np.int64(15) << 4 * last)
        state.own_memory[w, a, KNOWN] = known | (chore + 1) << 4 * last
    state.own_memory[w, a, LAST] = chore + 1
    state.own_memory[w, a, TRIED] = 0
    return state.rate[R_CHORE]


@rule
def first_chore(state, w, a):
    """The chore that a script begins with, drawn by chance."""
    return below(draw(state.key[w], 0, DRAW_FIRST + a), state.option[CHORES])


@rule
def go_to_chore(state, w, a, scratch, chore):
    """The act that begins the shortest way to a chore, round all others."""
    begin_way(state, w, a, scratch)
    for other in range(state.option[CHORES]):
        go_round(state, scratch, state.fixture_cell[w, other])
    go_onto(state, scratch, state.fixture_cell[w, chore])
    return way_act(state, w, a, scratch)


@script
def expert(state, w, a, scratch):
    """Knows the circle, and goes round it the shortest way."""
    last = np.int64(state.own_memory[w, a, LAST]) - 1
    chore = first_chore(state, w, a) if last < 0 else successor(state, w, last)
    return go_to_chore(state, w, a, scratch, chore)


@script
def decoy(state, w, a, scratch):
    """Goes round the circle the wrong way, and does not mind what it costs."""
    at = np.int64(state.own_memory[w, a, AT]) - 1
    chore = first_chore(state, w, a) if at < 0 else predecessor(state, w, at)
    return go_to_chore(state, w, a, scratch, chore)


@script
def explorer(state, w, a, scratch):
    """Does not know the circle: tries the nearest chore that may be due, and remembers what was right."""
    last = np.int64(state.own_memory[w, a, LAST]) - 1
    known = np.int64(state.own_memory[w, a, KNOWN])
    tried = np.int64(state.own_memory[w, a, TRIED])
    begin_way(state, w, a, scratch)
    for chore in range(state.option[CHORES]):
        go_round(state, scratch, state.fixture_cell[w, chore])
    follows = (known >> 4 * last & 15) - 1 if last >= 0 else np.int64(-1)
    for chore in range(state.option[CHORES]):
        is_next = chore == follows
        if follows < 0:
            is_next = chore != last and tried >> chore & 1 == 0
            for before in range(state.option[CHORES]):  # what follows another one does not follow this one
                if (known >> 4 * before & 15) == chore + 1:
                    is_next = False
            if last < 0:
                is_next = chore == first_chore(state, w, a)
        if is_next:
            go_onto(state, scratch, state.fixture_cell[w, chore])
    return way_act(state, w, a, scratch)


def routine_level(
    seed: int, agents: int, chores: int, side: int, layout: str, hats: bool, steps: int
) -> "Level":
    """Rugs that look alike, and agents, on a ground of this layout."""
    from worlds.levels.level import AgentStart, Fixture, Item, Level

    rng = np.random.default_rng(seed)
    while True:  # until chores can be walked round
        cells = ground(layout, side, rng)
        places = free_cells(cells, ".", chores + agents, rng)
        rest = cells == "."
        for row, col in places[:chores]:
            rest[row, col] = False
        if is_connected(rest):
            break
    rugs = [Fixture("rug", "brown", "", row, col) for row, col in places[:chores]]
    starts = [
        AgentStart(NAMES[a], row, col, HEADINGS[int(rng.integers(4))])
        for a, (row, col) in enumerate(places[chores:])
    ]
    worn = [Item("hat", "red", holder=a) for a in range(agents)] if hats else []
    return Level(
        tuple("".join(row) for row in cells), tuple(starts), fixtures=tuple(rugs), items=tuple(worn),
        step_limit=steps,
    )  # fmt: skip


def routines(
    n: int, seed: int, agents: int, chores: int, side: int, layout: str, hats: bool, steps: int
) -> State:
    """A bank of n levels."""
    from worlds.levels.bank import bank_of

    sizes = Sizes(side, agents, agents if hats else 0, chores, 5)
    levels = [
        routine_level(seed * 1_000_003 + i, agents, chores, side, layout, hats, steps) for i in range(n)
    ]
    return bank_of(levels, sizes=sizes)


def scenario(
    agents: int = 2,  # who do chores
    chores: int = 4,  # in the circle
    side: int = 9,  # cells from edge to edge
    layout: str = "room",  # room, clutter, four rooms or maze
    penalty: float = 1.5,  # what a chore costs that is not due
    hats: bool = True,  # worn, and their colour shows prestige
    steps: int = 100,  # of an episode
    view: int = 7,  # cells along a side of what an agent sees: 5, 7, 9 or 11
) -> Scenario:
    """`chores` is how many there are; `layout` one of room, clutter, four rooms and maze; `hats` show prestige."""
    from worlds.levels.level import MAX_STEPS

    for name, value, least, most in (
        ("agents", agents, 1, MOST_AGENTS), ("chores", chores, FEWEST_CHORES, MOST_CHORES),
        ("side", side, LEAST_SIDE, MAX_SIDE), ("steps", steps, 1, MAX_STEPS),
    ):  # fmt: skip
        check_number(name, value, least, most)
    return Scenario(
        name="routine_cycle",
        summary="Chores that look alike, due in a circle that nobody is told.",
        agents=NAMES[:agents],
        draw=partial(
            routines, agents=agents, chores=chores, side=side, layout=layout, hats=hats, steps=steps
        ),
        rewards=Rewards(success=0.0),
        view=view,
        occluded=layout != "room",
        pass_through=True,
        needs_done=False,
        acts=("wait", "turn left", "turn right", "forward"),
        mechanics=routine,
        scripts=(expert, decoy, explorer),
        prestige=PRESTIGE,
        options=(chores, int(hats)),
        rates=(1.0, -penalty),
    )
