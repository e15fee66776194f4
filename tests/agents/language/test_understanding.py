"""Does the grammar come first, does the model say the rest, and is nothing guessed?"""

import pytest

from agents.language.understanding import GRAMMAR, MODEL, Understanding, understand
from worlds.language.instructions import parse


def never(words):
    raise AssertionError(f"the model was asked about {words!r}")


@pytest.mark.parametrize("model", [None, never])
def test_what_the_grammar_understands_no_model_is_asked_about(model):
    goal = parse("put the orange on the bed")
    assert understand("could you place the orange onto the bed?", model) == Understanding(
        goal, "put the orange on the bed", GRAMMAR
    )


@pytest.mark.parametrize("text", ["it's dark in here", "pick up the fruit"])  # unknown; several meanings
def test_what_it_refuses_a_model_may_understand(text):
    asked = []

    def model(words):
        asked.append(words)
        return "Turn on the lamp."

    found = understand(text + "\u202e\n", model)
    assert found == Understanding(parse("switch on the lamp"), "switch on the lamp", MODEL)
    assert asked == [text], "words are cleaned"


@pytest.mark.parametrize("answer", ["which cup: the red one or the blue one?", "I cannot do that"])
def test_a_question_and_a_reason_are_no_goal(answer):
    assert understand("you know the thing", lambda words: answer) == Understanding(None, answer, MODEL)


@pytest.mark.parametrize(
    "answer", ["", "frobnicate the cup", "ok\nput the cup on the bed", "x" * 10_000, "\x00"]
)
def test_an_answer_that_is_none_leaves_the_refusal_of_the_grammar(answer):
    refusal = understand("frobnicate the cup")
    assert refusal.goal is None and refusal.by == GRAMMAR and "frobnicate" in refusal.words
    assert understand("frobnicate the cup", lambda words: answer) == refusal


def test_no_model_is_asked_about_nothing_or_about_half_a_text():
    assert "say what to do" in understand(" \u200b ", never).words
    assert "allowed are 512: shorten" in understand("put the cup on the table " * 40, never).words


def test_the_grammar_is_told_who_speaks():
    assert understand("bring me the cup", never, "Bob").words == "give the cup to Bob"
    with pytest.raises(ValueError, match="speaker is 'Bobb'"):
        understand("bring me the cup", never, "Bobb")
