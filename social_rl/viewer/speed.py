"""How fast is the window drawn on this machine? A house of 25 x 25 cells with four agents, in pictures of 1280 x 800.

    still       the same moment again
    gliding     agents are between cells, each time elsewhere
    stepping    the world is another one each time; taking the step is not counted
    panels      gliding, with trails, values and the chances of acts of a mind

Then the window is opened as its command does it, and left alone (resting.py).

Seconds are those of the processor on one thread, so that what else the machine does hardly matters.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

from rich.console import Console

from social_rl.bench.measure import circumstances, medians, speed_table
from social_rl.commands.bench import Bench
from social_rl.episodes.casting import make_policy
from social_rl.viewer.commands import do
from social_rl.viewer.model import ViewerState, open_state
from social_rl.viewer.picture import paint
from social_rl.viewer.resting import BARS, rest
from worlds.scenario import make_scenario

SIZE, SIDE, AGENTS = (1280, 800), 25, 4
BEGUN = 12  # steps before the clock starts
FRAMES = 60  # of a run
RESTED = 3  # runs in which the window is left alone
BAR = 60  # frames a second that are promised

Case = Callable[[ViewerState, int], None]
"""What changes before a frame of this number."""


def still(state: ViewerState, frame: int) -> None:
    """Nothing changes."""


def gliding(state: ViewerState, frame: int) -> None:
    """Agents are elsewhere on their way."""
    state.phase = (frame % FRAMES) / FRAMES


def stepping(state: ViewerState, frame: int) -> None:
    """One step more, or the first one again."""
    do(state, "go to", frame % state.tape.steps)


def panels(state: ViewerState, frame: int) -> None:
    """Agents are elsewhere on their way, and there is much to be seen."""
    state.panel, state.overlays = "acts", frozenset({"trails", "value"})
    gliding(state, frame)


CASES: dict[str, Case] = {"still": still, "gliding": gliding, "stepping": stepping, "panels": panels}


def measure_viewer(command: Bench) -> dict[str, Any]:
    """Frames a second of processor time, and where they come from."""
    scenario = make_scenario("house", agents=AGENTS, side=SIDE)
    mind, expert = make_policy("mind", command.seed), make_policy("expert", command.seed)
    speeds: dict[str, list[float]] = {name: [] for name in CASES}
    states = {}
    for name in CASES:
        cast = {agent: mind if a == 0 else expert for a, agent in enumerate(scenario.agents)}
        states[name] = open_state(scenario, cast, seed=command.seed, levels=1)
        states[name].size = SIZE
        for _ in range(BEGUN):
            do(states[name], "step")
        paint(states[name])
    for _ in range(command.runs):  # in turn, so that a slow moment is shared by all
        for name, change in CASES.items():
            speeds[name].append(_frames_per_second(states[name], change))
    resting = [rest() for _ in range(min(command.runs, RESTED))]
    return {
        "benchmark": "viewer", "resting": resting, "frames_per_second": speeds, **medians(speeds, "frames"),
        "size": list(SIZE), "side": SIDE, "agents": AGENTS, **circumstances(),
    }  # fmt: skip


def _frames_per_second(state: ViewerState, change: Case) -> float:
    spent = 0.0
    for frame in range(FRAMES):
        change(state, frame)
        before = time.process_time()
        paint(state)
        spent += time.process_time() - before
    return FRAMES / spent


def report(result: dict[str, Any]) -> None:
    """Print what came out, beside what is promised."""
    speeds = result["frames_per_second"]
    kept = {name: "yes" if statistics.median(found) >= BAR else "no" for name, found in speeds.items()}
    console = Console(highlight=False)
    console.print(speed_table("frames", speeds, {f"{BAR} or more": kept}))
    resting = result["resting"]
    first, spent, idle = (
        statistics.median(one[name] for one in resting) for name in ("first", "cpu", "idle")
    )
    console.print(
        f"first picture after {first:.2f} s, {spent:.2f} s of a processor; promised are {BARS['first frame']:g} s"
    )
    console.print(f"idle: {100 * idle:.2f} % of a processor; promised are less than {100 * BARS['idle']:g} %")
    console.print(f"driver of the display: {resting[0]['driver']}", style="dim")
