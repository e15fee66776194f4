"""Which layers do all parts of a network use? Linear ones in any precision, and memories.

Axes: T time, B columns (one agent of one world each), H hidden units.
"""

import torch
from torch import Tensor, nn

from agents.network.kernels.fused import gru


def linear(x: Tensor, layer: nn.Linear) -> Tensor:
    """A layer in the precision of its input."""
    bias = None if layer.bias is None else layer.bias.to(x.dtype)
    return torch.nn.functional.linear(x, layer.weight.to(x.dtype), bias)


class GRU(nn.Module):
    """Gated memory."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.given = nn.Linear(size, 3 * size)
        self.kept = nn.Linear(size, 3 * size)

    def forward(self, x: Tensor, h0: Tensor, keep: Tensor) -> Tensor:
        """Memory [T, B, H] after each step; it is wiped before steps where keep [T, B] is 0."""
        return gru(linear(x, self.given), h0, self.kept.weight, self.kept.bias, keep)


class MinGRU(nn.Module):
    """Memory whose gates see only the input: h = (1 - z) h + z c."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.given = nn.Linear(size, 2 * size)

    def forward(self, x: Tensor, h0: Tensor, keep: Tensor) -> Tensor:
        """As GRU."""
        gate, fresh = linear(x, self.given).float().chunk(2, -1)
        gate = torch.sigmoid(gate)
        stays, comes = (1 - gate) * keep[..., None], gate * torch.tanh(fresh)
        hidden, h = [], h0
        for t in range(len(x)):
            h = torch.addcmul(comes[t], stays[t], h)
            hidden.append(h)
        return torch.stack(hidden)


class Feedforward(nn.Module):
    """No memory."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.given = nn.Linear(size, size)

    def forward(self, x: Tensor, h0: Tensor, keep: Tensor) -> Tensor:
        """As GRU, without memory."""
        return torch.relu(linear(x, self.given)).float()


MEMORIES = {"gru": GRU, "mingru": MinGRU, "none": Feedforward}
