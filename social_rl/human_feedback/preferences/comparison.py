"""What is compared, and what does a rater answer? The records of items, comparisons and labels, checked, as JSON.

A comparison asks about items that policies made; a label is one rater's answer to it. By kind, an answer is

    choice          {"best": 0 | 1 | "tie" | "skip"}      index into the items, whatever the screen showed
    ranking         {"order": [[2], [0, 1], [3]]}         best first, ties in one list
    progress        {"marks": [[step, -1 | 0 | 1], …]}    in the order of steps
    vote            {"vote": -1 | 1}
    correction      {"text": "…"}
    demonstration   {"replay": "path"}
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, NoReturn, get_args

from worlds.checks import check_choice, suggest
from worlds.typed import typed

Kind = Literal["choice", "ranking", "progress", "vote", "correction", "demonstration"]
Answer = dict[str, Any]
"""By kind, as the head of this file says."""

KINDS: tuple[Kind, ...] = get_args(Kind)
VERSIONS = ("schema", "rules", "grammar")
SCHEMA = "1"  # of these records, for versions["schema"]
MOST_RANKED = 4
MOST_TEXT = 1 << 20  # characters of one text
MOST_ID = 200  # characters of an id or of a name
LARGEST_NUMBER = 1e300  # of a feature and of seconds, either side of 0
LARGEST = 2**31 - 1  # of a round and of a step: what every database holds as a whole number
_DIGEST = re.compile(r"[0-9a-f]{64}")
_SHOWN = 40  # characters of a wrong value that an error repeats


class Item(NamedTuple):
    """One thing that can be preferred."""

    policy: str  # name of the policy that made it
    checkpoint: str  # sha256 of its checkpoint's manifest, "" none
    prompt: str  # what it went by: the task in words, talk
    text: str  # the transcript that a reward model reads: one line each of talk, subgoal, outcome
    replay: str  # path of its replay file relative to the store, "" none
    features: dict[str, float]  # measured quantities of the episode; synthetic raters alone read them


class Comparison(NamedTuple):
    """A question to raters."""

    id: str  # unique, chosen by who asks
    round: int
    level: str  # digest of the level; pairs of one level are never split between train and validation
    kind: Kind
    items: tuple[Item, ...]  # two of a choice, two to four of a ranking, one of the others
    shown: tuple[int, ...]  # order of the items on the screen, left to right
    versions: dict[str, str]  # of schema, rules, grammar


class Label(NamedTuple):
    """One rater's answer."""

    comparison: str  # id of a comparison
    rater: str
    is_human: bool  # never mixed in one claim
    answer: Answer
    time: str  # ISO 8601, UTC
    seconds: float  # that it took
    repeat_of: str  # id of an earlier label of the same rater, "" none
    is_gold: bool  # the right answer is known
    reason: str


# ---- checks ---------------------------------------------------------------------------------------------
def check_comparison(comparison: Comparison) -> None:
    """Raise a ValueError that names the field, its value and what is allowed, unless the comparison is one."""
    where = f"comparison {_shown(comparison.id)}"
    check_name(f"{where}: id", comparison.id)
    _whole(f"{where}: round", comparison.round, 0)
    check_name(f"{where}: level", comparison.level)
    check_choice(f"{where}: kind", comparison.kind, KINDS)
    low, high = items_of(comparison.kind)
    items = comparison.items
    if not isinstance(items, tuple) or not low <= len(items) <= high:
        number = len(items) if isinstance(items, tuple) else _shown(items)
        allowed = str(low) if low == high else f"{low} to {high}"
        _refuse(f"{where}: items", number, f"a {comparison.kind} has {allowed}, as a tuple")
    for i, item in enumerate(items):
        _check_item(f"{where}: items[{i}]", item)
    check_shown(f"{where}: shown", comparison.shown, len(items))
    versions = comparison.versions
    if not isinstance(versions, dict) or sorted(versions) != sorted(VERSIONS):
        _refuse(f"{where}: versions", versions, f"name the versions of {', '.join(VERSIONS)}, and no other")
    for name, version in versions.items():
        check_name(f"{where}: versions.{name}", version)


