"""Do rules mean the same compiled and as plain Python? Both play the same random acts, digest by digest."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.replay import SCENES, digests
from worlds.compiler.compile import COMPILED

ROOT = Path(__file__).resolve().parents[2]
STEPS, WORLDS = 60, 2


@pytest.fixture(scope="module")
def other_mode() -> dict[str, list[str]]:
    """What the other mode, in a process of its own, gives for each scene."""
    command = [sys.executable, "-m", "tests.replay", str(STEPS), str(WORLDS), *SCENES]
    mode = os.environ | {"NUMBA_DISABLE_JIT": "1" if COMPILED else "0"}
    done = subprocess.run(command, cwd=ROOT, env=mode, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    return {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()}


@pytest.mark.parametrize("scene", SCENES)
def test_compiled_rules_equal_plain_ones(scene, other_mode):
    for step, (mine, other) in enumerate(zip(digests(scene, STEPS, WORLDS), other_mode[scene], strict=True)):
        assert mine == other, "the banks differ" if step == 0 else f"they part at step {step - 2}"
