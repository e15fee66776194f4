"""What happens when agents act? Interactions one by one in a fair order, then all moves at once.

Turning, taking, putting and using are carried out in an order drawn anew each step. Moves are simultaneous: chains
and cycles move together, two agents never swap or share a cell, and the winner of a contest is the one that comes
first in the order. An act that fails changes nothing and leaves an outcome.
"""

import numpy as np

from worlds.compiler.compile import cold, rule
from worlds.objects import (
    KEY_KIND,
    LOCKED_DOOR,
    OPEN_DOOR,
    PLACE_FLOOR,
    PLACE_HIDES,
    PLACE_HOLDS,
    PLACE_TOGGLED,
    PLACE_WALKABLE,
    look,
)
from worlds.rules.chance import below, draw
from worlds.rules.space import (
    agent_at,
    ahead,
    enter,
    item_on,
    lay_item,
    leave,
    lift_item,
    paint,
    place_at,
    show_item,
)
from worlds.state import (
    ACTIVE,
    ACTS,
    BLOCKED,
    CONTEST_LOST,
    FORBIDDEN,
    FORWARD,
    FROZEN,
    HAND_EMPTY,
    HAND_FULL,
    IS_LOCKED,
    MOVED,
    NO_ROOM,
    NO_USE,
    NOTHING_THERE,
    OCCUPIED,
    OK,
    PASS_THROUGH,
    PLACE_PLANE,
    PUT,
    RESTING,
    SHUT_AWAY,
    TAKE,
    THEIR_HAND_FULL,
    THINGS,
    TURN_LEFT,
    TURN_RIGHT,
    USE,
    WAIT,
)

DRAW_ORDER = 0  # number of the draw, within a step, that decides who comes first
_IDENTITY = np.uint64(0xFEDCBA9876543210)
_NIBBLE = np.uint64(15)
TURN_OF_ACT = np.zeros(len(ACTS), np.uint8)  # quarter turns, clockwise
TURN_OF_ACT[TURN_LEFT], TURN_OF_ACT[TURN_RIGHT] = 3, 1
_KEY_LOOK = np.uint8(look(KEY_KIND, 0))


@rule
def order_of(bits, agents):
    """A uniformly drawn order of up to 16 agents, four bits each (Fisher-Yates on nibbles)."""
    order = _IDENTITY
    for i in range(agents - 1, 0, -1):
        j = below(bits, i + 1)
        bits = bits * np.uint64(0xD1342543DE82EF95) + np.uint64(0x9E3779B97F4A7C15)
        here, there = np.uint64(4 * i), np.uint64(4 * j)
        swap = ((order >> here) ^ (order >> there)) & _NIBBLE
        order ^= (swap << here) | (swap << there)
    return order


@rule
def nth(order, k):
    """The agent that comes k-th in an order."""
    return np.int64((order >> np.uint64(4 * k)) & _NIBBLE)


@rule
def act_all(state, w):
    """Carry out `action` of all agents; sets `last_act` and `outcome`. Returns what changed: bits, see state.py.

    Who comes first is drawn only where it matters: where two agents or more reach out, or move.
    """
    agents = state.agent_cell.shape[1]
    changed = 0
    hands = 0  # bits of the agents that take, put or use something
    movers = 0
    for a in range(agents):
        act = np.int64(state.action[w, a])
        outcome = OK
        if state.finished[w, a] != ACTIVE:
            act = WAIT
            outcome = RESTING
        elif state.frozen[w, a] > 0:
            state.frozen[w, a] -= 1
            act = WAIT
            outcome = FROZEN
        elif state.option[FORBIDDEN] >> act & 1:
            act = WAIT
            outcome = NO_USE
        turned = TURN_OF_ACT[act]
        state.heading[w, a] = (state.heading[w, a] + turned) & 3
        state.last_act[w, a] = act
        state.outcome[w, a] = outcome
        state.act_cell[w, a] = -1
        changed |= np.int64(turned > 0) << a
        hands |= np.int64(act == TAKE or act == PUT or act == USE) << a
        movers |= np.int64(act == FORWARD) << a
    if hands & (hands - 1) == 0 and movers & (movers - 1) == 0:
        for a in range(agents):
            if hands >> a & 1:
                changed |= reach_out(state, w, a)
        for a in range(agents):
            if movers >> a & 1:
                changed |= move_one(state, w, a)
    else:
        changed |= contend(state, w, hands, movers)
    return changed


