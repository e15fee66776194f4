"""set_table: two cook and lay the table: fetch, cut, cook, plate, serve. Each has but one hand.

A kitchen as in Overcooked (Carroll et al. 2019, arXiv 1910.05789), with a longer recipe, all of it in view:
    a red apple      lies in the basket; the next one comes when it was taken
    a yellow apple   is cut: `use` before the board (the blue table) on which a red apple lies
    a yellow bowl    is cooked: a yellow apple on the hot plate (the red table) while the stove beside it is on; `use`
                     switches the stove, which goes off by itself when the meal is done
    a white plate    lies on the shelf; the next one comes when it was taken
    a yellow plate   is a dish: `use` with a white plate before a yellow bowl
A dish that is put down on the dining table (brown) is served: everybody earns 1. Grey tables are counters. There are
never more than FOODS apples and bowls, and PLATES plates, lying or carried; a bowl becomes an apple of the basket again
when it was plated, a plate one of the shelf when it was served.
"""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from worlds.checks import check_choice, check_number
from worlds.compiler.apart import apart
from worlds.compiler.compile import cold, rule
from worlds.expert.clauses import NEAR_AGENT, yields
from worlds.expert.maps import REACH, WALK, clear_targets, flood, is_beside_marked, spot_of
from worlds.expert.scripts import script
from worlds.expert.ways import ARRIVED, NO_WAY, begin_way, first_step, go_before, go_onto
from worlds.objects import COLOURS, HEADINGS, KIND, NAMES, OPEN, SHUT, look, place
from worlds.rules.acts import nth, order_of
from worlds.rules.chance import draw
from worlds.rules.mechanics import mechanics
from worlds.rules.space import (
    ahead,
    distance,
    fixture_on,
    item_on,
    lay_item,
    lift_item,
    paint,
    place_at,
    show_item,
)
from worlds.scenario import Rewards, Scenario
from worlds.state import (
    ABSENT,
    NO_USE,
    OK,
    OPTION_0,
    PLACE_PLANE,
    PUT,
    RATE_0,
    RATE_1,
    TAKE,
    USE,
    WAIT,
    Sizes,
    State,
)

if TYPE_CHECKING:
    from worlds.levels.level import Level

COOKING_STEPS = OPTION_0
R_DISH, R_SHAPING = RATE_0, RATE_1
# Registers: dishes served; how long the apple on the hot plate was heated; 1 + the cells of what stands here.
SERVED, HEAT, AT_BASKET, AT_SHELF, AT_DINING, AT_HOT_PLATE, AT_STOVE = range(7)
FOODS, PLATES = 4, 3
DRAW_USERS = 1000  # draw that decides who comes first of two who use something


def _look(kind: str, colour: str) -> int:
    return look(KIND[kind], COLOURS.index(colour))


def _place(kind: str, colour: str = "red", state: int = 0) -> int:
    return place(KIND[kind], state, COLOURS.index(colour))


RAW, CUT, MEAL = _look("apple", "red"), _look("apple", "yellow"), _look("bowl", "yellow")
PLATE, DISH = _look("plate", "white"), _look("plate", "yellow")
BASKET, BOARD, HOT_PLATE = _place("basket", "brown"), _place("table", "blue"), _place("table", "red")
SHELF, DINING, COUNTER = _place("shelf", "white"), _place("table", "brown"), _place("table", "grey")
STOVE_OFF, STOVE_ON = _place("stove", state=SHUT), _place("stove", state=OPEN)
# Kitchens: "a" and "b" are floors on which only the first, only the second agent starts.
FIXTURES = {
    "B": ("basket", "brown", ""), "C": ("table", "blue", ""), "H": ("table", "red", ""), "P": ("shelf", "white", ""),
    "S": ("stove", "", "switched-off"), "T": ("table", "brown", ""), "X": ("table", "grey", ""),
}  # fmt: skip
KITCHENS = {
    "open": ("##B#C##", "X.....#", "P.....S", "X.....H", "#.....#", "##XTX##"),
    "divided": ("##C####", "BaaXbb#", "#aaXbbS", "PaaXbbH", "#aaXbb#", "#####T#"),
    "ring": ("##B#C##", "#.....#", "#.XXX.P", "#.X#X.#", "S.XXX.#", "H.....#", "###T###"),
}
EXCHANGED = {"open": "BCPT", "divided": "BCP", "ring": "BCPT"}  # change places in kitchens that are drawn
SIDE = 7


