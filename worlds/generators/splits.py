"""What do agents never meet in training? Combinations held out by a fixed hash, and what each split changes.

Splits of `HouseConfig.split`; all but S1 and S2 hold out the pairs and shades:

    S0  as in training                      S5  18 distractors, training has 2 to 4
    S1  held-out item and furniture pairs   S6  5 to 9 rooms, training has 1 to 3
    S2  held-out colour and noun pairs      S7  reserved phrasings
    S4  3 to 4 clauses, training has 1 to 2
"""

import functools
import hashlib
from collections.abc import Iterable
from typing import Any

from worlds.language.words import RESERVED
from worlds.objects import COLOURS, DOOR_KIND, FIRST_FIXTURE, FIRST_ITEM, FIXTURES, ITEMS, KIND, colours_of

PAIR_SHARE, SHADE_SHARE = 0.20, 0.15

# What a split changes in a HouseConfig.
SPLITS: dict[str, dict[str, Any]] = {
    "S0": {},
    "S1": {},
    "S2": {},
    "S4": {"clauses": (3, 4)},
    "S5": {"distractors": (18, 18)},
    "S6": {"rooms": (5, 9), "side": 25, "furniture": (8, 14)},
    "S7": {"style": RESERVED},
}


@functools.cache
def held_out_pairs() -> frozenset[tuple[int, int]]:
    """Item kinds and furniture kinds (KINDS numbers) that only S1 instructs to put together."""
    holders = [FIRST_FIXTURE + i for i, kind in enumerate(FIXTURES) if kind.holds]
    pairs = [(FIRST_ITEM + i, holder) for i in range(len(ITEMS)) for holder in holders]
    return _drawn("pair", pairs, PAIR_SHARE, (KIND["orange"], KIND["bed"]))


@functools.cache
def held_out_shades() -> frozenset[tuple[int, int]]:
    """Kinds of items, furniture and doors, each with a colour, that only S2 mentions together."""
    kinds = range(FIRST_ITEM, DOOR_KIND + 1)
    shades = [(kind, colour) for kind in kinds for colour in colours_of(kind)]
    return _drawn("shade", shades, SHADE_SHARE, (KIND["ball"], COLOURS.index("purple")))


def _drawn(
    salt: str, pairs: Iterable[tuple[int, int]], share: float, sure: tuple[int, int]
) -> frozenset[tuple[int, int]]:
    """A share of pairs: those whose hash is lowest, `sure` before all."""

    def rank(pair: tuple[int, int]) -> tuple[bool, bytes]:
        return pair != sure, hashlib.sha256(f"{salt} {pair[0]} {pair[1]}".encode()).digest()

    ordered = sorted(pairs, key=rank)
    return frozenset(ordered[: round(share * len(ordered))])
