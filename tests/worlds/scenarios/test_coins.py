"""Is coins the coin game? Who takes what, what it costs the other, and where a coin appears again."""

import re
from dataclasses import replace

import numpy as np
import pytest

from tests.houses import act, assert_sound, drawn, level, picture, play
from tests.random_play import play_at_random
from worlds.compiler.compile import COMPILED
from worlds.levels.bank import bank_of
from worlds.scenario import make_scenario
from worlds.simulator import DISABLED, Simulator

MANY = 10_000 if COMPILED else 40
PEOPLE = "\n\n    A Ann facing east\n    B Bob facing west\n    r red rug\n    b blue rug\n"


def board(rows: str, people: str = PEOPLE, worlds: int = 1) -> Simulator:
    """The rules of coins on a board of our own: `r` is Ann's coin, `b` is Bob's."""
    house = level(rows + people, 1000)
    scenario = replace(make_scenario("coins"), draw=lambda n, seed: bank_of([house]))
    return Simulator(scenario, worlds, levels=1, autoreset=DISABLED)


def test_ones_own_coin_earns_one_and_costs_nobody():
    sim = board("ArbB")
    play(sim, ann="forward")
    assert sim.state.reward[0].tolist() == [1, 0]
    assert picture(sim) == drawn("rAbB" + PEOPLE), "there is one free cell, the one that Ann left"
    assert_sound(sim)


def test_the_others_coin_costs_the_other_two():
    sim = board("AbrB.")
    play(sim, ann="forward")
    assert sim.state.reward[0].tolist() == [1, -2]
    assert_sound(sim)


def test_both_may_take_one_at_once():
    sim = board("AbrB.")
    play(sim, ann="forward", bob="forward")
    assert sim.state.reward[0].tolist() == [1 - 2, 1 - 2]
    assert_sound(sim)


def test_staying_takes_nothing():
    sim = board("ArbB")
    for acts in ("turn left", "wait", "turn right"):
        play(sim, ann=acts)
        assert sim.state.reward[0].tolist() == [0, 0]


def test_a_coin_that_two_want_goes_to_either_as_often():
    """Over 10,000 worlds; four standard deviations are .02."""
    sim = board("ArB\n.b.", worlds=MANY)
    act(sim, ann="forward", bob="forward")
    took = sim.state.reward == 1
    assert (took.sum(1) == 1).all()
    assert (sim.state.reward[took[:, 1], 0] == -2).all(), "the red one is Ann's"
    if COMPILED:
        assert abs(took[:, 0].mean() - 0.5) <= 0.02


def test_a_coin_appears_on_each_free_cell_as_often():
    """Six cells are free: all nine but those of Ann, of Bob and of the blue coin."""
    sim = board("Ar.\n...\n.bB", worlds=MANY)
    act(sim, ann="forward")
    is_red = np.zeros((MANY, 3, 3), np.int64)
    cells = sim.state.fixture_cell[:, 0]
    is_red[np.arange(MANY), cells >> 8, cells & 255] = 1
    counts = is_red.sum(0)
    assert counts[0, 1] == counts[2, 1] == counts[2, 2] == 0
    free = counts[[0, 0, 1, 1, 1, 2], [0, 2, 0, 1, 2, 0]]
    assert free.sum() == MANY
    if COMPILED:
        assert np.abs(free / MANY - 1 / 6).max() <= 4 * np.sqrt(5 / 36 / MANY)
    assert_sound(sim)


@pytest.mark.parametrize("side", [3, 5])
def test_random_play_is_sound_and_no_coin_is_lost(side):
    sim = Simulator(make_scenario("coins", side=side), 128 if COMPILED else 1, levels=16)

    def looks_right(sim: Simulator) -> None:
        s = sim.state
        moved_on = (s.agent_cell[:, :, None] == s.fixture_cell[:, None, :]).any((1, 2))
        assert not moved_on.any(), "a coin lies under somebody"
        assert (s.fixture_cell[:, 0] != s.fixture_cell[:, 1]).all()
        assert ((s.fixture_at > 0).sum((1, 2)) == 2).all()

    play_at_random(sim, 100_000 if COMPILED else 60, look=looks_right)


