"""Do pictures, words and films show what is there?"""

import subprocess
import sys

import numpy as np
import pytest

from worlds.objects import (
    COLOURS,
    DOOR_KIND,
    FIRST_FIXTURE,
    FIRST_ITEM,
    FLOOR,
    FLOORS,
    KIND,
    KINDS,
    LOCKED,
    OPEN,
    PLACE_KIND,
    ROOMS,
    SHUT,
    WALL,
    colours_of,
    look,
    place,
)
from worlds.render.brush import rgb
from worlds.render.describe import article, explain, item_words, place_words, scene
from worlds.render.draw import (
    NOBODY,
    Cell,
    Figure,
    agent_tile,
    draw_cell,
    draw_view,
    draw_world,
    extent,
    item_tile,
)
from worlds.render.sheet import sheet
from worlds.render.tiles import PALETTE
from worlds.render.video import write_video
from worlds.rules import space
from worlds.scenario import make_scenario
from worlds.simulator import Simulator
from worlds.state import (
    BLOCKED,
    FORWARD,
    LEFT,
    N_SENSES,
    PLACE_PLANE,
    SENSE_ACT,
    SENSE_CLAUSES_DONE,
    SENSE_HAND,
    SENSE_OUTCOME,
    SUCCEEDED,
    Sizes,
    State,
    empty_state,
)

PLACES = [*range(FLOOR + len(FLOORS)), WALL, *(b for b in range(256) if PLACE_KIND[b])]
LOOKS = [look(k, c) for k in range(FIRST_ITEM, FIRST_FIXTURE) for c in colours_of(k) or (0,)]

# As plain Python: compiling the rules takes longer than all these tests.
paint = getattr(space.paint, "py_func", space.paint)

HOUSE = """
#########
#kkk#bbb#
#kTkDbFb#
#kkk#bbb#
#########
"""


def house() -> State:
    """A kitchen with a brown table, a locked red door, a bedroom with a shut green cupboard, two agents."""
    state = empty_state(1, Sizes(side=12, agents=2, items=3, fixtures=3))
    fixtures = {
        "T": place(KIND["table"], 0, COLOURS.index("brown")),
        "D": place(DOOR_KIND, LOCKED, COLOURS.index("red")),
        "F": place(KIND["cupboard"], SHUT, COLOURS.index("green")),
    }
    rooms = {"k": ROOMS.index("kitchen") + 1, "T": 1, "b": ROOMS.index("bedroom") + 1, "F": 2}
    count = 0
    for row, line in enumerate(HOUSE.strip().splitlines()):
        for col, mark in enumerate(line):
            if mark == "#":
                continue
            floor = FLOOR + rooms.get(mark, 0)
            state.ground_at[0, row, col], state.room_at[0, row, col] = floor, rooms.get(mark, 0)
            paint(state, 0, PLACE_PLANE, row << 8 | col, fixtures.get(mark, floor))
            if mark in fixtures:
                state.fixture_cell[0, count], count = row << 8 | col, count + 1
    state.item_look[0] = look(KIND["cup"], 0), look(KIND["book"], 2), look(KIND["hat"], 3)
    state.item_at[0, 2, 2], state.item_at[0, 2, 6] = 1, 2
    state.agent_cell[0] = 3 << 8 | 1, 1 << 8 | 6
    state.item_cell[0] = 2 << 8 | 2, 2 << 8 | 6, -1 - 1  # the hat is carried by agent 1
    state.hand[0, 1], state.heading[0], state.name[0] = 3, (0, 2), (4, 1)
    return state


def tile_of(picture: np.ndarray, row: int, col: int, tile: int = 32) -> np.ndarray:
    return picture[row * tile : (row + 1) * tile, col * tile : (col + 1) * tile]


# ---- tiles -------------------------------------------------------------------------------------------------
def assert_all_differ(tiles: list[np.ndarray], by: float) -> None:
    """Any two tiles differ by this much on average, in levels of 0 to 255."""
    flat = np.stack(tiles).reshape(len(tiles), -1).astype(np.int16)
    for i, one in enumerate(flat[:-1]):
        gap = np.abs(flat[i + 1 :] - one).mean(1)
        assert gap.min() > by, (i, i + 1 + int(gap.argmin()), gap.min())


def test_every_place_looks_unlike_every_other() -> None:
    assert_all_differ([draw_cell(Cell(b), 32) for b in PLACES], by=0.5)


def test_every_item_looks_unlike_every_other_on_the_floor_and_on_furniture() -> None:
    for where in (FLOOR, place(KIND["table"], 0, COLOURS.index("brown"))):
        bare = draw_cell(Cell(where), 32)
        assert_all_differ([bare, *(draw_cell(Cell(where, item=b), 32) for b in LOOKS)], by=0.4)


