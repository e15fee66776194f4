"""Which levels are played? Those a scenario draws; with typed instructions, those where they can be done."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from worlds.bank import bank_of, capacities, concat, level_of, take
from worlds.instructions import parse
from worlds.scenario import Scenario
from worlds.state import State

CHUNK, MOST_CHUNKS = 512, 32
SEED_STEP = 1_000_003  # from the seed of one chunk to that of the next
TOO_SHORT = -2  # acts: the instruction holds from the start


def draw_levels(scenario: Scenario, n: int, seed: int, instructions: Sequence[str] = ()) -> State:
    """A bank of n levels; `instructions` are for agents 0, 1, ...; "" leaves an agent its own.

    With instructions, levels in which the expert cannot carry them out alone are left out.

    Raises:
        InstructionError: an instruction means nothing, or more than one thing.
        ValueError: more instructions than agents, or no such level was found.
    """
    if len(instructions) > len(scenario.agents):
        raise ValueError(
            f"{len(instructions)} instructions for {len(scenario.agents)} agents: give at most one to each"
        )
    for text in instructions:
        if text:
            parse(text)
    told = [a for a, text in enumerate(instructions) if text]
    if not told:
        return scenario.draw(n, seed)
    found: list[State] = []
    missing = n
    for chunk in range(MOST_CHUNKS):
        bank = instructed(scenario.draw(CHUNK, seed + chunk * SEED_STEP), instructions)
        rows = np.flatnonzero((optimal_acts(scenario, bank)[:, told] > TOO_SHORT).all(1))[:missing]
        if len(rows):
            found.append(take(bank, rows))
        missing -= len(rows)
        if missing == 0:
            break
    if not found:
        raise ValueError(
            f"--instruction: of {CHUNK * MOST_CHUNKS} levels drawn, none has what these instructions need; "
            "name other things, or choose larger houses with --set"
        )
    return concat(found)


def instructed(bank: State, instructions: Sequence[str]) -> State:
    """The same levels with other words for the first agents."""
    levels = []
    for row in range(bank.step_limit.shape[0]):
        level = level_of(bank, row)
        words = [*instructions, *[""] * (len(level.agents) - len(instructions))]
        agents = tuple(
            agent._replace(instruction=text or agent.instruction)
            for agent, text in zip(level.agents, words, strict=True)
        )
        levels.append(replace(level, agents=agents))
    return bank_of(levels, capacities(bank))


def optimal_acts(scenario: Scenario, bank: State) -> np.ndarray:
    """How many acts an expert needs for each goal of each level alone, int64[L, A]; -1 where it fails."""
    # until worlds.planning.optima is here: unknown
    return np.full(bank.agent_cell.shape[:2], -1, np.int64)
