"""How fast is the simulator on this machine? Medians of several runs.

    step      all worlds advance with random acts; observations and auto-reset are on
    batch64   the same with 64 worlds
    env       one PettingZoo world with dictionaries
    expert    the expert decides for every agent of every world
    levels    levels are drawn until they are valid and can be done

Acts are drawn before the clock starts, as a ring of arrays that the loop takes in turn.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from rich.console import Console

from social_rl.bench.measure import circumstances
from social_rl.commands.bench import Bench
from social_rl.commands.choices import chosen_scenario
from social_rl.runs.threads import set_threads
from worlds.checks import count
from worlds.scenario import Scenario

RING = 16
UNITS = {
    "step": "agent_steps_per_second",
    "batch64": "agent_steps_per_second",
    "env": "agent_steps_per_second",
    "expert": "decisions_per_second",
    "levels": "levels_per_second",
}
# Two processes: the first compiles, the second finds what the first has kept.
FIRST_STEP = """
import sys, time
began = time.perf_counter()
from social_rl.commands.choices import chosen_scenario
from worlds.simulator import Simulator
sim = Simulator(chosen_scenario(sys.argv[1], sys.argv[3:], agents=int(sys.argv[2])), 1024, levels=64)
sim.advance()
print(time.perf_counter() - began)
"""

Runner = Callable[[], float]  # one timed run; returns units a second


def measure_simulator(command: Bench) -> dict[str, Any]:
    """One speed, settings and where they come from."""
    set_threads(command.threads)
    return measure(command, chosen_scenario(command.scenario, command.choices, agents=command.agents))


def measure(command: Bench, scenario: Scenario) -> dict[str, Any]:
    """The result of a benchmark as it is written: speeds, settings and where they come from."""
    run, first_steps = RUNNERS[command.what](command, scenario)
    run()
    runs = [run() for _ in range(command.runs)]
    if command.cold:
        first_steps |= first_step_seconds(command)
    return {
        UNITS[command.what]: statistics.median(runs),
        "unit": UNITS[command.what],
        "runs": runs,
        "first_steps": first_steps,
        "settings": settings_of(command, scenario),
        **circumstances(),
    }


def settings_of(command: Bench, scenario: Scenario) -> dict[str, Any]:
    """What was measured."""
    import numba

    return {
        "what": command.what,
        "scenario": scenario.name,
        "choices": list(command.choices),
        "agents": len(scenario.agents),
        "worlds": _worlds(command),
        "view": scenario.view,
        "occluded": scenario.occluded,
        "steps": command.steps,
        "threads": numba.get_num_threads(),
        "seed": command.seed,
    }


def report(result: dict[str, Any]) -> None:
    """Print a result."""
    console = Console(highlight=False, soft_wrap=True)
    settings, runs = result["settings"], sorted(result["runs"])
    senses = "occluded" if settings["occluded"] else "see-through"
    console.print(
        f"{settings['what']} of {settings['scenario']}: {count(settings['worlds'], 'world')}, "
        f"{count(settings['agents'], 'agent')}, {senses} {settings['view']}x{settings['view']}, "
        f"{count(settings['steps'], 'step')}, {count(settings['threads'], 'thread')}"
    )
    what = result["unit"].replace("_per_second", "").replace("_", " ")
    median = statistics.median(runs)
    console.print(f"[bold]{median:,.0f}[/] {what} a second, the median of {count(len(runs), 'run')}")
    console.print(f"lowest {runs[0]:,.0f}, highest {runs[-1]:,.0f}")
    for name, value in (result["first_steps"] | result["calibration"]).items():
        text = f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
        console.print(f"{name.replace('_', ' ')}: {text}", style="dim")
    commit = result["commit"].replace("+", ", and changes since")
    console.print(
        f"{result['machine']['cpu']}, {count(result['machine']['cores'], 'core')}, commit {commit}",
        style="dim",
    )


# ---- what is measured ---------------------------------------------------------------------------------
def prepare_step(command: Bench, scenario: Scenario) -> tuple[Runner, dict[str, float]]:
    """All worlds advance."""
    began = time.perf_counter()
    from worlds.simulator import Simulator

    sim = Simulator(scenario, _worlds(command), seed=command.seed)
    ring = acts_ring(command.seed, sim.state.action.shape)
    built = time.perf_counter()
    sim.state.action[...] = ring[0]
    sim.advance()
    first = time.perf_counter()
    sim.advance()
    second = time.perf_counter()

    def run() -> float:
        action, advance = sim.state.action, sim.advance
        start = time.perf_counter()
        for i in range(command.steps):
            action[...] = ring[i % RING]
            advance()
        return command.steps * action.size / (time.perf_counter() - start)

    times = {
        "build_seconds": built - began,
        "first_step_seconds": first - built,
        "second_step_seconds": second - first,
    }
    return run, times


def prepare_env(command: Bench, scenario: Scenario) -> tuple[Runner, dict[str, float]]:
    """One PettingZoo world."""
    from worlds.envs.parallel_env import parallel_env

    env = parallel_env(scenario)
    env.reset(seed=command.seed)
    ring = acts_ring(command.seed, (len(scenario.agents),)).tolist()
    acts = [dict(zip(env.possible_agents, row, strict=True)) for row in ring]

    def run() -> float:
        agent_steps = 0
        start = time.perf_counter()
        for i in range(command.steps):
            agent_steps += len(env.agents)
            env.step(acts[i % RING])
            if not env.agents:
                env.reset()
        return agent_steps / (time.perf_counter() - start)

    return run, {}


def prepare_expert(command: Bench, scenario: Scenario) -> tuple[Runner, dict[str, float]]:
    """The expert decides on the clock and acts off the clock; agents that have finished do not count."""
    from agents.policies.planner import Planner
    from agents.types import Cast
    from worlds.simulator import Simulator
    from worlds.state import ACTIVE

    sim = Simulator(scenario, command.worlds, seed=command.seed)
    cast = Cast(sim, dict.fromkeys(scenario.agents, Planner()))

    def run() -> float:
        decisions, seconds = 0, 0.0
        for _ in range(command.steps):
            decisions += int((sim.state.finished == ACTIVE).sum())
            start = time.perf_counter()
            action = cast.act()
            seconds += time.perf_counter() - start
            sim.step(action)
        return decisions / seconds

    return run, {}


def prepare_levels(command: Bench, scenario: Scenario) -> tuple[Runner, dict[str, float]]:
    """Levels are drawn, each run from a seed of its own."""
    scenario.draw(1, command.seed)
    seed = command.seed

    def run() -> float:
        nonlocal seed
        seed += 1
        start = time.perf_counter()
        scenario.draw(command.steps, seed)
        return command.steps / (time.perf_counter() - start)

    return run, {}


RUNNERS = {
    "step": prepare_step,
    "batch64": prepare_step,
    "env": prepare_env,
    "expert": prepare_expert,
    "levels": prepare_levels,
}


def acts_ring(seed: int, shape: tuple[int, ...]) -> np.ndarray:
    """Random acts, uint8[RING, *shape]."""
    from worlds.state import ACTS

    return np.random.default_rng(seed).integers(len(ACTS), size=(RING, *shape), dtype=np.uint8)


def _worlds(command: Bench) -> int:
    return {"env": 1, "batch64": 64}.get(command.what, command.worlds)


# ---- the first step --------------------------------------------------------------------------------------
def first_step_seconds(command: Bench) -> dict[str, float]:
    """Seconds from the import to the end of the first step: without compiled rules, and with them."""
    words = [sys.executable, "-c", FIRST_STEP, command.scenario, str(command.agents), *command.choices]
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "SOCIAL_RL_CACHE": folder}
        cold, warm = (
            float(subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout)
            for _ in range(2)
        )
    return {"cold_first_step_seconds": cold, "warm_first_step_seconds": warm}
