"""How do comparisons and labels leave a store and come back? As JSON Lines or Parquet, with everything that is kept.

    {"format": 1}
    {"comparison": {…}, "gold": null, "side_seed": 7}     in the order of asking
    {"label": {…}, "id": "…", "shown": [1, 0]}            in the order of answering, people's first

A Parquet file has one row for each of these lines: what is nested stands in it as JSON, and fields that a row does not
have are null. Reading puts all of a file into a store, or nothing.
"""

import json
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.console import Console

from social_rl.commands.checks import check_file
from social_rl.commands.rlhf.export import ExportStore
from social_rl.human_feedback.preferences.comparison import (
    Comparison,
    Label,
    comparison_from_json,
    comparison_to_json,
    label_from_json,
    label_to_json,
)
from social_rl.human_feedback.preferences.store import Asked, Given, Store, existing_store, open_store
from worlds.checks import count
from worlds.files import read_plain, replacing
from worlds.typed import typed

FORMAT = 1  # of these files
SUFFIXES = (".jsonl", ".parquet")
MOST_BYTES = 1 << 30  # of a file of JSON Lines
_HINT = "Parquet needs the package pyarrow: pip install 'social-rl[curriculum]', or use a .jsonl file"
_OF_FORMAT = b"social_rl_preferences"  # in the metadata of a Parquet file
_NESTED = {"comparison": ("items", "shown", "versions", "gold"), "label": ("answer", "shown")}

Record = dict[str, Any]
"""A line of JSON Lines."""


def exchange(command: ExportStore) -> int:
    """Write a store to a file, or read a file into a store; returns the exit status.

    Raises:
        ValueError: an option is wrong, there is no such store, or the file does not fit.
        OSError: the database failed, or a file cannot be read or written.
        ImportError: the file is Parquet, and pyarrow is not installed.
    """
    file = command.to or command.source
    if file is None or (command.to and command.source):
        raise ValueError("--to and --from: give one of them, the file to write or the file to read")
    _check_suffix(file)
    console = Console(highlight=False, soft_wrap=True)
    if command.to:
        check_file("--to", file)
        store = existing_store(command.store)
        try:
            records = records_of(store)
        finally:
            store.close()
        write_records(records, file)
        console.print(f"{file}: {_counted(records)}")
        return 0
    asked, given = read_records(file)
    store = open_store(command.store)
    try:
        new_asked, new_given = store.take(asked, given)
    finally:
        store.close()
    console.print(
        f"{store.name}: {count(new_asked, 'new comparison')}, {count(new_given, 'new label')}; "
        f"{len(asked) - new_asked + len(given) - new_given:,} of the file were there"
    )
    return 0


def records_of(store: Store) -> list[Record]:
    """All that a store holds, as lines of a file."""
    asked = [
        {"comparison": comparison_to_json(one.comparison), "gold": one.gold, "side_seed": one.side_seed}
        for one in store.asked()
    ]
    given = [
        {"label": label_to_json(one.label), "id": one.id, "shown": list(one.shown)}
        for is_human in (True, False)
        for one in store.given(human=is_human)
    ]
    known = {record["comparison"]["id"] for record in asked}  # others may ask and answer while this is read
    return asked + [record for record in given if record["label"]["comparison"] in known]


def write_records(records: Sequence[Record], path: Path) -> None:
    """Write a file in the format of its ending; one that was there stays whole until the new one is.

    Raises:
        ValueError: it ends in something else.
        OSError: it cannot be written.
        ImportError: it is Parquet, and pyarrow is not installed.
    """
    _check_suffix(path)
    if path.suffix == ".parquet":
        _write_parquet(records, path)
        return
    with replacing(path) as beside, beside.open("w", encoding="utf-8", newline="\n") as file:
        for record in ({"format": FORMAT}, *records):
            file.write(_json(record) + "\n")


def read_records(path: Path) -> tuple[list[Asked], list[Given]]:
    """What a file holds, checked; labels are checked against comparisons of the same file.

    Raises:
        ValueError: it is no such file, or one of a later format: names the line, the field and the value.
        OSError: it cannot be read.
        ImportError: it is Parquet, and pyarrow is not installed.
    """
    _check_suffix(path)
    asked, given = list[Asked](), list[Given]()
    comparisons: dict[str, Comparison] = {}
    for where, record in _read_parquet(path) if path.suffix == ".parquet" else _read_lines(path):
        if "comparison" in record:
            _check_fields(record, ("comparison", "gold", "side_seed"), where)
            comparison = comparison_from_json(record["comparison"], where)
            gold = typed(dict[str, Any] | None, record["gold"], f"{where}: gold")
            asked.append(Asked(comparison, gold, typed(int, record["side_seed"], f"{where}: side_seed")))
            comparisons[comparison.id] = comparison
        else:
            _check_fields(record, ("label", "id", "shown"), where)
            of = typed(dict, record["label"], f"{where}: label").get("comparison")
            if not isinstance(of, str) or of not in comparisons:
                raise ValueError(f"{where}: comparison is {of!r:.40}, which is on no line before: add it")
            shown = tuple(typed(list[int], record["shown"], f"{where}: shown"))
            label = label_from_json(record["label"], comparisons[of], where)
            given.append(Given(typed(str, record["id"], f"{where}: id"), label, shown))
    return asked, given


