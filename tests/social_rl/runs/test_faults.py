"""Does a whole training, or a whole design, come to the same end whichever call of the file system fails?"""

import errno
import os
import signal
import subprocess
import sys
import time

import pytest

from agents.training.checkpoint import read_manifest
from social_rl.cli import main
from social_rl.runs.run_folder import checkpoints_of
from tests.faults import failing

pytestmark = pytest.mark.slow
TRAIN = (
    "train", "instruct", "--worlds", "4", "--workers", "1", "--steps", "4", "--minibatches", "2", "--levels", "16",
    "--read-first", "1", "--read", "1", "--texts", "4", "--frames", "96", "--save", "2", "--report", "1", "--evaluate",
    "0", "--hidden", "32", "--set", "step_limit=6", "--precision", "float32",
)  # fmt: skip
DESIGN = (
    "design", "plr", "--worlds", "4", "--workers", "1", "--steps", "8", "--minibatches", "2", "--epochs", "1",
    "--capacity", "8", "--least", "0.25", "--frames", "96", "--save", "2", "--report", "1", "--hidden", "32",
    "--no-map", "--encoder", "plain", "--set", "side=5", "walls=0,6", "step_limit=8", "--precision", "float32",
)  # fmt: skip


def kept(run):
    """Figures, sums of all checkpoints, and the curriculum, if any."""
    curriculum = run / "curriculum.jsonl"
    return (
        (run / "metrics.jsonl").read_bytes(),
        [(f.name, read_manifest(f)["sha256"]) for f in checkpoints_of(run)],
        curriculum.read_bytes() if curriculum.exists() else b"",
    )


@pytest.mark.parametrize(
    ("words", "error"), [(TRAIN, errno.EIO), (DESIGN, errno.ENOSPC)], ids=["train", "design"]
)
def test_whichever_call_fails_a_run_goes_on_to_the_same_end(tmp_path, capsys, monkeypatch, words, error):
    monkeypatch.setattr("social_rl.runs.provenance.commit", lambda: "unknown")
    assert main([*words, "--runs", str(tmp_path / "whole"), "--name", "r"]) == 0
    whole = kept(tmp_path / "whole/r")
    assert len(whole[1]) > 1
    for n in range(1, 1000):
        runs = tmp_path / str(n)
        runs.mkdir()
        begin = [*words, "--runs", str(runs), "--name", "r"]
        capsys.readouterr()
        with failing(runs, n, error) as state:
            status = main(begin)
        told = capsys.readouterr()
        if not state.said:
            break
        assert status == 0 or os.strerror(error) in told.out + told.err, state.said
        again = [*words[:2], "--resume", str(runs / "r")] if (runs / "r").exists() else begin
        assert main(again) == 0, state.said
        assert kept(runs / "r") == whole, state.said
    assert 60 < n < 999


def test_a_training_that_reads_for_long_stops_between_two_steps_and_a_second_time_at_once(tmp_path):
    long = [sys.executable, "-m", "social_rl.cli", *TRAIN, "--read-first", "1000000", "--runs", str(tmp_path)]
    for name, presses, status in (("once", 1, 0), ("twice", 2, 130)):
        with (tmp_path / f"{name}.txt").open("w") as said:
            process = subprocess.Popen([*long, "--name", name], stdout=said, stderr=subprocess.STDOUT)
        while "seed 0" not in (tmp_path / f"{name}.txt").read_text():
            time.sleep(0.1)
            assert process.poll() is None, (tmp_path / f"{name}.txt").read_text()
        time.sleep(1)
        began = time.perf_counter()
        for _ in range(presses):
            process.send_signal(signal.SIGINT)
            time.sleep(0.01)
        assert process.wait(60) in (status, 0) and time.perf_counter() - began < 20
        assert "press Ctrl-C again to stop now" in (tmp_path / f"{name}.txt").read_text()
    (saved,) = checkpoints_of(tmp_path / "once")
    assert read_manifest(saved)["run"]["methods"]["reading"]["steps"] > 0 == read_manifest(saved)["frames"]
