"""Does the benchmark measure what it says, and write where it came from?"""

import json

import numpy as np
import pytest

from agents.language.model.language_model import ModelConfig
from social_rl.bench import bench
from social_rl.bench import design as bench_design
from social_rl.bench import language as bench_language
from social_rl.bench import rlhf as bench_rlhf
from social_rl.bench import speaker as bench_speaker
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


def shrink(monkeypatch, small):
    """Let benchmarks of language have a tiny model, and these numbers wherever they are used."""
    shape = ModelConfig(layers=1, width=16, heads=2, vocabulary=1200)
    for name, value in {**small, "SHAPE": shape}.items():
        for module in (bench_language, bench_rlhf, bench_speaker):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, value)


def test_language_is_measured_beside_transformers(tmp_path, capsys, monkeypatch):
    small = {"BATCH": 4, "ASKED": 2, "PROMPT": 8, "NEW": 3, "EXAMPLE": 12, "ANSWER": 4, "WARM": 1}
    shrink(monkeypatch, small)
    file = tmp_path / "speed.json"
    assert main(f"bench language --runs 3 --json {file}".split()) == 0
    result = json.loads(file.read_text(encoding="utf-8"))
    assert set(result) >= KEYS - {"first_steps"}
    pairs = {"generate_ratio": "own", "shared_generate_ratio": "shared", "training_ratio": "learning"}
    for ratio, name in pairs.items():
        ours, theirs = result["runs"][name], result["runs"][f"{name}_transformers"]
        assert result[ratio] == sorted(mine / other for mine, other in zip(ours, theirs, strict=True))[1]
        assert result[f"{name}_tokens_per_second"] == sorted(ours)[1], "the median of three"
    assert "times transformers" in capsys.readouterr().out


def test_both_sides_of_the_language_benchmark_say_and_learn_the_same():
    """A ratio of speeds means nothing between unlike works."""
    language_model, words = bench_language.a_model(0)
    chance = np.random.default_rng(0)
    prompts = bench_language.texts(words, 3, chance)
    assert {len(row) for row in language_model.encode(prompts)} == {bench_language.PROMPT}
    ours, theirs, tokens = bench_language.speaking(language_model, prompts)
    assert ours() == theirs() and tokens == 3 * bench_language.NEW
    steps = bench_language.learning(0, chance)[:2]
    losses = [step() for step in steps for _ in range(2)]
    assert losses[0] == pytest.approx(losses[2], abs=1e-5) and losses[1] == pytest.approx(losses[3], abs=1e-4)


def test_tuning_by_a_reward_model_is_measured(tmp_path, capsys, monkeypatch):
    small = {"BATCH": 4, "PROMPT": 8, "NEW": 3, "WARM": 1}
    shrink(monkeypatch, small)
    monkeypatch.setitem(bench_rlhf.CASES, "grouped", bench_rlhf.Case(2, 1, has_critic=False))
    learned = []
    learn = bench_rlhf.learn
    monkeypatch.setattr(bench_rlhf, "learn", lambda *given: learned.append((given, learn(*given))))
    file = tmp_path / "speed.json"
    assert main(f"bench rlhf --runs 3 --threads 1 --json {file}".split()) == 0
    result = json.loads(file.read_text(encoding="utf-8"))
    assert set(result) >= KEYS - {"first_steps"}
    for name in ("ppo", "grouped"):
        assert result[f"{name}_completions_per_second"] == sorted(result["runs"][name])[1], (
            "the median of three"
        )
        assert len(result["processor_seconds"][name]) == 3
        assert sum(result["stages"][name].values()) == pytest.approx(1)
    for (_, _, prompts, answers, score), log in learned:
        assert {len(answer) for answer in answers} == {3} and log["decisions"] == 3
        assert len(set(prompts)) == (4 if "value_loss" in log else 2), "with groups each is asked twice"
        if "value_loss" not in log:
            assert score[0] == pytest.approx(-score[1], abs=1e-5), "relative to its group"
    assert {"value_loss" in log for _, log in learned} == {True, False}
    assert "learning" in capsys.readouterr().out
