"""How far is a study? What ran, failed and is left, the time that it took, and about how long it will take."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from social_rl.sweeps.cells import Cell
from social_rl.sweeps.states import DONE, FAILED, LEFT, RUNNING, State, known_state

STYLES = {DONE: "green", RUNNING: "cyan", FAILED: "red", LEFT: "dim"}
Known = Mapping[str, State]


def known(cells: Sequence[Cell]) -> Known:
    """What is known of each cell, by name."""
    return {cell.name: known_state(cell) for cell in cells}


def table_of(states: Known, now: float) -> Table:
    """A row for each cell."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("cell", "", "attempts", "time", ""):
        table.add_column(column, justify="right" if column in ("attempts", "time") else "left", no_wrap=True)
    for name, state in states.items():
        spent = seconds_of(state, now)
        table.add_row(
            name,
            Text(state.status, STYLES[state.status]),
            str(state.attempts or ""),
            clock(spent) if spent else "",
            f"process {state.process}" if state.status == RUNNING and state.process else state.why,
        )
    return table


def summary(states: Known, jobs: int, now: float) -> str:
    """In one line: how many cells, the time of all of them, and about how long the rest takes."""
    counts = {status: sum(s.status == status for s in states.values()) for status in STYLES}
    told = [f"{counts[status]} {status}" for status in (DONE, RUNNING, FAILED, LEFT) if counts[status]]
    told.append(f"{clock(sum(seconds_of(s, now) for s in states.values()))} spent")
    if (rest := seconds_left(states, jobs, now)) is not None:
        told.append(f"about {clock(rest)} left")
    return ", ".join(told)


def seconds_of(state: State, now: float) -> float:
    """What a cell took until now."""
    return state.seconds + (now - state.began if state.status == RUNNING else 0)


def seconds_left(states: Known, jobs: int, now: float) -> float | None:
    """About how long cells that run or are left will take, at the mean of those that are done; None before one is."""
    done = [state.seconds for state in states.values() if state.status == DONE]
    open_ = [state for state in states.values() if state.status in (RUNNING, LEFT)]
    if not done or not open_:
        return None
    mean = sum(done) / len(done)
    rest = [max(mean - seconds_of(state, now), 0) for state in open_]
    return max(sum(rest) / max(min(jobs, len(rest)), 1), max(rest))


def clock(seconds: float) -> str:
    """Hours, minutes and seconds: 1:02:03, or 2:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


@contextmanager
def shown(cells: Sequence[Cell], jobs: int, console: Console) -> Iterator[Callable[[], None]]:
    """Yields what shows how it goes now: a table on a terminal, elsewhere a line as a cell changes."""
    last = dict(known(cells))
    if console.is_terminal:
        with Live(console=console, auto_refresh=False, transient=True) as live:

            def refresh() -> None:
                live.update(_picture(known(cells), jobs), refresh=True)

            refresh()
            yield refresh
        return

    def look() -> None:
        for name, state in known(cells).items():
            if state.status != last[name].status:
                why = f" ({state.why})" if state.why and state.status != RUNNING else ""
                console.print(f"{name}: {state.status}{why}")
            last[name] = state

    yield look


def _picture(states: Known, jobs: int) -> Group:
    """Cells that run or failed, and the rest in numbers: a study may have more cells than a terminal has lines."""
    now = time.time()
    at_work = {name: state for name, state in states.items() if state.status in (RUNNING, FAILED)}
    return Group(table_of(at_work, now), Text(summary(states, jobs, now)))
