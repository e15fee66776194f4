"""Is berry_bush the commons of the literature? Picking, regrowth by ripe neighbours, beams."""

from dataclasses import replace

import numpy as np
import pytest

from tests.houses import act, assert_sound, drawn, level, picture, play
from tests.random_play import nobody_on, play_at_random
from worlds.compiler.compile import COMPILED
from worlds.levels.bank import bank_of
from worlds.objects import BARE_BUSH, RIPE_BUSH
from worlds.scenario import make_scenario
from worlds.simulator import DISABLED, Simulator
from worlds.state import FORWARD, USE, WAIT

MANY = 4_000 if COMPILED else 40


def meadow(text: str, worlds: int = 1, freeze: int = 3, **settings: object) -> Simulator:
    """The rules of berry_bush on a meadow of our own."""
    levels = [level(text, 1000)]
    scenario = replace(
        make_scenario("berry_bush", freeze=freeze), draw=lambda n, seed: bank_of(levels), **settings
    )
    return Simulator(scenario, worlds, levels=1, autoreset=DISABLED)


def test_walking_onto_a_ripe_bush_picks_it():
    sim = meadow("A%g\n\n% ripe bush\ng grass\nA Ann facing east, grass")
    play(sim, ann="forward")
    assert sim.state.reward[0, 0] == 1
    play(sim, ann="forward")
    assert sim.state.reward[0, 0] == 0
    assert picture(sim) == drawn("g,A\n\n, bare bush\ng grass\nA Ann facing east, grass")
    assert_sound(sim)


def test_a_bush_somebody_stands_on_stays_bare():
    sim = meadow("%%%\n%A%\n%%%\n\n% ripe bush\nA Ann facing east, bare bush")
    for _ in range(200):
        act(sim)
    assert sim.state.reward[0, 0] == 0
    assert picture(sim) == drawn("%%%\n%A%\n%%%\n\n% ripe bush\nA Ann facing east, bare bush")


@pytest.mark.parametrize("ripe, chance", [(0, 0.0), (1, 0.005), (2, 0.02), (3, 0.05), (8, 0.05)])
def test_bushes_regrow_by_their_ripe_neighbours(ripe, chance):
    """Over 4000 worlds and 10 steps; four standard deviations are 4 * sqrt(p / 40000) at most."""
    around = list("%" * ripe + "g" * (8 - ripe))
    rows = ["".join(around[:3]) + ".", around[3] + "," + around[4] + ".", "".join(around[5:]) + "A"]
    legend = "\n".join(f"{s} {w}" for s, w in (("%", "ripe bush"), ("g", "grass")) if s in around)
    sim = meadow("\n".join(rows) + f"\n\n{legend}\n, bare bush\nA Ann facing east", worlds=MANY)
    steps, grown, tried = 10, 0, 0
    for _ in range(steps):
        bare = sim.state.ground_at[:, 1, 1] == BARE_BUSH
        act(sim)
        tried += bare.sum()
        grown += (bare & (sim.state.ground_at[:, 1, 1] == RIPE_BUSH)).sum()
    if COMPILED:
        assert abs(grown / tried - chance) <= 4 * np.sqrt(chance * (1 - chance) / tried)
    assert (chance > 0) or grown == 0
    assert_sound(sim)


def test_bushes_two_cells_away_are_no_neighbours():
    text = "%%%%%\n%ggg%\n%g,g%\n%ggg%\n%%%%%\nA....\n\n% ripe bush\n, bare bush\ng grass\nA Ann facing east"
    sim = meadow(text, worlds=50)
    for _ in range(100):
        act(sim)
    assert (sim.state.ground_at[:, 2, 2] == BARE_BUSH).all()


def test_the_beam_freezes_whom_it_hits():
    sim = meadow("A..B\n\nA Ann facing east\nB Bob facing west", freeze=3)
    assert act(sim, ann="use") == {"ann": "done as asked"}
    assert sim.state.reward[0].tolist() == [-1, -50]
    assert sim.observation.own[0, 1, 7] == 3, "one senses it"
    for left in (2, 1, 0):
        assert act(sim, bob="forward") == {"bob": "you are frozen for now"}
        assert sim.state.frozen[0, 1] == left
    assert act(sim, bob="forward") == {"bob": "done as asked"}


def test_the_frozen_fire_no_beam():
    sim = meadow("A..B\n\nA Ann facing east\nB Bob facing west")
    act(sim, ann="use")
    assert act(sim, bob="use") == {"bob": "you are frozen for now"}
    assert sim.state.reward[0].tolist() == [0, 0]


