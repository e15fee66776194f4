"""How are cells run on a cluster of Ray? One task for each; where a worker is lost, another one takes its task.

All machines see the folders of the study under the same paths: states, logs and runs are files there.
"""

import importlib
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from social_rl.runs.lock import hold
from social_rl.runs.stop import SIGNALS, Stop
from social_rl.sweeps.cells import Cell
from social_rl.sweeps.local import LOOK
from social_rl.sweeps.play import Halt, Means, children_path, play
from social_rl.sweeps.states import FAILED, State, read_state, write_state

HINT = "--engine ray needs the package ray: pip install 'social-rl[ray]', or use --engine local"


def run_on_ray(
    cells: Sequence[Cell], means: Means, jobs: int, address: str, stop: Stop, look: Callable[[], None]
) -> None:
    """Run cells to their ends, or until a signal comes; `look` is called now and then.

    Args:
        jobs: how many at a time; 0: as many as the cluster has cores for.
        address: of a cluster; "": one is started here, and ended.

    Raises:
        ImportError: ray is not installed.
        ValueError: there is no cluster at this address.
    """
    with _cluster(address, jobs * means.threads) as ray:
        # max_retries is for workers that are lost; processes that die are tried again by `play`
        task = ray.remote(num_cpus=means.threads, max_retries=means.retries)(_play_in)
        waiting, working = [*cells], dict[Any, Cell]()
        while waiting or working:
            while waiting and not (jobs and len(working) >= jobs):
                cell = waiting.pop(0)
                working[task.remote(os.getcwd(), cell, means)] = cell
            ended, _ = ray.wait([*working], timeout=LOOK)
            for one in ended:
                _settle(ray, one, working.pop(one))
            if stop.is_asked and (waiting or working):
                waiting = []
                for one in working:
                    ray.cancel(one)  # KeyboardInterrupt in `play`, which lets its process save
                while working:
                    ended, _ = ray.wait([*working], timeout=LOOK)
                    for one in ended:
                        _settle(ray, one, working.pop(one))
                    look()
            look()


def ray_package() -> Any:
    """Ray, for those who have it.

    Raises:
        ImportError: it is not installed.
    """
    try:
        return importlib.import_module("ray")
    except ImportError:
        raise ImportError(HINT) from None


@contextmanager
def _cluster(address: str, cpus: int) -> Iterator[Any]:
    ray = ray_package()
    where = {"address": address} if address else {"num_cpus": cpus or None, "include_dashboard": False}
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        ray.init(
            **where,
            runtime_env={"env_vars": {"PYTHONPATH": children_path()}},
            log_to_driver=False,
            logging_level="error",
        )
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise ValueError(f"--address {address}: {str(error).splitlines()[0]}") from None
    for number, handler in before.items():
        signal.signal(number, handler)  # ray takes SIGTERM for itself
    try:
        yield ray
    finally:
        ray.shutdown()


def _play_in(folder: str, cell: Cell, means: Means) -> State:
    """A cell in a worker, whose own folder is elsewhere."""
    os.chdir(folder)
    return play(cell, means, Halt())


def _settle(ray: Any, task: Any, cell: Cell) -> None:
    """What became of a task that ended: `play` wrote it down, unless its workers were lost once too often."""
    try:
        ray.get(task)
    except ray.exceptions.TaskCancelledError:
        return
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None
    except ray.exceptions.RayError:
        lock = hold(cell.folder)
        try:
            write_state(cell, replace(read_state(cell), status=FAILED, why="its worker was lost", process=0))
        finally:
            lock.release()
