"""How is a house drawn? Rooms by splitting, doors that join them, furniture along the walls, and agents.

Each draw is a function of the attempt's key and a running number. Whatever stands in the way leaves the free
floor in one part: a cell may be filled only if its free neighbours stay joined around it.
"""

import numpy as np

from worlds.compiler.compile import cold, rule
from worlds.generators.draft import (
    HOME,
    LOCK_RATE,
    N_FIXTURES,
    N_LOCKS,
    N_PIECES,
    N_ROOMS,
    PIECES_HIGH,
    PIECES_LOW,
    ROOMS_HIGH,
    ROOMS_LOW,
    SHUT_RATE,
    SIDE,
    SURE,
)
from worlds.levels.build import clear_level, set_agent, set_fixture, set_ground
from worlds.objects import (
    DOOR_KIND,
    FIRST_FIXTURE,
    FIRST_PLACE,
    FIXTURES,
    FLOOR,
    KIND,
    LOCKED,
    OPEN,
    PLACE_KIND,
    PLACE_WALKABLE,
    ROOMS,
    SHUT,
)
from worlds.rules.chance import below, draw
from worlds.rules.space import COL_STEP, ROW_STEP, agent_at, col_of, fixture_on, item_on, place_at, row_of

LEAST_ROOM = 3  # cells from wall to wall
_EXTRA_DOOR = SURE // 4  # chance of a door that makes a round trip possible
_TRIES = 24  # places tried for a piece of furniture

# Which furniture fits a room, and how: long pieces take one to three cells.
FITS = np.array([[not k.rooms or room in k.rooms for k in FIXTURES] for room in ROOMS], np.bool_)
FURNITURE_COLOURS = np.array([max(1, len(k.colours)) for k in FIXTURES], np.int64)
IS_LONG = np.array([k.name in ("bed", "table", "sofa", "shelf") for k in FIXTURES], np.bool_)
STANDS_FREE = np.array([k.name in ("table", "rug", "chair") for k in FIXTURES], np.bool_)
HAS_STATES = np.array([k.shuts or k.switches for k in FIXTURES], np.bool_)
_RUG = KIND["rug"]
# The eight cells around one, clockwise from north.
_RING_ROW = np.array([-1, -1, 0, 1, 1, 1, 0, -1])
_RING_COL = np.array([0, 1, 1, 1, 0, -1, -1, -1])


# ---- chance ------------------------------------------------------------------------------------------
@cold
def roll(draft, t, n):
    """An integer in 0..n-1, the next one of the attempt's stream."""
    draft.drawn[t] += 1
    return below(draw(draft.key[t], 0, draft.drawn[t]), n)


@rule
def between(draft, t, low, high):
    """An integer in low..high."""
    return low + roll(draft, t, high - low + 1)


@rule
def happens(draft, t, rate):
    """Does something of this rate (of SURE) happen?"""
    return roll(draft, t, SURE) < rate


# ---- the whole ---------------------------------------------------------------------------------------
@cold
def draw_layout(bank, level, draft, t):
    """Draw rooms, doors, furniture and agents; returns whether all of them found a place."""
    clear_level(bank, level)
    for i in range(draft.tally.shape[1]):
        draft.tally[t, i] = 0
    side = draft.setting[SIDE]
    for row in range(side):
        for col in range(side):
            draft.zone[t, row, col] = 0
            draft.clear[t, row, col] = False
    if not split_rooms(draft, t):
        return False
    lay_floors(bank, level, draft, t)
    find_door_cells(draft, t)
    hang_doors(bank, level, draft, t)
    furnish(bank, level, draft, t)
    return draft.tally[t, N_PIECES] >= draft.setting[PIECES_LOW] and place_agents(bank, level, draft, t)


# ---- rooms -------------------------------------------------------------------------------------------
@cold
def split_rooms(draft, t):
    """Split the inside of the house until it has as many rooms as drawn; returns whether it could."""
    side = draft.setting[SIDE]
    wanted = between(draft, t, draft.setting[ROOMS_LOW], draft.setting[ROOMS_HIGH])
    set_rect(draft, t, 1, 1, 1, side - 2, side - 2)
    rooms = 1
    while rooms < wanted:
        z = room_to_split(draft, t, rooms)
        if z == 0:
            return False
        split(draft, t, z, rooms + 1)
        rooms += 1
    draft.tally[t, N_ROOMS] = rooms
    return True


