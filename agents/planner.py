"""Who knows what to do? The expert, which reads the Goal and plans; all-knowing, or from what it has seen."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from worlds import planning
from worlds.goal import FIELDS, NO_VERB, VERB, Clause, decode_clause
from worlds.simulator import Simulator


class PlannerMemory(NamedTuple):
    """What an expert has seen and what it is about."""

    seen: np.ndarray  # bool[W, A, N, N] cells seen in this episode; of no size for those who know everything
    subgoals: np.ndarray  # uint8[W, K, FIELDS] a goal row for each agent, zeros for none


@dataclass(frozen=True)
class Planner:
    """The expert: it acts at every step on the state alone (and on what it has seen), so it can advise anybody.

    Args:
        knowledge: "all", or "seen": only what its view has shown since the episode began.
    """

    knowledge: Literal["all", "seen"] = "all"

    def __post_init__(self) -> None:
        if self.knowledge not in ("all", "seen"):
            raise ValueError(f"knowledge is {self.knowledge!r}, allowed are 'all' and 'seen'")

    def start(self, sim: Simulator, agents: np.ndarray) -> PlannerMemory:
        """Nothing seen, nothing planned."""
        side = sim.sizes.side
        shape = (sim.worlds, sim.agents, side, side) if self.knowledge == "seen" else (0, 0, 0, 0)
        return PlannerMemory(np.zeros(shape, np.bool_), np.zeros((sim.worlds, len(agents), FIELDS), np.uint8))

    def act(
        self, sim: Simulator, agents: np.ndarray, memory: PlannerMemory
    ) -> tuple[np.ndarray, PlannerMemory]:
        """The expert's acts int64[W, K]; `memory.subgoals` says what each is for."""
        agents = np.ascontiguousarray(agents, np.int64)
        limited = self.knowledge == "seen"
        seen = memory.seen.copy() if limited else memory.seen
        if limited:
            planning.remember(sim.handle, agents, seen)
        acts, subgoals = planning.decide_all(sim.handle, agents, seen, limited)
        return acts, PlannerMemory(seen, subgoals)

    def explain(self, memory: PlannerMemory, w: int = 0) -> list[Clause | None]:
        """What each agent of a world is about, as clauses that `worlds.instructions.phrase_clause` can say."""
        return [decode_clause(row) if row[VERB] != NO_VERB else None for row in memory.subgoals[w]]
