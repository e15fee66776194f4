"""Does every scenario stay sound in long random play? Nobody shares a cell, nobody swaps, nothing is lost."""

import numpy as np
import pytest

from tests.houses import act, house
from tests.random_play import nobody_on, play_at_random, swapped
from worlds.compiler.compile import COMPILED
from worlds.objects import RIPE_BUSH
from worlds.scenario import make_scenario, scenario_names
from worlds.simulator import DISABLED, Simulator
from worlds.state import ACTS, FORWARD

# Every scenario as it is, and those whose choices change who is there or where one can stand.
SCENES = {name: (name, {}) for name in scenario_names()} | {
    "who comes and leaves": ("whom_to_trust", {"comes": 30, "leaves": "half"}),
    "drawn kitchens": ("set_table", {"layout": "ring", "drawn": True}),
    "drawn doors": ("two_doors", {"layout": "drawn"}),
    "first is told": ("together", {"told": "first"}),
}


@pytest.mark.parametrize("scene", SCENES)
def test_random_play_is_sound(scene):
    """A little of it, so that a new scenario is looked at as soon as it is there."""
    name, choices = SCENES[scene]
    sim = Simulator(make_scenario(name, **choices), 16 if COMPILED else 1, levels=16)
    play_at_random(sim, 5_000 if COMPILED else 20, look=nothing_ripens_under_anybody)


@pytest.mark.slow
@pytest.mark.parametrize("scene", SCENES)
def test_long_random_play_is_sound(scene):
    """A million steps of agents."""
    name, choices = SCENES[scene]
    sim = Simulator(make_scenario(name, **choices), 256, levels=256)
    play_at_random(sim, 1_000_000, seed=1, look=nothing_ripens_under_anybody)


def nothing_ripens_under_anybody(sim: Simulator) -> None:
    """Things that lie under somebody are found in any play."""
    nobody_on(sim, sim.state.ground_at == RIPE_BUSH)


@pytest.mark.parametrize("name", scenario_names())
def test_scripts_play_whole_episodes(name):
    """Each script, played by all, acts within what the scenario allows."""
    scenario = make_scenario(name)
    for script in scenario.scripts:
        sim = Simulator(scenario, 4 if COMPILED else 1, levels=4, autoreset=DISABLED)
        action_WA = np.zeros((sim.worlds, sim.agents), np.int64)
        for _ in range(60 if COMPILED else 4):
            script(sim.handle, np.arange(sim.agents), action_WA)
            assert {ACTS[number] for number in action_WA.ravel()} <= {*scenario.acts}, script
            sim.step(action_WA)


def test_a_swap_would_be_seen():
    sim = house("AB\n\nA Ann facing east\nB Bob facing west")
    before = sim.state.agent_cell.copy()
    act(sim, ann="forward", bob="forward")
    assert not swapped(sim, before).any()
    sim.state.agent_cell[0] = before[0, ::-1]
    assert swapped(sim, before)[0, 0, 1]
    assert sim.state.action.tolist() == [[FORWARD, FORWARD]]
