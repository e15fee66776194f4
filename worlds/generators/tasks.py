"""What are agents told to do in a house that was drawn? Clauses about things at hand that can be done.

A clause is drawn in two parts. First comes what is meant: a verb, the things (items are laid into the house
for it) and the place, noted as bits in `draft.aim`. When all items lie there, `rules/names.py` finds words
that fit just what is meant. So each instruction can be done, and several agents leave each other alone.
"""

import numpy as np

from worlds.compiler.compile import cold, rule
from worlds.generators.draft import (
    CLAUSES_HIGH,
    CLAUSES_LOW,
    CROSSED,
    EXTRAS_HIGH,
    EXTRAS_LOW,
    N_FIXTURES,
    N_ITEMS,
    N_LOCKS,
    N_ROOMS,
    NEED_PAIR,
    NEED_SHADE,
    QUANTITY_RATE,
    SPECIAL,
)
from worlds.generators.layout import (
    bare_cell,
    between,
    can_fill,
    happens,
    is_home,
    roll,
)
from worlds.goal import (
    BRING,
    CLOSE_IT,
    EVERY,
    FOLLOW,
    GIVE,
    GO_TO,
    KIND_,
    MAX_CLAUSES,
    MEET,
    NO_VERB,
    OPEN_IT,
    P_KIND,
    P_QUANTITY,
    PICK_UP,
    PUT_DOWN,
    PUT_IN,
    PUT_NEXT,
    PUT_ON,
    QUANTITY,
    STAGE,
    SWITCH_OFF,
    SWITCH_ON,
    THE,
    THREE,
    TWO,
    VERB,
    VERBS,
)
from worlds.levels.build import set_hand, set_item
from worlds.objects import (
    CLASS_OF_KIND,
    DOOR_KIND,
    FIRST_FIXTURE,
    FIRST_ITEM,
    FIRST_NAME,
    FIRST_PLACE,
    FIRST_ROOM,
    FIXTURE,
    FIXTURES,
    HOLDS_IN,
    HOLDS_ON,
    ITEM,
    ITEMS,
    KEY_KIND,
    LOCKED,
    OPEN,
    PLACE_COLOUR,
    PLACE_HIDES,
    PLACE_HOLDS,
    PLACE_KIND,
    PLACE_STATE,
    PLACE_WALKABLE,
    SHUT,
    look,
)
from worlds.rules.goals import bit, has, is_placed, room_of, size
from worlds.rules.space import item_on, paint, place_at, show_item
from worlds.state import PLACE_PLANE

_NONE = np.uint64(0)
_KEY_LOOK = look(KEY_KIND, 0)
_TRIES = 16  # clauses tried in place of one that this house has no use for
_LOOKS = np.array(
    [[look(FIRST_ITEM + i, c) for c in (k.colours or (0,)) * 8][:8] for i, k in enumerate(ITEMS)]
)
_SHADES = np.array([max(1, len(k.colours)) for k in ITEMS])
_PAIR = np.array([v.name in ("put on", "put in") for v in VERBS], np.bool_)
_CARRIES = np.array([v.thing == ITEM for v in VERBS], np.bool_)  # the verb takes an item in hand
_MANY = np.array([(v.thing == ITEM and v.place != 0) or v.name == "put next to" for v in VERBS], np.bool_)
_MANY[GIVE] = False
# Furniture that can be opened or switched: 0 no, 1 opens, 2 switches.
_WORKS = np.zeros(256, np.int64)
_WORKS[DOOR_KIND] = 1
for _row, _kind in enumerate(FIXTURES):
    _WORKS[FIRST_FIXTURE + _row] = 1 if _kind.shuts else 2 if _kind.switches else 0
# Wishes for a fixture.
_TO_HOLD_ON, _TO_HOLD_IN, _TO_OPEN, _TO_CLOSE, _TO_SWITCH, _TO_SEE, _TO_LIE_BY = range(7)


