"""Which clips are compared, and what do raters say? A mind's own, drawn from at temperature 1, so that they differ.

What is played in a round depends on the seed and its number alone: what was cut is played again, and goes on.
"""

import hashlib
from collections.abc import Callable
from itertools import count
from pathlib import Path

import numpy as np

from agents.network.actor_critic import ActorCritic
from agents.policies.learned import Learned
from social_rl.commands.rlhf.clips import Clips
from social_rl.human_feedback.preferences.comparison import SCHEMA, Comparison, Item
from social_rl.human_feedback.preferences.raters import rate
from social_rl.human_feedback.preferences.store import Store
from social_rl.human_feedback.preferences.utilities import utility
from social_rl.human_feedback.tuning.asked import draw_asked, plainly, repeated
from social_rl.human_feedback.tuning.episodes import play_mind
from social_rl.human_feedback.tuning.gathering import compared, items_of, level_of
from social_rl.human_feedback.tuning.run import seed_of
from worlds.kernels import rules_version
from worlds.language.grammar import grammar_version

GATHER = 4  # stream of seeds
PLAYS = 4  # of each house
HOPELESS = 5  # rounds after which some plays should have differed


def gather(
    command: Clips, store: Store, folder: Path, network: ActorCritic, checkpoint: str, say: Callable[[str], None]
) -> None:  # fmt: skip
    """Let there be so many choices, one question of progress for each agent, and their labels, if not people give them.

    Args:
        command: what was asked for.
        store: of comparisons and labels.
        folder: of the store, for replays.
        network: of the mind.
        checkpoint: its digest.
        say: tells how it goes.

    Raises:
        ValueError: what was gathered is of another mind, or no two plays ever differ.
    """
    asked = store.comparisons().values()
    if any(item.checkpoint != checkpoint for one in asked for item in one.items):
        raise ValueError(
            f"{folder} holds clips of another mind: name it by --mind, or give another folder --to"
        )
    answered = {label.comparison for label in store.labels(human=False).values()}
    cut = {one.round for one in asked if not command.human and one.id not in answered}
    whole = {one.round for one in asked} - cut
    choices = sum(one.kind == "choice" and one.round in whole for one in asked)
    for round in count():
        if choices >= command.comparisons:
            return
        if round in whole:
            continue
        if round >= HOPELESS and not choices:
            raise ValueError(
                f"in {round * command.worlds} houses no two of {PLAYS} plays differed: take another --mind, or --steps"
            )
        comparisons, gains = _round(
            command, round, folder, network, checkpoint, command.comparisons - choices
        )
        store.ask(comparisons, seed=command.seed)
        for comparison in () if command.human else comparisons:
            if comparison.id not in answered:
                _label(store, comparison, command, gains)
        choices += sum(one.kind == "choice" for one in comparisons)
        say(f"{choices:,} of {command.comparisons:,} choices, from {(round + 1) * command.worlds:,} houses")


def _round(
    command: Clips, round: int, folder: Path, network: ActorCritic, checkpoint: str, most: int
) -> tuple[list[Comparison], dict[tuple[str, str], tuple[float, ...]]]:  # fmt: skip
    """What is asked of one round, and what each step of its clips was worth, by replay and prompt."""
    seed = seed_of(command.seed, GATHER, round)
    asked = plainly(draw_asked(command.worlds, seed, command.split), command.steps)
    many = repeated(asked, PLAYS)
    episodes = play_mind(many, Learned(network, 1.0, seed), seed, records=True)
    items = items_of(many, episodes, "mind", checkpoint, folder, f"clips-{command.seed}-{round}")
    gains = {(item.replay, item.prompt): one.gains for item, one in zip(items, episodes, strict=True)}
    columns = len(asked.words)
    plays = [items[first : first + columns] for first in range(0, len(items), columns)]
    versions = {"schema": SCHEMA, "rules": rules_version(), "grammar": grammar_version()}
    choices = compared(asked, plays, round, versions)[:most]
    progress = [
        Comparison(_name(item), round, level_of(asked, b), "progress", (item,), (0,), versions)
        for b, item in enumerate(plays[0])
    ]
    return choices + progress, gains


def _name(item: Item) -> str:
    return hashlib.sha256(f"progress\0{item.replay}\0{item.prompt}".encode()).hexdigest()[:32]


def _label(
    store: Store, comparison: Comparison, command: Clips, gains: dict[tuple[str, str], tuple[float, ...]]
) -> None:
    """Let a synthetic rater answer; what it answers depends on the seed and the comparison alone."""

    def steps_of(item: Item) -> tuple[float, ...]:
        return gains[item.replay, item.prompt]

    rng = np.random.default_rng([command.seed, int(comparison.id[:15], 16)])
    label = rate(comparison, command.rater, utility, rng, per_step=steps_of)
    store.answer(f"{command.rater}-{comparison.id}", label, comparison.shown)
