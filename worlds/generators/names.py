"""Which words name what is meant, and is it fair to ask? Descriptions, constraints and a last look.

"The red cup on the desk" is drawn from the true descriptions of a cup. `bind` of rules/goals.py, the same
that judges episodes, decides what a description fits.
"""

import numpy as np

from worlds.compiler.compile import cold, rule
from worlds.generators.draft import (
    CONSTRAINT_RATE,
    CROSSED,
    N_FIXTURES,
    N_ITEMS,
    N_ROOMS,
    NEED_PAIR,
    NEED_SHADE,
    RELATION_RATE,
    SIDE,
)
from worlds.generators.layout import happens, is_passable, roll
from worlds.generators.tasks import room_on
from worlds.goal import (
    AVOID_ROOM,
    EVERY,
    FOLLOW,
    GIVE,
    GO_TO,
    IN,
    IN_ROOM,
    KIND_,
    LEAVE_ALONE,
    MAX_CLAUSES,
    MEET,
    NEXT_TO,
    NO_VERB,
    ON,
    P_KIND,
    P_QUANTITY,
    PICK_UP,
    PUT_IN,
    PUT_NEXT,
    PUT_ON,
    QUANTITY,
    ROWS,
    STAGE,
    THE,
    VERB,
    A,
)
from worlds.objects import (
    CLASS_OF_KIND,
    DOOR_KIND,
    FIRST_FIXTURE,
    FIRST_ITEM,
    FIRST_ROOM,
    FIXTURE,
    FIXTURES,
    HOLDS_IN,
    HOLDS_NOTHING,
    ITEM,
    ITEMS,
    KEY_KIND,
    LOCKED,
    PLACE_COLOUR,
    PLACE_FLOOR,
    PLACE_HOLDS,
    PLACE_KIND,
    PLACE_STATE,
)
from worlds.rules.goals import bind, bit, has, holds, is_beside, needed, room_of, size
from worlds.rules.space import COL_STEP, ROW_STEP, col_of, item_on, place_at, row_of

_NONE = np.uint64(0)
HAS_COLOURS = np.zeros(256, np.bool_)  # kinds that a colour may be said of
for _row, _item in enumerate(ITEMS):
    HAS_COLOURS[FIRST_ITEM + _row] = len(_item.colours) > 0
for _row, _fixture in enumerate(FIXTURES):
    HAS_COLOURS[FIRST_FIXTURE + _row] = len(_fixture.colours) > 0
HAS_COLOURS[DOOR_KIND] = True

# Fields of a description, counted from its quantity.
_KIND, _COLOUR, _RELATION, _OTHER_KIND, _OTHER_COLOUR = range(1, 6)
_COLOURED, _RELATED = 1, 2


@cold
def name_tasks(bank, level, draft, t):
    """Find words for all that is meant, draw constraints, and look whether all of it is fair."""
    for a in range(bank.agent_cell.shape[1]):
        for r in range(MAX_CLAUSES):
            if bank.goal[level, a, r, VERB] != NO_VERB:
                for part in range(2):
                    if not name_part(bank, level, draft, t, a, r, part):
                        return False
    for a in range(bank.agent_cell.shape[1]):
        if happens(draft, t, draft.setting[CONSTRAINT_RATE]):
            constrain(bank, level, draft, t, a)
        bind_all(bank, level, a)
    for a in range(bank.agent_cell.shape[1]):
        if not is_fair(bank, level, draft, t, a):
            return False
    return not draft.setting[CROSSED] or is_crossed(bank, level)


