"""Is a scenario a social dilemma? A Schelling diagram: what a choice earns by how many others cooperate.

Schelling (1973), as Hughes et al. (2018) use it for sequential social dilemmas: with n agents, C(k) is the mean return
of who cooperates beside k others that do, D(k) that of who defects beside k. Each number of cooperators plays the same
levels; the first agents cooperate.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table

from agents.types import Cast
from social_rl.commands.checks import check_counts, check_file, check_seed, write_json
from social_rl.commands.choices import chosen_scenario
from social_rl.commands.schelling import Schelling
from social_rl.episodes.casting import check_policy, make_policy
from social_rl.episodes.playing import Episodes, play_episodes
from social_rl.evaluation.statistics import INTERVALS, Estimate, mean
from social_rl.reports.curves import FAINT, INK
from social_rl.reports.summary import estimates_record
from social_rl.reports.tables import mean_text
from social_rl.runs.progress import Meter, progress
from social_rl.runs.provenance import origin
from social_rl.runs.threads import set_threads
from worlds.scenario import Scenario
from worlds.simulator import DISABLED, Simulator

MOST_LEVELS = 4096  # beyond, episodes begin with the first levels again
PICTURES = (".png", ".svg", ".pdf")
COOPERATOR, DEFECTOR = "#2F6DB5", "#C4622D"


class Diagram(NamedTuple):
    """C(k) and D(k) for k = 0 ... n - 1, and what all n earn together where all do the same."""

    cooperator: list[Estimate]
    defector: list[Estimate]
    all_cooperate: Estimate
    all_defect: Estimate

    @property
    def gain(self) -> list[float]:
        """D(k) - C(k): what it earns one to defect."""
        return [d.value - c.value for c, d in zip(self.cooperator, self.defector, strict=True)]


def schelling(command: Schelling) -> int:
    """Play, print, write and draw as the command says.

    Raises:
        ValueError: an option is wrong, or the scenario has one agent only.
        ImportError: matplotlib is not installed, and there is something to draw.
    """
    scenario = check(command)
    set_threads(command.threads)
    console = Console(highlight=False, soft_wrap=True)
    agents = len(scenario.agents)
    console.print(
        f"{scenario.name}, seed {command.seed}: {agents} agents, 0 to {agents} of them {command.cooperate}, "
        f"the others {command.defect}"
    )
    with progress(console, "episodes", command.episodes * (agents + 1)) as meter:
        plays = [play(scenario, cooperators, command, meter) for cooperators in range(agents + 1)]
    diagram = diagram_of(plays)
    show(console, diagram)
    if command.json:
        write_json(command.json, record_of(command, diagram))
        console.print(f"Wrote {command.json}")
    if command.to:
        draw(diagram, scenario.name, command.to)
        console.print(f"Wrote {command.to}")
    return 0


def check(command: Schelling) -> Scenario:
    """The scenario; raises a ValueError that names the option, before anything is played."""
    check_counts(command, worlds=1, episodes=1)
    check_seed(command.seed)
    check_file("--json", command.json)
    if command.to is not None and command.to.suffix.lower() not in PICTURES:
        raise ValueError(f"--to {command.to}: a diagram ends in {', '.join(PICTURES)}")
    check_file("--to", command.to)
    scenario = chosen_scenario(command.scenario, command.choices)
    if len(scenario.agents) < 2:
        raise ValueError(f"scenario {scenario.name} has one agent: choose more, as in --set agents=3")
    for option, policy in (("--cooperate", command.cooperate), ("--defect", command.defect)):
        check_policy(policy, policy, option)
    return scenario


def play(scenario: Scenario, cooperators: int, command: Schelling, meter: Meter) -> Episodes:
    """Episodes in which the first agents cooperate and the others defect."""
    levels = min(command.episodes, MOST_LEVELS)
    worlds = min(command.worlds, command.episodes)
    sim = Simulator(scenario, worlds, levels=levels, seed=command.seed, autoreset=DISABLED)
    both = (make_policy(command.cooperate, command.seed), make_policy(command.defect, command.seed))
    cast = Cast(sim, {name: both[a >= cooperators] for a, name in enumerate(scenario.agents)})

    def watch(ended_W: np.ndarray) -> None:
        meter.advance(int(ended_W.sum()), int(sim.state.active.sum()))

    return play_episodes(sim, command.episodes, cast.act, watch)


def diagram_of(plays: Sequence[Episodes]) -> Diagram:
    """The diagram of episodes with 0, 1, ... n cooperators, who are the first agents."""
    agents = len(plays) - 1

    def earned(cooperators: int, chosen: slice) -> Estimate:
        return_EK = plays[cooperators].return_EA[:, chosen]
        level_EK = np.broadcast_to(plays[cooperators].level_E[:, None], return_EK.shape)
        return mean(return_EK.ravel(), level_EK.ravel())

    def together(episodes: Episodes) -> Estimate:
        return mean(episodes.return_EA.sum(1), episodes.level_E)

    return Diagram(
        cooperator=[earned(k + 1, slice(0, k + 1)) for k in range(agents)],
        defector=[earned(k, slice(k, agents)) for k in range(agents)],
        all_cooperate=together(plays[agents]),
        all_defect=together(plays[0]),
    )


def show(console: Console, diagram: Diagram) -> None:
    """Print what came out."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("others who\ncooperate", "one who\ncooperates", "one who\ndefects", "gain of\ndefecting"):
        table.add_column(column, justify="right", no_wrap=True)
    for k, gain in enumerate(diagram.gain):
        estimates = (diagram.cooperator[k], diagram.defector[k])
        table.add_row(str(k), *(mean_text(estimate, 2) for estimate in estimates), f"{gain:+.2f}")
    console.print()
    console.print(table)
    console.print(
        f"together  all cooperate {mean_text(diagram.all_cooperate, 2)}, all defect {mean_text(diagram.all_defect, 2)}"
    )
    console.print("\n±: 95 %, agents and episodes of one level counted as one.", style="dim")