@rule
def set_rect(draft, t, z, top, left, bottom, right):
    draft.rect[t, z, 0] = top
    draft.rect[t, z, 1] = left
    draft.rect[t, z, 2] = bottom
    draft.rect[t, z, 3] = right


@cold
def room_to_split(draft, t, rooms):
    """The room that is longest, chance deciding by a few cells; 0 if all are too small."""
    best, longest = 0, 2 * LEAST_ROOM
    for z in range(1, rooms + 1):
        rows = draft.rect[t, z, 2] - draft.rect[t, z, 0] + 1
        cols = draft.rect[t, z, 3] - draft.rect[t, z, 1] + 1
        if max(rows, cols) > 2 * LEAST_ROOM:
            length = max(rows, cols) + roll(draft, t, 4)
            if length > longest:
                best, longest = z, length
    return best


@cold
def split(draft, t, z, new):
    """Put a wall through room `z`, across its longer side, and call the part beyond it room `new`."""
    top, left = draft.rect[t, z, 0], draft.rect[t, z, 1]
    bottom, right = draft.rect[t, z, 2], draft.rect[t, z, 3]
    rows, cols = bottom - top + 1, right - left + 1
    by_row = rows > cols or (rows == cols and roll(draft, t, 2) == 0)
    spare = (rows if by_row else cols) - 2 * LEAST_ROOM - 1
    at = LEAST_ROOM + (roll(draft, t, spare + 1) + roll(draft, t, spare + 1) + 1) // 2  # towards the middle
    if by_row:
        set_rect(draft, t, new, top + at + 1, left, bottom, right)
        draft.rect[t, z, 2] = top + at - 1
    else:
        set_rect(draft, t, new, top, left + at + 1, bottom, right)
        draft.rect[t, z, 3] = left + at - 1


@cold
def lay_floors(bank, level, draft, t):
    """Draw what each room is, all different while that lasts, and lay its floor."""
    kinds = len(ROOMS)
    for z in range(1, draft.tally[t, N_ROOMS] + 1):
        first = z - 1 - (z - 1) % kinds + 1  # repeats are allowed beyond this room
        room = roll(draft, t, kinds)
        while is_used(draft, t, room, first, z):
            room = (room + 1) % kinds
        draft.room[t, z] = room
        for row in range(draft.rect[t, z, 0], draft.rect[t, z, 2] + 1):
            for col in range(draft.rect[t, z, 1], draft.rect[t, z, 3] + 1):
                set_ground(bank, level, row << 8 | col, FLOOR + 1 + room)
                draft.zone[t, row, col] = z


@cold
def is_used(draft, t, room, first, last):
    """Is one of the rooms `first` to `last - 1` of this kind?"""
    for z in range(first, last):
        if draft.room[t, z] == room:
            return True
    return False


# ---- doors -------------------------------------------------------------------------------------------
@cold
def find_door_cells(draft, t):
    """For each two rooms with a wall between them, draw the cell where their door would be."""
    zones = draft.rect.shape[1]
    side = draft.setting[SIDE]
    for pair in range(zones * zones):
        draft.pair_n[t, pair] = 0
    for row in range(1, side - 1):
        for col in range(1, side - 1):
            if draft.zone[t, row, col] == 0:
                note_door_cell(draft, t, row, col, draft.zone[t, row - 1, col], draft.zone[t, row + 1, col])
                note_door_cell(draft, t, row, col, draft.zone[t, row, col - 1], draft.zone[t, row, col + 1])


@cold
def note_door_cell(draft, t, row, col, zone, other):
    """Reservoir sampling: of n cells between two zones, each is kept with the same chance."""
    if zone != other and zone > 0 and other > 0:
        pair = min(zone, other) * draft.rect.shape[1] + max(zone, other)
        draft.pair_n[t, pair] += 1
        if roll(draft, t, draft.pair_n[t, pair]) == 0:
            draft.pair_cell[t, pair] = row << 8 | col


@cold
def root(draft, t, which, z):
    """The zone that stands for all zones joined with `z`."""
    while draft.parent[t, which, z] != z:
        z = draft.parent[t, which, z]
    return z


