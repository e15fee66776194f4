"""Who is evaluated with which seed? One mind with all of them, or minds that were trained alike, each with its own."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from agents.checkpoint import read_manifest, read_mind
from agents.networks import Mind
from social_rl.shipped import find_checkpoint


class Contestant(NamedTuple):
    """A mind that is evaluated with a seed."""

    folder: Path
    mind: Mind
    seed: int


def contestants(named: Sequence[Path], seeds: int, first_seed: int) -> list[Contestant]:
    """A mind for each seed; the shipped one if none is named.

    Raises:
        ValueError: several minds are named, and not as many as seeds; or they are not of one shape.
        CheckpointError: a checkpoint cannot be used.
    """
    folders = [find_checkpoint(path) for path in named or (None,)]
    if len(folders) not in (1, seeds):
        raise ValueError(f"{len(folders)} checkpoints are named, but --seeds is {seeds}: let them be as many")
    minds = [read_mind(folder) for folder in folders]
    for folder, mind in zip(folders, minds, strict=True):
        if mind.config != minds[0].config:
            raise ValueError(f"{folder} is of another shape than {folders[0]}: evaluate them one by one")
    n = len(folders)
    return [Contestant(folders[i % n], minds[i % n], first_seed + i) for i in range(seeds)]


def checkpoints_json(found: Sequence[Contestant]) -> list[dict[str, Any]]:
    """Which checkpoints these are, each once, for JSON."""
    manifests = [read_manifest(folder) for folder in dict.fromkeys(who.folder for who in found)]
    return [{name: m[name] for name in ("frames", "mind", "sha256") if name in m} for m in manifests]
