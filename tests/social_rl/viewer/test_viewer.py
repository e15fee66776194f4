"""Does the window show what is, and do what it is asked? Driven by commands, and by posted events."""

import os

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import numpy as np
import pygame
import pytest

from social_rl.episodes.casting import make_policy
from social_rl.viewer import window
from social_rl.viewer.commands import COMMANDS, do
from social_rl.viewer.controls import manual
from social_rl.viewer.controls.keys import DRIVING, WATCHING, WRITING
from social_rl.viewer.drawing import camera, theme
from social_rl.viewer.drawing.overlays import seen_by
from social_rl.viewer.model import SPEEDS, open_state
from social_rl.viewer.panels.cards import instruction_of, parts_of, subgoal_words
from social_rl.viewer.picture import paint, render
from worlds.events import Acts, Instruct, Rejoin, TakeOver
from worlds.goal import decode
from worlds.language.instructions import canonical, parse
from worlds.levels.bank import bank_of
from worlds.levels.level_text import read_level
from worlds.replay import record, resimulate
from worlds.scenario import Rewards, Scenario, make_scenario
from worlds.state import FORWARD, SUCCEEDED, TAKE, TURN_RIGHT

HOUSE = """level 1 · 40 steps

#########
#A.o..Nb#
#...#...#
#B..#...#
#########

legend
  A Ann facing east
  B Bob facing east
  o orange
  N white bed
  b red ball

instructions
  Ann: pick up the red ball
  Bob: go to the bed
"""


def a_scenario() -> Scenario:
    level = read_level(HOUSE)
    return Scenario(
        name="little_house",
        summary="A room.",
        agents=("Ann", "Bob"),
        draw=lambda n, seed: bank_of([level] * n),
        rewards=Rewards(success=1.0),
    )


class Ahead:
    """Always goes forward, and counts its steps in its memory."""

    name = "ahead"

    def start(self, sim, agents):
        return 0

    def act(self, sim, agents, memory):
        return np.full((sim.worlds, len(agents)), FORWARD), memory + 1


class Whim:
    """Acts by chance, and changes its memory, which holds all of that chance, in place."""

    def start(self, sim, agents):
        return np.random.default_rng(3)

    def act(self, sim, agents, memory):
        return memory.integers(0, 4, (sim.worlds, len(agents))), memory


@pytest.fixture
def state():
    return open_state(a_scenario(), {"Ann": Ahead(), "Bob": Ahead()}, levels=1)


def cell(state, a: int) -> tuple[int, int]:
    return divmod(int(state.sim.state.agent_cell[0, a]), 256)


def press(key: int, character: str = "", mod: int = 0) -> None:
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key, unicode=character, mod=mod))
    pygame.event.post(pygame.event.Event(pygame.KEYUP, key=key, mod=mod))


def write(text: str) -> None:
    for character in text:
        pygame.event.post(pygame.event.Event(pygame.TEXTINPUT, text=character))


def handle_all(state) -> None:
    painted = paint(state)
    for event in pygame.event.get():
        window.handle(state, event, painted)


# ---- time ----------------------------------------------------------------------------------------------
def test_a_step_is_taken_and_taken_back(state):
    assert cell(state, 1) == (3, 1)
    before = state.sim.digest()
    do(state, "step")
    do(state, "step")
    assert cell(state, 1) == (3, 3)
    do(state, "back")
    assert cell(state, 1) == (3, 2)
    do(state, "back")
    assert state.sim.digest() == before
    assert state.cast[1].memory == 0
    do(state, "back")
    assert state.notice == "This is where the episode begins."


def test_time_goes_on_unless_paused(state):
    do(state, "pause")
    assert state.playing
    do(state, "tick")
    assert cell(state, 0) == (1, 2)
    do(state, "step")
    assert not state.playing, "a single step pauses"


def test_one_can_go_back_to_the_beginning_and_few_moments_are_kept(state):
    state.sim.state.step_limit[0] = 1000
    state.tape.moments.clear()
    for _ in range(230):
        do(state, "step")
    for _ in range(230):
        do(state, "back")
    assert state.sim.state.step[0] == 0
    assert len(state.tape.moments) <= 230 // 16 + 1 + 32 + 1, "keyframes, those near the present, and the end"


def test_speed_stays_in_its_range(state):
    for _ in range(20):
        do(state, "faster")
    assert state.speed == 64
    for _ in range(20):
        do(state, "slower")
    assert state.speed == SPEEDS[0] == 0.25


