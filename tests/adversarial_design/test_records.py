"""Is a curriculum from anywhere refused by name, whatever is wrong with it? Never a traceback, never a guess."""

import json

import pytest

from adversarial_design.curriculum import read_curriculum, write_jsonl
from adversarial_design.records import FIELDS

GOOD = {
    "id": "abc", "level": "level 1", "parent": "", "edit": "", "born": 1, "visits": [[1, None, 0.5]], "solved": 0.5,
    "replays": 0, "solvable": True, "optimum": None, "numbers": {"walls": 3, "path": None}, "coplayer": "expert",
    "kind": "maze", "seed": 0, "grammar": "0a", "rules": "0b", "format": 1,
}  # fmt: skip
# 30 kinds of wrong types; each is refused of every field but those in which it means something.
WRONG = (
    "null", "true", "false", "0", "-1", "1.5", "1e400", "-1e400", "NaN", "Infinity", "-Infinity", "9" * 30, "9" * 5000,
    '""', '"x"', '"1"', '"\\ud800"', "[]", "[1]", "[null]", '["x"]', "[[]]", "[[1]]", "[[1, 2, 3, 4]]",
    '[[1, "x", 2]]', "[[1.5, 0, 0]]", "{}", '{"x": "y"}', '{"x": {}}', "[" * 100_000 + "]" * 100_000,
)  # fmt: skip
MEANT = {
    "born": ("0",), "replays": ("0",), "seed": ("0", "9" * 0), "solved": ("null", "0", "-1", "1.5"),
    "optimum": ("null", "0", "-1", "1.5"), "solvable": ("true", "false"), "visits": ("[]",), "numbers": ("{}",),
    "format": (),
}  # fmt: skip
TEXTS = ('""', '"x"', '"1"')


def read(tmp_path, text: str | bytes):
    path = tmp_path / "c.jsonl"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_curriculum(path)


def test_every_field_is_checked():
    assert {*GOOD} == {*FIELDS}


@pytest.mark.parametrize("field", GOOD)
def test_a_wrong_type_is_refused_by_name(tmp_path, field):
    for wrong in WRONG:
        line = json.dumps({**GOOD, field: "here"}).replace('"here"', wrong)
        if wrong in MEANT.get(field, TEXTS):
            assert read(tmp_path, line)
            continue
        with pytest.raises(ValueError) as refusal:
            read(tmp_path, f"\n{line}\n")
        message = str(refusal.value)
        assert "c.jsonl, line 2" in message and len(message) < 400
        is_json = wrong not in ("NaN", "Infinity", "-Infinity", "9" * 5000) and len(wrong) < 100_000
        assert (field in message) if is_json else ("is no JSON" in message), wrong


@pytest.mark.parametrize(
    "line", ["[]", "5", "null", '"x"', "{", "{}", '{"id": 1}', "[" * 100_000, '{"a": ' * 100_000]
)
def test_a_line_that_is_no_record_is_refused(tmp_path, line):
    with pytest.raises(ValueError, match="line 1 is no "):
        read(tmp_path, line)


def test_a_field_that_is_misspelt_or_given_twice_is_refused(tmp_path):
    with pytest.raises(ValueError, match="unknown field 'parnt': did you mean 'parent'"):
        read(tmp_path, json.dumps({**GOOD, "parnt": ""}))
    with pytest.raises(ValueError, match="the field 'id' is given twice"):
        read(tmp_path, '{"id": "b", ' + json.dumps(GOOD)[1:])


def test_a_byte_order_mark_and_empty_lines_are_passed_over(tmp_path):
    line = json.dumps(GOOD).encode()
    text = b"\xef\xbb\xbf" + line + b"\r\n\n  \n" + line + b"\n\n"
    assert read(tmp_path, text) == [GOOD, GOOD]
    assert read(tmp_path, b"\xef\xbb\xbf") == read(tmp_path, b"") == []


def test_what_is_no_utf_8_is_named_with_its_line(tmp_path):
    with pytest.raises(ValueError, match="line 2: byte 0 is not UTF-8"):
        read(tmp_path, json.dumps(GOOD).encode() + b"\n\xff{}")


def test_a_full_disk_leaves_the_old_curriculum(tmp_path, monkeypatch):
    path = tmp_path / "c.jsonl"
    write_jsonl([GOOD], path)
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    for call in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(f"os.{call}", full)
            with pytest.raises(OSError, match="No space left"):
                write_jsonl([GOOD, GOOD], path)
        assert path.read_bytes() == before and [*tmp_path.iterdir()] == [path], call

    def half():
        yield GOOD
        full()

    with pytest.raises(OSError, match="No space left"):
        write_jsonl(half(), path)
    assert path.read_bytes() == before and [*tmp_path.iterdir()] == [path]
