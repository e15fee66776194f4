"""How far is it? A bar on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

LINES = 4  # without a terminal: after each quarter


class Meter:
    """Counts what is done, and steps a second from the second step on: at the first, rules may be compiled."""

    def __init__(self, console: Console, what: str, total: int, bar: Progress | None, steps: str) -> None:
        self._console, self._what, self._total, self._bar, self._unit = console, what, total, bar, steps
        self._task = bar.add_task(what, total=total, speed="") if bar else None
        self._began = 0.0
        self._first_steps = 0
        self.done = self.steps = 0
        self._said = ""

    @property
    def seconds(self) -> float:
        """Since the first step."""
        return time.perf_counter() - self._began if self.steps else 0.0

    @property
    def speed(self) -> str:
        """Steps a second."""
        return f"{(self.steps - self._first_steps) / max(self.seconds, 1e-9):,.0f} {self._unit}/s"

    def begin_at(self, done: int) -> None:
        """So much was done before."""
        self.done = done
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done)

    def say(self, text: str) -> None:
        """How it goes, beside the bar."""
        self._said = f"  {text}"

    def advance(self, done: int, steps: int) -> None:
        """Count what one step brought."""
        if self.steps == 0:
            self._began, self._first_steps = time.perf_counter(), steps
        before, self.done, self.steps = self.done, self.done + done, self.steps + steps
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=self.done, speed=self.speed + self._said)
        elif LINES * before // self._total < LINES * self.done // self._total:
            self._console.print(f"{self.done} of {self._total} {self._what}, {self.speed}{self._said}")


@contextmanager
def progress(console: Console, what: str, total: int, steps: str = "agent steps") -> Iterator[Meter]:
    """A Meter that shows itself; `steps` is what its speed is counted in."""
    if not console.is_terminal:
        yield Meter(console, what, total, None, steps)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, TextColumn("{task.fields[speed]}"), TimeRemainingColumn(), console=console
    ) as bar:
        yield Meter(console, what, total, bar, steps)