# ---- rules -------------------------------------------------------------------------------------------
@mechanics
def kitchen(state, w):
    """What was used, what is on the stove, what is served, what is fetched next: after the moves of a step."""
    if state.step[w] == 0:
        note_places(state, w)
    agents = state.agent_cell.shape[1]
    users = 0
    for a in range(agents):
        users += state.last_act[w, a] == USE and state.outcome[w, a] == NO_USE
    if users > 0:
        order = order_of(draw(state.key[w], state.step[w], DRAW_USERS), agents)
        for k in range(agents):
            a = nth(order, k)
            if state.last_act[w, a] == USE and state.outcome[w, a] == NO_USE:
                work_at(state, w, a)
    if state.memory[w, AT_HOT_PLATE] > 0:
        cook(state, w, state.memory[w, AT_HOT_PLATE] - 1, state.memory[w, AT_STOVE] - 1)
    if state.memory[w, AT_DINING] > 0:
        serve(state, w, state.memory[w, AT_DINING] - 1)
    if state.memory[w, AT_BASKET] > 0:
        supply(state, w, state.memory[w, AT_BASKET] - 1, RAW, FOODS)
    if state.memory[w, AT_SHELF] > 0:
        supply(state, w, state.memory[w, AT_SHELF] - 1, PLATE, PLATES)


@cold
def note_places(state, w):
    """Note where the things of this kitchen stand, before the first step changes any."""
    for f in range(state.fixture_cell.shape[1]):
        cell = state.fixture_cell[w, f]
        if cell >= 0:
            kind = place_at(state, w, cell)
            if kind == BASKET:
                state.memory[w, AT_BASKET] = cell + 1
            elif kind == SHELF:
                state.memory[w, AT_SHELF] = cell + 1
            elif kind == DINING:
                state.memory[w, AT_DINING] = cell + 1
            elif kind == HOT_PLATE:
                state.memory[w, AT_HOT_PLATE] = cell + 1
            elif kind == STOVE_OFF or kind == STOVE_ON:
                state.memory[w, AT_STOVE] = cell + 1


@rule
def look_on(state, w, cell):
    """The item byte of what lies at a cell (-1 for no cell), 0 for nothing."""
    item = item_on(state, w, cell) if cell >= 0 else np.int64(0)
    return np.int64(state.item_look[w, item - 1]) if item > 0 else np.int64(0)


@rule
def in_hand(state, w, a):
    """The item byte of what an agent carries, 0 for nothing."""
    hand = np.int64(state.hand[w, a])
    return np.int64(state.item_look[w, hand - 1]) if hand > 0 else np.int64(0)


@rule
def make(state, w, cell, byte):
    """Change what lies at a cell into something else; everybody earns what a step towards a dish is worth."""
    state.item_look[w, item_on(state, w, cell) - 1] = byte
    show_item(state, w, cell)
    pay(state, w, state.rate[R_SHAPING])


@rule
def pay(state, w, earned):
    """Everybody earns this."""
    for a in range(state.agent_cell.shape[1]):
        state.reward[w, a] += earned


@rule
def put_away(state, w, cell):
    """Take what lies at a cell out of the house."""
    item = lift_item(state, w, cell)
    state.item_look[w, item] = 0
    state.item_cell[w, item] = ABSENT


