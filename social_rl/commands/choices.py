"""What may be chosen of a scenario? `split=S1 agents=3` becomes its keywords, typed like the defaults."""

import math
from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding

from worlds.checks import suggest
from worlds.scenario import (
    Scenario,
    house_choices,
    make_scenario,
    offered_scenarios,
    own_choices,
    scenario_choices,
    scenario_names,
    takes_house,
)

YES, NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def chosen_scenario(name: str, texts: Sequence[str], **usual: object) -> Scenario:
    """The scenario of a name with the choices of `texts`; `usual` ones hold where the texts say nothing.

    Raises:
        ValueError: no such scenario or choice, or a value of another type or out of range.
    """
    choices = {**usual, **read_choices(name, texts)}
    try:
        return make_scenario(name, **choices)
    except ValueError as error:
        raise ValueError(f"--set {' '.join(texts)}: {error}" if texts else str(error)) from error


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
            remedy = suggest(choice, allowed)
            raise ValueError(f"--set {text}: scenario {name} has no choice {choice!r}; {remedy}")
        if choice in chosen:
            raise ValueError(f"--set {text}: {choice} is chosen twice; keep one of them")
        chosen[choice] = read_value(text, value, allowed[choice])
    return chosen


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
        if not default or isinstance(default[0], str):
            return tuple(parts)  # words, of which there may be any number
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
    for name in [*scenario_names(), *offered_scenarios()]:
        console.print(f"[bold]{name}[/]  {make_scenario(name).summary}")
        console.print(Padding(_listed(own_choices(name)), (0, 0, 0, 2)), style="dim")
    if houses:
        console.print(f"Houses of {', '.join(houses)}, unless the split or the scenario says otherwise:")
        named = {choice for name in houses for choice in own_choices(name)}
        others = {choice: value for choice, value in house_choices().items() if choice not in named}
        console.print(Padding(_listed(others), (0, 0, 0, 2)), style="dim")
    console.print("Choose with --set: social-rl run house --set agents=3 split=S1")
    return 0


def _listed(choices: dict[str, object]) -> str:
    return " ".join(f"{choice}={show(value)}" for choice, value in choices.items())
