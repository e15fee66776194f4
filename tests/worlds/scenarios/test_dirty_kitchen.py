"""Is dirty_kitchen the Cleanup of the literature? Washing, picking, what ripens and what gets dirty."""

from dataclasses import replace

import numpy as np
import pytest

from tests.houses import act, assert_sound, level, picture, play
from tests.random_play import nobody_on, play_at_random
from worlds.compiler.compile import COMPILED
from worlds.levels.bank import bank_of
from worlds.objects import BARE_BUSH, RIPE_BUSH
from worlds.scenario import make_scenario
from worlds.simulator import DISABLED, Simulator
from worlds.state import OK, USE, Sizes

MANY = 10_000 if COMPILED else 40
LEGEND = """
k kitchen floor
p brown plate, kitchen floor
g grass
, bare bush
% ripe bush
"""


def told(text: str, *agents: str, worlds: int = 1, waste: float = 0.0, **choices: object) -> Simulator:
    """The rules of dirty_kitchen in six rows of a story: two columns of kitchen, two of grass, two of garden."""
    used = [line for line in LEGEND.strip().splitlines() if line[0] in text]
    house = level(text.strip("\n") + "\n\n" + "\n".join([*used, *agents]), 1000)
    sizes = Sizes(6, len(house.agents), 12, 0, 5)
    scenario = make_scenario("dirty_kitchen", side=6, agents=len(house.agents), waste=waste, **choices)
    scenario = replace(scenario, draw=lambda n, seed: bank_of([house], sizes=sizes))
    return Simulator(scenario, worlds, levels=1, autoreset=DISABLED)


def kitchen_with(plates: int) -> str:
    """A kitchen of twelve cells with so many plates in it, and a garden of bare bushes; Ann on the grass."""
    cells = "p" * plates + "k" * (12 - plates)
    rows = [cells[2 * row : 2 * row + 2] + ("Ag" if row == 0 else "gg") + ",," for row in range(6)]
    return "\n".join(rows)


def plates(sim: Simulator) -> np.ndarray:
    return (sim.state.item_look > 0).sum(1)


def ripe(sim: Simulator) -> np.ndarray:
    return (sim.state.ground_at == RIPE_BUSH).sum((1, 2))


# ---- washing -------------------------------------------------------------------------------------------
def test_washing_takes_the_first_plate_of_three_lines():
    text = """
ppgg,,
kpAg,,
ppgg,,
kkgg,,
pkgg,,
kkgg,,
"""
    sim = told(text, "A Ann facing west, grass")
    play(sim, ann="use")
    left = text.replace("ppgg", "pkgg").replace("kpAg", "kkAg")
    assert picture(sim) == picture(told(left, "A Ann facing west, grass"))
    assert sim.state.reward[0, 0] == 0
    play(sim, ann="use")  # the far ones, in the lines beside
    assert act(sim, ann="use") == {"ann": "that cannot be used"}
    assert plates(sim).tolist() == [1]
    assert_sound(sim)


@pytest.mark.parametrize(("far", "is_washed"), [(5, True), (6, False)])
def test_washing_reaches_five_cells(far, is_washed):
    column = ["k"] * 6 + ["A"]
    column[6 - far] = "p"
    house = level(
        "\n".join(column) + "\n\nk kitchen floor\np brown plate, kitchen floor\nA Ann facing north, grass"
    )
    scenario = make_scenario("dirty_kitchen", agents=1, side=7, waste=0.0)
    sizes = Sizes(7, 1, 12, 0, 5)
    scenario = replace(scenario, draw=lambda n, seed: bank_of([house], sizes=sizes))
    sim = Simulator(scenario, 1, levels=1, autoreset=DISABLED)
    act(sim, ann="use")
    assert (plates(sim) == 0).all() == is_washed


def test_washing_does_not_reach_past_somebody():
    sim = told("pBAg,,\n" + "kkgg,,\n" * 5, "A Ann facing west, grass", "B Bob facing west, kitchen floor")
    assert act(sim, ann="use") == {"ann": "that cannot be used"}
    assert plates(sim).tolist() == [1]
    play(sim, bob="use")
    assert plates(sim).tolist() == [0]


def test_plates_are_in_the_way_and_are_not_picked_up():
    sim = told("kpAg,,\n" + "kkgg,,\n" * 5, "A Ann facing west, grass")
    assert act(sim, ann="forward") == {"ann": "the way is blocked"}
    assert act(sim, ann="pick up") == {"ann": "that cannot be used"}
    assert plates(sim).tolist() == [1]


# ---- beams ---------------------------------------------------------------------------------------------
def test_there_is_no_beam_unless_there_are_fines():
    sim = told("kkAB,,\n" + "kkgg,,\n" * 5, "A Ann facing east, grass", "B Bob facing west, grass")
    assert act(sim, ann="use") == {"ann": "that cannot be used"}
    assert sim.state.reward[0].tolist() == [0, 0]
    assert sim.state.frozen[0].tolist() == [0, 0]


