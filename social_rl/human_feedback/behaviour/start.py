"""What does `social-rl rlhf clips` do? It gathers clips and labels, fits a reward model that reads them, and checks it.

labels.sqlite, replays/     what was compared, and what people see of it
reward/                     members of the reward model, and health.json
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numba
import torch
from rich.console import Console

from agents.training.checkpoint import MANIFEST, read_network
from social_rl.commands.checks import check_counts, check_seed
from social_rl.commands.rlhf.clips import Clips
from social_rl.human_feedback.behaviour.clips import reader
from social_rl.human_feedback.behaviour.gathering import gather
from social_rl.human_feedback.behaviour.judged import groups_of, split_kinds
from social_rl.human_feedback.behaviour.model import ClipReward, write_clip_rewards
from social_rl.human_feedback.preferences.raters import RATERS
from social_rl.human_feedback.preferences.store import open_store
from social_rl.human_feedback.reward.check import accuracy, health, judged
from social_rl.human_feedback.reward.fitting import fitted, is_validation
from social_rl.human_feedback.reward.standard import ceiling_of
from social_rl.human_feedback.reward.start import HEALTH, told
from social_rl.runs.shipped import find_checkpoint
from worlds.checks import check_choice, check_number
from worlds.files import remove_folder
from worlds.levels.level import MAX_STEPS

LABELS, REWARD = "labels.sqlite", "reward"


def clips(command: Clips) -> int:
    """Gather, fit, check, write; returns the exit status: 1 where the check says that it may be chance.

    Raises:
        ValueError: an option is wrong, or the store holds too little.
    """
    check(command)
    console = Console(highlight=False, soft_wrap=True)
    torch.set_num_threads(1)
    numba.set_num_threads(1)
    source = find_checkpoint(command.mind)
    network = read_network(source)
    command.to.mkdir(parents=True, exist_ok=True)
    store = open_store(command.to / LABELS)
    digest = hashlib.sha256((source / MANIFEST).read_bytes()).hexdigest()
    gather(command, store, command.to, network, digest, console.print)
    if command.human and not store.labels(human=True):
        console.print(f"Judge some: social-rl label {command.to / LABELS} --web; then call this again.")
        return 0
    judgements = store.judged(human=command.human)
    groups = groups_of(judgements, reader(command.to, network))
    learned = [group for group in groups if not is_validation(group.level)]
    whole, moments = split_kinds([group for group in groups if is_validation(group.level)])
    members = []
    for i in range(command.members):
        seed = command.seed * 1000 + i
        member, log = fitted(
            ClipReward(network, seed, freezes=command.freeze), learned, seed, rate=command.learning_rate,
            batch=command.batch, workers=command.workers,
        )  # fmt: skip
        members.append(member)
        console.print(
            f"Member {i + 1} of {command.members}: {len(log)} steps, loss {log[0]['loss']:.3f} to {log[-1]['loss']:.3f}"
        )
    chosen = [one for one in judgements if one[0].kind == "choice" and is_validation(one[0].level)]
    figures = health(members, whole, ceiling=ceiling_of(chosen))
    if moments:
        found = judged(members, moments)
        figures |= {"marks": len(found.apart_N), "marks_accuracy": accuracy(found).value}
        console.print(
            f"Marks of progress as they were made: {figures['marks_accuracy']:.1%} of {figures['marks']}"
        )
    write(command.to / REWARD, members, {"human": command.human, "health": figures})
    return told(console, figures, command.to / REWARD, "mind")


def check(command: Clips) -> None:
    """Raise a ValueError that names the option, before anything is done."""
    check_counts(command, comparisons=1, worlds=1, members=1, batch=1, workers=1)
    check_number("--steps", command.steps, 1, MAX_STEPS)
    check_seed(command.seed)
    check_choice("--rater", command.rater, RATERS)


def write(folder: Path, members: list[ClipReward], facts: dict[str, Any]) -> None:
    """Write a reward model and its health, in place of the one that is there."""
    if folder.exists():
        remove_folder(folder)
    write_clip_rewards(folder, members, facts)
    (folder / HEALTH).write_text(json.dumps(facts["health"], indent=2) + "\n")