def check_label(label: Label, comparison: Comparison) -> None:
    """Raise a ValueError that names the field, its value and what is allowed, unless it answers this comparison."""
    where = f"label of {_shown(label.comparison)} by {_shown(label.rater)}"
    if label.comparison != comparison.id:
        _refuse(f"{where}: comparison", label.comparison, f"it was asked about {_shown(comparison.id)}")
    check_name(f"{where}: rater", label.rater)
    for name in ("is_human", "is_gold"):
        if type(getattr(label, name)) is not bool:
            _refuse(f"{where}: {name}", getattr(label, name), "give True or False")
    _check_time(f"{where}: time", label.time)
    _finite(f"{where}: seconds", label.seconds)
    if label.seconds < 0:
        _refuse(f"{where}: seconds", label.seconds, "give 0 or more")
    _text(f"{where}: repeat_of", label.repeat_of, MOST_ID)
    _text(f"{where}: reason", label.reason)
    check_answer(label.answer, comparison.kind, len(comparison.items), f"{where}: answer")


def check_answer(answer: Answer, kind: Kind, items: int, where: str = "answer") -> None:
    """Raise a ValueError that names the place, the value and what is allowed, unless it answers so many items."""
    key, check = _ANSWERS[kind]
    if not isinstance(answer, dict) or set(answer) != {key}:
        _refuse(where, answer, f"a {kind} is answered by one field, {key!r}")
    check(f"{where}.{key}", answer[key], items)


def check_shown(where: str, shown: tuple[int, ...], items: int) -> None:
    """Raise a ValueError unless this is an order of so many items, left to right."""
    is_order = isinstance(shown, tuple) and all(type(i) is int for i in shown)
    if not is_order or sorted(shown) != list(range(items)):
        _refuse(where, shown, f"name each of the items 0 to {items - 1} once, as a tuple")


def items_of(kind: Kind) -> tuple[int, int]:
    """The fewest and the most items that a comparison of this kind has."""
    return {"choice": (2, 2), "ranking": (2, MOST_RANKED)}.get(kind, (1, 1))


def _check_item(where: str, item: Item) -> None:
    if not isinstance(item, Item):
        _refuse(where, item, "give an Item")
    check_name(f"{where}.policy", item.policy)
    _text(f"{where}.checkpoint", item.checkpoint)
    if item.checkpoint and not _DIGEST.fullmatch(item.checkpoint):
        _refuse(f"{where}.checkpoint", item.checkpoint, "give a sha256 in 64 hexadecimal digits, or ''")
    _text(f"{where}.prompt", item.prompt)
    _text(f"{where}.text", item.text)
    _check_path(f"{where}.replay", item.replay)
    if not isinstance(item.features, dict):
        _refuse(f"{where}.features", item.features, "give a dict of names and numbers")
    for name, value in item.features.items():
        check_name(f"{where}.features", name)
        _finite(f"{where}.features.{name}", value)


def _check_path(where: str, path: object) -> None:
    """A path below the store's folder, as POSIX writes it; it comes from files of others too."""
    text = _text(where, path)
    parts = text.split("/")
    if text and ("\\" in text or ":" in text or "" in parts or "." in parts or ".." in parts):
        _refuse(where, text, "give a path below the store's folder, such as replays/first.jsonl, or ''")


def _check_time(where: str, time: object) -> None:
    try:
        moment = datetime.fromisoformat(time) if isinstance(time, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.utcoffset() != timedelta(0):
        _refuse(where, time, "give ISO 8601 in UTC, such as 2026-11-30T12:00:00+00:00")


def _check_best(where: str, best: object, items: int) -> None:
    if not (type(best) is int and 0 <= best < items) and best not in ("tie", "skip"):
        _refuse(where, best, f"allowed are 0 to {items - 1}, 'tie' and 'skip'")


def _check_order(where: str, order: object, items: int) -> None:
    is_nested = isinstance(order, list) and all(isinstance(tied, list) and tied for tied in order)
    named = [i for tied in order for i in tied] if is_nested and isinstance(order, list) else []
    if any(type(i) is not int for i in named) or sorted(named) != list(range(items)):
        _refuse(
            where,
            order,
            f"name each of the items 0 to {items - 1} once, such as [[0], [1]], ties in one list",
        )


def _check_marks(where: str, marks: object, items: int) -> None:
    if not isinstance(marks, list) or not all(
        isinstance(mark, list) and len(mark) == 2 and all(type(part) is int for part in mark)
        for mark in marks
    ):
        _refuse(where, marks, "give a list of [step, -1, 0 or 1]")
    last = -1
    for i, (step, mark) in enumerate(marks):
        if not last < step <= LARGEST:
            _refuse(f"{where}[{i}]", step, f"steps rise: give {last + 1} to {LARGEST}")
        if mark not in (-1, 0, 1):
            _refuse(f"{where}[{i}]", mark, "a mark is -1, 0 or 1")
        last = step


def _check_vote(where: str, vote: object, items: int) -> None:
    if type(vote) is not int or vote not in (-1, 1):
        _refuse(where, vote, "allowed are -1 and 1")


def _check_correction(where: str, text: object, items: int) -> None:
    if not _text(where, text).strip():
        _refuse(where, text, "say what would be better")


def _check_replay(where: str, path: object, items: int) -> None:
    if not _text(where, path):
        _refuse(where, path, "give the path of a replay")
    _check_path(where, path)


_ANSWERS: dict[Kind, tuple[str, Callable[[str, Any, int], None]]] = {
    "choice": ("best", _check_best),
    "ranking": ("order", _check_order),
    "progress": ("marks", _check_marks),
    "vote": ("vote", _check_vote),
    "correction": ("text", _check_correction),
    "demonstration": ("replay", _check_replay),
}


def check_name(where: str, value: object) -> None:
    """Raise a ValueError unless this is a text of 1 to `MOST_ID` characters that every store holds."""
    if not _text(where, value, MOST_ID).strip():
        _refuse(where, value, "give a name")


def _text(where: str, value: object, most: int = MOST_TEXT) -> str:
    """A text that every store holds: UTF-8 without lone surrogates, and no NUL, which PostgreSQL refuses."""
    if not isinstance(value, str):
        _refuse(where, value, "give a text")
    if len(value) > most:
        raise ValueError(f"{where} has {len(value):,} characters, allowed are {most:,}: shorten it")
    if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        _refuse(where, ascii(value), "NUL and lone surrogates cannot be kept: leave them out")
    return value


def _whole(where: str, value: object, low: int) -> None:
    if type(value) is not int or not low <= value <= LARGEST:
        _refuse(where, value, f"give a whole number from {low} to {LARGEST}")


def _finite(where: str, value: object) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) <= LARGEST_NUMBER:
        _refuse(where, value, f"give a finite number up to {LARGEST_NUMBER:g}")


