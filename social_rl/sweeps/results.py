"""How is what a study found written down? All figures in one long file, and a table of what the seeds come to.

Long means a row for each figure of each line. Commands log other figures at other times, and an evaluation logs none:
wide rows would be full of holes, and a figure more would be a column more for whoever reads them.
"""

import importlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rich.table import Table

from social_rl.evaluation.statistics import Estimate
from social_rl.sweeps.cells import Cell, label, point_label
from social_rl.sweeps.read import Row, Value
from worlds.files import replacing

RESULTS, SUMMARY, CURVES = "results.parquet", "summary.json", "curves.png"
OF_METRICS, OF_EVALUATION = "metrics", "evaluation"
_HINT = "Parquet needs the package pyarrow: pip install 'social-rl[curriculum]', or --results {}"


class Figure(NamedTuple):
    """A row: a number that a cell found. `done` is how far its run was, in what it is counted in."""

    cell: Cell
    source: str
    counted: str
    done: float
    name: str
    value: float


class Found(NamedTuple):
    """What the seeds of a point come to: the interquartile mean of their last values, with a bootstrap interval."""

    point: Row
    source: str
    name: str
    estimate: Estimate


# ---- files ----------------------------------------------------------------------------------------------
def check_results(path: Path) -> None:
    """Raise a ValueError unless results can be of this kind.

    Raises:
        ImportError: it is Parquet, and pyarrow is not installed.
    """
    if path.suffix not in (".parquet", ".jsonl"):
        raise ValueError(f"--results {path}: figures go into a file that ends in .parquet or .jsonl")
    if path.suffix == ".parquet":
        _arrow("pyarrow.parquet", path)


def write_results(figures: Sequence[Figure], path: Path) -> None:
    """One row for each figure of each line, as Parquet or as lines of JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [_row(figure) for figure in figures]
    if path.suffix == ".parquet":
        arrow, parquet = _arrow("pyarrow", path), _arrow("pyarrow.parquet", path)
        with replacing(path) as beside:
            parquet.write_table(arrow.Table.from_pylist(_alike(rows)), beside, compression="zstd")
        return
    with replacing(path) as beside, beside.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def _row(figure: Figure) -> dict[str, Any]:
    point = {name: _plain(value) for name, value in figure.cell.point.items()}
    return {
        "cell": figure.cell.name, **point, "seed": figure.cell.seed, "source": figure.source,
        "counted": figure.counted, "done": float(figure.done), "figure": figure.name, "value": float(figure.value),
    }  # fmt: skip


def _alike(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A column has one type: a variable whose values are of several becomes a text."""
    mixed = {name for name in rows[0] if len({type(row[name]) for row in rows}) > 1} if rows else set()
    return [{name: str(v) if name in mixed else v for name, v in row.items()} for row in rows]


def write_summary(found: Sequence[Found], facts: Mapping[str, Any], path: Path) -> None:
    """What the seeds come to, as JSON; an interval that there is not is null."""
    rows = [
        {
            "point": {k: _plain(v) for k, v in one.point.items()}, "source": one.source, "figure": one.name,
            "iqm": one.estimate.value, "seeds": one.estimate.n,
            "ci95": [None if v != v else v for v in (one.estimate.low, one.estimate.high)],
        }
        for one in found
    ]  # fmt: skip
    with replacing(path) as beside:
        beside.write_text(json.dumps({**facts, "found": rows}, indent=2) + "\n", encoding="utf-8")


def _plain(value: Value) -> str | int | float:
    """A value as tables have it, a list of words as one text."""
    return label(value) if isinstance(value, tuple) else value


def _arrow(name: str, path: Path) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ImportError(_HINT.format(path.with_suffix(".jsonl"))) from None


# ---- the table ------------------------------------------------------------------------------------------
def summary_table(found: Sequence[Found]) -> Table:
    """A row for each point, a column for each figure."""
    names = [*dict.fromkeys((one.source, one.name) for one in found)]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("")
    for source, name in names:
        table.add_column(f"{name}\n({source})", justify="right")
    table.add_column("seeds", justify="right")
    points: dict[str, dict[tuple[str, str], Estimate]] = {}
    for one in found:
        points.setdefault(point_label(one.point), {})[one.source, one.name] = one.estimate
    for point, estimates in points.items():
        cells = [estimate_text(estimates[key]) if key in estimates else "-" for key in names]
        table.add_row(point, *cells, str(max(estimate.n for estimate in estimates.values())))
    return table


def estimate_text(estimate: Estimate) -> str:
    """0.854 (0.703-0.961); of a single seed, the value alone."""
    interval = "" if estimate.low != estimate.low else f" ({estimate.low:.3g}-{estimate.high:.3g})"
    return f"{estimate.value:.3g}{interval}"
