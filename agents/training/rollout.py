"""How is experience gathered? A RolloutWorker plays some worlds and returns a Batch; each worker has a thread.

A worker owns everything that it needs to go on: worlds, memories, teacher and chance. What it gathers depends on its
seed and the mind alone, never on threads or on other workers.

Axes: T time, W worlds, K agents that learn, B = W * K columns, S contexts.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from agents.network.networks import ActorCritic
from agents.policies.learned import (
    LearnedMemory,
    changed_columns,
    check_chartable,
    columns_of,
    notes_of,
    percept_of,
    pick,
    read_again,
    senses_of,
)
from agents.policies.planner import Teacher
from agents.spatial_memory.egocentric_map import NOTES, ways_to_look_out
from agents.types import Batch, Played, Policy
from worlds.expert.planning import Beliefs
from worlds.goal import KIND_, MAX_CLAUSES, P_KIND, VERB
from worlds.language.texts import clause_due
from worlds.simulator import SAME_STEP, Simulator
from worlds.state import DONE, WAIT, State


class RolloutWorker:
    """Worlds in which some agents learn.

    Args:
        sim: the worlds, with autoreset SAME_STEP.
        mind: acts for those who learn.
        learners: agents that learn; all by default.
        others: agent -> Policy of those who do not.
        teacher: labels every state that a learner comes to, if there is one.
        can: bool[levels, A] whether each instruction of the bank can be carried out; all by default.
        steps: T, frames of a batch.
        seed: of the draws of acts.
    """

    def __init__(
        self,
        sim: Played,
        mind: ActorCritic,
        *,
        learners: np.ndarray | None = None,
        others: Mapping[int, Policy] | None = None,
        teacher: Teacher | None = None,
        can: np.ndarray | None = None,
        steps: int = 32,
        seed: int = 0,
    ) -> None:
        if sim.autoreset != SAME_STEP:
            raise ValueError("a worker needs worlds that begin anew by themselves: autoreset=SAME_STEP")
        if mind.has_charts:
            check_chartable(sim)
        self.sim, self.mind, self.teacher, self.steps = sim, mind, teacher, steps
        self.learners = np.arange(sim.agents) if learners is None else np.asarray(learners, np.int64)
        self.others = {
            a: (p, p.start(sim, np.array([a])))  # pyright: ignore[reportArgumentType]: they know these worlds
            for a, p in (others or {}).items()
        }
        if set(self.learners) | set(self.others) != set(range(sim.agents)) or set(self.learners) & set(
            self.others
        ):
            raise ValueError(f"learners and others must be agents 0 to {sim.agents - 1}, each once")
        self.can_of_level = can
        self.can = np.ones((sim.worlds, sim.agents), np.bool_)
        self.device = next(mind.parameters()).device
        self.generator = torch.Generator(self.device).manual_seed(seed)
        self.chance = np.random.default_rng(seed)
        self.memory = LearnedMemory.empty(mind, sim, len(self.learners))
        self.teacher_memory = teacher.start(sim, self.learners) if teacher else None
        self.keep = np.zeros(sim.worlds, np.float32)

    @torch.no_grad()
    def collect(self, beta: float = 0.0, values: bool = True) -> Batch:
        """Play T steps.

        Args:
            beta: DAgger's beta: in column b of B the teacher acts with chance `beta` * (b + 1/2) / B at each step,
                so that some columns follow it always and some hardly.
            values: estimate what frames are worth.
        """
        sim, state, agents, T = self.sim, self.sim.state, self.learners, self.steps
        B, K = sim.worlds * len(agents), len(agents)
        cells = sim.sizes.view**2
        view, own = np.empty((T, B, 3, cells), np.uint8), np.empty((T, B, 8), np.uint8)
        heard = np.empty((T, B, sim.agents * sim.sizes.message), np.uint8)
        context = np.empty((T, B), np.int32)
        active, terminated, truncated, success = (np.empty((T, B), np.bool_) for _ in range(4))
        forced = np.zeros((T, B), np.bool_)
        keep, reward = np.empty((T, B), np.float32), np.empty((T, B), np.float32)
        label, subgoal = np.full((T, B), -1, np.int64), np.zeros((T, B, 3), np.uint8)
        equal, can = np.zeros((T, B), np.uint8), np.empty((T, B), np.bool_)
        act, log_prob = torch.empty(T, B, dtype=torch.int64), torch.empty(T, B)
        value, final_value = torch.zeros(T + 1, B), torch.zeros(T, B)
        notes = np.empty((T, B, NOTES if self.mind.has_charts else 0, 4), np.uint8)
        h0 = self.memory.hidden.cpu()
        words: list[Tensor] = []
        begun: list[np.ndarray] = []
        clause: list[np.ndarray] = []
        contexts, current = 0, np.zeros(B, np.int32)
        self.memory.stale = True
        share = beta * (np.arange(B) + 0.5) / B
        for t in range(T):
            begins = state.step == 0
            if self.can_of_level is not None:
                self.can[begins] = self.can_of_level[state.level[begins]]
            can[t] = columns_of(self.can, agents)
            seen = sim.observation
            view[t], own[t], heard[t] = senses_of(seen, agents)
            keep[t] = np.repeat(self.keep, K)
            notes[t] = notes_of(view[t], own[t], keep[t], self.memory.chart, self.memory.at)
            chosen = changed_columns(seen, agents, self.memory)
            if len(chosen):
                words.append(read_again(self.mind, self.memory, chosen, own[t]).cpu())
                begun.append(own[t, chosen])
                clause.append(clauses_now(sim.instructed, chosen // K, agents[chosen % K]))
                current[chosen] = np.arange(contexts, contexts + len(chosen))
                contexts += len(chosen)
            context[t] = current
            percept = percept_of(view[t], own[t], heard[t], keep[t], notes[t], self.device)
            hidden = self.mind.think(percept, self.memory.reading, self.memory.hidden)[0]
            self.memory.hidden = hidden
            logits, value[t] = self.mind.decide(hidden)
            act[t] = pick(logits, self.generator)
            if self.teacher is not None:
                self._ask(self.teacher, label[t], equal[t], subgoal[t])
                self._give_up(~can[t] & (label[t] == WAIT), label[t], equal[t], view[t], notes[t])
                if beta > 0:
                    forced[t] = self.chance.random(B) < share
                    act[t] = torch.where(torch.from_numpy(forced[t]), torch.from_numpy(label[t]), act[t])
            log_prob[t] = logits.log_softmax(-1).gather(1, act[t, :, None].to(self.device))[:, 0]
            acts = act[t].numpy().reshape(-1, K)
            state.action[:, agents] = acts
            self._move_others()
            state.message[...] = 0
            sim.advance()
            reward[t] = columns_of(state.reward, agents)
            active[t] = columns_of(state.active, agents)
            terminated[t] = columns_of(state.terminated, agents)
            truncated[t] = columns_of(state.truncated, agents)
            success[t] = columns_of(state.success, agents)
            self.keep = 1 - state.over.astype(np.float32)
            if values and truncated[t].any():
                self._value_ends(truncated[t], final_value[t])
        if values:
            value[T] = self._value_now()
        nothing = torch.zeros(T, B)
        parts = {
            "view": view, "own": own, "heard": heard, "context": context, "tokens": _joined(words),
            "begun": np.concatenate(begun), "clause": np.concatenate(clause), "keep": keep, "h0": h0,
            "notes": notes, "active": active, "act": act, "reward": reward,
            "terminated": terminated, "truncated": truncated, "success": success, "forced": forced,
            "value": value, "final_value": final_value, "log_prob": log_prob, "label": label,
            "equal": equal, "subgoal": subgoal, "can": can, "advantage": nothing,
            "returns": nothing,
        }  # fmt: skip
        return Batch(**{name: _tensor(part) for name, part in parts.items()})

    def set_levels(self, bank: State, can: np.ndarray) -> None:
        """Begin future episodes with other levels; `can` as above."""
        self._own().set_bank(bank)
        self.can_of_level = can

    def begin(self, bank: State, rows_TW: np.ndarray) -> None:
        """Begin anew at once: each world with its column of rows of a bank, in turn, and nobody remembers anything."""
        sim = self._own()
        self.set_levels(bank, np.ones((len(bank.step_limit), sim.agents), np.bool_))
        sim.assign(rows_TW)
        sim.reset()
        self.keep[:] = 0
        self.others = {a: (p, p.start(sim, np.array([a]))) for a, (p, _) in self.others.items()}

    def save(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Arrays, and what goes into JSON, that `restore` needs to go on as if nothing had happened.

        Raises:
            ValueError: another agent's policy remembers what cannot be kept, or these worlds are not ours.
        """
        if any(memory is not None for _, memory in self.others.values()):
            raise ValueError(
                "a worker with other policies that remember cannot be saved: let them be without memory"
            )
        arrays = {f"sim/{name}": array for name, array in self._own().save().items() if array.size}
        arrays |= {
            "hidden": self.memory.hidden.cpu().numpy(), "at": self.memory.at, "tokens": self.memory.tokens,
            "progress": self.memory.progress, "keep": self.keep, "can": self.can,
            "generator": self.generator.get_state().numpy(),
        }  # fmt: skip
        if self.mind.has_charts:
            arrays["chart"] = self.memory.chart
        if self.teacher_memory is not None:
            arrays["teacher/subgoal"] = self.teacher_memory.subgoal
            if self.teacher_memory.beliefs is not None:
                arrays |= {
                    f"teacher/{name}": part for name, part in _parts(self.teacher_memory.beliefs).items()
                }
        return arrays, {"chance": self.chance.bit_generator.state}

    def restore(self, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:
        """Go on from what `save` returned."""
        saved = {name: arrays.get(f"sim/{name}", array) for name, array in self.sim.state._asdict().items()}
        self._own().restore(saved)
        self.memory.hidden = torch.from_numpy(arrays["hidden"].copy()).to(self.device)
        self.memory.at[:] = arrays["at"]
        if self.mind.has_charts:
            self.memory.chart[:] = arrays["chart"]
        self.memory.tokens[:], self.memory.progress[:] = arrays["tokens"], arrays["progress"]
        self.keep, self.can = arrays["keep"].copy(), arrays["can"].copy()
        self.generator.set_state(torch.from_numpy(arrays["generator"].copy()))
        if self.teacher_memory is not None:
            self.teacher_memory.subgoal[:] = arrays["teacher/subgoal"]
            if self.teacher_memory.beliefs is not None:
                for name, part in _parts(self.teacher_memory.beliefs).items():
                    part[:] = arrays[f"teacher/{name}"]
        self.chance.bit_generator.state = dict(facts["chance"])

    def _own(self) -> Simulator:
        if not isinstance(self.sim, Simulator):
            raise ValueError(
                f"{type(self.sim).__name__} cannot be saved, nor given levels: only our own worlds can"
            )
        return self.sim

    def _ask(self, teacher: Teacher, label: np.ndarray, equal: np.ndarray, subgoal: np.ndarray) -> None:
        acts, self.teacher_memory = teacher.act(self.sim, self.learners, self.teacher_memory)  # pyright: ignore
        label[:] = acts.reshape(-1)
        equal[:] = self.teacher_memory.equal.reshape(-1)
        subgoal[:] = self.teacher_memory.subgoal.reshape(len(label), -1)[:, [VERB, KIND_, P_KIND]]

    def _give_up(
        self, at: np.ndarray, label: np.ndarray, equal: np.ndarray, view: np.ndarray, notes: np.ndarray
    ) -> None:
        """Where a teacher sees no way at all: look round until nothing is left to be seen, and say that it is over.

        The teacher knows at once; had a pupil to do as it does, it would learn to give up by chance.
        """
        acts = np.zeros_like(equal)
        if self.mind.has_charts:
            acts[at] = ways_to_look_out(notes[at], view[at])
        equal[at] = np.where(acts[at] > 0, acts[at], 1 << DONE)
        label[at] = np.log2(equal[at] & -equal[at].astype(np.int64)).astype(np.int64)

    def _move_others(self) -> None:
        for a, (policy, memory) in self.others.items():
            acts, memory = policy.act(self.sim, np.array([a]), memory)  # pyright: ignore[reportArgumentType]
            self.others[a] = (policy, memory)
            self.sim.state.action[:, a] = acts[:, 0]

    def _value_now(self) -> Tensor:
        """Values of the present state, for the frame after the last one."""
        keep = np.repeat(self.keep, len(self.learners))
        view, own, heard = senses_of(self.sim.observation, self.learners)
        notes = notes_of(view, own, keep, self.memory.chart.copy(), self.memory.at.copy())
        percept = percept_of(view, own, heard, keep, notes, self.device)
        chosen = changed_columns(self.sim.observation, self.learners, self.memory)
        if len(chosen):
            read_again(self.mind, self.memory, chosen, own)
        hidden = self.mind.think(percept, self.memory.reading, self.memory.hidden)[0]
        return self.mind.decide(hidden)[1]

    def _value_ends(self, cut: np.ndarray, out: Tensor) -> None:
        """Values of the true last observations of columns that were cut at this step."""
        at = np.flatnonzero(cut)
        last, keep = self.sim.final_observation, np.ones(len(at), np.float32)
        view, own, heard = (part[at] for part in senses_of(last, self.learners))
        tokens = torch.from_numpy(columns_of(last.tokens, self.learners)[at].astype(np.int64)).to(self.device)
        kept = at if self.mind.has_charts else at[:0]
        notes = notes_of(view, own, keep, self.memory.chart[kept], self.memory.at[kept])
        percept = percept_of(view, own, heard, keep, notes, self.device)
        reading = self.mind.read(tokens, torch.from_numpy(own).to(self.device), self.memory.known)
        hidden = self.mind.think(percept, reading, self.memory.hidden[at])[0]
        out[at] = self.mind.decide(hidden)[1].to(out.device)


def _parts(beliefs: Beliefs) -> dict[str, np.ndarray]:
    """All that changes of beliefs, by name."""
    world = beliefs.world
    return {"house": world.house, "life": world.life, "seen": beliefs.seen, "moved": beliefs.moved}


def clauses_now(state: State, world: np.ndarray, agent: np.ndarray) -> np.ndarray:
    """The clause that each agent is to do now, and its first constraint, uint8[n, 2 * FIELDS]; zeros for none."""
    goal = state.goal[world, agent]
    due = clause_due(goal, state.clauses_done[world, agent], state.stage[world, agent])
    # Beyond the last clause comes a row of zeros, or the first constraint.
    now = goal[np.arange(len(world)), due] * (due < MAX_CLAUSES)[:, None]
    return np.concatenate([now, goal[:, MAX_CLAUSES]], 1).astype(np.uint8)


def _tensor(part: np.ndarray | Tensor) -> Tensor:
    return torch.from_numpy(part) if isinstance(part, np.ndarray) else part


def _joined(words: list[Tensor]) -> Tensor:
    """Rows of several lengths as one table, padded with 0."""
    length = max(part.shape[1] for part in words)
    return torch.cat([torch.nn.functional.pad(part, (0, length - part.shape[1])) for part in words])