# ---- descriptions ------------------------------------------------------------------------------------
@cold
def name_part(bank, level, draft, t, a, r, part):
    """Describe the thing (part 0) or the place (1) of a clause; returns whether words were found."""
    at = P_QUANTITY if part else QUANTITY
    row = bank.goal[level, a, r]
    ref = row[at : at + 6]
    kind_class = CLASS_OF_KIND[ref[_KIND]]
    if kind_class != ITEM and kind_class != FIXTURE:
        return True
    meant = draft.aim[t, a, r, part]
    others = taken(bank, level, draft, t, a, r, kind_class, row[VERB] == GO_TO)
    single = ref[0] == THE
    liked = (_COLOURED if roll(draft, t, 2) == 0 else 0) | (
        _RELATED if happens(draft, t, draft.setting[RELATION_RATE]) else 0
    )
    if single and roll(draft, t, 4) == 0:
        ref[0] = A
    must = 0
    if draft.setting[NEED_SHADE] and part == 0 and is_shade_wanted(bank, level, draft, t, a, r):
        must = _COLOURED
    start = roll(draft, t, 3)
    for k in range(9):
        want = liked if k == 0 else (k - 1) & 3
        if single and k == 5:
            ref[0] = THE if ref[0] == A else A
        if (want | must) != want and k > 0:
            continue
        want |= must
        if describe(bank, level, draft, t, ref, kind_class, meant, want, (start + k) % 3):
            fits = bound_by(bank, level, ref)
            if fits & meant == meant and fits & others == _NONE:
                if fits == meant or (ref[0] != THE and ref[0] != EVERY):
                    draft.aim[t, a, r, part] = fits
                    return True
    return False


@cold
def is_shade_wanted(bank, level, draft, t, a, r):
    """Is this the first clause of the agent about a thing of a colour held out?"""
    for q in range(r + 1):
        things = draft.aim[t, a, q, 0]
        kind = bank.goal[level, a, q, KIND_]
        if CLASS_OF_KIND[kind] == ITEM or CLASS_OF_KIND[kind] == FIXTURE:
            colour = colour_of(bank, level, draft, t, CLASS_OF_KIND[kind], things)
            if colour >= 0 and draft.held_shade[kind, colour] and size(things) == 1:
                return q == r
    return False


@cold
def first_cell(bank, level, draft, t, kind_class, things):
    """The cell of the first thing of a set; below 0 if it is carried."""
    if kind_class == ITEM:
        for i in range(draft.tally[t, N_ITEMS]):
            if has(things, i):
                return np.int64(bank.item_cell[level, i])
    for f in range(draft.tally[t, N_FIXTURES]):
        if kind_class == FIXTURE and has(things, f):
            return np.int64(bank.fixture_cell[level, f])
    return -1


@cold
def colour_of(bank, level, draft, t, kind_class, things):
    """The colour that all of a set have, -1 if there is none."""
    common = -1
    n = draft.tally[t, N_ITEMS] if kind_class == ITEM else draft.tally[t, N_FIXTURES]
    for i in range(n):
        if has(things, i):
            if kind_class == ITEM:
                colour = (np.int64(bank.item_look[level, i]) - 1) % 8
            else:
                colour = np.int64(PLACE_COLOUR[place_at(bank, level, bank.fixture_cell[level, i])])
            if common >= 0 and common != colour:
                return -1
            common = colour
    return common


@cold
def describe(bank, level, draft, t, ref, kind_class, things, want, relation):
    """Write colour and relation into a description as wanted; false if that cannot truly be said."""
    ref[_COLOUR] = 0
    ref[_RELATION] = 0
    ref[_OTHER_KIND] = 0
    ref[_OTHER_COLOUR] = 0
    if want & _COLOURED:
        colour = colour_of(bank, level, draft, t, kind_class, things)
        if colour < 0 or not HAS_COLOURS[ref[_KIND]]:
            return False
        if draft.held_shade[ref[_KIND], colour] and not draft.setting[NEED_SHADE]:
            return False
        ref[_COLOUR] = colour + 1
    if want & _RELATED:
        cell = first_cell(bank, level, draft, t, kind_class, things)
        if cell < 0 or size(things) > 1:
            return False
        return relate(bank, level, draft, t, ref, kind_class, cell, relation)
    return True


