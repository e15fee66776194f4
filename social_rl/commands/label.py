"""What can `social-rl label` be asked for?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

HOST, PORT = "127.0.0.1", 8123  # of the page
Store = Annotated[str, tyro.conf.Positional, tyro.conf.arg(metavar="STORE")]
Raters = Annotated[tuple[str, ...], tyro.conf.arg(metavar="NAME [NAME ...]")]
Folder = Annotated[Path | None, tyro.conf.arg(metavar="FOLDER")]


@dataclass(frozen=True)
class Label:
    """Compare what agents did: say which of two is better, rank four, mark, vote or correct."""

    store: Store
    """comparisons and labels: a file, or the URL of a database"""
    web: bool = False
    """on a page, for raters without Python; needs: pip install -c constraints.txt -e ".[label]" """
    rater: Raters = ("me",)
    """who answers; with --web, each of several gets an address of their own, which stays the same"""
    host: str = HOST
    """with --web: address at which the page is; this machine only, unless another one is named"""
    port: int = PORT
    """with --web: of the page, 0: any that is free"""
    replays: Folder = None
    """folder below which replays are, else that of the store"""
