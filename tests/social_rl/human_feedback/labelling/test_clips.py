"""Is a clip what happened? Its tiles are the pixels of `draw_world`, its lines what was said, nothing tells whose."""

import dataclasses
import io
import json

import numpy as np
import pytest
from PIL import Image

from social_rl.human_feedback.labelling.clips import (
    ABSENT,
    COLUMNS,
    MOST_FRAMES,
    TILE,
    Clip,
    clip_json,
    clip_of,
    frame_of,
)
from tests.houses import act, level, scenario_of
from worlds.events import Instruct, Speak
from worlds.render.draw import draw_world
from worlds.replay import Entry, ReplayError, record
from worlds.simulator import DISABLED, Simulator

HOUSE = """
A.c
.##
B..

A Ann facing east
B Bob facing east
c red cup
"""


@pytest.fixture(scope="module")
def told():
    """An episode: Ann fetches the cup that Bob asks for; the frames that were seen, and its replay."""
    scenario = scenario_of(
        [level(HOUSE, 4, ann="pick up the red cup", bob="go to the red cup")], needs_done=False
    )
    sim = Simulator(scenario, 1, levels=1, autoreset=DISABLED)
    recorder = record(sim, cast=("secret-policy", "other-policy"))
    seen = []

    def see():
        seen.append(draw_world(sim.state, 0, TILE))

    sim.apply(0, Speak("Bob", "Ann", "bring me <b>that</b>"))
    sim.apply(0, Instruct(0, "go to the red cup", task=False))
    see()
    act(sim, ann="forward")
    see()
    act(sim, ann="pick up")
    sim.apply(0, Speak("Ann", "Bob", "here it is"))
    see()
    while not sim.state.over[0]:
        act(sim)
        see()
    return scenario, recorder.replay, seen


def picture_of(clip: Clip, step: int) -> np.ndarray:
    """A frame put together again from the sheet, as a page does it."""
    sheet = np.asarray(Image.open(io.BytesIO(clip.sheet)).convert("RGB"))
    whole = np.zeros((clip.rows * TILE, clip.cols * TILE, 3), np.uint8)
    for (row, col), tile in np.ndenumerate(frame_of(clip, step)):
        y, x = tile // COLUMNS * TILE, tile % COLUMNS * TILE
        whole[row * TILE : (row + 1) * TILE, col * TILE : (col + 1) * TILE] = sheet[
            y : y + TILE, x : x + TILE
        ]
    return whole


def test_every_frame_is_what_was_seen(told):
    scenario, replay, seen = told
    clip = clip_of(replay, scenario)
    assert len(clip.changes) == replay.steps == len(seen) - 1
    for step, expected in enumerate(seen):
        assert (picture_of(clip, step) == expected).all(), step
    assert clip.changes[0], "Ann moved"


def test_lines_are_what_was_said_in_order(told):
    scenario, replay, _ = told
    lines = [tuple(line) for line in clip_of(replay, scenario).lines]
    assert lines == [
        (0, "task", "Ann", "", "pick up the red cup"),
        (0, "task", "Bob", "", "go to the red cup"),
        (0, "talk", "Bob", "Ann", "bring me <b>that</b>"),
        (0, "subgoal", "Ann", "", "go to the red cup"),
        (2, "outcome", "Ann", "", "has done it"),
        (2, "talk", "Ann", "Bob", "here it is"),
        (4, "outcome", "Bob", "", "has run out of time"),
    ]


def test_agents_are_where_they_were(told):
    scenario, replay, _ = told
    clip = clip_of(replay, scenario)
    assert clip.where[0] == (0, 2 * clip.cols) and clip.where[1] == (1, 2 * clip.cols)
    assert all(len(cells) == 2 and min(cells) >= ABSENT for cells in clip.where)
    assert len(clip.where) == len(clip.changes) + 1


def test_a_clip_does_not_tell_whose_it_is(told):
    scenario, replay, _ = told
    text = json.dumps(clip_json(clip_of(replay, scenario)), allow_nan=False)
    assert "policy" not in text and "seed" not in text
    assert len(text) < 4000


def test_a_replay_that_goes_otherwise_is_refused(told):
    scenario, replay, _ = told
    first = next(i for i, entry in enumerate(replay.entries) if "Acts" in type(entry.event).__name__)
    event = dataclasses.replace(replay.entries[first].event, acts=(0, 0))  # Ann waits
    entries = (
        *replay.entries[:first],
        Entry(event, replay.entries[first].digest),
        *replay.entries[first + 1 :],
    )
    with pytest.raises(ReplayError, match="step 1"):
        clip_of(dataclasses.replace(replay, entries=entries), scenario)


def test_a_replay_of_an_unknown_scenario_or_too_long_is_refused(told):
    scenario, replay, _ = told
    with pytest.raises(ReplayError, match="the scenario is ''"):
        clip_of(replay)
    steps = tuple(entry for entry in replay.entries if "Acts" in type(entry.event).__name__)
    long = dataclasses.replace(replay, entries=(steps * MOST_FRAMES)[:MOST_FRAMES])
    with pytest.raises(ReplayError, match=f"a clip at most {MOST_FRAMES - 1}"):
        clip_of(long, scenario)


@pytest.mark.parametrize("step", [-1, 5])
def test_a_step_that_is_not_there_is_refused(told, step):
    scenario, replay, _ = told
    with pytest.raises(ValueError, match="0 to 4"):
        frame_of(clip_of(replay, scenario), step)
