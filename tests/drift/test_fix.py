"""``flask db drift --fix``: what was changed by hand becomes a revision, or is taken back."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.drift.changes import run
from tests.projects import APP, Project

THING = """

class Thing(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    a = db.Column(db.Integer)
"""
BY_HAND = [
    "ALTER TABLE thing ADD COLUMN b VARCHAR(10)",
    "CREATE TABLE other (id INTEGER NOT NULL PRIMARY KEY)",
    "CREATE VIEW seen AS SELECT id, a FROM thing",
    "CREATE INDEX ix_a ON thing (a)",
]


@pytest.fixture
def changed(project: Project) -> Project:
    """A project whose database was changed by hand and has rows."""
    project.append("app.py", THING)
    for command in ("init", "migrate", "upgrade"):
        project.ok("db", command)
    run(project.url, [*BY_HAND, "INSERT INTO thing (id, a, b) VALUES (1, 2, 'x')", "INSERT INTO other VALUES (1)"])
    return project


def rows(project: Project, query: str) -> list[tuple[object, ...]]:
    """The rows of a query."""
    engine = sa.create_engine(project.url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def test_as_a_revision(changed: Project, make_url: Callable[[], str]) -> None:
    """The database is stamped and untouched; another one gets the change by an upgrade; the way back works."""
    done = changed.ok("db", "drift", "--fix", "revision", "-m", "by the dba")
    (path,) = [path for path in changed.versions() if "by_the_dba" in path.name]
    revision = path.name.partition("_")[0]
    assert f"Stamped {revision}: this database has the change already" in done.stdout
    assert f"flask db stamp {revision}" in done.stderr
    assert rows(changed, "SELECT id, a, b FROM thing") == [(1, 2, "x")]
    changed.ok("db", "drift")
    changed.ok("db", "drift", "--replay")
    changed.ok("db", "downgrade")
    assert "seen" not in sa.inspect(sa.create_engine(changed.url)).get_view_names()
    assert rows(changed, "SELECT id, a FROM thing") == [(1, 2)]
    changed.ok("db", "upgrade")
    changed.ok("db", "drift", "--replay")
    changed.url = make_url()
    changed.ok("db", "upgrade")
    assert rows(changed, "SELECT id, a FROM seen") == []


def test_a_revision_needs_the_head(changed: Project) -> None:
    """Pending revisions come first, and then the change is found again; nothing is written before."""
    changed.ok("db", "revision", "-m", "pending")
    before = changed.versions()
    refused = changed.fails("db", "drift", "--fix", "revision")
    assert "a new revision would come after the pending ones" in refused.stderr
    assert changed.versions() == before
    changed.ok("db", "upgrade")
    changed.ok("db", "drift", "--fix", "revision", "--json")
    changed.ok("db", "drift")


def test_back_to_the_history(changed: Project) -> None:
    """First shown, in words and SQL; then refused where rows go; then done."""
    shown = changed.fails("db", "drift", "--fix", "database", code=4)
    assert "-- drop view seen\nDROP VIEW" in shown.stdout
    assert "-- loses table other with its rows (1 row)\n" in shown.stdout
    assert "Nothing was changed." in shown.stderr
    refused = changed.fails("db", "drift", "--fix", "database", "--yes", code=5)
    assert "column thing.b with its values (1 row)" in refused.stderr
    assert rows(changed, "SELECT b FROM thing") == [("x",)]
    done = changed.ok("db", "drift", "--fix", "database", "--yes", "--allow-destructive")
    assert done.stdout.endswith("Done: the database is what its history makes again.\n")
    assert rows(changed, "SELECT * FROM thing") == [(1, 2)]
    changed.ok("db", "drift")
    changed.ok("db", "drift", "--fix", "database", "--yes")


def test_what_keeps_all_rows_needs_no_more(changed: Project) -> None:
    """Without the table and the column, nothing is lost: --yes is enough."""
    run(changed.url, ["DROP TABLE other", "ALTER TABLE thing DROP COLUMN b"])
    found = json.loads(changed.fails("db", "drift", "--fix", "database", "--json", code=4).stdout)
    (target,) = found["targets"]
    assert (found["is_applied"], target["losses"], target["impossible"]) == (False, [], [])
    assert any("ix_a" in step["sql"] for step in target["steps"])
    assert json.loads(changed.ok("db", "drift", "--fix", "database", "--yes", "--json").stdout)["is_applied"] is True
    changed.ok("db", "drift")


def test_a_column_that_is_missing_comes_back(changed: Project) -> None:
    """What was dropped by hand is made again, with the rows that are there."""
    run(changed.url, ["DROP VIEW seen", *drop_index(changed), "ALTER TABLE thing DROP COLUMN a"])
    changed.ok("db", "drift", "--fix", "database", "--yes", "--allow-destructive")
    assert rows(changed, "SELECT id, a FROM thing") == [(1, None)]


def drop_index(project: Project) -> list[str]:
    """The statement that drops the index, which SQLite needs before its column goes."""
    return ["DROP INDEX ix_a"] if "sqlite" in project.url else []


def test_what_the_options_need(changed: Project) -> None:
    """An option without the other one it belongs to is an error of the command line."""
    for options, needed in (
        (["--yes"], "--yes needs --fix database."),
        (["--fix", "revision", "--allow-destructive"], "--allow-destructive needs --fix database."),
        (["--fix", "database", "-m", "x"], "--message needs --fix revision."),
        (["--fix", "database", "--tenants", "all"], "--fix is not for tenants."),
    ):
        assert needed in changed.fails("db", "drift", *options, code=2).stderr


def test_a_statement_that_is_refused(changed: Project) -> None:
    """The error names the statement; what runs in a transaction is undone."""
    run(changed.url, ["DELETE FROM thing", "INSERT INTO thing (id, a) VALUES (1, 1), (2, 1)"])
    changed.ok("db", "drift", "--fix", "database", "--yes", "--allow-destructive")
    run(changed.url, ["CREATE UNIQUE INDEX ux ON thing (id)"])
    changed.ok("db", "drift", "--fix", "database", "--yes")


def test_what_no_revision_makes_is_in_none(changed: Project) -> None:
    """A table that was there before the history can't be changed by it everywhere."""
    run(changed.url, ["DROP TABLE other", "DROP TABLE alembic_version", "DROP TABLE flask_migrate_log"])
    run(changed.url, ["CREATE TABLE legacy (id INTEGER)", "DROP VIEW seen", *drop_index(changed)])
    if not drop_index(changed):
        run(changed.url, ["DROP INDEX ix_a" + (" ON thing" if "mysql" in changed.url else "")])
    run(changed.url, ["ALTER TABLE thing DROP COLUMN b"])
    changed.ok("db", "adopt", "--stamp-only")
    run(changed.url, ["ALTER TABLE legacy ADD COLUMN x INTEGER"])
    refused = changed.fails("db", "drift", "--fix", "revision")
    assert "legacy.x was added outside the migrations." in refused.stderr
    assert len(changed.versions()) == 1
    run(changed.url, ["ALTER TABLE thing ADD COLUMN c INTEGER"])
    changed.ok("db", "drift", "--fix", "revision")
    assert not any("TABLE legacy" in path.read_text() for path in changed.versions())
    changed.ok("db", "drift")


def test_each_bind_for_itself(make_project: Callable[..., Project], second_url: str) -> None:
    """The revision has a function for the bind that was changed, and all binds are stamped."""
    more = "\n\nclass Entry(db.Model):\n    __bind_key__ = 'audit'\n    id = db.Column(db.Integer, primary_key=True)\n"
    project = make_project(APP + more, binds={"audit": second_url})
    for command in ("init", "migrate", "upgrade"):
        project.ok("db", command)
    run(second_url, ["ALTER TABLE entry ADD COLUMN by_hand INTEGER"])
    project.ok("db", "drift", "--fix", "revision")
    (text,) = [path.read_text() for path in project.versions() if "by_hand" in path.name]
    assert "def upgrade_audit():" in text
    assert "by_hand INTEGER" in text or "by_hand` int" in text or "by_hand integer" in text
    project.ok("db", "drift")
    project.ok("db", "upgrade")
    run(second_url, ["ALTER TABLE entry DROP COLUMN by_hand"])
    shown = project.fails("db", "drift", "--fix", "database", code=4)
    assert "-- audit: " in shown.stdout
    project.ok("db", "drift", "--fix", "database", "--yes")
    project.ok("db", "drift", "--replay")
