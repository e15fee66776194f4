"""Where do demonstrations of a language model come from? Houses that the expert plays, led as `leading.py` says.

Each is a prompt and what is to be answered: what somebody meant who says it in words of their own, and what to do next.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from agents.language.policy import Language
from agents.language.prompt import Situation
from agents.policies.planner import Planner
from agents.types import Cast
from social_rl.human_feedback.leading import drawn_manner, lead
from worlds.goal import Goal, decode
from worlds.language.instructions import canonical
from worlds.scenario import make_scenario
from worlds.simulator import SAME_STEP, Simulator

Reword = Callable[[Goal, np.random.Generator], str]


class Demonstration(NamedTuple):
    """What was known, and what was answered."""

    situation: Situation
    answer: str
    manner: str


class Leader(Language):
    """Leads agents of any policy to their own tasks, and writes down what it answered.

    Args:
        carrier: who carries subgoals out.
        rng: draws the manner of each episode.
    """

    def __init__(self, carrier: Planner, rng: np.random.Generator) -> None:
        super().__init__(self._never, carrier)
        self.rng, self.manners = rng, {}
        self.shown: list[Demonstration] = []

    def answers(
        self, sim: Simulator, agents: np.ndarray, columns: np.ndarray, situations: list[Situation]
    ) -> list[str]:
        """What was meant is the task; what to do next is what the manner of the episode says."""
        answers = []
        for b, situation in zip(columns.tolist(), situations, strict=True):
            if situation.meaning:
                answer = lead(situation, self.manners[b])
            else:
                self.manners[b] = drawn_manner(self.rng)
                answer = canonical(decode(sim.state.goal[b // len(agents), agents[b % len(agents)]]))
            self.shown.append(Demonstration(situation, answer, self.manners[b]))
            answers.append(answer)
        return answers

    @staticmethod
    def _never(prompts: list[str]) -> list[str]:
        raise AssertionError("it answers for itself")


def play(
    choices: dict, worlds: int, steps: int, seed: int, carrier: Planner
) -> tuple[list[Demonstration], Simulator]:
    """Demonstrations from so many worlds, and the worlds at their end."""
    scenario = make_scenario("house", **choices)
    sim = Simulator(scenario, worlds, levels=worlds, seed=seed, autoreset=SAME_STEP)
    leader = Leader(carrier, np.random.default_rng(seed))
    cast = Cast(sim, dict.fromkeys(scenario.agents, leader))
    for _ in range(steps):
        sim.step(cast.act())
    return leader.shown, sim
