"""Does the benchmark measure what it says, and write where it came from?"""

import json

import pytest

from social_rl.bench import bench
from social_rl.bench import design as bench_design
from social_rl.cli import main

KEYS = {"runs", "settings", "commit", "versions", "machine", "command", "calibration", "first_steps", "when"}


@pytest.mark.parametrize(
    ("what", "unit", "worlds"),
    [
        ("step", "agent_steps_per_second", 8),
        ("batch64", "agent_steps_per_second", 64),
        ("env", "agent_steps_per_second", 1),
        ("expert", "decisions_per_second", 8),
        ("levels", "levels_per_second", 8),
    ],
)
def test_each_benchmark_writes_its_speed(what, unit, worlds, tmp_path, capsys):
    file = tmp_path / "speed.json"
    arguments = f"bench sim --what {what} --worlds 8 --steps 4 --runs 3 --json {file}"
    assert main(arguments.split()) == 0
    result = json.loads(file.read_text(encoding="utf-8"))
    assert set(result) >= KEYS
    assert result[unit] == sorted(result["runs"])[1], "the median of three"
    assert result["settings"]["worlds"] == worlds
    assert result["settings"]["agents"] == 2
    assert "the median of 3 runs" in capsys.readouterr().out


def test_a_record_is_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(bench, "RESULTS", tmp_path / "benchmarks" / "results.jsonl")
    for _ in range(2):
        assert main(["bench", "sim", "--worlds", "2", "--steps", "2", "--runs", "5", "--record"]) == 0
    lines = (tmp_path / "benchmarks" / "results.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2
    assert json.loads(lines[1])["settings"]["scenario"] == "maze"


def test_whole_cycles_of_design_are_measured(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(bench_design, "MEASURED", ("random", "accel", "learnability"))
    monkeypatch.setattr(bench_design, "WARM", 1)
    monkeypatch.setattr(bench_design, "ROUND", 1)
    file = tmp_path / "speed.json"
    words = f"bench design --worlds 8 --threads 2 --runs 3 --json {file}"
    assert main(words.split()) == 0
    result = json.loads(file.read_text(encoding="utf-8"))
    assert set(result) >= KEYS - {"first_steps"}
    speeds = result["runs"]["random"]
    assert result["random_env_steps_per_second"] == sorted(speeds)[1], "the median of three"
    assert result["learned_from_per_second"]["random"] == speeds, (
        "chance lets a student learn from every step"
    )
    assert result["learned_from_per_second"]["accel"] == [0, 0, 0], "its buffer is not full yet"
    assert result["settings"]["workers"] == 2 and result["settings"]["candidates"] == 8
    assert "the student learns from" in capsys.readouterr().out
