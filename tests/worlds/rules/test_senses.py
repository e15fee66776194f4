"""Do agents see what is there? The fast views equal the plain ones, and both MiniGrid's rule written down again."""

import numba
import numpy as np
import pytest

from tests.houses import act, assert_sound, house, play, scenario_of, shown_at
from worlds.compiler.compile import COMPILED
from worlds.levels.level import (
    FIXTURE_KINDS,
    GROUND_BYTE,
    GROUNDS,
    ITEM_KINDS,
    STATES,
    AgentStart,
    Fixture,
    Item,
    Level,
    place_of,
)
from worlds.objects import (
    AGENT_MARK,
    COLOURS,
    HEADINGS,
    HOLDS_NOTHING,
    KIND,
    NAMES,
    OPAQUE,
    PLACE_HIDES,
    PLACE_HOLDS,
    WALL,
    colours_of,
    look,
)
from worlds.rules.senses import view_plain
from worlds.simulator import DISABLED, Simulator
from worlds.state import ACTS, N_SENSES

AHEAD = {"north": (-1, 0), "east": (0, 1), "south": (1, 0), "west": (0, -1)}
SIDES = (1, 2, 5, 7, 15, 16, 17, 33, 64)


# ---- MiniGrid's rule, written down again ---------------------------------------------------------------
def seen(level: Level, viewer: int, width: int, occluded: bool) -> np.ndarray:
    """The view uint8[3, width, width] of an agent at the start of a level, from the level alone."""
    places = {(r, c): GROUND_BYTE[s] for r, row in enumerate(level.ground) for c, s in enumerate(row)}
    places |= {(f.row, f.col): place_of(f) for f in level.fixtures}
    hidden = {cell for cell, byte in places.items() if PLACE_HIDES[byte]}
    looks = [look(KIND[i.kind], COLOURS.index(i.colour) if i.colour else 0) for i in level.items]
    pairs = [*zip(level.items, looks, strict=True)]
    items = {(i.row, i.col): byte for i, byte in pairs if i.holder < 0 and (i.row, i.col) not in hidden}
    held = {i.holder: byte for i, byte in pairs if i.holder >= 0}
    me = level.agents[viewer]
    (ahead_r, ahead_c), facing = AHEAD[me.heading], HEADINGS.index(me.heading)
    right_r, right_c = ahead_c, -ahead_r
    agents = {}
    for number, agent in enumerate(level.agents):
        turned = (HEADINGS.index(agent.heading) - facing) % 4
        agents[agent.row, agent.col] = AGENT_MARK + 4 * number + turned
        items[agent.row, agent.col] = held.get(number, 0)
    view = np.zeros((3, width, width), np.uint8)
    for forward in range(width):
        for side in range(width):
            across = side - width // 2
            cell = (
                me.row + forward * ahead_r + across * right_r,
                me.col + forward * ahead_c + across * right_c,
            )
            view[:, forward, side] = places.get(cell, WALL), items.get(cell, 0), agents.get(cell, 0)
    return view * lit(view[0] < OPAQUE) if occluded else view


