"""Does an expert of limited knowledge act the same, whatever is where it has not looked?"""

import numpy as np
import pytest

from agents.policies.planner import Planner
from tests.houses import house
from worlds.expert.maps import LOOKED_INTO
from worlds.levels.bank import bank_of, level_of
from worlds.levels.level import Level
from worlds.rules.space import lay_item, lift_item
from worlds.scenario import make_scenario
from worlds.simulator import DISABLED, Simulator
from worlds.state import ACTIVE, ACTS, SUCCEEDED, WAIT

ANN = np.array([0])


def steps_of(sim: Simulator, steps: int, others: list[list[str]] | None = None) -> list[str]:
    """What Ann does in the first world as an expert that knows what she has seen; others do what is listed for them."""
    planner = Planner("seen")
    memory, words = planner.start(sim, ANN), []
    for step in range(steps):
        action, memory = planner.act(sim, ANN, memory)
        words.append(ACTS[action[0, 0]])
        acts = np.full((sim.worlds, sim.agents), WAIT)
        acts[:, 0] = action[:, 0]
        for b, listed in enumerate(others or [], 1):
            acts[:, b] = ACTS.index(listed[step]) if step < len(listed) else WAIT
        sim.step(acts)
    return words


def first_difference(one: list[str], other: list[str]) -> int:
    return next(i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b)


BINS = "A....\n1...2\n.....\n\nA Ann facing south\n1 {one}\n2 {two}"


def test_which_of_two_shut_bins_holds_the_cup_shows_when_one_is_open():
    holds, empty = "red cup in shut blue bin", "shut blue bin"
    near = house(BINS.format(one=holds, two=empty), ann="pick up the cup")
    far = house(BINS.format(one=empty, two=holds), ann="pick up the cup")
    acts = steps_of(near, 30), steps_of(far, 30)
    opened = acts[0].index("use")
    assert first_difference(*acts) > opened
    assert near.state.finished[0, 0] == far.state.finished[0, 0] == SUCCEEDED


def test_who_walked_on_unseen_is_looked_for_where_it_was():
    """Bob goes behind the wall once Ann has looked away; where to, she cannot know."""
    text = "A.B#.\n...#.\n.....\n\nA Ann facing east\nB Bob facing south"
    stays, goes = (house(text, ann="meet Bob", rules={"view": 5}) for _ in range(2))
    planner = Planner("seen")
    memories = [planner.start(sim, ANN) for sim in (stays, goes)]
    for sim, memory in zip((stays, goes), memories, strict=True):
        planner.act(sim, ANN, memory)  # she has seen him
        for _ in range(2):
            sim.step(
                np.array([[ACTS.index("turn left"), WAIT]])
            )  # to the west, where the wall of the world is
    for word in ("forward", "forward"):
        stays.step(np.array([[WAIT, WAIT]]))
        goes.step(np.array([[WAIT, ACTS.index(word)]]))
    acts = [
        planner.act(sim, ANN, memory)[0][0, 0] for sim, memory in zip((stays, goes), memories, strict=True)
    ]
    assert goes.state.agent_cell[0, 1] != stays.state.agent_cell[0, 1]
    assert acts[0] == acts[1]
    believed = [memory.beliefs.world.agent_cell[0, 1] for memory in memories]
    assert believed[0] == believed[1] == stays.state.agent_cell[0, 1]


def test_what_was_taken_unseen_is_looked_for_everywhere_again():
    """Bob takes the cup away while Ann's back is turned; she goes where it was, and then looks for it."""
    sim = house(
        "A#...\n.#.B.\n....c\n.....\n\nA Ann facing south\nB Bob facing south\nc red cup",
        ann="pick up the cup", steps=200, rules={"view": 5},
    )  # fmt: skip
    away = ["forward", "turn left", "pick up", "turn left", "forward", "forward", "turn right", "put down"]
    steps_of(sim, 150, [away])
    assert sim.state.finished[0, 0] == SUCCEEDED


