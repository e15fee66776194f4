"""Is a decision as likely as whole forwards say, and does nothing else count: no prompt, pad, or token that follows?"""

import pytest
import torch

from agents.language.model.choosing import choose, tree_of
from agents.language.model.decisions import (
    among,
    chosen_turn,
    decision_log_probs,
    decisions_of,
    free_turn,
    turns_of,
)
from tests.agents.language.model.small_models import a_model, by_hand

PROMPTS = ["go", "put the orange on the bed", "is the cup on the table?"]
ANSWERS = ("done", "go to the bed", "go to the cup", "put the orange on the bed")


def turns(language_model):
    """One free turn, and two that were chosen."""
    tree = tree_of(language_model, ANSWERS)
    prompts = language_model.encode(PROMPTS)
    said = language_model.encode_answers([f" {ANSWERS[i]}" for i in (1, 1, 3)])
    return [
        free_turn(prompts[0], said[0]),
        chosen_turn(prompts[1], said[1], tree),
        chosen_turn(prompts[2], said[2], tree),
    ]


@pytest.mark.parametrize("kind", ["llama", "gpt2", "neox"])
@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_traps_3_4_and_6_decisions_equal_whole_forwards_without_pads(kind, temperature):
    language_model = a_model(kind)
    some = turns(language_model)
    batch = turns_of(some, language_model.pad)
    found, entropy = decision_log_probs(language_model, batch, temperature)
    expected = [value for turn in some for value in by_hand(language_model, turn, temperature)]
    assert found.tolist() == pytest.approx(expected, abs=1e-4)
    assert (
        len(found) == len(batch.turn_N) and bool((entropy >= 0).all()) and bool(torch.isfinite(entropy).all())
    )
    assert len(decisions_of(some[0])) == len(some[0].answer) > len(decisions_of(some[1])) > 0


def test_what_is_chosen_is_as_likely_as_the_chooser_says():
    language_model = a_model("llama")
    tree = tree_of(language_model, ANSWERS)
    draws = torch.rand(3, 40, generator=torch.Generator().manual_seed(0))
    found = choose(language_model, PROMPTS, [tree] * 3, tokens=40, chance=draws)
    said = language_model.encode_answers([f" {ANSWERS[n]}" for n in found.number_B])
    some = [chosen_turn(*row, tree) for row in zip(language_model.encode(PROMPTS), said, strict=True)]
    batch = turns_of(some, language_model.pad)
    log_prob, _ = decision_log_probs(language_model, batch)
    summed = torch.zeros(3).index_add(0, batch.turn_N, log_prob)
    assert torch.allclose(summed, found.log_prob_B, atol=1e-4)


def test_trap_5_prompts_pads_and_tokens_that_follow_have_no_gradient():
    """Only the embeddings of what comes before a decision, and the head at decisions, are touched."""
    logits = torch.randn(3, 6, requires_grad=True)
    allowed = torch.tensor([[1, 4], [2, -1], [-1, -1]])
    found, _ = among(logits, torch.tensor([4, 2, 5]), allowed)
    (gradient,) = torch.autograd.grad(found.sum(), logits)
    assert gradient[0].nonzero()[:, 0].tolist() == [1, 4], "nothing that might not have come"
    assert found[1].item() == 0 and not gradient[1].any(), "one way is no decision"
    assert found[2].item() == pytest.approx(logits[2].log_softmax(0)[5].item(), abs=1e-6)


def test_entropy_by_hand():
    logits = torch.tensor([[0.0, 0.0, 9.0], [1.0, 2.0, 3.0]])
    _, entropy = among(logits, torch.tensor([0, 1]), torch.tensor([[0, 1], [-1, -1]]))
    p = logits[1].softmax(0)
    assert entropy.tolist() == pytest.approx([0.693147, float(-(p * p.log()).sum())], abs=1e-5)


def test_answers_that_are_not_in_the_tree_and_turns_without_a_decision_are_refused():
    language_model = a_model("llama")
    tree = tree_of(language_model, ANSWERS)
    (bed,) = language_model.encode_answers([" go to the bed"])
    with pytest.raises(ValueError, match="leaves the tree"):
        chosen_turn((1,), [bed[0], 0], tree)
    with pytest.raises(ValueError, match="ends where the tree goes on"):
        chosen_turn((1,), bed[:-1], tree)
    only = chosen_turn((1,), language_model.encode_answers([" done"])[0], tree_of(language_model, ("done",)))
    with pytest.raises(ValueError, match="1 turns have no decision"):
        turns_of([only], language_model.pad)
