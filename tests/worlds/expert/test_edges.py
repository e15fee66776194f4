"""Does an expert read no cell beyond the edge? Index -1 wraps around and is never noticed, so here it is an error.

Run uncompiled, in a process of its own, with arrays that refuse an index below 0: in mazes and houses without a border.
"""

import os
import subprocess
import sys

import numpy as np

from agents.policies.planner import Planner
from agents.policies.simple import Noisy
from agents.types import Cast
from tests.houses import house
from tests.worlds.expert.test_planning import ERRANDS, MEETINGS, OBSTACLES
from worlds.expert import planning
from worlds.expert.planning import levels_solvable
from worlds.rules import space
from worlds.scenario import make_scenario
from worlds.simulator import Simulator


class Strict(np.ndarray):
    """An array that has no index below 0."""

    def __getitem__(self, key):
        check(key, self.shape)
        return super().__getitem__(key)

    def __setitem__(self, key, value):
        check(key, self.shape)
        super().__setitem__(key, value)


def check(key, shape):
    for i in key if isinstance(key, tuple) else (key,):
        if isinstance(i, int | np.integer) and not isinstance(i, bool | np.bool_) and i < 0:
            raise IndexError(f"index {key} of an array of shape {shape}")


def strict(state):
    """The same arrays, made strict."""
    return type(state)(*(array.view(Strict) for array in state))


class StrictNumpy:
    """numpy, but what it allocates is strict."""

    def __getattr__(self, name):
        return getattr(np, name)

    @staticmethod
    def zeros(shape, dtype=float):
        """As numpy's."""
        return np.zeros(shape, dtype).view(Strict)


def play(sim: Simulator, knowledge: str, steps: int) -> None:
    """Let experts, some of whom err, play so many steps on strict arrays."""
    sim._told = sim._told_handle = strict(sim._told)
    sim.state = sim.handle = strict(sim.state)
    policies = [Noisy(Planner(knowledge), 0.2, a) for a in range(sim.agents)]
    players = Cast(sim, dict(zip(sim.scenario.agents, policies, strict=True)))
    for _ in range(steps):
        if sim.state.over.all():
            break
        sim.step(players.act().copy())


def plane_of(plane_at):
    """`space.plane_at`, which would find some byte for cell -1, too."""

    def checked(state, w, plane, cell):
        side = state.item_at.shape[1]
        if not (0 <= cell >> 8 < side and 0 <= cell & 255 < side):
            raise IndexError(f"cell {cell} of a house of side {side}")
        return plane_at(state, w, plane, cell)

    return checked


def main() -> None:
    """Play; an index or a cell below 0 ends it."""
    space.plane_at = plane_of(space.plane_at)
    planning.np = StrictNumpy()
    plain = planning.handle
    planning.handle = lambda state: strict(plain(state))  # beliefs, and banks
    for knowledge in ("all", "seen"):
        for words, text in (ERRANDS | OBSTACLES).values():
            play(house(text, ann=words), knowledge, 25)
        for ann, bob, text in MEETINGS.values():
            sim = house(text, ann=ann, bob=bob)
            levels_solvable(sim.bank)
            play(sim, knowledge, 15)
        play(Simulator(make_scenario("maze", agents=2), 2, levels=4, seed=1), knowledge, 12)
    print("no index below 0")


def test_experts_read_no_cell_beyond_the_edge():
    run = subprocess.run(
        [sys.executable, "-m", "tests.worlds.expert.test_edges"],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout.strip() == "no index below 0", run.stderr[-2000:]


if __name__ == "__main__":
    main()
