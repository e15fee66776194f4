"""What do people ask of agents in generated houses? Clearly, unclearly, and sometimes what cannot be done there."""

from typing import NamedTuple

import numpy as np

from social_rl.human_feedback.speech.tables import expand, happens
from worlds.generators.houses import house_bank, split_config
from worlds.generators.infeasible import misplace
from worlds.goal import (
    BRING,
    CLOSE_IT,
    GIVE,
    GO_TO,
    OPEN_IT,
    PICK_UP,
    PUT_IN,
    PUT_NEXT,
    PUT_ON,
    SWITCH_OFF,
    SWITCH_ON,
    THE,
    Goal,
    decode,
    describe_ref,
)
from worlds.language.instructions import FREE, canonical, phrase
from worlds.levels.bank import take
from worlds.scenario import Scenario, make_scenario
from worlds.state import State

AGENTS = 2
IMPOSSIBLE = 0.15  # of agents get an instruction that was made for another house
STEPS = 128  # of an episode
SHUT = 0.6  # chance of each door to be shut
UNCLEAR = 0.5  # of instructions of one demand are said so that one must ask back
KINDS = ("put on", "put in", "bring to room", "pick up", "switch on")
# What is said where something is left out that matters. {t}: the thing.
LEFT_OUT = {
    PUT_ON: "[put|move|place] {t} [somewhere|somewhere else|over there|where it belongs]",
    PUT_IN: "[put|move|stick] {t} [away somewhere|somewhere safe|in there|where it goes]",
    PUT_NEXT: "[put|move] {t} [next to it|near the thing|by the other one]",
    BRING: "[take|bring|carry] {t} [to the other room|somewhere else|over there]",
    GIVE: "[give|hand|pass] {t} to [someone|somebody|one of them|whoever wants it]",
    PICK_UP: "[take|grab|get|pick up] [one of those|something|that thing]",
    GO_TO: "go [over there|to the other one|somewhere else]",
    OPEN_IT: "open [it|that thing|one of them]",
    CLOSE_IT: "[shut|close] [it|that thing|one of them]",
    SWITCH_ON: "[switch|turn] [it|that thing] on",
    SWITCH_OFF: "[switch|turn] [it|that thing] off",
}


class Asked(NamedTuple):
    """Levels, and what is said to each agent in them; B columns, world by world."""

    scenario: Scenario
    bank: State
    words: tuple[str, ...]
    """said to the agent of a column"""
    goals: tuple[Goal, ...]
    """what is meant by them"""
    is_unclear_B: np.ndarray
    is_possible_B: np.ndarray


def draw_asked(worlds: int, seed: int, split: str = "S1") -> Asked:
    """What is asked in so many new houses of a split, by a seed."""
    config = split_config(split, agents=AGENTS, kinds=KINDS, clauses=(1, 1), shut=SHUT, step_limit=STEPS)
    scenario = make_scenario("house", agents=AGENTS, split=split)
    bank = house_bank(worlds, seed, config)
    is_possible = misplace(bank, IMPOSSIBLE, seed)
    rng = np.random.default_rng([seed, 1])
    goals = tuple(decode(rows) for rows in bank.goal.reshape(-1, *bank.goal.shape[2:]))
    said = [_said(goal, rng) for goal in goals]
    is_unclear = np.array([unclear for _, unclear in said])
    return Asked(
        scenario, bank, tuple(words for words, _ in said), goals, is_unclear, is_possible.reshape(-1)
    )


def plainly(asked: Asked, steps: int = STEPS) -> Asked:
    """The same said in plain words, as minds read them, in episodes of so many steps at most."""
    bank = take(asked.bank, np.arange(len(asked.bank.step_limit)))
    bank.step_limit[:] = steps
    words = tuple(canonical(goal) for goal in asked.goals)
    return asked._replace(bank=bank, words=words, is_unclear_B=np.zeros(len(words), np.bool_))


def repeated(asked: Asked, times: int) -> Asked:
    """The same asked so many times, one time after the other."""
    worlds = len(asked.bank.step_limit)
    return Asked(
        asked.scenario, take(asked.bank, np.tile(np.arange(worlds), times)), asked.words * times, asked.goals * times,
        np.tile(asked.is_unclear_B, times), np.tile(asked.is_possible_B, times),
    )  # fmt: skip


def _said(goal: Goal, rng: np.random.Generator) -> tuple[str, bool]:
    """Words for a goal, and whether one must ask back about them."""
    clause = goal.clauses[0]
    may_leave_out = len(goal.clauses) == 1 and clause.verb in LEFT_OUT and clause.thing.quantity == THE
    if may_leave_out and happens(UNCLEAR, rng):
        line = expand(LEFT_OUT[clause.verb], rng)
        return line.replace("{t}", f"the {describe_ref(clause.thing)}"), True
    return phrase(goal, FREE, rng), False
