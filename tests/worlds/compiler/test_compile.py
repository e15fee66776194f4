"""Is compiled code the code that stands there? What the cache is keyed by, and what rules must not do."""

import ast
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from worlds.compiler import compile as compiling

WORLDS = Path(compiling.__file__).parent.parent
COMPILERS = {"rule", "cold", "entry", "parallel_entry", "apart", "mechanics"}


@pytest.fixture
def copy_of_worlds(tmp_path, monkeypatch) -> Path:
    """Sources that may be edited, and a cache that is not the user's."""
    copy = tmp_path / "worlds"
    shutil.copytree(WORLDS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(compiling, "__file__", str(copy / "compiler" / "compile.py"))
    monkeypatch.setenv("SOCIAL_RL_CACHE", str(tmp_path / "cache"))
    return copy


def edit(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8") + "\n# edited\n", encoding="utf-8")


@pytest.mark.parametrize(
    "file", ["objects.py", "kernels.py", "rules/goals.py", "rules/space.py", "scenarios/berry_bush.py"]
)
def test_an_edited_rule_is_compiled_anew_wherever_it_is_called(copy_of_worlds, file):
    """numba's own cache looks at one file only, and would run stale code after a callee elsewhere changed."""
    before = compiling.cache_folder()
    edit(copy_of_worlds / file)
    assert compiling.cache_folder() != before


def test_a_new_file_of_rules_is_noticed(copy_of_worlds):
    before = compiling.cache_folder()
    (copy_of_worlds / "rules" / "new.py").write_text("")
    assert compiling.cache_folder() != before


def test_a_picture_is_repainted_without_compiling(copy_of_worlds):
    before = compiling.cache_folder()
    edit(copy_of_worlds / "render/draw.py")
    assert compiling.cache_folder() == before


def test_checked_and_fast_code_never_meet(copy_of_worlds, monkeypatch):
    """numba's own cache leaves bounds checks out of its key: a checked run would run unchecked code, all green."""
    monkeypatch.setattr(compiling, "BOUNDSCHECK", True)
    checked = compiling.cache_folder()
    monkeypatch.setattr(compiling, "BOUNDSCHECK", False)
    assert compiling.cache_folder() != checked


def test_code_that_somebody_else_compiled_is_refused(copy_of_worlds, monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 4711)
    with pytest.raises(PermissionError, match="set SOCIAL_RL_CACHE to a folder of your own"):
        compiling._open_cache()


# ---- what rules must not do ----------------------------------------------------------------------------
def test_compiled_code_takes_nothing_from_files_that_leave_the_cache_as_it_is():
    taken = [
        f"{path.relative_to(WORLDS)}: {function.name} uses {name}"
        for path in sources()
        for function in compiled_functions(path)
        for name in names_in(function) & names_from_plain_files(path)
    ]
    assert not taken


def test_rules_raise_nothing():
    """An exception leaks memory in compiled code, and is lost in parallel code: rules return what went wrong."""
    raising = [
        f"{path.relative_to(WORLDS)}:{node.lineno}"
        for path in sources()
        for function in compiled_functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Raise | ast.Assert | ast.Try)
    ]
    assert not raising


def test_compiled_functions_are_found():
    found = {f.name for path in sources() for f in compiled_functions(path)}
    assert {"tick", "judge", "draw_houses", "harvest", "holds"} <= found
    assert len(found) > 200


def sources() -> Iterator[Path]:
    yield from sorted(WORLDS.rglob("*.py"))


def compiled_functions(path: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and marks(node) & COMPILERS:
            yield node


def marks(function: ast.FunctionDef) -> set[str]:
    return {name for decorator in function.decorator_list for name in names_in(decorator)}


def names_in(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def names_from_plain_files(path: Path) -> set[str]:
    plain = {f"worlds.{name.removesuffix('.py').replace('/', '.')}" for name in compiling.PLAIN_FILES}
    return {
        alias.asname or alias.name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module in plain
        for alias in node.names
    }
