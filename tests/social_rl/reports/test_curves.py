"""Does every run have its line, and is a damaged file named with its line?"""

import json

import pytest

from social_rl.cli import main
from social_rl.reports import curves as drawing
from social_rl.runs.run_folder import METRICS


def run_of(folder, *values, name="agreement"):
    folder.mkdir(parents=True)
    lines = (json.dumps({"frames": 1000 * i, name: value}) for i, value in enumerate(values))
    (folder / METRICS).write_text("".join(f"{line}\n" for line in lines))
    return folder


@pytest.fixture
def drawn(monkeypatch):
    """What would be drawn: groups of runs."""
    found = []
    monkeypatch.setattr(drawing, "draw", lambda groups, names, out: found.append((groups, names)))
    return found


def lines_of(groups) -> dict[str, int]:
    return {name: len(runs) for name, runs in groups.items()}


def test_runs_of_one_name_in_two_folders_are_two_lines(tmp_path, drawn):
    runs = [run_of(tmp_path / where / "first", 0.1, 0.2) for where in ("mine", "yours")]
    assert main(["curves", *map(str, runs)]) == 0
    assert lines_of(drawn[0][0]) == {"mine/first": 1, "yours/first": 1}


def test_a_run_named_twice_is_one_line(tmp_path, drawn, monkeypatch):
    run = run_of(tmp_path / "first", 0.1, 0.2)
    monkeypatch.chdir(run)
    assert main(["curves", str(run), ".", f"{run}/../first/"]) == 0
    assert lines_of(drawn[0][0]) == {"first": 1}


def test_seeds_of_two_folders_are_two_groups(tmp_path, drawn):
    runs = [run_of(tmp_path / where / f"seed-{i}", 0.1, 0.2) for where in ("mine", "yours") for i in range(2)]
    assert main(["curves", "--together", *map(str, runs)]) == 0
    assert lines_of(drawn[0][0]) == {"mine/seed": 2, "yours/seed": 2}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 3 is no JSON: '{'"),
        ("", "line 3 is no JSON: ''"),
        ("\udcff", "line 3 is no JSON"),
        ("[" * 100_000, "line 3 is no JSON: '[["),
        ("[]", "line 3 holds no figures: it needs an object with 'frames' or 'examples'"),
        ('{"agreement": 1}', "line 3 holds no figures"),
        ('{"frames": "1"}', "line 3: frames is no number"),
        ('{"frames": -1}', "line 3: frames is -1, allowed are 0 and more"),
        ('{"frames": NaN}', "line 3: frames is nan"),
        ('{"frames": 1e400}', "line 3: frames is no number of a usual size"),
        ('{"frames": 1, "agreement": null}', "line 3: agreement is no number"),
        ('{"frames": 1, "agreement": true}', "line 3: agreement is no number"),
        ('{"frames": 1, "agreement": [1]}', "line 3: agreement is no number"),
        ('{"frames": 1, "agreement": ' + "9" * 400 + "}", "line 3: agreement is no number of a usual size"),
        ('{"frames": 1, "agreement": ' + "9" * 5000 + "}", "line 3 is no JSON"),
    ],
)
def test_a_line_that_holds_no_figures_is_named(tmp_path, capsys, line, message):
    run = run_of(tmp_path / "first", 0.1, 0.2)
    with (run / METRICS).open("a", encoding="utf-8", errors="surrogateescape") as file:
        file.write(f"{line}\n")
    assert main(["curves", str(run)]) == 2
    assert f"social-rl: {run / METRICS}, {message}" in capsys.readouterr().err


def test_a_line_that_is_being_written_is_left_out(tmp_path, drawn):
    run = run_of(tmp_path / "first", 0.1, 0.2, float("nan"), 0.4)
    with (run / METRICS).open("a") as file:
        file.write('{"frames": 40')
    assert main(["curves", str(run)]) == 0
    (logged,) = drawn[0][0]["first"]
    assert drawing.points_of(logged, "agreement") == [(0.0, 0.1), (0.001, 0.2), (0.003, 0.4)]


def test_runs_without_frames_in_common_have_no_mean():
    with pytest.raises(ValueError, match="no frames in common"):
        drawing.mean_of([[(0.0, 1.0), (1.0, 1.0)], [(2.0, 1.0), (3.0, 1.0)]])


def test_a_picture_is_drawn(tmp_path):
    runs = [run_of(tmp_path / f"seed-{i}", 0.1, 0.2, 0.3) for i in range(2)]
    out = tmp_path / "new" / "curves.png"
    assert main(["curves", *map(str, runs), "--together", "--out", str(out)]) == 0
    assert out.read_bytes()[1:4] == b"PNG"
