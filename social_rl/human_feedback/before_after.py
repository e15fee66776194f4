"""What has changed by feedback? Two policies that were asked the same: a table, and a page with curves and talks."""

import base64
import html
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.table import Table

from agents.language.model.decisions import decision_log_probs, decisions_of, turns_of
from agents.language.model.language_model import LanguageModel
from social_rl.evaluation.statistics import share_of
from social_rl.human_feedback.preferences.raters import EQUAL
from social_rl.human_feedback.preferences.utilities import QUANTITIES, utility
from social_rl.human_feedback.tuning.asked import AGENTS
from social_rl.human_feedback.tuning.episodes import Episode
from social_rl.runs.run_folder import read_metrics

TALKS = 12  # on a page
CHUNK = 64
CURVES = (
    ("score", "score of the reward model"), ("utility", "what that is worth in truth"), ("kl", "KL, nats"),
    ("success", "success"),
)  # fmt: skip


def compared_policies(
    before: Sequence[Episode], after: Sequence[Episode], reference: LanguageModel, policy: LanguageModel,
    is_possible_B: np.ndarray,
) -> dict[str, Any]:  # fmt: skip
    """How often the later one is preferred in truth, the means of what was measured, and KL.

    Both played the same columns; two agents of a level are a cluster. Of episodes that are worth the same, half count.
    `is_possible_B` says in which columns what is asked can be done.
    """
    apart = gained(before, after)
    decided = np.abs(apart) >= EQUAL
    level = np.array([one.column // AGENTS for one in after])
    can = [i for i, one in enumerate(after) if is_possible_B[one.column]]
    done = share_of(np.array([after[i].features["success"] for i in can]), level[can])
    means = means_of(before, after)
    means["words said"] = [float(np.mean([_words(one) for one in some])) for some in (before, after)]
    return {
        **preferred(before, after),
        "win_rate_apart": float((apart[decided] > 0).mean()) if decided.any() else None,
        "success_possible": done.value,
        "success_possible_interval": [done.low, done.high],
        "kl": divergence(after, reference, policy),
        "means": means,
    }


def gained(before: Sequence[Episode], after: Sequence[Episode]) -> np.ndarray:
    """By how much each later episode is worth more in truth, [E]."""
    return np.array([utility(b.features) - utility(a.features) for a, b in zip(before, after, strict=True)])


def preferred(before: Sequence[Episode], after: Sequence[Episode]) -> dict[str, Any]:
    """How often the later one is preferred in truth, with its interval, and how often they are not worth the same."""
    apart = gained(before, after)
    wins = np.where(np.abs(apart) < EQUAL, 0.5, apart > 0)
    found = share_of(wins, np.array([one.column // AGENTS for one in after]))
    return {
        "episodes": len(after),
        "win_rate": found.value,
        "win_interval": [found.low, found.high],
        "apart": float((np.abs(apart) >= EQUAL).mean()),
    }


def means_of(before: Sequence[Episode], after: Sequence[Episode]) -> dict[str, list[float]]:
    """The mean of each quantity and of utility, before and after."""
    means = {
        name: [float(np.mean([one.features[name] for one in some])) for some in (before, after)]
        for name in QUANTITIES
    }
    means["utility"] = [float(np.mean([utility(one.features) for one in some])) for some in (before, after)]
    return means


def divergence(episodes: Sequence[Episode], reference: LanguageModel, policy: LanguageModel) -> float:
    """The mean over episodes of log p - log q of what was answered, in nats."""
    turns = [said.turn for one in episodes for said in one.turns if decisions_of(said.turn)]
    total = 0.0
    with torch.inference_mode():
        for first in range(0, len(turns), CHUNK):
            some = turns_of(turns[first : first + CHUNK], policy.pad)
            total += float(
                (decision_log_probs(policy, some)[0] - decision_log_probs(reference, some)[0]).sum()
            )
    return total / max(len(episodes), 1)


def table_of(figures: dict[str, Any]) -> Table:
    """The same as a table."""
    low, high = figures["win_interval"]
    table = Table("", "before", "after", title=f"{figures['episodes']} episodes that nobody learned in")
    table.add_row("preferred", "", f"{figures['win_rate']:.1%} ({low:.1%} to {high:.1%})")
    for name, (was, now) in figures["means"].items():
        table.add_row(name, f"{was:.2f}", f"{now:.2f}")
    low, high = figures["success_possible_interval"]
    table.add_row(
        "success where it can be done", "", f"{figures['success_possible']:.1%} ({low:.1%} to {high:.1%})"
    )
    table.add_row("KL to what it was, nats", "0", f"{figures['kl']:.2f}")
    return table


def page_of(path: Path, figures: dict[str, Any], before: Sequence[Episode], after: Sequence[Episode]) -> str:
    """A page of its own, with nothing from elsewhere: the table, curves, and talks, the worst ones first."""
    order = sorted(range(len(after)), key=lambda i: utility(after[i].features))
    differ = [i for i in order if before[i].transcript != after[i].transcript]
    talks = "".join(
        _talk(before[i], after[i]) for i in (*differ, *(i for i in order if i not in differ))[:TALKS]
    )
    low, high = figures["win_interval"]
    rows = "".join(
        f"<tr><td>{html.escape(name)}</td><td>{was:.2f}</td><td>{now:.2f}</td></tr>"
        for name, (was, now) in figures["means"].items()
    )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Before and after feedback</title>
<style>{STYLE}</style></head><body>
<h1>Before and after feedback</h1>
<p>{figures["episodes"]} episodes in houses that nobody learned in. The tuned policy is preferred in
<b>{figures["win_rate"]:.1%}</b> of them ({low:.1%} to {high:.1%}; of two that are worth the same, half).</p>
<table><tr><th></th><th>before</th><th>after</th></tr>{rows}
<tr><td>KL to what it was, nats</td><td>0</td><td>{figures["kl"]:.2f}</td></tr></table>
<h2>While it was tuned</h2>
<img alt="score, utility, KL and success by episodes" src="data:image/png;base64,{_curves(path / "ppo")}">
<h2>Talks, the worst first</h2>
{talks}
</body></html>
"""


STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse}td,th{padding:.2rem 1rem;text-align:right;border-bottom:1px solid #8884}
td:first-child{text-align:left}
img{max-width:100%;background:#fff;border-radius:.5rem}
.talk{display:grid;grid-template-columns:1fr 1fr;gap:1rem;margin:0 0 1.5rem}
pre{white-space:pre-wrap;background:#8881;padding:.8rem;border-radius:.5rem;margin:0}
h3{margin:.2rem 0;font-weight:600}
"""


def _talk(before: Episode, after: Episode) -> str:
    sides = "".join(
        f"<div><h3>{title}: worth {utility(one.features):.2f}</h3><pre>{html.escape(one.transcript)}</pre></div>"
        for title, one in (("before", before), ("after", after))
    )
    return f'<div class="talk">{sides}</div>'


def _curves(path: Path) -> str:
    """Curves of a run of PPO, a PNG in base 64."""
    from matplotlib.figure import Figure

    lines = read_metrics(path)
    figure = Figure(figsize=(9, 5), layout="constrained")
    for place, (name, title) in enumerate(CURVES, 1):
        axes = figure.add_subplot(2, 2, place)
        some = [(line["episodes"], line[name]) for line in lines if name in line]
        axes.plot(*zip(*some, strict=True))
        axes.set_title(title, loc="left", fontsize=10)
        axes.spines[["top", "right"]].set_visible(False)
        if place > 2:
            axes.set_xlabel("episodes")
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=110)
    return base64.b64encode(file.getvalue()).decode()


def _words(one: Episode) -> int:
    """Words that it said itself."""
    said = [line for line in one.transcript.splitlines() if line.startswith("you: ")]
    return sum(len(line.split()) - 1 for line in said)
