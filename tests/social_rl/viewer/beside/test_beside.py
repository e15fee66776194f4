"""Do two casts play the same level side by side, with one clock? By commands, and by posted events."""

import os
import re

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pygame
import pytest

from agents.policies.simple import Still
from social_rl.cli import main
from social_rl.episodes.casting import make_policy
from social_rl.viewer import visits
from social_rl.viewer.beside.commands import COMMANDS, do
from social_rl.viewer.beside.keys import KEYS
from social_rl.viewer.beside.model import BesideState, open_beside
from social_rl.viewer.beside.picture import outcome_of, paint, render
from social_rl.viewer.beside.start import cast_beside
from social_rl.viewer.drawing.camera import add_frame
from social_rl.viewer.model import open_state
from social_rl.viewer.time.reliving import now
from worlds.levels.bank import bank_of
from worlds.levels.level_text import read_level
from worlds.scenario import Rewards, Scenario, make_scenario

HOUSE = """level 1 · 20 steps

#########
#A..o..b#
#########

legend
  A Ann facing east
  o orange
  b white bed

instructions
  Ann: pick up the orange
"""


def a_side(policy):
    scenario = Scenario(
        name="corridor", summary="A corridor.", agents=("Ann",),
        draw=lambda n, seed: bank_of([read_level(HOUSE)] * n), rewards=Rewards(success=1.0),
    )  # fmt: skip
    return open_state(scenario, {"Ann": policy}, levels=1)


@pytest.fixture
def state() -> BesideState:
    """The expert walks two cells, takes the orange and says done: it is over after 4 steps; who stands still has 20."""
    return open_beside(a_side(make_policy("expert", 0)), a_side(Still()))


def test_both_begin_alike_and_steps_are_taken_together(state):
    for _ in range(3):
        do(state, "step")
    assert [now(side) for side in state.sides] == [3, 3] and not state.over
    do(state, "back")
    assert [now(side) for side in state.sides] == [2, 2]


def test_who_is_over_first_waits_at_its_end(state):
    for _ in range(7):
        do(state, "step")
    assert [now(side) for side in state.sides] == [4, 7] and state.now == 7
    do(state, "go to", 2)
    assert [now(side) for side in state.sides] == [2, 2]
    do(state, "go to end")
    assert [now(side) for side in state.sides] == [4, 7]
    do(state, "go by", -2)
    assert [now(side) for side in state.sides] == [4, 5]
    do(state, "back")
    do(state, "back")
    assert [now(side) for side in state.sides] == [3, 3]


def test_time_stops_where_both_are_over_and_says_who_earned_more(state):
    do(state, "pause")
    for _ in range(30):
        if state.playing:
            do(state, "tick")
    assert state.over and not state.playing and state.now == 20
    assert outcome_of(state) == "The left one earned 1.00 more; they took 4 steps and 20 steps."
    do(state, "again")
    assert state.now == 0 and not state.over


def test_a_new_episode_is_the_same_one_on_both_sides():
    scenario = make_scenario("house", agents=2)
    sides = [
        open_state(scenario, {n: make_policy(p, 0) for n in scenario.agents}, seed=4, levels=4)
        for p in ("expert", "still")
    ]
    state = open_beside(*sides)
    for _ in range(3):
        do(state, "step")
        do(state, "new")
        left, right = (side.sim.state for side in state.sides)
        for name in ("level", "house", "episode", "key", "goal"):
            assert (getattr(left, name) == getattr(right, name)).all(), name


def test_worlds_that_differ_are_not_compared():
    scenario = make_scenario("maze")
    sides = [open_state(scenario, {"Ann": Still()}, seed=seed, levels=2) for seed in (1, 2)]
    with pytest.raises(ValueError, match="do not begin alike: give both the same scenario"):
        open_beside(*sides)


def test_who_plays_beside():
    scenario = make_scenario("house", agents=2)
    assert cast_beside(["ann=random"], ["bob=still"], scenario) == {"Ann": "random", "Bob": "still"}
    assert cast_beside(["ann=random"], ["ann=still"], scenario) == {"Ann": "still", "Bob": "expert"}
    assert cast_beside(["ann=random"], ["wander"], scenario) == {"Ann": "wander", "Bob": "wander"}


def test_keys_and_the_seek_bar(state, screen):
    for key in (pygame.K_PERIOD, pygame.K_PERIOD, pygame.K_PERIOD, pygame.K_m):
        pygame.event.post(
            pygame.event.Event(pygame.KEYDOWN, key=key, unicode="." if key != pygame.K_m else "m")
        )
        pygame.event.post(pygame.event.Event(pygame.KEYUP, key=key))
    bar = next(area for area in paint(state).areas if area.command == "scrub")
    pygame.event.post(
        pygame.event.Event(pygame.MOUSEBUTTONDOWN, pos=(bar.values[0], bar.rect.centery), button=1)
    )
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    visits.visit(state)
    assert state.is_dark and state.now == 0 and state.steps == 3 and state.quits


def test_every_key_and_every_area_is_a_command(state):
    assert {row.command for row in KEYS} <= {*COMMANDS}
    assert {area.command for area in paint(state).areas} <= {*COMMANDS}
    with pytest.raises(ValueError, match="no command is called 'jump'"):
        do(state, "jump")


@pytest.mark.parametrize("size", [(1024, 640), (1280, 800), (2560, 1440)])
def test_nothing_lies_outside_the_picture(state, size):
    whole = pygame.Rect(0, 0, *size)
    assert [area for area in paint(state, size).areas if not whole.contains(area.rect)] == []
    assert (render(state, size) == render(state, size)).all()


def test_the_command(tmp_path, capsys):
    words = ["play", "maze", "--cast", "ann=expert", "--beside", "still"]
    assert main([*words, "--screenshot", str(tmp_path / "both.png")]) == 0
    assert main([*words, "--frames", "2"]) == 0
    assert main([*words, "--log-talk", str(tmp_path / "talk.jsonl")]) == 2
    assert "--log-talk is of one window" in capsys.readouterr().err


def test_a_comparison_is_filmed_to_the_end_of_both(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("SDL_VIDEODRIVER", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    film = tmp_path / "both.gif"
    words = ["play", "maze", "--cast", "ann=expert", "--beside", "ann=noisy:0.3", "--seed", "3"]
    assert main([*words, "--record", str(film)]) == 0
    taken = int(re.search(r"both.gif, (\d+) frames", capsys.readouterr().err)[1])
    assert film.stat().st_size > 0 and 2 < taken < 250, "not the whole time that is allowed"


def test_what_is_seen_is_kept(state, tmp_path):
    state.out, state.size = tmp_path, (640, 420)
    do(state, "picture")
    do(state, "record")
    for _ in range(3):
        do(state, "step")
        add_frame(state, render)
    assert len(state.film.frames) == 3
    do(state, "record")
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "corridor-beside-0.png",
        "corridor-beside.mp4",
    ]
    assert state.film is None and "3 frames" in state.notice
