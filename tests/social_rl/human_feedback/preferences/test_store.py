"""Does the store keep what it acknowledged, once, in order, whoever writes, and ask each rater what is left?"""

import json
import multiprocessing
import os
import pwd
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from social_rl.human_feedback.preferences.comparison import KINDS
from social_rl.human_feedback.preferences.store import APART, Given, existing_store, open_store
from tests.social_rl.human_feedback.preferences.records import comparison, item, label
from tests.social_rl.human_feedback.preferences.test_comparison import ANSWERS

LEFT_RIGHT = (0, 1)
SPAWN = multiprocessing.get_context("spawn")


def postgres_programs():
    """The folder of PostgreSQL's programs, None if there are none."""
    found = [
        Path(shutil.which("initdb") or "/none").resolve(),
        *sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")),
    ]
    return next((path.parent for path in found if path.exists()), None)


@pytest.fixture(scope="module")
def server():
    """The URL of a PostgreSQL server of our own, that listens on a socket in a folder alone."""
    pytest.importorskip("psycopg", reason="a store in PostgreSQL needs psycopg")
    programs = postgres_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed (initdb is not found)")
    user = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        names = [entry.pw_name for entry in pwd.getpwall()]
        if "postgres" not in names:
            pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
        user = {"user": "postgres", "group": "postgres"}
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    if user:
        shutil.chown(folder, "postgres", "postgres")
    data, log = folder / "data", folder / "log"
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "cwd": "/", **user}
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"], **quiet
    )
    # fsync is off here: a kill of a client loses nothing by it, and a machine that fails is not tried
    options = f"-c fsync=off -c listen_addresses='' -k {folder}"
    subprocess.run([programs / "pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start"], **quiet)
    yield f"postgresql+psycopg://postgres@/{{}}?host={folder}"
    subprocess.run([programs / "pg_ctl", "-D", data, "-m", "fast", "stop"], **quiet)
    shutil.rmtree(folder)


DATABASES = iter(range(1000))


def new_database(server):
    import psycopg

    name = f"store{next(DATABASES)}"
    admin = server.format("postgres").replace("+psycopg", "")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.format(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request, tmp_path):
    if request.param == "sqlite":
        return str(tmp_path / "labels.sqlite")
    return new_database(request.getfixturevalue("server"))


@pytest.fixture
def store(where):
    made = open_store(where)
    yield made
    made.close()


def test_what_was_asked_and_answered_comes_back_in_order(store, where):
    asked = [
        comparison(f"{kind}{i}", kind, round=i, items=None)
        for i, kind in enumerate(KINDS)
    ]  # fmt: skip
    asked[0] = comparison("choice0", items=(item("“ja” — ok\n", far=0.1 + 0.2, near=-1e-300), item(far=3)))
    assert store.ask(asked, {"vote3": {"vote": 1}}) == 6
    given = []
    for kind in reversed(KINDS):
        one = next(c for c in asked if c.kind == kind)
        for i, answer in enumerate(ANSWERS[kind]):
            more = {"seconds": 0.1 + 0.2, "reason": "“so”", "is_gold": kind == "vote"}
            given.append(Given(f"{kind}-{i}", label(one.id, f"r{i}", answer, **more), one.shown))
            assert store.answer(*given[-1])
    for again in (store, existing_store(where)):
        assert list(again.comparisons().values()) == asked
        assert [row.gold for row in again.asked()] == [None, None, None, {"vote": 1}, None, None]
        assert again.given(human=True) == given
        assert again.labels(human=True) == {one.id: one.label for one in given}
        assert again.labels(human=False) == {}
        assert [c.id for c, _ in again.judged(human=True, kind="vote")] == ["vote3", "vote3"]
        again.close()  # it may be used again
        assert list(again.labels(human=True, round=0)) == ["choice-0", "choice-1", "choice-2", "choice-3"]
        assert (
            list(again.comparisons(round=2)) == ["progress2"]
            and again.comparisons(round=2, kind="vote") == {}
        )
        again.close()


