"""Which models do tests of language speak with? Tiny ones of several kinds, with weights that make a difference."""

import torch

from agents.language.model.decisions import decisions_of
from agents.language.model.language_model import LanguageModel, ModelConfig, new_model, spoken
from agents.language.model.tokenizer import train_tokenizer

TEXTS = ["go to the orange\n", "put the orange on the bed\n", "is the cup on the table?\n"] * 8
TOKENIZER = train_tokenizer(TEXTS, 280)
SMALL = {"layers": 2, "width": 32, "heads": 2, "context": 64, "vocabulary": 280}
KNOWN = ("llama", "gpt2", "grouped", "scaled")
KINDS = (*KNOWN, "neox", "gemma3")


def a_model(kind: str = "llama", seed: int = 0) -> LanguageModel:
    """llama and gpt2 as the project makes them; a Llama with fewer heads of keys, one with other angles; GPT-NeoX;
    Gemma 3, whose first layer hears the last 6 tokens only."""
    if kind in ("llama", "gpt2"):
        model = new_model(ModelConfig(kind=kind, **SMALL), TOKENIZER).model
    else:
        model = others(kind)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator) * 0.2)
    return spoken(model, TOKENIZER)


def others(kind):
    from transformers import (
        Gemma3ForCausalLM,
        Gemma3TextConfig,
        GPTNeoXConfig,
        GPTNeoXForCausalLM,
        LlamaConfig,
        LlamaForCausalLM,
    )

    shape = {
        "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 48,
        "vocab_size": 280, "max_position_embeddings": 64, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2,
    }  # fmt: skip
    if kind == "grouped":
        return LlamaForCausalLM(LlamaConfig(num_key_value_heads=2, **shape))
    if kind == "scaled":
        angles = {
            "rope_type": "llama3", "rope_theta": 100.0, "factor": 4.0, "low_freq_factor": 1.0,
            "high_freq_factor": 4.0, "original_max_position_embeddings": 16,
        }  # fmt: skip
        return LlamaForCausalLM(LlamaConfig(rope_parameters=angles, **shape))
    if kind == "gemma3":
        layers = ["sliding_attention", "full_attention"]
        return Gemma3ForCausalLM(
            Gemma3TextConfig(
                head_dim=8, num_key_value_heads=2, layer_types=layers, sliding_window=6,
                query_pre_attn_scalar=8, **shape,
            )
        )  # fmt: skip
    return GPTNeoXForCausalLM(GPTNeoXConfig(hidden_dropout=0.0, attention_dropout=0.0, **shape))


def full_logits(language_model, tokens):
    """What transformers says after each token of one row, without pads or a cache, [S, V]."""
    with torch.no_grad():
        return language_model.model(torch.tensor([tokens])).logits[0].float()


def step_by_step(language_model, prompt, tokens):
    """The likeliest answer, with a whole forward of transformers for each token, and its log-probabilities."""
    row, log_probs = list(prompt), []
    while len(log_probs) < tokens:
        log_prob_V = full_logits(language_model, row)[-1].log_softmax(0)
        row.append(int(log_prob_V.argmax()))
        log_probs.append(float(log_prob_V.max()))
        if language_model.stop_V[row[-1]]:
            break
    return row[len(prompt) :], log_probs


def by_hand(language_model, turn, temperature):
    """Log-probabilities of a turn's decisions, each with a whole forward of its own row."""
    found = []
    for t in decisions_of(turn):
        logits = full_logits(language_model, [*turn.prompt, *turn.answer[:t]])[-1] / temperature
        allowed = list(turn.allowed[t]) or list(range(len(logits)))
        found.append(float(logits[turn.answer[t]] - logits[allowed].logsumexp(0)))
    return found
