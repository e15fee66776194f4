"""How fast is a language model tuned by a reward model on this machine? Answers, their scores and an update, together.

    ppo       64 prompts of 64 tokens are answered, 24 new tokens each, and learned from with a critic, four times over
    grouped   8 such prompts are answered 8 times each, and learned from once, without a critic

Policy, the reference that it is held to, reward model and critic have 0.9 million parameters each beside their
embeddings, drawn by a seed. No answer ends early. Seconds of processors are told besides, which hardly depend on what
else the machine does. `benchmarks/rlhf_peers` measures TRL at the same work.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from rich.console import Console

from agents.language.model.decisions import free_turn
from agents.language.model.generation import generate
from agents.language.model.language_model import LanguageModel
from social_rl.bench.measure import circumstances, medians, speed_table
from social_rl.bench.speaker import ASKED, BATCH, NEW, PROMPT, SHAPE, a_model, texts
from social_rl.commands.bench import Bench
from social_rl.human_feedback.reward.model import RewardModel, copied, scores
from social_rl.human_feedback.tuning.losses import group_advantages
from social_rl.human_feedback.tuning.ppo import PPO, Critic, Tuner, experience
from social_rl.runs.provenance import cores

WARM = 2  # rounds before the clock starts
STAGES = ("answering", "scoring", "learning")
Round = Callable[[], list[float]]
"""Answers, scores, learns; returns seconds of each stage."""


@dataclass(frozen=True)
class Case:
    """One way of learning."""

    asked: int
    """how often each prompt is"""
    epochs: int
    has_critic: bool


CASES = {"ppo": Case(1, 4, has_critic=True), "grouped": Case(ASKED, 1, has_critic=False)}


def measure_rlhf(command: Bench) -> dict[str, Any]:
    """Speeds of all cases, the shares of their stages, settings and where they come from."""
    workers = command.threads or cores()
    torch.set_num_threads(workers)
    rounds = {name: prepared(case, workers, command.seed) for name, case in CASES.items()}
    spent: dict[str, list[list[float]]] = {name: [] for name in CASES}
    worked: dict[str, list[float]] = {name: [] for name in CASES}
    for run in range(WARM + command.runs):  # in turn, so that a slow moment is shared by all
        for name, once in rounds.items():
            before = time.process_time()
            seconds = once()
            if run >= WARM:
                spent[name].append(seconds)
                worked[name].append(time.process_time() - before)
    speeds = {name: [BATCH / sum(seconds) for seconds in runs] for name, runs in spent.items()}
    return {
        **medians(speeds, "completions"),
        "runs": speeds,
        "processor_seconds": worked,
        "stages": {name: dict(zip(STAGES, _shares(runs), strict=True)) for name, runs in spent.items()},
        "settings": {
            "what": "rlhf", "batch": BATCH, "prompt": PROMPT, "new": NEW, "model": asdict(SHAPE), "threads": workers,
            "cases": {name: asdict(case) for name, case in CASES.items()}, "seed": command.seed,
        },
        **circumstances(),
    }  # fmt: skip


def report(result: dict[str, Any]) -> None:
    """Print a result."""
    beside = {
        "CPU seconds": {
            name: f"{statistics.median(all_of_it):.2f}"
            for name, all_of_it in result["processor_seconds"].items()
        }
    }
    beside |= {
        stage: {name: f"{shares[stage]:.0%}" for name, shares in result["stages"].items()} for stage in STAGES
    }
    Console(highlight=False, soft_wrap=True).print(speed_table("completions", result["runs"], beside))


def prepared(case: Case, workers: int, seed: int) -> Round:
    """What answers new prompts, scores and learns, each time it is called."""
    reference, words = a_model(seed)
    policy, reward = copied(reference), RewardModel(reference, seed)
    critic = Critic(reward) if case.has_critic else None
    tuner = Tuner(
        policy, reference, critic, PPO(epochs=case.epochs, minibatches=1), workers=workers, seed=seed
    )
    prompting, drawing = np.random.default_rng(seed), torch.Generator().manual_seed(seed)

    def once() -> list[float]:
        prompts = [text for text in texts(words, BATCH // case.asked, prompting) for _ in range(case.asked)]
        began = time.perf_counter()
        answers = generate(policy, prompts, NEW, chance=drawing)
        answered = time.perf_counter()
        said = [prompt + text for prompt, text in zip(prompts, answers.texts, strict=True)]
        score_B = scores([reward], said)[0]
        scored = time.perf_counter()
        if critic is None:
            score_B = group_advantages(score_B.view(-1, case.asked)).flatten()
        learn(tuner, policy, prompts, answers.token_BT.tolist(), score_B.tolist())
        return [answered - began, scored - answered, time.perf_counter() - scored]

    return once


def learn(
    tuner: Tuner, policy: LanguageModel, prompts: list[str], answers: list[list[int]], score: list[float]
) -> dict[str, float]:
    """One update on answers that took all their tokens."""
    rows = policy.encode(prompts)
    episodes = [[free_turn(prompt, answer)] for prompt, answer in zip(rows, answers, strict=True)]
    return tuner.update(experience(policy, episodes, score), share=0.5)


def _shares(runs: list[list[float]]) -> list[float]:
    """The share of each stage in the time of all runs."""
    stages = np.array(runs).sum(0)
    return (stages / stages.sum()).tolist()