def test_the_same_again_changes_nothing_and_other_content_is_refused(store):
    assert store.ask([comparison()]) == 1 and store.ask([comparison()]) == 0
    with pytest.raises(ValueError, match="comparison 'c0' was asked with other content"):
        store.ask([comparison("new"), comparison(level="other")])
    assert list(store.comparisons()) == ["c0"], "all or none"
    with pytest.raises(ValueError, match="other content"):
        store.ask([comparison()], {"c0": {"best": 1}})
    assert store.answer("l0", label(), LEFT_RIGHT) and not store.answer("l0", label(), LEFT_RIGHT)
    for other, shown in (
        (label(answer={"best": 1}), LEFT_RIGHT),
        (label(), (1, 0)),
        (label(reason="x"), LEFT_RIGHT),
    ):
        with pytest.raises(ValueError, match="label 'l0' was given with other content"):
            store.answer("l0", other, shown)
    assert store.labels(human=True) == {"l0": label()}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"comparison": "c9"}, "comparison 'c9' was never asked: ask it first"),
        ({"answer": {"best": 5}}, "answer.best is 5"),
        ({"is_gold": True}, "is_gold is True, its comparison's is False"),
        ({"repeat_of": "l9"}, "repeat_of is 'l9', which is no label of 'ann'"),
        ({}, "'ann' answered this comparison by label 'l0'"),
        ({"comparison": "c1", "is_human": False}, "rater 'ann' is human in this store"),
        ({"comparison": "c1", "repeat_of": "l0"}, "no label of 'ann' on this comparison"),
        ({"rater": "bob", "repeat_of": "l0"}, "no label of 'bob'"),
    ],
)
def test_a_label_that_does_not_fit_is_refused(store, change, said):
    store.ask([comparison(), comparison("c1")])
    store.answer("l0", label(), LEFT_RIGHT)
    with pytest.raises(ValueError, match=said):
        store.answer("l1", label()._replace(**change), LEFT_RIGHT)
    assert list(store.labels(human=True)) == ["l0"]


def test_wrong_ids_sides_and_golds_are_refused(store):
    store.ask([comparison()])
    for id, shown, said in (
        ("", LEFT_RIGHT, "id is ''"),
        ("l", (0, 2), "shown is"),
        ("a\0", LEFT_RIGHT, "NUL"),
    ):
        with pytest.raises(ValueError, match=said):
            store.answer(id, label(), shown)
    with pytest.raises(ValueError, match=r"gold\.best is 7"):
        store.ask([comparison("c1")], {"c1": {"best": 7}})
    with pytest.raises(ValueError, match="gold names 'c2', which is not among"):
        store.ask([comparison("c1")], {"c2": {"best": 0}})


def test_people_and_synthetic_raters_are_never_mixed(store):
    store.ask([comparison()])
    store.answer("l0", label(), LEFT_RIGHT)
    store.answer("l1", label(rater="boltzmann", is_human=False), LEFT_RIGHT)
    assert list(store.labels(human=True)) == ["l0"] and list(store.labels(human=False)) == ["l1"]
    for wrong in (None, "both", 1):
        for read in (store.labels, store.judged, store.given):
            with pytest.raises(ValueError, match="never mixed, ask for True or False"):
                read(human=wrong)
    with pytest.raises(TypeError):
        store.labels()