def lit(clear: np.ndarray) -> np.ndarray:
    """MiniGrid's process_vis (minigrid/core/grid.py); row 0 is the agent's, it stands in the middle."""
    width = len(clear)
    mask = np.zeros((width, width), np.uint8)
    mask[0, width // 2] = 1
    for row in range(width):
        for columns, step in ((range(width - 1), 1), (range(width - 1, 0, -1), -1)):
            for col in columns:
                if mask[row, col] and clear[row, col]:
                    mask[row, col + step] = 1
                    if row + 1 < width:
                        mask[row + 1, col + step] = mask[row + 1, col] = 1
    return mask


def random_level(rng: np.random.Generator, side: int, agents: int) -> Level:
    """Rooms full of everything: walls, doors in all states, furniture, items, people with and without burdens."""
    ground = rng.choice(list("####" + 10 * "." + "".join(GROUNDS)[2:]), (side, side))
    cells = [(int(i) // side, int(i) % side) for i in rng.permutation(side * side)[:200]]
    starts = []
    for a in range(agents):
        row, col = cells.pop()
        ground[row, col] = "k"
        starts.append(AgentStart(NAMES[a], row, col, str(rng.choice(HEADINGS))))
    free = [cell for cell in cells if ground[cell] != "#"]
    fixtures, items = [], []
    for row, col in free[:60]:
        kind = str(rng.choice([*FIXTURE_KINDS, *["door"] * 12]))
        state = str(rng.choice(STATES[kind]))
        fixtures.append(Fixture(kind, random_colour(rng, kind), state, row, col))
    bare = {(f.row, f.col) for f in fixtures if PLACE_HOLDS[place_of(f)] == HOLDS_NOTHING}
    for cell in [cell for cell in free if cell not in bare and rng.random() < 0.5][:40]:
        kind = str(rng.choice(ITEM_KINDS))
        items.append(Item(kind, random_colour(rng, kind), *cell))
    for a in range(0, agents, 2):
        kind = str(rng.choice(ITEM_KINDS))
        items.append(Item(kind, random_colour(rng, kind), holder=a))
    return Level(tuple("".join(row) for row in ground), tuple(starts), tuple(fixtures), tuple(items))


def random_colour(rng: np.random.Generator, kind: str) -> str:
    colours = colours_of(KIND[kind])
    return COLOURS[int(rng.choice(colours))] if colours else ""


def worlds_of(side: int, width: int, occluded: bool, count: int = 6) -> tuple[Simulator, list[Level]]:
    """One world for each of some random levels."""
    rng = np.random.default_rng(side * 100 + width)
    levels = [random_level(rng, side, 1 if side == 1 else 3) for _ in range(count)]
    sim = Simulator(
        scenario_of(levels, view=width, occluded=occluded), count, levels=count, autoreset=DISABLED
    )
    for w in range(count):
        chosen = np.zeros(count, np.bool_)
        chosen[w] = True
        sim.reset(chosen=chosen, level=w)
    return sim, levels


@pytest.mark.parametrize("occluded", [True, False])
@pytest.mark.parametrize("width", [5, 7, 9, 11])
def test_views_are_what_minigrids_rule_says(width, occluded):
    for side in SIDES:
        sim, levels = worlds_of(side, width, occluded)
        assert_sound(sim)
        for w, level in enumerate(levels):
            for a in range(sim.agents):
                expected = seen(level, a, width, occluded)
                assert np.array_equal(sim.observation.view[w, a], expected), (
                    f"side {side}, world {w}, agent {a}"
                )


@pytest.mark.parametrize("width", [5, 7])
def test_views_from_every_cell_and_heading(width):
    """Corners and edges too: a house of 5 x 5 with one agent in each of its cells, all headings."""
    levels = [
        Level(("..#..", ".....", "#.,.#", "...%.", "....."), (AgentStart("Ann", row, col, heading),))
        for heading in HEADINGS
        for row in range(5)
        for col in range(5)
        if (row, col) not in {(0, 2), (2, 0), (2, 4)}
    ]
    sim = Simulator(scenario_of(levels, view=width), 1, levels=1, autoreset=DISABLED)
    for row, level in enumerate(levels):
        assert np.array_equal(sim.reset(level=row).view[0, 0], seen(level, 0, width, True)), level


@pytest.mark.skipif(not COMPILED, reason="the fast views have no uncompiled form")
@pytest.mark.parametrize("occluded", [True, False])
@pytest.mark.parametrize("width", [5, 7])
def test_fast_views_equal_plain_ones_in_play(width, occluded):
    @numba.njit
    def plain_views(state, out):
        for w in range(state.agent_cell.shape[0]):
            for a in range(state.agent_cell.shape[1]):
                view_plain(state, w, a, out, (w * state.agent_cell.shape[1] + a) * 3 * width * width, width)

    rng = np.random.default_rng(width)
    for side in SIDES:
        sim, _ = worlds_of(side, width, occluded, 20)
        plain = np.full(sim.state.obs_view.shape, 255, np.uint8)
        for step in range(60):
            sim.step(rng.choice([3, 3, *range(len(ACTS))], (20, sim.agents)))
            plain_views(sim.handle, plain.reshape(-1))
            assert np.array_equal(plain, sim.observation.view), f"side {side}, step {step}"
        assert_sound(sim)


def test_houses_without_items_show_none():
    sim = house("A.B\n\nA Ann facing east\nB Bob facing west", rules={"view": 7})
    sim.state.obs_view[:] = 255
    act(sim, ann="turn left", bob="turn left")
    assert not sim.observation.view[:, :, 1].any()


# ---- what a view shows ---------------------------------------------------------------------------------
def test_a_shut_door_hides_and_an_open_one_shows():
    sim = house("""
        ###
        ABc
        ###

        A Ann facing east
        B shut blue door
        c red cup
    """)
    assert sim.observation.view[0, 0, :, 2, 2].tolist() == [0, 0, 0]
    play(sim, ann="use")
    assert sim.observation.view[0, 0, :, 2, 2].tolist() == [shown_at(sim, 1, 2)[0], look(KIND["cup"], 0), 0]


def test_people_do_not_hide_what_is_behind_them():
    sim = house("ABc\n\nA Ann facing east\nB Bob facing east\nc red cup")
    assert sim.observation.view[0, 0, 1, 2, 2] == look(KIND["cup"], 0)


def test_headings_are_seen_from_the_viewer():
    """Bob faces north: Ann facing east sees him look to her left (3), facing south looking at her back (2)..."""
    for heading, expected in (("north", 0), ("east", 3), ("south", 2), ("west", 1)):
        sim = house(f"...\n.A.\n...\n\nA Ann facing {heading}")
        row, col = 1 + AHEAD[heading][0], 1 + AHEAD[heading][1]
        rows = [list("..."), list(".A."), list("...")]
        rows[row][col] = "B"
        text = "\n".join("".join(line) for line in rows)
        sim = house(f"{text}\n\nA Ann facing {heading}\nB Bob facing north")
        assert sim.observation.view[0, 0, 2, 1, 2] == AGENT_MARK + 4 + expected
        assert sim.observation.view[0, 0, 2, 0, 2] == AGENT_MARK, "oneself looks ahead"


def test_burdens_are_seen_on_who_carries_them():
    sim = house("AB\n\nA Ann facing east\nB Bob facing west holding red key")
    assert sim.observation.view[0, 0, 1, 1, 2] == look(KIND["key"], 0)
    assert sim.observation.own[0, 1, 0] == look(KIND["key"], 0)
    play(sim, bob="put down")
    assert sim.observation.view[0, 0, 1, 1, 2] == 0
    assert sim.observation.view[0, 0, 1, 0, 2] == look(KIND["key"], 0), "now it is in one's own hand"


def test_what_is_shut_away_is_not_seen():
    sim = house("A1\n\nA Ann facing east\n1 red cup in shut fridge")
    assert sim.observation.view[0, 0, 1, 1, 2] == 0
    play(sim, ann="use")
    assert sim.observation.view[0, 0, 1, 1, 2] == look(KIND["cup"], 0)


def test_one_senses_oneself():
    sim = house("cA\n\nc red cup\nA Ann facing west", ann="pick up the red cup, then put down the red cup")
    assert sim.observation.own[0, 0].tolist() == [0, 3, 0, 0, 0, 0, 0, 0]
    play(sim, ann="pick up")
    assert sim.observation.own[0, 0].tolist() == [look(KIND["cup"], 0), 3, 0, 4, 1, 1, 0, 0]
    act(sim, ann="pick up")
    assert sim.observation.own[0, 0].tolist() == [look(KIND["cup"], 0), 3, 3, 4, 1, 1, 0, 0]
    assert sim.observation.own.shape == (1, 1, N_SENSES)


# ---- hearing -------------------------------------------------------------------------------------------
def test_messages_are_heard_within_earshot_at_the_next_observation():
    sim = house(
        "A..BC\n\nA Ann facing east\nB Bob facing west\nC Cleo facing west",
        rules={"message_tokens": 2, "earshot": 3},
    )
    silence = np.zeros((3, 3, 2), np.uint8)
    assert np.array_equal(sim.observation.heard[0], silence)
    message = np.array([[[7, 8], [0, 9], [0, 0]]], np.uint8)
    sim.step(np.zeros((1, 3), np.int64), message)
    expected = silence.copy()
    expected[1, 0] = 7, 8  # Bob hears Ann, three cells away; Cleo, four away, does not
    expected[0, 1] = expected[2, 1] = 0, 9
    assert np.array_equal(sim.observation.heard[0], expected)
    sim.step(np.zeros((1, 3), np.int64))
    assert np.array_equal(sim.observation.heard[0], silence), "words fade"


def test_what_is_written_to_be_said_is_said_once():
    """By whoever plays, straight into the state; and by `say`, which leaves what others say as it is."""
    sim = house("AB\n\nA Ann facing east\nB Bob facing west", rules={"message_tokens": 1})
    sim.state.message[0, 0] = 5
    sim.say(0, 1, (6,))
    saved = sim.save()
    for _ in range(2):
        sim.step(np.zeros((1, 2), np.int64))
        assert sim.observation.heard[0, :, :, 0].tolist() == [[0, 6], [5, 0]]
        sim.step(np.zeros((1, 2), np.int64))
        assert not sim.observation.heard.any()
        sim.restore(saved)  # what waits to be said waits again


def test_earshot_counts_from_where_one_stands_when_one_hears():
    sim = house("A...B\n\nA Ann facing east\nB Bob facing west", rules={"message_tokens": 1, "earshot": 3})
    message = np.array([[[5], [0]]], np.uint8)
    sim.step(np.array([[3, 0]]), message)
    assert sim.observation.heard[0, 1, 0, 0] == 5


def test_who_has_finished_is_silent():
    sim = house("AB\n\nA Ann facing east\nB Bob facing west", ann="meet Bob", rules={"message_tokens": 1})
    message = np.array([[[5], [0]]], np.uint8)
    sim.step(np.array([[7, 0]]), message)
    assert sim.observation.heard[0, 1, 0, 0] == 5, "the last words"
    sim.step(np.array([[0, 0]]), message)
    assert not sim.observation.heard.any()
