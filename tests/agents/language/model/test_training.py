"""Is it answers that are learned, and nothing else, however examples are laid out?"""

import pytest
import torch
import torch.nn.functional as F

from agents.language.model.generation import generate
from agents.language.model.training import (
    Example,
    answer_log_probs,
    answer_logits,
    answer_loss,
    answer_states,
    packed_batch,
    padded_batch,
    positions,
    shared_batch,
)
from tests.agents.language.model.small_models import KINDS, KNOWN, a_model

ASKED = [
    ("go?", "go to the bed"),
    ("", "is the cup on the table?"),
    ("put the orange on the bed", "yes"),
    ("a", "b"),
]


def examples(language_model):
    prompts = language_model.encode([prompt for prompt, _ in ASKED])
    answers = language_model.encode_answers([answer for _, answer in ASKED])
    return [Example(*both) for both in zip(prompts, answers, strict=True)]


def by_brute_force(language_model, some):
    """Each answer alone: for every token, the whole text before it is read by transformers."""
    log_probs = []
    for prompt, answer in some:
        for i, token in enumerate(answer):
            before = torch.tensor([[*prompt, *answer[:i]]])
            log_probs.append(language_model.model(before).logits[0, -1].log_softmax(0)[token])
    return torch.stack(log_probs)


def gradients(language_model, loss):
    language_model.model.zero_grad()
    loss.backward()
    return {name: p.grad.clone() for name, p in language_model.model.named_parameters()}


@pytest.mark.parametrize("kind", KINDS)
def test_the_loss_and_its_gradient_are_those_of_each_token_after_all_before_it(kind):
    """Were a prompt or a pad learned, or were tokens shifted wrongly, both would differ."""
    language_model = a_model(kind)
    some = examples(language_model)
    expected = by_brute_force(language_model, some)
    batch = padded_batch(some, language_model.pad)
    found = answer_log_probs(language_model, batch)
    assert torch.allclose(found[batch.is_answer_BS], expected, atol=1e-5)
    assert not found[~batch.is_answer_BS].any()
    mine = gradients(language_model, answer_loss(language_model, batch))
    theirs = gradients(language_model, -expected.mean())
    for name, gradient in theirs.items():
        assert torch.allclose(mine[name], gradient, atol=1e-5), name


@pytest.mark.parametrize("kind", KNOWN)
@pytest.mark.parametrize("length", [30, 64])
def test_packed_rows_say_what_padded_ones_say(kind, length):
    language_model = a_model(kind)
    some = examples(language_model)
    packed = packed_batch(some, length, language_model.pad)
    assert packed.token_BS.shape[0] < len(some)
    padded = padded_batch(sorted(some, key=lambda one: -len(one.prompt + one.answer)), language_model.pad)
    losses = [answer_loss(language_model, batch) for batch in (packed, padded)]
    assert torch.allclose(*losses, atol=1e-5)
    first, second = (gradients(language_model, loss) for loss in losses)
    assert all(torch.allclose(first[name], second[name], atol=1e-5) for name in first)


def test_pads_have_no_gradient_and_answers_alone_have_logits():
    """The pad is a token that occurs nowhere else: nothing flows to its embedding from where it stands."""
    language_model = a_model("grouped")
    assert not language_model.model.config.tie_word_embeddings
    some = examples(language_model)
    pad = min({*range(3, 280)} - {token for one in some for token in (*one.prompt, *one.answer)})
    batch = padded_batch(some, pad)
    assert (batch.token_BS == pad).any()
    logits_NV, target_N = answer_logits(language_model, batch)
    assert logits_NV.shape == (int(batch.is_answer_BS.sum()), 280)
    assert torch.equal(target_N, batch.token_BS[batch.is_answer_BS])
    loss = F.cross_entropy(logits_NV, target_N)
    gradient = gradients(language_model, loss)["model.embed_tokens.weight"]
    assert not gradient[pad].any()
    assert gradient[some[0].prompt[-1]].any(), "what is read matters to what is said"


