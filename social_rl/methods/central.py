"""What is a frame worth to one of several who learn together? Let the critic know what all of them remember (MAPPO).

Yu et al. (2022), arXiv 2103.01955: acts are chosen from what each agent perceives itself, values are learned from what
all do. Here from the memory of the agent and the mean memory of the others in its group who are in their episode. The
critic is a linear layer, so that its output can be rescaled (PopArt); at play it is not needed.
"""

import torch
from torch import Tensor, nn

from agents.network.actor_critic import ActorCritic
from agents.training.methods import Method


def central() -> Method:
    """A critic for learners that share a network."""
    return Method("central", heads, critic=Central())


def heads(network: ActorCritic) -> dict[str, nn.Module]:
    """From both memories to a value."""
    layer = nn.Linear(2 * network.width, 1)
    nn.init.orthogonal_(layer.weight, 0.1)
    return {"value": layer}


class Central:
    """The critic that knows what all learners of a group remember."""

    def layer(self, network: ActorCritic) -> nn.Linear:
        """As Critic."""
        layer = network.head_of("central")["value"]
        assert isinstance(layer, nn.Linear)
        return layer

    def value(self, network: ActorCritic, hidden: Tensor, own: Tensor, there: Tensor) -> Tensor:
        """As Critic."""
        return self.layer(network)(together(hidden, there))[..., 0]


def together(hidden: Tensor, there: Tensor) -> Tensor:
    """Memories float[..., K, 2 H]: one's own, and the mean of others in their episode, 0 where nobody is."""
    K = there.shape[-1]
    others = there[..., None, :] & ~torch.eye(K, dtype=torch.bool, device=there.device)
    weights = others.to(hidden.dtype) / others.sum(-1, keepdim=True).clamp(min=1)
    return torch.cat([hidden, weights @ hidden], -1)
