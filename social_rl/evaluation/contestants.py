"""Who is evaluated with which seed? One mind with all of them, or minds that were trained alike, each with its own."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from agents.network.actor_critic import ActorCritic
from agents.training.checkpoint import read_manifest, read_network
from social_rl.runs.run_folder import CONFIG, checkpoints_of, read_metrics, read_request
from social_rl.runs.shipped import find_checkpoint


class Contestant(NamedTuple):
    """A mind that is evaluated with a seed."""

    folder: Path
    network: ActorCritic
    seed: int


def contestants(paths: Sequence[Path], seeds: int, first_seed: int) -> list[Contestant]:
    """A mind for each seed; the shipped one if none is named.

    Raises:
        ValueError: several minds are named, and not as many as seeds; or they are not of one shape.
        CheckpointError: a checkpoint cannot be used.
    """
    folders = [find_checkpoint(path) for path in paths or (None,)]
    if len(folders) not in (1, seeds):
        raise ValueError(f"{len(folders)} checkpoints are named, but --seeds is {seeds}: let them be as many")
    networks = [read_network(folder) for folder in folders]
    for folder, network in zip(folders, networks, strict=True):
        if network.config != networks[0].config:
            raise ValueError(f"{folder} is of another shape than {folders[0]}: evaluate them one by one")
    n = len(folders)
    return [Contestant(folders[i % n], networks[i % n], first_seed + i) for i in range(seeds)]


def named(found: Sequence[Contestant]) -> str:
    """The folders of contestants, each once, to print."""
    return ", ".join(dict.fromkeys(str(who.folder) for who in found))


def checkpoints_json(found: Sequence[Contestant]) -> list[dict[str, Any]]:
    """Which checkpoints these are, each once, and the runs that they are of, for JSON."""
    return [checkpoint_json(folder) for folder in dict.fromkeys(who.folder for who in found)]


def checkpoint_json(folder: Path) -> dict[str, Any]:
    """Which checkpoint this is, and how the run that it is of, if any, was asked for and what it has spent."""
    manifest = read_manifest(folder)
    told: dict[str, Any] = {name: manifest[name] for name in ("frames", "mind", "sha256") if name in manifest}
    run = folder.parent.parent
    if folder not in checkpoints_of(run) or not (run / CONFIG).exists():
        return told
    asked, last = read_request(run), (read_metrics(run) or [{}])[-1]
    spent = {name[6:]: value for name, value in last.items() if name.startswith("spent/")}
    origin = {"command": asked["command"], "commit": asked["commit"], "seed": asked["config"].get("seed")}
    return told | {"run": {**origin, "spent": spent}}
