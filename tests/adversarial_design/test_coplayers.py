"""Is who plays beside the student a part of what is designed?"""

import numpy as np
import pytest

from adversarial_design.coplayers import EARLIER, Partners, with_partners
from adversarial_design.curriculum import Curriculum
from adversarial_design.cycle import Cycle
from adversarial_design.kinds import MazeConfig, house_grid, maze_grid
from adversarial_design.replay import ReplayConfig, accel
from agents.network.config import NetworkConfig
from agents.policies.planner import Planner
from agents.policies.simple import Still
from agents.types import Cast
from tests.houses import act, house
from tests.small import SMALL, SMALL_MIND, same
from worlds.generators.houses import HouseConfig
from worlds.levels.bank import bank_of, level_of
from worlds.simulator import DISABLED, Simulator
from worlds.state import ACTIVE, SUCCEEDED

PAIRS = maze_grid(MazeConfig(side=5, walls=(0, 3), step_limit=20, agents=2))
GRID = with_partners(PAIRS, ("expert", "still"))
POLICIES = {"expert": Planner(), "still": Still()}


def student_with(names, policies, seed=0, every=2):
    from adversarial_design.students import Student

    network = NetworkConfig(**{**vars(SMALL_MIND), "agents": 2})
    return Student(with_partners(PAIRS, names), network, SMALL, seed, partners=Partners(policies, every))


def test_a_partner_belongs_to_the_level():
    """Two levels that differ in the partner alone are two; texts say who it is; edits change it now and then."""
    rows = GRID.kind.draw(40, np.random.default_rng(0))
    assert set(rows[:, -1]) == {0, 1}
    other = rows.copy()
    other[:, -1] = 1 - other[:, -1]
    assert not set(GRID.kind.ids(rows)) & set(GRID.kind.ids(other))
    assert GRID.kind.coplayers(rows[:1]) == [("expert", "still")[int(rows[0, -1])]]
    texts = GRID.kind.write(rows)
    assert texts[0].startswith(f"with {('expert', 'still')[int(rows[0, -1])]}\n")
    assert np.array_equal(GRID.kind.read(texts), rows)
    edited, words = GRID.kind.edit(rows, np.random.default_rng(0), 1)
    assert (edited[:, -1] != rows[:, -1]).any() and any("with " in word for word in words)
    with pytest.raises(ValueError, match="0 partners for 2 agents"):
        with_partners(PAIRS, ())


def test_in_each_world_the_partner_of_its_level_plays():
    rows = GRID.kind.draw(16, np.random.default_rng(1))
    partners = Partners(POLICIES)
    partners.of_level = rows[:, -1].astype(int)
    sim = Simulator(PAIRS.scenario, 16, bank=GRID.bank(rows), autoreset=DISABLED)
    sim.assign(np.arange(16)[None])
    sim.reset()
    cast = Cast(sim, {"Ann": Still(), "Bob": partners})
    start = sim.state.agent_cell[:, 1].copy()
    solvable = GRID.kind.facts(rows).solvable
    for _ in range(20):
        sim.step(cast.act())
    is_still = rows[:, -1] == 1
    assert (sim.state.agent_cell[is_still, 1] == start[is_still]).all()
    assert (sim.state.finished[~is_still & solvable, 1] == 1).all()


class Saying:
    """Stands still and says one thing."""

    def __init__(self, token):
        self.token = token

    def start(self, sim, agents):
        return None

    def act(self, sim, agents, memory):
        sim.state.message[:, agents] = self.token
        return np.zeros((sim.worlds, len(agents)), np.int64), memory


def test_in_each_world_the_partner_of_its_level_is_heard_and_no_other():
    """Whoever was asked last has said something in all worlds."""
    sim = house("AB\n\nA Ann facing east\nB Bob facing west", rules={"message_tokens": 1}, worlds=3)
    partners = Partners({"one": Saying(1), "silent": Still(), "two": Saying(2)})
    partners.of_level = np.array([0, 1, 2])
    sim.state.level[:] = [0, 1, 2]
    sim.step(Cast(sim, {"Ann": Still(), "Bob": partners}).act())
    assert sim.observation.heard[:, 0, 1, 0].tolist() == [1, 0, 2]


