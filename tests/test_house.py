"""Is the house in order? What loads what, what the map shows, and what stays outside."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("worlds", "agents", "adversarial_design", "social_rl")
PICKLES = {"pickle", "_pickle", "cloudpickle", "dill", "joblib", "shelve", "marshal"}
PERMISSIONS = {"allow_pickle", "trust_remote_code"}
MAP_HEADING = "## Map of the house"


# The map in the README


def test_the_map_shows_every_room():
    readme = ROOT / "README.md"
    if not readme.exists():
        pytest.skip("there is no README.md yet")
    house_map = find_map(readme.read_text(encoding="utf-8"))
    assert house_map is not None, f"README.md needs a fenced block under the heading '{MAP_HEADING}'"
    parts = split_by_package(house_map)
    missing = [
        f"{package}/{room}"
        for package in PACKAGES
        for room in rooms(ROOT / package)
        if not names(parts.get(package, ""), room)
    ]
    assert not missing, f"the map in README.md lacks {', '.join(missing)}"


def test_the_map_shows_no_room_that_is_gone():
    parts = split_by_package(find_map((ROOT / "README.md").read_text(encoding="utf-8")) or "")
    assert {*parts} == {*PACKAGES}
    assert [f"{p}/{name}" for p in PACKAGES for name in gone(parts[p], ROOT / p)] == []


def gone(text: str, package: Path) -> list[str]:
    """Names of files and folders in a map, of which the package has none."""
    shown = re.findall(r"(?<![\w/.])(\w+(?:\.py|/))(?=[\s;,:]|$)", text.partition("tests/ benchmarks/")[0])
    there = {f"{path.name}/" if path.is_dir() else path.name for path in package.rglob("*")}
    return [name for name in shown if name not in there]


def test_a_map_without_a_room_is_noticed():
    text = f"{MAP_HEADING}\n\n```\nworlds/   what exists\n  level.py rules/\nagents/\n  ppo.py\n```\n"
    parts = split_by_package(find_map(text) or "")
    assert names(parts["worlds"], "level.py")
    assert names(parts["worlds"], "rules/")
    assert not names(parts["worlds"], "ppo.py"), "ppo.py lives in agents"
    assert not names(parts["worlds"], "el.py"), "el.py only ends like level.py"
    assert gone("  what exists\n  level.py cellar/ goal.py: kinds; state/\n", ROOT / "worlds") == [
        "cellar/",
        "state/",
    ]
    assert find_map("## Elsewhere\n```\nworlds/\n```\n") is None
    assert find_map(f"{MAP_HEADING}\n\n## Next\n```\nworlds/\n```\n") is None


def find_map(readme: str) -> str | None:
    """Return the first fenced block under the heading, before the next heading of its level."""
    section = re.search(rf"^{re.escape(MAP_HEADING)}\s*?\n(.*?)(?=^## |\Z)", readme, re.MULTILINE | re.DOTALL)
    block = section and re.search(r"^```[^\n]*\n(.*?)^```", section[1], re.MULTILINE | re.DOTALL)
    return block[1] if block else None


def split_by_package(house_map: str) -> dict[str, str]:
    """Return the lines of each package: from the line that begins with its name to the next package."""
    parts = re.split(rf"^\W*({'|'.join(PACKAGES)})/", house_map, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def rooms(package: Path) -> Iterator[str]:
    for path in sorted(package.iterdir()):
        if path.suffix == ".py" and not path.name.startswith("_"):
            yield path.name
        elif path.is_dir() and any(path.glob("*.py")):
            yield f"{path.name}/"


def names(text: str, room: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(room)}(?!\w)", text) is not None


# What an import loads


def test_worlds_loads_no_learning_library_and_no_window():
    assert not loaded_by("import worlds", {"torch", "pygame", "PIL", "transformers"})


@pytest.mark.skipif(not (ROOT / "social_rl/cli.py").exists(), reason="there is no command line yet")
def test_help_loads_nothing_heavy():
    show_help = (
        "from social_rl.cli import main\n"
        "sys.argv = ['social-rl', '--help']\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code"
    )
    assert not loaded_by(show_help, {"torch", "pygame", "numba", "transformers"})


def loaded_by(code: str, suspects: set[str]) -> set[str]:
    """Run code in a Python of its own and return which of the suspects it imported."""
    script = f"import sys\n{code}\nprint('LOADED', *sys.modules)"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return suspects & set(done.stdout.rpartition("LOADED")[2].split())


# What stays outside


def test_nothing_reads_or_writes_pickles():
    """But the cache of compiled rules: it is machine code, in a folder of the user's own, and runs anyway."""
    assert not [
        f"{path.relative_to(ROOT)}:{line} {what}"
        for path in sources()
        if path != ROOT / "worlds/compiler/cache.py"
        for line, what in pickles(path.read_text(encoding="utf-8"))
    ]


def test_a_pickle_is_noticed():
    assert list(pickles("import os, pickle")) == [(1, "pickle")]
    assert list(pickles("\nfrom cloudpickle import loads")) == [(2, "cloudpickle")]
    assert list(pickles("numpy.load(path, allow_pickle=True)")) == [(1, "allow_pickle=True")]
    assert list(pickles("load(path, trust_remote_code=yes)")) == [(1, "trust_remote_code=yes")]
    assert not list(pickles("numpy.load(path, allow_pickle=False)"))


def pickles(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and name of each import of a pickle module and each permission to run loaded code."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, a.name) for a in node.names if a.name.split(".")[0] in PICKLES)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            if node.module and node.module.split(".")[0] in PICKLES:
                yield node.lineno, node.module
        elif isinstance(node, ast.keyword) and node.arg in PERMISSIONS:
            value = ast.unparse(node.value)
            if value != "False":
                yield node.value.lineno, f"{node.arg}={value}"


def sources() -> Iterator[Path]:
    for folder in (*PACKAGES, "tests", "benchmarks"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def test_trap_17_nobody_draws_from_a_generator_of_everybody():
    """np.random.random() and its like depend on who drew before: generators are handed on as arguments."""
    everybodys = re.compile(r"\bnp\.random\.(?!default_rng\b|Generator\b)\w+|^(?:import|from) random\b", re.M)
    assert everybodys.findall("np.random.default_rng(0)\nnp.random.shuffle(x)") == ["np.random.shuffle"]
    found = {
        str(path.relative_to(ROOT)): everybodys.findall(path.read_text(encoding="utf-8"))
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
    }
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_every_package_is_typed():
    assert [package for package in PACKAGES if not (ROOT / package / "py.typed").exists()] == []


def test_loaders_with_known_holes_are_too_old_for_us():
    """CVE-2026-24747: torch before 2.10; CVE-2026-4372: transformers before 5.3. Both ran what they loaded."""
    locked = dict(re.findall(r"^([\w-]+)==(\d+\.\d+)", (ROOT / "constraints.txt").read_text(), re.MULTILINE))
    assert tuple(map(int, locked["torch"].split("."))) >= (2, 10)
    assert tuple(map(int, locked["transformers"].split("."))) >= (5, 3)


def test_each_known_defect_has_its_test():
    text = (ROOT / "docs/defects.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.endswith("| test |")]
    assert len(rows) > 30
    assert [row for row in rows if "::test_" not in row] == []
    missing = [
        f"{file}::{name}"
        for file, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text)
        if f"def {name}(" not in (ROOT / file).read_text(encoding="utf-8")
    ]
    assert missing == []
