"""Can a goal be reached at all? A flood fill and logic, no rollout; never true of what cannot be done.

The answer is for one agent while the others stand still, from the start of an episode. It errs on the safe side: items
that lie in a doorway count as walls, and clauses of one stage that want the same things are only believed possible if
there is enough for all of them.
"""

import numpy as np

from worlds.compiler.apart import apart
from worlds.compiler.compile import rule
from worlds.expert.clauses import avoided_rooms, is_destination, untouchable_items
from worlds.expert.getting import rank_keys
from worlds.expert.maps import (
    CLAUSE,
    FACTS,
    KEY_RANKS,
    LIMITED,
    NO,
    REACH,
    UNLOCKED,
    flood,
    is_beside_marked,
    spot_of,
    survey,
)
from worlds.expert.putting import NO_PLACE, ON_FLOOR, ON_FURNITURE, is_harmless, room_for_item
from worlds.goal import (
    BRING,
    CLOSE_IT,
    FOLLOW,
    GIVE,
    GO_TO,
    KIND_,
    MAX_CLAUSES,
    MEET,
    NO_VERB,
    OPEN_IT,
    P_KIND,
    PICK_UP,
    PUT_DOWN,
    PUT_IN,
    PUT_NEXT,
    PUT_ON,
    QUANTITY,
    STAGE,
    SWITCH_OFF,
    SWITCH_ON,
    VERB,
)
from worlds.objects import CLASS_OF_KIND, DOOR_KIND, FIXTURE, ITEM, LOCKED_DOOR, PLACE_KIND, PLACE_WALKABLE
from worlds.rules.goals import bit, has, is_placed, needed, size
from worlds.rules.space import agent_at, item_on, place_at

_NONE = np.uint64(0)


@apart
def is_solvable(state, w, a, scratch):
    """Can agent `a` do all of its goal? `scratch` is working memory (see maps.py)."""
    untouchable = untouchable_items(state, w, a)
    survey(state, w, a, NOBODYS_MEMORY, NO, avoided_rooms(state, w, a), untouchable, scratch)
    flood(state, w, a, scratch)
    scratch[FACTS, LIMITED] = 0
    scratch[FACTS, CLAUSE] = 0
    rank_keys(state, w, a, scratch, NO)
    if not has_room_to_drop(state, w, a, scratch):
        return False
    for r in range(MAX_CLAUSES):
        verb = state.goal[w, a, r, VERB]
        if verb == NO_VERB:
            break
        if state.bound[w, a, r, 0] == _NONE or not is_clause_possible(state, w, a, scratch, r, untouchable):
            return False
        for q in range(r):
            if state.goal[w, a, q, VERB] != NO_VERB and not go_together(
                state, w, a, scratch, q, r, untouchable
            ):
                return False
    return True


NOBODYS_MEMORY = np.zeros((1, 1, 1, 1), np.uint8)


@rule
def is_near(state, scratch, cell):
    """Can the agent get beside a cell, once doors are unlocked?"""
    return is_beside_marked(state, scratch[UNLOCKED], cell)


@apart
def has_room_to_drop(state, w, a, scratch):
    """Is there floor within reach where an item is in nobody's way?"""
    side = state.item_at.shape[1]
    for row in range(side):
        for col in range(side):
            cell = row << 8 | col
            spot = spot_of(state, cell)
            if scratch[REACH, spot] != 0 and room_for_item(state, w, a, cell) == ON_FLOOR:
                if is_harmless(state, w, scratch, scratch[REACH], spot):
                    return True
    return False


@apart
def items_to_be_had(state, w, a, scratch, r, untouchable):
    """The items of clause `r` that the agent can get, as a set."""
    items = _NONE
    for i in range(state.item_cell.shape[1]):
        if has(state.bound[w, a, r, 0], i) and not has(untouchable, i):
            cell = state.item_cell[w, i]
            if cell == -1 - a or (cell >= 0 and is_near(state, scratch, cell)):
                items |= bit(i)
    return items