def test_what_is_known_of_a_level_is_what_learners_can_do():
    """Bob, who does not learn, is told what cannot be done: the level counts as one that can, and at Ann's best."""
    told = house(
        ".A1.B.\n\nA Ann facing east\nB Bob facing east\n1 red cup",
        ann="pick up the red cup",
        bob="open the red door",
    )
    houses = house_grid(HouseConfig(side=9, agents=2))
    together = with_partners(houses, ("still",))
    rows = bank_of([level_of(told.bank, 0)], houses.sizes).house
    alone, beside = houses.kind.facts(rows), together.kind.facts(np.pad(rows, ((0, 0), (0, 1))))
    assert not alone.solvable[0] and beside.solvable[0]
    assert beside.optimum[0] == pytest.approx(2 * alone.optimum[0]) and beside.optimum[0] > 0.9


def test_a_student_designs_its_company_and_goes_on_bit_for_bit():
    """The expert, one who stands still, and the student as it was two updates ago."""
    names, policies = ("expert", "still", EARLIER), {**POLICIES, EARLIER: None}
    config = ReplayConfig(n=8, capacity=32, least=0.25, chance=0.8, edits=2)

    def cycle(seed):
        student = student_with(names, policies, seed)
        return Cycle(
            accel(student.grid.kind, config), {"student": student}, Curriculum(student.grid.kind), seed
        )

    straight, again = cycle(0), cycle(3)
    for _ in range(4):
        straight.advance()
    again.restore(*straight.save())
    for _ in range(4):
        assert straight.advance() == again.advance()
    assert same(straight, again)
    student = straight.players["student"]
    assert student.agents == 1 and student.partners.renewed > 0
    assert any(record["level"].startswith("with ") for record in straight.curriculum.records())


def test_trap_17_who_has_finished_is_not_put_back():
    """Ann has her cup and says done. While Bob goes on she stays where she is, cup in hand, and so does the cup."""
    sim = house(
        """
        .A1.B.

        A Ann facing east
        B Bob facing east
        1 red cup
        """,
        ann="pick up the red cup",
        bob="go to the kitchen",
    )
    act(sim, ann="pick up")
    act(sim, ann="done")
    assert sim.state.finished[0].tolist() == [SUCCEEDED, ACTIVE] and not sim.state.over[0]
    kept = [part.copy() for part in (sim.state.agent_cell[:, 0], sim.state.hand[:, 0], sim.state.item_cell)]
    for number in range(12):
        act(sim, ann="forward", bob=("turn left", "forward")[number % 2])
        now = (sim.state.agent_cell[:, 0], sim.state.hand[:, 0], sim.state.item_cell)
        assert all(np.array_equal(one, other) for one, other in zip(kept, now, strict=True))


def test_trap_17_chance_of_one_world_does_not_depend_on_others():
    """The same house, partner and acts give the same episode, whether alone or among sixteen."""
    grid = house_grid(HouseConfig(side=9, agents=2, step_limit=20))
    rows = grid.kind.draw(4, np.random.default_rng(0))
    ends = []
    for worlds in (1, 4):
        sim = Simulator(grid.scenario, worlds, bank=grid.bank(rows), seed=5, autoreset=DISABLED)
        sim.assign(np.arange(worlds)[None])
        sim.reset(seed=5)
        cast = Cast(sim, dict.fromkeys(grid.scenario.agents, Planner()))
        for _ in range(20):
            sim.step(cast.act())
        ends.append(
            (sim.state.agent_cell[0].tolist(), sim.state.item_cell[0].tolist(), sim.state.hand[0].tolist())
        )
    assert ends[0] == ends[1]
