"""Scratch databases: made like the real one, out of its way, and gone at the end."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from flask_migrate.errors import MigrateError, Refused
from flask_migrate.shadow import Shadow, shadow
from flask_migrate.shadow.base import PREFIX
from tests.projects import Project


@pytest.fixture
def engine(engine_url: str) -> Iterator[sa.Engine]:
    """An engine of the app's own database."""
    made = sa.create_engine(engine_url)
    yield made
    made.dispose()


def left(engine: sa.Engine) -> set[str]:
    """The scratch databases of this process that are there."""
    own = f"_{os.getpid()}_"
    if engine.dialect.name == "sqlite":
        names = os.listdir(tempfile.gettempdir())
    else:
        query = "SELECT datname FROM pg_database" if engine.dialect.name == "postgresql" else "SHOW DATABASES"
        with engine.connect() as connection:
            names = [row[0] for row in connection.execute(sa.text(query))]
    return {name for name in names if name.startswith(PREFIX) and own in name}


def make_table(connection: sa.Connection) -> None:
    """A table in the database of a connection."""
    connection.exec_driver_sql("CREATE TABLE tried (id INTEGER PRIMARY KEY)")
    connection.commit()


def tables(found: Shadow | sa.Engine) -> list[str]:
    """The tables of the default schema."""
    if isinstance(found, Shadow):
        return found.connect(lambda connection: sa.inspect(connection).get_table_names())
    return sa.inspect(found).get_table_names()


def test_is_out_of_the_way_and_gone_at_the_end(engine: sa.Engine) -> None:
    """What is done on a scratch database is not done on the real one, and nothing stays."""
    with shadow(engine) as found:
        found.connect(make_table)
        assert tables(found) == ["tried"]
        assert tables(engine) == []
        assert len(left(engine)) == 1
    assert left(engine) == set()


def test_is_gone_after_a_failure(engine: sa.Engine) -> None:
    """An exception inside takes it away as well, also while a connection to it is open."""
    with pytest.raises(KeyError), shadow(engine) as found, found.engine.connect():
        raise KeyError
    assert left(engine) == set()


def test_what_a_killed_process_left_goes_with_the_next(engine: sa.Engine, engine_url: str) -> None:
    """The next scratch database removes those whose process is dead, and no others."""
    child = (
        "import os, signal, sys, sqlalchemy as sa\n"
        "from flask_migrate.shadow import shadow\n"
        "with shadow(sa.create_engine(sys.argv[1])) as found:\n"
        "    found.connect(lambda connection: connection.exec_driver_sql('SELECT 1'))\n"
        "    print(os.getpid(), flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", child, engine_url], capture_output=True, encoding="utf-8", check=False)
    process = done.stdout.strip()

    def names() -> list[str]:
        if engine.dialect.name == "sqlite":
            return os.listdir(tempfile.gettempdir())
        query = "SELECT datname FROM pg_database" if engine.dialect.name == "postgresql" else "SHOW DATABASES"
        with engine.connect() as connection:
            return [row[0] for row in connection.execute(sa.text(query))]

    assert any(f"_{process}_" in name for name in names()), done.stderr
    with shadow(engine), shadow(engine):
        assert not any(f"_{process}_" in name for name in names())
        assert len(left(engine)) == 2


@pytest.mark.engines("postgresql")
def test_a_schema_where_databases_cant_be_created(engine: sa.Engine, engine_url: str) -> None:
    """Without CREATEDB a schema of the real database is used, and no statement gets out of it."""
    role = f"migrate_test_{os.getpid()}"
    url = sa.make_url(engine_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE public.kept (id INTEGER)")
        connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN PASSWORD 'x'")
        connection.exec_driver_sql(f'GRANT CREATE ON DATABASE "{url.database}" TO {role}')
        connection.exec_driver_sql(f"GRANT ALL ON public.kept TO {role}")
    limited = sa.create_engine(url.set(username=role, password="x"), poolclass=sa.NullPool)
    try:
        with shadow(limited) as found:
            assert found.kind == "a scratch schema"
            found.connect(make_table)
            assert tables(found) == ["tried"]
            for statement in (
                "DELETE FROM public.kept",
                "DROP TABLE kept",
                "CREATE SCHEMA more",
                "SET search_path = x",
            ):
                with pytest.raises((MigrateError, sa.exc.ProgrammingError)):
                    found.connect(lambda connection, text=statement: connection.exec_driver_sql(text))
        assert tables(engine) == ["kept"]
        assert not [name for name in sa.inspect(engine).get_schema_names() if name.startswith(PREFIX)]
        with engine.begin() as connection:
            connection.exec_driver_sql(f'REVOKE CREATE ON DATABASE "{url.database}" FROM {role}')
        with pytest.raises(MigrateError, match="CREATEDB"), shadow(limited):
            pass
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"DROP OWNED BY {role} CASCADE")
            connection.exec_driver_sql(f"DROP ROLE {role}")


