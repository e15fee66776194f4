"""In whose company does one learn, and how does one do in it? Levels with and without others, and mean returns."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from agents.types import Cast, Policy
from social_rl.episodes.playing import play_episodes
from worlds.levels.bank import bank_of, capacities, level_of
from worlds.levels.company import alone, side_without
from worlds.scenario import Scenario
from worlds.simulator import DISABLED, Simulator
from worlds.state import State

SEED_STEP = 1_000_003
TOGETHER, ALONE = "together", "alone"
WORLDS = 128  # side by side, of an evaluation


@dataclass(frozen=True)
class Company:
    """Levels of a scenario, in a share `solo` of which the others, by name, are out of the way."""

    scenario: Scenario
    others: Mapping[str, str]
    levels: int
    solo: float
    seed: int

    def __post_init__(self) -> None:
        if not 0 <= self.solo <= 1:
            raise ValueError(f"--solo is {self.solo}, allowed are 0 to 1")
        if self.solo and not self.others:
            raise ValueError(
                "--solo needs others who can be out of the way: name who does not learn by --cast"
            )

    @property
    def away(self) -> tuple[int, ...]:
        """Who may be out of the way."""
        return tuple(a for a, name in enumerate(self.scenario.agents) if name in self.others)

    def bank(self, round_: int) -> State:
        """The levels of a round of learning."""
        bank = self.scenario.draw(self.levels, self.seed + SEED_STEP * (1 + round_))
        if not self.solo:
            return bank
        apart = np.random.default_rng([self.seed, round_]).random(self.levels) < self.solo
        return self._with(bank, apart)

    def banks(self, n: int, seed: int) -> dict[str, State]:
        """n levels with everybody, and, where there are others, the same without them."""
        bank = self.scenario.draw(n, seed)
        if not self.others:
            return {TOGETHER: bank}
        return {TOGETHER: bank, ALONE: self._with(bank, np.ones(n, np.bool_))}

    def _with(self, bank: State, apart: np.ndarray) -> State:
        """The same levels, without others where `apart`."""
        sizes, view = capacities(bank), self.scenario.view
        levels = [
            alone(level_of(bank, row), self.away if apart[row] else (), view) for row in range(len(apart))
        ]
        return bank_of(levels, sizes=sizes._replace(side=side_without(sizes.side, len(self.away), view)))


def returns_of(
    scenario: Scenario, bank: State, policies: Mapping[str, Policy], seed: int
) -> dict[str, float]:
    """The mean return of each agent, one episode on each level."""
    episodes = len(bank.step_limit)
    sim = Simulator(scenario, min(WORLDS, episodes), bank=bank, seed=seed, autoreset=DISABLED)
    cast = Cast(sim, policies)
    played = play_episodes(sim, episodes, cast.act, lambda ended_W: None)
    return dict(zip(scenario.agents, played.return_EA.mean(0).tolist(), strict=True))
