"""How much of its speed does a world lose that asks its language model about every subgoal? Beside the mind alone.

64 worlds of two agents each in the houses of training, the shipped mind, and the shipped language model that leads it.
"""

import statistics
import time
from collections.abc import Callable

from agents.language.model.language_model import read_model
from agents.language.responding import Responder
from agents.policies.learned import Learned
from agents.training.checkpoint import read_network
from agents.types import Cast, Policy
from social_rl.runs.shipped import find_checkpoint, find_language_model
from worlds.scenario import make_scenario
from worlds.simulator import SAME_STEP, Simulator

WORLDS, STEPS, WARM = 64, 200, 2  # steps of a run; runs before the clock starts


def measure_leading(runs: int, seed: int) -> dict[str, object]:
    """Steps per second of the mind alone and led, and the share of them that is left: `led_ratio`.

    Raises:
        ValueError: no mind or no language model is shipped.
    """
    network = read_network(find_checkpoint(None))
    respond = Responder(read_model(find_language_model(None)))
    led = respond.leading(Learned(network, seed=seed))
    sides = {"alone": _stepping(Learned(network, seed=seed), seed), "led": _stepping(led, seed)}
    speeds: dict[str, list[float]] = {name: [] for name in sides}
    for run in range(WARM + runs):
        for name, step in sides.items():
            began = time.perf_counter()
            step()
            if run >= WARM:
                speeds[name].append(WORLDS * STEPS / (time.perf_counter() - began))
    ratio = statistics.median(led / alone for led, alone in zip(speeds["led"], speeds["alone"], strict=True))
    return {
        "led_ratio": ratio,
        **{f"{name}_steps_per_second": statistics.median(found) for name, found in speeds.items()},
        "leading_runs": speeds,
    }


def _stepping(policy: Policy, seed: int) -> Callable[[], None]:
    """So many steps of all worlds, which go on where they were."""
    scenario = make_scenario("house")
    sim = Simulator(scenario, WORLDS, levels=1024, seed=seed, autoreset=SAME_STEP)
    cast = Cast(sim, dict.fromkeys(scenario.agents, policy))

    def step() -> None:
        for _ in range(STEPS):
            sim.step(cast.act())

    return step
