"""Which mind is used where none is named? The shipped one; and where a checkpoint lies that is named."""

from pathlib import Path

from agents.training.checkpoint import MANIFEST
from social_rl.runs.run_folder import newest_checkpoint

SHIPPED = Path(__file__).parent.parent / "minds" / "instruct"


def find_checkpoint(named: Path | None) -> Path:
    """The folder of a checkpoint: the one that is named, the newest one of a named run, or the shipped one.

    Raises:
        ValueError: there is none.
    """
    if named is None:
        if not (SHIPPED / MANIFEST).exists():
            raise ValueError(
                "no mind is shipped with this version: name a checkpoint, or train one with social-rl train instruct"
            )
        return SHIPPED
    if (named / MANIFEST).exists():
        return named
    return newest_checkpoint(named)
