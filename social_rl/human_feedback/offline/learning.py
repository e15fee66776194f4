"""How is a policy learned from a log alone? Imitation and five ways of batch learning, one code path and a table.

Jaques et al., "Way Off-Policy Batch Deep Reinforcement Learning of Implicit Human Preferences in Dialog"
(arXiv 1907.00456), section 4. With a prior p that imitates the log, a reward r, a constant c:

    batch Q      r + γ max Q(s', a')
    dropout Q    the same, the least of 5 draws of dropout of the target network
    DBCQ         r + γ Q(s', the best of n actions that are drawn from p)
    KL-Q         r / c + log p(a|s) - log π(a|s) + γ max Q(s', a'),  π the softmax of Q
    KL-Psi       r / c + log p(a|s) + γ log Σ exp Psi(s', a')

The KL terms belong to the action that was taken at s, and not to the next one; a talk that is over has no next value.
DBCQ's draws are not drawn: the best of n has a distribution, whose mean is taken. What is valued by its best action
acts by it; KL-Psi draws by the softmax of its values, or takes its best action, too.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from social_rl.human_feedback.offline.reading import Batch
from social_rl.human_feedback.tutor.network import follow

DRAWS = 10  # n of DBCQ


class Values(nn.Module):
    """A number for each action: a logit, or a value. Dropout is on only where a generator is given."""

    def __init__(
        self, inputs: int, hidden: int, actions: int, dropout: float, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.dropout = dropout
        self.layers = nn.ModuleList(
            (nn.Linear(inputs, hidden), nn.Linear(hidden, hidden), nn.Linear(hidden, actions))
        )
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -(hidden**-0.5), hidden**-0.5, generator=generator)

    def forward(self, state_NX: Tensor, drops: torch.Generator | None = None) -> Tensor:
        """What each action is worth; [N, action]."""
        x = state_NX
        for layer in list(self.layers)[:-1]:
            x = layer(x).relu()
            if drops is not None:
                x = x * torch.empty_like(x).bernoulli_(1 - self.dropout, generator=drops) / (1 - self.dropout)
        return self.layers[-1](x)


# ---- what a policy does, and what a place is worth ---------------------------------------------------------


def prior_policy(value_NV: Tensor, log_prior_NV: Tensor) -> Tensor:
    """Does what the prior does; probabilities [N, action]."""
    return log_prior_NV.exp()


def greedy(value_NV: Tensor, log_prior_NV: Tensor) -> Tensor:
    """Takes the best action; probabilities [N, action]."""
    return F.one_hot(value_NV.argmax(1), value_NV.shape[1]).to(value_NV.dtype)


def soft(value_NV: Tensor, log_prior_NV: Tensor) -> Tensor:
    """Draws by the softmax of the values; probabilities [N, action]."""
    return value_NV.softmax(1)


def best_of_draws(value_NV: Tensor, log_prior_NV: Tensor) -> Tensor:
    """Takes the best of n actions that the prior draws; probabilities [N, action].

    An action is the best of n with F^n - (F - p)^n, where F is the prior's share of it and of worse ones.
    """
    order_NV = value_NV.argsort(1)
    sorted_NV = log_prior_NV.exp().gather(1, order_NV)
    upto_NV = sorted_NV.cumsum(1).clamp(max=1)
    below_NV = (upto_NV - sorted_NV).clamp(min=0)
    share_NV = upto_NV**DRAWS - below_NV**DRAWS
    return torch.zeros_like(share_NV).scatter(1, order_NV, share_NV)


def greatest(value_NV: Tensor, log_prior_NV: Tensor) -> Tensor:
    """max Q; [N]."""
    return value_NV.amax(1)


def log_sum(value_NV: Tensor, log_prior_NV: Tensor) -> Tensor:
    """log Σ exp Psi; [N]."""
    return value_NV.logsumexp(1)


def mean_of_draws(value_NV: Tensor, log_prior_NV: Tensor) -> Tensor:
    """The mean of Q of the best of n actions that the prior draws; [N]."""
    return (best_of_draws(value_NV, log_prior_NV) * value_NV).sum(1)


# ---- how far from the prior: log p and log π of the actions that were taken, in ---------------------------


def uncontrolled(log_prior_N: Tensor, log_policy_N: Tensor) -> Tensor:
    """Nothing."""
    return torch.zeros_like(log_prior_N)


def towards_prior(log_prior_N: Tensor, log_policy_N: Tensor) -> Tensor:
    """log p: Psi's log Σ exp holds the entropy of the policy."""
    return log_prior_N


def beside_prior(log_prior_N: Tensor, log_policy_N: Tensor) -> Tensor:
    """log p - log π: its mean over π is -KL(π ‖ p), and 0 where they are equal."""
    return log_prior_N - log_policy_N


Pair = Callable[[Tensor, Tensor], Tensor]


class Method(NamedTuple):
    """What tells one way of learning from another."""

    control: Pair
    """what is added to the reward of an action"""
    is_scaled: bool
    """rewards are divided by c"""
    value: Pair
    """of a place, by the target network's values and log p there"""
    policy: Pair
    """probabilities, by values and log p"""
    draws: int
    """of dropout of the target network, of which the least value counts; 1: no dropout"""


