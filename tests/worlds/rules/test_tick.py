"""Is a step what it should be? Rewards, ends, autoreset modes, and the calls of the Simulator."""

import numpy as np
import pytest

from tests.houses import act, house, level, picture, play, scenario_of
from worlds.kernels import DISABLED, NEXT_STEP, SAME_STEP
from worlds.levels.level_text import level_to_text
from worlds.scenario import Rewards, make_scenario
from worlds.simulator import Simulator
from worlds.state import DONE, FAILED, RESTING, SUCCEEDED, TAKE

CUP = "cA.\n\nc red cup\nA Ann facing west"
PAIR = "cAB\n\nc red cup\nA Ann facing west\nB Bob facing west"


def worlds_of(text: str, autoreset: int, steps: int = 3, worlds: int = 2, **told: str) -> Simulator:
    return Simulator(scenario_of([level(text, steps, **told)]), worlds, levels=1, autoreset=autoreset)


def step(sim: Simulator, *acts: int) -> None:
    """One step with these acts of the first agents of all worlds."""
    action = np.zeros((sim.worlds, sim.agents), np.int64)
    action[:, : len(acts)] = acts
    sim.step(action)


# ---- rewards -------------------------------------------------------------------------------------------
def test_success_pays_less_the_later_it_comes():
    """1 - 0.9 * 3 / 10 = 0.73 at the third of ten steps."""
    sim = house(CUP, steps=10, ann="pick up the red cup", rules={"rewards": Rewards(slowness=0.9)})
    play(sim, ann="wait, pick up, done")
    assert sim.state.reward[0, 0] == pytest.approx(0.73)


def test_steps_and_clauses_are_paid_as_they_happen():
    """Each step -0.1; the clause +0.5 when it is first met; success +1."""
    rewards = Rewards(step=-0.1, clause=0.5)
    sim = house(CUP, ann="pick up the red cup", rules={"rewards": rewards})
    paid = []
    for words in ("pick up", "put down", "pick up", "done"):
        play(sim, ann=words)
        paid.append(float(sim.state.reward[0, 0]))
    assert paid == pytest.approx([0.4, -0.1, -0.1, 0.9])


def test_failure_costs():
    sim = house(CUP, ann="pick up the red cup", rules={"rewards": Rewards(failure=-2.0, step=-0.5)})
    act(sim, ann="done")
    assert sim.state.reward[0, 0] == -2.5


def test_who_has_finished_earns_nothing():
    sim = house(PAIR, ann="pick up the red cup", bob="meet Ann", rules={"rewards": Rewards(step=-0.1)})
    act(sim, ann="done")
    act(sim)
    assert sim.state.reward[0].tolist() == pytest.approx([0, -0.1])
    assert sim.state.active[0].tolist() == [False, True]


def test_success_without_done_where_it_is_not_asked_for():
    sim = house(CUP, ann="pick up the red cup", rules={"needs_done": False})
    play(sim, ann="pick up")
    assert sim.state.success[0, 0] and sim.state.reward[0, 0] == 1


def test_done_means_nothing_without_a_goal():
    sim = house(CUP)
    play(sim, ann="done, done")
    assert not sim.state.terminated.any()


# ---- the end -------------------------------------------------------------------------------------------
def test_the_step_limit_truncates_who_is_still_there():
    sim = house(PAIR, steps=2, ann="pick up the red cup", bob="meet Ann")
    act(sim, ann="done")
    assert (sim.state.terminated[0].tolist(), sim.state.truncated[0].tolist()) == (
        [True, False],
        [False, False],
    )
    assert not sim.state.over[0]
    act(sim)
    assert (sim.state.terminated[0].tolist(), sim.state.truncated[0].tolist()) == (
        [False, False],
        [False, True],
    )
    assert sim.state.over[0]


def test_success_at_the_last_step_is_no_truncation():
    sim = house(CUP, steps=2, ann="pick up the red cup")
    play(sim, ann="pick up, done")
    assert sim.state.terminated[0, 0] and not sim.state.truncated[0, 0]


def test_a_world_ends_when_all_have_finished():
    sim = house(PAIR, ann="pick up the red cup", bob="meet Ann")
    act(sim, ann="done")
    assert not sim.state.over[0]
    play(sim, bob="done")
    assert sim.state.over[0]
    assert sim.state.finished[0].tolist() == [FAILED, SUCCEEDED]


def test_a_world_ends_with_its_focal_agents():
    scenario = scenario_of([level(PAIR, ann="pick up the red cup", bob="meet Ann")])
    sim = Simulator(scenario, 1, levels=1, autoreset=DISABLED, focal=1)
    step(sim, 0, DONE)
    assert not sim.state.over[0], "Bob is not focal"
    step(sim, DONE)
    assert sim.state.over[0]


def test_a_world_that_is_over_stands_still():
    sim = house(CUP, steps=1)
    act(sim, ann="turn left")
    before = picture(sim)
    act(sim, ann="turn left")
    assert picture(sim) == before
    assert not (sim.state.truncated.any() or sim.state.terminated.any() or sim.state.reward.any())
    assert sim.state.over[0]


