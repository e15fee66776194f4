"""Does the window let a person and an agent talk? Free words, questions, and what was understood."""

from dataclasses import dataclass, field, replace

import numpy as np
import pygame
import pytest

from agents.language.talk import PERSON, TAKEN
from agents.language.understanding import GRAMMAR, MODEL, Understanding
from social_rl.human_feedback.offline.reading import batch_of, vocabulary_of
from social_rl.human_feedback.offline.rewards import REWARDS
from social_rl.human_feedback.offline.sentiment import signals
from social_rl.human_feedback.offline.talks import MOST_TURNS, Talk, Turn, read_talks
from social_rl.viewer import window
from social_rl.viewer.commands import do
from social_rl.viewer.drawing.canvas import Canvas
from social_rl.viewer.drawing.theme import AMBER_WASH, BLUE_WASH, PAGE, WELL, Theme
from social_rl.viewer.model import PAUSE_AFTER, open_state
from social_rl.viewer.panels.cards import TURNS, instruction_of
from social_rl.viewer.picture import paint, render
from social_rl.viewer.talk.bubbles import bubbles_of, talk_height
from social_rl.viewer.talk.talk_log import Saying, open_log, talks_of
from social_rl.viewer.talk.telling import PATIENCE, has_asked
from tests.houses import level, scenario_of
from worlds.events import Acts, Instruct, Speak
from worlds.language.instructions import parse
from worlds.replay import record, resimulate
from worlds.state import ACTIVE, DONE, SUCCEEDED, TAKE, WAIT

HOUSE = """
A.o..b
......
B....t

A Ann facing east
B Bob facing east
o orange
b white bed
t brown table
"""


@dataclass
class Hearing:
    """Stands for a language model: answers what it hears by a table, at the step at which it hears it."""

    answers: dict[str, str] = field(default_factory=dict)
    name = "language"
    hears = True

    def start(self, sim, agents):
        return [0]

    def act(self, sim, agents, memory):
        name = sim.names()[agents[0]]
        for turn in sim.heard(0, name):
            if turn.step == sim.state.step[0] - 1 and turn.speaker == PERSON and turn.words in self.answers:
                sim.speak(0, name, PERSON, self.answers[turn.words])
        return np.full((1, 1), WAIT), [memory[0] + 1]


class Still:
    def start(self, sim, agents):
        return ()

    def act(self, sim, agents, memory):
        return np.full((1, len(agents)), WAIT), memory


ANSWERS = {
    "tidy my fruit away": "where should I put the orange?",
    "on the bed of course": f"{TAKEN}put the orange on the bed",
    "fly to the moon": "I cannot do that",
    "mumble": f"{TAKEN}mumble",
    "pick up the orange": f"{TAKEN}pick up the orange",
}


@pytest.fixture
def state():
    scenario = scenario_of([level(HOUSE, 40, ann="go to the table", bob="go to the bed")])
    return open_state(scenario, {"Ann": Hearing(dict(ANSWERS)), "Bob": Still()}, levels=1)


def say(state, text: str) -> None:
    do(state, "write")
    do(state, "type", text)
    do(state, "say")


def turns(state) -> list[tuple[str, str, str]]:
    return [turn[1:] for turn in state.sim.talk()]


def told(state, a: int = 0) -> str:
    return instruction_of(state.sim.state, 0, a)


# ---- whoever hears -------------------------------------------------------------------------------------
def test_free_words_are_spoken_and_a_question_comes_back(state):
    say(state, "tidy my fruit away")
    assert turns(state) == [("person", "Ann", "tidy my fruit away")]
    assert state.notice == "Ann hears you: press space."
    assert not state.entry.is_open and state.entry.earlier == ("tidy my fruit away",)
    do(state, "step")
    assert len(turns(state)) == 1, "it was not heard yet"
    do(state, "step")
    assert turns(state)[1] == ("Ann", "person", "where should I put the orange?")
    assert state.notice == "Ann: where should I put the orange?"
    assert has_asked(state, 0) and not has_asked(state, 1)
    assert told(state) == "go to the table", "a question changes nothing"


def test_what_was_understood_becomes_its_task(state):
    say(state, "on the bed of course")
    do(state, "step")
    do(state, "step")
    assert turns(state)[-1] == ("Ann", "person", "I take that as: put the orange on the bed")
    assert state.notice == "Ann takes that as: put the orange on the bed."
    assert told(state) == "put the orange on the bed"


def test_a_reason_is_shown_and_changes_nothing(state):
    say(state, "fly to the moon")
    do(state, "step")
    do(state, "step")
    assert state.notice == "Ann: I cannot do that" and told(state) == "go to the table"


