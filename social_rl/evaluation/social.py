"""What does `social-rl evaluate RUN --suite social` measure? What learners earn in company and alone; whom they follow.

Everybody plays the same new levels in several companies: as they learned (`together`), without those who do not learn
(`alone`), and with wanderers in their place (`wanderers`). Scores stand between fixed anchors, so that no method moves
another: 0 is what random acts earn in the learners' place, 1 what the scenario's expert does.

An agent *follows* another with a move onto a cell on which the other one was within the last steps, and not it itself.
By chance: the same with the track that the other left in another world.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from agents.policies.learned import Learned
from agents.policies.scripted import Scripted
from agents.policies.simple import Random
from agents.training.checkpoint import agents_of, mind_file, read_network
from agents.types import Cast, Policy
from social_rl.commands.checks import check_counts, check_file, check_seed, write_json
from social_rl.commands.choices import read_choices
from social_rl.commands.evaluate import Evaluate
from social_rl.commands.groups import from_json
from social_rl.commands.social import Social
from social_rl.episodes.casting import make_policy
from social_rl.evaluation.contestants import checkpoint_json
from social_rl.evaluation.statistics import Estimate, equality, mean
from social_rl.runs.provenance import origin
from social_rl.runs.resuming import OF_CALL
from social_rl.runs.run_folder import newest_checkpoint, read_config
from social_rl.training.company import ALONE, TOGETHER, Company
from social_rl.training.social import others_of
from worlds.scenario import Scenario, make_scenario
from worlds.simulator import DISABLED, Simulator
from worlds.state import ROLE, State

WINDOW = 6  # steps that a track is followed for
WANDERERS = "wanderers"  # a company beside TOGETHER and ALONE


class Played(NamedTuple):
    """What happened in one episode of each of W worlds."""

    reward_TWA: np.ndarray
    cell_TWA: np.ndarray  # before each step
    role_WA: np.ndarray  # numbers of roles, where the scenario names them
    count_WN: np.ndarray  # registers that the scenario names, after the last step
    reliance_TWAA: np.ndarray | None = None  # how far each agent relies on each; None where nobody has a gate


def evaluate_social(command: Evaluate) -> int:
    """Measure runs of `train social` side by side, print and write."""
    check_counts(command, episodes=1)
    check_seed(command.first_seed)
    check_file("--json", command.json)
    if not command.checkpoint:
        raise ValueError("--suite social needs runs of train social: name at least one")
    console = Console(highlight=False, soft_wrap=True)
    runs, read = {}, [Run.of(path, command.choices, cast=command.cast) for path in command.checkpoint]
    for path, run in zip(command.checkpoint, read, strict=True):
        runs[str(path)] = found = measure(run, command.episodes, command.first_seed)
        console.print(f"[bold]{path}[/]")
        console.print(table_of(found))
        for name, told in found["counts"].items():
            console.print(f"{name}: {interval(told)}")
        if found["follows"]:
            console.print(follow_table(found["follows"], found["reliance"]))
    crossed = cross_play(read, command.episodes, command.first_seed)
    if crossed:
        console.print(cross_table(crossed))
    if command.json:
        write_json(command.json, record(command, runs) | {"cross_play": crossed})
        console.print(f"Wrote {command.json}")
    return 0


class Run(NamedTuple):
    """A run of train social, as it is after its newest checkpoint."""

    folder: Any
    command: Social
    scenario: Scenario
    others: dict[str, str]
    minds: dict[str, Policy]  # of each learner

    @classmethod
    def of(cls, path: Any, choices: Sequence[str] = (), seed: int = 0, cast: Sequence[str] = ()) -> "Run":
        """Read a run, to be played with other `choices` of its scenario, such as layout=fixed, and beside the `cast`.

        Raises:
            ValueError: it is none of train social, or damaged; or the cast is wrong, or leaves no learner.
        """
        config = read_config(path)
        if "scenario" not in config or "method" not in config:
            raise ValueError(f"{path} is no run of train social: name one, or take another --suite")
        asked = {k: v for k, v in config.items() if k not in OF_CALL}
        command = from_json(Social(), asked, f"{path}: config")
        own, other = (read_choices(command.scenario, texts) for texts in (command.choices, choices))
        scenario = make_scenario(command.scenario, **{**own, **other})
        folder = newest_checkpoint(path)
        minds: dict[str, Policy] = {}
        for number, names in enumerate(agents_of(folder)):
            policy = Learned(read_network(folder, name=mind_file(number)), temperature=1.0, seed=seed)
            minds |= dict.fromkeys(names, policy)
        others = others_of(replace(command, cast=_recast(command.cast, cast)), scenario)
        minds = {name: mind for name, mind in minds.items() if name not in others}
        if not minds:
            raise ValueError("--cast names everybody who learned: leave out who is to be measured")
        return cls(folder, command, scenario, others, minds)


def _recast(was: Sequence[str], now: Sequence[str]) -> tuple[str, ...]:
    """A cast in which others take the places that a second one names."""
    names = {text.partition("=")[0].lower() for text in now}
    return *(text for text in was if text.partition("=")[0].lower() not in names), *now


def measure(run: Run, episodes: int, seed: int) -> dict[str, Any]:
    """What learners of a run earn in each company, scores, and whom they follow."""
    company = Company(run.scenario, run.others, 1, 0.0, seed)
    banks = company.banks(episodes, seed)
    others = {name: make_policy(text, seed, name) for name, text in run.others.items()}
    plays = {TOGETHER: play(run.scenario, banks[TOGETHER], {**run.minds, **others}, seed)}
    if run.others:
        plays[ALONE] = play(run.scenario, banks[ALONE], {**run.minds, **others}, seed)
        strangers = dict.fromkeys(run.others, make_policy("wander", seed))
        plays[WANDERERS] = play(run.scenario, banks[TOGETHER], {**run.minds, **strangers}, seed)
    learners = [a for a, name in enumerate(run.scenario.agents) if name in run.minds]
    anchors = {
        name: play(run.scenario, banks[TOGETHER], {**dict.fromkeys(run.minds, policy), **others}, seed)
        for name, policy in anchors_of(run.scenario, seed).items()
    }
    found: dict[str, Any] = {
        "returns": {name: returns_json(one, run.scenario.agents) for name, one in plays.items()},
        "learners": {name: estimate_json(learned(one, learners)) for name, one in plays.items()},
        "halves": {name: halves(one, learners) for name, one in plays.items()},
        "anchors": {name: float(learned(one, learners).value) for name, one in anchors.items()},
        "equality": estimate_json(mean(equality(plays[TOGETHER].reward_TWA.sum(0)))),
        "collective": estimate_json(mean(plays[TOGETHER].reward_TWA.sum((0, 2)))),
        "counts": {
            name: estimate_json(mean(plays[TOGETHER].count_WN[:, i]))
            for i, name in enumerate(run.scenario.counts)
        },
        "reliance": reliance(run.scenario, plays[TOGETHER], learners),
        "follows": follows(run.scenario, plays[TOGETHER], learners),
        "checkpoint": checkpoint_json(run.folder),
    }
    found["score"] = score(found["learners"][TOGETHER]["value"], found["anchors"])
    return found


def cross_play(runs: Sequence[Run], episodes: int, seed: int) -> dict[str, Any] | None:
    """What learners of different runs earn with each other: the first learner of run i beside the others of run j.

    The mean return of a learner, [i][j]; the means with itself and with strangers; and both as scores between what
    random acts earn (0) and the scenario's experts (1). Nothing where runs are of different scenarios, or there is but
    one learner.
    """
    first = runs[0]
    names = list(first.minds)
    alike = all(run.scenario.name == first.scenario.name and list(run.minds) == names for run in runs)
    if len(runs) < 2 or len(names) < 2 or not alike:
        return None
    learners = [a for a, name in enumerate(first.scenario.agents) if name in names]
    bank = first.scenario.draw(episodes, seed)
    others = {name: make_policy(text, seed, name) for name, text in first.others.items()}

    def earned(policies: Mapping[str, Policy]) -> float:
        return float(learned(play(first.scenario, bank, {**policies, **others}, seed), learners).value)

    returns = [
        [earned({name: (one if name == names[0] else other).minds[name] for name in names}) for other in runs]
        for one in runs
    ]
    anchors = {
        name: earned(dict.fromkeys(names, policy))
        for name, policy in anchors_of(first.scenario, seed).items()
    }
    table = np.array(returns)
    own, strange = float(np.diag(table).mean()), float(table[~np.eye(len(runs), dtype=bool)].mean())
    scores = {"with_itself": score(own, anchors), "with_strangers": score(strange, anchors)}
    return {
        "returns": returns,
        "with_itself": own,
        "with_strangers": strange,
        "anchors": anchors,
        "scores": scores,
    }


def anchors_of(scenario: Scenario, seed: int) -> dict[str, Policy]:
    """Who stands for 0 and for 1, where the scenario has an expert."""
    anchors: dict[str, Policy] = {"random": Random(seed)}
    if any(one.__name__ == "expert" for one in scenario.scripts):
        anchors["expert"] = Scripted("expert")
    return anchors


def score(value: float, anchors: Mapping[str, float]) -> float | None:
    """Between random acts (0) and the expert (1)."""
    if "expert" not in anchors or anchors["expert"] == anchors["random"]:
        return None
    return (value - anchors["random"]) / (anchors["expert"] - anchors["random"])


def play(scenario: Scenario, bank: State, policies: Mapping[str, Policy], seed: int) -> Played:
    """One episode on each level of a bank, side by side."""
    sim = Simulator(scenario, len(bank.step_limit), bank=bank, seed=seed, autoreset=DISABLED)
    sim.assign(np.arange(sim.worlds)[None])
    sim.reset(seed=seed)
    cast = Cast(sim, policies)
    rewards, cells, reliances = [], [], []
    while not sim.state.over.all():
        cells.append(sim.state.agent_cell.copy())
        acts = cast.act()
        reliances.append(reliance_now(cast))
        sim.step(acts)
        rewards.append(sim.state.reward.copy())
    roles = sim.state.own_memory[:, :, ROLE].copy()
    relied = None if reliances[0] is None else np.stack(reliances)
    counts = sim.state.memory[:, : len(scenario.counts)].copy()
    return Played(np.stack(rewards).astype(np.float64), np.stack(cells), roles, counts, relied)


def reliance_now(cast: Cast) -> np.ndarray | None:
    """How far agents rely on each other at this step, [W, A, A]: 0 without a gate; None where nobody has one."""
    shares, agents = None, cast.sim.agents
    for (policy, members), memory in zip(cast.parts, cast.memories, strict=True):
        if isinstance(policy, Learned) and policy.network.config.gate:
            if shares is None:
                shares = np.zeros((cast.sim.worlds, agents, agents), np.float32)
            with torch.inference_mode():
                found = policy.network.reliance(memory.hidden)[:, 1:].cpu().numpy()
            shares[:, members] = found.reshape(cast.sim.worlds, len(members), agents)
    return shares


def learned(one: Played, learners: list[int]) -> Estimate:
    """The mean return of a learner, worlds as clusters."""
    returns_WK = one.reward_TWA.sum(0)[:, learners]
    return mean(returns_WK.ravel(), np.repeat(np.arange(len(returns_WK)), len(learners)))


def halves(one: Played, learners: list[int]) -> list[float]:
    """What a learner earns in the first and in the second half of an episode, means."""
    half = len(one.reward_TWA) // 2
    return [
        float(part[:, :, learners].sum(0).mean()) for part in (one.reward_TWA[:half], one.reward_TWA[half:])
    ]


def follows(scenario: Scenario, one: Played, learners: list[int]) -> dict[str, dict[str, float]]:
    """How often learners follow whom: of their moves, and by chance; by role where there are roles, else by name."""
    found: dict[str, list[tuple[float, float, float]]] = {}
    for k in learners:
        for j, name in enumerate(scenario.agents):
            if j == k:
                continue
            moves_W, own_W, chance_W = follow_counts(one.cell_TWA, k, j)
            labels = (
                [scenario.roles[r] for r in one.role_WA[:, j]] if scenario.roles else [name] * len(moves_W)
            )
            for w, label in enumerate(labels):
                found.setdefault(label, []).append((moves_W[w], own_W[w], chance_W[w]))
    sums = {label: np.sum(rows, 0) for label, rows in sorted(found.items())}
    return {
        label: {"rate": float(own / moves), "by_chance": float(chance / moves)}
        for label, (moves, own, chance) in sums.items()
        if moves
    }


def reliance(scenario: Scenario, one: Played, learners: list[int]) -> dict[str, list[float]]:
    """How far learners rely on whom while they see them, in the first and the second half: by role, else by name."""
    if one.reliance_TWAA is None:
        return {}
    found: dict[str, list[np.ndarray]] = {}
    for k in learners:
        for j, name in enumerate(scenario.agents):
            if j != k:
                share_TW = one.reliance_TWAA[:, :, k, j]
                for label in scenario.roles or (name,):
                    chosen = (
                        one.role_WA[:, j] == scenario.roles.index(label) if scenario.roles else slice(None)
                    )
                    found.setdefault(label, []).append(share_TW[:, chosen])
    told = {}
    for label, parts in sorted(found.items()):
        share = np.concatenate(parts, 1)
        halves = share[: len(share) // 2], share[len(share) // 2 :]
        if (share > 0).any():
            told[label] = [float(half[half > 0].mean()) for half in halves if (half > 0).any()]
    return told


def follow_counts(cell_TWA: np.ndarray, k: int, j: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each world: moves of agent k, those that follow agent j, and those that follow j of the next world."""
    mine, theirs = cell_TWA[:, :, k], cell_TWA[:, :, j]
    moved = mine[WINDOW:] != mine[WINDOW - 1 : -1]
    back = range(1, WINDOW + 1)

    def on_track(track: np.ndarray) -> np.ndarray:
        return np.any([track[WINDOW - s : len(track) - s] == mine[WINDOW:] for s in back], 0)

    new = moved & ~on_track(mine)
    strange = np.roll(theirs, 1, axis=1)
    return moved.sum(0), (new & on_track(theirs)).sum(0), (new & on_track(strange)).sum(0)


