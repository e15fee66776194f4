"""What does `social-rl train` do? It asks for a training, and lets it go on to its end in a run folder."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import torch
from rich.console import Console

from agents.network.precision import Precision, fastest_precision
from agents.training.processes import begin_processes, end_processes, processes, summed
from social_rl.commands.checks import check_counts, check_seed, check_workers
from social_rl.commands.train import Train
from social_rl.runs import resuming
from social_rl.runs.lock import hold
from social_rl.runs.loop import Schedule, go_on, opened, restored
from social_rl.training.training import Training


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
            None
            if number
            else opened(command.runs, command.name, resuming.config_json(command), lock, checkpoint)
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
    """The command of the run to go on with, as `resuming.resumed`; --start counts as long as nothing was saved.

    Raises:
        ValueError: there is no such run or checkpoint, or its config is damaged.
    """
    command, checkpoint = resuming.resumed(command)
    return (command if checkpoint is None else replace(command, start=None)), checkpoint


def check(command: Train) -> None:
    """Raise a ValueError that names the option, before anything is done."""
    check_counts(
        command, frames=1, worlds=1, workers=1, steps=1, levels=1, renew=1, minibatches=1, keep=1, save=1
    )
    check_counts(command, report=1, evaluate=0, episodes=1, agents=1, read=0, read_first=0, texts=1)
    check_seed(command.seed)
    check_workers(command)
    for name in ("beta_decay", "beta", "reward_share", "impossible", "crossed", "patience"):
        if not 0 <= getattr(command, name) <= 1:
            raise ValueError(f"--{name.replace('_', '-')} is {getattr(command, name)}, allowed are 0 to 1")
