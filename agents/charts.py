"""What does an agent know of places it has seen, and how far is it to them? Charts, and the notes taken of them.

An agent keeps a *chart*: place and item byte of every cell it has seen, at rows and columns counted from where it woke
up. It knows its own steps from what it senses and nothing else; what others move it learns when it looks again. Of a
container that was seen open and is shut now, the chart keeps what was in it.

From the chart it takes *notes*, one for each kind of thing it knows of, of the nearest one: place and item byte, the
floor beside it, and the *way* there. A way tells with which moves the shortest ways begin (go, turn right, turn left)
and in which band of acts its length lies; a turn, a step and the opening of a door are one act each. One more note says
where something not yet seen comes into view first. Finding ways is geometry, not learning: what to make of them is
learned.
"""

import numpy as np

from agents.vectors import inline, kernel
from worlds.objects import (
    DOOR_KIND,
    OPAQUE,
    PLACE_FLOOR,
    PLACE_HIDES,
    PLACE_KIND,
    PLACE_STATE,
    PLACE_WALKABLE,
    SHUT,
    WALL,
)
from worlds.rules.space import COL_STEP, ROW_STEP
from worlds.state import FORWARD, OK, SENSE_ACT, SENSE_HEADING, SENSE_OUTCOME

NOTES = 48  # at most, of one chart; the nearest come first
NOTE_PLACE, NOTE_ITEM, NOTE_BESIDE, NOTE_WAY = range(4)
# Ways. Beyond these: REACHED + 8 * band + moves (bits); band 0 is 1 act, 1 is 2 and 3, 2 is 4 to 7, and so on.
UNDER_ME, FACED, OUT_OF_REACH, REACHED = 1, 2, 3, 8
WAY_BANDS, MOVES = 5, 3
GO, GO_RIGHT, GO_LEFT = 1, 2, 4
BLOCKS = 3 + WAY_BANDS * MOVES  # what notes are summed by: the three ways above, then bands by moves
NOTHING_INSIDE = 255  # item byte of a shut container that was empty when it was last seen open

IS_SHUT_DOOR = (PLACE_KIND == DOOR_KIND) & (PLACE_STATE == SHUT)
_NEVER = 99  # steps to what is not there


def chart_size(side: int, view: int) -> int:
    """Rows and columns of the chart of a house: a power of two, so large that going round it never misleads."""
    return 1 << (max(2 * side, side + 2 * (view - 1), 8) - 1).bit_length()


def blocks_of_ways() -> np.ndarray:
    """Which blocks a note of each way belongs to, float32[REACHED * (1 + WAY_BANDS), BLOCKS]."""
    table = np.zeros((REACHED * (1 + WAY_BANDS), BLOCKS), np.float32)
    for way in (UNDER_ME, FACED, OUT_OF_REACH):
        table[way, way - 1] = 1
    for band in range(WAY_BANDS):
        for move in range(MOVES):
            for moves in range(1, 1 << MOVES):
                if moves >> move & 1:
                    table[REACHED * (1 + band) + moves, 3 + band * MOVES + move] = 1
    return table


def take_notes(
    view: np.ndarray, own: np.ndarray, keep: np.ndarray, chart: np.ndarray, at: np.ndarray, notes: np.ndarray
) -> None:
    """Chart what agents see now, and write what they know.

    Args:
        view: uint8[B, 3, C]. own: uint8[B, 8].
        keep: float32[B] 0 where an episode begins: a new chart is begun.
        chart: uint8[B, 2, N, N] place and item byte of each cell; N of `chart_size`; moved on in place.
        at: int32[B, 2] row and column of the agent on its chart; moved on in place.
        notes: uint8[B, NOTES, 4] is written: place, item, floor beside and way; way 0 where there is no note.
    """
    _take_notes(view, own, keep, chart, chart.view(np.uint64), at, notes)


@inline
def _chart_on(view, own, keep, chart, at, b):
    """Move on as the agent did, and note on its chart what it sees."""
    if keep[b] == 0:
        chart[b] = 0
        at[b] = 0
    heading = np.int64(own[b, SENSE_HEADING])
    wrap = chart.shape[2] - 1
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
            before, item = chart[b, 0, r, s], chart[b, 1, r, s]
            if before != 0 and item == 0 and not PLACE_HIDES[before]:
                item = NOTHING_INSIDE
        chart[b, 0, r, s] = place
        chart[b, 1, r, s] = item


@inline
def _band(length):
    """The band of a way of so many acts, from 1."""
    band = 0
    while length > 1 and band < WAY_BANDS - 1:
        length >>= 1
        band += 1
    return band


