"""What does the house generator work with? Settings, tables and scratch.

Axes: T threads, N rows or columns, Z zones (rooms as rectangles, counted from 1; 0 is none), P pairs of
zones, F fixtures, A agents, R goal rows. Like a State it reaches compiled code as a Handle.
"""

from typing import NamedTuple

import numpy as np

from worlds.goal import ROWS
from worlds.objects import MAX_FIXTURES

MAX_ROOMS = 9
SURE = 1 << 16  # rates are integers: this one always happens

# Settings, as integers.
(
    SIDE, ROOMS_LOW, ROOMS_HIGH, PIECES_LOW, PIECES_HIGH, EXTRAS_LOW, EXTRAS_HIGH, CLAUSES_LOW, CLAUSES_HIGH,
    SHUT_RATE, LOCK_RATE, QUANTITY_RATE, RELATION_RATE, CONSTRAINT_RATE, CROSSED, NEED_PAIR, NEED_SHADE,
    STEP_LIMIT,
) = range(18)  # fmt: skip
N_SETTINGS = 18

# Counts of the house that is being drawn.
N_ROOMS, N_PIECES, N_FIXTURES, N_ITEMS, N_LOCKS, HOME, SPECIAL = range(7)
N_COUNTS = 7


class Draft(NamedTuple):
    """What the rules that draw houses read, and the notes they take."""

    # ---- the same for all threads ----------------------------------------------------------------
    setting: np.ndarray  # int64[N_SETTINGS]
    verb_weight: np.ndarray  # int64[verbs]
    held_pair: np.ndarray  # bool[256, 256] item kind and furniture kind that only S1 instructs
    held_shade: np.ndarray  # bool[256, 8] kind and colour that only S2 mentions
    # ---- notes -----------------------------------------------------------------------------------
    key: np.ndarray  # uint64[T] chance stream of this attempt
    drawn: np.ndarray  # int64[T] draws so far
    tally: np.ndarray  # int64[T, N_COUNTS]
    zone: np.ndarray  # uint8[T, N, N] which room a cell is in, 0 for walls and doors
    clear: np.ndarray  # bool[T, N, N] beside a door: to be left free
    seen: np.ndarray  # uint8[T, N, N] marks of a flood
    queue: np.ndarray  # int64[T, N * N]
    rect: np.ndarray  # int64[T, Z, 4] first row, first column, last row, last column
    room: np.ndarray  # int64[T, Z] index of ROOMS
    parent: np.ndarray  # int64[T, 2, Z] joined by any door; joined by doors that are not locked
    pair_n: np.ndarray  # int64[T, P] cells in which a door between two zones could be
    pair_cell: np.ndarray  # int64[T, P] the one drawn of them
    piece: np.ndarray  # int64[T, F] the piece of furniture that a fixture is part of
    aim: np.ndarray  # uint64[T, A, R, 2] things and places that a clause is about


def empty_draft(threads: int, side: int, agents: int, verbs: int) -> Draft:
    """A Draft without settings and with blank notes."""
    T, N, Z = threads, side, MAX_ROOMS + 1
    i64 = np.int64
    return Draft(
        setting=np.zeros(N_SETTINGS, i64), verb_weight=np.zeros(verbs, i64),
        held_pair=np.zeros((256, 256), np.bool_), held_shade=np.zeros((256, 8), np.bool_),
        key=np.zeros(T, np.uint64), drawn=np.zeros(T, i64), tally=np.zeros((T, N_COUNTS), i64),
        zone=np.zeros((T, N, N), np.uint8), clear=np.zeros((T, N, N), np.bool_),
        seen=np.zeros((T, N, N), np.uint8), queue=np.zeros((T, N * N), i64),
        rect=np.zeros((T, Z, 4), i64), room=np.zeros((T, Z), i64),
        parent=np.zeros((T, 2, Z), i64), pair_n=np.zeros((T, Z * Z), i64),
        pair_cell=np.zeros((T, Z * Z), i64),
        piece=np.zeros((T, MAX_FIXTURES), i64), aim=np.zeros((T, agents, ROWS, 2), np.uint64),
    )  # fmt: skip