def test_rows_are_never_changed_or_removed(store):
    store.ask([comparison()])
    store.answer("l0", label(), LEFT_RIGHT)
    acts = [
        *(f"UPDATE {table} SET {column} = {column}" for table, column in
          (("labels", "answer"), ("comparisons", "items"), ("store_version", "version"))),
        *(f"DELETE FROM {table}" for table in ("labels", "comparisons", "store_version")),
    ]  # fmt: skip
    if store._engine.dialect.name == "sqlite":
        columns = "number, id, comparison, rater, is_human, answer, time, seconds, repeat_of, is_gold, reason, shown"
        over = "'l0', 'c0', 'eve', 1, '{}', '', 0, '', 0, '', ''"
        acts += [
            f"INSERT OR REPLACE INTO labels ({columns}) VALUES (9, {over})",
            f"INSERT OR REPLACE INTO labels ({columns}) VALUES (1, {over.replace('l0', 'l9')})",
            f"REPLACE INTO labels ({columns}) VALUES (9, {over.replace('l0', 'l9').replace('eve', 'ann')})",
            "INSERT OR REPLACE INTO store_version VALUES (2)",
        ]
    else:
        acts += ["TRUNCATE labels", "TRUNCATE comparisons CASCADE", "TRUNCATE store_version"]
    for act in acts:
        with pytest.raises(DBAPIError, match="append-only"), store._engine.begin() as connection:
            connection.execute(text(act))
    assert store.labels(human=True) == {"l0": label()}


def test_sqlite_is_set_to_lose_nothing(tmp_path):
    store = open_store(tmp_path / "deep" / "s.sqlite")
    with store._engine.connect() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in
                 ("journal_mode", "synchronous", "foreign_keys")}  # fmt: skip
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    assert {
        path.name.removesuffix("-wal").removesuffix("-shm") for path in (tmp_path / "deep").iterdir()
    } == {"s.sqlite"}, "nothing is left beside it"
    store.close()


# ---- who writes at once ----------------------------------------------------------------------------------
def answer_many(where, rater, count):
    store = open_store(where)
    store.ask([comparison(f"c{i}") for i in range(count)])
    for i in range(count):
        store.answer(f"{rater}-{i}", label(f"c{i}", rater), LEFT_RIGHT)
        store.answer("shared-" + str(i), label(f"c{i}", "all", reason=str(i)), LEFT_RIGHT)
    store.close()


