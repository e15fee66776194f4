"""Is routine_cycle GoalCycle? The first chore is right, then the next in the circle; prestige; what scripts know."""

import numpy as np
import pytest

from tests.houses import assert_sound
from worlds.objects import COLOURS, colour_of_look
from worlds.scenario import make_scenario
from worlds.scenarios.routine_cycle import LAST, PRESTIGE, decoy, expert, explorer, predecessor, successor
from worlds.simulator import DISABLED, Simulator
from worlds.state import FORWARD, OK, OUTCOMES, TAKE, WAIT


def worlds(n: int = 1, seed: int = 0, **choices: object) -> Simulator:
    choices = {"agents": 1, "steps": 200} | choices
    return Simulator(make_scenario("routine_cycle", **choices), n, levels=n, seed=seed, autoreset=DISABLED)


def visit(sim: Simulator, chore: int, a: int = 0) -> float:
    """Let agent `a` of the first world walk onto a chore from beside it; returns what it earned by that."""
    place, side = divmod(int(sim.state.fixture_cell[0, chore]), 256)
    rows, cols = np.array([0, 0, 1, -1]), np.array([1, -1, 0, 0])
    for row, col, heading in zip(place + rows, side + cols, (3, 1, 0, 2), strict=True):
        if sim.state.ground_at[0, row, col] != 0xE0 and not sim.state.fixture_at[0, row, col]:
            sim.state.agent_at[0, divmod(int(sim.state.agent_cell[0, a]), 256)] = 0
            sim.state.agent_cell[0, a] = row << 8 | col
            sim.state.agent_at[0, row, col] = a + 1
            sim.state.heading[0, a] = heading
            action = np.full((1, sim.agents), WAIT)
            action[0, a] = FORWARD
            sim.step(action)
            return float(sim.state.reward[0, a])
    raise AssertionError("no way onto this chore")


def run(sim: Simulator, script, steps: int) -> np.ndarray:
    """Returns [W] of agent 0, who plays a script while the others wait."""
    earned = np.zeros(sim.worlds)
    for _ in range(steps):
        action = np.full((sim.worlds, sim.agents), WAIT)
        chosen = np.zeros((sim.worlds, 1), np.int64)
        script(sim.handle, np.array([0]), chosen)
        action[:, :1] = chosen
        sim.step(action)
        earned += sim.state.reward[:, 0]
    return earned


def successors(sim: Simulator, w: int) -> dict[int, int]:
    """The circle of a world, as its expert goes round it."""
    found: dict[int, int] = {}
    last = -1
    for _ in range(150):
        action = np.full((sim.worlds, sim.agents), WAIT)
        chosen = np.zeros((sim.worlds, 1), np.int64)
        expert(sim.handle, np.array([0]), chosen)
        action[:, :1] = chosen
        sim.step(action)
        now = int(sim.state.own_memory[w, 0, LAST]) - 1
        if last >= 0 and now != last:
            found[last] = now
        last = now
    return found


def test_each_chore_has_one_successor_and_all_lie_on_one_circle():
    sim = worlds(20, chores=5)
    follows = successors(sim, 0)
    at, seen = 0, []
    while at not in seen:
        seen.append(at)
        at = follows[at]
    assert sorted(seen) == [0, 1, 2, 3, 4]
    assert_sound(sim)


def test_circles_differ_from_episode_to_episode():
    found = {tuple(sorted(successors(worlds(seed=seed), 0).items())) for seed in range(8)}
    assert len(found) > 2, "of 6 circles of 4 chores"


def test_the_first_chore_is_right_then_only_its_successor():
    follows = successors(worlds(), 0)
    for first in range(4):
        sim = worlds()
        assert visit(sim, first) == 1, "whichever it is"
        assert visit(sim, first) == -1.5, "the same one again"
        wrong = next(chore for chore in range(4) if chore not in (first, follows[first]))
        assert visit(sim, wrong) == -1.5
        assert visit(sim, follows[first]) == 1, "what is due stays due"
        assert visit(sim, follows[follows[first]]) == 1


