"""Can one choose in the window what is played, and by whom? By commands, and by posted events."""

import os

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pygame
import pytest

from social_rl.cli import main
from social_rl.viewer import visits
from social_rl.viewer.beside.model import BesideState
from social_rl.viewer.casting.commands import COMMANDS, do
from social_rl.viewer.casting.events import above
from social_rl.viewer.casting.keys import KEYS, WRITING
from social_rl.viewer.casting.model import StartState, minds_in, open_start
from social_rl.viewer.casting.picture import command_of, paint, render
from social_rl.viewer.model import ViewerState
from worlds.scenario import scenario_names


@pytest.fixture
def state(tmp_path) -> StartState:
    return open_start(tmp_path)


def press(key: int, character: str = "") -> None:
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key, unicode=character, mod=0))
    pygame.event.post(pygame.event.Event(pygame.KEYUP, key=key, mod=0))


def test_all_scenarios_can_be_chosen(state):
    assert {*scenario_names()} <= {*state.scenarios}
    for name in state.scenarios:
        chosen = do(state, "scenario", name)
        assert chosen.name == name and chosen.who("cast").keys() == {*chosen.scenario.agents}


def test_choices_are_taken_or_refused_in_words(state):
    state = do(state, "choose", "agents=3 split=S1")
    assert len(state.scenario.agents) == 3
    refused = do(do(state, "write choices"), "choose", "agents=lots")
    assert refused.choices == state.choices and "'lots' is not a whole number" in refused.entry.answer


def test_a_cast_and_another_beside_it(state):
    state = do(do(state, "select", 1), "play by", "wander")
    assert state.who("cast") == {"Ann": "expert", "Bob": "wander"} and not state.is_beside
    assert isinstance(above(do(state, "go")), ViewerState)
    state = do(do(state, "select", 0, "beside"), "play by", "still")
    assert state.who("beside") == {"Ann": "still", "Bob": "wander"} and state.is_beside
    assert command_of(state) == "social-rl play house --cast bob=wander --beside ann=still"
    both = above(do(state, "go"))
    assert isinstance(both, BesideState)
    assert [driver.kind for driver in both.left.cast] == ["expert", "wander"]
    assert [driver.kind for driver in both.right.cast] == ["still", "wander"]
    assert not do(state, "alone").is_beside


def test_any_other_policy_is_typed(state):
    typed = do(do(do(state, "write policy"), "rub", -99), "type", "noisy:2")
    assert "allowed are 0 to 1" in do(typed, "enter").entry.answer
    typed = do(do(do(typed, "rub", -1), "type", "0.5"), "enter")
    assert typed.who("cast")["Ann"] == "noisy:0.5" and typed.writing == ""


def test_minds_of_runs_are_offered(tmp_path):
    mind = tmp_path / "first" / "checkpoints" / "frames-000000000512" / "mind.safetensors"
    mind.parent.mkdir(parents=True)
    mind.write_bytes(b"")
    (tmp_path / "empty" / "checkpoints").mkdir(parents=True)
    assert [*minds_in(tmp_path)] == [tmp_path / "first"]
    assert f"mind:{tmp_path / 'first'}" in open_start(tmp_path).policies


def test_keys_choose_play_and_come_back(state, screen):
    press(pygame.K_DOWN)  # from house to locked_pantry
    press(pygame.K_UP)
    press(pygame.K_RIGHT)  # Ann is played by `seeing`
    press(pygame.K_RETURN)
    press(pygame.K_SPACE, " ")
    press(pygame.K_q, "q")
    press(pygame.K_e, "e")
    press(pygame.K_q, "q")
    press(pygame.K_m, "m")
    press(pygame.K_q, "q")
    done = visits.visit(state)
    assert done.who("cast") == {"Ann": "seeing", "Bob": "expert"}
    assert done.is_dark and not done.is_open and not done.quits


def test_every_key_and_every_area_is_a_command(state):
    assert {row.command for row in (*KEYS, *WRITING)} <= {*COMMANDS}
    assert {area.command for area in paint(state).areas} <= {*COMMANDS}


@pytest.mark.parametrize("size", [(1024, 640), (1280, 800), (2560, 1440)])
@pytest.mark.parametrize("choices", ["", "agents=16"])
def test_nothing_lies_outside_the_picture(state, size, choices):
    state = do(state, "choose", choices)
    whole = pygame.Rect(0, 0, *size)
    assert [area for area in paint(state, size).areas if not whole.contains(area.rect)] == []
    assert (render(state, size) == render(state, size)).all()


def test_play_without_options_opens_it(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    shown = []
    monkeypatch.setattr(visits, "visit", shown.append)
    assert main(["play"]) == 0
    assert isinstance(shown[0], StartState)
