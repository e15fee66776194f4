"""What is a run of `social-rl rlhf ppo`? Update after update on new talks in new houses; all that it needs is saved.

Houses, what is asked there and how answers are drawn depend on the seed and the number of the update alone: a run that
was cut goes on bit for bit.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from agents.language.model.language_model import KIND, LanguageModel, model_files
from agents.network.actor_critic import ActorCritic
from agents.policies.learned import Learned
from agents.training.checkpoint import (
    MANIFEST,
    CheckpointError,
    check_alike,
    check_learner,
    read_arrays,
    read_manifest,
)
from social_rl.commands.rlhf.ppo import Ppo
from social_rl.human_feedback.preferences.utilities import QUANTITIES, utility
from social_rl.human_feedback.reward.model import RewardModel, copied, scores, together
from social_rl.human_feedback.tuning.asked import draw_asked
from social_rl.human_feedback.tuning.episodes import Episode, play_asked
from social_rl.human_feedback.tuning.ppo import PPO, Critic, Tuner, experience
from social_rl.runs.counted import EPISODES
from social_rl.runs.loop import never
from worlds.checks import check_number
from worlds.typed import counted

LEARNERS = ("learner.safetensors", "critic-learner.safetensors")
CRITIC, ORDER = "critic.safetensors", "order.safetensors"
UPDATES, TESTS = 0, 1  # streams of seeds
TESTED = 24  # worlds of an evaluation
SHOWN = 2  # transcripts that are printed at an evaluation


class Tuning:
    """All that a run is made of.

    Args:
        command: what was asked for.
        policy: the model that learns, as it was saved or as it begins.
        reference: what it began as.
        reward: members of the reward model.
        network: of the mind that carries subgoals out.
    """

    counted = EPISODES

    def __init__(
        self, command: Ppo, policy: LanguageModel, reference: LanguageModel, reward: Sequence[RewardModel],
        network: ActorCritic,
    ) -> None:  # fmt: skip
        torch.set_num_threads(1)  # workers are the threads
        self.command, self.policy, self.reward, self.network = command, policy, reward, network
        self.critic = Critic(reward[0])
        self.tuner = Tuner(
            policy, copied(reference), self.critic, ppo_of(command), workers=command.workers, seed=command.seed,
            temperature=command.temperature,
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
        seed = seed_of(self.command.seed, UPDATES, self.rounds)
        asked = draw_asked(self.command.worlds, seed, self.command.split)
        episodes = play_asked(asked, self.policy, self.mind_of, seed, temperature=self.command.temperature)
        worth = self._worth(episodes)
        found = experience(
            self.policy, [[said.turn for said in one.turns] for one in episodes], worth,
            self.tuner.config.missing_end,
        )  # fmt: skip
        warms_up = self.rounds < self.command.critic_updates
        log = self.tuner.update(found, self.rounds / self.command.updates, learns_policy=not warms_up)
        self.rounds += 1
        return log | figures_of(episodes)

    def mind_of(self) -> Learned:
        """Who carries subgoals out, fresh."""
        return Learned(self.network, seed=self.command.seed)

    def _worth(self, episodes: Sequence[Episode]) -> list[float]:
        transcripts = [one.transcript for one in episodes]
        return together(scores(self.reward, transcripts), self.command.caution).tolist()

    def evaluate(self, path: Path) -> tuple[dict[str, float], str]:
        """Figures of the likeliest answers in houses that are always the same, and some talks."""
        seed = seed_of(self.command.seed, TESTS, 0)
        asked = draw_asked(TESTED, seed, self.command.split)
        episodes = play_asked(asked, self.policy, self.mind_of, seed, greedy=True)
        worth = float(np.mean(self._worth(episodes)))
        figures = {f"evaluation/{name}": value for name, value in figures_of(episodes).items()}
        some = np.random.default_rng([self.command.seed, self.rounds]).permutation(len(episodes))[:SHOWN]
        head = f"{self.done:,} episodes: score {worth:.2f}, success {figures['evaluation/success']:.1%}"
        return figures | {"evaluation/score": worth}, "\n\n".join(
            [head, *(episodes[i].transcript for i in some)]
        )

    def lines(self, log: dict[str, float], found: dict[str, float], is_due: bool) -> list[dict[str, float]]:
        """One line for an update and what was evaluated after it."""
        return [log | found] if is_due or found else []

    def told(self, log: Mapping[str, float]) -> str:
        """How it goes."""
        return f"score {log['score']:.2f}, KL {log['kl']:.2f} nats, success {log['success']:.0%}"

    def write(self, path: Path) -> None:
        """A checkpoint is all that it keeps."""

    def mind(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The model that learns."""
        return dict(model_files(self.policy)), {"kind": KIND}

    def commands(self, path: Path) -> tuple[str, str]:
        """What to type to go on, and what when it is done."""
        return (
            f"social-rl rlhf ppo --resume {path}",
            f"social-rl play house --cast ann=lm:{path} bob=lm:{path}",
        )

    def save(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Files, and facts for the manifest: a checkpoint is a model that can be read as it is."""
        tuner = self.tuner
        files: dict[str, Any] = {
            **model_files(self.policy),
            **{name: learner.save() for name, learner in zip(LEARNERS, tuner.learners, strict=True)},
            CRITIC: state_of(self.critic),
            ORDER: {"generator": tuner.generator.get_state().numpy()},
        }
        return files, {"kind": KIND, "run": {"rounds": self.rounds, "kl": tuner.kl.coefficient}}

    def restore(self, folder: Path) -> None:
        """Go on from a checkpoint, whose policy this run was made with.

        Raises:
            CheckpointError: it is damaged, or of another run.
        """
        manifest, tuner = read_manifest(folder), self.tuner
        where, facts = f"{folder / MANIFEST}: run", manifest.get("run")
        if manifest.get("kind") != KIND or not isinstance(facts, dict) or "kl" not in facts:
            raise CheckpointError(
                f"{where}: this is no checkpoint of rlhf ppo; begin with it by --model {folder}"
            )
        rounds = counted(facts.get("rounds"), f"{where}.rounds")
        check_number(f"{where}.rounds", rounds, 0, self.command.updates)
        for name, learner in zip(LEARNERS, tuner.learners, strict=True):
            saved = read_arrays(folder, name, manifest)
            check_learner(saved, learner, str(folder / name))
            learner.restore(saved)
        values = read_arrays(folder, CRITIC, manifest)
        check_alike(values, state_of(self.critic), str(folder / CRITIC))
        for name, parameter in self.critic.named_parameters():
            parameter.data.copy_(torch.from_numpy(np.array(values[name])))
        tuner.generator.set_state(torch.from_numpy(read_arrays(folder, ORDER, manifest)["generator"].copy()))
        tuner.kl.coefficient, self.rounds = float(facts["kl"]), rounds


def ppo_of(command: Ppo) -> PPO:
    """How steps are taken."""
    names = (
        "learning_rate", "critic_rate", "kl", "kl_target", "kl_horizon", "discount_turns", "trace", "clip", "epochs",
        "minibatches",
    )  # fmt: skip
    return PPO(**{name: getattr(command, name) for name in names})


def figures_of(episodes: Sequence[Episode]) -> dict[str, float]:
    """Means of what was measured, and of what that is worth in truth, which the policy does not learn from."""
    means = {name: float(np.mean([one.features[name] for one in episodes])) for name in QUANTITIES}
    return means | {"utility": float(np.mean([utility(one.features) for one in episodes]))}


def state_of(critic: Critic) -> dict[str, np.ndarray]:
    """Parameters by name."""
    return {name: parameter.detach().numpy() for name, parameter in critic.named_parameters()}


def seed_of(*parts: int) -> int:
    """A seed of its own for each of these."""
    return int(np.random.default_rng(list(parts)).integers(2**32))
