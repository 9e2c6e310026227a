"""``flask db upgrade --create-database``."""

from __future__ import annotations

import pytest

from tests.projects import Project
from tests.servers import Scratch

NETWORKED = pytest.mark.engines("postgresql", "mariadb")


@pytest.fixture
def missing(project: Project, scratch: Scratch) -> Project:
    """A project with a revision, whose database is not there."""
    project.ok("db", "init")
    project.ok("db", "migrate", "-m", "users")
    name = f"{scratch.name()} é 'new'"
    scratch.names.append(name)
    project.url = scratch.server.url_of(name)  # type: ignore[attr-defined]  # a server has it, SQLite is not meant
    return project


@NETWORKED
def test_creates_what_is_missing(missing: Project) -> None:
    """A database with an odd name is created and upgraded; the second time there is nothing to create."""
    assert "flask db upgrade --create-database" in missing.fails("db", "upgrade").stderr
    result = missing.ok("db", "upgrade", "--create-database")
    assert result.stderr.count("Created the database ") == 1
    assert "user" in missing.tables(missing.url)
    assert "Created the database" not in missing.ok("db", "upgrade", "--create-database").stderr


@NETWORKED
def test_from_python(missing: Project) -> None:
    """The function has the same option."""
    import flask_migrate

    with missing.context():
        assert flask_migrate.upgrade(create_database=True)
    assert "user" in missing.tables(missing.url)


@NETWORKED
def test_history_comes_first(missing: Project) -> None:
    """With a history that can't be read nothing is created."""
    (missing.folder / "migrations" / "env.py").unlink()
    assert "env.py is missing" in missing.fails("db", "upgrade", "--create-database").stderr
    assert "has no database" in missing.fails("db", "doctor").stdout


@pytest.mark.engines("sqlite")
def test_folder_of_a_file(project: Project) -> None:
    """On SQLite the folder is what may be missing."""
    project.ok("db", "init")
    project.ok("db", "migrate", "-m", "users")
    project.url = f"sqlite:///{project.folder}/a/b/shop.db"
    project.fails("db", "upgrade")
    assert "Created the database" in project.ok("db", "upgrade", "--create-database").stderr
    assert "user" in project.tables(project.url)


@pytest.mark.engines("sqlite")
def test_server_is_down(project: Project) -> None:
    """A server that can't be reached is the error that it is elsewhere."""
    project.ok("db", "init")
    project.url = "postgresql+psycopg://me:hunter2@127.0.0.1:1/shop"
    error = project.fails("db", "upgrade", "--create-database").stderr
    assert "The database can't be reached (postgresql, 127.0.0.1:1, shop)" in error
    assert "hunter2" not in error


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("option", ["--sql", "--plan"])
def test_excludes(project: Project, option: str) -> None:
    """What changes nothing creates nothing."""
    project.ok("db", "init")
    error = project.fails("db", "upgrade", "--create-database", option, code=2).stderr
    assert f"--create-database and {option} exclude each other." in error
