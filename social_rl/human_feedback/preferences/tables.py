"""How are comparisons and labels laid out in a database? Tables, what keeps them append-only, and how one is opened.

    store_version   one row: the version of this layout
    comparisons     one row each, with the gold answer ("" none) and the seed of the sides, in the order of asking
    labels          one row each, with the sides as this rater saw them, in the order of answering

A new SQLite file is made beside its place and gets its name when it is whole, so a store exists whole or not at all.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Double,
    Engine,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
    inspect,
    select,
    text,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from worlds.files import sync_folder

VERSION = 1  # of this layout
WAIT = 60  # seconds that a writer waits for the others
SQLITE, POSTGRES = "sqlite", "postgresql+psycopg"
WRITES = "writes"  # execution option of a connection whose transaction will write
_LOCK = 7220011  # of PostgreSQL's advisory locks, that whoever writes holds
_REASON = 200  # characters of a database's own words that an error repeats

METADATA = MetaData()
_NUMBER = BigInteger().with_variant(Integer, SQLITE)

STORE_VERSION = Table("store_version", METADATA, Column("version", Integer, primary_key=True))
COMPARISONS = Table(
    "comparisons",
    METADATA,
    Column("number", _NUMBER, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("round", Integer, nullable=False, index=True),
    Column("level", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("items", Text, nullable=False),
    Column("shown", Text, nullable=False),
    Column("versions", Text, nullable=False),
    Column("gold", Text, nullable=False),
    Column("side_seed", BigInteger, nullable=False),
)
LABELS = Table(
    "labels",
    METADATA,
    Column("number", _NUMBER, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("comparison", Text, ForeignKey("comparisons.id"), nullable=False, index=True),
    Column("rater", Text, nullable=False),
    Column("is_human", Boolean, nullable=False),
    Column("answer", Text, nullable=False),
    Column("time", Text, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("repeat_of", Text, nullable=False),
    Column("is_gold", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("shown", Text, nullable=False),
)
_FIRST = text("repeat_of = ''")
Index("labels_rater", LABELS.c.rater, LABELS.c.is_human)
Index(
    "labels_once",
    LABELS.c.comparison,
    LABELS.c.rater,
    unique=True,
    sqlite_where=_FIRST,
    postgresql_where=_FIRST,
)

_NEVER = "a store is append-only: rows are never changed or removed"
# `INSERT OR REPLACE` removes rows without a trigger for DELETE, so inserts over a row are refused as well.
_SQLITE_TRIGGERS = [
    *(
        f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} BEGIN SELECT RAISE(ABORT, '{_NEVER}'); END"
        for table in METADATA.tables
        for act in ("UPDATE", "DELETE")
    ),
    *(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN EXISTS "
        f"(SELECT 1 FROM {table} WHERE {same}) BEGIN SELECT RAISE(ABORT, '{_NEVER}'); END"
        for table, same in {
            "store_version": "true",
            "comparisons": "id = NEW.id OR number = NEW.number",
            "labels": "id = NEW.id OR number = NEW.number OR "
            "(NEW.repeat_of = '' AND repeat_of = '' AND comparison = NEW.comparison AND rater = NEW.rater)",
        }.items()
    ),
]
_POSTGRES_TRIGGERS = [
    f"CREATE FUNCTION store_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{_NEVER}'; END $$",
    *(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION store_is_append_only()"
        for table in METADATA.tables
    ),
]


def opened(where: str | Path) -> tuple[Engine, str]:
    """An engine on the store at a path or URL, which is made if there is none, and its name for people.

    Raises:
        ValueError: the URL is none, or what is there is no store, or one of another version.
        OSError: the database cannot be reached or made.
        ImportError: the URL is of PostgreSQL, and psycopg is not installed.
    """
    url = url_of(where)
    name = url.database if url.drivername == SQLITE else url.render_as_string(hide_password=True)
    assert name is not None
    try:
        if url.drivername == SQLITE and not Path(name).exists():
            _make_file(Path(name))
        engine = _sqlite_engine(Path(name)) if url.drivername == SQLITE else _postgres_engine(url)
        try:
            if url.drivername == POSTGRES:
                with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
                    _make_in_postgres(connection, name)
            _check_version(engine, name)
        except BaseException:
            engine.dispose()
            raise
    except DBAPIError as error:
        if isinstance(error.orig, sqlite3.DatabaseError) and "not a database" in str(error.orig):
            raise ValueError(f"{name} is no SQLite database: name another file") from None
        raise OSError(f"{name} cannot be opened ({reason(error)}): see that it can be reached") from None
    except sqlite3.Error as error:
        raise OSError(f"{name} cannot be made ({error}): name another file") from None
    return engine, name


def is_there(where: str | Path) -> bool:
    """Is there a file of this name? A database on a server is asked when it is opened.

    Raises:
        ValueError: the URL is none.
    """
    url = url_of(where)
    return url.drivername != SQLITE or Path(str(url.database)).exists()


def url_of(where: str | Path) -> URL:
    """The URL of a store; a path is a file of SQLite.

    Raises:
        ValueError: it is none of those.
    """
    given = str(where)
    if isinstance(where, Path) or "://" not in given:
        if not given or given in (".", ":memory:"):
            raise ValueError(f"store is {given!r}: name a file, such as labels.sqlite")
        return URL.create(SQLITE, database=given)
    try:
        url = make_url(given)
    except (ArgumentError, ValueError):
        raise ValueError("store: its URL cannot be read; give sqlite:///path or a path") from None
    shown = url.render_as_string(hide_password=True)
    if url.drivername not in (SQLITE, POSTGRES):
        raise ValueError(
            f"store {shown} begins with {url.drivername!r}, allowed are a path, {SQLITE}:///path and "
            f"{POSTGRES}://user@host/database"
        )
    if url.drivername == SQLITE and (url.database in (None, "", ":memory:") or url.query):
        raise ValueError(f"store {shown} names no file: give sqlite:///labels.sqlite")
    return url


def reason(error: SQLAlchemyError) -> str:
    """The first line of what a database said."""
    said = str(getattr(error, "orig", None) or error).strip().splitlines() or ["no reason given"]
    return said[0][:_REASON]


# ---- SQLite ---------------------------------------------------------------------------------------------
def _sqlite_engine(path: Path) -> Engine:
    engine = create_engine(URL.create(SQLITE, database=str(path)), connect_args={"timeout": WAIT})

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions begin where the listener below says so
        for setting in ("foreign_keys = ON", "synchronous = FULL", "recursive_triggers = ON"):
            connection.execute(f"PRAGMA {setting}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # Whoever reads first and writes later may find that another one wrote in between, and fails.
        writes = connection.get_execution_options().get(WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _make_file(path: Path) -> None:
    """Make a store beside its place and give it its name, unless another process was faster."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(beside)) as plain:
            plain.execute("PRAGMA journal_mode = WAL")  # stays with the file
        engine = _sqlite_engine(beside)
        with engine.begin() as connection:
            _make_tables(connection, _SQLITE_TRIGGERS)
        engine.dispose()  # the last connection writes the log into the file
        try:
            os.link(beside, path)
        except FileExistsError:
            return
        sync_folder(path.parent)
    finally:
        for name in (beside, *(beside.with_name(beside.name + end) for end in ("-wal", "-shm"))):
            name.unlink(missing_ok=True)


