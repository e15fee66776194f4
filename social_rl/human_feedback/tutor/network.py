"""What predicts or values the next token of a sequence? A small recurrent network, and how one becomes the prior."""

import copy

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from social_rl.human_feedback.tutor.task import Task, real_tokens


class Network(nn.Module):
    """A gated recurrent network with a number for each token that may come next: a logit, or a value."""

    def __init__(self, tokens: int, hidden: int, generator: torch.Generator) -> None:
        super().__init__()
        self.start = tokens  # stands before the first token
        self.embedding = nn.Embedding(tokens + 1, hidden)
        self.memory = nn.GRU(hidden, hidden, batch_first=True)
        self.head = nn.Linear(hidden, tokens)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -(hidden**-0.5), hidden**-0.5, generator=generator)

    def forward(self, token_BT: Tensor) -> Tensor:
        """What may come at each place, the one after the last token included: [B, T + 1, token]."""
        start_B1 = token_BT.new_full((len(token_BT), 1), self.start)
        hidden_BTH, _ = self.memory(self.embedding(torch.cat((start_B1, token_BT), 1)))
        return self.head(hidden_BTH)

    def step(self, token_B: Tensor, memory: Tensor | None) -> tuple[Tensor, Tensor]:
        """What may come after one more token, [B, token], and the memory to go on with."""
        hidden_B1H, after = self.memory(self.embedding(token_B[:, None]), memory)
        return self.head(hidden_B1H[:, 0]), after


def twin(network: Network) -> Network:
    """A copy that does not learn."""
    copied = copy.deepcopy(network)
    for parameter in copied.parameters():
        parameter.requires_grad_(False)
    return copied


@torch.no_grad()
def follow(target: nn.Module, network: nn.Module, share: float) -> None:
    """Move a target network towards a network by a share of the way (Polyak averaging)."""
    for slow, fast in zip(target.parameters(), network.parameters(), strict=True):
        slow.lerp_(fast, share)


def fit_prior(
    task: Task, hidden: int, steps: int, batch: int, learning_rate: float, seed: int
) -> tuple[Network, list[float]]:
    """Learn the style of a task's data by maximum likelihood, each batch drawn anew.

    Returns:
        The network, which does not learn any more, and the mean loss of a token (nats) after each step.
    """
    rng, generator = np.random.default_rng([seed, 0]), torch.Generator().manual_seed(seed)
    network = Network(len(task.tokens), hidden, generator)
    optimizer = torch.optim.Adam(network.parameters(), learning_rate)
    losses: list[float] = []
    for _ in range(steps):
        drawn_BT = task.data(batch, rng)
        loss = likelihood_loss(
            network, torch.from_numpy(drawn_BT), torch.from_numpy(real_tokens(drawn_BT, task.end))
        )
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    return twin(network), losses


def likelihood_loss(network: Network, token_BT: Tensor, real_BT: Tensor) -> Tensor:
    """The mean of -log p of the real tokens."""
    logit_BTV = network(token_BT)[:, :-1]
    return F.cross_entropy(logit_BTV[real_BT], token_BT[real_BT])