@cold
def draw_tasks(bank, level, draft, t):
    """Mean something for each agent, and lay all items; returns whether the house had use for it."""
    for i in range(bank.item_cell.shape[1]):
        bank.item_look[level, i] = 0
    for a in range(bank.agent_cell.shape[1]):
        for r in range(draft.aim.shape[2]):
            draft.aim[t, a, r, 0] = _NONE
            draft.aim[t, a, r, 1] = _NONE
    if not lay_keys(bank, level, draft, t):
        return False
    for a in range(bank.agent_cell.shape[1]):
        if not mean_goal(bank, level, draft, t, a):
            return False
    return lay_extras(bank, level, draft, t)


@cold
def lay_keys(bank, level, draft, t):
    """Lay a key for each locked door where agents can reach it."""
    if draft.tally[t, N_LOCKS] == 0:
        return True
    for f in range(draft.tally[t, N_FIXTURES]):
        place = place_at(bank, level, bank.fixture_cell[level, f])
        if PLACE_KIND[place] == DOOR_KIND and PLACE_STATE[place] == LOCKED:
            cell = -1
            for _ in range(_TRIES):
                if cell < 0 or not is_home(draft, t, cell):
                    cell = item_cell_of(bank, level, draft, t, _NONE)
            if cell < 0 or not is_home(draft, t, cell):
                return False
            if not lay(bank, level, draft, t, cell, _KEY_LOOK + PLACE_COLOUR[place]):
                return False
    return True


@cold
def mean_goal(bank, level, draft, t, a):
    """Draw the clauses of one agent; returns whether all were found."""
    clauses = between(draft, t, draft.setting[CLAUSES_LOW], draft.setting[CLAUSES_HIGH])
    draft.tally[t, SPECIAL] = roll(draft, t, clauses)
    stage = 0
    for r in range(clauses):
        if r > 0:
            stage += roll(draft, t, 2)
        found = False
        for _ in range(_TRIES):
            if mean_clause(bank, level, draft, t, a, r, stage, r == clauses - 1):
                found = True
                break
        if not found:
            return False
    return True


@cold
def draw_verb(draft, t):
    """A verb by weight."""
    total = 0
    for verb in range(draft.verb_weight.shape[0]):
        total += draft.verb_weight[verb]
    at = roll(draft, t, total)
    for verb in range(draft.verb_weight.shape[0]):
        at -= draft.verb_weight[verb]
        if at < 0:
            return verb
    return NO_VERB


