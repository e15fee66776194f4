"""Who drives an agent? A policy with its memory, or the keyboard; only here the window asks policies."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from typing import Any, NamedTuple

import numpy as np

from agents.policies.learned import Learned
from agents.policies.perception import LearnedMemory
from agents.policies.planner import PlannerMemory
from agents.policies.scripted import expert as expert_policy
from agents.types import Policy
from worlds.simulator import Simulator


class Driver(NamedTuple):
    """Who decides what one agent does."""

    kind: str  # in words, for the card
    policy: Policy | None = None  # None: the keyboard
    memory: object = None
    subgoal: bytes = b""  # FIELDS bytes: what it was about at the last step, if it tells
    reliance: tuple[
        float, ...
    ] = ()  # shares of its own way and of each agent, if it has a gate (neighbours.py)


EXPERT = "expert"
# Classes that a cast calls otherwise.
KINDS = {"learned": "mind", "language": "lm", "planner": "seeing", "wanderer": "wander"}
KEYBOARD = Driver("keyboard")
NOT_HERE = " (not here)"  # behind the kind of who plays in a replay, and cannot be asked again


def is_keyboard(driver: Driver) -> bool:
    """Does a person drive?"""
    return driver.policy is None


def hears(driver: Driver) -> bool:
    """May one say any words to who drives, as to a language model?"""
    return bool(getattr(driver.policy, "hears", False))


def is_asked_once(driver: Driver) -> bool:
    """Does it act on the world otherwise than by its acts, by words or instructions? Then it is never asked again."""
    return hears(driver) or bool(getattr(driver.policy, "speaks", False))


def driver_of(policy: Policy, a: int, sim: Simulator) -> Driver:
    """A policy at the beginning of an episode, for agent `a`."""
    name = getattr(policy, "name", type(policy).__name__.lower())
    return Driver(KINDS.get(name, name), policy, policy.start(sim, np.array([a])))


def expert(sim: Simulator, a: int) -> Driver:
    """The expert, for agent `a`."""
    return driver_of(expert_policy(), a, sim)


def forgotten(driver: Driver, a: int, sim: Simulator) -> Driver:
    """A driver of the cast at the beginning of another episode."""
    if driver.policy is None:
        raise ValueError("the keyboard is never cast")
    return driver_of(driver.policy, a, sim)


def kept(driver: Driver) -> Driver:
    """The driver with a copy of its memory."""
    return driver._replace(memory=copy.deepcopy(driver.memory, shared(driver.memory)))


def shared(memory: object) -> dict[int, Any]:
    """What a copy of a memory need not copy, for `deepcopy`: what is derived of something else and never changed."""
    if not is_dataclass(memory) or isinstance(memory, type):
        return {}
    derived = (getattr(memory, one.name) for one in fields(memory) if one.metadata.get("derived"))
    return {id(part): part for part in derived if part is not None}


@contextmanager
def unsaid(sim: Simulator) -> Iterator[None]:
    """Let policies be asked here without anybody hearing what they say beside their acts."""
    waiting = sim.state.message.copy()
    try:
        yield
    finally:
        sim.state.message[...] = waiting


def decide(driver: Driver, sim: Simulator, a: int) -> tuple[int, Driver]:
    """What agent `a` does now, and its driver afterwards."""
    if driver.policy is None:
        raise ValueError("the keyboard decides for itself")
    act, memory = driver.policy.act(sim, np.array([a]), driver.memory)
    subgoal = bytes(memory.subgoal[0, 0]) if isinstance(memory, PlannerMemory) else b""
    reliance = ()
    if isinstance(driver.policy, Learned) and isinstance(memory, LearnedMemory):
        reliance = driver.policy.reliance(memory)
    return int(act[0, 0]), driver._replace(memory=memory, subgoal=subgoal, reliance=reliance)
