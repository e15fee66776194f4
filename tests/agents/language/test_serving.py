"""Do the answers to what to do next serve what was meant, all that are shown among them, and nothing else?"""

import numpy as np
import pytest

from agents.language.answers import Subgoal, read_answer
from agents.language.serving import answers_to, left_of
from social_rl.human_feedback.demonstrations import demonstrations
from worlds.language.instructions import InstructionError, canonical, parse, phrase

ORDER = "pick up the red cup and put the key in the fridge, then go to the hall without entering the kitchen"


def test_what_is_left_of_the_stage_it_has_come_to():
    assert [canonical_of(clause) for clause in left_of(parse(ORDER), ())] == [
        "pick up the red cup", "put the key in the fridge",
    ]  # fmt: skip
    half = ("pick up the red cup without entering the kitchen",)
    assert [canonical_of(clause) for clause in left_of(parse(ORDER), half)] == ["put the key in the fridge"]
    first = (*half, "open the fridge", "put the key in the fridge")
    assert [canonical_of(clause) for clause in left_of(parse(ORDER), first)] == ["go to the hall"]
    assert left_of(parse(ORDER), (*first, "go to the hall")) == ()
    early = ("go to the hall", "pick up the red cup")
    assert [canonical_of(clause) for clause in left_of(parse(ORDER), early)] == ["put the key in the fridge"]


def canonical_of(clause):
    return canonical(parse(ORDER)._replace(stages=((clause,),), constraints=()))


def test_demands_ways_and_ends():
    ban = " without entering the kitchen"
    at_first = answers_to(ORDER)
    for text in (
        "pick up the red cup", "put the key in the fridge and pick up the red cup", "go to the key", "pick up the key",
        "open the fridge", "close the cupboard",
    ):  # fmt: skip
        assert text + ban in at_first, text
    for text in (
        "go to the hall" + ban,
        "done",
        "pick up the cup" + ban,
        "pick up the red cup",
        "go to the kitchen",
    ):
        assert text not in at_first, text
    assert {"which cup do you mean?", "there is no red cup here", "I cannot do that"} <= {*at_first}
    assert not any("blue" in text or "book" in text for text in at_first)
    last = answers_to(ORDER, ("pick up the red cup and put the key in the fridge", "go to the hall"))
    assert "done" in last and "go to the hall" + ban not in last and "close the fridge" + ban in last


def test_every_answer_is_read_as_it_is_said():
    for text in (*answers_to(ORDER), *answers_to("put every book on the table")):
        answer = read_answer(text)
        assert answer is not None and (not isinstance(answer, Subgoal) or answer.text == text), text


def test_all_that_leaders_show_is_among_them():
    shown = demonstrations(np.random.default_rng(5), 400, lambda goal, rng: phrase(goal, 0, rng))
    led = [one for one in shown if one.situation.meaning]
    assert len(led) > 100
    for situation, answer, _ in led:
        assert answer in answers_to(situation.meaning, situation.done), (situation, answer)


def test_what_is_no_instruction_is_refused():
    with pytest.raises(InstructionError):
        answers_to("frobnicate the cup")