METHODS = {
    "q": Method(uncontrolled, False, greatest, greedy, 1),
    "dropout_q": Method(uncontrolled, False, greatest, greedy, 5),
    "dbcq": Method(uncontrolled, False, mean_of_draws, best_of_draws, 1),
    "kl_q": Method(beside_prior, True, greatest, greedy, 5),
    "kl_psi": Method(towards_prior, True, log_sum, soft, 5),
    "kl_psi_best": Method(towards_prior, True, log_sum, greedy, 5),
}
# What learns from no reward: does what the log does, as often, or always what it does most often.
IMITATIONS: dict[str, Pair] = {"bc": prior_policy, "bc_best": greedy}


@dataclass(frozen=True)
class Tuning:
    """How long and how fast a method learns."""

    updates: int = 1500
    prior_updates: int = 600
    batch: int = 64
    discount: float = 0.99
    c: float = 0.5
    polyak: float = 0.005
    learning_rate: float = 1e-3
    clip: float = 1.0
    """of each number of the gradient"""
    hidden: int = 64
    dropout: float = 0.2


def least_value(
    method: Method, target: Values, next_NX: Tensor, log_prior_NV: Tensor, generator: torch.Generator
) -> Tensor:
    """What the next place is worth, by the target network; the least of several draws of dropout; [N]."""
    if method.draws == 1:
        return method.value(target(next_NX), log_prior_NV)
    values = [method.value(target(next_NX, generator), log_prior_NV) for _ in range(method.draws)]
    return torch.stack(values).amin(0)


def targets(
    method: Method, reward_N: Tensor, log_prior_N: Tensor, log_policy_N: Tensor, next_N: Tensor, over_N: Tensor,
    tuning: Tuning,
) -> Tensor:  # fmt: skip
    """What the value of each action that was taken is to become; [N].

    Args:
        log_prior_N, log_policy_N: of that action, where it was taken.
        next_N: what the next place is worth; counts nothing where the talk is over (`over_N`, bool).
    """
    scaled_N = reward_N / tuning.c if method.is_scaled else reward_N
    now_N = scaled_N + method.control(log_prior_N, log_policy_N)
    return now_N + tuning.discount * torch.where(over_N, 0.0, next_N)


def imitate(batch: Batch, actions: int, tuning: Tuning, seed: int) -> Values:
    """The prior: a network that does what the log does, by maximum likelihood (behaviour cloning)."""
    rng, generator = np.random.default_rng([seed, 3]), torch.Generator().manual_seed(seed)
    network = Values(batch.state_NX.shape[1], tuning.hidden, actions, tuning.dropout, generator)
    optimizer = torch.optim.Adam(network.parameters(), tuning.learning_rate)
    state_NX, action_N = torch.from_numpy(batch.state_NX), torch.from_numpy(batch.action_N)
    for _ in range(tuning.prior_updates):
        some = torch.from_numpy(rng.integers(len(action_N), size=tuning.batch))
        loss = F.cross_entropy(network(state_NX[some], generator), action_N[some])
        _step(optimizer, loss, tuning.clip)
    return network.requires_grad_(False)


def learn(
    method: Method, batch: Batch, reward_N: np.ndarray, prior: Values, tuning: Tuning, seed: int
) -> Values:
    """Learn the values of actions from a log; the network begins as the prior."""
    rng, generator = np.random.default_rng([seed, 4]), torch.Generator().manual_seed(seed)
    network = copy.deepcopy(prior).requires_grad_(True)
    target = copy.deepcopy(prior)
    optimizer = torch.optim.Adam(network.parameters(), tuning.learning_rate)
    state_NX, next_NX = torch.from_numpy(batch.state_NX), torch.from_numpy(batch.next_NX)
    action_N1, over_N = torch.from_numpy(batch.action_N)[:, None], torch.from_numpy(batch.over_N)
    reward = torch.from_numpy(reward_N.astype(np.float32))
    with torch.no_grad():
        log_prior_NV, log_prior_next_NV = (prior(x).log_softmax(1) for x in (state_NX, next_NX))
    log_prior_N = log_prior_NV.gather(1, action_N1)[:, 0]
    for _ in range(tuning.updates):
        some = torch.from_numpy(rng.integers(len(reward), size=tuning.batch))
        value_NV = network(state_NX[some])
        with torch.no_grad():
            log_policy_N = value_NV.log_softmax(1).gather(1, action_N1[some])[:, 0]
            next_N = least_value(method, target, next_NX[some], log_prior_next_NV[some], generator)
            target_N = targets(
                method, reward[some], log_prior_N[some], log_policy_N, next_N, over_N[some], tuning
            )
        loss = F.smooth_l1_loss(value_NV.gather(1, action_N1[some])[:, 0], target_N)
        _step(optimizer, loss, tuning.clip)
        follow(target, network, tuning.polyak)
    return network.requires_grad_(False)


def kl(policy_NV: Tensor, log_prior_NV: Tensor) -> Tensor:
    """KL(policy ‖ prior) of each place in nats: 0 where they are equal; [N]."""
    ratio_NV = policy_NV / log_prior_NV.exp()
    return (policy_NV * torch.where(policy_NV > 0, ratio_NV, 1).log()).sum(1)


def _step(optimizer: torch.optim.Optimizer, loss: Tensor, clip: float) -> None:
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_value_([p for group in optimizer.param_groups for p in group["params"]], clip)
    optimizer.step()
