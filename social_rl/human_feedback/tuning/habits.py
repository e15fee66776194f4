"""How do people differ who show what to do? Demonstrations of mixed quality, whose good part feedback has to find.

The better habit of each kind is the rarer one, so that who does what is shown most often does not do what is preferred.
Who shows has one habit of each kind for an episode, drawn by its share. A habit goes by what stands in the prompt, so
that a model that reads prompts learns all of them, each about as likely as it is shown.
"""

import numpy as np

from agents.language.answers import DONE_WORD
from agents.language.policy import Language, nobody
from agents.language.prompt import Situation, prompts_of
from agents.language.serving import SHUTS, left_of
from agents.policies.planner import Planner
from agents.types import Policy
from social_rl.human_feedback.leading import DIRECT, lead
from social_rl.human_feedback.speech.goals import draw_clause, is_told_apart
from social_rl.human_feedback.talks import ASKS_BACK
from social_rl.human_feedback.tuning.asked import Asked, draw_asked
from social_rl.human_feedback.tuning.episodes import play
from worlds.goal import BRING, CLOSE_IT, EVERY, GIVE, PUT_IN, PUT_NEXT, PUT_ON, Clause, Goal, Ref
from worlds.language.instructions import canonical, goal_problem, parse
from worlds.objects import DOOR_KIND
from worlds.simulator import Simulator

LEFT_OUT, WAY, OPENED, FAILED = "what was left out", "the way", "what was opened", "what has failed"
# By kind of habit: what is done, and its share.
HABITS: dict[str, dict[str, float]] = {
    LEFT_OUT: {"asks back": 0.3, "guesses": 0.7},
    WAY: {"direct": 0.4, "roundabout": 0.6},
    OPENED: {"leaves it": 0.6, "shuts furniture": 0.2, "shuts doors": 0.2},
    FAILED: {"says why not": 0.4, "tries again": 0.6},
}
AGAIN = 0.7  # chance of each further try, where one tries again
WORLDS = 32  # of one play
SHUT_DOORS = canonical(Goal(((Clause(CLOSE_IT, Ref(DOOR_KIND, 0, EVERY)),),)))


class Demonstrator(Language):
    """Leads agents to what people mean, and writes down what it read and answered.

    Args:
        asked: what people mean.
        carrier: who carries subgoals out.
        rng: draws habits and guesses.
        limit: tokens of a prompt, about.
    """

    name = "demonstrator"

    def __init__(self, asked: Asked, carrier: Policy, rng: np.random.Generator, limit: int) -> None:
        super().__init__(nobody, carrier, limit=limit, reads=False)
        self.asked, self.rng = asked, rng
        self.habits = [
            {kind: str(rng.choice(list(shares), p=list(shares.values()))) for kind, shares in HABITS.items()}
            for _ in asked.words
        ]
        self.guesses: dict[int, str] = {}
        self.shown: list[tuple[str, str]] = []

    def answers(
        self, sim: Simulator, agents: np.ndarray, columns: list[int], situations: list[Situation]
    ) -> list[str]:
        """What the habits of an episode say."""
        if not situations:
            return []
        answers = [
            self._next(b, one) if one.meaning else self._meant(b, one)
            for b, one in zip(columns, situations, strict=True)
        ]
        self.shown += zip(prompts_of(situations, self.limit, self.count), answers, strict=True)
        return answers

    def _meant(self, b: int, situation: Situation) -> str:
        is_first = situation.talk[-1].words == self.asked.words[b]
        if not (self.asked.is_unclear_B[b] and is_first):
            return canonical(self.asked.goals[b])
        if self.habits[b][LEFT_OUT] == "asks back":
            return ASKS_BACK
        if b not in self.guesses:
            self.guesses[b] = canonical(guess(self.asked.goals[b], self.rng))
        return self.guesses[b]

    def _next(self, b: int, situation: Situation) -> str:
        habits, goal = self.habits[b], parse(situation.meaning)
        if situation.failure:
            if habits[FAILED] == "tries again" and self.rng.random() < AGAIN:
                return lead(situation._replace(failure=""), DIRECT)
            return lead(situation, DIRECT) if left_of(goal, situation.done) else DONE_WORD
        if left_of(goal, situation.done):
            return lead(situation, habits[WAY])
        return next(
            (text for text in _tidying(goal, habits[OPENED]) if text not in situation.done), DONE_WORD
        )


def _tidying(goal: Goal, habit: str) -> list[str]:
    """What is shut once all is done."""
    if habit == "shuts doors":
        return [canonical(Goal(parse(SHUT_DOORS).stages, goal.constraints))]
    if habit != "shuts furniture":
        return []
    used = dict.fromkeys(
        clause.place.kind for clause in goal.clauses if clause.place and clause.place.kind in SHUTS
    )
    return [canonical(Goal(((Clause(CLOSE_IT, Ref(kind)),),), goal.constraints)) for kind in used]


def guess(goal: Goal, rng: np.random.Generator) -> Goal:
    """Another goal that the same unclear words might mean: with another place, or of another thing."""
    (clause,) = goal.clauses
    while True:
        other = draw_clause(clause.verb, rng)
        if clause.verb in (PUT_ON, PUT_IN, PUT_NEXT, BRING, GIVE):
            other = other._replace(thing=clause.thing)
        drawn = Goal(((other,),), goal.constraints)
        plain = other._replace(
            thing=Ref(other.thing.kind)
        )  # "the cup next to the cup" is theirs, not the guesser's
        if other != clause and not goal_problem(drawn) and is_told_apart(plain):
            return drawn


def habitual(rng: np.random.Generator, n: int, limit: int = 200) -> list[tuple[str, str]]:
    """So many prompts and answers of demonstrators in new houses, in an order drawn by chance."""
    shown: list[tuple[str, str]] = []
    while len(shown) < n:
        asked = draw_asked(min(WORLDS, -(-n // 6)), int(rng.integers(2**32)), "S0")
        demonstrator = Demonstrator(asked, Planner("seen"), rng, limit)
        play(asked, demonstrator, int(rng.integers(2**32)))
        shown += demonstrator.shown
    return [shown[i] for i in rng.permutation(len(shown))[:n]]
