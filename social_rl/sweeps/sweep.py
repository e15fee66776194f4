"""What does `social-rl sweep` do? It reads a sweep, runs what is not done, says what became of it, gathers figures."""

import shlex
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from social_rl.commands.checks import check_counts
from social_rl.commands.sweep import Sweep
from social_rl.runs.provenance import command_line, commit, machine, versions
from social_rl.runs.stop import stop_signal
from social_rl.sweeps.cells import Cell, cells_of, chosen
from social_rl.sweeps.local import jobs_of, run_here
from social_rl.sweeps.on_ray import ray_package, run_on_ray
from social_rl.sweeps.on_slurm import write_script
from social_rl.sweeps.play import STOPPED, Means
from social_rl.sweeps.read import Figures, SweepFile, read_sweep
from social_rl.sweeps.results import (
    CURVES,
    RESULTS,
    SUMMARY,
    check_results,
    summary_table,
    write_results,
    write_summary,
)
from social_rl.sweeps.states import DONE, FAILED, LOG, check_known, tail
from social_rl.sweeps.table import known, shown, summary, table_of

FAULT = 1  # the exit status where a cell failed
Reader = Callable[[Sequence[str]], object]


def sweep(command: Sweep, read_command: Reader) -> int:
    """Run what a sweep file asks for; returns the exit status: 1 where a cell failed, 130 where some are left.

    Args:
        read_command: reads the words of a command of ours, and raises a ValueError where they are none.

    Raises:
        ValueError: the file, an option or a command in it is wrong.
        ImportError: an optional package is missing.
    """
    check_counts(command, jobs=0)
    asked = read_sweep(command.file)
    every = cells_of(asked, str(command.file), command.runs)
    cells = chosen(every, command.only)
    console = Console(highlight=False, soft_wrap=True)
    jobs = jobs_of(command.jobs, asked.threads)
    if command.dry_run:
        return _print_commands(cells, console)
    if command.status:
        return _print_status(cells, jobs, console)
    is_gathered = command.gather and asked.figures != Figures() and command.engine != "slurm"
    results = command.results or command.runs / asked.name / RESULTS
    if is_gathered:
        check_results(results)
    _check_commands(cells, str(command.file), read_command)
    check_known(cells)
    if command.engine == "slurm":
        return _write_script(cells, asked, command, console)
    is_stopped = _run(cells, asked, command, jobs, console)
    status = _print_end(cells, command.file, jobs, console)
    done = [cell for cell, state in zip(every, known(every).values(), strict=True) if state.status == DONE]
    if is_gathered and done and not is_stopped:
        _gather(done, asked, command.runs / asked.name, results, console)
    return status


def _check_commands(cells: Sequence[Cell], where: str, read_command: Reader) -> None:
    """Raise a ValueError unless every command is one, and runs can be gone on with: hours before its turn."""
    for cell in cells:
        for stage, words in cell.stages.items():
            try:
                read_command(words)
            except ValueError as error:
                raise ValueError(f"{where}: {stage} of {cell.name}: {error}") from None
        try:
            read_command(cell.again) if cell.again else None
        except ValueError:
            raise ValueError(
                f"{where}: run is {cell.run}, but {' '.join(cell.again[:-2])} makes no run that --resume goes on "
                "with: leave run out"
            ) from None


def _run(cells: Sequence[Cell], asked: SweepFile, command: Sweep, jobs: int, console: Console) -> bool:
    """Let an engine run the cells; returns whether it was told to stop."""
    means = Means(asked.retries, asked.threads)
    if command.engine == "ray":
        ray_package()
    with stop_signal() as stop, shown(cells, jobs, console) as look:
        if command.engine == "ray":
            run_on_ray(cells, means, command.jobs, command.address, stop, look)
        else:
            run_here(cells, means, jobs, stop, look)
    return stop.is_asked


# ---- what is said ---------------------------------------------------------------------------------------
def _print_commands(cells: Sequence[Cell], console: Console) -> int:
    for cell in cells:
        for words in cell.stages.values():
            console.print(f"social-rl {shlex.join(words)}", markup=False)
    return 0


def _print_status(cells: Sequence[Cell], jobs: int, console: Console) -> int:
    states, now = known(cells), time.time()
    console.print(table_of(states, now))
    console.print(summary(states, jobs, now))
    return 0


def _print_end(cells: Sequence[Cell], file: Path, jobs: int, console: Console) -> int:
    """What became of the cells, with the last lines of those that failed; returns the exit status."""
    states = known(cells)
    failed = [cell for cell in cells if states[cell.name].status == FAILED]
    for cell in failed:
        state = states[cell.name]
        console.print(
            f"{cell.name} failed: {state.why}, attempt {state.attempts}; {cell.folder / LOG} ends with"
        )
        for line in tail(cell):
            console.print(f"  {line}", markup=False)
    console.print(summary(states, jobs, time.time()))
    if failed:
        console.print(f"Those that failed are tried again by: social-rl sweep {file}")
        return FAULT
    if any(state.status != DONE for state in states.values()):
        console.print(f"Go on with: social-rl sweep {file}")
        return STOPPED
    return 0


def _write_script(cells: Sequence[Cell], asked: SweepFile, command: Sweep, console: Console) -> int:
    script = write_script(cells, asked, command)
    console.print(f"Wrote {script}: {len(cells)} cells, one for each index. Nothing was submitted. Type")
    console.print(f"  sbatch {script}", markup=False)
    console.print(f"  social-rl sweep {command.file} --status    # how far it is")
    console.print(f"  social-rl sweep {command.file}             # once all is done: gathers the figures")
    return 0


def _gather(done: Sequence[Cell], asked: SweepFile, study: Path, results: Path, console: Console) -> None:
    """Bring together what cells found that are done."""
    from social_rl.sweeps.gather import (  # loads torch, which runs do without
        draw_curves,
        figures_of,
        summarised,
    )

    figures = figures_of(done, asked.figures)
    found = summarised(figures)
    facts = {
        "name": asked.name, "cells": len(done), "command": command_line(), "commit": commit(),
        "versions": versions(), "machine": machine(),
    }  # fmt: skip
    write_results(figures, results)
    write_summary(found, facts, study / SUMMARY)
    written = [results, study / SUMMARY]
    if asked.figures.metrics:
        draw_curves(done, asked.figures.metrics, study / CURVES)
        written.append(study / CURVES)
    console.print(summary_table(found))
    console.print(
        "Interquartile means of the last values of all seeds; brackets: 95 %, by a bootstrap over seeds."
    )
    console.print(f"Wrote {', '.join(map(str, written))}")
