"""What is true of a small world, exactly? Values, successor features and policies, as arrays over all states.

Axes: S states, A acts, D cumulants, K policies. A world is P[S, A, S] and the cumulants φ[S, A, D] that its rewards are
made of, r = φ·w.
"""

from typing import NamedTuple

import numpy as np

SWEEPS, CLOSE = 100_000, 1e-12
STEPS = ((-1, 0), (0, 1), (1, 0), (0, -1))  # north, east, south, west: rows and columns


class World(NamedTuple):
    """A Markov decision process without rewards."""

    chance_SAS: np.ndarray
    """of the next state"""
    phi_SAD: np.ndarray
    discount: float


def coin_board(side: int, kinds: int, each: int, discount: float, rng: np.random.Generator) -> World:
    """A board whose coins stay: who walks onto one has it, and goes on from any cell without a coin, each as likely.

    States are cells, row by row; acts are steps north, east, south and west, and a step against the edge is none.
    Cumulant k is 1 where a coin of kind k is taken.

    Raises:
        ValueError: coins leave no cell free.
    """
    cells = side * side
    if kinds * each >= cells:
        raise ValueError(
            f"{kinds} x {each} coins on {side} x {side} cells leave none free: take fewer, or a larger board"
        )
    coins = rng.permutation(cells)[: kinds * each]
    kind_of = {int(cell): i // each for i, cell in enumerate(coins)}
    free = np.array([cell for cell in range(cells) if cell not in kind_of])
    chance_SAS, phi_SAD = np.zeros((cells, len(STEPS), cells)), np.zeros((cells, len(STEPS), kinds))
    for cell in range(cells):
        for act, (down, right) in enumerate(STEPS):
            row, col = cell // side + down, cell % side + right
            is_inside = 0 <= row < side and 0 <= col < side
            onto = row * side + col if is_inside else cell
            if onto in kind_of and is_inside:
                phi_SAD[cell, act, kind_of[onto]] = 1
                chance_SAS[cell, act, free] = 1 / len(free)
            else:
                chance_SAS[cell, act, onto] = 1
    return World(chance_SAS, phi_SAD, discount)


def optimal_values(world: World, reward_SA: np.ndarray) -> np.ndarray:
    """Q* of a reward; [S, A]."""
    value_SA = np.zeros_like(reward_SA)
    for _ in range(SWEEPS):
        better_SA = reward_SA + world.discount * world.chance_SAS @ value_SA.max(1)
        if np.abs(better_SA - value_SA).max() < CLOSE:
            return better_SA
        value_SA = better_SA
    return value_SA


def greedy(value_SA: np.ndarray) -> np.ndarray:
    """The policy that takes the best act, the first of equal ones; probabilities [S, A]."""
    return np.eye(value_SA.shape[1])[value_SA.argmax(1)]


def soft(value_SA: np.ndarray, temperature: float) -> np.ndarray:
    """The policy that draws by exp(Q / temperature); probabilities [S, A]."""
    logit_SA = (value_SA - value_SA.max(1, keepdims=True)) / temperature
    return np.exp(logit_SA) / np.exp(logit_SA).sum(1, keepdims=True)


def erring(policy_SA: np.ndarray, errs: float) -> np.ndarray:
    """A policy that takes any act, each as likely, as often as it errs; probabilities [S, A]."""
    return (1 - errs) * policy_SA + errs / policy_SA.shape[1]


def successor_features(world: World, phi_SAD: np.ndarray, policy_SA: np.ndarray) -> np.ndarray:
    """Ψ = Φ + γ P Ψ under a policy, solved; [S, A, D]. With a reward [S, A, 1] in place of Φ it is Q of the policy."""
    S, A, D = phi_SAD.shape
    onward = (world.chance_SAS[..., None] * policy_SA[None, None]).reshape(S * A, S * A)
    return np.linalg.solve(np.eye(S * A) - world.discount * onward, phi_SAD.reshape(S * A, D)).reshape(
        S, A, D
    )


def policy_values(world: World, reward_SA: np.ndarray, policy_SA: np.ndarray) -> np.ndarray:
    """Q of a policy; [S, A]."""
    return successor_features(world, reward_SA[..., None], policy_SA)[..., 0]


def generalised_improvement(psi_KSAD: np.ndarray, preference_D: np.ndarray) -> np.ndarray:
    """The policy that takes the act that is best by the best of others' successor features; probabilities [S, A]."""
    return greedy((psi_KSAD @ preference_D).max(0))


def transfer_bound(
    phi_SAD: np.ndarray, discount: float, ego_D: np.ndarray, others_KD: np.ndarray, reward_error: float,
    psi_error: float,
) -> float:  # fmt: skip
    """How much less than Q* generalised improvement over others' policies can be worth at most.

    2 / (1 − γ) · [ max‖Φ‖ · min_k ‖w − w_k‖ + 2 δr + ‖w‖ δΨ + δr / (1 − γ) ], Theorem 2 of arXiv 2102.12560. Policy k
    is optimal for its own reward.

    Args:
        reward_error: δr, most by which a reward, one's own or of any other, differs from Φ·w.
        psi_error: δΨ, the greatest norm of the error of others' successor features.
    """
    far = np.linalg.norm(phi_SAD, axis=-1).max() * np.linalg.norm(others_KD - ego_D, axis=-1).min()
    error = 2 * reward_error + np.linalg.norm(ego_D) * psi_error + reward_error / (1 - discount)
    return float(2 / (1 - discount) * (far + error))
