"""How is a replay kept as a file? As JSON Lines: first a header, then one line for each event, in order.

The file is packed if its name ends in .gz or .zst. Nothing of a file reaches a world before all of it was checked.
Version 3 has where agents were after each step, the rules, and digests of the minds; version 2 what is said in words.
Files of older versions, which have less, are read as they were.
"""

import json
import math
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from worlds.checks import check_number, check_seed, count
from worlds.events import Acts, Event, Instruct, Rejoin, Say, Speak, TakeOver
from worlds.files import packed, read_unpacked, replacing
from worlds.language.instructions import parse
from worlds.levels.level import MAX_STEPS
from worlds.levels.level_json import level_of_record, record_of
from worlds.replay import Entry, Place, Replay, ReplayError
from worlds.state import ACTS, Sizes
from worlds.talk import check_said

VERSION = 3
VERSIONS = (1, 2, 3)  # that are read
MOST_BYTES = 1 << 26  # of a file, and of what it unpacks to
MOST_EVENTS = 4 * MAX_STEPS
MOST_CHARACTERS = 512  # of an instruction or a name
VIEWS = (5, 7, 9, 11)  # cells across
_KINDS: dict[str, type] = {
    "acts": Acts,
    "say": Say,
    "speak": Speak,
    "instruct": Instruct,
    "rejoin": Rejoin,
    "take over": TakeOver,
}
_NAMES = {kind: name for name, kind in _KINDS.items()}
_HEADER = (
    "replay", "scenario", "choices", "cast", "level", "order", "sizes", "seed", "world", "episode", "focal", "fields",
    "digest",
)  # fmt: skip
_SINCE_3 = ("minds", "rules")


def save(replay: Replay, path: Path) -> None:
    """Write a replay, whole or not at all.

    Raises:
        ValueError: a choice of the scenario cannot be written as JSON.
        OSError: the file cannot be written.
    """
    header = {"replay": VERSION} | {name: getattr(replay, name) for name in (*_HEADER[1:], *_SINCE_3)}
    header["level"] = record_of(replay.level)
    try:
        lines = [json.dumps(header, allow_nan=False)]
    except TypeError as error:
        raise ValueError(f"choices of the scenario cannot be written: {error}") from None
    for event, digest, places in replay.entries:
        line = {"event": _NAMES[type(event)], **asdict(event)}
        line |= ({"digest": digest} if digest else {}) | ({"places": places} if places else {})
        lines.append(json.dumps(line))
    data = "".join(f"{line}\n" for line in lines).encode()
    with replacing(path) as beside:
        beside.write_bytes(packed(path, data))


def load(path: Path) -> Replay:
    """Read a replay; every size, type and range is checked first.

    Raises:
        ReplayError: this is no replay; names the line and the field.
        OSError: the file cannot be read.
    """
    try:
        data = read_unpacked(path, MOST_BYTES)
    except ValueError as error:
        raise ReplayError(str(error)) from None
    lines = data.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    if len(lines) > MOST_EVENTS:
        raise ReplayError(f"{path} has {len(lines)} lines, allowed are {MOST_EVENTS}")
    replay: Replay | None = None
    entries: list[Entry] = []
    for number, line in enumerate(lines or [b""], 1):
        where = f"{path}, line {number}"
        try:
            record = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
        except (ValueError, RecursionError):
            raise ReplayError(f"{where}: this is no JSON: the file is cut or damaged") from None
        try:
            if replay is None:
                replay = _header(record)
            else:
                entries.append(_entry(record, replay))
        except ValueError as error:
            raise ReplayError(f"{where}: {error}") from None
    assert replay is not None
    return replace(replay, entries=tuple(entries))


def _header(record: Any) -> Replay:
    version = record.get("replay") if isinstance(record, dict) else None
    if version is not None and (version not in VERSIONS or isinstance(version, bool)):
        raise ValueError(
            f"replay is {str(version)[:40]}, this program reads versions {', '.join(map(str, VERSIONS))}"
        )
    _check_fields("the header", record, (*_HEADER, *_SINCE_3) if version == 3 else _HEADER)
    level = level_of_record(record["level"])
    agents = len(level.agents)
    values = _numbers("sizes", record["sizes"], 0, 1 << 16, len(Sizes._fields))
    sizes = Sizes(*values)
    if sizes.agents != agents:
        raise ValueError(f"sizes are {list(sizes)}, they do not go with a level of {count(agents, 'agent')}")
    if sizes.view not in VIEWS:
        raise ValueError(f"sizes[4], the view, is {sizes.view}, allowed are {', '.join(map(str, VIEWS))}")
    if not isinstance(record["order"], list) or len(record["order"]) != 2:
        raise ValueError("order is no list of two: the numbers of items, and of fixtures")
    items = _order("order[0]", record["order"][0], len(level.items))
    fixtures = _order("order[1]", record["order"][1], len(level.fixtures))
    cast = record["cast"]
    if not isinstance(cast, list) or len(cast) > agents:
        raise ValueError(f"cast is no list of at most {agents} texts")
    fields = record["fields"]
    if not isinstance(fields, list) or not 0 < len(fields) <= 200:
        raise ValueError("fields is no list of 1 to 200 names")
    names = tuple(_text(f"fields[{i}]", name) for i, name in enumerate(fields))
    if len(set(names)) < len(names):
        raise ValueError("fields names one field twice")
    for name, low, high in (("world", 0, 2**64 - 1), ("episode", 1, 2**63), ("focal", 0, agents)):
        check_number(name, record[name], low, high)
    if not isinstance(record["choices"], dict):
        raise ValueError("choices is no object")
    return Replay(
        _text("scenario", record["scenario"]),
        {_text("choices", name): _choice(name, value) for name, value in record["choices"].items()},
        tuple(_text(f"cast[{i}]", name) for i, name in enumerate(cast)),
        level, (items, fixtures), sizes, check_seed("seed", record["seed"]), record["world"], record["episode"],
        record["focal"], names, _digest(record["digest"], names), *_origin(record, agents),
    )  # fmt: skip


