"""Where are comparisons and labels kept? In a database that only grows: what was acknowledged is on the disk.

    store = open_store("labels.sqlite")            # or postgresql+psycopg://user@host/database
    store.ask(comparisons)
    question = store.next_for("ann")               # None: nothing is left
    store.answer(uuid4().hex, label, question.comparison.shown)
    for comparison, label in store.judged(human=True): ...

Any number of processes may use one store at a time.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Row, Select, exists, func, select
from sqlalchemy.exc import DBAPIError

from social_rl.human_feedback.preferences.comparison import (
    Answer,
    Comparison,
    Kind,
    Label,
    check_answer,
    check_comparison,
    check_label,
    check_name,
    check_shown,
    comparison_from_json,
    comparison_to_json,
    label_from_json,
    label_to_json,
)
from social_rl.human_feedback.preferences.tables import COMPARISONS, LABELS, WRITES, is_there, opened, reason
from worlds.checks import check_number

REPEATS, GOLD = 0.1, 0.05  # shares of a rater's questions
APART = 5  # labels at least between an answer and its repetition
REPEATABLE = ("choice", "ranking", "progress", "vote")  # nobody types the same correction twice


class Asked(NamedTuple):
    """A comparison as it was asked."""

    comparison: Comparison
    gold: Answer | None  # the right answer, where it is known
    side_seed: int  # decides on which side whom is shown what


class Given(NamedTuple):
    """A label as it was given."""

    id: str
    label: Label
    shown: tuple[int, ...]  # order of the items on the screen of this rater


class Question(NamedTuple):
    """What a rater is to answer next; what is in it belongs into the label."""

    comparison: Comparison  # `shown` is the order for this rater
    repeat_of: str
    is_gold: bool


def open_store(where: str | Path) -> "Store":
    """The store at a path (SQLite) or URL, made if there is none.

    Raises:
        ValueError: the URL is none, or what is there is no store, or one of another version.
        OSError: the database cannot be reached or made.
        ImportError: the URL is of PostgreSQL, and psycopg is not installed.
    """
    return Store(*opened(where))


def existing_store(where: str | Path) -> "Store":
    """The store at a path or URL, as `open_store`, where a file of SQLite must be there already.

    Raises:
        ValueError: as `open_store`, or there is no such file.
    """
    if not is_there(where):
        raise ValueError(f"{where} is not there: name a store of comparisons")
    return open_store(where)


class Store:
    """Comparisons and labels in a database; safe in several threads and processes."""

    def __init__(self, engine: Engine, name: str) -> None:
        self.name = name
        self._engine = engine

    def close(self) -> None:
        """Give connections back; it may be used again."""
        self._engine.dispose()

    # ---- writing ----
    def ask(
        self, comparisons: Sequence[Comparison], gold: Mapping[str, Answer] | None = None, seed: int = 0
    ) -> int:
        """Keep comparisons, all or none; returns how many are new.

        Args:
            comparisons: to be asked. One that is kept already, with the same content, is passed over.
            gold: right answers by id of the comparison, where they are known.
            seed: of the sides on which raters see the items.

        Raises:
            ValueError: one is not as it should be, or its id was asked with other content.
            OSError: the database failed; nothing was kept.
        """
        known = gold or {}
        if unknown := known.keys() - {comparison.id for comparison in comparisons}:
            raise ValueError(
                f"gold names {sorted(unknown)[0]!r}, which is not among the comparisons: leave it out"
            )
        return self.take([Asked(c, known.get(c.id), _side_seed(seed, c.id)) for c in comparisons], [])[0]

    def answer(self, id: str, label: Label, shown: tuple[int, ...]) -> bool:
        """Keep a label; when this returns it is on the disk. Returns whether it is new.

        Args:
            id: unique, chosen by who answers; the same id with the same content again changes nothing.
            shown: order of the items on this rater's screen, `question.comparison.shown`.

        Raises:
            ValueError: it is no answer to its comparison; or the id was used for other content; or this rater answered
                the comparison already, and it is no repetition; or their labels are of the other kind.
            OSError: the database failed; nothing was kept.
        """
        return self.take([], [Given(id, label, shown)])[1] == 1

    def take(self, asked: Sequence[Asked], given: Sequence[Given]) -> tuple[int, int]:
        """Keep comparisons and then labels in one transaction, all or none; returns how many of each are new.

        Raises:
            ValueError: as `ask` and `answer`.
            OSError: the database failed; nothing was kept.
        """
        with self._transaction(writes=True) as connection:
            new_asked = sum([self._ask(connection, one) for one in asked])
            new_given = sum([self._answer(connection, one) for one in given])
        return new_asked, new_given

    def _ask(self, connection: Connection, asked: Asked) -> bool:
        comparison, gold, side_seed = asked
        check_comparison(comparison)
        where = f"comparison {comparison.id!r}"
        if gold is not None:
            check_answer(gold, comparison.kind, len(comparison.items), f"{where}: gold")
        check_number(f"{where}: side_seed", side_seed, 0, 2**63 - 1)
        found = connection.execute(select(COMPARISONS).where(COMPARISONS.c.id == comparison.id)).first()
        if found is not None:
            if self._asked(found)[:2] != asked[:2]:
                raise ValueError(f"{where} was asked with other content: give the new one an id of its own")
            return False
        values = _texts(comparison_to_json(comparison), ("items", "shown", "versions"))
        values |= {"gold": "" if gold is None else _text(gold), "side_seed": side_seed}
        connection.execute(COMPARISONS.insert().values(values))
        return True

    def _answer(self, connection: Connection, given: Given) -> bool:
        label = given.label
        where = f"label {given.id!r}"
        check_name("label: id", given.id)
        row = connection.execute(select(COMPARISONS).where(COMPARISONS.c.id == label.comparison)).first()
        if row is None:
            raise ValueError(f"{where}: comparison {label.comparison!r} was never asked: ask it first")
        asked = self._asked(row)
        check_label(label, asked.comparison)
        check_shown(f"{where}: shown", given.shown, len(asked.comparison.items))
        found = connection.execute(select(LABELS).where(LABELS.c.id == given.id)).first()
        if found is not None:
            if self._given(found, asked.comparison) != given:
                raise ValueError(f"{where} was given with other content: give the new one an id of its own")
            return False
        if label.is_gold != (asked.gold is not None):
            raise ValueError(
                f"{where}: is_gold is {label.is_gold}, its comparison's is {not label.is_gold}: take it"
            )
        self._check_rater(connection, label, where)
        values = _texts(label_to_json(label), ("answer",))
        connection.execute(LABELS.insert().values(id=given.id, shown=_text(given.shown), **values))
        return True

    def _check_rater(self, connection: Connection, label: Label, where: str) -> None:
        mine = LABELS.c.rater == label.rater
        other_kind = select(LABELS.c.id).where(mine, LABELS.c.is_human != label.is_human).limit(1)
        if connection.execute(other_kind).first() is not None:
            kind = "synthetic" if label.is_human else "human"
            raise ValueError(f"{where}: rater {label.rater!r} is {kind} in this store: name another rater")
        same = select(LABELS.c.id).where(mine, LABELS.c.comparison == label.comparison)
        if label.repeat_of:
            if connection.execute(same.where(LABELS.c.id == label.repeat_of)).first() is None:
                raise ValueError(
                    f"{where}: repeat_of is {label.repeat_of!r}, which is no label of {label.rater!r} on this "
                    "comparison: name an earlier one, or ''"
                )
        elif (earlier := connection.scalars(same.where(LABELS.c.repeat_of == "")).first()) is not None:
            raise ValueError(
                f"{where}: {label.rater!r} answered this comparison by label {earlier!r}: take the next question, or "
                "set repeat_of"
            )

    # ---- reading ----
    def comparisons(self, round: int | None = None, kind: Kind | None = None) -> dict[str, Comparison]:
        """Comparisons by id, in the order of asking, of one round or kind if it is named."""
        return {asked.comparison.id: asked.comparison for asked in self.asked(round, kind)}

    def asked(self, round: int | None = None, kind: Kind | None = None) -> list[Asked]:
        """Comparisons with their right answers, in the order of asking."""
        query = _of(select(COMPARISONS), round, kind).order_by(COMPARISONS.c.number)
        with self._transaction() as connection:
            return [self._asked(row) for row in connection.execute(query)]

    def labels(self, *, human: bool, round: int | None = None, kind: Kind | None = None) -> dict[str, Label]:
        """Labels by id, in the order of answering: those of people, or those of synthetic raters, never both.

        Raises:
            ValueError: `human` is neither True nor False.
        """
        return {given.id: given.label for _, given in self._answered(human, round, kind)}

    def judged(
        self, *, human: bool, round: int | None = None, kind: Kind | None = None
    ) -> list[tuple[Comparison, Label]]:
        """Labels with their comparisons, whose `shown` is what this rater saw, in the order of answering.

        Raises:
            ValueError: `human` is neither True nor False.
        """
        found = self._answered(human, round, kind)
        return [(comparison._replace(shown=given.shown), given.label) for comparison, given in found]

    def given(self, *, human: bool, round: int | None = None, kind: Kind | None = None) -> list[Given]:
        """Labels with their ids and sides, in the order of answering.

        Raises:
            ValueError: `human` is neither True nor False.
        """
        return [given for _, given in self._answered(human, round, kind)]

    def _answered(
        self, human: bool, round: int | None, kind: Kind | None
    ) -> Iterator[tuple[Comparison, Given]]:
        if type(human) is not bool:
            raise ValueError(
                f"human is {human!r}: labels of people and of synthetic raters are never mixed, ask for True or False"
            )
        query = _of(select(LABELS).join(COMPARISONS), round, kind)
        query = query.where(LABELS.c.is_human == human).order_by(LABELS.c.number)
        with self._transaction() as connection:
            rows = list(connection.execute(query))
        comparisons = self.comparisons(round, kind)  # labels never come before their comparisons
        return ((comparisons[row.comparison], self._given(row, comparisons[row.comparison])) for row in rows)

    # ---- asking ----
    def next_for(
        self, rater: str, *, round: int | None = None, kind: Kind | None = None, repeats: float = REPEATS,
        gold: float = GOLD, enough: int | None = None, without: Collection[str] = (),
    ) -> Question | None:  # fmt: skip
        """What this rater is to answer next; None when nothing is left.

        It depends on what is in the store alone: who asks again before answering gets the same, and whoever comes back
        goes on where they stopped. Which question is a repetition or a gold check is a fixed hash of the rater and the
        number of their labels; a repetition shows the items in the opposite order.

        Args:
            rater: name.
            round, kind: only these comparisons, if named.
            repeats, gold: shares of questions that repeat one of at least `APART` labels before, and that check an
                answer which is known.
            enough: a comparison that so many raters have answered is not asked any more.
            without: ids of comparisons that are not asked, not even once more.

        Raises:
            ValueError: a share is not from 0 to 1.
        """
        check_number("repeats", repeats, 0, 1, whole=False)
        check_number("gold", gold, 0, 1 - repeats, whole=False)
        with self._transaction() as connection:
            query = _of(select(LABELS, COMPARISONS.c.kind).join(COMPARISONS), round, kind)
            mine = list(connection.execute(query.where(LABELS.c.rater == rater).order_by(LABELS.c.number)))
            drawn = _share("what", rater, len(mine))
            again = _to_repeat(mine, rater) if drawn < repeats else None
            if again is not None and again.comparison not in without:
                row = connection.execute(
                    select(COMPARISONS).where(COMPARISONS.c.id == again.comparison)
                ).one()
                comparison = self._asked(row).comparison
                shown = tuple(reversed(json.loads(again.shown)))
                return Question(comparison._replace(shown=shown), again.id, again.is_gold)
            answered = exists().where(LABELS.c.comparison == COMPARISONS.c.id, LABELS.c.rater == rater)
            open_ones = _of(select(COMPARISONS).where(~answered), round, kind).order_by(COMPARISONS.c.number)
            open_ones = open_ones.where(COMPARISONS.c.id.not_in(without))
            checks = open_ones.where(COMPARISONS.c.gold != "").limit(1)
            others = open_ones.where(COMPARISONS.c.gold == "").limit(1)
            if enough is not None:
                count = select(func.count()).where(
                    LABELS.c.comparison == COMPARISONS.c.id, LABELS.c.repeat_of == ""
                )
                others = others.where(count.correlate(COMPARISONS).scalar_subquery() < enough)
            is_check = repeats <= drawn < repeats + gold
            row = connection.execute(checks if is_check else others).first()
            row = row or connection.execute(others if is_check else checks).first()
        if row is None:
            return None
        asked = self._asked(row)
        sides = sorted(asked.comparison.shown, key=lambda i: _share("side", asked.side_seed, rater, i))
        return Question(asked.comparison._replace(shown=tuple(sides)), "", asked.gold is not None)

    # ---- rows ----
    def _asked(self, row: Row[Any]) -> Asked:
        where = f"{self.name}: comparison {row.id!r}"
        record = _fields(row, Comparison._fields, ("items", "shown", "versions"), where)
        gold = _parsed(row.gold, f"{where}: gold") if row.gold else None
        return Asked(comparison_from_json(record, where), gold, row.side_seed)

    def _given(self, row: Row[Any], comparison: Comparison) -> Given:
        where = f"{self.name}: label {row.id!r}"
        record = _fields(row, Label._fields, ("answer",), where)
        shown = _parsed(row.shown, f"{where}: shown")
        return Given(row.id, label_from_json(record, comparison, where), tuple(shown))

    @contextmanager
    def _transaction(self, *, writes: bool = False) -> Iterator[Connection]:
        """All of it is kept, and on the disk, when this ends; or nothing."""
        try:
            with (
                self._engine.connect().execution_options(**{WRITES: writes}) as connection,
                connection.begin(),
            ):
                yield connection
        except DBAPIError as error:
            raise OSError(f"{self.name}: nothing was kept ({reason(error)}): see to the database") from error


def _of(query: Select[Any], round: int | None, kind: Kind | None) -> Select[Any]:
    """The rows of one round and of one kind, where they are named."""
    if round is not None:
        query = query.where(COMPARISONS.c.round == round)
    return query if kind is None else query.where(COMPARISONS.c.kind == kind)


def _to_repeat(mine: Sequence[Row[Any]], rater: str) -> Row[Any] | None:
    """One of a rater's labels that is long enough ago and was not repeated yet."""
    repeated = {row.repeat_of for row in mine}
    before = mine[: max(0, len(mine) - APART)]
    old = [row for row in before if not row.repeat_of and row.id not in repeated and row.kind in REPEATABLE]
    return old[int(_share("which", rater, len(mine)) * len(old))] if old else None


def _share(*parts: object) -> float:
    """A number from 0 to below 1 that looks drawn by chance and depends on the parts alone."""
    digest = hashlib.sha256("\0".join(map(str, parts)).encode()).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) / 2**53


def _side_seed(seed: int, id: str) -> int:
    digest = hashlib.sha256(f"{seed}\0{id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def _fields(row: Row[Any], names: Sequence[str], nested: Sequence[str], where: str) -> dict[str, Any]:
    values: dict[str, Any] = dict(row._mapping)
    return {
        name: _parsed(values[name], f"{where}: {name}") if name in nested else values[name] for name in names
    }


def _texts(record: Mapping[str, Any], nested: Sequence[str]) -> dict[str, Any]:
    return {name: _text(value) if name in nested else value for name, value in record.items()}


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError(f"{where} is no JSON: the database was changed by other hands") from None
