"""Is what an agent is told kept apart from what it is judged by? Subgoals change what it perceives, no more."""

import copy
from dataclasses import replace

import numpy as np
import pytest

from agents.policies.planner import Planner
from agents.policies.simple import Decoy
from agents.types import Cast
from tests.houses import act, house
from worlds.goal import encode
from worlds.language.instructions import parse, words_of
from worlds.objects import COLOURS, KIND, look
from worlds.scenario import Rewards, make_scenario
from worlds.simulator import NEXT_STEP, SAME_STEP, Simulator
from worlds.state import (
    ACTS,
    DONE,
    GOAL_FIELDS,
    SENSE_BROKEN,
    SENSE_CLAUSES_DONE,
    SENSE_STAGE,
    SUCCEEDED,
    USE,
    with_goals_apart,
)

# Told on the way: what can be done, what cannot, what is done at once, what is soon broken, in one step and several.
SUBGOALS = (
    "go to a door", "pick up a cup", "follow Bob", "go to the kitchen, then go to a bed", "put a cup on a bed",
    "open every door", "follow Bob without entering the kitchen", "meet Bob without entering the bedroom",
    "follow Bob and do not move a cup", "meet Ann and do not move an apple", "meet Ann and do not move a book",
    "meet Ann", "go to the fridge and pick up an orange", "put every apple in the fridge",
)  # fmt: skip
TASK = ("reward", "success", "terminated", "truncated", "over", "finished", "outcome", *GOAL_FIELDS)


@pytest.mark.parametrize("autoreset", (SAME_STEP, NEXT_STEP))
@pytest.mark.parametrize("scenario", ("house", "tidy_up"))
def test_following_subgoals_changes_no_bit_of_task_reward_and_success(scenario, autoreset):
    rewards = Rewards(clause=0.25, step=-0.01, failure=-1.0, slowness=0.5)
    made = make_scenario(scenario, rooms=(2, 2), constraints=0.5, agents=2)
    made = replace(made, rewards=rewards)
    sims = [Simulator(made, 12, levels=24, seed=5, autoreset=autoreset) for _ in range(2)]
    for sim in sims:
        sim.bank.step_limit[:] = 60
        sim.reset()
    goals = [parse(words) for words in SUBGOALS]
    chance, ended, differed, met = np.random.default_rng(0), 0, 0, 0
    for step in range(240):
        if step % 2:
            w, a, which = chance.integers(12), chance.integers(2), chance.integers(len(goals))
            sims[1].instruct(int(w), int(a), goals[which], task=False)
        acts = chance.choice(len(ACTS), (12, 2), p=(0.02, 0.15, 0.15, 0.4, 0.12, 0.08, 0.07, 0.01))
        for sim in sims:
            sim.step(acts)
        alone, led = (sim.state for sim in sims)
        for name in TASK:
            assert np.array_equal(getattr(alone, name), getattr(led, name)), f"{name} differs in step {step}"
        assert np.array_equal(alone.obs_view, led.obs_view)
        ended += int(led.over.sum())
        differed += int((sims[0].observation.tokens != sims[1].observation.tokens).any(2).sum())
        met += int((led.told_goal_met & led.is_instructed).sum())
    assert ended > 9 and differed > 1000 and met > 20


HOUSE = "A..D.c\n......\n\nA Ann facing east\nD shut red door\nc red cup"


def own_of(sim):
    own = sim.observation.own[0, 0]
    return int(own[SENSE_CLAUSES_DONE]), int(own[SENSE_STAGE]), int(own[SENSE_BROKEN])


def test_the_agent_perceives_its_instruction_and_how_far_it_got_with_it():
    sim = house(HOUSE, ann="pick up the red cup")
    sim.instruct(0, 0, "go to the red door, then open the red door", task=False)
    assert words_of(sim.observation.tokens[0, 0].tolist()) == "go to the red door, then open the red door"
    act(sim, ann="forward")
    act(sim, ann="forward")
    assert own_of(sim) == (0b01, 1, 0)
    act(sim, ann="use")
    assert own_of(sim) == (0b11, 1, 0) and sim.instructed.goal_met[0, 0]
    assert not sim.state.goal_met[0, 0] and sim.state.clauses_done[0, 0] == 0 and sim.state.reward[0, 0] == 0
    assert words_of(sim.state.task_tokens[0, 0].tolist()) == "pick up the red cup"


