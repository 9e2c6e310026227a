"""The index saves reading, never changes an answer, and harms nobody when it is damaged or can't be written."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from pathlib import Path

import pytest

from flask_migrate.revisions import directory as directory_module
from flask_migrate.revisions import index as index_module
from flask_migrate.revisions import reading as reading_module
from flask_migrate.revisions.reading import Stamp
from tests.history.folders import Folder, shown, wait_for_tick


@pytest.fixture
def read_files(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were read, as it happens."""
    names: list[str] = []
    read = directory_module.read_header

    def note(path: str) -> object:
        names.append(os.path.basename(path))
        return read(path)

    monkeypatch.setattr(directory_module, "read_header", note)
    return names


def test_a_file_is_read_once(folder: Folder, no_waiting: None, read_files: list[str]) -> None:
    """The second time the headers come from the index, and say the same."""
    folder.line("aa11", "bb22")
    wait_for_tick(folder.path)
    first, second = shown(folder.ours()), shown(folder.ours())
    assert read_files == ["aa11_make.py", "bb22_make.py"]
    assert first == second == shown(folder.stock())


def test_only_what_is_new_is_read(folder: Folder, no_waiting: None, read_files: list[str]) -> None:
    """A new file, and one that was edited, are read; the others are not."""
    folder.line("aa11", "bb22", "cc33")
    wait_for_tick(folder.path)
    shown(folder.ours())
    read_files.clear()
    folder.revision("bb22", "aa11", message="edited")
    folder.revision("dd44", "cc33")
    (folder.versions / "aa11_make.py").touch()
    assert shown(folder.ours()) == shown(folder.stock())
    assert read_files == ["aa11_make.py", "bb22_make.py", "dd44_make.py"]


@pytest.fixture
def slow_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system whose clock ticks every two seconds."""

    def stamp_of(status: os.stat_result) -> Stamp:
        tick = 2 * 10**9
        return (
            status.st_size,
            status.st_mtime_ns // tick * tick,
            status.st_ctime_ns // tick * tick,
            status.st_ino,
        )

    monkeypatch.setattr(directory_module, "stamp_of", stamp_of)
    monkeypatch.setattr(reading_module, "stamp_of", stamp_of)


def test_a_file_that_was_just_written_is_not_trusted(folder: Folder, slow_clock: None) -> None:
    """A file that is edited twice within one tick of the clock is never taken for its first state."""
    ids = [f"{number:04x}" for number in range(20)]
    found = []
    for revision in ids:
        folder.revision(revision, name="x.py")
        found += folder.ours().get_heads()
    assert found == ids


def test_a_file_that_was_left_alone_is_trusted(folder: Folder, read_files: list[str]) -> None:
    """Two seconds after its last change a file enters the index, and not before."""
    folder.line("aa11")
    shown(folder.ours())
    assert not folder.index().exists()
    moment = (folder.versions / "aa11_make.py").stat().st_ctime_ns
    stamp = (0, moment, moment, 0)
    assert not index_module.is_settled(stamp, moment + 1_999_999_999)
    assert index_module.is_settled(stamp, moment + 2_000_000_000)
    assert not index_module.is_settled((0, moment + 1, moment, 0), moment + 2_000_000_000)


@pytest.mark.parametrize("way", ["in place", "by another file"])
def test_size_and_time_may_be_the_same(folder: Folder, no_waiting: None, way: str) -> None:
    """A file with the old size and time but another content is read, as after 'cp -p' or 'git checkout'."""
    path = folder.revision("aa11", name="x.py")
    os.utime(path, ns=(10**18, 10**18))
    wait_for_tick(folder.path)
    before = folder.ours().get_heads()
    assert folder.index().exists()
    wait_for_tick(folder.path)
    if way == "in place":
        path.write_bytes(path.read_bytes().replace(b"aa11", b"bb22"))
    else:
        other = folder.path / "other"
        other.write_bytes(path.read_bytes().replace(b"aa11", b"bb22"))
        os.replace(other, path)
    os.utime(path, ns=(10**18, 10**18))
    assert (before, folder.ours().get_heads()) == (["aa11"], ["bb22"])


def test_a_file_that_is_gone_is_gone(folder: Folder, no_waiting: None) -> None:
    """A deleted file is no longer in the history, and leaves the index when that is written next."""
    folder.line("aa11", "bb22")
    wait_for_tick(folder.path)
    shown(folder.ours())
    (folder.versions / "bb22_make.py").unlink()
    assert folder.ours().get_heads() == ["aa11"]
    folder.revision("cc33", "aa11")
    wait_for_tick(folder.path)
    assert folder.ours().get_heads() == ["cc33"]
    assert b"bb22" not in folder.index().read_bytes()


def damaged(content: bytes) -> dict[str, bytes]:
    """An index after some accidents."""
    return {
        "empty": b"",
        "cut off": content[: len(content) // 2],
        "longer": content + b"x",
        "a bit is wrong": content[:-9] + bytes([content[-9] ^ 1]) + content[-8:],
        "another make": b"flask-migrate history index 0 other\n" + content,
        "text": b"nothing of the kind\n" * 50,
        "zeros": bytes(len(content)),
    }


@pytest.mark.parametrize("accident", list(damaged(b"0123456789")))
def test_a_damaged_index_is_written_again(
    folder: Folder, no_waiting: None, read_files: list[str], accident: str
) -> None:
    """An index that is damaged or foreign is as good as none."""
    folder.line("aa11", "bb22")
    wait_for_tick(folder.path)
    shown(folder.ours())
    content = folder.index().read_bytes()
    folder.index().write_bytes(damaged(content)[accident])
    read_files.clear()
    assert shown(folder.ours()) == shown(folder.stock())
    assert read_files == ["aa11_make.py", "bb22_make.py"]
    assert folder.index().read_bytes() == content


def test_an_index_may_be_no_file(folder: Folder, no_waiting: None) -> None:
    """A folder in the place of the index is left alone."""
    folder.line("aa11")
    wait_for_tick(folder.path)
    shown(folder.ours())
    index = folder.index()
    index.unlink()
    index.mkdir()
    assert folder.ours().get_heads() == ["aa11"]
    assert folder.index().is_dir()


def test_a_folder_may_be_read_only(folder: Folder, no_waiting: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no bytecode folder can be made, or nothing be written into it, the history is read all the same."""
    folder.line("aa11")
    cache = folder.versions / "__pycache__"
    cache.touch()  # a file in the place of the folder refuses everybody, root included
    assert folder.ours().get_heads() == ["aa11"]
    cache.unlink()

    def refuse(*arguments: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "replace", refuse)
    assert folder.ours().get_heads() == ["aa11"]
    assert list(cache.iterdir()) == []


