"""Seed 004: what readers of the article ask for in the comments."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.projects import Project
from tests.scripts import described, tables, told, version
from tests.seeds.structure import column_names, structure

APP = """
import json
import os

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_migrate import Migrate

app = Flask(__name__)
app.config['SQLALCHEMY_DATABASE_URI'] = os.environ['DATABASE_URL']
app.config['SQLALCHEMY_BINDS'] = json.loads(os.environ['DATABASE_BINDS'])
db = SQLAlchemy(app)
migrate = Migrate(app, db)
"""

MEMBER = """
class Member(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(50))
"""

READING = """
class Reading(db.Model):
    __bind_key__ = 'large data'
    id = db.Column(db.Integer, primary_key=True)
    value = db.Column(db.Float)
"""

RAW_SQL = """
import os

from flask import Flask
from flask_migrate import Migrate

app = Flask(__name__)
migrate = Migrate(app, engine=os.environ['DATABASE_URL'])
"""

CREATE_ALL = """
import os

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_migrate import Migrate

db = SQLAlchemy()
migrate = Migrate()


class Member(db.Model):
    id = db.Column(db.Integer, primary_key=True)


def create_app():
    app = Flask(__name__)
    app.config['SQLALCHEMY_DATABASE_URI'] = os.environ['DATABASE_URL']
    db.init_app(app)
    migrate.init_app(app, db)
    with app.app_context():
        db.create_all()
    return app
"""


def rev_of(path: Path) -> str:
    """The id of a script, from its file name."""
    return path.name.partition("_")[0]


@pytest.fixture
def used(make_project: Callable[..., Project]) -> Project:
    """A project with one applied migration and rows in its table."""
    project = make_project(APP + MEMBER)
    for arguments in (["init"], ["migrate", "-m", "members"], ["upgrade"]):
        project.ok("db", *arguments)
    project.sql(project.url, "INSERT INTO member (id, name) VALUES (1, 'Elisabeth')")
    return project


def test_second_database_is_added_later(used: Project, second_url: str) -> None:
    """Comment 28: a bind joins a project that has migrations, without a new folder and without editing a script."""
    (old,) = used.versions()
    text = old.read_bytes()
    used.binds["large data"] = second_url
    used.append("app.py", READING)
    used.ok("db", "upgrade")
    used.ok("db", "migrate", "-m", "readings")
    used.ok("db", "upgrade")
    (new,) = {*used.versions()} - {old}
    assert old.read_bytes() == text
    assert "def upgrade_large_data():" in new.read_text(encoding="utf-8")
    assert (tables(used), tables(used, second_url)) == ({"member"}, {"reading"})
    assert (version(used), version(used, second_url)) == ([rev_of(new)], [rev_of(new)])
    assert used.sql(used.url, "SELECT id, name FROM member") == [(1, "Elisabeth")]
    used.ok("db", "downgrade")
    assert (tables(used), tables(used, second_url)) == ({"member"}, set())


def test_scripts_without_models(make_project: Callable[..., Project]) -> None:
    """Comment 30: raw SQL in scripts written by hand, with no models and no extension for them."""
    project = make_project(RAW_SQL)
    project.ok("db", "init")
    project.ok("db", "revision", "-m", "books")
    (script,) = project.versions()
    text = script.read_text(encoding="utf-8")
    for statement in ("CREATE TABLE book (id INTEGER PRIMARY KEY)", "DROP TABLE book"):
        text = text.replace("pass", f"op.execute('{statement}')", 1)
    script.write_text(text, encoding="utf-8")
    project.ok("db", "upgrade")
    assert (tables(project), version(project)) == ({"book"}, [rev_of(script)])
    project.ok("db", "downgrade")
    assert (tables(project), version(project)) == (set(), [])


@pytest.mark.engines("mariadb")
def test_tables_without_models_are_left_alone(make_project: Callable[..., Project], engine_url: str) -> None:
    """Comment 31: of an existing schema a few tables have models; Alembic's ``include_object`` keeps the others."""
    for name in ("member", "orders", "invoices", "archive"):
        Project.sql(engine_url, f"CREATE TABLE {name} (id INTEGER AUTO_INCREMENT PRIMARY KEY, name VARCHAR(50))")
    only_models = "include_object=lambda thing, name, kind, reflected, other: not (reflected and other is None)"
    project = make_project(APP.replace("Migrate(app, db)", f"Migrate(app, db, {only_models})") + MEMBER)
    project.ok("db", "init")
    project.replace("app.py", "db.String(50))", "db.String(50))\n    email = db.Column(db.String(50))")
    project.ok("db", "migrate")
    project.ok("db", "upgrade")
    assert tables(project) == {"member", "orders", "invoices", "archive"}
    assert column_names(project.url, "member") == ["id", "name", "email"]


