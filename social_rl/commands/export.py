"""What can `social-rl export` be asked for?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro


@dataclass(frozen=True)
class Export:
    """Take the mind or the language model out of a run, without what only training needs."""

    checkpoint: Annotated[Path, tyro.conf.Positional]
    """folder of a checkpoint, or of a run, whose newest one is taken"""
    folder: tyro.conf.Positional[Path]
    """new folder for it"""
