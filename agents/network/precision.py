"""In which precision are large products faster on this machine? A short measurement, once a process.

Cores with AMX or AVX512-BF16 multiply bfloat16 several times as fast as float32; on all others bfloat16 is emulated,
and several times slower.
"""

import functools
import time
from typing import Literal

import torch

Precision = Literal["bfloat16", "float32"]

SHAPE = (2048, 1568, 128)  # frames, features of a view, hidden units: the largest product of a network
RUNS = 5
CLEARLY = 1.1  # how much faster bfloat16 has to be


@functools.cache
def fastest_precision(device: str = "cpu") -> Precision:
    """The precision in which the largest product of a network is fastest, by the best of a few runs of each."""
    speeds = {kind: _seconds(getattr(torch, kind), device) for kind in ("bfloat16", "float32")}
    return "bfloat16" if speeds["bfloat16"] * CLEARLY < speeds["float32"] else "float32"


def settled_precision(asked: Precision | Literal["auto"], device: str = "cpu") -> Precision:
    """What was asked for, or what is fastest if that is left to a measurement."""
    return fastest_precision(device) if asked == "auto" else asked


def _seconds(kind: torch.dtype, device: str) -> float:
    frames, features, hidden = SHAPE
    x = torch.ones(frames, features, dtype=kind, device=device)
    y = torch.ones(features, hidden, dtype=kind, device=device)
    times = []
    for _ in range(RUNS + 1):  # the first one makes ready
        began = time.perf_counter()
        product = x @ y
        product[0, 0].item()  # a device computes when it is asked
        times.append(time.perf_counter() - began)
    return min(times[1:])
