"""What does `social-rl design` do? A cycle of design in a run folder: it reports, saves, and goes on bit for bit.

Beside what every run keeps (`run_folder.py`) there is `curriculum.jsonl` and, where pyarrow is installed,
`curriculum.parquet`: the levels that taught, with scores and ancestors.
"""

import contextlib
import json
from pathlib import Path
from typing import Any

import numba
import torch
from rich.console import Console

from adversarial_design.curriculum import Curriculum, write_jsonl, write_parquet
from adversarial_design.cycle import Cycle
from adversarial_design.designer import STUDENT
from adversarial_design.students import Student
from agents.network.precision import settled_precision
from agents.training.checkpoint import (
    MIND,
    CheckpointError,
    network_manifest,
    read_arrays,
    read_bytes,
    read_manifest,
)
from social_rl.commands.design import Method, Random, name_of
from social_rl.commands.groups import flat, with_options
from social_rl.design.designers import check, designer_of, grid_of, partners_of, rivals_of, student_of
from social_rl.evaluation.mazes import TABLE, solved_mazes
from social_rl.runs.progress import Meter, progress
from social_rl.runs.run_folder import RunFolder, newest_checkpoint, read_config
from social_rl.training.train import stop_signal

LINES, STUDENT_MIND = "curriculum.jsonl", f"{STUDENT}-mind.safetensors"
EPISODES = 20  # of each maze, in an evaluation along the way


