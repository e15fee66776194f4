"""Can whoever guesses always guess something?"""

import numpy as np
import pytest

from social_rl.human_feedback.tuning.habits import guess
from worlds.language.instructions import goal_problem, parse


@pytest.mark.parametrize(
    "words",
    [
        "bring a brown pillow next to the pillow to the living room",  # a thing beside one of its kind
        "put the cup next to the cup on the table",
        "give the orange to Ann",
        "pick up the red cup",
        "switch on the lamp",
    ],
)
def test_a_guess_is_another_goal_about_the_same_thing(words):
    goal, rng = parse(words), np.random.default_rng(0)
    for _ in range(20):
        found = guess(goal, rng)
        assert found != goal and not goal_problem(found)
        (meant,), (guessed,) = goal.clauses, found.clauses
        assert guessed.verb == meant.verb
        assert meant.place is None or guessed.thing == meant.thing
