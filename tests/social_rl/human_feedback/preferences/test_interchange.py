"""Does a store come back from its files exactly, and is a file that does not fit refused as a whole?"""

import json

import pytest

from social_rl.cli import main
from social_rl.human_feedback.preferences import interchange
from social_rl.human_feedback.preferences.comparison import KINDS
from social_rl.human_feedback.preferences.interchange import read_records, records_of, write_records
from social_rl.human_feedback.preferences.store import open_store
from tests.social_rl.human_feedback.preferences.records import comparison, item, label
from tests.social_rl.human_feedback.preferences.test_comparison import ANSWERS


def filled(path):
    """A store with something of everything, people and synthetic raters in turn."""
    store = open_store(path)
    odd = comparison(
        "odd", items=(item("“ja”\n\u2028 🙂", far=0.1 + 0.2, near=-1e-300), item(far=3)), round=4
    )
    asked = [comparison(kind, kind) for kind in KINDS]
    asked = [one._replace(shown=one.shown[::-1]) for one in asked]
    store.ask([*asked, odd], {"choice": {"best": "tie"}}, seed=5)
    for number, kind in enumerate(KINDS):
        for i, answer in enumerate(ANSWERS[kind]):
            is_human = (number + i) % 2 == 0
            more = {"is_human": is_human, "seconds": 0.1 * i, "reason": "“so”\n", "is_gold": kind == "choice"}
            given = label(kind, f"{'p' if is_human else 's'}{i}", answer, **more)
            assert store.answer(f"{kind}-{i}", given, asked[number].shown)
            again = given._replace(repeat_of=f"{kind}-{i}")
            assert store.answer(f"{kind}-{i}-again", again, asked[number].shown[::-1])
    return store


def all_of(store):
    return store.asked(), store.given(human=True), store.given(human=False)


@pytest.fixture(params=[".jsonl", ".parquet"])
def suffix(request):
    if request.param == ".parquet":
        pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
    return request.param


def test_a_store_comes_back_exactly(tmp_path, suffix, capsys):
    store = filled(tmp_path / "one.sqlite")
    file, other = tmp_path / f"all{suffix}", tmp_path / "deep" / "other.sqlite"
    assert main(["rlhf", "export", str(tmp_path / "one.sqlite"), "--to", str(file)]) == 0
    labels = sum(len(answers) for answers in ANSWERS.values()) * 2
    people = len(store.labels(human=True))
    said = capsys.readouterr().out
    assert f"7 comparisons, {people} labels of people, {labels - people} of synthetic raters" in said
    assert main(["rlhf", "export", str(other), "--from", str(file)]) == 0
    assert f"7 new comparisons, {labels} new labels; 0 of the file were there" in capsys.readouterr().out
    copy = open_store(other)
    assert all_of(copy) == all_of(store)
    assert [copy.next_for(r) for r in ("p0", "new")] == [store.next_for(r) for r in ("p0", "new")]
    assert main(["rlhf", "export", str(other), "--to", str(tmp_path / f"again{suffix}")]) == 0
    assert (tmp_path / f"again{suffix}").read_bytes() == file.read_bytes(), "byte for byte"
    capsys.readouterr()
    assert main(["rlhf", "export", str(other), "--from", str(file)]) == 0
    assert f"0 new comparisons, 0 new labels; {7 + labels} of the file were there" in capsys.readouterr().out
    store.close()
    copy.close()


def test_both_formats_say_the_same(tmp_path):
    pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
    store = filled(tmp_path / "one.sqlite")
    records = records_of(store)
    store.close()
    for name in ("a.jsonl", "a.parquet"):
        write_records(records, tmp_path / name)
    assert read_records(tmp_path / "a.jsonl") == read_records(tmp_path / "a.parquet")


def test_other_programs_can_read_it(tmp_path):
    store = filled(tmp_path / "one.sqlite")
    write_records(records_of(store), tmp_path / "a.jsonl")
    store.close()
    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text(encoding="utf-8").split("\n")[:-1]]
    assert lines[0] == {"format": 1} and lines[1]["comparison"]["id"] == "choice"
    assert lines[1]["gold"] == {"best": "tie"}
    kinds = [line["label"]["is_human"] for line in lines if "label" in line]
    assert kinds == sorted(kinds, reverse=True), "people first"


def test_a_store_that_has_something_else_of_the_same_id_takes_nothing(tmp_path, capsys):
    filled(tmp_path / "one.sqlite").close()
    main(["rlhf", "export", str(tmp_path / "one.sqlite"), "--to", str(tmp_path / "a.jsonl")])
    other = open_store(tmp_path / "other.sqlite")
    other.ask([comparison("odd")])
    assert main(["rlhf", "export", str(tmp_path / "other.sqlite"), "--from", str(tmp_path / "a.jsonl")]) == 2
    assert "comparison 'odd' was asked with other content" in capsys.readouterr().err
    assert list(other.comparisons()) == ["odd"] and other.labels(human=True) == {}
    other.close()


