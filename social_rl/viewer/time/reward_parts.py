"""What is a reward made of? Success, parts of the instruction, steps, failure, and the scenario's own rule.

The rules know sums alone. So the episode is lived again once for each part, in a world that pays for that part and for
nothing else: what comes out adds up to what was paid, whatever the rules are.
"""

from typing import NamedTuple

import numpy as np

from social_rl.viewer.time.tape import Tape
from worlds.events import Acts
from worlds.replay import Replay, begun, happen
from worlds.scenario import Scenario
from worlds.simulator import Simulator
from worlds.state import R_CLAUSE, R_FAILURE, R_SLOWNESS, R_STEP, R_SUCCESS

PARTS: dict[str, tuple[int, ...]] = {
    "success": (R_SUCCESS, R_SLOWNESS), "parts": (R_CLAUSE,), "steps": (R_STEP,), "failure": (R_FAILURE,),
    "scenario": (),
}  # fmt: skip
GOAL_RATES = (R_SUCCESS, R_SLOWNESS, R_CLAUSE, R_STEP, R_FAILURE)


class RewardParts(NamedTuple):
    """Worlds that each pay for one part, as far as they have come along a tape."""

    key: tuple[int, ...]  # of the tape that they follow
    worlds: dict[str, Simulator]
    paid: list[np.ndarray]  # float[P, A] at each step
    head: int


def followed(parts: RewardParts | None, tape: Tape, scenario: Scenario) -> RewardParts:
    """The parts of all rewards up to the present; goes on from `parts`, if they are of the same tape."""
    key = id(tape), tape.cuts
    if parts is None or parts.key != key or parts.head > tape.head:
        start = Replay(**tape.start)
        parts = RewardParts(key, {name: _paying(start, scenario, name) for name in paid_for(scenario)}, [], 0)
    paid = list(parts.paid)
    for entry in tape.entries[parts.head : tape.head]:
        for world in parts.worlds.values():
            happen(world, entry.event)
        if isinstance(entry.event, Acts):
            paid.append(np.array([world.state.reward[0] for world in parts.worlds.values()], np.float64))
    return parts._replace(paid=paid, head=tape.head)


def paid_for(scenario: Scenario) -> tuple[str, ...]:
    """The parts that a scenario may pay for."""
    rewards = scenario.rewards
    rates = {
        "success": rewards.success, "parts": rewards.clause, "steps": rewards.step, "failure": rewards.failure,
        "scenario": scenario.mechanics is not None,
    }  # fmt: skip
    return tuple(name for name in PARTS if rates[name])


def _paying(start: Replay, scenario: Scenario, name: str) -> Simulator:
    world = begun(start, scenario)
    for rate in GOAL_RATES:
        if rate not in PARTS[name]:
            world.state.rate[rate] = 0
    return world
