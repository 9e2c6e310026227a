"""Asynchronous engines: aiosqlite, asyncpg, psycopg; also while an event loop runs."""

from __future__ import annotations

import asyncio
import typing as t
from collections.abc import Callable

import pytest
import sqlalchemy as sa

import flask_migrate
from tests.legacy.old_folders import FOLDERS
from tests.projects import Project
from tests.scripts import FIRST, LINE, add_line, tables, version

DRIVERS = {"sqlite": "aiosqlite", "postgresql": "asyncpg"}
ALL = {table for _, table in LINE}

APP = """
import os

import sqlalchemy as sa
from flask import Flask
from flask_migrate import Migrate
from sqlalchemy.ext.asyncio import create_async_engine

metadata = sa.MetaData()
sa.Table("person", metadata, sa.Column("id", sa.Integer, primary_key=True))

app = Flask(__name__)
engine = create_async_engine(os.environ["DATABASE_URL"])
migrate = Migrate(app, metadata=metadata, engine=engine)
"""


@pytest.fixture
def driver(engine_name: str, request: pytest.FixtureRequest) -> str:
    """The asynchronous driver: the usual one of the engine, unless the test names another."""
    return str(getattr(request, "param", DRIVERS[engine_name]))


@pytest.fixture
def asynchronous(make_project: Callable[..., Project], engine_url: str, driver: str) -> Project:
    """A project with an asynchronous engine; ``engine_url`` is for the test's own SQL."""
    return make_project(APP, url=with_driver(engine_url, driver))


def with_driver(url: str, driver: str) -> str:
    """A URL with another driver."""
    parsed = sa.make_url(url)
    name = f"{parsed.get_backend_name()}+{driver}"
    return parsed.set(drivername=name).render_as_string(hide_password=False)


pytestmark = pytest.mark.engines("sqlite", "postgresql")


def test_commands(asynchronous: Project, engine_url: str) -> None:
    """The commands do what they do with any engine."""
    project = asynchronous
    project.ok("db", "init")
    project.ok("db", "migrate")
    project.ok("db", "upgrade")
    assert tables(project, engine_url) == {"person"}
    assert project.ok("db", "check").stdout == "No new upgrade operations detected.\n"
    assert "CREATE TABLE person" in project.ok("db", "upgrade", "--sql").stdout
    project.ok("db", "downgrade", "base")
    assert tables(project, engine_url) == set()


def test_inside_a_running_loop(asynchronous: Project, engine_url: str) -> None:
    """A coroutine may call the functions: they wait for a loop of their own, in a thread of its own."""
    asynchronous.ok("db", "init")
    add_line(asynchronous)

    async def main() -> tuple[str, ...]:
        flask_migrate.upgrade()
        flask_migrate.downgrade(revision=FIRST)
        return (flask_migrate.current(quiet=True)[0].revisions[0].revision,)

    with asynchronous.context():
        assert asyncio.run(main()) == (FIRST,)
        assert (tables(asynchronous, engine_url), version(asynchronous, engine_url)) == ({"one"}, [FIRST])
        flask_migrate.upgrade()
    assert tables(asynchronous, engine_url) == ALL


def test_engine_in_use(asynchronous: Project, engine_url: str) -> None:
    """The app's own connections, which belong to another event loop, are not touched."""
    asynchronous.ok("db", "init")
    add_line(asynchronous)

    async def main(engine: t.Any) -> list[int]:
        async with engine.connect() as connection:
            first = (await connection.execute(sa.text("SELECT 1"))).scalar()
            await connection.rollback()
            flask_migrate.upgrade()
            second = (await connection.execute(sa.text("SELECT count(*) FROM one"))).scalar()
        await engine.dispose()
        return [first, second]

    with asynchronous.context():
        assert asyncio.run(main(__import__("app").engine)) == [1, 0]


@pytest.mark.engines("postgresql")
@pytest.mark.parametrize("driver", ["psycopg"], indirect=True)
def test_psycopg(asynchronous: Project, engine_url: str) -> None:
    """psycopg serves both kinds of engines under one name."""
    test_commands(asynchronous, engine_url)
    asynchronous.folder.joinpath("migrations").rename(asynchronous.folder / "first")
    test_inside_a_running_loop(asynchronous, engine_url)


@pytest.mark.engines("sqlite")
def test_database_in_memory(make_project: Callable[..., Project]) -> None:
    """A database in memory is the same one at each call."""
    project = make_project(APP, url="sqlite+aiosqlite://")
    project.ok("db", "init")
    add_line(project)
    with project.context():
        flask_migrate.upgrade()
        assert flask_migrate.current(quiet=True)[0].is_at_head
        asyncio.run(__import__("app").engine.dispose())


def test_several_targets(make_project: Callable[..., Project], make_url: Callable[[], str], driver: str) -> None:
    """Asynchronous and other engines stand side by side."""
    urls = [make_url(), make_url()]
    project = make_project(
        APP.replace("engine=engine", "engine={'': os.environ['SYNC_URL'], 'other': engine}").replace(
            "metadata=metadata", "metadata={'': metadata, 'other': metadata}"
        ),
        url=with_driver(urls[1], driver),
        env={"SYNC_URL": urls[0]},
    )
    project.ok("db", "init")
    project.ok("db", "migrate")
    project.ok("db", "upgrade")
    assert [tables(project, url) for url in urls] == [{"person"}, {"person"}]


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("connect", ["with connectable.connect()", "async with connectable.connect()"])
def test_env_of_an_earlier_release(asynchronous: Project, connect: str) -> None:
    """An env.py that connects by itself can't do that with such an engine; what takes its place is told, and works."""
    project = asynchronous
    project.ok("db", "init")
    add_line(project)
    old = (FOLDERS / "single_11_latest" / "env.py").read_text(encoding="utf-8")
    if connect.startswith("async"):
        old = old.replace("with connectable", "async with connectable")
        old = old.replace("def run_migrations_online", "async def run_migrations_online")
        old = old.replace(
            "\n    run_migrations_online()", "\n    import asyncio\n    asyncio.run(run_migrations_online())"
        )
    project.write("migrations/env.py", old)
    error = project.fails("db", "upgrade").stderr.splitlines()[-2:]
    assert error[0].endswith("connects in a way that the asynchronous driver of this database does not work with.")
    assert error[1] == "Let it call flask_migrate.environment.run(), which waits: flask db env --upgrade"
    if not connect.startswith("async"):
        project.ok("db", "env", "--upgrade")
        project.ok("db", "upgrade")
