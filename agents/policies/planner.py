"""Who shows how it is done? The expert: a Policy that reads the Goal and plans."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

import numba
import numpy as np

from worlds.expert.planning import Beliefs, decide_all, decide_serial, no_beliefs
from worlds.goal import FIELDS, NO_VERB, VERB, decode_clause
from worlds.language.instructions import phrase_clause
from worlds.simulator import Simulator

PARALLEL_FROM = 64  # decisions; below this, starting threads costs more than it saves


class PlannerMemory(NamedTuple):
    """What the expert keeps: what its agents know, and what each is about."""

    beliefs: Beliefs | None  # what was seen in this episode; None for one that knows everything
    equal: np.ndarray  # uint8[W, K] acts as good as the one it chose: bit i for act i
    subgoal: np.ndarray  # uint8[W, K, FIELDS] the goal row each agent is working on now


class Teacher(Protocol):
    """A Policy that says what it is about; it knows its own kind of worlds and is asked in no others."""

    def start(self, sim: Any, agents: np.ndarray) -> PlannerMemory:
        """Memory before the first step."""
        ...

    def act(self, sim: Any, agents: np.ndarray, memory: PlannerMemory) -> tuple[np.ndarray, PlannerMemory]:
        """What it would do now, int64[W, K]."""
        ...


@dataclass(frozen=True)
class Planner:
    """The best act from any state, by search.

    knowledge: "all" plans with the whole house before it. "seen" knows what its agent has seen in this episode and what
    everybody was told, and looks around until that is enough; it acts the same whatever is where it has not looked. It
    is the better teacher of agents that see no more than that.
    """

    knowledge: Literal["all", "seen"] = "all"

    def __post_init__(self) -> None:
        if self.knowledge not in ("all", "seen"):
            raise ValueError(f"knowledge is {self.knowledge!r}, allowed are 'all' and 'seen'")

    @property
    def privileged(self) -> bool:
        """Does it plan with what its agent has not seen?"""
        return self.knowledge == "all"

    def start(self, sim: Simulator, agents: np.ndarray) -> PlannerMemory:
        """Nothing seen yet."""
        beliefs = no_beliefs(sim.state, sim.worlds * len(agents)) if self.knowledge == "seen" else None
        equal = np.zeros((sim.worlds, len(agents)), np.uint8)
        return PlannerMemory(beliefs, equal, np.zeros((sim.worlds, len(agents), FIELDS), np.uint8))

    def act(
        self, sim: Simulator, agents: np.ndarray, memory: PlannerMemory
    ) -> tuple[np.ndarray, PlannerMemory]:
        """The expert's acts int64[W, K] for what its agents are told; the memory is updated in place."""
        return self.pursue(sim.instructed_handle, agents, memory)

    def pursue(
        self, worlds: Any, agents: np.ndarray, memory: PlannerMemory
    ) -> tuple[np.ndarray, PlannerMemory]:
        """As `act`, for the goals of a handle: of `sim.instructed_handle`, or other ones (state.with_goals_apart)."""
        act_WK = np.zeros(memory.equal.shape, np.int64)
        given = (worlds, memory.beliefs, agents, act_WK, memory.equal, memory.subgoal)
        if act_WK.size < PARALLEL_FROM:
            decide_serial(*given)
        else:
            decide_all(*given, numba.get_num_threads())
        return act_WK, memory


def subgoal_words(memory: PlannerMemory, w: int, k: int) -> str:
    """What the expert's k-th agent of world `w` is about, in words of the instruction language; "" if nothing."""
    row = memory.subgoal[w, k]
    return phrase_clause(decode_clause(row)) if row[VERB] != NO_VERB else ""
