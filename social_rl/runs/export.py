"""How does a mind or a language model leave its run? Alone, without what only training needs: small enough to ship."""

from rich.console import Console

from agents.language.model.language_model import KIND, read_model, write_model
from agents.training.checkpoint import (
    MIND,
    network_arrays,
    network_manifest,
    read_manifest,
    read_network,
    write_checkpoint,
)
from social_rl.commands.export import Export
from social_rl.runs.counted import COUNTED
from social_rl.runs.provenance import commit
from social_rl.runs.shipped import find_checkpoint


def export(command: Export) -> int:
    """Write the mind or the language model of a checkpoint into a new folder.

    Raises:
        ValueError: there is no such checkpoint, or the folder exists.
    """
    source = find_checkpoint(command.checkpoint)
    if command.folder.exists():
        raise ValueError(f"{command.folder} exists: name a new folder")
    manifest = read_manifest(source)
    facts = {name: manifest[name] for name in COUNTED if name in manifest} | {"commit": commit()}
    if manifest.get("kind") == KIND:
        write_model(command.folder, read_model(source), facts)
    else:
        network = read_network(source)
        arrays = {MIND: network_arrays(network)}
        write_checkpoint(command.folder, arrays, {**network_manifest(network), **facts})
    size = sum(file.stat().st_size for file in command.folder.iterdir())
    Console(highlight=False, soft_wrap=True).print(f"Wrote {command.folder}: {size / 1e6:.1f} MB")
    return 0
