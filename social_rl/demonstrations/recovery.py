"""Which rewards does inverse temporal-difference learning recover in a small world, where all is known exactly?

Demonstrators draw their acts from policies that are given as tables; expectations over them and over the world's chance
are taken and not drawn. What is learned, Φ, Ψ_k and w_k, is a table, too.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from social_rl.demonstrations.losses import inverse_difference, sparsity
from social_rl.demonstrations.tabular import World, greedy, optimal_values

EQUAL = 1e-6


@dataclass(frozen=True)
class Tuning:
    """How tables are fitted."""

    cumulants: int = 4
    updates: int = 3000
    learning_rate: float = 0.02
    inverse: float = 1.0
    """weight of inverse temporal differences, beside imitation"""
    sparse: float = 0.001
    """weight of Σ|w|"""


class Tables(NamedTuple):
    """What was learned."""

    phi_SAD: Tensor
    psi_KSAD: Tensor
    preference_KD: Tensor


def begin(world: World, policies: int, tuning: Tuning, seed: int) -> Tables:
    """Tables of small random numbers, and preferences near 1 / cumulants."""
    S, A, D = *world.phi_SAD.shape[:2], tuning.cumulants
    generator = torch.Generator().manual_seed(seed)

    def drawn(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    tables = Tables(0.1 * drawn(S, A, D), 0.1 * drawn(policies, S, A, D), 1 / D + 0.5 * drawn(policies, D))
    return Tables(*(table.requires_grad_(True) for table in tables))


def loss_of(tables: Tables, world: World, policy_KSA: Tensor, tuning: Tuning) -> Tensor:
    """Imitation, inverse temporal differences and sparsity; states weigh alike, acts as often as they are taken."""
    phi_SAD, psi_KSAD, preference_KD = tables
    value_KSA = torch.einsum("ksad,kd->ksa", psi_KSAD, preference_KD)
    imitation = -(policy_KSA * value_KSA.log_softmax(-1)).sum(-1).mean()
    next_KSD = (policy_KSA[..., None] * psi_KSAD.detach()).sum(2)
    next_KSAD = torch.einsum("sat,ktd->ksad", torch.from_numpy(world.chance_SAS), next_KSD)
    error_KSA = inverse_difference(psi_KSAD, phi_SAD.expand_as(psi_KSAD), next_KSAD, world.discount)
    inverse = (policy_KSA * error_KSA).sum(-1).mean()
    return imitation + tuning.inverse * inverse + tuning.sparse * sparsity(preference_KD)


def recover(world: World, policy_KSA: np.ndarray, tuning: Tuning, seed: int) -> Tables:
    """Fit tables to what demonstrators do."""
    tables, policies = begin(world, len(policy_KSA), tuning, seed), torch.from_numpy(policy_KSA)
    optimizer = torch.optim.Adam(tables, tuning.learning_rate)
    rates = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, tuning.updates)
    for _ in range(tuning.updates):
        loss = loss_of(tables, world, policies, tuning)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rates.step()
    return Tables(*(table.detach() for table in tables))


def agreement(world: World, tables: Tables, reward_KSA: np.ndarray) -> np.ndarray:
    """In which share of the states the best act of a recovered reward is a best act of the true one; [K]."""
    found_KSA = torch.einsum("sad,kd->ksa", tables.phi_SAD, tables.preference_KD).numpy()
    shares = []
    for found_SA, true_SA in zip(found_KSA, reward_KSA, strict=True):
        best_SA = optimal_values(world, true_SA)
        is_best_SA = best_SA >= best_SA.max(1, keepdims=True) - EQUAL
        shares.append(float((greedy(optimal_values(world, found_SA)) * is_best_SA).sum(1).mean()))
    return np.array(shares)
