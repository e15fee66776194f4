"""Is two_doors the Dual Destination of the literature? What is earned where, habits that clash, layouts kept apart."""

from dataclasses import replace

import numpy as np
import pytest

from agents.policies.scripted import Scripted
from tests.houses import act, assert_sound, level, play
from tests.scripted import by_chance, by_scripts
from worlds.compiler.compile import COMPILED
from worlds.levels.bank import bank_of, level_of
from worlds.scenario import make_scenario
from worlds.scenarios.two_doors import STEPS_TOGETHER, is_held_out
from worlds.simulator import DISABLED, Simulator
from worlds.state import FORWARD

WORLDS = 64 if COMPILED else 2


def floor(cells: str, ann: str = "east", bob: str = "east") -> Simulator:
    """The rules of two_doors on a floor of our own: m green mats, p a purple one."""
    mats = "m green rug" + ("\np purple rug" if "p" in cells else "")
    levels = [level(f"{cells}\n\nA Ann facing {ann}\nB Bob facing {bob}\n{mats}", 1000)]
    scenario = replace(make_scenario("two_doors"), draw=lambda n, seed: bank_of(levels))
    return Simulator(scenario, 1, levels=1, autoreset=DISABLED)


def test_a_step_costs_one_and_earns_three_while_both_stand_on_green_mats():
    sim = floor("A.m.\nB.m.\np...")
    play(sim, ann="forward, forward", bob="wait")
    assert sim.state.reward[0].tolist() == [-1, -1], "one is not enough"
    play(sim, bob="forward, forward")
    assert sim.state.reward[0].tolist() == [2, 2]
    act(sim)
    assert sim.state.reward[0].tolist() == [2, 2], "again, as long as they stay"
    play(sim, bob="forward")
    assert sim.state.reward[0].tolist() == [-1, -1]
    assert sim.state.memory[0, STEPS_TOGETHER] == 2


def test_a_purple_mat_is_worth_nothing():
    sim = floor("Am\nBp\nm.")
    play(sim, ann="forward", bob="forward")
    assert sim.state.reward[0].tolist() == [-1, -1]


def test_two_do_not_change_places_nor_share_a_mat():
    sim = floor("AB.m\nm...", bob="west")
    assert act(sim, ann="forward", bob="forward") == dict.fromkeys(("ann", "bob"), "the way is blocked")
    sim = floor("AmB\nm..", bob="west")
    outcomes = act(sim, ann="forward", bob="forward")
    assert sorted(outcomes.values()) == ["done as asked", "someone else got there first"]
    assert sim.state.reward[0].tolist() == [-1, -1]


def test_the_fixed_layout_is_that_of_the_published_code():
    """There as (x, y): agents at (0, 2) and (4, 2), green at (2, 0) and (2, 4), pink at (2, 1) and (2, 3)."""
    drawn = level_of(make_scenario("two_doors").draw(2, 5), 1)
    assert [(agent.col, agent.row) for agent in drawn.agents] == [(0, 2), (4, 2)]
    mats = {(rug.colour, rug.col, rug.row) for rug in drawn.fixtures}
    assert mats == {("green", 2, 0), ("green", 2, 4), ("purple", 2, 1), ("purple", 2, 3)}


def test_habits_are_good_with_themselves_and_bad_with_each_other():
    """Through the middle it takes two steps, a turn and two steps; the other one, who turns first, takes one act more.

    So at best both are there from the sixth step of 100 on: 95 * 2 - 5 = 185. Measured: 182, one step later.
    """
    for one in ("left", "right", "expert"):
        _, earned = by_scripts("two_doors", one, one, worlds=1)
        assert (earned == 182).all(), one
    for one, other in (("left", "right"), ("right", "left")):
        _, earned = by_scripts("two_doors", one, other, worlds=1)
        assert (earned == -100).all(), "both go to the same mat, for ever"


def test_on_drawn_layouts_habits_clash_too_and_the_expert_is_best():
    """Measured over 64 levels of seed 0: expert 185.3, left 183.9, right 182.9, left beside right -91.1."""
    means = {
        pair: by_scripts("two_doors", *pair, worlds=WORLDS, layout="drawn")[1].mean()
        for pair in (("expert", "expert"), ("left", "left"), ("right", "right"), ("left", "right"))
    }
    assert means["left", "right"] < -50 and min(means["left", "left"], means["right", "right"]) > 170
    if COMPILED:
        assert means["expert", "expert"] > max(means["left", "left"], means["right", "right"])


