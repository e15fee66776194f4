"""Who plays with whom next? One of several policies, drawn anew for each episode of each world."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from agents.types import Memory, Policy, is_privileged
from worlds.compiler.compile import entry
from worlds.rules.chance import below, draw, mix
from worlds.simulator import Simulator

_DRAW_MEMBER = 1 << 16  # number of the draw, at step 0: no agent has it


@entry
def _members(state, seed, n, member):
    """Write into member[W] which of n plays the present episode."""
    salt = mix(seed)
    for w in range(member.shape[0]):
        member[w] = below(draw(state.key[w] ^ salt, 0, _DRAW_MEMBER), n)


def act_as(
    members: Sequence[Policy | None], member_W: np.ndarray, sim: Simulator, agents: np.ndarray, memory: Memory
) -> tuple[np.ndarray, Memory]:
    """Acts int64[W, K] of the member that plays each world, and what that one says; all keep track of all worlds.

    Args:
        members: who may play; None: is not asked.
        member_W: int64[W] whose acts count in each world.
        memory: of each member.
    """
    acts_WK = np.zeros((sim.worlds, len(agents)), np.int64)
    said_WKM, memories = np.zeros_like(sim.state.message[:, agents]), []
    for i, (member, its) in enumerate(zip(members, memory, strict=True)):
        if member is not None:
            sim.state.message[:, agents] = 0
            theirs, its = member.act(sim, agents, its)
            mine = member_W == i
            acts_WK[mine], said_WKM[mine] = theirs[mine], sim.state.message[:, agents][mine]
        memories.append(its)
    sim.state.message[:, agents] = said_WKM
    return acts_WK, memories


@dataclass(frozen=True)
class Pool:
    """Plays as one of its members, who is drawn for each episode by its own chance (seed, world, episode).

    All members perceive all worlds, so that each remembers what a whole episode of its own would have told it.
    """

    members: Sequence[Policy]
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.members:
            raise ValueError("a pool needs at least one policy")

    @property
    def privileged(self) -> bool:
        """Does a member read the whole state?"""
        return any(map(is_privileged, self.members))

    def start(self, sim: Simulator, agents: np.ndarray) -> Memory:
        """The memories of all members."""
        return [member.start(sim, agents) for member in self.members]

    def act(self, sim: Simulator, agents: np.ndarray, memory: Memory) -> tuple[np.ndarray, Memory]:
        """Acts int64[W, K] of the member whose episode it is, and what that one says."""
        return act_as(self.members, self.drawn(sim), sim, agents, memory)

    def drawn(self, sim: Simulator) -> np.ndarray:
        """Which member plays the present episode, int64[W]."""
        member_W = np.zeros(sim.worlds, np.int64)
        _members(sim.handle, np.uint64(self.seed), len(self.members), member_W)
        return member_W