@cold
def contend(state, w, hands, movers):
    """Several agents reach out or move: one after another, in an order drawn anew. Returns what changed."""
    agents = state.agent_cell.shape[1]
    changed = 0
    order = order_of(draw(state.key[w], state.step[w], DRAW_ORDER), agents)
    for k in range(agents):
        a = nth(order, k)
        if hands >> a & 1:
            changed |= reach_out(state, w, a)
    if movers:
        changed |= MOVED
        move_all(state, w, order)
    return changed


@rule
def reach_out(state, w, a):
    """Take, put or use; sets the outcome and returns what changed."""
    act = state.last_act[w, a]
    if act == TAKE:
        outcome = take(state, w, a)
    elif act == PUT:
        outcome = put(state, w, a)
    else:
        outcome = use(state, w, a)
    state.outcome[w, a] = outcome
    return THINGS if outcome == OK else 0


@rule
def was_first(state, w, a, cell):
    """Did another agent take from, or put to, this cell earlier in this step?"""
    for b in range(state.act_cell.shape[1]):
        if b != a and state.act_cell[w, b] == cell:
            return True
    return False


@rule
def take(state, w, a):
    """Pick up what lies ahead; returns the outcome."""
    if state.hand[w, a] > 0:
        return HAND_FULL
    cell = ahead(state, w, state.agent_cell[w, a], state.heading[w, a])
    if cell < 0:
        return NOTHING_THERE
    if item_on(state, w, cell) == 0:
        return CONTEST_LOST if was_first(state, w, a, cell) else NOTHING_THERE
    if PLACE_HIDES[place_at(state, w, cell)]:
        return SHUT_AWAY
    item = lift_item(state, w, cell)
    state.act_cell[w, a] = cell
    hold(state, w, a, item)
    return OK


@rule
def hold(state, w, a, item):
    """Put an item in an agent's hand."""
    state.hand[w, a] = item + 1
    state.item_cell[w, item] = -1 - a


@rule
def put(state, w, a):
    """Put down what the hand holds: on the floor, on or in furniture, or in another agent's hand."""
    if state.hand[w, a] == 0:
        return HAND_EMPTY
    item = np.int64(state.hand[w, a]) - 1
    cell = ahead(state, w, state.agent_cell[w, a], state.heading[w, a])
    if cell < 0:
        return NO_ROOM
    other = agent_at(state, w, cell)
    if other >= 0:
        if state.hand[w, other] > 0:
            return THEIR_HAND_FULL
        state.hand[w, a] = 0
        hold(state, w, other, item)
    else:
        place = place_at(state, w, cell)
        if PLACE_HIDES[place]:
            return SHUT_AWAY
        if not PLACE_HOLDS[place] and not PLACE_FLOOR[place]:
            return NO_ROOM
        if item_on(state, w, cell) > 0:
            return CONTEST_LOST if was_first(state, w, a, cell) else OCCUPIED
        state.hand[w, a] = 0
        lay_item(state, w, item, cell)
        state.act_cell[w, a] = cell
    return OK


@rule
def use(state, w, a):
    """Open, shut, unlock or switch what stands ahead."""
    cell = ahead(state, w, state.agent_cell[w, a], state.heading[w, a])
    if cell < 0:
        return NO_USE
    place = place_at(state, w, cell)
    if place >= LOCKED_DOOR:
        hand = state.hand[w, a]
        if hand == 0 or state.item_look[w, hand - 1] != _KEY_LOOK + (place - LOCKED_DOOR):
            return IS_LOCKED
        paint(state, w, PLACE_PLANE, cell, np.uint8(OPEN_DOOR + (place - LOCKED_DOOR)))
        return OK
    toggled = PLACE_TOGGLED[place]
    if toggled == 0:
        return NO_USE
    if PLACE_WALKABLE[place] and (agent_at(state, w, cell) >= 0 or item_on(state, w, cell) > 0):
        return BLOCKED
    paint(state, w, PLACE_PLANE, cell, toggled)
    if state.item_cell.shape[1] > 0:
        show_item(state, w, cell)
    return OK


