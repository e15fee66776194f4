"""How soon is it known what an agent was told, and how well does the guess know how sure it may be?

Each agent of each house is watched from the first step to the last of its own episode. At a share of that trajectory,
top-1 is how often the goal held most likely is its own, one in k where k are held equally likely.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table

from agents.guessing.guesser import Guesser, check_scenario
from agents.guessing.likelihoods import ByActs, ByCosts, Likelihood
from agents.types import Cast, Policy
from social_rl.commands.checks import check_counts, check_file, check_seed, write_json
from social_rl.commands.choices import chosen_scenario
from social_rl.commands.guess import Guess
from social_rl.episodes.casting import named_scripts, policies_of, read_cast
from social_rl.evaluation.statistics import INTERVALS, Estimate, mean
from social_rl.reports.summary import estimates_record
from social_rl.runs.progress import Meter, progress
from social_rl.runs.provenance import origin
from social_rl.runs.threads import set_threads
from worlds.checks import check_number, count
from worlds.generators.candidates import draw_candidates
from worlds.goal import MAX_CLAUSES, NO_VERB, VERB
from worlds.levels.bank import take
from worlds.scenario import Scenario
from worlds.simulator import DISABLED, Simulator
from worlds.state import State

SHARES = (0.25, 0.5, 0.75, 1.0)  # of a trajectory
BINS = 10
COLUMNS = ("who", "by", "1/4", "half", "3/4", "end", "sure", "ECE", "log loss")
NOTES = (
    "Top-1 at shares of each agent's own trajectory; ±: 95 %.",
    "At half, too: sure, the mean probability of the goal held most likely; ECE, expected calibration error over ten",
    "bins of equal width; log loss of the agent's own goal, in nats. Who guesses goes by the whole state.",
)


class Watched(NamedTuple):
    """What was held of each agent at each step, E episodes of A agents, T steps; later steps repeat the last one."""

    hit_TEA: np.ndarray  # float64 1 / k where its own goal is one of the k held most likely
    top_TEA: np.ndarray  # float64 probability of the goal held most likely
    own_TEA: np.ndarray  # float64 probability of its own goal
    steps_EA: np.ndarray  # int64 acts of its trajectory
    success_EA: np.ndarray  # bool
    seconds: float  # spent on guessing

    def at(self, share: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Hit, top and own [E, A] after this share of each trajectory, rounded down to whole acts."""
        step_EA = np.floor(share * self.steps_EA).astype(np.int64)[None]
        return tuple(np.take_along_axis(x, step_EA, 0)[0] for x in self[:3])  # pyright: ignore


def guess(command: Guess) -> int:
    """Watch, print and write as the command says.

    Raises:
        ValueError: an option is wrong, or the scenario gives nothing that could be guessed.
    """
    scenario, likelihoods = check(command)
    set_threads(command.threads)
    cast = named_scripts(read_cast(command.cast, scenario.agents, scenario.cast), scenario)
    policies = policies_of(cast, command.seed)
    console = Console(highlight=False, soft_wrap=True)
    console.print(
        f"{scenario.name}, seed {command.seed}: {count(command.episodes, 'episode')}, "
        f"{command.candidates} goals to choose from; {', '.join(f'{a} {p}' for a, p in cast.items())}"
    )
    bank = scenario.draw(command.episodes, command.seed)
    with progress(console, "episodes", command.episodes) as meter:
        watched = watch_all(scenario, policies, bank, likelihoods, command, meter)
    rows = [
        {"agent": name, "policy": cast[name], "by": by} | figures(seen, a)
        for a, name in enumerate(scenario.agents)
        for by, seen in watched.items()
    ]
    if command.json:
        write_json(command.json, record_of(command, rows, watched))
    show(console, rows, command.candidates)
    if command.json:
        console.print(f"Wrote {command.json}")
    return 0


def check(command: Guess) -> tuple[Scenario, dict[str, Likelihood]]:
    """The scenario, and ways to guess; raises a ValueError that names the option, before anything is played."""
    check_counts(command, worlds=1, episodes=1)
    check_number("--candidates", command.candidates, 2, 64)
    check_seed(command.seed)
    check_file("--json", command.json)
    scenario = chosen_scenario(command.scenario, command.choices)
    check_scenario(scenario)
    made: dict[str, Likelihood] = {}
    for by in command.by:
        try:
            made[by] = likelihood_of(by, command.beta, command.error)
        except ValueError as error:
            raise ValueError(f"--{error}") from error
    return scenario, made