@cold
def mean_clause(bank, level, draft, t, a, r, stage, is_last):
    """Try one verb with things and a place; returns whether clause `r` is now drawn."""
    verb = draw_verb(draft, t)
    special = r == draft.tally[t, SPECIAL]
    if special and draft.setting[NEED_PAIR] and not _PAIR[verb]:
        return False
    if special and draft.setting[NEED_SHADE] and (verb == MEET or verb == FOLLOW):
        return False
    if not suits(bank, level, draft, a, r, verb, is_last):
        return False
    things, places, kind, place_kind, quantity = _NONE, _NONE, 0, 0, THE
    n = 1
    if draft.setting[QUANTITY_RATE] > 0 and _MANY[verb] and happens(draft, t, draft.setting[QUANTITY_RATE]):
        quantity = (TWO, THREE, EVERY)[roll(draft, t, 3)]
        n = 3 if quantity == THREE else 2 + (roll(draft, t, 2) if quantity == EVERY else 0)
    # ---- the place ----
    if verb == PUT_ON or verb == PUT_IN or verb == PUT_NEXT:
        wish = _TO_HOLD_ON if verb == PUT_ON else _TO_HOLD_IN if verb == PUT_IN else _TO_LIE_BY
        if verb == PUT_NEXT and roll(draft, t, 2) == 0:
            i = new_item(bank, level, draft, t, verb, place_kind, special, places, things, verb == PUT_DOWN)
            if i < 0:
                return False
            places, place_kind = bit(i), 1 + np.int64(bank.item_look[level, i] - 1) // 8
        else:
            f = find_fixture(bank, level, draft, t, a, wish)
            if f < 0:
                return False
            places = piece_of(bank, level, draft, t, f)
            place_kind = kind_of_fixture(bank, level, f)
            if verb != PUT_NEXT and room_on(bank, level, draft, t, places) < n:
                return False
    elif verb == BRING:
        z = 1 + roll(draft, t, draft.tally[t, N_ROOMS])
        places, place_kind = bit(draft.room[t, z]), FIRST_ROOM + draft.room[t, z]
    elif verb == GIVE:
        b = (a + 1 + roll(draft, t, max(1, bank.agent_cell.shape[1] - 1))) % bank.agent_cell.shape[1]
        if not can_be_given(bank, level, b):
            return False
        places, place_kind = bit(b), FIRST_NAME + np.int64(bank.name[level, b])
    # ---- the things ----
    sort = roll(draft, t, 5) if verb == GO_TO else 0  # go to: an item 0, 1; furniture 2, 3; a room 4
    if verb == MEET or verb == FOLLOW:
        b = (a + 1 + roll(draft, t, max(1, bank.agent_cell.shape[1] - 1))) % bank.agent_cell.shape[1]
        things, kind = bit(b), FIRST_NAME + np.int64(bank.name[level, b])
    elif sort == 4:
        if special and draft.setting[NEED_SHADE]:
            return False
        room = draft.room[t, 1 + roll(draft, t, draft.tally[t, N_ROOMS])]
        if room + 1 == room_of(bank, level, bank.agent_cell[level, a]):
            return False
        things, kind = bit(room), FIRST_ROOM + room
    elif sort >= 2 or (verb >= OPEN_IT and verb <= SWITCH_OFF):
        wish = _TO_SEE if verb == GO_TO else _TO_OPEN if verb == OPEN_IT else _TO_CLOSE
        if verb == SWITCH_ON or verb == SWITCH_OFF:
            wish = _TO_SWITCH
        f = find_fixture(bank, level, draft, t, a, wish)
        if f < 0:
            return False
        things, kind = piece_of(bank, level, draft, t, f), kind_of_fixture(bank, level, f)
        if special and draft.setting[NEED_SHADE]:
            if not draft.held_shade[kind, PLACE_COLOUR[place_at(bank, level, bank.fixture_cell[level, f])]]:
                return False
        elif verb != GO_TO and happens(draft, t, draft.setting[QUANTITY_RATE]):
            alike = all_of_kind(bank, level, draft, t, kind)
            if size(alike) > 1 and not any_meant_by_others(bank, level, draft, t, a, alike):
                things, quantity = alike, (TWO, EVERY)[roll(draft, t, 2)]
        if verb != GO_TO and not undo_all(bank, level, draft, t, a, r, verb, things):
            return False
    elif draft.setting[CROSSED] and a > 0 and r == 0:
        i = item_of_others(bank, level, draft, t, a)
        if i < 0 or not _CARRIES[verb] or verb == PUT_DOWN:
            return False
        kind, n = 1 + np.int64(bank.item_look[level, i] - 1) // 8, 1
        quantity = THE
        if _PAIR[verb] and draft.held_pair[kind, place_kind]:
            return False
        things = bit(i)
    else:
        first = draft.tally[t, N_ITEMS]
        for _ in range(n):
            i = new_item(bank, level, draft, t, verb, place_kind, special, places, things, verb == PUT_DOWN)
            if i < 0:
                return False
            things |= bit(i)
            if verb == PUT_DOWN:
                set_hand(bank, level, a, i, bank.item_look[level, i])
        kind = 1 + np.int64(bank.item_look[level, first] - 1) // 8
    row = bank.goal[level, a, r]
    for k in range(row.shape[0]):
        row[k] = 0
    row[VERB], row[STAGE], row[KIND_], row[P_KIND] = verb, stage, kind, place_kind
    row[QUANTITY] = quantity
    row[P_QUANTITY] = THE if place_kind > 0 else 0
    draft.aim[t, a, r, 0], draft.aim[t, a, r, 1] = things, places
    return True


