"""Every command works in a folder that an earlier release made, with nothing in it edited."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.legacy.old_folders import (
    CATALOGUE,
    FOLDERS,
    REPRESENTATIVES,
    TABLES,
    OldProject,
    alembic_history,
    columns,
    operations,
    run_sql,
)

# env.py files of several databases call Table.tometadata(), which SQLAlchemy has renamed.
pytestmark = pytest.mark.filterwarnings(r"ignore:.*tometadata:DeprecationWarning")


class Commands:
    """What has to work with every old folder, whatever the engine."""

    def test_upgrade(self, old: OldProject) -> None:
        """The old scripts make the tables of every bind and record their head there; a second upgrade adds nothing."""
        old.db("upgrade")
        old.db("upgrade")
        assert {bind: old.tables(bind) for bind in old.folder.binds} == {
            bind: TABLES[bind] for bind in old.folder.binds
        }
        assert [old.versions(bind) for bind in old.folder.binds] == [[old.folder.head]] * len(old.folder.binds)

    def test_current(self, old: OldProject) -> None:
        """Every bind is told to be at the head, in Alembic's words."""
        assert old.folder.head not in old.db("current")
        old.db("upgrade")
        lines = [line for line in old.db("current").splitlines() if old.folder.head in line]
        merge = " (mergepoint)" if "merged" in old.folder.name else ""
        places = [line.rpartition(" [") for line in lines] if len(old.folder.binds) > 1 else [(line,) for line in lines]
        assert [place[0] for place in places] == [f"{old.folder.head} (head){merge}"] * len(old.folder.binds)

    def test_history(self, old: OldProject) -> None:
        """The history is printed as Alembic prints it."""
        assert old.db("history") == alembic_history(old.project.folder / "migrations")

    def test_migrate(self, old: OldProject) -> None:
        """One more column in each model is one more operation for its bind, and the script runs both ways."""
        old.db("upgrade")
        before = {bind: {table: old.columns(bind, table) for table in TABLES[bind]} for bind in old.folder.binds}
        old.add_columns()
        script = old.new_script("-m", "One more column")
        assert script is not None
        assert script.name.endswith("_one_more_column.py")
        if old.folder.is_multi:
            assert operations(script, "upgrade_") == ["add_column nickname"]
            assert operations(script, "downgrade_") == ["drop_column nickname"]
            assert operations(script, "upgrade_audit") == ["add_column place"]
            assert operations(script, "downgrade_audit") == ["drop_column place"]
        else:
            assert operations(script, "upgrade") == ["add_column nickname"]
            assert operations(script, "downgrade") == ["drop_column nickname"]
        old.db("upgrade")
        assert old.columns("", "user") == [*before[""]["user"], "nickname"]
        if old.folder.is_multi:
            assert old.columns("audit", "entry") == [*before["audit"]["entry"], "place"]
        old.db("downgrade")
        after = {bind: {table: old.columns(bind, table) for table in TABLES[bind]} for bind in old.folder.binds}
        assert after == before

    def test_migrate_without_changes(self, old: OldProject) -> None:
        """Models that the database already fits make no script, and Alembic's sentence says why."""
        old.db("upgrade")
        before = old.project.versions()
        result = old.project.ok("db", "migrate")
        assert old.project.versions() == before
        assert result.stderr.count("No changes in schema detected.") == 1, str(result)

    def test_migrate_from_nothing(self, old: OldProject) -> None:
        """With the old scripts removed, the first one makes the tables of every bind."""
        for path in old.project.versions():
            path.unlink()
        script = old.new_script()
        assert script is not None
        default = "upgrade_" if old.folder.is_multi else "upgrade"
        assert sorted(operations(script, default)) == [
            "create_index ix_user_email",
            "create_table post",
            "create_table user",
        ]
        if old.folder.is_multi:
            assert operations(script, "upgrade_audit") == ["create_table entry"]
        old.db("upgrade")
        assert {bind: old.tables(bind) for bind in old.folder.binds} == {
            bind: TABLES[bind] for bind in old.folder.binds
        }

    def test_downgrade(self, old: OldProject) -> None:
        """The old scripts take everything away again, one step and then all; upgrading again restores it."""
        old.db("upgrade")
        old.db("downgrade", *old.folder.before_head)
        assert all(old.versions(bind) != [old.folder.head] for bind in old.folder.binds)
        old.db("downgrade", "base")
        assert [old.tables(bind) for bind in old.folder.binds] == [frozenset()] * len(old.folder.binds)
        assert [old.versions(bind) for bind in old.folder.binds] == [[]] * len(old.folder.binds)
        old.db("upgrade")
        assert [old.tables(bind) for bind in old.folder.binds] == [TABLES[bind] for bind in old.folder.binds]

    def test_upgrade_sql(self, old: OldProject, make_url: Callable[[], str]) -> None:
        """The printed SQL makes the tables in an empty database, and nothing is touched meanwhile."""
        output = old.db("upgrade", "--sql")
        assert [old.tables(bind) for bind in old.folder.binds] == [frozenset()] * len(old.folder.binds)
        for bind in old.folder.binds:
            name = old.folder.offline_files.get(bind)
            url = make_url()
            run_sql(url, old.project.read(name) if name else output)
            expected = {"": ("user", ["id", "name", "email"]), "audit": ("entry", ["id", "message", "actor"])}
            table, names = expected[bind]
            assert columns(url, table) == names
            rows = old.project.sql(url, f"SELECT version_num FROM {old.folder.version_table(bind)}")
            assert rows == [(old.folder.head,)]

    def test_check(self, old: OldProject) -> None:
        """``check`` passes while models and databases agree, and fails when a column is missing."""
        old.db("upgrade")
        assert "No new upgrade operations detected." in old.db("check")
        old.add_columns()
        result = old.project.fails("db", "check")
        assert "nickname" in result.stderr

    def test_stamp(self, old: OldProject) -> None:
        """``stamp`` records the head in every bind and makes no table; ``stamp base`` takes it back."""
        old.db("stamp")
        assert [old.versions(bind) for bind in old.folder.binds] == [[old.folder.head]] * len(old.folder.binds)
        assert [old.tables(bind) for bind in old.folder.binds] == [frozenset()] * len(old.folder.binds)
        old.db("stamp", "base")
        assert [old.versions(bind) for bind in old.folder.binds] == [[]] * len(old.folder.binds)


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("folder", CATALOGUE, ids=str)
class TestEveryFolder(Commands):
    """All folders, on SQLite."""


