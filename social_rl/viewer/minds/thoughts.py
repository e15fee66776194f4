"""What goes on in a mind before it acts? How likely it holds each act, and what it expects to earn."""

import copy
from typing import NamedTuple

import numpy as np

from agents.policies.learned import Learned
from agents.policies.perception import LearnedMemory
from social_rl.viewer.minds.driving import Driver, shared, unsaid
from worlds.simulator import Simulator


class Thought(NamedTuple):
    """What a mind makes of the present."""

    likely: np.ndarray  # float[8] chance of each act, as it draws them
    value: float  # what it expects to earn from here on
    entropy: float  # of the acts, in nats: 0 it is certain, ln 8 it has no idea


def mind_in(policy: object) -> Learned | None:
    """The network that plays, if one does."""
    return policy if isinstance(policy, Learned) else None


def value_of(driver: Driver) -> float:
    """What a driver expected to earn when it was asked last; NaN without a mind."""
    mind, memory = mind_in(driver.policy), driver.memory
    if mind is None or not isinstance(memory, LearnedMemory):
        return float("nan")
    return float(mind.judged(memory)[1])


def thought_of(driver: Driver, sim: Simulator, a: int) -> Thought | None:
    """What the mind of agent `a` would make of the present; it remembers nothing of being asked. None: no mind."""
    mind, memory = mind_in(driver.policy), driver.memory
    if mind is None or not isinstance(memory, LearnedMemory):
        return None
    memory = copy.deepcopy(memory, shared(memory))
    doubts = mind.doubts
    with unsaid(sim):
        _, memory = mind.act(sim, np.array([a]), memory)
    mind.doubts = doubts
    likely, value = mind.judged(memory)
    entropy = float(-(likely * np.log(np.maximum(likely, 1e-12))).sum())
    return Thought(likely, value, entropy)
