"""How fast is learning on this machine? Agent steps a second, played and learned from, and where the time goes.

dagger        the full mind, corrected by the expert that sees what its pupil sees
ppo           the full mind, from reward
plain_ppo     plain eyes and a GRU of 128, from reward
feedforward   plain eyes without memory, from reward
rollout       plain eyes and a GRU of 128, playing only
watching      plain_ppo, in routine_cycle, all agents learning, with the prediction of what comes next
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numba
import torch
from rich.console import Console

from agents.network.actor_critic import ActorCritic
from agents.network.config import NetworkConfig
from agents.network.precision import fastest_precision
from agents.policies.planner import Planner
from agents.training.learner import Learner, LearnerConfig
from agents.training.methods import add_heads, learn
from agents.training.ppo import PPOConfig, ValueScale, ppo
from agents.training.rollout import RolloutWorker
from social_rl.bench.measure import circumstances, medians, speed_table
from social_rl.commands.bench import Bench
from social_rl.commands.choices import chosen_scenario
from social_rl.methods.imitate import imitation
from social_rl.methods.prediction import prediction
from social_rl.methods.reading import reading
from social_rl.runs.provenance import cores
from worlds.simulator import Simulator

STEPS, FRAMES_OF_A_MINIBATCH, LEVELS = 32, 4096, 2048
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


def measure_training(command: Bench) -> dict[str, Any]:
    """Speeds of all cases, settings and where they come from."""
    workers = command.threads or cores()
    speeds: dict[str, list[float]] = {case.name: [] for case in CASES}
    stages: dict[str, dict[str, float]] = {}
    rounds = {case.name: prepare(case, command, workers) for case in CASES}
    for _ in range(command.runs):  # in turn, so that a slow moment is shared by all
        for case in CASES:
            speed, stages[case.name] = rounds[case.name]()
            speeds[case.name].append(speed)
    return {
        **medians(speeds, "agent_steps"),
        "runs": speeds,
        "stages": stages,
        "settings": {
            "what": "train", "scenario": "house", "choices": list(command.choices), "agents": command.agents,
            "worlds": command.worlds, "workers": workers, "steps": STEPS, "minibatch": FRAMES_OF_A_MINIBATCH,
            "view": 7, "seed": command.seed, "precision": fastest_precision(),
        },
        **circumstances(),
    }  # fmt: skip


def report(result: dict[str, Any]) -> None:
    """Print a result."""
    beside = {
        column: {name: f"{part[stage]:.0%}" for name, part in result["stages"].items()}
        for column, stage in (("playing", "play"), ("learning", "learn"))
    }
    Console(highlight=False, soft_wrap=True).print(speed_table("agent steps", result["runs"], beside))


def prepare(case: Case, command: Bench, workers: int) -> Callable[[], tuple[float, dict[str, float]]]:
    """What times one round of a case: its speed, and the shares of its stages."""
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
    frames = command.worlds * command.agents * STEPS
    learner = Learner(
        network, workers, LearnerConfig(minibatches=max(1, frames // workers // FRAMES_OF_A_MINIBATCH))
    )

    def once() -> tuple[float, dict[str, float]]:
        began = time.perf_counter()
        batches = learner.each(lambda worker: worker.collect(), played)
        middle = time.perf_counter()
        if case.learns:
            learn(learner, batches, methods)
        end = time.perf_counter()
        whole = end - began
        return frames / whole, {"play": (middle - began) / whole, "learn": (end - middle) / whole}

    for _ in range(WARM):
        once()
    return once
