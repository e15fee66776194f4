"""What does an agent know of places it has seen, and how far is it to them? An egocentric map, and its landmarks.

An agent keeps a *map*: place and item byte of every cell it has seen, at rows and columns counted from where it woke
up. It knows its own steps from what it senses and nothing else; what others move it learns when it looks again. Of a
container that was seen open and is shut now, the map keeps what was in it.

On the map it finds *landmarks*, one for each kind of thing it knows of, the nearest one: place and item byte, the
floor beside it, and the *path* there. A path tells with which moves the shortest ways begin (go, turn right, turn left)
and in which band of acts its length lies; a turn, a step and the opening of a door are one act each. One more landmark
says where something not yet seen comes into view first. Finding paths is geometry, not learning: what to make of them
is learned.
"""

import numpy as np

from agents.network.kernels.vectors import inline, kernel
from agents.spatial_memory.bitboard import (
    SIDE,
    both,
    east,
    either,
    equal_to,
    get,
    is_any,
    lowest,
    none,
    north,
    put,
    south,
    west,
    with_any,
    without,
)
from worlds.objects import (
    DOOR_KIND,
    OPAQUE,
    PLACE_FLOOR,
    PLACE_HIDES,
    PLACE_KIND,
    PLACE_STATE,
    PLACE_WALKABLE,
    SHUT,
)
from worlds.rules.space import COL_STEP, ROW_STEP
from worlds.state import FORWARD, OK, SENSE_ACT, SENSE_HEADING, SENSE_OUTCOME, TURN_LEFT, TURN_RIGHT, USE

LANDMARKS = 48  # at most, of one map; the nearest come first
LANDMARK_PLACE, LANDMARK_ITEM, LANDMARK_BESIDE, LANDMARK_PATH = range(4)
# Paths. Beyond these: REACHED + 8 * band + moves (bits); band 0 is 1 act, 1 is 2 and 3, 2 is 4 to 7, and so on.
UNDER_ME, FACED, OUT_OF_REACH, REACHED = 1, 2, 3, 8
PATH_BANDS, MOVES = 5, 3
GO, GO_RIGHT, GO_LEFT = 1, 2, 4
BLOCKS = 3 + PATH_BANDS * MOVES  # what landmarks are summed by: the three paths above, then bands by moves
NOTHING_INSIDE = 255  # item byte of a shut container that was empty when it was last seen open

# Traits of a cell that is known, bits.
KNOWN, WALKABLE, DOOR, CLEAR, FLOORED, THING = 1, 2, 4, 8, 16, 32
CELLS = SIDE * SIDE


def _traits() -> np.ndarray:
    """Traits of each place while nothing lies there, uint8[256]; DOOR is one that can be opened and walked through."""
    table = np.zeros(256, np.uint8)
    table[1:] = KNOWN
    table |= (WALKABLE * PLACE_WALKABLE).astype(np.uint8)
    table |= (DOOR * ((PLACE_KIND == DOOR_KIND) & (PLACE_STATE == SHUT))).astype(np.uint8)
    table |= (FLOORED * PLACE_FLOOR).astype(np.uint8)
    table |= (THING * (PLACE_KIND > 0)).astype(np.uint8)
    table[1:OPAQUE] |= CLEAR
    return table


TRAITS = _traits()


