"""Does time in the clips go as it is said, and do drafts and lines come together? Numbers worked out by hand."""

import os

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pytest

from social_rl.viewer.controls.entry import Entry
from social_rl.viewer.drawing import theme
from social_rl.viewer.labelling import clock as clocks
from social_rl.viewer.labelling import drafts
from social_rl.viewer.labelling.clock import SPEEDS, Clock
from social_rl.viewer.labelling.writing import lines_of


def steps(clock: Clock, seconds: float, ticks: int) -> list[int]:
    found = []
    for _ in range(ticks):
        clock = clocks.after(clock, seconds)
        found.append(clock.step)
    return found


@pytest.mark.parametrize(
    ("speed", "expected"),
    [
        (0.25, [0, 0, 0, 1]),  # 1.25 steps a second: .25, .5, .75 and 1 after so many fifths of a second
        (1.0, [1, 2, 3, 4]),
        (2.0, [2, 4, 6, 8]),
        (10.0, [10, 10, 10, 10]),
    ],
)
def test_a_clock_plays_forward_and_backward_alike(speed, expected):
    pace = SPEEDS.index(speed)
    forward = Clock(last=10, pace=pace, playing=True)
    assert steps(forward, 0.2, 4) == expected
    backward = Clock(last=10, position=10, pace=pace, direction=-1, playing=True)
    assert steps(backward, 0.2, 4) == [10 - step for step in expected]


def test_speeds_reach_from_a_quarter_to_ten():
    clock = Clock()
    assert [clocks.faster(clock, paces).speed for paces in (-9, 0, 9)] == [0.25, 1.0, 10.0]


def test_it_stops_at_its_end_and_begins_again():
    clock = clocks.after(Clock(last=3, position=2.9, playing=True), 1)
    assert (clock.position, clock.playing) == (3, False)
    assert clocks.toggled(clock) == Clock(last=3, position=0, playing=True)
    back = clocks.after(Clock(last=3, position=0.1, direction=-1, playing=True), 1)
    assert (back.position, back.playing) == (0, False)
    assert clocks.toggled(back).position == 3
    assert not clocks.toggled(Clock()).playing, "nothing can play"


def test_a_clock_that_stops_between_steps_stands_at_the_one_that_is_shown():
    forward = clocks.toggled(Clock(last=9, position=4.7, playing=True))
    assert (forward.position, forward.playing) == (4, False)
    assert clocks.toggled(Clock(last=9, position=4.7, direction=-1, playing=True)).position == 5
    assert clocks.by(Clock(last=9, position=4.7, playing=True), 1).position == 5
    assert clocks.reversed_(Clock(last=9, position=4.7)) == Clock(last=9, position=4, direction=-1)


def test_it_says_when_another_step_is_shown():
    assert clocks.until_next(Clock(last=9, position=4.5)) is None
    assert clocks.until_next(Clock(last=9, position=4.5, playing=True)) == pytest.approx(0.1)  # .5 / 5
    slow = Clock(last=9, position=4.25, pace=0, direction=-1, playing=True)
    assert clocks.until_next(slow) == pytest.approx(0.2)  # .25 / (5 × .25)


# ---- drafts --------------------------------------------------------------------------------------------
def test_ranks_follow_each_other_tie_and_are_given():
    draft = drafts.begun(3)
    assert drafts.answer_of(draft, "ranking", (2, 0, 1)) is None
    for step in (lambda d: drafts.ranked(d, 1), drafts.tied, lambda d: drafts.ranked(d, 2)):
        draft = step(draft)
    assert draft.ranks == (-1, 0, 0) and not draft.is_tied
    draft = drafts.ranked(draft, 0)
    assert drafts.answer_of(draft, "ranking", (2, 0, 1)) == {"order": [[0, 1], [2]]}
    draft = drafts.ranked(draft, 0, 0)
    assert drafts.answer_of(draft, "ranking", (2, 0, 1)) == {"order": [[2, 0, 1]]}
    assert drafts.unmarked(draft).ranks == (-1, -1, -1)
    assert drafts.ranked(drafts.tied(drafts.begun(2)), 0).ranks == (0, -1), "the first ties with none"


def test_ranks_with_a_gap_make_an_order_without_one():
    draft = drafts.ranked(drafts.ranked(drafts.begun(2), 0, 1), 1, 0)
    assert drafts.answer_of(draft, "ranking", (0, 1)) == {"order": [[1], [0]]}
    only = drafts.ranked(drafts.ranked(drafts.begun(2), 0, 1), 1, 1)
    assert drafts.answer_of(only, "ranking", (0, 1)) == {"order": [[0, 1]]}


def test_marks_stand_in_the_order_of_steps_and_are_replaced():
    draft = drafts.begun(1)
    for step, mark in ((5, 1), (2, -1), (5, 0)):
        draft = drafts.marked(draft, step, mark)
    assert drafts.answer_of(draft, "progress", (0,)) == {"marks": [[2, -1], [5, 0]]}
    assert drafts.unmarked(draft).marks == ((2, -1),), "the last one that was made"


def test_an_empty_text_is_no_correction():
    draft = drafts.begun(1)._replace(text=Entry(" \n "))
    assert drafts.answer_of(draft, "correction", (0,)) is None


# ---- lines ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("text", ["", "a", "one two  three\n\nfour " * 9, "x" * 200, " \n", "a " * 100])
def test_lines_fit_and_leave_nothing_out(text):
    lines = lines_of(text, 14, 120)
    assert "".join(text[first:end] for first, end in lines) == text.replace("\n", "")
    assert all(theme.width(text[first:end].rstrip(), 14) <= 120 for first, end in lines)
    assert [first for first, _ in lines] == sorted({first for first, _ in lines})


def test_a_line_is_broken_at_a_space():
    text = "the red cup that stands"
    assert [text[a:b] for a, b in lines_of(text, 14, theme.width("the red cup t", 14))] == [
        "the red cup ", "that stands",
    ]  # fmt: skip