def test_nothing_is_written_where_python_writes_no_bytecode(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """PYTHONDONTWRITEBYTECODE holds for the index, too."""
    folder.line("aa11")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert folder.ours().get_heads() == ["aa11"]
    assert not (folder.versions / "__pycache__").exists()


def test_the_index_goes_where_bytecode_goes(
    folder: Folder, no_waiting: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PYTHONPYCACHEPREFIX moves the index away from the sources; its name tells the Python release."""
    folder.line("aa11")
    wait_for_tick(folder.path)
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "elsewhere"))
    assert folder.ours().get_heads() == ["aa11"]
    found = [path for path in (tmp_path / "elsewhere").rglob("*") if path.is_file()]
    assert [path.name for path in found] == [f"flask-migrate.{sys.implementation.cache_tag}.index"]
    assert not (folder.versions / "__pycache__").exists()


def test_each_folder_has_an_index(folder: Folder, no_waiting: None, read_files: list[str]) -> None:
    """With folders below the first one, each keeps what is known of its own files."""
    folder.revision("aa11")
    folder.revision("bb22", "aa11", name="below/bb22_make.py")
    wait_for_tick(folder.path)
    for _ in range(2):
        assert folder.ours(recursive_version_locations="true").get_heads() == ["bb22"]
    assert sorted(read_files) == ["aa11_make.py", "bb22_make.py"]
    indexes = sorted(path.parent.parent.name for path in folder.path.rglob("*.index"))
    assert indexes == ["below", "versions"]


def test_a_copied_folder_is_read_anew(folder: Folder, no_waiting: None, read_files: list[str], tmp_path: Path) -> None:
    """An index that came along with copied files says nothing of the copies."""
    folder.line("aa11")
    wait_for_tick(folder.path)
    shown(folder.ours())
    copy = Folder(tmp_path / "copy")
    shutil.copytree(folder.versions, copy.versions, dirs_exist_ok=True)
    wait_for_tick(copy.path)
    read_files.clear()
    assert copy.ours().get_heads() == ["aa11"]
    assert read_files == ["aa11_make.py"]


def test_an_error_leaves_no_draft(folder: Folder, no_waiting: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that is interrupted while it reads leaves nothing behind."""
    folder.line("aa11")

    def interrupt(path: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(directory_module, "read_header", interrupt)
    with pytest.raises(KeyboardInterrupt):
        folder.ours().get_heads()
    assert list((folder.versions / "__pycache__").iterdir()) == []


def test_many_may_read_at_once(folder: Folder, no_waiting: None) -> None:
    """Readers that write the index at the same time don't disturb each other."""
    folder.line(*(f"{number:04x}" for number in range(30)))
    wait_for_tick(folder.path)
    found: list[list[str]] = []

    def read() -> None:
        for _ in range(5):
            found.append(folder.ours().get_heads())
            folder.index().unlink(missing_ok=True)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [["001d"]] * 20
    assert folder.ours().get_heads() == ["001d"]
    assert folder.index().exists()


def test_a_file_that_is_being_written_is_read_again(folder: Folder) -> None:
    """While an editor empties and fills a file, a reader sees it as it was or as it will be."""
    contents = [folder.revision(revision, name="x.py").read_bytes() for revision in ("aa11", "bb22")]
    path, stop = folder.versions / "x.py", threading.Event()

    def edit() -> None:
        while not stop.is_set():
            for content in contents:
                path.write_bytes(b"")
                time.sleep(0.002)
                path.write_bytes(content)
                time.sleep(0.002)

    editor = threading.Thread(target=edit)
    editor.start()
    try:
        found = [folder.ours().get_heads() for _ in range(50)]
    finally:
        stop.set()
        editor.join()
    assert {revision for heads in found for revision in heads} <= {"aa11", "bb22"}
    assert all(len(heads) == 1 for heads in found)
