"""Does the search find what is solved sometimes, pay for it, and mix it with new levels?"""

from dataclasses import replace

import numpy as np
import pytest

from adversarial_design.curriculum import Curriculum
from adversarial_design.cycle import Cycle
from adversarial_design.designer import nothing_known
from adversarial_design.learnability import Learnability, SearchConfig, kept_of, never_solved
from adversarial_design.plays import together
from adversarial_design.scores import team_learnability
from tests.small import SMALL_MAZES, same, small_student
from tests.toys import LADDERS, Climber, play_of

KIND = SMALL_MAZES.kind
SEARCH = SearchConfig(n=8, candidates=16, tries=2, keep=4, every=3)


def test_tries_of_a_level_are_taken_together():
    """Level 0 is solved in 1 of 3 tries, level 1 in all, level 2 in none: 1 * 2 / (3 * 2), 0 and 0."""
    play = together(play_of([[0.0], [1.0], [0.0], [1.0], [1.0], [1.0], [0.0], [0.0], [0.0]]), 3)
    assert team_learnability(play) == pytest.approx([1 / 3, 0, 0])
    assert never_solved(play).tolist() == [False, False, True]


def test_a_part_of_what_is_kept_was_never_solved():
    """Of six levels four are kept, a quarter of them of the two that were never solved; the others by value."""
    value, never = np.array([0.1, 0.0, 0.3, 0.0, 0.2, 0.25]), np.array([0, 1, 0, 1, 0, 0], bool)
    rng = np.random.default_rng(0)
    found = [kept_of(value, never, 4, 0.25, rng).tolist() for _ in range(50)]
    assert {tuple(rows[:3]) for rows in found} == {(2, 5, 4)} and {rows[3] for rows in found} == {1, 3}
    assert kept_of(value, never, 4, 0.0, rng).tolist() == [2, 5, 4, 0]  # as published
    assert kept_of(value, never, 4, 1.0, rng).tolist()[:2] == [2, 5]  # there are no more than two


def search_of(solved, facts, config):
    """What a search keeps where a level is solved in so many of four tries."""

    def try_each(levels):
        won = np.tile(np.arange(4), len(levels) // 4) < solved(levels)
        return play_of(won.astype(float)[:, None].tolist())

    designer = Learnability(replace(LADDERS, facts=facts), try_each, config)
    proposals = [designer.propose(np.random.default_rng(seed)) for seed in range(3)]
    return designer, proposals


def test_a_level_that_was_never_solved_can_still_be_drawn():
    """Half of all ladders are solved twice, the others never: by learnability alone only the first would be drawn."""
    low = lambda levels: levels[:, 0] <= 5  # noqa: E731
    half = lambda levels: np.where(low(levels), 2, 0)  # noqa: E731
    config = SearchConfig(n=32, candidates=64, tries=4, keep=16, every=9, share=1.0, unsolved=0.25)
    designer, proposals = search_of(half, nothing_known, config)
    assert (~low(designer.levels)).sum() == 4 == (designer.values == 0).sum()
    assert all((~low(proposal.levels)).any() for proposal in proposals)
    _, proposals = search_of(half, nothing_known, replace(config, unsolved=0.0))
    assert all(low(proposal.levels).all() for proposal in proposals)

    def impossible(levels):
        return nothing_known(levels)._replace(solvable=low(levels))

    assert low(
        search_of(half, impossible, config)[0].levels
    ).all()  # what cannot be solved is not worth a try


def test_what_is_found_is_solved_sometimes():
    """A climber of strength 5 climbs ladders below 5 always and those far above never; found are those about 5."""
    climber = Climber(5.0, episodes=1)

    def try_each(levels):
        chance = 1 / (1 + np.exp(2 * (levels.max(1) - climber.strength)))
        won = np.random.default_rng(0).random(len(levels)) < chance
        return play_of(won.astype(float)[:, None].tolist())

    designer = Learnability(
        LADDERS, try_each, SearchConfig(n=8, candidates=2000, tries=4, keep=40, unsolved=0)
    )
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


@pytest.mark.parametrize("wrong", [{"tries": 1}, {"keep": 0}, {"share": 2.0}, {"unsolved": -0.1}])
def test_wrong_settings_are_named(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SearchConfig(**wrong)
