"""Who drives an agent? A policy with its memory, or the keyboard; only here the window asks policies."""

import copy
from typing import NamedTuple, Protocol

import numpy as np

from worlds.goal import FIELDS
from worlds.simulator import Simulator


class Policy(Protocol):
    """Whoever decides, for some agents of all worlds: memory in, acts and memory out.

    A class attribute `name` is what the card says; an attribute `subgoal`, uint8[W, K, FIELDS], what it is about.
    """

    def begin(self, sim: Simulator, agents: np.ndarray) -> object:
        """Its memory at the beginning of an episode."""
        ...

    def act(self, sim: Simulator, agents: np.ndarray, memory: object) -> tuple[np.ndarray, object]:
        """The acts of agents[K], integers [W, K], and its memory afterwards."""
        ...


class Expert:
    """Knows the whole house, and how to go about the instruction."""

    name = "expert"

    def __init__(self) -> None:
        self.subgoal = np.zeros((0, 0, FIELDS), np.uint8)

    def begin(self, sim: Simulator, agents: np.ndarray) -> object:
        """It needs no memory."""
        self.subgoal = np.zeros((sim.worlds, len(agents), FIELDS), np.uint8)
        return None

    def act(self, sim: Simulator, agents: np.ndarray, memory: object) -> tuple[np.ndarray, object]:
        """The first act of a plan made from the present state."""
        from worlds.planning import decide_serial

        act = np.zeros((sim.worlds, len(agents)), np.int64)
        self.subgoal = np.zeros((*act.shape, FIELDS), np.uint8)
        everything = np.zeros((0, 0, 0, 0), np.bool_)
        decide_serial(sim.handle, agents, everything, False, act, self.subgoal)
        return act, memory


class Driver(NamedTuple):
    """Who decides what one agent does."""

    kind: str  # in words, for the card
    policy: Policy | None = None  # None: the keyboard
    memory: object = None
    subgoal: bytes = b""  # FIELDS bytes: what it was about at the last step, if it tells


KEYBOARD = Driver("keyboard")


def is_keyboard(driver: Driver) -> bool:
    """Does a person drive?"""
    return driver.policy is None


def driver_of(policy: Policy, a: int, sim: Simulator) -> Driver:
    """A policy at the beginning of an episode, for agent `a`."""
    kind = str(getattr(policy, "name", type(policy).__name__.lower()))
    return Driver(kind, policy, policy.begin(sim, np.array([a])))


def expert(sim: Simulator, a: int) -> Driver:
    """The expert, for agent `a`."""
    return driver_of(Expert(), a, sim)


def forgotten(driver: Driver, a: int, sim: Simulator) -> Driver:
    """The driver of agent `a` at the beginning of another episode."""
    return driver if driver.policy is None else driver_of(driver.policy, a, sim)


def kept(driver: Driver) -> Driver:
    """The driver with a copy of its memory."""
    return driver._replace(memory=copy.deepcopy(driver.memory))


def decide(driver: Driver, sim: Simulator, a: int) -> tuple[int, Driver]:
    """What agent `a` does now, and its driver afterwards."""
    if driver.policy is None:
        raise ValueError("the keyboard decides for itself")
    act, memory = driver.policy.act(sim, np.array([a]), driver.memory)
    rows = getattr(driver.policy, "subgoal", None)
    subgoal = b"" if rows is None else bytes(rows[0, 0])
    return int(act[0, 0]), driver._replace(memory=memory, subgoal=subgoal)
