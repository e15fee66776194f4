"""Does `social-rl label` open a window, refuse what it cannot use, load no more than it needs, and survive a kill?"""

import os
import signal
import subprocess
import sys
from pathlib import Path

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pygame
import pytest

pytest.importorskip("sqlalchemy", reason="the store needs sqlalchemy")

from social_rl.cli import main
from social_rl.human_feedback.preferences.store import open_store
from social_rl.viewer.labelling import window
from social_rl.viewer.labelling.picture import paint
from social_rl.viewer.labelling.reel import Reel
from tests.social_rl.human_feedback.labelling.desks import comparison, item
from tests.social_rl.human_feedback.preferences.records import label
from tests.social_rl.viewer.labelling.windows import AtOnce, asking
from worlds.replay import record
from worlds.replay_files import save
from worlds.scenario import make_scenario
from worlds.simulator import DISABLED, Simulator
from worlds.state import FORWARD

ROOT = Path(__file__).parents[4]


@pytest.fixture(autouse=True)
def unseen(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")


def hands(monkeypatch, *keys: str) -> list:
    """Whenever an answer can be given or is held, press the next key; after the last one, close the window."""
    left, seen = list(keys), []

    def paint_and_press(state):
        painted = paint(state)
        if state.loading is None:
            seen.append(state)
            if left:
                key = left.pop(0)
                code = pygame.key.key_code(key)
                pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=code, unicode=key[0], mod=0))
            else:
                pygame.event.post(pygame.event.Event(pygame.QUIT))
        return painted

    monkeypatch.setattr(window, "paint", paint_and_press)
    return seen


def test_replays_beside_a_store_are_compared_until_the_window_is_closed(tmp_path, monkeypatch):
    sim = Simulator(make_scenario("house"), 1, levels=1, seed=0, autoreset=DISABLED)
    recorder = record(sim)
    for _ in range(3):
        sim.step([[FORWARD] * sim.agents])
    save(recorder.replay, tmp_path / "first.jsonl")
    store = asking(tmp_path / "labels.sqlite", ("a", "choice", (item("first.jsonl"), item("gone.jsonl"))))
    seen = hands(monkeypatch, "2")
    assert main(["label", str(tmp_path / "labels.sqlite"), "--rater", "ann"]) == 0
    screens = {type(screen) for screen in seen[0].screens}
    assert screens in ({Reel, str}, set()), "one is shown, of the other one it is said that it is not there"
    [(_, given)] = store.labels(human=True).items()
    assert given.rater == "ann" and given.answer == {"best": store.given(human=True)[0].shown[1]}


def test_what_could_not_be_stored_in_the_end_is_said(tmp_path, monkeypatch, capsys):
    store = asking(tmp_path / "labels.sqlite", ("a", "vote", ()))
    hands(monkeypatch, "u", "return")

    def full(*args):
        raise OSError("the disk is full")

    desk = window.desk_of(window.Label(str(tmp_path / "labels.sqlite")))
    monkeypatch.setattr(desk, "keep", full)
    assert window.compare(desk, "ann", lambda replay: None, AtOnce()) == 1
    assert "the disk is full" in capsys.readouterr().err and store.labels(human=True) == {}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--rater", "ann", "ben"], "one person sits at a window"),
        (["--rater", "ann smith"], "letters, digits"),
        (["--port", "80"], "--port 80 is of the page: add --web"),
        (["--host", "192.0.2.7"], "--host 192.0.2.7 is of the page"),
        (["--replays", "nowhere"], "nowhere is no folder"),
        (["--rater", "machine"], "is a synthetic rater of this store"),
    ],
)
def test_wrong_options_are_named(tmp_path, capsys, more, said):
    store = asking(tmp_path / "labels.sqlite", ("a", "choice", ()))
    store.answer("1", label("a", "machine", is_human=False), (0, 1))
    assert main(["label", str(tmp_path / "labels.sqlite"), *more]) == 2
    assert said in capsys.readouterr().err


def test_stores_that_cannot_be_used_are_refused(tmp_path, capsys):
    assert main(["label", str(tmp_path / "gone.sqlite")]) == 2
    assert "gone.sqlite is not there" in capsys.readouterr().err and not (tmp_path / "gone.sqlite").exists()
    open_store(tmp_path / "empty.sqlite").ask([comparison("d", "demonstration")])
    assert main(["label", str(tmp_path / "empty.sqlite")]) == 2
    assert "holds no comparisons that can be shown" in capsys.readouterr().err
    (tmp_path / "text.sqlite").write_text("no database")
    assert main(["label", str(tmp_path / "text.sqlite")]) == 2
    assert "text.sqlite" in capsys.readouterr().err


@pytest.mark.parametrize("driver", ["offscreen", pygame.error("No available video device")])
def test_without_a_display_it_says_so(tmp_path, monkeypatch, capsys, driver):
    asking(tmp_path / "labels.sqlite", ("a", "choice", ()))
    monkeypatch.delenv("SDL_VIDEODRIVER")

    def found():
        if isinstance(driver, Exception):
            raise driver
        return driver

    monkeypatch.setattr(pygame.display, "get_driver", found)
    assert main(["label", str(tmp_path / "labels.sqlite")]) == 2
    said = capsys.readouterr().err
    assert "there is no display" in said and "--web" in said


def run_in_python(code: str, *args: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-u", "-c", code, *args], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


def test_the_window_loads_no_agents_and_no_torch():
    code = """if True:
        import sys
        import social_rl.viewer.labelling.window, social_rl.human_feedback.labelling.stored
        print(sorted({name.partition(".")[0] for name in sys.modules} & {"torch", "agents", "transformers"}))
    """
    said, _ = run_in_python(code).communicate(timeout=120)
    assert said == "[]\n"


ANSWERS = """if True:
    import sys, time
    from social_rl.commands.label import Label
    from social_rl.viewer.labelling import window
    from social_rl.viewer.labelling.commands import do
    from tests.social_rl.viewer.labelling.windows import AtOnce

    desk = window.desk_of(Label(sys.argv[1]))
    state = window.open_state(desk, "ann", print, AtOnce())
    for _ in range(2):
        do(state, "tick", state.now)
        do(state, "number", 0)
        do(state, "send")
        print(state.notice)
    do(state, "tick", state.now)
    do(state, "number", 0)
    time.sleep(600)
"""


def test_what_was_stored_survives_a_kill_and_the_next_window_goes_on_there(tmp_path):
    store = asking(tmp_path / "labels.sqlite", *((name, "choice", ()) for name in "abc"))
    process = run_in_python(ANSWERS, str(tmp_path / "labels.sqlite"))
    assert process.stdout is not None
    assert [process.stdout.readline() for _ in range(2)] == ["Stored.\n"] * 2
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert sorted(one.comparison for one in store.labels(human=True).values()) == ["a", "b"]
    desk = window.desk_of(window.Label(str(tmp_path / "labels.sqlite")))
    state = window.open_state(desk, "ann", lambda replay: None, AtOnce())
    assert (state.done, state.everything) == (2, 3) and state.question is not None
