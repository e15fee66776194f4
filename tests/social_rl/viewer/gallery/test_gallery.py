"""Does the gallery show scores, ancestors and changes, and open any level? By commands, and by posted events."""

import os

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import json
from pathlib import Path

import pygame
import pytest

from social_rl.cli import main
from social_rl.viewer import visits
from social_rl.viewer.gallery import keys
from social_rl.viewer.gallery.commands import COMMANDS, do
from social_rl.viewer.gallery.events import above
from social_rl.viewer.gallery.model import (
    GalleryState,
    changed_cells,
    draft_in,
    open_gallery,
    ordered,
    score_of,
)
from social_rl.viewer.gallery.picture import paint, render
from worlds.scenario import make_scenario

MAZE = """level 1 · 40 steps

#######
#A....#
#..#..#
#....G#
#######

legend
  A Ann facing east
  G goal

instructions
  Ann: go to the goal
"""


def record(
    name: str, level: str, *scores: float, parent: str = "", edit: str = "", solved: float = 0.5
) -> dict:
    return {
        "id": name, "level": level, "kind": "house", "format": 1, "parent": parent, "edit": edit,
        "born": len(scores), "visits": [[n, score, solved] for n, score in enumerate(scores)],
        "replays": len(scores) - 1, "solved": solved, "solvable": True, "optimum": 0.8,
        "numbers": {"acts": 9.0},
    }  # fmt: skip


RECORDS = [
    record("aaaa", MAZE, 0.1, 0.2),
    record("bbbb", MAZE.replace("#....G#", "#.#..G#"), 0.7, 0.9, 0.8, parent="aaaa", edit="wall at 3 2"),
    record("cccc", MAZE.replace("#A....#", "#A.#..#"), 0.4, parent="aaaa", edit="wall at 1 3", solved=1.0),
]


@pytest.fixture
def path(tmp_path) -> Path:
    file = tmp_path / "grown" / "curriculum.jsonl"
    file.parent.mkdir()
    file.write_text("".join(json.dumps(line) + "\n" for line in RECORDS), encoding="utf-8")
    return file


@pytest.fixture
def state(path) -> GalleryState:
    return open_gallery(path, make_scenario("house", agents=1))


def press(key: int, character: str = "") -> None:
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key, unicode=character, mod=0))
    pygame.event.post(pygame.event.Event(pygame.KEYUP, key=key, mod=0))


def test_the_highest_score_comes_first(state):
    assert score_of(state.chosen) == 0.8 and state.chosen["id"] == "bbbb"
    assert [RECORDS[n]["id"] for n in ordered(RECORDS, "oldest")] == ["cccc", "aaaa", "bbbb"]


@pytest.mark.parametrize(
    ("order", "ids"),
    [("score", "bca"), ("replays", "bac"), ("hardest", "abc"), ("newest", "bac"), ("oldest", "cab")],
)
def test_orders(state, order, ids):
    shown = do(state, "order", order).shown
    assert "".join(RECORDS[n]["id"][0] for n in shown) == ids


def test_one_goes_to_the_parent_and_to_its_best_child(state):
    state = do(state, "to parent")
    assert state.chosen["id"] == "aaaa"
    assert do(state, "to parent").notice == "This level was drawn."
    assert do(state, "to child").chosen["id"] == "bbbb"


def test_what_was_changed_is_marked(state):
    mine, parents = draft_in(RECORDS[1]), draft_in(RECORDS[0])
    assert mine is not None and parents is not None
    assert changed_cells(mine, parents) == ((3, 2),)
    assert changed_cells(mine, mine) == ()


def test_a_level_of_the_gallery_is_played_and_painted(state):
    viewer = above(do(state, "play"))
    editor = above(do(state, "edit"))
    assert viewer.origin == "the gallery"
    assert editor.draft == draft_in(RECORDS[1])


def test_keys_look_play_paint_and_come_back(state, screen):
    press(pygame.K_RIGHT)  # level cccc
    press(pygame.K_e, "e")
    press(pygame.K_w, "w")  # in the editor
    press(pygame.K_q, "q")
    press(pygame.K_RETURN)
    press(pygame.K_PERIOD, ".")  # in the window
    press(pygame.K_q, "q")
    press(pygame.K_p, "p")
    press(pygame.K_q, "q")
    done = visits.visit(state)
    assert done.chosen["id"] == "aaaa" and not done.is_open and not done.quits


def test_every_key_and_every_area_is_a_command(state):
    assert {row.command for row in keys.KEYS} <= {*COMMANDS}
    assert {area.command for area in paint(state).areas} <= {*COMMANDS}
    with pytest.raises(ValueError, match="no order is called 'size'"):
        do(state, "order", "size")


@pytest.mark.parametrize("size", [(1024, 640), (1280, 800), (2560, 1440)])
def test_nothing_lies_outside_the_picture(state, size):
    whole = pygame.Rect(0, 0, *size)
    assert [area for area in paint(state, size).areas if not whole.contains(area.rect)] == []
    assert (render(state, size) == render(state, size)).all()


def test_the_command_saves_a_picture_and_says_what_is_missing(path, tmp_path, capsys):
    file = tmp_path / "gallery.png"
    assert main(["browse", str(path), "--screenshot", str(file)]) == 0
    assert file.exists()
    assert main(["browse", str(tmp_path)]) == 2
    assert "has no curriculum.jsonl: it is no run of design" in capsys.readouterr().err