def test_every_agent_looks_unlike_every_other_in_every_heading() -> None:
    figures = [Figure(name, heading) for name in range(NOBODY + 1) for heading in range(4)]
    assert_all_differ([draw_cell(Cell(FLOOR, figures=(f,)), 32) for f in figures], by=0.4)


def test_a_finished_agent_is_paler() -> None:
    at_work, done = (agent_tile(Figure(1, 0, 0, finished), 32) for finished in (False, True))
    assert done[..., :3][at_work[..., 3] > 0].mean() > at_work[..., :3][at_work[..., 3] > 0].mean() + 40
    assert (at_work[..., 3] == done[..., 3]).all()


def test_a_frozen_agent_is_in_a_block_of_ice() -> None:
    figures = [Figure(name, heading, 0, *how) for name in range(NOBODY + 1) for heading in range(4)
               for how in ((False, False), (True, False), (False, True))]  # fmt: skip
    for ground in (FLOOR, FLOOR + FLOORS.index("grass")):
        assert_all_differ([draw_cell(Cell(ground, figures=(f,)), 32) for f in figures], by=0.4)
    at_work, frozen = (agent_tile(Figure(1, 0, frozen=cold), 32) for cold in (False, True))
    assert (at_work[4:7, 4:7, 3] == 0).all() and (frozen[4:7, 4:7, 3] == 255).all(), "ice fills the corner"


def test_who_is_frozen_is_drawn_so_until_it_may_act() -> None:
    state = house()
    awake = draw_world(state, 0)
    state.frozen[0, 1] = 3
    asleep = draw_world(state, 0)
    changed = {(r, c) for r, c in np.ndindex(6, 10) if (tile_of(awake, r, c) != tile_of(asleep, r, c)).any()}
    assert changed == {(1, 6)}
    state.finished[0, 1] = SUCCEEDED
    done = draw_world(state, 0)
    state.frozen[0, 1] = 0
    assert (draw_world(state, 0) == done).all(), "who has finished waits for nothing"


@pytest.mark.parametrize("tile", [*range(1, 25), 32, 47, 64])
def test_everything_is_drawn_in_any_size(tile: int) -> None:
    """Pillow divides by zero, and the process with it, where a line is rounded to nothing."""
    crowd = tuple(Figure(i, i, LOOKS[i], finished=i == 1, frozen=i == 2) for i in range(4))
    some = slice(None, None, 1 if tile < 12 else 9)
    table = place(KIND["table"], 0, 0)
    things = [Cell(below, FLOOR, item) for item in LOOKS[some] for below in (FLOOR, table)]
    for cell in (*map(Cell, PLACES[some]), *things, Cell(FLOOR, lit=True, figures=crowd)):
        assert draw_cell(cell, tile).shape == (tile, tile, 3)
    draw_cell.cache_clear()


@pytest.mark.parametrize("tile", [0, -1, 257, 8.0, True, "8"])
def test_a_size_that_is_none_is_refused(tile) -> None:
    with pytest.raises(ValueError, match=r"tile is .*, allowed are"):
        draw_world(house(), 0, tile)
    with pytest.raises(ValueError, match=r"tile is .*, allowed are"):
        draw_view(np.zeros((3, 5, 5), np.uint8), tile)


@pytest.mark.parametrize("tile", [8, 17, 32, 64])
def test_tiles_come_in_any_size(tile: int) -> None:
    for byte in (WALL, place(KIND["lamp"], 1, 0)):
        assert draw_cell(Cell(byte, FLOOR, 0, lit=True, figures=(Figure(0, 1),)), tile).shape == (
            tile,
            tile,
            3,
        )
    assert item_tile(LOOKS[0], tile).shape == (tile, tile, 4)


# Machado, Oliveira and Fernandes (2009), severity 1, for linear RGB.
SIGHT = {
    "common": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
}


def lab(linear: np.ndarray) -> np.ndarray:
    """CIELAB under D65 of linear RGB."""
    to_xyz = np.array([[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]])
    x = np.clip(linear, 0, 1) @ to_xyz.T / (0.9505, 1, 1.0888)
    f = np.where(x > 0.008856, np.cbrt(x), 7.787 * x + 16 / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], -1)


@pytest.mark.parametrize("sight", SIGHT)
def test_colours_are_told_apart_by_everybody(sight: str) -> None:
    share = np.array([rgb(PALETTE[c]) for c in COLOURS]) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    seen = lab(linear @ np.array(SIGHT[sight]).T)
    apart = np.linalg.norm(seen[:, None] - seen[None], axis=-1)[np.triu_indices(len(COLOURS), 1)]
    assert apart.min() >= 25