def likelihood_of(by: str, beta: float, error: float) -> Likelihood:
    """What a name of `--by` stands for."""
    if by == "costs":
        return ByCosts(beta)
    return ByActs("all" if by == "acts" else "seen", error)


def watch_all(
    scenario: Scenario,
    policies: dict[str, Policy],
    bank: State,
    likelihoods: dict[str, Likelihood],
    command: Guess,
    meter: Meter,
) -> dict[str, Watched]:
    """Watch all agents in the levels of a bank, by each likelihood."""
    agents = range(len(scenario.agents))
    clauses = clauses_of(bank)
    drawn = [draw_candidates(bank, a, command.candidates, command.seed, clauses) for a in agents]
    goals_EAN = np.stack([c.goal_LN for c in drawn], 1)
    own_EA = np.stack([c.own_L for c in drawn], 1)
    parts: dict[str, list[Watched]] = {by: [] for by in likelihoods}
    for first in range(0, command.episodes, command.worlds):
        rows = np.arange(first, min(first + command.worlds, command.episodes))
        sim = Simulator(
            scenario,
            len(rows),
            bank=take(bank, rows),
            seed=command.seed,
            autoreset=DISABLED,
            first_world=first,
        )
        sim.assign(np.arange(len(rows))[None])
        sim.reset()
        found = watch(sim, Cast(sim, policies), likelihoods, goals_EAN[rows], own_EA[rows])
        for by, seen in found.items():
            parts[by].append(seen)
        meter.advance(len(rows), int(next(iter(found.values())).steps_EA.sum()))
    return {by: joined(seen) for by, seen in parts.items()}


def watch(
    sim: Simulator,
    cast: Cast,
    likelihoods: dict[str, Likelihood],
    goals_WAN: np.ndarray,
    own_WA: np.ndarray,
) -> dict[str, Watched]:
    """Play one episode in each world, and guess at each step what each agent was told."""
    agents = np.arange(sim.agents)
    guessers = {by: Guesser(likelihood) for by, likelihood in likelihoods.items()}
    guesses = {by: guesser.start(sim, agents, goals_WAN) for by, guesser in guessers.items()}
    seen: dict[str, list[tuple[np.ndarray, ...]]] = {by: [] for by in guessers}
    seconds = dict.fromkeys(guessers, 0.0)
    steps_WA, success_WA = np.zeros((2, sim.worlds, sim.agents), np.int64)
    while True:
        for by, guesser in guessers.items():
            began = time.perf_counter()
            guesses[by] = guesser.look(sim, guesses[by])
            seconds[by] += time.perf_counter() - began
            seen[by].append(held(guesses[by].posterior_WKN, own_WA))
        if sim.state.over.all():
            break
        sim.step(cast.act())
        steps_WA += sim.state.active
        success_WA |= sim.state.success
    found = {}
    for by, told in seen.items():
        hit, top, own = (np.stack([step[i] for step in told]) for i in range(3))
        found[by] = Watched(hit, top, own, steps_WA, success_WA > 0, seconds[by])
    return found


