"""What is a policy, who plays whom, and what happened? The Policy protocol, casts and batches.

Axes: T time, W worlds, A agents of a world, K agents that one policy plays, B columns (W * K, world by world: one agent
of one world each), S contexts (an instruction and how far it is done), L words, C cells of a view, H hidden units.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from worlds.simulator import Observation, Simulator
from worlds.state import Sizes, State

if TYPE_CHECKING:
    import torch
    from torch import Tensor

Memory = Any  # whatever a policy hands itself from step to step; only that policy looks inside


class Played(Protocol):
    """Worlds that a mind can play: our own, or those of others that are shown in a State of ours.

    After `advance`, worlds that are `over` have begun anew and show their last observation as the final one.
    """

    worlds: int
    agents: int
    autoreset: int
    sizes: Sizes
    state: State

    @property
    def instructed(self) -> State:
        """`state`, but its goals are the instructions that agents follow now; to be asked for anew after each step."""
        ...

    @property
    def observation(self) -> Observation:
        """What agents perceive now."""
        ...

    @property
    def final_observation(self) -> Observation:
        """The last observation of worlds whose episode ended at this step."""
        ...

    def advance(self) -> None:
        """Advance all worlds with what stands in `state.action`."""
        ...


class Policy(Protocol):
    """Observation and memory in, act and memory out, for all worlds at once.

    A policy is told which agents it plays. What it goes by it declares: one with `privileged = True` reads `sim.state`,
    the whole truth (the planner, an oracle), and tables of results say so; all others go by `sim.observation` alone,
    beside the chance stream `sim.state.key` and `sim.state.step`, which tells where an episode begins.
    """

    def start(self, sim: Simulator, agents: np.ndarray) -> Memory:
        """Memory before the first step, for int64 `agents[K]` of every world."""
        ...

    def act(self, sim: Simulator, agents: np.ndarray, memory: Memory) -> tuple[np.ndarray, Memory]:
        """Acts int64[W, K] for the present state, and the memory for the next step."""
        ...


def is_privileged(policy: object) -> bool:
    """Does this policy say that it reads the whole state? Who says nothing does not."""
    return bool(getattr(policy, "privileged", False))


class Batch(NamedTuple):
    """What happened to columns over T steps. Frames in which an agent was out of its episode are not `active`."""

    view: "Tensor"  # uint8[T, B, 3, C]
    own: "Tensor"  # uint8[T, B, 8]
    heard: "Tensor"  # uint8[T, B, A * M]
    context: "Tensor"  # int32[T, B] row of `tokens` and `begun`
    tokens: "Tensor"  # int64[S, L] instructions, 0 padding
    begun: "Tensor"  # uint8[S, 8] `own` of the step at which each context began
    clause: "Tensor"  # uint8[S, 2 * FIELDS] the clause that was to be done then, and the first constraint
    keep: "Tensor"  # float[T, B] 0 where an episode began: memory is wiped before the step
    h0: "Tensor"  # float[B, H] memory before the first step
    notes: "Tensor"  # uint8[T, B, NOTES, 4] what was known of places (charts.py)
    active: "Tensor"  # bool[T, B]
    act: "Tensor"  # int64[T, B]
    reward: "Tensor"  # float[T, B]
    terminated: "Tensor"  # bool[T, B] the agent's episode ended by its own doing
    truncated: "Tensor"  # bool[T, B] the agent's episode was cut
    success: "Tensor"  # bool[T, B] with terminated: the goal was reached
    forced: "Tensor"  # bool[T, B] the teacher chose the act: no experience of the policy's own
    value: "Tensor"  # float[T + 1, B] expected return of each frame, and of what comes after the last one
    final_value: "Tensor"  # float[T, B] expected return after a frame that was cut
    log_prob: "Tensor"  # float[T, B] of the act
    label: "Tensor"  # int64[T, B] the teacher's act, -1 without a teacher
    equal: "Tensor"  # uint8[T, B] the acts that it holds to be as good: bit i for act i
    subgoal: "Tensor"  # uint8[T, B, 3] verb, thing and place that the teacher is about
    can: "Tensor"  # bool[T, B] can the instruction be carried out at all?
    advantage: "Tensor"  # float[T, B]
    returns: "Tensor"  # float[T, B]

    def to(self, device: "torch.device") -> "Batch":
        """The same on another device."""
        return Batch(*(part.to(device) for part in self))

    def columns(self, chosen: "Tensor") -> "Batch":
        """Some columns over all of time, with the contexts they need."""
        import torch

        context, rows = self.context[:, chosen].contiguous(), self.tokens
        used, places = torch.unique(context, return_inverse=True)
        used, places = used.long(), places.to(torch.int32)
        tokens = rows[used]
        length = int((tokens > 0).sum(1).max()) if len(tokens) else 0
        own = {
            "context": places,
            "tokens": tokens[:, : max(length, 1)],
            "begun": self.begun[used],
            "clause": self.clause[used],
            "h0": self.h0[chosen],
        }
        return Batch(
            *(
                own[name] if name in own else part[:, chosen]
                for name, part in zip(self._fields, self, strict=True)
            )
        )


class Cast:
    """Policies for all agents of a simulator: one call gives everybody's acts.

    Agents that share a policy object are played together, in one batch.

    Args:
        sim: the worlds they play in.
        policies: agent's name -> Policy; all agents must be named.

    Raises:
        ValueError: an agent has no policy, or there is no such agent.
    """

    def __init__(self, sim: Simulator, policies: Mapping[str, Policy]) -> None:
        names = list(sim.scenario.agents)
        wrong = set(policies) ^ set(names)
        if wrong:
            raise ValueError(
                f"the cast must name {', '.join(names)}, each once: check {', '.join(sorted(wrong))}"
            )
        self.sim = sim
        parts: dict[int, tuple[Policy, list[int]]] = {}
        for a, name in enumerate(names):
            parts.setdefault(id(policies[name]), (policies[name], []))[1].append(a)
        self.parts = [(policy, np.array(agents, np.int64)) for policy, agents in parts.values()]
        self.memories = [policy.start(sim, agents) for policy, agents in self.parts]
        self._action_WA = np.zeros((sim.worlds, sim.agents), np.int64)

    def act(self) -> np.ndarray:
        """Everybody's acts, int64[W, A]; overwritten by the next call."""
        for i, (policy, agents) in enumerate(self.parts):
            acts, self.memories[i] = policy.act(self.sim, agents, self.memories[i])
            self._action_WA[:, agents] = acts
        return self._action_WA