def record_of(command: Schelling, diagram: Diagram) -> dict[str, Any]:
    """What came out and how, for JSON."""
    rows = [
        {"others": k, **estimates_record({"cooperator": c, "defector": d}), "gain": d.value - c.value}
        for k, (c, d) in enumerate(zip(diagram.cooperator, diagram.defector, strict=True))
    ]
    return {
        "rows": rows,
        "together": estimates_record(
            {"all_cooperate": diagram.all_cooperate, "all_defect": diagram.all_defect}
        ),
        "intervals": INTERVALS,
        "settings": {
            "scenario": command.scenario,
            "choices": list(command.choices),
            "cooperate": command.cooperate,
            "defect": command.defect,
            "worlds": command.worlds,
            "episodes": command.episodes,
            "seed": command.seed,
        },
        **origin(),
    }


def draw(diagram: Diagram, name: str, out: Path) -> None:
    """Two lines over the number of others who cooperate, with their intervals."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axis = pyplot.subplots(figsize=(4.6, 3.1))
    lines = (("cooperates", diagram.cooperator, COOPERATOR), ("defects", diagram.defector, DEFECTOR))
    for label, estimates, colour in lines:
        value, low, high = (np.array([estimate[i] for estimate in estimates]) for i in range(3))
        axis.fill_between(range(len(value)), low, high, color=colour, alpha=0.12, linewidth=0)
        axis.plot(range(len(value)), value, "o-", color=colour, linewidth=1.6, markersize=4, label=label)
    axis.set_title(f"{name}: return of one who ...", fontsize=10, color=INK, loc="left")
    axis.set_xlabel("others who cooperate", fontsize=8, color=INK)
    axis.set_xticks(range(len(diagram.cooperator)))
    axis.tick_params(labelsize=8, colors=INK)
    axis.grid(color=FAINT, linewidth=0.6)
    axis.spines[["top", "right"]].set_visible(False)
    axis.spines[["left", "bottom"]].set_color(FAINT)
    axis.legend(frameon=False, fontsize=8)
    figure.tight_layout()
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, dpi=130)
    pyplot.close(figure)