def held(posterior_WKN: np.ndarray, own_WK: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hit, top and own of Watched, at one step."""
    top = posterior_WKN.max(2)
    is_top = posterior_WKN >= top[:, :, None] - 1e-9
    own = np.take_along_axis(posterior_WKN, own_WK[:, :, None], 2)[..., 0]
    hit = np.where(own >= top - 1e-9, 1 / is_top.sum(2), 0.0)
    return hit, top, own


def joined(parts: Sequence[Watched]) -> Watched:
    """Episodes of several batches; the last step of each is repeated to the length of the longest."""
    length = max(len(part.hit_TEA) for part in parts)

    def series(of: Callable[[Watched], np.ndarray]) -> np.ndarray:
        longer = [np.concatenate([x, np.repeat(x[-1:], length - len(x), 0)]) for x in map(of, parts)]
        return np.concatenate(longer, 1)

    return Watched(
        series(lambda part: part.hit_TEA),
        series(lambda part: part.top_TEA),
        series(lambda part: part.own_TEA),
        np.concatenate([part.steps_EA for part in parts]),
        np.concatenate([part.success_EA for part in parts]),
        sum(part.seconds for part in parts),
    )


def clauses_of(bank: State) -> tuple[int, int]:
    """The fewest and the most clauses that anybody is told here, at least one."""
    counts = (bank.goal[:, :, :MAX_CLAUSES, VERB] != NO_VERB).sum(2)
    return max(1, int(counts.min())), max(1, int(counts.max()))


def figures(seen: Watched, a: int) -> dict[str, Any]:
    """How well agent `a` was guessed."""
    shares = {f"top1_{share:g}": mean(seen.at(share)[0][:, a]) for share in SHARES}
    hit, top, own = (x[:, a] for x in seen.at(0.5))
    sure: dict[str, Estimate | None] = {
        **shares,
        "confidence": mean(top),
        "log_loss": mean(-np.log(np.maximum(own, 1e-300))),
    }
    return {
        **estimates_record(sure),
        "calibration_error": calibration_error(top, hit),
        "calibration": reliability(top, hit),
        "success": float(seen.success_EA[:, a].mean()),
        "steps": float(seen.steps_EA[:, a].mean()),
        "n": len(hit),
    }


def reliability(top: np.ndarray, hit: np.ndarray) -> list[dict[str, float]]:
    """Guesses by how sure they were, in BINS of equal width: how many, how sure on average, and how often right."""
    bin_of = np.minimum((top * BINS).astype(np.int64), BINS - 1)
    kept = [b for b in range(BINS) if (bin_of == b).any()]
    return [
        {
            "n": int((bin_of == b).sum()),
            "confidence": float(top[bin_of == b].mean()),
            "top1": float(hit[bin_of == b].mean()),
        }
        for b in kept
    ]


def calibration_error(top: np.ndarray, hit: np.ndarray) -> float:
    """Expected calibration error (Guo et al. 2017): how far off guesses are that are equally sure, on average."""
    return sum(row["n"] * abs(row["confidence"] - row["top1"]) for row in reliability(top, hit)) / len(top)


def show(console: Console, rows: Sequence[dict[str, Any]], candidates: int) -> None:
    """Print what came out."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in COLUMNS:
        table.add_column(column, justify="left" if column in ("who", "by") else "right", no_wrap=True)
    for row in rows:
        table.add_row(
            f"{row['agent']} ({row['policy']})", row["by"], *(_text(row, share) for share in SHARES),
            f"{row['confidence']:.2f}", f"{row['calibration_error']:.2f}", f"{row['log_loss']:.2f}",
        )  # fmt: skip
    console.print(table)
    console.print(f"\nChance: {1 / candidates:.3f}.", style="dim")
    for note in NOTES:
        console.print(note, style="dim")


def _text(row: dict[str, Any], share: float) -> str:
    name = f"top1_{share:g}"
    interval = row["ci95"][name] if share == 0.5 else None
    half = f" ±{(interval[1] - interval[0]) / 2:.2f}" if interval else ""
    return f"{row[name]:.2f}{half}"


def record_of(command: Guess, rows: Sequence[dict[str, Any]], watched: dict[str, Watched]) -> dict[str, Any]:
    """What came out and how, for JSON."""
    looks = {by: int(seen.steps_EA.sum()) for by, seen in watched.items()}
    return {
        "rows": list(rows),
        "chance": 1 / command.candidates,
        "seconds": {by: seen.seconds for by, seen in watched.items()},
        "milliseconds_per_act": {by: 1e3 * seen.seconds / looks[by] for by, seen in watched.items()},
        "intervals": INTERVALS,
        "settings": {
            "scenario": command.scenario,
            "choices": list(command.choices),
            "cast": {row["agent"]: row["policy"] for row in rows},
            "by": list(command.by),
            "beta": command.beta,
            "error": command.error,
            "candidates": command.candidates,
            "worlds": command.worlds,
            "episodes": command.episodes,
            "seed": command.seed,
        },
        **origin(),
    }
