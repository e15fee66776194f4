"""What do `social-rl rlhf reward` and `social-rl rlhf check-reward` do? They fit a reward model, and say its health."""

import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from agents.language.model.language_model import read_model
from agents.training.checkpoint import read_manifest
from social_rl.commands.checks import check_counts, check_file, check_seed, write_json
from social_rl.commands.rlhf.reward import CheckReward, Reward
from social_rl.human_feedback.preferences.store import existing_store
from social_rl.human_feedback.reward.check import health, refusal
from social_rl.human_feedback.reward.fitting import Group, fit, group_of, is_validation
from social_rl.human_feedback.reward.model import RewardModel, read_ensemble, write_ensemble
from social_rl.human_feedback.reward.standard import Judgement, ceiling_of, fours_of
from social_rl.runs.shipped import find_language_model
from worlds.checks import check_choice
from worlds.files import new_folder

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
    judgements = judgements_in(command.store, command.human)
    raters = {label.rater for _, label in judgements}
    for rater in command.held_out:
        check_choice("--held-out", rater, sorted(raters))
    raters -= {*command.held_out}
    groups = groups_of(judgements)
    learned = [group for group in groups if not is_validation(group.level) and group.rater in raters]
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
    figures = checked(members, judgements, raters)
    facts = {
        "comparisons": len(learned), "human": command.human, "store": command.store, "raters": sorted(raters),
        "health": figures,
    }  # fmt: skip
    with new_folder(command.to) as unfinished:
        write_ensemble(unfinished, members, facts)
        (unfinished / HEALTH).write_text(json.dumps(figures, indent=2) + "\n")
    return told(console, figures, command.to)


def check_reward(command: CheckReward) -> int:
    """Measure and tell; returns the exit status: 1 where it may be chance.

    Raises:
        ValueError: there is no such reward model or store, or nothing to check it on.
    """
    check_file("--json", command.json)
    members = read_ensemble(command.reward)
    manifest = read_manifest(command.reward / "member-0")
    judgements = judgements_in(command.store or str(manifest.get("store", "")), command.human)
    figures = checked(members, judgements, manifest.get("raters"))
    if command.json:
        write_json(command.json, figures)
    return told(Console(highlight=False, soft_wrap=True), figures, command.reward)


def judgements_in(store: str, human: bool) -> list[Judgement]:
    """The choices and rankings of a store that were not skipped.

    Raises:
        ValueError: there is no such store, or nothing was judged by such raters.
    """
    found = [one for one in existing_store(store).judged(human=human) if group_of(*one) is not None]
    if not found:
        who = "people" if human else "synthetic raters"
        raise ValueError(f"{store} holds no choice or ranking that {who} made: label some first")
    return found


def groups_of(judgements: Sequence[Judgement]) -> list[Group]:
    """What was judged."""
    return [group for one in judgements if (group := group_of(*one)) is not None]


def checked(
    members: Sequence[RewardModel], judgements: Sequence[Judgement], raters: Collection[str] | None
) -> dict[str, Any]:
    """The health of a reward model that learned from these raters, on levels that are kept back."""
    kept = [one for one in judgements if is_validation(one[0].level)]
    return health(
        members, groups_of(kept), ceiling=ceiling_of(kept), fours=fours_of(kept), learned_from=raters
    )


def told(console: Console, figures: dict[str, Any], path: Path, by: str = "ppo") -> int:
    """Print a check, and whether a policy may be tuned by it."""
    console.print(table_of(figures))
    why = refusal(figures)
    console.print(why if why else f"It may be tuned by: social-rl rlhf {by} --reward {path}")
    return REFUSED if why else 0


def table_of(figures: dict[str, Any]) -> Table:
    """A check as a table."""
    low, high = figures["interval"]
    four, ties, others = figures["best_of_four"], figures["ties"], figures["other_raters"]
    rows: Sequence[tuple[str, str]] = (
        ("pairs that were kept back", f"{figures['pairs']:,}"),
        ("ordered as they were judged", f"{figures['accuracy']:.1%} ({low:.1%} to {high:.1%})"),
        ("raters' ceiling", "not known" if figures["ceiling"] is None else f"{figures['ceiling']:.1%}"),
        (
            "best of four, by true worth",
            f"{four['right']:.1%} (by chance {four['by_chance']:.1%})" if four else "none",
        ),
        ("ties closer than other pairs", f"{ties['told']:.1%} (by chance 50 %)" if ties else "no ties"),
        ("calibration error", f"{figures['calibration_error']:.3f}"),
        ("Brier score", f"{figures['brier']:.3f}"),
        ("correlation with length", f"{figures['length_correlation']:.2f}"),
        *((f"by rater {rater}", f"{value:.1%}") for rater, value in figures["by_rater"].items()),
        ("by raters that it did not learn from", "none" if others is None else f"{others:.1%}"),
        *((f"by policy {policy}", f"{value:.1%}") for policy, value in figures["by_policy"].items()),
    )
    table = Table("reward model", "")
    for row in rows:
        table.add_row(*row)
    return table
