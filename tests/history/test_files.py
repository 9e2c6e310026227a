"""The files of a history are found where Alembic finds them, in the same order."""

from __future__ import annotations

import importlib.util
import os
import py_compile
import re
import shutil
import subprocess
import sys
import typing as t
import warnings
from pathlib import Path

import pytest

from flask_migrate.errors import HistoryError
from tests.history.folders import Folder, shown


def same(folder: Folder, **options: str) -> list[str]:
    """The ids of the revisions, found by both in the same order and with the same paths."""
    ours = shown(folder.ours(**options))
    assert ours == shown(folder.stock(**options))
    return [script[0] for script in ours]


def test_the_order_is_that_of_the_names(folder: Folder) -> None:
    """Files are read by name, whatever their revisions are."""
    for name, revision in [("b", "aa11"), ("B", "bb22"), ("a_2", "cc33"), ("a1", "dd44"), ("ä", "ee55")]:
        folder.revision(revision, name=f"{name}.py")
    assert same(folder) == ["bb22", "dd44", "cc33", "aa11", "ee55"]


def test_what_is_no_revision_file_is_passed_over(folder: Folder) -> None:
    """Lock files of editors, packages, texts, folders and bytecode are no revisions."""
    folder.line("aa11")
    for name in (".#aa11_make.py", "__init__.py", "__init__x.py", "README", "notes.txt", "x.pyc", "x.py~", "x.PY"):
        folder.write(name, "not python")
    (folder.versions / "folder.py").mkdir()
    assert same(folder) == ["aa11"]


def test_odd_names(folder: Folder) -> None:
    """A file may be called anything that ends in .py."""
    for number, name in enumerate(["it's", "100%", "a b", "ünï", "a.b.c", "-", "class", "_aa"]):
        folder.revision(f"{number:04x}", name=f"{name}.py", message=name)
    assert sorted(same(folder)) == [f"{number:04x}" for number in range(8)]
    for script in folder.ours().walk_revisions():
        assert script.module.upgrade() is None


def test_folders_below(folder: Folder) -> None:
    """With recursive_version_locations, folders below are looked into, by name, bytecode and links to folders not."""
    folder.revision("aa11", name="z.py")
    folder.revision("bb22", "aa11", name="2024/b.py")
    folder.revision("cc33", "bb22", name="2023/deep/c.py")
    folder.revision("dd44", "cc33", name="2023/d.py")
    folder.revision("ee55", name="__pycache__/e.py")
    (folder.versions / "link").symlink_to(folder.versions / "2023", target_is_directory=True)
    assert same(folder) == ["aa11"]
    (folder.versions / "z.py").unlink()
    folder.revision("aa11", name="z.py")
    assert same(folder, recursive_version_locations="true") == ["aa11", "dd44", "cc33", "bb22"]


def test_several_locations(folder: Folder) -> None:
    """Several version locations are read one after the other; one that does not exist is passed over."""
    folder.revision("aa11")
    folder.revision("bb22", "aa11", name="../more/b.py")
    places = os.pathsep.join(str(folder.path / name) for name in ("more", "absent", "versions"))
    assert same(folder, version_locations=places, path_separator="os") == ["bb22", "aa11"]


def test_a_location_that_is_named_twice(folder: Folder) -> None:
    """A file that is reached twice counts once, and the warning is Alembic's."""
    path = folder.revision("aa11")
    places = os.pathsep.join([str(folder.versions), str(folder.versions / ".." / "versions")])
    options = {"version_locations": places, "path_separator": "os"}
    text = f"File {path} loaded twice! ignoring. Please ensure version_locations is unique."
    for open_folder in (folder.ours, folder.stock):
        with pytest.warns(UserWarning, match=f"^{re.escape(text)}$"):
            assert [script[0] for script in shown(open_folder(**options))] == ["aa11"]


def test_links_to_files(folder: Folder) -> None:
    """A link counts as the file that it leads to, under that file's name."""
    folder.revision("aa11", name="../stored/aa11_make.py")
    folder.revision("bb22", "aa11", name="../stored/bb22.txt")
    (folder.versions / "other.py").symlink_to(folder.path / "stored" / "aa11_make.py")
    (folder.versions / "link.py").symlink_to(folder.path / "stored" / "bb22.txt")
    assert same(folder) == ["aa11"]


