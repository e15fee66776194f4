"""What does `social-rl evaluate` do? Play every split with each row of policies, and print and write what came out."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from social_rl.commands.checks import check_counts, check_file, check_seed, write_json
from social_rl.commands.choices import read_choices
from social_rl.commands.evaluate import Evaluate
from social_rl.evaluation.contestants import Contestant, checkpoints_json, contestants, named
from social_rl.evaluation.splits import estimate_json, evaluate_doubts, evaluate_split
from social_rl.evaluation.statistics import share
from social_rl.runs.provenance import command_line, commit, machine, versions

COLUMNS = ("split", "who", "success", "path efficiency", "clauses done", "wrong object")


def evaluate(command: Evaluate) -> int:
    """Measure, print and write as the command says.

    Raises:
        ValueError: an option is wrong, or the checkpoint cannot be used.
    """
    check_counts(command, episodes=1, seeds=1, agents=1)
    check_seed(command.first_seed)
    check_file("--json", command.json)
    who = contestants(command.checkpoint, command.seeds, command.first_seed)
    choices: dict[str, Any] = dict(read_choices("house", command.choices))
    console = Console(highlight=False, soft_wrap=True)
    console.print(
        f"{named(who)}: {len(who)} seeds of {command.episodes} episodes with {command.agents} agents"
    )
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in COLUMNS:
        table.add_column(column, justify="left" if column in ("split", "who") else "right")
    splits = {}
    for split in command.split:
        found = [
            evaluate_split(
                one.mind, split, command.episodes, one.seed, command.rows, agents=command.agents, **choices
            )
            for one in who
        ]
        splits[split] = {row: pooled([part[row] for part in found]) for row in command.rows}
        for row, figures in splits[split].items():
            table.add_row(split, row, *texts(figures))
    doubts = doubts_of(who, command) if command.cannot else None
    console.print(table)
    if doubts:
        precision, recall = (doubts[name]["share"] for name in ("precision", "recall"))
        console.print(f"What cannot be done: precision {percent(precision)}, recall {percent(recall)}")
    if command.json:
        write_json(command.json, record(command, splits, doubts, who))
        console.print(f"Wrote {command.json}")
    return 0


def doubts_of(who: Sequence[Contestant], command: Evaluate) -> dict[str, Any]:
    """Does each mind know what cannot be done? With its first seed."""
    each = {one.folder: one for one in reversed(who)}.values()
    parts = [evaluate_doubts(one.mind, command.episodes, one.seed, command.agents) for one in each]
    return parts[0] if len(parts) == 1 else pooled(parts)


def pooled(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Figures over several seeds: shares over all episodes, means of means."""
    whole: dict[str, Any] = {}
    for name, value in parts[0].items():
        if name == "by_kind":
            kinds = sorted({kind for part in parts for kind in part["by_kind"]})
            whole["by_kind"] = {
                kind: pooled([p["by_kind"][kind] for p in parts if kind in p["by_kind"]]) for kind in kinds
            }
        elif isinstance(value, dict):
            whole[name] = pooled([part[name] for part in parts if name in part])
    if name := next((name for name in ("success", "share") if name in parts[0]), None):
        n = sum(part["n"] for part in parts)
        right = round(sum(part[name] * part["n"] for part in parts if part["n"]))
        whole |= estimate_json(share(right, n), name)
        whole["by_seed"] = [part[name] for part in parts]
    elif "mean" in parts[0]:
        values = [part["mean"] for part in parts if part["mean"] is not None]
        whole["mean"] = round(float(np.mean(values)), 5) if values else None
        whole["n"] = sum(part["n"] for part in parts)
    return whole


def texts(figures: dict[str, Any]) -> tuple[str, ...]:
    """Figures, in the order of COLUMNS."""
    low, high = figures["ci95"]
    efficiency = figures["path_efficiency"]["mean"]
    return (
        f"{percent(figures['success'])} ({100 * low:.1f}-{100 * high:.1f})",
        "-" if efficiency is None else f"{efficiency:.2f}",
        percent(figures["clause_completion"]["mean"]),
        percent(figures["wrong_object"]["success"]),
    )


def percent(value: float | None) -> str:
    """A share as text."""
    return "-" if value is None else f"{100 * value:.1f} %"


def record(
    command: Evaluate,
    splits: dict[str, Any],
    doubts: dict[str, Any] | None,
    who: Sequence[Contestant],
) -> dict[str, Any]:
    """What came out and how, for JSON; the first split and row are also at the top."""
    first = splits[command.split[0]]
    best = first.get("mind", next(iter(first.values())))
    return {
        **{name: best[name] for name in ("success", "ci95", "n", "by_kind")},
        "rows": first,
        "splits": splits,
        "cannot": doubts,
        "settings": {
            "split": list(command.split), "episodes": command.episodes, "seeds": [one.seed for one in who],
            "agents": command.agents, "choices": list(command.choices), "checkpoints": checkpoints_json(who),
        },
        "command": command_line(),
        "commit": commit(),
        "versions": versions(),
        "machine": machine(),
    }  # fmt: skip
