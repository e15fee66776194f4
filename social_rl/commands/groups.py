"""How are options in groups read and set by their names alone? On the command line and in files they are flat."""

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from worlds.checks import suggest

Options = TypeVar("Options")


def flat(command: Any) -> dict[str, Any]:
    """All options of a command by name, those of its groups among them."""
    found: dict[str, Any] = {}
    for field in fields(command):
        value = getattr(command, field.name)
        found |= flat(value) if is_dataclass(value) else {field.name: value}
    return found


def with_options(command: Options, **given: Any) -> Options:
    """The same command with other values of some options, wherever they stand.

    Raises:
        ValueError: it has no such option.
    """
    allowed = flat(command)
    for name in given:
        if name not in allowed:
            raise ValueError(
                f"{type(command).__name__} has no option {name!r}: {suggest(name, list(allowed))}"
            )
    return _replaced(command, given)


def _replaced(command: Any, given: dict[str, Any]) -> Any:
    changed = {}
    for field in fields(command):
        value = getattr(command, field.name)
        if is_dataclass(value):
            changed[field.name] = _replaced(value, given)
        elif field.name in given:
            changed[field.name] = given[field.name]
    return replace(command, **changed)
