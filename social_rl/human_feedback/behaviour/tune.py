"""What does `social-rl rlhf mind` do? It tunes a mind in a run folder, and tells what became better and worse."""

from contextlib import ExitStack
from typing import Any

from rich.console import Console
from rich.table import Table

from agents.network.actor_critic import ActorCritic
from agents.policies.learned import Learned
from agents.training.checkpoint import read_manifest, read_network
from social_rl.commands.checks import check_counts, check_seed, write_json
from social_rl.commands.rlhf.mind import TuneMind
from social_rl.human_feedback.before_after import means_of, preferred
from social_rl.human_feedback.behaviour.experience import collected, figures_of, rewarded
from social_rl.human_feedback.behaviour.model import ClipReward, read_clip_rewards
from social_rl.human_feedback.behaviour.run import MindTuning, ppo_of
from social_rl.human_feedback.reward.check import refusal
from social_rl.human_feedback.tuning.asked import draw_asked, plainly
from social_rl.human_feedback.tuning.episodes import Episode, play_mind
from social_rl.human_feedback.tuning.run import seed_of
from social_rl.runs.counted import EPISODES
from social_rl.runs.lock import hold
from social_rl.runs.loop import Schedule, go_on, opened, restored
from social_rl.runs.resuming import config_json, resumed
from social_rl.runs.shipped import find_checkpoint
from worlds.checks import check_number
from worlds.levels.level import MAX_STEPS

RESULTS = "results.json"
TEST, SPLIT = 5, "S1"  # stream of seeds, and the houses of the table


def mind(command: TuneMind) -> int:
    """Tune, report, save, compare; returns the exit status.

    Raises:
        ValueError: an option is wrong, or a mind, reward model or checkpoint cannot be used.
    """
    command, checkpoint = resumed(command)
    members = check(command)
    console = Console(highlight=False, soft_wrap=True)
    path, lock = command.runs / command.name, None
    with ExitStack() as stack:
        if command.resume is not None:
            lock = hold(path)
            stack.callback(lock.release)
        run = MindTuning(command, read_network(find_checkpoint(command.mind)), members)
        if checkpoint is not None:
            restored(run, checkpoint)
            console.print(f"Going on from {checkpoint}")
        folder = opened(command.runs, command.name, config_json(command), lock, checkpoint, EPISODES)
        console.print(f"{path}: {command.updates} updates of {run.each} episodes, seed {command.seed}")
        schedule = Schedule(command.report, command.evaluate, command.save, command.keep)
        status = go_on(run, path, folder, schedule, console)
    if status == 0 and run.done >= run.asked and command.tests:
        figures = compared(run)
        write_json(path / RESULTS, figures)
        console.print(table_of(figures))
    return status


def check(command: TuneMind) -> list[ClipReward]:
    """The reward model; raise a ValueError that names the option, before anything is done.

    Raises:
        ValueError: an option is wrong, or the reward model may be no better than chance.
    """
    if command.reward is None:
        raise ValueError(
            "--reward is missing: name the folder of a clip reward model, as rlhf clips writes it"
        )
    check_counts(
        command, updates=1, worlds=1, critic_updates=0, workers=1, tests=0, report=1, evaluate=0, save=1, keep=1,
        epochs=1, minibatches=1,
    )  # fmt: skip
    check_number("--steps", command.steps, 1, MAX_STEPS)
    check_seed(command.seed)
    ppo_of(command)
    for name, low, high in (("kl", 0, 1000), ("caution", 0, 1000), ("learning_rate", 0, 1)):
        if not low <= getattr(command, name) <= high:
            raise ValueError(
                f"--{name.replace('_', '-')} is {getattr(command, name)}, allowed are {low} to {high}"
            )
    if command.worlds < command.workers:
        raise ValueError(
            f"--worlds is {command.worlds}, --workers {command.workers}: give each worker a world"
        )
    members = read_clip_rewards(command.reward)
    if why := refusal(read_manifest(command.reward / "member-0")["health"]):
        raise ValueError(f"--reward {command.reward}: {why}")
    return members


def compared(run: MindTuning) -> dict[str, Any]:
    """The mind as it began and as it is, in houses that nobody learned in; two agents of a level are a cluster."""
    command, seed = run.command, seed_of(run.command.seed, TEST)
    asked = plainly(draw_asked(command.tests, seed, SPLIT), command.steps)

    def played(network: ActorCritic) -> list[Episode]:
        return play_mind(asked, Learned(network, seed=seed), seed)

    before, after = played(run.prior), played(run.network)
    batches = [
        rewarded(batch, run.network, run.prior, run.members, command.caution, command.kl)
        for batch in collected(asked, run.network, run.methods, run.learner, seed)
    ]
    kl = figures_of(batches)["prior_kl"]
    return {**preferred(before, after), "kl": kl, "means": means_of(before, after)}


def table_of(figures: dict[str, Any]) -> Table:
    """The same as a table, without what no mind can do."""
    low, high = figures["win_interval"]
    table = Table("", "before", "after", title=f"{figures['episodes']} episodes that nobody learned in")
    table.add_row("preferred", "", f"{figures['win_rate']:.1%} ({low:.1%} to {high:.1%})")
    for name, (was, now) in figures["means"].items():
        if was or now:
            table.add_row(name, f"{was:.2f}", f"{now:.2f}")
    table.add_row("KL to what it was, nats", "0", f"{figures['kl']:.2f}")
    return table
