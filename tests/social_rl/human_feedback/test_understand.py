"""Are answers to free wordings judged by what they mean, counted by kind, and written with the rows that failed?"""

import json
import math
from pathlib import Path

import pytest

from social_rl.cli import main
from social_rl.evaluation.statistics import wilson
from social_rl.human_feedback.understand import figures, grammar, judge
from worlds.language.wordings import SPLITS, Wording, wordings

ROWS = (
    Wording("kill the light", "switch off the lamp", "switch off"),
    Wording("no more tv", "switch off the television", "switch off"),
    Wording("do it", "ask", "ask"),
    Wording("fly", "cannot", "cannot"),
)


def given(*answers):
    return lambda texts: list(answers)


def test_an_answer_is_right_if_its_goal_is_the_one_that_was_meant():
    answered = judge(given("turn the light off", "switch off the stove", " ask\n", "flap your wings"), ROWS)
    assert [one.is_right for one in answered] == [True, False, True, False]
    assert [one.parses for one in answered] == [True, True, True, False]
    assert [one.is_misunderstood for one in answered] == [False, True, False, False]


def test_order_and_quantity_are_part_of_a_goal():
    row = Wording("cups, then hall", "put every cup on the table, then go to the hall", "several")
    answers = (
        "put the cups on the table, then go to the hall",
        "put every cup on the table and go to the hall",
        "put the cup on the table, then go to the hall",
    )
    assert [judge(given(answer), [row])[0].is_right for answer in answers] == [True, False, False]


def test_shares_are_counted_over_the_rows_they_are_about():
    found = figures(judge(given("switch off the lamp", "ask", "ask", ""), ROWS))
    assert found["rows"] == 4
    assert found["accuracy"] == 2 / 4 and found["parse_rate"] == 3 / 4
    assert found["asked_needlessly"] == 1 / 2, "of the two rows that mean an instruction"
    assert found["misunderstood"] == 0
    assert found["accuracy_by_kind"] == {"ask": 1, "cannot": 0, "switch off": 1 / 2}
    assert found["rows_by_kind"] == {"ask": 1, "cannot": 1, "switch off": 2}
    assert found["intervals"]["accuracy"] is None, "of fewer than five rows"
    assert found["failed"] == [
        {"text": "no more tv", "meaning": "switch off the television", "kind": "switch off", "answer": "ask"},
        {"text": "fly", "meaning": "cannot", "kind": "cannot", "answer": ""},
    ]


def test_intervals_are_those_of_wilson():
    rows = [*ROWS, *ROWS]
    found = figures(judge(given(*["ask"] * 8), rows))
    assert found["accuracy"] == 2 / 8
    assert found["intervals"]["accuracy"] == list(wilson(2 / 8, 8))
    assert not any(math.isnan(value) for value in found["intervals"]["parse_rate"])


def test_rows_of_questions_alone_leave_no_share_of_needless_ones():
    found = figures(judge(given("ask"), [ROWS[2]]))
    assert found["asked_needlessly"] is None and found["accuracy"] == 1


def test_there_is_an_answer_for_each_wording():
    with pytest.raises(ValueError, match="1 answers to 4 wordings"):
        judge(given("ask"), ROWS)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("please turn the light off", "switch off the lamp"),
        ("put it on the table", "ask"),
        ("go to the seat", "ask"),
        ("put the orange in/on the box", "ask"),
        ("switch on the lamp or the television", "ask"),
        ("bring me the cup", "ask"),
        ("put my cup on the table", "ask"),
        ("put the orange on the chair and the table", ""),
        ("put four cups on the table", ""),
        ("open the orange", ""),
        ("blorp", ""),
        ("", ""),
        ("\ud800", ""),
    ],
)
def test_the_grammar_asks_where_it_finds_several_meanings(text, answer):
    assert grammar([text]) == [answer]


def test_the_command_measures_the_rows_of_a_file(tmp_path, capsys):
    rows, out = tmp_path / "rows.tsv", tmp_path / "out" / "figures.json"
    rows.write_text("turn the light off\tswitch off the lamp\nkill it\task\nfly\tcannot\n", encoding="utf-8")
    assert main(["rlhf", "understand", "--file", str(rows), "--json", str(out)]) == 0
    record = json.loads(out.read_text(encoding="utf-8"))
    assert record["model"] == "grammar" and record["file"] == str(rows)
    assert record["accuracy"] == 1 / 3 and record["rows_by_kind"] == {"ask": 1, "cannot": 1, "switch off": 1}
    assert [row["text"] for row in record["failed"]] == ["kill it", "fly"]
    assert "33.3%" in capsys.readouterr().out


def test_without_a_file_it_measures_the_development_split(tmp_path):
    out = tmp_path / "figures.json"
    assert main(["rlhf", "understand", "--json", str(out)]) == 0
    record = json.loads(out.read_text(encoding="utf-8"))
    assert record["split"] == "development" and record["rows"] == len(wordings("development"))
    assert record["misunderstood"] == 0, "the grammar does not guess"
    assert 0 < record["accuracy"] < 0.5
    assert record["rows"] * (1 - record["accuracy"]) == pytest.approx(len(record["failed"]))


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        ("--model gramar", "did you mean 'grammar'?"),
        ("--file nowhere.tsv", "nowhere.tsv"),
        ("--file . ", "is no plain file"),
        ("--file bad.tsv", "bad.tsv line 2, column 2 (meaning): 'hop' is no instruction"),
        ("--file bad.tsv --json .", "--json"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(options, remedy, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.tsv").write_text("fly\tcannot\nfly\thop\n", encoding="utf-8")
    assert main(["rlhf", "understand", *options.split()]) == 2
    error = capsys.readouterr().err
    assert remedy in error and error.count("\n") == 1


@pytest.mark.parametrize("split", SPLITS)
def test_the_page_on_language_tells_what_is_measured(split):
    found = figures(judge(grammar, wordings(split)))
    low, high = found["intervals"]["accuracy"]
    row = f"| grammar | {split} | {found['rows']} | {found['accuracy']:.1%} ({low:.1%} to {high:.1%}) |"
    page = (Path(__file__).resolve().parents[3] / "docs/language.md").read_text(encoding="utf-8")
    assert row.replace("%", " %") in page
    assert f"holds {sum(len(wordings(each)) for each in SPLITS)} such wordings" in page


def test_wordings_are_counted_by_kind_and_split(capsys):
    assert main(["rlhf", "wordings"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == ["train", "development", "test", "in", "all"]
    counts = [len(wordings(split)) for split in ("train", "development", "test")]
    assert lines[-1] == ["in", "all", *map(str, counts), str(sum(counts))]
