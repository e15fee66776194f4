"""How do tests play scenarios to their end? By their scripts, or by chance with a check at each step.

sim, earned = by_scripts("two_doors", "left", "right")
by_chance(Simulator(...), steps=50)
"""

from collections.abc import Callable, Iterator

import numpy as np

from agents.policies.scripted import Scripted
from agents.types import Cast
from tests.houses import assert_sound
from worlds.scenario import make_scenario
from worlds.simulator import DISABLED, Simulator
from worlds.state import ACTIVE, ACTS


def by_scripts(name: str, *scripts: str, worlds: int = 16, seed: int = 0, **choices: object) -> tuple:
    """One episode of each world, agents by these scripts; the simulator at its end and what was earned, [W, A]."""
    scenario = make_scenario(name, **choices)
    sim = Simulator(scenario, worlds, levels=worlds, seed=seed, autoreset=DISABLED)
    cast = Cast(sim, {who: Scripted(script) for who, script in zip(scenario.agents, scripts, strict=True)})
    earned = np.zeros(sim.state.reward.shape)
    for before in steps_of(sim, int(sim.state.step_limit.max())):
        sim.step(cast.act())
        earned += sim.state.reward
        assert_no_swap(sim, before)
    assert_sound(sim)
    return sim, earned


def by_chance(
    sim: Simulator, steps: int, seed: int = 0, check: Callable[[Simulator], None] | None = None
) -> None:
    """Random acts of everybody; each state must be sound, without swaps, and pass a check of one's own."""
    rng = np.random.default_rng(seed)
    for before in steps_of(sim, steps):
        sim.step(rng.choice([3, 3, *range(len(ACTS))], before.shape))
        assert_sound(sim)
        assert_no_swap(sim, before)
        if check:
            check(sim)


def steps_of(sim: Simulator, steps: int) -> Iterator[np.ndarray]:
    """The cells of agents before each of so many steps."""
    for _ in range(steps):
        yield sim.state.agent_cell.copy()


def assert_no_swap(sim: Simulator, before: np.ndarray) -> None:
    """Fail if two agents who go on have changed places."""
    after, goes_on = sim.state.agent_cell, (sim.state.finished == ACTIVE) & ~sim.state.over[:, None]
    for a in range(sim.agents):
        for b in range(a):
            swapped = (after[:, a] == before[:, b]) & (after[:, b] == before[:, a])
            assert not (swapped & goes_on[:, a] & goes_on[:, b]).any(), "two changed places"