def lines_of(path):
    store = filled(path / "one.sqlite")
    write_records(records_of(store), path / "a.jsonl")
    store.close()
    return (path / "a.jsonl").read_text(encoding="utf-8").split("\n")[:-1]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda lines: [], "is empty: its first line is"),
        (lambda lines: lines[1:], "line 1: format is None, this one reads 1: name a file that was exported"),
        (lambda lines: ['{"format": 2}', *lines[1:]], "format is 2, this one reads 1: use a newer version"),
        (lambda lines: ['{"format": true}', *lines[1:]], "format is True"),
        (lambda lines: [lines[0], "{", *lines[1:]], "line 2 is no JSON"),
        (lambda lines: [lines[0], "[" * 100_000], "line 2 is no JSON"),
        (lambda lines: [lines[0], "[]"], "line 2 is a list"),
        (lambda lines: [lines[0], lines[-1]], "line 2: comparison is 'demonstration', which is on no line before"),
        (lambda lines: [lines[0], lines[1].replace('"side_seed"', '"sideseed"')], "line 2 has the fields"),
        (lambda lines: [lines[0], lines[1].replace('"round": 0', '"round": NaN')], "'choice': round is nan"),
        (lambda lines: [lines[0], lines[1].replace('"tie"', '9')], "gold.best is 9"),
        (lambda lines: [lines[0], '{"comparison": 5, "gold": null, "side_seed": 0}'], "line 2 is 5"),
        (lambda lines: [lines[0], '{"label": 5, "id": "", "shown": []}'], "line 2: label is 5"),
    ],
)  # fmt: skip
def test_a_file_that_does_not_fit_is_refused_as_a_whole(tmp_path, capsys, change, said):
    lines = change(lines_of(tmp_path))
    (tmp_path / "b.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    assert main(["rlhf", "export", str(tmp_path / "new.sqlite"), "--from", str(tmp_path / "b.jsonl")]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
    if (tmp_path / "new.sqlite").exists():
        assert open_store(tmp_path / "new.sqlite").comparisons() == {}


def test_a_damaged_parquet_file_is_refused(tmp_path, capsys):
    arrow = pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
    from pyarrow import parquet

    store = filled(tmp_path / "one.sqlite")
    write_records(records_of(store), tmp_path / "a.parquet")
    store.close()
    whole = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(whole[:-10])
    (tmp_path / "flipped.parquet").write_bytes(whole[:40] + bytes(200) + whole[240:])
    parquet.write_table(arrow.table({"a": [1]}), tmp_path / "other.parquet")
    table = parquet.read_table(tmp_path / "a.parquet")
    later = {b"social_rl_preferences": b"2"}
    parquet.write_table(table.replace_schema_metadata(later), tmp_path / "later.parquet")
    parquet.write_table(table.drop(["gold"]), tmp_path / "less.parquet")
    bad = table.set_column(0, "row", arrow.array(["x"] * len(table)))
    parquet.write_table(bad.replace_schema_metadata(table.schema.metadata), tmp_path / "rows.parquet")
    for name, said in (
        ("cut", "is no Parquet file"),
        ("flipped", "or damaged"),
        ("other", "format is 'missing'"),
        ("later", "format is 2, this one reads 1: use a newer version"),
        ("less", "its columns are not those of format 1"),
        ("rows", "row 0: row is 'x', allowed are comparison, label"),
    ):
        file = str(tmp_path / f"{name}.parquet")
        assert main(["rlhf", "export", str(tmp_path / f"{name}.sqlite"), "--from", file]) == 2, name
        error = capsys.readouterr().err
        assert said in error and error.count("\n") == 1


def test_parquet_without_pyarrow_says_what_to_install(tmp_path, capsys, monkeypatch):
    filled(tmp_path / "one.sqlite").close()

    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(interchange, "import_module", missing)
    assert main(["rlhf", "export", str(tmp_path / "one.sqlite"), "--to", str(tmp_path / "a.parquet")]) == 2
    assert "Parquet needs the package pyarrow: pip install 'social-rl[curriculum]'" in capsys.readouterr().err
    assert not (tmp_path / "a.parquet").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("none.sqlite", "--to and --from: give one of them"),
        ("none.sqlite --to a.jsonl --from b.jsonl", "--to and --from: give one of them"),
        ("none.sqlite --to a.jsonl", "none.sqlite is not there: name a store"),
        ("none.sqlite --to a.csv", "a.csv ends in '.csv', allowed are .jsonl and .parquet"),
        ("none.sqlite --from b.jsonl", "b.jsonl"),
        ("mysql://h/d --to a.jsonl", "begins with 'mysql'"),
    ],
)
def test_bad_options_are_named(tmp_path, capsys, monkeypatch, options, said):
    monkeypatch.chdir(tmp_path)
    assert main(["rlhf", "export", *options.split()]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
