"""Is every number that compiled code follows checked before? Damaged worlds are refused, and no others."""

import numpy as np
import pytest

from tests.replay import SCENES, simulator
from worlds.levels.checks import FREE, OF_EPISODES, OF_LEVELS, check_levels, check_worlds
from worlds.scenario import make_scenario
from worlds.simulator import Simulator
from worlds.state import ABSENT, ACTS, LEVEL_FIELDS, State

WRONG = {
    "agent_cell": (-1, 200, 200 << 8, ABSENT, -(2**31), 2**31 - 1),
    "item_cell": (-3, 200, 200 << 8, ABSENT - 1, 2**31 - 1),
    "fixture_cell": (-1, 200, 2**31 - 1),
    "heading": (4, 255),
    "hand": (200, 255),
    "name": (16, 255),
    "item_at": (200, 255),
    "fixture_at": (200, 255),
    "agent_at": (3, 255),
    "room_at": (200, 255),
    "item_look": (250, 255),
    "step_limit": (0, -1, 10**9),
    "tokens": (60_000,),
    "action": (8, 255),
    "last_act": (8, 255),
    "outcome": (15, 255),
    "finished": (5, 255),
    "frozen": (-1,),
    "step": (-1,),
    "level": (-1,),
    "next_level": (-2,),
    "stage": (5, 255),
    "progress": (32, 255),
    "broken": (2,),
    "act_cell": (-2, 2**31 - 1),
}


@pytest.fixture(scope="module")
def sim() -> Simulator:
    """Two agents in houses with things, some steps on."""
    made = Simulator(make_scenario("house"), 3, levels=4)
    rng = np.random.default_rng(0)
    for _ in range(20):
        made.step(rng.integers(0, len(ACTS), (3, 2)))
    return made


def damaged(sim: Simulator, field: str, value: int) -> dict[str, np.ndarray]:
    saved = sim.save()
    saved[field].reshape(-1)[-1] = np.asarray(value).astype(saved[field].dtype)
    return saved


def refused(sim: Simulator, saved: dict[str, np.ndarray], message: str) -> None:
    before = sim.digest()
    with pytest.raises(ValueError) as refusal:
        sim.restore(saved)
    assert message in str(refusal.value)
    assert sim.digest() == before, "nothing has changed"


def test_every_field_of_a_state_is_checked_or_free():
    assert {*OF_LEVELS} == {*LEVEL_FIELDS}
    assert {*OF_LEVELS, *OF_EPISODES} | FREE == {*State._fields}, "say what a new field may hold"
    assert not {*OF_LEVELS, *OF_EPISODES} & FREE


@pytest.mark.parametrize(("field", "value"), [(field, value) for field in WRONG for value in WRONG[field]])
def test_a_number_out_of_range_is_refused_by_name(sim, field, value):
    refused(sim, damaged(sim, field, value), f"what was saved: {field}")


@pytest.mark.parametrize("field", [name for name in OF_EPISODES if State.__annotations__[name] and name in (
    "terminated", "truncated", "over", "success", "active", "stale", "goal_met")])  # fmt: skip
def test_a_truth_is_zero_or_one(sim, field):
    saved = sim.save()
    saved[field].view(np.uint8).reshape(-1)[-1] = 2
    refused(sim, saved, f"what was saved: {field}")


@pytest.mark.parametrize(
    ("at", "value"),
    [
        ((0, 0), 17),
        ((0, 1), 4),
        ((0, 2), 6),
        ((0, 3), 250),
        ((0, 4), 200),
        ((0, 5), 5),
        ((4, 0), 1),
        ((0, 0), 15),
    ],
)
def test_a_goal_that_means_nothing_is_refused(sim, at, value):
    """Verbs, stages, quantities, kinds, colours, relations; a clause among constraints, a constraint among clauses."""
    saved = sim.save()
    saved["goal"][2, 1][at] = value
    refused(sim, saved, "what was saved: goal[2, 1, ")


def test_things_are_of_the_class_that_the_verb_is_about(sim):
    saved = sim.save()
    saved["goal"][2, 1, 0] = saved["goal"][2, 1, 0] * 0
    saved["goal"][2, 1, 0, 0] = 9  # open: a fixture, not nothing
    refused(sim, saved, "what was saved: goal[2, 1, 0, 3] is 0")


