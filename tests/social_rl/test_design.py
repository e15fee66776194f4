"""Does `social-rl design` write what it promises, go on bit for bit, and show what it designed?"""

import json
from dataclasses import replace

import numpy as np
import pytest

from adversarial_design.curriculum import levels_of, read_curriculum
from agents.checkpoint import read_mind
from social_rl import mazes
from social_rl.cli import main
from social_rl.commands import Design
from social_rl.design import Designing, design
from social_rl.designs import grid_of
from social_rl.gallery import longest_family
from social_rl.mazes import FAMILIES, PUBLISHED, TABLE, levels_of_maze, worst_of
from social_rl.run_folder import checkpoints_of, newest_checkpoint
from tests.small import same
from worlds.bank import level_of
from worlds.planning import levels_solvable

SMALL = Design(
    method="accel", choices=("side=5", "walls=0,6", "step_limit=16"), frames=1200, worlds=8, steps=8, minibatches=2,
    epochs=1, capacity=32, least=0.25, hidden=32, charts=False, encoder="plain", report=1, save=2, placed=4, turns=2,
    candidates=8, tries=2, every=2,
)  # fmt: skip
METHODS = (
    "random", "minimax", "paired", "population_paired", "flexible_paired", "plr", "robust_plr", "repaired", "accel",
    "learnability",
)  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_every_method_designs_mazes(tmp_path, method):
    assert design(replace(SMALL, method=method, runs=tmp_path, frames=256)) == 0
    run = tmp_path / f"maze-{method}"
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    spent = {k: v for k, v in lines[-1].items() if k.startswith("spent/")}
    assert spent["spent/trained"] >= 256 and spent["spent/gradient_steps"] > 0
    parts = ("trained", "scored", "searched", "rivals", "evaluated")
    assert spent["spent/env_steps"] == sum(spent[f"spent/{part}"] for part in parts)
    assert (spent["spent/rivals"] > 0) == (
        method in ("paired", "population_paired", "flexible_paired", "repaired")
    )
    assert (spent["spent/searched"] > 0) == (method == "learnability")
    assert all(np.isfinite(value) for line in lines for value in line.values())
    assert read_mind(newest_checkpoint(run)).config.hidden == 32
    assert read_curriculum(run / "curriculum.jsonl")


@pytest.mark.parametrize("method", ["random", "plr", "accel", "learnability"])
def test_houses_are_designed_with_what_is_told_there(tmp_path, method):
    command = replace(SMALL, method=method, world="house", choices=("side=9", "step_limit=16"), runs=tmp_path)
    assert design(replace(command, frames=256, misplaced=0.3)) == 0
    records = read_curriculum(tmp_path / f"house-{method}" / "curriculum.jsonl")
    assert all("instructions" in record["level"] for record in records)
    assert len(levels_of(records, grid_of(command).kind)) == len(records)


def test_an_adversary_of_walls_does_not_design_houses(tmp_path, capsys):
    assert main(["design", "paired", "--world", "house", "--runs", str(tmp_path)]) == 2
    assert "paired designs mazes" in capsys.readouterr().err


def test_trap_15_a_run_goes_on_bit_for_bit(tmp_path):
    """The same end, whether in one go or in two."""
    whole = Designing(replace(SMALL, runs=tmp_path))
    design(replace(SMALL, runs=tmp_path, name="cut", frames=600))
    cut = Designing(replace(SMALL, runs=tmp_path, frames=600))
    for _ in range(4):
        whole.advance()
    arrays, facts = whole.save()
    assert set(arrays) > {"mind.safetensors", "curriculum.jsonl"} and facts["run"]["cycles"] == 4
    cut.restore(newest_checkpoint(tmp_path / "cut"))
    again = Designing(replace(SMALL, runs=tmp_path, frames=600))
    while again.cycle.cycles < cut.cycle.cycles:
        again.advance()
    assert same(again, cut)
    for _ in range(3):
        assert again.advance() == cut.advance()
    assert same(again, cut)


def test_a_run_is_taken_up_from_the_command_line(tmp_path):
    words = ["--runs", str(tmp_path), "--name", "a", "--set", *SMALL.choices, "--worlds", "8", "--steps", "8",
             "--minibatches", "2", "--hidden", "32", "--no-charts", "--frames", "300", "--save", "1"]  # fmt: skip
    assert main(["design", "plr", *words]) == 0
    config = tmp_path / "a" / "config.json"
    record = json.loads(config.read_text())
    record["config"]["frames"] = 600
    config.write_text(json.dumps(record))
    assert main(["design", "plr", "--resume", str(tmp_path / "a")]) == 0
    lines = [json.loads(line) for line in (tmp_path / "a" / "metrics.jsonl").read_text().splitlines()]
    frames = [line["frames"] for line in lines]
    assert frames == sorted(set(frames)) and len(checkpoints_of(tmp_path / "a")) == 2