def test_the_same_episode_again_and_a_new_one(state):
    before = state.sim.digest()
    for _ in range(3):
        do(state, "step")
    do(state, "again")
    assert state.sim.digest() == before
    assert state.tape.steps == 0
    do(state, "new")
    assert state.sim.state.episode[0] == 2


def test_an_ended_episode_stays_in_view_for_a_while(state):
    do(state, "pause")
    for _ in range(40):
        do(state, "tick")
    assert state.over
    for _ in range(8):
        assert state.sim.state.episode[0] == 1
        do(state, "tick")
    assert state.sim.state.episode[0] == 2
    assert not state.over


def digests_of_steps(state, steps: int) -> list[str]:
    found = []
    for _ in range(steps):
        do(state, "step")
        found.append(state.sim.digest())
    return found


def check_it_goes_as_it_went(state) -> None:
    first = digests_of_steps(state, 8)
    assert len(set(first)) == 8
    for _ in range(5):
        do(state, "back")
    assert digests_of_steps(state, 5) == first[3:], "after steps back"
    do(state, "again")
    assert digests_of_steps(state, 8) == first, "the same episode again"


def test_chance_goes_back_with_the_world():
    check_it_goes_as_it_went(open_state(a_scenario(), {"Ann": Whim(), "Bob": Whim()}, levels=1))


def test_a_mind_does_the_same_once_more():
    scenario = make_scenario("house")
    network = make_policy("mind", 0)
    check_it_goes_as_it_went(open_state(scenario, dict.fromkeys(scenario.agents, network), levels=1))


def test_what_is_done_in_the_window_can_be_recorded_and_played_again(state):
    recorder = record(state.sim, cast=[driver.kind for driver in state.cast])
    do(state, "step")
    do(state, "expert")
    do(state, "instruct", 0, "put the orange on the bed")
    for _ in range(3):
        do(state, "step")
    do(state, "back")
    do(state, "take over")
    do(state, "act", TURN_RIGHT)
    do(state, "take over")
    while not state.over:
        do(state, "step")
    do(state, "instruct", 1, "go to the ball")
    do(state, "step")
    replay = recorder.replay
    assert [event for event, *_ in replay.entries if not isinstance(event, Acts)] == [
        TakeOver(0, "expert"), Instruct(0, "put the orange on the bed"), Rejoin(0, 40), TakeOver(0, "keyboard"),
        TakeOver(0, "ahead"), Instruct(1, "go to the ball"), Rejoin(1, 40),
    ]  # fmt: skip
    assert resimulate(replay, state.sim.scenario).digest() == state.sim.digest()


# ---- agents --------------------------------------------------------------------------------------------
def test_an_agent_is_taken_over_and_handed_back(state):
    do(state, "act", TURN_RIGHT)
    assert "T takes over" in state.notice
    do(state, "take over")
    assert state.driver(0).kind == "keyboard"
    do(state, "act", FORWARD)
    do(state, "act", TAKE)
    assert state.sim.state.hand[0, 0], "the world moves when the person does"
    assert cell(state, 1) == (3, 3), "and the other agent with it"
    do(state, "step")
    assert cell(state, 0) == (1, 2), "without a key, it waits"
    do(state, "take over")
    assert state.driver(0).kind == "ahead"


def test_keys_drive_the_agent_that_was_taken_over(state, screen):
    press(pygame.K_t)
    press(pygame.K_UP)
    press(pygame.K_p)
    press(pygame.K_RIGHT)
    handle_all(state)
    assert state.sim.state.hand[0, 0]
    assert state.sim.state.heading[0, 0] == 2  # east, turned right: south
    assert state.sim.state.step[0] == 3


def test_clicks_select_agents_and_press_buttons(state, screen):
    painted = paint(state)
    for command, values in (("select", (1,)), ("pause", ())):
        area = next(a for a in painted.areas if (a.command, a.values) == (command, values))
        pygame.event.post(pygame.event.Event(pygame.MOUSEBUTTONDOWN, button=1, pos=area.rect.center))
    handle_all(state)
    assert state.selected == 1
    assert state.playing


# ---- instructions ----------------------------------------------------------------------------------------
def test_typed_words_reach_the_entry_and_the_agent(state, screen):
    press(pygame.K_SLASH, "/")
    write("/put the orange on the bed")
    handle_all(state)
    assert state.entry.text == "put the orange on the bed"
    press(pygame.K_RETURN, "\r")
    handle_all(state)
    goal = decode(state.sim.state.goal[0, 0])
    assert goal == parse("put the orange on the bed")
    assert canonical(goal) == instruction_of(state.sim.state, 0, 0)
    assert state.driver(0).kind == "ahead", "whoever plays goes on playing"
    assert not state.entry.is_open
    assert state.entry.earlier == ("put the orange on the bed",)


