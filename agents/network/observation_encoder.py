"""How are observations encoded? Cells in view and landmarks that are remembered, coloured by words, then flattened.

Axes: T time, B columns (one agent of one world each), C cells of a view, D channels of a cell, E features of a cell,
H hidden units.
"""

import torch
from torch import Tensor, nn

from agents.batch import Percept
from agents.network.config import NetworkConfig
from agents.network.factors import agent_factors, item_factors, place_factors
from agents.network.instruction_encoder import Reading
from agents.network.kernels.fused import PLAIN_FEATURES, look, recall, see
from agents.network.kernels.loops import CHANNELS, FEATURES
from agents.network.layers import linear
from agents.spatial_memory.egocentric_map import BLOCKS


class ObservationEncoder(nn.Module):
    """Cells of a view, coloured by words, flattened into hidden units."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        for name, table in (("place", place_factors()), ("item", item_factors()), ("agent", agent_factors())):
            self.register_buffer(f"{name}_factors", torch.from_numpy(table), persistent=False)
            scale = 1.0 if name == "item" else 0.5
            self.register_parameter(name, nn.Parameter(torch.randn(table.shape[1], CHANNELS) * scale * 0.5))
        self.mix = nn.Parameter(torch.randn(CHANNELS, FEATURES) * (2 / CHANNELS) ** 0.5)
        self.mix_bias = nn.Parameter(torch.zeros(FEATURES))
        self.flatten = nn.Linear(config.view**2 * FEATURES, config.hidden)
        self.remember = nn.Linear(BLOCKS * FEATURES, config.hidden, bias=False) if config.map else None

    def looks(self) -> Tensor:
        """Channels of each byte of each plane, [3, 256, D]."""
        return torch.stack(
            [getattr(self, f"{n}_factors") @ getattr(self, n) for n in ("place", "item", "agent")]
        )

    def forward(self, percept: Percept, reading: Reading, kind: torch.dtype) -> Tensor:
        """Hidden units [T, B, H] before body and senses are added."""
        colouring = (self.looks(), reading.gain, reading.shift, self.mix, self.mix_bias, kind)
        out = linear(see(percept.view, percept.context, *colouring).flatten(2), self.flatten)
        if self.remember is None:
            return out
        return out + linear(recall(percept.landmarks, percept.context, *colouring).flatten(2), self.remember)


class PlainObservationEncoder(nn.Module):
    """Cells of a view as a few numbers each, the same for any instruction: fast, and a baseline."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.looks = nn.Parameter(torch.randn(3, 256, PLAIN_FEATURES) * 0.3)
        self.flatten = nn.Linear(config.view**2 * PLAIN_FEATURES, config.hidden)

    def forward(self, percept: Percept, reading: Reading, kind: torch.dtype) -> Tensor:
        """As ObservationEncoder."""
        return linear(look(percept.view, self.looks, kind).flatten(2), self.flatten)
