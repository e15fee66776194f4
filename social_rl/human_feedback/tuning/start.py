"""What does `social-rl rlhf ppo` do? It tunes a language model in a run folder, to its end or until it is stopped."""

from contextlib import ExitStack

from rich.console import Console

from agents.language.model.language_model import read_model
from agents.training.checkpoint import read_network
from social_rl.commands.checks import check_counts, check_seed
from social_rl.commands.rlhf.ppo import Ppo
from social_rl.human_feedback.reward.model import copied, read_ensemble
from social_rl.human_feedback.tuning.run import Tuning, ppo_of
from social_rl.runs.counted import EPISODES
from social_rl.runs.lock import hold
from social_rl.runs.loop import Schedule, go_on, opened, restored
from social_rl.runs.resuming import config_json, resumed
from social_rl.runs.shipped import find_checkpoint, find_language_model


def ppo(command: Ppo) -> int:
    """Tune, report, save; returns the exit status.

    Raises:
        ValueError: an option is wrong, or a model, reward model, mind or checkpoint cannot be used.
    """
    command, checkpoint = resumed(command)
    check(command)
    console = Console(highlight=False, soft_wrap=True)
    path, lock = command.runs / command.name, None
    with ExitStack() as stack:
        if command.resume is not None:
            lock = hold(path)
            stack.callback(lock.release)
        assert command.reward is not None, "check has seen to it"
        reference = read_model(find_language_model(command.model))
        policy = copied(reference) if checkpoint is None else copied(read_model(checkpoint))
        network = read_network(find_checkpoint(command.mind))
        run = Tuning(command, policy, reference, read_ensemble(command.reward), network)
        if checkpoint is not None:
            restored(run, checkpoint)
            console.print(f"Going on from {checkpoint}")
        folder = opened(command.runs, command.name, config_json(command), lock, checkpoint, EPISODES)
        console.print(f"{path}: {command.updates} updates of {run.each} episodes, seed {command.seed}")
        schedule = Schedule(command.report, command.evaluate, command.save, command.keep)
        return go_on(run, path, folder, schedule, console)


def check(command: Ppo) -> None:
    """Raise a ValueError that names the option, before anything is done."""
    if command.reward is None:
        raise ValueError(
            "--reward is missing: name the folder of a reward model, as social-rl rlhf reward writes it"
        )
    check_counts(
        command,
        updates=1,
        worlds=1,
        plays=1,
        critic_updates=0,
        workers=1,
        report=1,
        evaluate=0,
        save=1,
        keep=1,
    )
    check_seed(command.seed)
    if command.baseline != "critic" and command.plays < 2:
        raise ValueError(
            f"--baseline {command.baseline} compares plays of one house, and --plays is {command.plays}: give 2 or more"
        )
    ppo_of(command)
    for name, low, high in (("temperature", 0.01, 100), ("caution", 0, 1000)):
        if not low <= getattr(command, name) <= high:
            raise ValueError(f"--{name} is {getattr(command, name)}, allowed are {low} to {high}")
