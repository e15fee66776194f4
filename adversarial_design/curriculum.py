"""Which levels taught a student, and in what order? A curriculum: a file of levels with scores and ancestors.

One line of JSON for each level (or one row of Parquet), in the order of birth:

    id, level       hash of the content, and the level as text
    parent, edit    id of the level it was made from, and how; "" for those that were drawn
    born            cycle in which it came first
    visits          [cycle, score, share solved] of each time that students trained on it; null where unknown
    replays         how often that was, after the first time
    solved          share of episodes solved, the last time it is known
    solvable, optimum, numbers    what the expert finds, and difficulty by name
    kind, seed, grammar, rules    kind of levels, seed of the run, versions of the language and of the rules
    coplayer        who plays beside the student, where that is a part of the level

It loads back as levels of its kind, in any order and in parts.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from adversarial_design.designer import LevelKind, Proposal, Rows, Scores
from adversarial_design.records import FORMAT, Record, check_record, read_record
from worlds.files import read_plain, replacing
from worlds.kernels import rules_version
from worlds.language.instructions import grammar_version
from worlds.typed import counted, typed, typed_fields

MOST_BYTES = 1 << 30  # of a file of JSON; larger curricula are kept as Parquet
_HINT = "Parquet needs the package pyarrow: pip install 'social-rl[curriculum]', or use the .jsonl file"


@dataclass
class Entry:
    """A level that students trained on."""

    level: str
    parent: str
    edit: str
    born: int
    visits: list[list[float | None]] = field(default_factory=list)


class Curriculum:
    """A record of the levels that students train on.

    Args:
        kind: of the levels.
        seed: of the run.
        capacity: how many levels it holds; beyond that, those with the fewest visits, then the oldest, are dropped.
        most: how many new levels of one proposal are taken in, for designers whose levels never come again.
    """

    def __init__(self, kind: LevelKind, seed: int = 0, capacity: int = 5000, most: int = 512) -> None:
        self.kind, self.seed, self.capacity, self.most = kind, seed, capacity, most
        self.entries: dict[str, Entry] = {}

    def note(self, proposal: Proposal, scores: Scores, cycle: int) -> None:
        """Take in a proposal, if students trained on it."""
        if not proposal.trains:
            return
        first = {name: row for row, name in reversed(list(enumerate(proposal.ids)))}
        new = sorted(row for name, row in first.items() if name not in self.entries)[: self.most]
        for row, text in zip(new, self.kind.write(proposal.levels[new]) if new else [], strict=True):
            born = int(proposal.born[row]) if len(proposal.born) else cycle
            entry = Entry(text, proposal.parents[row], proposal.edits[row], born)
            self.entries[proposal.ids[row]] = entry
        for name, row in first.items():
            if name in self.entries:
                visit = [cycle, _number(scores.value[row]), _number(scores.solved[row])]
                self.entries[name].visits.append(visit)
        if len(self.entries) > 2 * self.capacity:
            self._prune()

    def _prune(self) -> None:
        def worth(pair: tuple[str, Entry]) -> tuple[int, float]:
            return len(pair[1].visits), pair[1].visits[-1][0] or 0

        kept = dict(sorted(self.entries.items(), key=worth)[-self.capacity :])
        self.entries = {name: entry for name, entry in self.entries.items() if name in kept}

    def records(self) -> list[Record]:
        """All levels with what is known of them, in order of birth."""
        pairs = sorted(self.entries.items(), key=lambda pair: pair[1].born)
        if not pairs:
            return []
        levels = self.kind.read([entry.level for _, entry in pairs])
        facts = self.kind.facts(levels)
        beside = self.kind.coplayers(levels) if self.kind.coplayers else []
        versions = {
            "kind": self.kind.name, "seed": self.seed, "grammar": grammar_version(), "rules": rules_version(),
            "format": FORMAT,
        }  # fmt: skip
        found = []
        for row, (name, entry) in enumerate(pairs):
            solved = [visit[2] for visit in entry.visits if visit[2] is not None]
            known = {
                "replays": len(entry.visits) - 1, "solved": solved[-1] if solved else None,
                "solvable": bool(facts.solvable[row]), "optimum": _number(facts.optimum[row]),
                "numbers": {key: _number(values[row]) for key, values in facts.numbers.items()},
            }  # fmt: skip
            if beside:
                known["coplayer"] = beside[row]
            found.append({"id": name, **asdict(entry), **known, **versions})
        return found

    def save(self) -> bytes:
        """All that `restore` needs, as lines of JSON."""
        lines = (json.dumps([name, asdict(entry)]) for name, entry in self.entries.items())
        return "".join(f"{line}\n" for line in lines).encode()

    def restore(self, saved: bytes) -> None:
        """Become what was saved.

        Raises:
            ValueError: a line is no entry, or its text no level: names the line.
        """
        entries: dict[str, Entry] = {}
        for number, line in enumerate(saved.split(b"\n")[:-1], 1):
            where = f"curriculum.jsonl, line {number}"
            try:
                name, entry = typed(tuple[str, dict[str, Any]], json.loads(line.decode()), where)
                entries[name] = found = typed_fields(Entry, entry, where)
            except (RecursionError, json.JSONDecodeError, UnicodeDecodeError):
                raise ValueError(f"{where} is no JSON") from None
            counted(found.born, f"{where}: born")
            if not found.visits or any(len(visit) != 3 or visit[0] is None for visit in found.visits):
                raise ValueError(f"{where}: visits are no lists of [cycle, score, share solved]")
        self._check_levels(entries)
        self.entries = entries

    def _check_levels(self, entries: dict[str, Entry]) -> None:
        texts = [entry.level for entry in entries.values()]
        try:
            if texts:
                self.kind.read(texts)
        except ValueError:  # which one is it?
            for number, text in enumerate(texts, 1):
                try:
                    self.kind.read([text])
                except ValueError as error:
                    raise ValueError(f"curriculum.jsonl, line {number}: {error}") from None
            raise


def _number(value: float) -> float | None:
    return None if value != value else round(float(value), 6)


# ---- files ----------------------------------------------------------------------------------------------
def write_jsonl(records: Sequence[Record], path: Path) -> None:
    """One line for each level; a file that was there stays whole until the new one is.

    Raises:
        OSError: it cannot be written; then the old file is as it was.
    """
    with replacing(path) as beside, beside.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def write_parquet(records: Sequence[Record], path: Path) -> None:
    """One row for each level; visits and numbers as JSON.

    Raises:
        ImportError: pyarrow is not installed.
    """
    arrow, parquet = _arrow("pyarrow"), _arrow("pyarrow.parquet")
    rows = [
        {**record, **{key: json.dumps(record[key]) for key in ("visits", "numbers")}} for record in records
    ]
    with replacing(path) as beside:
        parquet.write_table(arrow.Table.from_pylist(rows), beside, compression="zstd", row_group_size=10_000)


def read_curriculum(path: Path) -> list[Record]:
    """All records of a file; lines of JSON may begin with a byte order mark, and empty lines are passed over.

    Raises:
        ValueError: this is no curriculum, or one of a later version: it names the line and the field.
        OSError: it cannot be read.
        ImportError: the file is Parquet, and pyarrow is not installed.
    """
    if path.suffix == ".parquet":
        return Opened(path).read(range(len(Opened(path))))
    records = []
    for number, line in enumerate(read_plain(path, MOST_BYTES).split(b"\n"), 1):
        where = f"{path}, line {number}"
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise ValueError(f"{where}: byte {error.start} is not UTF-8; save the file as UTF-8") from None
        if text.strip():
            records.append(read_record(text, where))
    return records


class Opened:
    """A curriculum of any length in Parquet: rows are read when they are asked for.

    Raises:
        ImportError: pyarrow is not installed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = _arrow("pyarrow.parquet").ParquetFile(path, memory_map=True)
        groups = [self._file.metadata.row_group(i).num_rows for i in range(self._file.num_row_groups)]
        self._ends = np.cumsum([0, *groups])

    def __len__(self) -> int:
        return int(self._ends[-1])

    def read(self, rows: Sequence[int]) -> list[Record]:
        """Some records, in the order asked for."""
        group = np.searchsorted(self._ends, rows, side="right") - 1
        found: dict[int, Record] = {}
        for number in np.unique(group):
            table = self._file.read_row_group(int(number))
            mine = [row for row, g in zip(rows, group, strict=True) if g == number]
            for row, record in zip(
                mine, table.take([r - self._ends[number] for r in mine]).to_pylist(), strict=True
            ):
                found[row] = _from_table(record, f"{self.path}, row {row}")
        return [found[row] for row in rows]