def test_a_description_means_what_was_seen_to_fit_it():
    """Of two cups only the one on the desk is meant, and which that is shows when the desk is seen."""
    text = "A.1.\n....\n#.##\n..2.\n\nA Ann facing west\n1 {one}\n2 {two}"
    words = "pick up the cup on the desk"
    here = house(text.format(one="red cup on brown desk", two="blue cup on brown table"), ann=words)
    there = house(text.format(one="red cup on brown table", two="blue cup on brown desk"), ann=words)
    acts = steps_of(here, 40), steps_of(there, 40)
    assert here.state.finished[0, 0] == there.state.finished[0, 0] == SUCCEEDED
    assert first_difference(*acts) > 0, "she looks before she knows"


def test_where_what_was_meant_lies_no_longer_as_described_the_likeliest_is_taken():
    """ "The cup beside the ball": Bob carries the ball off before Ann sees it."""
    sim = house(
        "A..#bB\n...#c.\n......\n\nA Ann facing east\nB Bob facing west\nb green ball\nc red cup",
        ann="pick up the cup beside the ball", steps=200, rules={"view": 5},
    )  # fmt: skip
    steps_of(sim, 120, [["pick up", "turn left", "turn left"]])
    assert sim.state.finished[0, 0] == SUCCEEDED


@pytest.fixture(scope="module")
def levels() -> list[Level]:
    """Houses of all kinds of instructions, of one agent."""
    bank = make_scenario("house", agents=1, clauses=(1, 3), rooms=(2, 4)).draw(40, 7)
    return [level_of(bank, row) for row in range(40)]


def test_it_acts_the_same_until_a_difference_is_seen(levels):
    """In every house two things change places; until a cell of either is seen, acts are equal."""
    compared = 0
    for level in levels:
        acts, seen_at, sim = watched(level)
        items = [i for i in range(sim.state.item_cell.shape[1]) if sim.state.item_cell[0, i] >= 0]
        late = [i for i in items if seen_at[cell_of(sim, i)] > 0 and sim.state.item_look[0, i]]
        pairs = [(i, j) for i in late for j in late if i < j and is_fair(sim, i, j)]
        for i, j in pairs[:3]:
            until = int(min(seen_at[cell_of(sim, i)], seen_at[cell_of(sim, j)]))
            assert watched(level, (i, j))[0][:until] == acts[:until]
            compared += until > 0
    assert compared > 30


def cell_of(sim: Simulator, i: int) -> tuple[int, int]:
    cell = int(sim.state.item_cell[0, i])
    return cell >> 8, cell & 255


def is_fair(sim: Simulator, i: int, j: int) -> bool:
    """May two things change places unnoticed? Only if the goal speaks of neither: else the judge may tell."""
    bound = int(np.bitwise_or.reduce(sim.state.bound[0, 0], axis=None))
    return (
        not bound >> i & 1 and not bound >> j & 1 and sim.state.item_look[0, i] != sim.state.item_look[0, j]
    )


def watched(level: Level, swapped: tuple[int, int] | None = None) -> tuple[list[str], np.ndarray, Simulator]:
    """An episode of a house: acts, the step at which each cell was first looked into, and the house at the start."""
    sim, start = (
        Simulator(make_scenario("house", agents=1), bank=bank_of([level]), autoreset=DISABLED)
        for _ in range(2)
    )
    if swapped:
        one, other = (np.int64(sim.state.item_cell[0, i]) for i in swapped)
        for cell in (one, other):
            lift_item(sim.handle, np.int64(0), cell)
        lay_item(sim.handle, np.int64(0), np.int64(swapped[0]), other)
        lay_item(sim.handle, np.int64(0), np.int64(swapped[1]), one)
    planner = Planner("seen")
    memory, acts = planner.start(sim, ANN), []
    seen_at = np.full(sim.state.item_at.shape[1:], 1 << 30)
    while sim.state.finished[0, 0] == ACTIVE and not sim.state.over[0]:
        action, memory = planner.act(sim, ANN, memory)
        looked = memory.beliefs.seen[0] & LOOKED_INTO > 0
        seen_at[looked] = np.minimum(seen_at[looked], len(acts))
        acts.append(ACTS[action[0, 0]])
        sim.step(action)
    return acts, seen_at, start
