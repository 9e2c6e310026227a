"""Revisions as pairs of SQL files."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.projects import APP, Project
from tests.scripts import tables, version

UP = """
-- migrate: bind default
CREATE TABLE item (id INTEGER PRIMARY KEY, name VARCHAR(50));
INSERT INTO item VALUES (1, 'a;b :c %s 100%');
-- migrate: bind logs
CREATE TABLE entry (id INTEGER PRIMARY KEY);
"""
DOWN = "DROP TABLE item;\n-- migrate: bind logs\nDROP TABLE entry;\n"


@pytest.fixture
def pair(make_project: Callable[..., Project], make_url: Callable[[], str]) -> Project:
    """A project with two databases and one pair of files."""
    project = make_project(APP, binds={"logs": make_url()})
    project.ok("db", "init")
    project.ok("db", "revision", "-m", "add items", "--sql-file", "--rev-id", "1a")
    project.write("migrations/versions/1a_add_items.up.sql", UP)
    project.write("migrations/versions/1a_add_items.down.sql", DOWN)
    return project


def test_up_and_down(pair: Project) -> None:
    """Both halves run, in each database its own part, as the files stand."""
    assert pair.ok("db", "history").stdout == "<base> -> 1a (head), add items\n"
    pair.ok("db", "upgrade")
    assert (tables(pair), tables(pair, pair.binds["logs"])) == ({"item"}, {"entry"})
    assert pair.sql(pair.url, "SELECT name FROM item") == [("a;b :c %s 100%",)]
    assert version(pair) == ["1a"]
    pair.ok("db", "downgrade", "-y")
    assert (tables(pair), tables(pair, pair.binds["logs"])) == (set(), set())
    sql = pair.ok("db", "upgrade", "--sql").stdout
    assert "INSERT INTO item VALUES (1, 'a;b :c %s 100%');" in sql


def test_mixed_with_python(pair: Project) -> None:
    """A revision in Python follows."""
    pair.ok("db", "upgrade")
    pair.append("migrations/versions/1a_add_items.up.sql", "SELECT 1;")
    assert "edited after it was applied: 1a" in pair.ok("db", "status").stdout
    pair.ok("db", "revision", "-m", "next", "--rev-id", "2b")
    pair.ok("db", "upgrade")
    assert version(pair) == ["2b"]


def test_failing_statement(pair: Project, engine_name: str) -> None:
    """A statement that fails is named; what is mended goes on from there."""
    pair.write(
        "migrations/versions/1a_add_items.up.sql", "CREATE TABLE item (id INTEGER);\nINSERT INTO nowhere VALUES (1);"
    )
    stderr = pair.fails("db", "upgrade").stderr
    assert "The upgrade of revision 1a (add items) failed" in stderr
    assert "nowhere" in stderr
    assert tables(pair) == ({"item"} if engine_name == "mariadb" else set())
    pair.write(
        "migrations/versions/1a_add_items.up.sql", "CREATE TABLE item (id INTEGER);\nINSERT INTO item VALUES (1);"
    )
    pair.ok("db", "upgrade")
    assert pair.sql(pair.url, "SELECT id FROM item") == [(1,)]


@pytest.mark.engines("postgresql")
def test_no_transaction(pair: Project) -> None:
    """One line lets the statements commit one by one."""
    text = "-- migrate: no transaction\nCREATE TABLE item (id INT);\nCREATE INDEX CONCURRENTLY ix ON item (id);"
    pair.write("migrations/versions/1a_add_items.up.sql", text)
    pair.ok("db", "upgrade")
    assert tables(pair) == {"item"}


@pytest.mark.engines("sqlite")
def test_bad_files(pair: Project) -> None:
    """A half that is missing and a string without an end are told before anything of it is run."""
    up = pair.write("migrations/versions/1a_add_items.up.sql", "CREATE TABLE item (id INT);\nSELECT 'x")
    assert "line 2: the string that begins there has no end." in pair.fails("db", "upgrade").stderr
    assert tables(pair) == set()
    up.unlink()
    assert f"The SQL file {up} is missing." in pair.fails("db", "upgrade").stderr
    up.write_bytes(b"SELECT '\xff'")
    assert "is not UTF-8" in pair.fails("db", "upgrade").stderr
    pair.fails("db", "revision", "--autogenerate", "--sql-file", code=2)


def test_transactions_of_their_own(pair: Project) -> None:
    """BEGIN and COMMIT around a file are left out; one in the middle, or a mark with a slip, is refused."""
    up = "migrations/versions/1a_add_items.up.sql"
    for text, told in (
        ("CREATE TABLE item (id INTEGER);\nCOMMIT;\n", "1a_add_items.up.sql, line 2: COMMIT would break up"),
        (
            "-- migrate: no transactions\nCREATE TABLE item (id INTEGER);\n",
            "line 1: '-- migrate: no transactions' says",
        ),
    ):
        pair.write(up, text)
        assert told in pair.fails("db", "upgrade").stderr
        assert tables(pair) == set()
    pair.write(up, "-- all\nBEGIN;\nCREATE TABLE item (id INTEGER);\nINSERT INTO item VALUES (1);\nCOMMIT;\n")
    pair.ok("db", "upgrade")
    assert pair.sql(pair.url, "SELECT id FROM item") == [(1,)]


def test_tables_that_are_there(pair: Project) -> None:
    """A database that nobody has stamped, and that has the tables, is told so; so is who makes a table twice."""
    pair.sql(pair.url, "CREATE TABLE item (id INTEGER)")
    assert "flask db adopt --stamp-only" in pair.fails("db", "upgrade", code=5).stderr
    pair.sql(pair.url, "DROP TABLE item")
    pair.ok("db", "upgrade")
    pair.ok("db", "revision", "-m", "again", "--sql-file", "--rev-id", "2b")
    pair.write("migrations/versions/2b_again.up.sql", "SELECT 1;\n\nCREATE TABLE item (id INTEGER);\n")
    stderr = pair.fails("db", "upgrade").stderr
    assert "2b_again.up.sql, line 3\n" in stderr
    assert "Cause: table item is there already: revision 1a (add items) has made it." in stderr


def test_renamed_bind(pair: Project) -> None:
    """The part of a bind goes with it to its new name."""
    url = pair.binds["logs"]
    pair.binds = {"journal": url}
    pair.ok("db", "binds", "rename", "logs:journal")
    pair.ok("db", "upgrade")
    assert tables(pair, url) == {"entry"}
