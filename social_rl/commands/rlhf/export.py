"""What can `social-rl rlhf export` be asked for?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from social_rl.commands.common import File


@dataclass(frozen=True)
class ExportStore:
    """Write comparisons and labels to a file for other programs, or read such a file into a store."""

    store: Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="STORE")]
    """file of a store, or its URL: sqlite:///PATH or postgresql+psycopg://USER@HOST/DATABASE"""
    to: File = None
    """write everything here: .jsonl (JSON Lines) or .parquet"""
    source: Annotated[Path | None, tyro.conf.arg(name="from", metavar="FILE")] = None
    """read everything from here, all or nothing; what the store has already is passed over"""
