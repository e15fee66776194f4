"""Does an adversary draw houses that are houses, tell what makes sense there, and hide nothing that cannot be done?"""

import numpy as np
import pytest

from adversarial_design.curriculum import Curriculum
from adversarial_design.cycle import Cycle
from adversarial_design.drawing_board import Adversary, Board, BoardConfig
from adversarial_design.edits import is_held_out
from adversarial_design.house_board import (
    NOWHERE,
    PALETTE,
    WALL,
    HouseBoardConfig,
    Piece,
    chosen,
    goals_of,
    palette_for,
)
from adversarial_design.kinds import MazeConfig, boards_of, house_grid, maze_grid
from adversarial_design.minimax import Minimax
from adversarial_design.students import Student
from agents.network.config import NetworkConfig
from agents.training.learner import LearnerConfig
from tests.small import SMALL, SMALL_MIND, same
from worlds.generators.houses import HouseConfig
from worlds.generators.mazes import bank_of_mazes
from worlds.language.instructions import canonical, goal_problem
from worlds.levels.bank import bank_of
from worlds.objects import FLOOR

ORANGE, TABLE, CUP, DOOR = (
    Piece("orange"),
    Piece("table", "green"),
    Piece("cup", "red"),
    Piece("door", "red", "shut"),
)
PIECES = (Piece(WALL), TABLE, CUP, DOOR)
LEARNER = LearnerConfig(minibatches=2, epochs=1)
HOUSES = house_grid(HouseConfig(side=9, agents=2, step_limit=20))


def drawn(acts, pieces=PIECES, side=3, agents=1, told=(0,)):
    """The house that these acts draw: starts, then pairs of a row of `pieces` and a cell, then instructions."""
    placed = [number for row, cell in acts for number in (2 * row + 1 if row else 0, cell)]
    config = HouseBoardConfig(side=side, walls=len(acts), agents=agents, pieces=pieces)
    board = config.begin(1)
    for act in (*range(agents), *placed, *told):
        board.place(np.array([act]))
    assert board.step == config.steps
    return board.boards(np.random.default_rng(0))[0]


def adversary(seed=0, agents=2, partners=0, walls=12):
    config = HouseBoardConfig(
        side=7, walls=walls, agents=agents, partners=partners, hidden=32, learner=LEARNER, step_limit=20
    )
    return Adversary(config, lambda houses: bank_of(houses, HOUSES.sizes).house, seed)


def test_pieces_are_placed_where_they_fit():
    """Ann at 0, a wall at 1, a table at 4, a cup on it. Wall and door on the table stay away, and a wall on Ann."""
    house = drawn([(0, 1), (1, 4), (2, 4), (0, 4), (3, 4), (0, 0)])
    assert house.ground == ("#####", "#l#l#", "#lll#", "#lll#", "#####")
    assert [(f.kind, f.row, f.col) for f in house.fixtures] == [("table", 2, 2)]
    assert [(i.kind, i.row, i.col) for i in house.items] == [("cup", 2, 2)]
    assert (house.agents[0].row, house.agents[0].col) == (1, 1)


def test_what_is_placed_again_moves_and_nothing_stands_on_an_item():
    """A cup at 5 stays when a table comes, which stays away; placed again at 8, it moves. No item lies in a door."""
    house = drawn([(2, 5), (1, 5), (2, 8), (3, 7), (2, 7)])
    assert house.fixtures[0].kind == "door" and len(house.fixtures) == 1
    assert [(i.row, i.col) for i in house.items] == [(3, 3)]


def test_two_start_in_different_cells():
    config = HouseBoardConfig(side=3, walls=1, agents=2, pieces=PIECES)
    board = config.begin(1)
    for act in (8, 8, 0, 4, 0, 0):
        board.place(np.array([act]))
    ann, bob = board.boards(np.random.default_rng(0))[0].agents
    assert ((ann.row, ann.col), (bob.row, bob.col)) == (
        (3, 3),
        (1, 1),
    )  # the next one after the last is the first


def test_agents_are_told_what_the_things_allow():
    found = [canonical(goal) for goal in goals_of((TABLE, CUP, DOOR), 0, 1)]
    assert found == [
        "go to the green table", "go to the red cup", "pick up the red cup", "put the red cup on the green table",
        "go to the red door", "open the red door",
    ]  # fmt: skip
    assert "give the red cup to Bob" in [canonical(goal) for goal in goals_of((CUP,), 0, 2)]
    assert [canonical(goal) for goal in goals_of((), 1, 2)] == ["meet Ann"]
    told = [drawn([(1, 4), (2, 5)], told=(number,)).goals[0] for number in range(4)]
    assert told == list(goals_of((TABLE, CUP), 0, 1))
    assert [chosen(i, 3, 9) for i in (0, 1, 3)] == [0, 1, 0] and [chosen(i, 18, 9) for i in (0, 8)] == [0, 16]