@pytest.mark.engines("postgresql", "mariadb")
@pytest.mark.parametrize("folder", REPRESENTATIVES, ids=str)
class TestOnServers(Commands):
    """The oldest, a middle and the latest folder of each kind, on the servers."""


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("folder", REPRESENTATIVES, ids=str)
def test_as_a_process(old: OldProject) -> None:
    """As a command of its own, an upgrade tells its steps on standard error, and only there."""
    result = old.project.ok("db", "upgrade", process=True)
    first = next(path for path in old.project.versions() if re.search("^Revises: (None)?$", path.read_text(), re.M))
    rev = first.name.partition("_")[0]
    title = first.read_text(encoding="utf-8").partition("\n")[0].strip('"')
    assert f"Running upgrade  -> {rev}, {title}\n" in result.stderr
    assert result.stdout == ""
    assert old.tables("") == TABLES[""]


def test_catalogue_lists_every_folder() -> None:
    """A folder that is not in the catalogue would never be tested."""
    assert sorted(folder.name for folder in CATALOGUE) == sorted(path.name for path in FOLDERS.iterdir())


def test_heads_are_those_of_the_folders() -> None:
    """The head in the catalogue is the one that Alembic finds in the folder."""
    for folder in CATALOGUE:
        assert f" -> {folder.head} (head)" in alembic_history(FOLDERS / folder.name).partition("\n")[0]