def empty_maps(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Maps uint8[n, 3, SIDE, SIDE] and places on them int32[n, 2] of agents who know nothing."""
    return np.zeros((n, 3, SIDE, SIDE), np.uint8), np.zeros((n, 2), np.int32)


def blocks_of_paths() -> np.ndarray:
    """Which blocks a landmark of each path belongs to, float32[REACHED * (1 + PATH_BANDS), BLOCKS]."""
    table = np.zeros((REACHED * (1 + PATH_BANDS), BLOCKS), np.float32)
    for path in (UNDER_ME, FACED, OUT_OF_REACH):
        table[path, path - 1] = 1
    for band in range(PATH_BANDS):
        for move in range(MOVES):
            for moves in range(1, 1 << MOVES):
                if moves >> move & 1:
                    table[REACHED * (1 + band) + moves, 3 + band * MOVES + move] = 1
    return table


def acts_to_explore(landmarks: np.ndarray, view: np.ndarray) -> np.ndarray:
    """Acts that lead to where something new comes into view, by landmarks and views of columns: uint8[B], bit i for act
    i.

    0 where nothing is left to be seen.
    """
    is_sight = (landmarks[..., LANDMARK_PLACE] == 0) & (landmarks[..., LANDMARK_ITEM] == 0)
    is_landmark = (landmarks[..., LANDMARK_PATH] > 0).cumprod(1) > 0
    path = np.where(is_sight & is_landmark, landmarks[..., LANDMARK_PATH], 0).max(1)
    moves = np.where(path >= REACHED, path & (REACHED - 1), np.where(path > 0, GO | GO_RIGHT | GO_LEFT, 0))
    side = int(view.shape[2] ** 0.5)
    opens = TRAITS[view[:, 0, side + side // 2]] & DOOR > 0
    acts = np.where(moves & GO, np.where(opens, 1 << USE, 1 << FORWARD), 0)
    acts |= np.where(moves & GO_RIGHT, 1 << TURN_RIGHT, 0) | np.where(moves & GO_LEFT, 1 << TURN_LEFT, 0)
    return acts.astype(np.uint8)


def find_landmarks(
    view: np.ndarray,
    own: np.ndarray,
    keep: np.ndarray,
    map_: np.ndarray,
    at: np.ndarray,
    landmarks: np.ndarray,
) -> None:
    """Put what agents see now on their maps, and write what landmarks they know.

    Args:
        view: uint8[B, 3, C]. own: uint8[B, 8].
        keep: float32[B] 0 where an episode begins: a new map is begun.
        map_: uint8[B, 3, SIDE, SIDE] place, item and traits of each cell; moved on in place.
        at: int32[B, 2] row and column of the agent on its map; moved on in place.
        landmarks: uint8[B, LANDMARKS, 4] is written: place, item, floor beside and path; the first with path 0 ends
            them.
    """
    _find_landmarks(view, own, keep, map_, at, landmarks)


@inline
def _update(view, own, keep, map_, at, b):
    """Move on as the agent did, and put on its map what it sees."""
    if keep[b] == 0:
        map_[b] = 0
        at[b] = 0
    heading = np.int64(own[b, SENSE_HEADING])
    wrap = SIDE - 1
    row, col = np.int64(at[b, 0]), np.int64(at[b, 1])
    if keep[b] != 0 and own[b, SENSE_ACT] == FORWARD and own[b, SENSE_OUTCOME] == OK:
        row, col = (row + ROW_STEP[heading]) & wrap, (col + COL_STEP[heading]) & wrap
        at[b, 0], at[b, 1] = row, col
    right = (heading + 1) & 3
    width = np.int64(np.sqrt(view.shape[2]))
    for c in range(view.shape[2]):
        place = view[b, 0, c]
        if place == 0:
            continue
        ahead, aside = c // width, c % width - width // 2
        r = (row + ahead * ROW_STEP[heading] + aside * ROW_STEP[right]) & wrap
        s = (col + ahead * COL_STEP[heading] + aside * COL_STEP[right]) & wrap
        item = 0 if view[b, 2, c] != 0 else view[b, 1, c]  # what is carried is not there
        if PLACE_HIDES[place]:
            before, item = map_[b, 0, r, s], map_[b, 1, r, s]
            if before != 0 and item == 0 and not PLACE_HIDES[before]:
                item = NOTHING_INSIDE
        map_[b, 0, r, s], map_[b, 1, r, s] = place, item
        map_[b, 2, r, s] = TRAITS[place] if item == 0 else TRAITS[place] & ~(WALKABLE | DOOR) | THING


@inline
def _band(length):
    """The band of a path of so many acts, from 1."""
    band = 0
    while length > 1 and band < PATH_BANDS - 1:
        length >>= 1
        band += 1
    return band


@kernel
def _find_landmarks(view, own, keep, map_, at, landmarks):
    """Flood each map, one act further at a time, all stances at once.

    `front` holds, by heading and first move, the cells of the stances that are so many acts away. Those that wait
    there for a door to open come an act later.
    """
    bytes_ = map_.reshape(-1)
    front, waiting = np.empty((4, MOVES, SIDE), np.uint32), np.empty((4, MOVES, SIDE), np.uint32)
    following, faced = np.empty((4, MOVES, SIDE), np.uint32), np.empty((MOVES, SIDE), np.uint32)
    visited, in_sight = np.empty((4, SIDE), np.uint32), np.empty((4, SIDE), np.uint32)
    near, left, listed = np.empty((4, SIDE), np.uint32), np.empty(SIDE, np.uint32), np.empty(SIDE, np.uint32)
    key, found, how = (
        np.zeros(LANDMARKS, np.int32),
        np.zeros(LANDMARKS, np.int32),
        np.zeros(LANDMARKS, np.uint8),
    )
    for b in range(view.shape[0]):
        _update(view, own, keep, map_, at, b)
        places, traits = 3 * b * CELLS, (3 * b + 2) * CELLS
        walk, door = with_any(bytes_, traits, WALKABLE), with_any(bytes_, traits, DOOR)
        put(left, 0, with_any(bytes_, traits, FLOORED | THING))
        put(listed, 0, none())
        _look_out(bytes_, traits, view, near, in_sight)
        heading = np.int64(own[b, SENSE_HEADING])
        row, col = np.int64(at[b, 0]), np.int64(at[b, 1])
        front[:] = 0
        waiting[:] = 0
        visited[:] = 0
        front[heading, :, row] = np.uint32(1 << col)
        visited[heading, row] = np.uint32(1 << col)
        n, d, sight, sight_how = 0, 0, -1, 0
        going = True
        while going:
            total = none()
            for m in range(MOVES):
                ahead, seen = none(), none()
                for h in range(4):
                    here = get(front, (h * MOVES + m) * SIDE)
                    ahead = either(ahead, _ahead(here, h))
                    seen = either(seen, both(here, get(in_sight, h * SIDE)))
                ahead = both(ahead, get(left, 0))
                put(faced, m * SIDE, ahead)
                total = either(total, ahead)
                if (sight < 0 or sight == d) and is_any(seen):
                    sight = d
                    sight_how |= 1 << m
            if is_any(total):
                n = _list_faced(bytes_, places, total, left, listed, faced, front, d, key, found, how, n)
            going = False
            for h in range(4):
                been, some = get(visited, h * SIDE), none()
                for m in range(MOVES):
                    at_ = (h * MOVES + m) * SIDE
                    step = _ahead(get(front, at_), h)
                    turns = either(
                        get(front, (((h + 3) & 3) * MOVES + m) * SIDE),
                        get(front, (((h + 1) & 3) * MOVES + m) * SIDE),
                    )
                    if d == 0:
                        step = step if m == 0 else none()
                        turns = none()
                        if m == 1:
                            turns = get(front, ((h + 3) & 3) * MOVES * SIDE)
                        elif m == 2:
                            turns = get(front, ((h + 1) & 3) * MOVES * SIDE)
                    new = without(either(either(both(step, walk), turns), get(waiting, at_)), been)
                    opening = without(both(step, door), been)
                    put(following, at_, new)
                    put(waiting, at_, opening)
                    some = either(some, new)
                    going |= is_any(either(new, opening))
                put(visited, h * SIDE, either(been, some))
            front, following = following, front
            d += 1
        for k in range(n):
            _write(landmarks, b, k, key[k] & 255, key[k] >> 8 & 255, key[k] >> 16, _path(found[k], how[k]))
        here = places + row * SIDE + col
        _write(landmarks, b, n, bytes_[here], bytes_[here + CELLS], 0, UNDER_ME)
        n += 1
        if sight >= 0:
            _write(landmarks, b, n, 0, 0, 0, _path(sight, sight_how))
            n += 1
        n = _out_of_reach(bytes_, places, traits, listed, row, col, key, n, b, landmarks)
        if n < LANDMARKS:
            _write(landmarks, b, n, 0, 0, 0, 0)


@inline
def _ahead(cells, heading):
    """The cells one step ahead."""
    if heading == 0:
        return north(cells)
    if heading == 1:
        return east(cells)
    if heading == 2:
        return south(cells)
    return west(cells)


@inline
def _look_out(bytes_, traits, view, near, in_sight):
    """From which cells, looking which way, does something unknown come into view: straight ahead, or beside?"""
    unknown, clear = equal_to(bytes_, traits, np.uint8(0)), with_any(bytes_, traits, CLEAR)
    width = np.int64(np.sqrt(view.shape[2]))
    for h in range(4):
        back, sees = (h + 2) & 3, none()
        for k in range(width - 1):
            # What is ahead is unknown, or clear, and one sees from there.
            sees = _ahead(either(both(clear, sees), unknown), back)
            if k == width // 2 - 1:
                put(near, h * SIDE, sees)
        put(in_sight, h * SIDE, sees)
    for h in range(4):
        beside = either(get(near, ((h + 1) & 3) * SIDE), get(near, ((h + 3) & 3) * SIDE))
        put(in_sight, h * SIDE, either(get(in_sight, h * SIDE), beside))


@inline
def _list_faced(bytes_, places, total, left, listed, faced, front, d, key, found, how, n):
    """List what is faced after `d` acts; returns how many landmarks there are."""
    hits = np.empty(SIDE, np.uint32)
    put(hits, 0, total)
    put(left, 0, without(get(left, 0), total))
    put(listed, 0, either(get(listed, 0), total))
    before = n
    for r in range(SIDE):
        bits = hits[r]
        while bits != 0:
            c = lowest(bits)
            bits &= bits - np.uint32(1)
            begin = 0
            for m in range(MOVES):
                if d > 0 and faced[m, r] >> np.uint32(c) & 1:
                    begin |= 1 << m
            place, item = bytes_[places + r * SIDE + c], bytes_[places + CELLS + r * SIDE + c]
            beside = 0
            if not PLACE_FLOOR[place]:
                for h in range(4):
                    i, j = (r - ROW_STEP[h]) & (SIDE - 1), (c - COL_STEP[h]) & (SIDE - 1)
                    stands = bytes_[places + i * SIDE + j]
                    stood = front[h, 0, i] | front[h, 1, i] | front[h, 2, i]
                    if stood >> np.uint32(j) & 1 and PLACE_FLOOR[stands]:
                        beside = np.int64(stands)
            wanted = np.int64(place) | np.int64(item) << 8 | beside << 16
            k = -1
            for j in range(n):
                if key[j] == wanted:
                    k = j
            if k < 0 and n < LANDMARKS - 2:  # two more come last
                k = n
                n += 1
                key[k], found[k], how[k] = wanted, d, 0
            if k >= 0 and found[k] == d:
                how[k] |= np.uint8(begin)
    for k in range(before, n):  # of each floor the nearest is enough
        if key[k] < 256 and PLACE_FLOOR[key[k]]:
            put(left, 0, without(get(left, 0), _bare(bytes_, places, key[k])))
    return n


@inline
def _bare(bytes_, places, place):
    """Cells of a floor on which nothing lies."""
    return both(equal_to(bytes_, places, np.uint8(place)), equal_to(bytes_, places + CELLS, np.uint8(0)))


@inline
def _path(length, how):
    """The path of so many acts that begins with these moves."""
    return FACED if length == 0 else REACHED * (1 + _band(length)) + how


@inline
def _write(landmarks, b, k, place, item, beside, path):
    landmarks[b, k, LANDMARK_PLACE], landmarks[b, k, LANDMARK_ITEM] = place, item
    landmarks[b, k, LANDMARK_BESIDE], landmarks[b, k, LANDMARK_PATH] = beside, path


@inline
def _out_of_reach(bytes_, places, traits, listed, row, col, key, n, b, landmarks):
    """List things that are known and cannot be reached; returns how many landmarks there are."""
    first, rest = n, np.empty(SIDE, np.uint32)
    put(rest, 0, without(with_any(bytes_, traits, THING), get(listed, 0)))
    rest[row] &= ~np.uint32(1 << col)
    for r in range(SIDE):
        bits = rest[r]
        while bits != 0 and n < LANDMARKS:
            cell = places + r * SIDE + lowest(bits)
            bits &= bits - np.uint32(1)
            wanted = np.int64(bytes_[cell]) | np.int64(bytes_[cell + CELLS]) << 8
            is_new = True
            for k in range(first, n):
                is_new &= key[k] != wanted
            if is_new:
                key[n] = wanted
                _write(landmarks, b, n, wanted & 255, wanted >> 8, 0, OUT_OF_REACH)
                n += 1
    return n