@pytest.mark.engines("postgresql")
def test_first_migration_would_drop_everything(make_project: Callable[..., Project], engine_url: str) -> None:
    """Comment 50: a script that drops all tables, for the models were not seen, is not written."""
    for name in ("volume", "sig", "venue", "paper"):
        Project.sql(engine_url, f"CREATE TABLE {name} (id SERIAL PRIMARY KEY, tags TEXT[])")
    project = make_project(APP + MEMBER)
    project.ok("db", "init")
    result = project.fails("db", "migrate", code=5)
    error, hint = told(result)[-2:]
    names = re.sub("(volume|sig|venue|paper)", "NAME", error)
    assert names == (
        "Error: The script would drop 4 of 4 tables in the database: NAME, NAME, NAME, NAME. The models describe "
        "1 table. Nothing was written."
    )
    assert hint == "If they are meant to go: flask db migrate --allow-drop-all"
    assert project.versions() == []


@pytest.mark.engines("sqlite")
def test_create_all_in_the_factory(make_project: Callable[..., Project], engine_url: str) -> None:
    """Comment 43: where the app makes the tables itself, "no changes" comes with the reason."""
    project = make_project(CREATE_ALL)
    project.ok("db", "init")
    for url in (engine_url, "sqlite://"):
        project.env["DATABASE_URL"] = url
        result = project.ok("db", "migrate")
        assert told(result)[1:] == [
            "INFO  [alembic.env] No changes in schema detected.",
            "The database has all tables of the models already, and there is no revision: it was not made by "
            "migrations (db.create_all()?). Write the first revision and stamp the database: flask db adopt",
        ]
        assert project.versions() == []
    project.replace("app.py", "    with app.app_context():\n        db.create_all()\n", "")
    project.ok("db", "migrate")
    project.env["DATABASE_URL"] = engine_url
    project.ok("db", "stamp", "head")
    assert project.ok("db", "check").stdout == "No new upgrade operations detected.\n"


def test_database_is_not_up_to_date(used: Project) -> None:
    """Comment 48: the message says where the database is, what is pending, and both ways on; each of them works."""
    (first,) = used.versions()
    used.replace("app.py", "db.String(50))", "db.String(50))\n    email = db.Column(db.String(50))")
    used.ok("db", "migrate", "-m", "email")
    (second,) = {*used.versions()} - {first}
    result = used.fails("db", "migrate")
    assert told(result) == [
        f"Database: {described(used.url)}",
        f"Error: Target database is not up to date. {described(used.url)} is at {rev_of(first)}; "
        f"pending: {rev_of(second)} (email).",
        "Apply them: flask db upgrade. Or, when the newest was never applied anywhere, remove it: flask db undo",
        "Or, when the database has all of it already, only note that: flask db stamp heads",
    ]
    second.unlink()
    used.ok("db", "migrate", "-m", "email again")
    used.ok("db", "upgrade")
    assert column_names(used.url, "member") == ["id", "name", "email"]
    assert used.ok("db", "check").stdout == "No new upgrade operations detected.\n"


def test_several_environments(used: Project, second_url: str) -> None:
    """Comment 43: what was tried in development arrives in production with the scripts and one upgrade."""
    development, production = used.url, second_url
    used.env["DATABASE_URL"] = production
    assert used.ok("db", "current").stdout == ""
    used.ok("db", "upgrade")
    assert structure(production) == structure(development)
    assert version(used, production) == version(used, development)


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("source", ["", "from flask import Flask\n"])
def test_module_without_an_app(make_project: Callable[..., Project], source: str) -> None:
    """Comment 26: a ``run.py`` that makes no app; the message says what is looked for and where."""
    project = make_project(name="folder")
    project.write("run.py", source)
    result = project.fails("db", "migrate", app="run.py", code=2)
    assert result.stderr == (
        "Error: Failed to find Flask application or factory in module 'run'. Use 'run:name' to specify one.\n"
        f"Name it: flask --app NAME db …; the working directory is {project.folder}.\n"
    )
