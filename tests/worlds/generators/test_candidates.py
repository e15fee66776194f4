"""Are goals that an agent may have been told such that can be done, and told apart?"""

import numpy as np
import pytest

from tests.houses import house
from worlds.expert.planning import optima
from worlds.generators.candidates import SOONEST, Candidates, draw_candidates
from worlds.generators.infeasible import bind_goals
from worlds.goal import MAX_CLAUSES, NO_VERB, VERB, decode
from worlds.language.instructions import canonical, parse
from worlds.levels.bank import take
from worlds.scenario import make_scenario
from worlds.state import State


@pytest.fixture(scope="module")
def drawn() -> tuple[State, Candidates]:
    """Twelve houses, and eight candidates for Bob in each."""
    bank = make_scenario("house").draw(12, 7)
    return bank, draw_candidates(bank, 1, 8, seed=3)


def test_the_own_goal_is_among_them_anywhere(drawn):
    bank, found = drawn
    assert found.goal_LN.shape == (12, 8, *bank.goal.shape[2:])
    assert (found.goal_LN[np.arange(12), found.own_L] == bank.goal[:, 1]).all()
    assert len(set(found.own_L.tolist())) > 3


def test_all_others_can_be_done_and_take_a_while(drawn):
    bank, found = drawn
    for n in range(8):
        houses = take(bank, np.arange(12))
        houses.goal[:, 0] = 0
        houses.goal[:, 1] = found.goal_LN[:, n]
        bind_goals(houses, np.array([(row, 1) for row in range(12)]))
        others = found.own_L != n
        assert (optima(houses)[others, 1] >= SOONEST).all()


def test_they_can_be_said_and_no_two_are_said_alike(drawn):
    _, found = drawn
    for row in found.goal_LN:
        words = [canonical(decode(goal)) for goal in row]
        assert len(set(words)) == 8 and all(parse(text).clauses for text in words)


def test_clauses_are_as_many_as_asked_for(drawn):
    bank, _ = drawn
    found = draw_candidates(bank, 0, 4, seed=1, clauses=(3, 3))
    clauses = (found.goal_LN[:, :, :MAX_CLAUSES, VERB] != NO_VERB).sum(2)
    is_own = np.arange(4) == found.own_L[:, None]
    assert (clauses[~is_own] == 3).all()


def test_a_seed_is_all_there_is_of_chance(drawn):
    bank, found = drawn
    again, other = draw_candidates(bank, 1, 8, seed=3), draw_candidates(bank, 1, 8, seed=4)
    assert (again.goal_LN == found.goal_LN).all() and (again.own_L == found.own_L).all()
    assert (other.goal_LN != found.goal_LN).any()


def test_what_cannot_be_had_is_refused(drawn):
    bank, _ = drawn
    with pytest.raises(ValueError, match="candidates is 1"):
        draw_candidates(bank, 0, 1, seed=0)
    with pytest.raises(ValueError, match="agent is 2"):
        draw_candidates(bank, 2, 4, seed=0)
    silent = take(bank, [0])
    silent.goal[0, 0] = 0
    with pytest.raises(ValueError, match="level 0: agent 0 was told nothing"):
        draw_candidates(silent, 0, 4, seed=0)


def test_a_house_too_small_for_so_many_goals_is_named():
    sim = house("A.c\n\nA Ann facing east\nc red cup", ann="pick up the cup")
    with pytest.raises(
        ValueError, match=r"level 0: only [0-9] goals were found for agent 0, 64 were asked for"
    ):
        draw_candidates(sim.bank, 0, 64, seed=0, clauses=(1, 1))
