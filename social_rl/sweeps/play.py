"""How does one cell come to its end? Stage by stage, each a process; one that dies is begun or gone on with again."""

import os
import shlex
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event

from social_rl.runs.lock import Lock, hold
from social_rl.runs.stop import SAVED
from social_rl.sweeps.cells import COMMAND, EVALUATE, EVALUATION, Cell
from social_rl.sweeps.states import DONE, FAILED, LEFT, LOG, RUNNING, State, due, read_state, write_state

ROOT = Path(__file__).resolve().parents[2]
THREADS = (
    "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMBA_NUM_THREADS",
)  # fmt: skip
POLL = 0.1  # seconds
MOST_SAID = 1 << 16  # bytes
STOPPED = 130  # the exit status of our commands after Ctrl-C
ASKED = (-signal.SIGTERM, -signal.SIGINT, STOPPED)


@dataclass(frozen=True)
class Halt:
    """Was the study told to stop: after its cells have saved, or at once?"""

    asked: Event = field(default_factory=Event)
    now: Event = field(default_factory=Event)


@dataclass(frozen=True)
class Means:
    """What a cell may use: how often it is tried again, and its threads."""

    retries: int
    threads: int


def play(cell: Cell, means: Means, halt: Halt) -> State:
    """Run what is due of a cell, unless it is done; returns what became of it.

    Another process that works on it is waited for. A process that dies is tried again, up to `retries` times for each
    stage; one that was told to stop leaves the cell as it is.
    """
    cell.folder.mkdir(parents=True, exist_ok=True)
    lock = _wait_for(cell, halt)
    if lock is None:
        return read_state(cell)
    try:
        state = read_state(cell)
        for stage in due(cell, state):
            for _ in range(1 + means.retries):
                if halt.asked.is_set():
                    break
                state = _attempt(cell, stage, means, halt, state, lock)
                if state.status != FAILED:
                    break
            if state.finished.get(stage) != cell.stages[stage]:
                break
        after = _at_the_end(cell, state)
        if after != state:
            write_state(cell, after)
        return after
    finally:
        lock.release()


def children_path() -> str:
    """PYTHONPATH of processes that run the very code that runs here."""
    return os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])


def _wait_for(cell: Cell, halt: Halt) -> Lock | None:
    """The lock of a cell, once whoever has it is done; None if the study stops before."""
    while not halt.asked.is_set():
        try:
            return hold(cell.folder)
        except ValueError:
            halt.asked.wait(POLL)
    return None


def _at_the_end(cell: Cell, state: State) -> State:
    """What a cell is when nobody works on it any more."""
    if not due(cell, state):
        return replace(state, status=DONE, why="")
    if state.status == FAILED:
        return state
    return replace(state, status=LEFT, why=state.why or "it was stopped")


def _attempt(cell: Cell, stage: str, means: Means, halt: Halt, state: State, lock: Lock) -> State:
    """One process for a stage, to its end."""
    words = cell.stages[stage]
    state = replace(state, status=RUNNING, why="", attempts=state.attempts + 1, began=time.time())
    if stage == COMMAND and cell.run is not None:
        if cell.run.exists():
            words = cell.again
        else:
            state = replace(state, begun=words)
    if stage == EVALUATE:
        (cell.folder / EVALUATION).unlink(missing_ok=True)  # of an earlier command
    write_state(cell, state)
    with (cell.folder / LOG).open("ab", buffering=0) as log:
        log.write(f"\n# attempt {state.attempts}: social-rl {shlex.join(words)}\n".encode())
        start = log.tell()
        process = _begin(words, means.threads, log.fileno(), lock)
        state = replace(state, process=process.pid)
        write_state(cell, state)
        code = _end(process, halt)
    said = _said(cell.folder / LOG, start)
    spent = replace(state, seconds=round(state.seconds + time.time() - state.began, 3), process=0)
    after = _judged(cell, stage, code, said, spent)
    if after.status == FAILED and halt.asked.is_set():  # what a second Ctrl-C ended at once
        after = replace(after, status=LEFT, why="it was stopped")
    write_state(cell, after)
    return after


def _begin(words: list[str], threads: int, log: int, lock: Lock) -> subprocess.Popen[bytes]:
    """Start a command of ours.

    It has a session of its own, so that Ctrl-C in a terminal reaches the sweep alone and each cell is told once. It
    inherits the lock of the cell: should the sweep be killed, nobody begins the cell while this process is at work.
    """
    return subprocess.Popen(
        [sys.executable, "-m", "social_rl.cli", *words],
        stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        pass_fds=() if lock.number is None else (lock.number,),
        env={**os.environ, **dict.fromkeys(THREADS, str(threads)), "PYTHONPATH": children_path()},
    )  # fmt: skip


def _end(process: subprocess.Popen[bytes], halt: Halt) -> int:
    """Wait for a process, which is told to save and stop when the study is; returns its exit status."""
    is_told = False
    try:
        while True:
            try:
                return process.wait(POLL)
            except subprocess.TimeoutExpired:
                if halt.now.is_set():
                    os.killpg(process.pid, signal.SIGKILL)
                elif halt.asked.is_set() and not is_told:
                    process.terminate()
                    is_told = True
    except BaseException:  # such as KeyboardInterrupt where Ray takes a task back
        if process.poll() is None:
            process.terminate()
            process.wait()
        raise


def _said(log: Path, start: int) -> str:
    """The last that a process said, which began to speak at `start`."""
    with log.open("rb") as file:
        file.seek(max(start, file.seek(0, os.SEEK_END) - MOST_SAID))
        return file.read().decode(errors="replace")


def _judged(cell: Cell, stage: str, code: int, said: str, state: State) -> State:
    """What a process that ended leaves behind; what was made after the same stage before is to be made anew."""
    if code in ASKED or (code == 0 and SAVED in said):
        return replace(state, status=LEFT, why="it was told to stop")
    if code:
        why = f"signal {-code}" if code < 0 else f"exit status {code}"
        return replace(state, status=FAILED, why=f"{why} of {stage}")
    if stage == EVALUATE and not (cell.folder / EVALUATION).exists():
        return replace(state, status=FAILED, why=f"{stage} wrote no {EVALUATION}")
    before = [*cell.stages][: [*cell.stages].index(stage) + 1]
    finished = {name: words for name, words in state.finished.items() if name in before}
    return replace(state, finished={**finished, stage: cell.stages[stage]})
