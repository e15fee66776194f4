"""Where does a result come from? The commit, the packages and the machine that made it."""

import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = ("numpy", "numba", "llvmlite", "torch", "transformers", "gymnasium", "pettingzoo", "pygame-ce")


def origin() -> dict[str, Any]:
    """All of that, and the command, as results in JSON have it."""
    return {"command": command_line(), "commit": commit(), "versions": versions(), "machine": machine()}


def commit() -> str:
    """The commit of these sources, with "+" where files differ from it; "unknown" outside a repository."""
    try:
        head = _git("rev-parse", "--short=12", "HEAD")
        changed = _git("status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return head + ("+" if changed else "")


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that results depend on, without importing them."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        version = package_version(package)
        if version:
            found[package] = version
    return found


def package_version(package: str) -> str:
    """The installed version, "" if there is none."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def machine() -> dict[str, str | int]:
    """Processor, number of cores this process may use, and system."""
    return {"cpu": _cpu_model(), "cores": cores(), "system": f"{platform.system()} {platform.machine()}"}


def cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def command_line() -> str:
    """The command as it was typed, its program without a folder."""
    return " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])


def _git(*words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=Path(__file__).parent, capture_output=True, text=True, timeout=10, check=True
    )
    return done.stdout.strip()


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
    )
