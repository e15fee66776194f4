"""What is a scenario? Roles, rewards, senses and a source of levels: everything a Simulator needs, as data.

A scenario is one file in `worlds/scenarios/` with a function `scenario(...) -> Scenario`; its keyword arguments are
what a user may choose. Rules of its own go into the same file, see `rules/mechanics.py`.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from types import ModuleType

from worlds.checks import check_like, nearest, suggest
from worlds.state import State


@dataclass(frozen=True)
class Rewards:
    """What agents are paid.

    success: for the goal reached (and `done` said, where it is asked for), less `slowness` * steps / step limit of
    it. clause: for each clause when it is first met. step: for each step. failure: for a broken constraint, or for
    `done` said too early.
    """

    success: float = 1.0
    clause: float = 0.0
    step: float = 0.0
    failure: float = 0.0
    slowness: float = 0.0


@dataclass(frozen=True)
class Scenario:
    """A kind of episode. `draw(n, seed)` returns a bank of n levels, all with the same sizes for any seed."""

    name: str
    summary: str
    agents: tuple[str, ...]
    draw: Callable[[int, int], State]
    rewards: Rewards = Rewards()
    view: int = 7
    occluded: bool = True
    pass_through: bool = False
    needs_done: bool = True
    shared_goal: bool = False
    message_tokens: int = 0
    earshot: int = 7
    mechanics: int = 0
    options: tuple[int, ...] = ()  # up to 4 integers for mechanics, option[OPTION_0 ...]
    rates: tuple[float, ...] = ()  # up to 8 numbers for mechanics, rate[RATE_0 ...]


def scenario_names() -> list[str]:
    """The scenarios there are: the modules of `worlds.scenarios`."""
    from worlds import scenarios

    return sorted(info.name for info in pkgutil.iter_modules(scenarios.__path__))


def make_scenario(name: str, **choices: object) -> Scenario:
    """The scenario of this name, with its own keyword arguments.

    Raises:
        ValueError: no such scenario, it does not have such a choice, or a value is of another type or out of range.
    """
    allowed = scenario_choices(name)
    for choice, value in choices.items():
        if choice not in allowed:
            raise ValueError(f"scenario {name} has no choice {choice!r}: {suggest(choice, allowed)}")
        check_like(f"scenario {name}: {choice}", value, allowed[choice])
    return _module(name).scenario(**choices)


def scenario_choices(name: str) -> dict[str, object]:
    """What can be chosen of a scenario, with a value of each one's type: its default, where it has its own.

    Raises:
        ValueError: no such scenario.
    """
    own = own_choices(name)
    return {**house_choices(), **own} if takes_house(name) else own


def own_choices(name: str) -> dict[str, object]:
    """The choices that a scenario names itself, with their defaults."""
    return {p.name: p.default for p in _parameters(name).values() if p.kind is not p.VAR_KEYWORD}


def house_choices() -> dict[str, object]:
    """The fields of a HouseConfig, which scenarios with `**house` take too."""
    from worlds.generators.houses import HouseConfig

    return {field.name: field.default for field in fields(HouseConfig)}


def takes_house(name: str) -> bool:
    """Does a scenario take the fields of a HouseConfig?"""
    return "house" in _parameters(name)


def _parameters(name: str) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(_module(name).scenario).parameters


def _module(name: str) -> ModuleType:
    names = scenario_names()
    if name not in names:
        near = nearest(name, names)
        hint = f"did you mean {near!r}?" if near else f"there are {', '.join(names)}"
        raise ValueError(f"no scenario is called {name!r}: {hint}")
    return importlib.import_module(f"worlds.scenarios.{name}")