@cold
def suits(bank, level, draft, a, r, verb, is_last):
    """May this verb come here, with regard to the agent's other clauses and to gifts?"""
    agents = bank.agent_cell.shape[1]
    if verb == NO_VERB or ((verb == GIVE or verb == MEET or verb == FOLLOW) and agents < 2):
        return False
    if verb == PICK_UP and not is_last:
        return False
    if verb == PUT_DOWN and bank.hand[level, a] > 0:
        return False
    for b in range(agents):
        for q in range(MAX_CLAUSES):
            if bank.goal[level, b, q, VERB] == GIVE:
                if verb == GIVE:
                    return False
                if bank.goal[level, b, q, P_KIND] == FIRST_NAME + bank.name[level, a]:
                    if verb == PICK_UP or verb == PUT_DOWN:
                        return False
    if verb >= MEET and verb <= FOLLOW:
        for q in range(r):
            if bank.goal[level, a, q, VERB] == verb:
                return False
    return True


@cold
def can_be_given(bank, level, b):
    """Has agent `b` its hand free for a gift?"""
    for q in range(MAX_CLAUSES):
        verb = bank.goal[level, b, q, VERB]
        if verb == PICK_UP or verb == GIVE or verb == PUT_DOWN:
            return False
    return True


# ---- items -------------------------------------------------------------------------------------------
@cold
def new_item(bank, level, draft, t, verb, place_kind, special, places, like, in_hand):
    """Lay an item for a clause, of the kind of the items `like` if there are any; returns it, or -1."""
    byte = 0
    if like != _NONE:
        for i in range(draft.tally[t, N_ITEMS]):
            if has(like, i):
                byte = np.int64(bank.item_look[level, i])
        if roll(draft, t, 2) == 0:
            kind = (byte - 1) // 8
            byte = _LOOKS[kind, roll(draft, t, _SHADES[kind])]
    else:
        byte = draw_look(bank, level, draft, t, verb, place_kind, special)
    if byte == 0 or draft.tally[t, N_ITEMS] >= bank.item_cell.shape[1]:
        return -1
    if in_hand:
        bank.item_look[level, draft.tally[t, N_ITEMS]] = byte
        draft.tally[t, N_ITEMS] += 1
        return draft.tally[t, N_ITEMS] - 1
    cell = item_cell_of(bank, level, draft, t, fixtures_meant(bank, level, draft, t))
    if cell < 0 or (verb == GO_TO and PLACE_HIDES[place_at(bank, level, cell)]):
        return -1
    if verb != NO_VERB and verb != PUT_DOWN and verb != GIVE and places != _NONE:
        if is_placed(bank, level, verb, cell, CLASS_OF_KIND[place_kind], places):
            return -1
    return draft.tally[t, N_ITEMS] - 1 if lay(bank, level, draft, t, cell, byte) else -1


@cold
def draw_look(bank, level, draft, t, verb, place_kind, special):
    """Kind and colour of an item that no clause is about yet; 0 if none was found."""
    want_pair = draft.setting[NEED_PAIR] and special and _PAIR[verb]
    for k in range(24):
        kind = FIRST_ITEM + roll(draft, t, _SHADES.shape[0])
        byte = _LOOKS[kind - FIRST_ITEM, roll(draft, t, _SHADES[kind - FIRST_ITEM])]
        if kind == KEY_KIND and draft.tally[t, N_LOCKS] > 0:
            continue
        if _PAIR[verb] and draft.held_pair[kind, place_kind] != want_pair:
            continue
        if kind == place_kind or (k < 16 and is_there(bank, level, draft, t, kind)):
            continue
        if draft.setting[NEED_SHADE] and special:
            if not draft.held_shade[kind, (byte - 1) % 8]:
                continue
        return byte
    return 0


