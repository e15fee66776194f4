"""How fast is learning on this machine? Agent steps a second, played and learned from, and where the time goes.

dagger        the full mind, corrected by the expert that sees what its pupil sees
ppo           the full mind, from reward
plain_ppo     plain eyes and a GRU of 128, from reward
feedforward   plain eyes without memory, from reward
rollout       plain eyes and a GRU of 128, playing only
watching      plain_ppo, in routine_cycle, all agents learning, with the prediction of what comes next
plain_ppo_alone    plain_ppo on one thread

Beside them, on the same worlds and in the same turns, bare loops of PPO (bare.py): `baseline`, `trial` and
`trial_feedforward`. Ratios are medians of those of all runs, by the clock and by processor time; what others do on the
machine moves the former.
"""

import resource
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numba
import torch
from rich.console import Console
from torch import nn

from agents.network.actor_critic import ActorCritic
from agents.network.config import NetworkConfig
from agents.network.kernels.fused import look, look_torch
from agents.network.layers import GRU, Feedforward
from agents.network.precision import fastest_precision
from agents.policies.planner import Planner
from agents.training.learner import Learner, LearnerConfig
from agents.training.methods import add_heads, learn
from agents.training.ppo import PPOConfig, ValueScale, ppo
from agents.training.rollout import RolloutWorker
from social_rl.bench.bare import HIDDEN, MINIBATCHES, BareNetwork, Lane, Look, TorchGRU, bare_round
from social_rl.bench.measure import circumstances, medians, speed_table
from social_rl.commands.bench import Bench
from social_rl.commands.choices import chosen_scenario
from social_rl.methods.imitate import imitation
from social_rl.methods.prediction import prediction
from social_rl.methods.reading import reading
from social_rl.runs.provenance import cores
from worlds.simulator import Simulator

STEPS, LEVELS = 32, 2048
WARM = 2  # rounds before the clock starts: kernels are compiled, episodes are under way


@dataclass(frozen=True)
class Case:
    """One thing that is measured."""

    name: str
    network: NetworkConfig
    taught: bool = False
    learns: bool = True
    scenario: str = "house"  # choices that are asked for are those of houses
    predicts: bool = False


CASES = (
    Case("dagger", NetworkConfig(), taught=True),
    Case("ppo", NetworkConfig()),
    Case("plain_ppo", NetworkConfig(encoder="plain")),
    Case("feedforward", NetworkConfig(encoder="plain", memory="none")),
    Case("rollout", NetworkConfig(encoder="plain"), learns=False),
    Case("watching", NetworkConfig(encoder="plain", map=False), scenario="routine_cycle", predicts=True),
)


@dataclass(frozen=True)
class Bare:
    """A bare loop that is measured beside: its eyes and its memory; is each lane a thread, or torch's threads one?"""

    name: str
    look: Look
    memory: type[nn.Module]
    lanes: bool = True


BARE = (
    Bare("baseline", look_torch, TorchGRU, lanes=False),
    Bare("trial", look, GRU),
    Bare("trial_feedforward", look, Feedforward),
)

RATIOS = {
    "plain_ppo_ratio": ("plain_ppo", "trial"),
    "feed_forward_ratio": ("feedforward", "trial_feedforward"),
    "full_mind_ppo_ratio": ("ppo", "trial"),
    "dagger_ratio": ("dagger", "trial"),
    "baseline_ratio": ("plain_ppo", "baseline"),
    "threads_over_one": ("plain_ppo", "plain_ppo_alone"),
}  # names of ratios: of what speed, to which

Round = Callable[[], float]  # plays and learns once; returns the share of the time in which it learned


