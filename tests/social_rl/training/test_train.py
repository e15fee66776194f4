"""Does a run go on bit for bit, stop when it is told to, and refuse what it cannot do?"""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.numpy import load

from agents.training.checkpoint import read_arrays, read_manifest, read_network, write_checkpoint
from social_rl.cli import main
from social_rl.commands.train import Train
from social_rl.methods.outside import outside_method
from social_rl.runs.run_folder import RunFolder, checkpoints_of, newest_checkpoint
from social_rl.training.lessons import Ladder, Lessons, stages_of
from social_rl.training.train import resumed, train
from social_rl.training.training import Training
from tests.my_lab import my_lab_in
from worlds.generators.houses import HouseConfig

SMALL = Train(
    task="instruct", worlds=8, workers=2, steps=8, minibatches=2, levels=32, renew=2, frames=1280, report=1,
    evaluate=0, read_first=2, read=1, texts=8, save=2, impossible=0.2, choices=("step_limit=6",), keep=100,
)  # fmt: skip


def arrays_of(training):
    files = training.save()[0].items()
    return {
        (file, name): a
        for file, part in files
        for name, a in (load(part) if isinstance(part, bytes) else part).items()
    }


def same(one, other):
    a, b = arrays_of(one), arrays_of(other)
    return a.keys() == b.keys() and all(np.array_equal(a[k], b[k]) for k in a)


@pytest.mark.parametrize("faster", ["bfloat16", "float32"])
def test_a_run_keeps_the_precision_that_was_measured_when_it_began(tmp_path, monkeypatch, faster):
    other = {"bfloat16": "float32", "float32": "bfloat16"}[faster]
    monkeypatch.setattr("social_rl.training.train.fastest_precision", lambda device: faster)
    command = replace(SMALL, runs=tmp_path, name="r", frames=128, read_first=0, precision="auto")
    assert train(command) == 0
    assert json.loads((tmp_path / "r" / "config.json").read_text())["config"]["precision"] == faster
    monkeypatch.setattr("social_rl.training.train.fastest_precision", lambda device: other)
    assert resumed(replace(SMALL, resume=tmp_path / "r"))[0].precision == faster


@pytest.mark.parametrize("command", [SMALL, replace(SMALL, reward_share=1.0)], ids=["imitation", "reward"])
def test_a_restored_run_goes_on_bit_for_bit(tmp_path, command):
    """Through a change of levels, whole episodes, and minibatches drawn by chance."""
    straight = Training(command)
    for _ in range(3):
        straight.advance()
    folder = RunFolder.begin(tmp_path, "r", {})
    arrays, facts = straight.save()
    kept = folder.save(straight.frames, arrays, facts, keep=1)
    folder.close()
    again = Training(command)
    again.restore(kept)
    assert same(straight, again)
    for _ in range(3):
        straight.advance()
        again.advance()
    assert straight.round > 1 and same(straight, again)
    assert straight.save()[1]["run"] == again.save()[1]["run"]


def test_a_run_that_is_stopped_while_it_reads_goes_on_bit_for_bit(tmp_path):
    """In the first reading, and in one after levels were drawn anew: nothing is read or drawn twice."""
    command = replace(SMALL, read_first=3, read=2, renew=1)
    straight = Training(command)
    for _ in range(2):
        straight.advance()
    cut, asked = Training(command), iter([False, True, True])
    restored = []
    while cut.iteration < 2:
        if cut.advance(lambda: next(asked, False)) is None:
            folder = write_checkpoint_of(cut, tmp_path / f"{len(restored)}")
            cut = Training(command)
            cut.restore(folder)
            restored.append((cut.iteration, cut.methods[2].state.steps, cut.round))
    assert restored == [(0, 2, 0), (1, 4, 1)]
    assert same(straight, cut) and straight.save()[1]["run"] == cut.save()[1]["run"]


def write_checkpoint_of(training, folder):
    arrays, facts = training.save()
    write_checkpoint(folder, arrays, {"frames": training.frames, **facts})
    return folder


