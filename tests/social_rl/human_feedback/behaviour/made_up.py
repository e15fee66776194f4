"""Small minds and stand-ins for tests of behaviour that is preferred."""

import torch
from torch import nn

from agents.network.actor_critic import ActorCritic
from agents.network.config import NetworkConfig
from worlds.state import SENSE_ACT

SMALL_MIND = NetworkConfig(hidden=32, words=32, precision="float32")


def small_mind(seed=0):
    """A mind that has learned nothing."""
    torch.manual_seed(seed)
    return ActorCritic(SMALL_MIND)


class Counting(nn.Module):
    """Stands for a ClipReward: the score of an episode is how often an act was done so far, times a sign."""

    def __init__(self, act, sign=1.0):
        super().__init__()
        self.act, self.sign = act, sign

    def potentials(self, percept, contexts):
        did = (percept.own[..., SENSE_ACT] == self.act).float()
        did[0] = 0
        return self.sign * did.cumsum(0)
