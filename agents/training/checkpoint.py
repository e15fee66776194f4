"""How is a mind kept? A folder with arrays as safetensors and a manifest as JSON: no pickle, nothing half written.

    checkpoint/
        manifest.json        what it is: config, grammar, and the sha256 of each file
        mind.safetensors     parameters
        ...                  what else a run needs to go on

A folder is written under another name, flushed to the disk and renamed, so that a name always means a whole checkpoint.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load, save

from agents.network.actor_critic import ActorCritic
from agents.network.config import NetworkConfig
from agents.training.learner import Learner
from worlds.files import new_folder, read_json_object, read_plain, write_synced
from worlds.language.instructions import grammar_version
from worlds.typed import counted, typed, typed_fields

if TYPE_CHECKING:
    from agents.training.rollout import RolloutWorker

FORMAT = 2
AGENTS = "agents"  # of a manifest: who plays each of several minds
MANIFEST, MIND = "manifest.json", "mind.safetensors"
HEADS = "heads."  # parameters of what methods bring along
MOST_MANIFEST, MOST_ARRAYS = 1 << 30, 1 << 35  # bytes of a file


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
    with new_folder(folder) as unfinished:
        sums = {}
        for name, content in arrays.items():
            data = content if isinstance(content, bytes) else packed(content)
            sums[name] = hashlib.sha256(data).hexdigest()
            write_synced(unfinished / name, data)
        whole = {"format": FORMAT, "sha256": sums, **manifest}
        write_synced(unfinished / MANIFEST, json.dumps(whole, indent=2).encode())


def packed(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Arrays as the content of a safetensors file."""
    return save({key: np.asarray(array, order="C") for key, array in arrays.items()})


def read_manifest(folder: Path) -> dict[str, Any]:
    """What a checkpoint is. Its format, sums, counts and offset in the log are checked; the rest by whoever reads it.

    Raises:
        CheckpointError: it is not there, or not one of ours.
    """
    path = folder / MANIFEST
    try:
        manifest = read_json_object(path, MOST_MANIFEST)
        if type(manifest.get("format")) is not int or manifest["format"] != FORMAT:
            raise ValueError(
                f"{path} has format {manifest.get('format')!r:.40}, this version reads {FORMAT}: "
                "use the version that made it, or train anew"
            )
        for name in typed(dict[str, str], manifest.get("sha256"), f"{path}: sha256"):
            _check_name(name, f"{path}: sha256")
        for name in ("frames", "examples", "log_offset"):
            if name in manifest:
                counted(manifest[name], f"{path}: {name}")
    except FileNotFoundError:
        raise CheckpointError(f"{folder} is no checkpoint: it has no {MANIFEST}") from None
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise CheckpointError(str(error)) from None
    return manifest


def _check_name(name: str, where: str) -> None:
    """Files lie in the folder itself: a name that leads out of it, or to what is hidden, is none of ours."""
    if Path(name).name != name or name.startswith(".") or "\\" in name or "\0" in name or name == MANIFEST:
        raise ValueError(f"{where} names {name[:40]!r}, allowed are names of files in that folder")