def test_a_beam_fines_and_freezes():
    sim = told(
        "kkAB,,\n" + "kkgg,,\n" * 5,
        "A Ann facing east, grass",
        "B Bob facing west, grass",
        fine=50.0,
        freeze=3,
    )
    play(sim, ann="use")
    assert sim.state.reward[0].tolist() == [-1, -50]
    for _ in range(3):
        assert act(sim, bob="turn left") == {"bob": "you are frozen for now"}
    assert act(sim, bob="turn left") == {"bob": "done as asked"}


def test_with_fines_plates_are_washed_first():
    sim = told(
        "kpAg,,\nkBgg,,\n" + "kkgg,,\n" * 4,
        "A Ann facing west, grass",
        "B Bob facing west, kitchen floor",
        fine=50.0,
    )
    play(sim, ann="use")
    assert plates(sim).tolist() == [0]
    assert sim.state.reward[0].tolist() == [0, 0]


# ---- picking -------------------------------------------------------------------------------------------
def test_walking_onto_a_ripe_bush_picks_it():
    text = "ppgA%,\n" + "ppgg,,\n" * 2 + "kkgg,,\n" * 3  # six plates of twelve cells: nothing ripens
    sim = told(text, "A Ann facing east, grass")
    play(sim, ann="forward")
    assert sim.state.reward[0, 0] == 1
    play(sim, ann="wait")
    assert sim.state.reward[0, 0] == 0
    assert picture(sim) == picture(told(text.replace("A%", "gA"), "A Ann facing east, bare bush"))


def test_a_bush_that_two_want_goes_to_either_as_often():
    """Over 10,000 worlds; four standard deviations are .02."""
    text = "ppgg,A\nppgg,%\nppgg,B\n" + "kkgg,,\n" * 3
    sim = told(text, "A Ann facing south, bare bush", "B Bob facing north, bare bush", worlds=MANY)
    act(sim, ann="forward", bob="forward")
    assert (sim.state.reward.sum(1) == 1).all()
    if COMPILED:
        assert abs(sim.state.reward[:, 0].mean() - 0.5) <= 0.02


# ---- what ripens and what gets dirty -------------------------------------------------------------------
@pytest.mark.parametrize("dirty", range(7))
def test_bushes_ripen_by_how_clean_the_kitchen_is(dirty):
    """Twelve bushes of many worlds, one step; four standard deviations. Beyond .4 * 12 = 4.8 plates: none at all."""
    sim = told(kitchen_with(dirty), "A Ann facing east, grass", worlds=MANY)
    act(sim)
    chance = max(0.0, 0.05 * (1 - dirty / 12 / 0.4))
    found = ripe(sim).sum() / (12 * MANY)
    assert (
        found == 0 if chance == 0 else abs(found - chance) <= 4 * np.sqrt(chance * (1 - chance) / (12 * MANY))
    )


def test_bushes_ripen_one_by_one():
    """The bushes of a world are as independent as those of different worlds: the variance is that of a binomial."""
    sim = told(kitchen_with(0), "A Ann facing east, grass", worlds=MANY)
    act(sim)
    by_bush = (sim.state.ground_at[:, :6, 4:] == RIPE_BUSH).reshape(MANY, 12)
    if COMPILED:
        assert np.abs(by_bush.mean(0) - 0.05).max() <= 4 * np.sqrt(0.05 * 0.95 / MANY)
        variance = 12 * 0.05 * 0.95
        assert abs(by_bush.sum(1).var() - variance) <= 4 * variance * np.sqrt(2.5 / MANY)


def test_washing_counts_at_once():
    """With five plates nothing ripens; with the step that washes one of them, it does."""
    text = "pkgg,,\npAgg,,\npkgg,,\npkgg,,\npkgg,,\nkkgg,,"
    chance = 0.05 * (1 - 2 / 12 / 0.4)  # three lines are washed at once: two plates are left
    sim = told(text, "A Ann facing west, kitchen floor", worlds=MANY)
    act(sim, ann="use")
    assert (plates(sim) == 2).all()
    if COMPILED:
        assert abs(ripe(sim).sum() / (12 * MANY) - chance) <= 4 * np.sqrt(chance * (1 - chance) / (12 * MANY))


@pytest.mark.parametrize(("waste", "dirty"), [(0.5, 0), (0.5, 4), (1.0, 2), (0.0, 2), (0.5, 5), (1.0, 5)])
def test_a_plate_is_added_below_the_threshold(waste, dirty):
    sim = told(kitchen_with(dirty), "A Ann facing east, grass", worlds=MANY, waste=waste)
    act(sim)
    added = plates(sim) - dirty
    chance = waste if dirty / 12 < 0.4 else 0.0
    assert set(added.tolist()) <= {0, 1}
    assert abs(added.mean() - chance) <= 4 * np.sqrt(chance * (1 - chance) / MANY)
    assert_sound(sim)