def test_beams_cross():
    sim = meadow("A..B\n\nA Ann facing east\nB Bob facing west")
    act(sim, ann="use", bob="use")
    assert sim.state.reward[0].tolist() == [-51, -51]
    assert sim.state.frozen[0].tolist() == [3, 3]


@pytest.mark.parametrize(
    "text, hit",
    [
        ("A.......B", True),
        ("A........B", False),
        ("A.#B", False),
        ("AC.B", False),
    ],
)
def test_where_a_beam_ends(text, hit):
    """It reaches eight cells, not through walls, and hits the first in its way."""
    legend = "A Ann facing east\nB Bob facing west" + ("\nC Cleo facing north" if "C" in text else "")
    sim = meadow(f"{text}\n\n{legend}")
    act(sim, ann="use")
    assert sim.state.reward[0, 1] == (-50 if hit else 0)
    assert sim.state.reward[0, 0] == -1
    if "C" in text:
        assert sim.state.reward[0, 2] == -50


def test_long_play_of_greedy_people_leaves_bare_meadows():
    """Five who wander for berries: a sound state at each step, and fewer bushes than at the start."""
    sim = Simulator(make_scenario("berry_bush", steps=500), 4 if COMPILED else 1, levels=4)
    ripe = (sim.state.ground_at == RIPE_BUSH).sum()
    rng = np.random.default_rng(0)
    for step in range(300 if COMPILED else 30):
        sim.step(rng.choice([FORWARD, FORWARD, FORWARD, 1, 2, WAIT, USE], (sim.worlds, 5)))
        if step % 20 == 0:
            assert_sound(sim)
    assert (sim.state.ground_at == RIPE_BUSH).sum() < ripe or not COMPILED


def test_without_a_beam_use_does_nothing():
    sim = meadow("A..B\n\nA Ann facing east\nB Bob facing west")
    assert "use" in sim.scenario.acts
    peaceful = replace(make_scenario("berry_bush", beam=False), draw=sim.scenario.draw)
    sim = Simulator(peaceful, 1, levels=1, autoreset=DISABLED)
    assert act(sim, ann="use") == {"ann": "that cannot be used"}
    assert sim.state.reward[0].tolist() == [0, 0] and sim.state.frozen[0].tolist() == [0, 0]


def test_a_bush_that_two_want_goes_to_either_as_often():
    """Over 10,000 worlds; four standard deviations are .02."""
    worlds = 10_000 if COMPILED else 40
    sim = meadow("A%B\n\n% ripe bush\nA Ann facing east\nB Bob facing west", worlds=worlds)
    act(sim, ann="forward", bob="forward")
    assert (sim.state.reward.sum(1) == 1).all()
    if COMPILED:
        assert abs(sim.state.reward[:, 0].mean() - 0.5) <= 0.02


def test_random_play_is_sound_and_no_bush_is_lost():
    sim = Simulator(make_scenario("berry_bush"), 64 if COMPILED else 1, levels=16)
    bushes = bushes_of(sim)

    def looks_right(sim: Simulator) -> None:
        nobody_on(sim, sim.state.ground_at == RIPE_BUSH)
        assert (bushes_of(sim) == bushes).all()

    play_at_random(sim, 100_000 if COMPILED else 60, look=looks_right)


def bushes_of(sim: Simulator) -> np.ndarray:
    return ((sim.state.ground_at == RIPE_BUSH) | (sim.state.ground_at == BARE_BUSH)).sum((1, 2))


def test_scripts_spare_or_take_the_last_bushes():
    """Two ripe bushes are left of a patch: who defects goes straight on, the expert waits for them to grow back."""
    sim = meadow("A%g\n,,,\ng%g\n\n% ripe bush\n, bare bush\ng grass\nA Ann facing east, grass")
    acts = np.zeros((1, 1), np.int64)
    by_name = {one.__name__: one for one in sim.scenario.scripts}
    by_name["defect"](sim.handle, np.array([0]), acts)
    assert acts[0, 0] == FORWARD
    by_name["expert"](sim.handle, np.array([0]), acts)
    assert acts[0, 0] == WAIT


def test_the_expert_picks_from_a_full_patch():
    """Three ripe neighbours stay: the bush grows back as fast as any does."""
    sim = meadow("A%g\n%%%\ng%g\n\n% ripe bush\ng grass\nA Ann facing east, grass")
    acts = np.zeros((1, 1), np.int64)
    {one.__name__: one for one in sim.scenario.scripts}["expert"](sim.handle, np.array([0]), acts)
    assert acts[0, 0] == FORWARD
