"""Do worlds stay sound while agents do anything at all? Random play, looked at after each step."""

from collections.abc import Callable

import numpy as np

from tests.houses import assert_sound
from worlds.simulator import Simulator
from worlds.state import ACTIVE, ACTS, FORWARD, PASS_THROUGH


def play_at_random(
    sim: Simulator, agent_steps: int, seed: int = 0, look: Callable[[Simulator], None] = lambda sim: None
) -> None:
    """Play so many steps of agents, and fail where a state is not sound, two share a cell, or two swap theirs.

    Worlds begin anew as they end; `look` sees each state, too.
    """
    rng = np.random.default_rng(seed)
    acts = [ACTS.index(name) for name in sim.scenario.acts]
    for _ in range(-(-agent_steps // sim.state.action.size)):
        before_WA = sim.state.agent_cell.copy()
        sim.step(rng.choice([FORWARD, *acts], sim.state.action.shape))
        assert_sound(sim)
        if not sim.state.option[PASS_THROUGH]:
            assert not swapped(sim, before_WA).any(), "two agents swapped their cells"
        look(sim)


def swapped(sim: Simulator, before_WA: np.ndarray) -> np.ndarray:
    """Which two agents changed places at the last step, bool[W, A, A]; not in worlds that began anew."""
    s = sim.state
    is_where_WAA = s.agent_cell[:, :, None] == before_WA[:, None, :]
    went_WA = s.agent_cell != before_WA
    both_WAA = is_where_WAA & is_where_WAA.swapaxes(1, 2) & went_WA[:, :, None] & went_WA[:, None, :]
    here_WA = s.active & (s.finished == ACTIVE) & ~s.over[:, None]
    return both_WAA & here_WA[:, :, None] & here_WA[:, None, :]


def nobody_on(sim: Simulator, is_there: np.ndarray) -> None:
    """Fail if somebody stands where `is_there`, bool[W, N, N], holds."""
    row, col = sim.state.agent_cell >> 8, sim.state.agent_cell & 255
    assert not is_there[np.arange(sim.worlds)[:, None], row, col].any(), "something appeared under somebody"
