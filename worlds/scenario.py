"""What is a scenario? Roles, rewards, senses and a source of levels: everything a Simulator needs, as data.

A scenario is one file with a function `scenario(...) -> Scenario`, in `worlds/scenarios/` or in a package of one's own;
its keyword arguments are what a user may choose. A rule of its own goes into the same file, see `rules/mechanics.py`.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from worlds.checks import check_like, check_number, imported, nearest, suggest
from worlds.state import ACTS, State

if TYPE_CHECKING:
    from worlds.expert.scripts import Script
    from worlds.rules.mechanics import Mechanics


GROUP = "social_rl.scenarios"  # of the entry points by which other packages offer scenarios


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
    """A kind of episode.

    `draw(n, seed)` returns a bank of n levels, all with the same sizes for any seed. Let it be a function of a module,
    or a `functools.partial` of one: then environments can be sent to other processes. `acts` are those that do
    anything here; whoever does another one waits. `mechanics` is a rule after the moves of each step, `begins` one for
    the beginning of each episode, before anybody perceives anything. `scripts` are ways to play it that need no
    learning, by the names of their functions: `expert` is the best there is, and is who `--cast ann=expert` means.
    `cast` says who plays whom where nothing else is asked for, and `roles` names the roles that mechanics give agents,
    by number, in the register ROLE of `own_memory`. `counts` names the first registers of `memory`, for whoever reports
    what came of an episode. With `calls`, messages have one token, and at each step minds that learn say one of 1 to
    `calls`; without, they say nothing.

    Raises:
        ValueError: `calls` are too few to choose from or too many, or messages have more than one token.

    Example:
        >>> from worlds import make_scenario
        >>> make_scenario("maze").summary
        'Find the goal in a maze.'
    """

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
    calls: int = 0
    earshot: int = 7
    acts: tuple[str, ...] = ACTS
    mechanics: "Mechanics | None" = None
    begins: "Mechanics | None" = None
    scripts: "tuple[Script, ...]" = ()
    cast: tuple[tuple[str, str], ...] = ()
    roles: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()
    prestige: int | None = None  # the register of `own_memory` that holds an agent's prestige, in thousandths
    options: tuple[int, ...] = ()  # up to 4 integers for mechanics, option[OPTION_0 ...]
    rates: tuple[float, ...] = ()  # up to 8 numbers for mechanics, rate[RATE_0 ...]
    source: str = ""  # what `make_scenario` was asked for, and how, so that a replay can ask again
    choices: tuple[tuple[str, object], ...] = ()

    def __post_init__(self) -> None:
        if self.calls:
            check_number("calls", self.calls, 2, 255)
            if self.message_tokens > 1:
                raise ValueError(
                    f"message_tokens is {self.message_tokens} with {self.calls} calls: a call is one token, leave "
                    "message_tokens out"
                )
            object.__setattr__(self, "message_tokens", 1)

    @property
    def forbidden(self) -> int:
        """Bits of the acts that do nothing here: bit i for act i of ACTS."""
        return sum(1 << i for i, act in enumerate(ACTS) if act not in self.acts)


def scenario_names() -> list[str]:
    """The scenarios that come with this package: the modules of `worlds.scenarios`.

    Example:
        >>> scenario_names()[:3]
        ['berry_bush', 'coins', 'dirty_kitchen']
    """
    from worlds import scenarios

    return sorted(info.name for info in pkgutil.iter_modules(scenarios.__path__))


def offered_scenarios() -> list[str]:
    """The names of scenarios that installed packages offer."""
    return sorted(entry_points(group=GROUP).names)


def make_scenario(name: str, **choices: object) -> Scenario:
    """The scenario of this name, with its own keyword arguments.

    A name is one of `scenario_names()`, an entry point of the group `social_rl.scenarios`, or `MODULE[:FUNCTION]` for a
    scenario in a package of one's own, such as my_lab.kitchen.

    Raises:
        ValueError: no such scenario, it does not have such a choice, or a value is of another type or out of range.
        ImportError: a module that the scenario needs is missing.

    Example:
        >>> make_scenario("coins", side=7).agents
        ('Ann', 'Bob')
    """
    allowed = scenario_choices(name)
    for choice, value in choices.items():
        if choice not in allowed:
            raise ValueError(f"scenario {name} has no choice {choice!r}: {suggest(choice, allowed)}")
        check_like(f"scenario {name}: {choice}", value, allowed[choice])
    made = maker_of(name)(**choices)
    if not isinstance(made, Scenario):
        raise ValueError(
            f"scenario {name} made an object of type {type(made).__name__}: it must return a worlds.Scenario"
        )
    return replace(made, source=name, choices=tuple(choices.items()))


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
    return inspect.signature(maker_of(name)).parameters


def maker_of(name: str) -> Callable[..., Any]:
    """The function that makes a scenario: one of ours, one that an installed package offers, or `MODULE[:FUNCTION]`."""
    names = scenario_names()
    if name in names:
        return importlib.import_module(f"worlds.scenarios.{name}").scenario
    offered = entry_points(group=GROUP)
    if name in offered.names:
        return _function_of(name, offered[name].value)
    if isinstance(name, str) and ("." in name or ":" in name):
        return _function_of(name, name)
    known = sorted({*names, *offered.names})
    near = nearest(name, known)
    hint = f"did you mean {near!r}?" if near else f"there are {', '.join(known)}"
    raise ValueError(
        f"no scenario is called {name!r}: {hint}; one of your own is named by its module, such as my_lab.kitchen"
    )


def _function_of(name: str, path: str) -> Callable[..., Any]:
    function = imported(f"scenario {name}", path, "scenario")
    if not callable(function):
        raise ValueError(f"scenario {name}: {path} is no function that returns a Scenario")
    return function
