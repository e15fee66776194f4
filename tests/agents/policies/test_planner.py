"""Does the expert behave as a Policy: alone or in company, with what it may know, from call to call?"""

import numpy as np
import pytest

from agents.policies.planner import Planner, subgoal_words
from agents.policies.simple import Wanderer
from agents.types import Cast
from tests.houses import act, house
from worlds.scenario import make_scenario
from worlds.simulator import DISABLED, Simulator
from worlds.state import ACTIVE, ACTS, DONE, SUCCEEDED, WAIT

ANN = np.array([0])


def acts_of(sim: Simulator, planner: Planner, steps: int) -> list[str]:
    """What Ann does in the first world, step by step."""
    memory, words = planner.start(sim, ANN), []
    for _ in range(steps):
        action, memory = planner.act(sim, ANN, memory)
        words.append(ACTS[action[0, 0]])
        act(sim, ann=words[-1])
    return words


def test_it_takes_the_shortest_way_and_says_done():
    sim = house("A..c\n\nA Ann facing east\nc red cup", ann="pick up the cup")
    assert acts_of(sim, Planner(), 4) == ["forward", "forward", "pick up", "done"]
    assert sim.state.finished[0, 0] == SUCCEEDED


def test_it_waits_for_who_stands_in_the_only_way():
    sim = house("A.B.b\n\nA Ann facing east\nB Bob facing east\nb red bed", ann="go to the bed")
    acts_of(sim, Planner(), 40)
    assert sim.state.finished[0, 0] == ACTIVE and sim.state.agent_cell[0, 0] & 255 == 1


def test_without_an_instruction_it_waits():
    sim = house("A.c\n\nA Ann facing east\nc red cup")
    assert acts_of(sim, Planner(), 3) == ["wait"] * 3


def test_seeing_experts_look_before_they_know():
    text = "A#c\n.#.\n...\n\nA Ann facing north\nc red cup"
    sim = house(text, ann="pick up the cup", rules={"view": 5})
    planner = Planner("seen")
    memory = planner.start(sim, ANN)
    planner.act(sim, ANN, memory)
    assert memory.beliefs.seen[0, 0, 0] and not memory.beliefs.seen[0, 0, 2]
    assert subgoal_words(memory, 0, 0) == "go to the cup"
    acts_of(sim, planner, 12)
    assert sim.state.finished[0, 0] == SUCCEEDED


def test_seeing_experts_look_into_a_container_only_once():
    text = "A1.2.\n.....\n\nA Ann facing east\n1 red ball in shut red bin\n2 red cup in shut blue bin"
    sim = house(text, ann="pick up the cup and close the red bin")
    words = acts_of(sim, Planner("seen"), 40)
    assert sim.state.finished[0, 0] == SUCCEEDED
    assert words.count("use") <= 4, "each bin is opened once, and the red one shut again"


def test_memory_is_forgotten_where_an_episode_begins():
    sim = house("A.c\n\nA Ann facing east\nc red cup", ann="pick up the cup")
    planner = Planner("seen")
    memory = planner.start(sim, ANN)
    planner.act(sim, ANN, memory)
    memory.beliefs.seen[...] = 1
    sim.reset(seed=0)
    planner.act(sim, ANN, memory)
    assert not memory.beliefs.seen.all()


def test_threads_change_nothing():
    def played(planner: Planner) -> np.ndarray:
        sim = Simulator(make_scenario("house"), 300, levels=300, seed=1, autoreset=DISABLED)
        players = Cast(sim, dict.fromkeys(sim.scenario.agents, planner))
        for _ in range(30):
            sim.step(players.act())
        return sim.state.agent_cell.copy()

    import numba

    threads = numba.get_num_threads()
    for knowledge in ("all", "seen"):
        many = played(Planner(knowledge))
        numba.set_num_threads(1)
        try:
            assert np.array_equal(many, played(Planner(knowledge)))
        finally:
            numba.set_num_threads(threads)