# ---- JSON Lines -----------------------------------------------------------------------------------------
def _read_lines(path: Path) -> Iterator[tuple[str, Record]]:
    is_first = True
    for number, line in enumerate(read_plain(path, MOST_BYTES).split(b"\n"), 1):
        where = f"{path}, line {number}"
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            record = typed(dict, json.loads(text), where) if text.strip() else None
        except UnicodeDecodeError as error:
            raise ValueError(f"{where}: byte {error.start} is not UTF-8; save the file as UTF-8") from None
        except (RecursionError, json.JSONDecodeError):
            raise ValueError(f"{where} is no JSON: write one object a line") from None
        if record is None:
            continue
        if is_first:
            _check_format(record.get("format"), where)
            is_first = False
        else:
            yield where, record
    if is_first:
        raise ValueError(f'{path} is empty: its first line is {{"format": {FORMAT}}}')


# ---- Parquet --------------------------------------------------------------------------------------------
def _write_parquet(records: Sequence[Record], path: Path) -> None:
    arrow, parquet = _arrow("pyarrow"), _arrow("pyarrow.parquet")
    rows = [_to_row(record) for record in records]
    schema = _schema(arrow).with_metadata({_OF_FORMAT: str(FORMAT)})
    with replacing(path) as beside:
        parquet.write_table(arrow.Table.from_pylist(rows, schema=schema), beside, compression="zstd")


def _read_parquet(path: Path) -> Iterator[tuple[str, Record]]:
    arrow, parquet = _arrow("pyarrow"), _arrow("pyarrow.parquet")
    with path.open("rb") as file:
        try:
            opened = parquet.ParquetFile(file)
            schema, rows = opened.schema_arrow, opened.read().to_pylist()
        except (arrow.ArrowException, OSError) as error:
            said = str(error).splitlines()[0][:80]
            raise ValueError(f"{path} is no Parquet file, or damaged ({said}): name another one") from None
    told = (schema.metadata or {}).get(_OF_FORMAT, b"missing").decode("utf-8", "replace")
    _check_format(int(told) if told.isdecimal() else told, str(path))
    if not schema.equals(_schema(arrow)):
        raise ValueError(f"{path}: its columns are not those of format {FORMAT}: write it anew")
    for number, row in enumerate(rows):
        where = f"{path}, row {number}"
        yield where, _from_row(row, where)


def _schema(arrow: Any) -> Any:
    """One column for each field, of comparisons and of labels."""
    text, whole, real, truth = arrow.string(), arrow.int64(), arrow.float64(), arrow.bool_()
    columns = {
        "row": text, "id": text, "round": whole, "level": text, "kind": text, "items": text, "shown": text,
        "versions": text, "gold": text, "side_seed": whole, "comparison": text, "rater": text, "is_human": truth,
        "answer": text, "time": text, "seconds": real, "repeat_of": text, "is_gold": truth, "reason": text,
    }  # fmt: skip
    return arrow.schema(list(columns.items()))


def _to_row(record: Record) -> Record:
    kind = "comparison" if "comparison" in record else "label"
    flat = {**record[kind], **{name: value for name, value in record.items() if name != kind}}
    return {"row": kind} | {
        name: _json(value) if name in _NESTED[kind] else value for name, value in flat.items()
    }


def _from_row(row: Record, where: str) -> Record:
    kind = row.pop("row")
    if kind not in _NESTED:
        raise ValueError(f"{where}: row is {kind!r:.40}, allowed are {', '.join(_NESTED)}")
    beside = ("gold", "side_seed") if kind == "comparison" else ("id", "shown")
    fields = Comparison._fields if kind == "comparison" else Label._fields
    flat = {name: row[name] for name in (*fields, *beside)}
    for name in _NESTED[kind]:
        try:
            flat[name] = json.loads(typed(str, flat[name], f"{where}: {name}"))
        except (json.JSONDecodeError, RecursionError):
            raise ValueError(f"{where}: {name} is no JSON") from None
    return {kind: {name: flat[name] for name in fields}, **{name: flat[name] for name in beside}}


def _arrow(module: str) -> Any:
    try:
        return import_module(module)
    except ImportError:
        raise ImportError(_HINT) from None


# ---- both -----------------------------------------------------------------------------------------------
def _check_suffix(path: Path) -> None:
    if path.suffix not in SUFFIXES:
        raise ValueError(f"{path} ends in {path.suffix!r}, allowed are {' and '.join(SUFFIXES)}: rename it")


def _check_format(found: object, where: str) -> None:
    if type(found) is not int or found != FORMAT:
        is_newer = type(found) is int and found > FORMAT
        remedy = "use a newer version of social-rl" if is_newer else "name a file that was exported"
        raise ValueError(f"{where}: format is {found!r:.40}, this one reads {FORMAT}: {remedy}")


def _check_fields(record: Record, names: Sequence[str], where: str) -> None:
    if set(record) != set(names):
        raise ValueError(f"{where} has the fields {', '.join(record)[:80]}, allowed are {', '.join(names)}")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _counted(records: Sequence[Record]) -> str:
    """How many of each, people and synthetic raters apart."""
    labels = [record["label"] for record in records if "label" in record]
    people = sum(label["is_human"] for label in labels)
    return (
        f"{count(len(records) - len(labels), 'comparison')}, {count(people, 'label')} of people, "
        f"{len(labels) - people:,} of synthetic raters"
    )
