"""How are cells run by Slurm? As an array of jobs, one cell for each index: its script is written, not submitted."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from social_rl.commands.sweep import Sweep
from social_rl.sweeps.cells import Cell
from social_rl.sweeps.play import children_path
from social_rl.sweeps.read import SweepFile

SCRIPT = "sweep.sbatch"
NOTICE = 300  # seconds before the end of its time in which a job is told to save

TEXT = """#!/bin/bash
#SBATCH --job-name={name}
#SBATCH --array=0-{last}{most}
#SBATCH --cpus-per-task={threads}
#SBATCH --output={output}
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=B:TERM@{notice}
# One cell for each index. What is done is not run again, what was begun goes on: submit it as often as you like.
# Time, memory and partition: sbatch --time=4:00:00 --mem=8G --partition=NAME {script}

cells=(
{cells}
)
cd {folder} || exit 1
export PYTHONPATH={path}
cell=${{cells[${{SLURM_ARRAY_TASK_ID:?}}]}}
exec {python} -m social_rl.cli sweep {file} --runs {runs} --jobs 1 --no-gather --only "$cell"
"""


def write_script(cells: Sequence[Cell], asked: SweepFile, command: Sweep) -> Path:
    """Write a script for sbatch into the folder of the study; returns where it is."""
    study = command.runs / asked.name
    study.mkdir(parents=True, exist_ok=True)
    script = study / SCRIPT
    text = TEXT.format(
        name=asked.name,
        last=len(cells) - 1,
        most=f"%{command.jobs}" if command.jobs else "",
        threads=asked.threads,
        output=study.resolve() / "slurm-%A_%a.txt",
        notice=NOTICE,
        script=script,
        cells="\n".join(f"  {cell.name}" for cell in cells),
        folder=shlex.quote(str(Path.cwd())),
        path=shlex.quote(children_path()),
        python=shlex.quote(sys.executable),
        file=shlex.quote(str(command.file)),
        runs=shlex.quote(str(command.runs)),
    )
    script.write_text(text, encoding="utf-8")
    return script
