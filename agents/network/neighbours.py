"""How far does an agent rely on each neighbour that it sees, and how far does it go its own way? A learned gate.

For each other agent there is a memory of its own, all with the same weights: where the neighbour stands, which way it
looks, what it holds (a hat that shows prestige), and how things went meanwhile, by the agent's own memory. From it come
a score of how far to rely on that neighbour now, and acts that follow it. Acts are drawn from the mixture of the own
policy (score 0) and of following each neighbour in sight:

    pi(a) = w_0 own(a) + sum_j w_j follow_j(a),    w = softmax(0, score_1, ...) over neighbours in sight

Neighbours are told apart by what they do and not by their numbers. The agent sees itself as well, at its own cell; that
slot is one more way of its own, and is counted so by whoever reports reliance.

Axes: T time, B columns (one agent of one world each), A agents, C cells of a view, H units of the agent's memory, G of
that of each neighbour.
"""

import torch
from torch import Tensor, nn

from agents.batch import Percept
from agents.network.config import NetworkConfig
from agents.network.layers import GRU
from worlds.objects import AGENT_MARK, MAX_AGENTS
from worlds.state import ACTS, AGENT_PLANE, ITEM_PLANE

UNSEEN_SCORE = -1e4  # of a neighbour out of sight
CAUTION = -1.0  # score of a neighbour before anything is learned


class Neighbours(nn.Module):
    """Memories of neighbours, how far to rely on each, and acts that follow them."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.agents, self.size, G = config.agents, config.gate, config.gate
        self.place = nn.Parameter(torch.randn(config.view**2, G) * 0.3)
        self.heading = nn.Parameter(torch.randn(4, G) * 0.3)
        self.holds = nn.Parameter(torch.randn(256, G) * 0.3)
        self.mind = nn.Linear(config.hidden, G)
        self.memory = GRU(G)
        self.score = nn.Linear(G, 1)
        nn.init.zeros_(self.score.weight)
        nn.init.constant_(self.score.bias, CAUTION)
        self.follow = nn.Sequential(nn.Linear(G, G), nn.ReLU(), nn.Linear(G, len(ACTS)))

    @property
    def width(self) -> int:
        """Numbers that it adds to the memory of a column: of each neighbour, its memory and whether it is in sight."""
        return self.agents * (self.size + 1)

    def forward(self, percept: Percept, hidden: Tensor, before: Tensor) -> Tensor:
        """Memories and sight [T, B, width] after each step, from hidden [T, B, H] and what was `before` [B, width]."""
        T, B = percept.keep.shape
        A, G = self.agents, self.size
        marks, items = percept.view[:, :, AGENT_PLANE].long(), percept.view[:, :, ITEM_PLANE].long()
        who = torch.where(marks >= AGENT_MARK, (marks >> 2) & (MAX_AGENTS - 1), -1)
        at = who[:, :, None] == torch.arange(A, device=who.device)[:, None]  # [T, B, A, C]
        where = at.to(hidden.dtype)
        looks = self.heading[marks & 3] + self.holds[items]  # [T, B, C, G]
        seen = where @ self.place + torch.einsum("tbac,tbcg->tbag", where, looks)
        x = torch.relu(seen + self.mind(hidden)[:, :, None])
        columns = x.reshape(T, B * A, G)
        keep = percept.keep[:, :, None].expand(T, B, A).reshape(T, B * A).contiguous()
        memory = self.memory(columns, before[:, : A * G].reshape(B * A, G), keep).view(T, B, A * G)
        return torch.cat([memory, at.any(-1).to(hidden.dtype)], -1)

    def parts(self, state: Tensor) -> tuple[Tensor, Tensor]:
        """Weights [..., 1 + A], of the own way and of each neighbour, and logits of following them, [..., A, acts]."""
        A, G = self.agents, self.size
        memory = state[..., : A * G].unflatten(-1, (A, G))
        score = self.score(memory)[..., 0]
        score = torch.where(state[..., A * G :] > 0, score, UNSEEN_SCORE)
        weights = torch.cat([torch.zeros_like(score[..., :1]), score], -1).softmax(-1)
        return weights, self.follow(memory)

    def mixed(self, own: Tensor, never: Tensor, state: Tensor) -> Tensor:
        """Log chances [..., acts] of acts: of the own logits, and of those that follow neighbours."""
        weights, follow = self.parts(state)
        ways = torch.cat([own[..., None, :], follow], -2) + never
        return (weights.clamp(min=1e-8).log()[..., None] + ways.log_softmax(-1)).logsumexp(-2)