def test_a_link_that_leads_nowhere_is_named(folder: Folder) -> None:
    """A link to a file that is not there may be a head that nobody knows."""
    folder.line("aa11")
    (folder.versions / "gone.py").symlink_to(folder.path / "nowhere.py")
    with pytest.raises(HistoryError) as caught:
        folder.ours().get_heads()
    assert caught.value.message == (
        "The revision file migrations/versions/gone.py can't be used: it is a link to a file that is not there."
    )


def test_a_folder_that_is_not_there_is_empty(folder: Folder) -> None:
    """Without a folder 'versions' there are no revisions yet."""
    folder.versions.rmdir()
    assert same(folder) == []
    folder.versions.touch()
    assert same(folder) == []


def test_a_folder_that_can_not_be_read_is_named(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without the right to read it is an error, not an empty history."""

    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied")

    script = folder.ours()
    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(HistoryError) as caught:
        script.get_heads()
    assert str(caught.value) == (
        "The folder migrations/versions of the revision files can't be read (Permission denied).\n"
        "Allow the user that runs the command to read it."
    )


def test_a_package_resource(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder may be named by a package, as 'package:folder'."""
    folder.line("aa11")
    (folder.path / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(folder.path.parent))
    assert same(
        folder, script_location="migrations:.", version_locations="migrations:versions", path_separator="space"
    ) == ["aa11"]


def compiled(folder: Folder, name: str, *, beside: bool, optimize: int = -1) -> None:
    """Put a file's bytecode where it belongs, or beside it, and remove the file."""
    source = folder.versions / name
    target = str(source) + "c" if beside else importlib.util.cache_from_source(str(source), optimization="")
    py_compile.compile(str(source), target, doraise=True, optimize=optimize)
    source.unlink()


@pytest.mark.parametrize("beside", [True, False])
def test_bytecode_without_sources(folder: Folder, beside: bool) -> None:
    """With 'sourceless', bytecode counts where the source is gone, be it beside it or in __pycache__."""
    folder.line("aa11", "bb22", "cc33")
    folder.write("notes.txt", "x")
    for name in ("aa11_make.py", "bb22_make.py"):
        compiled(folder, name, beside=beside)
    ours = folder.ours(sourceless="true")
    assert sorted(shown(ours)) == sorted(shown(folder.stock(sourceless="true")))
    assert [script.revision for script in ours.walk_revisions()] == ["cc33", "bb22", "aa11"]
    assert ours.get_revision("aa11").module.upgrade() is None


def test_bytecode_beside_its_source(folder: Folder) -> None:
    """Where there is a source, its bytecode does not count."""
    path = folder.revision("aa11")
    py_compile.compile(str(path), str(path) + "c", doraise=True)
    py_compile.compile(str(path), doraise=True)
    assert same(folder, sourceless="true") == ["aa11"]


def test_bytecode_of_two_releases(folder: Folder) -> None:
    """Of the bytecode that two releases of Python left, that of the running one counts."""
    path = folder.revision("aa11")
    own = Path(py_compile.compile(str(path), doraise=True))
    shutil.copy(own, own.with_name("aa11_make.cpython-27.pyc"))
    own.with_name("aa11_make.cpython-26.pyc").write_bytes(b"not for this release")
    path.unlink()
    assert folder.ours(sourceless="true").get_heads() == ["aa11"]


def test_both_can_use_one_folder(folder: Folder, no_waiting: None) -> None:
    """A project can go back to plain Alembic: the index does not disturb it, even where bytecode counts."""
    folder.line("aa11", "bb22")
    shown(folder.ours(sourceless="true"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert folder.stock(sourceless="true").get_heads() == ["bb22"]


def test_a_plain_process_can_read_it(folder: Folder, tmp_path: Path) -> None:
    """The history opens in a process of its own, with a relative folder."""
    folder.line("aa11")
    code = (
        "from alembic.config import Config\nfrom flask_migrate.revisions import load\n"
        "config = Config()\nconfig.set_main_option('script_location', 'migrations')\nprint(load(config).get_heads())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "['aa11']\n"


def test_the_search_path_is_extended_as_by_alembic(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """'prepend_sys_path' lets revision files import the project's modules."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    (folder.path / "own_helper_of_the_project.py").write_text("VALUE = 5\n")
    folder.revision("aa11", body="from own_helper_of_the_project import VALUE\n")
    script = folder.ours(prepend_sys_path=str(folder.path), path_separator="os").get_revision("head")
    module: t.Any = script.module
    assert module.VALUE == 5
