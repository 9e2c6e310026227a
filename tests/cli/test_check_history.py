"""``flask db check --history``: the models against the history, without a database of the app."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.projects import Project
from tests.scripts import FIRST, add_script, is_untouched, told

USER = "op.create_table('user', sa.Column('id', sa.Integer, primary_key=True), sa.Column('name', sa.String(128)))"
AGREED = "No new upgrade operations detected.\n"


@pytest.fixture
def written(started: Project) -> Project:
    """A project with a script for its model, which nobody has applied."""
    add_script(started, FIRST, None, "users", up=USER, down="op.drop_table('user')")
    return started


def test_agreement_and_difference(written: Project) -> None:
    """What is compared is what the history makes; the app's own database is not touched."""
    result = written.ok("db", "check", "--history")
    assert (result.stdout, "Database" in result.stderr) == (AGREED, False)
    assert json.loads(written.ok("db", "check", "--history", "--json").stdout) == {"changes": []}
    written.replace("app.py", "    name =", "    email = db.Column(db.String(80))\n    name =")
    assert told(written.fails("db", "check", "--history"))[-3:] == [
        "Error: New upgrade operations detected: 1 difference between the models and what the history makes.",
        "  + column user.email: String(80)",
        "Write them as a revision: flask db migrate",
    ]
    assert is_untouched(written.url)


def test_database_is_not_there(written: Project) -> None:
    """No database has to be there."""
    url = sa.make_url(written.url)
    name = "flask_migrate_not_there" if url.host else str(written.folder / "nowhere" / "app.db")
    written.url = url.set(database=name).render_as_string(hide_password=False)
    assert written.ok("db", "check", "--history").stdout == AGREED
    assert not (written.folder / "nowhere").exists()


@pytest.mark.engines("postgresql", "mariadb")
def test_server_is_not_there(written: Project) -> None:
    """The scratch database may be on another server; without one, the way to name it is told."""
    real = written.url
    written.url = sa.make_url(real).set(host="127.0.0.1", port=1).render_as_string(hide_password=False)
    lines = told(written.fails("db", "check", "--history"))
    start = next(line for line in lines if line.startswith("Error: "))
    assert start.startswith("Error: No scratch database can be made. The database can't be reached (")
    assert lines[-1] == ("Or name an empty database to use, also by the environment variable MIGRATE_SHADOW_URL.")
    written.env["MIGRATE_SHADOW_URL"] = real
    result = written.ok("db", "check", "--history")
    assert (result.stdout, "flask_migrate_shadow" in result.stderr) == (AGREED, False)
    assert written.tables(real) == set()


def test_several_databases(make_project: Callable[..., Project], make_url: Callable[[], str]) -> None:
    """Every bind has a scratch database of its own; ``--bind`` chooses one."""
    project = make_project(binds={"logs": make_url()})
    project.ok("db", "init")
    add_script(project, FIRST, None, "users", up=USER, down="op.drop_table('user')")
    project.append(
        "app.py",
        """
        class Entry(db.Model):
            __bind_key__ = "logs"
            id = db.Column(db.Integer, primary_key=True)
        """,
    )
    assert told(project.fails("db", "check", "--history"))[-2] == '  + table "entry"'
    assert project.ok("db", "check", "--history", "--bind", "default").stdout == AGREED


@pytest.mark.engines("sqlite")
def test_history_that_does_not_run(written: Project) -> None:
    """The revision and the reason are told."""
    add_script(written, "bbbb", FIRST, "nothing", up="op.drop_table('nothing')")
    lines = told(written.fails("db", "check", "--history"))
    start = next(line for line in lines if line.startswith("Error: "))
    assert start.startswith("Error: The history can't be replayed on an empty scratch database.")
    assert "bbbb" in start


@pytest.mark.engines("sqlite")
def test_wrong_usage(written: Project) -> None:
    """It is not for tenants."""
    line = told(written.fails("db", "check", "--history", "--tenants", "all", code=2))[-2]
    assert line == "Error: --history looks at no database, so it is not for tenants."


@pytest.mark.engines("sqlite")
def test_one_head(fork: Project) -> None:
    """``--heads`` wants one head, names them and how to join them; no database is asked."""
    fork.url = "postgresql+psycopg://127.0.0.1:1/nowhere"
    result = fork.fails("db", "check", "--heads")
    assert result.stderr == (
        "Error: The history has 2 heads: bbbb (left), cccc (right).\nJoin them: flask db merge heads\n"
    )
    assert json.loads(fork.fails("db", "check", "--heads", "--json").stdout) == {"heads": ["bbbb", "cccc"]}
    add_script(fork, "dddd", ("bbbb", "cccc"), "joined")
    assert fork.ok("db", "check", "--heads").stdout == "The history has one head: dddd.\n"
    assert json.loads(fork.ok("db", "check", "--heads", "--json").stdout) == {"heads": ["dddd"]}


@pytest.mark.engines("sqlite")
def test_no_head(started: Project) -> None:
    """A history without revisions has no head."""
    assert told(started.fails("db", "check", "--heads"))[-2] == (
        "Error: The history has no revision, so it has no head."
    )


@pytest.mark.engines("sqlite")
def test_several_checks(fork: Project) -> None:
    """All that is wrong is told at once."""
    result = fork.fails("db", "check", "--heads", "--history")
    assert "The history has 2 heads" in result.stderr
    assert '+ table "user"' in result.stderr
    data = json.loads(fork.fails("db", "check", "--heads", "--history", "--json").stdout)
    assert (data["heads"], data["changes"][0]) == (["bbbb", "cccc"], '+ table "user"')
