"""Which levels are played? Those a scenario draws; with typed instructions, those where they can be done."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from worlds.checks import count
from worlds.expert.planning import optima
from worlds.goal import GO_TO, KIND_, P_KIND, VERB, Goal
from worlds.language.instructions import parse
from worlds.levels.bank import bank_of, capacities, concat, level_of, take
from worlds.objects import CLASS_OF_KIND, FIXTURE, ITEM, PLACE_KIND, kind_of_look
from worlds.scenario import Scenario
from worlds.state import PLACE_PLANE, State

CHUNK, MOST_CHUNKS = 512, 128
SEED_STEP = 1_000_003  # from the seed of one chunk to that of the next
KIND_OF_LOOK = np.array([0, *map(kind_of_look, range(1, 256))])
TOO_SHORT = 1  # acts: the instruction holds from the start


def draw_levels(scenario: Scenario, n: int, seed: int, instructions: Sequence[str] = ()) -> State:
    """A bank of n levels; `instructions` are for agents 0, 1, ...; "" leaves an agent its own.

    All agents of a shared goal get the first one. Levels are left out in which an expert cannot carry typed
    instructions out alone, or in which others are told to move or set the same things.

    Raises:
        InstructionError: an instruction means nothing, or more than one thing.
        ValueError: more instructions than agents, or no such level was found.
    """
    if len(instructions) > len(scenario.agents):
        raise ValueError(
            f"{count(len(instructions), 'instruction')} for {count(len(scenario.agents), 'agent')}: "
            "give at most one to each"
        )
    words = [*instructions, *[""] * (len(scenario.agents) - len(instructions))]
    if scenario.shared_goal and instructions:
        words = [instructions[0]] * len(scenario.agents)
    told = [a for a, text in enumerate(words) if text]
    goals = [parse(words[a]) for a in told]
    if not told:
        return scenario.draw(n, seed)
    found: list[State] = []
    missing = n
    for chunk in range(MOST_CHUNKS):
        drawn = scenario.draw(CHUNK, (seed + chunk * SEED_STEP) % 2**64)
        likely = np.flatnonzero(np.all([holds_kinds(drawn, goal) for goal in goals], axis=0))
        if len(likely) == 0:
            continue
        bank = instructed(take(drawn, likely), words)
        bank = take(bank, np.flatnonzero(is_undisturbed(bank, told)))
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


def holds_kinds(bank: State, goal: Goal) -> np.ndarray:
    """Which levels have a thing of each kind that a goal speaks of? bool[L]"""
    levels = bank.step_limit.shape[0]
    kinds_of = {ITEM: KIND_OF_LOOK[bank.item_look], FIXTURE: PLACE_KIND[bank.planes[:, 2 * PLACE_PLANE]]}
    holds = np.ones(levels, np.bool_)
    for clause in goal.clauses:
        for ref in (clause.thing, clause.place):
            if ref and CLASS_OF_KIND[ref.kind] in kinds_of:
                holds &= (kinds_of[CLASS_OF_KIND[ref.kind]] == ref.kind).any(1)
    return holds


def is_undisturbed(bank: State, told: Sequence[int]) -> np.ndarray:
    """In which levels do the other agents' own instructions speak of none of the things that `told` ones need? bool[L]

    Rooms and people are everybody's, and so is furniture that one only goes to.
    """
    others = [a for a in range(bank.goal.shape[1]) if a not in told]
    apart = np.ones(bank.step_limit.shape[0], np.bool_)
    for thing_class in (ITEM, FIXTURE):
        claims_LA = np.zeros(bank.goal.shape[:2], np.uint64)
        for part, kind in enumerate((KIND_, P_KIND)):
            is_claimed = CLASS_OF_KIND[bank.goal[..., kind]] == thing_class
            if thing_class == FIXTURE:
                is_claimed &= bank.goal[..., VERB] != GO_TO
            claims_LA |= np.bitwise_or.reduce(np.where(is_claimed, bank.bound[..., part], 0), axis=2)
        theirs, mine = (np.bitwise_or.reduce(claims_LA[:, who], axis=1) for who in (others, list(told)))
        apart &= (theirs & mine) == 0
    return apart


def instructed(bank: State, words: Sequence[str]) -> State:
    """The same levels with other words for each agent; "" leaves it its own."""
    levels = []
    for row in range(bank.step_limit.shape[0]):
        level = level_of(bank, row)
        agents = tuple(
            agent._replace(instruction=text or agent.instruction)
            for agent, text in zip(level.agents, words, strict=True)
        )
        levels.append(replace(level, agents=agents))
    return bank_of(levels, capacities(bank))


def optimal_acts(scenario: Scenario, bank: State) -> np.ndarray:
    """How many acts the expert alone needs for each goal of each level, int64[L, A]; -1 where it fails."""
    return optima(bank, scenario.needs_done)
