"""Does a run go on whatever happens: stopped, killed by the disk at any call, begun by two, restored from before?"""

import contextlib
import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console

from agents.training.checkpoint import MIND, read_arrays, read_manifest
from agents.training.learner import NotFinite
from social_rl.commands.design import Plr
from social_rl.commands.groups import from_json
from social_rl.commands.train import Train
from social_rl.runs import lock as locks
from social_rl.runs.lock import LOCK, hold
from social_rl.runs.loop import Schedule, go_on, never, opened, restored
from social_rl.runs.run_folder import (
    RunFolder,
    checkpoints_of,
    chosen_checkpoint,
    newest_checkpoint,
    read_metrics,
)
from social_rl.runs.stop import stop_signal
from tests.faults import failing
from worlds.files import replacing

SCHEDULE = Schedule(report=1, evaluate=2, save=2, keep=2)


class Sums:
    """A run that adds random numbers: as small as one can be that goes on bit for bit."""

    asked, counted = 5, "frames"

    def __init__(self):
        self.rng, self.total, self.rounds, self.hook = np.random.default_rng(0), 0.0, 0, lambda: None

    @property
    def done(self):
        return self.rounds

    @property
    def steps(self):
        return 10 * self.rounds

    def advance(self, stops=never):
        self.hook()
        self.total += self.rng.random()
        self.rounds += 1
        return {"total": self.total}

    def evaluate(self, path):
        return {"half": self.total / 2}, ""

    def lines(self, log, found, is_due):
        return [log | found]

    def told(self, log):
        return ""

    def save(self):
        facts = {"rounds": self.rounds, "rng": self.rng.bit_generator.state}
        return {"sum.safetensors": {"total": np.array([self.total])}}, {"run": facts}

    def restore(self, folder):
        manifest = read_manifest(folder)
        self.total = float(read_arrays(folder, "sum.safetensors", manifest)["total"][0])
        self.rounds = manifest["run"]["rounds"]
        self.rng.bit_generator.state = manifest["run"]["rng"]

    def write(self, path):
        with replacing(path / "curriculum.jsonl") as beside:
            beside.write_text("".join(f"{i}\n" for i in range(self.rounds)))

    def mind(self):
        return {MIND: {"w": np.ones(1)}}, {}

    def commands(self, path):
        return f"go on with {path}", f"look at {path}"


def begin(runs, run=None):
    """A run from its beginning; returns the exit status and what was said."""
    run, console = run or Sums(), Console(quiet=True)
    return go_on(run, runs / "r", opened(runs, "r", {}, None, None), SCHEDULE, console)


def resume(runs, at=None):
    run, path = Sums(), runs / "r"
    lock = hold(path)
    try:
        checkpoint = chosen_checkpoint(path, at)
        if checkpoint is not None:
            restored(run, checkpoint)
        return go_on(run, path, opened(runs, "r", {}, lock, checkpoint), SCHEDULE, Console(quiet=True))
    finally:
        lock.release()


def points(run):
    """What TensorBoard would show: tags and steps of all event files."""
    from tensorboardX.proto.event_pb2 import Event

    found = []
    for file in (run / "tensorboard").iterdir():
        data, at = file.read_bytes(), 0
        while at < len(data):
            size = int.from_bytes(data[at : at + 8], "little")
            event = Event.FromString(data[at + 12 : at + 12 + size])
            found += [(value.tag, event.step) for value in event.summary.value]
            at += size + 16
    return sorted(found)


def kept(run):
    """All that counts of a run."""
    return (
        (run / "metrics.jsonl").read_bytes(),
        (run / "curriculum.jsonl").read_bytes(),
        [(f.name, read_manifest(f)["sha256"], read_manifest(f)["run"]) for f in checkpoints_of(run)],
        points(run),
    )


@pytest.fixture(autouse=True)
def _no_git(monkeypatch):
    """Hundreds of runs begin here: they need not ask git each time."""
    monkeypatch.setattr("social_rl.runs.provenance.commit", lambda: "unknown")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    runs = tmp_path_factory.mktemp("whole")
    assert begin(runs) == 0
    return kept(runs / "r")


def test_a_run_is_logged_evaluated_and_saved_as_its_schedule_says(tmp_path, whole):
    lines = [json.loads(line) for line in whole[0].splitlines()]
    assert [line["frames"] for line in lines] == [10, 20, 30, 40, 50]
    assert ["half" in line for line in lines] == [False, True, False, True, False]
    assert [name for name, _, _ in whole[2]] == ["frames-000000000040", "frames-000000000050"]
    assert whole[3] == sorted([("total", 10 * i) for i in range(1, 6)] + [("half", 20), ("half", 40)])


@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC])
def test_whichever_call_fails_the_run_goes_on_to_the_same_end(tmp_path, whole, error):
    for n in range(1, 1000):
        runs = tmp_path / str(n)
        runs.mkdir()
        with failing(runs, n, error) as state, contextlib.suppress(OSError):  # one line on the command line
            begin(runs)
        if not state.said:
            break
        assert (resume if (runs / "r").exists() else begin)(runs) == 0, state.said
        assert kept(runs / "r") == whole, state.said
    assert 60 < n < 999


