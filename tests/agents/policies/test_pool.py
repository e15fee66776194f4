"""Does a pool draw one of its members for each episode, the same ones again by the same seed?"""

import numpy as np
import pytest

from agents.policies.pool import Pool
from tests.social import Copying, Doing
from worlds.scenario import make_scenario
from worlds.simulator import Simulator

WORLDS, EPISODE = 12, 5


def drawn(seed: int, episodes: int = 4, worlds: int = WORLDS) -> np.ndarray:
    """What a pool of those who always do one thing does, [T, W]: its members."""
    sim = Simulator(make_scenario("two_doors", steps=EPISODE), worlds, levels=1, seed=0)
    pool, agents = Pool([Doing(act) for act in (0, 1, 2)], seed), np.array([1])
    memory, acts_TW = pool.start(sim, agents), []
    for _ in range(episodes * EPISODE):
        act_WK, memory = pool.act(sim, agents, memory)
        acts_TW.append(act_WK[:, 0].copy())
        sim.step(np.pad(act_WK, ((0, 0), (1, 0))))
    return np.stack(acts_TW)


def test_a_member_plays_a_whole_episode_and_another_one_the_next():
    by_episode = drawn(0).reshape(-1, EPISODE, WORLDS)
    assert (by_episode == by_episode[:, :1]).all(), "nobody is exchanged on the way"
    assert set(by_episode[:, 0].ravel()) == {0, 1, 2}
    assert (by_episode[1:, 0] != by_episode[:-1, 0]).any() and (by_episode[0, 0] != by_episode[0, 0, 0]).any()


def test_the_draw_is_of_the_seed_and_of_nothing_else():
    assert (drawn(0) == drawn(0)).all() and (drawn(0) != drawn(1)).any()
    assert (drawn(0)[:, :3] == drawn(0, worlds=3)).all(), "whoever plays beside them"


def test_a_pool_reads_as_much_as_its_members():
    class Oracle(Copying):
        privileged = True

    assert Pool([Doing(0), Oracle(0)]).privileged and not Pool([Doing(0)]).privileged
    with pytest.raises(ValueError, match="at least one"):
        Pool([])


def test_who_plays_an_episode_speaks_in_it_and_nobody_else_does():
    class Saying(Doing):
        def act(self, sim, agents, memory):
            sim.state.message[:, agents, 0] = self.act_ + 1
            return super().act(sim, agents, memory)

    sim = Simulator(make_scenario("locked_pantry", calls=3), WORLDS, levels=1, seed=0)
    pool, agents = Pool([Saying(act) for act in (0, 1, 2)]), np.array([1])
    act_WK, _ = pool.act(sim, agents, pool.start(sim, agents))
    assert len(set(act_WK[:, 0])) == 3
    assert (sim.state.message[:, 1, 0] == act_WK[:, 0] + 1).all() and not sim.state.message[:, 0].any()
