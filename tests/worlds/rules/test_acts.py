"""Do acts do what they say, fairly? Every act, every outcome, contests, chains, and long play in a crowd."""

import itertools

import numpy as np
import pytest

from tests.houses import CROWD, act, assert_sound, drawn, house, picture, play, shown_at
from worlds.compiler.compile import COMPILED
from worlds.objects import KIND, NAMES, PLACE_WALKABLE, look
from worlds.state import (
    ACTIVE,
    ACTS,
    BLOCKED,
    CONTEST_LOST,
    FORWARD,
    HAND_EMPTY,
    HAND_FULL,
    OK,
    OUTCOMES,
    PUT,
    RESTING,
    TAKE,
    WAIT,
)

DONE_AS_ASKED = "done as asked"
MANY = 10_000 if COMPILED else 50


# ---- turning, walking ----------------------------------------------------------------------------------
def test_turning_goes_clockwise_to_the_right():
    sim = house(".A.\n\nA Ann facing north")
    for heading in ("east", "south", "west", "north"):
        assert act(sim, ann="turn right") == {"ann": DONE_AS_ASKED}
        assert f"Ann facing {heading}" in picture(sim)
    for heading in ("west", "south", "east", "north"):
        act(sim, ann="turn left")
        assert f"Ann facing {heading}" in picture(sim)
    assert_sound(sim)


@pytest.mark.parametrize(
    "heading, row, col", [("north", 0, 1), ("east", 1, 2), ("south", 2, 1), ("west", 1, 0)]
)
def test_forward_is_where_one_looks(heading, row, col):
    sim = house(f"...\n.A.\n...\n\nA Ann facing {heading}")
    act(sim, ann="forward")
    assert divmod(int(sim.state.agent_cell[0, 0]), 256) == (row, col)
    assert_sound(sim)


@pytest.mark.parametrize("heading", ["north", "east", "south", "west"])
def test_the_edge_stops_every_act(heading):
    sim = house(f"A\n\nA Ann facing {heading} holding red cup")
    assert act(sim, ann="forward") == {"ann": "the way is blocked"}
    assert act(sim, ann="put down") == {"ann": "nothing can be put there"}
    assert act(sim, ann="use") == {"ann": "that cannot be used"}
    empty = house(f"A\n\nA Ann facing {heading}")
    assert act(empty, ann="pick up") == {"ann": "nothing there to pick up"}
    assert act(empty, ann="put down") == {"ann": "your hand is empty"}
    assert_sound(sim)


WAYS = [
    ("red cup", False),
    ("brown table", False),
    ("shut blue door", False),
    ("locked blue door", False),
    ("shut fridge", False),
    ("open fridge", False),
    ("switched-on stove", False),
    ("red cup on red rug", False),
    ("open blue door", True),
    ("red rug", True),
    ("goal", True),
    ("kitchen floor", True),
    ("ripe bush", True),
]


@pytest.mark.parametrize("thing, can_walk", WAYS)
def test_what_one_can_walk_onto(thing, can_walk):
    sim = house(f"A1\n\nA Ann facing east\n1 {thing}")
    assert act(sim, ann="forward") == {"ann": DONE_AS_ASKED if can_walk else "the way is blocked"}
    assert_sound(sim)
    if can_walk:
        play(sim, ann="turn right, turn right, forward")
        assert picture(sim) == drawn(f"A1\n\nA Ann facing west\n1 {thing}"), (
            "it shows again once one has left"
        )


def test_waiting_and_done_without_a_goal_change_nothing():
    sim = house("A.\n\nA Ann facing east")
    before = picture(sim)
    assert act(sim, ann="wait") == act(sim, ann="done") == {"ann": DONE_AS_ASKED}
    assert picture(sim) == before
    assert not sim.state.terminated.any()


# ---- picking up, putting down ----------------------------------------------------------------------------
def test_a_cup_is_carried_from_table_to_box():
    sim = house("""
        1A2

        A Ann facing west
        1 red cup on brown table
        2 blue box
    """)
    assert act(sim, ann="pick up") == {"ann": DONE_AS_ASKED}
    assert picture(sim) == drawn("1A2\n\n1 brown table\nA Ann facing west holding red cup\n2 blue box")
    assert act(sim, ann="pick up") == {"ann": "your hand is full"}
    play(sim, ann="turn left, turn left, put down")
    assert picture(sim) == drawn("1A2\n\n1 brown table\nA Ann facing east\n2 red cup in blue box")
    assert act(sim, ann="put down") == {"ann": "your hand is empty"}
    assert_sound(sim)


