"""What number does a reward model give to a clip? The mind's own trunk, with a head on what it remembers at the end.

The score of an episode so far is a potential: what a step was worth is by how much it rose.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from agents.batch import Contexts, Percept
from agents.network.actor_critic import ActorCritic
from agents.training.checkpoint import (
    MIND,
    network_arrays,
    network_manifest,
    packed,
    read_network,
)
from social_rl.human_feedback.behaviour.clips import Clip, batched
from social_rl.human_feedback.reward.model import HEAD, Scorer, read_members, write_member

KIND = "clip reward model"


class ClipReward(Scorer):
    """A trunk that reads an episode from its beginning, and a head on its memory.

    Args:
        network: whose copy is the trunk.
        seed: of the head.
        freezes: let the trunk stay as it is, so that the head alone learns.
    """

    def __init__(self, network: ActorCritic, seed: int = 0, *, freezes: bool = False) -> None:
        super().__init__()
        self.trunk = deepcopy(network).requires_grad_(not freezes)
        self.grow_head(network.config.hidden, seed)

    def forward(self, clips: Sequence[Clip]) -> Tensor:
        """Scores of clips, [B]."""
        episodes = list(dict.fromkeys(clip.seen for clip in clips))
        place = {seen: i for i, seen in enumerate(episodes)}
        score_TE = self.potentials(*batched(episodes))
        ends = torch.tensor([clip.end for clip in clips])
        return score_TE[ends, torch.tensor([place[clip.seen] for clip in clips])]

    def potentials(self, percept: Percept, contexts: Contexts) -> Tensor:
        """Scores of what was perceived up to each frame, [T, ...], of episodes that begin with the first."""
        begun = percept.keep.new_zeros((*percept.keep.shape[1:], self.trunk.config.hidden))
        reading = self.trunk.read(contexts.tokens, contexts.begun)
        return self.score(self.trunk.think(percept, reading, begun))


def write_clip_rewards(folder: Path, members: Sequence[ClipReward], facts: Mapping[str, Any]) -> None:
    """Write members as folders `member-0` … of a new folder."""
    for i, member in enumerate(members):
        files = {MIND: packed(network_arrays(member.trunk)), HEAD: packed(member.head_arrays())}
        manifest = {"kind": KIND, "members": len(members), **network_manifest(member.trunk), **facts}
        write_member(folder, i, files, manifest)


def read_clip_rewards(folder: Path) -> list[ClipReward]:
    """The members of a folder, whose parameters stay as they are.

    Raises:
        ValueError: there is none, or one is damaged or of another kind.
    """
    members = read_members(folder, KIND, "rlhf clips", lambda path: ClipReward(read_network(path)))
    return [member.requires_grad_(False).eval() for member in members]
