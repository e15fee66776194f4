"""What values acts on a board? Cumulants Φ, two ensembles of successor features Ψ of several minds, and their wishes w.

Φ(s, a) knows nothing of whose it is; Ψ_k(s, a) is of mind k. Each has a trunk of its own: for Ψ, vectors of the facts
that hold are added up, then two layers follow. Φ is a sum over facts and nothing else: what one is paid for is a matter
of single things, where what one does about it is not.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from social_rl.demonstrations.boards import ACTS

ENSEMBLES = 2


class Trunk(nn.Module):
    """From the facts that hold, int64[N, F], to numbers for each act, [N, A, X]."""

    def __init__(self, facts: int, hidden: int, outputs: int) -> None:
        super().__init__()
        self.facts = nn.EmbeddingBag(facts, hidden, mode="sum")
        nn.init.normal_(self.facts.weight, std=0.3)
        self.hidden = nn.Linear(hidden, hidden)
        self.head = nn.Linear(hidden, len(ACTS) * outputs)

    def forward(self, fact_NF: Tensor) -> Tensor:
        """[N, A, X]."""
        hidden_NH = self.hidden(self.facts(fact_NF).relu()).relu()
        return self.head(hidden_NH).unflatten(-1, (len(ACTS), -1))


class Sum(nn.Module):
    """From the facts that hold, int64[N, F], to a sum over them for each act, [N, A, X]."""

    def __init__(self, facts: int, outputs: int) -> None:
        super().__init__()
        self.facts = nn.EmbeddingBag(facts, len(ACTS) * outputs, mode="sum")
        nn.init.normal_(self.facts.weight, std=0.05)

    def forward(self, fact_NF: Tensor) -> Tensor:
        """[N, A, X]."""
        return self.facts(fact_NF).unflatten(-1, (len(ACTS), -1))


class Shape(NamedTuple):
    """How large a mind is."""

    facts: int
    minds: int
    cumulants: int = 8
    hidden: int = 128


class Mind(nn.Module):
    """Φ, Ψ of each of several minds, twice, and w."""

    def __init__(self, shape: Shape, seed: int) -> None:
        super().__init__()
        self.shape = shape
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.phi_sum = Sum(shape.facts, shape.cumulants)
            self.psi_trunks = nn.ModuleList(
                Trunk(shape.facts, shape.hidden, shape.minds * shape.cumulants) for _ in range(ENSEMBLES)
            )
            self.preference_KD = nn.Parameter(torch.rand(shape.minds, shape.cumulants))

    def phi(self, fact_NF: Tensor) -> Tensor:
        """Cumulants; [N, A, D]."""
        return self.phi_sum(fact_NF)

    def psi(self, fact_NF: Tensor) -> Tensor:
        """Successor features of every mind; [E, N, A, K, D]."""
        return torch.stack([trunk(fact_NF) for trunk in self.psi_trunks]).unflatten(
            -1, (self.shape.minds, self.shape.cumulants)
        )


def of_mind(psi_ENAKD: Tensor, mind_N: Tensor) -> Tensor:
    """Successor features of the mind of each sample; [E, N, A, D]."""
    return psi_ENAKD.movedim(3, 2)[:, torch.arange(len(mind_N)), mind_N]


def of_act(values_NAX: Tensor, act_N: Tensor) -> Tensor:
    """What belongs to the act of each sample; [..., N, X] of [..., N, A, X]."""
    return values_NAX[..., torch.arange(len(act_N)), act_N, :]


def cautious_values(psi_ENAKD: Tensor, preference_D: Tensor) -> Tensor:
    """What acts are worth by the best of several minds, each by its worse ensemble; [N, A]."""
    return (psi_ENAKD @ preference_D).amin(0).amax(-1)
