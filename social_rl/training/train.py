"""What does `social-rl train` do? It asks for a training, and lets it go on to its end in a run folder."""

from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from agents.network.precision import Precision, fastest_precision
from agents.training.processes import begin_processes, end_processes, processes, summed
from social_rl.commands.checks import check_counts, check_seed
from social_rl.commands.groups import from_json
from social_rl.commands.train import Train
from social_rl.runs.lock import hold
from social_rl.runs.loop import Schedule, go_on, opened, restored
from social_rl.runs.run_folder import CONFIG, check_at, chosen_checkpoint, read_config
from social_rl.training.training import Training

OF_CALL = ("runs", "resume", "at")  # options that belong to a call and not to a run


def train(command: Train) -> int:
    """Train, report, save; returns the exit status.

    Raises:
        ValueError: an option is wrong, or a checkpoint cannot be used.
    """
    command, checkpoint = resumed(command)
    check(command)
    number = begin_processes(command.device)
    try:
        return _train(replace(command, precision=agreed_precision(command)), checkpoint, number)
    finally:
        end_processes()


def _train(command: Train, checkpoint: Path | None, number: int) -> int:
    console = Console(highlight=False, soft_wrap=True, quiet=number > 0)
    path, lock = command.runs / command.name, None
    with ExitStack() as stack:
        if command.resume is not None and not number:
            lock = hold(path)
            stack.callback(lock.release)
        training = Training(command)
        if checkpoint is not None:
            restored(training, checkpoint)
            console.print(f"Going on from {checkpoint}")
        folder = (
            None if number else opened(command.runs, command.name, config_json(command), lock, checkpoint)
        )
        parameters = sum(p.numel() for p in training.network.parameters())
        console.print(
            f"{path}: {parameters:,} parameters, {command.frames:,} frames, {command.precision}, "
            f"seed {command.seed}"
        )
        schedule = Schedule(command.report, command.evaluate, command.save, command.keep)
        return go_on(training, path, folder, schedule, console)


def agreed_precision(command: Train) -> Precision:
    """What was asked for; if that is left to a measurement, the same for all processes."""
    if command.precision != "auto":
        return command.precision
    votes = summed(torch.tensor(float(fastest_precision(command.device) == "bfloat16")))
    return "bfloat16" if float(votes) == processes() else "float32"


def resumed(command: Train) -> tuple[Train, Path | None]:
    """The command of the run to go on with, and the checkpoint to go on from; None if nothing was saved yet.

    Raises:
        ValueError: there is no such run or checkpoint, or its config is damaged.
    """
    check_at(command.at, command.resume)
    if command.resume is None:
        return command, None
    path = command.resume
    checkpoint = chosen_checkpoint(path, command.at)
    asked = {k: v for k, v in read_config(path).items() if k not in OF_CALL}
    settled = from_json(command, asked, f"{path / CONFIG}: config")
    begins_with = settled.start if checkpoint is None else None
    here = {"runs": path.parent, "name": path.name, "resume": path, "start": begins_with}
    return replace(settled, **here), checkpoint


def config_json(command: Train) -> dict[str, Any]:
    """What was asked for, without what belongs to this call alone."""
    asked = {k: v for k, v in asdict(command).items() if k not in OF_CALL}
    return asked | {"start": str(command.start) if command.start else None}


def check(command: Train) -> None:
    """Raise a ValueError that names the option, before anything is done."""
    check_counts(
        command, frames=1, worlds=1, workers=1, steps=1, levels=1, renew=1, minibatches=1, keep=1, save=1
    )
    check_counts(command, report=1, evaluate=0, episodes=1, agents=1, read=0, read_first=0, texts=1)
    check_seed(command.seed)
    if command.worlds % command.workers:
        raise ValueError(
            f"--worlds is {command.worlds}, it must be a multiple of --workers {command.workers}"
        )
    if command.worlds // command.workers < command.minibatches:
        raise ValueError(
            f"--minibatches is {command.minibatches}, a worker has {command.worlds // command.workers} worlds: take "
            "no more than that"
        )
    for name in ("beta_decay", "beta", "reward_share", "impossible", "crossed", "patience"):
        if not 0 <= getattr(command, name) <= 1:
            raise ValueError(f"--{name.replace('_', '-')} is {getattr(command, name)}, allowed are 0 to 1")
