"""Does a stag take two at once? Tries, hares, and where what was caught appears again."""

from dataclasses import replace

import numpy as np
import pytest

from tests.houses import act, assert_sound, drawn, level, picture, play
from tests.random_play import nobody_on, play_at_random
from worlds.compiler.compile import COMPILED
from worlds.levels.bank import bank_of
from worlds.objects import RIPE_BUSH
from worlds.scenario import make_scenario
from worlds.simulator import DISABLED, Simulator

MANY = 10_000 if COMPILED else 40


def meadow(text: str, worlds: int = 1, **choices: object) -> Simulator:
    """The rules of stag_hunt on a meadow of our own, where `s` is the stag and `g` is grass."""
    house = level(text, 1000)
    scenario = make_scenario("stag_hunt", agents=len(house.agents), **choices)
    scenario = replace(scenario, draw=lambda n, seed: bank_of([house]))
    return Simulator(scenario, worlds, levels=1, autoreset=DISABLED)


BESIDE = """
    AsBg

    A Ann facing east, grass
    B Bob facing west, grass
    s brown toy, grass
    g grass
"""


def test_two_at_once_catch_a_stag():
    sim = meadow(BESIDE)
    play(sim, ann="use", bob="use")
    assert sim.state.reward[0].tolist() == [5, 5]
    assert picture(sim) == drawn(BESIDE.replace("AsBg", "AgBs")), "there is one other free cell"
    assert_sound(sim)


def test_a_try_alone_costs():
    sim = meadow(BESIDE)
    play(sim, ann="use")
    assert sim.state.reward[0].tolist() == [-5, 0]
    play(sim, bob="use")
    assert sim.state.reward[0].tolist() == [0, -5], "one after another is not at once"
    assert picture(sim) == drawn(BESIDE)


def test_what_it_costs_can_be_chosen():
    sim = meadow(BESIDE, alone=0.0)
    play(sim, ann="use")
    assert sim.state.reward[0].tolist() == [0, 0]


def test_a_third_hunter_earns_as_much():
    sim = meadow(BESIDE.replace("AsBg", "AsBg\n    gCgg") + "    C Cleo facing north, grass")
    play(sim, ann="use", bob="use", cleo="use")
    assert sim.state.reward[0].tolist() == [5, 5, 5]


def test_who_looks_elsewhere_hunts_nothing():
    sim = meadow(BESIDE.replace("Bob facing west", "Bob facing east"))
    assert act(sim, ann="use", bob="use") == {"ann": "done as asked", "bob": "that cannot be used"}
    assert sim.state.reward[0].tolist() == [-5, 0]


def test_the_stag_is_in_the_way_and_is_not_picked_up():
    sim = meadow(BESIDE)
    assert act(sim, ann="forward") == {"ann": "the way is blocked"}
    assert act(sim, ann="pick up") == {"ann": "that cannot be used"}
    assert picture(sim) == drawn(BESIDE)


def test_a_hare_is_walked_onto_and_another_appears():
    text = "A%gs\n\nA Ann facing east, grass\n% ripe bush\ng grass\ns brown toy, grass"
    sim = meadow(text.replace("\n\n", "\nBggg\n\n", 1) + "\nB Bob facing north, grass", worlds=MANY)
    play(sim, ann="forward")
    assert (sim.state.reward[:, 0] == 1).all() and (sim.state.reward[:, 1] == 0).all()
    ripe = sim.state.ground_at == RIPE_BUSH
    assert (ripe.sum((1, 2)) == 1).all()
    # five cells are free: not those of Ann, Bob and the stag
    counts = ripe.sum(0)
    assert counts[0, 1] == counts[1, 0] == counts[0, 3] == 0
    free = counts[[0, 0, 1, 1, 1], [0, 2, 1, 2, 3]]
    assert free.sum() == MANY
    if COMPILED:
        assert np.abs(free / MANY - 0.2).max() <= 4 * np.sqrt(0.2 * 0.8 / MANY)
    assert_sound(sim)


def test_a_hare_that_two_want_goes_to_either_as_often():
    """Over 10,000 worlds; four standard deviations are .02."""
    sim = meadow(
        "A%Bgs\n\nA Ann facing east, grass\nB Bob facing west, grass\n% ripe bush\ng grass\ns brown toy, grass",
        worlds=MANY,
    )
    act(sim, ann="forward", bob="forward")
    assert (sim.state.reward.sum(1) == 1).all()
    if COMPILED:
        assert abs(sim.state.reward[:, 0].mean() - 0.5) <= 0.02


def test_a_full_meadow_keeps_its_stag():
    sim = meadow("AsB\n\nA Ann facing east, grass\nB Bob facing west, grass\ns brown toy, grass")
    play(sim, ann="use", bob="use")
    assert sim.state.reward[0].tolist() == [5, 5]
    assert picture(sim) == drawn(
        "AsB\n\nA Ann facing east, grass\nB Bob facing west, grass\ns brown toy, grass"
    )


@pytest.mark.parametrize("choices", [{}, {"agents": 5, "side": 7, "stags": 2, "hares": 4}])
def test_random_play_is_sound_and_nothing_is_lost(choices):
    sim = Simulator(make_scenario("stag_hunt", **choices), 128 if COMPILED else 1, levels=16)
    stags, hares = choices.get("stags", 1), choices.get("hares", 2)

    def looks_right(sim: Simulator) -> None:
        ripe = sim.state.ground_at == RIPE_BUSH
        nobody_on(sim, ripe)
        assert (ripe.sum((1, 2)) == hares).all()
        assert ((sim.state.item_at > 0).sum((1, 2)) == stags).all()
        assert not (ripe & (sim.state.item_at > 0)).any(), "a hare and a stag in one cell"

    play_at_random(sim, 100_000 if COMPILED else 60, look=looks_right)


def test_who_cooperates_tries_no_stag_alone():
    """Whoever comes past and looks at it is not yet a hunter."""
    sim = meadow(BESIDE)
    script = {one.__name__: one for one in sim.scenario.scripts}["cooperate"]
    acts = np.zeros((1, 1), np.int64)
    play(sim, bob="turn left")
    script(sim.handle, np.array([0]), acts)
    assert acts[0, 0] == 0, "Bob looks away: wait"
    play(sim, bob="turn right")
    script(sim.handle, np.array([0]), acts)
    assert acts[0, 0] == 0, "Bob has only just turned"
    play(sim, bob="wait")
    script(sim.handle, np.array([0]), acts)
    assert acts[0, 0] == 6, "now both use it"
