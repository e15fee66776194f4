"""What was a run asked for that is to go on? The command of its folder, and the checkpoint to go on from."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

from social_rl.commands.groups import from_json
from social_rl.runs.run_folder import CONFIG, check_at, chosen_checkpoint, read_config

OF_CALL = ("runs", "resume", "at")  # options that belong to a call and not to a run
Command = TypeVar("Command", bound=Any)


def resumed(command: Command) -> tuple[Command, Path | None]:
    """The command of the run to go on with, and the checkpoint to go on from; None if nothing was saved yet.

    Raises:
        ValueError: there is no such run or checkpoint, or its config is damaged.
    """
    check_at(command.at, command.resume)
    if command.resume is None:
        return command, None
    path = command.resume
    checkpoint = chosen_checkpoint(path, command.at)
    asked = {k: v for k, v in read_config(path).items() if k not in OF_CALL}
    settled = from_json(command, asked, f"{path / CONFIG}: config")
    return replace(settled, runs=path.parent, name=path.name, resume=path), checkpoint


def config_json(command: Any) -> dict[str, Any]:
    """What was asked for, as JSON, without what belongs to this call alone."""
    asked = {k: v for k, v in asdict(command).items() if k not in OF_CALL}
    return {k: str(v) if isinstance(v, Path) else v for k, v in asked.items()}