def test_each_free_cell_gets_dirty_as_often():
    """Ten of twelve cells are free: not that of a plate, not that of Ann."""
    sim = told("pAgg,,\n" + "kkgg,,\n" * 5, "A Ann facing east, kitchen floor", worlds=MANY, waste=1.0)
    act(sim)
    counts = (sim.state.item_at[:, :6, :6] > 0).sum(0)
    assert counts[0, 0] == MANY and counts[0, 1] == 0 and (counts[:, 2:] == 0).all()
    free = np.delete(counts[:, :2].ravel(), [0, 1])
    assert free.sum() == MANY
    if COMPILED:
        assert np.abs(free / MANY - 0.1).max() <= 4 * np.sqrt(0.1 * 0.9 / MANY)


def test_a_full_kitchen_stays_as_it_is():
    """Eight people and four plates: no cell of twelve is free."""
    names = ("Ann", "Bob", "Cleo", "Dan", "Eve", "Finn", "Gia", "Hugo")
    people = [f"{name[0]} {name} facing east, kitchen floor" for name in names]
    sim = told("ppgg,,\nppgg,,\nABgg,,\nCDgg,,\nEFgg,,\nGHgg,,", *people, waste=1.0)
    act(sim)
    assert plates(sim).tolist() == [4]
    assert_sound(sim)


# ---- levels and random play ------------------------------------------------------------------------------
def test_episodes_begin_just_beyond_the_threshold_and_with_bare_bushes():
    """Of 27 cells: .4 * 27 = 10.8, so eleven plates."""
    sim = Simulator(make_scenario("dirty_kitchen"), 8, levels=8)
    assert (plates(sim) == 11).all()
    assert ((sim.state.ground_at == BARE_BUSH).sum((1, 2)) == 27).all()
    assert ripe(sim).sum() == 0


@pytest.mark.parametrize("side", range(6, 22))
def test_there_is_an_item_for_each_plate(side):
    sim = Simulator(make_scenario("dirty_kitchen", side=side, agents=8), 1, levels=1)
    assert (plates(sim) == sim.state.item_look.shape[1]).all()
    assert plates(sim)[0] / (side * (side // 3)) > 0.4 >= (plates(sim)[0] - 1) / (side * (side // 3))


def test_random_play_is_sound():
    sim = Simulator(make_scenario("dirty_kitchen", fine=50.0), 128 if COMPILED else 1, levels=16)
    play_at_random(sim, 100_000 if COMPILED else 60, look=looks_right)


def looks_right(sim: Simulator) -> None:
    nobody_on(sim, sim.state.ground_at == RIPE_BUSH)
    assert (plates(sim) <= 11).all()
    bushes = (sim.state.ground_at == RIPE_BUSH) | (sim.state.ground_at == BARE_BUSH)
    assert (bushes.sum((1, 2)) == 27).all(), "a bush was lost"


def test_plates_come_one_by_one_and_go_by_washing():
    sim = Simulator(make_scenario("dirty_kitchen"), 64 if COMPILED else 1, levels=16)
    before = plates(sim)

    def counts(sim: Simulator) -> None:
        nonlocal before
        washed = 3 * ((sim.state.last_act == USE) & (sim.state.outcome == OK)).sum(1)
        now = plates(sim)
        assert ((now <= before + 1) & (now >= before - washed) | sim.state.over).all()
        before = now

    play_at_random(sim, 20_000 if COMPILED else 60, look=counts)


# ---- scripts -------------------------------------------------------------------------------------------
def mean_returns(*scripts: str) -> np.ndarray:
    """Mean returns of three who play these scripts in default episodes."""
    scenario = make_scenario("dirty_kitchen")
    by_name = {script.__name__: script for script in scenario.scripts}
    sim = Simulator(scenario, 16, levels=16, autoreset=DISABLED)
    action_WA, earned = np.zeros((16, 3), np.int64), np.zeros((16, 3))
    while not sim.state.over.all():
        for a, name in enumerate(scripts):
            by_name[name](sim.handle, np.array([a]), action_WA[:, a : a + 1])
        sim.step(action_WA)
        earned += sim.state.reward
    return earned.mean(0)


@pytest.mark.skipif(not COMPILED, reason="whole episodes take long uncompiled")
def test_it_is_a_dilemma():
    nobody = mean_returns("defect", "defect", "defect")
    everybody = mean_returns("cooperate", "cooperate", "cooperate")
    tempted = mean_returns("cooperate", "cooperate", "defect")
    best = mean_returns("expert", "expert", "expert")
    assert nobody.sum() == 0
    assert tempted[2] > 1.5 * everybody.mean() > 1.5 * tempted[:2].mean()
    assert best.sum() > everybody.sum()
    assert best.min() > 0.6 * best.max(), "all eat"
