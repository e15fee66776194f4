"""What is a social training? Learners in worlds of a scenario beside others, each by its own methods.

Learners that share methods may share a network: a *group*. Each round a worker plays some steps on every core, all
groups in the same worlds, then every group learns from what its agents went through. Everything that decides what comes
next is in a checkpoint, so that a run that was cut goes on bit for bit.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import Any

import numba
import numpy as np
import torch

from agents.memories import restore_memory, save_memory
from agents.network.actor_critic import ActorCritic
from agents.network.config import NetworkConfig
from agents.policies.learned import Learned
from agents.training.checkpoint import (
    AGENTS,
    MANIFEST,
    MIND,
    CheckpointError,
    check_alike,
    mind_file,
    network_arrays,
    network_manifest,
    put_arrays,
    read_arrays,
    read_manifest,
    restore_learner,
    restore_worker,
)
from agents.training.learner import Learner, LearnerConfig
from agents.training.methods import Critic, Method, add_heads, learn, restore_methods, save_methods
from agents.training.ppo import PPOConfig, ValueScale, ppo
from agents.training.rollout import RolloutWorker, collect_together
from agents.types import Policy
from social_rl.commands.choices import chosen_scenario, read_choices
from social_rl.commands.social import Social
from social_rl.episodes.casting import make_policy, read_cast
from social_rl.methods.names import make_methods, read_methods
from social_rl.runs.loop import never
from social_rl.runs.shipped import find_checkpoint
from social_rl.training.company import Company, returns_of
from social_rl.training.frames import FramesRun
from social_rl.training.starts import Starts
from worlds.checks import check_number, suggest
from worlds.scenario import Scenario, make_scenario, scenario_choices
from worlds.simulator import Simulator
from worlds.typed import counted, typed_fields

RAMPED = ("rates", "rewards", "choices", "source")  # fields of a scenario that may change during a run
RAMP = 0.5  # share of a run after which choices that change are as they are asked for
LEARNER = "learner"  # in a cast: who learns
EVALUATION = 7  # added to the seed, for levels that nobody learns in


@dataclass
class Group:
    """Learners with one network."""

    name: str
    agents: np.ndarray  # int64[K]
    methods: list[Method]
    network: ActorCritic
    learner: Learner


@dataclass
class Facts:
    """What a checkpoint says of a training beside its arrays; methods and workers keep what they remember."""

    iteration: int
    round: int
    methods: list[dict[str, Any]]
    workers: list[list[dict[str, Any]]]
    starts: list[dict[str, Any]] = field(default_factory=list)


class SocialTraining(FramesRun):
    """All that a run is made of."""

    def __init__(self, command: Social) -> None:
        self.command = command
        torch.manual_seed(command.seed)
        torch.set_num_threads(1)  # workers are the threads
        numba.set_num_threads(1)
        self.scenario = chosen_scenario(command.scenario, command.choices)
        self.others = others_of(command, self.scenario)
        self.learners = tuple(name for name in self.scenario.agents if name not in self.others)
        self.ramps = ramps_of(command)
        self.company = Company(self.scenario, self.others, command.levels, command.solo, command.seed)
        self.groups = self._groups()
        self.iteration = self.frames = self.round = 0
        self.rows = self._rows()
        self.starts = self._starts()

    def _groups(self) -> list[Group]:
        command, names = self.command, list(self.scenario.agents)
        if not self.learners:
            raise ValueError("--cast names everybody: leave out who is to learn")
        methods = read_methods(command.method, self.learners)
        shared: dict[Any, list[str]] = {}
        for name in self.learners:
            shared.setdefault(methods[name] if command.share else name, []).append(name)
        groups = []
        for members in shared.values():
            chosen = methods[members[0]]
            beside = make_methods(chosen)
            ways = [*beside, ppo_of(command, critic_of(beside, members))]
            network = ActorCritic(network_config(command, self.scenario))
            add_heads(network, ways)
            if command.start is not None:
                source = find_checkpoint(command.start)
                put_arrays(network, read_arrays(source, MIND, read_manifest(source)), source)
            config = LearnerConfig(
                command.learning_rate, command.last_learning_rate, minibatches=command.minibatches,
                epochs=command.epochs, gradient_norm=0.5, betas=(0.9, 0.999), seed=command.seed,
            )  # fmt: skip
            agents = np.array([names.index(name) for name in members], np.int64)
            learner = Learner(network, command.workers, config)
            groups.append(Group("+".join(members), agents, ways, network, learner))
        return groups

    def _rows(self) -> list[list[RolloutWorker]]:
        """For each worker, who plays each group in its worlds."""
        command, bank = self.command, self.company.bank(0)
        worlds = command.worlds // command.workers
        everybody = set(range(len(self.scenario.agents)))
        names = list(self.scenario.agents)
        rows = []
        for i in range(command.workers):
            sim = Simulator(self.scenario, worlds, bank=bank, seed=command.seed, first_world=i * worlds)
            others: dict[int, Policy] = {
                names.index(name): make_policy(text, command.seed, name) for name, text in self.others.items()
            }
            row = []
            for number, group in enumerate(self.groups):
                mine = set(group.agents.tolist()) | (set(others) if number == 0 else set())
                row.append(
                    RolloutWorker(
                        sim, group.network, learners=group.agents, others=others if number == 0 else None,
                        beside=sorted(everybody - mine), methods=group.methods, steps=command.steps,
                        seed=(command.seed * 1000 + i) * 64 + number,
                    )
                )  # fmt: skip
            rows.append(row)
        return rows

    def _starts(self) -> list[Starts]:
        """For each worker, where some of its episodes begin; none where all begin as their levels say."""
        command = self.command
        if not command.augmented:
            return []
        sims = [row[0].sim for row in self.rows]
        return [
            Starts(sim, command.augmented, command.moments, (command.seed, i))
            for i, sim in enumerate(sims)
            if isinstance(sim, Simulator)
        ]

    def advance(self, stops: Callable[[], bool] = never) -> dict[str, float] | None:
        """One iteration: play, learn; returns figures."""
        renew = self.command.renew
        if renew and self.iteration // renew > self.round:
            self.round = self.iteration // renew
            self._set_levels()
        share, log = self.share, {}
        if self.ramps:
            self._set_rates(share)
        first = self.groups[0].learner
        played = first.each(lambda row: collect_together(row, share), self.rows)
        for number, group in enumerate(self.groups):
            batches = [batches[number] for batches in played]
            prefix = f"{group.name}/" if len(self.groups) > 1 else ""
            figures = learn(group.learner, batches, group.methods, share)
            figures |= company_figures(batches, group, self.scenario.agents)
            log |= {prefix + name: value for name, value in figures.items()}
            self.frames += sum(batch.frames for batch in batches)
        self.iteration += 1
        return log | {"learning_rate": first.config.rate_at(share)}

    def _set_rates(self, share: float) -> None:
        """Let choices be as far on their way as the run is."""
        done = min(share / RAMP, 1)
        now = {name: first + (last - first) * done for name, (first, last) in self.ramps.items()}
        choices = {**dict(self.scenario.choices), **now}
        scenario = make_scenario(self.scenario.source, **choices)
        for row in self.rows:
            row[0].set_rates(scenario)

    def _set_levels(self) -> None:
        bank = self.company.bank(self.round)
        everything = np.ones((len(bank.step_limit), len(self.scenario.agents)), np.bool_)
        for row in self.rows:
            row[0].set_levels(bank, everything)

    def told(self, log: Mapping[str, float]) -> str:
        """How it goes."""
        paid = [
            f"{name} {log[key]:+.3f}"
            for name in self.learners
            for key in log
            if key.endswith(f"reward/{name}")
        ]
        return "reward a step: " + ", ".join(paid)

    def evaluate(self, path: Path) -> tuple[dict[str, float], str]:
        """Mean return of everybody on new levels: in company, and of learners alone where others do not learn."""
        command = self.command
        seed = command.seed + EVALUATION
        policies = self.policies(seed)
        log = {}
        for name, bank in self.company.banks(command.episodes, seed).items():
            found = returns_of(self.scenario, bank, policies, seed)
            log |= {f"evaluation/{name}/{agent}": value for agent, value in found.items()}
        said = ", ".join(f"{name.removeprefix('evaluation/')} {value:.2f}" for name, value in log.items())
        return log, f"{self.frames:,} frames: {said}"

    def policies(self, seed: int) -> dict[str, Policy]:
        """Everybody, as they are now; learners draw their acts as they learned to."""
        found = {name: make_policy(text, seed, name) for name, text in self.others.items()}
        for group in self.groups:
            policy = Learned(group.network, temperature=1.0, seed=seed)
            found |= {self.scenario.agents[a]: policy for a in group.agents.tolist()}
        return found

    def mind(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The minds that learn."""
        return {mind_file(i): network_arrays(g.network) for i, g in enumerate(self.groups)}, self._manifest()

    def _manifest(self) -> dict[str, Any]:
        agents = [[self.scenario.agents[a] for a in group.agents.tolist()] for group in self.groups]
        return {**network_manifest(self.groups[0].network), AGENTS: agents}

    def commands(self, path: Path) -> tuple[str, str]:
        """What to type to go on, and what when it is done."""
        learner = self.learners[0].lower()
        others = " ".join(f"{name.lower()}={text}" for name, text in self.others.items())
        choices = f" --set {' '.join(self.command.choices)}" if self.command.choices else ""
        cast = f"{learner}=mind:{path} {others}".strip()
        return (
            f"social-rl train social --resume {path}",
            f"social-rl play {self.command.scenario}{choices} --cast {cast}",
        )

    def save(self) -> tuple[dict[str, dict[str, np.ndarray] | bytes], dict[str, Any]]:
        """Arrays by file, and facts for the manifest."""
        arrays: dict[str, dict[str, np.ndarray] | bytes] = {}
        facts: list[list[dict[str, Any]]] = []
        for number, group in enumerate(self.groups):
            arrays[mind_file(number)] = network_arrays(group.network)
            arrays[f"learner-{number}.safetensors"] = group.learner.save()
        for i, row in enumerate(self.rows):
            facts.append([])
            for number, worker in enumerate(row):
                kept, fact = worker.save()
                arrays[f"worker-{i}-{number}.safetensors"] = kept
                facts[-1].append(fact)
        begun = [save_memory(starts.memory) for starts in self.starts]
        arrays |= {starts_file(i): kept for i, (kept, _) in enumerate(begun)}
        run = {
            "iteration": self.iteration, "round": self.round,
            "methods": [save_methods(group.methods) for group in self.groups], "workers": facts,
            "starts": [fact for _, fact in begun],
        }  # fmt: skip
        return arrays, {**self._manifest(), "run": run}

    def restore(self, folder: Path) -> None:
        """Go on from a checkpoint.

        Raises:
            CheckpointError: it is damaged, or of another run.
        """
        manifest = read_manifest(folder)
        where = f"{folder / MANIFEST}: run"
        self.frames = counted(manifest.get("frames"), f"{folder / MANIFEST}: frames")
        facts = typed_fields(Facts, manifest.get("run"), where)
        check_number(f"{where}.iteration", facts.iteration, 0, 2**40)
        check_number(f"{where}.round", facts.round, 0, facts.iteration)
        shape = len(facts.methods), len(facts.workers), {len(row) for row in facts.workers}
        if shape != (len(self.groups), len(self.rows), {len(self.groups)}):
            raise CheckpointError(f"{folder} is of another run: its groups and workers are other ones")
        for number, group in enumerate(self.groups):
            mind, name = mind_file(number), f"learner-{number}.safetensors"
            restore_learner(group.network, group.learner, folder, manifest, mind=mind, name=name)
            restore_methods(group.methods, facts.methods[number], f"{where}.methods")
        self.iteration, self.round = facts.iteration, facts.round
        self._set_levels()
        for i, row in enumerate(self.rows):
            for number, worker in enumerate(row):
                name = f"worker-{i}-{number}.safetensors"
                restore_worker(worker, facts.workers[i][number], folder, manifest, name)
        if len(facts.starts) != len(self.starts):
            raise CheckpointError(f"{folder} is of another run: its share of augmented starts is another one")
        for i, starts in enumerate(self.starts):
            found = read_arrays(folder, starts_file(i), manifest)
            check_alike(found, save_memory(starts.memory)[0], str(folder / starts_file(i)))
            starts.memory = restore_memory(starts.memory, found, facts.starts[i])


