"""What is a training? A mind that an expert corrects in ever harder houses, and that then practises.

Each round a worker plays some steps on every core, then the mind learns from all of them. Everything that decides what
comes next is in a checkpoint, so that a run that was cut goes on bit for bit.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numba
import numpy as np
import torch

from agents.batch import Batch
from agents.network.actor_critic import ActorCritic
from agents.network.config import NetworkConfig
from agents.network.precision import settled_precision
from agents.policies.planner import Planner
from agents.training.checkpoint import (
    MANIFEST,
    MIND,
    CheckpointError,
    check_encoder,
    network_arrays,
    network_manifest,
    packed,
    put_arrays,
    read_arrays,
    read_manifest,
    restore_learner,
    restore_worker,
)
from agents.training.learner import Learner, LearnerConfig
from agents.training.methods import Method, add_heads, learn, restore_methods, save_methods, study
from agents.training.ppo import PPOConfig, ValueScale, ppo
from agents.training.processes import gathered, processes, rank, summed
from agents.training.rollout import RolloutWorker
from social_rl.commands.choices import read_choices
from social_rl.commands.train import Train
from social_rl.evaluation.splits import evaluate_split
from social_rl.methods.imitate import imitation
from social_rl.methods.outside import outside_method
from social_rl.methods.reading import reading
from social_rl.runs.loop import Unfit, never
from social_rl.runs.shipped import find_checkpoint
from social_rl.training.frames import FramesRun
from social_rl.training.lessons import Ladder, Lessons, stages_of
from social_rl.training.samples import film_mind
from worlds.checks import check_number
from worlds.generators.houses import HouseConfig, split_config
from worlds.scenario import make_scenario
from worlds.simulator import Simulator
from worlds.typed import counted, typed_fields

LEARNER = "learner.safetensors"


@dataclass
class Facts:
    """What a checkpoint says of a training beside its arrays; methods and workers keep what they remember."""

    iteration: int
    round: int
    drawn_at: int
    ladder: Ladder
    methods: dict[str, Any]
    workers: list[dict[str, Any]]


class Training(FramesRun):
    """All that a run is made of."""

    def __init__(self, command: Train) -> None:
        self.command = command
        torch.manual_seed(command.seed)
        torch.set_num_threads(1)  # workers are the threads
        numba.set_num_threads(1)
        self.choices: dict[str, Any] = dict(read_choices("house", command.choices))
        self.scenario = make_scenario("house", agents=command.agents, **self.choices)
        of_houses = {k: v for k, v in self.choices.items() if k in HouseConfig.__dataclass_fields__}
        goal = split_config("S0", **of_houses | {"agents": command.agents})
        self.methods = methods_of(command, lambda: self.goals)
        self.network = ActorCritic(network_config(command))
        add_heads(self.network, self.methods)
        self.network.to(command.device)
        if command.start is not None:
            source = find_checkpoint(command.start)
            put_arrays(self.network, read_arrays(source, MIND, read_manifest(source)), source)
        stages = stages_of(goal) if command.curriculum else [goal]
        self.lessons = Lessons(
            goal,
            command.levels,
            command.impossible,
            crossed=command.crossed,
            patience=command.patience,
            seed=command.seed,
            stages=stages,
        )
        self.ladder = Ladder(len(stages))
        self.iteration = self.frames = self.round = 0
        self.drawn_at = 0  # stage of the levels in use
        self.goals = self.lessons.goals(0)
        config = LearnerConfig(
            command.learning_rate,
            command.last_learning_rate,
            minibatches=command.minibatches,
            seed=command.seed,
        )
        self.learner = Learner(self.network, command.workers, config)
        self.workers = self._workers()

    def _workers(self) -> list[RolloutWorker]:
        command, scenario = self.command, self.scenario
        bank, feasible = self.lessons.draw(0, 0)
        worlds = command.worlds // command.workers
        workers = []
        first = rank() * command.workers
        for i in range(first, first + command.workers):
            sim = Simulator(scenario, worlds, bank=bank, seed=command.seed, first_world=i * worlds)
            seed = command.seed * 1000 + i
            workers.append(
                RolloutWorker(
                    sim, self.network, methods=self.methods, feasible=feasible, steps=command.steps, seed=seed
                )
            )
        return workers

    def advance(self, stops: Callable[[], bool] = never) -> dict[str, float] | None:
        """One iteration: play, learn; returns figures, or None if it is to stop while it still reads."""
        command = self.command
        if self.iteration // command.renew > self.round:
            self.round = self.iteration // command.renew
            self._draw()
        share = self.share
        log = study(self.learner, self.methods, share, stops)
        if log is None:
            return None
        batches = self.learner.each(lambda worker: worker.collect(share), self.workers)
        log |= learn(self.learner, batches, self.methods, share)
        if self.ladder.learn(*alone(batches)):
            self._draw()
        self.iteration += 1
        self.frames += sum(batch.frames for batch in batches) * processes()
        state = {
            "success": self.ladder.fast,
            "stage": float(self.ladder.stage),
            "beta": beta_at(command, share),
        }
        return log | state | {"learning_rate": self.learner.config.rate_at(share)}

    def _draw(self) -> None:
        self.drawn_at = self.ladder.stage
        bank, feasible = self.lessons.draw(self.round, self.drawn_at)
        for worker in self.workers:
            worker.set_levels(bank, feasible)
        self.goals = self.lessons.goals(self.round)

    def told(self, log: Mapping[str, float]) -> str:
        """How it goes."""
        return f"success {log['success']:.1%}, stage {self.ladder.stage + 1}"

    def evaluate(self, path: Path) -> tuple[dict[str, float], str]:
        """Measure success on some splits, and film what it looks like."""
        command = self.command
        choices = {k: v for k, v in self.choices.items() if k != "split"}
        log = {}
        for split in ("S0", "S1"):
            found = evaluate_split(
                self.network, split, command.episodes, command.seed + 7, agents=command.agents, **choices
            )
            log[f"evaluation/{split}"] = found["mind"]["success"]
        video = path / "videos" / f"frames-{self.frames:012d}.mp4"
        film_mind(self.network, self.scenario, command.seed + 7, video)
        said = ", ".join(f"{name.rpartition('/')[2]} {value:.1%}" for name, value in log.items())
        return log, f"{self.frames:,} frames: {said}"

    def mind(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The mind that learns."""
        return {MIND: network_arrays(self.network)}, network_manifest(self.network)

    def commands(self, path: Path) -> tuple[str, str]:
        """What to type to go on, and what when it is done."""
        return (
            f"social-rl train {self.command.task} --resume {path}",
            f"social-rl evaluate {path} --split S1",
        )

    def save(self) -> tuple[dict[str, dict[str, np.ndarray] | bytes], dict[str, Any]]:
        """Arrays by file, and facts for the manifest; all processes must call it."""
        arrays: dict[str, dict[str, np.ndarray] | bytes] = {
            MIND: network_arrays(self.network),
            LEARNER: self.learner.save(),
        }
        chances = []
        for worker in range(len(self.workers)):
            kept, fact = self.workers[worker].save()
            parts = zip(gathered(packed(kept)), gathered(json.dumps(fact).encode()), strict=True)
            for process, (data, text) in enumerate(parts):
                number = process * len(self.workers) + worker
                arrays[f"worker-{number}.safetensors"] = data
                chances.append((number, json.loads(text)))
        facts = {
            "iteration": self.iteration, "round": self.round, "drawn_at": self.drawn_at,
            "ladder": asdict(self.ladder), "methods": save_methods(self.methods),
            "workers": [fact for _, fact in sorted(chances, key=lambda pair: pair[0])],
        }  # fmt: skip
        return arrays, {**network_manifest(self.network), "run": facts}

    def restore(self, folder: Path) -> None:
        """Go on from a checkpoint.

        Raises:
            CheckpointError: it is damaged, or of another run.
        """
        manifest = read_manifest(folder)
        facts = self._facts(manifest, f"{folder / MANIFEST}: run")
        try:
            check_encoder(self.network, manifest, folder)
        except CheckpointError as error:
            raise Unfit(str(error)) from None
        workers = len(self.workers) * processes()
        if len(facts.workers) != workers:
            raise Unfit(
                f"{folder} was saved by {len(facts.workers)} workers in all processes, this run has {workers}: "
                "go on with as many processes as before"
            )
        restore_learner(self.network, self.learner, folder, manifest, mind=MIND, name=LEARNER)
        self.frames, self.iteration, self.round = manifest["frames"], facts.iteration, facts.round
        self.ladder, self.drawn_at = facts.ladder, facts.drawn_at
        restore_methods(self.methods, facts.methods, f"{folder / MANIFEST}: run.methods")
        self.goals = self.lessons.goals(self.round)
        bank, feasible = self.lessons.draw(self.round, self.drawn_at)
        for i, worker in enumerate(self.workers, rank() * len(self.workers)):
            worker.set_levels(bank, feasible)
            name = f"worker-{i}.safetensors"
            restore_worker(worker, facts.workers[i], folder, manifest, name)
            levels = worker.sim.state.level
            check_number(f"{folder / name}: sim/level", int(levels.max()), 0, len(feasible) - 1)

    def _facts(self, manifest: Mapping[str, Any], where: str) -> Facts:
        """What a manifest says, each number in its range.

        Raises:
            ValueError: one is not.
        """
        counted(manifest.get("frames"), where.removesuffix("run") + "frames")
        facts = typed_fields(Facts, manifest.get("run"), where)
        check_number(f"{where}.iteration", facts.iteration, 0, 2**40)
        check_number(f"{where}.round", facts.round, 0, facts.iteration)
        check_number(f"{where}.ladder.stages", facts.ladder.stages, self.ladder.stages, self.ladder.stages)
        for name, stage in (("ladder.stage", facts.ladder.stage), ("drawn_at", facts.drawn_at)):
            check_number(f"{where}.{name}", stage, 0, self.ladder.stages - 1)
        return facts


