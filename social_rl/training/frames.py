"""What have trainings in common that are counted in frames? How far they are, and what they write of an iteration."""

from pathlib import Path
from typing import Any

from social_rl.runs.counted import FRAMES


class FramesRun:
    """The part of a Run (runs/loop.py) that is the same for all; `command.frames` says how far it is to go."""

    counted = FRAMES
    command: Any
    frames: int
    iteration: int

    @property
    def asked(self) -> int:
        """How far it is to go, in frames."""
        return self.command.frames

    @property
    def done(self) -> int:
        """How far it is."""
        return self.frames

    @property
    def steps(self) -> int:
        """The count of its lines and checkpoints."""
        return self.frames

    @property
    def rounds(self) -> int:
        """How often it has advanced."""
        return self.iteration

    @property
    def share(self) -> float:
        """How much of the run is done."""
        return self.frames / self.command.frames

    def lines(self, log: dict[str, float], found: dict[str, float], is_due: bool) -> list[dict[str, float]]:
        """Figures of an iteration if a report is due, and a line of their own for those of an evaluation."""
        return ([log] if is_due else []) + ([found] if found else [])

    def write(self, path: Path) -> None:
        """A checkpoint is all that it keeps."""