@cold
def is_there(bank, level, draft, t, kind):
    """Is an item of this kind in the house already?"""
    for i in range(draft.tally[t, N_ITEMS]):
        if 1 + (np.int64(bank.item_look[level, i]) - 1) // 8 == kind:
            return True
    return False


@cold
def item_cell_of(bank, level, draft, t, kept):
    """A place for an item: on the floor, or on or in furniture but for `kept`; -1 if none."""
    for _ in range(8):
        if draft.tally[t, N_FIXTURES] > 0 and roll(draft, t, 2) == 0:
            f = roll(draft, t, draft.tally[t, N_FIXTURES])
            cell = np.int64(bank.fixture_cell[level, f])
            place = place_at(bank, level, cell)
            if PLACE_HOLDS[place] and not PLACE_WALKABLE[place] and not has(kept, f):
                if item_on(bank, level, cell) == 0:
                    return cell
        else:
            cell = bare_cell(bank, level, draft, t)
            if cell >= 0 and can_fill(bank, level, cell):
                return cell
    return -1


@cold
def lay(bank, level, draft, t, cell, byte):
    """Lay the next item at a cell; returns whether there was a cell and a number for it."""
    i = draft.tally[t, N_ITEMS]
    if cell < 0 or i >= bank.item_cell.shape[1]:
        return False
    set_item(bank, level, i, cell, byte)
    draft.tally[t, N_ITEMS] = i + 1
    return True


@cold
def lay_extras(bank, level, draft, t):
    """Lay items that nobody needs, half of them like one that somebody does but for the colour."""
    n = between(draft, t, draft.setting[EXTRAS_LOW], draft.setting[EXTRAS_HIGH])
    kept = fixtures_meant(bank, level, draft, t)
    for _ in range(n):
        kind = roll(draft, t, _SHADES.shape[0])
        if draft.tally[t, N_ITEMS] > 0 and roll(draft, t, 2) == 0:
            kind = (np.int64(bank.item_look[level, roll(draft, t, draft.tally[t, N_ITEMS])]) - 1) // 8
        cell = item_cell_of(bank, level, draft, t, kept)
        if not lay(bank, level, draft, t, cell, _LOOKS[kind, roll(draft, t, _SHADES[kind])]):
            return False
    return True


@cold
def item_of_others(bank, level, draft, t, a):
    """An item that an earlier agent is to carry; -1 if there is none."""
    b = roll(draft, t, a)
    for r in range(MAX_CLAUSES):
        if _CARRIES[bank.goal[level, b, r, VERB]] and bank.goal[level, b, r, VERB] != PUT_DOWN:
            if size(draft.aim[t, b, r, 0]) == 1:
                for i in range(draft.tally[t, N_ITEMS]):
                    if has(draft.aim[t, b, r, 0], i):
                        return i
    return -1


# ---- fixtures ----------------------------------------------------------------------------------------
@rule
def kind_of_fixture(bank, level, f):
    return np.int64(PLACE_KIND[place_at(bank, level, bank.fixture_cell[level, f])])


@cold
def piece_of(bank, level, draft, t, f):
    """All fixtures of the piece of furniture that `f` is part of."""
    piece = _NONE
    for g in range(draft.tally[t, N_FIXTURES]):
        if draft.piece[t, g] == draft.piece[t, f]:
            piece |= bit(g)
    return piece


@cold
def room_on(bank, level, draft, t, fixtures):
    """How many more items fit on or in these fixtures?"""
    n = 0
    for f in range(draft.tally[t, N_FIXTURES]):
        if has(fixtures, f):
            cell = bank.fixture_cell[level, f]
            n += PLACE_HOLDS[place_at(bank, level, cell)] > 0 and item_on(bank, level, cell) == 0
    return n


