"""How did runs go? Figures over frames or examples: a panel for each, a line for each run or each group of seeds."""

import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console

from social_rl.commands.curves import Curves
from social_rl.runs.counted import counted_in
from social_rl.runs.run_folder import METRICS, read_metrics

PANELS = {
    "evaluation/S0": "success, S0",
    "evaluation/S1": "success, S1: pairs never asked for",
    "agreement": "agreement with the teacher",
    "understood": "instructions understood",
    "evaluation/mean_solved": "solved, mean of the twelve mazes",
    "trained/solved": "solved, levels that were learned from",
    "evaluation/right": "development wordings understood",
    "evaluation/parses": "answers that are one",
}
INK, FAINT = "#2B2F36", "#D8D3C7"
LINES = ("#2F6DB5", "#C4622D", "#2E7D4F", "#8A4FA3", "#B3432F", "#6B7280", "#C29B2C", "#3AA6A6")
POINTS = 60  # of a mean over runs

Points = list[tuple[float, float]]


def curves(command: Curves) -> int:
    """Draw the curves of runs into a file.

    Raises:
        ValueError: a folder is no run, nothing was logged in it, or a line of what was logged holds no figures.
        ImportError: matplotlib is not installed.
    """
    rows = {label: known_metrics(run) for label, run in labelled(command.run).items()}
    names = [
        name for name in command.figures or PANELS if any(name in row for run in rows.values() for row in run)
    ]
    if not names:
        raise ValueError(f"none of {', '.join(command.figures or PANELS)} was logged in these runs")
    groups: dict[str, list[str]] = {}
    for run in rows:
        groups.setdefault(re.sub(r"[-_]?\d+$", "", run) or run if command.together else run, []).append(run)
    draw({group: [rows[run] for run in runs] for group, runs in groups.items()}, names, command.out)
    Console(highlight=False, soft_wrap=True).print(f"Wrote {command.out}")
    return 0


def labelled(runs: Sequence[Path]) -> dict[str, Path]:
    """Runs by the shortest ends of their paths that tell them apart; a run that is named twice comes once."""
    paths = {run.resolve(): run for run in runs}
    length = 1
    while len({path.parts[-length:] for path in paths}) < len(paths):
        length += 1
    return {"/".join(path.parts[-length:]): run for path, run in paths.items()}


def known_metrics(run: Path) -> list[dict[str, float]]:
    """What was logged, line by line.

    Raises:
        ValueError: nothing.
    """
    if lines := read_metrics(run):
        return lines
    raise ValueError(f"{run} has no figures: {run / METRICS} is missing or empty")


def points_of(logged: Sequence[dict[str, float]], name: str) -> Points:
    """A figure over million frames or examples."""
    return [
        (row[counted_in(row)] / 1e6, row[name]) for row in logged if math.isfinite(row.get(name, math.nan))
    ]


def mean_of(lines: Sequence[Points]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Frames, mean, lowest and highest of several lines, where all of them are known."""
    first, last = max(line[0][0] for line in lines), min(line[-1][0] for line in lines)
    if first > last:
        raise ValueError("--together: these runs have no frames in common; draw them as lines of their own")
    x = np.linspace(first, last, POINTS)
    columns = [np.array(line).T for line in lines]
    y = np.stack([np.interp(x, frames, values) for frames, values in columns])
    return x, y.mean(0), y.min(0), y.max(0)


def draw(groups: dict[str, list[list[dict[str, float]]]], names: Sequence[str], out: Path) -> None:
    """One panel for each name, two beside each other; a line for each group."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    height = (len(names) + 1) // 2
    figure, axes = pyplot.subplots(height, min(len(names), 2), figsize=(9, 3.1 * height), squeeze=False)
    for axis, name in zip(axes.flat, names, strict=False):
        for (group, runs), colour in zip(groups.items(), LINES * len(groups), strict=False):
            lines = [points for points in (points_of(logged, name) for logged in runs) if points]
            if len(lines) == 1:
                axis.plot(*zip(*lines[0], strict=True), color=colour, linewidth=1.6, label=group)
            elif lines:
                x, mean, low, high = mean_of(lines)
                axis.fill_between(x, low, high, color=colour, alpha=0.12, linewidth=0)
                axis.plot(x, mean, color=colour, linewidth=1.6, label=group)
        axis.set_title(PANELS.get(name, name), fontsize=10, color=INK, loc="left")
        counted = {counted_in(row) for runs in groups.values() for logged in runs for row in logged[:1]}
        axis.set_xlabel(f"million {' or '.join(sorted(counted))}", fontsize=8, color=INK)
        axis.tick_params(labelsize=8, colors=INK)
        axis.grid(color=FAINT, linewidth=0.6)
        axis.spines[["top", "right"]].set_visible(False)
        axis.spines[["left", "bottom"]].set_color(FAINT)
    for axis in axes.flat[len(names) :]:
        axis.set_visible(False)
    if len(groups) > 1:
        axes.flat[0].legend(frameon=False, fontsize=8)
    figure.tight_layout()
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, dpi=130)
    pyplot.close(figure)
