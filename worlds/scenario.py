"""What is a scenario? Roles, rewards, senses and a source of levels: everything a Simulator needs, as data.

A scenario is one file in `worlds/scenarios/` with a function `scenario(...) -> Scenario`; its keyword arguments are
what a user may choose. Rules of its own go into the same file, see `rules/mechanics.py`.
"""

import difflib
import importlib
import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

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
        ValueError: no such scenario, or it does not have such a choice.
    """
    if name not in scenario_names():
        near = difflib.get_close_matches(name, scenario_names(), 1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(scenario_names())}"
        raise ValueError(f"no scenario is called {name!r}: {hint}")
    make = importlib.import_module(f"worlds.scenarios.{name}").scenario
    allowed = inspect.signature(make).parameters
    takes_more = any(parameter.kind is parameter.VAR_KEYWORD for parameter in allowed.values())
    for choice in choices:
        if choice not in allowed and not takes_more:
            raise ValueError(f"scenario {name!r} has no choice {choice!r}: it has {', '.join(allowed)}")
    return make(**choices)
