"""How is a mind trained to follow instructions? An expert corrects it in ever harder houses; then it practises.

Each round a worker plays some steps on every core, then the mind learns from all of them. Everything that decides what
comes next is in a checkpoint, so that a run that was cut goes on bit for bit.
"""

import contextlib
import json
import signal
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from types import FrameType
from typing import Any

import numba
import numpy as np
import torch
from rich.console import Console

from agents.network.networks import ActorCritic, NetworkConfig
from agents.network.precision import Precision, fastest_precision, settled_precision
from agents.policies.planner import Planner
from agents.training.checkpoint import (
    MIND,
    CheckpointError,
    check_encoder,
    network_arrays,
    network_manifest,
    packed,
    put_arrays,
    read_arrays,
    read_manifest,
    write_checkpoint,
)
from agents.training.learner import Learner, LearnerConfig, NotFinite
from agents.training.ppo import PPOConfig, ValueScale, ppo_update
from agents.training.processes import begin_processes, end_processes, gathered, processes, rank, summed
from agents.training.rollout import RolloutWorker
from agents.types import Batch
from social_rl.commands.choices import read_choices
from social_rl.commands.train import Train
from social_rl.evaluation.splits import evaluate_split
from social_rl.methods.imitate import auxiliary, imitation, understanding
from social_rl.methods.reading import lesson, reading
from social_rl.runs.progress import Meter, progress
from social_rl.runs.run_folder import RunFolder, newest_checkpoint, read_config
from social_rl.runs.shipped import find_checkpoint
from social_rl.training.lessons import Ladder, Lessons, stages_of
from social_rl.training.samples import film_mind
from worlds.generators.houses import HouseConfig, split_config
from worlds.scenario import make_scenario
from worlds.simulator import Simulator

LEARNER, RUN = "learner.safetensors", "run.json"
ALONE = 0.05  # columns in which the teacher acts less than this say how well the pupil does alone
FAILED = 1