@cold
def fixtures_meant(bank, level, draft, t):
    """All fixtures that some clause drawn so far acts upon."""
    meant = _NONE
    for a in range(bank.agent_cell.shape[1]):
        for r in range(MAX_CLAUSES):
            if bank.goal[level, a, r, VERB] != NO_VERB:
                if CLASS_OF_KIND[bank.goal[level, a, r, KIND_]] == FIXTURE:
                    meant |= draft.aim[t, a, r, 0]
                if CLASS_OF_KIND[bank.goal[level, a, r, P_KIND]] == FIXTURE:
                    meant |= draft.aim[t, a, r, 1]
    return meant


@cold
def is_meant_by_others(bank, level, draft, t, a, f):
    """Does a clause of another agent act upon this fixture?"""
    for b in range(a):
        for r in range(MAX_CLAUSES):
            row = bank.goal[level, b, r]
            if row[VERB] != GO_TO and CLASS_OF_KIND[row[KIND_]] == FIXTURE and has(draft.aim[t, b, r, 0], f):
                return True
            if CLASS_OF_KIND[row[P_KIND]] == FIXTURE and has(draft.aim[t, b, r, 1], f):
                return True
    return False


@cold
def find_fixture(bank, level, draft, t, a, wish):
    """A fixture that serves the wish and that no other agent's clause acts upon; -1 if none was found."""
    fixtures = draft.tally[t, N_FIXTURES]
    if fixtures == 0:
        return -1
    f = roll(draft, t, fixtures)
    for _ in range(fixtures):
        f = (f + 1) % fixtures
        place = place_at(bank, level, bank.fixture_cell[level, f])
        works = _WORKS[PLACE_KIND[place]]
        if wish == _TO_HOLD_ON or wish == _TO_HOLD_IN:
            fine = PLACE_HOLDS[place] == (HOLDS_ON if wish == _TO_HOLD_ON else HOLDS_IN)
        elif wish == _TO_OPEN or wish == _TO_CLOSE:
            fine = works == 1 and (wish == _TO_OPEN or PLACE_STATE[place] != LOCKED)
        elif wish == _TO_SWITCH:
            fine = works == 2
        else:
            fine = wish == _TO_SEE or PLACE_KIND[place] != DOOR_KIND
        if fine and not is_meant_by_others(bank, level, draft, t, a, f):
            return f
    return -1


@cold
def all_of_kind(bank, level, draft, t, kind):
    """All fixtures of a kind."""
    alike = _NONE
    for f in range(draft.tally[t, N_FIXTURES]):
        if kind_of_fixture(bank, level, f) == kind:
            alike |= bit(f)
    return alike


@cold
def any_meant_by_others(bank, level, draft, t, a, fixtures):
    """Does another agent's clause act upon one of these?"""
    for f in range(draft.tally[t, N_FIXTURES]):
        if has(fixtures, f) and is_meant_by_others(bank, level, draft, t, a, f):
            return True
    return False


@cold
def undo_all(bank, level, draft, t, a, r, verb, fixtures):
    """Set fixtures so that what the verb asks is still to be done; false if that may not be.

    No two clauses of a goal open, close or switch the same fixture.
    """
    for q in range(r):
        works = bank.goal[level, a, q, VERB] >= OPEN_IT and bank.goal[level, a, q, VERB] <= SWITCH_OFF
        if works and draft.aim[t, a, q, 0] & fixtures != _NONE:
            return False
    state = SHUT if verb == OPEN_IT or verb == SWITCH_ON else OPEN
    for f in range(draft.tally[t, N_FIXTURES]):
        if has(fixtures, f):
            cell = bank.fixture_cell[level, f]
            place = place_at(bank, level, cell)
            is_locked = PLACE_KIND[place] == DOOR_KIND and PLACE_STATE[place] == LOCKED
            if is_locked and verb == CLOSE_IT:
                return False
            if not is_locked:
                place = FIRST_PLACE[PLACE_KIND[place], state] + PLACE_COLOUR[place]
                paint(bank, level, PLACE_PLANE, cell, place)
                show_item(bank, level, cell)
    return True
