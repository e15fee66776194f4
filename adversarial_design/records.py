"""Is this a record of a curriculum? Lines of JSON from anywhere, checked field by field before they are trusted."""

import json
import math
from collections.abc import Callable
from typing import Any, NoReturn

from worlds.checks import suggest

Record = dict[str, Any]
FORMAT = 1
NEEDED = ("id", "level", "kind", "format")
LARGEST = 2**63 - 1
_SHOWN = 40  # characters of a wrong value that an error repeats


def read_record(line: str, where: str) -> Record:
    """The record of a line of JSON.

    Raises:
        ValueError: and nothing else: it names the field, its value and what is allowed.
    """
    try:
        found = json.loads(line, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else error
        raise ValueError(f"{where} is no JSON: {reason}") from None
    return check_record(found, where)


def check_record(record: object, where: str) -> Record:
    """The same record, if it is one.

    Raises:
        ValueError: a field is missing, unknown or of a wrong type.
    """
    if not isinstance(record, dict) or not {*NEEDED} <= record.keys():
        raise ValueError(f"{where} is no level of a curriculum: it needs {', '.join(NEEDED)}")
    form = record["format"]
    if type(form) is not int or form != FORMAT:
        raise ValueError(f"{where} has format {_show(form)}, this version reads {FORMAT}")
    for name, value in record.items():
        if name not in FIELDS:
            raise ValueError(f"{where} has an unknown field {name!r}: {suggest(name, FIELDS)}")
        is_allowed, allowed = FIELDS[name]
        if not is_allowed(value):
            raise ValueError(f"{where}: {name} is {_show(value)}, allowed is {allowed}")
    return record


def _is_text(value: object) -> bool:
    """A text that can be written again: lone halves of characters cannot."""
    return isinstance(value, str) and value.encode(errors="replace").decode() == value


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= LARGEST


def _is_seed(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**64


def _is_known(value: object) -> bool:
    """A number, or null where it is unknown."""
    if isinstance(value, bool) or not isinstance(value, int | float | None):
        return False
    return value is None or (abs(value) <= LARGEST and math.isfinite(value))


def _is_visit(value: object) -> bool:
    return (
        isinstance(value, list) and len(value) == 3 and _is_count(value[0]) and all(map(_is_known, value[1:]))
    )


Check = Callable[[Any], bool]
FIELDS: dict[str, tuple[Check, str]] = {
    **dict.fromkeys(("id", "level", "parent", "edit", "kind", "grammar", "rules", "coplayer"), (_is_text, "a text")),
    **dict.fromkeys(("born", "replays"), (_is_count, "a whole number from 0")),
    **dict.fromkeys(("solved", "optimum"), (_is_known, "a number, or null where it is unknown")),
    "seed": (_is_seed, "a whole number from 0 to 2**64 - 1"),
    "format": (_is_count, "a whole number"),
    "solvable": (lambda value: isinstance(value, bool), "true or false"),
    "visits": (
        lambda value: isinstance(value, list) and all(map(_is_visit, value)),
        "a list of [cycle, score, share solved], numbers or null",
    ),
    "numbers": (
        lambda value: isinstance(value, dict) and all(map(_is_known, value.values())),
        "an object of names and numbers, or null",
    ),
}  # fmt: skip


def _show(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > LARGEST:
        return "a huge number"
    text = ascii(value) if isinstance(value, str | int | float | None) else f"a {type(value).__name__}"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _once(pairs: list[tuple[str, Any]]) -> Record:
    record = dict(pairs)
    if len(record) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the field {_show(next(n for n in names if names.count(n) > 1))} is given twice")
    return record


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number; write null where a number is unknown")
