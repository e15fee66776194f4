"""How is experience gathered? A RolloutWorker plays some worlds and returns a Batch; each worker has a thread.

A worker owns everything that it needs to go on: worlds, memories, recorders and chance. What it gathers depends on its
seed and the network alone, never on threads or on other workers.

Axes: T time, W worlds, K agents that learn, B = W * K columns, S contexts.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from agents.batch import Batch, Contexts, Labels, Percept, Transition
from agents.memories import restore_memory, save_memory
from agents.network.actor_critic import ActorCritic
from agents.policies.learned import pick
from agents.policies.perception import LearnedMemory, check_mappable, columns_of, perceive, think
from agents.spatial_memory.egocentric_map import LANDMARKS
from agents.training.methods import Frame, Method, Recorder
from agents.types import Memory, Played, Policy
from worlds.scenario import Scenario
from worlds.simulator import DISABLED, SAME_STEP, Simulator
from worlds.state import State, just_came
from worlds.talk import TALK
from worlds.typed import typed

FLAGS = ("active", "terminated", "truncated", "success")


class RolloutWorker:
    """Worlds in which some agents learn.

    Args:
        sim: the worlds, with autoreset SAME_STEP; or DISABLED, to play one episode of each and no more.
        network: acts for those who learn.
        learners: agents that learn; all by default.
        others: agent -> Policy of those who do not.
        beside: agents that other workers play in these worlds, see `collect_together`.
        methods: what they learn by; each may record something.
        feasible: bool[levels, A] whether each instruction of the bank can be carried out; all by default.
        steps: T, frames of a batch.
        seed: of the draws of acts.
    """

    def __init__(
        self,
        sim: Played,
        network: ActorCritic,
        *,
        learners: np.ndarray | None = None,
        others: Mapping[int, Policy] | None = None,
        beside: Collection[int] = (),
        methods: Sequence[Method] = (),
        feasible: np.ndarray | None = None,
        steps: int = 32,
        seed: int = 0,
    ) -> None:
        if sim.autoreset not in (SAME_STEP, DISABLED):
            raise ValueError(
                "a worker needs worlds that begin anew by themselves or not at all: autoreset=SAME_STEP"
            )
        if network.has_map:
            check_mappable(sim)
        self.sim, self.network, self.steps, self.seed = sim, network, steps, seed
        self.learners = np.arange(sim.agents) if learners is None else np.asarray(learners, np.int64)
        self.others: dict[int, tuple[Policy, Memory]] = {
            a: (p, p.start(sim, np.array([a])))  # pyright: ignore[reportArgumentType]: they know these worlds
            for a, p in (others or {}).items()
        }
        if sorted([*self.learners, *self.others, *beside]) != list(range(sim.agents)):
            raise ValueError(f"learners and others must be agents 0 to {sim.agents - 1}, each once")
        self.feasible_of_level = feasible
        self.feasible = np.ones((sim.worlds, sim.agents), np.bool_)
        self.device = next(network.parameters()).device
        self.generator = torch.Generator(self.device).manual_seed(seed)
        self.memory = LearnedMemory.empty(network, sim, len(self.learners))
        self.keep_W = np.zeros(sim.worlds, np.float32)
        self.methods = tuple(methods)
        self.recorders: dict[str, Recorder] = {m.name: m.recorder(self) for m in methods if m.recorder}

    def collect(self, share: float = 0.0, methods: Sequence[Method] | None = None) -> Batch:
        """Play T steps.

        Args:
            share: how much of the run is done; only methods that are due then record.
            methods: only these; all by default.
        """
        return collect_together([self], share, methods)[0]

    def begin_take(self, share: float, methods: Sequence[Method] | None) -> "Take":
        """Room for what happens in the next T steps."""
        sim, T = self.sim, self.steps
        W, K = sim.worlds, len(self.learners)
        B, cells = W * K, sim.sizes.view**2
        due = [m.name for m in (self.methods if methods is None else methods) if m.due(share)]
        percept = {
            "view": np.empty((T, B, 3, cells), np.uint8), "own": np.empty((T, B, 8), np.uint8),
            "heard": np.empty((T, B, sim.agents * sim.sizes.message), np.uint8),
            "context": np.empty((T, B), np.int32), "keep": np.empty((T, B), np.float32),
            "landmarks": np.empty((T, B, LANDMARKS if self.network.has_map else 0, 4), np.uint8),
        }  # fmt: skip
        came: dict[str, np.ndarray] = {name: np.empty((T, B), np.bool_) for name in (*FLAGS, "forced")}
        came["reward"] = np.empty((T, B), np.float32)
        take = Take(
            percept, came, np.empty((T, W, sim.agents), np.int64), np.empty((T, W), np.int32),
            np.empty((T, *sim.state.message.shape), np.uint8),
            self.memory.hidden.cpu().view(W, K, -1), np.zeros(B, np.int32),
            [self.recorders[name] for name in due if name in self.recorders],
        )  # fmt: skip
        self.memory.stale = True
        for recorder in take.recorders:
            recorder.begin(share)
        return take

    def choose(self, t: int, take: "Take") -> Frame:
        """Perceive, think and choose acts and calls for step t, which are written to the state."""
        sim, state, agents = self.sim, self.sim.state, self.learners
        if self.feasible_of_level is not None:
            begins = state.step == 0
            self.feasible[begins] = self.feasible_of_level[state.level[begins]]
        seen = perceive(self.network, sim.observation, agents, self.keep_WK, self.memory)
        if len(seen.read):
            take.words.append(seen.words.cpu())
            take.begun.append(seen.own[seen.read])
            take.current[seen.read] = np.arange(take.contexts, take.contexts + len(seen.read))
            take.contexts += len(seen.read)
        for name in ("view", "own", "heard", "keep", "landmarks"):
            take.percept[name][t] = getattr(seen, name)
        take.percept["context"][t] = take.current
        thought = think(self.network, seen, self.memory)
        logits, value = self.network.decide(thought)
        act = pick(logits, self.generator).cpu().numpy()
        frame = Frame(seen, thought, logits, value, act, take.came["forced"][t])
        frame.calls = self.network.call(thought)
        if frame.calls is not None:
            frame.call = pick(frame.calls, self.generator).cpu().numpy()
            state.message[:, agents, 0] = frame.call.reshape(sim.worlds, len(agents)) + 1
        frame.forced[:] = False
        for recorder in take.recorders:
            recorder.before(t, frame)
        state.action[:, agents] = frame.act.reshape(sim.worlds, len(agents))
        return frame

    def note(self, t: int, take: "Take", frame: Frame) -> None:
        """Take in what came of step t."""
        sim, state = self.sim, self.sim.state
        for name in (*FLAGS, "reward"):
            take.came[name][t] = columns_of(getattr(state, name), self.learners)
        begins_W = state.over if sim.autoreset == SAME_STEP else np.zeros(sim.worlds, np.bool_)
        self.keep_W = 1 - begins_W.astype(np.float32)
        for recorder in take.recorders:
            recorder.after(t, frame)

    def end_take(self, take: "Take") -> Batch:
        """What happened, as a Batch."""
        W, K = self.sim.worlds, len(self.learners)
        labels = Labels()
        for recorder in take.recorders:
            labels = labels.joined(recorder.labels())
        by_world = {
            name: torch.from_numpy(part).unflatten(1, (W, K))
            for name, part in (take.percept | take.came).items()
        }
        transition = {name: torch.from_numpy(getattr(take, name)) for name in ("acts", "level", "said")}
        return Batch(
            Percept(**{name: by_world[name] for name in Percept._fields}),
            Contexts(_joined(take.words), torch.from_numpy(np.concatenate(take.begun))),
            take.hidden,
            Transition(**transition, **{name: by_world[name] for name in take.came}),
            labels._replace(frames={name: part.unflatten(1, (W, K)) for name, part in labels.frames.items()}),
            torch.from_numpy(self.learners),
        )

    @property
    def keep_WK(self) -> np.ndarray:
        """Whose memory goes on, bool[W, K]: not where an episode begins, nor that of a learner that came into one."""
        return (self.keep_W > 0)[:, None] & ~just_came(self.sim.state)[:, self.learners]

    def thought_now(self) -> Tensor:
        """Memory float[B, H] after the present frames, which nobody has acted in yet; nothing moves on."""
        memory = self.memory.columns(np.arange(len(self.memory.tokens)))
        seen = perceive(self.network, self.sim.observation, self.learners, self.keep_WK, memory)
        return think(self.network, seen, memory)

    def thought_ends(self, columns: np.ndarray) -> Tensor:
        """Memory float[n, H] after the true last observations of columns int64[n] whose episode was cut just now."""
        memory, last = self.memory.columns(columns), self.sim.final_observation
        keep = np.ones((self.sim.worlds, len(self.learners)))
        seen = perceive(self.network, last, self.learners, keep, memory, columns=columns)
        return think(self.network, seen, memory)

    def set_levels(self, bank: State, feasible: np.ndarray) -> None:
        """Begin future episodes with other levels; `feasible` as above."""
        self._own().set_bank(bank)
        self.feasible_of_level = feasible

    def set_rates(self, scenario: Scenario) -> None:
        """Pay, and let chance be, as in another scenario, see `Simulator.set_rates`."""
        self._own().set_rates(scenario)

    def begin(self, bank: State, rows_TW: np.ndarray) -> None:
        """Begin anew at once: each world with its column of rows of a bank, in turn, and nobody remembers anything."""
        sim = self._own()
        self.set_levels(bank, np.ones((len(bank.step_limit), sim.agents), np.bool_))
        sim.assign(rows_TW)
        sim.reset()
        self.keep_W[:] = 0
        self.others = {a: (p, p.start(sim, np.array([a]))) for a, (p, _) in self.others.items()}

    def save(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Arrays, and what goes into JSON, that `restore` needs to go on as if nothing had happened.

        Raises:
            ValueError: a memory holds what cannot be kept, or these worlds are not ours.
        """
        saved = self._own().save()
        facts: dict[str, Any] = {}
        if TALK in saved:  # of any length, unlike arrays
            facts[TALK] = saved.pop(TALK).tobytes().decode()
        arrays = {f"sim/{name}": array for name, array in saved.items() if array.size}
        arrays |= {
            "keep": self.keep_W,
            "feasible": self.feasible,
            "generator": self.generator.get_state().numpy(),
        }
        for name, memory in self._memories().items():
            kept, plain = save_memory(memory)
            arrays |= {f"{name}/{place}": array for place, array in kept.items()}
            facts[name] = plain
        return arrays, facts

    def restore(self, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:
        """Go on from what `save` returned.

        Raises:
            ValueError: it was saved by a worker of another make.
        """
        saved = {name: arrays.get(f"sim/{name}", array) for name, array in self.sim.state._asdict().items()}
        facts = dict(facts)
        if TALK in facts:
            said = typed(str, facts.pop(TALK), TALK)
            saved[TALK] = np.frombuffer(said.encode("utf-8", "replace"), np.uint8)
        self._own().restore(saved)
        self.keep_W, self.feasible = arrays["keep"].copy(), arrays["feasible"].copy()
        self.generator.set_state(torch.from_numpy(arrays["generator"].copy()))
        mine = self._memories()
        if mine.keys() != facts.keys():
            raise ValueError(
                f"this was saved with memories of {', '.join(facts) or 'none'}, this worker has {', '.join(mine)}: "
                "go on with the same methods and agents"
            )
        for name, memory in mine.items():
            head = f"{name}/"
            kept = {place.removeprefix(head): a for place, a in arrays.items() if place.startswith(head)}
            restored = restore_memory(memory, kept, facts[name])
            what, _, who = name.partition(" ")
            if what == "others":
                self.others[int(who)] = (self.others[int(who)][0], restored)
            elif what == "methods":
                self.recorders[who].memory = restored
            else:
                self.memory = restored

    def _memories(self) -> dict[str, Memory]:
        """All that is remembered, by whose it is."""
        others = {f"others {a}": memory for a, (_, memory) in self.others.items()}
        methods = {f"methods {name}": recorder.memory for name, recorder in self.recorders.items()}
        return {"network": self.memory, **others, **methods}

    def _own(self) -> Simulator:
        if not isinstance(self.sim, Simulator):
            raise ValueError(
                f"{type(self.sim).__name__} cannot be saved, nor given levels: only our own worlds can"
            )
        return self.sim

    def move_others(self) -> None:
        """Acts of those who do not learn, written to the state."""
        for a, (policy, memory) in self.others.items():
            acts, memory = policy.act(self.sim, np.array([a]), memory)  # pyright: ignore[reportArgumentType]
            self.others[a] = (policy, memory)
            self.sim.state.action[:, a] = acts[:, 0]


@dataclass
class Take:
    """What a worker's agents go through in T steps, in columns B = W * K, as it is gathered."""

    percept: dict[str, np.ndarray]
    came: dict[str, np.ndarray]
    acts: np.ndarray  # int64[T, W, A] of everybody
    level: np.ndarray  # int32[T, W]
    said: np.ndarray  # uint8[T, W, A, M] of everybody
    hidden: Tensor  # float[W, K, H] memory before the first step
    current: np.ndarray  # int32[B] the context of each column
    recorders: list[Recorder]
    words: list[Tensor] = field(default_factory=list)
    begun: list[np.ndarray] = field(default_factory=list)
    contexts: int = 0


@torch.no_grad()
def collect_together(
    workers: Sequence[RolloutWorker], share: float = 0.0, methods: Sequence[Method] | None = None
) -> list[Batch]:
    """Play T steps in worlds that these workers share, each for its own agents; a Batch for each of them.

    The first one moves those who do not learn. `share` and `methods` are as for `RolloutWorker.collect`.
    """
    first = workers[0]
    takes = [worker.begin_take(share, methods) for worker in workers]
    state = first.sim.state
    for t in range(first.steps):
        frames = [worker.choose(t, take) for worker, take in zip(workers, takes, strict=True)]
        first.move_others()
        for take in takes:
            take.acts[t], take.level[t], take.said[t] = state.action, state.level, state.message
        first.sim.advance()
        for worker, take, frame in zip(workers, takes, frames, strict=True):
            worker.note(t, take, frame)
    return [worker.end_take(take) for worker, take in zip(workers, takes, strict=True)]


def _joined(words: list[Tensor]) -> Tensor:
    """Rows of several lengths as one table, padded with 0."""
    length = max(part.shape[1] for part in words)
    return torch.cat([torch.nn.functional.pad(part, (0, length - part.shape[1])) for part in words])
