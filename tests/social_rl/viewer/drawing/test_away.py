"""Is who has left neither drawn nor said to have failed, and is nothing said by asking a mind what it thinks?"""

import numpy as np

from agents.network.actor_critic import ActorCritic
from agents.policies.learned import Learned
from social_rl.episodes.casting import make_policy
from social_rl.training.social import network_config
from social_rl.viewer.commands import do
from social_rl.viewer.drawing.house import spots_of
from social_rl.viewer.minds.thoughts import thought_of
from social_rl.viewer.model import open_state
from tests.social import SMALL
from worlds.scenario import make_scenario
from worlds.state import LEFT


def test_who_has_left_is_nowhere_in_the_house_and_has_not_failed():
    scenario = make_scenario("whom_to_trust", neighbours=("expert",), leaves="half", steps=8)
    cast = {
        name: make_policy("script:neighbour" if name != "Ann" else "still", 0) for name in scenario.agents
    }
    state = open_state(scenario, cast, seed=0)
    assert None not in spots_of(state)
    for _ in range(5):
        do(state, "step")
    assert state.sim.state.finished[0, 1] == LEFT
    assert spots_of(state)[1] is None and spots_of(state)[0] is not None
    assert state.tape.cells[-1][1] == -1
    assert not any(mark.kind == "failed" for marks in state.tape.marks.values() for mark in marks)


def test_to_ask_a_mind_what_it_thinks_lets_it_say_nothing_and_a_step_lived_again_says_what_it_said():
    scenario = make_scenario("locked_pantry", calls=3)
    mind = Learned(ActorCritic(network_config(SMALL, scenario)), temperature=1.0)
    state = open_state(scenario, dict.fromkeys(scenario.agents, mind), seed=0)
    assert thought_of(state.driver(0), state.sim, 0) is not None
    assert not state.sim.state.message.any()
    said = []
    for _ in range(6):
        do(state, "step")
        said.append(state.sim.state.said[0].copy())
    assert np.any(said)
    do(state, "go to", 0)
    for heard in said:
        do(state, "step")
        assert (state.sim.state.said[0] == heard).all()
    assert state.diverged is None


def test_a_mind_that_a_person_stands_in_for_says_nothing():
    scenario = make_scenario("locked_pantry", calls=3)
    mind = Learned(ActorCritic(network_config(SMALL, scenario)), temperature=1.0)
    state = open_state(scenario, dict.fromkeys(scenario.agents, mind), seed=0)
    do(state, "take over")
    do(state, "step")
    assert not state.sim.state.said[0, 0].any() and state.sim.state.said[0, 1].any()
