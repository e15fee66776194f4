"""Are files of levels read strictly? No level is dropped in silence, and a fault is named with its line."""

import json
from multiprocessing.reduction import ForkingPickler

import numpy as np
import pytest

from social_rl.episodes.levels import named_levels, read_levels, with_levels
from tests.houses import level, scenario_of
from worlds.levels.level_json import level_to_json
from worlds.levels.level_text import level_to_text

ONE, OTHER = level("A..\n\nA Ann facing east"), level("..A\n\nA Ann facing west")
A, B = level_to_text(ONE), level_to_text(OTHER)
BOM = "\ufeff"


@pytest.mark.parametrize(
    "text",
    [
        f"== a\n{A}\n== b\n{B}",
        f"{BOM}== a\n{A}\n== b\n{B}",
        f"What it is.\n\n== a\n{A}== b\n{B}",
        f"{BOM}\n\n== a\n\n\n{A}\n\n== b\n\n{B}\n\n",
        f"== a  \n{A}\n== b\t\n{B}".replace("\n", "\r\n"),
        f"== a\n{level_to_json(ONE)}\n== b\n{level_to_json(OTHER)}\n",
    ],
)
def test_all_levels_of_a_text_are_read(tmp_path, text):
    path = tmp_path / "levels.txt"
    path.write_bytes(text.encode())
    assert read_levels(path) == [("a", ONE), ("b", OTHER)]
    assert named_levels(text.encode()) == {"a": ONE, "b": OTHER}


@pytest.mark.parametrize(
    "heading", ["==b", "=== b", "== ", "==", " == b", "\t== b", "==\tb", "==b ==", "====="]
)
@pytest.mark.parametrize("is_first", [True, False])
def test_what_is_nearly_a_name_is_refused(tmp_path, heading, is_first):
    text = f"{heading}\n{A}\n== a\n{B}" if is_first else f"== a\n{A}{heading}\n{B}"
    path = tmp_path / "levels.txt"
    path.write_text(text)
    line = 1 if is_first else len(A.splitlines()) + 2
    with pytest.raises(ValueError) as refusal:
        read_levels(path)
    assert f"--levels {path}: line {line}: {heading!a} is no name of a level: write it as" in str(
        refusal.value
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"About.\n{A}\n== b\n{B}", "line 2: a level without a name: write '== its name' above it"),
        (f"== a\n\n{A}== a\n{B}", "line 9: two levels are called 'a'"),
        (
            "== a\n\n\nlevel 1 · 9 steps\n\nA?\n\nlegend\n  A Ann facing east\n",
            "level 'a': line 6: column 2: '?' is not",
        ),
        ("== a\n", "no level stands below the name 'a'"),
        (f"== a\n{A}== b\n", "no level stands below the name 'b'"),
        ("nothing of the kind", "'nothing of the kind' is no first line of a level"),
        ("", "is no first line of a level"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path, text, message):
    path = tmp_path / "levels.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError) as refusal:
        read_levels(path)
    assert str(refusal.value).startswith(f"--levels {path}: ") and message in str(refusal.value)


def test_a_picture_of_one_level_may_begin_with_any_symbol(tmp_path):
    rug = level("==A\n\n= red rug\nA Ann facing east")
    path = tmp_path / "level.txt"
    path.write_text(
        "level 1 · 9 steps\n\n==A\n\nlegend\n  = red rug\n  A Ann facing east\n", encoding="utf-8"
    )
    assert [(name, level.ground) for name, level in read_levels(path)] == [("", rug.ground)]


def test_what_is_no_utf_8_is_refused_with_its_line(tmp_path):
    path = tmp_path / "levels.txt"
    path.write_bytes(b"== a\n" + A.encode("latin-1"))
    with pytest.raises(ValueError, match=r"line 2: byte 13 is not UTF-8; save the file as UTF-8"):
        read_levels(path)


def test_a_file_without_an_end_is_not_read():
    from pathlib import Path

    with pytest.raises(ValueError, match="/dev/zero is no plain file"):
        read_levels(Path("/dev/zero"))


def test_a_level_of_a_curriculum_that_is_none_is_named(tmp_path):
    path = tmp_path / "c.jsonl"
    path.write_text(json.dumps({"id": "abc", "level": "level 1", "kind": "maze", "format": 1}))
    with pytest.raises(ValueError, match=r"c.jsonl: level abc: line 1: "):
        read_levels(path)


def started(path, which: str) -> list[int]:
    """Where Ann starts in the levels that are played."""
    scenario = with_levels(scenario_of([ONE]), path, which)
    return sorted({*scenario.draw(4, 0).agent_cell[:, 0].tolist()})


def test_one_level_of_a_file_is_played_by_number_id_or_name(tmp_path):
    text, curriculum, single = tmp_path / "a.txt", tmp_path / "a.jsonl", tmp_path / "one.txt"
    text.write_text(f"== a\n{A}\n== 1\n{B}", encoding="utf-8")
    single.write_text(f"{BOM}{A}", encoding="utf-8")
    records = [
        {"id": level.id, "level": level_to_text(level), "kind": "maze", "format": 1} for level in (ONE, OTHER)
    ]
    curriculum.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    assert started(text, "") == started(curriculum, "") == [0, 2]
    assert (
        started(text, "a")
        == started(curriculum, "1")
        == started(curriculum, ONE.id)
        == started(single, "1")
        == [0]
    )
    assert started(text, "2") == started(curriculum, "2") == started(curriculum, OTHER.id) == [2]
    assert started(text, "1") == [2], "a name goes before a number"


@pytest.mark.parametrize("which", ["0", "3", "-1", "1.0", "studio", "9" * 5000, "²"])
def test_a_level_that_is_not_in_the_file_is_refused(tmp_path, which):
    path = tmp_path / "a.txt"
    path.write_text(f"== studio flat\n{A}\n== b\n{B}", encoding="utf-8")
    with pytest.raises(ValueError) as refusal:
        with_levels(scenario_of([ONE]), path, which)
    message = f"--level {which}: {path} has 2 levels, allowed are 1 to 2, or the id or name of one"
    assert str(refusal.value) == message + ("; did you mean 'studio flat'?" if which == "studio" else "")
    with pytest.raises(ValueError, match="--level b: say which file it stands in, too, with --levels FILE"):
        with_levels(scenario_of([ONE]), None, "b")


def test_a_scenario_of_a_file_goes_to_other_processes(tmp_path):
    path = tmp_path / "levels.txt"
    path.write_text(f"== a\n{A}\n== b\n{B}", encoding="utf-8")
    scenario = with_levels(scenario_of([ONE]), path)
    again = ForkingPickler.loads(ForkingPickler.dumps(scenario.draw))
    assert np.array_equal(scenario.draw(5, 3).house, again(5, 3).house)
    assert sorted(scenario.draw(4, 0).agent_cell[:, 0].tolist()) == [0, 0, 2, 2]
