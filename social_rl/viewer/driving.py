"""Who drives an agent? A policy with its memory, or the keyboard; only here the window asks policies."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from worlds.simulator import Simulator

if TYPE_CHECKING:
    from agents.types import Policy


class Driver(NamedTuple):
    """Who decides what one agent does."""

    kind: str  # in words, for the card
    policy: "Policy | None" = None  # None: the keyboard
    memory: object = None
    subgoal: np.ndarray | None = None  # uint8[FIELDS], what it is about, if it tells


KEYBOARD = Driver("keyboard")


def is_keyboard(driver: Driver) -> bool:
    """Does a person drive?"""
    return driver.policy is None


def driver_of(policy: "Policy", a: int, sim: Simulator) -> Driver:
    """A policy at the beginning of an episode, for agent `a`."""
    return Driver(type(policy).__name__.lower(), policy)


def expert(sim: Simulator, a: int) -> Driver:
    """The expert, for agent `a`."""
    from agents.planner import Planner

    return driver_of(Planner(), a, sim)


def forgotten(driver: Driver, sim: Simulator) -> Driver:
    """The driver at the beginning of another episode."""
    return driver


def decide(driver: Driver, sim: Simulator, a: int) -> tuple[int, Driver]:
    """What agent `a` does now, and its driver afterwards."""
    return 0, driver


def subgoal(driver: Driver) -> np.ndarray | None:
    """What the driver is about, as a row of a Goal, if it tells."""
    return driver.subgoal