def test_done_is_judged_by_the_task():
    sim = house(HOUSE, ann="pick up the red cup")
    sim.instruct(0, 0, "go to the red door", task=False)
    act(sim, ann="forward")
    act(sim, ann="forward")
    assert sim.instructed.goal_met[0, 0]
    act(sim, ann="done")
    assert sim.state.terminated[0, 0] and not sim.state.success[0, 0]


def test_a_broken_instruction_ends_nothing():
    sim = house("Ac.\n\nA Ann facing east\nc red cup", ann="pick up the red cup")
    sim.instruct(0, 0, "go to the red cup and do not move the red cup", task=False)
    act(sim, ann="pick up")
    assert own_of(sim)[2] == 1 and sim.state.goal_met[0, 0] and not sim.state.terminated[0, 0]


def test_a_new_task_or_episode_is_what_the_agent_is_told():
    sim = house(HOUSE, ann="pick up the red cup")
    sim.instruct(0, 0, "go to the red door", task=False)
    assert sim.state.is_instructed[0, 0]
    sim.instruct(0, 0, "open the red door")
    assert not sim.state.is_instructed[0, 0]
    sim.instruct(0, 0, "go to the red door", task=False)
    sim.reset(level=0)
    assert not sim.state.is_instructed[0, 0]
    for name in GOAL_FIELDS:
        assert np.array_equal(getattr(sim.state, name), getattr(sim.instructed, name)), name


def test_the_two_are_one_as_long_as_nobody_is_told_otherwise():
    sim = Simulator(make_scenario("house"), 32, levels=64, seed=2)
    players = Cast(sim, dict.fromkeys(sim.scenario.agents, Planner()))
    for _ in range(120):
        sim.step(players.act().copy())
        for name in GOAL_FIELDS:
            assert np.array_equal(getattr(sim.state, name), getattr(sim.instructed, name)), name


def test_the_expert_follows_the_instruction_and_then_the_task():
    sim = house(HOUSE, ann="pick up the red cup")
    sim.instruct(0, 0, "open the red door", task=False)
    planner, ann = Planner(), np.array([0])
    memory = planner.start(sim, ann)
    acts = []
    while not sim.state.over[0]:
        action, memory = planner.act(sim, ann, memory)
        if action[0, 0] == DONE and USE in acts[-1:]:  # the instruction is carried out
            assert sim.instructed.goal_met[0, 0] and not sim.state.goal_met[0, 0]
            sim.instruct(0, 0, "pick up the red cup", task=False)
            action, memory = planner.act(sim, ann, memory)
        acts.append(int(action[0, 0]))
        sim.step(action)
    assert sim.state.finished[0, 0] == SUCCEEDED


def test_what_is_saved_copied_and_hashed_holds_both():
    sim = house(HOUSE, ann="pick up the red cup")
    before = sim.digest()
    sim.instruct(0, 0, "go to the red door", task=False)
    assert sim.digest() != before
    act(sim, ann="forward")
    twin, saved = copy.deepcopy(sim), sim.save()
    for other in (twin, sim):
        act(other, ann="forward")
        assert other.instructed.goal_met[0, 0] and not other.state.goal_met[0, 0]
    assert twin.digest() == sim.digest()
    sim.restore(saved)
    assert not sim.instructed.goal_met[0, 0]
    act(sim, ann="forward")
    assert twin.digest() == sim.digest()


def test_a_decoy_is_about_another_thing_and_leaves_the_goal_alone():
    sim = house("c.A.b\n\nA Ann facing north\nc red cup\nb blue ball", ann="pick up the red cup")
    before = sim.digest()
    decoy, ann = Decoy(), np.array([0])
    memory = decoy.start(sim, ann)
    action, memory = decoy.act(sim, ann, memory)
    assert sim.digest() == before
    for _ in range(3):
        sim.step(action)
        action, memory = decoy.act(sim, ann, memory)
    assert sim.state.hand[0, 0] and sim.state.item_look[0, sim.state.hand[0, 0] - 1] == look(
        KIND["ball"], COLOURS.index("blue")
    )


def test_goals_apart_are_copies():
    sim = house(HOUSE, ann="pick up the red cup")
    apart = with_goals_apart(sim.state)
    apart.goal[0, 0] = encode(parse("open the red door"))
    assert apart.agent_cell is sim.state.agent_cell
    assert not np.array_equal(apart.goal, sim.state.goal)
    assert np.array_equal(sim.instructed.goal, sim.state.goal)
