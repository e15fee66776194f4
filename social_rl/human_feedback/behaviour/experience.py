"""What does a mind learn from? Whole episodes in new houses, and what a clip reward model makes of each step.

A step earns by how much the score of the episode so far rises, so that all of them together earn the score of the whole
clip less that of its beginning. It pays for log p - log q of its act, whose mean is the KL to the mind it began as.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from agents.batch import Batch
from agents.network.actor_critic import ActorCritic
from agents.training.learner import Answers, Learner, Loss, answers_to
from agents.training.methods import Method
from agents.training.rollout import RolloutWorker
from social_rl.human_feedback.behaviour.model import ClipReward
from social_rl.human_feedback.reward.model import together
from social_rl.human_feedback.tuning.asked import Asked
from social_rl.human_feedback.tuning.losses import log_ratio_kl
from worlds.levels.bank import take
from worlds.simulator import DISABLED, Simulator


def collected(
    asked: Asked, network: ActorCritic, methods: Sequence[Method], learner: Learner, seed: int
) -> list[Batch]:
    """One episode of each agent, drawn from at temperature 1, a batch for each worker.

    A batch has a frame more than episodes have steps: it shows what the last act came to.
    """
    rows = np.array_split(np.arange(len(asked.bank.step_limit)), learner.workers)
    steps = int(asked.bank.step_limit.max()) + 1

    def play(rows: np.ndarray) -> Batch:
        sim = Simulator(
            asked.scenario, len(rows), bank=take(asked.bank, rows), seed=seed, autoreset=DISABLED,
            first_world=int(rows[0]),
        )  # fmt: skip
        sim.assign(np.arange(len(rows))[None])
        sim.reset()
        worker_seed = int(np.random.default_rng([seed, int(rows[0])]).integers(2**32))
        return RolloutWorker(sim, network, methods=methods, steps=steps, seed=worker_seed).collect()

    return learner.each(play, rows)


def rewarded(
    batch: Batch, network: ActorCritic, prior: ActorCritic, members: Sequence[ClipReward], caution: float, kl: float
) -> Batch:  # fmt: skip
    """A batch of whole episodes with reward as the head of this file says, and what it is made of as labels.

    `gain` is of the score, `paid_kl` is paid for, and `prior_kl` its mean over all acts, which is never negative. The
    end of a clip is the end: nothing follows it, also where time ran out.

    Args:
        batch: of `collected`.
        network: the mind that played.
        prior: what it began as.
        members: of the reward model.
        caution: standard deviations of members that are taken off their mean.
        kl: coefficient.
    """
    with torch.no_grad():
        mine, theirs = (answers_to(mind, batch).logits.log_softmax(-1) for mind in (network, prior))
        chosen = batch.act[..., None]
        price = log_ratio_kl(mine.gather(-1, chosen), theirs.gather(-1, chosen))[..., 0]
        score_MT = torch.stack([member.potentials(batch.percept, batch.contexts) for member in members])
        potential = together(score_MT, caution)
    active = batch.transition.active
    labels = {
        "gain": gains(potential, active),
        "paid_kl": torch.where(active, price, 0.0),
        "prior_kl": torch.where(active, (mine.exp() * (mine - theirs)).sum(-1), 0.0),
    }
    went = batch.transition._replace(
        reward=labels["gain"] - kl * labels["paid_kl"],
        terminated=batch.transition.terminated | batch.transition.truncated,
        truncated=torch.zeros_like(batch.transition.truncated),
    )
    return batch._replace(transition=went).labelled(**labels)


def gains(potential: Tensor, active: Tensor) -> Tensor:
    """By how much each active step raises a potential, [T, ...]; the last frame has no step."""
    after = torch.cat([potential[1:], potential[-1:]])
    return torch.where(active, after - potential, 0.0)


def figures_of(batches: Sequence[Batch]) -> dict[str, float]:
    """What came of episodes: means over agents."""
    went = [batch.transition for batch in batches]
    episodes = sum(one.active[0].numel() for one in went)
    sums = {
        name: sum(float(batch.label(name).sum()) for batch in batches)
        for name in ("gain", "paid_kl", "prior_kl")
    }
    sums["success"] = sum(float((one.success & one.active).sum()) for one in went)
    sums["length"] = sum(float(one.active.sum()) for one in went)
    return {name: value / episodes for name, value in sums.items()}


def value_alone(batch: Batch, answers: Answers) -> tuple[Tensor, dict[str, Tensor]]:
    """The value error, by which only the last output of the head learns: acts stay as likely as they were."""
    active = batch.transition.active.float()
    value = answers.network.decide(answers.hidden.detach())[1]
    error = ((value - batch.label("returns")).square() * active).sum() / active.sum().clamp(min=1)
    return 0.5 * error, {"value_error": error.detach()}


VALUE_ALONE: tuple[Loss, ...] = (value_alone,)