def test_it_gets_round_a_wanderer():
    sim = Simulator(make_scenario("house"), 128, levels=128, seed=2, autoreset=DISABLED, focal=1)
    players = Cast(sim, {"Ann": Planner(), "Bob": Wanderer(3)})
    while not sim.state.over.all():
        sim.step(players.act())
    assert (sim.state.finished[:, 0] == SUCCEEDED).all()


def test_whoever_has_finished_waits():
    sim = house("Ac\n\nA Ann facing east\nc red cup", ann="go to the cup")
    words = acts_of(sim, Planner(), 3)
    assert words == [ACTS[DONE], ACTS[WAIT], ACTS[WAIT]]


def test_what_it_may_know_is_checked():
    with pytest.raises(ValueError, match="knowledge is 'some', allowed are 'all' and 'seen'"):
        Planner("some")  # type: ignore[arg-type]


def equally_good(text, **told):
    """Which acts the expert holds to be as good as its first one."""
    sim = house(text, **told)
    planner = Planner()
    memory = planner.start(sim, ANN)
    _, memory = planner.act(sim, ANN, memory)
    return {name for i, name in enumerate(ACTS) if memory.equal[0, 0] >> i & 1}


@pytest.mark.parametrize(
    ("text", "acts"),
    [
        ("A..\n...\n..c\n\nA Ann facing east\nc red cup", {"forward"}),  # two ahead, then a turn; or ...
        (".A.\n...\n.c.\n\nA Ann facing north\nc red cup", {"turn left", "turn right"}),
        ("...\nA..\n..c\n\nA Ann facing east\nc red cup", {"forward"}),
        ("A...\n....\n....\n...c\n\nA Ann facing west\nc red cup", {"turn left"}),
        ("A.c\n\nA Ann facing east\nc red cup", {"forward"}),
        ("Ac.\n\nA Ann facing east\nc red cup", {"pick up"}),
        ("AD..c\n\nA Ann facing east\nD shut red door\nc red cup", {"use"}),
        (".c..\n....\nA...\n..c.\n\nA Ann facing west\nc red cup", {"turn left", "turn right"}),
    ],
)
def test_it_knows_which_acts_are_as_good(text, acts):
    assert equally_good(text, ann="pick up a cup") == acts


def test_every_act_that_is_as_good_leads_there_as_fast():
    """From all states of a walk: after any of them, the rest takes one act less."""
    text = "#########\n#A..#...#\n#...D.c.#\n#...#...#\n#########\n\nA Ann facing east\nD shut red door\nc red cup"

    def rest(sim):
        """How many acts the expert needs from here on, in a copy of these worlds."""
        other = house(text, ann="pick up the cup")
        other.restore({name: part.copy() for name, part in sim.save().items()})
        return len(acts_to_end(other))

    sim, many = house(text, ann="pick up the cup"), 0
    planner = Planner()
    while sim.state.finished[0, 0] == ACTIVE:
        memory = planner.start(sim, ANN)
        action, memory = planner.act(sim, ANN, memory)
        equal = [name for i, name in enumerate(ACTS) if memory.equal[0, 0] >> i & 1]
        assert ACTS[action[0, 0]] in equal
        many += len(equal) > 1
        length = rest(sim)
        for name in equal:
            tried = house(text, ann="pick up the cup")
            tried.restore({key: part.copy() for key, part in sim.save().items()})
            act(tried, ann=name)
            assert (0 if tried.state.finished[0, 0] else rest(tried)) == length - 1
        act(sim, ann=ACTS[action[0, 0]])
    assert many


def acts_to_end(sim):
    """What Ann does until she has finished."""
    planner, words = Planner(), []
    memory = planner.start(sim, ANN)
    while sim.state.finished[0, 0] == ACTIVE and len(words) < 60:
        action, memory = planner.act(sim, ANN, memory)
        words.append(ACTS[action[0, 0]])
        act(sim, ann=words[-1])
    return words