@rule
def work_at(state, w, a):
    """Agent `a` uses what is before it: cuts an apple on the board, or lays a meal onto its plate."""
    cell = ahead(state, w, state.agent_cell[w, a], state.heading[w, a])
    if cell < 0:
        return
    lies = look_on(state, w, cell)
    if lies == RAW and place_at(state, w, cell) == BOARD:
        make(state, w, cell, CUT)
        state.outcome[w, a] = OK
    elif lies == MEAL and in_hand(state, w, a) == PLATE:
        put_away(state, w, cell)
        state.item_look[w, state.hand[w, a] - 1] = DISH
        state.outcome[w, a] = OK
        pay(state, w, state.rate[R_SHAPING])


@rule
def cook(state, w, hot, stove):
    """Heat what lies on the hot plate while the stove is on."""
    if look_on(state, w, hot) != CUT:
        state.memory[w, HEAT] = 0
    elif stove >= 0 and place_at(state, w, stove) == STOVE_ON:
        state.memory[w, HEAT] += 1
        if state.memory[w, HEAT] >= state.option[COOKING_STEPS]:
            make(state, w, hot, MEAL)
            paint(state, w, PLACE_PLANE, stove, np.uint8(STOVE_OFF))


@rule
def serve(state, w, cell):
    """A dish on the dining table is eaten."""
    if look_on(state, w, cell) == DISH:
        put_away(state, w, cell)
        state.memory[w, SERVED] += 1
        pay(state, w, state.rate[R_DISH])


@rule
def supply(state, w, cell, byte, most):
    """Lay the next apple into an empty basket (a plate onto the shelf), unless there are as many as may be."""
    if item_on(state, w, cell) > 0:
        return
    there, free = 0, np.int64(-1)
    for i in range(state.item_look.shape[1]):
        held = np.int64(state.item_look[w, i])
        if held == 0:
            free = i
        else:
            there += (held == PLATE or held == DISH) == (byte == PLATE)
    if there < most and free >= 0:
        state.item_look[w, free] = byte
        lay_item(state, w, free, cell)


# ---- scripts -----------------------------------------------------------------------------------------
# What there is to do for an empty hand, in order: switch the stove on; clear a place of what does not belong there;
# serve a dish that lies about; fetch a plate; bring a cut apple to the stove; cut; fetch an apple.
SWITCH, CLEAR, BRING_DISH, FETCH_PLATE, BRING_CUT, SLICE, FETCH_RAW, N_JOBS = range(8)


@script
def expert(state, w, a, scratch):
    """Does what is due next and is nearer to it than to the other one; hands over what it cannot bring any farther."""
    return chef(state, w, a, scratch, np.int64(0))


@script
def solo(state, w, a, scratch):
    """The same, as if nobody else were there."""
    return chef(state, w, a, scratch, np.int64(1))


@apart
def chef(state, w, a, scratch, alone):
    """The next act of a cook."""
    begin_way(state, w, a, scratch)
    flood(state, w, a, scratch)
    if state.agent_cell.shape[1] > 1:
        mind_other(state, w, a, 1 - a, scratch)
    if state.hand[w, a] > 0:
        return carry(state, w, a, scratch)
    other = np.int64(1 - a) if alone == 0 and state.agent_cell.shape[1] > 1 else np.int64(-1)
    helps = other >= 0 and state.hand[w, other] == 0
    helps = helps and scratch[REACH, spot_of(state, state.agent_cell[w, other])] != 0
    for job in range(N_JOBS):
        cell = job_cell(state, w, scratch, np.int64(job), state.agent_cell[w, a], other)
        if cell < 0:
            continue
        if helps:
            near = distance(state.agent_cell[w, a], cell)
            theirs = job_cell(state, w, scratch, np.int64(job), state.agent_cell[w, other], other)
            far = distance(state.agent_cell[w, other], theirs)
            if far < near or (far == near and other < a):
                helps = False  # that is what the other one does
                continue
        return go_and(state, w, a, scratch, cell, USE if job == SWITCH or job == SLICE else TAKE)
    return step_aside(state, w, a, scratch)


