"""Does the same network learn in someone else's world? A mind learns a BabyAI level from MiniGrid's own bot.

    python benchmarks/long/babyai.py --level GoToLocal --frames 600000

The bot labels every state that the mind comes to (DAgger); batches are kept and learned from again. Then the mind
plays levels that it has not met. Needs the extra `minigrid`. One entry goes to docs/results/babyai.json.
"""

import json
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numba
import numpy as np
import torch
import tyro

from agents.batch import Batch
from agents.network.actor_critic import ActorCritic
from agents.network.config import NetworkConfig
from agents.policies.learned import Learned
from agents.training.checkpoint import MIND, network_arrays, network_manifest
from agents.training.learner import Learner, LearnerConfig
from agents.training.methods import add_heads
from agents.training.methods import learn as learn_from
from agents.training.rollout import RolloutWorker
from social_rl.evaluation.statistics import mean, share
from social_rl.methods.imitate import imitation
from social_rl.methods.reading import reading
from social_rl.runs.provenance import command_line, commit, machine, package_version, versions
from social_rl.runs.run_folder import RunFolder
from social_rl.training.babyai import BabyAI, Bot
from worlds.goal import FIELDS, ROWS

RESULTS = Path(__file__).parent.parent.parent / "docs/results/babyai.json"
ONLY = np.array([0])  # the agent of each world


@dataclass(frozen=True)
class Options:
    """What is learned, and for how long."""

    level: str = "GoToLocal"
    """as in BabyAI-LEVEL-v0"""
    name: str = "babyai"
    """of the run: NAME-LEVEL"""
    runs: Path = Path("runs")
    """folder of all runs"""
    frames: int = 600_000
    """steps to learn from"""
    worlds: int = 32
    """how many run side by side"""
    steps: int = 32
    """of each world between updates"""
    updates: int = 4
    """between two batches, each from the newest batch and some kept ones"""
    again: int = 3
    """kept batches in an update"""
    kept: int = 256
    """batches, the newest"""
    taught: float = 0.3
    """share of the run over which the bot leads less and less"""
    seed: int = 0
    """of levels and all chance"""
    evaluate: int = 100_000
    """frames between looks at how far it is"""
    episodes: int = 512
    """of the last evaluation, each on a level of its own"""
    evaluation_seed: int = 1000
    """of the levels of the last evaluation"""
    learner: LearnerConfig = field(default_factory=lambda: LearnerConfig(minibatches=4))


def main(options: Options) -> None:
    """Learn, play, write what came out."""
    torch.manual_seed(options.seed)
    torch.set_num_threads(1)
    numba.set_num_threads(1)
    network, made_by = ActorCritic(NetworkConfig(agents=1)), commit()
    folder = RunFolder.begin(
        options.runs, f"{options.name}-{options.level}", json.loads(json.dumps(asdict(options), default=str))
    )
    learned = learn(options, network, folder)
    folder.close()
    rows: dict[str, Any] = {
        "mind": Learned(network), "drawn": Learned(network, greedy=False, seed=options.seed + 1), "bot": Bot(),
        "random": Anything(options.seed),
    }  # fmt: skip
    found = {
        name: play(options.level, policy, options.episodes, options.evaluation_seed)
        for name, policy in rows.items()
    }
    entry = {
        "level": options.level, **learned, "evaluation": found, "evaluation_seed": options.evaluation_seed,
        "seed": options.seed, "command": command_line(), "commit": made_by,
        "versions": versions() | {"minigrid": package_version("minigrid")}, "machine": machine(),
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
    }  # fmt: skip
    entries = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []
    RESULTS.write_text(json.dumps([*entries, entry], indent=1) + "\n", encoding="utf-8")
    print(json.dumps(entry, indent=1), flush=True)


def falling(share: float, over: float) -> float:
    """DAgger's beta: from 1 to 0 over a share of the run."""
    return max(0.0, 1 - share / over)


def learn(options: Options, network: ActorCritic, folder: RunFolder) -> dict[str, object]:
    """Learn for so many frames; what it took."""
    began, worked = time.perf_counter(), time.process_time()
    bot, chance = Bot(), np.random.default_rng(options.seed)
    beta = partial(falling, over=options.taught)
    methods = [imitation(bot, beta), reading(lambda: np.zeros((0, ROWS, FIELDS), np.uint8))]
    add_heads(network, methods)
    worker = RolloutWorker(
        BabyAI(options.level, options.worlds, options.seed),
        network,
        methods=methods,
        steps=options.steps,
        seed=options.seed,
    )
    learner = Learner(network, 1, options.learner)
    batches: list[Batch] = []
    curve: list[dict[str, float]] = []
    frames = episodes = 0
    playing = 0.0
    while frames < options.frames:
        done = frames / options.frames
        start = time.process_time()
        newest = worker.collect(done)
        playing += time.process_time() - start
        batches = [*batches[-options.kept :], newest]
        for _ in range(options.updates):
            old = [batches[i] for i in chance.integers(len(batches), size=options.again)]
            log = learn_from(learner, [newest, *old], methods, done)
        before, frames = frames, frames + newest.frames
        episodes += int((newest.transition.terminated | newest.transition.truncated).sum())
        if frames // options.evaluate > before // options.evaluate:
            success = play(options.level, Learned(network), 128, options.evaluation_seed + 1)["success"]
            seconds = round(time.perf_counter() - began, 1)
            curve.append({"frames": frames, "episodes": episodes, "success": success, "seconds": seconds})
            folder.log(frames, log | {"success": success})
            folder.save(frames, {MIND: network_arrays(network)}, network_manifest(network), keep=2)
            print(curve[-1], f"agreement {log['agreement']:.3f}", flush=True)
    return {
        "frames": frames, "episodes": episodes, "seconds": round(time.perf_counter() - began, 1),
        "cpu_seconds": round(time.process_time() - worked, 1), "cpu_seconds_playing": round(playing, 1),
        "parameters": sum(p.numel() for p in network.parameters()), "bot_given_up": bot.given_up, "curve": curve,
    }  # fmt: skip


def play(level: str, policy: Any, episodes: int, seed: int) -> dict[str, object]:
    """Success and steps of so many episodes: the first ones of each world, so that short ones count no more."""
    worlds = min(64, episodes)
    sim, each = BabyAI(level, worlds, seed), -(-episodes // min(64, episodes))
    memory = policy.start(sim, ONLY)
    success, steps, ended = [], [], np.zeros(worlds, np.int64)
    while (ended < each).any():
        acts, memory = policy.act(sim, ONLY, memory)
        sim.state.action[:] = acts
        taken = sim.state.step + 1
        sim.advance()
        for w in np.flatnonzero(sim.state.over & (ended < each)):
            success.append(bool(sim.state.success[w, 0]))
            steps.append(int(taken[w]))
        ended += sim.state.over
    known = share(sum(success), len(success))
    return {
        "success": round(known.value, 5), "ci95": [round(known.low, 5), round(known.high, 5)], "n": known.n,
        "steps": round(mean(steps).value, 3),
    }  # fmt: skip


class Anything:
    """Any act, by chance."""

    def __init__(self, seed: int) -> None:
        self.chance = np.random.default_rng(seed)

    def start(self, sim: BabyAI, agents: np.ndarray) -> None:
        """Nothing to remember."""

    def act(self, sim: BabyAI, agents: np.ndarray, memory: None) -> tuple[np.ndarray, None]:
        """Acts int64[W, 1]."""
        return self.chance.integers(8, size=(sim.worlds, 1)), None


if __name__ == "__main__":
    main(tyro.cli(Options))
