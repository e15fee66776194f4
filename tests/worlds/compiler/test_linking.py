"""Do rules give the same, linked our way and compiled as numba does it?"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from worlds.compiler import linking

ROOT = Path(__file__).resolve().parents[3]
SAMPLE = """
import numpy as np
from agents.policies.simple import _pick
from worlds.compiler.handle import handle
from worlds.state import Sizes, empty_state

state, acts = empty_state(4, Sizes(3, 2, 0, 0)), np.zeros((4, 2), np.int64)
state.key[:] = np.arange(4)
_pick(handle(state), np.arange(2), np.uint64(1), np.arange(8), acts)
print(acts.tolist())
"""


def sample(tmp_path, **environment: str) -> str:
    given = os.environ | {"SOCIAL_RL_CACHE": str(tmp_path), "SOCIAL_RL_QUIET": "1", **environment}
    done = subprocess.run([sys.executable, "-c", SAMPLE], cwd=ROOT, env=given, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_linked_rules_do_what_numbas_own_do(tmp_path):
    ours, plain = sample(tmp_path / "ours"), sample(tmp_path / "plain", SOCIAL_RL_PLAIN_NUMBA="1")
    assert ours == plain and len(ours) > 20


def test_numba_is_left_as_it_is_in_other_versions(monkeypatch):
    assert not linking.is_plain()
    monkeypatch.setattr(linking.numba, "__version__", "9.9.9")
    with pytest.warns(UserWarning, match=r"numba 9\.9\.9 .* tested are 0\.68\.0.* pip install numba==0\.68"):
        assert linking.is_plain()


def test_numba_is_left_as_it_is_where_it_lacks_what_is_needed(monkeypatch):
    monkeypatch.setitem(linking.NEEDED, linking.llvm, ("a_function_that_went",))
    with pytest.warns(UserWarning, match="it has no .*a_function_that_went"):
        assert linking.is_plain()