def test_a_gallery_shows_what_was_designed(tmp_path):
    design(replace(SMALL, runs=tmp_path, frames=2500))
    run = tmp_path / "maze-accel"
    assert main(["design", "show", str(run)]) == 0
    page = (run / "gallery/index.html").read_text()
    assert "Most replayed" in page and "<svg" in page
    for picture in ("replayed", "latest"):
        assert (run / f"gallery/{picture}.png").stat().st_size > 1000
    assert main(["design", "show"]) == 2 and main(["design", "show", str(tmp_path)]) == 2


def test_the_longest_line_of_descent_is_shown_from_the_ancestor_on():
    parents = {"a": "", "b": "a", "c": "b", "d": "a", "e": "gone", "f": "e"}
    records = [{"id": name, "parent": parent} for name, parent in parents.items()]
    assert [record["id"] for record in longest_family(records)] == ["a", "b", "c"]
    assert longest_family(records[:1]) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["accel", "--edits", "0"], "edits is 0"),
        (["plr", "--worlds", "7"], "--worlds is 7"),
        (["plr", "--temperature", "0"], "temperature is 0"),
        (["plr", "--set", "wals=1,2"], "walls"),
        (["learnability", "--tries", "1", "--candidates", "512"], "tries is 1"),
        (["learnability", "--candidates", "100"], "multiple of --worlds"),
        (["random", "--misplaced", "2"], "--misplaced is 2"),
        (["plr", "--resume", "nowhere"], "is no run"),
    ],
)
def test_bad_options_are_named(tmp_path, capsys, arguments, said):
    assert main(["design", *arguments, "--runs", str(tmp_path)]) == 2
    assert said in capsys.readouterr().err


# ---- the mazes of the literature ----
def test_trap_13_the_protocol_gives_every_maze_its_episodes_beforehand():
    """Corridors have their goals in turn; families a new maze for each episode; all start east and last long enough."""
    assert len(TABLE) == len(PUBLISHED) == 12 and np.mean(PUBLISHED) == pytest.approx(0.875, abs=5e-4)
    for name in TABLE:
        bank = levels_of_maze(name, 20, seed=3)
        n = {"SmallCorridor": 10, "LargeCorridor": 16}.get(name, 20 if name in FAMILIES else 1)
        assert len(bank.step_limit) == n and levels_solvable(bank).all()
        level = level_of(bank, 0)
        side = {"LargeCorridor": 19, "PerfectMazeMedium": 19, "FourRooms": 17, "SimpleCrossing": 9}.get(
            name, 13
        )
        assert level.step_limit == 2 * (side + 2) ** 2
        assert name in FAMILIES or level.agents[0].heading == "east"


def test_trap_13_the_worst_levels_are_chosen_by_one_set_of_episodes_and_scored_by_another():
    """All levels are alike, solved half the time: the worst tenth is worth .5, not the .2 of those that chose it."""
    one, other = np.random.default_rng(0).binomial(10, 0.5, (2, 10_000)) / 10
    assert worst_of(one, one, 0.1) < 0.25
    assert worst_of(one, other, 0.1) == pytest.approx(0.5, abs=0.02)


def test_a_mind_is_evaluated_on_mazes(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(mazes, "TABLE", ("SixteenRooms", "SimpleCrossing"))  # all of them take a minute
    monkeypatch.setattr(mazes, "BESIDE", ("MiniMaze",))
    design(replace(SMALL, runs=tmp_path, frames=128))
    file = tmp_path / "m.json"
    words = ["evaluate", str(tmp_path / "maze-accel"), "--suite", "mazes", "--episodes", "1", "--seeds", "2"]
    words += ["--random-levels", "16"]
    assert main([*words, "--json", str(file)]) == 0
    found = json.loads(file.read_text())
    assert (
        {*found["levels"]} == {"SixteenRooms", "SimpleCrossing", "MiniMaze"}
        and 0 <= found["mean_solved"] <= 1
        and len(found["by_seed"]) == 2
    )
    assert found["random_levels"]["levels"] == 16
    assert "mean of the first" in capsys.readouterr().out


def test_designed_levels_are_played_elsewhere(tmp_path, capsys):
    design(replace(SMALL, runs=tmp_path, frames=512))
    path, file = tmp_path / "maze-accel/curriculum.jsonl", tmp_path / "r.json"
    words = [
        "run",
        "maze",
        "--levels",
        str(path),
        "--episodes",
        "12",
        "--worlds",
        "4",
        "--cast",
        "ann=expert",
    ]
    assert main([*words, "--json", str(file)]) == 0
    text = tmp_path / "one.txt"
    text.write_text(read_curriculum(path)[0]["level"])
    assert main(["run", "maze", "--levels", str(text), "--episodes", "2"]) == 0
    capsys.readouterr()
    assert main(["run", "house", "--levels", str(path)]) == 2
    assert "1 agents" in capsys.readouterr().err
    assert main(["run", "maze", "--levels", str(tmp_path / "gone.txt")]) == 2
