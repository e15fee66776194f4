"""How are cells run on this machine? Side by side, each by a thread that watches over its process."""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

from social_rl.runs.provenance import cores
from social_rl.runs.stop import Stop
from social_rl.sweeps.cells import Cell
from social_rl.sweeps.play import Halt, Means, play

LOOK = 0.5  # seconds between looks at how it goes


def jobs_of(asked: int, threads: int) -> int:
    """How many cells run side by side: as many as are asked for, or as there are cores for."""
    return asked or max(1, cores() // threads)


def run_here(cells: Sequence[Cell], means: Means, jobs: int, stop: Stop, look: Callable[[], None]) -> None:
    """Run cells to their ends, or until a signal comes; `look` is called now and then.

    Raises:
        OSError, ValueError: a state or a log cannot be written or read; other cells are stopped and have saved.
        KeyboardInterrupt: a second signal came; processes were ended at once.
    """
    halt = Halt()
    with ThreadPoolExecutor(jobs) as pool:
        try:
            working = {pool.submit(play, cell, means, halt) for cell in cells}
            while working:
                ended, working = wait(working, LOOK, FIRST_EXCEPTION)
                for future in ended:
                    future.result()
                if stop.is_asked:
                    halt.asked.set()
                look()
        except BaseException as error:
            halt.asked.set()
            if isinstance(error, KeyboardInterrupt):
                halt.now.set()
            raise
