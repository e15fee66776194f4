"""Is what another was told guessed by Bayes' rule, and by true costs? Against a search by hand in a house of 3 x 3."""

import math
from functools import cache

import numpy as np
import pytest

from agents.guessing.guesser import Guesser, goals_of
from agents.guessing.likelihoods import ByActs, ByCosts, log_softmax
from agents.policies.planner import Planner
from agents.types import Cast
from tests.houses import act, house
from worlds.expert.costs import act_costs, keep_up, suppose
from worlds.expert.planning import optima
from worlds.scenario import make_scenario
from worlds.simulator import DISABLED, Simulator
from worlds.state import ACTIVE, ACTS

SMALL = """
    A.o
    ...
    t.l

    A Ann facing east
    o orange
    t red table
    l switched-off blue lamp
"""
TEXTS = ("pick up the orange", "put the orange on the red table", "switch on the lamp", "go to the table")
STORY = [
    "forward",
    "pick up",
    "turn right",
    "forward",
    "turn right",
    "forward",
    "turn left",
    "put down",
    "done",
]


def guessed(sim: Simulator, texts: tuple[str, ...], story: list[str], guesser: Guesser) -> list[np.ndarray]:
    """The posterior over what Ann was told, before each act and after the last one."""
    guess = guesser.start(sim, [0], goals_of(texts)[None, None])
    posteriors = []
    for words in story:
        guess = guesser.look(sim, guess)
        posteriors.append(guess.posterior_WKN[0, 0])
        act(sim, ann=words)
    return [*posteriors, guesser.look(sim, guess).posterior_WKN[0, 0]]


# ---- the small house, written once more ----------------------------------------------------------------
STEPS = ((-1, 0), (0, 1), (1, 0), (0, -1))  # north, clockwise
TABLE, LAMP, HAND = (2, 0), (2, 2), (-1, -1)
LIMIT = 128


def front(s: tuple) -> tuple[int, int]:
    """The cell ahead."""
    return s[0] + STEPS[s[2]][0], s[1] + STEPS[s[2]][1]


def after(s: tuple, words: str) -> tuple:
    """The next state (row, col, heading, where the orange is, is the lamp on, was the table faced)."""
    row, col, heading, orange, lamp, faced = s
    cell = front(s)
    is_inside = 0 <= cell[0] < 3 and 0 <= cell[1] < 3
    if words == "turn left":
        heading = (heading + 3) % 4
    elif words == "turn right":
        heading = (heading + 1) % 4
    elif words == "forward" and is_inside and cell not in (TABLE, LAMP, orange):
        row, col = cell
    elif words == "pick up" and cell == orange:
        orange = HAND
    elif words == "put down" and orange == HAND and is_inside and cell != LAMP:
        orange = cell
    elif words == "use" and cell == LAMP:
        lamp = not lamp
    new = row, col, heading, orange, lamp
    return *new, faced or front(new) == TABLE


HOLDS = (
    lambda s: s[3] == HAND,
    lambda s: s[3] == TABLE,
    lambda s: s[4],
    lambda s: s[5] or front(s) == TABLE,
)


@cache
def distances(goal: int) -> dict[tuple, int]:
    """Acts to the end from every state that can be reached, `done` among them, by sweeping until nothing changes."""
    start = (0, 0, 1, (0, 2), False, False)
    states, new = {start}, [start]
    while new:
        new = [t for s in new for words in ACTS if (t := after(s, words)) not in states and not states.add(t)]
    far = {s: 1 if HOLDS[goal](s) else LIMIT for s in states}
    changed = True
    while changed:
        changed = False
        for s in states:
            best = min(far[s], *(1 + far[after(s, words)] for words in ACTS))
            changed, far[s] = changed or best < far[s], best
    return far


def brute_force(story: list[str], beta: float, worst: int, prior: tuple[float, ...]) -> list[list[float]]:
    """The posterior by products of probabilities, before each act and after the last one."""
    state, weights = (0, 0, 1, (0, 2), False, False), list(prior)
    posteriors = [list(weights)]
    for said in story:
        for goal in range(len(HOLDS)):
            cost = {
                words: min(LIMIT, (1 if HOLDS[goal](state) else LIMIT) if words == "done" else
                           1 + distances(goal)[after(state, words)])
                for words in ACTS
            }  # fmt: skip
            best = min(cost.values())
            odds = {words: math.exp(-beta * min(worst, c - best)) for words, c in cost.items()}
            weights[goal] *= odds[said] / sum(odds.values())
        weights = [weight / sum(weights) for weight in weights]
        posteriors.append(list(weights))
        state = after(state, said)
    return posteriors