def starts_file(worker: int) -> str:
    """The file of the moments at which episodes of a worker may begin."""
    return f"starts-{worker}.safetensors"


def others_of(command: Social, scenario: Scenario) -> dict[str, str]:
    """Who does not learn, and how they play: who is cast so, and whom the scenario casts, but for NAME=learner.

    Raises:
        ValueError: no such agent or policy.
    """
    names, learners = list(scenario.agents), []
    said = []
    for text in command.cast:
        name, _, policy = text.partition("=")
        (learners if policy == LEARNER else said).append(name.lower() if policy == LEARNER else text)
    if wrong := sorted({*learners} - {name.lower() for name in names}):
        raise ValueError(
            f"--cast {wrong[0]}={LEARNER}: no agent is called {wrong[0]!r}; {suggest(wrong[0], names)}"
        )
    cast = read_cast(said, names, scenario.cast)
    named = {text.partition("=")[0].lower() for text in said} | {name.lower() for name, _ in scenario.cast}
    return {name: text for name, text in cast.items() if name.lower() in named - {*learners}}


def ramps_of(command: Social) -> dict[str, tuple[float, float]]:
    """The choices that change, by name: their first and their last value.

    Raises:
        ValueError: one is no number, or what it changes is more than rewards and chances.
    """
    chosen = read_choices(command.scenario, command.choices)
    ramps = {}
    for name, first in read_choices(command.scenario, command.ramp).items():
        last = {**scenario_choices(command.scenario), **chosen}[name]
        if not isinstance(first, float) or not isinstance(last, float):
            raise ValueError(f"--ramp {name}: it is {last!r}, only numbers with a point can change evenly")
        begins, ends = (make_scenario(command.scenario, **{**chosen, name: value}) for value in (first, last))
        for part in fields(begins):
            one, other = (_compared(getattr(scenario, part.name)) for scenario in (begins, ends))
            if part.name not in RAMPED and one != other:
                raise ValueError(
                    f"--ramp {name}: it changes {part.name}, only rewards and chances may change"
                )
        ramps[name] = (first, last)
    return ramps


