"""What is a byte of an observation made of? Kinds, colours, states and abilities, as numbers for encoders."""

import numpy as np

from agents.spatial_memory.egocentric_map import NOTHING_INSIDE
from worlds.objects import (
    AGENT_MARK,
    COLOURS,
    FIRST_FIXTURE,
    FIRST_ITEM,
    FLOOR,
    ITEMS,
    KINDS,
    MAX_AGENTS,
    OPAQUE,
    PLACE_COLOUR,
    PLACE_FLOOR,
    PLACE_HIDES,
    PLACE_HOLDS,
    PLACE_KIND,
    PLACE_STATE,
    PLACE_TOGGLED,
    PLACE_WALKABLE,
    colours_of,
)


def _one_hot(values: np.ndarray, n: int) -> np.ndarray:
    return (values[:, None] == np.arange(n)).astype(np.float32)


def place_factors() -> np.ndarray:
    """What each place byte is made of: kind, colour, state, ground and abilities, float32[256, F]."""
    every = np.arange(256)
    is_kind = PLACE_KIND > 0
    coloured = np.array([k > 0 and len(colours_of(int(k))) > 0 for k in PLACE_KIND])
    ground = np.where((every >= FLOOR) & (every < FLOOR + 15) & ~is_kind, every - FLOOR, -1)
    parts = (
        _one_hot(np.where(is_kind, PLACE_KIND.astype(int) - FIRST_FIXTURE, -1), len(KINDS) - FIRST_FIXTURE),
        _one_hot(np.where(coloured, PLACE_COLOUR.astype(int), -1), len(COLOURS)),
        _one_hot(np.where(is_kind, PLACE_STATE.astype(int), -1), 3),
        _one_hot(ground, 15),
        _one_hot(PLACE_HOLDS, 3)[:, 1:],
        np.stack(
            [
                PLACE_WALKABLE,
                PLACE_HIDES,
                PLACE_TOGGLED > 0,
                PLACE_FLOOR,
                every >= OPAQUE,
                every > 0,
                every == 0,
            ],
            1,
        ),
    )
    return np.concatenate(parts, 1, dtype=np.float32)


def item_factors() -> np.ndarray:
    """What each item byte is made of: kind, colour, being there and being known not to be, float32[256, F]."""
    every = np.arange(256)
    there = (every > 0) & (every <= 8 * len(ITEMS))
    kind = np.where(there, (every - 1) // 8, -1)
    coloured = np.array([k >= 0 and len(colours_of(FIRST_ITEM + int(k))) > 0 for k in kind])
    colour = np.where(coloured, (every - 1) % 8, -1)
    known = np.stack([there, every == NOTHING_INSIDE], 1)
    return np.concatenate(
        [_one_hot(kind, len(ITEMS)), _one_hot(colour, len(COLOURS)), known], 1, dtype=np.float32
    )


def agent_factors() -> np.ndarray:
    """What each agent byte is made of: who, which way it looks and being there; below them floors, of landmarks."""
    every = np.arange(256)
    there = every >= AGENT_MARK
    who = np.where(there, (every - AGENT_MARK) // 4, -1)
    heading = np.where(there, every % 4, -1)
    floor = np.where((every >= FLOOR) & (every < FLOOR + 15), every - FLOOR, -1)
    return np.concatenate(
        [_one_hot(who, MAX_AGENTS), _one_hot(heading, 4), there[:, None], _one_hot(floor, 15)],
        1,
        dtype=np.float32,
    )
