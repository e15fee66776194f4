"""What does a sweep file say? A command with places to fill in, the values for them, seeds, and what is gathered."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from worlds.checks import check_number, check_seed
from worlds.files import read_plain
from worlds.typed import typed, typed_fields

MOST_BYTES = 1 << 20
MOST_RETRIES, MOST_THREADS = 1000, 1024
COLUMNS = ("cell", "seed", "source", "counted", "done", "figure", "value")  # of results, beside variables
GIVEN = ("cell", "folder", "run", "seed", "study", "threads")  # places that a sweep fills in itself
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

Value = str | int | float | tuple[str, ...]
Row = dict[str, Value]


@dataclass(frozen=True)
class Figures:
    """What is gathered: names in metrics.jsonl, and ways to numbers in what `evaluate` writes: levels/Maze/solved."""

    metrics: tuple[str, ...] = ()
    evaluation: tuple[str, ...] = ()


@dataclass(frozen=True)
class SweepFile:
    """A sweep: its keys are those of the file."""

    name: str
    command: str = ""
    run: str = ""
    evaluate: str = ""
    seeds: tuple[int, ...] = (0,)
    retries: int = 2
    threads: int = 1
    grid: dict[str, tuple[Value, ...]] = field(default_factory=dict)
    include: tuple[Row, ...] = ()
    exclude: tuple[Row, ...] = ()
    figures: Figures = Figures()


def read_sweep(path: Path) -> SweepFile:
    """A sweep file in TOML.

    Raises:
        ValueError: it cannot be read, or a key is unknown, missing or not what is needed: names the file and the key.
        OSError: there is no such file.
    """
    try:
        found = tomllib.loads(read_plain(path, MOST_BYTES).decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"{path} cannot be read as TOML: {error}") from None
    values = {key: _values(key, found[key], f"{path}: {key}") for key in _WITH_VALUES if key in found}
    sweep = typed_fields(SweepFile, found | values, str(path))
    _check(sweep, str(path))
    return sweep


# ---- values -------------------------------------------------------------------------------------------------
_WITH_VALUES = ("grid", "include", "exclude")


def _values(key: str, found: object, where: str) -> Any:
    """The grid, or rows of it, with lists of words as tuples."""
    if key == "grid":
        table = typed(dict[str, list[Any]], found, where)
        return {name: [_value(v, f"{where}.{name}") for v in values] for name, values in table.items()}
    rows = typed(list[dict[str, Any]], found, where)
    return [
        {name: _value(value, f"{where}[{i}].{name}") for name, value in row.items()}
        for i, row in enumerate(rows)
    ]


def _value(value: object, where: str) -> Value:
    if isinstance(value, bool) or not isinstance(value, str | int | float | list):
        raise ValueError(
            f"{where} is {value!r}, allowed are texts, numbers and lists of words; "
            'an option that is there or not is [["--no-map"], []]'
        )
    return typed(tuple[str, ...], value, where) if isinstance(value, list) else value


# ---- checks -------------------------------------------------------------------------------------------------
def _check(sweep: SweepFile, where: str) -> None:
    if not NAME.fullmatch(sweep.name):
        raise ValueError(
            f"{where}: name is {sweep.name!r}: use letters, digits, dots, dashes and underscores"
        )
    if not sweep.command and not sweep.evaluate:
        raise ValueError(f"{where} asks for nothing: add a command, such as command = 'design accel'")
    if sweep.run and not sweep.command:
        raise ValueError(f"{where}: run is {sweep.run!r}, but no command makes that run: add command")
    _check_figures(sweep, where)
    check_number(f"{where}: retries", sweep.retries, 0, MOST_RETRIES)
    check_number(f"{where}: threads", sweep.threads, 1, MOST_THREADS)
    _check_each(sweep.seeds, f"{where}: seeds")
    for seed in sweep.seeds:
        check_seed(f"{where}: seeds", seed)
    _check_variables(sweep.grid, where)


def _check_figures(sweep: SweepFile, where: str) -> None:
    for key, needed in (("metrics", "run"), ("evaluation", "evaluate")):
        names = getattr(sweep.figures, key)
        if names and not getattr(sweep, needed):
            raise ValueError(f"{where}: figures.{key} are gathered from what {needed!r} writes: add {needed}")
        if len({*names}) < len(names):
            raise ValueError(f"{where}: figures.{key} names a figure twice; keep one of them")


def _check_variables(grid: Mapping[str, tuple[Value, ...]], where: str) -> None:
    for name, values in grid.items():
        if not _VARIABLE.fullmatch(name):
            raise ValueError(f"{where}: grid has {name!r}: use letters, digits and underscores")
        if name in GIVEN + COLUMNS:
            raise ValueError(f"{where}: grid has {name!r}, a name that a sweep uses itself: choose another")
        _check_each(values, f"{where}: grid.{name}")


def _check_each(values: tuple[Value, ...], where: str) -> None:
    if not values:
        raise ValueError(f"{where} is empty: give one value at least")
    twice = [value for i, value in enumerate(values) if value in values[:i]]
    if twice:
        raise ValueError(f"{where} has {twice[0]!r} twice; keep one of them")
