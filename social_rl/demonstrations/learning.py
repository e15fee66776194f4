"""How does one learn what others want from what they do? Inverse temporal differences beside plain imitation.

PsiPhi-Learning (arXiv 2102.12560): Ψ_k·w_k explains the acts of demonstrator k, Φ is what successor features differ by
from one step to the next, and both are learned at once. Behaviour cloning has the same trunk and data, and only acts.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from social_rl.demonstrations.gathering import Actor, Trajectories
from social_rl.demonstrations.losses import imitation, inverse_difference, reward_error, sparsity
from social_rl.demonstrations.network import ENSEMBLES, Mind, Shape, Trunk, cautious_values, of_act, of_mind
from social_rl.human_feedback.tutor.network import follow
from worlds.simulator import Simulator


@dataclass(frozen=True)
class Tuning:
    """How long and how fast one learns from demonstrations."""

    updates: int = 1500
    batch: int = 64
    """samples of each demonstrator"""
    discount: float = 0.9
    learning_rate: float = 3e-3
    inverse: float = 1.0
    """weight of inverse temporal differences, beside imitation"""
    reward: float = 10.0
    """weight of the error of rewards"""
    sparse: float = 0.05
    """weight of Σ|w|"""
    polyak: float = 0.05
    cumulants: int = 8
    hidden: int = 64


class Samples(NamedTuple):
    """Some steps of some demonstrators, and those that came next."""

    fact_NF: Tensor
    act_N: Tensor
    kind_N: Tensor
    next_fact_NF: Tensor
    next_act_N: Tensor
    mind_N: Tensor
    """whose steps these are"""


def drawn(demonstrations: Sequence[Trajectories], batch: int, rng: np.random.Generator) -> Samples:
    """So many steps of each demonstrator, each as likely."""
    parts = []
    for mind, (fact, act, _, kind) in enumerate(demonstrations):
        t = rng.integers(len(act) - 1, size=batch)
        w = rng.integers(act.shape[1], size=batch)
        whose = np.full(batch, mind)
        parts.append((fact[t, w], act[t, w], kind[t, w], fact[t + 1, w], act[t + 1, w], whose))
    return Samples(*(torch.from_numpy(np.concatenate(arrays)) for arrays in zip(*parts, strict=True)))


def inverse_loss(mind: Mind, target: Mind, samples: Samples, tuning: Tuning) -> Tensor:
    """Imitation, inverse temporal differences and sparsity; means over samples and ensembles.

    Φ and Ψ are of the act that was taken at the first of two steps, Ψ̃ of that at the second.
    """
    psi_ENAD = of_mind(mind.psi(samples.fact_NF), samples.mind_N)
    phi_ND = of_act(mind.phi(samples.fact_NF), samples.act_N)
    with torch.no_grad():
        next_ENAD = of_mind(target.psi(samples.next_fact_NF), samples.mind_N)
    wanted_ND = mind.preference_KD[samples.mind_N]
    total = tuning.sparse * sparsity(mind.preference_KD)
    for psi_NAD, next_NAD in zip(psi_ENAD, next_ENAD, strict=True):
        value_NA = (psi_NAD * wanted_ND[:, None]).sum(-1)
        psi_ND, next_ND = of_act(psi_NAD, samples.act_N), of_act(next_NAD, samples.next_act_N)
        error_N = inverse_difference(psi_ND, phi_ND, next_ND, tuning.discount)
        total = total + (imitation(value_NA, samples.act_N) + tuning.inverse * error_N).mean() / ENSEMBLES
    return total


def learn_inverse(
    demonstrations: Sequence[Trajectories], facts: int, tuning: Tuning, seed: int, begin: Mind | None = None
) -> Mind:
    """Φ, Ψ and w that explain what demonstrators do; of a fresh mind, or of one that knows something already."""
    shape = Shape(facts, len(demonstrations), tuning.cumulants, tuning.hidden)
    mind = Mind(shape, seed) if begin is None else copy.deepcopy(begin)
    target, rng = copy.deepcopy(mind), np.random.default_rng([seed, 1])

    def loss() -> Tensor:
        return inverse_loss(mind, target, drawn(demonstrations, tuning.batch, rng), tuning)

    fit([*mind.parameters()], loss, tuning, lambda: follow(target, mind, tuning.polyak))
    return mind


def learn_reward(
    mind: Mind, demonstrations: Sequence[Trajectories], own: Trajectories, likes: np.ndarray, tuning: Tuning,
    seed: int,
) -> tuple[Mind, Tensor]:  # fmt: skip
    """A mind that knows what it is paid for, too, and its own wish w [D]: rewards teach Φ and w, others Φ and Ψ.

    Args:
        mind: one that knows demonstrators already; it stays as it is.
        own: what the learner did itself, and was paid for by `likes`.
    """
    learner = copy.deepcopy(mind)
    target, rng = copy.deepcopy(learner), np.random.default_rng([seed, 2])
    wish_D = nn.Parameter(unclaimed(learner.preference_KD.detach()))
    fact_NF = torch.from_numpy(own.fact_TWF.reshape(-1, own.fact_TWF.shape[-1]))
    act_N, reward_N = torch.from_numpy(own.act_TW.ravel()), torch.from_numpy(own.earned(likes).ravel())

    def loss() -> Tensor:
        some_B = torch.from_numpy(rng.integers(len(act_N), size=tuning.batch))
        phi_BD = of_act(learner.phi(fact_NF[some_B]), act_N[some_B])
        error = reward_error(phi_BD, wish_D, reward_N[some_B]).mean()
        samples = drawn(demonstrations, tuning.batch, rng)
        return tuning.reward * error + inverse_loss(learner, target, samples, tuning)

    fit([*learner.parameters(), wish_D], loss, tuning, lambda: follow(target, learner, tuning.polyak))
    return learner, wish_D.detach()


def unclaimed(preference_KD: Tensor) -> Tensor:
    """A wish for that half of the cumulants for which others care least; [D]."""
    claimed_D = preference_KD.abs().amax(0)
    return (claimed_D <= claimed_D.median()).to(preference_KD.dtype) / len(claimed_D)


def learn_acts(demonstrations: Sequence[Trajectories], facts: int, tuning: Tuning, seed: int) -> nn.Module:
    """Behaviour cloning: logits [N, A, K] of the acts of each demonstrator."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Trunk(facts, tuning.hidden, len(demonstrations))
    rng = np.random.default_rng([seed, 1])

    def loss() -> Tensor:
        samples = drawn(demonstrations, tuning.batch, rng)
        logit_NAK = network(samples.fact_NF)
        mine_NA = logit_NAK[torch.arange(len(samples.mind_N)), :, samples.mind_N]
        return imitation(mine_NA, samples.act_N).mean()

    fit([*network.parameters()], loss, tuning)
    return network


