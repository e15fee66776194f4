"""What can `social-rl curves` be asked for?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro


@dataclass(frozen=True)
class Curves:
    """Draw how runs went."""

    run: Annotated[tuple[Path, ...], tyro.conf.Positional, tyro.conf.arg(metavar="RUN ...")]
    """folders of runs"""
    out: Path = Path("out/curves.png")
    """the picture: .png, .svg or .pdf"""
    figures: tuple[str, ...] = ()
    """names of what was logged; those of training or of design if none is named"""
    together: bool = False
    """one line for runs whose names differ in a last number alone, such as seeds: their mean, and a band from the
    lowest to the highest"""
