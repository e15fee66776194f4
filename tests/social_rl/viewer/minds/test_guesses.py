"""Are guesses shown when they are asked for, right at every step, also where time has gone back?"""

import numpy as np
import pytest

from social_rl.episodes.casting import make_policy
from social_rl.viewer.commands import do
from social_rl.viewer.minds.guesses import CANDIDATES
from social_rl.viewer.model import ViewerState, open_state
from social_rl.viewer.picture import render
from worlds.goal import decode
from worlds.language.instructions import canonical
from worlds.scenario import make_scenario


@pytest.fixture
def state() -> ViewerState:
    """Ann and Bob, experts, in a house."""
    scenario = make_scenario("house")
    return open_state(scenario, dict.fromkeys(scenario.agents, make_policy("expert", 0)), seed=3, levels=4)


def own_words(state: ViewerState, a: int) -> str:
    """What an agent was told, in the words of guesses."""
    return canonical(decode(state.sim.state.goal[0, a]))


def test_they_are_off_until_asked_for_and_off_again(state):
    before = render(state)
    do(state, "guesses")
    with_bars = render(state)
    assert state.guesses is not None and (with_bars != before).any()
    do(state, "guesses")
    assert state.guesses is None


def test_all_are_as_likely_at_first_and_one_is_known_in_the_end(state):
    do(state, "guesses")
    assert state.guesses is not None
    for held in state.guesses.held.values():
        assert [h.share for h in held] == pytest.approx([1 / CANDIDATES] * CANDIDATES)
    while not state.over:
        do(state, "step")
        for held in state.guesses.held.values():
            shares = [h.share for h in held]
            assert sum(shares) == pytest.approx(1) and shares == sorted(shares, reverse=True)
    for a, held in state.guesses.held.items():
        assert held[0].words == own_words(state, a) and held[0].share > 0.5


def test_time_goes_back_to_what_was_held_and_on_as_before(state):
    do(state, "guesses")
    assert state.guesses is not None
    story = [dict(state.guesses.held)]
    for _ in range(4):
        do(state, "step")
        story.append(dict(state.guesses.held))
    do(state, "back")
    do(state, "back")
    assert state.guesses.held == story[2]
    for held in story[3:]:
        do(state, "step")
        assert state.guesses.held == held
    do(state, "step")
    assert len(state.guesses.kept) == 6


def test_another_story_is_guessed_anew(state):
    do(state, "guesses")
    do(state, "step")
    do(state, "step")
    do(state, "back")
    do(state, "instruct", 0, "meet Bob")
    assert state.guesses is not None
    assert [h.share for h in state.guesses.held[0]] == pytest.approx([1 / CANDIDATES] * CANDIDATES)
    assert "meet Bob" in {h.words for h in state.guesses.held[0]}


def test_where_nothing_can_be_guessed_one_is_told_so():
    scenario = make_scenario("coins")
    state = open_state(scenario, dict.fromkeys(scenario.agents, make_policy("random", 0)), levels=2)
    before = np.array(render(state))
    do(state, "guesses")
    assert state.guesses is None and state.notice.startswith("Nothing to guess here")
    assert before.shape == render(state).shape
