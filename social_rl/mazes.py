"""How well does a mind solve the mazes of the literature? One protocol for all of them, stated here.

Twelve mazes make the mean that is reported, those of the table of 60 blocks in facebookresearch/dcd: eight pictures, of
which the two corridors have a goal drawn from ten or sixteen, and three families, drawn anew for each episode. Further
mazes are reported beside them. Episodes are set beforehand for each maze, acts are drawn from the policy, starts face
as the published evaluations have them (east; LabyrinthFlipped west; families any way), and an episode ends after
2 (H + 2) (W + 2) steps.
"""

from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from agents.checkpoint import read_manifest, read_mind
from agents.learned import Learned
from agents.networks import Mind
from agents.types import Cast
from social_rl.commands import Evaluate
from social_rl.episodes import play_episodes
from social_rl.options import check_counts, check_file, check_seed, write_json
from social_rl.provenance import command_line, commit, machine, versions
from social_rl.shipped import find_checkpoint
from social_rl.statistics import mean, share
from worlds.bank import bank_of
from worlds.mazes import fixed_mazes, maze_bank
from worlds.scenario import make_scenario
from worlds.simulator import DISABLED, Simulator
from worlds.state import State

TABLE = (
    "SixteenRooms", "SixteenRoomsFewerDoors", "Labyrinth", "Labyrinth2", "Maze", "Maze2", "Maze3",
    "SimpleCrossing", "FourRooms", "SmallCorridor", "LargeCorridor", "PerfectMazeMedium",
)  # fmt: skip
BESIDE = ("LabyrinthFlipped", "NineRooms", "NineRoomsFewerDoors", "MiniMaze", "MediumMaze")
FAMILIES: dict[str, dict[str, Any]] = {
    "SimpleCrossing": {"family": "crossing", "side": 9, "solvable": True},
    "FourRooms": {"family": "rooms", "side": 17},
    "PerfectMazeMedium": {"family": "perfect", "side": 19},
}
# Solved, as published for ACCEL by its authors (20,000 updates, 5 seeds), in the order of TABLE.
PUBLISHED = (1.0, 0.934, 0.740, 0.846, 0.780, 0.998, 0.840, 0.790, 0.684, 0.998, 0.986, 0.900)


def levels_of_maze(name: str, episodes: int, seed: int) -> State:
    """A level for each episode: those of a picture in turn, or new ones of a family."""
    if name in FAMILIES:
        return maze_bank(episodes, seed, **FAMILIES[name])
    mazes = fixed_mazes()
    return bank_of([maze for key, maze in mazes.items() if key.partition("/")[0] == name])


def solve(mind: Mind, name: str, episodes: int, seed: int) -> tuple[np.ndarray, int]:
    """Which episodes of a maze were solved, bool[episodes], and how many env steps that took."""
    bank = levels_of_maze(name, episodes, seed)
    scenario = make_scenario("maze", view=mind.config.view)
    sim = Simulator(scenario, min(episodes, 128), bank=bank, seed=seed, autoreset=DISABLED)
    cast = Cast(sim, {scenario.agents[0]: Learned(mind, seed=seed)})
    found = play_episodes(sim, episodes, cast.act, lambda ended: None)
    return found.success_EA[:, 0], int(found.steps_EA.sum())


def solved_mazes(
    mind: Mind, episodes: int, seed: int, names: tuple[str, ...] = TABLE
) -> tuple[dict[str, float], int]:
    """Share of episodes solved, by maze, and the env steps of it all."""
    found = {name: solve(mind, name, episodes, seed) for name in names}
    return {k: float(won.mean()) for k, (won, _) in found.items()}, sum(n for _, n in found.values())


TRIES, WORST = 10, {"1%": 0.01, "2%": 0.02, "5%": 0.05, "10%": 0.1}


