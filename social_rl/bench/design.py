"""How fast is design on this machine? Env steps a second of whole cycles: propose, play, score, learn; rivals too.

The student has plain eyes of 5 x 5 cells and a GRU of 128; mazes are 13 x 13. Buffers are filled before the clock
starts.
"""

import statistics
import time
from collections.abc import Mapping
from typing import Any

from rich.console import Console

from social_rl.bench.measure import circumstances, medians, speed_table
from social_rl.commands.bench import Bench
from social_rl.commands.design import METHODS, Learnability, Method, Random
from social_rl.commands.groups import flat, with_options
from social_rl.design.design import Designing
from social_rl.runs.provenance import cores

MEASURED = ("random", "plr", "robust_plr", "accel", "paired", "learnability")
WARM = 10  # cycles before the clock starts
ROUND = 3_000_000  # env steps of a round: some cycles of each kind


def measure_design(command: Bench) -> dict[str, Any]:
    """Speeds of all methods, settings and where they come from."""
    workers = command.threads or cores()
    asked = {method: asked_of(method, command, workers) for method in MEASURED}
    ready = {method: Designing(design) for method, design in asked.items()}
    for designing in ready.values():
        for _ in range(WARM):
            designing.advance()
    speeds: dict[str, list[float]] = {method: [] for method in MEASURED}
    learned: dict[str, list[float]] = {method: [] for method in MEASURED}
    for _ in range(command.runs):  # in turn, so that a slow moment is shared by all
        for method, designing in ready.items():
            played, trained, began = designing.played, designing.student.counts.trained, time.perf_counter()
            while designing.played - played < ROUND:
                designing.advance()
            whole = time.perf_counter() - began
            speeds[method].append((designing.played - played) / whole)
            learned[method].append((designing.student.counts.trained - trained) / whole)
    return {
        **medians(speeds, "env_steps"),
        "runs": speeds,
        "learned_from_per_second": learned,
        "settings": {"what": "design", "round": ROUND, **settings_of(asked)},
        **circumstances(),
    }


def report(result: dict[str, Any]) -> None:
    """Print a result."""
    learned = result["learned_from_per_second"]
    beside = {
        "the student learns from": {name: f"{statistics.median(n):,.0f}" for name, n in learned.items()}
    }
    Console(highlight=False, soft_wrap=True).print(speed_table("env steps", result["runs"], beside))


def asked_of(name: str, command: Bench, workers: int) -> Method:
    """What a run of design would be told. A search is as large for its cycles as usual, but comes more often."""
    own: dict[type[Method], dict[str, int]] = {
        Random: {"turns": 1}, Learnability: {"every": 6, "candidates": command.worlds},
    }  # fmt: skip
    return with_options(
        METHODS[name](), worlds=command.worlds, workers=workers, epochs=1, minibatches=2, learning_rate=0.003,
        encoder="plain", map=False, seed=command.seed, **own.get(METHODS[name], {}),
    )  # fmt: skip


def settings_of(asked: Mapping[str, Method]) -> dict[str, Any]:
    """What was chosen, for JSON: of all methods, and what each has of its own."""
    names = (
        "world", "worlds", "workers", "steps", "turns", "epochs", "minibatches", "view", "hidden", "encoder",
        "map", "every", "candidates", "tries", "capacity", "edits", "placed", "seed",
    )  # fmt: skip
    every = {name: value for method in asked.values() for name, value in flat(method).items()}
    return {name: every[name] for name in names if name in every}