def test_a_run_writes_what_it_promises(tmp_path, capsys):
    assert train(replace(SMALL, runs=tmp_path, name="a", keep=2)) == 0
    run = tmp_path / "a"
    config = json.loads((run / "config.json").read_text())
    assert config["config"]["worlds"] == 8 and {"command", "commit", "versions", "machine"} <= config.keys()
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert [line["frames"] for line in lines] == [256 * i // 2 for i in range(1, 11)]
    assert all(np.isfinite(line["loss"]) for line in lines)
    assert len(checkpoints_of(run)) == 2
    assert any((run / "tensorboard").iterdir())
    assert main(["train", "instruct", "--runs", str(tmp_path), "--name", "a"]) == 2
    assert "--resume" in capsys.readouterr().err


def test_a_damaged_checkpoint_is_refused(tmp_path, capsys):
    train(replace(SMALL, runs=tmp_path, name="a", frames=256))
    path = newest_checkpoint(tmp_path / "a") / "worker-1.safetensors"
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert main(["train", "instruct", "--resume", str(tmp_path / "a")]) == 2
    assert "sha256" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--worlds", "7"], "--worlds is 7"),
        (["--frames", "0"], "--frames is 0"),
        (["--beta-decay", "2"], "--beta-decay is 2"),
        (["--name", "../x"], "--name"),
        (["--hidden", "100"], "hidden is 100"),
        (["--readers", "5"], "readers is 5"),
        (["--resume", "nowhere"], "is no run"),
        (["--minibatches", "100000"], "--minibatches is 100000"),
    ],
)
def test_bad_options_are_named(tmp_path, capsys, arguments, said):
    assert main(["train", "instruct", "--runs", str(tmp_path), *arguments]) == 2
    assert said in capsys.readouterr().err


def test_stages_lead_to_the_goal_and_are_passed_on_progress():
    goal = HouseConfig()
    stages = stages_of(goal)
    assert stages[-1] == goal and stages[0].rooms == (1, 1) and len(stages) == 3
    ladder = Ladder(3)
    assert not ladder.learn(1000, 1000)  # well, but too few to tell
    assert ladder.learn(1900, 2000) and ladder.stage == 1
    passed = [ladder.learn(500, 1000) for _ in range(60)]  # stands still at a half
    assert passed.count(True) == 1 and ladder.stage == 2
    assert not any(ladder.learn(1000, 1000) for _ in range(60))  # there is no further stage


def test_levels_review_what_came_before_and_some_cannot_be_done():
    lessons = Lessons(HouseConfig(), levels=400, impossible=0.3, stages=stages_of(HouseConfig()))
    bank, feasible = lessons.draw(0, 2)
    again, _ = lessons.draw(0, 2)
    other, _ = lessons.draw(1, 2)
    clauses = (bank.goal[:, :, :4, 0] > 0).sum(2).max(1)
    assert (clauses == 1).sum() > 100 and (clauses == 2).any()
    assert 0.02 < (~feasible).mean() < 0.3
    assert np.array_equal(bank.goal, again.goal) and not np.array_equal(bank.goal, other.goal)


def run_command(folder, *more):
    words = [sys.executable, "-m", "social_rl.cli", "train", "instruct", "--runs", str(folder), *more]
    with (folder / "said.txt").open("a") as said:
        return subprocess.Popen(words, stdout=said, stderr=subprocess.STDOUT)


OPTIONS = (
    "--worlds", "16", "--steps", "8", "--minibatches", "2", "--levels", "64", "--renew", "3", "--evaluate", "0",
    "--save", "1", "--report", "1", "--read-first", "3", "--read", "1", "--texts", "8", "--frames", "10240",
    "--set", "step_limit=12",
)  # fmt: skip


@pytest.mark.slow
def test_a_run_that_is_killed_at_random_moments_ends_as_one_that_was_not(tmp_path):
    whole = run_command(tmp_path, "--name", "whole", *OPTIONS)
    assert whole.wait(600) == 0
    rng, kills = random.Random(0), 0
    process = run_command(tmp_path, "--name", "cut", *OPTIONS)
    while process.poll() is None:
        time.sleep(rng.uniform(0.05, 1.0))
        if checkpoints_of(tmp_path / "cut") and kills < 5:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            kills += 1
            process = run_command(tmp_path, "--resume", str(tmp_path / "cut"))
    assert process.returncode == 0 and kills > 0
    one, other = (newest_checkpoint(tmp_path / name) for name in ("whole", "cut"))
    assert one.name == other.name
    assert read_manifest(one)["sha256"] == read_manifest(other)["sha256"]
    metrics = [(tmp_path / name / "metrics.jsonl").read_bytes() for name in ("whole", "cut")]
    assert metrics[0] == metrics[1]


@pytest.mark.slow
def test_a_run_that_is_told_to_stop_saves_and_ends(tmp_path):
    process = run_command(tmp_path, "--name", "a", *OPTIONS, "--frames", "100000000")
    while not (tmp_path / "a").exists() or not checkpoints_of(tmp_path / "a"):
        time.sleep(0.1)
    began = time.perf_counter()
    process.terminate()
    assert process.wait(30) == 0 and time.perf_counter() - began < 10
    assert "--resume" in (tmp_path / "said.txt").read_text()


@pytest.mark.slow
def test_two_processes_learn_one_mind(tmp_path):
    """Their minds stay equal, and the run goes on from what both had."""
    words = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m",
             "social_rl.cli", "train", "instruct"]  # fmt: skip
    first = [*words, "--runs", str(tmp_path), "--name", "a", *OPTIONS]
    assert subprocess.run(first, timeout=600, check=False).returncode == 0
    manifest = read_manifest(newest_checkpoint(tmp_path / "a"))
    assert len(manifest["run"]["workers"]) == 4
    again = [*words, "--resume", str(tmp_path / "a")]
    assert subprocess.run(again, timeout=600, check=False).returncode == 0
    assert main(["train", "instruct", "--resume", str(tmp_path / "a")]) == 2  # one process is not two


