"""Flask-SQLAlchemy-Lite: one engine, several, and asynchronous ones."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.projects import Project
from tests.scripts import add_script, tables

RoundTrip = Callable[..., None]

APP = """
import json
import os

from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Person(Base):
    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)


class Logs(DeclarativeBase):
    pass


class Entry(Logs):
    __tablename__ = "entry"
    id: Mapped[int] = mapped_column(primary_key=True)


app = Flask(__name__)
app.config["SQLALCHEMY_ENGINES"] = {"default": os.environ["DATABASE_URL"], **json.loads(os.environ["DATABASE_BINDS"])}
db = SQLAlchemy(app)
migrate = Migrate(app, db, metadata=Base.metadata)
"""


def with_metadata(text: str) -> str:
    """The app with other metadata."""
    return APP.replace("metadata=Base.metadata", f"metadata={text}")


@pytest.mark.parametrize(
    "metadata", ["Base.metadata", "Base", "{'default': Base}", "{None: Base.metadata}", "{'': Base}"]
)
@pytest.mark.engines("sqlite")
def test_metadata(make_project: Callable[..., Project], round_trip: RoundTrip, metadata: str) -> None:
    """The metadata of the engine ``default`` is given in any form."""
    project = make_project(with_metadata(metadata))
    round_trip(project, {project.url: {"person"}})


def test_one_engine(make_project: Callable[..., Project], round_trip: RoundTrip) -> None:
    """The engine ``default`` is the default database."""
    project = make_project(APP)
    round_trip(project, {project.url: {"person"}})


def test_several_engines(
    make_project: Callable[..., Project], round_trip: RoundTrip, make_url: Callable[[], str]
) -> None:
    """Each engine is a bind of its own."""
    project = make_project(with_metadata("{'default': Base, 'logs': Logs.metadata}"), binds={"logs": make_url()})
    round_trip(project, {project.url: {"person"}, project.binds["logs"]: {"entry"}})


def test_engine_without_metadata(make_project: Callable[..., Project], make_url: Callable[[], str]) -> None:
    """An engine whose metadata is not given has no models; scripts may still have functions for it."""
    project = make_project(binds={"logs": make_url()}, source=APP)
    project.ok("db", "init")
    path = add_script(project, "aaaa", None, creates="person")
    path.write_text(path.read_text() + "\n\ndef upgrade_logs():\n    op.execute('CREATE TABLE entry (id INTEGER)')\n")
    project.ok("db", "upgrade")
    assert (tables(project), tables(project, project.binds["logs"])) == ({"person"}, {"entry"})


ASYNC = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}


@pytest.mark.engines("sqlite", "postgresql")
def test_async_engine(make_project: Callable[..., Project], round_trip: RoundTrip, engine_url: str) -> None:
    """An asynchronous engine is migrated like any other."""
    url = sa.make_url(engine_url)
    driver = ASYNC[url.get_backend_name()]
    source = APP.replace("SQLALCHEMY_ENGINES", "SQLALCHEMY_ASYNC_ENGINES")
    project = make_project(source, url=url.set(drivername=driver).render_as_string(hide_password=False))
    round_trip(Plain(project, engine_url), {engine_url: {"person"}})


class Plain:
    """A project whose tables are looked at over a synchronous driver."""

    def __init__(self, project: Project, url: str) -> None:
        self.project = project
        self.url = url

    def __getattr__(self, name: str) -> object:
        return getattr(self.project, name)


@pytest.mark.engines("sqlite")
def test_no_metadata(make_project: Callable[..., Project]) -> None:
    """Without metadata the command says how to pass it, and nobody's code is to blame."""
    project = make_project(APP.replace(", metadata=Base.metadata", ""))
    project.ok("db", "init")
    for command in ("migrate", "upgrade", "check"):
        assert project.fails("db", command).stderr == (
            "Error: SQLAlchemy of flask_sqlalchemy_lite holds no metadata.\n"
            "Pass it: `Migrate(app, db, metadata=Base.metadata)`, or a dict of them by bind.\n"
        )


@pytest.mark.engines("sqlite")
def test_flask_sqlalchemy_is_not_loaded(make_project: Callable[..., Project]) -> None:
    """The other extension is not imported along."""
    project = make_project(APP)
    project.append("app.py", "import atexit, sys\natexit.register(lambda: print('flask_sqlalchemy' in sys.modules))\n")
    project.ok("db", "init")
    result = project.run(sys.executable, "-m", "flask", "--app", "app", "db", "migrate")
    assert result.stdout.splitlines()[-1] == "False", str(result)