def test_what_was_understood_and_is_not_here_is_remarked_upon(state):
    state.cast[0].policy.answers["my usual"] = f"{TAKEN}pick up the banana"
    say(state, "my usual")
    do(state, "step")
    do(state, "step")
    assert state.notice == "Ann takes that as: pick up the banana; a thing of that is not in this house."
    assert told(state) == "pick up the banana"


def test_what_is_no_instruction_reaches_no_task(state):
    say(state, "mumble")
    do(state, "step")
    do(state, "step")
    assert "which is no instruction" in state.notice and told(state) == "go to the table"


def test_an_instruction_is_spoken_as_well_and_given_once(state):
    recorder = record(state.sim)
    say(state, "pick up the orange")
    assert told(state) == "pick up the orange" and turns(state) == [("person", "Ann", "pick up the orange")]
    for _ in range(2):
        do(state, "step")
    assert turns(state)[1:] == [("Ann", "person", "I take that as: pick up the orange")]
    events = [entry.event for entry in recorder.replay.entries]
    assert events.count(Instruct(0, "pick up the orange")) == 1, "it is at it already"
    assert state.notice == "Ann takes that as: pick up the orange."


def test_who_has_finished_wakes_up_and_answers():
    """Ann holds that she is done until she hears something, so her episode ends once more before she can answer."""

    class Done(Hearing):
        def act(self, sim, agents, memory):
            acts, memory = super().act(sim, agents, memory)
            if not sim.heard(0, sim.names()[agents[0]]):
                acts[:] = TAKE if memory[0] == 1 else DONE
            return acts, memory

    scenario = scenario_of(
        [level(HOUSE.replace("A.o", "Ao."), 40, ann="pick up the orange", bob="go to the bed")]
    )
    state = open_state(scenario, dict.fromkeys(("Ann", "Bob"), Done(ANSWERS)), levels=1)
    do(state, "step")
    do(state, "step")
    assert state.over and state.sim.state.finished[0, 0] == SUCCEEDED
    say(state, "on the bed of course")
    do(state, "step")
    assert not state.over and state.sim.state.finished[0, 0] == ACTIVE, "it has not heard it yet"
    do(state, "step")
    assert told(state) == "put the orange on the bed"
    for _ in range(12):
        do(state, "step")
    assert state.sim.state.finished[0, 1] != ACTIVE, "nobody has spoken to Bob"


def test_who_never_answers_is_not_kept_for_ever():
    class Deaf(Hearing):
        def act(self, sim, agents, memory):
            return np.full((1, 1), DONE), memory

    scenario = scenario_of([level(HOUSE, 40, ann="go to the table", bob="go to the bed")])
    state = open_state(scenario, dict.fromkeys(("Ann", "Bob"), Deaf()), levels=1)
    say(state, "mumble")
    for step in range(PATIENCE + 1):
        assert not state.over, step
        do(state, "step")
    assert state.over


def test_all_of_it_is_recorded_and_goes_as_it_went(state):
    recorder = record(state.sim)
    say(state, "tidy my fruit away")
    for _ in range(3):
        do(state, "step")
    do(state, "back")
    say(state, "on the bed of course")
    for _ in range(3):
        do(state, "step")
    replay = recorder.replay
    assert [entry.event for entry in replay.entries if isinstance(entry.event, Speak)] == [
        Speak("person", "Ann", "tidy my fruit away"),
        Speak("Ann", "person", "where should I put the orange?"),
        Speak("person", "Ann", "on the bed of course"),
        Speak("Ann", "person", "I take that as: put the orange on the bed"),
    ]
    assert sum(isinstance(entry.event, Acts) for entry in replay.entries) == 5
    again = resimulate(replay, state.sim.scenario)
    assert again.digest() == state.sim.digest() and again.talk() == state.sim.talk()


def test_steps_back_take_back_what_was_said(state):
    say(state, "tidy my fruit away")
    do(state, "step")
    do(state, "step")
    assert len(turns(state)) == 2
    do(state, "back")
    assert len(turns(state)) == 1
    do(state, "again")
    assert turns(state) == []
    say(state, "tidy my fruit away")
    do(state, "new")
    assert turns(state) == []


def test_who_is_driven_by_hand_or_by_the_expert_hears_no_words(state):
    for command in ("take over", "expert"):
        do(state, command)
        say(state, "tidy my fruit away")
        assert turns(state) == [] and "'my' leaves open whose" in state.entry.answer
        do(state, "leave")
        do(state, command)


