"""What may be chosen of a scenario? `split=S1 agents=3` becomes keyword arguments, typed as their defaults."""

import difflib
import importlib
import inspect
import math
from collections.abc import Sequence
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
    """What can be chosen of a scenario, with the defaults; `**house` stands for the fields of HouseConfig.

    Raises:
        ValueError: no such scenario.
    """
    if name not in scenario_names():
        make_scenario(name)  # raises, with the nearest name
    parameters = inspect.signature(importlib.import_module(f"worlds.scenarios.{name}").scenario).parameters
    choices = {p.name: p.default for p in parameters.values() if p.kind is not p.VAR_KEYWORD}
    if "house" in parameters:
        from worlds.houses import HouseConfig

        choices |= {field.name: field.default for field in fields(HouseConfig) if field.name not in choices}
    return choices


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
    for name in scenario_names():
        console.print(f"[bold]{name}[/]  {make_scenario(name).summary}")
        choices = " ".join(f"{choice}={show(default)}" for choice, default in scenario_choices(name).items())
        console.print(Padding(choices, (0, 0, 0, 2)), style="dim")
    console.print("Choose with --set: social-rl run house --set agents=3 split=S1")
    return 0
