"""Are answers always answers, is it known how often the model needed help, and are equal prompts answered once?"""

import pytest
import torch

from agents.language import responding
from agents.language.answers import read_answer, read_meaning
from agents.language.model.language_model import ModelConfig, new_model
from agents.language.model.tokenizer import train_tokenizer
from agents.language.prompt import meaning_prompt
from agents.language.responding import MEANING_TOKENS, Responder
from agents.language.serving import answers_to
from tests.agents.language.model.small_models import TEXTS, a_model

NEXT = "you are Ann\nmeaning: go to the bed\nnext:"
CHOICES = answers_to("go to the bed")


@pytest.fixture(scope="module")
def untrained():
    tokenizer = train_tokenizer(TEXTS, 300)
    config = ModelConfig(layers=1, width=32, heads=2, context=256, vocabulary=tokenizer.get_vocab_size())
    return new_model(config, tokenizer)


def test_whatever_the_model_would_say_answers_are_answers(untrained):
    respond = Responder(untrained)
    meant, subgoal = respond([meaning_prompt("kill the lamp"), NEXT], [(), CHOICES])
    assert read_meaning(meant) is not None and subgoal in CHOICES and read_answer(subgoal) is not None
    assert respond.given == 2 and respond.parse_rate == respond.parsed / 2 < 1


def test_left_to_itself_it_says_anything(untrained):
    prompts = [meaning_prompt(f"put the cup on the table {n}") for n in range(8)]
    said = Responder(untrained, constrained=False)(prompts)
    assert any(read_meaning(text) is None for text in said)


def test_what_is_an_answer_already_is_left_as_it_is(untrained, monkeypatch):
    held = []

    def answers(language_model, prompts, tokens, *, allowed, **_):
        held.append(allowed)
        return type("Answers", (), {"texts": [" go to the bed"] * len(prompts)})

    monkeypatch.setattr(responding, "generate", answers)
    respond = Responder(untrained)
    assert respond(["what?"]) == ["go to the bed"] and held == [None] and respond.parse_rate == 1


def test_equal_prompts_are_answered_once(untrained, monkeypatch):
    asked = []
    respond = Responder(untrained)
    monkeypatch.setattr(respond, "_answer", lambda prompts: asked.append(prompts) or ["done"] * len(prompts))
    assert respond([NEXT, NEXT], [CHOICES] * 2) == respond([NEXT, NEXT], [CHOICES] * 2) == ["done", "done"]
    assert asked == [[(NEXT, CHOICES)], []]
    respond([NEXT, NEXT], [CHOICES, ("done",)])
    assert asked[2] == [(NEXT, ("done",))], "with other choices it is asked anew"


def test_drawn_answers_follow_their_chance(untrained):
    prompts = [NEXT] * 6
    drawn = [
        Responder(untrained, temperature=1.0, chance=torch.Generator().manual_seed(seed))(
            prompts, [CHOICES] * 6
        )
        for seed in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1] != drawn[2] and len(set(drawn[0])) > 1
    with pytest.raises(ValueError, match="which needs chance"):
        Responder(untrained, temperature=0.5)


def test_models_that_are_too_short_for_answers_are_refused():
    with pytest.raises(ValueError, match=f"the context is 64 tokens, answers take {MEANING_TOKENS}"):
        Responder(a_model())