# ---- whoever hears nothing -----------------------------------------------------------------------------
def test_without_a_model_free_words_are_refused_as_ever(state):
    do(state, "select", 1)
    say(state, "tidy my fruit away")
    assert "'my' leaves open whose" in state.entry.answer and state.entry.text == "tidy my fruit away"
    assert turns(state) == [] and told(state, 1) == "go to the bed"


def understanding(text: str) -> Understanding:
    known = {
        "my fruit belongs on the bed": Understanding(
            parse("put the orange on the bed"), "put the orange on the bed", MODEL
        ),
        "tidy my fruit away": Understanding(None, "where should I put the orange?", MODEL),
    }
    return known.get(text, Understanding(None, f"unknown words: {text}", GRAMMAR))


def test_a_model_may_say_what_is_meant_and_says_so(state):
    state.understand = understanding
    do(state, "select", 1)
    say(state, "my fruit belongs on the bed")
    assert state.notice.startswith(
        "I take that as: put the orange on the bed. Bob, played by still, has heard you"
    )
    assert told(state, 1) == "put the orange on the bed" and turns(state) == []
    say(state, "tidy my fruit away")
    assert state.entry.answer == "where should I put the orange?" and state.entry.text == "tidy my fruit away"
    do(state, "leave")
    state.entry = replace(state.entry, text="")
    say(state, "blah")
    assert state.entry.answer == "unknown words: blah"
    assert told(state, 1) == "put the orange on the bed", "nothing is guessed"


def test_a_model_that_fails_says_why(state):
    def broken(text):
        raise ValueError("the model at runs/mine cannot be read")

    state.understand = broken
    do(state, "select", 1)
    say(state, "tidy my fruit away")
    assert state.entry.answer == "the model at runs/mine cannot be read"


# ---- what was typed, logged ------------------------------------------------------------------------------
@pytest.fixture
def log(state, tmp_path):
    state.log = open_log(tmp_path / "talks.jsonl")
    return state.log.path


def test_what_is_typed_is_logged_as_offline_learning_reads_it(state, log):
    for text in ("tidy my fruit away", "on the bed of course", "thanks"):
        say(state, text)
        do(state, "step")
        do(state, "step")
    assert not log.exists(), "the talk goes on"
    do(state, "new")
    talks = read_talks(log)
    assert talks == [
        Talk(
            (
                Turn("tidy my fruit away", "ask which", "on the bed of course", 0),
                Turn("on the bed of course", "put away", "thanks", 0),
            ),
            is_over=True,
            is_human=True,
        )
    ]
    assert [reward.tolist() for reward in REWARDS["thanks"](talks)] == [[0, 1]], (
        "putting away was thanked for"
    )
    assert batch_of(talks, vocabulary_of(talks)).over_N.tolist() == [False, True]


def test_talks_with_each_agent_are_added_to_the_file(state, log):
    do(state, "instruct", 0, "go to the bed")  # not typed
    say(state, "fly to the moon")
    do(state, "step")
    do(state, "step")
    do(state, "select", 1)
    for text in (
        "pick up the orange",
        "no, not that one",
        "open the bed",
        "switch on the lamp",
        "go to the bed",
    ):
        say(state, text)
        state.entry = replace(state.entry, text="")
    do(state, "again")
    do(state, "select", 0)
    say(state, "hm")
    do(state, "new")
    ann, bob, alone = read_talks(log)
    assert ann.turns == (Turn("fly to the moon", "explain", "", 0),)
    assert [(turn.said, turn.reply, turn.answered) for turn in bob.turns][:2] == [
        ("pick up the orange", "fetch", "no, not that one"),
        ("no, not that one", "explain", "open the bed"),
    ]
    assert [turn.reply for turn in bob.turns][3:] == ["switch", "acknowledge"]
    assert signals(bob.turns[0]) == {"corrects"}
    assert alone == Talk((Turn("hm", "be quiet", "", 0),), is_over=True, is_human=True)


def test_a_talk_that_the_episode_cuts_is_not_over(state, log):
    say(state, "fly to the moon")
    do(state, "pause")
    for _ in range(40 + PAUSE_AFTER):  # the level's steps, and then it is in view for a while
        do(state, "tick")
    assert [talk.is_over for talk in read_talks(log)] == [False]
    do(state, "new")
    assert len(read_talks(log)) == 1, "nothing more was said"


def test_long_talks_are_parted():
    sayings = [Saying(f"say {i}", "fetch") for i in range(2 * MOST_TURNS + 1)]
    talks = talks_of(sayings, is_over=True)
    assert [(len(talk.turns), talk.is_over) for talk in talks] == [
        (MOST_TURNS, False), (MOST_TURNS, False), (1, True),
    ]  # fmt: skip
    assert talks[0].turns[-1].answered == "say 20"