@cold
def hang_doors(bank, level, draft, t):
    """Join all rooms by doors, and some of them once more."""
    zones = draft.rect.shape[1]
    for z in range(zones):
        draft.parent[t, 0, z] = z
        draft.parent[t, 1, z] = z
    start = roll(draft, t, zones * zones)
    for k in range(zones * zones):
        pair = (start + 37 * k) % (zones * zones)  # 37 and 100 have no common factor: each pair once
        if draft.pair_n[t, pair] > 0:
            a, b = pair // zones, pair % zones
            joined = root(draft, t, 0, a) == root(draft, t, 0, b)
            if not joined or happens(draft, t, _EXTRA_DOOR):
                draft.parent[t, 0, root(draft, t, 0, a)] = root(draft, t, 0, b)
                hang_door(bank, level, draft, t, draft.pair_cell[t, pair], a, b)


@cold
def hang_door(bank, level, draft, t, cell, a, b):
    """A door of any colour: open, shut or locked; what is beside it is left free."""
    state = OPEN
    if happens(draft, t, draft.setting[LOCK_RATE]):
        state = LOCKED
        draft.tally[t, N_LOCKS] += 1
    elif happens(draft, t, draft.setting[SHUT_RATE]):
        state = SHUT
    if state != LOCKED:
        draft.parent[t, 1, root(draft, t, 1, a)] = root(draft, t, 1, b)
    set_ground(bank, level, cell, FLOOR)
    add_fixture(bank, level, draft, t, cell, FIRST_PLACE[DOOR_KIND, state] + roll(draft, t, 8))
    for d in range(4):
        draft.clear[t, row_of(cell) + ROW_STEP[d], col_of(cell) + COL_STEP[d]] = True


@cold
def add_fixture(bank, level, draft, t, cell, place):
    """Stand the next fixture at a cell; it belongs to the piece that is being placed."""
    f = draft.tally[t, N_FIXTURES]
    set_fixture(bank, level, f, cell, place)
    draft.piece[t, f] = f
    draft.tally[t, N_FIXTURES] = f + 1


# ---- furniture ---------------------------------------------------------------------------------------
@cold
def furnish(bank, level, draft, t):
    """Put furniture that fits into one room after another."""
    pieces = between(draft, t, draft.setting[PIECES_LOW], draft.setting[PIECES_HIGH])
    rooms = draft.tally[t, N_ROOMS]
    z = roll(draft, t, rooms)
    for _ in range(pieces):
        z = z % rooms + 1
        for _ in range(_TRIES):
            if place_piece(bank, level, draft, t, z):
                draft.tally[t, N_PIECES] += 1
                break


@cold
def place_piece(bank, level, draft, t, z):
    """Try one piece at one place of room `z`; returns whether it stands."""
    kind = roll(draft, t, len(FIXTURES))
    while not FITS[draft.room[t, z], kind]:
        kind = (kind + 1 + roll(draft, t, len(FIXTURES))) % len(FIXTURES)
    if stands_in_house(bank, level, draft, t, kind) and roll(draft, t, 4) > 0:
        return False
    cells = 1 + roll(draft, t, 3) if IS_LONG[kind] else 1
    if draft.tally[t, N_FIXTURES] + cells > bank.fixture_cell.shape[1]:
        return False
    top, left = draft.rect[t, z, 0], draft.rect[t, z, 1]
    rows, cols = draft.rect[t, z, 2] - top + 1, draft.rect[t, z, 3] - left + 1
    wall = roll(draft, t, 4)  # the side of the room it stands against
    along_row = wall % 2 == 0
    row, col = top + roll(draft, t, rows), left + roll(draft, t, cols)
    if not STANDS_FREE[kind] or roll(draft, t, 3) == 0:
        if along_row:
            row = top if wall == 0 else top + rows - 1
        else:
            col = left if wall == 3 else left + cols - 1
    place = FIRST_PLACE[FIRST_FIXTURE + kind, roll(draft, t, 2) if HAS_STATES[kind] else 0]
    place += roll(draft, t, FURNITURE_COLOURS[kind])
    first = draft.tally[t, N_FIXTURES]
    for k in range(cells):
        cell = (row << 8 | (col + k)) if along_row else ((row + k) << 8 | col)
        if not can_furnish(bank, level, draft, t, cell, z, FIRST_FIXTURE + kind, first):
            return k > 0  # what stands already is a shorter piece
        add_fixture(bank, level, draft, t, cell, place)
        draft.piece[t, first + k] = first
    return True