@pytest.mark.engines("mariadb")
def test_other_databases_are_out_of_reach(engine: sa.Engine, engine_url: str) -> None:
    """A statement that names the real database is refused."""
    name = sa.make_url(engine_url).database
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE kept (id INTEGER)")
    with shadow(engine) as found:
        for statement in (f"DROP TABLE `{name}`.kept", f"CREATE INDEX i ON {name}.kept (id)"):
            with pytest.raises(MigrateError, match="has to leave alone"):
                found.connect(lambda connection, text=statement: connection.exec_driver_sql(text))
    assert tables(engine) == ["kept"]


def test_a_database_that_the_caller_names(engine: sa.Engine, make_url: Callable[[], str]) -> None:
    """It is used, and empty again afterwards; the real one, or one that holds something, is refused."""
    url = make_url()
    other = sa.create_engine(url, poolclass=sa.NullPool)
    with shadow(engine, url) as found:
        found.connect(make_table)
        assert "tried" in tables(other)
    assert tables(other) == []
    with pytest.raises(MigrateError, match="is the target itself"), shadow(engine, engine.url):
        pass
    with other.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE somebodys (id INTEGER)")
    with pytest.raises(Refused, match="is not empty"), shadow(engine, url):
        pass
    assert tables(other) == ["somebodys"]


REVISION = """
revision = "aaaaaaaaaaaa"
down_revision = None

import sqlalchemy as sa
from alembic import op


def upgrade():
    op.create_table("thing", sa.Column("id", sa.Integer, primary_key=True))
    {extra}


def downgrade():
    op.drop_table("thing")
"""


@pytest.fixture
def with_history(project: Project) -> Callable[..., Project]:
    """A function that writes a history of one revision, with a line of its own."""
    project.ok("db", "init")

    def write(extra: str = "pass") -> Project:
        project.write("migrations/versions/aaaaaaaaaaaa_.py", REVISION.format(extra=extra))
        return project

    return write


def replayed_tables(project: Project) -> list[str]:
    """Replay the history of a project; returns the tables that it makes."""
    from flask_migrate.commands.project import open_project
    from flask_migrate.commands.replaying import replayed

    with project.context(), replayed(open_project()) as found:
        return sorted(tables(found.shadows[""]))


def test_a_history_is_replayed_beside_the_real_database(with_history: Callable[..., Project]) -> None:
    """All revisions run on the scratch database, through env.py; the real one has not even a version table."""
    project = with_history()
    assert replayed_tables(project) == ["alembic_version", "thing"]
    assert project.tables(project.url) == set()


def test_a_script_that_uses_the_app_gets_the_scratch_database(with_history: Callable[..., Project]) -> None:
    """A script that reaches for the app's own engine does not reach the real database."""
    extra = 'import app; app.db.session.execute(sa.text("CREATE TABLE far (id INTEGER)")); app.db.session.commit()'
    project = with_history(extra)
    # where the revision holds a lock, the second connection runs into it
    with contextlib.suppress(MigrateError):
        replayed_tables(project)
    assert project.tables(project.url) == set()


def test_a_history_that_does_not_run(with_history: Callable[..., Project]) -> None:
    """The revision and the reason are named, and nothing stays."""
    project = with_history('op.execute("SELECT * FROM missing")')
    with pytest.raises(MigrateError, match=r"can't be replayed .*The upgrade of revision aaaaaaaaaaaa failed"):
        replayed_tables(project)


def test_an_env_py_that_connects_by_itself(with_history: Callable[..., Project], tmp_path: Path) -> None:
    """An env.py with an engine of its own is moved to the scratch database when it is the app's, else refused."""
    project = with_history()
    source = """
        import sqlalchemy as sa
        from alembic import context

        engine = sa.create_engine({url!r}, poolclass=sa.NullPool)
        with engine.connect() as connection:
            context.configure(connection=connection)
            with context.begin_transaction():
                context.run_migrations()
        """
    project.write("migrations/env.py", source.format(url=project.url))
    assert replayed_tables(project) == ["alembic_version", "thing"]
    assert project.tables(project.url) == set()
    project.write("migrations/env.py", source.format(url=f"sqlite:///{tmp_path / 'other.sqlite'}"))
    with pytest.raises(MigrateError, match="connects to a database of its own"):
        replayed_tables(project)