class Designing:
    """All that a run is made of."""

    def __init__(self, method: Method) -> None:
        self.method, self.run = method, method.run
        torch.set_num_threads(1)  # workers are the threads
        numba.set_num_threads(1)
        seed, self.grid = self.run.seed, grid_of(method.world, method.student.view)
        self.student = self._student(seed)
        designer = designer_of(method, self.grid, self.student)
        players = {STUDENT: self.student}
        for number, who in enumerate(rivals_of(method), 1):
            players[who] = self._student(seed + 1000 * number)
        most = 64 if isinstance(method, Random) else method.student.worlds
        curriculum = Curriculum(self.grid.kind, seed, self.run.levels, most)
        self.cycle = Cycle(designer, players, curriculum, seed)
        self.evaluated = 0  # env steps

    def _student(self, seed: int) -> Student:
        asked = self.method
        return student_of(
            asked.student, self.grid, seed, self.run.frames, partners_of(asked.world, self.run.seed)
        )

    @property
    def played(self) -> int:
        """Env steps of everybody, evaluation left out: it must not matter how often that is done."""
        return sum(player.counts.env_steps for player in self._players())

    @property
    def env_steps(self) -> int:
        """Of everybody, evaluation included."""
        return self.evaluated + self.played

    @property
    def done(self) -> int:
        """How far the run is, in what it was asked for: frames to learn from, or env steps in all."""
        return self.played if self.run.env_steps else self.student.frames

    @property
    def asked(self) -> int:
        """How far it is to go."""
        return self.run.env_steps or self.run.frames

    def _players(self) -> list[Student]:
        return [player for player in self.cycle.players.values() if isinstance(player, Student)]

    def advance(self) -> dict[str, float]:
        """One cycle; returns figures."""
        if self.run.env_steps:
            for player in self._players():
                player.share = self.done / self.asked
        return self.cycle.advance()

    def spent(self) -> dict[str, float]:
        """What all of this cost so far, each on its own; steps are of worlds."""
        counts, rivals = self.student.counts, self._players()[1:]
        spent = {
            "env_steps": self.env_steps, "trained": counts.trained, "scored": counts.scored,
            "searched": counts.searched, "rivals": sum(rival.counts.env_steps for rival in rivals),
            "evaluated": self.evaluated, "rollouts": counts.rollouts, "updates": counts.updates,
            "gradient_steps": self.student.gradient_steps, "cycles": self.cycle.cycles,
        }  # fmt: skip
        return {f"spent/{name}": float(value) for name, value in spent.items()}

    def evaluate(self) -> dict[str, float]:
        """Solved shares of the twelve mazes of the table."""
        found, steps = solved_mazes(self.student.mind, EPISODES, self.run.seed + 7)
        self.evaluated += steps
        return {f"evaluation/{name}": value for name, value in found.items()} | {
            "evaluation/mean_solved": sum(found.values()) / len(TABLE)
        }

    def save(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Arrays by file, and facts for the manifest. The student's mind has the name that all minds have."""
        arrays, facts = self.cycle.save()
        arrays[MIND] = arrays.pop(STUDENT_MIND)
        facts["evaluated"] = self.evaluated
        return arrays, {**network_manifest(self.student.mind), "run": facts}

    def restore(self, folder: Path) -> None:
        """Go on from a checkpoint.

        Raises:
            CheckpointError: it is damaged, or of another run.
        """
        manifest = read_manifest(folder)
        arrays: dict[str, Any] = {LINES: read_bytes(folder, LINES, manifest)}
        for name in manifest["sha256"]:
            if name != LINES:
                arrays[STUDENT_MIND if name == MIND else name] = read_arrays(folder, name, manifest)
        facts = manifest["run"]
        try:
            self.cycle.restore(arrays, facts)
        except (KeyError, RuntimeError) as error:
            raise CheckpointError(f"{folder} is of another kind of run: {error}") from error
        self.evaluated = facts["evaluated"]


# ---- the run --------------------------------------------------------------------------------------------
def design(method: Method) -> int:
    """Design, train, report, save; returns the exit status.

    Raises:
        ValueError: an option is wrong, or a checkpoint cannot be used.
    """
    method, newest = resumed(method)
    check(method)
    name = method.run.name or f"{method.world.world}-{name_of(method)}"
    precision = settled_precision(method.student.precision)
    method = with_options(method, name=name, precision=precision)
    run, console = method.run, Console(highlight=False, soft_wrap=True)
    designing = Designing(method)
    if newest is None:
        folder = RunFolder.begin(run.runs, run.name, config_json(method))
    else:
        designing.restore(newest)
        folder = RunFolder.go_on(run.runs / run.name, newest)
        console.print(f"Going on from {newest}")
    what = "env steps in all" if run.env_steps else "frames to learn from"
    console.print(
        f"{folder.path}: {name_of(method)}, {designing.asked:,} {what}, {precision}, seed {run.seed}"
    )
    try:
        with stop_signal() as stopped, progress(console, "frames", designing.asked) as meter:
            meter.begin_at(designing.done)
            go_on(designing, folder, meter, stopped)
    finally:
        folder.close()
    if designing.done >= designing.asked:
        console.print(f"Done: social-rl design show {folder.path}")
    else:
        console.print(
            f"Stopped and saved; go on with: social-rl design {name_of(method)} --resume {folder.path}"
        )
    return 0


def go_on(designing: Designing, folder: RunFolder, meter: Meter, stopped: dict[str, bool]) -> None:
    """Cycle to the end, or until a signal comes."""
    run = designing.run
    is_saved = False
    while designing.done < designing.asked and not stopped["now"]:
        before, steps = designing.done, designing.env_steps
        log = designing.advance()
        is_due = run.evaluate and designing.cycle.cycles % run.evaluate == 0
        if is_due:
            log |= designing.evaluate()
        if is_due or designing.cycle.cycles % run.report == 0:
            folder.log(designing.env_steps, log | designing.spent())
        meter.advance(designing.done - before, designing.env_steps - steps)
        meter.say(f"solved {log.get('trained/solved', log.get('judged/solved', 0)):.1%}")
        is_saved = designing.cycle.cycles % run.save == 0
        if is_saved:
            save(designing, folder)
    if not is_saved:
        save(designing, folder)


def save(designing: Designing, folder: RunFolder) -> None:
    """Write a checkpoint, and the curriculum so far."""
    folder.save(designing.env_steps, *designing.save(), designing.run.keep)
    records = designing.cycle.curriculum.records()
    write_jsonl(records, folder.path / LINES)
    with contextlib.suppress(ImportError):  # the lines hold the same
        write_parquet(records, folder.path / "curriculum.parquet")


def resumed(method: Method) -> tuple[Method, Path | None]:
    """What the run to go on with was asked for, and its newest checkpoint.

    Raises:
        ValueError: there is no such run, or it is of another method.
    """
    path = method.run.resume
    if path is None:
        return method, None
    newest, asked = newest_checkpoint(path), read_config(path)
    if asked.get("method") != name_of(method):
        found = asked.get("method")
        raise ValueError(
            f"{path} is a run of {found}: go on with it by social-rl design {found} --resume {path}"
        )
    known = flat(method)
    settled = {k: tuple(v) if isinstance(v, list) else v for k, v in asked.items() if k in known}
    mind = settled.pop("mind", None)
    here = {
        "runs": path.parent, "name": path.name, "resume": path, "mind": Path(str(mind)) if mind else None,
    }  # fmt: skip
    return with_options(method, **settled | here), newest


def config_json(method: Method) -> dict[str, Any]:
    """What was asked for, without what belongs to this call alone."""
    asked = {k: v for k, v in flat(method).items() if k not in ("runs", "resume")}
    return json.loads(json.dumps({"method": name_of(method), **asked}, default=str))
