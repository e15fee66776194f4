"""How are options in groups read and set by their names alone? On the command line and in files they are flat."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, get_type_hints

from worlds.checks import suggest
from worlds.typed import typed

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


def from_json(command: Options, found: Mapping[str, Any], where: str) -> Options:
    """The same command with the options that a file of JSON holds, each of the type that its field says.

    Raises:
        ValueError: the file holds an option that there is not, or a value of another type: names it.
    """
    kinds = _kinds(command)
    for name in found:
        if name not in kinds:
            raise ValueError(f"{where} has an unknown option {name[:40]!r}: {suggest(name, list(kinds))}")
    given = {name: typed(kinds[name], value, f"{where}: {name}") for name, value in found.items()}
    return with_options(command, **given)


def _kinds(command: Any) -> dict[str, Any]:
    """The annotations of all options by name, those of groups among them."""
    hints, found = get_type_hints(type(command)), {}
    for field in fields(command):
        value = getattr(command, field.name)
        found |= _kinds(value) if is_dataclass(value) else {field.name: hints[field.name]}
    return found


def _replaced(command: Any, given: dict[str, Any]) -> Any:
    changed = {}
    for field in fields(command):
        value = getattr(command, field.name)
        if is_dataclass(value):
            changed[field.name] = _replaced(value, given)
        elif field.name in given:
            changed[field.name] = given[field.name]
    return replace(command, **changed)