@apart
def furniture_to_be_used(state, w, a, scratch, r, untouchable):
    """The furniture that clause `r` can put things on or in, as a set; what is occupied can be cleared."""
    found = _NONE
    for f in range(state.fixture_cell.shape[1]):
        if has(state.bound[w, a, r, 1], f):
            cell = state.fixture_cell[w, f]
            other = agent_at(state, w, cell)
            is_free = (other < 0 or other == a) and not has(untouchable, item_on(state, w, cell) - 1)
            if PLACE_WALKABLE[place_at(state, w, cell)]:
                is_free &= is_harmless(state, w, scratch, scratch[UNLOCKED], spot_of(state, cell))
            if is_free and is_near(state, scratch, cell):
                found |= bit(f)
    return found


@apart
def fixtures_to_be_set(state, w, a, scratch, r):
    """The fixtures of clause `r` that can be opened, shut or switched, as a set."""
    found = _NONE
    for f in range(state.fixture_cell.shape[1]):
        if has(state.bound[w, a, r, 0], f):
            cell = state.fixture_cell[w, f]
            place = np.int64(place_at(state, w, cell))
            other = agent_at(state, w, cell)
            if not is_near(state, scratch, cell) or (other >= 0 and other != a):
                continue
            if place < LOCKED_DOOR or scratch[FACTS, KEY_RANKS + place - LOCKED_DOOR] > 0:
                found |= bit(f)
            elif state.goal[w, a, r, VERB] == CLOSE_IT and state.goal[w, a, r, STAGE] == 0:
                found |= bit(f)
    return found


@apart
def count_cells(state, w, a, scratch, r):
    """In how many cells could an item be put so that it is where clause `r` wants it?"""
    verb = state.goal[w, a, r, VERB]
    places, place_class = state.bound[w, a, r, 1], CLASS_OF_KIND[state.goal[w, a, r, P_KIND]]
    side = state.item_at.shape[1]
    n = 0
    for row in range(side):
        for col in range(side):
            cell = row << 8 | col
            if is_placed(state, w, verb, cell, place_class, places):
                kind = room_for_item(state, w, a, cell)
                if kind == NO_PLACE or not is_near(state, scratch, cell):
                    continue
                if kind == ON_FURNITURE and is_destination(state, w, a, cell):
                    continue
                is_solid = not PLACE_WALKABLE[place_at(state, w, cell)]
                if is_solid or is_harmless(state, w, scratch, scratch[UNLOCKED], spot_of(state, cell)):
                    n += 1
    return n


@apart
def is_clause_possible(state, w, a, scratch, r, untouchable):
    """Can clause `r` be done, if it were the only one?"""
    verb = state.goal[w, a, r, VERB]
    things, places = state.bound[w, a, r, 0], state.bound[w, a, r, 1]
    enough = needed(state.goal[w, a, r, QUANTITY], things)
    if verb == GO_TO:
        return can_go_to(state, w, a, scratch, r)
    if verb == MEET or verb == FOLLOW:
        return is_somebody_near(state, w, a, scratch, things)
    if verb == OPEN_IT or verb == CLOSE_IT or verb == SWITCH_ON or verb == SWITCH_OFF:
        return size(fixtures_to_be_set(state, w, a, scratch, r)) >= enough
    items = items_to_be_had(state, w, a, scratch, r, untouchable)
    if size(items) < enough:
        return False
    if verb == PICK_UP:
        return True
    if verb == PUT_DOWN:
        return state.goal[w, a, r, STAGE] == 0 or size(things) <= enough
    if places == _NONE:
        return False
    if verb == PUT_ON or verb == PUT_IN:
        return size(furniture_to_be_used(state, w, a, scratch, r, untouchable)) >= enough
    if verb == GIVE:
        for b in range(state.agent_cell.shape[1]):
            if b != a and has(places, b) and is_near(state, scratch, state.agent_cell[w, b]):
                if state.hand[w, b] == 0 and enough == 1:
                    return True
        return False
    if verb == PUT_NEXT and CLASS_OF_KIND[state.goal[w, a, r, P_KIND]] == ITEM:
        if places & things != _NONE and size(places) < 2:
            return False
    return (verb == PUT_NEXT or verb == BRING) and count_cells(state, w, a, scratch, r) >= enough


