"""Does time go back and on as it went, in live episodes and in replays, and do branches begin where they should?"""

import os

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import numpy as np
import pytest

from social_rl.episodes.casting import make_policy
from social_rl.viewer.commands import END_OF_REPLAY, do
from social_rl.viewer.model import open_state
from social_rl.viewer.time.opening import open_replay
from tests.social_rl.viewer.test_viewer import Ahead, Whim, a_scenario, cell
from worlds.events import Acts, Instruct, TakeOver
from worlds.replay import check, record
from worlds.replay_files import load
from worlds.scenario import make_scenario
from worlds.simulator import DISABLED, Simulator
from worlds.state import TAKE, TURN_RIGHT


@pytest.fixture
def state():
    return open_state(a_scenario(), {"Ann": Whim(), "Bob": Ahead()}, levels=1)


def world(state) -> tuple:
    """The world, and what whoever plays remembers."""
    memory = state.cast[0].memory
    drawn = memory.bit_generator.state["state"] if isinstance(memory, np.random.Generator) else None
    return state.sim.digest(), str(drawn), state.cast[1].memory, tuple(state.returns)


def lived(state, steps: int) -> list[tuple]:
    """What it was like at each step."""
    found = [world(state)]
    for _ in range(steps):
        do(state, "step")
        found.append(world(state))
    return found


@pytest.mark.parametrize("order", [range(39, -1, -1), (20, 3, 38, 0, 17, 16, 15, 33, 32, 31)])
def test_each_step_is_as_it_was_world_and_minds(state, order):
    """40 steps, with keyframes at 0, 16 and 32."""
    first = lived(state, 40)
    assert len(set(first)) == 41
    for step in order:
        do(state, "go to", step)
        assert world(state) == first[step], step
    do(state, "go to end")
    assert world(state) == first[40]
    assert state.diverged is None


def test_what_was_said_and_told_is_lived_again(state):
    lived(state, 5)
    do(state, "instruct", 0, "go to the bed")
    do(state, "take over")
    do(state, "act", TURN_RIGHT)
    do(state, "act", TURN_RIGHT)
    do(state, "take over")
    lived(state, 20)
    whole = [world(state)]
    do(state, "go to", 6)
    assert state.driver(0).kind == "keyboard"
    do(state, "go to", 5)
    assert [m.kind for m in state.tape.marks[5]] == ["told", "taken over"]
    do(state, "go to", 0)
    assert state.driver(0).kind == "whim"
    do(state, "go to end")
    assert [world(state)] == whole and state.driver(0).kind == "whim"


def test_a_mind_lives_again_what_it_lived():
    scenario = make_scenario("house")
    state = open_state(scenario, dict.fromkeys(scenario.agents, make_policy("mind", 0)), levels=1)
    digests = [state.sim.digest()]
    for _ in range(20):
        do(state, "step")
        digests.append(state.sim.digest())
    hidden = state.cast[0].memory.hidden.clone()
    for step in (3, 18, 16, 9, 20):
        do(state, "go to", step)
        assert state.sim.digest() == digests[step]
    assert (state.cast[0].memory.hidden == hidden).all()
    assert sorted(state.tape.values) == list(range(20))
    assert all(np.isfinite(values).all() for values in state.tape.values.values())
    do(state, "go to", 18)
    do(state, "branch")
    for step in (19, 20):
        do(state, "step")
        assert state.sim.digest() == digests[step], "chance is part of what it remembers"


def test_time_runs_back_to_the_beginning_and_stops(state):
    lived(state, 4)
    do(state, "reverse")
    assert state.playing
    for _ in range(4):
        assert state.playing
        do(state, "tick")
    assert (state.sim.state.step[0], state.playing) == (0, False)
    do(state, "pause")
    do(state, "tick")
    assert state.sim.state.step[0] == 1, "from the beginning it can only go on"


def test_time_goes_on_beyond_what_has_happened(state):
    lived(state, 3)
    do(state, "go to", 1)
    do(state, "pause")
    for _ in range(4):
        do(state, "tick")
    assert (state.sim.state.step[0], state.tape.steps) == (5, 5)


