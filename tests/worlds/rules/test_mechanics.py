"""Can a scenario from anywhere bring its own rule? Next to others, in other processes, and with its errors seen."""

import copy
import importlib
import sys
from multiprocessing.reduction import ForkingPickler

import numba
import numpy as np
import pytest

from worlds.compiler.compile import COMPILED
from worlds.kernels import errors_raised
from worlds.scenario import make_scenario
from worlds.simulator import DISABLED, Simulator
from worlds.state import ACTS

KITCHEN = '''
"""kitchen: a pot that boils over."""

from dataclasses import dataclass

from worlds import Level, Scenario
from worlds.levels.bank import bank_of
from worlds.levels.level import AgentStart
from worlds.rules.mechanics import mechanics
from worlds.state import OPTION_0, State


@mechanics
def boil(state, w):
    """Every so many steps it boils over, and everybody pays."""
    state.memory[w, 0] += 1
    if state.memory[w, 0] % state.option[OPTION_0] == 0:
        for a in range(state.reward.shape[1]):
            state.reward[w, a] -= 1


@dataclass(frozen=True)
class Kitchens:
    side: int

    def __call__(self, n: int, seed: int) -> State:
        return bank_of([Level(("." * self.side,) * self.side, (AgentStart("Ann", 0, 0, "east"),))] * n)


def scenario(side: int = 3, every: int = 2) -> Scenario:
    return Scenario("kitchen", "A pot that boils over.", ("Ann",), Kitchens(side), mechanics=boil, options=(every,))
'''


@pytest.fixture
def my_lab(tmp_path, monkeypatch):
    """A package that is not of this repository."""
    (tmp_path / "my_lab").mkdir()
    (tmp_path / "my_lab" / "__init__.py").write_text("")
    (tmp_path / "my_lab" / "kitchen.py").write_text(KITCHEN)
    monkeypatch.syspath_prepend(tmp_path)
    yield "my_lab"
    for name in [name for name in sys.modules if name.split(".")[0] == "my_lab"]:
        del sys.modules[name]


def rewards(sim: Simulator, steps: int = 6) -> list[float]:
    found = []
    for _ in range(steps):
        sim.step(np.full((1, sim.agents), ACTS.index("wait")))
        found.append(float(sim.state.reward[0, 0]))
    return found


def test_a_scenario_of_another_package_brings_its_rule(my_lab):
    berries = Simulator(make_scenario("berry_bush", side=9, agents=1), autoreset=DISABLED, levels=1)
    berries.step(np.zeros((1, 1), np.int64))  # kernels were used before the kitchen was known
    kitchen = Simulator(make_scenario("my_lab.kitchen"), autoreset=DISABLED, levels=1)
    assert rewards(kitchen) == [0, -1, 0, -1, 0, -1]
    thirds = Simulator(make_scenario("my_lab.kitchen:scenario", every=3), autoreset=DISABLED, levels=1)
    assert rewards(thirds) == [0, 0, -1, 0, 0, -1]
    assert rewards(berries) == [0] * 6


def test_its_choices_are_checked(my_lab):
    with pytest.raises(
        ValueError, match=r"scenario my_lab.kitchen has no choice 'evry': did you mean 'every'"
    ):
        make_scenario("my_lab.kitchen", evry=3)


def test_copies_and_other_processes_keep_the_rule(my_lab):
    sim = Simulator(make_scenario("my_lab.kitchen"), autoreset=DISABLED, levels=1)
    rewards(sim, 1)
    for other in (copy.deepcopy(sim), ForkingPickler.loads(ForkingPickler.dumps(sim))):
        assert other.scenario == sim.scenario
        assert rewards(other, 5) == [-1, 0, -1, 0, -1]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "my_lab.kitchn",
            "no module is called 'my_lab.kitchn'; install its package, or add its folder to PYTHON",
        ),
        ("my_shop.kitchen", "no module is called 'my_shop'"),
        ("my_lab.kitchen:scenery", "my_lab.kitchen has no 'scenery'; did you mean 'scenario'?"),
        ("my_lab.kitchen:KITCHENS.x", "my_lab.kitchen has no 'KITCHENS.x'; did you mean 'Kitchens'?"),
        (
            "my_lab.kitchen:Kitchens",
            "scenario my_lab.kitchen:Kitchens made an object of type Kitchens: it must return a worlds.Scenario",
        ),
        ("my_lab/kitchen.py", "'my_lab/kitchen.py' is no MODULE:NAME"),
    ],
)
def test_a_scenario_that_is_not_there_is_refused(my_lab, name, message):
    with pytest.raises(ValueError) as refusal:
        make_scenario(name, **({"side": 3} if name.endswith("Kitchens") else {}))
    assert message in str(refusal.value)


def test_a_module_that_needs_something_missing_says_what(my_lab, tmp_path):
    (tmp_path / "my_lab" / "bad.py").write_text("import not_installed_here\n")
    importlib.invalidate_caches()
    with pytest.raises(ModuleNotFoundError, match="not_installed_here"):
        make_scenario("my_lab.bad")


def test_scenarios_that_a_package_offers_are_found_by_name(my_lab, tmp_path):
    info = tmp_path / "my_lab-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-lab\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[social_rl.scenarios]\nkitchen = my_lab.kitchen\n")
    importlib.invalidate_caches()
    assert make_scenario("kitchen", every=5).options == (5,)
    with pytest.raises(ValueError, match="did you mean 'kitchen'"):
        make_scenario("kitchn")


@pytest.mark.skipif(not COMPILED, reason="about compiled code")
def test_errors_of_code_called_by_its_address_are_raised():
    """numba prints an IndexError of such code and goes on: a run with bounds checks would prove nothing."""

    def beyond(i):
        return np.zeros(3)[i]

    call = numba.cfunc("float64(int64)", boundscheck=True)(beyond).ctypes
    with errors_raised():
        assert call(2) == 0
    with pytest.raises(IndexError), errors_raised():
        call(3)