@cold
def stands_in_house(bank, level, draft, t, kind):
    """Does the house have furniture of this row of FIXTURES?"""
    for f in range(draft.tally[t, N_FIXTURES]):
        if PLACE_KIND[place_at(bank, level, bank.fixture_cell[level, f])] == FIRST_FIXTURE + kind:
            return True
    return False


@cold
def can_furnish(bank, level, draft, t, cell, z, kind, first):
    """May furniture stand here, apart from others of its kind and without cutting the floor?"""
    if draft.zone[t, row_of(cell), col_of(cell)] != z or not is_bare(bank, level, draft, t, cell):
        return False
    for d in range(4):
        f = fixture_on(bank, level, (row_of(cell) + ROW_STEP[d]) << 8 | (col_of(cell) + COL_STEP[d])) - 1
        if f >= 0 and f < first:
            if PLACE_KIND[place_at(bank, level, bank.fixture_cell[level, f])] == kind:
                return False
    return kind == _RUG or can_fill(bank, level, cell)


@rule
def is_bare(bank, level, draft, t, cell):
    """Is this a room's floor with nothing on it that may be used?"""
    row, col = row_of(cell), col_of(cell)
    if draft.zone[t, row, col] == 0 or draft.clear[t, row, col]:
        return False
    free = bank.fixture_at[level, row, col] == 0 and bank.item_at[level, row, col] == 0
    return free and agent_at(bank, level, cell) < 0


@rule
def is_passable(bank, level, cell):
    """Can one walk here, if need be by opening a door?"""
    place = place_at(bank, level, cell)
    return (PLACE_WALKABLE[place] or PLACE_KIND[place] == DOOR_KIND) and item_on(bank, level, cell) == 0


@cold
def can_fill(bank, level, cell):
    """Do the free cells around a cell stay joined when it is filled, and does all beside it keep a free side?

    They do if its Yokoi number is one, or if all eight are free.
    """
    ring = 0
    for k in range(8):
        if is_passable(bank, level, (row_of(cell) + _RING_ROW[k]) << 8 | (col_of(cell) + _RING_COL[k])):
            ring |= 1 << k
    ring |= (ring & 1) << 8
    parts = 0
    for k in range(0, 8, 2):
        if ring >> k & 1 and ring >> k & 7 != 7:
            parts += 1
    if parts != 1 and ring & 255 != 255:
        return False
    for k in range(0, 8, 2):
        beside = (row_of(cell) + _RING_ROW[k]) << 8 | (col_of(cell) + _RING_COL[k])
        if fixture_on(bank, level, beside) > 0 or item_on(bank, level, beside) > 0:
            if free_sides(bank, level, beside) < 2:
                return False
    return True


@cold
def free_sides(bank, level, cell):
    """How many of the four cells beside this one can be walked on?"""
    n = 0
    for d in range(4):
        row, col = row_of(cell) + ROW_STEP[d], col_of(cell) + COL_STEP[d]
        if row >= 0 and row < bank.item_at.shape[1] and col >= 0 and col < bank.item_at.shape[1]:
            n += is_passable(bank, level, row << 8 | col)
    return n


# ---- agents ------------------------------------------------------------------------------------------
@cold
def place_agents(bank, level, draft, t):
    """Start all agents in rooms that no locked door parts; returns whether there was room."""
    draft.tally[t, HOME] = root(draft, t, 1, 1 + roll(draft, t, draft.tally[t, N_ROOMS]))
    for a in range(bank.agent_cell.shape[1]):
        cell = -1
        for _ in range(_TRIES):
            if cell < 0 or not is_home(draft, t, cell):
                cell = bare_cell(bank, level, draft, t)
        if cell < 0 or not is_home(draft, t, cell):
            return False
        set_agent(bank, level, a, cell, roll(draft, t, 4), a)
    return True


@rule
def is_home(draft, t, cell):
    """Is this in rooms that agents reach without a key?"""
    z = draft.zone[t, row_of(cell), col_of(cell)]
    return z > 0 and root(draft, t, 1, z) == draft.tally[t, HOME]


@cold
def bare_cell(bank, level, draft, t):
    """A bare cell of the house; -1 if none was found."""
    inside = draft.setting[SIDE] - 2
    for _ in range(64):
        cell = (1 + roll(draft, t, inside)) << 8 | (1 + roll(draft, t, inside))
        if is_bare(bank, level, draft, t, cell):
            return cell
    return -1