def test_nothing_is_asked_that_training_holds_out():
    """Oranges and beds among it: one may be told to go to either, and never to put one on the other."""
    everything = tuple(piece for piece in PALETTE if piece.kind != WALL)
    goals = goals_of(everything, 0, 2)
    assert len(goals) > 40 and not any(is_held_out(goal) or goal_problem(goal) for goal in goals)
    said = [canonical(goal) for goal in goals]
    assert "pick up the orange" in said and "put the orange on the white bed" not in said


def test_whatever_is_drawn_is_a_house_and_whether_it_can_be_done_is_known():
    """Random acts, two agents: all are levels that survive being written; some can be done and some cannot."""
    one = adversary()
    levels = one.draw(64, np.random.default_rng(0)).levels
    kind = HOUSES.kind
    assert len(set(kind.ids(levels))) == 64
    assert np.array_equal(kind.read(kind.write(levels)), levels)
    solvable = kind.facts(levels).solvable
    assert 0.2 < solvable.mean() < 1


def test_a_house_without_things_sends_agents_where_they_cannot_go():
    """Recorded as what cannot be done, not hidden."""
    house = drawn([(0, 8)])
    assert house.goals == (NOWHERE,)
    grid = house_grid(HouseConfig(side=5, agents=1, rooms=(1, 1), step_limit=20))
    facts = grid.kind.facts(bank_of([house], grid.sizes).house)
    assert not facts.solvable[0] and facts.optimum[0] == 0


def test_as_much_of_the_palette_is_used_as_levels_hold():
    small = palette_for(items=1, fixtures=2)
    assert [piece.kind for piece in small] == ["wall", "table", "cup", "door"]
    assert palette_for(64, 64) == PALETTE
    with pytest.raises(ValueError, match="14 pieces from wall on, allowed are 4"):
        HouseBoardConfig(side=3)
    with pytest.raises(ValueError, match="402 acts"):
        HouseBoardConfig(side=7, walls=200)


def test_a_partner_is_chosen_last():
    one = adversary(partners=3)
    found = one.draw(32, np.random.default_rng(0))
    assert found.levels.shape[1] == adversary().draw(1, np.random.default_rng(0)).levels.shape[1] + 1
    assert set(found.levels[:, -1].tolist()) == {0, 1, 2}
    assert np.array_equal(found.levels[:, -1], found.batch.act[-1, :, 0].numpy() % 3)
    assert one.config.steps == one.config.acts + 1 == len(found.batch.act)


def test_mazes_are_drawn_for_two():
    """Both start on floor, away from the goal and each other, even if all are placed in one cell."""
    board = Board(1, 3, agents=2)
    for cell in (8, 8, 8, 0, 4):
        board.place(np.array([cell]))
    ground, spots, headings = board.boards(np.random.default_rng(0))
    assert spots.tolist() == [[2 << 8 | 2, 0, 1]] and headings.shape == (1, 2)
    assert (
        ground.ravel().tolist() == [FLOOR] * 4 + [ground[0, 1, 1]] + [FLOOR] * 4 and ground[0, 1, 1] != FLOOR
    )
    grid = maze_grid(MazeConfig(side=5, walls=(0, 4), agents=2, step_limit=20))
    one = Adversary(
        BoardConfig(side=5, walls=4, agents=2, hidden=32, learner=LEARNER),
        lambda boards: bank_of_mazes(*boards, limit=20).house,
    )
    bank = grid.bank(one.draw(8, np.random.default_rng(0)).levels)
    assert all(len(set(row)) == 3 for row in boards_of(bank).spots.tolist())


def test_trap_15_an_adversary_of_houses_goes_on_bit_for_bit():
    def cycle(seed):
        network = NetworkConfig(**{**vars(SMALL_MIND), "view": 7, "agents": 2, "map": True})
        student = Student(HOUSES, network, SMALL, seed)
        designer = Minimax(HOUSES.kind, adversary(seed, walls=4), 8)
        return Cycle(designer, {"student": student}, Curriculum(HOUSES.kind), seed)

    straight, again = cycle(0), cycle(1)
    straight.advance()
    again.restore(*straight.save())
    assert straight.advance() == again.advance()
    assert same(straight, again)
    assert all("solvable" in record for record in straight.curriculum.records())
