"""The directory is used like Alembic's own, and is Alembic's own where it has to be."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from alembic.script import Script, ScriptDirectory

from flask_migrate import alembic_compat
from flask_migrate.errors import HistoryError
from flask_migrate.revisions import load
from tests.history.folders import TELLTALE, Folder, shown
from tests.history.graphs import random_history

HISTORIES = 60


def write_random(folder: Folder, seed: int) -> None:
    """Fill a folder with a random history, of which one branch has a label.

    The order in which Alembic tells several labels of one revision depends on where it keeps them in memory.
    """
    for path in folder.versions.glob("*.py"):
        path.unlink()
    nodes = random_history(random.Random(f"disk {seed}"))
    ids = {label: node.revision for node in nodes for label in node.labels}
    kept = next(iter(ids), None)
    for node in nodes:
        folder.revision(
            node.revision,
            node.parents or None,
            labels=kept if kept in node.labels else None,
            dependencies=tuple(rev if rev == kept else ids.get(rev, rev) for rev in node.dependencies) or None,
        )


def test_histories_on_disk_read_the_same(folder: Folder, no_waiting: None) -> None:
    """Whatever the shape of a history, with and without the index, its texts and its order are Alembic's."""
    for seed in range(HISTORIES):
        write_random(folder, seed)
        stock = folder.stock()
        expected = (shown(stock), [str(rev) for rev in stock.walk_revisions()], stock.get_heads(), stock.get_bases())
        for _ in range(2):
            ours = folder.ours()
            found = (shown(ours), [str(rev) for rev in ours.walk_revisions()], ours.get_heads(), ours.get_bases())
            assert found == expected


def test_a_revision_can_be_written(folder: Folder) -> None:
    """A new file follows the head, and is in the history at once and in the next command."""
    folder.line("aa11", body=TELLTALE)
    script = folder.ours()
    written = script.generate_revision("bb22", "add users", branch_labels="users", depends_on=None)
    assert isinstance(written, Script)
    assert Path(written.path) == folder.versions / "bb22_add_users.py"
    assert [rev.revision for rev in script.walk_revisions()] == ["bb22", "aa11"]
    assert script.get_revision("users@head") is written
    assert folder.ran() == []
    assert [(rev.revision, rev.doc, rev.branch_labels) for rev in folder.ours().walk_revisions()] == [
        ("bb22", "add users", {"users"}),
        ("aa11", "make aa11", {"users"}),
    ]


def test_a_revision_can_be_written_into_an_empty_history(folder: Folder) -> None:
    """The first revision has no parents; its steps run at once."""
    script = folder.ours()
    script.generate_revision("aa11", "begin")
    script.generate_revision("bb22", "go on")
    steps = alembic_compat.upgrade_steps(script, "heads", ())
    assert [step.migration_fn() for step in steps] == [None, None]
    assert [str(step) for step in steps] == ["upgrade  -> aa11, begin", "upgrade aa11 -> bb22, go on"]


def test_a_template_that_makes_no_python_is_named(folder: Folder) -> None:
    """The file that came out wrong is named, with its line."""
    (folder.path / "script.py.mako").write_text("revision = ${repr(up_revision)}\ndown_revision = )\n")
    with pytest.raises(HistoryError) as caught:
        folder.ours().generate_revision("aa11", "begin")
    assert caught.value.message == (
        "The revision file migrations/versions/aa11_begin.py, line 2, can't be used: unmatched ')'."
    )


def test_the_directory_is_one_of_alembic(folder: Folder) -> None:
    """Settings of alembic.ini arrive as they do with Alembic's own class."""
    script = folder.ours(file_template="%%(year)d_%%(slug)s", timezone="UTC", truncate_slug_length="5")
    assert isinstance(script, ScriptDirectory)
    assert (script.file_template, script.timezone, script.truncate_slug_length) == ("%(year)d_%(slug)s", "UTC", 5)
    assert (script.dir, script.versions) == (str(folder.path), str(folder.versions))


def test_names_that_are_gone_lead_to_alembics_own(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A release of Alembic without one of the private names is used as it is."""
    folder.line("aa11", "bb22", body=TELLTALE)
    assert alembic_compat.supports_history()
    monkeypatch.setattr(
        alembic_compat, "_HISTORY_NAMES", (*alembic_compat._HISTORY_NAMES, (ScriptDirectory, "_a_name_that_is_gone"))
    )
    assert not alembic_compat.supports_history()
    script = load(folder.config())
    assert type(script) is ScriptDirectory
    assert script.get_heads() == ["bb22"]
    assert folder.ran() == ["aa11_make.py", "bb22_make.py"]
