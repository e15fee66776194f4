"""Which commands does a sweep come to? One cell for each point of its grid and each seed, with all places filled in."""

import hashlib
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import product
from pathlib import Path
from string import Formatter

from social_rl.sweeps.read import GIVEN, NAME, Row, SweepFile, Value
from worlds.checks import suggest

COMMAND, EVALUATE = "command", "evaluate"
EVALUATION = "evaluation.json"
CELLS = "cells"  # the folder in a study
MOST_LABEL = 40  # characters of a value in a name
IMPLIED = {
    COMMAND: ("--runs", "--name", "--resume"),
    EVALUATE: ("--json",),
}  # options that a sweep adds itself
_UNUSUAL, _BELOW_0 = re.compile(r"[^A-Za-z0-9._-]+"), re.compile(r"-[0-9.]")


@dataclass(frozen=True)
class Cell:
    """A point of the grid with a seed: what is run, and where it is kept."""

    name: str
    point: Row
    seed: int
    folder: Path  # state, log and evaluation
    run: Path | None  # the folder of the run that `command` makes
    stages: dict[str, list[str]]  # the words of COMMAND and EVALUATE, as far as there are such
    again: list[str]  # the words that go on with the run; none where there is no run


def cells_of(sweep: SweepFile, where: str, runs: Path) -> list[Cell]:
    """All cells of a sweep, by points of the grid, then by seeds.

    Args:
        where: the sweep file, for what is refused.

    Raises:
        ValueError: a row or a place to fill in names what there is not, or two cells would be one.
    """
    _check_places(sweep, where)
    points = points_of(sweep, where)
    cells = [
        _cell(sweep, point, seed, where, runs / sweep.name)
        for point in points
        for seed in sweep.seeds
        if not any(_fits(row, point, seed) for row in sweep.exclude)
    ]
    if not cells:
        raise ValueError(f"{where}: exclude leaves nothing of the grid: take a row away")
    _check_apart(cells, where)
    return cells


def chosen(cells: Sequence[Cell], patterns: Sequence[str]) -> list[Cell]:
    """The cells whose names fit one of these patterns; all, if there are none.

    Raises:
        ValueError: a pattern fits no cell.
    """
    names = [cell.name for cell in cells]
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise ValueError(f"--only {pattern}: no cell has such a name; {suggest(pattern, names)}")
    return [c for c in cells if not patterns or any(fnmatchcase(c.name, pattern) for pattern in patterns)]


# ---- the grid -------------------------------------------------------------------------------------------
def points_of(sweep: SweepFile, where: str) -> list[Row]:
    """The points of the grid without seeds: all its combinations, then what is included.

    Raises:
        ValueError: a row names an unknown variable, excludes nothing, or includes a point that is there.
    """
    points = list(_combinations(sweep.grid))
    for i, row in enumerate(sweep.include):
        _check_row(row, [*sweep.grid], f"{where}: include[{i}]")
        open_to = {name: (row[name],) if name in row else values for name, values in sweep.grid.items()}
        for point in _combinations(open_to):
            if point in points:
                raise ValueError(f"{where}: include[{i}] adds {_told(point)}, which is there already")
            points.append(point)
    for i, row in enumerate(sweep.exclude):
        _check_row(row, [*sweep.grid, "seed"], f"{where}: exclude[{i}]")
        if not any(_fits(row, point, seed) for point, seed in product(points, sweep.seeds)):
            raise ValueError(
                f"{where}: exclude[{i}] is {_told(row)}, which is not there: nothing is excluded"
            )
    return points


def _combinations(values: Mapping[str, tuple[Value, ...]]) -> Iterator[Row]:
    for combination in product(*values.values()):
        yield dict(zip(values, combination, strict=True))


def _check_row(row: Row, allowed: list[str], where: str) -> None:
    if not row:
        raise ValueError(f"{where} is empty: name a value of {', '.join(allowed)}")
    for name in row:
        if name not in allowed:
            raise ValueError(f"{where} names {name!r}, which is no variable: {suggest(name, allowed)}")


def _fits(row: Row, point: Row, seed: int) -> bool:
    there = point | {"seed": seed}
    return all(there[name] == value for name, value in row.items())


def label(value: Value) -> str:
    """A value as it is shown: a list of words beside each other."""
    return " ".join(value) if isinstance(value, tuple) else str(value)


def _told(point: Row) -> str:
    return ", ".join(f"{name} = {label(value)}" for name, value in point.items())


def point_label(point: Row) -> str:
    """A point of the grid in a legend: its values, those of lists of no words left out; where all are, it says so."""
    told = " ".join(text for text in map(label, point.values()) if text)
    return told or (f"no {', '.join(point)}" if point else "all")


# ---- one cell -------------------------------------------------------------------------------------------
def _cell(sweep: SweepFile, point: Row, seed: int, where: str, study: Path) -> Cell:
    name = "-".join([*(_plain(label(value)) for value in point.values()), str(seed)])
    folder = study / CELLS / name
    places: Row = {
        **point, "seed": seed, "study": str(study), "cell": name, "folder": str(folder), "threads": sweep.threads,
    }  # fmt: skip
    run = Path(_filled(sweep.run, places, f"{where}: run")) if sweep.run else None
    stages, again = {}, []
    if run is not None:
        _check_run(run, study, f"{where}: run")
        places["run"] = str(run)
    if sweep.command:
        stages[COMMAND] = words_of(sweep.command, places, f"{where}: command")
        if run is not None:
            stages[COMMAND] += ["--runs", str(run.parent), "--name", run.name]
            again = [*_leading(stages[COMMAND]), "--resume", str(run)]
    if sweep.evaluate:
        stages[EVALUATE] = words_of(sweep.evaluate, places, f"{where}: evaluate")
        stages[EVALUATE] += ["--json", str(folder / EVALUATION)]
    return Cell(name, point, seed, folder, run, stages, again)