# ---- what is shown ------------------------------------------------------------------------------------
def table_of(found: dict[str, Any]) -> Table:
    """Returns of learners in each company, and scores."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("company", "return of a learner", "first half", "second half"):
        table.add_column(column, justify="left" if column == "company" else "right")
    for name, told in found["learners"].items():
        table.add_row(name, interval(told), *(f"{half:.2f}" for half in found["halves"][name]))
    for name, value in found["anchors"].items():
        table.add_row(f"{name} instead", f"{value:.2f}", "", "")
    if found["score"] is not None:
        table.add_row("score", f"{found['score']:.2f}", "", "")
    return table


def cross_table(found: dict[str, Any]) -> Table:
    """What learners of different runs earn with each other."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("cross-play", "return of a learner", "score"):
        table.add_column(column, justify="left" if column == "cross-play" else "right")
    for name in ("with_itself", "with_strangers"):
        told = found["scores"][name]
        table.add_row(name.replace("_", " "), f"{found[name]:.2f}", "" if told is None else f"{told:.2f}")
    return table


def follow_table(found: dict[str, dict[str, float]], relied: dict[str, list[float]]) -> Table:
    """Whom learners follow, and how far they rely on them in both halves of an episode."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("who", "is followed with", "by chance", *(["relied on, by halves"] if relied else [])):
        table.add_column(column, justify="left" if column == "who" else "right")
    for name, rates in found.items():
        told = [", ".join(f"{share:.0%}" for share in relied.get(name, ()))] if relied else []
        table.add_row(name, f"{rates['rate']:.1%} of moves", f"{rates['by_chance']:.1%}", *told)
    return table


def interval(told: dict[str, Any]) -> str:
    """A mean with its interval."""
    if told["ci95"] is None:
        return f"{told['value']:.2f}"
    return f"{told['value']:.2f} ({told['ci95'][0]:.2f} to {told['ci95'][1]:.2f})"


def returns_json(one: Played, names: tuple[str, ...]) -> dict[str, Any]:
    """The mean return of each agent."""
    return {name: estimate_json(mean(one.reward_TWA.sum(0)[:, a])) for a, name in enumerate(names)}


def estimate_json(found: Estimate) -> dict[str, Any]:
    """An estimate; null where it has no value or interval."""
    return {
        "value": None if np.isnan(found.value) else found.value,
        "ci95": None if np.isnan(found.low) else [found.low, found.high],
        "n": found.n,
    }


def record(command: Evaluate, runs: dict[str, Any]) -> dict[str, Any]:
    """What came out and how, for JSON."""
    return {
        "runs": runs,
        "settings": {
            "suite": "social",
            "choices": list(command.choices),
            "cast": list(command.cast),
            "episodes": command.episodes,
            "seed": command.first_seed,
            "window": WINDOW,
        },
        **origin(),
    }
