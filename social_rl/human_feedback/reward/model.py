"""What number does a reward model give to a transcript? A language model with a head at the end of what it has read.

Several that began with other heads and saw the data in another order are an ensemble: what they disagree about is not
known. Axes: B transcripts, M members.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from agents.language.model.generation import fitted
from agents.language.model.language_model import LanguageModel, model_files, read_model
from agents.language.model.training import Example, answer_states, padded_batch
from agents.training.checkpoint import check_alike, packed, read_arrays, read_manifest, write_checkpoint

KIND = "reward model"
HEAD = "head.safetensors"
KEEP_FIRST = 64  # tokens of a transcript that is too long; of the rest, the last ones
CHUNK = 64  # transcripts that are read at a time


class Scorer(nn.Module):
    """Whatever gives numbers to what is shown to it: a head on states of size D, and a scale.

    The head begins as N(0, 1 / sqrt(D + 1)), as in Stiennon et al. 2020 (arXiv 2009.01325), B.1. `gain` and `bias` make
    scores of what it is normalised on mean 0 and variance 1.
    """

    gain: Tensor
    bias: Tensor

    def grow_head(self, width: int, seed: int) -> None:
        """A head for states of this size, by a seed."""
        generator = torch.Generator().manual_seed(seed)
        self.head = nn.Parameter(torch.randn(width, generator=generator) / (width + 1) ** 0.5)
        self.register_buffer("gain", torch.ones(()))
        self.register_buffer("bias", torch.zeros(()))

    def score(self, state: Tensor) -> Tensor:
        """Scores [...] of states [..., D]."""
        return self.gain * (state @ self.head) + self.bias

    def head_arrays(self) -> dict[str, np.ndarray]:
        """Head and scale by name."""
        parts = {"head": self.head, "gain": self.gain, "bias": self.bias}
        return {name: part.detach().numpy() for name, part in parts.items()}

    def put_head(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take head and scale from what `head_arrays` returned."""
        with torch.no_grad():
            for name in ("head", "gain", "bias"):
                getattr(self, name).copy_(torch.from_numpy(np.array(arrays[name])))


class RewardModel(Scorer):
    """A trunk, and a head that reads its last hidden state at the end of a text.

    Args:
        language_model: whose copy is the trunk.
        seed: of the head.
    """

    def __init__(self, language_model: LanguageModel, seed: int = 0) -> None:
        super().__init__()
        self.language_model = copied(language_model)
        self.trunk = self.language_model.model
        self.grow_head(self.trunk.get_input_embeddings().weight.shape[1], seed)

    def forward(self, texts: Sequence[str]) -> Tensor:
        """Scores of transcripts, [B]."""
        return self.score(ends_of(self.language_model, texts))


Member = TypeVar("Member", bound=Scorer)


def copied(language_model: LanguageModel) -> LanguageModel:
    """The same with parameters of its own, all of which learn."""
    model = deepcopy(language_model.model).requires_grad_(True)
    return LanguageModel(**{**vars(language_model), "model": model})


def ends_of(language_model: LanguageModel, texts: Sequence[str]) -> Tensor:
    """The last hidden state at the end of each text, its <eos>, [B, D]."""
    end = language_model.ends[0]
    room = language_model.context - 2  # its end, and the token that is never read, after which nothing comes
    rows = [
        [*fitted(row, room, min(KEEP_FIRST, room), f"transcript {i}"), end]
        for i, row in enumerate(language_model.encode(list(texts)))
    ]
    return answer_states(
        language_model, padded_batch([Example(row, [end]) for row in rows], language_model.pad)
    )


def scores(members: Sequence[Scorer], texts: Sequence[Any]) -> Tensor:
    """What each member gives to each transcript or clip, [M, B], without gradients."""
    with torch.inference_mode():
        parts = [
            torch.stack([member(texts[first : first + CHUNK]) for member in members])
            for first in range(0, len(texts), CHUNK)
        ]
    return torch.cat(parts, 1) if parts else torch.zeros(len(members), 0)


def together(score_MB: Tensor, caution: float = 0.0) -> Tensor:
    """The mean of members less `caution` times their standard deviation, [B] (Coste et al. 2023, arXiv 2310.02743)."""
    return score_MB.mean(0) - caution * score_MB.std(0, correction=0)


def normalise(member: Scorer, texts: Sequence[Any]) -> None:
    """Let scores of these transcripts have mean 0 and variance 1.

    Raises:
        ValueError: there are fewer than two, or all have the same score.
    """
    found = scores([member], texts)[0]
    if len(texts) < 2 or float(found.std()) == 0:
        raise ValueError(
            f"{len(texts)} reference transcripts have no spread of scores: give some that differ, 2 or more"
        )
    spread = found.std(correction=0)
    member.bias.copy_((member.bias - found.mean()) / spread)
    member.gain.copy_(member.gain / spread)


def write_ensemble(folder: Path, members: Sequence[RewardModel], facts: Mapping[str, Any]) -> None:
    """Write members as folders `member-0` … of a new folder."""
    for i, member in enumerate(members):
        files = {**model_files(member.language_model), HEAD: packed(member.head_arrays())}
        write_member(folder, i, files, {"kind": KIND, "members": len(members), **facts})


def read_ensemble(folder: Path) -> list[RewardModel]:
    """The members of a folder.

    Raises:
        ValueError: there is none, or one is damaged or of another kind.
    """
    return read_members(folder, KIND, "rlhf reward", lambda path: RewardModel(read_model(path)))


def write_member(
    folder: Path, i: int, files: Mapping[str, Mapping[str, np.ndarray] | bytes], manifest: dict[str, Any]
) -> None:
    """Write one member of an ensemble, text or clips, as the folder `member-i` of a folder."""
    path = folder / f"member-{i}"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_checkpoint(path, files, manifest)


def read_members(folder: Path, kind: str, command: str, begun: Callable[[Path], Member]) -> list[Member]:
    """The members of a folder, with their heads.

    Args:
        folder: of the ensemble.
        kind: that manifests have to name.
        command: that writes such folders.
        begun: makes a member of its folder, whose head is put in its place afterwards.

    Raises:
        ValueError: there is none, or one is damaged or of another kind.
    """
    first = folder / "member-0"
    if not first.is_dir():
        raise ValueError(f"{folder} holds no {kind}: name a folder with member-0, as {command} writes it")
    found = []
    for i in range(read_manifest(first).get("members", 1)):
        path = folder / f"member-{i}"
        manifest = read_manifest(path)
        if manifest.get("kind") != kind:
            raise ValueError(f"{path}: kind is {manifest.get('kind')!r:.40}, needed is {kind!r}")
        member = begun(path)
        arrays = read_arrays(path, HEAD, manifest)
        check_alike(arrays, member.head_arrays(), str(path / HEAD))
        member.put_head(arrays)
        found.append(member)
    return found