def test_whichever_call_fails_as_a_run_is_resumed_it_goes_on_to_the_same_end(tmp_path, whole):
    stopped(tmp_path / "half", 3)
    with (tmp_path / "half/r/metrics.jsonl").open("a") as file:
        file.write('{"frames": 40, "total": 1}\n{"fra')  # what was logged after the checkpoint
    for n in range(1, 1000):
        runs = tmp_path / str(n)
        shutil.copytree(tmp_path / "half", runs)
        with failing(runs, n) as state, contextlib.suppress(OSError, ValueError):
            resume(runs)
        if not state.said:
            break
        assert resume(runs) == 0, state.said
        assert kept(runs / "r") == whole, state.said
    assert 40 < n < 999


def stopped(runs, rounds):
    """A run that was told to stop in a round."""
    run = Sums()
    run.hook = lambda: run.rounds == rounds - 1 and signal.raise_signal(signal.SIGTERM)
    runs.mkdir(exist_ok=True)
    assert begin(runs, run) == 0
    assert run.rounds == rounds


def test_a_run_that_is_told_to_stop_ends_after_the_round_and_says_so(tmp_path, whole, capfd):
    stopped(tmp_path, 3)
    assert "Stopping after this step, then saving; press Ctrl-C again" in capfd.readouterr().err
    assert newest_checkpoint(tmp_path / "r").name == "frames-000000000030"
    assert resume(tmp_path) == 0
    assert kept(tmp_path / "r") == whole


def test_a_second_signal_stops_at_once(tmp_path, whole):
    run, before = Sums(), signal.getsignal(signal.SIGINT)
    run.hook = lambda: run.rounds == 3 and [signal.raise_signal(signal.SIGINT) for _ in range(2)]
    with pytest.raises(KeyboardInterrupt):
        begin(tmp_path, run)
    assert newest_checkpoint(tmp_path / "r").name == "frames-000000000020"
    assert signal.getsignal(signal.SIGINT) is before
    assert resume(tmp_path) == 0 and kept(tmp_path / "r") == whole


def test_a_quiet_stop_says_nothing(capfd):
    with stop_signal(quiet=True) as stop:
        signal.raise_signal(signal.SIGTERM)
    assert stop.is_asked and not capfd.readouterr().err


def test_a_round_that_stops_half_way_is_saved_and_not_logged(tmp_path):
    run = Sums()
    run.advance = lambda stops: None
    assert begin(tmp_path, run) == 0
    assert newest_checkpoint(tmp_path / "r").name == "frames-000000000000"
    assert read_metrics(tmp_path / "r") == []


def test_a_run_that_never_saved_begins_again_when_it_is_resumed(tmp_path, whole):
    run = Sums()
    run.hook = lambda: run.rounds == 1 and (_ for _ in ()).throw(OSError(5, "Input/output error"))
    assert begin(tmp_path, run) == 1
    with pytest.raises(ValueError, match=r"has no checkpoint yet: begin with it again by --resume"):
        newest_checkpoint(tmp_path / "r")
    assert resume(tmp_path) == 0 and kept(tmp_path / "r") == whole


# ---- one process at a time ----
@pytest.mark.parametrize("by_name", [False, True], ids=["lock", "name"])
def test_a_folder_is_written_by_one_process(tmp_path, monkeypatch, by_name):
    if by_name:
        monkeypatch.setitem(sys.modules, "fcntl", None)  # as on Windows
    folder = RunFolder.begin(tmp_path, "r", {})
    with pytest.raises(
        ValueError, match=rf"is written by process {os.getpid()} on .*: wait .* --resume {tmp_path}/r"
    ):
        hold(tmp_path / "r")
    folder.close()
    lock = hold(tmp_path / "r")
    lock.release()
    lock.release()
    hold(tmp_path / "r").release()
    assert (tmp_path / "r" / LOCK).exists() != by_name


def test_a_file_system_without_locks_has_names(tmp_path, monkeypatch):
    import fcntl

    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    lock = hold(tmp_path)
    with pytest.raises(ValueError, match=f"remove {tmp_path / LOCK}"):
        hold(tmp_path)
    lock.release()
    assert not (tmp_path / LOCK).exists()
    assert locks.LOCK == LOCK


def test_a_lock_ends_with_its_process(tmp_path):
    words = f"import os; from pathlib import Path; from social_rl.runs.lock import hold; hold(Path({str(tmp_path)!r}))"
    subprocess.run([sys.executable, "-c", f"{words}; os.kill(os.getpid(), 9)"], check=False, timeout=60)
    hold(tmp_path).release()


def test_a_second_resume_is_refused_and_changes_nothing(tmp_path, whole):
    stopped(tmp_path, 3)
    lock = hold(tmp_path / "r")
    before = (tmp_path / "r/metrics.jsonl").read_bytes()
    with pytest.raises(ValueError, match="is written by process"):
        resume(tmp_path)
    lock.release()
    assert (tmp_path / "r/metrics.jsonl").read_bytes() == before
    assert resume(tmp_path) == 0 and kept(tmp_path / "r") == whole


