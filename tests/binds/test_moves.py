"""A table that moves from one bind to another, with its rows or without."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest

from tests.projects import Project

APP = """
import json, os
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
app.config["SQLALCHEMY_BINDS"] = json.loads(os.environ["DATABASE_BINDS"])
db = SQLAlchemy(app)
migrate = Migrate(app, db)


class Customer(db.Model):
    id = db.Column(db.Integer, primary_key=True)


class Entry(db.Model):
    __bind_key__ = os.environ["PLACE"] or None
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(20), index=True)
    at = db.Column(db.DateTime)
"""
ROWS = [(1, "100 % :x"), (2, None), (7, "ü")]
MakeProject = Callable[[str, str], Project]


@pytest.fixture
def moved(make_project: Callable[..., Project], make_url: Callable[[], str]) -> MakeProject:
    """A function that makes a project whose table was moved: ``moved("", "audit")``."""

    def make(source: str, target: str, *arguments: str) -> Project:
        project = make_project(APP, binds={"audit": make_url()})
        project.env["PLACE"] = source
        project.ok("db", "init")
        project.ok("db", "migrate", "-m", "one")
        project.ok("db", "upgrade")
        for number, name in ROWS:
            statement = "INSERT INTO entry (id, name, at) VALUES (:id, :name, :at)"
            project.sql(url(project, source), statement, id=number, name=name, at=datetime.datetime(2020, 1, 2))
        project.env["PLACE"] = target
        return project

    return make


def url(project: Project, bind: str) -> str:
    """Where a bind is."""
    return project.binds[bind] if bind else project.url


def rows(project: Project, bind: str) -> list[tuple[object, ...]]:
    """The rows of the table there; none where there is no such table."""
    if "entry" not in project.tables(url(project, bind)):
        return []
    return project.sql(url(project, bind), "SELECT id, name FROM entry ORDER BY id")


@pytest.mark.parametrize(("source", "target"), [("", "audit"), ("audit", "")], ids=["there", "back"])
def test_rows_go_along(moved: MakeProject, source: str, target: str) -> None:
    """Whichever side is migrated first: the rows arrive once, and come back at a downgrade."""
    project = moved(source, target)
    project.ok("db", "migrate", "-m", "moved", "--copy-rows", "entry")
    project.ok("db", "upgrade")
    assert (rows(project, source), rows(project, target)) == ([], ROWS)
    new = project.sql(url(project, target), "INSERT INTO entry (name) VALUES ('next')")
    assert new == []
    assert [name for _, name in rows(project, target)][-1] == "next"
    project.ok("db", "downgrade", "-y")
    assert [name for _, name in rows(project, source)] == [*(name for _, name in ROWS), "next"]
    assert rows(project, target) == []


def test_one_side_at_a_time(moved: MakeProject) -> None:
    """Rows wait until their new table is made."""
    project = moved("", "audit")
    project.ok("db", "migrate", "-m", "moved", "--copy-rows", "all")
    project.ok("db", "upgrade", "--bind", "default")
    assert "_moved_entry" in project.tables(project.binds["audit"])
    project.ok("db", "upgrade", "--bind", "audit")
    assert rows(project, "audit") == ROWS
    assert "_moved_entry" not in project.tables(project.binds["audit"])
    assert "by hand" in project.ok("db", "upgrade", "--sql").stdout


def test_without_rows(moved: MakeProject) -> None:
    """Where nobody says that they go along, script, command and plan say that they are lost."""
    project = moved("", "audit")
    written = project.ok("db", "migrate", "-m", "moved")
    sentence = "The table entry moves from default to audit, and its rows are not copied."
    assert f"{sentence} To copy them: flask db migrate --copy-rows entry" in written.stderr
    (text,) = [path.read_text() for path in project.versions() if "moved" in path.name]
    assert f"# {sentence}" in text
    assert "move_rows" not in text
    assert 'destroys: table "entry" (3 rows)' in project.ok("db", "upgrade", "--plan").stdout


@pytest.mark.engines("sqlite")
def test_other_side_is_away(moved: MakeProject) -> None:
    """Nothing is dropped while the rows can't be copied; an option for a table that stays is an error."""
    project = moved("", "audit")
    assert (
        "--copy-rows customer fits nothing" in project.fails("db", "migrate", "--copy-rows", "customer", code=2).stderr
    )
    project.ok("db", "migrate", "-m", "moved", "--copy-rows", "entry")
    audit = project.binds["audit"]
    project.binds["audit"] = "sqlite:////nowhere/at/all.db"
    assert "can't be moved from default to audit" in project.fails("db", "upgrade", "--bind", "default").stderr
    assert rows(project, "") == ROWS
    project.binds["audit"] = audit
    project.ok("db", "upgrade")
    assert rows(project, "audit") == ROWS