def _compared(value: Any) -> Any:
    """What tells two values of a field apart: of a function with arguments set, which alike ones are not equal."""
    return (value.func, value.args, value.keywords) if isinstance(value, partial) else value


def network_config(command: Social, scenario: Scenario) -> NetworkConfig:
    """The mind that a command asks for, in a scenario."""
    return NetworkConfig(
        view=scenario.view, hidden=command.hidden, memory=command.memory, encoder=command.encoder, map=command.map,
        gate=command.gate, agents=len(scenario.agents), message_tokens=scenario.message_tokens,
        calls=scenario.calls, forbidden=scenario.forbidden,
    )  # fmt: skip


def critic_of(methods: Sequence[Method], members: Sequence[str]) -> Critic | None:
    """The critic that one of the methods of a group brings, if one does.

    Raises:
        ValueError: several do, or the group is one agent, of whom nobody else knows anything.
    """
    found = [method for method in methods if method.critic is not None]
    if not found:
        return None
    names = " and ".join(method.name for method in found)
    if len(found) > 1:
        raise ValueError(f"--method {names}: each brings a critic of its own; choose one of them")
    if len(members) == 1:
        raise ValueError(
            f"--method {names}: {members[0]} learns in a network of its own, and there is nobody whose memory the "
            "critic could know: let several learners share a network, with the same methods and without --no-share"
        )
    return found[0].critic


def ppo_of(command: Social, critic: Critic | None) -> Method:
    """Learning from reward, as a command asks."""
    config = PPOConfig(
        gamma=command.gamma, lam=command.trace, entropy=command.entropy, last_entropy=command.last_entropy
    )
    return ppo(config, ValueScale(), critic=critic)


def company_figures(batches: list[Any], group: Group, names: tuple[str, ...]) -> dict[str, float]:
    """What each learner of a group earned a step."""
    reward = torch.cat([batch.transition.reward.mean((0, 1))[None] for batch in batches]).mean(0)
    return {f"reward/{names[a]}": float(reward[k]) for k, a in enumerate(group.agents.tolist())}
