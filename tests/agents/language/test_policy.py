"""Does a language model lead an agent one subgoal at a time, and never touch what the agent is judged by?"""

import copy

import numpy as np
import pytest

from agents.language.policy import MOST_TRIES, Language
from agents.language.prompt import MEANING
from agents.policies.planner import Planner
from agents.types import Cast
from tests.houses import house
from worlds.goal import Goal
from worlds.language.instructions import InstructionError, canonical, parse
from worlds.scenario import make_scenario
from worlds.simulator import DISABLED, SAME_STEP, Simulator
from worlds.state import DONE, GOAL_FIELDS, SUCCEEDED

HOUSE = """
A...c
.....
b...t

A Ann facing east
c red cup
b green bed
t brown table
"""


def line(prompt, head):
    """What stands behind a word in a prompt, "" if no line begins so."""
    return next((row[len(head) :].strip() for row in prompt.splitlines() if row.startswith(head)), "")


def said(prompt):
    """Lines of what the person said."""
    return [row for row in prompt.splitlines() if row.startswith("person:")]


def clause_by_clause(prompts, _=None):
    """Stands for a model: the person's last words are meant as they are said; then their clauses, and `done`."""
    answers = []
    for prompt in prompts:
        if prompt.endswith(MEANING):
            answers.append(canonical(parse(said(prompt)[-1].partition(":")[2])))
            continue
        goal = parse(line(prompt, "meaning:"))
        reached = [done for done in line(prompt, "done:").split("; ") if done]
        left = goal.clauses[len(reached) :]
        answers.append(canonical(Goal(((left[0],),), goal.constraints)) if left else "done")
    return answers


def play(sim, policy, steps):
    cast = Cast(sim, dict.fromkeys(sim.scenario.agents, policy))
    for _ in range(steps):
        sim.step(cast.act())
        if sim.state.over.all():
            break
    return cast


def test_one_subgoal_at_a_time_until_the_task_is_done():
    sim = house(HOUSE, ann="pick up the cup, then go to the bed")
    prompts = []

    def respond(given, _):
        prompts.extend(given)
        return clause_by_clause(given)

    play(sim, Language(respond, Planner("seen")), 60)
    assert sim.state.finished[0, 0] == SUCCEEDED
    assert prompts[0].splitlines()[:2] == ["you are Ann", "person: pick up the cup, then go to the bed"]
    assert prompts.pop(0).endswith(MEANING)
    assert line(prompts[0], "meaning:") == "pick up the cup, then go to the bed"
    assert [line(prompt, "done:") for prompt in prompts] == [
        "",
        "pick up the cup",
        "pick up the cup; go to the bed",
    ]
    assert not any("here:" in prompt for prompt in prompts), "the house is not read where nothing has failed"


def test_long_instructions_are_carried_out_clause_by_clause():
    """Three and four clauses, two agents, houses of several rooms; not all can be told clause by clause."""
    scenario = make_scenario("house", split="S4", constraints=0.0)
    sim = Simulator(scenario, 24, levels=24, seed=3, autoreset=DISABLED)
    sim.assign(np.arange(24)[None])
    sim.reset()
    play(sim, Language(clause_by_clause, Planner()), 400)
    assert (sim.state.finished == SUCCEEDED).mean() > 0.75


def test_subgoals_never_change_what_is_judged():
    """The same acts with and without the bookkeeping of a model: goals, progress and rewards are equal, bit for bit."""
    scenario = make_scenario("house", rooms=(2, 2), clauses=(2, 2))
    led, alone = (Simulator(scenario, 8, levels=16, seed=4, autoreset=SAME_STEP) for _ in range(2))
    cast = Cast(led, dict.fromkeys(scenario.agents, Language(clause_by_clause, Planner("seen"))))
    ended = 0
    for _ in range(150):
        acts = cast.act().copy()
        led.step(acts)
        alone.step(acts)
        for name in ("reward", "success", "terminated", "truncated", "over", *GOAL_FIELDS):
            assert np.array_equal(getattr(led.state, name), getattr(alone.state, name)), name
        ended += int(led.state.over.sum())
    assert ended > 0