def _origin(record: dict[str, Any], agents: int) -> tuple[tuple[str, ...], str]:
    """Digests of minds, and the rules; files before version 3 know neither."""
    minds = record.get("minds", [])
    if not isinstance(minds, list) or len(minds) > agents:
        raise ValueError(f"minds is no list of at most {agents} texts")
    minds = tuple(_text(f"minds[{i}]", mind) for i, mind in enumerate(minds))
    return minds, _text("rules", record.get("rules", ""))


def _entry(record: Any, replay: Replay) -> Entry:
    kind = record.get("event") if isinstance(record, dict) else None
    if not isinstance(kind, str) or kind not in _KINDS:
        raise ValueError(f"event is {str(kind)[:40]!r}, allowed are {', '.join(_KINDS)}")
    after = ("digest", "places") if kind == "acts" else ("digest",)
    said = {name: value for name, value in record.items() if name not in ("event", *after)}
    _check_fields(f"the event {kind}", said, tuple(_KINDS[kind].__dataclass_fields__))
    if kind == "acts":
        event: Event = Acts(_numbers("acts", said["acts"], 0, len(ACTS) - 1, replay.sizes.agents))
    elif kind == "speak":
        check_said("speak", **said)
        event = Speak(**said)
    else:
        check_number("agent", said["agent"], 0, replay.sizes.agents - 1)
        event = _event(kind, said, replay)
    digest = _digest(record["digest"], replay.fields) if "digest" in record else ""
    return Entry(event, digest, _places(record["places"], replay.sizes) if "places" in record else ())


def _places(values: Any, sizes: Sizes) -> tuple[Place, ...]:
    """Where each agent is: row and column, -1 of one that is not in the house, and heading."""
    if not isinstance(values, list) or len(values) != sizes.agents:
        raise ValueError(
            f"places is no list of {count(sizes.agents, 'place')}, each of a row, a column and a heading"
        )
    places = []
    for i, value in enumerate(values):
        row, col, heading = _numbers(f"places[{i}]", value, -1, sizes.side - 1, 3)
        check_number(f"places[{i}][2]", heading, 0, 3)
        places.append((row, col, heading))
    return tuple(places)


def _event(kind: str, said: dict[str, Any], replay: Replay) -> Event:
    """An event of one agent."""
    agent = said["agent"]
    if kind == "say":
        return Say(agent, _numbers("tokens", said["tokens"], 0, 255, replay.sizes.message))
    if kind == "rejoin":
        check_number("steps", said["steps"], 0, MAX_STEPS)
        return Rejoin(agent, said["steps"])
    if kind == "take over":
        return TakeOver(agent, _text("by", said["by"]))
    if not isinstance(said["task"], bool):
        raise ValueError(f"task is {str(said['task'])[:40]!r}: give true or false")
    parse(_text("words", said["words"]))
    return Instruct(agent, said["words"], said["task"])


def _check_fields(what: str, record: Any, allowed: tuple[str, ...]) -> None:
    if not isinstance(record, dict) or set(record) != set(allowed):
        raise ValueError(f"{what} is no object with the fields {', '.join(allowed)}, and no others")


def _numbers(what: str, values: Any, low: int, high: int, length: int) -> tuple[int, ...]:
    if not isinstance(values, list) or len(values) != length:
        raise ValueError(f"{what} is no list of {length} whole numbers")
    for i, value in enumerate(values):
        check_number(f"{what}[{i}]", value, low, high)
    return tuple(values)


def _order(what: str, values: Any, length: int) -> tuple[int, ...]:
    order = _numbers(what, values, 0, length - 1, length)
    if len(set(order)) < length:
        raise ValueError(f"{what} names one thing twice")
    return order


def _text(what: str, value: Any) -> str:
    if not isinstance(value, str) or len(value) > MOST_CHARACTERS:
        raise ValueError(f"{what} is no text of at most {MOST_CHARACTERS} characters")
    return value


def _digest(value: Any, fields: tuple[str, ...]) -> str:
    if not isinstance(value, str) or len(value) != 8 * len(fields):
        raise ValueError(f"digest is no text of {8 * len(fields)} characters, 8 for each of the fields")
    return value


def _choice(name: str, value: Any, depth: int = 0) -> Any:
    """A choice of a scenario: a number, a text, yes or no, or some of these; lists become tuples."""
    if isinstance(value, list) and depth < 3 and len(value) <= 1000:
        return tuple(_choice(name, part, depth + 1) for part in value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"choices: {name[:40]} is no number")
    if not isinstance(value, bool | int | float | str) or (
        isinstance(value, str) and len(value) > MOST_CHARACTERS
    ):
        raise ValueError(f"choices: {name[:40]} is no number, text, true or false, or a list of these")
    return value