def _from_table(record: Record, where: str) -> Record:
    """A row of a table as a record; visits and numbers stand in it as JSON."""
    for key in ("visits", "numbers"):
        if not isinstance(record.get(key), str):
            raise ValueError(f"{where}: {key} is no text with JSON")
        try:
            record[key] = json.loads(record[key])
        except (ValueError, RecursionError):
            raise ValueError(f"{where}: {key} is no JSON") from None
    return check_record(record, where)


def levels_of(records: Sequence[Record], kind: LevelKind) -> Rows:
    """The levels of records, one to a row; for grids, rows of a bank.

    Raises:
        ValueError: a record is of another kind, or its text is no level.
    """
    for record in records:
        if record["kind"] != kind.name:
            raise ValueError(f"level {record['id']} is of kind {record['kind']!r}, not {kind.name!r}")
    return kind.read([record["level"] for record in records])


def shuffled(records: Sequence[Record], seed: int) -> list[Record]:
    """The same in an order that depends on the seed alone."""
    return [records[i] for i in np.random.default_rng(seed).permutation(len(records))]


def split(records: Sequence[Record], share: float, seed: int) -> tuple[list[Record], list[Record]]:
    """Two parts by chance, the first with this share of families, which stay together."""
    parent = {record["id"]: record["parent"] for record in records}

    def root(name: str) -> str:
        seen = set()
        while parent.get(name) and name not in seen:
            seen.add(name)
            name = parent[name]
        return name

    roots = sorted({root(record["id"]) for record in records})
    order = np.random.default_rng(seed).permutation(len(roots))
    first = {roots[i] for i in order[: round(share * len(roots))]}
    parts = [[r for r in records if (root(r["id"]) in first) == is_first] for is_first in (True, False)]
    return parts[0], parts[1]


def _arrow(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise ImportError(_HINT) from error
