"""Are models made, kept and read back as they were, and is everything refused that could run code or is damaged?"""

import importlib.util
import json
import math
from dataclasses import replace

import pytest
import torch

from agents.language.model.forward import is_known
from agents.language.model.generation import generate
from agents.language.model.language_model import (
    ModelConfig,
    merged,
    new_model,
    read_model,
    unpacked,
    with_lora,
    write_model,
)
from agents.language.model.tokenizer import train_tokenizer
from agents.language.model.training import Example, answer_loss, padded_batch
from tests.agents.language.model.small_models import (
    KINDS,
    KNOWN,
    SMALL,
    TEXTS,
    TOKENIZER,
    a_model,
    full_logits,
)

ROW = [1, 50, 60, 70, 80, 90]


def test_the_usual_model_has_nine_tenths_of_a_million_parameters_beside_its_embeddings():
    """Llama: 4 layers of 4 x 128^2 (attention) + 3 x 128 x 384 (feed-forward) and norms; GPT-2: 12 x 128^2 each."""
    tokenizer = train_tokenizer(TEXTS, 280)
    for kind, weights in (("llama", 4 * (4 * 128**2 + 3 * 128 * 384)), ("gpt2", 4 * 12 * 128**2)):
        model = new_model(ModelConfig(kind=kind, vocabulary=280), tokenizer).model
        embedded = (280 + (256 if kind == "gpt2" else 0)) * 128
        own = sum(parameter.numel() for parameter in model.parameters()) - embedded
        assert weights <= own <= weights * 1.01
        assert math.isclose(own, 0.9e6, rel_tol=0.15)


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_a_seed_decides_weights_and_disturbs_nobody(kind):
    config = ModelConfig(kind=kind, **SMALL)
    torch.manual_seed(9)
    expected = torch.rand(1)
    torch.manual_seed(9)
    first, again, other = (new_model(config, TOKENIZER, seed).model.state_dict() for seed in (1, 1, 2))
    assert torch.equal(torch.rand(1), expected)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"kind": "bert"}, "kind is 'bert', allowed are 'llama' and 'gpt2'"),
        ({"layers": 0}, "layers is 0, allowed are 1 or more"),
        ({"width": 30}, "width is 30, allowed with 2 heads are multiples of 4"),
        ({"vocabulary": 300}, "vocabulary is 300, but the tokenizer has 280 tokens"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        new_model(ModelConfig(**{**SMALL, **wrong}), TOKENIZER)


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_is_read_as_it_was_written(kind, tmp_path):
    language_model = a_model(kind)
    assert is_known(language_model.model) == (kind in KNOWN)
    write_model(tmp_path / "kept", language_model, {"commit": "abc"})
    again = read_model(tmp_path / "kept")
    assert torch.equal(full_logits(again, ROW), full_logits(language_model, ROW))
    for name in ("begin", "ends", "pad", "context"):
        assert getattr(again, name) == getattr(language_model, name)
    assert torch.equal(again.stop_V, language_model.stop_V)
    assert json.loads((tmp_path / "kept" / "manifest.json").read_text(encoding="utf-8"))["commit"] == "abc"
    with pytest.raises(FileExistsError):
        write_model(tmp_path / "kept", language_model)


def test_tied_weights_are_written_once_and_transformers_reads_what_we_wrote(tmp_path):
    from transformers import AutoModelForCausalLM

    language_model = a_model()
    write_model(tmp_path / "kept", language_model)
    size = (tmp_path / "kept" / "model.safetensors").stat().st_size
    assert size < 1.2 * 4 * sum(parameter.numel() for parameter in language_model.model.parameters())
    theirs = AutoModelForCausalLM.from_pretrained(str(tmp_path / "kept"), local_files_only=True)
    with torch.no_grad():
        assert torch.equal(theirs(torch.tensor([ROW])).logits[0], full_logits(language_model, ROW))


@pytest.fixture
def folder(tmp_path):
    write_model(tmp_path / "kept", a_model())
    return tmp_path / "kept"


@pytest.mark.parametrize("name", ["pytorch_model.bin", "training_args.bin", "model.pt", "x.pkl", "last.ckpt"])
def test_a_folder_with_a_pickle_is_refused_by_name(folder, name):
    (folder / name).write_bytes(b"\x80\x04.")
    with pytest.raises(ValueError, match=f"{name} may be a pickle, which runs code"):
        read_model(folder)


def test_code_in_a_folder_is_not_run(folder):
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config |= {
        "model_type": "mine",
        "auto_map": {"AutoConfig": "mine.Config", "AutoModelForCausalLM": "mine.Model"},
    }
    (folder / "manifest.json").unlink()
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "mine.py").write_text("raise SystemExit('ran')", encoding="utf-8")
    with pytest.raises(ValueError, match="is no causal language model that can be read"):
        read_model(folder)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_what_is_missing_or_damaged_is_named(folder, name):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:-9])
    with pytest.raises(ValueError, match=rf"{name} is not what was written"):
        read_model(folder)
    (folder / "manifest.json").unlink()
    with pytest.raises(ValueError, match=r"kept.* is no "):
        read_model(folder)
    (folder / name).unlink()
    with pytest.raises(ValueError, match=f"lacks .*{name.rpartition('.')[2]}"):
        read_model(folder)


