"""What may be chosen of a scenario? `split=S1 agents=3` becomes its keywords, typed like the defaults."""

import difflib
import importlib
import inspect
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields

from rich.console import Console
from rich.padding import Padding

from worlds.scenario import Scenario, make_scenario, scenario_names

YES, NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def chosen_scenario(name: str, texts: Sequence[str], **usual: object) -> Scenario:
    """The scenario of a name with the choices of `texts`; `usual` ones hold where the texts say nothing.

    Raises:
        ValueError: no such scenario or choice, or a value of another type or out of range.
    """
    choices = {**usual, **read_choices(name, texts)}
    try:
        return make_scenario(name, **choices)
    except TypeError as error:
        raise ValueError(f"--set {' '.join(texts)}: scenario {name} refused it: {error}") from error


def read_choices(name: str, texts: Sequence[str]) -> dict[str, object]:
    """`CHOICE=VALUE` texts as keyword arguments of a scenario.

    Raises:
        ValueError: no such scenario or choice, or a value that cannot be read.
    """
    allowed = scenario_choices(name)
    chosen: dict[str, object] = {}
    for text in texts:
        choice, equals, value = text.partition("=")
        if not equals:
            raise ValueError(f"--set {text}: write it as CHOICE=VALUE, such as agents=2")
        if choice not in allowed:
            near = difflib.get_close_matches(choice, allowed, 1)
            hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(allowed)}"
            raise ValueError(f"--set {text}: scenario {name} has no choice {choice}; {hint}")
        if choice in chosen:
            raise ValueError(f"--set {text}: {choice} is chosen twice; keep one of them")
        chosen[choice] = read_value(text, value, allowed[choice])
    return chosen


def scenario_choices(name: str) -> dict[str, object]:
    """What can be chosen of a scenario, with a value of each one's type: its default, where it has its own.

    Raises:
        ValueError: no such scenario.
    """
    parameters = _parameters(name)
    own = {p.name: p.default for p in parameters.values() if p.kind is not p.VAR_KEYWORD}
    return {**house_choices(), **own} if takes_house(name) else own


def house_choices() -> dict[str, object]:
    """The fields of a HouseConfig, which scenarios with `**house` take too."""
    from worlds.houses import HouseConfig

    return {field.name: field.default for field in fields(HouseConfig)}


def takes_house(name: str) -> bool:
    """Does a scenario take the fields of a HouseConfig?"""
    return "house" in _parameters(name)


def _parameters(name: str) -> Mapping[str, inspect.Parameter]:
    if name not in scenario_names():
        make_scenario(name)  # raises, with the nearest name
    return inspect.signature(importlib.import_module(f"worlds.scenarios.{name}").scenario).parameters


def read_value(text: str, value: str, default: object) -> object:
    """A value of the type that the default has.

    Raises:
        ValueError: it cannot be read as such.
    """
    if isinstance(default, bool):
        if value.lower() not in YES + NO:
            raise ValueError(f"--set {text}: {value!r} is neither yes nor no; write yes or no")
        return value.lower() in YES
    if isinstance(default, int):
        return _number(text, value, int, "a whole number")
    if isinstance(default, float):
        return _number(text, value, float, "a number")
    if isinstance(default, tuple):
        parts = [part for part in value.split(",") if part]
        if not default:
            return tuple(parts)
        if len(parts) != len(default):
            raise ValueError(f"--set {text}: give {len(default)} values with commas, such as {show(default)}")
        return tuple(read_value(text, part, kind) for part, kind in zip(parts, default, strict=True))
    return value


def _number(text: str, value: str, kind: type[int] | type[float], what: str) -> int | float:
    try:
        number = kind(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"--set {text}: {value!r} is not {what}; the default is of that type")
    return number


def show(value: object) -> str:
    """A default as one would type it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value)


def list_scenarios() -> int:
    """Print all scenarios and their choices."""
    console = Console(highlight=False)
    houses = [name for name in scenario_names() if takes_house(name)]
    for name in scenario_names():
        console.print(f"[bold]{name}[/]  {make_scenario(name).summary}")
        own = {
            choice: value for choice, value in scenario_choices(name).items() if choice in _parameters(name)
        }
        console.print(Padding(_listed(own), (0, 0, 0, 2)), style="dim")
    if houses:
        console.print(f"Houses of {' and '.join(houses)}, unless the split or the scenario says otherwise:")
        console.print(Padding(_listed(house_choices()), (0, 0, 0, 2)), style="dim")
    console.print("Choose with --set: social-rl run house --set agents=3 split=S1")
    return 0


def _listed(choices: dict[str, object]) -> str:
    return " ".join(f"{choice}={show(value)}" for choice, value in choices.items())
