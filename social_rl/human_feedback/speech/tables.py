"""How does a line of a table become one of many texts?

Tables are TOML files under `data/`: a key has text, whose lines are drawn alike. In a line, "[a|b]" is "a" or "b", and
"{x}" is filled in by whoever draws it.
"""

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

_DATA = Path(__file__).parent / "data"
_CHOICE = re.compile(r"\[([^\[\]]*)\]")

T = TypeVar("T")


@cache
def table(name: str) -> dict[str, Any]:
    """The table `data/name.toml`, in which text of several lines has become a tuple of lines."""
    return _split(tomllib.loads((_DATA / f"{name}.toml").read_text("utf-8")))


def _split(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _split(part) for key, part in value.items()}
    if isinstance(value, str) and "\n" in value:
        return tuple(line for line in value.split("\n") if line)
    return tuple(value) if isinstance(value, list) else value


def expand(line: str, rng: np.random.Generator) -> str:
    """A line with one of the words of each choice."""
    while found := _CHOICE.search(line):
        line = line[: found.start()] + pick(found[1].split("|"), rng) + line[found.end() :]
    return line


def pick(options: Sequence[T], rng: np.random.Generator) -> T:
    """One of the options, all alike."""
    return options[int(rng.integers(len(options)))]


def happens(share: float, rng: np.random.Generator) -> bool:
    """True in this share of all calls."""
    return bool(rng.random() < share)


def phrase(key: str, rng: np.random.Generator) -> str:
    """A line of the table of phrases, with one of the words of each choice."""
    return expand(pick(table("phrases")[key], rng), rng)


def fill(line: str, **words: str) -> str:
    """A line whose slots of these names are filled in."""
    for slot, text in words.items():
        line = line.replace("{" + slot + "}", text)
    return line


def agreed(line: str, many: bool) -> str:
    """A line in which "<is/are>" agrees with what is one or many."""
    return re.sub(r"<([^<>/]*)/([^<>]*)>", r"\2" if many else r"\1", line)
