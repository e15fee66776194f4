"""How well does a mind solve the mazes of the literature, under our protocol or a published one (`protocols.py`)?

Episodes are set beforehand for each maze: those of a picture are its levels in turn (a corridor has one for each goal),
those of a family are drawn anew. All mazes of the literature that are not in a protocol's mean are reported beside it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from adversarial_design.kinds import boards_of
from agents.network.actor_critic import ActorCritic
from agents.policies.learned import Learned
from agents.types import Cast, Policy
from social_rl.commands.checks import check_counts, check_file, check_seed, write_json
from social_rl.commands.evaluate import Evaluate
from social_rl.episodes.playing import play_episodes
from social_rl.evaluation.contestants import Contestant, checkpoints_json, contestants, named
from social_rl.evaluation.protocols import FAMILIES, OURS, PROTOCOLS, SAME, TABLE, Protocol, Rule
from social_rl.evaluation.splits import iqm_json, middle_text, number_json
from social_rl.evaluation.statistics import DRAWS, FEWEST, mean, share
from social_rl.runs.provenance import origin
from worlds.checks import count
from worlds.generators.mazes import bank_of_mazes, fixed_mazes, maze_bank
from worlds.levels.bank import bank_of
from worlds.levels.level import Level
from worlds.objects import HEADINGS, WALL
from worlds.scenario import Scenario, make_scenario
from worlds.simulator import DISABLED, Simulator
from worlds.state import State

INTERVALS = (
    f"95 %. Of a maze: Wilson's score interval, for these minds on these levels, none below {FEWEST} episodes. iqm: "
    f"percentiles of {DRAWS:,} bootstraps of the seeds of each maze (Agarwal et al. 2021)."
)
TRIES = 10  # of each level drawn by chance, in each of two sets of episodes
WORST = {"0.01%": 1e-4, "0.1%": 1e-3, "1%": 0.01, "2%": 0.02, "5%": 0.05, "10%": 0.1, "100%": 1.0}


# ---- the levels of a maze -------------------------------------------------------------------------------
def levels_of_maze(name: str, episodes: int, seed: int, rule: Rule) -> State:
    """A level for each episode: those of a picture in turn, or new ones of a family."""
    name = SAME.get(name, name)
    if name in FAMILIES:
        return _drawn(name, episodes, seed, rule)
    pictures = [maze for key, maze in fixed_mazes().items() if key.partition("/")[0] == name]
    ways = HEADINGS if rule.facing == "any" else (rule.facing,)
    return bank_of([_facing(maze, way, rule.steps) for maze in pictures for way in ways])


def _facing(maze: Level, heading: str, steps: int) -> Level:
    agents = tuple(agent._replace(heading=heading) for agent in maze.agents)
    return replace(maze, agents=agents, step_limit=steps or maze.step_limit)


def _drawn(name: str, episodes: int, seed: int, rule: Rule) -> State:
    bank = maze_bank(episodes, seed, step_limit=rule.steps or None, **FAMILIES[name])
    ground, spots, headings = boards_of(bank)
    if rule.anywhere:
        rng = np.random.default_rng(seed)
        for level, cells in enumerate(ground):
            rows, cols = np.nonzero(cells != WALL)
            spots[level] = (rows << 8 | cols)[rng.choice(len(rows), spots.shape[1], replace=False)]
    if rule.facing != "any":
        headings[:] = HEADINGS.index(rule.facing)
    return bank_of_mazes(ground, spots, headings, int(bank.step_limit[0]))


# ---- what a mind does there -----------------------------------------------------------------------------
def solve(
    network: ActorCritic, name: str, episodes: int, seed: int, protocol: Protocol = OURS
) -> tuple[np.ndarray, int]:
    """Which episodes of a maze were solved, bool[episodes], and how many env steps that took."""
    rule = protocol.rule_of(name)
    bank = levels_of_maze(name, episodes, seed, rule)
    scenario = make_scenario("maze", view=network.config.view, occluded=rule.hides)
    sim = Simulator(scenario, min(episodes, 128), bank=bank, seed=seed, autoreset=DISABLED)
    cast = Cast(sim, {scenario.agents[0]: Learned(network, protocol.temperature, seed)})
    found = play_episodes(sim, episodes, cast.act, lambda ended: None)
    return found.success_EA[:, 0], int(found.steps_EA.sum())


def solved_mazes(
    network: ActorCritic, episodes: int, seed: int, names: tuple[str, ...] = TABLE
) -> tuple[dict[str, float], int]:
    """Share of episodes solved, by maze, and the env steps of it all."""
    found = {name: solve(network, name, episodes, seed) for name in names}
    return {k: float(won.mean()) for k, (won, _) in found.items()}, sum(n for _, n in found.values())


def random_mazes(who: Sequence[Contestant], n: int, protocol: Protocol = OURS) -> dict[str, Any]:
    """Solved shares of n solvable mazes of 60 draws (about 50 walls), the same for all minds, each of which plays once.

    The mean, and the mean of the worst (CVaR), both averaged over minds, each of which has its own worst.
    """
    tries = protocol.episodes if protocol.levels else TRIES
    minds = list({one.folder: one for one in who}.values())
    bank = maze_bank(n, who[0].seed, walls=(60, 60), solvable=True, step_limit=250)
    scenario = make_scenario("maze", view=minds[0].network.config.view)
    found = []
    for one in minds:
        seeds = (one.seed, one.seed + 1000)
        shares = [
            solved_shares(Learned(one.network, protocol.temperature, seed), bank, scenario, tries, seed)
            for seed in seeds
        ]
        found.append(worst_parts(*shares))
    worst = {name: [parts[name] for parts in found] for name in WORST}
    return {
        "levels": n, "tries": tries, "mean": round(float(np.mean(worst["100%"])), 5),
        "by_seed": [round(value, 5) for value in worst["100%"]],
        "worst": {name: round(float(np.mean(values)), 5) for name, values in worst.items()},
        "worst_by_seed": {name: [round(value, 5) for value in values] for name, values in worst.items()},
    }  # fmt: skip


def solved_shares(policy: Policy, bank: State, scenario: Scenario, tries: int, seed: int) -> np.ndarray:
    """Share of so many tries in which a policy solves each level of a bank, float[n]; its first agent alone plays."""
    n = len(bank.step_limit)
    sim = Simulator(scenario, min(n, 512), bank=bank, seed=seed, autoreset=DISABLED)
    cast = Cast(sim, {scenario.agents[0]: policy})
    found = play_episodes(sim, n * tries, cast.act, lambda ended: None)
    return found.success_EA[:, 0].reshape(tries, n).mean(0)


def worst_parts(chosen_by: np.ndarray, scored_by: np.ndarray) -> dict[str, float]:
    """Means of the worst parts of levels, a ten-thousandth to all of them; `worst_of` tells how they are chosen."""
    return {name: worst_of(chosen_by, scored_by, part) for name, part in WORST.items()}


def worst_of(chosen_by: np.ndarray, scored_by: np.ndarray, part: float) -> float:
    """Mean of the worst part of levels (CVaR), at least one: chosen by one set of episodes, scored by another.

    Scored by the same episodes, bad luck would be taken for bad levels.
    """
    worst = np.argsort(chosen_by, kind="stable")[: max(1, round(part * len(chosen_by)))]
    return float(scored_by[worst].mean())


# ---- the command ----------------------------------------------------------------------------------------
def evaluate_mazes(command: Evaluate) -> int:
    """Measure, print and write as the command says.

    Raises:
        ValueError: an option is wrong, or the checkpoint cannot be used.
    """
    check_counts(command, episodes=1, seeds=1, random_levels=0)
    check_seed(command.first_seed)
    check_file("--json", command.json)
    who = contestants(command.checkpoint, command.seeds, command.first_seed)
    console, view = Console(highlight=False, soft_wrap=True), who[0].network.config.view
    found: dict[str, dict[str, Any]] = {}
    for name in dict.fromkeys(command.protocol):
        protocol = PROTOCOLS[name]
        episodes = count(episodes_of(protocol, command), "episode")
        console.print(f"{named(who)}: protocol {name}, {count(len(who), 'seed')} of {episodes} in each maze")
        if protocol.view != view and name != OURS.name:
            console.print(f"This mind sees {view} cells across, theirs {protocol.view}")
        with console.status("") as status:
            found[name] = measured(who, protocol, command, status.update)
        if command.json:  # before anything of it is printed: nobody may be listening any more
            write_json(command.json, record(command, found, who))
        show(found[name], protocol, console)
    if command.json:
        console.print(f"Wrote {command.json}")
    return 0


def measured(
    who: Sequence[Contestant], protocol: Protocol, command: Evaluate, tell: Callable[[str], None]
) -> dict[str, Any]:
    """What minds do under a protocol, for JSON. Published protocols have no more episodes than they say.

    `tell` is told what is played next: in large mazes, minds that are lost take minutes.
    """
    episodes = episodes_of(protocol, command)
    levels: dict[str, Any] = {}
    for name in (*protocol.mazes, *protocol.beside):
        tell(name)
        runs = [solve(one.network, name, episodes, one.seed, protocol)[0] for one in who]
        whole = share(int(sum(run.sum() for run in runs)), sum(len(run) for run in runs))
        levels[name] = {
            "solved": round(whole.value, 5), "ci95": [number_json(whole.low), number_json(whole.high)], "n": whole.n,
            "by_seed": [round(float(run.mean()), 5) for run in runs],
        }  # fmt: skip
    parts = [[levels[name]["by_seed"][i] for name in protocol.mazes] for i in range(len(who))]
    by_seed = [float(np.mean(part)) for part in parts if part]
    asked = command.random_levels
    draws = asked if protocol.name == OURS.name else min(asked or protocol.levels, protocol.levels)
    if draws:
        tell(f"{draws} mazes by chance")
    return {
        "mean_solved": round(mean(by_seed).value, 5) if by_seed else None,
        "by_seed": [round(value, 5) for value in by_seed], **iqm_json(np.array(parts), who[0].seed),
        "mean_of": list(protocol.mazes), "levels": levels,
        "random_levels": random_mazes(who, draws, protocol) if draws else None,
        "episodes": episodes, "view": who[0].network.config.view, "protocol": protocol.record(),
    }  # fmt: skip


def episodes_of(protocol: Protocol, command: Evaluate) -> int:
    """How many episodes of each maze are played with a seed."""
    return min(command.episodes, protocol.episodes or command.episodes)


def show(found: dict[str, Any], protocol: Protocol, console: Console) -> None:
    """Print what came out, with published figures beside."""
    table = Table("maze", "solved", protocol.publisher, box=None, pad_edge=False, padding=(0, 2, 0, 0))

    def add(name: str, text: str, published: float | None) -> None:
        table.add_row(name, text, "" if published is None else f"{published:.3f}")

    for name, level in found["levels"].items():
        low, high = level["ci95"]
        interval = "" if low is None else f" ({low:.3f}-{high:.3f})"
        add(name, f"{level['solved']:.3f}{interval}", protocol.published.get(name))
    if found["levels"]:
        known = [protocol.published[name] for name in protocol.mazes if name in protocol.published]
        whole = float(np.mean(known)) if len(known) == len(protocol.mazes) else None
        add(f"mean of the first {len(protocol.mazes)}", f"{found['mean_solved']:.3f}", whole)
        add("interquartile mean of them", middle_text(found), None)
    drawn = found["random_levels"]
    if drawn:
        add(f"{drawn['levels']} solvable by chance", f"{drawn['mean']:.3f}", protocol.published.get("mean"))
        for name, value in drawn["worst"].items():
            if name == "100%":  # the mean above
                continue
            add(f"worst {name} of them", f"{value:.3f}", protocol.published.get(name))
    console.print(table)


def record(command: Evaluate, found: dict[str, dict[str, Any]], who: Sequence[Contestant]) -> dict[str, Any]:
    """What came out and how, for JSON. At the top: the first protocol whose mean is over the twelve of the table."""
    first = next((part for name, part in found.items() if PROTOCOLS[name].is_of_the_table), None)
    names = ("mean_solved", "by_seed", "iqm", "iqm_ci95", "levels", "random_levels")
    return {
        **{name: first[name] if first else None for name in names},
        "protocols": found, "intervals": INTERVALS, "seeds": [one.seed for one in who], "episodes": command.episodes,
        "checkpoints": checkpoints_json(who),
        **origin(),
    }  # fmt: skip
