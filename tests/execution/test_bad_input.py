"""Places in which a migration meets what it did not expect."""

from __future__ import annotations

import errno
import secrets
import typing as t
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from flask_migrate.execution import poolers
from flask_migrate.execution.lock import postgresql, sqlite
from tests.execution.histories import History, engine_of
from tests.execution.test_lock import add_steps, held, let_go
from tests.projects import Project

TABLE = "op.create_table({!r}, sa.Column('id', sa.Integer, primary_key=True))"
ROWS = "op.execute('INSERT INTO a (id) VALUES ({})')"


@pytest.mark.parametrize("columns", ["x integer", "id integer primary key, revision varchar(9)"])
def test_another_table_of_that_name(history: History, columns: str) -> None:
    """A table that is no log of ours is left alone; the migration goes on, with one warning."""
    history.sql(f"CREATE TABLE flask_migrate_log ({columns})")
    history.add(TABLE.format("a"))
    history.add(TABLE.format("b"))
    result = history.upgrade()
    assert result.stderr.count("The table flask_migrate_log lacks the columns ") == 1
    assert history.version() == "r002"
    assert history.sql("SELECT * FROM flask_migrate_log") == []
    assert "Nothing was run yet." in history.project.ok("db", "log").stdout
    assert "at r002" in history.project.ok("db", "status").stdout


def test_log_of_a_later_release(history: History) -> None:
    """A log that wants more than this release knows is left alone, and with the next column it is used."""
    history.add(TABLE.format("a"))
    history.upgrade()
    history.sql("ALTER TABLE flask_migrate_log ADD COLUMN more integer")
    history.add(TABLE.format("b"))
    history.upgrade()
    assert len(history.log()) == 2
    strict = "CREATE TABLE strict_log AS SELECT * FROM flask_migrate_log"
    history.sql(strict)
    history.sql("DROP TABLE flask_migrate_log")
    names = "id integer primary key, revision varchar(9), direction varchar(9), outcome varchar(9), started timestamp"
    rest = "finished timestamp NULL, error text, checksum text, who text, release text, operations text"
    rest = rest.replace("release", "`release`") if "mysql" in history.url else rest
    history.sql(f"CREATE TABLE flask_migrate_log ({names}, {rest}, must integer NOT NULL)")
    history.add(TABLE.format("c"))
    result = history.upgrade()
    assert result.stderr.count("The log table flask_migrate_log can't be used") == 1
    assert (history.version(), history.sql("SELECT * FROM flask_migrate_log")) == ("r003", [])


