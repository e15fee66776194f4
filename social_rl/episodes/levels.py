"""Which levels does a command play, if they come from a file? A curriculum, named levels, or one as text or JSON."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from worlds.checks import count, nearest
from worlds.files import read_plain
from worlds.levels.bank import bank_of, take
from worlds.levels.level import Level, LevelError
from worlds.levels.level_json import MAX_CHARACTERS
from worlds.levels.level_text import read_level
from worlds.scenario import Scenario
from worlds.state import State

NAME = re.compile(r"== (\S.*)")
MOST_BYTES = 100 * MAX_CHARACTERS  # of a file of levels as text
_SHOWN = 40  # characters of a wrong line that an error repeats


def with_levels(scenario: Scenario, path: Path | None, which: str = "") -> Scenario:
    """A scenario whose levels are those of a file, in an order that depends on the seed; as it is without a file.

    Args:
        which: only one of them: its number in the file, from 1, or its id or name.

    Raises:
        ValueError: the file holds no levels or not that one, or has another number of agents than the scenario.
        OSError: it cannot be read.
    """
    if path is None:
        if which:
            raise ValueError(f"--level {which}: say which file it stands in, too, with --levels FILE")
        return scenario
    named = read_levels(path)
    first = 1
    if which:
        first = number_of(which, [name for name, _ in named], path)
        named = named[first - 1 : first]
    levels = tuple(level for _, level in named)
    for number, level in enumerate(levels, first):
        if len(level.agents) != len(scenario.agents):
            raise ValueError(
                f"--levels {path}: level {number} has {count(len(level.agents), 'agent')}, scenario {scenario.name} "
                f"has {len(scenario.agents)}: choose --set agents={len(level.agents)}"
            )
    names = tuple(agent.name for agent in levels[0].agents)
    return replace(scenario, draw=partial(drawn_from, levels=levels), agents=names)


def number_of(which: str, names: Sequence[str], path: Path) -> int:
    """The number from 1 of the level that is meant by its number, or by its id or name.

    Raises:
        ValueError: there is none.
    """
    if which in names:
        return names.index(which) + 1
    if which.isdecimal() and len(which) < 10 and 1 <= int(which) <= len(names):
        return int(which)
    nearby = nearest(which, names)
    remedy = f"; did you mean {nearby!r}?" if nearby else ""
    raise ValueError(
        f"--level {which}: {path} has {count(len(names), 'level')}, allowed are 1 to {len(names)}, "
        f"or the id or name of one{remedy}"
    )


def drawn_from(n: int, seed: int, levels: tuple[Level, ...]) -> State:
    """A bank of n of these levels, each as often as the others."""
    order = np.resize(np.random.default_rng(seed).permutation(len(levels)), n)
    return take(bank_of(levels), order)


def read_levels(path: Path) -> list[tuple[str, Level]]:
    """The levels of a file, each with its id in a curriculum or its name in a text; "" where it has none.

    Raises:
        ValueError: it holds none, or a text is no level: names the file, and the line or the level.
        OSError: it cannot be read.
    """
    if path.suffix in (".jsonl", ".parquet"):
        return _of_curriculum(path)
    try:
        text = _decoded(read_plain(path, MOST_BYTES))
        return [*named_levels(text).items()] if has_names(text) else [("", read_level(text))]
    except ValueError as error:
        raise ValueError(f"--levels {path}: {error}") from error


def _of_curriculum(path: Path) -> list[tuple[str, Level]]:
    from adversarial_design.curriculum import read_curriculum

    levels: list[tuple[str, Level]] = []
    for record in read_curriculum(path):
        text = record["level"]
        try:
            level = read_level(text.partition("\n")[2] if text.startswith("with ") else text)
            levels.append((record["id"], level))
        except LevelError as error:
            raise ValueError(f"--levels {path}: level {record['id']}: {error}") from error
    if not levels:
        raise ValueError(f"--levels {path} holds no levels")
    return levels


# ---- several levels in a text -----------------------------------------------------------------------------
def has_names(text: str) -> bool:
    """Do levels stand below names here? Else it is one level."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return not first.startswith(("level ", "{")) and any(_is_name_like(line) for line in text.splitlines())


def named_levels(text: str | bytes) -> dict[str, Level]:
    """The levels of a text in which each stands below its name, a line such as "== studio flat".

    What stands above the first name is a description. In a level of such a text, no line may begin with "==".

    Raises:
        ValueError: a line is nearly a name, a name comes twice, or what stands below one is no level; names the line.
    """
    levels: dict[str, Level] = {}
    for part in _parts(_decoded(text) if isinstance(text, bytes) else text.removeprefix("\ufeff")):
        if part.name in levels:
            raise ValueError(
                f"line {part.line}: two levels are called {part.name!r}: give one of them another name"
            )
        if not part.text:
            raise ValueError(
                f"line {part.line}: no level stands below the name {part.name!r}: write it there"
            )
        try:
            levels[part.name] = read_level(part.text)
        except LevelError as error:
            raise ValueError(f"level {part.name!r}: {_from_line(str(error), part.line)}") from error
    return levels


class _Part(NamedTuple):
    """A level of a text: its name, the number of the line above its text, and its text."""

    name: str
    line: int
    text: str


def _parts(text: str) -> Iterator[_Part]:
    name, begins, body = "", 0, list[str]()
    for number, line in enumerate(re.split(r"\r?\n", text), 1):
        if not _is_name_like(line):
            if not name and line.startswith("level "):
                raise ValueError(f"line {number}: a level without a name: write '== its name' above it")
            if body or line.strip():  # empty lines below a name are passed over
                body.append(line)
            else:
                begins = number
            continue
        found = NAME.fullmatch(line.rstrip())
        if not found:
            shown = ascii(line[:_SHOWN])
            raise ValueError(f"line {number}: {shown} is no name of a level: write it as '== studio flat'")
        if name:
            yield _Part(name, begins, "\n".join(body))
        name, begins, body = found[1], number, []
    if name:
        yield _Part(name, begins, "\n".join(body))


def _is_name_like(line: str) -> bool:
    return line.lstrip().startswith("==")


def _from_line(message: str, above: int) -> str:
    """A message about a line of a level as one about a line of the whole text."""
    return re.sub(r"^line (\d+)", lambda found: f"line {int(found[1]) + above}", message)


def _decoded(text: bytes) -> str:
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise ValueError(f"line {line}: byte {error.start} is not UTF-8; save the file as UTF-8") from None
