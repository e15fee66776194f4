"""How does Sequence Tutor learn rules beside a prior? Q, Psi, G and plain reward, one code path and a table.

Jaques et al., "Sequence Tutor: Conservative Fine-Tuning of Sequence Generation Models with KL-control"
(arXiv 1611.02796), equations 5 to 11. With a reward r of the rules, a prior p and a constant c:

    Q      log p(a|s) + r / c + γ max Q(s', a')
    Psi    log p(a|s) + r / c + γ log Σ exp Psi(s', a')
    G                   r / c + γ log Σ p(a'|s') exp G(s', a')
    reward alone        r / c + γ max Q(s', a')

A policy samples from the softmax of its preferences, which are the network's values; G's are added to log p.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from social_rl.human_feedback.tutor.network import Network, follow, twin
from social_rl.human_feedback.tutor.task import Task, ended, real_tokens, rewards


def greatest(preference_NV: Tensor) -> Tensor:
    """The value of a place from which the best token is taken; [N]."""
    return preference_NV.amax(-1)


def log_sum(preference_NV: Tensor) -> Tensor:
    """The value of a place from which tokens are drawn by their softmax; [N]."""
    return preference_NV.logsumexp(-1)


class Method(NamedTuple):
    """What tells one way of learning from another."""

    rewards_prior: bool
    """log p of the token that was taken is part of its reward"""
    adds_prior: bool
    """preferences are the network's values and log p"""
    begins_as_prior: bool
    """the network begins as the prior; else with values of 0"""
    value: Callable[[Tensor], Tensor]
    """of a place, by the preferences there"""


METHODS = {
    "q": Method(True, False, True, greatest),
    "psi": Method(True, False, True, log_sum),
    "g": Method(False, True, False, log_sum),
    "rl": Method(False, False, False, greatest),
}


@dataclass(frozen=True)
class Tuning:
    """How long and how fast a method learns."""

    rounds: int = 400
    """in each of them new sequences are drawn, then there are some updates"""
    drawn: int = 128
    """sequences of a round"""
    updates: int = 2
    """of a round"""
    batch: int = 64
    """sequences of an update"""
    kept: int = 2048
    """newest sequences that are learned from"""
    discount: float = 0.5
    c: float = 0.5
    """rules' rewards are divided by it"""
    polyak: float = 0.01
    """share of the network that goes into the target network after an update"""
    learning_rate: float = 3e-3
    explores: tuple[float, float] = (0.2, 0.01)
    """share of random tokens, at the beginning and from the middle on"""
    clip: float = 1.0
    """norm of the gradient at most"""


def preferences(method: Method, value_NV: Tensor, log_prior_NV: Tensor) -> Tensor:
    """What the policy draws from by softmax, and what places are valued by."""
    return value_NV + log_prior_NV if method.adds_prior else value_NV


def targets(
    method: Method, reward_BT: Tensor, log_prior_BT: Tensor, next_BTV: Tensor, over_BT: Tensor, tuning: Tuning
) -> Tensor:
    """What the value of each token is to become.

    Args:
        reward_BT: what the rules give for the tokens that were taken; log_prior_BT: log p of those tokens.
        next_BTV: preferences after each token, by the target network.
        over_BT: bool, after which tokens nothing follows: those have no next value (0, and not log Σ exp 0).
    """
    now_BT = reward_BT / tuning.c + (log_prior_BT if method.rewards_prior else 0)
    return now_BT + tuning.discount * torch.where(over_BT, 0.0, method.value(next_BTV))


def beginning(method: Method, prior: Network) -> Network:
    """The network that learns: its memory begins as the prior's, its values as log p or as 0."""
    network = twin(prior)
    for parameter in network.parameters():
        parameter.requires_grad_(True)
    if not method.begins_as_prior:
        nn.init.zeros_(network.head.weight)
        nn.init.zeros_(network.head.bias)
    return network