def fit(
    parameters: Sequence[nn.Parameter],
    loss: Callable[[], Tensor],
    tuning: Tuning,
    after: Callable[[], None] | None = None,
) -> None:
    """Let parameters learn by a loss for so many updates, slower and slower."""
    optimizer = torch.optim.Adam(parameters, tuning.learning_rate, fused=True)
    rates = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, tuning.updates)
    for _ in range(tuning.updates):
        now = loss()
        optimizer.zero_grad()
        now.backward()
        nn.utils.clip_grad_norm_(parameters, 10.0)
        optimizer.step()
        rates.step()
        if after is not None:
            after()


# ---- policies ------------------------------------------------------------------------------------------


def greedy(values: Callable[[Tensor], Tensor]) -> Actor:
    """Who takes the act of the greatest value; `values` is of facts [N, F] to [N, A]."""

    @torch.no_grad()
    def act(sim: Simulator, fact_WF: np.ndarray) -> np.ndarray:
        return values(torch.from_numpy(fact_WF)).argmax(1).numpy()

    return act


def as_mind(mind: Mind, k: int) -> Actor:
    """Who acts as demonstrator k would: by its successor features and what it wants."""
    return greedy(lambda fact_NF: cautious_values(mind.psi(fact_NF)[..., [k], :], mind.preference_KD[k]))


def wanting(mind: Mind, preference_D: Tensor) -> Actor:
    """Generalised policy improvement: who wants something of its own, by the successor features of all."""
    return greedy(lambda fact_NF: cautious_values(mind.psi(fact_NF), preference_D))


def cloned(network: nn.Module, k: int) -> Actor:
    """Who acts as demonstrator k did."""
    return greedy(lambda fact_NF: network(fact_NF)[..., k])


@torch.no_grad()
def accuracy(actor: Actor, tested: Trajectories, sim: Simulator) -> float:
    """How often a policy takes the act that a demonstrator meant to."""
    flat_NF = tested.fact_TWF.reshape(-1, tested.fact_TWF.shape[-1])
    return float((actor(sim, flat_NF) == tested.meant_TW.ravel()).mean())