def test_rows_are_laid_out_as_they_are_drawn_here():
    some = [Example([5, 6], [7]), Example([8], [9, 10, 11]), Example([12], [13])]
    padded = padded_batch(some, pad=0)
    assert padded.token_BS.tolist() == [[0, 5, 6, 7], [8, 9, 10, 11], [0, 0, 12, 13]]
    assert padded.part_BS.tolist() == [[0, 1, 1, 1], [1, 1, 1, 1], [0, 0, 1, 1]]
    assert padded.is_answer_BS.int().tolist() == [[0, 0, 0, 1], [0, 1, 1, 1], [0, 0, 0, 1]]
    packed = packed_batch(some, length=6, pad=0)
    assert packed.token_BS.tolist() == [[8, 9, 10, 11, 12, 13], [0, 0, 0, 5, 6, 7]]
    assert packed.part_BS.tolist() == [[1, 1, 1, 1, 2, 2], [0, 0, 0, 1, 1, 1]]
    assert positions(packed.part_BS).tolist() == [[0, 1, 2, 3, 0, 1], [0, 0, 0, 0, 1, 2]]


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_what_is_learned_is_said(kind):
    language_model = a_model(kind)
    batch = padded_batch(examples(language_model), language_model.pad)
    optimizer = torch.optim.Adam(language_model.model.parameters(), lr=0.01)
    for _ in range(60):
        optimizer.zero_grad()
        answer_loss(language_model, batch).backward()
        optimizer.step()
    answers = generate(language_model, [prompt for prompt, _ in ASKED], 20)
    assert answers.texts == [answer for _, answer in ASKED]
    assert answers.is_finished_B.all()


def test_what_cannot_be_learned_is_refused():
    language_model = a_model("neox")
    with pytest.raises(ValueError, match="there are 0 examples"):
        padded_batch([], pad=0)
    with pytest.raises(ValueError, match="the answer of example 1 has no tokens"):
        padded_batch([Example([1], [2]), Example([1], [])], pad=0)
    with pytest.raises(ValueError, match=r"an example has 3 tokens, allowed are 2 \(length\)"):
        packed_batch([Example([1], [2, 3])], length=2, pad=0)
    packed = packed_batch(examples(language_model), 64, pad=0)
    with pytest.raises(ValueError, match="GPTNeoXForCausalLM cannot tell apart: pad them"):
        answer_loss(language_model, packed)


@pytest.mark.parametrize("kind", KINDS)
def test_columns_are_a_multiple_and_say_the_same(kind):
    """More pads to the left change neither a loss nor its gradient."""
    language_model = a_model(kind)
    some = examples(language_model)
    plain, rounded = (padded_batch(some, language_model.pad, multiple) for multiple in (1, 8))
    assert (rounded.token_BS.shape[1] - 1) % 8 == 0 <= rounded.token_BS.shape[1] - plain.token_BS.shape[1] < 8
    losses = [answer_loss(language_model, batch) for batch in (plain, rounded)]
    assert torch.allclose(*losses, atol=1e-5)
    first, second = (gradients(language_model, loss) for loss in losses)
    assert all(torch.allclose(first[name], second[name], atol=1e-5) for name in first)


@pytest.mark.parametrize("kind", KNOWN)
def test_a_prompt_that_is_read_once_for_several_answers_says_and_learns_the_same(kind):
    language_model = a_model(kind)
    first, other, last, _ = examples(language_model)
    some = [
        Example(first.prompt, first.answer), Example(first.prompt, other.answer[:3]), Example(first.prompt, (7,)),
        other, last, Example(last.prompt, first.answer), first,
    ]  # fmt: skip
    shared, apart = shared_batch(some, language_model.pad), padded_batch(some, language_model.pad)
    assert len(shared.token_BS) == 4, "what does not follow each other is not put together"
    assert int(shared.is_answer_BS.sum()) == int(apart.is_answer_BS.sum())
    logits_NV, token_N = answer_logits(language_model, shared)
    expected_NV, expected_N = answer_logits(language_model, apart)
    assert torch.equal(token_N, expected_N)
    assert torch.allclose(logits_NV, expected_NV, atol=1e-4)
    assert torch.allclose(
        answer_states(language_model, shared), answer_states(language_model, apart), atol=1e-4
    )
    found = gradients(language_model, answer_loss(language_model, shared))
    for name, gradient in gradients(language_model, answer_loss(language_model, apart)).items():
        assert torch.allclose(found[name], gradient, atol=1e-4), name
