"""Busy tables, sessions that are ended, and a database that is full."""

from __future__ import annotations

import os
import threading
import time

import pytest
import sqlalchemy as sa

import flask_migrate
from tests.execution.children import forking, wait_until
from tests.execution.histories import History, engine_of

#: For how many seconds a transaction holds the table, and how often a session is ended.
HELD = float(os.environ.get("TEST_BUSY_SECONDS", "3"))
ENDED = int(os.environ.get("TEST_SESSION_KILLS", "2"))


class Readers(threading.Thread):
    """Reads a table again and again, and measures how long it is held up."""

    def __init__(self, url: str, table: str) -> None:
        super().__init__()
        self.url, self.table = url, table
        self.is_over = False
        self.longest, self.count = 0.0, 0

    def run(self) -> None:
        """Read until it is over."""
        with engine_of(self.url, isolation_level="AUTOCOMMIT") as engine, engine.connect() as connection:
            while not self.is_over:
                started = time.monotonic()
                connection.exec_driver_sql(f"SELECT count(*) FROM {self.table}").all()
                self.longest = max(self.longest, time.monotonic() - started)
                self.count += 1
                time.sleep(0.005)


@pytest.mark.engines("postgresql", "mariadb")
@pytest.mark.parametrize(("options", "most"), [({}, 2.0), ({"lock_timeout": 0.5}, 1.0)])
def test_readers_are_not_held_up(history: History, engine_name: str, options: dict[str, float], most: float) -> None:
    """While a statement waits behind a long transaction, readers of the table go on, but for a moment."""
    if engine_name == "mariadb" and options:
        pytest.skip("MariaDB counts in whole seconds")
    history.add("op.create_table('a', sa.Column('id', sa.Integer, primary_key=True))")
    history.upgrade()
    history.add("op.add_column('a', sa.Column('b', sa.Integer))")
    readers = Readers(history.url, "a")
    with engine_of(history.url) as engine, engine.connect() as holder, forking(history.project) as fork:
        holder.execute(sa.text("SELECT * FROM a")).all()
        readers.start()
        child = fork(**options)
        time.sleep(HELD)
        before = history.version()
        holder.rollback()
        child.succeed()
        readers.is_over = True
        readers.join()
    assert (before, history.version()) == ("r001", "r002")
    assert readers.count > 10
    assert readers.longest < most


SESSIONS = {
    "postgresql": "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND pid NOT IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory')",
    "mariadb": "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID() "
    "ORDER BY id LIMIT 1",
}
END = {"postgresql": "SELECT pg_terminate_backend({})", "mariadb": "KILL {}"}
STEP = """
import os, time
op.create_table("t{n}", sa.Column("id", sa.Integer, primary_key=True))
op.execute("INSERT INTO t{n} (id) VALUES ({n})")
open("at{n}", "w").close()
time.sleep(0.1)
op.execute("INSERT INTO t0 (id) VALUES ({n})")
op.create_index("ix{n}", "t{n}", ["id"])
"""


@pytest.mark.engines("postgresql", "mariadb")
@pytest.mark.parametrize("number", range(ENDED))
def test_session_is_ended(history: History, engine_name: str, number: int) -> None:
    """The server ends the session in the middle: the revision is taken up, at the latest by the next upgrade."""
    history.add("op.create_table('t0', sa.Column('id', sa.Integer, primary_key=True))")
    history.upgrade()
    for step in (1, 2, 3):
        history.add(STEP.format(n=step))
    options = {"isolation_level": "AUTOCOMMIT"}
    with engine_of(history.url, **options) as engine, engine.connect() as other, forking(history.project) as fork:
        child = fork()
        wait_until((history.project.folder / f"at{1 + number % 3}").exists, "the step")
        for session in other.exec_driver_sql(SESSIONS[engine_name]).scalars().all():
            other.exec_driver_sql(END[engine_name].format(int(session)))
        child.wait()
        fork().succeed()
    assert history.version() == "r004"
    assert history.sql("SELECT id FROM t0 ORDER BY id") == [(1,), (2,), (3,)]
    assert [history.sql(f"SELECT id FROM t{n}") for n in (1, 2, 3)] == [[(1,)], [(2,)], [(3,)]]


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("pages", [0, 3, 12, 40])
def test_full_database(history: History, pages: int) -> None:
    """When SQLite's file may not grow, no row is lost, and the version is that of the schema."""
    history.project.append(
        "app.py",
        "\nimport sqlalchemy as sa\n\nwith app.app_context():\n"
        '    @sa.event.listens_for(db.engine, "connect")\n'
        "    def limit(connection, record):\n"
        '        most = os.environ.get("MOST_PAGES")\n'
        "        if most:\n"
        '            connection.execute(f"PRAGMA max_page_count={most}")\n',
    )
    history.add(
        "op.create_table('a', sa.Column('id', sa.Integer, primary_key=True), sa.Column('w', sa.Text))\n"
        'op.execute("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 200) "\n'
        '           "INSERT INTO a SELECT n, hex(zeroblob(500)) FROM c")'
    )
    history.upgrade()
    history.add(
        "with op.batch_alter_table('a') as b:\n    b.alter_column('w', existing_type=sa.Text(), nullable=False)"
    )
    history.add("op.create_index('ix', 'a', ['w'])")
    most = int(history.sql("PRAGMA page_count")[0][0]) + pages
    with pytest.MonkeyPatch.context() as patch, history.project.context():
        patch.setenv("MOST_PAGES", str(most))
        with pytest.raises(Exception, match="full"):
            flask_migrate.upgrade()
    version = history.version()
    assert history.sql("SELECT count(*) FROM a") == [(200,)]
    assert ("NOT NULL" in history.schema()["a"].partition("w")[2]) == (version != "r001")
    assert "ix" not in history.schema()
    history.upgrade()
    assert (history.version(), history.sql("SELECT count(*) FROM a")) == ("r003", [(200,)])
