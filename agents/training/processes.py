"""Who else learns the same mind? Processes that torchrun started, each with worlds of its own.

    torchrun --standalone --nproc-per-node 2 -m social_rl.cli train instruct ...

Gradients are summed over processes at every step (gloo on CPUs, nccl on GPUs). Alone, nothing of this happens.
"""

import os

import torch
from torch import Tensor


def begin_processes(device: str) -> int:
    """Meet the other processes, if torchrun started any; returns the number of this one."""
    if "RANK" in os.environ and processes() == 1:
        torch.distributed.init_process_group("nccl" if device == "cuda" else "gloo")
    return rank()


def end_processes() -> None:
    """Part from the others."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


def processes() -> int:
    """How many learn together."""
    is_begun = torch.distributed.is_available() and torch.distributed.is_initialized()
    return torch.distributed.get_world_size() if is_begun else 1


def rank() -> int:
    """The number of this process, 0 for the one that reports and saves."""
    return torch.distributed.get_rank() if processes() > 1 else 0


def summed(tensor: Tensor) -> Tensor:
    """The sum of what all processes have."""
    if processes() > 1:
        tensor = tensor.clone()
        torch.distributed.all_reduce(tensor)
    return tensor


def gathered(data: bytes) -> list[bytes]:
    """What all processes have, in order of their numbers; without pickle."""
    if processes() == 1:
        return [data]
    sizes = [torch.zeros(1, dtype=torch.int64) for _ in range(processes())]
    torch.distributed.all_gather(sizes, torch.tensor([len(data)]))
    most = max(int(size) for size in sizes)
    mine = torch.zeros(most, dtype=torch.uint8)
    mine[: len(data)] = torch.frombuffer(bytearray(data), dtype=torch.uint8)
    parts = [torch.zeros(most, dtype=torch.uint8) for _ in sizes]
    torch.distributed.all_gather(parts, mine)
    return [part[: int(size)].numpy().tobytes() for part, size in zip(parts, sizes, strict=True)]
