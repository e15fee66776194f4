"""How fast is design on this machine? Env steps a second of whole cycles: propose, play, score, learn; rivals too.

The student has plain eyes of 5 x 5 cells and a GRU of 128; mazes are 13 x 13. Buffers are filled before the clock
starts.
"""

import statistics
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from social_rl.bench.simulator import calibration
from social_rl.commands.bench import Bench
from social_rl.commands.design import METHODS, Learnability, Method, Random
from social_rl.commands.groups import flat, with_options
from social_rl.design.design import Designing
from social_rl.runs.provenance import command_line, commit, cores, machine, versions

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
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("", "env steps/s", "lowest", "highest", "learned from by the student"):
        table.add_column(column, justify="right" if column else "left")
    for method, found in speeds.items():
        figures = (statistics.median(found), min(found), max(found), statistics.median(learned[method]))
        table.add_row(method, *(f"{figure:,.0f}" for figure in figures))
    Console(highlight=False, soft_wrap=True).print(table)
    return {
        **{f"{name}_env_steps_per_second": statistics.median(found) for name, found in speeds.items()},
        "runs": speeds,
        "learned_from_per_second": learned,
        "settings": {"what": "design", "round": ROUND, **settings_of(asked)},
        "calibration": calibration(),
        "command": command_line(), "commit": commit(), "versions": versions(), "machine": machine(),
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
    }  # fmt: skip


def asked_of(name: str, command: Bench, workers: int) -> Method:
    """What a run of design would be told. A search is as large for its cycles as usual, but comes more often."""
    own: dict[type[Method], dict[str, int]] = {
        Random: {"turns": 1}, Learnability: {"every": 6, "candidates": command.worlds},
    }  # fmt: skip
    return with_options(
        METHODS[name](), worlds=command.worlds, workers=workers, epochs=1, minibatches=2, learning_rate=0.003,
        encoder="plain", charts=False, seed=command.seed, **own.get(METHODS[name], {}),
    )  # fmt: skip


def settings_of(asked: Mapping[str, Method]) -> dict[str, Any]:
    """What was chosen, for JSON: of all methods, and what each has of its own."""
    names = (
        "world", "worlds", "workers", "steps", "turns", "epochs", "minibatches", "view", "hidden", "encoder",
        "charts", "every", "candidates", "tries", "capacity", "edits", "placed", "seed",
    )  # fmt: skip
    every = {name: value for method in asked.values() for name, value in flat(method).items()}
    return {name: every[name] for name in names if name in every}