@cold
def relate(bank, level, draft, t, ref, kind_class, cell, relation):
    """Say where a thing is: on or in furniture (relation 0), next to something (1), in a room (2)."""
    if relation == 2:
        room = room_of(bank, level, cell)
        if room == 0:
            return False
        ref[_RELATION], ref[_OTHER_KIND] = IN_ROOM, FIRST_ROOM + room - 1
        return True
    at = cell
    if relation == 1:
        d = roll(draft, t, 4)
        at = (row_of(cell) + ROW_STEP[d]) << 8 | (col_of(cell) + COL_STEP[d])
    place = place_at(bank, level, at)
    i = item_on(bank, level, at) - 1
    if relation == 1 and i >= 0:
        byte = np.int64(bank.item_look[level, i]) - 1
        kind, colour = FIRST_ITEM + byte // 8, byte % 8
    else:
        kind, colour = np.int64(PLACE_KIND[place]), np.int64(PLACE_COLOUR[place])
    if kind == 0 or (kind_class == FIXTURE and relation == 0):
        return False
    ref[_RELATION] = NEXT_TO
    if relation == 0:
        if PLACE_HOLDS[place] == HOLDS_NOTHING or draft.held_pair[ref[_KIND], kind]:
            return False
        ref[_RELATION] = IN if PLACE_HOLDS[place] == HOLDS_IN else ON
    ref[_OTHER_KIND] = kind
    if HAS_COLOURS[kind] and roll(draft, t, 4) == 0:
        if not draft.held_shade[kind, colour]:
            ref[_OTHER_COLOUR] = colour + 1
    return True


@cold
def taken(bank, level, draft, t, a, r, kind_class, only_seen):
    """Things of a class that a description must not fit: what other clauses are about.

    Agents share no furniture and no items; the clauses of one agent may share furniture.
    """
    things = _NONE
    if only_seen and kind_class == FIXTURE:
        return things
    for b in range(bank.agent_cell.shape[1]):
        if b != a and draft.setting[CROSSED]:
            continue
        for q in range(MAX_CLAUSES):
            row = bank.goal[level, b, q]
            if row[VERB] == NO_VERB or (b == a and (q == r or kind_class == FIXTURE)):
                continue
            if CLASS_OF_KIND[row[KIND_]] == kind_class and (row[VERB] != GO_TO or kind_class == ITEM):
                things |= draft.aim[t, b, q, 0]
            if CLASS_OF_KIND[row[P_KIND]] == kind_class:
                things |= draft.aim[t, b, q, 1]
    return things


@cold
def bound_by(bank, level, ref):
    """The things that a description fits."""
    return bind(bank, level, ref)


@cold
def bind_all(bank, level, a):
    """Bind the goal of an agent."""
    for r in range(ROWS):
        row = bank.goal[level, a, r]
        for part in range(2):
            at = P_QUANTITY if part else QUANTITY
            bank.bound[level, a, r, part] = bound_by(bank, level, row[at : at + 6])


# ---- constraints -------------------------------------------------------------------------------------
@cold
def constrain(bank, level, draft, t, a):
    """Forbid the agent a room or an item, if the house has one that it does not need."""
    row = bank.goal[level, a, MAX_CLAUSES]
    if roll(draft, t, 2) == 0:
        room = draft.room[t, 1 + roll(draft, t, draft.tally[t, N_ROOMS])]
        if room + 1 != room_of(bank, level, bank.agent_cell[level, a]):
            row[VERB], row[QUANTITY], row[KIND_] = AVOID_ROOM, THE, FIRST_ROOM + room
            bind_all(bank, level, a)
            if can_reach_all(bank, level, draft, t, a, room + 1):
                return
    else:
        i = roll(draft, t, draft.tally[t, N_ITEMS]) if draft.tally[t, N_ITEMS] > 0 else -1
        own = _NONE
        for r in range(MAX_CLAUSES):
            if CLASS_OF_KIND[bank.goal[level, a, r, KIND_]] == ITEM:
                own |= draft.aim[t, a, r, 0]
        if i >= 0 and not has(own, i) and bank.item_cell[level, i] >= 0:
            kind = FIRST_ITEM + (np.int64(bank.item_look[level, i]) - 1) // 8
            if kind != KEY_KIND:
                row[VERB], row[QUANTITY], row[KIND_] = LEAVE_ALONE, THE, kind
                for want in range(4):
                    if describe(
                        bank, level, draft, t, row[QUANTITY:P_QUANTITY], ITEM, bit(i), want, roll(draft, t, 3)
                    ):
                        fits = bound_by(bank, level, row[QUANTITY:P_QUANTITY])
                        if fits == bit(i):
                            return
    for k in range(row.shape[0]):
        row[k] = 0


