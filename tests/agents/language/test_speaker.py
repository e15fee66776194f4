"""Does a simulated person say what it wants, and answer questions, so that who listens can do it?"""

import numpy as np
import pytest

from agents.language.policy import Language
from agents.language.prompt import MEANING
from agents.language.speaker import Speaker
from agents.policies.planner import Planner
from agents.policies.simple import Still
from agents.types import Cast
from tests.agents.language.test_policy import clause_by_clause
from tests.houses import house
from worlds.state import SUCCEEDED, WAIT

HOUSE = """
A...c
.B...
b...t

A Ann facing east
B Bob facing east
c red cup
b green bed
t brown table
"""


def lines(prompt):
    return [row for row in prompt.splitlines() if row.startswith(("Bob:", "you:"))]


def test_a_question_is_answered_and_then_it_is_done():
    sim = house(HOUSE, ann="pick up the cup", bob="go to the bed")
    prompts = []

    def respond(given, _):
        prompts.extend(given)
        return [
            clause_by_clause([prompt])[0]
            if not prompt.endswith(MEANING)
            else "which one do you mean?"
            if lines(prompt)[-1] == "Bob: take that thing"
            else lines(prompt)[-1].partition(": ")[2]
            for prompt in given
        ]

    listener = Language(respond, Planner("seen"), reads=False)
    cast = Cast(sim, {"Ann": listener, "Bob": Speaker(0, lambda goal: "take that thing", Still())})
    acts = cast.act()
    assert acts[0, 0] == WAIT and not prompts, "it has heard nothing yet"
    sim.step(acts)
    while sim.state.finished[0, 0] == 0 and sim.state.step[0] < 40:
        sim.step(cast.act())
    assert sim.state.finished[0, 0] == SUCCEEDED
    assert lines(prompts[2]) == [
        "Bob: take that thing",
        "you: which one do you mean?",
        "Bob: pick up the cup",
    ]
    said = [(turn.step, turn.speaker, turn.words) for turn in sim.talk()]
    assert said[:3] == [
        (0, "Bob", "take that thing"),
        (1, "Ann", "which one do you mean?"),
        (2, "Bob", "pick up the cup"),
    ]
    assert said[3][1:] == ("Ann", "I take that as: pick up the cup")


def test_nobody_speaks_to_itself():
    sim = house(HOUSE, ann="pick up the cup", bob="go to the bed")
    with pytest.raises(ValueError, match="listener is 1, allowed are 0 to 1, but for"):
        Speaker(1, str, Still()).start(sim, np.array([1]))