class Drawn(NamedTuple):
    """Sequences of a policy."""

    token_BT: np.ndarray
    """after its end a sequence holds the end token"""
    log_prior_BT: np.ndarray
    """log p of each token, 0 after the end"""
    kl_BT: np.ndarray
    """KL(policy ‖ prior) at each place, nats, 0 after the end; of the policy without random tokens"""


@torch.no_grad()
def draw(
    task: Task, method: Method, network: Network, prior: Network, n: int, generator: torch.Generator,
    explores: float = 0.0,
) -> Drawn:  # fmt: skip
    """Draw n sequences of a policy; a share `explores` of the tokens is random."""
    token_N = torch.full((n,), network.start)
    memory = prior_memory = None
    tokens, log_priors, kls = [], [], []
    for _ in range(task.length):
        value_NV, memory = network.step(token_N, memory)
        logit_NV, prior_memory = prior.step(token_N, prior_memory)
        log_prior_NV = logit_NV.log_softmax(-1)
        log_policy_NV = preferences(method, value_NV, log_prior_NV).log_softmax(-1)
        policy_NV = log_policy_NV.exp()
        kls.append((policy_NV * (log_policy_NV - log_prior_NV)).sum(-1))
        mixed_NV = (1 - explores) * policy_NV + explores / policy_NV.shape[1]
        token_N = torch.multinomial(mixed_NV, 1, generator=generator)[:, 0]
        log_priors.append(log_prior_NV.gather(1, token_N[:, None])[:, 0])
        tokens.append(token_N)
    token_BT = torch.stack(tokens, 1).numpy()
    real_BT = real_tokens(token_BT, task.end)
    return Drawn(
        np.where(real_BT, token_BT, task.end),
        np.where(real_BT, torch.stack(log_priors, 1).numpy(), 0),
        np.where(real_BT, torch.stack(kls, 1).numpy(), 0),
    )


def loss_of(
    task: Task, method: Method, network: Network, target: Network, prior: Network, token_BT: np.ndarray,
    reward_BT: np.ndarray, tuning: Tuning,
) -> Tensor:  # fmt: skip
    """How far the values of the tokens of sequences are from their targets: smooth L1, mean over real tokens."""
    token = torch.from_numpy(token_BT)
    taken_BT1 = token[:, :, None]
    real_BT = torch.from_numpy(real_tokens(token_BT, task.end))
    value_BT = network(token)[:, :-1].gather(2, taken_BT1)[:, :, 0]
    with torch.no_grad():
        log_prior_BTV = prior(token).log_softmax(-1)
        target_BT = targets(
            method,
            torch.from_numpy(reward_BT),
            log_prior_BTV[:, :-1].gather(2, taken_BT1)[:, :, 0],
            preferences(method, target(token), log_prior_BTV)[:, 1:],
            torch.from_numpy(ended(token_BT, task)),
            tuning,
        )
    return F.smooth_l1_loss(value_BT[real_BT], target_BT[real_BT])


def learn(task: Task, method: Method, prior: Network, tuning: Tuning, seed: int) -> Network:
    """Teach a network the rules of a task from sequences that it draws itself."""
    rng, generator = np.random.default_rng([seed, 1]), torch.Generator().manual_seed(seed)
    network = beginning(method, prior)
    target = twin(network)
    optimizer = torch.optim.Adam(network.parameters(), tuning.learning_rate)
    token_NT, reward_NT = np.empty((0, task.length), int), np.empty((0, task.length), np.float32)
    for at in range(tuning.rounds):
        explores = float(np.interp(at, (0, tuning.rounds / 2), tuning.explores))
        new_BT = draw(task, method, network, prior, tuning.drawn, generator, explores).token_BT
        token_NT = np.concatenate((token_NT, new_BT))[-tuning.kept :]
        reward_NT = np.concatenate((reward_NT, rewards(task, new_BT)))[-tuning.kept :]
        for _ in range(tuning.updates):
            some_B = rng.integers(len(token_NT), size=tuning.batch)
            loss = loss_of(task, method, network, target, prior, token_NT[some_B], reward_NT[some_B], tuning)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), tuning.clip)
            optimizer.step()
            follow(target, network, tuning.polyak)
    return twin(network)