def test_unknown_words_are_answered_and_stay_editable(state, screen):
    before, cast = state.sim.digest(), list(state.cast)
    write("/put the orang on the bed")
    press(pygame.K_RETURN, "\r")
    handle_all(state)
    assert "orang" in state.entry.answer and "orange" in state.entry.answer
    assert (state.sim.digest(), state.cast, state.stand_ins) == (before, cast, {}), "nothing else has changed"
    assert state.entry.is_open
    plain = render(state)
    for _ in range(len(" on the bed")):
        press(pygame.K_LEFT)
    write("e")
    press(pygame.K_RETURN, "\r")
    handle_all(state)
    assert instruction_of(state.sim.state, 0, 0) == "put the orange on the bed"
    assert not np.array_equal(plain, render(state))


def test_whoever_plays_hears_what_was_typed(state):
    do(state, "instruct", 1, "go to the ball")
    do(state, "step")
    assert cell(state, 1) == (3, 2), "who only goes ahead goes on doing so"
    do(state, "take over")
    do(state, "instruct", 0, "pick up the orange")
    assert state.driver(0).kind == "keyboard", "words take nothing from the person's hands"


def test_the_expert_plays_instead_until_the_next_episode(state):
    do(state, "expert")
    assert [state.driver(a).kind for a in (0, 1)] == ["expert", "ahead"]
    do(state, "instruct", 0, "put the orange on the bed")
    assert state.driver(0).kind == "expert"
    do(state, "take over")
    do(state, "take over")
    assert state.driver(0).kind == "ahead", "who is handed back is played by the cast"
    for command in ("new", "again"):
        do(state, "expert")
        do(state, "select", 1)
        do(state, "take over")
        do(state, command)
        assert [state.driver(a).kind for a in (0, 1)] == ["ahead", "ahead"], command
        do(state, "select", 0)
    do(state, "expert")
    do(state, "expert")
    assert state.driver(0).kind == "ahead"


def test_a_step_back_brings_back_who_played(state):
    do(state, "step")
    do(state, "expert")
    do(state, "step")
    do(state, "take over")
    do(state, "back")
    assert state.driver(0).kind == "expert"
    do(state, "back")
    assert state.driver(0).kind == "ahead"


def test_the_cast_remembers_what_it_sees_while_somebody_stands_in(state):
    do(state, "take over")
    do(state, "act", TURN_RIGHT)
    do(state, "take over")
    assert state.cast[0].memory == 1


def test_the_expert_carries_out_what_was_typed(state):
    for a in (0, 1):
        do(state, "select", a)
        do(state, "expert")
    do(state, "instruct", 0, "put the orange on the bed")
    do(state, "instruct", 1, "go to the ball")
    do(state, "step")
    assert subgoal_words(state, 0) == "pick up the orange"
    while not state.over:
        do(state, "step")
    assert state.sim.state.finished[0].tolist() == [SUCCEEDED, SUCCEEDED]
    assert [part.standing for part in parts_of(state.sim.state, 0, 0)] == ["done"]
    assert (state.returns > 0).all()


def test_earlier_instructions_are_recalled(state):
    for text in ("go to the bed", "pick up the orange"):
        do(state, "write")
        do(state, "type", text)
        do(state, "say")
    do(state, "write")
    do(state, "type", "find")
    do(state, "recall", 1)
    assert state.entry.text == "pick up the orange"
    do(state, "recall", 5)
    assert state.entry.text == "go to the bed"
    do(state, "recall", -2)
    assert state.entry.text == "find", "what was being typed comes back"


def test_a_finished_agent_can_be_given_another_instruction(state):
    do(state, "pause")
    for _ in range(40):
        do(state, "tick")
    assert state.over
    do(state, "instruct", 0, "pick up the orange")
    assert not state.over
    do(state, "tick")
    assert state.sim.state.step[0] == 41


def test_words_for_what_is_not_there_are_remarked_upon(state):
    do(state, "instruct", 0, "pick up the banana")
    assert "not in this house" in state.notice


def test_parts_of_an_instruction_are_ticked(state):
    do(state, "instruct", 0, "pick up the orange, then go to the bed without entering the kitchen")
    do(state, "take over")
    assert [p.standing for p in parts_of(state.sim.state, 0, 0)] == ["now", "later", "rule"]
    do(state, "act", FORWARD)
    do(state, "act", TAKE)
    assert [p.standing for p in parts_of(state.sim.state, 0, 0)] == ["done", "now", "rule"]
    assert parts_of(state.sim.state, 0, 0)[1].words == "go to the bed"


