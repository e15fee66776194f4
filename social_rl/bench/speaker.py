"""Who speaks in benchmarks of language? A model of a usual shape that has learned nothing, and its prompts."""

import string
from dataclasses import replace

import numpy as np
import torch

from agents.language.model.language_model import LanguageModel, ModelConfig, new_model
from agents.language.model.tokenizer import encode, train_tokenizer

BATCH, ASKED, PROMPT, NEW = (
    64,
    8,
    64,
    24,
)  # prompts, how often each is asked if it is shared, tokens of each, of answers
SHAPE = ModelConfig()


def a_model(seed: int) -> tuple[LanguageModel, list[str]]:
    """A model that never ends an answer, and words that are one token each."""
    chance = np.random.default_rng(seed)
    letters = np.array(list(string.ascii_lowercase))
    invented = [" " + "".join(row) for row in letters[chance.integers(len(letters), size=(4096, 3))]]
    tokenizer = train_tokenizer(["".join(invented)] * 2, SHAPE.vocabulary)
    words = [word for word, row in zip(invented, encode(tokenizer, invented), strict=True) if len(row) == 1]
    language_model = new_model(replace(SHAPE, vocabulary=tokenizer.get_vocab_size()), tokenizer, seed)
    return replace(language_model, stop_V=torch.zeros_like(language_model.stop_V)), words


def texts(words: list[str], n: int, chance: np.random.Generator) -> list[str]:
    """Prompts of PROMPT tokens each, with the one that begins them."""
    return ["".join(words[i] for i in row) for row in chance.integers(len(words), size=(n, PROMPT - 1))]
