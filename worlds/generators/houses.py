"""Which houses and tasks does the generator draw? HouseConfig, and banks of levels drawn to it.

    house_bank(1000, seed=0, config=HouseConfig())     levels 0..999 of seed 0
    house_bank(1000, 0, split_config("S1"))            levels that test unseen pairs of item and furniture

A level depends on (seed, number of the level, config) alone.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from typing import Any

import numba
import numpy as np

from worlds.checks import check_choice, check_like, check_number, check_range, suggest
from worlds.compiler.compile import COMPILED, entry
from worlds.compiler.handle import handle
from worlds.generators.draft import (
    MAX_ROOMS,
    N_SETTINGS,
    SURE,
    Draft,
    empty_draft,
)
from worlds.generators.layout import draw_layout
from worlds.generators.names import name_tasks
from worlds.generators.splits import SPLITS, held_out_pairs, held_out_shades
from worlds.generators.tasks import draw_tasks
from worlds.goal import MAX_CLAUSES, VERBS
from worlds.language.words import FREE, PLAIN, RESERVED, render
from worlds.objects import MAX_AGENTS, MAX_FIXTURES, MAX_ITEMS
from worlds.rules.chance import episode_key
from worlds.state import Sizes, State, empty_bank

MAX_ATTEMPTS = 2000
_WORDS = np.uint64(1 << 32)  # counters of the draws for words, beyond those of attempts
MOST_DOORS = 16
# How often each verb is asked for.
WEIGHTS = {
    "go to": 4, "pick up": 6, "put down": 1, "put on": 8, "put in": 6, "put next to": 4, "bring to room": 4,
    "give to": 2, "open": 3, "close": 3, "switch on": 3, "switch off": 3, "meet": 1, "follow": 1,
}  # fmt: skip


@dataclass(frozen=True)
class HouseConfig:
    """What houses and instructions the generator draws; pairs are ranges, both ends included.

    Raises:
        ValueError: a field is out of its range.
    """

    side: int = 13  # cells from outer wall to outer wall
    rooms: tuple[int, int] = (1, 3)  # in a house
    agents: int = 2  # each with an instruction of its own
    furniture: tuple[int, int] = (3, 6)  # pieces
    distractors: tuple[int, int] = (2, 4)  # items beyond those that somebody needs
    shut: float = 0.25  # chance of each door to be shut
    locked: float = 0.05  # chance of each door to be locked; its key lies in reach
    clauses: tuple[int, int] = (1, 2)  # of an instruction
    kinds: tuple[str, ...] = ()  # names of VERBS to ask for; empty: all
    quantities: float = 0.15  # chance of two, three or every, where a verb takes them
    relations: float = 0.3  # chance of a relation ("on the desk") that nothing requires
    constraints: float = 0.1  # chance of each agent to be forbidden something
    style: int = FREE  # PLAIN, FREE or RESERVED wording
    split: str = "S0"  # what is held out; `social-rl splits` lists them
    step_limit: int = 0  # 0: grows with the house and the clauses
    crossed: bool = False  # do instructions of two agents get in each other's way on purpose?

    def __post_init__(self) -> None:
        for name, low, high in (
            ("side", 5, 64), ("agents", 1, MAX_AGENTS), ("style", PLAIN, RESERVED), ("step_limit", 0, 1 << 30),
        ):  # fmt: skip
            check_number(name, getattr(self, name), low, high)
        for name in ("shut", "locked", "quantities", "relations", "constraints"):
            check_number(name, getattr(self, name), 0, 1, whole=False)
        room_side = (self.side - 1) // 4
        for name, low, high in (
            ("rooms", 1, min(MAX_ROOMS, room_side**2)), ("furniture", 0, (MAX_FIXTURES - MOST_DOORS) // 3),
            ("distractors", 0, 32), ("clauses", 1, MAX_CLAUSES),
        ):  # fmt: skip
            check_range(name, getattr(self, name), low, high)
        check_like("kinds", self.kinds, ("open", "close"))
        for kind in self.kinds:
            check_choice("one of kinds", kind, WEIGHTS)
        check_choice("split", self.split, SPLITS)
        if self.crossed and self.agents < 2:
            raise ValueError("crossed is True with 1 agent: instructions cross between 2 and more")

    @property
    def steps(self) -> int:
        """The step limit: as set, or enough to cross the house some eight times for each clause.

        An expert that has yet to look for things needs up to seven in large houses.
        """
        return self.step_limit or 8 * self.side * (1 + self.clauses[1])


def split_config(split: str, **overrides: Any) -> HouseConfig:
    """The HouseConfig of a split; `overrides` are fields of your own.

    Raises:
        ValueError: no such split or field, or a field is out of its range.
    """
    check_choice("split", split, SPLITS)
    allowed = [field.name for field in fields(HouseConfig)]
    for name in overrides:
        if name not in allowed:
            raise ValueError(f"a house has no choice {name!r}: {suggest(name, allowed)}")
    return HouseConfig(**{**SPLITS[split], "split": split, **overrides})


def sizes_of(config: HouseConfig) -> Sizes:
    """Capacities that all houses of a config fit in."""
    items = 4 * config.agents * config.clauses[1] + config.distractors[1] + (4 if config.locked else 0)
    doors = MOST_DOORS if config.rooms[1] > 5 else 2 * (config.rooms[1] - 1)
    return Sizes(config.side, config.agents, min(MAX_ITEMS, items), doors + 3 * config.furniture[1])


def house_bank(
    n: int, seed: int, config: HouseConfig, first_level: int = 0, sizes: Sizes | None = None
) -> State:
    """Levels `first_level` to `first_level + n - 1` of a seed, one to each row of a bank.

    `sizes` are capacities at least those of `sizes_of(config)`, where banks of several configs are to be joined.

    Raises:
        ValueError: `n` is below 1, or no house was found that this config asks for.
    """
    if n < 1:
        raise ValueError(f"n is {n}, allowed are 1 and more")
    bank = empty_bank(n, sizes or sizes_of(config))
    attempts = np.zeros(n, np.int64)
    draw_in_threads(bank, draft_of(config, numba.get_num_threads()), seed, first_level, attempts)
    write_words(handle(bank), np.uint64(seed), np.uint64(first_level), config.style)
    bank.step_limit[:] = config.steps
    if attempts.max() >= MAX_ATTEMPTS:
        level = first_level + int(attempts.argmax())
        raise ValueError(f"level {level}: no house in {MAX_ATTEMPTS} attempts; ask for less than {config}")
    return bank


def draw_in_threads(bank: State, draft: Draft, seed: int, first_level: int, attempts: np.ndarray) -> None:
    """Draw a part of the levels on each thread; compiled code lets go of the interpreter's lock."""
    n, threads = len(attempts), len(draft.key)
    cuts = [n * t // threads for t in range(threads + 1)]
    levels, notes = handle(bank), handle(draft)

    def draw_part(t: int) -> None:
        draw_houses(levels, notes, t, cuts[t], cuts[t + 1], np.uint64(seed), np.uint64(first_level), attempts)

    if COMPILED:
        draw_houses(levels, notes, 0, 0, 0, np.uint64(seed), np.uint64(first_level), attempts)  # compile once
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(draw_part, range(threads)))
    else:
        for t in range(threads):
            draw_part(t)


