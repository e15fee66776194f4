"""How well does a mind do in houses made by hand? Those of houses.txt, and the middle of its scores.

Each house is played so many times with each seed, all agents by the same policy; its score with a seed is the share of
agents and episodes that succeeded. Beside the mean of all scores stands their interquartile mean (Agarwal et al. 2021),
which a few houses that everybody can do, or nobody, do not move. With one mind, seeds are of the evaluation, and
intervals tell how sure its figures are; with several, each has its own, and intervals tell how different they are.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table

from social_rl.commands.checks import check_counts, check_file, check_seed, write_json
from social_rl.commands.evaluate import Evaluate
from social_rl.episodes.levels import named_levels
from social_rl.evaluation.contestants import Contestant, checkpoints_json, contestants, named
from social_rl.evaluation.splits import (
    iqm_json,
    mean_json,
    middle_text,
    number_json,
    play_split,
    policy_of,
    row_name,
    share_json,
)
from social_rl.evaluation.statistics import DRAWS
from social_rl.runs.provenance import origin
from worlds.checks import count
from worlds.expert.planning import optima
from worlds.levels.bank import bank_of, take
from worlds.levels.level import Level
from worlds.scenario import make_scenario

INTERVALS = (
    "95 %. Of a house: agents of one episode are one cluster, the rest as in evaluation/statistics.py. iqm: "
    f"percentiles of {DRAWS:,} bootstraps of the seeds of each house (Agarwal et al. 2021)."
)
HOUSES = Path(__file__).with_name("houses.txt")


class Played(NamedTuple):
    """What came of houses. Axes: S seeds, H houses, E episodes, A agents."""

    success_SHEA: np.ndarray  # bool
    steps_SHEA: np.ndarray  # int64, until the agent's own episode ended

    @property
    def scores_SH(self) -> np.ndarray:
        """Share of agents and episodes that succeeded."""
        return self.success_SHEA.mean((2, 3))


def houses() -> dict[str, Level]:
    """The houses made by hand, by name."""
    return named_levels(HOUSES.read_bytes())


def play_houses(row: str, who: Sequence[Contestant], levels: Sequence[Level], episodes: int) -> Played:
    """Let a row of ROWS play each house so many times with each seed.

    A bank holds levels of equal capacities: here, of the largest house; those of a smaller one are walled up.

    Raises:
        ValueError: houses of different numbers of agents.
    """
    config = who[0].network.config
    agents = len(levels[0].agents)
    scenario = make_scenario("house", agents=agents, view=config.view, message_tokens=config.message_tokens)
    bank = take(bank_of(levels), np.tile(np.arange(len(levels)), episodes))
    success, steps = [], []
    for one in who:
        policy = policy_of(row, one.network, one.seed)
        found = play_split(dict.fromkeys(scenario.agents, policy), scenario, bank, one.seed).episodes
        for part, kept in ((found.success_EA, success), (found.steps_EA, steps)):
            kept.append(part.reshape(episodes, len(levels), agents).swapaxes(0, 1))
    return Played(np.stack(success), np.stack(steps))


def figures(played: Played, names: Sequence[str], optimum_HA: np.ndarray, seed: int) -> dict[str, Any]:
    """Mean, interquartile mean and what came of each house, for JSON; `seed` is of the bootstrap."""
    success, scores = played.success_SHEA, played.scores_SH
    efficiency = np.where(success, optimum_HA[:, None] / played.steps_SHEA, np.nan)
    seeds, houses, episodes, _ = success.shape
    house, episode = np.empty(success.shape, np.int64), np.empty(success.shape, np.int64)
    house[:] = np.arange(houses)[:, None, None]
    episode[:] = np.arange(seeds * houses * episodes).reshape(seeds, houses, episodes, 1)
    return {
        "mean_solved": number_json(float(scores.mean())),
        "by_seed": [number_json(float(score)) for score in scores.mean(1)],
        **iqm_json(scores, seed),
        "together": number_json(float(success.all(3).mean())),
        "path_efficiency": mean_json(efficiency.ravel(), house.ravel()),
        "houses": {
            name: {
                **share_json(success[:, h].ravel(), episode[:, h].ravel()),
                "by_seed": [number_json(float(score)) for score in scores[:, h]],
                "by_agent": [number_json(float(share)) for share in success[:, h].mean((0, 1))],
                "together": number_json(float(success[:, h].all(2).mean())),
                "path_efficiency": mean_json(efficiency[:, h].ravel(), episode[:, h].ravel()),
            }
            for h, name in enumerate(names)
        },
    }


# ---- the command ----------------------------------------------------------------------------------------
def evaluate_houses(command: Evaluate) -> int:
    """Measure, print and write as the command says.

    Raises:
        ValueError: an option is wrong, or the checkpoint cannot be used.
    """
    check_counts(command, episodes=1, seeds=1)
    check_seed(command.first_seed)
    check_file("--json", command.json)
    who, levels = contestants(command.checkpoint, command.seeds, command.first_seed), houses()
    console = Console(highlight=False, soft_wrap=True)
    seeds, episodes = count(len(who), "seed"), count(command.episodes, "episode")
    console.print(f"{named(who)}: {count(len(levels), 'house')}, {seeds} of {episodes} each")
    optimum_HA = optima(bank_of(list(levels.values())))
    found = {}
    for row in command.rows:
        played = play_houses(row, who, list(levels.values()), command.episodes)
        found[row] = figures(played, list(levels), optimum_HA, who[0].seed)
    if command.json:
        write_json(command.json, record(command, found, levels, optimum_HA, who))
    console.print(table_of(found))
    if command.json:
        console.print(f"Wrote {command.json}")
    return 0


def table_of(found: dict[str, dict[str, Any]]) -> Table:
    """A line for each house, a column for each row of policies."""
    table = Table("house", box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for row in found:
        table.add_column(row_name(row), justify="right")
    first = next(iter(found.values()))
    for name in first["houses"]:
        table.add_row(name, *(f"{part['houses'][name]['success']:.3f}" for part in found.values()))
    table.add_section()
    table.add_row("mean", *(f"{part['mean_solved']:.3f}" for part in found.values()))
    table.add_row("interquartile mean", *(middle_text(part) for part in found.values()))
    return table


def record(
    command: Evaluate,
    found: dict[str, dict[str, Any]],
    levels: dict[str, Level],
    optimum_HA: np.ndarray,
    who: Sequence[Contestant],
) -> dict[str, Any]:
    """What came out and how, for JSON; the mind, or whoever else comes first, is also at the top."""
    best = found.get("mind", next(iter(found.values())))
    return {
        **best,
        "rows": found,
        "intervals": INTERVALS,
        "levels": {
            name: {
                "id": level.id, "side": max(level.height, level.width), "step_limit": level.step_limit,
                "told": [agent.instruction for agent in level.agents], "optimum": optimum_HA[h].tolist(),
            }
            for h, (name, level) in enumerate(levels.items())
        },
        "settings": {
            "episodes": command.episodes, "seeds": [one.seed for one in who], "checkpoints": checkpoints_json(who),
        },
        **origin(),
    }  # fmt: skip