def test_a_mind_is_evaluated_beside_others(tmp_path, capsys):
    train(replace(SMALL, runs=tmp_path, name="a", frames=256))
    file = tmp_path / "e.json"
    words = ["evaluate", str(tmp_path / "a"), "--split", "S1", "crossed", "--episodes", "6", "--seeds", "2"]
    assert main([*words, "--json", str(file), "--rows", "mind", "shuffled", "blind", "random", "seeing"]) == 0
    assert "What cannot be done" in capsys.readouterr().out
    found = json.loads(file.read_text())
    assert {"success", "ci95", "by_kind", "rows", "splits", "cannot", "commit"} <= found.keys()
    assert found["rows"]["seeing"]["success"] > 0.9 > 0.5 > found["rows"]["random"]["success"]
    assert found["rows"]["seeing"]["n"] == 2 * 6 * 2
    assert found["splits"].keys() == {"S1", "crossed"}
    assert 0 < found["rows"]["seeing"]["path_efficiency"]["mean"] <= 1.2
    assert main([*words[:1], str(tmp_path)]) == 2
    train(replace(SMALL, runs=tmp_path, name="b", frames=256, seed=1))
    both = ["evaluate", str(tmp_path / "a"), str(tmp_path / "b"), *words[2:], "--rows", "random"]
    assert main([*both, "--json", str(file)]) == 0
    pooled = json.loads(file.read_text())
    assert len(pooled["settings"]["checkpoints"]) == 2 and len(pooled["cannot"]["recall"]["by_seed"]) == 2
    assert pooled["rows"]["random"]["success"] == found["rows"]["random"]["success"], (
        "the same levels and seeds"
    )
    assert main([*both[:-2], "--seeds", "3"]) == 2


def test_a_run_is_filmed_drawn_and_leaves_its_mind(tmp_path, capsys):
    """What it looked like, how it went, and the mind alone, which plays as it did in the run."""
    run = tmp_path / "r"
    assert train(replace(SMALL, runs=tmp_path, name="r", evaluate=5, episodes=8)) == 0
    films = list((run / "videos").glob("*.mp4"))
    assert films and all(film.stat().st_size > 1000 for film in films)
    assert main(["curves", str(run), "--out", str(tmp_path / "c.png")]) == 0
    assert (tmp_path / "c.png").read_bytes()[:4] == b"\x89PNG"
    assert main(["export", str(run), str(tmp_path / "mind")]) == 0
    assert sorted(f.name for f in (tmp_path / "mind").iterdir()) == ["manifest.json", "mind.safetensors"]
    exported, kept = read_network(tmp_path / "mind"), read_network(newest_checkpoint(run))
    assert all(torch.equal(a, b) for a, b in zip(exported.parameters(), kept.parameters(), strict=True))
    assert main(["export", str(run), str(tmp_path / "mind")]) == 2
    assert "exists: name a new folder" in capsys.readouterr().err


def test_curves_of_nothing_are_refused(tmp_path, capsys):
    assert main(["curves", str(tmp_path / "no")]) == 2
    assert "has no figures" in capsys.readouterr().err


def test_a_method_of_another_package_learns_beside_ours_and_goes_on_bit_for_bit(tmp_path, monkeypatch):
    """The one of docs/extending.md: its head is in the checkpoint and in the optimiser."""
    with my_lab_in(tmp_path, monkeypatch):
        command = replace(SMALL, runs=tmp_path, name="r", also=("my_lab.methods:heading",), frames=256)
        straight, again = Training(command), Training(command)
        first = straight.advance()
        folder = RunFolder.begin(tmp_path, "r", {})
        kept = folder.save(straight.frames, *straight.save(), keep=1)
        folder.close()
        again.restore(kept)
        head = read_arrays(kept, "mind.safetensors", read_manifest(kept))["heads.heading.way.weight"]
        for _ in range(8):
            straight.advance()
            again.advance()
        assert first["heading"] > 0 and same(straight, again)
        assert not np.array_equal(straight.network.head_of("heading")["way"].weight.detach().numpy(), head)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("my_lab.methods:headings", "has no 'headings'"),
        ("my_lab.nothing:heading", "no module is called 'my_lab.nothing'"),
        ("heading", "is no MODULE:NAME"),
        ("my_lab.policies:Greedy", "returned a Greedy, needed is a Method"),
    ],
)
def test_what_is_no_method_is_named(tmp_path, monkeypatch, name, said):
    with my_lab_in(tmp_path, monkeypatch), pytest.raises(ValueError, match=re.escape(said)):
        outside_method(name)
