"""What can `social-rl replay` be asked for?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from tyro.conf import subcommand

Files = Annotated[tuple[Path, ...], tyro.conf.Positional, tyro.conf.arg(metavar="FILE [FILE ...]")]
One = Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="FILE")]


@dataclass(frozen=True)
class Check:
    """Play replays again and say whether each goes as it went, or at which step and in which field it does not."""

    files: Files
    """replays, of social-rl run --record and of the window"""


@dataclass(frozen=True)
class View:
    """Write what one agent perceived and did, and nothing else."""

    file: One
    """a replay"""
    agent: str
    """its name"""
    to: Path = Path("view.jsonl.gz")
    """write it here"""


@dataclass(frozen=True)
class Page:
    """Write a page on which a replay is played, in any browser, without any other file."""

    file: One
    """a replay"""
    to: Path = Path("replay.html")
    """write it here"""


@dataclass(frozen=True)
class Replay:
    """Check, show and share episodes that were recorded."""

    command: (
        Annotated[Check, subcommand("check")]
        | Annotated[View, subcommand("view")]
        | Annotated[Page, subcommand("page")]
    )
