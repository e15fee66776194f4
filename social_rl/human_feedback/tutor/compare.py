"""How do ways of learning rules compare? Each learns from the same prior; all are measured on sequences they draw."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from social_rl.commands.checks import check_counts, check_file, check_seed
from social_rl.commands.rlhf.tutor import Tutor
from social_rl.human_feedback.tutor.learning import METHODS, Method, Tuning, draw, learn, log_sum
from social_rl.human_feedback.tutor.melody import MELODY
from social_rl.human_feedback.tutor.network import Network, fit_prior
from social_rl.human_feedback.tutor.routine import ROUTINE
from social_rl.human_feedback.tutor.task import Task, real_tokens, rewards
from social_rl.runs.kept_rows import Figures, Rows, kept_rows, missing, write_rows

TASKS = {"melody": MELODY, "routine": ROUTINE}
PRIOR, DATA = "prior", "data"
PRIOR_BATCH, PRIOR_RATE = 64, 3e-3
LEAST_EXPLORED = 0.01  # share of random tokens from the middle on
AS_PRIOR = Method(rewards_prior=False, adds_prior=False, begins_as_prior=True, value=log_sum)


def tutor(command: Tutor) -> int:
    """Teach, measure, print, write; returns the exit status.

    Raises:
        ValueError: an option is out of range, or the file cannot be written or holds something else.
    """
    check(command)
    torch.set_num_threads(1)
    console, task = Console(highlight=False, soft_wrap=True), TASKS[command.task]
    asked = {name: value for name, value in asdict(command).items() if name != "json"}
    asked |= {"uniform_log_p": -float(np.log(len(task.tokens)))}
    rows = kept_rows(command.json, asked)
    for number, seed in enumerate(range(command.seed, command.seed + command.seeds)):
        began, needed = time.perf_counter(), missing(rows, (DATA, PRIOR, *command.methods), number)
        for name, figures in measured(command, task, seed, needed):
            rows.setdefault(name, []).append(figures)
            if command.json:
                write_rows(command.json, asked, rows)
        console.print(f"seed {seed}: " + (f"{time.perf_counter() - began:.0f} s" if needed else "kept"))
    _print(console, task, rows)
    if command.json:
        console.print(f"Wrote {command.json}", markup=False)
    return 0


def measured(command: Tutor, task: Task, seed: int, needed: Sequence[str]) -> Iterator[tuple[str, Figures]]:
    """Figures of the data, of the prior and of each method, of one seed; those that are needed, one by one."""
    if not needed:
        return
    prior, _ = fit_prior(task, command.hidden, command.prior_steps, PRIOR_BATCH, PRIOR_RATE, seed)
    tuning = Tuning(
        rounds=command.rounds, discount=command.discount, c=command.c,
        explores=(command.explores, min(command.explores, LEAST_EXPLORED)),
    )  # fmt: skip
    for name in needed:
        if name == DATA:
            data_BT = task.data(command.sequences, np.random.default_rng([seed, 2]))
            yield name, {**task.statistics(data_BT), "reward": float(rewards(task, data_BT).sum(1).mean())}
        elif name == PRIOR:
            yield name, figures_of(task, AS_PRIOR, prior, prior, command.sequences, seed)
        else:
            network = learn(task, METHODS[name], prior, tuning, seed)
            yield name, figures_of(task, METHODS[name], network, prior, command.sequences, seed)


def figures_of(
    task: Task, method: Method, network: Network, prior: Network, sequences: int, seed: int
) -> Figures:
    """The task's statistics of sequences that a policy draws, and its distance from the prior.

    `log_p` is the mean of log p of a token by the prior, `kl` of KL(policy ‖ prior) at a place, both in nats; `reward`
    is what the rules give for a sequence.
    """
    drawn = draw(task, method, network, prior, sequences, torch.Generator().manual_seed(seed))
    tokens = real_tokens(drawn.token_BT, task.end).sum()
    return {
        **task.statistics(drawn.token_BT),
        "reward": float(rewards(task, drawn.token_BT).sum(1).mean()),
        "log_p": float(drawn.log_prior_BT.sum() / tokens),
        "kl": float(drawn.kl_BT.sum() / tokens),
    }


def check(command: Tutor) -> None:
    """Raise a ValueError that names the option, before anything is done."""
    check_counts(command, seeds=1, rounds=1, hidden=1, prior_steps=1, sequences=1)
    check_seed(command.seed)
    if not command.methods:
        raise ValueError(f"--method is empty, allowed are one or more of {', '.join(METHODS)}")
    if not 0 <= command.discount <= 1:
        raise ValueError(f"--discount is {command.discount}, allowed are 0 to 1")
    if not 0 <= command.explores <= 1:
        raise ValueError(f"--explores is {command.explores}, allowed are 0 to 1")
    if not 0 < command.c < float("inf"):
        raise ValueError(f"--c is {command.c}, allowed are more than 0")
    check_file("--json", command.json)


def _print(console: Console, task: Task, rows: Rows) -> None:
    table = Table("", *rows, box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in table.columns[1:]:
        column.justify = "right"
    for name in rows[PRIOR][0]:
        cells = [
            f"{np.mean([figures[name] for figures in seeds]):.3f}" if name in seeds[0] else "-"
            for seeds in rows.values()
        ]
        table.add_row(name, *cells, style="bold" if name in (task.breaks, "log_p") else "")
    console.print(table)
    console.print(f"{len(rows[PRIOR])} seeds; log p of a uniform choice: {-np.log(len(task.tokens)):.3f}")