@rule
def can_stand(state, w, cell):
    """May an agent stand at a cell, others left aside?"""
    return cell >= 0 and PLACE_WALKABLE[place_at(state, w, cell)] and item_on(state, w, cell) == 0


@rule
def in_the_way(state, w, a, cell):
    """An agent at a cell that agent `a` may not walk through, or -1. Whoever has finished stands aside."""
    if state.option[PASS_THROUGH] == 0 and agent_at(state, w, cell) >= 0:
        for b in range(state.agent_cell.shape[1]):
            if b != a and state.agent_cell[w, b] == cell and state.finished[w, b] == ACTIVE:
                return b
    return -1


@rule
def relocate(state, w, a, cell):
    """Move an agent to a cell."""
    leave(state, w, a, state.agent_cell[w, a])
    state.agent_cell[w, a] = cell
    enter(state, w, a, cell)


@rule
def move_one(state, w, a):
    """The only mover of this step goes forward if it can; returns what changed."""
    cell = ahead(state, w, state.agent_cell[w, a], state.heading[w, a])
    if can_stand(state, w, cell) and in_the_way(state, w, a, cell) < 0:
        relocate(state, w, a, cell)
        return MOVED
    state.outcome[w, a] = BLOCKED
    return 0


@rule
def move_all(state, w, order):
    """Move all who go forward at once."""
    agents = state.agent_cell.shape[1]
    for k in range(agents):
        a = nth(order, k)
        if state.last_act[w, a] == FORWARD:
            cell = ahead(state, w, state.agent_cell[w, a], state.heading[w, a])
            if not can_stand(state, w, cell):
                stop(state, w, a, BLOCKED)
            elif is_claimed(state, w, a, cell):
                stop(state, w, a, CONTEST_LOST)
            else:
                state.act_cell[w, a] = cell
    settle(state, w)
    for a in range(agents):
        if state.last_act[w, a] == FORWARD and state.act_cell[w, a] >= 0:
            old = state.agent_cell[w, a]
            state.agent_cell[w, a] = state.act_cell[w, a]
            state.act_cell[w, a] = old
    for a in range(agents):
        if state.last_act[w, a] == FORWARD and state.act_cell[w, a] >= 0:
            leave(state, w, a, state.act_cell[w, a])
    for a in range(agents):
        if state.last_act[w, a] == FORWARD and state.act_cell[w, a] >= 0:
            enter(state, w, a, state.agent_cell[w, a])


@rule
def stop(state, w, a, outcome):
    """An agent that wanted to move stays."""
    state.act_cell[w, a] = -1
    state.outcome[w, a] = outcome


@rule
def is_claimed(state, w, a, cell):
    """Has a mover that comes earlier in the order claimed this cell?"""
    if state.option[PASS_THROUGH] != 0:
        return False
    for b in range(state.act_cell.shape[1]):
        if b != a and state.last_act[w, b] == FORWARD and state.act_cell[w, b] == cell:
            return True
    return False


@rule
def settle(state, w):
    """Stop whoever would walk into somebody that stays or comes the other way, until nothing changes.

    What is left moves: heads of chains into free cells, those behind them, and cycles of three and more.
    """
    agents = state.agent_cell.shape[1]
    changed = True
    while changed:
        changed = False
        for a in range(agents):
            if state.last_act[w, a] == FORWARD and state.act_cell[w, a] >= 0:
                b = in_the_way(state, w, a, state.act_cell[w, a])
                if b >= 0:
                    moves = state.last_act[w, b] == FORWARD and state.act_cell[w, b] >= 0
                    if not moves or state.act_cell[w, b] == state.agent_cell[w, a]:
                        stop(state, w, a, BLOCKED)
                        changed = True