@cold
def can_reach_all(bank, level, draft, t, a, room):
    """Can the agent reach all that its clauses are about without entering a room or unlocking a door?"""
    flood(bank, level, draft, t, np.int64(bank.agent_cell[level, a]), room)
    for r in range(MAX_CLAUSES):
        row = bank.goal[level, a, r]
        if row[VERB] == GIVE or row[VERB] == MEET or row[VERB] == FOLLOW:
            return False
        for part in range(2):
            kind_class = CLASS_OF_KIND[row[P_KIND if part else KIND_]]
            if row[VERB] == NO_VERB:
                break
            if kind_class == ITEM or kind_class == FIXTURE:
                if not is_all_reached(bank, level, draft, t, kind_class, bank.bound[level, a, r, part]):
                    return False
            elif not is_room_reached(bank, level, draft, t, bank.bound[level, a, r, part]):
                return False
    return True


@cold
def is_room_reached(bank, level, draft, t, rooms):
    """Is a cell of one of these rooms marked by the flood? No rooms: nothing is to be reached."""
    if rooms == _NONE:
        return True
    side = bank.room_at.shape[1]
    for row in range(side):
        for col in range(side):
            if draft.seen[t, row, col] and has(rooms, np.int64(bank.room_at[level, row, col]) - 1):
                return True
    return False


@cold
def is_all_reached(bank, level, draft, t, kind_class, things):
    """Is a cell beside (or under) each thing of the set marked by the flood?"""
    n = draft.tally[t, N_ITEMS] if kind_class == ITEM else draft.tally[t, N_FIXTURES]
    for i in range(n):
        if has(things, i):
            cell = np.int64(bank.item_cell[level, i] if kind_class == ITEM else bank.fixture_cell[level, i])
            if cell >= 0 and not is_reached(draft, t, cell):
                return False
    return True


@cold
def is_reached(draft, t, cell):
    """Is this cell or one beside it marked by the flood?"""
    row, col = row_of(cell), col_of(cell)
    reached = draft.seen[t, row, col] > 0
    for d in range(4):
        y, x = row + ROW_STEP[d], col + COL_STEP[d]
        if y >= 0 and y < draft.seen.shape[1] and x >= 0 and x < draft.seen.shape[1]:
            reached |= draft.seen[t, y, x] > 0
    return reached


@cold
def flood(bank, level, draft, t, start, room):
    """Mark all cells that can be walked to from `start`; `room` > 0: without it and without locked doors."""
    side = draft.seen.shape[1]
    for row in range(side):
        for col in range(side):
            draft.seen[t, row, col] = 0
    draft.queue[t, 0] = start
    draft.seen[t, row_of(start), col_of(start)] = 1
    head, tail = 0, 1
    while head < tail:
        cell = draft.queue[t, head]
        head += 1
        for d in range(4):
            row, col = row_of(cell) + ROW_STEP[d], col_of(cell) + COL_STEP[d]
            if row < 0 or row >= side or col < 0 or col >= side or draft.seen[t, row, col]:
                continue
            beside = row << 8 | col
            if not is_passable(bank, level, beside):
                continue
            if room > 0 and (room_of(bank, level, beside) == room or is_locked(bank, level, beside)):
                continue
            draft.seen[t, row, col] = 1
            draft.queue[t, tail] = beside
            tail += 1


@rule
def is_locked(bank, level, cell):
    """Is there a locked door at a cell?"""
    from_door = place_at(bank, level, cell)
    return PLACE_KIND[from_door] == DOOR_KIND and PLACE_STATE[from_door] == LOCKED


