"""How are scores shown? One table: a row for each agent, and one for each kind of instruction it got."""

import math
from collections.abc import Mapping, Sequence
from statistics import fmean

from rich.table import Table

from social_rl.evaluation.statistics import Estimate
from social_rl.reports.summary import AgentScores, Report, Scores

COLUMNS = ("", "episodes", "success", "return", "steps", "path\nefficiency")
NOTHING = "-"
BRACKETS = "Brackets and ±: 95 %, agents and episodes of one level counted as one."
EFFICIENCY = (
    "Path efficiency: acts that the expert needs alone / acts taken, over successes;\n"
    "above 1 where others help, or the expert alone does not take the shortest way."
)
PRIVILEGED = "Privileged: goes by the whole state, not only by what its agent perceives."
SHARED = "Shared: all agents have one goal, so that each has the success of all."
TOGETHER = "Together: the returns of all agents in sum; equality: 1 - their Gini coefficient, 1 where all earn alike."
WAITS = "Waits: nothing is asked of it here, so that an expert has nothing to do."


def scores_table(report: Report) -> Table:
    """The scores of all agents; where there is little room, names go over several lines and numbers stay whole."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    shared = {"success": "success\n(shared)"} if report.is_shared else {}
    for column in COLUMNS:
        justify = "right" if column else "left"
        table.add_column(shared.get(column, column), justify=justify, no_wrap=bool(column), overflow="fold")
    for agent in report.agents:
        table.add_row(f"{agent.name} ({label(agent)})", *cells(agent.overall), style="bold")
        for kind, scores in agent.by_kind.items():
            table.add_row(f"  {kind}", *cells(scores))
    return table


def label(agent: AgentScores) -> str:
    """What an agent's policy is called: an expert with nothing to do is none."""
    if agent.waits:
        return "waits"
    return f"{agent.policy}, privileged" if agent.privileged else agent.policy


def notes(report: Report) -> list[str]:
    """What has to be said below the table."""
    told = [
        (BRACKETS, any(not math.isnan(agent.overall.steps.low) for agent in report.agents)),
        (EFFICIENCY, any(agent.overall.path_efficiency.n for agent in report.agents)),
        (TOGETHER, len(report.agents) > 1),
        (SHARED, report.is_shared),
        (PRIVILEGED, any(agent.privileged and not agent.waits for agent in report.agents)),
        (WAITS, any(agent.waits for agent in report.agents)),
    ]
    return [note for note, is_said in told if is_said]


def cells(scores: Scores) -> tuple[str, ...]:
    """Scores as text, in the order of COLUMNS."""
    return (
        str(scores.n),
        share_text(scores.success) if scores.success else NOTHING,
        mean_text(scores.returns, 2),
        mean_text(scores.steps, 1),
        mean_text(scores.path_efficiency, 2),
    )


def share_text(estimate: Estimate) -> str:
    """A share with its interval: "98 % (96-99)"."""
    if estimate.n == 0:
        return NOTHING
    interval = "" if math.isnan(estimate.low) else f" ({100 * estimate.low:.0f}-{100 * estimate.high:.0f})"
    return f"{100 * estimate.value:.0f} %{interval}"


def mean_text(estimate: Estimate, decimals: int) -> str:
    """A mean with half its interval: "0.87 ±0.01"."""
    if estimate.n == 0:
        return NOTHING
    if math.isnan(estimate.low):
        return f"{estimate.value:.{decimals}f}"
    return f"{estimate.value:.{decimals}f} ±{(estimate.high - estimate.low) / 2:.{decimals}f}"


def means_table(rows: Mapping[str, Sequence[Mapping[str, float]]], columns: Sequence[str]) -> Table:
    """Means over seeds: a line for each row, of which each seed has figures, and a column for each figure."""
    table = Table("", *columns, box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in table.columns[1:]:
        column.justify = "right"
    for name, seeds in rows.items():
        means = [
            f"{fmean(figures[c] for figures in seeds):.2f}" if c in seeds[0] else NOTHING for c in columns
        ]
        table.add_row(name, *means)
    return table