def test_a_set_of_things_that_are_not_there_is_refused(sim):
    saved = sim.save()
    saved["bound"][...] = 2**64 - 1
    refused(sim, saved, "what was saved: bound")


def test_instructions_are_checked_as_tasks_are(sim):
    refused(sim, damaged(sim, "told_stage", 5), "what was saved: told_stage")
    refused(sim, damaged(sim, "told_bound", 2**64 - 1), "what was saved: told_bound")
    refused(sim, damaged(sim, "told_goal", 255), "what was saved: told_goal")
    refused(sim, damaged(sim, "task_tokens", 60_000), "what was saved: task_tokens")


def test_a_margin_without_wall_is_refused(sim):
    for plane in range(4):
        saved = sim.save()
        saved["planes"][1, plane, 3] += 1
        refused(sim, saved, f"what was saved: planes[1, {plane}, 3]")


def test_arrays_of_other_worlds_are_refused(sim):
    saved = sim.save()
    refused(sim, {k: v for k, v in saved.items() if k != "hand"}, "what was saved lacks the array 'hand'")
    refused(sim, saved | {"hnad": saved["hand"]}, "has an unknown array 'hnad': did you mean 'hand'?")
    refused(sim, saved | {"hand": saved["hand"][:1]}, "hand is uint8[1, 2], uint8[3, 2] is needed")
    refused(sim, saved | {"hand": saved["hand"].astype(float)}, "hand is float64[3, 2]")
    refused(sim, saved | {"hand": [[0, 0]]}, "hand is list")
    other = saved | {"option": saved["option"] + 1}
    refused(sim, other, "option differs: it was saved of another scenario")


def test_a_level_that_the_bank_does_not_have_is_drawn_by_chance(sim):
    """A simulator may be given another bank after it was restored: what comes next is looked up late."""
    other = Simulator(sim.scenario, 3, levels=4)
    other.restore(sim.save() | {"next_level": np.array([4, 2**31 - 1, 3], np.int32)})
    other.state.step[:] = other.state.step_limit - 1
    other.step(np.zeros((3, 2), np.int64))
    assert (other.state.level < 4).all() and other.state.level[2] == 3


def test_a_bank_is_checked_before_it_is_used(sim):
    bank = make_scenario("house").draw(2, 0)
    check_levels(bank)
    bank.agent_cell[1, 0] = 255 << 8 | 255
    with pytest.raises(ValueError, match=r"the bank: agent_cell\[1, 0\] is 65535, which no world has"):
        sim.set_bank(bank)
    with pytest.raises(ValueError, match="the bank: agent_cell"):
        Simulator(make_scenario("house"), 1, bank=bank)


@pytest.mark.parametrize("scene", SCENES)
def test_worlds_that_were_played_are_sound(scene):
    sim = simulator(scene, 4)
    rng = np.random.default_rng(1)
    for _ in range(60):
        sim.step(rng.integers(0, len(ACTS), (4, sim.agents)))
        check_worlds(sim.state)
    other = simulator(scene, 4, seed=5)
    other.restore(sim.save())
    assert other.digest() == sim.digest()


def test_damage_anywhere_is_refused_or_harmless(sim):
    """A byte is changed at a time; what is still accepted is played."""
    saved, rng, accepted = sim.save(), np.random.default_rng(0), 0
    fields = [
        name
        for name, array in saved.items()
        if array.size and name not in ("option", "rate", "house", "life")
    ]
    other = Simulator(sim.scenario, 3, levels=4)
    for i in range(600):
        damaged = dict(saved)
        name = fields[i % len(fields)]
        damaged[name] = saved[name].copy()
        flat = damaged[name].reshape(-1).view(np.uint8)
        flat[rng.integers(len(flat))] = rng.integers(256)
        try:
            other.restore(damaged)
        except ValueError as error:
            assert name in str(error)
            continue
        accepted += 1
        for _ in range(3):
            other.step(rng.integers(0, len(ACTS), (3, 2)))
    assert accepted > 100