@pytest.mark.parametrize(
    "thing", ["brown table", "open fridge", "shut fridge", "open blue door", "kitchen floor"]
)
def test_what_is_not_an_item_is_not_picked_up(thing):
    sim = house(f"A1\n\nA Ann facing east\n1 {thing}")
    assert act(sim, ann="pick up") == {"ann": "nothing there to pick up"}


PLACES = [
    ("kitchen floor", DONE_AS_ASKED),
    ("grass", DONE_AS_ASKED),
    ("brown table", DONE_AS_ASKED),
    ("red rug", DONE_AS_ASKED),
    ("blue box", DONE_AS_ASKED),
    ("open fridge", DONE_AS_ASKED),
    ("shut fridge", "it is shut away"),
    ("open blue door", "nothing can be put there"),
    ("shut blue door", "nothing can be put there"),
    ("locked blue door", "nothing can be put there"),
    ("goal", "nothing can be put there"),
    ("switched-off sink", "nothing can be put there"),
    ("red ball", "that place is taken"),
    ("red ball on brown table", "that place is taken"),
    ("red ball in open fridge", "that place is taken"),
    ("red ball in shut fridge", "it is shut away"),
]


@pytest.mark.parametrize("thing, outcome", PLACES)
def test_where_an_item_may_be_put(thing, outcome):
    text = f"A1\n\nA Ann facing east holding red cup\n1 {thing}"
    sim = house(text)
    assert act(sim, ann="put down") == {"ann": outcome}
    assert_sound(sim)
    if outcome != DONE_AS_ASKED:
        assert picture(sim) == drawn(text), "an act that fails changes nothing"
    else:
        assert act(sim, ann="pick up") == {"ann": DONE_AS_ASKED}
        assert picture(sim) == drawn(text)


def test_a_wall_takes_nothing():
    sim = house("A#\n\nA Ann facing east holding red cup")
    assert act(sim, ann="put down") == {"ann": "nothing can be put there"}


def test_a_shut_container_hides_and_gives_back():
    sim = house("A1\n\nA Ann facing east\n1 red cup in shut brown cupboard")
    assert shown_at(sim, 0, 1)[1] == 0, "what is shut away is not shown"
    assert act(sim, ann="pick up") == {"ann": "it is shut away"}
    play(sim, ann="use")
    assert shown_at(sim, 0, 1)[1] == look(KIND["cup"], 0)
    assert picture(sim) == drawn("A1\n\nA Ann facing east\n1 red cup in open brown cupboard")
    play(sim, ann="use")
    assert shown_at(sim, 0, 1)[1] == 0
    play(sim, ann="use, pick up, use")
    assert picture(sim) == drawn("A1\n\nA Ann facing east holding red cup\n1 shut brown cupboard")
    assert_sound(sim)


def test_an_item_is_given_into_an_empty_hand():
    sim = house("AB\n\nA Ann facing east holding red cup\nB Bob facing south")
    assert act(sim, ann="put down") == {"ann": DONE_AS_ASKED}
    assert picture(sim) == drawn("AB\n\nA Ann facing east\nB Bob facing south holding red cup")
    assert_sound(sim)


def test_a_full_hand_takes_nothing():
    text = "AB\n\nA Ann facing east holding red cup\nB Bob facing south holding orange"
    sim = house(text)
    assert act(sim, ann="put down") == {"ann": "their hand is full"}
    assert picture(sim) == drawn(text)


def test_nothing_is_taken_from_a_hand_nor_from_under_feet():
    sim = house("AB\n\nA Ann facing east\nB Bob facing south holding red cup")
    assert act(sim, ann="pick up") == {"ann": "nothing there to pick up"}
    on_rug = house("AB\n\nA Ann facing east\nB Bob facing south on red rug")
    assert act(on_rug, ann="pick up") == {"ann": "nothing there to pick up"}


def test_an_item_is_given_in_a_doorway_and_on_a_rug():
    for under in ("open blue door", "red rug"):
        sim = house(f"AB\n\nA Ann facing east holding red cup\nB Bob facing south on {under}")
        play(sim, ann="put down")
        assert picture(sim) == drawn(
            f"AB\n\nA Ann facing east\nB Bob facing south holding red cup on {under}"
        )


