"""How far is a cell? A small file beside its log says so, and is never half written; whoever has its lock writes it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

from social_rl.runs.lock import hold
from social_rl.sweeps.cells import COMMAND, EVALUATE, EVALUATION, Cell
from worlds.files import read_json_object, replacing, write_synced
from worlds.typed import typed_fields

STATE, LOG = "state.json", "log.txt"
MOST_BYTES = 1 << 20
LEFT, RUNNING, FAILED, DONE = "left", "running", "failed", "done"
TAIL = 10  # lines of a log that are shown
_MOST_TAIL = 1 << 14  # bytes


@dataclass(frozen=True)
class State:
    """What became of a cell. A cell is left if it was not begun, or stopped before its end."""

    status: Literal["left", "running", "failed", "done"] = LEFT
    why: str = ""  # it is left, or failed
    attempts: int = 0  # processes that were started for it
    seconds: float = 0.0  # of those that ended
    began: float = 0.0  # the present one, in seconds since 1970
    process: int = 0  # the present one
    begun: list[str] = field(default_factory=list)  # the command that made its run
    finished: dict[str, list[str]] = field(default_factory=dict)  # words of the stages that are done


def read_state(cell: Cell) -> State:
    """What is known of a cell.

    Raises:
        ValueError: its file is damaged.
    """
    file = cell.folder / STATE
    if not file.exists():
        return State()
    return typed_fields(State, read_json_object(file, MOST_BYTES), str(file))


def write_state(cell: Cell, state: State) -> None:
    """Write it down, the old file or the new one."""
    with replacing(cell.folder / STATE) as beside:
        write_synced(beside, (json.dumps(asdict(state), indent=2) + "\n").encode())


def due(cell: Cell, state: State) -> list[str]:
    """The stages that are not done: from the first on whose command is another one now, or whose results are gone."""
    stages = [*cell.stages]
    for i, stage in enumerate(stages):
        is_gone = stage == EVALUATE and not (cell.folder / EVALUATION).exists()
        if is_gone or state.finished.get(stage) != cell.stages[stage]:
            return stages[i:]
    return []


def known_state(cell: Cell) -> State:
    """What is known of a cell now: one whose sweep died while it ran is left, one with a new stage, too."""
    state = read_state(cell)
    if state.status == RUNNING and not _is_held(cell.folder):
        return _with(state, "its sweep was ended")
    if state.status == DONE and due(cell, state):
        return _with(state, "its command is a new one")
    return state


def _with(state: State, why: str) -> State:
    return replace(state, status=LEFT, why=why, process=0)


def _is_held(folder: Path) -> bool:
    try:
        hold(folder).release()
    except ValueError:
        return True
    return False


def check_known(cells: Sequence[Cell]) -> None:
    """Raise a ValueError if a run that is there was made by another command than the sweep has now."""
    for cell in cells:
        state, words = read_state(cell), cell.stages.get(COMMAND)
        if cell.run is None or not cell.run.exists() or words is None or state.begun == words:
            continue
        if not state.begun:
            raise ValueError(f"{cell.run} is there, and not by this sweep: remove it, or name the sweep anew")
        raise ValueError(
            f"{cell.run} was begun by another command: social-rl {' '.join(state.begun)}; now it is social-rl "
            f"{' '.join(words)}: name the sweep anew, or remove {cell.run} and {cell.folder}"
        )


def tail(cell: Cell) -> list[str]:
    """The last lines of its log."""
    try:
        with (cell.folder / LOG).open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - _MOST_TAIL))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return []
    return [line for line in lines if line.strip()][-TAIL:]
