"""How are bushes picked? Whoever stands on a ripe one has picked it, and is paid; it is bare then."""

import numpy as np

from worlds.compiler.compile import rule
from worlds.levels.build import set_ground
from worlds.objects import BARE_BUSH, RIPE_BUSH
from worlds.rules.space import place_at


@rule
def pick_bushes(state, w, paid):
    """All agents of world `w` pick the ripe bushes that they stand on, for a reward of `paid` each."""
    for a in range(state.agent_cell.shape[1]):
        cell = state.agent_cell[w, a]
        if place_at(state, w, cell) == RIPE_BUSH:
            set_ground(state, w, cell, np.uint8(BARE_BUSH))
            state.reward[w, a] += paid