def draft_of(config: HouseConfig, threads: int) -> Draft:
    """The settings and tables of a config, and scratch for so many threads."""
    draft = empty_draft(threads, config.side, config.agents, len(VERBS))
    rates = (config.shut, config.locked, config.quantities, config.relations, config.constraints)
    draft.setting[:N_SETTINGS] = (
        config.side, *config.rooms, *config.furniture, *config.distractors, *config.clauses,
        *(round(rate * SURE) for rate in rates), config.crossed, config.split == "S1", config.split == "S2",
        config.steps,
    )  # fmt: skip
    for verb, row in enumerate(VERBS):
        if row.name in (config.kinds or WEIGHTS):
            draft.verb_weight[verb] = WEIGHTS[row.name]
    for item, holder in held_out_pairs():
        draft.held_pair[item, holder] = True
    for kind, colour in held_out_shades():
        draft.held_shade[kind, colour] = True
    return draft


@entry
def draw_houses(bank, draft, t, first, last, seed, first_level, attempts):
    """Draw levels `first` to `last - 1` of a bank with the scratch of `t`; count discarded attempts."""
    for level in range(first, last):
        number = first_level + np.uint64(level)
        attempts[level] = MAX_ATTEMPTS
        for attempt in range(MAX_ATTEMPTS):
            draft.key[t] = episode_key(seed, number, np.uint64(attempt))
            draft.drawn[t] = 0
            drawn = draw_layout(bank, level, draft, t) and draw_tasks(bank, level, draft, t)
            if drawn and name_tasks(bank, level, draft, t):
                attempts[level] = attempt
                break


@entry
def write_words(bank, seed, first_level, style):
    """Write the instructions of all levels of a bank; those that would be too long in the plain style."""
    nothing = np.zeros(0, np.uint8)
    for level in range(bank.goal.shape[0]):
        number = first_level + np.uint64(level)
        for a in range(bank.agent_cell.shape[1]):
            written, wanted = -1, style
            while written < 0:
                key = episode_key(seed, number, _WORDS + np.uint64(a))
                written = render(bank.goal[level, a], wanted, key, bank.tokens[level, a], nothing)
                wanted = PLAIN
