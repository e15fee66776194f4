"""How well does inverse temporal-difference learning do where all is known exactly? A study of small boards."""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np

from social_rl.commands.checks import check_counts, check_file, check_seed
from social_rl.commands.demonstrations.tabular import Tabular
from social_rl.demonstrations.recovery import Tuning, agreement, recover
from social_rl.demonstrations.study import carry_out
from social_rl.demonstrations.tabular import (
    World,
    coin_board,
    erring,
    generalised_improvement,
    greedy,
    optimal_values,
    policy_values,
    soft,
    successor_features,
    transfer_bound,
)
from social_rl.runs.kept_rows import Figures

ERRING, SOFT, BOUND = "who err", "who draw by softmax", "bound"
WANTED = np.array([likes for likes in product((-1.0, 0.0, 1.0), repeat=3) if any(likes)])
NOISES = (0.0, 0.01, 0.1)  # of successor features, when the bound is put to the test


def tabular(command: Tabular) -> int:
    """Measure, print, write; returns the exit status.

    Raises:
        ValueError: an option is out of range, or the file cannot be written or holds something else.
    """
    check_counts(command, side=2, kinds=1, each=1, cumulants=1, updates=1, seeds=1)
    check_seed(command.seed)
    if not 0 <= command.errs <= 1:
        raise ValueError(f"--errs is {command.errs}, allowed are 0 to 1")
    if not 0 <= command.discount < 1:
        raise ValueError(f"--discount is {command.discount}, allowed are 0 to below 1")
    if not 0 < command.temperature < float("inf"):
        raise ValueError(f"--temperature is {command.temperature}, allowed are more than 0")
    board_of(command, command.seed)
    check_file("--json", command.json)
    return carry_out(command, (ERRING, SOFT, BOUND), measured)


def board_of(command: Tabular, seed: int) -> World:
    """The board of a seed."""
    return coin_board(
        command.side, command.kinds, command.each, command.discount, np.random.default_rng([seed, 0])
    )


def measured(command: Tabular, seed: int, needed: Sequence[str]) -> Iterator[tuple[str, Figures]]:
    """How often recovered rewards lead to an expert's act, by kind of demonstrator; how tight the bound is."""
    world = board_of(command, seed)
    reward_KSA = np.moveaxis(world.phi_SAD, -1, 0)
    values = [optimal_values(world, reward_SA) for reward_SA in reward_KSA]
    tuning = Tuning(cumulants=command.cumulants, updates=command.updates)
    for name in needed:
        if name == BOUND:
            yield name, bound_figures(world, seed)
            continue
        policies = [
            erring(greedy(value), command.errs) if name == ERRING else soft(value, command.temperature)
            for value in values
        ]
        share_K = agreement(world, recover(world, np.stack(policies), tuning, seed), reward_KSA)
        yield name, {"agreement": float(share_K.mean()), "least": float(share_K.min())}


def bound_figures(world: World, seed: int) -> Figures:
    """How much transfer loses at most, as a share of what Theorem 2 allows, and how often it loses more than that.

    Others want one kind each; their successor features are exact or have noise. Rewards hold a part that no cumulant
    explains, of up to half the noise.
    """
    rng, used = np.random.default_rng([seed, 1]), []
    kinds = world.phi_SAD.shape[-1]
    for noise, wanted in product(NOISES, WANTED):
        ego_D, others_KD = wanted[:kinds], np.eye(kinds)
        unexplained = [noise / 2 * rng.uniform(-1, 1, world.phi_SAD.shape[:2]) for _ in range(kinds + 1)]
        policies = [
            greedy(optimal_values(world, world.phi_SAD @ other_D + part))
            for other_D, part in zip(others_KD, unexplained, strict=False)
        ]
        exact = np.stack([successor_features(world, world.phi_SAD, policy) for policy in policies])
        psi_KSAD = exact + noise * rng.standard_normal(exact.shape)
        reward_SA = world.phi_SAD @ ego_D + unexplained[-1]
        policy_SA = generalised_improvement(psi_KSAD, ego_D)
        loss = (optimal_values(world, reward_SA) - policy_values(world, reward_SA, policy_SA)).max()
        bound = transfer_bound(
            world.phi_SAD, world.discount, ego_D, others_KD, float(max(np.abs(part).max() for part in unexplained)),
            float(np.linalg.norm(psi_KSAD - exact, axis=-1).max()),
        )  # fmt: skip
        used.append((loss, bound))
    loss_N, bound_N = np.array(used).T
    return {
        "violations": float((loss_N > bound_N + 1e-9).sum()),
        "cases": float(len(loss_N)),
        "used": float((loss_N / np.maximum(bound_N, 1e-9))[bound_N > 0].max()),
    }