def test_four_processes_lose_nothing_and_keep_nothing_twice(where):
    """They make the store, ask the same, and give labels of their own and the same ones, all at once."""
    workers = [SPAWN.Process(target=answer_many, args=(where, f"r{k}", 50)) for k in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(110)
    assert [worker.exitcode for worker in workers] == [0] * 4
    store = existing_store(where)
    ids = [given.id for given in store.given(human=True)]
    assert sorted(ids) == sorted(
        [f"r{k}-{i}" for k in range(4) for i in range(50)] + [f"shared-{i}" for i in range(50)]
    )
    assert len(store.comparisons()) == 50
    store.close()


ENDLESS = """
import sys
from itertools import count
from social_rl.human_feedback.preferences.store import open_store
from tests.social_rl.human_feedback.preferences.records import comparison, label
store = open_store(sys.argv[1])
for i in count():
    store.take([], []) if i else store.ask([comparison()])
    store.answer(f"l{i}", label(rater=f"r{i}"), (0, 1))
    print(i, flush=True)
"""


def test_what_was_acknowledged_outlives_a_kill(where):
    for least in (1, 30):
        worker = subprocess.Popen(
            [sys.executable, "-c", ENDLESS, where], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        acknowledged = -1
        while acknowledged < least:
            line = worker.stdout.readline()
            assert line, worker.stderr.read()
            acknowledged = int(line)
        worker.send_signal(signal.SIGKILL)
        rest, _ = worker.communicate()
        acknowledged = max([acknowledged, *(int(line) for line in rest.split("\n")[:-1])])
        store = existing_store(where)
        kept = [int(given.id[1:]) for given in store.given(human=True)]
        assert kept == list(range(len(kept))) and len(kept) >= acknowledged + 1
        store.close()


# ---- what is refused -------------------------------------------------------------------------------------
def test_another_version_is_refused_in_a_sentence(tmp_path):
    path = tmp_path / "s.sqlite"
    open_store(path).close()
    for version, remedy in ((2, "use a newer version of social-rl"), (0, "name another one")):
        with sqlite3.connect(path) as raw:
            raw.execute("DROP TRIGGER IF EXISTS store_version_no_update")
            raw.execute("UPDATE store_version SET version = ?", (version,))
        raw.close()
        with pytest.raises(
            ValueError, match=f"version of the store is {version}, this one reads 1: {remedy}"
        ):
            open_store(path)


def test_what_is_no_store_is_refused(tmp_path):
    (tmp_path / "text").write_text("not a database, but long enough to look like something" * 50)
    raw = sqlite3.connect(tmp_path / "other")
    raw.execute("CREATE TABLE labels (id)")
    raw.close()
    for where, said in (
        (tmp_path / "text", "is no SQLite database"),
        (tmp_path / "other", "is a database, but no store of comparisons"),
        ("mysql://me:secret@host/db", "begins with 'mysql'"),
        ("postgresql://host/db", r"begins with 'postgresql', allowed are .* postgresql\+psycopg://"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        (":memory:", "name a file"),
        ("", "name a file"),
        ("://", "URL cannot be read"),
    ):
        with pytest.raises(ValueError, match=said) as caught:
            open_store(where)
        assert "secret" not in str(caught.value)
    with pytest.raises(ValueError, match="is not there: name a store"):
        existing_store(tmp_path / "none")
    assert not (tmp_path / "none").exists()
    with pytest.raises(OSError, match="cannot be opened"):
        open_store(tmp_path)


def test_a_database_that_cannot_be_reached_is_named_without_its_password(tmp_path):
    pytest.importorskip("psycopg")
    with pytest.raises(OSError, match="cannot be opened") as caught:
        open_store(f"postgresql+psycopg://me:secret@/db?host={tmp_path}")
    assert "secret" not in str(caught.value)


def test_a_row_that_was_changed_by_other_hands_is_named(tmp_path):
    store = open_store(tmp_path / "s.sqlite")
    store.ask([comparison()])
    store.answer("l0", label(), LEFT_RIGHT)
    for column, value, said in (
        ("answer", "{", "label 'l0': answer is no JSON"),
        ("answer", '{"best": 9}', "label 'l0': .*answer.best is 9"),
    ):
        with sqlite3.connect(tmp_path / "s.sqlite") as raw:
            raw.execute("DROP TRIGGER IF EXISTS labels_no_update")
            raw.execute(f"UPDATE labels SET {column} = ?", (value,))
        raw.close()
        with pytest.raises(ValueError, match=said):
            store.labels(human=True)
    store.close()


# ---- what comes next -------------------------------------------------------------------------------------
def answered(store, rater, most=1000, **options):
    """All questions until nothing is left, answered."""
    questions, begun = [], len(store.labels(human=True))
    while (question := store.next_for(rater, **options)) is not None and len(questions) < most:
        assert store.next_for(rater, **options) == question, "asking again is no answer"
        questions.append(question)
        one = question.comparison
        given = label(one.id, rater, repeat_of=question.repeat_of, is_gold=question.is_gold)
        assert store.answer(f"{rater}-{len(questions) - 1 + begun}", given, one.shown)
    return questions


def test_a_rater_is_asked_everything_with_repeats_and_gold_checks(store):
    asked = [comparison(f"c{i:03}", items=[item(), item()]) for i in range(120)]
    gold = {f"c{i:03}": {"best": 1} for i in range(20)}
    store.ask(asked, gold)
    questions = answered(store, "ann")
    first = [q for q in questions if not q.repeat_of]
    assert sorted(q.comparison.id for q in first) == [c.id for c in asked], "each once"
    assert {q.comparison.id for q in first if q.is_gold} == set(gold)
    repeats = [(place, q) for place, q in enumerate(questions) if q.repeat_of]
    share = len(repeats) / len(questions)
    assert abs(share - 0.1) < 4 * (0.1 * 0.9 / len(questions)) ** 0.5, "four standard errors"
    place_of = {f"ann-{place}": place for place in range(len(questions))}
    for place, question in repeats:
        before = questions[place_of[question.repeat_of]]
        assert before.comparison.id == question.comparison.id and not before.repeat_of
        assert question.comparison.shown == before.comparison.shown[::-1], "the other way round"
        assert place - place_of[question.repeat_of] > APART - 1
    assert len({q.repeat_of for _, q in repeats}) == len(repeats), "none is repeated twice"
    early = [q for q in questions[:100] if q.is_gold and not q.repeat_of]
    assert 0 < len(early) < 15, "gold checks are spread, about 5 in 100"
    left = sum(q.comparison.shown == (0, 1) for q in first)
    assert abs(left - 60) < 4 * (120 / 4) ** 0.5, "sides are as by a fair coin"
    assert store.next_for("ann") is None


def test_raters_see_sides_and_repeats_of_their_own_and_go_on_after_a_break(where):
    store = open_store(where)
    store.ask([comparison(f"c{i}") for i in range(40)])
    some = answered(store, "ann", most=15)
    coming = store.next_for("ann")
    others = answered(store, "bob")
    store.close()
    again = open_store(where)
    assert again.next_for("ann") == coming, "whatever others did"
    rest = answered(again, "ann")
    sides = {rater: {q.comparison.id: q.comparison.shown for q in asked if not q.repeat_of} for rater, asked in
             {"ann": some + rest, "bob": others}.items()}  # fmt: skip
    assert sides["ann"].keys() == sides["bob"].keys() and sides["ann"] != sides["bob"]
    seen = {(c.id, given.rater, given.repeat_of): c.shown for c, given in again.judged(human=True)}
    assert all(seen[id, "ann", ""] == shown for id, shown in sides["ann"].items()), (
        "the order is kept with the label"
    )
    again.close()


def test_rounds_kinds_and_how_many_are_enough(store):
    store.ask([comparison("a", round=0), comparison("b", round=1), comparison("v", "vote", round=1)])
    assert store.next_for("ann", round=1).comparison.id == "b"
    assert store.next_for("ann", kind="vote").comparison.id == "v"
    assert store.next_for("ann", round=7) is None
    store.answer("l0", label("a", "ann"), LEFT_RIGHT)
    store.answer("l1", label("a", "bob"), LEFT_RIGHT)
    assert store.next_for("cat", enough=3).comparison.id == "a"
    assert store.next_for("cat", enough=2).comparison.id == "b"
    for wrong in ({"repeats": 1.5}, {"repeats": 0.5, "gold": 0.6}, {"gold": float("nan")}):
        with pytest.raises(ValueError, match=r"(repeats|gold) is"):
            store.next_for("ann", **wrong)


def test_shares_of_zero_ask_each_once_and_corrections_are_not_repeated(store):
    store.ask([comparison(f"c{i}") for i in range(30)])
    assert not any(q.repeat_of for q in answered(store, "ann", repeats=0, gold=0))
    store.ask([comparison(f"k{i}", "correction") for i in range(30)])
    for i in range(30):
        question = store.next_for("bob", kind="correction", repeats=0.9, gold=0)
        assert question.repeat_of == ""
        given = label(question.comparison.id, "bob", {"text": "better"})
        store.answer(f"b{i}", given, question.comparison.shown)


def test_a_store_reads_like_json_where_it_is_nested(tmp_path):
    """Any program that speaks SQL can read it."""
    store = open_store(tmp_path / "s.sqlite")
    store.ask([comparison()])
    store.close()
    raw = sqlite3.connect(tmp_path / "s.sqlite")
    items, shown = raw.execute("SELECT items, shown FROM comparisons").fetchone()
    raw.close()
    assert json.loads(items)[1]["features"] == {"worth": 1.0} and json.loads(shown) == [0, 1]
