"""Do neighbours come, play their roles and leave as whom_to_trust has it?"""

import numpy as np
import pytest

from tests.houses import assert_sound
from worlds.compiler.compile import COMPILED
from worlds.levels.bank import bank_of, capacities, level_of
from worlds.levels.company import alone, side_without
from worlds.replay import check, record, resimulate
from worlds.replay_files import load, save
from worlds.scenario import make_scenario
from worlds.scenarios.whom_to_trust import EXPERT, ROLES
from worlds.simulator import DISABLED, SAME_STEP, Simulator
from worlds.state import ACTIVE, FAILED, FORWARD, LEFT, OK, ROLE, TO_COME, WAIT, beginners, just_came

WORLDS = 32 if COMPILED else 2


def trust(worlds: int = WORLDS, autoreset: int = DISABLED, **choices: object) -> Simulator:
    scenario = make_scenario("whom_to_trust", **{"steps": 12, "comes": 4, **choices})
    return Simulator(scenario, worlds, levels=8, autoreset=autoreset)


def forward(sim: Simulator, steps: int = 1) -> None:
    """All go forward."""
    for _ in range(steps):
        sim.step(np.full(sim.state.action.shape, FORWARD))


def roles(sim: Simulator) -> np.ndarray:
    """Who is which, [W, A]; known after the first step."""
    return sim.state.own_memory[:, :, ROLE]


def in_house(sim: Simulator, side: int = 9) -> np.ndarray:
    """Who stands in the house, bool[W, A]."""
    return (sim.state.agent_cell & 255) < side


def test_experts_come_at_their_step_and_act_from_the_next_one_on():
    sim = trust(neighbours=("expert", "noisy", "expert"))
    s = sim.state
    assert ((s.finished == TO_COME).sum(1) == 2).all() and (s.finished[:, 0] == ACTIVE).all()
    forward(sim, 3)
    is_expert = roles(sim) == EXPERT
    assert (s.finished == np.where(is_expert, TO_COME, ACTIVE)).all() and (in_house(sim) == ~is_expert).all()
    assert (s.active == ~is_expert).all() and not just_came(s).any()
    assert not s.reward[is_expert].any() and not (s.terminated | s.truncated).any()
    forward(sim)
    assert (s.finished == ACTIVE).all() and in_house(sim).all() and (s.active == ~is_expert).all()
    assert (just_came(s) == is_expert).all() and (beginners(s) == is_expert).all()
    assert (s.last_act[is_expert] == WAIT).all() and (s.outcome[is_expert] == OK).all()
    assert_sound(sim)
    forward(sim)
    assert s.active.all() and not just_came(s).any() and (s.last_act == FORWARD).all()
    forward(sim, 7)
    assert s.over.all() and s.truncated.all() and not s.terminated.any() and not just_came(s).any()


def test_an_expert_enters_where_nobody_stands_and_nothing_is():
    sim = trust(512 if COMPILED else 4, comes=1, neighbours=("expert",) * 4, side=5, chores=3)
    before = sim.state.agent_cell[:, 0].copy()
    sim.step(np.full(sim.state.action.shape, WAIT))
    cells = sim.state.agent_cell
    assert (cells[:, 0] == before).all() and in_house(sim, 5).all()
    assert all(len({*row}) == 5 for row in cells.tolist()), "two came in at the same cell"
    assert not (cells[:, :, None] == sim.state.fixture_cell[:, None]).any(), "one came in on a rug"
    if COMPILED:  # 3 x 3 cells inside, 3 of them rugs
        assert len({*cells[:, 1].tolist()}) == 9, "any cell is an entry"


def test_entries_are_drawn_anew_for_each_episode_and_are_the_same_for_the_same_seed():
    first, again, other = (trust(comes=1) for _ in range(3))
    other.reset(seed=1)
    for sim in (first, again, other):
        forward(sim)
    assert (first.state.agent_cell == again.state.agent_cell).all()
    assert (first.state.agent_cell != other.state.agent_cell).any()


def test_the_expert_of_an_episode_that_begins_by_itself_waits_again():
    sim = trust(autoreset=SAME_STEP)
    for _ in range(3):
        forward(sim, 3)
        assert ((sim.state.finished == TO_COME).sum(1) == 1).all()
        forward(sim, 9)
        assert sim.state.over.all() and (sim.state.step == 0).all() and beginners(sim.state).all()


def test_who_leaves_ends_its_own_episode_and_is_out_of_the_way():
    sim = trust(comes=2, leaves="half")
    forward(sim, 5)
    is_expert = roles(sim) == EXPERT
    assert in_house(sim).all() and (sim.state.finished == ACTIVE).all()
    forward(sim)
    s = sim.state
    assert (s.active).all() and (s.terminated == is_expert).all() and not (s.success | s.truncated).any()
    assert (s.finished == np.where(is_expert, LEFT, ACTIVE)).all() and (in_house(sim) == ~is_expert).all()
    assert_sound(sim)
    forward(sim)
    assert (s.active == ~is_expert).all() and not s.terminated.any()
    forward(sim, 5)
    assert s.over.all() and (s.truncated == ~is_expert).all()


