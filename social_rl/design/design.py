"""What does `social-rl design` do? A cycle of design in a run folder: it reports, saves, and goes on bit for bit.

Beside what every run keeps (`run_folder.py`) there is `curriculum.jsonl` and, where pyarrow is installed,
`curriculum.parquet`: the levels that taught, with scores and ancestors.
"""

import contextlib
import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
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
    MANIFEST,
    MIND,
    CheckpointError,
    network_arrays,
    network_manifest,
    read_arrays,
    read_bytes,
    read_manifest,
)
from social_rl.commands.design import Accel, Method, Random, Repaired, RobustPlr, name_of
from social_rl.commands.groups import flat, from_json, with_options
from social_rl.design.designers import check, designer_of, grid_of, partners_of, rivals_of, student_of
from social_rl.evaluation.mazes import TABLE, solved_mazes
from social_rl.runs.counted import FRAMES
from social_rl.runs.lock import hold
from social_rl.runs.loop import Schedule, go_on, never, opened, restored
from social_rl.runs.resuming import OF_CALL
from social_rl.runs.run_folder import CONFIG, check_at, chosen_checkpoint, read_config
from worlds.typed import counted, typed

LINES, STUDENT_MIND = "curriculum.jsonl", f"{STUDENT}-mind.safetensors"
EPISODES = 20  # of each maze, in an evaluation along the way
IDLE = 100  # cycles without any change after which there is no hope


class Designing:
    """All that a run is made of."""

    counted = FRAMES

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
        self.idle = 0  # cycles in which neither student nor buffer changed

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

    @property
    def steps(self) -> int:
        """The count of its lines and checkpoints."""
        return self.env_steps

    @property
    def rounds(self) -> int:
        """How often it has advanced."""
        return self.cycle.cycles

    def _players(self) -> list[Student]:
        return [player for player in self.cycle.players.values() if isinstance(player, Student)]

    def advance(self, stops: Callable[[], bool] = never) -> dict[str, float]:
        """One cycle; returns figures.

        Raises:
            ValueError: for long nothing new has come into the buffer, and what is there is too little to train on.
        """
        if self.run.env_steps:
            for player in self._players():
                player.share = self.done / self.asked
        trained = self.student.counts.trained
        log = self.cycle.advance()
        is_idle = self.student.counts.trained == trained and log.get("buffer/entered") == 0
        self.idle = self.idle + 1 if is_idle else 0
        if self.idle >= IDLE:
            raise ValueError(
                f"the student has not trained for {IDLE} cycles, in which no new level came into the buffer of "
                f"{log['buffer/levels']:.0f} levels: there are too few different ones. Give a smaller --capacity or "
                "--least, or choices with more levels, in a new run"
            )
        return log

    def lines(self, log: dict[str, float], found: dict[str, float], is_due: bool) -> list[dict[str, float]]:
        """One line for a cycle, its evaluation and what was spent."""
        return [log | found | self.spent()] if is_due or found else []

    def told(self, log: Mapping[str, float]) -> str:
        """How it goes."""
        return f"solved {log.get('trained/solved', log.get('judged/solved', 0)):.1%}"

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

    def evaluate(self, path: Path) -> tuple[dict[str, float], str]:
        """Solved shares of the twelve mazes of the table."""
        found, steps = solved_mazes(self.student.network, EPISODES, self.run.seed + 7)
        self.evaluated += steps
        mean = {"evaluation/mean_solved": sum(found.values()) / len(TABLE)}
        return {f"evaluation/{name}": value for name, value in found.items()} | mean, ""

    def write(self, path: Path) -> None:
        """The curriculum so far."""
        records = self.cycle.curriculum.records()
        write_jsonl(records, path / LINES)
        with contextlib.suppress(ImportError):  # the lines hold the same
            write_parquet(records, path / "curriculum.parquet")

    def mind(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The student's mind."""
        return {MIND: network_arrays(self.student.network)}, network_manifest(self.student.network)

    def commands(self, path: Path) -> tuple[str, str]:
        """What to type to go on, and what when it is done."""
        return (
            f"social-rl design {name_of(self.method)} --resume {path}",
            f"social-rl design show {path}",
        )

    def save(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Arrays by file, and facts for the manifest. The student's mind has the name that all minds have."""
        arrays, facts = self.cycle.save()
        arrays[MIND] = arrays.pop(STUDENT_MIND)
        facts["evaluated"] = self.evaluated
        return arrays, {**network_manifest(self.student.network), "run": facts}

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
        where = f"{folder / MANIFEST}: run"
        facts = typed(dict, manifest.get("run"), where)
        evaluated = counted(facts.get("evaluated"), f"{where}.evaluated")
        if arrays.keys() != self.cycle.save()[0].keys():
            raise CheckpointError(f"{folder} is of another kind of run: it has other files")
        self.cycle.restore(arrays, facts)
        self.evaluated = evaluated


# ---- the run --------------------------------------------------------------------------------------------
def design(method: Method) -> int:
    """Design, train, report, save; returns the exit status.

    Raises:
        ValueError: an option is wrong, a checkpoint cannot be used, or there are too few levels to design with.
    """
    method, checkpoint = resumed(method)
    check(method)
    if isinstance(method, RobustPlr | Accel | Repaired) and method.buffer.chance == 0:
        raise ValueError(
            "--chance is 0: the student would never train, as it trains on old levels alone; give more"
        )
    name = method.run.name or f"{method.world.world}-{name_of(method)}"
    precision = settled_precision(method.student.precision)
    method = with_options(method, name=name, precision=precision)
    run, console = method.run, Console(highlight=False, soft_wrap=True)
    path, lock = run.runs / run.name, None
    with ExitStack() as stack:
        if run.resume is not None:
            lock = hold(path)
            stack.callback(lock.release)
        designing = Designing(method)
        if checkpoint is not None:
            restored(designing, checkpoint)
        folder = opened(run.runs, run.name, config_json(method), lock, checkpoint)
        if checkpoint is not None:
            console.print(f"Going on from {checkpoint}")
        what = "env steps in all" if run.env_steps else "frames to learn from"
        console.print(f"{path}: {name_of(method)}, {designing.asked:,} {what}, {precision}, seed {run.seed}")
        schedule = Schedule(run.report, run.evaluate, run.save, run.keep)
        return go_on(designing, path, folder, schedule, console)


def resumed(method: Method) -> tuple[Method, Path | None]:
    """What the run to go on with was asked for, and the checkpoint to go on from; None if nothing was saved yet.

    Raises:
        ValueError: there is no such run or checkpoint, its config is damaged, or it is of another method.
    """
    path = method.run.resume
    check_at(method.run.at, path)
    if path is None:
        return method, None
    checkpoint, asked = chosen_checkpoint(path, method.run.at), read_config(path)
    if asked.get("method") != name_of(method):
        found = typed(str, asked.get("method"), f"{path / CONFIG}: config: method")
        raise ValueError(
            f"{path} is a run of {found}: go on with it by social-rl design {found} --resume {path}"
        )
    known = {k: v for k, v in asked.items() if k not in (*OF_CALL, "method")}
    settled = from_json(method, known, f"{path / CONFIG}: config")
    return with_options(settled, runs=path.parent, name=path.name, resume=path), checkpoint


def config_json(method: Method) -> dict[str, Any]:
    """What was asked for, without what belongs to this call alone."""
    asked = {k: v for k, v in flat(method).items() if k not in OF_CALL}
    return json.loads(json.dumps({"method": name_of(method), **asked}, default=str))