@pytest.fixture
def role(history: History, engine_name: str) -> Iterator[Callable[[str], str]]:
    """A function that makes a role with some rights on all tables, and returns the URL with which it comes."""
    name, url = f"migrate_{secrets.token_hex(4)}", sa.make_url(history.url)
    with engine_of(history.url) as engine, engine.connect() as connection:

        def run(statement: str) -> None:
            connection.exec_driver_sql(statement)
            connection.commit()

        def make(rights: str) -> str:
            if engine_name == "postgresql":
                run(f"CREATE ROLE {name} LOGIN PASSWORD 'x'")
                run("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
                run(f"GRANT {rights} ON ALL TABLES IN SCHEMA public TO {name}")
            else:
                run(f"CREATE USER '{name}'@'%%' IDENTIFIED BY 'x'")
                run(f"GRANT {rights} ON `{url.database}`.* TO '{name}'@'%%'")
            return url.set(username=name, password="x").render_as_string(hide_password=False)

        yield make
        if engine_name == "postgresql":
            run(f"DROP OWNED BY {name}")
            run(f"DROP ROLE {name}")
        else:
            run(f"DROP USER '{name}'@'%%'")


@pytest.mark.engines("postgresql", "mariadb")
def test_no_right_to_make_the_log(history: History, role: Callable[[str], str]) -> None:
    """A role that may not make a table migrates rows without a log, with one warning."""
    history.add(TABLE.format("a"))
    history.run(lock=True)
    history.sql("DROP TABLE flask_migrate_log")
    history.add(ROWS.format(1))
    history.add(ROWS.format(2))
    owner, history.project.url = history.url, role("SELECT, INSERT, UPDATE, DELETE")
    result = history.upgrade()
    assert result.stderr.count("can't be used, the migration goes on without") == 1
    history.project.url = owner
    assert (history.version(), history.sql("SELECT id FROM a")) == ("r003", [(1,), (2,)])


@pytest.mark.engines("postgresql", "mariadb")
def test_read_only_role(history: History, role: Callable[[str], str]) -> None:
    """Who may only read finds an up-to-date database up to date, looks at everything, and is told the rest."""
    history.add(TABLE.format("a"))
    history.upgrade()
    owner, history.project.url = history.url, role("SELECT")
    assert "Running" not in history.upgrade().stderr
    history.add(ROWS.format(1))
    assert "pending: r002" in history.project.ok("db", "status").stdout
    assert "r001 done" in history.project.ok("db", "log").stdout
    assert "INSERT INTO a" in history.project.ok("db", "upgrade", "--plan").stdout
    result = history.project.fails("db", "upgrade")
    assert "denied" in result.stderr
    assert "Traceback" not in result.stderr
    history.project.url = owner
    assert history.version() == "r001"


@pytest.mark.engines("postgresql")
def test_pooler(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a pooler the lock is held by a transaction; it keeps out who comes the other way, and is named."""
    for module in (poolers, postgresql):
        monkeypatch.setattr(module, "is_pooled", lambda connection: True)
    with held(history) as (holder, fork):
        monkeypatch.undo()
        code, output = fork(wait=0).wait()
        assert code == 6
        assert f"process {holder.pid} on " in output
        let_go(history)
        assert "ran: r002" in holder.succeed()
        assert fork(wait=0).succeed() == "ran:\n"


@pytest.mark.engines("postgresql")
def test_no_pooler(history: History) -> None:
    """A server that is reached without one is known by the process that it names."""
    with engine_of(history.url) as engine, engine.connect() as connection:
        assert not poolers.is_pooled(connection)
        driver: t.Any = connection.connection.dbapi_connection
        driver.prepare_threshold = 3
        with poolers.unprepared(connection):
            assert driver.prepare_threshold is None
        assert driver.prepare_threshold == 3


@pytest.mark.engines("sqlite")
def test_file_system_without_locks(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a file can't be locked, as on some network file systems, a person is told, and the migration goes on."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(sqlite.fcntl, "flock", refuse)
    history.add(TABLE.format("a"))
    told: list[str] = []
    history.run(notify=told.append)
    assert len(told) == 1
    assert "has no locks, as some network file systems have none" in told[0]
    assert history.version() == "r001"


def test_two_checkouts(history: History, make_project: Callable[..., Project]) -> None:
    """A checkout that lacks the revision at which the database is says so, and changes nothing."""
    add_steps(history, 2)
    other = History(make_project())
    other.project.ok("db", "init")
    add_steps(other, 1)
    history.upgrade()
    result = other.project.fails("db", "upgrade")
    assert "Can't locate revision identified by 'r002'" in result.stderr
    other.add(TABLE.format("theirs"))
    assert "Edited after they were applied here: r002" not in other.upgrade().stderr  # nothing is left to do
    assert history.version() == "r002"
    other.add(TABLE.format("more"))
    assert "Edited after they were applied here: r002." in other.upgrade().stderr


@pytest.mark.parametrize("option", [[], ["--mark-done"], ["--mark-not-run"], ["--continue-from", "3"]])
def test_repair_of_what_is_whole(history: History, option: list[str]) -> None:
    """Nothing is half done: ``repair`` says so and changes nothing, before the first upgrade and after it."""
    history.add(TABLE.format("a"))
    assert "there is nothing to repair" in history.project.ok("db", "repair", *option).stdout
    history.upgrade()
    before = history.log()
    assert "there is nothing to repair" in history.project.ok("db", "repair", *option).stdout
    assert (history.version(), history.log()) == ("r001", before)


def test_time_to_wait_is_over(history: History) -> None:
    """Who has waited as long as it was told to ends with 6, and names the holder."""
    with held(history) as (holder, fork):
        code, output = fork(wait=0.3).wait()
        let_go(history)
        holder.succeed()
    assert code == 6
    assert f"process {holder.pid} on " in output