def layouts(n: int, seed: int, **choices: object) -> set:
    """Layouts of levels, as cells of starts, green and purple mats, where they stand and who is who forgotten."""
    found, bank = set(), make_scenario("two_doors", layout="drawn", **choices).draw(n, seed)
    for i in range(n):
        one = level_of(bank, i)
        groups = [[(a.row, a.col) for a in one.agents]]
        groups += [[(f.row, f.col) for f in one.fixtures if f.colour == c] for c in ("green", "purple")]
        grids = []
        for flip in (False, True):
            for turn in range(4):
                grid = np.zeros((5, 5), int)
                for number, cells in enumerate(groups, 1):
                    grid[tuple(np.array(cells).T)] = number
                grids.append(np.rot90(grid.T if flip else grid, turn).tobytes())
        found.add(min(grids))
    return found


def test_held_out_layouts_are_never_drawn_otherwise():
    """On 3 x 3 cells without purple mats all layouts come up: 9! / (2! 2! 5!) = 756, some 100 but for turns."""
    small = {"side": 3, "purple": False}
    bank = [
        make_scenario("two_doors", layout="drawn", held_out=h, **small).draw(1500, 0) for h in (False, True)
    ]
    seen = [set(), set()]
    for which, levels in enumerate(bank):
        for i in range(1500):
            one = level_of(levels, i)
            cells = [(a.row, a.col) for a in one.agents] + [(f.row, f.col) for f in one.fixtures]
            assert is_held_out(cells, 3) == bool(which)
            seen[which].add(tuple(cells))
    assert seen[0].isdisjoint(seen[1]) and len(seen[0]) > 5 * len(seen[1]) > 0


def test_what_differs_by_turning_mirroring_or_who_is_who_is_held_out_together():
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(300):
        cells = [(int(c) // 5, int(c) % 5) for c in rng.permutation(25)[:6]]
        answer = is_held_out(cells, 5)
        held += answer
        turned = [(col, 4 - row) for row, col in cells]
        mirrored = [(row, 4 - col) for row, col in cells]
        exchanged = [cells[i] for i in (1, 0, 3, 2, 5, 4)]
        assert {is_held_out(alike, 5) for alike in (turned, mirrored, exchanged)} == {answer}
    assert 10 <= held <= 60, "a tenth of 300 is 30, with a deviation of 5.2"


def test_training_and_held_out_layouts_share_none():
    assert layouts(300, 0).isdisjoint(layouts(300, 0, held_out=True))
    assert len(layouts(300, 0)) > 295, "there are some 31.9 million"


@pytest.mark.parametrize("cells", ["A..\nB..", "A.m\nB..", "Amm\nB.m"])
def test_scripts_bear_with_floors_of_other_mats(cells):
    """None, one, three: of a third one they know nothing."""
    text = f"{cells}\n\nA Ann facing east\nB Bob facing east" + ("\nm green rug" if "m" in cells else "")
    levels = [level(text, 1000)]
    scenario = replace(make_scenario("two_doors"), draw=lambda n, seed: bank_of(levels))
    for script in ("expert", "left", "right"):
        sim = Simulator(scenario, 1, levels=1, autoreset=DISABLED)
        for _ in range(12):
            sim.step(Scripted(script).act(sim, np.arange(2), None)[0])
        assert_sound(sim)


def test_random_play_is_sound():
    scenario = make_scenario("two_doors", layout="drawn")
    sim = Simulator(scenario, WORLDS, levels=WORLDS, autoreset=DISABLED)
    by_chance(sim, 60 if COMPILED else 20)
    assert_sound(sim)


def test_an_episode_depends_on_its_seed_alone():
    one, other, third = (
        by_scripts("two_doors", "left", "right", worlds=2, seed=seed, layout="drawn")[0] for seed in (5, 5, 6)
    )
    assert one.digest() == other.digest() != third.digest()


def test_acts_that_it_does_not_have_do_nothing():
    sim = floor("Am\nBm")
    assert act(sim, ann="use") == {"ann": "that cannot be used"}
    sim.step(np.full((1, 2), FORWARD))
    assert sim.state.reward[0].tolist() == [2, 2]


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"layout": "drwn"}, "layout is 'drwn', allowed are fixed, drawn; did you mean 'drawn'?"),
        ({"agents": 3}, "agents is 3"),
        ({"held_out": True}, "held_out is True with layout fixed: choose layout drawn"),
        ({"side": 4}, "side is 4, allowed are 5 to 256"),
    ],
)
def test_choices_out_of_range_are_refused(choices, message):
    with pytest.raises(ValueError) as refusal:
        make_scenario("two_doors", **choices)
    assert message in str(refusal.value)
