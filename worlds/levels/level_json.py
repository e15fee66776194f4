"""How is a level written as JSON? Plain, versioned, and read strictly: no unknown field, no field twice."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, NoReturn

from worlds.checks import suggest
from worlds.levels.level import VERSION, AgentStart, Fixture, Item, Level, LevelError, show

MAX_CHARACTERS = 1_000_000
_FIELDS = ("version", "grammar", "steps", "ground", "agents", "fixtures", "items")
_AGENT_FIELDS = ("name", "row", "col", "heading", "instruction")
_FIXTURE_FIELDS = ("kind", "colour", "state", "row", "col")
_NO_WORDS: dict[str, Any] = {"colour": "", "state": ""}
_ITEM_FIELDS = ("kind", "colour", "row", "col", "holder")


def level_to_json(level: Level) -> str:
    """The level as one line of JSON, without a line break."""
    return json.dumps(record_of(level), ensure_ascii=False, separators=(",", ":"))


def record_of(level: Level) -> dict[str, Any]:
    """The level as dicts, lists, texts and numbers, for JSON; what is empty is left out."""
    items = []
    for item in level.items:
        where = (
            {"row": item.row, "col": item.col}
            if item.holder < 0
            else {"holder": level.agents[item.holder].name}
        )
        items.append(_said({"kind": item.kind, "colour": item.colour}) | where)
    return {
        "version": VERSION,
        "grammar": level.grammar,
        "steps": level.step_limit,
        "ground": list(level.ground),
        "agents": [_said(agent._asdict()) for agent in level.agents],
        "fixtures": [_said(fixture._asdict()) for fixture in level.fixtures],
        "items": items,
    }


def _said(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if value != ""}


def level_from_json(text: str | bytes) -> Level:
    """The Level of a JSON text.

    Raises:
        LevelError: names the field.
    """
    try:
        record = json.loads(decode(text), object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except LevelError:
        raise
    except (ValueError, RecursionError) as error:
        raise LevelError(f"this is no JSON ({show(str(error))}): check commas, quotes and brackets") from None
    return level_of_record(record)


def level_of_record(record: object) -> Level:
    """The Level of `record_of`.

    Raises:
        LevelError: names the field.
    """
    fields = _fields("the level", record, _FIELDS, ("version", "steps", "ground", "agents"))
    check_version(fields["version"], "")
    agents = [
        AgentStart(**_fields(f"agents[{i}]", entry, _AGENT_FIELDS, _AGENT_FIELDS[:4]))
        for i, entry in _entries(fields, "agents")
    ]
    fixtures = []
    for i, entry in _entries(fields, "fixtures"):
        said = _fields(f"fixtures[{i}]", entry, _FIXTURE_FIELDS, ("kind", "row", "col"))
        fixtures.append(Fixture(**_NO_WORDS | said))
    items = []
    for i, entry in _entries(fields, "items"):
        said: dict[str, Any] = {"colour": ""} | _fields(f"items[{i}]", entry, _ITEM_FIELDS, ("kind",))
        if "holder" in said:
            names = [agent.name for agent in agents]
            if not isinstance(said["holder"], str) or said["holder"] not in names:
                raise LevelError(f"items[{i}].holder is {show(said['holder'])}: give the name of an agent")
            said["holder"] = names.index(said["holder"])
        items.append(Item(**said))
    ground = fields["ground"]
    if not isinstance(ground, list):
        raise LevelError(f"ground is {show(ground)}: give a list of rows")
    grammar = {"grammar": fields["grammar"]} if "grammar" in fields else {}
    return Level(tuple(ground), tuple(agents), tuple(fixtures), tuple(items), fields["steps"], **grammar)


def _fields(what: str, record: object, allowed: tuple[str, ...], needed: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(record, dict):
        raise LevelError(f"{what} is {show(record)}: give an object with the fields {', '.join(allowed)}")
    for name in record:
        if name not in allowed:
            raise LevelError(f"{what} has an unknown field {show(name)}: {suggest(name, allowed)}")
    for name in needed:
        if name not in record:
            raise LevelError(f"{what} lacks the field '{name}': add it")
    return record


def _entries(fields: dict[str, Any], name: str) -> Iterator[tuple[int, object]]:
    entries = fields.get(name, [])
    if not isinstance(entries, list):
        raise LevelError(f"{name} is {show(entries)}: give a list")
    return iter(enumerate(entries))


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        name = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        raise LevelError(f"the field {show(name)} is given twice: keep one")
    return record


def _no_constant(word: str) -> NoReturn:
    raise LevelError(f"{word} is not a number of a level: give a whole number")


# ---- for both written forms ----------------------------------------------------------------------
def decode(text: str | bytes) -> str:
    """The text of an untrusted level, at most MAX_CHARACTERS long.

    Raises:
        LevelError: too long, not UTF-8 or not a text.
    """
    if not isinstance(text, str | bytes):
        raise LevelError(f"a level is a text, not {type(text).__name__}")
    if len(text) > MAX_CHARACTERS:
        raise LevelError(f"{len(text)} characters, allowed are {MAX_CHARACTERS}: a level is a small file")
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            raise LevelError(f"byte {error.start} is not UTF-8: save the level as UTF-8") from None
    return text.removeprefix("\ufeff")


def check_version(version: object, where: str) -> None:
    """Raise a LevelError unless this program reads this version."""
    if type(version) is not int or version != VERSION:
        raise LevelError(
            f"{where}level version {show(version)}: this program reads version {VERSION}, update it"
        )
