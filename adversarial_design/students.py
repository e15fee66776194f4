"""Who plays the levels of a proposal, and learns from them? A student: a mind, its workers and its learner.

A student that plays without training is left as it was, bit for bit: parameters, optimiser, learning rate and value
scale. Its learning rate follows the frames it has learned from, not those it has played, unless its owner says how much
of the run is done.

Axes: T time, W worlds, n levels.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import torch

from adversarial_design.coplayers import Partners
from adversarial_design.designer import Arrays, Play, Rows
from adversarial_design.kinds import Grid
from adversarial_design.plays import Tally, play_of, rows_of
from agents.batch import Batch
from agents.network.actor_critic import ActorCritic
from agents.network.config import NetworkConfig
from agents.training.checkpoint import check_alike, check_learner, network_arrays
from agents.training.learner import Learner, LearnerConfig
from agents.training.methods import learn, restore_methods, save_methods
from agents.training.ppo import PPOConfig, ValueScale, ppo
from agents.training.rollout import RolloutWorker
from agents.types import Policy
from worlds.simulator import Simulator
from worlds.typed import counted, typed, typed_fields


def _ppo() -> PPOConfig:
    return PPOConfig(gamma=0.995, lam=0.95, entropy=0.005, last_entropy=0.001, target_kl=0)


def _learner() -> LearnerConfig:
    return LearnerConfig(
        learning_rate=1e-3, last_learning_rate=1e-4, gradient_norm=0.5, minibatches=4, epochs=2
    )


@dataclass(frozen=True)
class StudentConfig:
    """How a student plays and learns.

    worlds: in all workers. workers: played side by side, one thread each. steps: of each world between two updates.
    frames: agent steps that it is to learn from in all, for the learning rate. ppo, learner: how it learns.
    """

    worlds: int = 512
    workers: int = 2
    steps: int = 64
    frames: int = 100_000_000
    ppo: PPOConfig = field(default_factory=_ppo)
    learner: LearnerConfig = field(default_factory=_learner)

    def __post_init__(self) -> None:
        if self.workers < 1 or self.worlds < 1 or self.worlds % self.workers:
            raise ValueError(f"worlds is {self.worlds}, it must be a multiple of workers, {self.workers}")
        if self.steps < 1:
            raise ValueError(f"steps is {self.steps}, allowed are 1 and more")


@dataclass
class Counts:
    """What was spent, each on its own. env steps: steps of worlds."""

    trained: int = 0  # env steps that were learned from
    scored: int = 0  # env steps that were played to judge levels, and not learned from
    searched: int = 0  # env steps in search of levels
    rollouts: int = 0  # proposals that were played
    updates: int = 0  # batches that were learned from

    @property
    def env_steps(self) -> int:
        """All of them."""
        return self.trained + self.scored + self.searched


class Student:
    """A mind that plays levels.

    Args:
        grid: the kind of levels, and the scenario that plays them.
        network: its shape.
        config: see StudentConfig.
        seed: of its parameters and its chance.
        others: agents that it does not play, and who does; it plays all the rest.
        partners: who plays the last agent, if that is designed too.
    """

    def __init__(
        self,
        grid: Grid,
        network: NetworkConfig,
        config: StudentConfig,
        seed: int = 0,
        others: Mapping[int, Policy] | None = None,
        partners: Partners | None = None,
    ) -> None:
        self.grid, self.config, self.partners = grid, config, partners
        if partners is not None:
            others = {**(others or {}), grid.sizes.agents - 1: partners}
        torch.manual_seed(seed)
        self.network = ActorCritic(network)
        self.scale, self.counts = ValueScale(), Counts()
        self.methods = [ppo(config.ppo, self.scale)]
        self.share: float | None = None  # of the run that is done, if others than the student know
        self.learner = Learner(self.network, config.workers, replace(config.learner, seed=seed))
        learners = np.array([a for a in range(grid.sizes.agents) if a not in (others or {})])
        self.agents = len(learners)
        bank = grid.bank(grid.kind.draw(1, np.random.default_rng(seed)))
        worlds = config.worlds // config.workers
        self.workers = [
            RolloutWorker(
                Simulator(grid.scenario, worlds, bank=bank, seed=seed, first_world=i * worlds),
                self.network, learners=learners, others=others, methods=self.methods,
                steps=config.steps, seed=1000 * seed + i,
            )
            for i in range(config.workers)
        ]  # fmt: skip

    @property
    def frames(self) -> int:
        """Agent steps that it has learned from."""
        return self.counts.trained * self.agents

    @property
    def gradient_steps(self) -> int:
        """Steps of its optimiser."""
        state = self.learner.optimizer.state.get(self.learner.parameters[0], {})
        return int(state["step"]) if "step" in state else 0

    def play(self, levels: Rows, trains: bool) -> Play:
        """Play levels for as long as the longest episode takes, so that everybody finishes one; learn, or do not.

        Raises:
            ValueError: there are not as many levels as worlds, or a multiple.
            NotFinite: a gradient is not finite; the step at fault changed nothing.
        """
        tallies = self._begin(levels)
        for _ in range(self.rounds(levels)):
            batches = self._collect(tallies, True)
            if trains:
                share = self.frames / self.config.frames if self.share is None else self.share
                learn(self.learner, batches, self.methods, share)
                self.counts.updates += 1
                self.counts.trained += self.config.steps * self.config.worlds
            else:
                self.counts.scored += self.config.steps * self.config.worlds
        self.counts.rollouts += 1
        return play_of(tallies, len(levels), self.agents)

    def try_each(self, levels: Rows) -> Play:
        """Play each level just once, without learning: no short episode is counted before a long one's turn."""
        tallies = self._begin(levels)
        turns = len(levels) // self.config.worlds
        while min(int(tally.episode.min()) for tally in tallies) < turns:
            self._collect(tallies, False)
            self.counts.searched += self.config.steps * self.config.worlds
        self.counts.rollouts += 1
        return play_of(tallies, len(levels), self.agents, only_first=True)

    def rounds(self, levels: Rows) -> int:
        """Batches of `steps` that the longest episode takes."""
        limit = int(self.grid.bank(levels).step_limit.max())
        return -(-limit // self.config.steps)

    def _begin(self, levels: Rows) -> list[Tally]:
        bank = self.grid.bank(levels)
        if self.partners is not None:
            self.partners.prepare(levels[:, -1], self.network, self.counts.updates)
        parts = np.split(rows_of(len(levels), self.config.worlds), self.config.workers, 1)
        for worker, rows_TW in zip(self.workers, parts, strict=True):
            worker.begin(bank, rows_TW)
        ppo = self.config.ppo
        return [Tally(len(rows_TW), rows_TW.shape[1], self.agents, ppo.gamma, ppo.lam) for rows_TW in parts]

    def _collect(self, tallies: list[Tally], values: bool) -> list[Batch]:
        methods = self.methods if values else ()
        batches = self.learner.each(lambda worker: worker.collect(methods=methods), self.workers)
        for tally, batch in zip(tallies, batches, strict=True):
            tally.add(batch, self.scale if values else None)
        return batches

    def save(self) -> tuple[dict[str, Arrays], dict[str, Any]]:
        """Arrays by part, and what goes into JSON, that `restore` needs. Others remember nothing between proposals."""
        self._forget_others()
        workers = [worker.save() for worker in self.workers]
        arrays = {"mind": network_arrays(self.network), "learner": self.learner.save()}
        arrays |= {f"worker-{i}": part for i, (part, _) in enumerate(workers)}
        facts = {
            "methods": save_methods(self.methods),
            "counts": asdict(self.counts),
            "workers": [fact for _, fact in workers],
        }
        if self.partners is not None:
            arrays["partners"], facts["partners"] = self.partners.save()
        return arrays, facts

    def restore(self, arrays: Mapping[str, Arrays], facts: Mapping[str, Any]) -> None:
        """Go on from what `save` returned.

        Raises:
            ValueError: it is damaged, or of another student.
        """
        memories = typed(list[dict], facts.get("workers"), "workers")
        if len(memories) != len(self.workers):
            raise ValueError(f"there are {len(memories)} workers, needed are {len(self.workers)}")
        counts = typed_fields(Counts, facts.get("counts"), "counts")
        for name, number in asdict(counts).items():
            counted(number, f"counts.{name}")
        check_alike(arrays["mind"], network_arrays(self.network), "mind")
        check_learner(arrays["learner"], self.learner, "learner")
        like = self.save()[0]
        for i in range(len(self.workers)):
            check_alike(arrays[f"worker-{i}"], like[f"worker-{i}"], f"worker-{i}")
        self.network.load_state_dict({name: torch.from_numpy(a.copy()) for name, a in arrays["mind"].items()})
        self.learner.restore(arrays["learner"])
        if self.partners is not None:
            self.partners.restore(arrays["partners"], facts["partners"], self.network)
        for i, worker in enumerate(self.workers):
            try:
                worker.restore(arrays[f"worker-{i}"], memories[i])
            except ValueError as error:
                raise ValueError(f"workers[{i}]: {error}") from None
        restore_methods(self.methods, typed(dict, facts.get("methods"), "methods"))
        self.counts = counts

    def _forget_others(self) -> None:
        for worker in self.workers:
            worker.others = {a: (policy, None) for a, (policy, _) in worker.others.items()}
