"""What if any one call of a writer fails, or is its last? What is read afterwards is the old or the new."""

import errno
import json
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest

from adversarial_design.curriculum import read_curriculum, write_jsonl
from agents.language.model.language_model import read_model, write_model
from agents.training.checkpoint import check_whole, read_arrays, read_manifest, write_checkpoint
from social_rl.commands.checks import check_file, write_json
from social_rl.human_feedback.labelling.serve import secret_in
from social_rl.human_feedback.offline.talks import Talk, Turn, append_talks, read_talks, write_talks
from social_rl.runs.kept_rows import kept_rows, write_rows
from social_rl.runs.lock import hold
from social_rl.runs.run_folder import RunFolder, chosen_checkpoint, read_config
from social_rl.sweeps.results import write_summary
from social_rl.sweeps.states import DONE, State, read_state, write_state
from social_rl.viewer.editor.commands import save as save_level
from social_rl.viewer.editor.model import open_editor
from tests.agents.language.model.small_models import a_model
from tests.faults import failing, killed_at
from tests.houses import house
from tests.replay import acts
from worlds.files import add_text
from worlds.levels.level_text import read_level
from worlds.replay import record
from worlds.replay_files import load, save
from worlds.scenario import make_scenario

ERRORS = (errno.EIO, errno.ENOSPC, errno.EACCES)
MOST_WORK = ("a model", "a run goes on and drops its old checkpoint")  # are tried by the slow test alone
MOST_CALLS = 200
NOTHING = "nothing there"
ROOM = "####\n#A.#\n#..#\n####\n\nlegend\n  A Ann facing east\n"
RECORD = {
    "id": "abc", "level": "level 1", "parent": "", "edit": "", "born": 1, "visits": [], "solved": 0.5, "replays": 0,
    "solvable": True, "optimum": None, "numbers": {}, "coplayer": "expert", "kind": "maze", "seed": 0, "grammar": "0a",
    "rules": "0b", "format": 1,
}  # fmt: skip
# Of different lengths, so that half of both is not the first.
TALKS = tuple(
    Talk((Turn("hello", "chat", reply, 0),), is_over=True, is_human=False)
    for reply in ("bye", "goodbye " * 9)
)


class Writer(NamedTuple):
    """One who writes: what was there, the new, and how it is read; all are given a folder."""

    before: Callable[[Path], Any]
    write: Callable[[Path], Any]
    read: Callable[[Path], Any]


def nothing(folder: Path) -> None:
    """There is nothing yet."""


def on_file(
    name: str, write: Callable[[Path, int], Any], read: Callable[[Path], Any], *, is_new: bool = False
):
    """Who writes one file: first with 1, then with 2; or a new one."""

    def found(folder: Path) -> Any:
        return read(folder / name) if (folder / name).exists() else NOTHING

    return Writer(
        nothing if is_new else lambda folder: write(folder / name, 1),
        lambda folder: write(folder / name, 2),
        found,
    )


def a_replay():
    """Two steps in a room."""
    sim = house(ROOM.replace("legend\n", ""))
    recorder = record(sim, 0)
    for step in range(2):
        sim.step(*acts(sim, step))
    return recorder.replay


REPLAY = a_replay()
SCENARIO = make_scenario("house", agents=1)
MODEL = a_model()


def checkpoint_at(path: Path, value: int) -> None:
    write_checkpoint(path, {"a.safetensors": {"x": np.full(3, value)}}, {"frames": value})


def read_checkpoint(path: Path) -> Any:
    check_whole(path)
    manifest = read_manifest(path)
    return manifest, read_arrays(path, "a.safetensors", manifest)["x"].tolist()


def begun(folder: Path) -> None:
    """A run with one checkpoint and three lines of figures, of which the last came after it."""
    run = RunFolder.begin(folder, "r", {"a": 1})
    try:
        run.log(10, {"x": 1})
        save_in(run, 10)
        run.log(15, {"x": 3})
    finally:
        run.close()


def save_in(run: RunFolder, frames: int) -> None:
    run.save(frames, {"a.safetensors": {"x": np.full(3, frames)}}, {}, keep=1)


def gone_on(folder: Path) -> None:
    """From its newest checkpoint to the next one."""
    path = folder / "r"
    lock = hold(path)
    try:
        run = RunFolder.go_on(path, chosen_checkpoint(path), lock)
        with closing(run):
            run.log(20, {"x": 2})
            save_in(run, 20)
    finally:
        lock.release()


def read_run(folder: Path) -> Any:
    """From where the run would go on: options, newest checkpoint, figures up to it."""
    path = folder / "r"
    if not path.exists():
        return NOTHING
    newest = chosen_checkpoint(path)
    if newest is None:
        return read_config(path)
    logged = (path / "metrics.jsonl").read_bytes()[: read_manifest(newest)["log_offset"]]
    return read_config(path), read_checkpoint(newest), logged


