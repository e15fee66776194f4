"""What is a run of `social-rl rlhf mind`? Update after update on episodes in new houses; all that it needs is saved.

Houses and how acts are drawn depend on the seed and the number of the update alone: a run that was cut goes on bit for
bit.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import numba
import torch

from agents.network.actor_critic import ActorCritic
from agents.policies.learned import Learned
from agents.training.checkpoint import (
    MANIFEST,
    MIND,
    CheckpointError,
    network_arrays,
    network_manifest,
    read_manifest,
    restore_learner,
)
from agents.training.learner import Learner, LearnerConfig
from agents.training.methods import learn, restore_methods, save_methods
from agents.training.ppo import PPOConfig, ValueScale, ppo
from social_rl.commands.rlhf.mind import TuneMind
from social_rl.human_feedback.behaviour.experience import VALUE_ALONE, collected, figures_of, rewarded
from social_rl.human_feedback.behaviour.model import ClipReward
from social_rl.human_feedback.tuning.asked import draw_asked, plainly
from social_rl.human_feedback.tuning.episodes import play_mind
from social_rl.human_feedback.tuning.run import TESTED, TESTS, UPDATES, seed_of
from social_rl.human_feedback.tuning.run import figures_of as means_of
from social_rl.runs.counted import EPISODES
from social_rl.runs.loop import never
from worlds.checks import check_number
from worlds.typed import counted

LEARNER = "learner.safetensors"


class MindTuning:
    """All that a run is made of.

    Args:
        command: what was asked for.
        network: the mind that learns, as it begins.
        members: of the clip reward model.
    """

    counted = EPISODES

    def __init__(self, command: TuneMind, network: ActorCritic, members: Sequence[ClipReward]) -> None:
        torch.set_num_threads(1)  # workers are the threads
        numba.set_num_threads(1)
        self.command, self.network, self.members = command, network, members
        self.prior = deepcopy(network).requires_grad_(False)
        self.methods = [ppo(ppo_of(command), ValueScale())]
        self.learner = Learner(
            network, command.workers,
            LearnerConfig(
                command.learning_rate, 0.0, minibatches=command.minibatches, epochs=command.epochs, seed=command.seed
            ),
        )  # fmt: skip
        self.rounds = 0

    @property
    def each(self) -> int:
        """Episodes of an update."""
        return 2 * self.command.worlds

    @property
    def asked(self) -> int:
        """How far it is to go, in episodes."""
        return self.command.updates * self.each

    @property
    def done(self) -> int:
        """How far it is."""
        return self.rounds * self.each

    @property
    def steps(self) -> int:
        """The count of its lines and checkpoints."""
        return self.done

    def advance(self, stops: Callable[[], bool] = never) -> dict[str, float]:
        """One update; returns figures."""
        command = self.command
        seed = seed_of(command.seed, UPDATES, self.rounds)
        asked = plainly(draw_asked(command.worlds, seed, command.split), command.steps)
        batches = [
            rewarded(batch, self.network, self.prior, self.members, command.caution, command.kl)
            for batch in collected(asked, self.network, self.methods, self.learner, seed)
        ]
        share = self.rounds / command.updates
        if self.rounds < command.critic_updates:
            log = self.learner.update(self.methods[0].prepare(batches, self.learner), VALUE_ALONE, share)
        else:
            log = learn(self.learner, batches, self.methods, share)
        self.rounds += 1
        return log | figures_of(batches)

    def evaluate(self, path: Path) -> tuple[dict[str, float], str]:
        """What it is worth in truth in houses that are always the same, which it does not learn from."""
        seed = seed_of(self.command.seed, TESTS, 0)
        asked = plainly(draw_asked(TESTED, seed, self.command.split), self.command.steps)
        found = means_of(play_mind(asked, Learned(self.network, seed=seed), seed))
        said = f"{self.done:,} episodes: success {found['success']:.1%}, utility {found['utility']:.2f}"
        return {f"evaluation/{name}": value for name, value in found.items()}, said

    def lines(self, log: dict[str, float], found: dict[str, float], is_due: bool) -> list[dict[str, float]]:
        """One line for an update and what was evaluated after it."""
        return [log | found] if is_due or found else []

    def told(self, log: Mapping[str, float]) -> str:
        """How it goes."""
        return f"gain {log['gain']:.2f}, KL {log['prior_kl']:.2f} nats, success {log['success']:.0%}"

    def write(self, path: Path) -> None:
        """A checkpoint is all that it keeps."""

    def mind(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The mind that learns."""
        return {MIND: network_arrays(self.network)}, network_manifest(self.network)

    def commands(self, path: Path) -> tuple[str, str]:
        """What to type to go on, and what when it is done."""
        return (
            f"social-rl rlhf mind --resume {path}",
            f"social-rl play house --cast ann=mind:{path} bob=mind:{path}",
        )

    def save(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Files, and facts for the manifest: a checkpoint is a mind that can be read as it is."""
        facts = {"rounds": self.rounds, "methods": save_methods(self.methods)}
        files = {MIND: network_arrays(self.network), LEARNER: self.learner.save()}
        return files, {**network_manifest(self.network), "run": facts}

    def restore(self, folder: Path) -> None:
        """Go on from a checkpoint.

        Raises:
            CheckpointError: it is damaged, or of another run.
        """
        manifest = read_manifest(folder)
        where, facts = f"{folder / MANIFEST}: run", manifest.get("run")
        if not isinstance(facts, dict) or "rounds" not in facts:
            raise CheckpointError(
                f"{where}: this is no checkpoint of rlhf mind; begin with it by --mind {folder}"
            )
        rounds = counted(facts["rounds"], f"{where}.rounds")
        check_number(f"{where}.rounds", rounds, 0, self.command.updates)
        restore_learner(self.network, self.learner, folder, manifest, mind=MIND, name=LEARNER)
        restore_methods(self.methods, facts.get("methods", {}), f"{where}.methods")
        self.rounds = rounds


def ppo_of(command: TuneMind) -> PPOConfig:
    """How steps are taken: nothing is discounted, so that gains sum up to the score; KL takes the place of entropy."""
    return PPOConfig(gamma=1.0, lam=command.trace, clip=command.clip, entropy=0.0, last_entropy=0.0)