def measure_training(command: Bench) -> dict[str, Any]:
    """Speeds of all cases, ratios, settings and where they come from."""
    workers = command.threads or cores()
    rounds: dict[str, Round] = {case.name: prepare(case, command, workers) for case in CASES}
    plain = next(case for case in CASES if case.name == "plain_ppo")
    rounds["plain_ppo_alone"] = prepare(plain, command, 1)
    rounds |= {bare.name: prepare_bare(bare, command, workers) for bare in BARE}
    frames = command.worlds * command.agents * STEPS
    speeds: dict[str, list[float]] = {name: [] for name in rounds}
    costs: dict[str, list[float]] = {name: [] for name in rounds}
    learning: dict[str, float] = {}
    for _ in range(command.runs):  # in turn, so that a slow moment is shared by all
        for name, once in rounds.items():
            began, used = time.perf_counter(), time.process_time()
            learning[name] = once()
            costs[name].append((time.process_time() - used) / frames * 1e6)
            speeds[name].append(frames / (time.perf_counter() - began))
    return {
        **medians(speeds, "agent_steps"),
        **{name: ratio(speeds[mine], speeds[other]) for name, (mine, other) in RATIOS.items()},
        "processor_ratios": {
            name: ratio(costs[other], costs[mine])
            for name, (mine, other) in RATIOS.items()
            if name != "threads_over_one"
        },
        "processor_microseconds": {name: statistics.median(found) for name, found in costs.items()},
        "peak_memory_GB": peak_memory(),
        "runs": speeds,
        "stages": {name: {"play": 1 - share, "learn": share} for name, share in learning.items()},
        "settings": {
            "what": "train", "scenario": "house", "choices": list(command.choices), "agents": command.agents,
            "worlds": command.worlds, "workers": workers, "steps": STEPS, "minibatches": MINIBATCHES,
            "view": 7, "seed": command.seed, "precision": fastest_precision(),
        },
        **circumstances(),
    }  # fmt: skip


def report(result: dict[str, Any]) -> None:
    """Print a result."""
    beside: dict[str, Mapping[str, str]] = {
        column: {name: f"{part[stage]:.0%}" for name, part in result["stages"].items()}
        for column, stage in (("playing", "play"), ("learning", "learn"))
    }
    beside["processor µs a frame"] = {
        name: f"{cost:.1f}" for name, cost in result["processor_microseconds"].items()
    }
    console = Console(highlight=False, soft_wrap=True)
    console.print(speed_table("agent steps", result["runs"], beside))
    for name, (mine, other) in RATIOS.items():
        by_processor = result["processor_ratios"].get(name)
        also = "" if by_processor is None else f", {by_processor:.2f} by processor time"
        console.print(f"{mine} over {other}: {result[name]:.2f}{also}")
    console.print(f"memory of all of them at most: {result['peak_memory_GB']:.2f} GB", style="dim")


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios of runs made in turn."""
    return statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True))


def peak_memory() -> float:
    """The most memory that this process has had, in GB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1e9 if sys.platform == "darwin" else 1e9 / 1024)


def prepare_bare(bare: Bare, command: Bench, workers: int) -> Round:
    """What times one round of a bare loop."""
    torch.manual_seed(command.seed)
    scenario = chosen_scenario("house", command.choices, agents=command.agents)
    bank = scenario.draw(LEVELS, command.seed)
    lanes = workers if bare.lanes else 1
    worlds = command.worlds // lanes
    sims = [
        Simulator(scenario, worlds, bank=bank, seed=command.seed, first_world=i * worlds)
        for i in range(lanes)
    ]
    kind = getattr(torch, fastest_precision()) if bare.lanes else torch.float32
    network = BareNetwork(
        sims[0].sizes.view ** 2, LEVELS * command.agents, bare.look, bare.memory(HIDDEN), kind
    )
    played = [Lane(sim, seed) for seed, sim in enumerate(sims)]
    once = bare_round(network, played, STEPS, workers // lanes)
    for _ in range(WARM):
        once()
    return once


def prepare(case: Case, command: Bench, workers: int) -> Round:
    """What plays, and learns, one round of a case."""
    torch.manual_seed(command.seed)
    torch.set_num_threads(1)
    numba.set_num_threads(1)
    choices = command.choices if case.scenario == "house" else ()
    scenario = chosen_scenario(case.scenario, choices, agents=command.agents)
    bank = scenario.draw(LEVELS, command.seed)
    network = ActorCritic(replace(case.network, precision=fastest_precision()))
    worlds = command.worlds // workers
    if case.taught:
        methods = [imitation(Planner("seen"), lambda share: 0.5), reading(lambda: bank.goal)]
    else:
        methods = [*([prediction()] if case.predicts else []), ppo(PPOConfig(target_kl=0.0), ValueScale())]
    add_heads(network, methods)
    played = [
        RolloutWorker(
            Simulator(scenario, worlds, bank=bank, seed=command.seed, first_world=i * worlds),
            network, methods=methods, steps=STEPS, seed=i,
        )
        for i in range(workers)
    ]  # fmt: skip
    learner = Learner(network, workers, LearnerConfig(minibatches=MINIBATCHES))

    def once() -> float:
        began = time.perf_counter()
        batches = learner.each(lambda worker: worker.collect(), played)
        middle = time.perf_counter()
        if case.learns:
            learn(learner, batches, methods)
        end = time.perf_counter()
        return (end - middle) / (end - began)

    for _ in range(WARM):
        once()
    return once
