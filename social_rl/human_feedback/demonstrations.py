"""Where do demonstrations of a language model come from? Houses that the expert plays, led as `leading.py` says.

Each is a prompt and what is to be answered: what somebody meant who says it in words of their own, and what to do next.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from agents.language.answers import DONE_WORD
from agents.language.policy import NO_WAY, TOO_LONG, Language, nobody
from agents.language.prompt import NOWHERE, Situation
from agents.language.talk import PERSON, Turn
from agents.policies.planner import Planner
from agents.types import Cast, Policy
from social_rl.human_feedback.leading import CANNOT, drawn_manner, lead
from social_rl.human_feedback.speech.requests import impossible, unclear
from social_rl.human_feedback.talks import ASKS_BACK, pointing
from worlds.generators.houses import house_bank, split_config
from worlds.generators.infeasible import misplace
from worlds.goal import Goal, decode
from worlds.language.instructions import canonical, parse
from worlds.scenario import make_scenario
from worlds.simulator import SAME_STEP, Simulator
from worlds.state import OUTCOMES

Reword = Callable[[Goal, np.random.Generator], str]
WORLDS, STEPS, EACH = 48, 150, 30  # of one play: at most so many worlds; about what one of them gives
IMPOSSIBLE = 0.08  # of agents get an instruction that was made for another house
NO_WAYS, TOO_LONGS = 0.06, 0.05  # of subgoals are also shown as having failed, for want of a way or of time
NO_REQUESTS = 0.2  # of the others are shown with words that are unclear, or ask for what cannot be done
ALONE = 0.3  # of these are also shown without what they point at
POINTING = 0.5  # of situations are also shown with words that point at what is there, or was spoken of
HOUSES: tuple[tuple[float, dict[str, Any]], ...] = (
    (0.40, {}),
    (0.15, {"clauses": (1, 1)}),
    (0.30, {"clauses": (3, 4)}),
    (0.15, {"rooms": (4, 7), "side": 25, "furniture": (8, 14), "distractors": (8, 18)}),
)
"""What is played, and how often; choices of the scenario `house`."""


class Demonstration(NamedTuple):
    """What was known, and what was answered."""

    situation: Situation
    answer: str
    manner: str


class Leader(Language):
    """Leads agents to their own tasks, and writes down what it answered.

    Args:
        carrier: who carries subgoals out.
        rng: draws the manner of each episode.
    """

    sees_all = True

    def __init__(self, carrier: Policy, rng: np.random.Generator) -> None:
        super().__init__(nobody, carrier)
        self.rng, self.manners = rng, {}
        self.shown: list[Demonstration] = []

    def answers(
        self, sim: Simulator, agents: np.ndarray, columns: list[int], situations: list[Situation]
    ) -> list[str]:
        """What was meant is the task; what to do next is what the manner of the episode says."""
        answers = []
        for b, situation in zip(columns, situations, strict=True):
            if situation.meaning:
                answer = lead(situation, self.manners[b])
            else:
                self.manners[b] = drawn_manner(self.rng)
                answer = canonical(decode(sim.state.goal[b // len(agents), agents[b % len(agents)]]))
            self.shown.append(Demonstration(situation, answer, self.manners[b]))
            answers.append(answer)
        return answers


def demonstrations(rng: np.random.Generator, n: int, reword: Reword) -> list[Demonstration]:
    """So many demonstrations, in an order drawn by chance; what people mean, they say as `reword` has it."""
    shown: list[Demonstration] = []
    while len(shown) < n:
        worlds = min(WORLDS, -(-(n - len(shown)) // EACH))
        for demonstration in played(rng, worlds):
            situation, answer, manner = demonstration
            if not situation.meaning:
                goal = parse(answer)
                words = reword(goal, rng)
                demonstration = Demonstration(by_words_alone(situation, words), answer, manner)
            shown.append(demonstration)
            if situation.meaning and answer != DONE_WORD:
                shown += failed(demonstration, rng)
            if rng.random() < POINTING and (made := pointing(situation, rng)) is not None:
                shown.append(Demonstration(*made, manner))
                if rng.random() < ALONE:  # the last words alone say too little
                    alone = by_words_alone(situation, made[0].talk[-1].words)
                    shown.append(Demonstration(alone, ASKS_BACK, manner))
            elif rng.random() < NO_REQUESTS:
                shown.append(Demonstration(*no_request(situation, rng), manner))
    return [shown[i] for i in rng.permutation(len(shown))[:n]]


def played(rng: np.random.Generator, worlds: int) -> list[Demonstration]:
    """Demonstrations of one play in so many worlds, by the expert that knows what its agent has seen."""
    choices = HOUSES[int(rng.choice(len(HOUSES), p=[share for share, _ in HOUSES]))][1]
    seed = int(rng.integers(2**32))
    scenario = make_scenario("house", **choices)
    bank = house_bank(worlds, seed, split_config("S0", agents=len(scenario.agents), **choices))
    misplace(bank, IMPOSSIBLE, seed)
    sim = Simulator(scenario, worlds, bank=bank, seed=seed, autoreset=SAME_STEP)
    leader = Leader(Planner("seen"), rng)
    cast = Cast(sim, dict.fromkeys(scenario.agents, leader))
    for _ in range(STEPS):
        sim.step(cast.act())
    return leader.shown


def failed(demonstration: Demonstration, rng: np.random.Generator) -> list[Demonstration]:
    """Perhaps the same once more, after the subgoal that was given there has failed."""
    roll, (situation, subgoal, manner) = rng.random(), demonstration
    if roll > NO_WAYS + TOO_LONGS:
        return []
    why = NO_WAY if roll < NO_WAYS else f"{TOO_LONG}, {rng.choice(OUTCOMES)} at last"
    after = situation._replace(failure=f"{subgoal}: {why}")
    return [Demonstration(after, lead(after, manner), manner)]


def no_request(situation: Situation, rng: np.random.Generator) -> tuple[Situation, str]:
    """The same agent, asked for what is unclear or cannot be done; and what it answers."""
    is_unclear = rng.random() < 0.5 and not situation.scene.hand  # what it holds may make it clear
    words, answer = (unclear(rng), ASKS_BACK) if is_unclear else (impossible(rng), CANNOT)
    return said_by_a_person(situation, words)._replace(done=(), failure="", meaning=""), answer


def by_words_alone(situation: Situation, words: str) -> Situation:
    """The same agent, that knows nothing but that a person says these words."""
    return said_by_a_person(situation, words)._replace(scene=NOWHERE, done=(), failure="", meaning="")


def said_by_a_person(situation: Situation, words: str) -> Situation:
    """The same, where a person says these words in place of what was said."""
    return situation._replace(talk=(Turn(PERSON, words),))