@rule
def mind_other(state, w, a, b, scratch):
    """Who stands still is a wall; of two who are near and move, one goes round the other, drawn for some steps."""
    is_wall = state.last_act[w, b] == WAIT
    if distance(state.agent_cell[w, a], state.agent_cell[w, b]) <= NEAR_AGENT:
        is_wall = is_wall or yields(state, w, a, b)
    scratch[WALK, spot_of(state, state.agent_cell[w, b])] = 0 if is_wall else 1


@apart
def walk(state, w, a, scratch):
    """The act that begins the way to what is targeted, or ARRIVED.

    Where the other one is in the only way, who makes way backs off; behind one who stands still, it pushes on.
    """
    step = first_step(state, w, a, scratch)
    if step != NO_WAY or state.agent_cell.shape[1] == 1:
        return step
    cell = state.agent_cell[w, 1 - a]
    spot = spot_of(state, cell)
    if scratch[REACH, spot] == 0 or scratch[WALK, spot] != 0:
        return np.int64(WAIT)
    if state.last_act[w, 1 - a] == WAIT:
        scratch[WALK, spot] = 1
        step = first_step(state, w, a, scratch)
        return np.int64(WAIT) if step == NO_WAY else step
    if distance(state.agent_cell[w, a], cell) > 1:
        return np.int64(WAIT)
    clear_targets(state, scratch)
    side = state.item_at.shape[1]
    for row in range(side):
        for col in range(side):
            if distance(cell, row << 8 | col) > 1 and scratch[REACH, spot_of(state, row << 8 | col)] != 0:
                go_onto(state, scratch, row << 8 | col)
    step = first_step(state, w, a, scratch)
    return np.int64(WAIT) if step < 0 else step


@rule
def go_and(state, w, a, scratch, cell, act):
    """Go before a cell, then do this."""
    go_before(state, scratch, cell)
    step = walk(state, w, a, scratch)
    return np.int64(act) if step == ARRIVED else step


@rule
def find(state, w, kind):
    """The cell of the fixture with this place byte, -1 for none."""
    for f in range(state.fixture_cell.shape[1]):
        cell = np.int64(state.fixture_cell[w, f])
        if cell >= 0 and place_at(state, w, cell) == kind:
            return cell
    return np.int64(-1)


@rule
def can_reach(state, scratch, cell):
    """Can the agent of this map stand beside a cell?"""
    return cell >= 0 and is_beside_marked(state, scratch[REACH], cell)


@apart
def carry(state, w, a, scratch):
    """The act of one whose hand is full."""
    byte = in_hand(state, w, a)
    hot, stove = find(state, w, HOT_PLATE), find(state, w, STOVE_OFF)
    cooks = look_on(state, w, hot) == CUT
    cell, act = np.int64(-1), PUT
    if byte == DISH:
        cell = find(state, w, DINING)
    elif byte == RAW:
        cell = find(state, w, BOARD)
    elif byte == CUT or byte == MEAL:
        cell = hot
    elif byte == PLATE:
        meal = nearest_lying(state, w, scratch, MEAL, state.agent_cell[w, a], np.int64(-1))
        if meal >= 0:
            cell, act = meal, USE
        elif cooks and stove >= 0:
            cell, act = stove, USE
        elif cooks:
            cell, act = hot, WAIT
    if can_reach(state, scratch, cell) and (act != PUT or item_on(state, w, cell) == 0):
        return go_and(state, w, a, scratch, cell, act)
    any_counter = False
    for f in range(state.fixture_cell.shape[1]):
        cell = np.int64(state.fixture_cell[w, f])
        if cell >= 0 and place_at(state, w, cell) == COUNTER and item_on(state, w, cell) == 0:
            if can_reach(state, scratch, cell):
                go_before(state, scratch, cell)
                any_counter = True
    if not any_counter:
        return step_aside(state, w, a, scratch)
    step = walk(state, w, a, scratch)
    return np.int64(PUT) if step == ARRIVED else step


