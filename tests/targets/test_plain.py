"""Plain SQLAlchemy: metadata and engines in every form in which they can be given."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.projects import Project
from tests.scripts import described

RoundTrip = Callable[..., None]

APP = """
import json
import os

import sqlalchemy as sa
from flask import Flask
from flask_migrate import Migrate
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import DeclarativeBase, declarative_base

URL = os.environ["DATABASE_URL"]
BINDS = json.loads(os.environ["DATABASE_BINDS"])

metadata = sa.MetaData()
sa.Table("person", metadata, sa.Column("id", sa.Integer, primary_key=True))
logs = sa.MetaData()
sa.Table("entry", logs, sa.Column("id", sa.Integer, primary_key=True))


class Base(DeclarativeBase):
    metadata = metadata


Old = declarative_base(metadata=metadata)

app = Flask(__name__)
migrate = Migrate({arguments})
"""

METADATA = ["metadata", "Base", "Old", "Base.metadata", "{'default': metadata}", "{None: Base}"]
ENGINES = [
    "engine=sa.create_engine(URL)",
    "engine=sa.make_url(URL)",
    "engine=URL",
    "url=URL",
    "url=sa.make_url(URL)",
    "engine=lambda: sa.create_engine(URL)",
    "engine=lambda: URL",
    "engine={'default': URL}",
    "engine={None: sa.create_engine(URL)}",
    "engine={'': lambda: URL}",
]


def app_with(arguments: str) -> str:
    """The app with arguments for ``Migrate``."""
    return APP.replace("{arguments}", arguments)


@pytest.mark.parametrize("metadata", METADATA)
@pytest.mark.engines("sqlite")
def test_metadata(make_project: Callable[..., Project], round_trip: RoundTrip, metadata: str) -> None:
    """Metadata is given as such, as a declarative base of either style, or by bind."""
    project = make_project(app_with(f"app, metadata={metadata}, engine=URL"))
    round_trip(project, {project.url: {"person"}})


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.engines("sqlite")
def test_engine(make_project: Callable[..., Project], round_trip: RoundTrip, engine: str) -> None:
    """An engine is given as such, as a URL, as a function that returns either, or by bind."""
    project = make_project(app_with(f"app, metadata=metadata, {engine}"))
    round_trip(project, {project.url: {"person"}})


def test_every_engine(make_project: Callable[..., Project], round_trip: RoundTrip) -> None:
    """The same on every database."""
    project = make_project(app_with("app, metadata=metadata, engine=URL"))
    round_trip(project, {project.url: {"person"}})


def test_several(make_project: Callable[..., Project], round_trip: RoundTrip, make_url: Callable[[], str]) -> None:
    """Several databases by name."""
    arguments = "app, metadata={'': metadata, 'logs': logs}, engine={'': URL, **BINDS}"
    project = make_project(app_with(arguments), binds={"logs": make_url()})
    round_trip(project, {project.url: {"person"}, project.binds["logs"]: {"entry"}})


@pytest.mark.engines("sqlite")
def test_init_app(make_project: Callable[..., Project], round_trip: RoundTrip) -> None:
    """``init_app`` takes them as well."""
    project = make_project(app_with("") + "\nmigrate.init_app(app, metadata=metadata, url=URL)\n")
    round_trip(project, {project.url: {"person"}})


@pytest.mark.engines("sqlite")
def test_no_models_at_all(make_project: Callable[..., Project]) -> None:
    """Without models scripts are written by hand, and run."""
    project = make_project(app_with("app, engine=URL"))
    project.ok("db", "init")
    project.ok("db", "revision", "-m", "By hand", "--rev-id", "aaaa")
    project.replace(
        "migrations/versions/aaaa_by_hand.py",
        "def upgrade():\n    pass",
        "def upgrade():\n    op.execute('CREATE TABLE hand (id INTEGER)')",
    )
    project.ok("db", "upgrade")
    assert "hand" in project.tables(project.url)


@pytest.mark.engines("sqlite")
def test_function_is_called_late(make_project: Callable[..., Project]) -> None:
    """A function is not called before a command needs the database."""
    project = make_project(app_with("app, metadata=metadata, engine=lambda: calls.append(1) or URL") + "\ncalls = []\n")
    project.append("app.py", "import atexit\natexit.register(lambda: print('calls', len(calls)))\n")
    project.ok("db", "init", process=True)
    assert project.ok("db", "history", process=True).stdout == "calls 0\n"
    assert not project.ok("db", "upgrade", process=True).stdout.endswith("calls 0\n")


@pytest.mark.engines("sqlite")
def test_database_in_memory(make_project: Callable[..., Project]) -> None:
    """An engine that is made from a URL is kept: a database in memory is the same one at each command."""
    import flask_migrate

    project = make_project(app_with("app, metadata=metadata, engine='sqlite://'"))
    project.ok("db", "init")
    assert project.ok("db", "current").stderr.startswith("Database: sqlite, in memory (nothing is kept)\n")
    with project.context():
        flask_migrate.migrate()
        flask_migrate.upgrade()
        flask_migrate.check()
        assert flask_migrate.current(quiet=True)[0].is_at_head


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    ("arguments", "error", "hint"),
    [
        (
            "app",
            "Migrate knows no database: it has neither db nor engine.",
            "Pass the extension, `Migrate(app, db)`, or `Migrate(app, metadata=Base.metadata, engine=engine)`.",
        ),
        (
            "app, metadata=metadata",
            "Migrate knows no database: it has neither db nor engine.",
            "Pass the extension, `Migrate(app, db)`, or `Migrate(app, metadata=Base.metadata, engine=engine)`.",
        ),
        (
            "app, metadata=metadata, engine=5",
            "engine=int is not an engine.",
            "Pass an Engine, an AsyncEngine, a URL, a callable that returns one of these, or a dict of them by bind.",
        ),
        (
            "app, metadata=5, engine=URL",
            "metadata=5 is neither a MetaData nor a class with one.",
            "Pass `Base.metadata`, the declarative base itself, or a dict of them by bind.",
        ),
        (
            "app, metadata=metadata, engine={}",
            "The app declares no database.",
            "Set SQLALCHEMY_DATABASE_URI (Flask-SQLAlchemy) or SQLALCHEMY_ENGINES (Flask-SQLAlchemy-Lite).",
        ),
        (
            "app, metadata=metadata, engine='postgres://joe:hunter2@localhost/shop'",
            "SQLAlchemy does not accept postgres:// URLs.",
            "Write postgresql://joe:***@localhost/shop instead.",
        ),
    ],
)
def test_errors(make_project: Callable[..., Project], arguments: str, error: str, hint: str) -> None:
    """What can't be used is told with what can."""
    project = make_project(app_with(arguments))
    project.ok("db", "init")
    assert project.fails("db", "upgrade").stderr == f"Error: {error}\n{hint}\n"


def test_database_is_named(make_project: Callable[..., Project]) -> None:
    """Every command that uses the database names it first, on standard error and without a password."""
    project = make_project(app_with("app, metadata=metadata, engine=URL"))
    project.ok("db", "init")
    for command in ("current", "upgrade", "check", "migrate", "stamp"):
        assert project.invoke("db", command).stderr.startswith(f"Database: {described(project.url)}\n")