def test_no_folder_and_no_file(tmp_path):
    with pytest.raises(ValueError, match=r"nothing is no folder: name one with config\.json"):
        read_model(tmp_path / "nothing")


def test_nothing_is_dropped_out(tmp_path):
    """A GPT-2 as others keep it drops a tenth; here what is learned from is what was said."""
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(
        n_layer=1, n_head=2, n_embd=8, n_positions=16, vocab_size=280, bos_token_id=1, eos_token_id=1
    )
    assert config.attn_pdrop == 0.1
    GPT2LMHeadModel(config).save_pretrained(tmp_path)
    (tmp_path / "tokenizer.json").write_text(TOKENIZER.to_str(), encoding="utf-8")
    language_model = read_model(tmp_path)
    assert language_model.model.config.attn_pdrop == language_model.model.config.resid_pdrop == 0
    language_model.model.train()
    assert torch.equal(full_logits(language_model, ROW), full_logits(language_model, ROW))
    assert language_model.begin == language_model.ends == (1,)
    assert language_model.pad not in language_model.ends


def test_a_gguf_file_without_its_packages_says_what_to_install(tmp_path, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *a: None if name == "gguf" else found(name, *a)
    )
    with pytest.raises(ImportError, match=r"needs the package gguf: pip install 'social-rl\[language\]'"):
        read_model(tmp_path / "model.gguf")


def test_the_weights_of_a_gguf_file_become_plain_numbers_and_no_kernel_is_fetched():
    """Else transformers asks a hub for code that multiplies packed weights, which cannot be learned from."""
    assert unpacked()["quantization_config"].dequantize is True


def test_tokens_with_a_line_break_end_an_answer():
    stop_V = a_model().stop_V
    broken = {token for token in range(3, 280) if "\n" in TOKENIZER.decode([token])}
    assert broken and set(stop_V.nonzero()[:, 0].tolist()) == broken | {2}


@pytest.mark.interop
@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")  # peft asks by the old name
@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_lora_changes_nothing_at_first_learns_little_and_is_written_as_one_model(kind, tmp_path):
    pytest.importorskip("peft")
    plain = full_logits(a_model(kind), ROW)
    language_model = with_lora(a_model(kind), rank=2)
    assert torch.allclose(full_logits(language_model, ROW), plain, atol=1e-6)
    learned = {name for name, p in language_model.model.named_parameters() if p.requires_grad}
    assert learned and all("lora_" in name for name in learned)
    batch = padded_batch([Example([1, 50], [60, 2]), Example([1], [70, 80, 2])], language_model.pad)
    optimizer = torch.optim.Adam([p for p in language_model.model.parameters() if p.requires_grad], lr=0.05)
    before = answer_loss(language_model, batch).item()
    for _ in range(5):
        optimizer.zero_grad()
        answer_loss(language_model, batch).backward()
        optimizer.step()
    assert answer_loss(language_model, batch).item() < before
    one = merged(language_model)
    assert is_known(one.model) and not is_known(language_model.model)
    assert torch.allclose(full_logits(one, ROW), full_logits(language_model, ROW), atol=1e-5)
    said = [generate(model, ["go", "put the cup"], 6).token_BT for model in (one, language_model)]
    assert torch.equal(*said)
    write_model(tmp_path / "kept", language_model)
    assert torch.allclose(full_logits(read_model(tmp_path / "kept"), ROW), full_logits(one, ROW), atol=1e-5)
    with pytest.raises(ValueError, match="lora is 0, allowed are 1 or more"):
        with_lora(replace(one), rank=0)
