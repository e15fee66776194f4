"""How are scores shown? One table: a row for each agent, and one for each kind of instruction it got."""

import math
from collections.abc import Sequence

from rich.table import Table

from social_rl.evaluation.statistics import Estimate
from social_rl.reports.summary import AgentScores, Scores

COLUMNS = ("", "episodes", "success", "return", "steps", "path\nefficiency")
NOTHING = "-"


def scores_table(agents: Sequence[AgentScores]) -> Table:
    """The scores of all agents."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in COLUMNS:
        table.add_column(column, justify="right" if column else "left", no_wrap=True)
    for agent in agents:
        knows = ", privileged" if agent.privileged else ""
        table.add_row(f"{agent.name} ({agent.policy}{knows})", *cells(agent.overall), style="bold")
        for kind, scores in agent.by_kind.items():
            table.add_row(f"  {kind}", *cells(scores))
    return table


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
    return f"{estimate.value:.0%} ({100 * estimate.low:.0f}-{100 * estimate.high:.0f})".replace("%", " %")


def mean_text(estimate: Estimate, decimals: int) -> str:
    """A mean with half its interval: "0.87 ±0.01"."""
    if estimate.n == 0:
        return NOTHING
    if math.isnan(estimate.low):
        return f"{estimate.value:.{decimals}f}"
    return f"{estimate.value:.{decimals}f} ±{(estimate.high - estimate.low) / 2:.{decimals}f}"
