"""How does a number of episodes come out? Each has its world beforehand, so that fast ones count no more.

World w of W plays episodes w, w + W, w + 2W, ...; episode e begins with level e of the bank (from the first
again, where there are more episodes than levels). A world without a further episode rests.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from worlds.simulator import DISABLED, Simulator


class Episodes(NamedTuple):
    """Results by episode and agent."""

    success_EA: np.ndarray  # bool
    return_EA: np.ndarray  # float64, sum of rewards
    steps_EA: np.ndarray  # int64, until the agent's own episode ended
    level_E: np.ndarray  # int64, row of the bank


Choose = Callable[[], np.ndarray]  # the acts of all agents, integers [W, A]
Watch = Callable[[np.ndarray], None]  # after each step, with the worlds whose episode ended at it, bool[W]


def nobody(_: np.ndarray) -> None:
    """Watches nothing."""


def play_episodes(
    sim: Simulator, episodes: int, choose: Choose, watch: Watch, begin: Watch = nobody
) -> Episodes:
    """Play so many episodes; `watch` sees the last step of each before its world begins the next one.

    `begin` sees worlds before their first step.

    Raises:
        ValueError: the simulator begins episodes by itself; it must be made with autoreset=DISABLED.
    """
    if sim.autoreset != DISABLED:
        raise ValueError(
            "play_episodes begins episodes by itself: make the simulator with autoreset=DISABLED"
        )
    state, levels = sim.state, sim.bank.step_limit.shape[0]
    results = Episodes(
        np.zeros((episodes, sim.agents), np.bool_),
        np.zeros((episodes, sim.agents)),
        np.zeros((episodes, sim.agents), np.int64),
        np.arange(episodes) % levels,
    )
    episode_W = np.arange(sim.worlds)
    plays_W = episode_W < episodes
    begins_W = plays_W.copy()
    while plays_W.any():
        if begins_W.any():
            state.next_level[begins_W] = results.level_E[episode_W[begins_W]]
            sim.begin(begins_W)
            begin(begins_W)
        state.action[...] = choose()
        sim.advance()
        now = episode_W[plays_W]
        results.success_EA[now] |= state.success[plays_W]
        results.return_EA[now] += state.reward[plays_W]
        results.steps_EA[now] += state.active[plays_W]
        ended_W = state.over & plays_W
        watch(ended_W)
        episode_W[ended_W] += sim.worlds
        plays_W = episode_W < episodes
        begins_W = ended_W & plays_W
    return results
