"""Are comparisons and labels checked field by field, and do they come back from JSON as they were?"""

import json

import pytest

from social_rl.human_feedback.preferences.comparison import (
    KINDS,
    check_comparison,
    check_label,
    comparison_from_json,
    comparison_to_json,
    label_from_json,
    label_to_json,
)
from tests.social_rl.human_feedback.preferences.records import comparison, item, label

ANSWERS = {
    "choice": [{"best": 0}, {"best": 1}, {"best": "tie"}, {"best": "skip"}],
    "ranking": [{"order": [[2], [0, 1], [3]]}, {"order": [[0, 1, 2, 3]]}],
    "progress": [{"marks": []}, {"marks": [[0, 1], [3, -1], [4, 0]]}],
    "vote": [{"vote": -1}, {"vote": 1}],
    "correction": [{"text": "put it on the bed — “now”"}],
    "demonstration": [{"replay": "replays/mine.jsonl"}],
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_comes_back_from_json(kind):
    asked = comparison(kind=kind)
    check_comparison(asked)
    assert comparison_from_json(json.loads(json.dumps(comparison_to_json(asked)))) == asked
    for answer in ANSWERS[kind]:
        given = label(answer=answer, reason="neat")
        check_label(given, asked)
        assert label_from_json(json.loads(json.dumps(label_to_json(given))), asked) == given


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": ""}, "id is ''"),
        ({"id": "x" * 201}, "id has 201 characters, allowed are 200"),
        ({"id": 3}, "id is 3: give a text"),
        ({"round": -1}, "round is -1"),
        ({"round": True}, "round is True"),
        ({"round": 2**31}, "round is a huge number"),
        ({"round": 10**5000}, "round is a huge number"),
        ({"level": " "}, "level is ' '"),
        ({"kind": "choise"}, "did you mean 'choice'"),
        ({"items": (item(),)}, "items is 1: a choice has 2"),
        ({"items": [item(), item()]}, "as a tuple"),
        ({"items": (item(), "x")}, r"items\[1\] is 'x': give an Item"),
        ({"shown": (0, 0)}, r"shown is \(0, 0\): name each of the items 0 to 1 once"),
        ({"shown": (0, True)}, "shown is"),
        ({"shown": [0, 1]}, "as a tuple"),
        ({"versions": {"schema": "1"}}, "versions is .*: name the versions of schema, rules, grammar"),
        ({"versions": {"schema": 1, "rules": "r", "grammar": "g"}}, "versions.schema is 1"),
        ({"items": (item(), item()._replace(policy=""))}, r"items\[1\].policy is ''"),
        ({"items": (item(), item()._replace(checkpoint="abc"))}, r"checkpoint is 'abc': give a sha256"),
        ({"items": (item(), item("a\0b"))}, "NUL and lone surrogates"),
        ({"items": (item(), item("\ud800"))}, "NUL and lone surrogates"),
        ({"items": (item(), item()._replace(prompt=None))}, "prompt is None"),
        ({"items": (item(), item()._replace(replay="../secret"))}, "replay is '../secret'"),
        ({"items": (item(), item()._replace(replay="/etc/passwd"))}, "replay is '/etc/passwd'"),
        ({"items": (item(), item()._replace(replay="a\\b"))}, "replay is"),
        ({"items": (item(), item(far=float("nan")))}, "features.far is nan"),
        ({"items": (item(), item(far=10**400))}, "features.far is a huge number"),
        ({"items": (item(), item(far=True))}, "features.far is True"),
    ],
)
def test_a_wrong_field_of_a_comparison_is_named(change, said):
    with pytest.raises(ValueError, match=said):
        check_comparison(comparison()._replace(**change))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"comparison": "other"}, "comparison is 'other': it was asked about 'c0'"),
        ({"rater": ""}, "rater is ''"),
        ({"is_human": 1}, "is_human is 1: give True or False"),
        ({"is_gold": None}, "is_gold is None"),
        ({"time": "yesterday"}, "time is 'yesterday': give ISO 8601 in UTC"),
        ({"time": "2026-11-30T12:00:00"}, "ISO 8601 in UTC"),
        ({"time": "2026-11-30T12:00:00+01:00"}, "ISO 8601 in UTC"),
        ({"time": 5}, "time is 5"),
        ({"seconds": -1}, "seconds is -1: give 0 or more"),
        ({"seconds": float("inf")}, "seconds is inf"),
        ({"repeat_of": None}, "repeat_of is None"),
        ({"reason": "x" * (1 << 20) + "y"}, "reason has 1,048,577 characters"),
        ({"answer": {"vote": 1}}, "a choice is answered by one field, 'best'"),
        ({"answer": {"best": 0, "why": 1}}, "one field, 'best'"),
        ({"answer": [0]}, r"answer is \[0\]"),
        ({"answer": {"best": 2}}, "answer.best is 2: allowed are 0 to 1, 'tie' and 'skip'"),
        ({"answer": {"best": True}}, "answer.best is True"),
        ({"answer": {"best": 1.0}}, "answer.best is 1.0"),
        ({"answer": {"best": [0]}}, "answer.best is"),
    ],
)
def test_a_wrong_field_of_a_label_is_named(change, said):
    with pytest.raises(ValueError, match=said):
        check_label(label()._replace(**change), comparison())


@pytest.mark.parametrize(
    ("kind", "answer", "said"),
    [
        ("ranking", {"order": [[0], [1], [2]]}, "name each of the items 0 to 3 once"),
        ("ranking", {"order": [[0, 1, 2, 3], []]}, "name each of the items"),
        ("ranking", {"order": [0, 1, 2, 3]}, "name each of the items"),
        ("ranking", {"order": [["0"], [1], [2], [3]]}, "name each of the items"),
        ("ranking", {"order": [[0], [1], [2], [3, 3]]}, "name each of the items"),
        ("progress", {"marks": [[1]]}, "give a list of"),
        ("progress", {"marks": [[3, 1], [3, 1]]}, r"marks\[1\] is 3: steps rise"),
        ("progress", {"marks": [[-1, 1]]}, r"marks\[0\] is -1"),
        ("progress", {"marks": [[1, 2]]}, "a mark is -1, 0 or 1"),
        ("vote", {"vote": 0}, "vote is 0: allowed are -1 and 1"),
        ("vote", {"vote": True}, "vote is True"),
        ("correction", {"text": "  "}, "say what would be better"),
        ("correction", {"text": 1}, "give a text"),
        ("demonstration", {"replay": ""}, "give the path of a replay"),
        ("demonstration", {"replay": "a/../../b"}, "give a path below"),
    ],
)
def test_a_wrong_answer_is_named(kind, answer, said):
    with pytest.raises(ValueError, match=said):
        check_label(label(answer=answer), comparison(kind=kind))


def test_json_that_is_no_record_is_refused_with_its_place():
    record = comparison_to_json(comparison())
    for change, said in (
        ({"itmes": []}, "line 3 has an unknown field 'itmes': did you mean 'items'"),
        ({"items": 5}, "line 3: items is 5"),
        ({"items": [[]]}, r"line 3: items\[0\] is a list"),
        ({"versions": []}, "line 3: versions is a list"),
        ({"round": None}, "line 3: comparison 'c0': round is None"),
    ):
        with pytest.raises(ValueError, match=said):
            comparison_from_json(record | change, "line 3")
    with pytest.raises(ValueError, match="line 3 lacks the field 'level': add it"):
        comparison_from_json({k: v for k, v in record.items() if k != "level"}, "line 3")
    with pytest.raises(ValueError, match="line 3 is a list"):
        label_from_json([], comparison(), "line 3")