@apart
def job_cell(state, w, scratch, job, start, other):
    """Where a job is to be done that is due and in reach: the cell nearest to `start`; -1 if there is none."""
    hot, board = find(state, w, HOT_PLATE), find(state, w, BOARD)
    on_hot, on_board = look_on(state, w, hot), look_on(state, w, board)
    stoves = can_reach(state, scratch, hot)  # else it is the other one that cooks
    cell = np.int64(-1)
    if job == SWITCH and on_hot == CUT:
        cell = find(state, w, STOVE_OFF)
    elif job == CLEAR:
        dining = find(state, w, DINING)
        if on_hot != 0 and on_hot != CUT and on_hot != MEAL:
            cell = hot
        elif on_board != 0 and on_board != RAW and on_board != CUT:
            cell = board
        elif look_on(state, w, dining) > 0:
            cell = dining
    elif job == BRING_DISH and can_reach(state, scratch, find(state, w, DINING)):
        cell = nearest_lying(state, w, scratch, DISH, start, np.int64(-1))
    elif job == FETCH_PLATE and not is_held(state, w, PLATE, other):
        needed = on_hot == CUT or on_hot == MEAL
        needed |= nearest_lying(state, w, scratch, MEAL, start, np.int64(-1)) >= 0
        if stoves and needed:
            cell = nearest_lying(state, w, scratch, PLATE, start, np.int64(-1))
        elif not stoves and on_counters(state, w, PLATE) == 0:
            cell = find(state, w, SHELF)
            cell = cell if look_on(state, w, cell) == PLATE else np.int64(-1)
    elif job == BRING_CUT and not is_held(state, w, CUT, other):
        if stoves and on_hot == 0:
            cell = nearest_lying(state, w, scratch, CUT, start, np.int64(-1))
        elif not stoves and on_board == CUT and on_counters(state, w, CUT) == 0:
            cell = board
    elif job == SLICE and on_board == RAW:
        cell = board
    elif job == FETCH_RAW and on_board == 0 and not is_held(state, w, RAW, other):
        if can_reach(state, scratch, board):
            cell = nearest_lying(state, w, scratch, RAW, start, board)
    return cell if can_reach(state, scratch, cell) else np.int64(-1)


@rule
def is_held(state, w, byte, other):
    """Does the other one (-1: there is none) carry such a thing?"""
    return other >= 0 and in_hand(state, w, other) == byte


@apart
def nearest_lying(state, w, scratch, byte, start, but):
    """The cell in reach, nearest to `start` and not `but`, where such a thing lies; -1 for none."""
    best = np.int64(-1)
    for i in range(state.item_look.shape[1]):
        cell = np.int64(state.item_cell[w, i])
        if cell >= 0 and state.item_look[w, i] == byte and cell != but and can_reach(state, scratch, cell):
            if best < 0 or distance(start, cell) < distance(start, best):
                best = cell
    return best


@rule
def on_counters(state, w, byte):
    """How many such things lie on counters?"""
    n = 0
    for i in range(state.item_look.shape[1]):
        cell = np.int64(state.item_cell[w, i])
        n += cell >= 0 and state.item_look[w, i] == byte and place_at(state, w, cell) == COUNTER
    return n


@apart
def step_aside(state, w, a, scratch):
    """Nothing to do: go where one stands before nothing but counters."""
    side = state.item_at.shape[1]
    for row in range(side):
        for col in range(side):
            cell = row << 8 | col
            if scratch[REACH, spot_of(state, cell)] != 0 and not is_before_work(state, w, cell):
                go_onto(state, scratch, cell)
    step = walk(state, w, a, scratch)
    return np.int64(WAIT) if step == ARRIVED else step


@rule
def is_before_work(state, w, cell):
    """Is there a place to work at beside a cell?"""
    for d in range(4):
        beside = ahead(state, w, cell, d)
        if beside >= 0 and fixture_on(state, w, beside) > 0 and place_at(state, w, beside) != COUNTER:
            return True
    return False