def test_there_are_two_agents_at_most():
    with pytest.raises(ValueError, match="agents is 3, allowed are 1 to 2"):
        make_scenario("coins", agents=3)


def test_scripts_take_their_own_or_the_nearest():
    sim = board("Ab.r.\n.....\n....B")
    by_name = {one.__name__: one for one in sim.scenario.scripts}
    acts = np.zeros((1, 1), np.int64)
    by_name["defect"](sim.handle, np.array([0]), acts)
    assert acts[0, 0] == 3, "forward, onto the blue one"
    for name in ("expert", "cooperate"):
        by_name[name](sim.handle, np.array([0]), acts)
        assert acts[0, 0] == 2, "turn right, to walk round it"


# ---- likes -------------------------------------------------------------------------------------------------


def tasted(rows: str, likes: str, people: str) -> Simulator:
    """A board of our own where coins are worth what `likes` says."""
    house = level(rows + people, 1000)
    scenario = make_scenario("coins", agents=people.count("facing"), kinds=3, likes=likes, costs=0.0)
    return Simulator(
        replace(scenario, draw=lambda n, seed: bank_of([house])), 1, levels=1, autoreset=DISABLED
    )


ALONE = "\n\n    A Ann facing east\n    r red rug\n    b blue rug\n    g green rug\n"


@pytest.mark.parametrize(("rows", "earned"), [("Arbg.", 0.5), ("Abrg.", -1), ("Agrb.", 0)])
def test_a_coin_is_worth_what_its_kind_is(rows, earned):
    sim = tasted(rows, "red:0.5,blue:-1", ALONE)
    play(sim, ann="forward")
    assert sim.state.reward[0].tolist() == [earned]
    assert_sound(sim)


def test_nobody_pays_for_what_others_like():
    sim = tasted(
        "Abrg.B",
        "blue:1/blue:0.25",
        "\n\n    A Ann facing east\n    B Bob facing west" + ALONE.partition("east")[2],
    )
    play(sim, ann="forward")
    assert sim.state.reward[0].tolist() == [1, 0]


@pytest.mark.parametrize(
    ("rows", "likes", "act"),
    [
        ("Abr.g\n.....", "red:1,blue:-1", 2),  # round the blue one
        ("Abr.g\n.....", "red:1,blue:0", 3),  # over it
        ("Abr.g\n.....", "red:1,blue:0.2", 3),
        ("A...r\nb...g", "red:1,blue:0.9", 2),  # .9 at two acts is more than 1 at four: .73 and .66
        ("A...r\nb...g", "red:1,blue:0.8", 3),  # .8 at two acts is less: .65
        ("A...r\nb...g", "green:-1", 0),  # nothing is liked
    ],
)
def test_the_expert_goes_by_what_it_likes(rows, likes, act):
    sim = tasted(rows, likes, ALONE)
    acts = np.zeros((1, 1), np.int64)
    next(one for one in sim.scenario.scripts if one.__name__ == "expert")(sim.handle, np.array([0]), acts)
    assert acts[0, 0] == act


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({"likes": "red:1"}, "1 agents are told and there are 2; put / between agents"),
        ({"likes": "red:1/green:1"}, "a colour is 'green', allowed are red, blue"),
        ({"likes": "red:1/blue:much"}, "'blue:much' has no number; say what a colour is worth, as in blue:1"),
        ({"side": 3, "kinds": 3, "each": 3}, "2 agents and 3 x 3 coins do not fit on 3 x 3 cells"),
    ],
)
def test_likes_that_make_no_sense_are_refused(choices, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        make_scenario("coins", **choices)
