"""``upgrade(connection=…)`` and its like: work on a connection, and in a transaction, of the caller's."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

import flask_migrate
from flask_migrate import DifferencesFound, MigrateError
from tests.projects import Project
from tests.scripts import FIRST, LINE, SECOND, THIRD, add_script, is_untouched, tables, version

SQLITE = pytest.mark.engines("sqlite")
TRANSACTIONAL = pytest.mark.engines("sqlite", "postgresql")
ALL = {table for _, table in LINE}


@pytest.fixture
def engine(line: Project) -> Iterator[sa.Engine]:
    """An engine of the caller's for the project's database."""
    engine = sa.create_engine(line.url)
    yield engine
    engine.dispose()


@pytest.fixture
def memory(line: Project) -> Iterator[sa.Connection]:
    """A connection to a database in memory, which the app knows nothing of."""
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def names(connection: sa.Connection) -> set[str]:
    """The tables that a connection sees, without those in which migrations are recorded."""
    return set(sa.inspect(connection).get_table_names()) - {"alembic_version", "flask_migrate_log"}


@SQLITE
def test_in_memory(line: Project, memory: sa.Connection) -> None:
    """A database that only this connection can see is migrated; the app's own one is not touched."""
    with line.context():
        result = flask_migrate.upgrade(connection=memory)
        assert names(memory) == ALL
        assert result.targets[0].database == "sqlite, in memory (nothing is kept)"
        (current,) = flask_migrate.current(connection=memory, quiet=True)
        assert [one.revision for one in current.revisions] == [THIRD]
        flask_migrate.downgrade(revision=FIRST, connection=memory)
        assert names(memory) == {"one"}
        flask_migrate.stamp(revision=SECOND, connection=memory)
        assert memory.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() == SECOND
    assert is_untouched(line.url)


@SQLITE
def test_comparing_in_memory(started: Project) -> None:
    """``migrate`` and ``check`` compare with what the connection sees."""
    engine = sa.create_engine("sqlite://")
    with started.context(), engine.connect() as connection:
        with pytest.raises(DifferencesFound):
            flask_migrate.check(connection=connection)
        connection.rollback()
        assert flask_migrate.migrate(connection=connection)
        connection.rollback()
        flask_migrate.upgrade(connection=connection)
        flask_migrate.check(connection=connection)
        connection.rollback()
        assert not flask_migrate.migrate(connection=connection)
    engine.dispose()
    assert is_untouched(started.url)


def test_connection_stays_open(line: Project, engine: sa.Engine) -> None:
    """The connection is not closed, and what was done is committed where the caller has begun nothing."""
    with line.context(), engine.connect() as connection:
        flask_migrate.upgrade(connection=connection)
        assert not connection.closed
        connection.rollback()
    assert (tables(line), version(line)) == (ALL, [THIRD])


@TRANSACTIONAL
def test_transaction_of_the_caller_is_rolled_back(line: Project, engine: sa.Engine) -> None:
    """A transaction that the caller has begun is neither committed nor ended: a rollback takes all back."""
    if engine.dialect.name == "sqlite":
        begin_really(engine)
    with line.context(), engine.connect() as connection:
        transaction = connection.begin()
        flask_migrate.upgrade(connection=connection)
        assert transaction.is_active
        assert names(connection) == ALL
        transaction.rollback()
    assert tables(line) == set()
    assert "alembic_version" not in line.tables(line.url)


def test_transaction_of_the_caller_is_committed(line: Project, engine: sa.Engine) -> None:
    """What the caller commits stays."""
    with line.context(), engine.begin() as connection:
        flask_migrate.upgrade(revision=SECOND, connection=connection)
    assert (tables(line), version(line)) == ({"one", "two"}, [SECOND])


@TRANSACTIONAL
def test_rows_of_the_caller(line: Project, engine: sa.Engine) -> None:
    """Rows that the caller has written in the transaction are seen by the scripts and are the caller's to keep."""
    if engine.dialect.name == "sqlite":
        begin_really(engine)
    add_script(line, "4d04dd", THIRD, up="op.execute('INSERT INTO seen SELECT x + 1 FROM seen')")
    with line.context(), engine.connect() as connection, connection.begin() as transaction:
        connection.execute(sa.text("CREATE TABLE seen (x INTEGER)"))
        connection.execute(sa.text("INSERT INTO seen VALUES (1)"))
        flask_migrate.upgrade(connection=connection)
        assert list(connection.execute(sa.text("SELECT x FROM seen ORDER BY x")).scalars()) == [1, 2]
        transaction.rollback()
    assert "seen" not in line.tables(line.url)


@TRANSACTIONAL
def test_failure_in_the_transaction_of_the_caller(line: Project, engine: sa.Engine) -> None:
    """After an error the caller decides: nothing was committed."""
    if engine.dialect.name == "sqlite":
        begin_really(engine)
    add_script(line, "4d04dd", THIRD, up="raise ValueError('no')")
    with line.context(), engine.connect() as connection, connection.begin() as transaction:
        with pytest.raises(MigrateError, match="raised ValueError: no"):
            flask_migrate.upgrade(connection=connection)
        transaction.rollback()
    assert tables(line) == set()


def test_several_databases(make_project: Callable[..., Project], make_url: Callable[[], str]) -> None:
    """One connection can't serve an app with several databases."""
    project = make_project(binds={"logs": make_url()})
    project.ok("db", "init")
    engine = sa.create_engine(project.url)
    with project.context(), engine.connect() as connection, pytest.raises(MigrateError) as caught:
        flask_migrate.upgrade(connection=connection)
    engine.dispose()
    assert str(caught.value) == (
        "A connection was given, and the app has 2 databases.\n"
        "Leave the connection out: every database is reached through its own engine."
    )


@SQLITE
def test_old_env(line: Project, memory: sa.Connection) -> None:
    """An env.py that connects by itself works on the caller's connection all the same."""
    from tests.api.conftest import OLD_ENV

    line.write("migrations/env.py", OLD_ENV)
    with line.context():
        flask_migrate.upgrade(connection=memory)
    assert names(memory) == ALL
    assert tables(line) == set()


def begin_really(engine: sa.Engine) -> None:
    """Let a transaction on SQLite begin when it is begun, as SQLAlchemy's manual says."""

    @sa.event.listens_for(engine, "connect")
    def connect(connection: object, record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]  # sqlite3's

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN")
