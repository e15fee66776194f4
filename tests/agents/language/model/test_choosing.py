"""Is the answer that is chosen the one that whole forwards over each answer would choose, fork by fork?"""

import pytest
import torch

from agents.language.model import decoder as decoding
from agents.language.model.choosing import choose, tree_of
from tests.agents.language.model.small_models import KINDS, a_model, full_logits

PROMPTS = ["go", "put the orange on the bed", "is the cup on the table?", "go"]
ANSWERS = [
    ("done", "go to the bed", "go to the cup", "put the orange on the bed"),
    ("put the orange on the bed", "put the cup on the bed", "put the cup on the table"),
    ("go to the table",),
    ("go", "go to the bed", "go to the bed and go to the cup"),
]


def by_hand(language_model, prompt, answers, draws=None):
    """Which answer is chosen, and its log-probability: every fork with a whole forward."""
    rows = language_model.encode_answers([f" {answer}" for answer in answers])
    said, log_prob = [], 0.0
    forks = 0
    while True:
        fitting = [row for row in rows if row[: len(said)] == said]
        if len(fitting) == 1 and len(fitting[0]) == len(said):
            return rows.index(fitting[0]), log_prob
        ways = sorted({row[len(said)] for row in fitting})
        if len(ways) == 1 and said:
            said.append(ways[0])
            continue
        logits = full_logits(language_model, [*language_model.encode([prompt])[0], *said])[-1]
        log_probs = logits[ways].log_softmax(0)
        if draws is None:
            way = int(log_probs.argmax())
        else:
            below = log_probs.exp().double().cumsum(0)
            way = int(torch.searchsorted(below, draws[forks] * below[-1], right=True))
        log_prob += float(log_probs[way])
        said.append(ways[way])
        forks += 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("chunk", [1, 512])
def test_forks_are_taken_as_whole_forwards_say(kind, chunk, monkeypatch):
    monkeypatch.setattr(decoding, "CHUNK", chunk)
    language_model = a_model(kind)
    trees = [tree_of(language_model, answers) for answers in ANSWERS]
    draws = torch.rand(4, 40, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    for chance in (None, draws):
        found = choose(language_model, PROMPTS, trees, tokens=40, chance=chance)
        for row, (prompt, answers) in enumerate(zip(PROMPTS, ANSWERS, strict=True)):
            number, log_prob = by_hand(
                language_model, prompt, answers, None if chance is None else draws[row]
            )
            assert found.number_B[row] == number
            assert float(found.log_prob_B[row]) == pytest.approx(log_prob, abs=1e-4)
    assert float(found.log_prob_B[2]) == 0 and found.is_first_B[2], "there was nothing to choose"


def test_it_reads_forks_and_not_every_token(monkeypatch):
    language_model = a_model("llama")
    passes, real = [], decoding.hidden
    monkeypatch.setattr(decoding, "hidden", lambda *given, **named: passes.append(1) or real(*given, **named))
    choose(language_model, PROMPTS[2:3], [tree_of(language_model, ANSWERS[2])], tokens=40)
    assert len(passes) == 1, "the prompt alone"


def test_temperature_and_what_would_have_been_said_anyway():
    language_model = a_model("llama")
    tree = tree_of(language_model, ANSWERS[0])
    draws = torch.full((1, 40), 0.999999)
    cold = choose(language_model, PROMPTS[:1], [tree], tokens=40, chance=draws, temperature=1e-4)
    likeliest = choose(language_model, PROMPTS[:1], [tree], tokens=40)
    assert cold.number_B == likeliest.number_B
    free = full_logits(language_model, language_model.encode(PROMPTS[:1])[0])[-1].argmax()
    assert likeliest.is_first_B == [int(free) in tree]


def test_trees_of_nothing_and_of_the_same_twice_are_refused():
    language_model = a_model("llama")
    with pytest.raises(ValueError, match="no answer to choose from"):
        tree_of(language_model, ())
    with pytest.raises(ValueError, match="'go' is given twice"):
        tree_of(language_model, ("go", "done", "go"))
    assert choose(language_model, [], [], tokens=8).number_B == []
