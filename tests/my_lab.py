"""How is a package that stands outside this one installed? The one that docs/extending.md shows, in a folder."""

import importlib
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

EXTENDING = Path(__file__).resolve().parent.parent / "docs" / "extending.md"
MODULE = re.compile(r"^```python\n# (\S+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
ENTRIES = re.compile(r'^\[project\.entry-points\."(.+)"\]\n(\w+) = "(.+)"$', re.MULTILINE)


@contextmanager
def my_lab_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Its modules, and the names that it offers, as the document has them."""
    text = EXTENDING.read_text(encoding="utf-8")
    modules, entries = dict(MODULE.findall(text)), ENTRIES.findall(text)
    assert {*modules} == {"my_lab/kitchen.py", "my_lab/policies.py", "my_lab/methods.py"}
    assert [group for group, _, _ in entries] == ["social_rl.scenarios", "social_rl.policies"]
    (folder / "my_lab").mkdir()
    for name, module in (modules | {"my_lab/__init__.py": ""}).items():
        (folder / name).write_text(module, encoding="utf-8")
    info = folder / "my_lab-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-lab\nVersion: 1.0\n")
    lines = (f"[{group}]\n{name} = {what}\n" for group, name, what in entries)
    (info / "entry_points.txt").write_text("".join(lines))
    monkeypatch.syspath_prepend(folder)
    importlib.invalidate_caches()
    yield
    for name in [name for name in sys.modules if name.split(".")[0] == "my_lab"]:
        del sys.modules[name]