class Training:
    """All that a run is made of."""

    def __init__(self, command: Train) -> None:
        self.command = command
        torch.manual_seed(command.seed)
        torch.set_num_threads(1)  # workers are the threads
        numba.set_num_threads(1)
        self.choices: dict[str, Any] = dict(read_choices("house", command.choices))
        self.scenario = make_scenario("house", agents=command.agents, **self.choices)
        goal = split_config(
            "S0", **{k: v for k, v in self.choices.items() if k in HouseConfig.__dataclass_fields__}
        )
        self.mind = ActorCritic(network_config(command)).to(command.device)
        if command.start is not None:
            source = find_checkpoint(command.start)
            put_arrays(self.mind, read_arrays(source, MIND, read_manifest(source)), source)
        stages = stages_of(goal) if command.curriculum else [goal]
        self.lessons = Lessons(
            goal,
            command.levels,
            command.impossible,
            crossed=command.crossed,
            patience=command.patience,
            seed=command.seed,
            stages=stages,
        )
        self.ladder = Ladder(len(stages))
        self.iteration = self.frames = self.round = 0
        self.drawn_at = 0  # stage of the levels in use
        self.goals, self.texts_read = self.lessons.goals(0), 0
        self.scale = ValueScale()
        config = LearnerConfig(
            command.learning_rate,
            command.last_learning_rate,
            minibatches=command.minibatches,
            seed=command.seed,
        )
        self.learner = Learner(self.mind, command.workers, config)
        self.workers = self._workers()
        self.aside = [auxiliary(command.auxiliary)]
        if command.clause_bits:  # else it is not told which clause it should have understood
            self.aside.append(understanding(command.understanding))

    def _workers(self) -> list[RolloutWorker]:
        command, scenario = self.command, self.scenario
        bank, can = self.lessons.draw(0, 0)
        teacher = Planner("seen" if command.teacher == "seeing" else "all")
        worlds = command.worlds // command.workers
        workers = []
        first = rank() * command.workers
        for i in range(first, first + command.workers):
            sim = Simulator(scenario, worlds, bank=bank, seed=command.seed, first_world=i * worlds)
            seed = command.seed * 1000 + i
            workers.append(
                RolloutWorker(sim, self.mind, teacher=teacher, can=can, steps=command.steps, seed=seed)
            )
        return workers

    @property
    def share(self) -> float:
        """How much of the run is done."""
        return self.frames / self.command.frames

    def advance(self) -> dict[str, float]:
        """One iteration: play, learn; returns figures."""
        command = self.command
        if self.iteration and self.iteration % command.renew == 0:
            self.round += 1
            self._draw()
        read = self._read(command.read if self.iteration else command.read_first)
        imitates = self.share < 1 - command.reward_share
        beta = max(command.beta, 1 - self.share / command.beta_decay) if command.beta_decay else command.beta
        beta = (
            beta if imitates else 0.0
        )  # rewards are earned alone: acts of a teacher are not the policy's own
        batches = self.learner.each(lambda worker: worker.collect(beta, values=not imitates), self.workers)
        if imitates:
            log = self.learner.update(batches, [imitation, *self.aside], self.share)
        else:
            extra = [imitation, *self.aside] if command.keep_imitating else self.aside
            log = ppo_update(
                self.learner,
                batches,
                command.agents,
                PPOConfig(),
                self.scale,
                share=self.share,
                extra_losses=extra,
            )
        successes, ends = alone(batches, beta)
        if self.ladder.learn(successes, ends):
            self._draw()
        self.iteration += 1
        self.frames += sum(batch.act.numel() for batch in batches) * processes()
        state = {"success": self.ladder.fast, "stage": float(self.ladder.stage), "beta": beta}
        return read | log | state | {"learning_rate": self.learner.config.rate_at(self.share)}

    def _read(self, steps: int) -> dict[str, float]:
        """Learn to read for some steps, each worker from texts of its own; returns figures of the last one."""
        log, workers = {}, len(self.workers) * processes()
        for _ in range(steps):
            first = self.texts_read * workers + rank() * len(self.workers)
            seeds = range(first, first + len(self.workers))
            texts = [lesson(self.goals, self.command.seed << 40 | seed, self.command.texts) for seed in seeds]
            log = self.learner.study([part.to(self.command.device) for part in texts], reading, self.share)
            self.texts_read += 1
        return log

    def _draw(self) -> None:
        self.drawn_at = self.ladder.stage
        bank, can = self.lessons.draw(self.round, self.drawn_at)
        for worker in self.workers:
            worker.set_levels(bank, can)
        self.goals = self.lessons.goals(self.round)

    def save(self) -> tuple[dict[str, dict[str, np.ndarray] | bytes], dict[str, Any]]:
        """Arrays by file, and facts for the manifest; all processes must call it."""
        arrays: dict[str, dict[str, np.ndarray] | bytes] = {
            MIND: network_arrays(self.mind),
            LEARNER: self.learner.save(),
        }
        chances = []
        for worker in range(len(self.workers)):
            kept, fact = self.workers[worker].save()
            parts = zip(gathered(packed(kept)), gathered(json.dumps(fact).encode()), strict=True)
            for process, (data, text) in enumerate(parts):
                number = process * len(self.workers) + worker
                arrays[f"worker-{number}.safetensors"] = data
                chances.append((number, json.loads(text)))
        facts = {
            "iteration": self.iteration, "round": self.round, "drawn_at": self.drawn_at,
            "texts_read": self.texts_read,
            "ladder": asdict(self.ladder), "scale": asdict(self.scale),
            "workers": [fact for _, fact in sorted(chances, key=lambda pair: pair[0])],
        }  # fmt: skip
        return arrays, {**network_manifest(self.mind), "run": facts}

    def restore(self, folder: Path) -> None:
        """Go on from a checkpoint.

        Raises:
            CheckpointError: it is damaged, or of another run.
        """
        manifest = read_manifest(folder)
        facts = manifest["run"]
        check_encoder(self.mind, manifest, folder)
        put_arrays(self.mind, read_arrays(folder, MIND, manifest), folder)
        self.learner.restore(read_arrays(folder, LEARNER, manifest))
        self.frames, self.iteration, self.round = manifest["frames"], facts["iteration"], facts["round"]
        self.ladder, self.scale = Ladder(**facts["ladder"]), ValueScale(**facts["scale"])
        self.drawn_at, self.texts_read = facts["drawn_at"], facts["texts_read"]
        self.goals = self.lessons.goals(self.round)
        workers = len(self.workers) * processes()
        if len(facts["workers"]) != workers:
            raise CheckpointError(
                f"{folder} was saved by {len(facts['workers'])} workers in all processes, this run has {workers}: "
                "go on with as many processes as before"
            )
        bank, can = self.lessons.draw(self.round, self.drawn_at)
        for i, worker in enumerate(self.workers, rank() * len(self.workers)):
            worker.set_levels(bank, can)
            worker.restore(read_arrays(folder, f"worker-{i}.safetensors", manifest), facts["workers"][i])