def test_whatever_is_done_in_the_past_begins_a_branch(state):
    lived(state, 10)
    do(state, "go to", 4)
    do(state, "take over")
    assert (state.tape.steps, state.tape.is_past) == (4, False)
    do(state, "act", TAKE)
    assert state.tape.steps == 5
    replay = state.tape.replay
    assert [entry.event for entry in replay.entries[4:]] == [TakeOver(0, "keyboard"), Acts((TAKE, 3))]
    assert check(replay, state.sim.scenario) is None


def test_an_act_in_the_past_begins_a_branch(state):
    do(state, "take over")
    for _ in range(4):
        do(state, "act", TURN_RIGHT)
    do(state, "go to", 2)
    do(state, "act", TAKE)
    assert [entry.event.acts[0] for entry in state.tape.entries[1:]] == [TURN_RIGHT, TURN_RIGHT, TAKE]


def test_a_branch_is_asked_for_and_what_came_after_is_forgotten(state):
    lived(state, 6)
    do(state, "branch")
    assert state.notice.startswith("Nothing has happened after this")
    do(state, "go to", 2)
    do(state, "branch")
    assert state.tape.steps == 2 and max(state.tape.values) < 2
    assert state.notice == "A branch from step 2: what came after it is forgotten."


# ---- replays -------------------------------------------------------------------------------------------
def a_replay(scenario, steps: int = 12):
    sim = Simulator(scenario, 1, levels=1, autoreset=DISABLED)
    recorder, chance = record(sim, cast=("whim", "my_lab:Gone")), np.random.default_rng(3)
    for step in range(steps):
        if step == 5:
            sim.apply(0, Instruct(1, "pick up the orange"))
            sim.speak(0, "person", "Ann", "look there")
        sim.step(chance.integers(0, 4, (1, 2)))
    return recorder.replay, sim


def test_a_replay_is_shown_as_it_went(tmp_path):
    scenario = a_scenario()
    replay, sim = a_replay(scenario)
    state = open_replay(replay, {"Ann": Whim()}, scenario)
    assert [driver.kind for driver in state.cast] == ["whim", "my_lab:Gone (not here)"]
    assert state.sim.state.step[0] == 0 and state.tape.steps == 12 and state.diverged is None
    assert {mark.kind for mark in state.tape.marks[5]} == {"told", "talk"}, "known from the beginning"
    do(state, "pause")
    for _ in range(12):
        do(state, "tick")
    assert state.sim.digest() == sim.digest() and state.playing
    do(state, "tick")
    assert not state.playing and state.notice == END_OF_REPLAY
    do(state, "pause")
    assert state.sim.state.step[0] == 0, "and once more from the beginning"
    do(state, "new")
    assert "This is a replay" in state.notice
    do(state, "go to end")
    do(state, "keep replay", tmp_path / "again.jsonl.gz")
    assert load(tmp_path / "again.jsonl.gz") == replay


def test_a_branch_of_a_replay_goes_on_by_its_cast(tmp_path):
    scenario = a_scenario()
    replay, _ = a_replay(scenario)
    state = open_replay(replay, {"Ann": Ahead()}, scenario)
    do(state, "go to", 3)
    do(state, "branch")
    assert "Bob will wait: not here" in state.notice
    at = cell(state, 1)
    for _ in range(3):
        do(state, "step")
    assert cell(state, 1) == at and not state.tape.is_replay
    do(state, "keep replay", tmp_path / "branch.jsonl.gz")
    branch = load(tmp_path / "branch.jsonl.gz")
    assert branch.entries[:3] == replay.entries[:3] and branch.steps == 6
    assert check(branch, scenario) is None


def test_a_replay_that_goes_otherwise_says_where_and_is_shown():
    scenario = a_scenario()
    replay, _ = a_replay(scenario)
    entries = list(replay.entries)
    entries[3] = entries[3]._replace(event=Acts((5, 5)))
    object.__setattr__(replay, "entries", tuple(entries))
    state = open_replay(replay, {}, scenario)
    assert state.diverged is not None and state.diverged.step == 4
    assert "last_act" in state.diverged.fields
    assert state.tape.entries[7].places, "where agents were is known all the same"
