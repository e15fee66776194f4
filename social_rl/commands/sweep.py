"""What can `social-rl sweep` be asked for?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from social_rl.commands.common import File


@dataclass(frozen=True)
class Sweep:
    """Run a grid of commands and seeds as one study, which goes on where it was left."""

    file: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="SWEEP.toml")]
    """what is run: docs/sweeps.md shows one"""
    engine: Literal["local", "ray", "slurm"] = "local"
    """who runs it: processes here, workers of Ray, or an array of jobs of Slurm, for which a script is written"""
    jobs: int = 0
    """how many cells run side by side; 0: as many as there are cores for, or as Ray and Slurm have"""
    only: Annotated[tuple[str, ...], tyro.conf.arg(metavar="[PATTERN ...]")] = ()
    """cells with these names alone; * and ? stand for what is left open"""
    status: bool = False
    """print what is done, and run nothing"""
    dry_run: bool = False
    """print the commands, and run nothing"""
    gather: bool = True
    """bring the figures together when nothing is left to run"""
    results: File = None
    """all figures: .parquet, or .jsonl, which needs no other package; results.parquet in the study if none is named"""
    address: str = ""
    """ray: of a cluster that is there; otherwise one is started here"""
    runs: Path = Path("runs")
    """folder of all runs; the study has the folder of its name there"""