def random_mazes(mind: Mind, n: int, seed: int) -> dict[str, Any]:
    """Solved shares of n solvable mazes of 60 draws (about 50 walls): the mean, and the mean of the worst (CVaR)."""
    bank = maze_bank(n, seed, walls=(60, 60), solvable=True, step_limit=250)
    scenario = make_scenario("maze", view=mind.config.view)
    shares = []
    for part in range(2):
        sim = Simulator(scenario, min(n, 512), bank=bank, seed=seed + part, autoreset=DISABLED)
        cast = Cast(sim, {scenario.agents[0]: Learned(mind, seed=seed + part)})
        found = play_episodes(sim, n * TRIES, cast.act, lambda ended: None)
        shares.append(found.success_EA[:, 0].reshape(TRIES, n).mean(0))
    first, second = shares
    worst = {name: round(worst_of(first, second, part), 5) for name, part in WORST.items()}
    return {"levels": n, "tries": TRIES, "mean": round(float(np.mean(second)), 5), "worst": worst}


def worst_of(chosen_by: np.ndarray, scored_by: np.ndarray, part: float) -> float:
    """Mean of the worst part of levels (CVaR): chosen by one set of episodes, scored by another.

    Scored by the same episodes, bad luck would be taken for bad levels.
    """
    worst = np.argsort(chosen_by, kind="stable")[: max(1, round(part * len(chosen_by)))]
    return float(scored_by[worst].mean())


def evaluate_mazes(command: Evaluate) -> int:
    """Measure, print and write as the command says.

    Raises:
        ValueError: an option is wrong, or the checkpoint cannot be used.
    """
    check_counts(command, episodes=1, seeds=1)
    check_seed(command.first_seed)
    check_file("--json", command.json)
    folder = find_checkpoint(command.checkpoint)
    mind, console = read_mind(folder), Console(highlight=False, soft_wrap=True)
    seeds = [command.first_seed + i for i in range(command.seeds)]
    console.print(f"{folder}: {command.seeds} seeds of {command.episodes} episodes for each maze")
    table = Table("maze", "solved", "ACCEL, published", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    levels: dict[str, Any] = {}
    for number, name in enumerate((*TABLE, *BESIDE)):
        runs = [solve(mind, name, command.episodes, seed)[0] for seed in seeds]
        whole = share(int(sum(run.sum() for run in runs)), sum(len(run) for run in runs))
        levels[name] = {
            "solved": round(whole.value, 5), "ci95": [round(whole.low, 5), round(whole.high, 5)], "n": whole.n,
            "by_seed": [round(float(run.mean()), 5) for run in runs],
        }  # fmt: skip
        published = f"{PUBLISHED[number]:.3f}" if number < len(TABLE) else ""
        table.add_row(name, f"{whole.value:.3f} ({whole.low:.3f}-{whole.high:.3f})", published)
    by_seed = [float(np.mean([levels[name]["by_seed"][i] for name in TABLE])) for i in range(len(seeds))]
    solved = mean(by_seed)
    table.add_row(
        f"mean of the first {len(TABLE)}",
        f"{solved.value:.3f}",
        f"{np.mean(PUBLISHED):.3f}" if len(TABLE) == len(PUBLISHED) else "",
    )
    console.print(table)
    drawn = random_mazes(mind, command.random_levels, seeds[0]) if command.random_levels else None
    if drawn:
        worst = ", ".join(f"worst {name} {value:.3f}" for name, value in drawn["worst"].items())
        console.print(f"{command.random_levels} solvable mazes by chance: mean {drawn['mean']:.3f}, {worst}")
    if command.json:
        record = {
            "mean_solved": round(solved.value, 5), "by_seed": [round(value, 5) for value in by_seed], "levels": levels,
            "random_levels": drawn,
            "protocol": " ".join((__doc__ or "").split()), "seeds": seeds, "episodes": command.episodes,
            "checkpoint": {k: v for k, v in read_manifest(folder).items() if k in ("frames", "mind", "sha256")},
            "command": command_line(), "commit": commit(), "versions": versions(), "machine": machine(),
        }  # fmt: skip
        write_json(command.json, record)
        console.print(f"Wrote {command.json}")
    return 0
