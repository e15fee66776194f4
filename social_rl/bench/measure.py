"""What do all benchmarks share? A table of speeds, and what the machine could do at that time."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from rich.table import Table

from social_rl.runs.provenance import command_line, commit, machine, versions

COPY_BYTES = 64 << 20


def circumstances() -> dict[str, Any]:
    """What the machine can do at this moment, the command, the commit and the time, for JSON."""
    return {
        "calibration": calibration(), "command": command_line(), "commit": commit(), "versions": versions(),
        "machine": machine(), "when": datetime.now(UTC).isoformat(timespec="seconds"),
    }  # fmt: skip


def medians(speeds: Mapping[str, Sequence[float]], unit: str) -> dict[str, float]:
    """The median speed of each row, by names such as random_env_steps_per_second."""
    return {f"{name}_{unit}_per_second": statistics.median(found) for name, found in speeds.items()}


def speed_table(
    unit: str, speeds: Mapping[str, Sequence[float]], beside: Mapping[str, Mapping[str, str]]
) -> Table:
    """Median, lowest and highest speed of each row, and further columns by name: the text of each row."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("", f"{unit}/s", "lowest", "highest", *beside):
        table.add_column(column, justify="right" if column else "left")
    for name, found in speeds.items():
        figures = (statistics.median(found), min(found), max(found))
        table.add_row(
            name, *(f"{figure:,.0f}" for figure in figures), *(part[name] for part in beside.values())
        )
    return table


def calibration() -> dict[str, float]:
    """What the machine can do at this moment, so that results of different minutes can be compared."""
    import numba

    from worlds.rules.chance import mix

    @numba.njit
    def churn(n):
        key = np.uint64(1)
        for _ in range(n):
            key = mix(key)
        return key

    source, target = np.ones(COPY_BYTES, np.uint8), np.zeros(COPY_BYTES, np.uint8)
    draws = 20_000_000
    churn(1)
    copy = min(_seconds(lambda: np.copyto(target, source)) for _ in range(7))
    loop = min(_seconds(lambda: churn(draws)) for _ in range(3))
    return {
        "memory_copy_GB_per_second": COPY_BYTES / copy / 1e9,
        "draws_per_second_on_one_thread": draws / loop,
    }


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