def test_standing_on_a_chore_or_turning_on_it_earns_nothing():
    sim = worlds()
    assert visit(sim, 0) == 1
    for act in (WAIT, 1, 2, WAIT):
        sim.step(np.array([[act]]))
        assert sim.state.reward[0, 0] == 0


def test_prestige_adds_up_fades_and_is_lost_and_hats_show_it():
    follows = successors(worlds(), 0)
    sim = worlds()

    def hat() -> str:
        return COLOURS[colour_of_look(int(sim.state.item_look[0, sim.state.hand[0, 0] - 1]))]

    assert hat() == "red"
    visit(sim, 0)
    assert sim.state.own_memory[0, 0, PRESTIGE] == 950 and hat() == "purple", "tanh(.95 / 2) is .44"
    visit(sim, follows[0])
    assert sim.state.own_memory[0, 0, PRESTIGE] == int(1950 * 0.95) and hat() == "blue"
    sim.step(np.array([[WAIT]]))
    assert sim.state.own_memory[0, 0, PRESTIGE] == int(int(1950 * 0.95) * 0.95)
    visit(sim, 0)
    assert sim.state.own_memory[0, 0, PRESTIGE] == 0 and hat() == "red"


def test_without_hats_hands_are_empty():
    assert (worlds(hats=False).state.hand == 0).all()


def test_acts_that_do_nothing_here_leave_hats_on():
    sim = worlds()
    sim.step(np.array([[TAKE + 1]]))
    assert OUTCOMES[sim.state.outcome[0, 0]] != OUTCOMES[OK] and sim.state.hand[0, 0] > 0


def test_agents_walk_through_each_other():
    sim = worlds(agents=2)
    cell = int(sim.state.agent_cell[0, 1])
    for _ in range(60):
        chosen = np.zeros((1, 1), np.int64)
        expert(sim.handle, np.array([1]), chosen)
        sim.state.agent_at[0, divmod(int(sim.state.agent_cell[0, 0]), 256)] = 0
        sim.state.agent_cell[0, 0] = sim.state.agent_cell[0, 1]
        sim.state.heading[0, 0] = sim.state.heading[0, 1]
        sim.step(np.array([[chosen[0, 0], chosen[0, 0]]]))
        assert sim.state.agent_cell[0, 0] == sim.state.agent_cell[0, 1], "two who do the same stay together"
    assert cell != sim.state.agent_cell[0, 1]
    assert sim.state.own_memory[0, 0, LAST] == sim.state.own_memory[0, 1, LAST]


def test_experts_never_err_explorers_learn_and_decoys_lose():
    n = 64
    of_expert = run(worlds(n), expert, 150)
    of_explorer = run(worlds(n), explorer, 150)
    of_decoy = run(worlds(n), decoy, 150)
    assert (of_expert > 8).all() and (of_expert % 1 == 0).all(), "it walks round what is not due"
    assert of_decoy.mean() < -8
    assert 0.4 * of_expert.mean() < of_explorer.mean() < of_expert.mean()
    late = worlds(n)
    early = run(late, explorer, 75)
    assert (run(late, explorer, 75)).mean() > early.mean() + 2, "it errs while it finds out, and not later"


@pytest.mark.parametrize("layout", ["room", "clutter", "four rooms", "maze"])
def test_every_layout_can_be_walked(layout):
    sim = worlds(16, layout=layout, side=13)
    earned = run(sim, expert, 150)
    assert (earned > 0).all() and (earned % 1 == 0).all()
    assert_sound(sim)


def test_predecessors_undo_successors():
    sim = worlds(chores=6)
    for chore in range(6):
        assert predecessor(sim.handle, 0, successor(sim.handle, 0, chore)) == chore


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"chores": 2}, "chores is 2, allowed are 3 to 6"),
        ({"layout": "attic"}, "layout is 'attic', allowed are"),
        ({"side": 5, "chores": 6, "agents": 8}, "14 free cells are needed, there are 9"),
    ],
)
def test_what_cannot_be_is_refused(choices, message):
    with pytest.raises(ValueError, match=message):
        make_scenario("routine_cycle", **choices).draw(1, 0)