def test_two_who_hand_over_to_each_other_never_lose_an_item():
    """Whoever comes first finds the other's hand full."""
    sim = house("AB\n\nA Ann facing east holding red cup\nB Bob facing west holding orange", worlds=20)
    outcomes = act(sim, ann="put down", bob="put down")
    assert set(outcomes.values()) == {"their hand is full"}
    assert_sound(sim)


# ---- doors, switches -----------------------------------------------------------------------------------
def test_a_door_is_opened_and_shut():
    sim = house("AD\n\nA Ann facing east\nD shut blue door")
    play(sim, ann="use")
    assert picture(sim) == drawn("AD\n\nA Ann facing east\nD open blue door")
    play(sim, ann="use")
    assert picture(sim) == drawn("AD\n\nA Ann facing east\nD shut blue door")
    assert_sound(sim)


@pytest.mark.parametrize(
    "hand, opens",
    [("", False), (" holding blue key", True), (" holding red key", False), (" holding blue cup", False)],
)
def test_a_lock_wants_the_key_of_its_colour(hand, opens):
    sim = house(f"AD\n\nA Ann facing east{hand}\nD locked blue door")
    outcome = act(sim, ann="use")
    assert outcome == {"ann": DONE_AS_ASKED if opens else "it is locked and you lack the key"}
    state = "open" if opens else "locked"
    assert picture(sim) == drawn(f"AD\n\nA Ann facing east{hand}\nD {state} blue door")


@pytest.mark.parametrize("colour", ["red", "green", "blue", "yellow", "purple", "brown", "white", "grey"])
def test_every_key_opens_its_own_door_alone(colour):
    sim = house(f"AD\n\nA Ann facing east holding {colour} key\nD locked {colour} door")
    assert act(sim, ann="use") == {"ann": DONE_AS_ASKED}
    other = "red" if colour != "red" else "grey"
    sim = house(f"AD\n\nA Ann facing east holding {colour} key\nD locked {other} door")
    assert act(sim, ann="use") == {"ann": "it is locked and you lack the key"}


def test_a_door_does_not_shut_on_somebody():
    sim = house("AB.\n\nA Ann facing east\nB Bob facing east on open blue door")
    assert act(sim, ann="use") == {"ann": "the way is blocked"}
    play(sim, bob="forward")
    play(sim, ann="use")
    assert picture(sim) == drawn("ADB\n\nA Ann facing east\nB Bob facing east\nD shut blue door")


def test_a_door_does_not_shut_on_somebody_who_has_finished():
    sim = house("AB.\n\nA Ann facing east\nB Bob facing east on open blue door", bob="go to Ann")
    act(sim, bob="done")
    assert sim.state.finished[0, 1] != ACTIVE
    assert act(sim, ann="use") == {"ann": "the way is blocked"}


def test_a_door_shut_at_this_step_stops_who_would_enter():
    sim = house("AD.B\n\nA Ann facing east\nD open blue door\nB Bob facing west", worlds=30)
    act(sim, bob="forward")
    assert act(sim, ann="use", bob="forward") == {"ann": DONE_AS_ASKED, "bob": "the way is blocked"}
    assert len(set(sim.state.outcome[:, 1])) == 1, "whatever the order"
    assert_sound(sim)


@pytest.mark.parametrize("thing", ["red cup", "brown table", "red rug", "blue box", "goal", "kitchen floor"])
def test_what_cannot_be_used(thing):
    sim = house(f"A1\n\nA Ann facing east\n1 {thing}")
    assert act(sim, ann="use") == {"ann": "that cannot be used"}
    assert act(house("AB\n\nA Ann facing east\nB Bob facing east"), ann="use") == {
        "ann": "that cannot be used"
    }
    assert act(house("A#\n\nA Ann facing east"), ann="use") == {"ann": "that cannot be used"}


@pytest.mark.parametrize("thing", ["sink", "stove", "blue lamp", "television"])
def test_what_switches(thing):
    sim = house(f"A1\n\nA Ann facing east\n1 switched-off {thing}")
    play(sim, ann="use")
    assert picture(sim) == drawn(f"A1\n\nA Ann facing east\n1 switched-on {thing}")
    play(sim, ann="use")
    assert picture(sim) == drawn(f"A1\n\nA Ann facing east\n1 switched-off {thing}")


