"""Which houses does a pupil meet, and when harder ones? Stages of difficulty, passed on measured progress."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from worlds.generators.houses import HouseConfig, house_bank, sizes_of
from worlds.generators.infeasible import misplace
from worlds.levels.bank import concat, take
from worlds.state import State

SEED_STEP = 1_000_003  # from the seed of one round of levels to that of the next


def stages_of(goal: HouseConfig) -> list[HouseConfig]:
    """Three stages that lead to a config: one room and one clause; all rooms; all of it."""
    one = (1, 1)
    first = replace(
        goal, rooms=(goal.rooms[0], goal.rooms[0]), clauses=one, shut=0.0, locked=0.0, constraints=0.0
    )
    second = replace(goal, clauses=one, locked=0.0)
    stages = [first, second, goal]
    return [stage for i, stage in enumerate(stages) if stage not in stages[:i]]


@dataclass
class Ladder:
    """Where a pupil stands: the stage it is at, and how it does there.

    A stage is passed when its success reaches `enough`, or when it has stopped rising: then more of the same would
    not help. Success is measured on columns that the teacher leaves alone.
    """

    stages: int
    stage: int = 0
    fast: float = 0.0  # success of late
    slow: float = 0.0  # success some time ago
    episodes: float = 0.0  # at this stage
    enough: float = 0.7
    least_episodes: int = 2_000
    still: float = 0.005  # progress that counts as none

    def learn(self, successes: int, episodes: int) -> bool:
        """Take in what came out; returns whether the next stage begins."""
        self.episodes += episodes
        if episodes == 0:
            return False
        rate = successes / episodes
        for name, memory in (("fast", 1_000), ("slow", 8_000)):
            share = max(1 - np.exp(-episodes / memory), min(episodes / max(self.episodes, 1), 1))
            setattr(self, name, getattr(self, name) + float(share) * (rate - getattr(self, name)))
        stands_still = self.episodes > 10 * self.least_episodes and self.fast - self.slow < self.still
        may_pass = self.stage + 1 < self.stages and self.episodes > self.least_episodes
        if not may_pass or (self.fast < self.enough and not stands_still):
            return False
        self.stage += 1
        self.fast = self.slow = self.episodes = 0.0
        return True


@dataclass(frozen=True)
class Lessons:
    """Levels round by round.

    levels: in a round. impossible: share of agents whose instruction was made for another house. review: share of
    levels from the stages before. crossed: share of levels, at the last stage, in which instructions of several agents
    get in each other's way on purpose. patience: share of each step limit: who is lost learns little from being lost
    longer.
    """

    goal: HouseConfig
    levels: int = 8192
    impossible: float = 0.1
    crossed: float = 0.15
    review: float = 0.25
    patience: float = 1.0
    seed: int = 0
    stages: Sequence[HouseConfig] = field(default=())

    def goals(self, round_: int) -> np.ndarray:
        """What is asked for in a round at the last stage, uint8[2 * levels or so, ROWS, FIELDS]: to read about."""
        goal = house_bank(self.levels, self.seed + SEED_STEP * (1 + round_), self.goal).goal
        return goal.reshape(-1, *goal.shape[2:])

    def draw(self, round_: int, stage: int) -> tuple[State, np.ndarray]:
        """The levels of a round, and bool[L, A]: can the instruction be carried out?"""
        stages = self.stages or stages_of(self.goal)
        sizes, seed = sizes_of(self.goal), self.seed + SEED_STEP * (1 + round_)
        old = round(self.review * self.levels) // stage if stage else 0
        is_last = stage + 1 == len(stages) and self.goal.agents > 1
        crossed = round(self.crossed * self.levels) if is_last else 0
        counts = [old] * stage + [self.levels - old * stage - crossed, crossed]
        configs = [*stages[: stage + 1], replace(self.goal, crossed=is_last)]
        banks = [
            house_bank(n, seed, config, sizes=sizes) for n, config in zip(counts, configs, strict=True) if n
        ]
        bank = concat(banks) if len(banks) > 1 else banks[0]
        if len(banks) > 1:
            bank = take(bank, np.random.default_rng(seed).permutation(self.levels))
        bank.step_limit[:] = np.ceil(bank.step_limit * self.patience)
        return bank, misplace(bank, self.impossible, seed)
