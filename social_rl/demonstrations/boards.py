"""What does a learner see of a board of coins? All of it, as a few numbers, turned to the way it faces.

A board is seen as a list of facts that hold, each a number: where, ahead and to the right, each coin of each kind lies,
how far the edge is on each of four sides, and where another agent is. A network adds up a vector for each fact. Nothing
tells what a learner wants, or which task it has: cumulants of it are blind to that.
"""

from typing import NamedTuple

import numpy as np

from worlds.objects import COLOURS, PLACE_COLOUR
from worlds.scenarios.coins import COIN_COLOURS
from worlds.simulator import Simulator
from worlds.state import FORWARD, MARGIN, PLACE_PLANE, TURN_LEFT, TURN_RIGHT, stride

ACTS = np.array([TURN_LEFT, TURN_RIGHT, FORWARD])  # of learners, by their own numbers: three, as published
NOTHING = -1  # in place of the kind of a coin: none was taken
KIND_OF_COLOUR = np.array([COIN_COLOURS.index(c) if c in COIN_COLOURS else NOTHING for c in COLOURS])


class Sight(NamedTuple):
    """How boards are seen."""

    side: int
    coins: int
    each: int
    """coins of a kind"""
    others: int
    """agents beside oneself, at most one"""

    @property
    def area(self) -> int:
        """Cells that lie anywhere from oneself."""
        return (2 * self.side - 1) ** 2

    @property
    def kinds(self) -> int:
        """Kinds of coins."""
        return self.coins // self.each

    @property
    def facts(self) -> int:
        """How many there are that may hold."""
        return (self.kinds + self.others) * self.area + 4 * self.side


def sight_of(sim: Simulator) -> Sight:
    """How the boards of a simulator are seen, of `coins` or `fruit`.

    Raises:
        ValueError: the scenario has other things than coins.
    """
    choices = dict(sim.scenario.choices)
    if sim.scenario.name not in ("coins", "fruit"):
        raise ValueError(f"scenario {sim.scenario.name} has no board of coins: take coins or fruit")
    each = choices.get("each", 1 if sim.scenario.name == "coins" else 3)
    assert isinstance(each, int)
    return Sight(sim.sizes.side, sim.sizes.fixtures, each, sim.agents - 1)


def seen(sim: Simulator, sight: Sight, a: int) -> np.ndarray:
    """The facts that hold for agent `a` in each world; int64[W, coins + 4 + others]."""
    state = sim.state
    cell_W, heading_W = state.agent_cell[:, a], state.heading[:, a].astype(np.int64)
    area, kind_WC = sight.area, coin_kinds(sim)
    columns = [
        kind_WC[:, coin] * area + turned(sight, cell_W, heading_W, state.fixture_cell[:, coin])
        for coin in range(sight.coins)
    ]
    row_W, col_W = cell_W >> 8, cell_W & 255
    last = sight.side - 1
    room_W4 = np.stack([row_W, last - col_W, last - row_W, col_W], 1)  # cells to the north, east, south, west
    sides_W4 = (heading_W[:, None] + np.arange(4)) & 3
    edges = (sight.kinds + sight.others) * area
    room_W4 = np.take_along_axis(room_W4, sides_W4, 1) + edges + sight.side * np.arange(4)
    for other in [b for b in range(sim.agents) if b != a]:
        columns.append(sight.kinds * area + turned(sight, cell_W, heading_W, state.agent_cell[:, other]))
    return np.concatenate([np.stack(columns, 1), room_W4], 1)


def coin_kinds(sim: Simulator) -> np.ndarray:
    """The kind of each coin, which are in another order on every board; int64[W, C]."""
    row_WC, col_WC = sim.state.fixture_cell >> 8, sim.state.fixture_cell & 255
    spot_WC = (row_WC + MARGIN) * stride(sim.sizes.side) + col_WC + 4
    place_WC = np.take_along_axis(sim.state.planes[:, PLACE_PLANE], spot_WC, 1)
    return KIND_OF_COLOUR[PLACE_COLOUR[place_WC]]


def turned(sight: Sight, from_W: np.ndarray, heading_W: np.ndarray, to_W: np.ndarray) -> np.ndarray:
    """The number of a cell as it lies from another one, seen by who faces a heading; int64[W]."""
    down_W, right_W = (to_W >> 8) - (from_W >> 8), (to_W & 255) - (from_W & 255)
    ahead_W = np.choose(heading_W, [-down_W, right_W, down_W, -right_W])
    beside_W = np.choose(heading_W, [right_W, down_W, -right_W, -down_W])
    return (ahead_W + sight.side - 1) * (2 * sight.side - 1) + beside_W + sight.side - 1


def taken(before_WC: np.ndarray, sim: Simulator, a: int) -> np.ndarray:
    """The kind of the coin that agent `a` took at this step, or NOTHING; int64[W].

    Args:
        before_WC: `fixture_cell` before the step.
    """
    is_mine_WC = (before_WC == sim.state.agent_cell[:, a, None]) & (before_WC != sim.state.fixture_cell)
    kind_W = coin_kinds(sim)[np.arange(sim.worlds), is_mine_WC.argmax(1)]
    return np.where(is_mine_WC.any(1), kind_W, NOTHING)


def likes_text(likes: np.ndarray) -> str:
    """What coins are worth, as scenarios are told: red:1,green:-1; a number for each kind."""
    return ",".join(f"{colour}:{number:g}" for colour, number in zip(COIN_COLOURS, likes, strict=False))