@kernel
def _take_notes(view, own, keep, chart, words, at, notes):
    B, size = view.shape[0], chart.shape[2]
    wrap, cells = size - 1, size * size
    width = np.int64(np.sqrt(view.shape[2]))
    reached = np.zeros(4 * cells, np.int32)  # by stance, 4 * cell + heading: number of the column that reached it
    length = np.zeros(4 * cells, np.int32)
    begins = np.zeros(4 * cells, np.uint8)
    bucket = np.empty((3, 4 * cells), np.int32)  # stances by length, which is one or two more than the last
    filled = np.zeros(3, np.int64)
    ray_of = np.zeros(4 * cells, np.int32)
    ray = np.zeros(4 * cells, np.int32)
    noted_by = np.zeros(cells, np.int32)
    noted = np.zeros(cells, np.int32)  # number of the note of a cell
    floor_by, floor = np.zeros(256, np.int32), np.zeros(256, np.int32)
    key = np.zeros(NOTES, np.int32)
    arrives = np.zeros(NOTES, np.int32)
    moves = np.zeros(NOTES, np.uint8)
    for b in range(B):
        _chart_on(view, own, keep, chart, at, b)
        me = b + 1
        here = np.int64(at[b, 0]) * size + np.int64(at[b, 1])
        heading = np.int64(own[b, SENSE_HEADING])
        start = 4 * here + heading
        filled[0], filled[1], filled[2] = 1, 0, 0
        bucket[0, 0] = start
        reached[start], length[start], begins[start] = me, 0, 0
        n = 0
        sight, sight_moves = -1, 0
        d = 0
        while filled[d % 3] > 0 or filled[(d + 1) % 3] > 0:
            now = d % 3
            for i in range(filled[now]):
                stance = np.int64(bucket[now, i])
                if length[stance] != d:
                    continue
                cell, h = stance >> 2, stance & 3
                r, c = cell // size, cell & wrap
                first = begins[stance]
                if sight < 0 or sight == d:
                    new = False
                    for turn in range(3):
                        way = (h + turn + 3) & 3
                        if ray_of[4 * cell + way] != me:
                            ray_of[4 * cell + way] = me
                            ray[4 * cell + way] = _ray(chart, b, r, c, way, width - 1)
                        new |= ray[4 * cell + way] <= (width - 1 if turn == 1 else width // 2)
                    if new:
                        sight = d
                        sight_moves |= first
                rr, cc = (r + ROW_STEP[h]) & wrap, (c + COL_STEP[h]) & wrap
                other = rr * size + cc
                place, item = chart[b, 0, rr, cc], chart[b, 1, rr, cc]
                if place != 0 and place != WALL:
                    k = -1
                    if noted_by[other] == me:
                        k = noted[other]
                    elif PLACE_FLOOR[place] and item == 0:
                        if floor_by[place] == me:
                            k = floor[place]
                    if k < 0:
                        stands = chart[b, 0, r, c]
                        beside = stands if PLACE_FLOOR[stands] and not PLACE_FLOOR[place] else np.uint8(0)
                        wanted = np.int32(place) | np.int32(item) << 8 | np.int32(beside) << 16
                        for j in range(n):
                            if key[j] == wanted:
                                k = j
                                break
                        if k < 0 and n < NOTES - 2:  # two more come last
                            k = n
                            n += 1
                            key[k], arrives[k], moves[k] = wanted, d, 0
                            if PLACE_FLOOR[place] and item == 0:
                                floor_by[place], floor[place] = me, k
                    if k >= 0:
                        noted_by[other], noted[other] = me, k
                        if arrives[k] == d:
                            moves[k] |= first
                for turn in (0, 1, 3):
                    there, cost = cell << 2 | ((h + turn) & 3), 1
                    if turn == 0:
                        if place == 0 or item != 0:
                            continue
                        if IS_SHUT_DOOR[place]:
                            cost = 2
                        elif not PLACE_WALKABLE[place]:
                            continue
                        there = other << 2 | h
                    begin = first
                    if d == 0:
                        begin = np.uint8(GO if turn == 0 else GO_RIGHT if turn == 1 else GO_LEFT)
                    if reached[there] != me or length[there] > d + cost:
                        reached[there], length[there], begins[there] = me, d + cost, begin
                        later = (d + cost) % 3
                        bucket[later, filled[later]] = there
                        filled[later] += 1
                    elif length[there] == d + cost:
                        begins[there] |= begin
            filled[now] = 0
            d += 1
        for k in range(n):
            way = FACED if arrives[k] == 0 else REACHED * (1 + _band(arrives[k])) + moves[k]
            _note(notes, b, k, key[k] & 255, key[k] >> 8 & 255, key[k] >> 16, way)
        r, c = here // size, here & wrap
        _note(notes, b, n, chart[b, 0, r, c], chart[b, 1, r, c], 0, UNDER_ME)
        n += 1
        if sight >= 0:
            _note(notes, b, n, 0, 0, 0, FACED if sight == 0 else REACHED * (1 + _band(sight)) + sight_moves)
            n += 1
        n = _out_of_reach(chart, words, b, me, here, noted_by, key, n, notes)
        for k in range(n, NOTES):
            _note(notes, b, k, 0, 0, 0, 0)


@inline
def _ray(chart, b, r, c, way, far):
    """How many steps ahead the first unknown cell lies in sight, _NEVER for none."""
    wrap = chart.shape[2] - 1
    found = _NEVER
    for k in range(1, far + 1):
        r, c = (r + ROW_STEP[way]) & wrap, (c + COL_STEP[way]) & wrap
        place = chart[b, 0, r, c]
        if place == 0:
            found = k
            break
        if place >= OPAQUE:
            break
    return found


@inline
def _note(notes, b, k, place, item, beside, way):
    notes[b, k, NOTE_PLACE], notes[b, k, NOTE_ITEM] = place, item
    notes[b, k, NOTE_BESIDE], notes[b, k, NOTE_WAY] = beside, way


@inline
def _out_of_reach(chart, words, b, me, here, noted_by, key, n, notes):
    """Note things that are known and cannot be reached; returns how many notes there are."""
    size, first = chart.shape[2], n
    for r in range(size):
        for eight in range(size // 8):
            if words[b, 0, r, eight] == 0:
                continue
            for c in range(8 * eight, 8 * eight + 8):
                place, item = chart[b, 0, r, c], chart[b, 1, r, c]
                is_thing = place != 0 and (item != 0 or PLACE_KIND[place] != 0)
                if not is_thing or noted_by[r * size + c] == me or r * size + c == here or n >= NOTES:
                    continue
                wanted = np.int32(place) | np.int32(item) << 8
                is_new = True
                for k in range(first, n):
                    is_new &= key[k] != wanted
                if is_new:
                    key[n] = wanted
                    _note(notes, b, n, place, item, 0, OUT_OF_REACH)
                    n += 1
    return n
