"""Is what JSON says of the type that is needed? Read by the type's annotation: a number, a tuple, a dataclass."""

import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from worlds.checks import suggest

LARGEST = 2**64 - 1
_SHOWN = 40  # characters of a wrong value that an error repeats
_PLAIN = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", dict: "an object"}

Kind = TypeVar("Kind")


def typed(kind: Any, value: object, where: str) -> Any:
    """A value as JSON has it, as the type of an annotation: lists become tuples, texts paths, objects dataclasses.

    Raises:
        ValueError: it is of another type, or a number beyond 2**64 - 1 or not finite: names the place and the value.
    """
    origin, inner = get_origin(kind), get_args(kind)
    if kind is Any:
        return value
    if is_dataclass(kind) and isinstance(kind, type):
        return typed_fields(kind, value, where)
    if origin in (types.UnionType, Union):
        return _either(inner, value, where)
    if origin is Literal:
        if not any(type(value) is type(allowed) and value == allowed for allowed in inner):
            _refuse(where, value, f"allowed are {', '.join(map(repr, inner))}")
        return value
    if origin in (list, tuple):
        return _sequence(origin, inner, value, where)
    if origin is dict:
        found = typed(dict, value, where)
        return {name: typed(inner[1], part, f"{where}.{name}") for name, part in found.items()}
    if kind is Path:
        return Path(typed(str, value, where))
    return _plain(kind, value, where)


def typed_fields(kind: type[Kind], value: object, where: str) -> Kind:
    """An object of JSON as a dataclass; fields that it does not name have their defaults.

    Raises:
        ValueError: as `typed`; or a field is unknown or missing, or the dataclass refuses what it is given.
    """
    given: Mapping[str, Any] = typed(dict, value, where)
    hints = get_type_hints(kind)
    for name in given:
        if name not in hints:
            raise ValueError(f"{where} has an unknown field {name[:_SHOWN]!r}: {suggest(name, hints)}")
    found = {}
    for field in fields(kind):  # pyright: ignore[reportArgumentType]
        if field.name in given:
            found[field.name] = typed(hints[field.name], given[field.name], f"{where}: {field.name}")
        elif field.default is MISSING and field.default_factory is MISSING:
            raise ValueError(f"{where} lacks the field {field.name!r}")
    try:
        return kind(**found)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None


def counted(value: object, where: str) -> int:
    """A whole number from 0.

    Raises:
        ValueError: it is something else.
    """
    if type(value) is not int or not 0 <= value <= LARGEST:
        _refuse(where, value, "allowed are whole numbers from 0")
    return value


def chance_of(state: object, where: str) -> dict[str, Any]:
    """The state of a NumPy generator as it may be set.

    Raises:
        ValueError: it is no such state.
    """
    try:
        np.random.default_rng(0).bit_generator.state = found = typed(dict, state, where)
    except (KeyError, TypeError, OverflowError, ValueError) as error:
        raise ValueError(f"{where} is no state of a generator: {error}") from None
    return dict(found)


def _either(kinds: tuple[Any, ...], value: object, where: str) -> Any:
    if value is None and type(None) in kinds:
        return None
    others = [kind for kind in kinds if kind is not type(None)]
    for kind in others[:-1]:
        try:
            return typed(kind, value, where)
        except ValueError:
            continue
    return typed(others[-1], value, where)


def _sequence(origin: type, inner: tuple[Any, ...], value: object, where: str) -> Any:
    if not isinstance(value, list | tuple):
        _refuse(where, value, "allowed is a list")
    values = list(value)
    kinds = [inner[0]] * len(values) if origin is list or inner[-1] is ... else list(inner)
    if len(kinds) != len(values):
        _refuse(where, value, f"allowed is a list of {len(kinds)}")
    parts = zip(kinds, values, strict=True)
    return origin(typed(kind, part, f"{where}[{i}]") for i, (kind, part) in enumerate(parts))


def _plain(kind: Any, value: object, where: str) -> Any:
    allowed = (int, float) if kind is float else kind
    if not isinstance(value, allowed) or (isinstance(value, bool) and kind is not bool):
        _refuse(where, value, f"allowed is {_PLAIN.get(kind, kind.__name__)}")
    if kind in (int, float) and not (abs(value) <= LARGEST and math.isfinite(value)):  # pyright: ignore
        _refuse(where, value, f"allowed is {_PLAIN[kind]} of a usual size")
    return value


def _refuse(where: str, value: object, allowed: str) -> NoReturn:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > LARGEST:
        text = "a huge number"
    else:
        plain = isinstance(value, str | int | float | None)
        text = ascii(value) if plain else f"a {type(value).__name__}"
    raise ValueError(f"{where} is {text[:_SHOWN]}, {allowed}")