def begin_only(folder: Path) -> None:
    RunFolder.begin(folder, "r", {"a": 1}).close()


def paint(path: Path, value: int) -> None:
    state = open_editor(read_level(f"level 1 · {value}0 steps\n\n{ROOM}"), SCENARIO)
    save_level(replace(state, path=path), path)


def add_line(path: Path, value: int) -> None:
    add_text(path, json.dumps({"value": value}) + "\n")


def key_in(path: Path, value: int) -> None:
    secret_in(path.parent)


def state_of(path: Path, value: int) -> None:
    write_state(SimpleNamespace(folder=path.parent), State(DONE, begun=[str(value)]))


def checked(path: Path, value: int) -> None:
    check_file("--json", path)
    write_json(path, {"value": [value] * 50})


def lines_of(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def object_in(path: Path) -> Any:
    return json.loads(path.read_text())


WRITERS = {
    "a checkpoint": on_file("c", checkpoint_at, read_checkpoint, is_new=True),
    "a run begins": Writer(nothing, begin_only, read_run),
    "a run goes on and drops its old checkpoint": Writer(begun, gone_on, read_run),
    "a model": on_file(
        "m",
        lambda path, value: write_model(path, MODEL),
        lambda path: check_whole(path) or read_model(path).context,
        is_new=True,
    ),
    "a replay": on_file("r.jsonl.gz", lambda path, value: save(replace(REPLAY, seed=value), path), load),
    "a curriculum": on_file(
        "c.jsonl", lambda path, value: write_jsonl([{**RECORD, "born": value}] * value, path), read_curriculum
    ),
    "a level": on_file("l.txt", paint, lambda path: path.read_text()),
    "results": on_file("r.json", checked, object_in),
    "new results": on_file("r.json", checked, object_in, is_new=True),
    "rows of results": on_file(
        "r.json",
        lambda path, value: write_rows(path, {"a": 1}, {"x": [{"y": 1.0}] * value}),
        lambda path: kept_rows(path, {"a": 1}),
    ),
    "a line of a benchmark": on_file("b.jsonl", add_line, lines_of),
    "a summary of a sweep": on_file(
        "s.json", lambda path, value: write_summary([], {"a": value}, path), object_in
    ),
    "the state of a sweep": on_file(
        "state.json", state_of, lambda path: read_state(SimpleNamespace(folder=path.parent))
    ),
    "talks": on_file("t.jsonl", lambda path, value: write_talks(path, TALKS[:value]), read_talks),
    "talks that are added": on_file(
        "t.jsonl", lambda path, value: append_talks(path, TALKS[:value]), read_talks
    ),
    "a key of raters": on_file(
        "raters.key", key_in, lambda path: "a key" if secret_in(path.parent) else "", is_new=True
    ),
}


def counted(writer: Writer, folder: Path, faults) -> int:
    """Let each call of a writer meet each fault, and check what is read; how many calls met one."""
    whole = folder / "whole"
    whole.mkdir(parents=True)
    writer.before(whole)
    old = writer.read(whole)
    writer.write(whole)
    new = writer.read(whole)
    assert old != new
    met = 0
    for fault in faults:
        for n in range(1, MOST_CALLS):
            place = folder / f"{fault}-{n}"
            place.mkdir()
            writer.before(place)
            if not is_met(writer, place, n, fault):
                break
            met += 1
            assert writer.read(place) in (old, new), f"call {n}, {fault}"
            if writer.read(place) == old:  # nothing that was left behind stands in the way
                writer.write(place)
                assert writer.read(place) == new, f"after call {n}, {fault}"
        assert 2 < n < MOST_CALLS - 1
    return met


def is_met(writer: Writer, place: Path, n: int, fault: int | str) -> bool:
    """Write, and let call n meet a fault, if it comes to that."""
    if isinstance(fault, str):
        return killed_at(place, n, lambda: writer.write(place))
    with failing(place, n, fault) as state, suppress(OSError, ValueError):
        writer.write(place)
    return bool(state.said)


@pytest.fixture(autouse=True)
def _no_git(monkeypatch):
    """Hundreds of runs begin here: they need not ask git each time."""
    monkeypatch.setattr("social_rl.runs.provenance.commit", lambda: "unknown")


@pytest.mark.parametrize("name", [name for name in WRITERS if name not in MOST_WORK])
def test_whatever_call_fails_or_kills_what_is_read_is_old_or_new(tmp_path, name):
    assert counted(WRITERS[name], tmp_path, (errno.EIO, "kill")) > 4


@pytest.mark.slow
def test_whatever_the_fault_what_is_read_is_old_or_new(tmp_path):
    """Three errors and a kill at each call of every writer; says how many there were."""
    met = {name: counted(writer, tmp_path / name, (*ERRORS, "kill")) for name, writer in WRITERS.items()}
    print(f"{len(met)} writers, {sum(met.values())} calls met a fault: {met}")
    assert all(number % 4 == 0 for number in met.values())
