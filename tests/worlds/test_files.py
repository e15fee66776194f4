"""Is a file the old one or the new one, whatever fails while it is written?"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from worlds.files import (
    add_text,
    new_folder,
    packed,
    read_json_object,
    read_plain,
    read_unpacked,
    remove_folder,
    replacing,
    write_synced,
)


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "a.txt"
    for text in ("old", "new"):
        with replacing(path) as beside:
            beside.write_text(text)
            assert beside.suffix == ".txt" and beside.parent == tmp_path
        assert path.read_text() == text
    assert [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize("call", ["fsync", "replace", "open"])
def test_the_old_file_stays_when_a_call_fails(tmp_path, monkeypatch, call):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail(*_):
        raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"), replacing(path) as beside:
        beside.write_text("new")
        monkeypatch.setattr(os, call, fail)
    monkeypatch.undo()
    # The folder is opened last, when the new file has its name.
    assert path.read_text() == ("new" if call == "open" else "old") and [*tmp_path.iterdir()] == [path]


def test_lines_that_many_add_at_once_are_all_there(tmp_path):
    path = tmp_path / "a.txt"
    with ThreadPoolExecutor(4) as pool:
        for _ in pool.map(lambda n: add_text(path, f"{n}\n"), range(40)):
            pass
    assert sorted(map(int, path.read_text().split())) == [*range(40)]


def test_what_is_no_plain_file_or_too_large_is_not_read(tmp_path):
    (tmp_path / "a").write_bytes(b"12345")
    assert read_plain(tmp_path / "a", 5) == b"12345"
    with pytest.raises(ValueError, match="has 5 bytes, allowed are 4"):
        read_plain(tmp_path / "a", 4)
    with pytest.raises(ValueError, match="is no plain file"):
        read_plain(tmp_path, 4)
    with pytest.raises(FileNotFoundError):
        read_plain(tmp_path / "b", 4)


def test_a_folder_is_there_whole_or_not_at_all(tmp_path):
    with new_folder(tmp_path / "a") as beside:
        write_synced(beside / "b", b"1")
        assert not (tmp_path / "a").exists()
    assert (tmp_path / "a/b").read_bytes() == b"1"
    with pytest.raises(RuntimeError, match="on the way"), new_folder(tmp_path / "c") as beside:
        write_synced(beside / "b", b"1")
        raise RuntimeError("on the way")
    with pytest.raises(FileExistsError, match="is never overwritten"), new_folder(tmp_path / "a"):
        pass
    with pytest.raises(FileExistsError, match="is never overwritten"), new_folder(tmp_path / "d"):
        (tmp_path / "d").mkdir()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "d"]


def test_a_folder_that_is_removed_is_hidden_before_its_files_go(tmp_path, monkeypatch):
    with new_folder(tmp_path / "a") as beside:
        write_synced(beside / "b", b"1")

    def fail(*_, **__):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "unlink", fail)
    with pytest.raises(OSError, match="Input/output"):
        remove_folder(tmp_path / "a")
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("text", ["", "{", "[]", "5", "[" * 100_000, '{"a": ' + "9" * 5000 + "}", "\xff"])
def test_what_is_no_object_of_json_names_its_file(tmp_path, text):
    path = tmp_path / "a.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match=str(path)):
        read_json_object(path, 1 << 20)
    path.write_text('{"a": [1]}')
    assert read_json_object(path, 1 << 20) == {"a": [1]}


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_what_is_packed_by_name_is_unpacked_and_nothing_else_is(tmp_path, suffix):
    if suffix == ".zst":
        pytest.importorskip("zstandard", reason="there is no zstandard: pip install 'social-rl[zstd]'")
    path, text = tmp_path / f"lines{suffix}", b"the same line\n" * 200
    whole = packed(path, text)
    assert len(whole) < len(text) // 4 and whole == packed(path, text)
    path.write_bytes(whole)
    assert read_unpacked(path, len(text)) == text
    for damaged, most in ((whole, len(text) - 1), (whole[:-4], 9999), (whole + b"more", 9999), (text, 9999)):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=f"lines{suffix}"):
            read_unpacked(path, most)


def test_without_the_package_for_zst_it_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(ImportError, match=r"need the package zstandard.*or name the file .gz"):
        packed(tmp_path / "replay.jsonl.zst", b"x")
