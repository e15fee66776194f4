"""Do edits change levels a little, and leave them levels?"""

import numpy as np
import pytest

from adversarial_design.edits import edit_houses, is_held_out
from adversarial_design.kinds import MazeConfig, bank_from, boards_of, house_grid, maze_grid
from tests.houses import level
from worlds.expert.planning import levels_solvable
from worlds.generators.houses import HouseConfig
from worlds.language.instructions import goal_problem, parse
from worlds.levels.bank import bank_of, level_of
from worlds.levels.level_text import level_from_text, level_to_text
from worlds.objects import FLOOR, WALL

MAZES = maze_grid(MazeConfig())
HOUSES = house_grid(HouseConfig(agents=1, clauses=(1, 2)))


def check_mazes(rows):
    ground, spots, headings = boards_of(bank_from(rows, MAZES.sizes))
    assert np.isin(ground, (FLOOR, WALL)).all() and (headings < 4).all()
    n = np.arange(len(rows))[:, None]
    assert (ground[n, spots >> 8, spots & 255] == FLOOR).all()  # goal and start are free
    assert (spots[:, 0] != spots[:, 1]).all()  # and apart


def fuzz_mazes(edits, n=64):
    rng = np.random.default_rng(0)
    rows = MAZES.kind.draw(n, rng)
    for _ in range(edits // n):
        rows = MAZES.kind.edit(rows, rng, 1)[0]
        check_mazes(rows)
    return rows


def fuzz_houses(edits, n=32):
    rng = np.random.default_rng(0)
    rows = HOUSES.kind.draw(n, rng)
    for _ in range(edits // n):
        rows, words = HOUSES.kind.edit(rows, rng, 1)
        assert "nothing" not in words
        bank = bank_from(rows, HOUSES.sizes)
        levels = [level_of(bank, row) for row in range(n)]  # a Level checks itself
        assert not any(goal_problem(goal) or is_held_out(goal) for house in levels for goal in house.goals)
    return rows


def test_trap_16_edited_mazes_are_mazes():
    rows = fuzz_mazes(64 * 40)
    texts = MAZES.kind.write(rows)
    assert np.array_equal(MAZES.kind.read(texts), rows)
    assert len(set(MAZES.kind.ids(rows))) == len(rows)


def test_edited_houses_are_houses():
    rows = fuzz_houses(32 * 10)
    for text in HOUSES.kind.write(rows):
        assert level_to_text(level_from_text(text)) == text


@pytest.mark.slow
def test_a_hundred_thousand_edits_leave_mazes_mazes():
    fuzz_mazes(100_000, n=1000)


@pytest.mark.slow
def test_a_hundred_thousand_edits_leave_houses_houses():
    fuzz_houses(100_000, n=200)


def test_an_edit_says_what_it_did():
    rng = np.random.default_rng(1)
    before = MAZES.kind.draw(200, rng)
    after, words = MAZES.kind.edit(before, rng, 1)
    (old, old_spots, _), (new, new_spots, _) = (boards_of(bank_from(r, MAZES.sizes)) for r in (before, after))
    for n, word in enumerate(words):
        *_, row, col = (int(w) for w in word.split() if w.isdigit())
        if word.startswith("goal"):
            assert new_spots[n, 0] == row << 8 | col and (new[n] == old[n]).all()
        elif word.startswith("start"):
            assert new_spots[n, 1] == row << 8 | col and new_spots[n, 0] == old_spots[n, 0]
        else:
            assert (new[n] != old[n]).sum() == 1 and new[n, row, col] != old[n, row, col]
    assert {word.split()[0] for word in words} == {"wall", "floor", "goal", "start"}


def test_every_edit_of_houses_happens():
    rng = np.random.default_rng(0)
    rows = HOUSES.kind.draw(64, rng)
    said = ", ".join(HOUSES.kind.edit(rows, rng, 8)[1])
    for word in ("wall at", "floor at", "door to", "door locked", "is a", "another clause", "is now", "to"):
        assert word in said, word


def test_trap_16_whether_the_task_can_be_done_is_recorded_and_not_hidden():
    """A goal walled in; a cup that is not there; the same cup there."""
    walled, cup = (
        level("A#G\n.##\n\nA Ann facing east\nG goal", ann="go to the goal"),
        "A..c\n\nA Ann facing east\nc red {}",
    )
    assert not levels_solvable(bank_of([walled]))[0, 0]
    no_cup, a_cup = (level(cup.format(kind), ann="pick up the red cup") for kind in ("book", "cup"))
    assert levels_solvable(bank_of([no_cup, a_cup]))[:, 0].tolist() == [False, True]
    rng = np.random.default_rng(0)
    facts = MAZES.kind.facts(MAZES.kind.draw(500, rng))
    assert 0.5 < facts.solvable.mean() < 1 and (facts.optimum[~facts.solvable] == 0).all()
    assert (facts.optimum[facts.solvable] > 0.1).all()
    houses = HOUSES.kind.edit(HOUSES.kind.draw(64, rng), rng, 10)[0]
    assert 0 < HOUSES.kind.facts(houses).solvable.mean() < 1


def test_trap_16_random_pairs_of_house_and_task_are_mostly_impossible_and_known_to_be():
    rng = np.random.default_rng(0)
    facts = house_grid(HouseConfig(agents=1), misplaced=1.0).kind.facts
    rows = house_grid(HouseConfig(agents=1), misplaced=1.0).kind.draw(200, rng)
    assert 0 < facts(rows).solvable.mean() < 0.5


def test_trap_14_sixty_draws_are_about_fifty_walls():
    """169 cells, two of them taken, 60 draws: 167 (1 - (1 - 1/169)**60) = 50.1 on average."""
    rows = maze_grid(MazeConfig(walls=(60, 60))).kind.draw(2000, np.random.default_rng(0))
    walls = (boards_of(bank_from(rows, MAZES.sizes)).ground == WALL).sum((1, 2))
    assert walls.mean() == pytest.approx(167 * (1 - (1 - 1 / 169) ** 60), abs=0.3)


def test_held_out_pairs_are_not_asked_for():
    assert is_held_out(parse("put the orange on the bed")) and is_held_out(parse("pick up the purple ball"))
    assert not is_held_out(parse("go to the kitchen"))
    told = [
        level("A.o\nB..\n\nA Ann facing east\no orange\nB blue bed", ann="put the orange on the blue bed")
    ]
    edited, _ = edit_houses(told * 20, np.random.default_rng(0), 6)
    changed = [e.goals[0] for e in edited if e.goals[0] != told[0].goals[0]]
    assert not any(is_held_out(goal) for goal in changed)


def test_what_the_expert_does_can_be_done():
    """Proofs err on the safe side: a rug by a bed is not sure to stay clear. The expert shows that it can be used."""
    grid = house_grid(HouseConfig(agents=1))
    levels = grid.kind.draw(600, np.random.default_rng(3))
    proven, facts = levels_solvable(grid.bank(levels))[:, 0], grid.kind.facts(levels)
    done = facts.optimum > 0
    assert (done & ~proven).any(), "else this shows nothing"
    assert facts.solvable[done].all()
