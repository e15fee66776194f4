"""How is a mind kept? A folder with arrays as safetensors and a manifest as JSON: no pickle, nothing half written.

    checkpoint/
        manifest.json        what it is: config, grammar, and the sha256 of each file
        mind.safetensors     parameters
        ...                  what else a run needs to go on

A folder is written under another name, flushed to the disk and renamed, so that a name always means a whole checkpoint.
"""

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load, save

from agents.network.networks import ActorCritic, NetworkConfig
from worlds.language.instructions import grammar_version

FORMAT = 1
MANIFEST, MIND = "manifest.json", "mind.safetensors"


class CheckpointError(ValueError):
    """A checkpoint cannot be used; the message says which file is at fault and why."""


def write_checkpoint(
    folder: Path, arrays: Mapping[str, Mapping[str, np.ndarray] | bytes], manifest: dict[str, Any]
) -> None:
    """Write files of arrays and a manifest as one new folder.

    Args:
        folder: its name; must not exist.
        arrays: file name -> name -> array, or what is already packed.
        manifest: what else is to be known, for JSON.

    Raises:
        FileExistsError: there is such a folder; names are never used again.
    """
    if folder.exists():
        raise FileExistsError(f"{folder} exists: checkpoints are never overwritten")
    unfinished = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    unfinished.mkdir(parents=True)
    try:
        sums = {}
        for name, content in arrays.items():
            data = content if isinstance(content, bytes) else packed(content)
            sums[name] = hashlib.sha256(data).hexdigest()
            _write(unfinished / name, data)
        whole = {"format": FORMAT, "sha256": sums, **manifest}
        _write(unfinished / MANIFEST, json.dumps(whole, indent=2).encode())
        _flush(unfinished)
        unfinished.rename(folder)
        _flush(folder.parent)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def packed(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Arrays as the content of a safetensors file."""
    return save({key: np.asarray(array, order="C") for key, array in arrays.items()})


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_manifest(folder: Path) -> dict[str, Any]:
    """What a checkpoint is.

    Raises:
        CheckpointError: it is not there, or not one of ours.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(f"{folder} is no checkpoint: it has no {MANIFEST}") from None
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        found = manifest.get("format") if isinstance(manifest, dict) else None
        raise CheckpointError(f"{path} has format {found!r}, this version reads {FORMAT}")
    return manifest


def read_arrays(folder: Path, name: str, manifest: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The arrays of a file, whose sum is checked first.

    Raises:
        CheckpointError: the file is missing, or is not the one that was written.
    """
    data = read_bytes(folder, name, manifest)
    try:
        return load(data)
    except SafetensorError as error:
        raise CheckpointError(f"{folder / name} cannot be read: {error}") from error


def read_bytes(folder: Path, name: str, manifest: Mapping[str, Any]) -> bytes:
    """The content of a file, whose sum is checked.

    Raises:
        CheckpointError: the file is missing, or is not the one that was written.
    """
    path = folder / name
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}") from error
    if hashlib.sha256(data).hexdigest() != manifest.get("sha256", {}).get(name):
        raise CheckpointError(f"{path} is not what was written: its sha256 differs from that in {MANIFEST}")
    return data


def network_manifest(mind: ActorCritic) -> dict[str, Any]:
    """What has to fit for a mind to be loaded."""
    return {"mind": asdict(mind.config), "grammar": grammar_version(), "reader_sha256": mind.reader.identity}


def network_arrays(mind: ActorCritic) -> dict[str, np.ndarray]:
    """Parameters by name."""
    return {name: tensor.detach().cpu().numpy() for name, tensor in mind.state_dict().items()}


def read_network(folder: Path, device: str = "cpu") -> ActorCritic:
    """The network of a checkpoint, to play with: it computes in float32, so that its acts are the same on any machine.

    Raises:
        CheckpointError: the folder is damaged, or was made by another architecture or grammar.
    """
    manifest = read_manifest(folder)
    if manifest.get("grammar") != grammar_version():
        raise CheckpointError(
            f"{folder} was trained with grammar {manifest.get('grammar')}, this is {grammar_version()}: its words have "
            "other numbers; use the version that made it, or train anew"
        )
    given = manifest.get("mind", {})
    # Fields that came later have a default that is as it was before.
    unknown = set(given) - {field.name for field in fields(NetworkConfig)}
    if unknown:
        raise CheckpointError(f"{folder} is of another architecture: {', '.join(sorted(unknown))} do not fit")
    mind = ActorCritic(NetworkConfig(**given | {"precision": "float32"}))
    check_encoder(mind, manifest, folder)
    put_arrays(mind, read_arrays(folder, MIND, manifest), folder)
    return mind.to(device)


def check_encoder(mind: ActorCritic, manifest: Mapping[str, Any], folder: Path) -> None:
    """Is the encoder that a mind reads with the one that it was trained with?

    Raises:
        CheckpointError: it is another one.
    """
    trained, here = manifest.get("reader_sha256", ""), mind.reader.identity
    if trained != here:
        raise CheckpointError(
            f"{folder} was trained with an encoder of sha256 {trained or 'none'}, {mind.config.reader or 'ours'} has "
            f"{here or 'none'}: put the encoder that it was trained with into that folder"
        )


def put_arrays(mind: ActorCritic, arrays: Mapping[str, np.ndarray], folder: Path) -> None:
    """Load parameters into a mind.

    Raises:
        CheckpointError: names or shapes differ.
    """
    mine = {name: tuple(tensor.shape) for name, tensor in mind.state_dict().items()}
    theirs = {name: array.shape for name, array in arrays.items()}
    for name in sorted(mine.keys() | theirs.keys()):
        if mine.get(name) != theirs.get(name):
            raise CheckpointError(
                f"{folder / MIND}: {name} has shape {theirs.get(name)}, this mind needs {mine.get(name)}: it is of "
                "another architecture"
            )
    mind.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
