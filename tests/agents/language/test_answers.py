"""Is every answer read as it was meant, and is what is none refused?"""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from agents.language.answers import (
    CONSTRAINTS,
    DEMANDS,
    MAX_ANSWER,
    Cannot,
    Done,
    Question,
    Subgoal,
    meaning,
    questions,
    read_answer,
    read_meaning,
    reasons,
    subgoal,
    which,
    write_answer,
)
from tests.strategies import clauses, goals
from worlds.goal import Goal
from worlds.language.instructions import fits, parse


@settings(max_examples=300)
@given(clauses(DEMANDS), st.lists(clauses(CONSTRAINTS), max_size=2))
def test_subgoals_come_back(clause, constraints):
    meant = subgoal(Goal(((clause,),), tuple(constraints)))
    assert read_answer(write_answer(meant)) == meant


def test_all_else_that_can_be_said_comes_back():
    said = [Done(), *map(Cannot, reasons()), *map(Question, questions())]
    said.append(which("cup", ("red one", "blue one", "one on the table")))
    assert [read_answer(write_answer(answer)) for answer in said] == said
    assert len(said) > 500


def test_questions_name_candidates():
    assert which("cup", ("red one", "blue one")).text == "which cup: the red one or the blue one?"
    with pytest.raises(ValueError, match="at least 2 candidates, not 1"):
        which("cup", ("red one",))


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("  Done. ", Done()),
        ("There is no bed  here.", Cannot("there is no bed here")),
        ("bob is not here", Cannot("Bob is not here")),
        ("i cannot do that", Cannot("I cannot do that")),
        (
            "Place the mug onto the couch",
            Subgoal(parse("put the cup on the sofa"), "put the cup on the sofa"),
        ),
        ("could you go to Ann?", Question("could you go to Ann?")),
    ],
)
def test_small_differences_make_none(text, answer):
    assert read_answer(text) == answer


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "?",
        "done done",
        "sit on the bed",
        "there is no unicorn here",
        "there is no red orange here",
        "go to the orange\ngo to the bed",
        "go to the bed and open the fridge and go to the hall",
        "go to the bed, then open the fridge",
        "without entering the kitchen",
        "put the cup in the table",
        "which cup\x00 is it?",
        "which cup \u202eis it?",
        "why" + " oh" * MAX_ANSWER + "?",
        "a" * 100_000,
    ],
)
def test_what_is_no_answer_is_refused(text):
    assert read_answer(text) is None


@settings(max_examples=300)
@given(st.text())
def test_any_text_is_an_answer_or_none(text):
    answer = read_answer(text)
    assert answer is None or read_answer(write_answer(answer)) == answer


@pytest.mark.parametrize(
    "answer",
    [
        Question("which one"),
        Question("which\none?"),
        Cannot("I am tired"),
        Subgoal(parse("go to the bed"), "go to the sofa"),
    ],
)
def test_what_would_be_read_otherwise_is_not_written(answer):
    with pytest.raises(ValueError, match="is not read back"):
        write_answer(answer)


def test_a_subgoal_is_one_stage_of_two_demands_at_most():
    assert subgoal(parse("go to the bed and open the fridge")).text == "go to the bed and open the fridge"
    with pytest.raises(ValueError, match="1 stage of at most 2 demands, not 2 with 2"):
        subgoal(parse("go to the bed, then open the fridge"))
    with pytest.raises(ValueError, match="1 stage of at most 2 demands, not 1 with 3"):
        subgoal(parse("go to the bed and open the fridge and go to the hall"))


@settings(max_examples=200)
@given(goals())
def test_meanings_come_back(goal):
    assume(fits(goal))
    assert read_meaning(write_answer(meaning(goal))) == meaning(goal)


def test_what_is_meant_is_an_instruction_a_question_or_a_reason():
    assert read_meaning("I cannot do that") == Cannot("I cannot do that")
    assert read_meaning("what do you mean?") == Question("what do you mean?")
    assert read_meaning("place the mug onto the couch") == meaning(parse("put the cup on the sofa"))
    assert [read_meaning(text) for text in ("done", "", "nonsense", "?", "x" * 10_000)] == [None] * 5