# ---- pictures --------------------------------------------------------------------------------------------
def test_the_same_state_has_the_same_picture(state):
    do(state, "sight")
    before = state.sim.digest()
    first = render(state)
    assert first.shape == (800, 1280, 3)
    assert first.tobytes() == render(state).tobytes()
    assert state.sim.digest() == before
    do(state, "step")
    assert first.tobytes() != render(state).tobytes()


@pytest.mark.parametrize("size", [(640, 420), (1024, 640), (900, 1400), (2560, 1440)])
@pytest.mark.parametrize("scale", [0.75, 1.0, 3.0])
def test_nothing_is_cut_whatever_the_size_and_the_zoom(state, size, scale):
    do(state, "resize", *size)
    state.scale = scale
    painted = paint(state)
    assert painted.surface.get_size() == size
    assert all(painted.surface.get_rect().contains(area.rect) for area in painted.areas)
    commands = {(area.command, area.values) for area in painted.areas}
    assert commands >= {
        ("take over", ()),
        ("expert", ()),
        ("again", ()),
        ("new", ()),
        ("step", ()),
        ("write", ()),
    }


def test_text_grows_as_far_as_the_window_has_room(state):
    do(state, "resize", 1000, 620)
    do(state, "zoom", 0.25)
    assert (state.scale, state.notice) == (1.0, "Larger text needs a larger window.")
    do(state, "resize", 1500, 930)
    for _ in range(3):
        do(state, "zoom", 0.25)
    assert state.scale == 1.5


def test_each_key_of_the_help_fits_its_column():
    for row in (*WATCHING, *DRIVING, *WRITING):
        assert theme.width(row.words, theme.BODY) <= manual.DENSE.column - manual.DENSE.keys, row.words


def test_sight_is_what_the_agent_sees(state):
    seen = seen_by(state, 0)
    assert seen[1, 1] and seen[1, 3]
    assert not seen[1, 0], "behind its back"


def test_a_picture_and_a_video_are_saved(state, tmp_path):
    state.out = tmp_path
    do(state, "picture")
    assert (tmp_path / "little_house-0.png").stat().st_size > 1000
    do(state, "record", tmp_path / "film.gif")
    for _ in range(3):
        do(state, "step")
        camera.shoot(state)
    do(state, "resize", 700, 500)
    camera.shoot(state)
    do(state, "record")
    assert state.notice == f"Saved {tmp_path / 'film.gif'}, 4 frames."


# ---- the window --------------------------------------------------------------------------------------------
def test_every_key_has_a_command():
    for row in (*WATCHING, *DRIVING, *WRITING):
        assert row.command in COMMANDS
    with pytest.raises(ValueError, match="no command is called 'dance'"):
        do(None, "dance")


def test_play_returns_after_its_frames(tmp_path):
    film = tmp_path / "film.gif"
    cast = {"Ann": Ahead(), "Bob": Ahead()}
    assert window.play(a_scenario(), cast, frames=5, record=film) == 0
    assert film.stat().st_size > 1000


def test_a_screenshot_needs_no_display(tmp_path, monkeypatch):
    monkeypatch.setattr(pygame.display, "init", None)
    picture = tmp_path / "house.png"
    assert window.play(a_scenario(), {"Ann": Ahead(), "Bob": Ahead()}, screenshot=picture) == 0
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_closing_the_window_ends_play(monkeypatch):
    shown = []

    def show_and_close(state):
        shown.append(state)
        pygame.event.post(pygame.event.Event(pygame.QUIT))
        return paint(state)

    monkeypatch.setattr(window, "show", show_and_close)
    assert window.play(a_scenario(), {"Ann": Ahead(), "Bob": Ahead()}) == 0
    assert not shown[-1].is_open


def test_without_a_display_it_says_so(monkeypatch, capsys):
    monkeypatch.delenv("SDL_VIDEODRIVER")
    monkeypatch.setattr(pygame.display, "get_driver", lambda: "offscreen")
    assert window.play(a_scenario(), {"Ann": Ahead(), "Bob": Ahead()}) == 1
    said = capsys.readouterr().err
    assert "no display" in said and "--screenshot" in said and "run --video" in said


def test_a_cast_must_be_whole():
    with pytest.raises(ValueError, match="the cast lacks Bob"):
        window.play(a_scenario(), {"Ann": Ahead()})
