"""How is a study of several seeds kept and told? Rows of figures, written as they are measured; a table of means."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from social_rl.reports.tables import means_table
from social_rl.runs.kept_rows import Figures, Rows, kept_rows, missing, write_rows
from social_rl.runs.provenance import origin

Measure = Callable[[Any, int, Sequence[str]], Iterator[tuple[str, Figures]]]


def carry_out(command: Any, names: Sequence[str], measured: Measure) -> int:
    """Measure what is not there yet, seed by seed, write it and print the means; returns the exit status.

    Args:
        command: has `seed`, `seeds` and `json`; its other options are what is asked for.
        names: of the rows of each seed.
        measured: of a command, a seed and the names of rows that are needed: their figures, one by one.
    """
    torch.set_num_threads(1)
    console = Console(highlight=False, soft_wrap=True)
    asked = {name: value for name, value in asdict(command).items() if name != "json"}
    rows = kept_rows(command.json, asked)
    for number, seed in enumerate(range(command.seed, command.seed + command.seeds)):
        began, needed = time.perf_counter(), missing(rows, names, number)
        for name, figures in measured(command, seed, needed):
            rows.setdefault(name, []).append(figures)
            if command.json:
                write_rows(command.json, asked | origin(), rows)
        console.print(f"seed {seed}: " + (f"{time.perf_counter() - began:.0f} s" if needed else "kept"))
    print_means(console, {name: rows[name][: command.seeds] for name in names}, command.json)
    return 0


def print_means(console: Console, rows: Rows, path: Path | None) -> None:
    """A table with a line for each row and a column for each figure, and where figures were written."""
    columns = list(dict.fromkeys(name for seeds in rows.values() for name in seeds[0]))
    console.print(means_table(rows, columns))
    if path:
        console.print(f"Wrote {path}", markup=False)
