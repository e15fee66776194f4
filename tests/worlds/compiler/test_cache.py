"""Is compiled code found again, and what if the cache is damaged, foreign, full, or nowhere?"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from worlds.compiler import cache
from worlds.compiler.cache import KEPT, SUFFIX, damaged, drop_oldest, read, write
from worlds.compiler.compile import COMPILED

needs_compiler = pytest.mark.skipif(not COMPILED, reason="rules run as plain Python")
TWICE = """
from worlds.compiler.compile import entry

@entry
def twice(x):
    return x + x

print(twice(21))
"""


def run(folder: object, **environment: str) -> tuple[str, str]:
    """What a program that needs one compiled function says, and what it says of compilation."""
    done = subprocess.run(
        [sys.executable, "-c", TWICE],
        env={**os.environ, "SOCIAL_RL_QUIET": "0", "SOCIAL_RL_CACHE": str(folder), **environment},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout, done.stderr


@needs_compiler
def test_compilation_is_announced_and_happens_once(tmp_path):
    said, heard = run(tmp_path)
    assert said == "42\n"
    assert heard.startswith(
        "Compiling rules; they are kept, so this takes its time only once:\n  __main__.twice ... "
    )
    assert run(tmp_path) == ("42\n", "")


@needs_compiler
def test_quiet_is_quiet(tmp_path):
    assert run(tmp_path, SOCIAL_RL_QUIET="1") == ("42\n", "")


@needs_compiler
@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b"not ours" * 99])
def test_damaged_code_is_compiled_anew(tmp_path, damage):
    run(tmp_path)
    (path,) = (tmp_path / "compiled").glob(f"__main__.twice-*{SUFFIX}")
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert list(damaged(tmp_path / "compiled")) == [path]
    said, heard = run(tmp_path)
    assert (said, "twice" in heard) == ("42\n", True)
    assert not list(damaged(tmp_path / "compiled"))
    assert run(tmp_path) == ("42\n", "")


def test_a_file_cut_at_any_byte_or_changed_is_not_read(tmp_path):
    path = tmp_path / "rule"
    write(path, b"machine code")
    whole = path.read_bytes()
    assert read(path) == b"machine code"
    for at in range(len(whole)):
        path.write_bytes(whole[:at])
        assert read(path) is None
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert read(path) is None
    assert read(tmp_path / "none") is None


def test_versions_not_used_for_long_are_dropped(tmp_path):
    paths = [tmp_path / f"worlds.kernels.advance-{i:04}{SUFFIX}" for i in range(KEPT + 2)]
    other = tmp_path / f"worlds.kernels.advance_all-0{SUFFIX}"
    for i, path in enumerate([*paths, other]):
        write(path, b"code")
        os.utime(path, (i, i))
    assert read(paths[0]) == b"code"  # used just now
    drop_oldest(tmp_path, "worlds.kernels.advance")
    assert [path for path in paths if not path.exists()] == paths[1:3]
    assert other.exists()


# ---- the folder -----------------------------------------------------------------------------------------
@pytest.fixture
def temporary(tmp_path, monkeypatch) -> Path:
    """Where temporary folders are made."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(cache.tempfile, "tempdir", str(folder))
    for name in ("SOCIAL_RL_CACHE", "SOCIAL_RL_QUIET", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    return folder


def folder() -> Path:
    return cache.cache_folder.__wrapped__()


def test_the_folder_is_where_the_user_says(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.delenv("SOCIAL_RL_CACHE", raising=False)
    assert folder() == tmp_path / "xdg" / "social-rl" / "compiled"
    monkeypatch.setenv("SOCIAL_RL_CACHE", str(tmp_path / "own"))
    assert folder() == tmp_path / "own" / "compiled"
    assert folder().stat().st_mode & 0o077 == 0
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("SOCIAL_RL_CACHE", "~/mine")
    assert folder() == tmp_path / "mine" / "compiled"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder in which nobody can write")
@pytest.mark.parametrize("name", ["HOME", "XDG_CACHE_HOME", "SOCIAL_RL_CACHE"])
def test_where_nothing_can_be_written_a_temporary_folder_serves(temporary, monkeypatch, capsys, name):
    monkeypatch.setenv(name, "/proc/nowhere")
    found = folder()
    assert found.parent == temporary
    assert found.stat().st_mode & 0o077 == 0
    assert "set SOCIAL_RL_CACHE to a folder of your own" in capsys.readouterr().err
    assert folder() == found  # so that what is compiled now is found the next time


def test_a_read_only_folder_is_left_alone(temporary, tmp_path, monkeypatch, capsys):
    def refuse(dir: Path) -> None:
        raise PermissionError(f"no entry: {dir}")

    monkeypatch.setenv("SOCIAL_RL_CACHE", str(tmp_path / "kept"))
    monkeypatch.setattr(cache.tempfile, "TemporaryFile", refuse)
    assert folder().parent == temporary
    assert str(tmp_path / "kept") in capsys.readouterr().err


def test_without_a_home_no_folder_is_named_by_a_tilde(temporary, tmp_path, monkeypatch):
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    monkeypatch.chdir(tmp_path)
    assert folder().parent == temporary
    assert not (tmp_path / "~").exists()


def test_a_temporary_folder_of_somebody_else_is_not_used(temporary, monkeypatch):
    (temporary / f"social-rl-{os.getuid()}").mkdir(mode=0o777)
    (temporary / f"social-rl-{os.getuid()}").chmod(0o777)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    found = folder()
    assert found.parent == temporary
    assert found.name != f"social-rl-{os.getuid()}"


def test_a_file_in_place_of_the_folder_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SOCIAL_RL_CACHE", str(tmp_path / "file"))
    with pytest.raises(NotADirectoryError, match=r"file.*SOCIAL_RL_CACHE"):
        folder()


def test_code_that_somebody_else_compiled_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("SOCIAL_RL_CACHE", str(tmp_path))
    monkeypatch.setattr(os, "getuid", lambda: 4711)
    with pytest.raises(PermissionError, match="set SOCIAL_RL_CACHE to a folder of your own"):
        folder()


def test_systems_without_user_numbers_work(temporary, monkeypatch):
    monkeypatch.delattr(os, "getuid")
    monkeypatch.setenv("SOCIAL_RL_CACHE", str(temporary / "own"))
    assert folder() == temporary / "own" / "compiled"
    assert cache.temporary_folder().parent == temporary