def test_a_log_that_cannot_be_written_is_kept_until_it_can(state, log):
    say(state, "fly to the moon")
    do(state, "step")
    do(state, "step")
    log.mkdir()
    do(state, "new")
    assert "not logged yet" in state.notice
    log.rmdir()
    do(state, "new")
    assert [talk.turns[0].said for talk in read_talks(log)] == ["fly to the moon"]


def test_a_file_of_something_else_is_not_added_to(tmp_path):
    (tmp_path / "notes.txt").write_text("thanks")
    with pytest.raises(ValueError, match=r"notes.txt: line 1 is no JSON"):
        open_log(tmp_path / "notes.txt")


def test_closing_the_window_logs_what_was_typed(tmp_path, monkeypatch):
    scenario = scenario_of([level(HOUSE, 40, ann="go to the table", bob="go to the bed")])
    show = window.show

    def show_and_say(state):
        if state.is_open and not state.log.sayings:
            say(state, "fly to the moon")
        else:
            pygame.event.post(pygame.event.Event(pygame.QUIT))
        return show(state)

    monkeypatch.setattr(window, "show", show_and_say)
    cast = {"Ann": Hearing(dict(ANSWERS)), "Bob": Still()}
    assert window.play(scenario, cast, log_talk=tmp_path / "talks.jsonl") == 0
    assert [talk.turns[0].said for talk in read_talks(tmp_path / "talks.jsonl")] == ["fly to the moon"]


# ---- pictures ------------------------------------------------------------------------------------------
def canvas_of(state) -> Canvas:
    return Canvas(paint(state).surface, Theme(1.0), [])


def test_a_card_tells_the_last_turns_of_its_own_talk(state):
    canvas, sim = canvas_of(state), state.sim
    assert bubbles_of(canvas, state, 0, 300, 3) == [] and talk_height(canvas, []) == 0
    sim.speak(0, "person", "Bob", "wait there")
    sim.speak(0, "person", "Ann", "the cup")
    sim.speak(0, "Ann", "person", "which cup: the red one or the blue one?")
    sim.speak(0, "Ann", "Bob", "have you seen it?")
    sim.speak(0, "Bob", "Ann", "no")
    sim.speak(0, "Ann", "person", "I take that as: pick up the cup")
    sim.speak(0, "Ann", "person", "I cannot do that")
    bubbles = bubbles_of(canvas, state, 0, 300, 9)
    assert [(" ".join(b.lines), b.fill, b.is_left) for b in bubbles] == [
        ("the cup", WELL, False),
        ("which cup: the red one or the blue one?", AMBER_WASH, True),
        ("to Bob: have you seen it?", AMBER_WASH, True),
        ("Bob: no", WELL, False),
        ("I take that as: pick up the cup", BLUE_WASH, True),
        ("I cannot do that", PAGE, True),
    ]
    assert bubbles_of(canvas, state, 0, 300, 2) == bubbles[-2:]
    assert [bubble.lines for bubble in bubbles_of(canvas, state, 1, 300, 9)] == [
        ("wait there",), ("Ann: have you seen it?",), ("to Ann: no",),
    ]  # fmt: skip


def test_long_turns_are_cut_to_some_lines(state):
    state.sim.speak(0, "person", "Ann", "put the cup on the table, then " * 16)
    (bubble,) = bubbles_of(canvas_of(state), state, 0, 300, 3)
    assert len(bubble.lines) == 4 and bubble.lines[-1].endswith("…")


def test_a_talk_is_seen_and_the_picture_of_silence_is_as_it_was(state):
    silent = render(state)
    state.sim.speak(0, "person", "Ann", "the cup")
    assert not np.array_equal(render(state), silent)
    state.sim.reset(seed=0)
    assert np.array_equal(render(state), silent)


@pytest.mark.parametrize("size", [(640, 420), (1000, 620), (1280, 800), (900, 1400)])
def test_cards_with_long_talks_stay_in_their_room(state, size):
    for turn in range(TURNS + 2):
        for name in ("Ann", "Bob"):
            state.sim.speak(0, "person", name, f"turn {turn}: put the cup on the table, then " * 9)
    do(state, "resize", *size)
    painted = paint(state)
    cards = [area.rect for area in painted.areas if area.command == "select" and area.rect.width > 200]
    assert cards and all(painted.surface.get_rect().contains(rect) for rect in cards)