@pytest.mark.parametrize("beta", [0.5, 2.0])
def test_posteriors_equal_brute_force(beta: float):
    sim = house(SMALL)
    found = guessed(sim, TEXTS, STORY, Guesser(ByCosts(beta, 8)))
    expected = brute_force(STORY, beta, 8, (0.25,) * 4)
    assert len(found) == len(STORY) + 1
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    np.testing.assert_allclose(np.sum(found, 1), 1, rtol=1e-12)
    assert found[-1].argmax() == 1 and found[-1][1] > 0.9


def test_a_prior_is_taken_along():
    prior = (0.1, 0.2, 0.3, 0.4)
    sim = house(SMALL)
    guesser = Guesser(ByCosts(1.0, 8))
    guess = guesser.start(sim, [0], goals_of(TEXTS)[None, None], np.array(prior)[None, None])
    np.testing.assert_allclose(guess.posterior_WKN[0, 0], prior)
    guess = guesser.look(sim, guess)
    act(sim, ann="turn left")
    found = guesser.look(sim, guess).posterior_WKN[0, 0]
    np.testing.assert_allclose(found, brute_force(["turn left"], 1.0, 8, prior)[-1], rtol=1e-9)


def test_an_act_that_is_best_for_one_goal_alone_raises_it():
    """Ann turns right, to the table: of no use for the orange ahead of her."""
    first, then = guessed(house(SMALL), ("pick up the orange", "go to the table"), ["turn right"], Guesser())
    assert list(first) == [0.5, 0.5] and then[1] > 0.8


def test_the_order_of_candidates_does_not_matter():
    order = [2, 0, 3, 1]
    for guesser in (Guesser(ByCosts()), Guesser(ByActs("all")), Guesser(ByActs("seen"))):
        straight = guessed(house(SMALL), TEXTS, STORY, guesser)
        turned = guessed(house(SMALL), tuple(TEXTS[i] for i in order), STORY, guesser)
        np.testing.assert_allclose(np.array(turned), np.array(straight)[:, order], rtol=1e-12)


def test_looking_twice_at_one_moment_counts_once():
    sim, guesser = house(SMALL), Guesser()
    guess = guesser.look(sim, guesser.start(sim, [0], goals_of(TEXTS)[None, None]))
    act(sim, ann="turn right")
    once = guesser.look(sim, guess)
    assert guesser.look(sim, once) is once


def test_who_says_done_was_not_told_what_is_not_done():
    told = guessed(house(SMALL), ("go to the orange", "go to the table"), ["forward", "done"], Guesser())
    assert told[-1][0] > 0.99


def test_nothing_overflows_however_sharp_the_likelihood():
    found = guessed(house(SMALL), TEXTS, STORY, Guesser(ByCosts(1e6, 100)))
    assert np.isfinite(found).all() and np.allclose(np.sum(found, 1), 1)
    np.testing.assert_allclose(np.exp(log_softmax(np.array([-1e300, 0.0, 1e300]))), [0, 0, 1])
    np.testing.assert_allclose(np.exp(log_softmax(np.array([1e4, 1e4]))), [0.5, 0.5])


# ---- generated houses ------------------------------------------------------------------------------------
def own_goals(sim: Simulator, a: int = 0) -> np.ndarray:
    """The task of each world's agent, and another world's, uint8[W, 2, ROWS, FIELDS]."""
    return np.stack([sim.state.goal[:, a], np.roll(sim.state.goal[:, a], 1, 0)], 1)


def played(agents: int, worlds: int, seed: int) -> Simulator:
    """Worlds at the beginning of generated houses, one each."""
    sim = Simulator(
        make_scenario("house", agents=agents), worlds, levels=worlds, seed=seed, autoreset=DISABLED
    )
    sim.assign(np.arange(worlds)[None])
    sim.reset()
    return sim