def test_two_users_of_one_door_use_it_twice():
    sim = house("AD.B\n\nA Ann facing east\nD shut blue door\nB Bob facing west")
    play(sim, bob="forward")
    play(sim, ann="use", bob="use")
    assert "shut blue door" in picture(sim)


def test_who_has_finished_rests_and_keeps_still():
    sim = house("A.B\n\nA Ann facing east\nB Bob facing west", ann="go to Bob")
    act(sim, ann="done")
    for words in ACTS:
        assert act(sim, ann=words) == {"ann": "you have finished"}
    assert picture(sim).startswith("A.B")


# ---- contests ------------------------------------------------------------------------------------------
CROSS = """
    #A#
    D.B
    #C#

    A Ann facing south
    B Bob facing west
    C Cleo facing north
    D Dan facing east
"""


@pytest.mark.parametrize("thing", ["cell", "item", "free table"])
def test_each_of_two_wins_half_of_the_contests(thing):
    text = CROSS
    if thing == "item":
        text = CROSS.replace("D.B", "D1B") + "    1 red cup\n"
    elif thing == "free table":
        text = CROSS.replace("D.B", "D1B")
        for number, name in enumerate(("south", "west", "north", "east")):
            text = text.replace(name, f"{name} holding {('red', 'green', 'blue', 'white')[number]} cup")
        text += "    1 brown table\n"
    contested = {"cell": FORWARD, "item": TAKE, "free table": PUT}[thing]
    sim = house(text, worlds=MANY)
    start = sim.save()
    for number, (a, b) in enumerate(itertools.combinations(range(4), 2)):
        sim.restore(start)
        sim.reset(seed=number)
        action = np.full((MANY, 4), WAIT)
        action[:, [a, b]] = contested
        sim.step(action)
        outcome = sim.state.outcome[:, [a, b]]
        assert (np.sort(outcome, axis=1) == [OK, CONTEST_LOST]).all(), "one wins, one loses"
        assert (sim.state.outcome[:, action[0] == WAIT] == OK).all()
        share = (outcome[:, 0] == OK).mean()
        assert not COMPILED or abs(share - 0.5) < 0.02, f"{NAMES[a]} against {NAMES[b]}: {share}"
        assert_sound(sim)


def test_each_of_four_wins_a_quarter_of_the_contests():
    sim = house(CROSS, worlds=MANY)
    sim.step(np.full((MANY, 4), FORWARD))
    assert ((sim.state.outcome == OK).sum(axis=1) == 1).all()
    assert ((sim.state.outcome == CONTEST_LOST).sum(axis=1) == 3).all()
    shares = (sim.state.outcome == OK).mean(axis=0)
    assert not COMPILED or (abs(shares - 0.25) < 0.02).all(), shares


def test_luck_does_not_last():
    """In one world too, whoever won this contest wins the next with probability 1/2."""
    sim = house(CROSS.replace("D.B", "D1B") + "    1 red cup\n", steps=100_000)
    wins = np.zeros(MANY, np.int64)
    start = sim.save()
    for i in range(MANY):
        steps = sim.state.step[0]
        sim.restore(start)
        sim.state.step[0] = steps + 1
        sim.step(np.array([[TAKE, TAKE, WAIT, WAIT]]))
        wins[i] = sim.state.outcome[0, 0] == OK
    if COMPILED:
        assert abs(wins.mean() - 0.5) < 0.02
        assert abs((wins[1:] == wins[:-1]).mean() - 0.5) < 0.02


def test_the_winner_of_a_contest_for_a_cell_stands_there():
    sim = house("A.B\n\nA Ann facing east\nB Bob facing west", worlds=20)
    act(sim, ann="forward", bob="forward")
    pictures = {picture(sim, w).splitlines()[0] for w in range(20)}
    assert pictures == {".AB", "AB."}
    assert_sound(sim)


def test_no_two_swap():
    sim = house("AB\n\nA Ann facing east\nB Bob facing west", worlds=20)
    assert act(sim, ann="forward", bob="forward") == {
        "ann": "the way is blocked",
        "bob": "the way is blocked",
    }
    assert {picture(sim, w).splitlines()[0] for w in range(20)} == {"AB"}


