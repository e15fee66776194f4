"""Which examples come next? Chunks of them, each drawn by a generator of its own.

The number of a chunk is all that decides what is in it, so that a run can go on anywhere. A chunk is sorted by length
and cut into batches, whose order is drawn by chance: examples of a batch are about as long as each other, and few pads
are computed.
"""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from agents.language.model.generation import fitted
from agents.language.model.language_model import LanguageModel
from agents.language.model.tokenizer import train_tokenizer
from agents.language.model.training import MULTIPLE, Example, TokenBatch, padded_batch
from social_rl.human_feedback.sources import Pair, drawn, words_of_answers

BATCHES = 16  # of a chunk
KEEP_FIRST = 16  # tokens that a prompt begins with, kept where it is too long
CHUNKS, ORDER, VOCABULARY = range(3)  # what is drawn: streams of chance of a seed
SAMPLE, OFTEN = (
    8192,
    20,
)  # pairs that a tokenizer is trained on; how often each word of an answer is among them


@dataclass(frozen=True)
class Part:
    """What one worker learns from in a step."""

    batch: TokenBatch
    share: Tensor
    """of the step's answer tokens, times the number of parts, a scalar"""
    chance: Tensor
    """of what is dropped out, a scalar"""

    def arrays(self) -> dict[str, np.ndarray]:
        """All of it, to be looked at later."""
        parts = {**vars(self.batch), "share": self.share, "chance": self.chance}
        return {name: part.numpy() for name, part in parts.items()}


Step = list[Part]


def pairs_of(weights: Mapping[str, float], seed: int, n: int, passes: int, number: int) -> list[Pair]:
    """The n pairs of a chunk; so many chunks in a row have the same."""
    return _pairs(tuple(weights.items()), seed, n, number // passes)


@functools.lru_cache(maxsize=1)
def _pairs(weights: tuple[tuple[str, float], ...], seed: int, n: int, number: int) -> list[Pair]:
    return drawn(dict(weights), np.random.default_rng([seed, CHUNKS, number]), n)


def steps_of(
    language_model: LanguageModel, pairs: Sequence[Pair], batch: int, workers: int, seed: int, number: int
) -> list[Step]:
    """The steps on the pairs of a chunk: batches of so many examples, in a part for each worker.

    Raises:
        ValueError: an answer does not fit into the context.
    """
    rng = np.random.default_rng([seed, ORDER, number])
    some = sorted(examples(language_model, pairs), key=lambda one: len(one.prompt) + len(one.answer))
    batches = [some[first : first + batch] for first in range(0, len(some), batch)]
    return [step(language_model, batches[i], workers, rng) for i in rng.permutation(len(batches))]


def step(
    language_model: LanguageModel, some: Sequence[Example], workers: int, rng: np.random.Generator
) -> Step:
    """A step on examples, in parts of about the same size."""
    batches = [padded_batch(some[i::workers], language_model.pad, MULTIPLE) for i in range(workers)]
    tokens = [batch.is_answer_BS.sum() for batch in batches]
    mean, chance = torch.stack(tokens).sum() / workers, rng.integers(2**62, size=workers)
    return [
        Part(batch, n / mean, torch.tensor(int(drops)))
        for batch, n, drops in zip(batches, tokens, chance, strict=True)
    ]


def examples(language_model: LanguageModel, pairs: Sequence[Pair]) -> list[Example]:
    """Pairs as tokens; a prompt that is too long loses tokens after its first ones. An answer begins with a space.

    Raises:
        ValueError: an answer does not fit into the context.
    """
    prompts = language_model.encode([pair.prompt for pair in pairs])
    answers = language_model.encode_answers([f" {pair.answer}" for pair in pairs])
    for pair, answer in zip(pairs, answers, strict=True):
        if len(answer) + KEEP_FIRST >= language_model.context:
            raise ValueError(
                f"the answer {pair.answer[:60]!r} has {len(answer)} tokens, allowed are {language_model.context} less "
                f"{KEEP_FIRST}: choose a longer --context"
            )
    return [
        Example(fitted(prompt, language_model.context - len(answer), KEEP_FIRST), answer)
        for prompt, answer in zip(prompts, answers, strict=True)
    ]


def tokenizer_of(weights: Mapping[str, float], seed: int, vocabulary: int) -> Tokenizer:
    """A tokenizer for what sources draw, and for every word of an answer."""
    pairs = drawn(weights, np.random.default_rng([seed, VOCABULARY]), SAMPLE)
    return train_tokenizer(_texts(pairs), vocabulary)


def _texts(pairs: Sequence[Pair]) -> Iterable[str]:
    yield from (f"{pair.prompt} {pair.answer}\n" for pair in pairs)
    for _ in range(OFTEN):
        yield from words_of_answers()
