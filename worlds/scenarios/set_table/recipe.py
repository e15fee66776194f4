"""What happens in the kitchen of set_table: things, and the rules after the moves of a step."""

import numpy as np

from worlds.compiler.compile import cold, rule
from worlds.objects import COLOURS, KIND, OPEN, SHUT, look, place
from worlds.rules.acts import nth, order_of
from worlds.rules.chance import draw
from worlds.rules.mechanics import mechanics
from worlds.rules.space import ahead, item_on, lay_item, lift_item, paint, place_at, show_item
from worlds.state import ABSENT, NO_USE, OK, OPTION_0, PLACE_PLANE, RATE_0, RATE_1, USE

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