# ---- chains and cycles ---------------------------------------------------------------------------------
def queue(n: int, heading: str = "east") -> str:
    return "\n".join(f"{name[0]} {name} facing {heading}" for name in NAMES[:n])


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6])
def test_a_chain_moves_together(n):
    symbols = "".join(name[0] for name in NAMES[:n])
    sim = house(f"{symbols}.\n\n{queue(n)}", worlds=10)
    sim.step(np.full((10, n), FORWARD))
    assert {picture(sim, w).splitlines()[0] for w in range(10)} == {f".{symbols}"}
    assert (sim.state.outcome == OK).all()
    assert_sound(sim)


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("head", ["waits", "before a wall"])
def test_a_chain_blocked_at_its_head_stays(n, head):
    symbols = "".join(name[0] for name in NAMES[:n])
    sim = house(f"{symbols}{'.' if head == 'waits' else '#'}\n\n{queue(n)}", worlds=10)
    action = np.full((10, n), FORWARD)
    action[:, -1] = WAIT if head == "waits" else FORWARD
    sim.step(action)
    assert {picture(sim, w).splitlines()[0][:n] for w in range(10)} == {symbols}
    assert (sim.state.outcome[action == FORWARD] == BLOCKED).all()
    assert_sound(sim)


@pytest.mark.parametrize("gap", [1, 2, 3])
def test_a_chain_breaks_where_somebody_waits(gap):
    sim = house(f"ABCDE.\n\n{queue(5)}")
    action = np.full((1, 5), FORWARD)
    action[0, gap] = WAIT
    sim.step(action)
    expected = ["ABCDE."[: gap + 1], ".", "ABCDE"[gap + 1 :]]
    assert picture(sim).splitlines()[0] == "".join(expected)


RINGS = {
    4: ["AB", "DC"],
    6: ["ABC", "FED"],
    8: ["ABC", "H.D", "GFE"],
}


@pytest.mark.parametrize("n", RINGS)
def test_a_cycle_moves_together(n):
    """Cycles of three cannot be: neighbours of a square grid are of two colours, so cycles are even."""
    initials = "".join(RINGS[n])
    where = {row_text[i]: (r, i) for r, row_text in enumerate(RINGS[n]) for i in range(len(row_text))}
    names = [name for name in NAMES if name[0] in initials][:n]
    headings = {(-1, 0): "north", (0, 1): "east", (1, 0): "south", (0, -1): "west"}
    legend = []
    for i, name in enumerate(names):
        (r, c), (to_r, to_c) = where[name[0]], where[names[(i + 1) % n][0]]
        legend.append(f"{name[0]} {name} facing {headings[to_r - r, to_c - c]}")
    sim = house("\n".join(RINGS[n]) + "\n\n" + "\n".join(legend), worlds=10)
    before = sim.state.agent_cell.copy()
    sim.step(np.full((10, n), FORWARD))
    assert (sim.state.agent_cell == np.roll(before, -1, axis=1)).all()
    assert_sound(sim)
    stopped = house("\n".join(RINGS[n]) + "\n\n" + "\n".join(legend))
    action = np.full((1, n), FORWARD)
    action[0, 2] = WAIT
    stopped.step(action)
    assert (stopped.state.agent_cell == before[:1]).all(), "one who waits stops the ring"


def test_a_chain_into_a_contest_moves_if_its_head_wins():
    sim = house(
        """
        AB.
        ##C

        A Ann facing east
        B Bob facing east
        C Cleo facing north
        """,
        worlds=200,
    )
    act(sim, ann="forward", bob="forward", cleo="forward")
    won = sim.state.outcome[:, 1] == OK
    assert 50 < won.sum() < 150
    for w in range(200):
        expected = [".AB", "##C"] if won[w] else ["ABC", "##."]
        assert picture(sim, w).splitlines()[:2] == expected
        assert sim.state.outcome[w].tolist() == (
            [OK, OK, CONTEST_LOST] if won[w] else [BLOCKED, CONTEST_LOST, OK]
        )


# ---- walking through ---------------------------------------------------------------------------------
def test_who_has_finished_may_be_walked_through():
    sim = house("AB.\n\nA Ann facing east\nB Bob facing south", bob="go to Ann")
    act(sim, bob="done")
    play(sim, ann="forward")
    assert_sound(sim)
    assert sim.state.agent_cell[0].tolist() == [1, 1], "they share a cell"
    play(sim, ann="forward")
    assert picture(sim) == drawn(".BA\n\nA Ann facing east\nB Bob facing south")
    assert_sound(sim)