@pytest.mark.parametrize("comes", [0, 4])
def test_leaving_at_a_drawn_step_comes_after_coming_at_every_step_but_the_last(comes):
    sim = trust(128, comes=comes, leaves="drawn")
    left_at = np.zeros(128, int)
    for step in range(1, 13):
        forward(sim)
        has_left = (sim.state.finished == LEFT).any(1)
        left_at[has_left & (left_at == 0)] = step
        assert (sim.state.finished[has_left & ~sim.state.over] != TO_COME).all()
    assert sorted(set(left_at)) == list(range(comes + 1, 12))


def test_when_to_leave_is_one_of_three_words():
    with pytest.raises(ValueError, match="leaves is 'yes', allowed are no, half, drawn"):
        trust(leaves="yes")


def test_who_is_kept_out_of_the_way_by_a_level_never_comes():
    scenario = make_scenario("whom_to_trust", steps=12, comes=4)
    bank = scenario.draw(4, 0)
    sizes = capacities(bank)
    levels = [alone(level_of(bank, row), (1, 2, 3), scenario.view) for row in range(4)]
    sizes = sizes._replace(side=side_without(sizes.side, 3, scenario.view))
    sim = Simulator(scenario, WORLDS, bank=bank_of(levels, sizes=sizes), autoreset=DISABLED)
    assert (sim.state.finished == ACTIVE).all()
    for _ in range(11):
        forward(sim)
        assert not in_house(sim)[:, 1:].any() and in_house(sim)[:, 0].all()


def test_levels_with_and_without_company_in_one_bank_let_experts_leave_to_where_one_can_stand():
    scenario = make_scenario("whom_to_trust", steps=12, comes=2, leaves="half")
    bank = scenario.draw(2, 0)
    levels = [level_of(bank, 0), alone(level_of(bank, 1), (1, 2, 3), scenario.view)]
    sizes = capacities(bank)
    sizes = sizes._replace(side=side_without(sizes.side, 3, scenario.view))
    sim = Simulator(scenario, WORLDS, bank=bank_of(levels, sizes=sizes), autoreset=DISABLED)
    forward(sim, 6)
    assert ((sim.state.finished == LEFT).sum(1) == 1).all()
    assert_sound(sim)


def test_who_is_not_there_is_not_woken():
    sim = trust(comes=4, leaves="half")
    is_to_come = sim.state.finished[0] == TO_COME
    a = int(np.flatnonzero(is_to_come)[0])
    sim.rejoin(0, a, 5)
    assert sim.state.finished[0, a] == TO_COME
    forward(sim, 6)
    sim.rejoin(0, a, 5)
    assert sim.state.finished[0, a] == LEFT
    sim.state.finished[0, 0] = FAILED
    forward(sim)
    sim.rejoin(0, 0, 5)
    assert sim.state.finished[0, 0] == ACTIVE and not just_came(sim.state).any(), "it goes on as it was"


@pytest.mark.parametrize("autoreset", [DISABLED, SAME_STEP])
def test_an_episode_with_coming_and_leaving_is_recorded_and_played_again(autoreset, tmp_path):
    sim = trust(2, autoreset=autoreset, comes=2, leaves="half")
    recorder = record(sim, 1)
    rng = np.random.default_rng(0)
    for _ in range(12):
        sim.step(rng.integers(0, 4, sim.state.action.shape))
    save(recorder.replay, tmp_path / "one.replay")
    again = load(tmp_path / "one.replay")
    assert again.steps == 12 and check(again) is None
    assert sorted(resimulate(again, steps=0).state.finished[0].tolist()) == [0, 0, 0, TO_COME]
    assert sorted(resimulate(again, steps=7).state.finished[0].tolist()) == [0, 0, 0, LEFT]


def test_worlds_are_saved_while_somebody_is_to_come():
    sim = trust()
    forward(sim, 2)
    saved = sim.save()
    forward(sim, 5)
    digest = sim.digest()
    sim.restore(saved)
    forward(sim, 5)
    assert sim.digest() == digest


def test_without_these_choices_everybody_is_there_all_the_time():
    sim = trust(comes=0)
    forward(sim, 11)
    assert (sim.state.finished == ACTIVE).all() and sim.state.active.all() and in_house(sim).all()


@pytest.mark.parametrize(
    ("choices", "said"),
    [({"comes": 12}, "comes is 12, allowed are 0 to 11"), ({"comes": 6, "leaves": "half"}, "0 to 5")],
)
def test_experts_come_before_the_end_and_before_they_leave(choices, said):
    with pytest.raises(ValueError, match=said):
        trust(**choices)


def test_roles_are_drawn_anew():
    sim = trust(64 if COMPILED else 4, comes=0)
    forward(sim)
    assert (np.sort(roles(sim), 1) == np.arange(len(ROLES))).all()
    if COMPILED:
        assert len({tuple(row) for row in roles(sim).tolist()}) == 6