def network_config(command: Train) -> NetworkConfig:
    """The mind that a command asks for."""
    return NetworkConfig(
        hidden=command.hidden, readers=command.readers, memory=command.memory, map=command.map,
        encoder=command.encoder, routing=command.routing, agents=command.agents,
        precision=settled_precision(command.precision, command.device),
        reader=command.reader, lora=command.lora, clause_bits=command.clause_bits,
    )  # fmt: skip


def methods_of(command: Train, goals: Callable[[], np.ndarray]) -> list[Method]:
    """By what it learns, as a command says; `goals` are those of the present round, to read about."""

    def imitates(share: float) -> bool:
        return share < 1 - command.reward_share

    teacher = Planner("seen" if command.teacher == "seeing" else "all")
    return [
        ppo(PPOConfig(), ValueScale(), due=lambda share: not imitates(share)),
        imitation(
            teacher, partial(beta_at, command), auxiliary=command.auxiliary,
            imitates=lambda share: imitates(share) or command.keep_imitating,
        ),
        reading(
            goals, first=command.read_first, each=command.read, texts=command.texts, seed=command.seed,
            understanding=command.understanding if command.clause_bits else None,
        ),
        *(outside_method(name) for name in command.also),
    ]  # fmt: skip


def beta_at(command: Train, share: float) -> float:
    """DAgger's beta when this share of the run is done."""
    if share >= 1 - command.reward_share:
        return 0.0  # rewards are earned alone: acts of a teacher are not the policy's own
    return max(command.beta, 1 - share / command.beta_decay) if command.beta_decay else command.beta


def alone(batches: list[Batch]) -> tuple[int, int]:
    """Successes and ends of episodes in columns that the teacher leaves alone, of instructions that can be done."""
    successes = ends = 0
    for batch in batches:
        went = batch.transition
        ended = (went.terminated | went.truncated) & batch.label("alone") & batch.label("feasible")
        ends += int(ended.sum())
        successes += int((ended & went.success).sum())
    counts = summed(torch.tensor([successes, ends]))
    return int(counts[0]), int(counts[1])
