"""How fast does a language model speak and learn on this machine? Beside transformers, in the same run.

    own        64 prompts of 64 tokens are answered, 24 new tokens each, from text to text
    shared     the same, where 8 prompts are asked 8 times each
    learning   a step on 64 examples of 96 tokens, of which 24 are answers: forward, backward and AdamW

Besides, worlds are stepped whose agents are led by the shipped model, and by nobody (leading.py).

All take the likeliest token, and none ends early. Both sides have the same model, of 0.9 million parameters beside its
embeddings, and the same threads. A ratio is the median of those of all runs.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from rich.console import Console

from agents.language.model.generation import generate
from agents.language.model.language_model import LanguageModel
from agents.language.model.training import Example, answer_loss, padded_batch
from social_rl.bench.leading import measure_leading
from social_rl.bench.measure import circumstances, medians, speed_table
from social_rl.bench.speaker import ASKED, BATCH, NEW, PROMPT, SHAPE, a_model, texts
from social_rl.commands.bench import Bench

EXAMPLE, ANSWER = 96, 24
WARM = 2  # runs before the clock starts
RATE = 1e-3

Pair = tuple[Callable[[], object], Callable[[], object], int]
"""Ours, that of transformers, and how many tokens both take or make."""


def measure_language(command: Bench) -> dict[str, Any]:
    """Speeds and ratios, settings and where they come from."""
    if command.threads:
        torch.set_num_threads(command.threads)
    language_model, words = a_model(command.seed)
    chance = np.random.default_rng(command.seed)
    pairs: dict[str, Pair] = {
        "own": speaking(language_model, texts(words, BATCH, chance)),
        "shared": speaking(language_model, texts(words, BATCH // ASKED, chance) * ASKED),
        "learning": learning(command.seed, chance),
    }
    speeds: dict[str, list[float]] = {f"{name}{side}": [] for name in pairs for side in ("", "_transformers")}
    for run in range(WARM + command.runs):  # in turn, so that a slow moment is shared by all
        for name, (ours, theirs, tokens) in pairs.items():
            found = tokens / _seconds(ours), tokens / _seconds(theirs)
            if run >= WARM:
                speeds[name].append(found[0])
                speeds[f"{name}_transformers"].append(found[1])
    ratios = {name: _ratio(speeds[name], speeds[f"{name}_transformers"]) for name in pairs}
    return {
        "generate_ratio": ratios["own"],
        "shared_generate_ratio": ratios["shared"],
        "training_ratio": ratios["learning"],
        **medians(speeds, "tokens"),
        **measure_leading(command.runs, command.seed),
        "runs": speeds,
        "settings": {
            "what": "language", "batch": BATCH, "prompt": PROMPT, "new": NEW, "asked": ASKED, "example": EXAMPLE,
            "answer": ANSWER, "model": asdict(SHAPE), "vocabulary": len(language_model.stop_V),
            "threads": torch.get_num_threads(), "seed": command.seed,
        },
        **circumstances(),
    }  # fmt: skip


def report(result: dict[str, Any]) -> None:
    """Print a result."""
    ratios = {
        "own": result["generate_ratio"],
        "shared": result["shared_generate_ratio"],
        "learning": result["training_ratio"],
    }
    beside = {
        "times transformers": {
            name: f"{ratios[name]:.2f}" if name in ratios else "" for name in result["runs"]
        }
    }
    console = Console(highlight=False, soft_wrap=True)
    console.print(speed_table("tokens", result["runs"], beside))
    console.print(
        f"Worlds that are led: {result['led_steps_per_second']:,.0f} steps/s, {result['led_ratio']:.2f} of those of "
        "the mind alone"
    )


def speaking(language_model: LanguageModel, prompts: list[str]) -> Pair:
    """Answers to prompts, ours and those of transformers."""

    def ours() -> list[str]:
        return generate(language_model, prompts, NEW).texts

    def theirs() -> list[str]:
        token_BS = torch.tensor(language_model.encode(prompts))
        said = language_model.model.generate(
            token_BS, attention_mask=torch.ones_like(token_BS), max_new_tokens=NEW, min_new_tokens=NEW,
            do_sample=False, eos_token_id=None, pad_token_id=language_model.pad,
        )  # fmt: skip
        return language_model.decode(said[:, PROMPT:].tolist())

    return ours, theirs, len(prompts) * NEW


def learning(seed: int, chance: np.random.Generator) -> Pair:
    """Steps of learning on the same examples, each with a model of its own."""
    mine, theirs = (a_model(seed)[0] for _ in range(2))
    rows = chance.integers(3, len(mine.stop_V), size=(BATCH, EXAMPLE)).tolist()
    batch = padded_batch([Example(row[:-ANSWER], row[-ANSWER:]) for row in rows], mine.pad)
    label_BS = batch.token_BS.masked_fill(~batch.is_answer_BS, -100)  # what transformers does not learn

    def theirs_loss() -> torch.Tensor:
        return theirs.model(
            input_ids=batch.token_BS, attention_mask=torch.ones_like(batch.token_BS), labels=label_BS
        ).loss

    return (
        _step(mine, lambda: answer_loss(mine, batch)),
        _step(theirs, theirs_loss),
        BATCH * EXAMPLE,
    )


def _step(language_model: LanguageModel, loss: Callable[[], torch.Tensor]) -> Callable[[], object]:
    optimizer = torch.optim.AdamW(language_model.model.parameters(), RATE)

    def step() -> float:
        optimizer.zero_grad()
        now = loss()
        now.backward()
        optimizer.step()
        return now.item()

    return step


def _ratio(ours: list[float], theirs: list[float]) -> float:
    return statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True))


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
