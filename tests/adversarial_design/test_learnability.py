"""Does the search find what is solved sometimes, pay for it, and mix it with new levels?"""

import numpy as np
import pytest

from adversarial_design.curriculum import Curriculum
from adversarial_design.cycle import Cycle
from adversarial_design.learnability import Learnability, SearchConfig, learnability_of_tries
from tests.small import SMALL_MAZES, same, small_student
from tests.toys import LADDERS, Climber, play_of

KIND = SMALL_MAZES.kind
SEARCH = SearchConfig(n=8, candidates=16, tries=2, keep=4, every=3)


def test_tries_of_a_level_are_taken_together():
    """Level 0 is solved in 1 of 3 tries, level 1 in all: 1 * 2 / (3 * 2) and 0."""
    play = play_of([[0.0], [1.0], [0.0], [1.0], [1.0], [1.0]])
    assert learnability_of_tries(play, 3) == pytest.approx([1 / 3, 0])


def test_what_is_found_is_solved_sometimes():
    """A climber of strength 5 climbs ladders below 5 always and those far above never; found are those about 5."""
    climber = Climber(5.0, episodes=1)

    def try_each(levels):
        chance = 1 / (1 + np.exp(2 * (levels.max(1) - climber.strength)))
        won = np.random.default_rng(0).random(len(levels)) < chance
        return play_of(won.astype(float)[:, None].tolist())

    designer = Learnability(LADDERS, try_each, SearchConfig(n=8, candidates=2000, tries=4, keep=40))
    proposal = designer.propose(np.random.default_rng(0))
    assert np.abs(designer.levels.max(1) - 5).max() <= 2 and (designer.values > 0).all()
    assert (proposal.levels[:4].max(1) <= 7).all() and len(proposal.levels) == 8 and proposal.trains


def test_trap_12_the_search_is_paid_for():
    student = small_student()
    cycle = Cycle(Learnability(KIND, student.try_each, SEARCH), {"student": student}, Curriculum(KIND))
    searched = []
    for _ in range(4):
        cycle.advance()
        searched.append(student.counts.searched)
    assert searched[0] == searched[1] == searched[2] > 0 and searched[3] > searched[2]
    assert student.counts.env_steps == student.counts.trained + student.counts.searched


def test_a_search_goes_on_bit_for_bit():
    def cycle():
        student = small_student()
        return Cycle(Learnability(KIND, student.try_each, SEARCH), {"student": student}, Curriculum(KIND))

    straight, again = cycle(), cycle()
    for _ in range(2):
        straight.advance()
    again.restore(*straight.save())
    for _ in range(3):
        straight.advance()
        again.advance()
    assert same(straight, again)


@pytest.mark.parametrize("wrong", [{"tries": 1}, {"keep": 0}, {"share": 2.0}])
def test_wrong_settings_are_named(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SearchConfig(**wrong)
