"""Who plays a scenario as its own scripts say? Policies that look scripts up in the scenario they play in."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.policies.planner import Planner
from agents.policies.simple import Decoy
from agents.types import Memory, Policy
from worlds.checks import suggest
from worlds.expert.scripts import Script
from worlds.simulator import Simulator


@dataclass(frozen=True)
class Scripted:
    """Plays a script of the scenario, by name; it reads the whole state."""

    name: str
    privileged = True

    def start(self, sim: Simulator, agents: np.ndarray) -> Memory:
        """No memory.

        Raises:
            ValueError: the scenario has no such script.
        """
        if find_script(sim, self.name) is None:
            names = [one.__name__ for one in sim.scenario.scripts]
            raise ValueError(
                f"scenario {sim.scenario.name} has no script {self.name!r}: "
                + (suggest(self.name, names) if names else "it has none")
            )

    def act(self, sim: Simulator, agents: np.ndarray, memory: Memory) -> tuple[np.ndarray, Memory]:
        """Acts int64[W, K]."""
        act_WK = np.zeros((sim.worlds, len(agents)), np.int64)
        script = find_script(sim, self.name)
        assert script is not None
        script(sim.handle, agents, act_WK)
        return act_WK, memory


@dataclass(frozen=True)
class Own:
    """A script of the scenario where it has one of this name, else what plays any scenario."""

    name: str
    otherwise: Policy
    privileged = True

    def start(self, sim: Simulator, agents: np.ndarray) -> Memory:
        """Memory of who plays here."""
        return self._player(sim).start(sim, agents)

    def act(self, sim: Simulator, agents: np.ndarray, memory: Memory) -> tuple[np.ndarray, Memory]:
        """Acts int64[W, K]."""
        return self._player(sim).act(sim, agents, memory)

    def _player(self, sim: Simulator) -> Policy:
        return self.otherwise if find_script(sim, self.name) is None else Scripted(self.name)


def expert() -> Policy:
    """The scenario's own expert, or the planner, which carries out instructions anywhere."""
    return Own("expert", Planner())


def decoy(seed: int = 0) -> Policy:
    """Who is confidently wrong: as the scenario's own script, or about its instruction."""
    return Own("decoy", Decoy(seed))


def find_script(sim: Any, name: str) -> Script | None:
    """The script of this name that the scenario has, if it has one."""
    return next((one for one in sim.scenario.scripts if one.__name__ == name), None)