def _plain(text: str) -> str:
    """A value in the name of a cell; a long one, or a number below 0, gets a few digits that tell it from others."""
    plain = _UNUSUAL.sub("_", text).strip("_.-")
    if len(plain) <= MOST_LABEL and not _BELOW_0.match(text):
        return plain or "none"
    return f"{plain[:MOST_LABEL]}_{hashlib.sha256(text.encode()).hexdigest()[:4]}"


def words_of(template: str, places: Row, where: str) -> list[str]:
    """The words of a command with its places filled in; a list of words stands for several, or for none."""
    words = []
    for word in _split(template, where):
        of_lists = [name for name in _places(word, where) if isinstance(places.get(name), tuple)]
        if of_lists and word != f"{{{of_lists[0]}}}":
            raise ValueError(f"{where} has {word!r}: {of_lists[0]} is a list of words, let it stand alone")
        if of_lists:
            words += places[of_lists[0]]  # pyright: ignore[reportOperatorIssue]
        else:
            words.append(_filled(word, places, where))
    return words


def _leading(words: Sequence[str]) -> list[str]:
    """What names a command, before its first option: `design accel`."""
    first = next((i for i, word in enumerate(words) if word.startswith("-")), len(words))
    return [*words[:first]]


def _split(template: str, where: str) -> list[str]:
    try:
        words = shlex.split(template)
    except ValueError as error:
        raise ValueError(f"{where} cannot be split into words: {str(error).lower()}") from None
    return words[1:] if words[:1] == ["social-rl"] else words


def _filled(template: str, places: Row, where: str) -> str:
    _places(template, where)
    return template.format_map({name: label(value) for name, value in places.items()})


def _places(template: str, where: str) -> list[str]:
    """The names in braces."""
    try:
        parts = [*Formatter().parse(template)]
    except ValueError as error:
        raise ValueError(f"{where} has {template!r}: {error}; write {{{{ for a brace") from None
    for _, name, form, turned in parts:
        if name is not None and (form or turned or not name.isidentifier()):
            raise ValueError(f"{where} has {template!r}: a place to fill in is a name in braces alone")
    return [name for _, name, _, _ in parts if name is not None]


# ---- checks ---------------------------------------------------------------------------------------------
def _check_places(sweep: SweepFile, where: str) -> None:
    """Every place has a value, every value a place, and every seed makes another command."""
    used = {key: _allowed(sweep, key, f"{where}: {key}") for key in (COMMAND, "run", EVALUATE)}
    for key, options in IMPLIED.items():
        given = {word.partition("=")[0] for word in _split(getattr(sweep, key), f"{where}: {key}")}
        for option in options if key == EVALUATE or sweep.run else ():
            if option in given:
                raise ValueError(f"{where}: {key} has {option}, which a sweep adds itself: leave it out")
    for name in sweep.grid:
        if name not in used[COMMAND] | used[EVALUATE]:
            raise ValueError(f"{where}: grid.{name} is used by no command: write {{{name}}} where it belongs")
    first = COMMAND if sweep.command else EVALUATE
    if len(sweep.seeds) > 1 and "seed" not in used[first]:
        raise ValueError(f"{where}: there are {len(sweep.seeds)} seeds, but {first} has no {{seed}}: add it")


def _allowed(sweep: SweepFile, key: str, where: str) -> set[str]:
    """The places of a template, all of which have a value."""
    allowed = [name for name in (*sweep.grid, *GIVEN) if name != "run" or (sweep.run and key != "run")]
    places = _places(getattr(sweep, key), where)
    for name in places:
        if name not in allowed:
            remedy = (
                suggest(name, allowed) if name != "run" else "add run, the folder that the command writes"
            )
            raise ValueError(f"{where} has {{{name}}}, which has no value: {remedy}")
    return {*places}


def _check_run(run: Path, study: Path, where: str) -> None:
    if not NAME.fullmatch(run.name):
        raise ValueError(
            f"{where} comes to {run}, whose name cannot be that of a run: use {{study}}/{{cell}}, or values of "
            "letters, digits, dots, dashes and underscores"
        )
    if run == study or study / CELLS in (run, *run.parents):
        raise ValueError(
            f"{where} comes to {run}, where the study keeps its own files: use {{study}}/{{cell}}"
        )


def _check_apart(cells: Sequence[Cell], where: str) -> None:
    seen: dict[object, Cell] = {}
    for cell in cells:
        for key, what in ((cell.name, "name"), (cell.run, "run")):
            if key is None:
                continue
            other = seen.setdefault((what, key), cell)
            if other is not cell:
                raise ValueError(
                    f"{where}: {_told(cell.point | {'seed': cell.seed})} and "
                    f"{_told(other.point | {'seed': other.seed})} have one {what}, {key}: tell them apart"
                )