def network_config(command: Train) -> NetworkConfig:
    """The mind that a command asks for."""
    return NetworkConfig(
        hidden=command.hidden, readers=command.readers, memory=command.memory, charts=command.charts,
        encoder=command.encoder, routing=command.routing, agents=command.agents,
        precision=settled_precision(command.precision, command.device),
        reader=command.reader, lora=command.lora, clause_bits=command.clause_bits,
    )  # fmt: skip


def agreed_precision(command: Train) -> Precision:
    """What was asked for; if that is left to a measurement, the same for all processes."""
    if command.precision != "auto":
        return command.precision
    votes = summed(torch.tensor(float(fastest_precision(command.device) == "bfloat16")))
    return "bfloat16" if float(votes) == processes() else "float32"


def alone(batches: list[Batch], beta: float) -> tuple[int, int]:
    """Successes and ends of episodes in columns that the teacher leaves alone, of instructions that can be done."""
    successes = ends = 0
    for batch in batches:
        B = batch.act.shape[1]
        left = beta * (torch.arange(B) + 0.5) / B < ALONE
        ended = (batch.terminated | batch.truncated) & left & batch.can
        ends += int(ended.sum())
        successes += int((ended & batch.success).sum())
    counts = summed(torch.tensor([successes, ends]))
    return int(counts[0]), int(counts[1])


def train(command: Train) -> int:
    """Train, report, save; returns the exit status.

    Raises:
        ValueError: an option is wrong, or a checkpoint cannot be used.
    """
    command, newest = resumed(command)
    check(command)
    number = begin_processes(command.device)
    command = replace(command, precision=agreed_precision(command))
    console = Console(highlight=False, soft_wrap=True, quiet=number > 0)
    training = Training(command)
    if newest is not None:
        training.restore(newest)
        console.print(f"Going on from {newest}")
    folder = None if number else open_folder(command, newest)
    parameters = sum(p.numel() for p in training.mind.parameters())
    console.print(
        f"{command.runs / command.name}: {parameters:,} parameters, {command.frames:,} frames, {command.precision}, "
        f"seed {command.seed}"
    )
    try:
        with stop_signal() as stopped, progress(console, "frames", command.frames) as meter:
            meter.begin_at(training.frames)
            go_on(training, folder, meter, console, stopped)
    except NotFinite as error:
        broken = command.runs / command.name / "broken" / f"frames-{training.frames:012d}-{number}"
        parts = {f"worker-{i}.safetensors": batch_arrays(part) for i, part in enumerate(error.batches)}
        write_checkpoint(
            broken, {MIND: network_arrays(training.mind), **parts}, network_manifest(training.mind)
        )
        console.print(f"Stopped: {error}. The batch at fault is in {broken}")
        return FAILED
    finally:
        if folder:
            folder.close()
        end_processes()
    return 0


def open_folder(command: Train, newest: Path | None) -> RunFolder:
    """The folder of the run: a new one, or the one to go on with."""
    if newest is None:
        return RunFolder.begin(command.runs, command.name, config_json(command))
    return RunFolder.go_on(command.runs / command.name, newest)