# ---- what lies in a folder ----
def test_strangers_among_checkpoints_are_passed_over(tmp_path, whole):
    stopped(tmp_path, 3)
    for name in (
        "frames-1",
        "frames-000000000099 (copy)",
        "notes",
        ".frames-000000000040.abc",
        "frames-latest",
    ):
        (tmp_path / "r/checkpoints" / name).mkdir()
    (tmp_path / "r/checkpoints/frames-000000000098").write_text("a file")
    assert newest_checkpoint(tmp_path / "r").name == "frames-000000000030"
    assert resume(tmp_path) == 0 and kept(tmp_path / "r") == whole
    assert not (tmp_path / "r/checkpoints/.frames-000000000040.abc").exists(), "it was never finished"


def test_checkpoints_beyond_twelve_digits_are_in_order(tmp_path):
    for frames in (999_999_999_999, 1_000_000_000_000):
        (tmp_path / "checkpoints" / f"frames-{frames:012d}").mkdir(parents=True)
    assert checkpoints_of(tmp_path)[-1].name == "frames-1000000000000"


def test_a_damaged_newest_checkpoint_is_refused_and_earlier_ones_are_offered(tmp_path, whole):
    assert begin(tmp_path) == 0
    file = tmp_path / "r/checkpoints/frames-000000000050/sum.safetensors"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(
        ValueError, match=rf"sum.safetensors is not what was written.*--resume {tmp_path}/r --at 40$"
    ):
        resume(tmp_path)
    with pytest.raises(ValueError, match=r"--at is 30, .* has checkpoints at 40, 50"):
        resume(tmp_path, 30)
    assert resume(tmp_path, 40) == 0 and kept(tmp_path / "r") == whole
    assert (tmp_path / "r/checkpoints/aside-frames-000000000050").exists()
    (tmp_path / "r/checkpoints/frames-000000000040/manifest.json").unlink()
    (tmp_path / "r/checkpoints/frames-000000000050/manifest.json").write_text("{")
    with pytest.raises(ValueError, match="there is no earlier one to go on from"):
        resume(tmp_path)


@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: b"", lambda data: data[:-1] + b" "])
def test_figures_that_were_cut_are_noticed(tmp_path, change):
    stopped(tmp_path, 3)
    file = tmp_path / "r/metrics.jsonl"
    file.write_bytes(change(file.read_bytes()))
    with pytest.raises(ValueError, match=r"metrics.jsonl has \d+ bytes, its checkpoint knows of \d+"):
        resume(tmp_path)


def test_a_batch_that_is_not_finite_is_kept_with_the_mind(tmp_path):
    from typing import NamedTuple

    class Part(NamedTuple):
        reward: torch.Tensor

    def fault():
        raise NotFinite("the gradient is nan: nothing was changed", [Part(torch.tensor([float("nan")]))])

    run = Sums()
    run.hook = lambda: run.rounds == 2 and fault()
    assert begin(tmp_path, run) == 1
    (broken,) = (tmp_path / "r/broken").iterdir()
    assert {f.name for f in broken.iterdir()} == {"manifest.json", MIND, "worker-0.safetensors"}
    assert np.isnan(read_arrays(broken, "worker-0.safetensors", read_manifest(broken))["reward"]).all()


# ---- config.json ----
@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"frames": "5"}, "c: frames is '5', allowed is a whole number"),
        ({"frames": True}, "c: frames is True"),
        ({"frames": 1e9}, "c: frames is 1000000000.0"),
        ({"frames": None}, "c: frames is None"),
        ({"frames": 10**400}, "c: frames is a huge number"),
        ({"learning_rate": float("nan")}, "c: learning_rate is nan"),
        ({"learning_rate": [1]}, "c: learning_rate is a list, allowed is a number"),
        ({"choices": "clauses=1,1"}, "c: choices is 'clauses=1,1', allowed is a list"),
        ({"choices": [1]}, r"c: choices\[0\] is 1, allowed is a text"),
        ({"teacher": "nobody"}, "c: teacher is 'nobody', allowed are 'seeing', 'expert'"),
        ({"map": 1}, "c: map is 1, allowed is true or false"),
        ({"start": 5}, "c: start is 5, allowed is a text"),
        ({"fames": 5}, "c has an unknown option 'fames': did you mean 'frames'"),
    ],
)
def test_an_option_of_a_wrong_type_is_named(found, said):
    with pytest.raises(ValueError, match=re.escape(said) if "\\" not in said else said):
        from_json(Train("instruct"), found, "c")


def test_options_are_read_back_with_their_types():
    command = from_json(Train("instruct"), {"choices": ["a=1"], "start": "x", "beta": 1, "frames": 7}, "c")
    assert (command.choices, command.start, command.beta, command.frames) == (("a=1",), Path("x"), 1, 7)
    method = from_json(Plr(), {"capacity": 9, "world": "house", "coplayers": ["still"]}, "c")
    assert (method.buffer.capacity, method.world.world, method.world.coplayers) == (9, "house", ("still",))
