"""What did a study find? All figures that are asked for, what the seeds of each point come to, and a picture."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from social_rl.evaluation.statistics import Estimate, bootstrap_interval, iqm
from social_rl.runs.counted import counted_in
from social_rl.runs.run_folder import read_metrics
from social_rl.sweeps.cells import EVALUATION, Cell, point_label
from social_rl.sweeps.read import Figures
from social_rl.sweeps.results import OF_EVALUATION, OF_METRICS, Figure, Found
from worlds.checks import suggest
from worlds.files import read_json_object

MOST_BYTES = 1 << 28
DRAWS = 2_000  # of a bootstrap, for each point and figure


def figures_of(cells: Sequence[Cell], asked: Figures) -> list[Figure]:
    """All that is asked for, of these cells.

    Raises:
        ValueError: a file is damaged, or a figure is in none of them: names the nearest that is there.
    """
    found = [figure for cell in cells for figure in _of_cell(cell, asked)]
    for source, names in ((OF_METRICS, asked.metrics), (OF_EVALUATION, asked.evaluation)):
        for name in names:
            if cells and not any(figure.name == name and figure.source == source for figure in found):
                remedy = suggest(name, sorted(_there(cells[0], source)))
                raise ValueError(f"figures.{source} has {name!r}, which no cell has: {remedy}")
    return found


def _of_cell(cell: Cell, asked: Figures) -> Iterator[Figure]:
    for line in read_metrics(cell.run) if cell.run and asked.metrics else ():
        counted = counted_in(line)
        for name in asked.metrics:
            if name in line:
                yield Figure(cell, OF_METRICS, counted, line[counted], name, line[name])
    if asked.evaluation:
        numbers = _numbers(cell)
        for name in asked.evaluation:
            if name in numbers:
                yield Figure(cell, OF_EVALUATION, "", 0, name, numbers[name])


def _there(cell: Cell, source: str) -> set[str]:
    """Names of all figures of a cell."""
    if source == OF_EVALUATION:
        return {*_numbers(cell)}
    return {name for line in read_metrics(cell.run) for name in line} if cell.run else set()


def _numbers(cell: Cell) -> dict[str, float]:
    """Numbers in what the evaluation wrote, by the way to them: levels/Maze/solved; in lists by their place."""
    file = cell.folder / EVALUATION
    return dict(_walk(read_json_object(file, MOST_BYTES), ""))


def _walk(value: Any, way: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, dict | list):
        for name, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _walk(part, f"{way}/{name}" if way else str(name))
    elif isinstance(value, int | float):
        yield way, float(value)


# ---- seeds together -------------------------------------------------------------------------------------
def summarised(figures: Sequence[Figure]) -> list[Found]:
    """For each point and figure, in the order in which they come."""
    last: dict[tuple[str, str, str], dict[int, Figure]] = {}
    for figure in figures:  # lines of a run come in their order
        key = (json.dumps(figure.cell.point), figure.source, figure.name)
        last.setdefault(key, {})[figure.cell.seed] = figure
    return [
        Found(
            next(iter(of_seeds.values())).cell.point,
            source,
            name,
            estimated([figure.value for figure in of_seeds.values()]),
        )
        for (_, source, name), of_seeds in last.items()
    ]


def estimated(values: Sequence[float]) -> Estimate:
    """Interquartile mean of seeds, with a 95 % interval by a bootstrap over them (Agarwal et al. 2021)."""
    low, high = bootstrap_interval([[value] for value in values], iqm, 0, DRAWS)  # pyright: ignore
    return Estimate(iqm(values), low, high, len(values))


def draw_curves(cells: Sequence[Cell], names: Sequence[str], path: Path) -> None:
    """A panel for each figure, a line for each point: the mean of its seeds, a band from the lowest to the highest."""
    from social_rl.reports.curves import draw

    groups: dict[str, list[list[dict[str, float]]]] = {}
    for cell in cells:
        if cell.run is not None and (lines := read_metrics(cell.run)):
            groups.setdefault(point_label(cell.point), []).append(lines)
    draw(groups, names, path)
