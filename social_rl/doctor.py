"""Is everything needed here, and does it work? A calm table of findings, each broken one with its remedy."""

import importlib
import os
import platform
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table
from rich.text import Text

from social_rl.runs.provenance import cores, machine, package_version
from worlds.checks import count

FINE, NOTE, BROKEN = "fine", "note", "broken"
STYLES = {FINE: "green", NOTE: "yellow", BROKEN: "red"}
OLDEST_PYTHON = (3, 11)
NEEDED = (
    "numpy", "numba", "gymnasium", "pettingzoo", "torch", "transformers", "safetensors", "pygame-ce",
    "pygame_gui", "tyro", "rich", "pillow", "av",
)  # fmt: skip
LAYERS = {"tbb": "tbbpool", "omp": "omppool", "workqueue": "workqueue"}  # of numba, and their modules


class Finding(NamedTuple):
    """One thing that was looked at."""

    what: str
    how: str  # FINE, NOTE or BROKEN
    detail: str


def doctor() -> int:
    """Print what was found; returns 1 if something is broken."""
    findings = list(examine())
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for what, how, detail in findings:
        table.add_row(what, Text(how, STYLES[how]), Text(detail))
    console = Console(highlight=False)
    console.print(table)
    broken = sum(how == BROKEN for _, how, _ in findings)
    if broken:
        console.print(f"{broken} broken: the lines above say what to do.")
        return 1
    console.print("Nothing is broken. Next: social-rl run house --video house.mp4")
    return 0


def examine() -> Iterator[Finding]:
    """Look at everything, the cheap things first."""
    yield examine_python(sys.version_info[:2])
    yield from examine_packages({package: package_version(package) for package in NEEDED})
    yield examine_pygame({name.lower() for d in metadata.distributions() if (name := d.metadata["Name"])})
    yield Finding("machine", FINE, f"{machine()['cpu']}, {count(cores(), 'core')}, {machine()['system']}")
    yield examine_display(os.environ, sys.platform)
    yield from examine_numba()
    yield examine_torch()


def examine_python(version: tuple[int, int]) -> Finding:
    """Is Python new enough?"""
    if version < OLDEST_PYTHON:
        return Finding("python", BROKEN, f"{platform.python_version()}: install Python 3.11 or newer")
    return Finding("python", FINE, platform.python_version())


def examine_packages(versions: dict[str, str]) -> Iterator[Finding]:
    """Is every package installed? `versions` has "" where it is not."""
    missing = [package for package, version in versions.items() if not version]
    here = [f"{package} {version}" for package, version in versions.items() if version]
    yield Finding("packages", FINE, ", ".join(here))
    if missing:
        yield Finding("packages", BROKEN, f"missing: pip install {' '.join(missing)}")


def examine_pygame(installed: set[str]) -> Finding:
    """Do two distributions fight for the folder `pygame`?"""
    if {"pygame", "pygame-ce"} <= installed:
        return Finding(
            "pygame", BROKEN,
            "pygame and pygame-ce share a folder: pip uninstall pygame pygame-ce, then pip install pygame-ce",
        )  # fmt: skip
    if "pygame" in installed:
        return Finding(
            "pygame",
            BROKEN,
            "pygame_gui needs the other edition: pip uninstall pygame, pip install pygame-ce",
        )
    return Finding("pygame", FINE, "only pygame-ce owns the folder pygame")


def examine_display(environment: "os._Environ[str] | dict[str, str]", system: str) -> Finding:
    """Can a window open?"""
    driver = environment.get("SDL_VIDEODRIVER", "")
    if driver in ("dummy", "offscreen"):
        return Finding(
            "display", NOTE, f"SDL_VIDEODRIVER={driver}: play runs unseen; unset it to open a window"
        )
    screen = environment.get("WAYLAND_DISPLAY") or environment.get("DISPLAY")
    if not screen and not driver and system.startswith("linux"):
        return Finding(
            "display", NOTE, "none: play cannot open a window; run --video FILE records without one"
        )
    return Finding("display", FINE, screen or driver or system)


def examine_numba() -> Iterator[Finding]:
    """Threads, and compiled rules on disk."""
    try:
        import numba

        from worlds.compiler.cache import cache_folder
        from worlds.compiler.compile import COMPILED
    except Exception as error:  # whatever it is, the line says it
        yield Finding("rules", BROKEN, f"{error}")
        return
    yield Finding("threads", FINE, f"{numba.get_num_threads()} of numba, by {threading_layer()}")
    if not COMPILED:
        yield Finding("rules", NOTE, "NUMBA_DISABLE_JIT is set: rules run as plain Python, 1000 times slower")
        return
    try:
        yield examine_cache(cache_folder())
    except OSError as error:
        yield Finding("rules", BROKEN, f"{error}")


def threading_layer() -> str:
    """The library that numba's loops will run on: the first that loads, in numba's order."""
    import numba

    config: Any = vars(numba)["config"]
    order = config.THREADING_LAYER_PRIORITY
    if config.THREADING_LAYER in order:
        order = [config.THREADING_LAYER]
    for layer in order:
        try:
            importlib.import_module(f"numba.np.ufunc.{LAYERS[layer]}")
        except ImportError:
            continue
        return layer
    return "none"


def examine_cache(folder: Path) -> Finding:
    """Are rules compiled already, and are they whole?"""
    from worlds.compiler.cache import SUFFIX, damaged

    files = list(folder.glob(f"*{SUFFIX}"))
    where = f"{folder} ({sum(path.stat().st_size for path in files) / 1e6:.0f} MB)"
    if not files:
        return Finding(
            "rules", NOTE, f"not compiled yet: the first command takes about a minute; kept in {where}"
        )
    cut = [path.name for path in damaged(folder)]
    if cut:
        return Finding(
            "rules", NOTE, f"{len(cut)} damaged, compiled anew when needed: {', '.join(cut)}; kept in {where}"
        )
    return Finding("rules", FINE, f"compiled, {count(len(files), 'file')}; kept in {where}")


def examine_torch() -> Finding:
    """What does torch compute on?"""
    try:
        import torch
    except Exception as error:
        return Finding("torch", BROKEN, f"it does not load ({error}): pip install --force-reinstall torch")
    if torch.cuda.is_available():
        return Finding("torch", FINE, f"on {torch.cuda.get_device_name(0)}")
    return Finding("torch", FINE, f"on the CPU, {count(torch.get_num_threads(), 'thread')}")
