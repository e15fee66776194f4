"""Is a file the old one or the new one, whatever fails while it is written?"""

import os

import pytest

from worlds.files import read_plain, replacing


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
