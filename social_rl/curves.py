"""How did runs go? Figures over frames, one panel for each, one line for each run."""

import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from social_rl.commands import Curves
from social_rl.run_folder import METRICS

PANELS = {
    "evaluation/S0": "success, S0",
    "evaluation/S1": "success, S1: pairs never asked for",
    "agreement": "agreement with the teacher",
    "understood": "instructions understood",
}
INK, FAINT = "#2B2F36", "#D8D3C7"
LINES = ("#2F6DB5", "#C4622D", "#2E7D4F", "#8A4FA3", "#B3432F", "#6B7280")


def curves(command: Curves) -> int:
    """Draw the curves of runs into a file.

    Raises:
        ValueError: a folder is no run, or nothing was logged in it.
        ImportError: matplotlib is not installed.
    """
    rows = {run.name: read_metrics(run) for run in command.run}
    names = [
        name for name in command.figures or PANELS if any(name in row for run in rows.values() for row in run)
    ]
    if not names:
        raise ValueError(f"none of {', '.join(command.figures or PANELS)} was logged in these runs")
    draw(rows, names, command.out)
    Console(highlight=False, soft_wrap=True).print(f"Wrote {command.out}")
    return 0


def read_metrics(run: Path) -> list[dict[str, float]]:
    """What was logged, line by line.

    Raises:
        ValueError: nothing.
    """
    path = run / METRICS
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    if not lines:
        raise ValueError(f"{run} has no figures: {path} is missing or empty")
    return [json.loads(line) for line in lines]


def draw(rows: dict[str, list[dict[str, float]]], names: Sequence[str], out: Path) -> None:
    """One panel for each name, two beside each other."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    height = (len(names) + 1) // 2
    figure, axes = pyplot.subplots(height, min(len(names), 2), figsize=(9, 3.1 * height), squeeze=False)
    for axis, name in zip(axes.flat, names, strict=False):
        for (run, logged), colour in zip(rows.items(), LINES * len(rows), strict=False):
            points = [(row["frames"] / 1e6, row[name]) for row in logged if name in row]
            axis.plot(*zip(*points, strict=True), color=colour, linewidth=1.6, label=run)
        axis.set_title(PANELS.get(name, name), fontsize=10, color=INK, loc="left")
        axis.set_xlabel("million frames", fontsize=8, color=INK)
        axis.tick_params(labelsize=8, colors=INK)
        axis.grid(color=FAINT, linewidth=0.6)
        axis.spines[["top", "right"]].set_visible(False)
        axis.spines[["left", "bottom"]].set_color(FAINT)
    for axis in axes.flat[len(names) :]:
        axis.set_visible(False)
    if len(rows) > 1:
        axes.flat[0].legend(frameon=False, fontsize=8)
    figure.tight_layout()
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, dpi=130)
    pyplot.close(figure)
