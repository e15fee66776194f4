"""What happened? A Batch: what was perceived, what was done and what came of it, and what teachers and methods add.

Axes: T time, W worlds, A agents of a world, K agents that one policy plays, S contexts (an instruction and how far it
is done), L words, C cells of a view, N landmarks, H hidden units. Who needs columns, B = W * K, flattens them.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import torch
    from torch import Tensor


class Percept(NamedTuple):
    """What agents perceived, frame by frame."""

    view: "Tensor"  # uint8[T, W, K, 3, C]
    own: "Tensor"  # uint8[T, W, K, 8]
    heard: "Tensor"  # uint8[T, W, K, A * M]
    context: "Tensor"  # int32[T, W, K] row of Contexts
    keep: "Tensor"  # float[T, W, K] 0 where an episode began or the agent came: what is remembered is wiped before it
    landmarks: (
        "Tensor"  # uint8[T, W, K, N, 4] what was known of places (egocentric_map.py); none without a map
    )


class Contexts(NamedTuple):
    """What agents were told to do, and how far it was done."""

    tokens: "Tensor"  # int64[S, L] instructions, 0 padding
    begun: "Tensor"  # uint8[S, 8] `own` of the frame in which each context began


class Transition(NamedTuple):
    """What was done, and what came of it."""

    acts: "Tensor"  # int64[T, W, A] of everybody
    reward: "Tensor"  # float[T, W, K]
    active: "Tensor"  # bool[T, W, K] was the agent in its episode? Frames in which it was not are not learned from
    terminated: "Tensor"  # bool[T, W, K] the agent's episode ended by its own doing
    truncated: "Tensor"  # bool[T, W, K] the agent's episode was cut
    success: "Tensor"  # bool[T, W, K] with terminated: the goal was reached
    forced: "Tensor"  # bool[T, W, K] somebody else chose the act: no experience of the policy's own
    level: "Tensor"  # int32[T, W] row of the bank that was played
    said: "Tensor"  # uint8[T, W, A, M] tokens of everybody's message


class Labels(NamedTuple):
    """What teachers and methods add, by name."""

    frames: "Mapping[str, Tensor]" = MappingProxyType(
        {}
    )  # [T, W, K, ...]; T + 1 with what comes after the last
    contexts: "Mapping[str, Tensor]" = MappingProxyType({})  # [S, ...]

    def joined(self, other: "Labels") -> "Labels":
        """These and others.

        Raises:
            ValueError: two methods record something of the same name.
        """
        for mine, theirs in zip(self, other, strict=True):
            if twice := mine.keys() & theirs.keys():
                raise ValueError(f"two methods record {', '.join(sorted(twice))}: give one another name")
        return Labels({**self.frames, **other.frames}, {**self.contexts, **other.contexts})


class Batch(NamedTuple):
    """What happened in W worlds over T frames to the K agents that one policy played."""

    percept: Percept
    contexts: Contexts
    hidden: "Tensor"  # float[W, K, H] memory before the first frame
    transition: Transition
    labels: Labels
    agents: "Tensor"  # int64[K] who they are in their world

    @property
    def act(self) -> "Tensor":
        """Acts of the K agents, int64[T, W, K]."""
        return self.transition.acts[:, :, self.agents]

    @property
    def call(self) -> "Tensor":
        """Which of the calls the K agents made, int64[T, W, K] from 0 on; only where all of them make calls."""
        return self.transition.said[:, :, self.agents, 0].long() - 1

    @property
    def frames(self) -> int:
        """T * W * K."""
        return self.percept.context.numel()

    def label(self, name: str) -> "Tensor":
        """What a method recorded of each frame.

        Raises:
            KeyError: nothing of this name was recorded.
        """
        return self.labels.frames[name]

    def labelled(self, **frames: "Tensor") -> "Batch":
        """The same with more labels, or others of these names."""
        return self._replace(labels=self.labels._replace(frames={**self.labels.frames, **frames}))

    def rewarded(self, more: "Tensor") -> "Batch":
        """The same with so much more reward, float[T, W, K]."""
        return self._replace(transition=self.transition._replace(reward=self.transition.reward + more))

    def to(self, device: "torch.device") -> "Batch":
        """The same on another device."""
        return moved(self, device)

    def of_worlds(self, chosen: "Tensor") -> "Batch":
        """Some worlds over all of time, with the contexts they need."""
        import torch

        context = self.percept.context[:, chosen].contiguous()
        used, places = torch.unique(context, return_inverse=True)
        used = used.long()
        tokens = self.contexts.tokens[used]
        length = int((tokens > 0).sum(1).max()) if len(tokens) else 0
        frames = {name: part[:, chosen] for name, part in self.labels.frames.items()}
        return Batch(
            Percept(*(part[:, chosen] for part in self.percept))._replace(context=places.to(torch.int32)),
            Contexts(tokens[:, : max(length, 1)], self.contexts.begun[used]),
            self.hidden[chosen],
            Transition(*(part[:, chosen] for part in self.transition)),
            Labels(frames, {name: part[used] for name, part in self.labels.contexts.items()}),
            self.agents,
        )

    def arrays(self) -> "dict[str, Any]":
        """All that is in it as NumPy arrays, by name; to be written to a file."""
        parts: dict[str, Any] = {"hidden": self.hidden, "agents": self.agents}
        for group in (self.percept, self.contexts, self.transition):
            parts |= group._asdict()
        parts |= {f"labels/{name}": part for name, part in self.labels.frames.items()}
        parts |= {f"labels/contexts/{name}": part for name, part in self.labels.contexts.items()}
        return {name: part.detach().cpu().numpy() for name, part in parts.items()}


def moved(part: Any, device: "torch.device") -> Any:
    """The same tensors in the same named tuples and mappings, on another device."""
    if isinstance(part, tuple):
        return type(part)(*(moved(one, device) for one in part))
    if isinstance(part, Mapping):
        return {name: moved(one, device) for name, one in part.items()}
    return part.to(device)