def test_what_is_supposed_is_judged_like_what_was_told():
    sim = played(2, 16, 3)
    supposed, begins = suppose(sim.state, 0, own_goals(sim)), np.ones(16, np.bool_)
    cast = Cast(sim, dict.fromkeys(sim.scenario.agents, Planner()))
    keep_up(sim.state, 0, supposed, begins)
    while not sim.state.over.all():
        sim.step(cast.act())
        keep_up(sim.state, 0, supposed, ~begins)
        told = sim.state.active[:, 0]  # who has finished is judged no more
        for name in ("stage", "clauses_done", "goal_met", "broken"):
            mine, theirs = getattr(supposed, name)[::2, 0], getattr(sim.state, name)[:, 0]
            assert (mine == theirs)[told].all(), name


def test_the_experts_act_costs_what_it_needs_and_one_less_afterwards():
    """Now and then another act costs less: with several clauses the expert does not always take the best order."""
    sim = played(1, 16, 4)
    supposed, begins = suppose(sim.state, 0, own_goals(sim)), np.ones(16, np.bool_)
    policy, every = Planner(), np.arange(16)
    memory, needed = policy.start(sim, np.array([0])), optima(sim.bank)[:, 0]
    for step in range(4):
        keep_up(sim.state, 0, supposed, begins & (step == 0))
        active = sim.state.finished[:, 0] == ACTIVE
        costs = act_costs(supposed, 0, np.repeat(active, 2))[::2]
        action, memory = policy.act(sim, np.array([0]), memory)
        assert (costs[every, action[:, 0]] == needed - step)[active].all() and active.sum() > 8
        assert (costs.min(1) == needed - step)[active].mean() > 0.8
        sim.step(action)


def test_by_sight_the_seeing_expert_never_errs():
    """Alone in a house, every act of hers is among those that are as good, at most three."""
    sim = played(1, 8, 5)
    guesser, error = Guesser(ByActs("seen", 0.1)), 0.1
    cast = Cast(sim, {"Ann": Planner("seen")})
    guess = guesser.start(sim, [0], own_goals(sim)[:, None])
    for _ in range(40):
        guess = guesser.look(sim, guess)
        assert guess.log_act_WKNA is not None
        action = cast.act()
        own = guess.log_act_WKNA[np.arange(8), 0, 0, action[:, 0]]
        assert (own >= math.log((1 - error) / 3) - 1e-9)[guess.acts_WK[:, 0]].all()
        sim.step(action)


# ---- bad input -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"agents": [1]}, "agents are [1], allowed are some of 0 to 0"),
        ({"goals": np.zeros((1, 1, 2, 3, 4), np.uint8)}, "goals have shape (1, 1, 2, 3, 4), they need"),
        ({"goals": np.zeros((1, 1, 2, 6, 14), np.uint8)}, "world 0, agent 0: goal 0 asks for nothing"),
        ({"prior": np.array([[[1.0, 0.0]]])}, "the prior must be above 0 for each goal and sum to 1"),
        ({"prior": np.array([[[0.5, 0.4]]])}, "the prior must be above 0 for each goal and sum to 1"),
        ({"prior": np.full((1, 1, 3), 1 / 3)}, "the prior has shape (1, 1, 3), the goals (1, 1, 2)"),
    ],
)
def test_bad_input_is_refused_in_words(change: dict, message: str):
    sim = house(SMALL)
    goals = change.get("goals", goals_of(TEXTS[:2])[None, None])
    with pytest.raises(ValueError) as error:
        Guesser().start(sim, change.get("agents", [0]), goals, change.get("prior"))
    assert message in str(error.value)


def test_scenarios_with_mechanics_are_refused():
    sim = Simulator(make_scenario("coins"), 1, levels=1)
    with pytest.raises(ValueError, match="coins has mechanics of its own"):
        Guesser().start(sim, [0], goals_of(TEXTS[:2])[None, None])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ByCosts(0.0), "beta is 0.0"),
        (lambda: ByCosts(math.inf), "beta is inf"),
        (lambda: ByCosts(1.0, 0), "worst is 0"),
        (lambda: ByActs("all", 1.0), "error is 1.0"),
        (lambda: ByActs("some"), "knowledge is 'some'"),
        (lambda: goals_of(["pick up the orange"]), "1 goals to choose from"),
    ],
)
def test_settings_out_of_range_are_refused(make, message: str):
    with pytest.raises(ValueError) as error:
        make()
    assert message in str(error.value)
