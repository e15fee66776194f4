"""Are demonstrations answers that can be read, do they carry out what was meant, and do they follow from the prompt?"""

import numpy as np
import pytest

from agents.language.answers import Cannot, Meaning, Question, Subgoal, read_answer, read_meaning
from agents.language.policy import NO_WAY
from agents.language.prompt import NOWHERE, Situation
from agents.language.scene import Fact, Scene
from agents.policies.planner import Planner
from agents.types import Cast
from social_rl.human_feedback import demonstrations as shown
from social_rl.human_feedback.demonstrations import Leader, demonstrations, failed
from social_rl.human_feedback.leading import MANNERS, lead, steps_of
from social_rl.human_feedback.talks import ASKS_BACK, WHICH, pointing, the_one_there, the_other_one, things_of
from worlds.goal import MAX_CLAUSES
from worlds.language.instructions import canonical, parse
from worlds.objects import KIND
from worlds.scenario import make_scenario
from worlds.simulator import DISABLED, Simulator
from worlds.state import SUCCEEDED

SITUATION = Situation("Ann", (), NOWHERE, meaning="pick up the cup, then go to the hall")


def fact(text, *kinds):
    return Fact(text, KIND["hall"], tuple(KIND[kind] for kind in kinds), (0, 0), 1, 0)


def scene(*facts):
    return Scene(KIND["hall"], "", 0, facts, frozenset(), True)


@pytest.fixture(scope="module")
def some():
    return demonstrations(np.random.default_rng(0), 300, lambda goal, rng: canonical(goal))


def test_every_answer_is_one(some):
    for situation, answer, _ in some:
        read = read_answer if situation.meaning else read_meaning
        assert read(answer) is not None, answer
    kinds = {type(read_meaning(answer)) for situation, answer, _ in some if not situation.meaning}
    assert kinds == {Meaning, Question, Cannot}


def test_what_is_seen_of_houses_is_shown(some):
    """A leader goes by scenes that a model need not read: what is tidy, what is missing, what words point at."""
    assert any(
        situation.scene.facts for situation, _, _ in some if situation.meaning and not situation.failure
    )
    assert any(situation.scene.facts for situation, answer, _ in some if not situation.meaning)


def test_the_same_chance_shows_the_same(some):
    assert demonstrations(np.random.default_rng(0), 300, lambda goal, rng: canonical(goal)) == some


@pytest.mark.parametrize("split", ["S4", "S7"])
def test_whom_it_leads_carries_out_its_task(split, monkeypatch):
    monkeypatch.setattr(shown, "drawn_manner", lambda rng: "direct")
    scenario = make_scenario("house", split=split)
    sim = Simulator(scenario, 32, levels=32, seed=5, autoreset=DISABLED)
    sim.assign(np.arange(32)[None])
    sim.reset()
    cast = Cast(sim, dict.fromkeys(scenario.agents, Leader(Planner(), np.random.default_rng(0))))
    while not sim.state.over.all():
        sim.step(cast.act())
    assert (sim.state.finished == SUCCEEDED).mean() > 0.95


def test_one_subgoal_after_another_and_then_done():
    assert lead(SITUATION, "direct") == "pick up the cup"
    assert lead(SITUATION._replace(done=("pick up the cup",)), "direct") == "go to the hall"
    assert lead(SITUATION._replace(done=("pick up the cup", "go to the hall")), "direct") == "done"
    with_rule = SITUATION._replace(meaning="pick up the cup without moving the vase")
    assert lead(with_rule, "direct") == "pick up the cup without moving the vase"
    assert lead(with_rule._replace(done=("pick up the cup without moving the vase",)), "direct") == "done"


def test_manners_differ():
    assert sum(manner.share for manner in MANNERS.values()) == pytest.approx(1)
    assert lead(SITUATION, "roundabout") == "go to the cup"
    assert lead(SITUATION._replace(done=("go to the cup",)), "roundabout") == "pick up the cup"
    after = SITUATION._replace(
        meaning="go to the hall",
        done=("go to the hall",),
        scene=scene(fact("an empty open fridge", "fridge")),
    )
    assert lead(after, "direct") == "done"
    assert lead(after, "tidy") == "close the fridge"
    assert lead(after._replace(done=("go to the hall", "close the fridge")), "tidy") == "done"


def test_stages_of_many_demands_are_parted_with_what_is_easily_undone_at_their_end():
    goal = parse(
        "close the red door and go to the bed and put the cup on the table and put the plate on the desk"
    )
    parts = [canonical(goal._replace(stages=(part,))) for part in steps_of(goal, "direct")]
    assert parts == [
        "go to the bed",
        "put the cup on the table",
        "put the plate on the desk and close the red door",
    ]
    assert len(goal.clauses) == MAX_CLAUSES


def test_what_has_no_way_is_given_up_with_the_reason():
    lost = SITUATION._replace(failure=f"pick up the cup: {NO_WAY}")
    assert lead(lost, "direct") == "there is no cup here"
    assert (
        lead(lost._replace(scene=scene(fact("a red cup on the floor", "cup"))), "direct")
        == "I cannot do that"
    )
    assert (
        lead(SITUATION._replace(failure="pick up the cup: it took too long, nothing at last"), "direct")
        == "pick up the cup"
    )


def test_failures_are_shown_as_often_as_is_said():
    rng, demonstration = np.random.default_rng(0), shown.Demonstration(SITUATION, "pick up the cup", "direct")
    found = [failed(demonstration, rng) for _ in range(2000)]
    assert sum(map(len, found)) / 2000 == pytest.approx(shown.NO_WAYS + shown.TOO_LONGS, abs=0.02)


def test_words_that_point_are_resolved_from_the_scene_or_asked_about():
    rng = np.random.default_rng(0)
    one = scene(fact("a red cup on the brown table", "table", "cup"))
    both = scene(*one.facts, fact("a blue ball on the brown table", "table", "ball"))
    assert things_of(one)[0][:3] == (KIND["cup"], 1, KIND["table"])
    answers = {the_one_there(one, rng)[1] for _ in range(200)}
    assert answers == {"pick up the cup on the table", WHICH}
    asked = [the_one_there(both, rng)[1] for _ in range(400)]
    assert asked.count(WHICH) > 350
    cups = scene(fact("a red cup on the floor", "cup"), fact("a blue cup on the floor", "cup"))
    assert {the_other_one(cups, rng)[1] for _ in range(50)} == {"pick up the red cup", "pick up the blue cup"}
    three = scene(*cups.facts, fact("a green cup on the floor", "cup"))
    assert any(the_other_one(three, rng)[1].startswith("which cup: the ") for _ in range(50))


def test_what_points_is_answered_and_questions_are_asked():
    rng, seen = np.random.default_rng(0), set()
    for _ in range(1500):
        made = pointing(SITUATION, rng)
        if made is not None:
            situation, answer = made
            assert situation.talk and not situation.meaning
            seen.add(type(read_meaning(answer)))
    assert seen == {Meaning, Question}
    assert ASKS_BACK == "what do you mean?" and isinstance(read_answer("pick up the cup"), Subgoal)
