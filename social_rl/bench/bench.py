"""What does `social-rl bench` do? Measure one subject, and print, write and record what came out."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from social_rl.commands.bench import Bench
from social_rl.commands.checks import check_counts, check_file, check_seed, write_json
from worlds.checks import check_number
from worlds.files import add_text
from worlds.objects import MAX_AGENTS

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results.jsonl"
FEWEST_RUNS = 5  # of a record
Measure = Callable[[Bench], dict[str, Any]]


def bench(command: Bench) -> int:
    """Measure, print, write and record as the command says.

    Raises:
        ValueError: an option is out of range.
    """
    if command.subject == "train":
        from social_rl.bench.training import measure_training as measure
        from social_rl.bench.training import report
    elif command.subject == "design":
        from social_rl.bench.design import measure_design as measure
        from social_rl.bench.design import report
    elif command.subject == "language":
        from social_rl.bench.language import measure_language as measure
        from social_rl.bench.language import report
    elif command.subject == "rlhf":
        from social_rl.bench.rlhf import measure_rlhf as measure
        from social_rl.bench.rlhf import report
    else:
        from social_rl.bench.simulator import measure_simulator as measure
        from social_rl.bench.simulator import report
    return tell(command, measure, report)


def tell(command: Bench, measure: Measure, report: Callable[[dict[str, Any]], None]) -> int:
    """Measure, print, write and record.

    Raises:
        ValueError: an option is out of range.
    """
    check(command)
    result = measure(command)
    if command.json:
        write_json(command.json, result)
    if command.record:
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        add_text(RESULTS, json.dumps(result) + "\n")
    report(result)
    for file in (command.json, RESULTS if command.record else None):
        if file:
            print(f"Wrote {file}")
    return 0


def check(command: Bench) -> None:
    """Raise a ValueError that names the option, before anything is measured."""
    check_counts(command, worlds=1, steps=1, runs=1)
    check_number("--agents", command.agents, 1, MAX_AGENTS)
    check_seed(command.seed)
    check_file("--json", command.json)
    if command.record and command.runs < FEWEST_RUNS:
        raise ValueError(f"--runs is {command.runs}: a record needs at least {FEWEST_RUNS}")
