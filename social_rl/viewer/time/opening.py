"""How is a replay opened in the window? Its world at the beginning, all its events on the tape, and all marks."""

from collections.abc import Callable, Mapping

import numpy as np

from agents.language.understanding import Understanding
from agents.types import Policy
from social_rl.viewer.minds.driving import NOT_HERE, driver_of
from social_rl.viewer.model import ViewerState, set_out
from social_rl.viewer.time.reliving import catch_up, seek
from social_rl.viewer.time.tape import Tape
from worlds.replay import Replay, ReplayError, begun, difference
from worlds.scenario import Scenario
from worlds.simulator import Simulator
from worlds.state import WAIT


class Absent:
    """Stands for who played in a replay and cannot be asked any more: where a branch asks it, it waits."""

    def __init__(self, name: str) -> None:
        self.name = f"{name}{NOT_HERE}"

    def start(self, sim: Simulator, agents: np.ndarray) -> None:
        """It remembers nothing."""

    def act(self, sim: Simulator, agents: np.ndarray, memory: None) -> tuple[np.ndarray, None]:
        """Waits."""
        return np.full((sim.worlds, len(agents)), WAIT), None


def open_replay(
    replay: Replay,
    policies: Mapping[str, Policy],
    scenario: Scenario | None = None,
    understand: Callable[[str], Understanding] | None = None,
) -> ViewerState:
    """A replay at its beginning. All of it is lived through once, so that minds show what they think at every step.

    Args:
        policies: who plays each agent, by name: they are asked beside what is recorded, and decide in branches.
        scenario: as `worlds.replay.resimulate` takes it, where the replay is of none of ours.

    Raises:
        ReplayError: its world cannot begin, or an event of it cannot happen.
    """
    sim = begun(replay, scenario)
    cast = {name: policies.get(name) or Absent(_who(replay, a)) for a, name in enumerate(sim.scenario.agents)}
    drivers = [driver_of(policy, a, sim) for a, policy in enumerate(cast.values())]
    state = ViewerState(sim, drivers, Tape(sim, replay.cast, replay), understand=understand)
    set_out(state)
    state.diverged = difference(sim, replay, None, replay.digest)
    catch_up(state)
    try:
        seek(state, replay.steps)
    except ReplayError as error:
        raise ReplayError(f"{error}{replay.origin}") from None
    seek(state, 0)
    return state


def _who(replay: Replay, a: int) -> str:
    return replay.cast[a] if a < len(replay.cast) else "somebody"
