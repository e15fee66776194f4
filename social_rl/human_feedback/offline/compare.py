"""How do ways of learning from a log compare? Each policy talks with persons, who know how satisfied they are."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import product

import numpy as np
import torch
from rich.console import Console

from social_rl.commands.checks import check_counts, check_file, check_seed
from social_rl.commands.rlhf.offline import Offline
from social_rl.human_feedback.offline.learning import (
    IMITATIONS,
    METHODS,
    Pair,
    Tuning,
    Values,
    imitate,
    kl,
    learn,
)
from social_rl.human_feedback.offline.person import Replier, habitual, hold_talks
from social_rl.human_feedback.offline.reading import batch_of, seen, vocabulary_of
from social_rl.human_feedback.offline.rewards import REWARDS
from social_rl.human_feedback.offline.talks import KINDS, Talk, Turn, read_talks, turns_of, write_talks
from social_rl.reports.tables import means_table
from social_rl.runs.kept_rows import Figures, Rows, kept_rows, missing, write_rows

LOG = "log"
TESTED = 10_000  # persons who test have other seeds than those whose talks are logged


class Learned:
    """A policy that replies, and notes how far it is from the prior."""

    def __init__(
        self, network: Values, prior: Values, policy: Pair, vocabulary: dict[str, int], seed: int
    ) -> None:
        self.network, self.prior, self.policy, self.vocabulary = network, prior, policy, vocabulary
        self.generator = torch.Generator().manual_seed(seed)
        self.kls: list[float] = []

    @torch.no_grad()
    def __call__(self, talks: list[list[Turn]], words: list[str]) -> list[str]:
        """The kind of the next reply in each talk."""
        rows = [seen(turns, said, self.vocabulary) for turns, said in zip(talks, words, strict=True)]
        state_NX = torch.from_numpy(np.stack(rows))
        log_prior_NV = self.prior(state_NX).log_softmax(1)
        policy_NV = self.policy(self.network(state_NX), log_prior_NV)
        self.kls += kl(policy_NV, log_prior_NV).tolist()
        drawn_N1 = torch.multinomial(policy_NV, 1, generator=self.generator)
        return [KINDS[int(kind)] for kind in drawn_N1[:, 0]]


def offline(command: Offline) -> int:
    """Log, learn, measure, print, write; returns the exit status.

    Raises:
        ValueError: an option is out of range, or a file cannot be read or written.
    """
    check(command)
    torch.set_num_threads(1)
    console = Console(highlight=False, soft_wrap=True)
    given = read_talks(command.file) if command.file else None
    asked = {
        k: str(v) if k in ("file", "write") and v else v for k, v in asdict(command).items() if k != "json"
    }
    asked |= {"human_talks": sum(talk.is_human for talk in given or ())}
    rows = kept_rows(command.json, asked)
    for number, seed in enumerate(range(command.seed, command.seed + command.seeds)):
        began, needed = time.perf_counter(), missing(rows, [*rows_of(command)], number)
        talks = given or hold_talks(habitual(seed), command.talks, command.votes, seed).talks
        if command.write and seed == command.seed:
            write_talks(command.write, talks)
        for name, figures in measured(command, talks, seed, needed):
            rows.setdefault(name, []).append(figures)
            if command.json:
                write_rows(command.json, asked, rows)
        console.print(
            f"seed {seed}: {len(talks):,} talks, {turns_of(talks):,} turns, "
            + (f"{time.perf_counter() - began:.0f} s" if needed else "kept")
        )
    _print(console, rows)
    if command.json:
        console.print(f"Wrote {command.json}", markup=False)
    return 0


def rows_of(command: Offline) -> dict[str, tuple[str, str]]:
    """The method and the reward of each row by its name; the policy that was logged has none, imitation no reward."""
    found = {LOG: ("", "")} | {name: (name, "") for name in command.methods if name in IMITATIONS}
    pairs = product(command.rewards, (name for name in command.methods if name in METHODS))
    return found | {f"{name}, {reward}": (name, reward) for reward, name in pairs}


def measured(
    command: Offline, talks: Sequence[Talk], seed: int, needed: Sequence[str]
) -> Iterator[tuple[str, Figures]]:
    """Figures of the policy that was logged, of imitation, and of each method with each reward, of one seed; those of
    the rows that are needed, one by one."""
    if not needed:
        return
    tuning = Tuning(updates=command.updates, discount=command.discount, c=command.c)
    vocabulary = vocabulary_of(talks)
    batch = batch_of(talks, vocabulary)
    prior = imitate(batch, len(KINDS), tuning, seed)

    def tested(network: Values, policy: Pair) -> Figures:
        learned = Learned(network, prior, policy, vocabulary, seed)
        return {**figures_of(learned, command.persons, seed), "kl": float(np.mean(learned.kls))}

    for row in needed:
        name, reward = rows_of(command)[row]
        if not name:
            yield row, figures_of(habitual(seed + TESTED), command.persons, seed)
        elif not reward:
            yield row, tested(prior, IMITATIONS[name])
        else:
            reward_N = np.concatenate(REWARDS[reward](talks))
            network = learn(METHODS[name], batch, reward_N, prior, tuning, seed)
            yield row, tested(network, METHODS[name].policy)


def figures_of(replier: Replier, persons: int, seed: int) -> Figures:
    """Means over talks with persons: true satisfaction, turns, and the share of talks that went on to the cut."""
    held = hold_talks(replier, persons, 0, seed + TESTED)
    return {
        "satisfaction": float(held.satisfaction_N.mean()),
        "turns": turns_of(held.talks) / persons,
        "cut": float(np.mean([not talk.is_over for talk in held.talks])),
    }


def check(command: Offline) -> None:
    """Raise a ValueError that names the option, before anything is done."""
    check_counts(command, seeds=1, talks=1, updates=1, persons=1)
    check_seed(command.seed)
    if not command.methods:
        raise ValueError(
            f"--method is empty, allowed are one or more of {', '.join((*IMITATIONS, *METHODS))}"
        )
    if not command.rewards:
        raise ValueError(f"--reward is empty, allowed are one or more of {', '.join(REWARDS)}")
    for name in ("votes", "discount"):
        if not 0 <= getattr(command, name) <= 1:
            raise ValueError(f"--{name} is {getattr(command, name)}, allowed are 0 to 1")
    if not 0 < command.c < float("inf"):
        raise ValueError(f"--c is {command.c}, allowed are more than 0")
    check_file("--write", command.write)
    check_file("--json", command.json)


def _print(console: Console, rows: Rows) -> None:
    columns = ("satisfaction", "turns", "cut", "kl")
    console.print(means_table(rows, columns))
    console.print(
        f"{len(rows[LOG])} seeds; satisfaction is the person's own sum over a talk; kl in nats a reply"
    )
