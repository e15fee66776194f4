"""What does `social-rl evaluate` do? Play every split with each row of policies, and print and write what came out."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rich.console import Console
from rich.table import Table

from agents.language.model.language_model import read_model
from agents.language.responding import Responder
from social_rl.commands.checks import check_counts, check_file, check_seed, write_json
from social_rl.commands.choices import read_choices
from social_rl.commands.evaluate import Evaluate
from social_rl.evaluation.contestants import Contestant, checkpoints_json, contestants, named
from social_rl.evaluation.splits import (
    LED,
    PRIVILEGED_ROWS,
    doubt_figures,
    figures,
    play_doubts,
    play_rows,
    row_name,
)
from social_rl.evaluation.statistics import INTERVALS
from social_rl.reports.tables import BRACKETS, EFFICIENCY, PRIVILEGED
from social_rl.runs.provenance import origin
from social_rl.runs.shipped import find_language_model
from worlds.checks import count

WRONG = "Wrong object: something was taken up that no instruction speaks of."
DOUBTS = (
    "Precision: how much of what the mind held to be impossible was so; "
    "recall: how much of what was impossible it held to be so."
)
COLUMNS = ("split", "who", "success", "path efficiency", "clauses done", "wrong object")


def evaluate(command: Evaluate) -> int:
    """Measure, print and write as the command says.

    Raises:
        ValueError: an option is wrong, or the checkpoint cannot be used.
    """
    check_counts(command, episodes=1, seeds=1, agents=1)
    check_seed(command.first_seed)
    check_file("--json", command.json)
    command, language = with_language(command)
    who = contestants(command.checkpoint, command.seeds, command.first_seed)
    choices: dict[str, Any] = dict(read_choices("house", command.choices))
    console = Console(highlight=False, soft_wrap=True)
    console.print(
        f"{named(who)}: {count(len(who), 'seed')} of {count(command.episodes, 'episode')} "
        f"with {count(command.agents, 'agent')}"
    )
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in COLUMNS:
        table.add_column(column, justify="left" if column in ("split", "who") else "right")
    splits = {}
    for split in command.split:
        played = [
            play_rows(
                one.network,
                split,
                command.episodes,
                one.seed,
                command.rows,
                language,
                agents=command.agents,
                **choices,
            )
            for one in who
        ]
        splits[split] = {row: figures([part[row] for part in played]) for row in command.rows}
        for row, found in splits[split].items():
            table.add_row(split, row_name(row), *texts(found))
    doubts = doubts_of(who, command) if command.cannot else None
    if command.json:
        write_json(command.json, record(command, splits, doubts, who) | language_record(command, language))
    console.print(table)
    if doubts:
        precision, recall = (doubts[name]["share"] for name in ("precision", "recall"))
        console.print(f"What cannot be done: precision {percent(precision)}, recall {percent(recall)}")
    if language and language.given:
        console.print(
            f"Of the answers of the language model, {percent(language.parse_rate)} parse as they are"
        )
    console.print()
    privileged = [PRIVILEGED] if {*command.rows} & {*PRIVILEGED_ROWS} else []
    for note in (BRACKETS, EFFICIENCY, WRONG, *([DOUBTS] if doubts else []), *privileged):
        console.print(note, style="dim")
    if command.json:
        console.print(f"Wrote {command.json}")
    return 0


def with_language(command: Evaluate) -> tuple[Evaluate, Responder | None]:
    """The command with a row for the language model that it names, if it names one.

    Raises:
        ValueError: several are named, or it cannot be read.
    """
    if command.language is None and not LED.keys() & {*command.rows}:
        return command, None
    if len(command.language or ()) > 1:
        raise ValueError(f"--language names {len(command.language or ())} language models: name one")
    rows = command.rows if LED.keys() & {*command.rows} else (*command.rows, "lm")
    path = next(iter(command.language or ()), None)
    return replace(command, rows=rows), Responder(read_model(find_language_model(path)))


def language_record(command: Evaluate, language: Responder | None) -> dict[str, Any]:
    """Which language model led, and how often its answers parse by themselves, for JSON."""
    if language is None:
        return {}
    named = str(next(iter(command.language or ()), "shipped"))
    return {"language": {"model": named, "answers": language.given, "parse_rate": language.parse_rate}}


def doubts_of(who: Sequence[Contestant], command: Evaluate) -> dict[str, Any]:
    """Does each mind know what cannot be done? With its first seed."""
    each = {one.folder: one for one in reversed(who)}.values()
    return doubt_figures(
        [play_doubts(one.network, command.episodes, one.seed, command.agents) for one in each]
    )


def texts(found: dict[str, Any]) -> tuple[str, ...]:
    """Figures, in the order of COLUMNS."""
    efficiency = found["path_efficiency"]["mean"]
    return (
        interval_text(found),
        "-" if efficiency is None else f"{efficiency:.2f}",
        percent(found["clause_completion"]["mean"]),
        percent(found["wrong_object"]["success"]),
    )


def interval_text(found: dict[str, Any]) -> str:
    """A success as text, with its interval if there are enough levels for one."""
    low, high = found["ci95"]
    interval = "" if low is None else f" ({100 * low:.1f}-{100 * high:.1f})"
    return percent(found["success"]) + interval


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
        "intervals": INTERVALS,
        "settings": {
            "split": list(command.split), "episodes": command.episodes, "seeds": [one.seed for one in who],
            "agents": command.agents, "choices": list(command.choices), "checkpoints": checkpoints_json(who),
        },
        **origin(),
    }  # fmt: skip
