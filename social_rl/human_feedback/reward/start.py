"""What do `social-rl rlhf reward` and `social-rl rlhf check-reward` do? They fit a reward model, and say its health."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from agents.language.model.language_model import read_model
from agents.training.checkpoint import read_manifest
from social_rl.commands.checks import check_counts, check_file, check_seed
from social_rl.commands.rlhf.reward import CheckReward, Reward
from social_rl.human_feedback.preferences.store import existing_store
from social_rl.human_feedback.reward.check import health, refusal
from social_rl.human_feedback.reward.fitting import Group, fit, group_of, is_validation
from social_rl.human_feedback.reward.model import read_ensemble, write_ensemble
from social_rl.runs.shipped import find_language_model

REFUSED = 1
HEALTH = "health.json"


def reward(command: Reward) -> int:
    """Fit, check, write; returns the exit status: 1 where the check says that it may be chance.

    Raises:
        ValueError: an option is wrong, the store holds too little, or there is such a folder.
    """
    check_counts(command, members=1, batch=1, workers=1)
    check_seed(command.seed)
    if command.to.exists():
        raise ValueError(f"--to {command.to} is there already: name a new folder")
    console = Console(highlight=False, soft_wrap=True)
    torch.set_num_threads(1)
    groups = groups_in(command.store, command.human)
    learned = [group for group in groups if not is_validation(group.level)]
    language_model = read_model(find_language_model(command.model))
    members = []
    for i in range(command.members):
        member, log = fit(
            language_model, learned, command.seed * 1000 + i, rate=command.learning_rate, batch=command.batch,
            workers=command.workers,
        )  # fmt: skip
        members.append(member)
        console.print(
            f"Member {i + 1} of {command.members}: {len(log)} steps, loss {log[0]['loss']:.3f} to {log[-1]['loss']:.3f}"
        )
    figures = health(members, [group for group in groups if is_validation(group.level)])
    facts = {"comparisons": len(learned), "human": command.human, "store": command.store, "health": figures}
    write_ensemble(command.to, members, facts)
    (command.to / HEALTH).write_text(json.dumps(figures, indent=2) + "\n")
    return told(console, figures, command.to)


def check_reward(command: CheckReward) -> int:
    """Measure and tell; returns the exit status: 1 where it may be chance.

    Raises:
        ValueError: there is no such reward model or store, or nothing to check it on.
    """
    check_file("--json", command.json)
    members = read_ensemble(command.reward)
    store = command.store or str(read_manifest(command.reward / "member-0").get("store", ""))
    groups = groups_in(store, command.human)
    figures = health(members, [group for group in groups if is_validation(group.level)], command.ceiling)
    if command.json:
        command.json.write_text(json.dumps(figures, indent=2) + "\n")
    return told(Console(highlight=False, soft_wrap=True), figures, command.reward)


def groups_in(store: str, human: bool) -> list[Group]:
    """What was judged, of a store.

    Raises:
        ValueError: there is no such store, or nothing was judged by such raters.
    """
    with_labels = existing_store(store).judged(human=human)
    groups = [
        group for comparison, label in with_labels if (group := group_of(comparison, label)) is not None
    ]
    if not groups:
        who = "people" if human else "synthetic raters"
        raise ValueError(f"{store} holds no choice or ranking that {who} made: label some first")
    return groups


def told(console: Console, figures: dict[str, Any], path: Path, by: str = "ppo") -> int:
    """Print a check, and whether a policy may be tuned by it."""
    console.print(table_of(figures))
    why = refusal(figures)
    console.print(why if why else f"It may be tuned by: social-rl rlhf {by} --reward {path}")
    return REFUSED if why else 0


def table_of(figures: dict[str, Any]) -> Table:
    """A check as a table."""
    low, high = figures["interval"]
    rows: Sequence[tuple[str, str]] = (
        ("pairs that were kept back", f"{figures['pairs']:,}"),
        ("ordered as they were judged", f"{figures['accuracy']:.1%} ({low:.1%} to {high:.1%})"),
        ("raters' ceiling", "not known" if figures["ceiling"] is None else f"{figures['ceiling']:.1%}"),
        ("calibration error", f"{figures['calibration_error']:.3f}"),
        ("Brier score", f"{figures['brier']:.3f}"),
        ("correlation with length", f"{figures['length_correlation']:.2f}"),
        *((f"by {rater}", f"{value:.1%}") for rater, value in figures["by_rater"].items()),
    )
    table = Table("reward model", "")
    for row in rows:
        table.add_row(*row)
    return table
