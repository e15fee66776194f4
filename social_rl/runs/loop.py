"""How does a run go on, whatever it does? Step by step to its end or until it is told to stop: it reports and saves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from rich.console import Console

from agents.training.checkpoint import CheckpointError, write_checkpoint
from agents.training.learner import NotFinite
from agents.training.processes import rank, summed
from social_rl.runs.counted import FRAMES, SPEED
from social_rl.runs.lock import Lock
from social_rl.runs.progress import Meter, progress
from social_rl.runs.run_folder import RunFolder, other_checkpoints
from social_rl.runs.stop import SAVED, Stop, stop_signal

FAILED = 1


class Unfit(ValueError):
    """A checkpoint is whole, but this call cannot go on with it, nor with an earlier one."""


def never() -> bool:
    """Nobody tells it to stop."""
    return False


class Run(Protocol):
    """What goes on: a training, a cycle of design. Everything that decides what comes next is in `save`."""

    @property
    def counted(self) -> str:
        """What its lines and checkpoints are counted in: one of COUNTED."""
        ...

    @property
    def asked(self) -> int:
        """How far it is to go."""
        ...

    @property
    def done(self) -> int:
        """How far it is."""
        ...

    @property
    def steps(self) -> int:
        """The count of its lines and checkpoints."""
        ...

    @property
    def rounds(self) -> int:
        """How often it has advanced, which its schedule counts."""
        ...

    def advance(self, stops: Callable[[], bool] = never) -> dict[str, float] | None:
        """One round; returns figures, or None if it stopped within the round, at a place from which it can go on."""
        ...

    def evaluate(self, path: Path) -> tuple[dict[str, float], str]:
        """Figures, and what to print of them, if anything; pictures go into the folder of the run."""
        ...

    def lines(self, log: dict[str, float], found: dict[str, float], is_due: bool) -> list[dict[str, float]]:
        """The lines to write of a round and of what was evaluated after it; a report is due, or it is not."""
        ...

    def told(self, log: Mapping[str, float]) -> str:
        """How it goes, in a few words."""
        ...

    def save(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Arrays by file, and the manifest; all processes call it."""
        ...

    def write(self, path: Path) -> None:
        """What else is written into the folder of the run at each checkpoint."""
        ...

    def restore(self, folder: Path) -> None:
        """Go on from a checkpoint."""
        ...

    def mind(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Who learns, to be kept beside a batch at fault: arrays by file, and the manifest."""
        ...

    def commands(self, path: Path) -> tuple[str, str]:
        """What to type to go on, and what to type when it is done."""
        ...


@dataclass(frozen=True)
class Schedule:
    """Rounds between lines, evaluations (0 for none) and checkpoints, and how many checkpoints are kept."""

    report: int
    evaluate: int
    save: int
    keep: int


def restored(run: Run, checkpoint: Path) -> None:
    """Let a run be as it was saved.

    Raises:
        CheckpointError: it is damaged, or of another run; names the earlier ones that are whole.
        Unfit: it is whole, but not for this call.
    """
    try:
        run.restore(checkpoint)
    except (OSError, Unfit):
        raise
    except Exception as error:  # whatever a damaged file leads to
        said = str(error)
        if str(checkpoint) not in said:
            said = f"{checkpoint} cannot be gone on with, it is damaged or of another run ({said})"
        remedy = other_checkpoints(checkpoint.parent.parent, checkpoint)
        raise CheckpointError(f"{said}; {remedy}") from error


def opened(
    runs: Path, name: str, config: dict[str, Any], lock: Lock | None, checkpoint: Path | None,
    counted: str = FRAMES,
) -> RunFolder:  # fmt: skip
    """The folder of a run: a new one, or the one whose lock is held, to go on with."""
    if lock is None:
        return RunFolder.begin(runs, name, config, counted)
    return RunFolder.go_on(runs / name, checkpoint, lock, counted)


def go_on(run: Run, path: Path, folder: RunFolder | None, schedule: Schedule, console: Console) -> int:
    """Carry a run to its end, or until a signal comes to one of the processes; returns the exit status.

    Args:
        folder: of the run; None in processes that do not write.
    """
    again, after = run.commands(path)
    try:
        try:
            with (
                stop_signal(quiet=folder is None) as stop,
                progress(console, run.counted, run.asked, SPEED[run.counted]) as meter,
            ):
                meter.begin_at(run.done)
                advance(run, folder, schedule, meter, stop, console)
        finally:
            if folder:
                folder.close()
    except NotFinite as error:
        broken = write_broken(run, path, error)
        console.print(f"Stopped: {error}. The batch at fault is in {broken}")
        return FAILED
    except OSError as error:
        where = "" if error.filename else f" ({path})"
        console.print(
            f"Stopped: {error}{where}. Every checkpoint is whole; make room or mend the disk, then: {again}"
        )
        return FAILED
    if run.done < run.asked:
        console.print(f"{SAVED} {again}")
    else:
        console.print(f"Done: {after}")
    return 0


def advance(
    run: Run, folder: RunFolder | None, schedule: Schedule, meter: Meter, stop: Stop, console: Console
) -> None:
    """Round after round; what is due is reported, evaluated and saved."""

    def stops() -> bool:
        return bool(summed(torch.tensor(int(stop.is_asked))) > 0)

    is_saved = is_stopped = False
    while run.done < run.asked and not is_stopped:
        done, steps = run.done, run.steps
        log = run.advance(stops)
        is_saved = False
        if log is None:
            break
        found, is_due = {}, run.rounds % schedule.report == 0
        if folder:
            if schedule.evaluate and run.rounds % schedule.evaluate == 0:
                found, said = run.evaluate(folder.path)
                if said:
                    console.print(said)
            for line in run.lines(log, found, is_due):
                folder.log(run.steps, line)
        meter.advance(run.done - done, run.steps - steps)
        meter.say(run.told(log))
        is_stopped = stops()
        if run.rounds % schedule.save == 0:
            save(run, folder, schedule.keep)
            is_saved = True
    if not is_saved:
        save(run, folder, schedule.keep)


def save(run: Run, folder: RunFolder | None, keep: int) -> None:
    """Write a checkpoint and what belongs to it; processes without a folder send what they have."""
    arrays, manifest = run.save()
    if folder:
        folder.save(run.steps, arrays, manifest, keep)
        run.write(folder.path)


def write_broken(run: Run, path: Path, error: NotFinite) -> Path:
    """Keep the batch at fault and who learns, to be looked at; returns where."""
    broken = path / "broken" / f"{run.counted}-{run.steps:012d}-{rank()}"
    parts = {f"worker-{i}.safetensors": batch_arrays(part) for i, part in enumerate(error.batches)}
    if not broken.exists():  # a run that goes on comes to the same batch again
        arrays, manifest = run.mind()
        write_checkpoint(broken, {**arrays, **parts}, manifest)
    return broken


def batch_arrays(batch: Any) -> dict[str, np.ndarray]:
    """A batch, or what else was learned from, to be looked at later."""
    if hasattr(batch, "arrays"):
        return batch.arrays()
    return {name: part.detach().cpu().numpy() for name, part in batch._asdict().items() if part.numel()}
