"""What does `social-rl train social` do? It asks for a training, and lets it go on to its end in a run folder."""

from contextlib import ExitStack
from dataclasses import replace

from rich.console import Console

from social_rl.commands.checks import check_counts, check_seed, check_workers
from social_rl.commands.social import Social
from social_rl.runs import resuming
from social_rl.runs.lock import hold
from social_rl.runs.loop import Schedule, go_on, opened, restored
from social_rl.training.social import SocialTraining


def train_social(command: Social) -> int:
    """Train, report, save; returns the exit status.

    Raises:
        ValueError: an option is wrong, or a checkpoint cannot be used.
    """
    command, checkpoint = resuming.resumed(command)
    if checkpoint is not None:
        command = replace(command, start=None)  # it counts as long as nothing was saved
    check(command)
    console = Console(highlight=False, soft_wrap=True)
    path = command.runs / command.name
    with ExitStack() as stack:
        lock = None
        if command.resume is not None:
            lock = hold(path)
            stack.callback(lock.release)
        training = SocialTraining(command)
        if checkpoint is not None:
            restored(training, checkpoint)
            console.print(f"Going on from {checkpoint}")
        folder = opened(command.runs, command.name, resuming.config_json(command), lock, checkpoint)
        sizes = [sum(p.numel() for p in group.network.parameters()) for group in training.groups]
        learners = "; ".join(
            f"{g.name} {n:,} parameters" for g, n in zip(training.groups, sizes, strict=True)
        )
        others = "".join(f"; {name} {text}" for name, text in training.others.items())
        console.print(
            f"{path}: {training.scenario.name}, {learners}{others}, {command.frames:,} frames, seed {command.seed}"
        )
        schedule = Schedule(command.report, command.evaluate, command.save, command.keep)
        return go_on(training, path, folder, schedule, console)


def check(command: Social) -> None:
    """Raise a ValueError that names the option, before anything is done."""
    check_counts(
        command, frames=1, worlds=1, workers=1, steps=1, levels=1, renew=0, minibatches=1, epochs=1, keep=1, save=1,
        report=1, evaluate=0, episodes=1,
    )  # fmt: skip
    check_seed(command.seed)
    check_workers(command)
    for name in ("gamma", "trace", "solo", "augmented"):
        if not 0 <= getattr(command, name) <= 1:
            raise ValueError(f"--{name} is {getattr(command, name)}, allowed are 0 to 1")