# ---- worlds ------------------------------------------------------------------------------------------------
def test_a_world_is_cropped_to_its_house_and_left_unchanged() -> None:
    state = house()
    before = [field.copy() for field in state]
    picture = draw_world(state, 0)
    assert extent(state, 0) == (5, 9)
    assert picture.shape == (5 * 32, 9 * 32, 3) and picture.dtype == np.uint8
    assert all((a == b).all() for a, b in zip(before, state, strict=True))
    assert (picture == draw_world(state, 0)).all()


def test_a_world_shows_what_stands_lies_and_walks_where() -> None:
    state = house()
    picture = draw_world(state, 0)
    table, kitchen = place(KIND["table"], 0, 5), FLOOR + 1
    assert (tile_of(picture, 2, 2) == draw_cell(Cell(table, kitchen, int(state.item_look[0, 0])), 32)).all()
    bob = Figure(1, 2, int(state.item_look[0, 2]))
    assert (tile_of(picture, 1, 6) == draw_cell(Cell(FLOOR + 2, FLOOR + 2, figures=(bob,)), 32)).all()


def test_what_is_shut_away_is_not_shown() -> None:
    state = house()
    shut = tile_of(draw_world(state, 0), 2, 6)
    state.item_at[0, 2, 6] = 0
    assert (shut == tile_of(draw_world(state, 0), 2, 6)).all()


def test_two_agents_in_one_cell_are_both_shown() -> None:
    state = house()
    state.agent_cell[0] = 3 << 8 | 1
    crowd = tile_of(draw_world(state, 0), 3, 1)
    state.agent_cell[0, 0] = -1000
    assert (crowd != tile_of(draw_world(state, 0), 3, 1)).any()


def test_an_open_door_is_drawn_along_its_wall() -> None:
    state = house()
    door = place(DOOR_KIND, OPEN, COLOURS.index("red"))
    paint(state, 0, PLACE_PLANE, 2 << 8 | 4, door)  # walls above and below: one passes from left to right
    assert (tile_of(draw_world(state, 0), 2, 4) == draw_cell(Cell(door, sideways=True), 32)).all()
    assert (draw_cell(Cell(door, sideways=True), 32) != draw_cell(Cell(door), 32)).any()


def test_highlighted_cells_are_lighter_and_others_the_same() -> None:
    state = house()
    seen = np.zeros((12, 12), bool)
    seen[2, 1] = True
    plain, lit = draw_world(state, 0).astype(int), draw_world(state, 0, highlight=seen).astype(int)
    assert tile_of(lit, 2, 1).mean() > tile_of(plain, 2, 1).mean()
    lit[2 * 32 : 3 * 32, 32 : 2 * 32] = tile_of(plain, 2, 1)
    assert (lit == plain).all()


def view() -> np.ndarray:
    """Ann on a kitchen floor; a red cup on a brown table 2 ahead, 1 left; Bob with an orange to her right."""
    seen = np.zeros((3, 5, 5), np.uint8)
    seen[0, :4] = FLOOR + 1
    seen[:, 0, 2] = FLOOR + 1, 0, 0x40
    seen[:, 2, 1] = place(KIND["table"], 0, COLOURS.index("brown")), look(KIND["cup"], 0), 0
    seen[:, 0, 3] = FLOOR + 1, look(KIND["orange"], 0), 0x40 | 4 | 2
    return seen


def test_a_view_has_its_viewer_below_looking_up() -> None:
    picture = draw_view(view())
    viewer = Cell(FLOOR + 1, figures=(Figure(0, 0),))
    table = Cell(place(KIND["table"], 0, COLOURS.index("brown")), item=look(KIND["cup"], 0))
    assert (tile_of(picture, 4, 2) == draw_cell(viewer)).all()
    assert (tile_of(picture, 2, 1) == draw_cell(table)).all()
    assert tile_of(picture, 0, 0).mean() < 60


def test_the_sheet_shows_every_kind() -> None:
    picture = sheet(16)
    assert picture.ndim == 3 and len(np.unique(picture.reshape(-1, 3), axis=0)) > 500


# ---- words -------------------------------------------------------------------------------------------------
def test_an_observation_is_explained() -> None:
    own = np.zeros(N_SENSES, np.uint8)
    own[SENSE_HAND], own[SENSE_ACT], own[SENSE_OUTCOME] = look(KIND["apple"], 1), FORWARD, BLOCKED
    own[SENSE_CLAUSES_DONE] = 0b101
    words = explain(view(), own, ["Ann", "Bob"])
    assert "You stand on a kitchen floor, facing north." in words
    assert "You hold a green apple." in words
    assert "Your last act: forward; the way is blocked." in words
    assert "part 1 and 3 is done" in words
    assert "2 ahead, 1 left: a red cup on a brown table." in words
    assert "1 right: Bob on a kitchen floor, facing your way back, carrying an orange." in words
    assert "1 ahead: a kitchen floor." in words
    assert "unseen 5" in words


