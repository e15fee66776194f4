"""Is a file the old one or the new one, whatever fails while it is written?"""

import os

import pytest

from worlds.files import new_folder, read_json_object, read_plain, remove_folder, replacing, write_synced


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
