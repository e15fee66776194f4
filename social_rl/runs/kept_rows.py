"""Which figures of which seeds were measured already? Rows in a file of results, which is written after each of them.

A row is a list of figures, one of each seed from the first on. Who asks for the same with other methods or more seeds
has only those measured that are not there yet.
"""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from social_rl.commands.checks import write_json
from social_rl.evaluation.statistics import mean
from worlds.typed import typed

Figures = dict[str, float]
Rows = dict[str, list[Figures]]
MORE = ("methods", "rewards", "seeds", "write")  # options that do not change what comes out


def kept_rows(path: Path | None, asked: Mapping[str, Any]) -> Rows:
    """The rows of a file, none if there is no such file or path.

    Args:
        path: of results that `write_rows` wrote.
        asked: options of the command as JSON has them.

    Raises:
        ValueError: the file holds something else, or what was asked for otherwise.
    """
    if path is None or not path.exists():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        rows = typed(dict[str, list[dict]], found["rows"], "rows")
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"--json {path}: there is a file without such results ({error}); name another one"
        ) from None
    for name, value in json.loads(json.dumps(dict(asked))).items():
        if name not in MORE and found.get(name) != value:
            raise ValueError(
                f"--json {path} holds results with {name} {found.get(name)!r}, not {value!r}: ask for the same again, "
                "or name another file"
            )
    return rows


def write_rows(path: Path, asked: Mapping[str, Any], rows: Rows) -> None:
    """Write what was asked for, every figure of every seed, and means; it takes the place of what was there."""
    write_json(path, {**asked, "rows": rows, "means": means(rows)})


def missing(rows: Rows, names: Sequence[str], number: int) -> list[str]:
    """The rows that lack the seed of a number."""
    return [name for name in names if len(rows.get(name, ())) <= number]


def means(rows: Rows) -> dict[str, dict[str, list[float | None]]]:
    """The mean over seeds of each figure and its 95 % interval (null of fewer than 5 seeds)."""
    found: dict[str, dict[str, list[float | None]]] = {}
    for row, seeds in rows.items():
        estimates = {name: mean([figures[name] for figures in seeds]) for name in seeds[0]}
        found[row] = {
            name: [e.value, *(None if math.isnan(end) else end for end in (e.low, e.high))]
            for name, e in estimates.items()
        }
    return found