def go_on(
    training: Training, folder: RunFolder | None, meter: Meter, console: Console, stopped: dict[str, bool]
) -> None:
    """Iterate to the end, or until a signal comes to one of the processes."""
    command, stops = training.command, False
    while training.frames < command.frames and not stops:
        before = training.frames
        log = training.advance()
        meter.advance(training.frames - before, training.frames - before)
        if training.iteration % command.report == 0:
            if folder:
                folder.log(training.frames, log)
            meter.say(f"success {log['success']:.1%}, stage {training.ladder.stage + 1}")
        if folder and command.evaluate and training.iteration % command.evaluate == 0:
            report(training, folder, console)
        stops = bool(summed(torch.tensor(int(stopped["now"]))) > 0)
        if training.iteration % command.save == 0:
            save(training, folder)
    if training.iteration % command.save:
        save(training, folder)
    run = command.runs / command.name
    if training.frames < command.frames:
        console.print(f"Stopped and saved; go on with: social-rl train instruct --resume {run}")
    else:
        console.print(f"Done: social-rl evaluate {run} --split S1")


def save(training: Training, folder: RunFolder | None) -> None:
    """Write a checkpoint; processes without a folder send what they have."""
    arrays, facts = training.save()
    if folder:
        folder.save(training.frames, arrays, facts, training.command.keep)


def report(training: Training, folder: RunFolder, console: Console) -> None:
    """Measure success on some splits, and film what it looks like."""
    command = training.command
    choices = {k: v for k, v in training.choices.items() if k != "split"}
    log = {}
    for split in ("S0", "S1"):
        found = evaluate_split(
            training.mind, split, command.episodes, command.seed + 7, agents=command.agents, **choices
        )
        log[f"evaluation/{split}"] = found["mind"]["success"]
    folder.log(training.frames, log)
    video = folder.path / "videos" / f"frames-{training.frames:012d}.mp4"
    film_mind(training.mind, training.scenario, command.seed + 7, video)
    said = ", ".join(f"{name.rpartition('/')[2]} {value:.1%}" for name, value in log.items())
    console.print(f"{training.frames:,} frames: {said}")


def resumed(command: Train) -> tuple[Train, Path | None]:
    """The command of the run to go on with, and its newest checkpoint."""
    if command.resume is None:
        return command, None
    newest = newest_checkpoint(command.resume)
    asked = read_config(command.resume)
    names = Train.__dataclass_fields__
    settled = {k: tuple(v) if isinstance(v, list) else v for k, v in asked.items() if k in names}
    here = {
        "runs": command.resume.parent,
        "name": command.resume.name,
        "resume": command.resume,
        "start": None,
    }
    return replace(command, **settled | here), newest


def config_json(command: Train) -> dict[str, Any]:
    """What was asked for, without what belongs to this call alone."""
    asked = {k: v for k, v in asdict(command).items() if k not in ("runs", "resume")}
    return asked | {"start": str(command.start) if command.start else None}


def check(command: Train) -> None:
    """Raise a ValueError that names the option, before anything is done."""
    from social_rl.commands.checks import check_counts, check_seed

    check_counts(
        command, frames=1, worlds=1, workers=1, steps=1, levels=1, renew=1, minibatches=1, keep=1, save=1
    )
    check_counts(command, report=1, evaluate=0, episodes=1, agents=1, read=0, read_first=0, texts=1)
    check_seed(command.seed)
    if command.worlds % command.workers:
        raise ValueError(
            f"--worlds is {command.worlds}, it must be a multiple of --workers {command.workers}"
        )
    if command.worlds // command.workers * command.agents < command.minibatches:
        raise ValueError(
            f"--minibatches is {command.minibatches}, more than the columns of a worker: take fewer"
        )
    for name in ("beta_decay", "beta", "reward_share", "impossible", "crossed", "patience"):
        if not 0 <= getattr(command, name) <= 1:
            raise ValueError(f"--{name.replace('_', '-')} is {getattr(command, name)}, allowed are 0 to 1")


def batch_arrays(batch: Batch) -> dict[str, np.ndarray]:
    """A batch, to be looked at later."""
    return {name: part.detach().cpu().numpy() for name, part in batch._asdict().items() if part.numel()}


@contextlib.contextmanager
def stop_signal() -> Iterator[dict[str, bool]]:
    """Notes SIGTERM and SIGINT, so that the present iteration ends and is saved."""
    stopped = {"now": False}

    def note(number: int, frame: FrameType | None) -> None:
        stopped["now"] = True

    before = {number: signal.signal(number, note) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