def test_every_kind_has_its_own_words() -> None:
    words = [place_words(b) for b in PLACES] + [item_words(b) for b in LOOKS]
    assert len(set(words)) == len(words)
    for name in KINDS[FIRST_ITEM : DOOR_KIND + 1]:
        assert any(name in w.split() for w in words), name


def test_every_kind_is_named_in_an_explanation() -> None:
    for byte in PLACES[1:]:
        seen = view()
        seen[:, 1, 2] = byte, 0, 0
        words = explain(seen, np.zeros(N_SENSES, np.uint8), ["Ann", "Bob"])
        assert f"1 ahead: {article(place_words(byte))}." in words


def test_a_scene_is_told_with_and_without_what_is_hidden() -> None:
    state = house()
    assert scene(state, 0) == [
        "The kitchen has a brown table.",
        "The bedroom has a shut green cupboard.",
        "A locked red door joins the kitchen and the bedroom.",
        "A red cup is on the brown table in the kitchen.",
        "A blue book is in the shut green cupboard in the bedroom.",
        "Eve is in the kitchen, facing north.",
        "Bob is in the bedroom, facing south, carrying a yellow hat.",
    ]
    state.finished[0, 0] = SUCCEEDED
    told = scene(state, 0, a=0)
    assert not any("book" in fact for fact in told)
    assert "You are in the kitchen, facing north, done." in told


# ---- films -------------------------------------------------------------------------------------------------
def clip(length: int = 5) -> list[np.ndarray]:
    """A dot walks to the right through 31 x 33 pixels, which are odd on purpose."""
    frames = np.full((length, 31, 33, 3), 240, np.uint8)
    for t in range(length):
        frames[t, 10:20, 5 * t : 5 * t + 8] = (220, 68, 52)
    return list(frames)


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_a_picture_film_is_read_back(tmp_path, suffix: str) -> None:
    from PIL import Image

    path = write_video(tmp_path / "new folder" / f"walk{suffix}", iter(clip()), fps=5)
    with Image.open(path) as film:
        assert film.n_frames == 5
        for t, frame in enumerate(clip()):
            film.seek(t)
            assert np.abs(np.asarray(film.convert("RGB")).astype(int) - frame).max() < 8
            assert film.info["duration"] == 200  # 1000 ms / 5
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_an_mp4_is_read_back_with_even_sides(tmp_path) -> None:
    import av

    path = write_video(tmp_path / "walk.mp4", clip(), fps=5)
    with av.open(str(path)) as film:
        frames = [f.to_ndarray(format="rgb24") for f in film.decode(video=0)]
        assert film.streams.video[0].average_rate == 5
    assert len(frames) == 5 and frames[0].shape == (32, 34, 3)


@pytest.mark.parametrize(
    ("name", "frames", "fps", "message"),
    [
        ("walk.avi", clip(), 8, r"walk\.avi.*\.gif, \.mp4, \.webp.*'\.avi'"),
        ("walk.gif", [], 8, r"walk\.gif.*at least one frame"),
        ("walk.gif", clip(), 0, r"walk\.gif.*fps is 0"),
        ("walk.mp4", [clip()[0], clip()[0][1:]], 8, r"walk\.mp4: frame 1 is uint8\[30, 33, 3\]"),
    ],
)
def test_a_wrong_film_is_refused_and_leaves_no_file(tmp_path, name, frames, fps, message) -> None:
    with pytest.raises(ValueError, match=message):
        write_video(tmp_path / name, frames, fps)
    assert not list(tmp_path.iterdir())


def test_importing_worlds_loads_neither_pillow_nor_a_window() -> None:
    names = "draw, describe, video, tiles, sheet"
    code = (
        f"import sys; from worlds.render import {names}; print({{'PIL', 'pygame', 'av'}} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"


def test_a_cell_out_of_the_way_is_drawn_only_while_somebody_in_its_episode_stands_there():
    sim = Simulator(make_scenario("whom_to_trust", neighbours=("expert",)), 1, levels=1)
    state = sim.state
    side = state.item_at.shape[1]
    assert extent(state, 0)[1] == 9, "the room with its walls, and not the cell far to the right"
    state.agent_cell[0, 1] = 1 << 8 | side - 2
    assert extent(state, 0)[1] == side
    state.finished[0, 1] = LEFT
    assert extent(state, 0)[1] == 9
