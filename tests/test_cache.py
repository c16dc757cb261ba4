"""The cache: it gives back what was put in, refuses places that others can write to, and survives whatever its file is."""

import os
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_scan import cache
from mlops_scan.cache import Cache
from mlops_scan.errors import ScanError
from mlops_scan.repository import marks


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cache").mkdir(mode=0o700)
    return tmp_path / "cache"


def test_what_was_put_in_comes_out_in_another_process_too(folder: Path) -> None:
    keys = [bytes([number, 1]) for number in range(256)] * 3
    first, second = Cache(folder / cache.FILE), Cache(folder / cache.FILE)
    first.put({key: key * 10 for key in keys})
    assert second.get([*keys, b"unknown"]) == {key: key * 10 for key in keys}
    assert second.info().entries == 256


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" + bytes(5000)])
def test_a_file_that_is_no_cache_is_made_anew(content: bytes, folder: Path) -> None:
    (folder / cache.FILE).write_bytes(content)
    made = Cache(folder / cache.FILE)
    made.put({b"key": b"value"})
    assert Cache(folder / cache.FILE).get([b"key"]) == {b"key": b"value"}


def test_a_database_of_another_program_is_made_anew(folder: Path) -> None:
    with sqlite3.connect(folder / cache.FILE) as other:
        other.execute("CREATE TABLE entry (key BLOB PRIMARY KEY, used INTEGER, data BLOB)")
        other.execute("INSERT INTO entry VALUES (?, 1, ?)", (b"key", b"evil"))
    other.close()
    assert Cache(folder / cache.FILE).get([b"key"]) == {}


@settings(deadline=None)
@given(st.integers(0, 40_000), st.integers(0, 255))
def test_a_damaged_entry_is_unknown(tmp_path_factory: pytest.TempPathFactory, at: int, value: int) -> None:
    path = tmp_path_factory.mktemp("damaged") / cache.FILE
    wanted = {b"%d" % number: b"facts of a file " * 100 for number in range(20)}
    whole = Cache(path)
    whole.put(wanted)
    whole.close()
    content = bytearray(path.read_bytes())
    content[at % len(content)] = value
    path.write_bytes(content)
    found = Cache(path).get(wanted)
    assert found.items() <= wanted.items()


def test_the_longest_unused_make_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "LARGEST", 300_000)
    monkeypatch.setattr(cache.time, "time", lambda: 0)
    full = Cache(folder / cache.FILE)
    full.put({b"old%d" % number: bytes(10_000) for number in range(20)})
    monkeypatch.setattr(cache.time, "time", lambda: 10 * 86_400)
    full.put({b"new%d" % number: bytes(10_000) for number in range(20)}, used=[b"old7"])
    old = full.get([b"old%d" % number for number in range(20)])
    assert old.keys() <= {b"old7"}
    assert len(full.get([b"new%d" % number for number in range(20)])) >= 19
    assert full.info().size < 600_000


def test_a_cache_that_another_scan_holds_is_left_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Cache(folder / cache.FILE)
    first.put({b"key": b"value"})
    assert first._connection is not None
    first._connection.execute("BEGIN EXCLUSIVE")
    monkeypatch.setattr(cache, "_SECONDS", 0.01)
    second = Cache(folder / cache.FILE)
    assert (second.works, second.get([b"key"])) == (False, {})
    first._connection.execute("COMMIT")
    assert Cache(folder / cache.FILE).get([b"key"]) == {b"key": b"value"}


def test_a_disk_that_fails_costs_only_the_cache(folder: Path) -> None:
    made = Cache(folder / cache.FILE)
    made.put({b"key": b"value"})
    assert made._connection is not None
    made._connection.execute("PRAGMA max_page_count = 1")
    made.put({b"large": bytes(1_000_000)})
    assert made.get([b"large"]) == {}


def test_a_folder_that_cannot_be_written_is_no_cache(tmp_path: Path) -> None:
    made = Cache(tmp_path / "not" / "there" / cache.FILE)
    made.put({b"key": b"value"})
    assert made.get([b"key"]) == {}


def test_a_cache_lies_in_no_scanned_tree_behind_no_link_and_open_to_nobody(folder: Path, tmp_path: Path) -> None:
    assert cache.place(folder, tmp_path / "tree") == folder / cache.FILE
    (tmp_path / "link").symlink_to(folder)
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    for bad, why in (("link", "is a link"), ("open", "written by others"), ("cache", "in the scanned tree")):
        with pytest.raises(ScanError, match=why):
            cache.place(tmp_path / bad, tmp_path if bad == "cache" else tmp_path / "tree")
    (folder / cache.FILE).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ScanError, match="is a link"):
        cache.place(folder, tmp_path / "tree")


def test_the_users_own_folder_is_used_unless_it_will_not_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_own_folder", lambda: folder)
    assert cache.place(None, folder / "tree") == folder / cache.FILE
    assert cache.place(None, folder) is None


def marked(root: Path) -> list[marks.Mark]:
    found = (root / "a.py").lstat()
    return [marks.of_file("a.py", found, (root / "a.py").read_bytes()), marks.of_folder(str(root), ""), marks.of_folder(str(root), "gone")]  # fmt: skip


LATER = 4_000_000_000_000_000_000  # in the year 2096: no time of a file can be racy


@pytest.mark.parametrize("made", [0, LATER], ids=["by digest", "by times"])
def test_a_tree_is_the_same_until_something_in_it_is_not(made: int, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    before = marked(tmp_path)
    assert before == marks.same(str(tmp_path), before, made)
    (tmp_path / "b.py").write_text("")
    assert before != marks.same(str(tmp_path), before, made)
    (tmp_path / "b.py").unlink()
    assert before == marks.same(str(tmp_path), before, made=0)
    (tmp_path / "a.py").write_text("x = 2\n")
    assert before != marks.same(str(tmp_path), before, made=0)
    (tmp_path / "a.py").write_text("x = 1\n")
    assert before == marks.same(str(tmp_path), before, made=0)
    (tmp_path / "gone").mkdir()
    assert not marks.same(str(tmp_path), before[2:], made=0)


def test_a_change_that_leaves_size_and_times_is_seen_while_it_could_be_one(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    before = marked(tmp_path)
    times = (tmp_path / "a.py").stat()
    (tmp_path / "a.py").write_text("x = 2\n")
    os.utime(tmp_path / "a.py", ns=(times.st_atime_ns, times.st_mtime_ns))
    assert before != marks.same(str(tmp_path), before, made=times.st_mtime_ns)


def test_a_file_that_became_a_link_is_not_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    before = marked(tmp_path)
    (tmp_path / "a.py").rename(tmp_path.parent / "outside.py")
    (tmp_path / "a.py").symlink_to(tmp_path.parent / "outside.py")
    assert before != marks.same(str(tmp_path), before, made=0)
