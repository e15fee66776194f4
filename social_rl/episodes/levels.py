"""Which levels does a command play, if they come from a file? A curriculum, named levels, or one as text or JSON."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from worlds.levels.bank import bank_of, take
from worlds.levels.level import Level
from worlds.levels.level_text import read_level
from worlds.scenario import Scenario
from worlds.state import State

_HEADING = re.compile(rb"^== (.+)$", re.MULTILINE)


def with_levels(scenario: Scenario, path: Path | None) -> Scenario:
    """A scenario whose levels are those of a file, in an order that depends on the seed; as it is without a file.

    Raises:
        ValueError: the file holds no levels, or has another number of agents than the scenario.
        OSError: it cannot be read.
    """
    if path is None:
        return scenario
    levels = read_levels(path)
    for number, level in enumerate(levels):
        if len(level.agents) != len(scenario.agents):
            raise ValueError(
                f"--levels {path}: level {number} has {len(level.agents)} agents, scenario {scenario.name} has "
                f"{len(scenario.agents)}: choose agents={len(level.agents)}"
            )
    bank = bank_of(levels)
    names = tuple(agent.name for agent in levels[0].agents)

    def draw(n: int, seed: int) -> State:
        return take(bank, np.resize(np.random.default_rng(seed).permutation(len(levels)), n))

    return replace(scenario, draw=draw, agents=names)


def read_levels(path: Path) -> list[Level]:
    """The levels of a file.

    Raises:
        ValueError: it holds none, or a text is no level.
        OSError: it cannot be read.
    """
    if path.suffix not in (".jsonl", ".parquet"):
        text = path.read_bytes()
        return list(named_levels(text).values()) if _HEADING.search(text) else [read_level(text)]
    from adversarial_design.curriculum import read_curriculum

    texts = [record["level"] for record in read_curriculum(path)]
    if not texts:
        raise ValueError(f"--levels {path} holds no levels")
    return [read_level(text.partition("\n")[2] if text.startswith("with ") else text) for text in texts]


def named_levels(text: bytes) -> dict[str, Level]:
    """The levels of a text in which each stands below its name, a line such as "== studio flat".

    Raises:
        ValueError: a name comes twice, or what stands below one is no level.
    """
    _, *parts = _HEADING.split(text)
    levels: dict[str, Level] = {}
    for heading, body in zip(parts[::2], parts[1::2], strict=True):
        name = heading.decode("utf-8", "replace").strip()
        if name in levels:
            raise ValueError(f"two levels are called {name!r}: give one of them another name")
        try:
            levels[name] = read_level(body.lstrip(b"\r\n"))
        except ValueError as error:
            raise ValueError(f"level {name!r}: {error}") from error
    return levels
