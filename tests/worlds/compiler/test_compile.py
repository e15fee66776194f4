"""What must rules not do?"""

import ast
from collections.abc import Iterator
from pathlib import Path

from worlds.compiler import compile as compiling

WORLDS = Path(compiling.__file__).parent.parent
COMPILERS = {"rule", "cold", "entry", "parallel_entry", "apart", "mechanics"}


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