def _shown(value: object) -> str:
    if isinstance(value, int) and abs(value) > LARGEST:
        return "a huge number"  # Python does not even write those beyond 4300 digits
    return repr(value)[:_SHOWN]


def _refuse(where: str, value: object, remedy: str) -> NoReturn:
    raise ValueError(f"{where} is {_shown(value)}: {remedy}")


# ---- JSON -----------------------------------------------------------------------------------------------
def comparison_to_json(comparison: Comparison) -> dict[str, Any]:
    """A comparison as JSON has it: objects, lists, texts and numbers."""
    return {
        **comparison._asdict(),
        "items": [item._asdict() | {"features": dict(item.features)} for item in comparison.items],
        "shown": list(comparison.shown),
        "versions": dict(comparison.versions),
    }


def comparison_from_json(record: object, where: str = "comparison") -> Comparison:
    """A comparison from JSON, checked.

    Raises:
        ValueError: a field is missing, unknown or wrong: names the place, the value and the remedy.
    """
    given = _fields(record, Comparison, where)
    items = typed(list, given["items"], f"{where}: items")
    found = Comparison(
        id=given["id"],
        round=given["round"],
        level=given["level"],
        kind=given["kind"],
        items=tuple(_item_from_json(item, f"{where}: items[{i}]") for i, item in enumerate(items)),
        shown=tuple(typed(list[Any], given["shown"], f"{where}: shown")),
        versions=typed(dict, given["versions"], f"{where}: versions"),
    )
    _placed(where, check_comparison, found)
    return found


def label_to_json(label: Label) -> dict[str, Any]:
    """A label as JSON has it."""
    return label._asdict() | {"answer": dict(label.answer)}


def label_from_json(record: object, comparison: Comparison, where: str = "label") -> Label:
    """A label of this comparison from JSON, checked.

    Raises:
        ValueError: a field is missing, unknown or wrong: names the place, the value and the remedy.
    """
    given = _fields(record, Label, where)
    found = Label(**given)
    _placed(where, check_label, found, comparison)
    return found


def _item_from_json(record: object, where: str) -> Item:
    given = _fields(record, Item, where)
    features = typed(dict, given["features"], f"{where}.features")
    return Item(**{**given, "features": features})


def _fields(
    record: object, kind: type[Item] | type[Comparison] | type[Label], where: str
) -> Mapping[str, Any]:
    given: dict[str, Any] = typed(dict, record, where)
    for name in given:
        if name not in kind._fields:
            raise ValueError(f"{where} has an unknown field {_shown(name)}: {suggest(name, kind._fields)}")
    for name in kind._fields:
        if name not in given:
            raise ValueError(f"{where} lacks the field {name!r}: add it")
    return given


def _placed(where: str, check: Callable[..., None], *records: object) -> None:
    try:
        check(*records)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