@rule
def is_somebody_near(state, w, a, scratch, agents):
    """Can another agent of the set be reached?"""
    for b in range(state.agent_cell.shape[1]):
        if b != a and has(agents, b) and is_near(state, scratch, state.agent_cell[w, b]):
            return True
    return False


@apart
def can_go_to(state, w, a, scratch, r):
    """Can the agent get to one of the things of a `go to`, and away from it?"""
    things, kind = state.bound[w, a, r, 0], CLASS_OF_KIND[state.goal[w, a, r, KIND_]]
    if kind == ITEM:
        for i in range(state.item_cell.shape[1]):
            cell = state.item_cell[w, i]
            if has(things, i) and (cell == -1 - a or (cell >= 0 and is_near(state, scratch, cell))):
                return True
        return False
    if kind == FIXTURE:
        for f in range(state.fixture_cell.shape[1]):
            if has(things, f):
                cell = state.fixture_cell[w, f]
                place = place_at(state, w, cell)
                if PLACE_KIND[place] != DOOR_KIND and PLACE_WALKABLE[place]:
                    if scratch[UNLOCKED, spot_of(state, cell)] != 0:
                        return True
                elif is_near(state, scratch, cell):
                    return True
        return False
    side = state.item_at.shape[1]
    inside, outside = False, state.goal[w, a, r, STAGE] == 0
    for row in range(side):
        for col in range(side):
            if scratch[UNLOCKED, spot_of(state, row << 8 | col)] != 0:
                if has(things, np.int64(state.room_at[w, row, col]) - 1):
                    inside = True
                else:
                    outside = True
    return inside and outside


@apart
def go_together(state, w, a, scratch, q, r, untouchable):
    """Do clauses `q` and `r` leave each other enough?"""
    one, two = state.goal[w, a, q, VERB], state.goal[w, a, r, VERB]
    item_one, item_two = moves_items(one), moves_items(two)
    if item_one and item_two and (one == GIVE or two == GIVE):
        if state.bound[w, a, q, 0] & state.bound[w, a, r, 0] != _NONE:
            return False
        if one == two and state.bound[w, a, q, 1] & state.bound[w, a, r, 1] != _NONE:
            return False
    if state.goal[w, a, q, STAGE] != state.goal[w, a, r, STAGE]:
        return True
    both = needed(state.goal[w, a, q, QUANTITY], state.bound[w, a, q, 0])
    both += needed(state.goal[w, a, r, QUANTITY], state.bound[w, a, r, 0])
    if item_one and item_two:
        mine = items_to_be_had(state, w, a, scratch, q, untouchable)
        other = items_to_be_had(state, w, a, scratch, r, untouchable)
        if mine & other != _NONE and size(mine | other) < both:
            return False
        if one == PICK_UP and two == PICK_UP:
            return False
        if (one == PUT_ON or one == PUT_IN) and (two == PUT_ON or two == PUT_IN):
            mine = furniture_to_be_used(state, w, a, scratch, q, untouchable)
            other = furniture_to_be_used(state, w, a, scratch, r, untouchable)
            return mine & other == _NONE or size(mine | other) >= both
        return leaves_landmark(state, w, a, q, r) and leaves_landmark(state, w, a, r, q)
    if not item_one and not item_two and one != two:
        is_setting = (one >= OPEN_IT and one <= SWITCH_OFF) and (two >= OPEN_IT and two <= SWITCH_OFF)
        return not is_setting or state.bound[w, a, q, 0] & state.bound[w, a, r, 0] == _NONE
    return True


@rule
def moves_items(verb):
    """Is this a verb that needs an item in the hand?"""
    return verb >= PICK_UP and verb <= GIVE


@rule
def leaves_landmark(state, w, a, q, r):
    """Does clause `q` not carry off what clause `r` wants things put beside?"""
    if state.goal[w, a, r, VERB] != PUT_NEXT or CLASS_OF_KIND[state.goal[w, a, r, P_KIND]] != ITEM:
        return True
    return state.bound[w, a, q, 0] & state.bound[w, a, r, 1] == _NONE or size(state.bound[w, a, r, 1]) > 1