def test_what_is_no_answer_never_reaches_the_world():
    sim = house(HOUSE, ann="pick up the cup")
    asked = []

    def nonsense(prompts, _):
        asked.extend(prompts)
        return ["DROP TABLE; go go go"] * len(prompts)

    before = copy.deepcopy(sim.instructed.goal)
    cast = play(sim, Language(nonsense, Planner()), 20)
    assert len(asked) == 2 * MOST_TRIES and np.array_equal(sim.instructed.goal, before)
    assert line(asked[3], "failed:") and cast.memories[0].ended.all()


def test_it_asks_and_goes_on_when_it_is_answered():
    sim = house(HOUSE, ann="pick up the cup")
    prompts = []

    def respond(given, _):
        prompts.extend(given)
        return [
            "what should I do?"
            if prompt.endswith(MEANING) and "person: go" not in prompt
            else clause_by_clause([prompt])[0]
            for prompt in given
        ]

    cast = Cast(sim, {"Ann": Language(respond, Planner())})
    for _ in range(6):
        sim.step(cast.act())
    assert len(prompts) == 2 and sim.state.step[0] == 6, (
        "by the words alone, with what is known; then it waits"
    )
    assert "a red cup" not in prompts[0] and "a red cup" in prompts[1]
    sim.instruct(0, 0, "go to the bed")
    for _ in range(20):
        sim.step(cast.act())
    assert sim.state.finished[0, 0] == SUCCEEDED
    talk = [row for row in prompts[2].splitlines() if row.startswith(("person:", "you:"))]
    assert talk == ["person: pick up the cup", "you: what should I do?", "person: go to the bed"]


def test_the_model_is_not_asked_about_words_that_the_grammar_understands():
    sim = house(HOUSE, ann="could you place the mug onto the table?")
    prompts = []

    def respond(given, _):
        prompts.extend(given)
        return clause_by_clause(given)

    cast = play(sim, Language(respond, Planner("seen"), grammar=True), 60)
    assert sim.state.finished[0, 0] == SUCCEEDED
    assert not any(prompt.endswith(MEANING) for prompt in prompts)
    assert line(prompts[0], "meaning:") == "put the cup on the table"
    sim.speak(0, "person", "Ann", "pop the vase somewhere nice")
    sim.rejoin(0, 0, 20)
    sim.step(cast.act())
    cast.memories[0].talk[0] = ()
    with pytest.raises(InstructionError):
        cast.act()  # now the model is asked, and the one here knows no such words


def test_a_reason_ends_it():
    sim = house(HOUSE, ann="pick up the cup")
    cast = Cast(
        sim, {"Ann": Language(lambda prompts, _: ["there is no fridge here"] * len(prompts), Planner())}
    )
    assert cast.act()[0, 0] == DONE
    assert cast.memories[0].talk[0][-1].words == "there is no fridge here"


def test_a_subgoal_without_a_way_fails_in_words():
    sim = house(HOUSE, ann="pick up the cup")
    prompts = []

    def respond(given, _):
        prompts.extend(given)
        return ["pick up the banana" if len(prompts) < 3 else "I cannot do that"]

    play(sim, Language(respond, Planner("seen"), patience=15), 60)
    assert len(prompts) == 3 and line(prompts[2], "failed:").startswith("pick up the banana: ")
    assert "here:" not in prompts[1] and "a green bed" in prompts[2], "now what it has seen is read"


def test_many_worlds_are_asked_about_at_once_and_a_memory_stays_with_its_episode():
    sim = Simulator(make_scenario("house", step_limit=25), 16, levels=16, seed=1, autoreset=SAME_STEP)
    sizes = []

    def respond(prompts, _):
        sizes.append(len(prompts))
        return clause_by_clause(prompts)

    cast = Cast(sim, dict.fromkeys(sim.scenario.agents, Language(respond, Planner("seen"))))
    begun = 0
    for _ in range(60):
        sim.step(cast.act())
        begun += int(sim.state.over.sum())
    assert sizes[0] == 32 and begun > 16
    fresh = np.flatnonzero(np.repeat(sim.state.step == 1, 2))
    assert all(len(talk) <= 2 for talk in cast.memories[0].talk)
    assert all(not cast.memories[0].done[b] for b in fresh)


def test_words_that_are_no_instruction_are_refused_by_the_world_and_change_nothing():
    sim = house(HOUSE, ann="pick up the cup")
    with pytest.raises(InstructionError):
        sim.instruct(0, 0, "frobnicate the cup")
