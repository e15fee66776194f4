"""Does the window show on whom an agent relies? A mind with a gate, as it is before it has learned anything."""

import numpy as np
import pytest
import torch

from agents.network.actor_critic import ActorCritic
from agents.network.config import NetworkConfig
from agents.policies.learned import Learned
from social_rl.episodes.casting import make_policy
from social_rl.viewer import commands
from social_rl.viewer.drawing.overlays import relied_on
from social_rl.viewer.drawing.theme import BLUE, ink
from social_rl.viewer.model import open_state
from social_rl.viewer.panels.sees import sense_words
from social_rl.viewer.picture import paint
from worlds.scenario import make_scenario


def window(gate: int):
    """Ann, played by a mind, among neighbours."""
    torch.manual_seed(0)
    scenario = make_scenario("whom_to_trust")
    network = ActorCritic(NetworkConfig(encoder="plain", map=False, hidden=32, agents=4, gate=gate))
    others = {name: make_policy(text, 0) for name, text in scenario.cast}
    return open_state(scenario, {"Ann": Learned(network), **others}, levels=4)


def blue(state) -> int:
    """Pixels of the window in the blue of lines."""
    import pygame

    pixels = pygame.surfarray.array3d(paint(state).surface)
    return int((pixels == np.array(ink(BLUE))).all(-1).sum())


def test_lines_and_words_tell_on_whom_an_agent_relies():
    state = window(gate=32)
    while not relied_on(state, 0):
        commands.step(state)
    (other, share), *_ = relied_on(state, 0)
    assert 0.05 <= share < 1 and other != 0
    words = dict(sense_words(state, 0))
    assert state.name(other) in words["relies on"] and f"{share:.0%}" in words["relies on"]
    assert "relies on" not in dict(sense_words(state, other)), "scripts have no gate"
    before = blue(state)
    state.cast[0] = state.cast[0]._replace(reliance=())
    assert blue(state) < before, "no lines without reliance"


def test_without_a_gate_nothing_is_said():
    state = window(gate=0)
    for _ in range(5):
        commands.step(state)
    assert state.driver(0).reliance == () and "relies on" not in dict(sense_words(state, 0))
    with pytest.raises(IndexError):
        relied_on(state, 9)