def read_arrays(folder: Path, name: str, manifest: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The arrays of a file, whose sum is checked first.

    Raises:
        CheckpointError: the file is missing, or is not the one that was written.
    """
    data = read_bytes(folder, name, manifest)
    try:
        return load(data)
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{folder / name} cannot be read: {error}") from error


def read_bytes(folder: Path, name: str, manifest: Mapping[str, Any]) -> bytes:
    """The content of a file, whose sum is checked.

    Raises:
        CheckpointError: the file is missing, a link, no plain file, too large, or not the one that was written.
    """
    path = folder / name
    if name not in manifest.get("sha256", {}):
        raise CheckpointError(f"{folder / MANIFEST} names no {name}: this is a checkpoint of another kind")
    try:
        if path.is_symlink():
            raise ValueError(f"{path} is a link, allowed are plain files: put the file itself there")
        data = read_plain(path, MOST_ARRAYS)
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise CheckpointError(str(error)) from None
    if hashlib.sha256(data).hexdigest() != manifest["sha256"][name]:
        raise CheckpointError(f"{path} is not what was written: its sha256 differs from that in {MANIFEST}")
    return data


def check_whole(folder: Path) -> None:
    """Is everything there that was written?

    Raises:
        CheckpointError: a file is missing, or another one.
    """
    manifest = read_manifest(folder)
    for name in manifest["sha256"]:
        read_bytes(folder, name, manifest)


def check_alike(found: Mapping[str, np.ndarray], like: Mapping[str, np.ndarray], what: str) -> None:
    """Raise a ValueError unless arrays have the names, types and shapes of those of a new run."""
    for name in sorted(found.keys() | like.keys()):
        said, needed = (
            f"{part[name].dtype}{list(part[name].shape)}" if name in part else "missing"
            for part in (found, like)
        )
        if said != needed:
            raise ValueError(
                f"{what}: {name} is {said}, needed is {needed}: it is of another run, or damaged"
            )


def check_learner(found: Mapping[str, np.ndarray], learner: Learner, what: str) -> None:
    """Raise a ValueError unless these are arrays that a learner of these parameters has saved."""
    like = {"generator": learner.generator.get_state().numpy()}
    numbers = {name.partition("/")[0] for name in found} - {"generator"}
    for i, parameter in enumerate(learner.parameters):
        if str(i) in numbers:
            shapes = {"step": (), "exp_avg": parameter.shape, "exp_avg_sq": parameter.shape}
            like |= {f"{i}/{part}": np.zeros(tuple(shape), np.float32) for part, shape in shapes.items()}
    check_alike(found, like, what)


def restore_learner(
    network: ActorCritic, learner: Learner, folder: Path, manifest: Mapping[str, Any], *, mind: str, name: str
) -> None:
    """Let a network and its learner be as the files `mind` and `name` of a checkpoint have them.

    Raises:
        CheckpointError: a file is damaged, or of another network.
    """
    parameters = read_arrays(folder, mind, manifest)
    check_alike(parameters, network_arrays(network), str(folder / mind))
    put_arrays(network, parameters, folder)
    saved = read_arrays(folder, name, manifest)
    check_learner(saved, learner, str(folder / name))
    learner.restore(saved)


def restore_worker(
    worker: "RolloutWorker", facts: dict[str, Any], folder: Path, manifest: Mapping[str, Any], name: str
) -> None:
    """Let a worker be as the file `name` of a checkpoint has it, and `facts`, which the manifest keeps.

    Raises:
        CheckpointError: the file is damaged, or of another worker.
    """
    found = read_arrays(folder, name, manifest)
    check_alike(found, worker.save()[0], str(folder / name))
    try:
        worker.restore(found, facts)
    except ValueError as error:
        raise CheckpointError(f"{folder / name}: {error}") from None


def network_manifest(network: ActorCritic) -> dict[str, Any]:
    """What has to fit for a mind to be loaded."""
    return {
        "mind": asdict(network.config),
        "grammar": grammar_version(),
        "reader_sha256": network.instruction_encoder.identity,
    }


def network_arrays(network: ActorCritic) -> dict[str, np.ndarray]:
    """Copies of parameters, by name: what is learned later does not change them."""
    return {name: tensor.detach().cpu().numpy().copy() for name, tensor in network.state_dict().items()}


def read_network(folder: Path, device: str = "cpu", name: str = MIND) -> ActorCritic:
    """The network of a checkpoint, to play with: it computes in float32, so that its acts are the same on any machine.
    `name` is its file, where several were kept.

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
    try:  # fields that came later have a default that is as it was before
        asked = typed_fields(NetworkConfig, given, f"{folder / MANIFEST}: mind")
        network = ActorCritic(replace(asked, precision="float32"))
    except ValueError as error:
        raise CheckpointError(f"{folder} is of another architecture: {error}") from None
    check_encoder(network, manifest, folder)
    put_arrays(network, read_arrays(folder, name, manifest), folder)
    return network.to(device)


def mind_file(number: int) -> str:
    """The file of one of several minds that learned side by side; the first is that of a checkpoint with one."""
    return f"mind-{number}.safetensors" if number else MIND


def mind_of(folder: Path, agent: str) -> str:
    """The file of the mind that learned as an agent of this name; the first one, if none did."""
    groups = agents_of(folder)
    return mind_file(next((i for i, names in enumerate(groups) if agent in names), 0))


def agents_of(folder: Path) -> list[list[str]]:
    """The names that each mind of a checkpoint learned as; none where that does not matter.

    Raises:
        CheckpointError: the manifest says otherwise.
    """
    try:
        return typed(list[list[str]], read_manifest(folder).get(AGENTS, []), f"{folder / MANIFEST}: {AGENTS}")
    except ValueError as error:
        raise CheckpointError(str(error)) from None


def check_encoder(network: ActorCritic, manifest: Mapping[str, Any], folder: Path) -> None:
    """Is the encoder that a network reads with the one that it was trained with?

    Raises:
        CheckpointError: it is another one.
    """
    trained, here = manifest.get("reader_sha256", ""), network.instruction_encoder.identity
    if trained != here:
        raise CheckpointError(
            f"{folder} was trained with an encoder of sha256 {trained or 'none'}, "
            f"{network.config.reader or 'ours'} has {here or 'none'}: put the encoder that it was trained with into "
            "that folder"
        )


def put_arrays(network: ActorCritic, arrays: Mapping[str, np.ndarray], folder: Path) -> None:
    """Load parameters into a network.

    Heads of methods come and go with what is learned: those that this network has not are left out, those that the
    checkpoint has not stay as they are.

    Raises:
        CheckpointError: names or shapes differ.
    """
    mine = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    theirs = {name: array.shape for name, array in arrays.items()}
    for name, array in arrays.items():
        if not np.issubdtype(array.dtype, np.floating):
            raise CheckpointError(
                f"{folder / MIND}: {name} is of {array.dtype}, needed are numbers with a point"
            )
    apart = {name for name in mine.keys() ^ theirs.keys() if name.startswith(HEADS)}
    for name in sorted((mine.keys() | theirs.keys()) - apart):
        if mine.get(name) != theirs.get(name):
            raise CheckpointError(
                f"{folder / MIND}: {name} has shape {theirs.get(name)}, this network needs {mine.get(name)}: it is of "
                "another architecture"
            )
    given = {name: torch.from_numpy(array) for name, array in arrays.items() if name not in apart}
    network.load_state_dict(given, strict=False)