def test_two_meet_neither_in_a_cell_of_one_who_has_finished():
    sim = house(
        "ABC\n\nA Ann facing east\nB Bob facing south\nC Cleo facing west", bob="go to Ann", worlds=20
    )
    act(sim, bob="done")
    act(sim, ann="forward", cleo="forward")
    assert (np.sort(sim.state.outcome[:, [0, 2]], axis=1) == [OK, CONTEST_LOST]).all()
    act(sim, ann="forward", cleo="forward")
    assert_sound(sim)


def test_pass_through_lets_all_walk_everywhere():
    sim = house("A.B\n\nA Ann facing east\nB Bob facing west", rules={"pass_through": True})
    play(sim, ann="forward, forward, wait", bob="forward, forward, wait")
    assert picture(sim) == drawn("B.A\n\nA Ann facing east\nB Bob facing west")
    assert_sound(sim)


# ---- long play -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("pass_through", [False, True])
def test_a_crowd_stays_sound(pass_through):
    """10^5 agent-steps of 16 agents in a small house: no shared cell, no swap, every item somewhere once."""
    worlds, steps = (25, 250) if COMPILED else (2, 40)
    sim = house(CROWD, worlds=worlds, steps=1000, rules={"pass_through": pass_through})
    rng = np.random.default_rng(0)
    items = np.sort(sim.state.item_look, axis=1)
    likely = [FORWARD] * 5 + [*range(len(ACTS) - 1)]
    seen: set[int] = set()
    for step in range(steps):
        before = sim.save()
        sim.step(rng.choice(likely, (worlds, sim.agents)))
        assert_sound(sim)
        assert_moves_have_reasons(sim, before, pass_through)
        seen.update(np.unique(sim.state.outcome).tolist())
        if step == steps // 2:
            sim.state.finished[:, ::5] = 1
    assert (np.sort(sim.state.item_look, axis=1) == items).all(), "items are conserved"
    if COMPILED and not pass_through:
        assert seen == set(range(len(OUTCOMES))) - {12, 14}, "all outcomes but 'frozen' and 'done too early'"
    assert RESTING in seen


def assert_moves_have_reasons(sim, before, pass_through) -> None:
    """Whoever moved went one cell ahead; whoever did not had a reason."""
    s = sim.state
    step = np.array([-256, 1, 256, -1])
    ahead = before["agent_cell"] + step[before["heading"]]
    went = s.last_act == FORWARD
    moved = s.agent_cell != before["agent_cell"]
    assert (moved == (went & (s.outcome == OK))).all()
    assert (s.agent_cell[moved] == ahead[moved]).all()
    for w, a in np.argwhere(went & ~moved):
        target = ahead[w, a]
        others = [b for b in range(sim.agents) if b != a and s.finished[w, b] == ACTIVE]
        there = [b for b in others if before["agent_cell"][w, b] == target]
        stays = [b for b in there if not moved[w, b]]
        swaps = [b for b in there if went[w, b] and ahead[w, b] == before["agent_cell"][w, a]]
        if s.outcome[w, a] == CONTEST_LOST:
            assert not pass_through
            assert any(went[w, b] and ahead[w, b] == target for b in others)
        else:
            assert s.outcome[w, a] == BLOCKED
            assert is_wall_like(sim, w, target) or (not pass_through and (stays or swaps))
    w, a, b = np.nonzero(
        (s.agent_cell[:, :, None] == before["agent_cell"][:, None, :])
        & (s.agent_cell[:, None, :] == before["agent_cell"][:, :, None])
        & moved[:, :, None]
        & moved[:, None, :]
    )
    assert pass_through or (a == b).all(), "two swapped"
    assert (s.outcome[s.last_act == TAKE] != HAND_EMPTY).all()
    assert (s.outcome[s.last_act == PUT] != HAND_FULL).all()


def is_wall_like(sim, w: int, cell: int) -> bool:
    """Could nobody stand in this cell, others left aside, after this step's interactions?"""
    row, col = divmod(int(cell), 256)
    side = sim.state.item_at.shape[1]
    if not (0 <= row < side and 0 <= col < side):
        return True
    return not PLACE_WALKABLE[shown_at(sim, row, col, w)[0]] or sim.state.item_at[w, row, col] > 0


def test_every_outcome_has_words():
    assert len(OUTCOMES) == len(set(OUTCOMES)) == 15