# ---- PostgreSQL -----------------------------------------------------------------------------------------
def _postgres_engine(url: URL) -> Engine:
    try:
        engine = create_engine(url, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise ImportError(
            f"a store in PostgreSQL needs the package {error.name}: pip install 'psycopg[binary]'"
        ) from None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # As in SQLite, one writes at a time: what was checked is still so when the row is added.
        if connection.get_execution_options().get(WRITES):
            connection.exec_driver_sql("SET LOCAL synchronous_commit = on")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")

    return engine


def _make_in_postgres(connection: Connection, name: str) -> None:
    """Make the tables in an empty database; the others wait."""
    there = set(inspect(connection).get_table_names())
    if STORE_VERSION.name in there:
        return
    if taken := sorted(there & set(METADATA.tables)):
        raise ValueError(f"{name} has a table {taken[0]} that is not a store's: name an empty database")
    _make_tables(connection, _POSTGRES_TRIGGERS)


# ---- both -----------------------------------------------------------------------------------------------
def _make_tables(connection: Connection, triggers: list[str]) -> None:
    METADATA.create_all(connection)
    connection.execute(STORE_VERSION.insert().values(version=VERSION))
    for statement in triggers:
        connection.exec_driver_sql(statement)


def _check_version(engine: Engine, name: str) -> None:
    with engine.connect() as connection:
        there = inspect(connection).get_table_names()
        if STORE_VERSION.name not in there:
            raise ValueError(f"{name} is a database, but no store of comparisons: name another one")
        found = list(connection.scalars(select(STORE_VERSION.c.version)))
    if found != [VERSION]:
        said = ", ".join(map(str, found)) or "missing"
        remedy = "use a newer version of social-rl" if found and max(found) > VERSION else "name another one"
        raise ValueError(f"{name}: version of the store is {said}, this one reads {VERSION}: {remedy}")
