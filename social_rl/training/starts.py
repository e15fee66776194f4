"""Where do episodes begin? A share of them in the midst of what other worlds went through: augmented starts.

Whoever plays with itself alone meets only the states that its own habits lead to. State-augmented self-play, the
control of OvercookedV2 (Gessler et al. 2025, arXiv 2503.17821), lets episodes begin in other states, too. Here they are
moments of the learners' own play, of which each world keeps another one now and then, or of random play, drawn before.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from agents.policies.simple import Random
from agents.types import Cast
from worlds.events import Event
from worlds.moments import Moments, begin_at_moments, keep_moments, no_moments
from worlds.simulator import DISABLED, Simulator
from worlds.state import ACTIVE

Play = Literal["own", "random"]
EVERY = 32  # steps after which a world keeps another moment of its own play, on the average
STEPS, EACH = 64, 8  # of random play, at most; moments that each world keeps of it


@dataclass
class Kept:
    """What is remembered from step to step, see agents/memories.py."""

    moments: Moments
    is_there: np.ndarray  # bool[n] was a moment kept at this place?
    chance: np.random.Generator


class Starts:
    """Listens to a Simulator with autoreset SAME_STEP, and lets a share of its episodes begin at moments.

    Args:
        sim: whose episodes they are.
        share: of its episodes, from 0 to 1.
        play: whose moments.
        seed: of all chance.
    """

    def __init__(self, sim: Simulator, share: float, play: Play, seed: tuple[int, ...]) -> None:
        self.sim, self.share, self.play = sim, share, play
        begin = _of_random_play if play == "random" else _nothing_yet
        self.memory = begin(sim, np.random.default_rng(seed))
        sim.listeners.append(self)

    def stepped(self) -> None:
        """As Listener: worlds that are over have begun anew."""
        sim, kept, there = self.sim, self.memory, np.flatnonzero(self.memory.is_there)
        begins = np.flatnonzero(sim.state.over & (kept.chance.random(sim.worlds) < self.share))
        if len(begins) and len(there):
            begin_at_moments(sim, begins, kept.moments, kept.chance.choice(there, len(begins)))
        if self.play == "own":
            chosen_W = kept.chance.random(sim.worlds) < 1 / EVERY
            _keep(sim, np.flatnonzero(chosen_W & ~sim.state.over), kept, 0)

    def applied(self, w: int, event: Event) -> None:
        """As Listener."""

    def jumped(self) -> None:
        """As Listener."""


def _nothing_yet(sim: Simulator, chance: np.random.Generator) -> Kept:
    return Kept(no_moments(sim, sim.worlds), np.zeros(sim.worlds, np.bool_), chance)


def _of_random_play(sim: Simulator, chance: np.random.Generator) -> Kept:
    """Moments of worlds like these in which all act at random."""
    seed, n = int(chance.integers(2**62)), EACH * sim.worlds
    worlds = Simulator(sim.scenario, sim.worlds, bank=sim.bank, seed=seed, autoreset=DISABLED)
    cast = Cast(worlds, dict.fromkeys(sim.scenario.agents, Random(seed)))
    kept = Kept(no_moments(sim, n), np.zeros(n, np.bool_), chance)
    steps = max(min(STEPS, int(sim.bank.step_limit.min()) - 1), 1)
    step_EW = chance.integers(1, steps + 1, size=(EACH, sim.worlds))
    for step in range(1, steps + 1):
        worlds.step(cast.act())
        for row, step_W in enumerate(step_EW):
            _keep(worlds, np.flatnonzero((step_W == step) & ~worlds.state.over), kept, row * sim.worlds)
    return kept


def _keep(sim: Simulator, worlds: np.ndarray, kept: Kept, first: int) -> None:
    """Keep the moments of these worlds in which everybody still is in the episode."""
    worlds = worlds[(sim.state.finished[worlds] == ACTIVE).all(1)]
    if len(worlds):
        keep_moments(sim, worlds, kept.moments, first + worlds)
        kept.is_there[first + worlds] = True
