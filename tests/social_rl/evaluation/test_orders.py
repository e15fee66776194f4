"""Is an order of chores learned from acts that were seen, and judged by the hidden order? In rooms made by hand."""

import json
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from agents.policies.planner import Planner
from agents.policies.simple import Still
from agents.types import Policy
from social_rl.cli import main
from social_rl.evaluation.orders import Households, can_be_done, carry_out, order_matters, orders_of, watch
from social_rl.runs.progress import progress
from tests.houses import house
from worlds.goal import encode
from worlds.language.instructions import canonical, parse
from worlds.levels.bank import level_of
from worlds.scenario import make_scenario

ROOM = """
    A.....l
    .......
    B..o..t

    A Ann facing east
    B Bob facing east
    l switched-off blue lamp
    o orange
    t red table
"""
WALLED = ROOM.replace(".......", "#######")
CHORES = ("switch on the lamp", "go to the table", "pick up the orange")
NAMES = ("lamp", "table", "orange")
SCENARIO = make_scenario("house", agents=2)


def household(text: str, hidden: int = 0) -> Households:
    """One household whose hidden order is one of six: lamp, table, orange; lamp, orange, table; and so on."""
    level = level_of(house(text).bank, 0)
    return Households([level], [orders_of(np.stack([encode(parse(c)) for c in CHORES]))], np.array([hidden]))


def believed(text: str, hidden: int, ann: Policy, episodes: int = 1) -> tuple[np.ndarray, float]:
    """What Ann believes after each episode, [B, N], and what share of acts she saw."""
    with progress(Console(file=StringIO()), "episodes", episodes) as meter:
        found = watch(household(text, hidden), SCENARIO, ann, Planner(), episodes, 0, meter)
    return found.belief_BHN[:, 0], found.seen


def test_an_order_has_a_stage_for_each_chore():
    orders = household(ROOM).orders_HN[0]
    said = [canonical(order) for order in orders]
    assert len(set(said)) == 6
    for words in said:
        assert [len(stage) for stage in parse(words).stages] == [1, 1, 1]
    assert [said[0].index(name) for name in NAMES] == sorted(said[0].index(name) for name in NAMES)


@pytest.mark.parametrize("hidden", range(6))
def test_the_order_of_whom_one_sees_is_known_after_an_episode(hidden):
    belief, seen = believed(ROOM, hidden, Planner())
    assert belief[0].tolist() == pytest.approx([1 / 6] * 6)
    assert belief[1].argmax() == hidden and belief[1].sum() == pytest.approx(1) and seen > 0


def test_what_is_behind_a_wall_tells_nothing_however_often():
    belief, seen = believed(WALLED, 2, Still(), episodes=2)
    assert seen == 0 and belief.tolist() == [pytest.approx([1 / 6] * 6)] * 3


def test_whoever_watches_follows_to_the_end():
    """Following is done after eight steps; the last chore is seen all the same, far from where those were taken."""
    long = """
        AB..l#t..........
        .....#..........o
        .....#.#########.
        .....#.#########.
        .................

        A Ann facing east
        B Bob facing east
        l switched-off blue lamp
        o orange
        t red table
    """
    _, seen = believed(long, 2, Planner())  # the table, the lamp, the orange
    assert seen > 0.7, "and .46 where she is not told again"


def test_beliefs_go_on_from_episode_to_episode():
    belief, _ = believed(ROOM, 3, Planner(), episodes=2)
    assert 1 / 6 < belief[1, 3] <= belief[2, 3]


@pytest.mark.parametrize(("held", "done"), [(1, True), (0, False), (5, False)])
def test_what_is_done_is_judged_by_the_hidden_order(held, done):
    found = household(ROOM, hidden=1)
    assert carry_out(found, SCENARIO, np.array([held]), Planner(), 0).tolist() == [done]


def test_chores_that_one_cannot_reach_are_no_chores():
    found = household(ROOM)
    assert can_be_done(found.levels[0], found.orders_HN[0])
    apart = household(WALLED)
    assert not can_be_done(apart.levels[0], apart.orders_HN[0])


def test_an_order_matters_where_no_other_one_does_as_well():
    assert order_matters(household(ROOM), SCENARIO).tolist() == [True]
    orders = [parse("go to the table, then pick up the orange"), parse("pick up the orange")]
    either = household(ROOM, hidden=1)._replace(orders_HN=[orders])
    assert order_matters(either, SCENARIO).tolist() == [False]


def test_the_command_tells_what_was_learned(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("social_rl.evaluation.orders.ASKED", (0, 1))
    path = tmp_path / "orders.json"
    said = ["--episodes", "2", "--seeds", "1", "--set", "rooms=1,1", "--json", str(path)]
    assert main(["evaluate", "--suite", "orders", *said]) == 0
    found = json.loads(path.read_text(encoding="utf-8"))
    assert {"command", "commit", "machine"} <= set(found) and found["chance"] == pytest.approx(1 / 6)
    for row in ("expert", "random"):
        asked = found["rows"][row]["asked"]
        assert [one["episodes"] for one in asked] == [0, 1]
        assert asked[0]["right"]["mean"] == pytest.approx(1 / 6, abs=1e-4)
    assert found["rows"]["expert"]["asked"][1]["right"]["mean"] > 0.5
    assert "episodes watched" in capsys.readouterr().out