# ---- a last look -------------------------------------------------------------------------------------
@cold
def is_fair(bank, level, draft, t, a):
    """Is everything in reach, nothing done yet, and room for all that is to be placed?"""
    if a == 0:
        flood(bank, level, draft, t, np.int64(bank.agent_cell[level, a]), np.int64(a))
        for kind_class in range(ITEM, FIXTURE + 1):
            if not is_all_reached(bank, level, draft, t, kind_class, ~_NONE):
                return False
        for b in range(bank.agent_cell.shape[1]):
            if not is_reached(draft, t, np.int64(bank.agent_cell[level, b])):
                return False
    mentions_pair, mentions_shade = False, False
    for r in range(MAX_CLAUSES):
        row = bank.goal[level, a, r]
        if row[VERB] == NO_VERB:
            continue
        things = bank.bound[level, a, r, 0]
        if things == _NONE or size(things) < needed(row[QUANTITY], things):
            return False
        if row[VERB] != FOLLOW and holds(bank, level, a, r):
            return False
        if not has_space(bank, level, draft, t, a, r):
            return False
        if row[VERB] == PUT_ON or row[VERB] == PUT_IN:
            mentions_pair |= draft.held_pair[row[KIND_], row[P_KIND]]
        mentions_shade |= (
            row[QUANTITY + _COLOUR] > 0 and draft.held_shade[row[KIND_], row[QUANTITY + _COLOUR] - 1]
        )
        mentions_shade |= (
            row[P_QUANTITY + _COLOUR] > 0 and draft.held_shade[row[P_KIND], row[P_QUANTITY + _COLOUR] - 1]
        )
    if draft.setting[NEED_PAIR] and not mentions_pair:
        return False
    return not draft.setting[NEED_SHADE] or mentions_shade


@cold
def has_space(bank, level, draft, t, a, r):
    """Is there room for all items that the agent is to put where clause `r` puts some?"""
    row = bank.goal[level, a, r]
    places = bank.bound[level, a, r, 1]
    wanted = 0
    for q in range(MAX_CLAUSES):
        other = bank.goal[level, a, q]
        if other[VERB] == row[VERB] and bank.bound[level, a, q, 1] & places != _NONE:
            wanted += needed(other[QUANTITY], bank.bound[level, a, q, 0])
    if row[VERB] == PUT_ON or row[VERB] == PUT_IN:
        return room_on(bank, level, draft, t, places) >= wanted
    if row[VERB] == PUT_NEXT:
        return space_beside(bank, level, draft, t, CLASS_OF_KIND[row[P_KIND]], places) > wanted
    return True


@cold
def space_beside(bank, level, draft, t, kind_class, things):
    """How many cells beside these things could an item be put down in?"""
    n = 0
    for row in range(1, draft.setting[SIDE] - 1):
        for col in range(1, draft.setting[SIDE] - 1):
            cell = row << 8 | col
            place = place_at(bank, level, cell)
            if item_on(bank, level, cell) == 0 and (PLACE_FLOOR[place] or PLACE_HOLDS[place]):
                n += is_beside(bank, level, cell, kind_class, things)
    return n


@cold
def is_crossed(bank, level):
    """Are two agents to carry the same item, and is neither to keep it, which would leave the other one none?"""
    crossed = False
    for a in range(bank.agent_cell.shape[1]):
        for b in range(a):
            for r in range(MAX_CLAUSES):
                for q in range(MAX_CLAUSES):
                    if is_of_item(bank, level, a, r) and is_of_item(bank, level, b, q):
                        if bank.bound[level, a, r, 0] & bank.bound[level, b, q, 0] != _NONE:
                            if is_kept(bank, level, a, r) or is_kept(bank, level, b, q):
                                return False
                            crossed = True
    return crossed


@rule
def is_of_item(bank, level, a, r):
    """Is this a clause about an item?"""
    return CLASS_OF_KIND[bank.goal[level, a, r, KIND_]] == ITEM


@rule
def is_kept(bank, level, a, r):
    """Is an item of this clause still in somebody's hand when the agent is done? Who is done puts nothing down."""
    verb = bank.goal[level, a, r, VERB]
    if verb == GIVE:
        return True
    last = 0
    for q in range(MAX_CLAUSES):
        last = max(last, np.int64(bank.goal[level, a, q, STAGE]))
    return verb == PICK_UP and np.int64(bank.goal[level, a, r, STAGE]) == last
