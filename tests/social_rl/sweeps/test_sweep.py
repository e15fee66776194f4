"""Does a study go on where it was left, whoever dies: a command, the sweep itself, a worker? Processes are real."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from social_rl.cli import main
from social_rl.runs.lock import hold
from social_rl.sweeps.cells import Cell, cells_of
from social_rl.sweeps.play import Halt, Means, play
from social_rl.sweeps.read import read_sweep
from social_rl.sweeps.states import DONE, FAILED, LEFT, RUNNING, State, known_state, read_state, write_state

ROOT = Path(__file__).resolve().parents[3]
WORDS = 'name = "s"\ncommand = "{what}"\nretries = 1\n[grid]\nwhat = ["words", "splits", "scenarios"]\n'
ENDLESS = 'name = "s"\ncommand = "run maze --worlds 8 --episodes 100000000 --seed {seed}"\nseeds = [1, 2]\n'


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def written(text):
    Path("s.toml").write_text(text)
    return {cell.name: cell for cell in cells_of(read_sweep(Path("s.toml")), "s.toml", Path("runs"))}


def attempts(cell):
    """The commands that were begun for a cell."""
    return re.findall(r"^# attempt \d+: (.*)$", (cell.folder / "log.txt").read_text(), re.M)


@contextmanager
def sweeping(*more):
    """A sweep in a process of its own, which is ended if it is still there."""
    words = [sys.executable, "-m", "social_rl.cli", "sweep", "s.toml", *more]
    with Path("said.txt").open("w") as said:
        process = subprocess.Popen(words, stdout=said, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def until(is_so, seconds=60):
    end = time.monotonic() + seconds
    while not (found := is_so()):
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.01)
    return found


def process_of(cell):
    return until(lambda: read_state(cell).process)


# ---- what is done, is done -------------------------------------------------------------------------------
def test_what_is_done_is_not_run_again(capsys):
    cells = written(WORDS)
    assert main(["sweep", "s.toml", "--only", "words-0"]) == 0
    assert main(["sweep", "s.toml", "--jobs", "2"]) == 0
    assert [attempts(cell) for cell in cells.values()] == [
        ["social-rl words"], ["social-rl splits"], ["social-rl scenarios"],
    ]  # fmt: skip
    assert "Find the goal in a maze." in (cells["scenarios-0"].folder / "log.txt").read_text()
    said = capsys.readouterr().out
    assert said.count("words-0: done") == 1 and "3 done" in said


def test_status_tells_what_is_left_and_runs_nothing(capsys):
    cells = written(WORDS)
    assert main(["sweep", "s.toml", "--only", "words-0"]) == 0
    capsys.readouterr()
    assert main(["sweep", "s.toml", "--status"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"^words-0 +done +1 ", said, re.M) and re.search(r"^splits-0 +left", said, re.M)
    assert re.search(r"1 done, 2 left, 0:0\d spent, about 0:\d\d left", said)
    assert not cells["splits-0"].folder.exists()


def test_a_changed_command_is_run_and_what_comes_after_it_too():
    text = 'name = "s"\ncommand = "words"\nevaluate = "parse \'take the cup\' --model none"\n'
    cell = written(text)["0"]
    assert main(["sweep", "s.toml"]) == 0
    first = (cell.folder / "evaluation.json").read_text()
    (cell.folder / "evaluation.json").unlink()
    assert main(["sweep", "s.toml"]) == 0, "what is gone is made again"
    cell = written(text.replace("words", "splits"))["0"]
    assert known_state(cell).status == LEFT and known_state(cell).why == "its command is a new one"
    assert main(["sweep", "s.toml"]) == 0
    begun = [words.split()[1] for words in attempts(cell)]
    assert begun == ["words", "parse", "parse", "splits", "parse"]
    assert json.loads(first) == json.loads((cell.folder / "evaluation.json").read_text())


# ---- who dies --------------------------------------------------------------------------------------------
def test_a_command_that_is_killed_is_begun_again():
    cell = written(WORDS)["words-0"]
    with sweeping("--only", "words-0") as sweep:
        os.kill(process_of(cell), signal.SIGKILL)
        assert sweep.wait(60) == 0
    assert attempts(cell) == ["social-rl words"] * 2
    assert read_state(cell).status == DONE and read_state(cell).attempts == 2


def test_a_command_that_is_told_to_stop_stays_left():
    cell = written(WORDS)["words-0"]
    with sweeping("--only", "words-0") as sweep:
        os.kill(process_of(cell), signal.SIGTERM)
        assert sweep.wait(60) == 130
    assert attempts(cell) == ["social-rl words"]
    assert (read_state(cell).status, read_state(cell).why) == (LEFT, "it was told to stop")
    assert "Go on with: social-rl sweep s.toml" in Path("said.txt").read_text()
    assert main(["sweep", "s.toml", "--only", "words-0"]) == 0


def test_a_sweep_that_is_killed_goes_on_and_no_command_runs_twice():
    cells = written(WORDS)
    with sweeping("--jobs", "1") as sweep:
        until(lambda: read_state(cells["words-0"]).status == DONE)
        process = process_of(cells["splits-0"])
        os.kill(process, signal.SIGSTOP)  # it will outlive its sweep
        sweep.kill()
        sweep.wait()
    assert known_state(cells["splits-0"]).status == RUNNING, "its process is still there, and has its lock"
    with sweeping("--jobs", "1") as sweep:
        time.sleep(1)
        assert sweep.poll() is None and attempts(cells["splits-0"]) == ["social-rl splits"], (
            "it is waited for"
        )
        os.kill(process, signal.SIGCONT)
        assert sweep.wait(60) == 0
    assert [len(attempts(cell)) for cell in cells.values()] == [1, 2, 1]
    assert {read_state(cell).status for cell in cells.values()} == {DONE}


def test_a_cell_whose_sweep_and_process_are_gone_is_left():
    cell = written(WORDS)["words-0"]
    cell.folder.mkdir(parents=True)
    write_state(cell, State(status=RUNNING, process=1, attempts=1))
    assert (known_state(cell).status, known_state(cell).why) == (LEFT, "its sweep was ended")
    lock = hold(cell.folder)
    assert known_state(cell).status == RUNNING
    lock.release()
    assert play(cell, Means(0, 1), Halt()).status == DONE


def test_ctrl_c_stops_all_and_the_same_command_goes_on():
    cells = written(ENDLESS)
    with sweeping("--jobs", "2") as sweep:
        processes = [process_of(cell) for cell in cells.values()]
        sweep.send_signal(signal.SIGINT)
        assert sweep.wait(60) == 130
    for cell, process in zip(cells.values(), processes, strict=True):
        assert read_state(cell).status == LEFT and read_state(cell).process == 0
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)
    written(ENDLESS.replace("100000000", "8"))
    assert main(["sweep", "s.toml", "--jobs", "2"]) == 0


def test_a_second_ctrl_c_ends_processes_that_do_not_stop():
    cells = written(ENDLESS)
    with sweeping("--jobs", "2") as sweep:
        processes = [process_of(cell) for cell in cells.values()]
        for process in processes:
            os.kill(process, signal.SIGSTOP)  # deaf to what it is told
        sweep.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert sweep.poll() is None
        sweep.send_signal(signal.SIGINT)
        assert sweep.wait(60) == 130
    assert [known_state(cell).status for cell in cells.values()] == [LEFT, LEFT]


def test_what_fails_is_tried_again_and_reported_with_its_last_lines(capsys):
    cells = written('name = "s"\ncommand = "run {scenario}"\nretries = 1\n[grid]\nscenario = ["nowhere"]\n')
    assert main(["sweep", "s.toml"]) == 1
    said = capsys.readouterr().out
    cell = cells["nowhere-0"]
    assert len(attempts(cell)) == 2 and read_state(cell).status == FAILED
    assert (
        "nowhere-0 failed: exit status 2 of command, attempt 2; runs/s/cells/nowhere-0/log.txt ends with"
        in said
    )
    assert re.search(r"^  social-rl: .*nowhere", said, re.M)
    assert "Those that failed are tried again by: social-rl sweep s.toml" in said
    assert main(["sweep", "s.toml"]) == 1 and len(attempts(cell)) == 4


# ---- runs ------------------------------------------------------------------------------------------------
def a_run(tmp_path, begun):
    """A cell whose run is there."""
    cell = Cell("c", {}, 0, tmp_path / "c", tmp_path / "r", {"command": ["words"]}, ["splits"])
    cell.folder.mkdir()
    (tmp_path / "r").mkdir()
    write_state(cell, State(status=LEFT, begun=begun))
    return cell


def test_a_run_that_is_there_is_gone_on_with(tmp_path):
    cell = a_run(tmp_path, ["words"])
    assert play(cell, Means(0, 1), Halt()).status == DONE
    assert attempts(cell) == ["social-rl splits"]


def test_a_run_of_another_command_or_of_nobody_is_refused(tmp_path, capsys):
    written('name = "s"\ncommand = "design random --seed {seed}"\nrun = "{study}/r"\n')
    Path("runs/s/r").mkdir(parents=True)
    assert main(["sweep", "s.toml"]) == 2
    assert (
        "runs/s/r is there, and not by this sweep: remove it, or name the sweep anew"
        in capsys.readouterr().err
    )
    cell = written('name = "s"\ncommand = "design plr --seed {seed}"\nrun = "{study}/r"\n')["0"]
    cell.folder.mkdir(parents=True)
    write_state(cell, State(begun=["design", "random"]))
    assert main(["sweep", "s.toml"]) == 2
    assert (
        "runs/s/r was begun by another command: social-rl design random; now it is" in capsys.readouterr().err
    )


def test_threads_are_shared_out():
    cell = written('name = "s"\ncommand = "words"\nthreads = 1\n')["0"]
    with sweeping() as sweep:
        environment = Path(f"/proc/{process_of(cell)}/environ")
        found = until(lambda: environment.exists() and environment.read_text())
        sweep.wait(60)
    assert {"OMP_NUM_THREADS=1", "NUMBA_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1"} <= {*found.split("\0")}


# ---- Slurm -----------------------------------------------------------------------------------------------
def test_the_script_for_slurm_runs_the_cell_of_its_index(capsys):
    cells = written(WORDS)
    assert main(["sweep", "s.toml", "--engine", "slurm", "--jobs", "2", "--only", "words-0", "splits-0"]) == 0
    script = Path("runs/s/sweep.sbatch")
    said, text = capsys.readouterr().out, script.read_text()
    assert "2 cells, one for each index. Nothing was submitted." in said and f"  sbatch {script}" in said
    assert "#SBATCH --array=0-1%2\n" in text and "#SBATCH --cpus-per-task=1\n" in text
    assert text.startswith("#!/bin/bash\n#SBATCH --job-name=s\n") and "#SBATCH --signal=B:TERM@300" in text
    assert not cells["splits-0"].folder.exists()
    for _ in range(2):  # submitted twice
        done = subprocess.run(
            ["bash", script.resolve()], env={**os.environ, "SLURM_ARRAY_TASK_ID": "1"}, cwd="/",
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    assert attempts(cells["splits-0"]) == ["social-rl splits"] and not cells["words-0"].folder.exists()
    lost = subprocess.run(["bash", str(script)], capture_output=True, text=True)
    assert lost.returncode and "SLURM_ARRAY_TASK_ID" in lost.stderr


# ---- Ray -------------------------------------------------------------------------------------------------
def test_without_ray_its_engine_says_what_to_install(monkeypatch, capsys):
    written(WORDS)
    monkeypatch.setitem(sys.modules, "ray", None)
    assert main(["sweep", "s.toml", "--engine", "ray"]) == 2
    assert (
        "needs the package ray: pip install 'social-rl[ray]', or use --engine local"
        in capsys.readouterr().err
    )


@pytest.mark.slow
def test_ray_runs_cells_and_takes_up_those_of_a_worker_that_is_killed():
    pytest.importorskip("ray", reason="--engine ray needs ray")
    cells = written(WORDS)
    with sweeping("--engine", "ray", "--jobs", "2") as sweep:
        process = process_of(cells["words-0"])
        os.kill(process, signal.SIGSTOP)
        parent = int(re.search(r"^PPid:\s+(\d+)", Path(f"/proc/{process}/status").read_text(), re.M)[1])
        assert parent != sweep.pid
        os.kill(parent, signal.SIGKILL)
        time.sleep(1)
        os.kill(process, signal.SIGKILL)
        assert sweep.wait(120) == 0, Path("said.txt").read_text()
    assert {read_state(cell).status for cell in cells.values()} == {DONE}
    assert [len(attempts(cell)) for cell in cells.values()] == [2, 1, 1]


@pytest.mark.slow
def test_ray_stops_all_at_ctrl_c_and_goes_on():
    pytest.importorskip("ray", reason="--engine ray needs ray")
    cells = written(ENDLESS)
    with sweeping("--engine", "ray", "--jobs", "2") as sweep:
        processes = [process_of(cell) for cell in cells.values()]
        sweep.send_signal(signal.SIGINT)
        assert sweep.wait(120) == 130, Path("said.txt").read_text()
    assert [known_state(cell).status for cell in cells.values()] == [LEFT, LEFT]
    for process in processes:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)
    written(ENDLESS.replace("100000000", "8"))
    with sweeping("--engine", "ray", "--jobs", "2") as sweep:
        assert sweep.wait(120) == 0, Path("said.txt").read_text()
