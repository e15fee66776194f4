"""How is what comes next made while the present is used? By another process, one thing ahead."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Ahead(Generic[Made]):
    """Things with numbers, of which a pool makes the next one while the present one is used."""

    def __init__(self, make: Callable[[int], Made], pool: Executor) -> None:
        self._make, self._pool = make, pool
        self._coming = dict[int, Future[Made]]()

    def take(self, number: int) -> Made:
        """The one of a number; the one after it is begun."""
        now = self._coming.pop(number, None) or self._pool.submit(self._make, number)
        self._coming = {number + 1: self._pool.submit(self._make, number + 1)}
        return now.result()


def other_process() -> ProcessPoolExecutor:
    """A pool of one process: what is made in plain Python would keep threads that learn waiting."""
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _begin)


def _begin() -> None:
    """Let signals be the business of the parent, and end with it, however it ends."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
