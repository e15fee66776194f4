"""Is compiled code the code that stands there? Keys change with what is compiled in, and with nothing else."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import worlds
from worlds.compiler.compile import COMPILED, cold, rule
from worlds.compiler.sources import UnknownSource, source_key

WORLDS = Path(worlds.__file__).parent
KEYS = """
from worlds.compiler.sources import source_key
from worlds.generators.houses import draw_houses
from worlds.kernels import advance
from worlds.scenarios.berry_bush import harvest
for function in (advance, draw_houses, harvest.rule):
    print(source_key(getattr(function, "py_func", function)))
"""
STEP, HOUSES, BERRIES = range(3)


def keys(folder: Path, **environment: str) -> list[str]:
    """Keys of three functions, in a process of its own, from the sources below `folder`."""
    done = subprocess.run(
        [sys.executable, "-c", KEYS],
        env={**os.environ, "PYTHONPATH": str(folder), **environment},
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.split()


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """Sources that may be edited."""
    folder = tmp_path_factory.mktemp("sources")
    shutil.copytree(WORLDS, folder / "worlds", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture(scope="module")
def unedited(copy) -> list[str]:
    return keys(copy)


def test_a_key_is_the_same_in_every_process(copy, unedited):
    assert keys(copy, PYTHONHASHSEED="1") == keys(copy, PYTHONHASHSEED="2") == unedited
    assert len(set(unedited)) == 3


@pytest.mark.parametrize(
    ("file", "before", "after", "changed"),
    [
        ("rules/chance.py", "return mix(key + ", "return mix(1 + key + ", {STEP, HOUSES, BERRIES}),
        ("objects.py", "AGENT_MARK = 0x40", "AGENT_MARK = 0x20", {STEP}),
        ("generators/names.py", "for a in range(", "for a in range(0, ", {HOUSES}),
        ("scenarios/berry_bush.py", "DRAW_REGROW = 1000", "DRAW_REGROW = 1001", {BERRIES}),
        ("compiler/compile.py", 'error_model="numpy"', 'error_model="python"', {STEP, HOUSES, BERRIES}),
    ],
)
def test_an_edited_rule_is_compiled_anew_wherever_it_is_called(copy, unedited, file, before, after, changed):
    """numba's own cache looks at one file only, and would run stale code after a callee elsewhere changed."""
    path = copy / "worlds" / file
    text = path.read_text(encoding="utf-8")
    assert before in text
    try:
        path.write_text(text.replace(before, after), encoding="utf-8")
        found = keys(copy)
    finally:
        path.write_text(text, encoding="utf-8")
    assert {i for i in range(3) if found[i] != unedited[i]} == changed


def test_what_is_not_compiled_in_compiles_nothing(unedited, tmp_path):
    """Comments, lines further down, and functions that only Python runs; but a file that writes machine code counts."""
    shutil.copytree(WORLDS, tmp_path / "worlds", ignore=shutil.ignore_patterns("__pycache__"))
    for path in (tmp_path / "worlds").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "compiler" not in path.parts and "@intrinsic" not in text and "from __future__" not in text:
            text = f"# a comment\n\n{text}\n\ndef added():\n    return 1\n"
            path.write_text(text, encoding="utf-8")
    assert keys(tmp_path) == unedited


# ---- what is compiled in --------------------------------------------------------------------------------
LIMIT, TABLE = 3, np.array([1, 2])
ODD = {"of": "no key"}


@rule
def _limited(x):
    return min(x, LIMIT)


def _caller(x):
    return _limited(x) + TABLE[0]


def _odd(x):
    return ODD[x]


def test_constants_count(monkeypatch):
    before = source_key(_caller)
    monkeypatch.setitem(_caller.__globals__, "LIMIT", 4)
    after = source_key(_caller)
    monkeypatch.setitem(_caller.__globals__, "TABLE", np.array([1, 3]))
    assert len({before, after, source_key(_caller)}) == 3


def test_checked_and_fast_code_never_meet():
    """numba's own cache leaves bounds checks out of its key: a checked run would run unchecked code, all green."""
    assert source_key(_caller, boundscheck=True) != source_key(_caller, boundscheck=False)


@pytest.mark.skipif(not COMPILED, reason="rules run as plain Python")
def test_how_a_callee_is_compiled_counts(monkeypatch):
    before = source_key(_caller)
    monkeypatch.setitem(_caller.__globals__, "_limited", cold(_limited.py_func))
    assert source_key(_caller) != before


def test_what_has_no_key_is_not_kept():
    with pytest.raises(UnknownSource, match="ODD is a dict"):
        source_key(_odd)