# ---- levels ------------------------------------------------------------------------------------------
def table_level(seed: int, agents: int, layout: str, drawn: bool, steps: int) -> "Level":
    """A kitchen with an apple in the basket and a plate on the shelf."""
    from worlds.levels.level import AgentStart, Fixture, Item, Level

    rng = np.random.default_rng(seed)
    cells = np.array([list(row) for row in KITCHENS[layout]])
    if drawn:
        kinds = list(EXCHANGED[layout])
        found = [tuple(np.argwhere(cells == kind)[0]) for kind in kinds]
        for i, cell in zip(rng.permutation(len(kinds)), found, strict=True):
            cells[cell] = kinds[i]
        cells = np.rot90(cells, int(rng.integers(4)))
        cells = cells.T if rng.integers(2) else cells
        if rng.integers(2):
            cells = np.select([cells == "a", cells == "b"], ["b", "a"], cells)
    starts: list[AgentStart] = []
    for a in range(agents):
        taken = [(start.row, start.col) for start in starts]
        free = np.argwhere(cells == ("ab"[a] if layout == "divided" else ".")).tolist()
        row, col = [cell for cell in map(tuple, free) if cell not in taken][rng.integers(len(free) - a)]
        starts.append(AgentStart(NAMES[a], row, col, HEADINGS[int(rng.integers(4))]))
    fixtures = [
        Fixture(*FIXTURES[str(symbol)], *cell) for cell, symbol in np.ndenumerate(cells) if symbol in FIXTURES
    ]
    things = {"basket": ("apple", "red"), "shelf": ("plate", "white")}
    items = [Item(*things[f.kind], f.row, f.col) for f in fixtures if f.kind in things]
    ground = np.where(cells == "#", "#", ".")
    return Level(
        tuple("".join(row) for row in ground), tuple(starts), tuple(fixtures), tuple(items), step_limit=steps
    )


def table_bank(n: int, seed: int, agents: int, layout: str, drawn: bool, steps: int) -> State:
    """A bank of n levels."""
    from worlds.levels.bank import bank_of

    fixtures = sum(symbol in FIXTURES for row in KITCHENS[layout] for symbol in row)
    sizes = Sizes(SIDE, agents, FOODS + PLATES, fixtures, 5)
    return bank_of(
        [table_level(seed * 1_000_003 + i, agents, layout, drawn, steps) for i in range(n)], sizes=sizes
    )


def scenario(
    agents: int = 2,
    layout: str = "open",
    drawn: bool = False,
    cooking: int = 10,
    shaping: float = 0.0,
    steps: int = 200,
    view: int = 7,
) -> Scenario:
    """`layout` is open, divided or ring; `drawn` kitchens differ; `shaping` is earned by each step towards a dish."""
    from worlds.levels.level import MAX_STEPS

    check_choice("layout", layout, KITCHENS)
    for name, value, least, most in (
        ("agents", agents, 1, 2), ("cooking", cooking, 1, MAX_STEPS), ("steps", steps, 1, MAX_STEPS),
    ):  # fmt: skip
        check_number(name, value, least, most)
    if agents == 1 and layout == "divided":
        raise ValueError("agents is 1 with layout divided: no one can cook there alone, choose open or ring")
    return Scenario(
        name="set_table",
        summary="Two cook and lay the table: fetch, cut, cook, plate, serve.",
        agents=NAMES[:agents],
        draw=partial(table_bank, agents=agents, layout=layout, drawn=drawn, steps=steps),
        rewards=Rewards(success=0.0),
        view=view,
        occluded=False,
        needs_done=False,
        acts=("wait", "turn left", "turn right", "forward", "pick up", "put down", "use"),
        mechanics=kitchen,
        scripts=(expert, solo),
        options=(cooking,),
        rates=(1.0, shaping),
    )