# ---- autoreset -----------------------------------------------------------------------------------------
def test_same_step_begins_anew_at_once_and_keeps_the_last_observation():
    sim = worlds_of(CUP, SAME_STEP, steps=1)
    step(sim, TAKE)
    assert sim.state.over.all() and sim.state.truncated.all()
    assert sim.final_observation.own[0, 0, 0] > 0, "at the end, a cup in the hand"
    assert sim.observation.own[0, 0, 0] == 0, "and none at the beginning"
    assert sim.state.episode.tolist() == [2, 2] and sim.state.step.tolist() == [0, 0]


def test_next_step_spends_a_step_on_beginning_anew():
    sim = worlds_of(CUP, NEXT_STEP, steps=1)
    step(sim, TAKE)
    assert sim.observation.own[0, 0, 0] > 0
    step(sim, TAKE)
    assert sim.observation.own[0, 0, 0] == 0
    assert not sim.state.over.any() and not sim.state.truncated.any() and not sim.state.active.any()
    step(sim, TAKE)
    assert sim.observation.own[0, 0, 0] > 0 and sim.state.over.all()


def test_disabled_waits_for_a_reset_of_the_chosen():
    sim = worlds_of(CUP, DISABLED, steps=1)
    step(sim, TAKE)
    step(sim, TAKE)
    assert sim.state.over.all() and sim.state.step.tolist() == [1, 1]
    sim.reset(chosen=np.array([False, True]))
    assert sim.state.over.tolist() == [True, False]
    assert sim.observation.own[:, 0, 0].astype(bool).tolist() == [True, False]


# ---- the Simulator -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "action, complaint",
    [
        ([[0, 8], [0, 0]], "world 0, agent 1: act 8 does not exist, allowed are 0 to 7"),
        ([[0, 0], [-1, 0]], "world 1, agent 0: act -1"),
        ([[0, 0]], "one integer for each of 2 worlds and 2 agents"),
        ([[0.0, 0.0], [0.0, 0.0]], "float64"),
    ],
)
def test_wrong_acts_are_refused_and_move_nothing(action, complaint):
    sim = worlds_of(PAIR, SAME_STEP)
    before = sim.digest()
    with pytest.raises(ValueError, match=complaint):
        sim.step(np.array(action))
    assert sim.digest() == before


def test_wrong_calls_are_refused():
    sim = worlds_of(PAIR, SAME_STEP)
    for call, complaint in (
        (lambda: sim.reset(chosen=np.array([True])), "one bool for each of 2 worlds"),
        (lambda: sim.reset(level=1), "rows 0 to 0"),
        (lambda: sim.reset(instruction=["", "", "meet Bob"]), "3 instructions for 2 agents"),
        (lambda: sim.step(np.zeros((2, 2), int), np.zeros((2, 2, 1))), "message has shape"),
        (lambda: sim.set_bank(make_scenario("maze", side=5).draw(2, 0)), "same capacities"),
        (lambda: worlds_of(PAIR, SAME_STEP, worlds=0), "worlds is 0"),
    ):
        with pytest.raises(ValueError, match=complaint):
            call()


def test_levels_come_from_the_bank_by_row_by_chance_or_from_text():
    levels = [level(f"{'.' * i}A{'.' * (3 - i)}\n\nA Ann facing east") for i in range(4)]
    sim = Simulator(scenario_of(levels), 64, levels=4, autoreset=DISABLED)
    assert set(sim.state.agent_cell[:, 0].tolist()) == {0, 1, 2, 3}, "each is drawn"
    sim.reset(level=2)
    assert set(sim.state.agent_cell[:, 0].tolist()) == {2}
    sim.reset(level=level_to_text(levels[1]))
    assert set(sim.state.agent_cell[:, 0].tolist()) == {1}
    sim.reset()
    assert len(set(sim.state.level.tolist())) == 4, "the row asked for was for one episode"


def test_a_seed_decides_everything():
    sim = worlds_of(PAIR, DISABLED, worlds=4)
    keys = sim.state.key.tolist()
    sim.reset()
    assert sim.state.key.tolist() != keys
    sim.reset(seed=0)
    assert sim.state.key.tolist() == keys
    assert len(set(keys)) == 4


def test_one_instruction_goes_to_the_first_agent_of_the_chosen_worlds():
    sim = worlds_of(PAIR, DISABLED)
    sim.reset(chosen=np.array([False, True]), instruction="pick up the red cup")
    assert sim.observation.tokens.any(axis=2).tolist() == [[False, False], [True, False]]
    step(sim, TAKE)
    step(sim, DONE)
    assert sim.state.success.tolist() == [[False, False], [True, False]]


def test_resting_is_what_the_finished_do():
    sim = house(PAIR, ann="pick up the red cup", bob="meet Ann")
    act(sim, ann="done")
    act(sim, ann="turn left")
    assert sim.state.outcome[0, 0] == RESTING


def test_whoever_is_not_done_is_cut_off_where_a_world_ends_with_others():
    """Else it would seem to go on in the next episode, and advantages would cross from one to the other."""
    text = "Ac..B\n\nA Ann facing east\nB Bob facing east\nc red cup"
    scenario = scenario_of([level(text, 128, ann="go to the cup", bob="go to the cup")])
    sim = Simulator(scenario, 1, levels=1, autoreset=DISABLED, focal=1)
    act(sim, ann="done")
    assert sim.state.over[0] and sim.state.terminated[0].tolist() == [True, False]
    assert sim.state.truncated[0].tolist() == [False, True]
