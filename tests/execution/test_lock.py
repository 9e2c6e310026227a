"""One migration at a time: others wait, and find nothing left to do."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import current_app

import flask_migrate
from flask_migrate.execution.lock import base
from tests.execution.children import Child, forking, wait_until
from tests.execution.histories import History
from tests.projects import Project

#: How many processes upgrade an empty database at once, and how often.
PROCESSES = int(os.environ.get("TEST_RACE_PROCESSES", "6"))
ROUNDS = int(os.environ.get("TEST_RACE_ROUNDS", "1"))

STEP = """
op.create_table({name!r}, sa.Column("id", sa.Integer, primary_key=True), sa.Column("w", sa.Integer))
op.execute("INSERT INTO {name} (w) VALUES (1)")
with op.batch_alter_table({name!r}) as batch_op:
    batch_op.alter_column("w", existing_type=sa.Integer, nullable=False)
"""
#: A step that goes on as long as the file ``go`` is not there.
SLOW = STEP + 'import os, time\nwhile not os.path.exists("go"):\n    time.sleep(0.02)\n'


def add_steps(history: History, count: int = 4) -> None:
    """Write revisions that each make a table with one row."""
    for number in range(count):
        history.add(STEP.format(name=f"t{number}"))


@contextlib.contextmanager
def held(history: History) -> Iterator[tuple[Child, Callable[..., Child]]]:
    """A child that is at revision ``r001`` and holds the lock, and the function that starts more children."""
    history.add(STEP.format(name="first"))
    history.add(SLOW.format(name="t0"))
    history.project.ok("db", "upgrade", "r001")
    with forking(history.project) as fork:
        ready = history.project.folder / "ready"
        history.edit(2, "import os, time", 'import os, time\n    open("ready", "w").close()')
        child = fork()
        wait_until(ready.exists, "the first statement of the holder")
        yield child, fork


def let_go(history: History) -> None:
    """Let the slow step end."""
    (history.project.folder / "go").touch()


@pytest.mark.parametrize("number", range(ROUNDS))
def test_many_processes(history: History, number: int) -> None:
    """Processes that upgrade an empty database at once all succeed, and every step is run once."""
    add_steps(history)
    with forking(history.project) as fork:
        children = [fork() for _ in range(PROCESSES)]
        outputs = [child.succeed() for child in children]
    ran = sorted(re.findall(r"r\d+", "".join(re.findall(r"ran:.*", "".join(outputs)))))
    assert ran == ["r001", "r002", "r003", "r004"]
    assert history.version() == "r004"
    assert [history.sql(f"SELECT w FROM t{number}") for number in range(4)] == [[(1,)]] * 4
    assert history.log() == [(rev, "upgrade", "done") for rev in ran]


def test_waiting(history: History) -> None:
    """Who comes second waits, is told who is waited for, and finds nothing left to do."""
    with held(history) as (holder, fork):
        second = fork(lambda: setattr(base, "PATIENCE", 0.1))
        time.sleep(1.0)
        let_go(history)
        assert "ran: r002" in holder.succeed()
        told, ran = second.succeed().splitlines()
    assert ran == "ran:"
    expected = rf"Waiting for another migration of .*: process {holder.pid} on {re.escape(socket.gethostname())[:20]}.*"
    assert re.fullmatch(expected, told)


def test_not_waiting(history: History) -> None:
    """With ``wait=0`` the error names host, process, time and revision of the holder, with exit code 6."""
    with held(history) as (holder, fork):
        code, output = fork(wait=0).wait()
        let_go(history)
        holder.succeed()
    assert code == 6
    message, hint = output.splitlines()
    host = re.escape(socket.gethostname()[:20])
    assert re.fullmatch(
        rf"Another migration of .* is running: process {holder.pid} on {host}.* since \d{{4}}-\d\d-\d\d "
        r"\d\d:\d\d:\d\d UTC, at revision r002\.",
        message,
    )
    assert hint == "Run the command again when it has ended, or wait for it: flask db upgrade --wait SECONDS"


def test_holder_as_a_value(history: History) -> None:
    """The error carries the holder, and names the time in UTC."""
    with held(history) as (holder, _):
        with history.project.context(), pytest.raises(flask_migrate.LockHeld) as caught:
            flask_migrate.upgrade(wait=0)
        let_go(history)
        holder.succeed()
    found = caught.value.holder
    assert found is not None
    assert (found.process, found.revision) == (str(holder.pid), "r002")
    assert abs(time.time() - time.mktime(time.strptime(found.since, "%Y-%m-%d %H:%M:%S UTC")) + time.timezone) < 300


def test_killed_holder(history: History) -> None:
    """The lock of a process that was killed is free, and its revision is run or taken up."""
    with held(history) as (holder, fork):
        holder.kill()
        assert holder.wait()[0] == -9
        let_go(history)
        assert "ran: r002" in fork(wait=30).succeed()
    assert (history.version(), history.sql("SELECT w FROM t0")) == ("r002", [(1,)])


def test_up_to_date(history: History) -> None:
    """A database that is up to date is found without the lock, and so is one that is to go where it is."""
    with held(history) as (holder, fork):
        assert fork(wait=0, revision="r001").succeed() == "ran:\n"
        let_go(history)
        holder.succeed()


@pytest.mark.engines("mariadb")
def test_version_table_in_the_making(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """MariaDB can't describe a table that another session makes at this moment: it is asked again under the lock."""
    add_steps(history, 1)
    has_table, failed = sa.Inspector.has_table, []

    def has_table_later(self: sa.Inspector, name: str, *args: object, **options: object) -> bool:
        if not failed:
            failed.append(name)
            cause = Exception(1684, "Table was skipped since its definition is being modified by concurrent DDL")
            raise sa.exc.OperationalError("DESCRIBE", None, cause)
        return has_table(self, name, *args, **options)  # type: ignore[arg-type]  # they are passed on as they are

    monkeypatch.setattr(sa.Inspector, "has_table", has_table_later)
    assert history.run().revisions == ("r001",)
    assert len(failed) == 1


def test_no_lock(history: History) -> None:
    """With ``lock=False`` nobody is waited for."""
    with held(history) as (holder, _), history.project.context():
        result = flask_migrate.stamp(revision="r001", lock=False)
        let_go(history)
        holder.wait()
    assert result.revisions == ()


def test_reading_commands_do_not_wait(history: History) -> None:
    """``current`` and ``revision`` work while a migration runs."""
    with held(history) as (holder, _):
        assert "r001" in history.project.ok("db", "current").stdout
        history.project.ok("db", "revision", "-m", "next", "--rev-id", "r003")
        let_go(history)
        holder.succeed()


POOLS = {
    "one": {"pool_size": 1, "max_overflow": 0, "pool_timeout": 2},
    "null": {"poolclass": sa.NullPool},
}


@pytest.mark.parametrize("pool", list(POOLS))
@pytest.mark.parametrize("folder", ["", "multi_09_latest"])
def test_pools(history: History, pool: str, folder: str) -> None:
    """The lock needs no connection of the app's pool, which may have one only, in use by an old env.py."""
    arguments = ", ".join(f"{name}={getattr(value, '__name__', value)}" for name, value in POOLS[pool].items())
    history.project.replace(
        "app.py",
        "db = SQLAlchemy(app)",
        f"from sqlalchemy import NullPool\ndb = SQLAlchemy(app, engine_options=dict({arguments}))",
    )
    if folder:
        history.project.write("migrations/env.py", old_env(folder))
    add_steps(history, 2)
    if folder:
        for number in (1, 2):
            history.edit(number, "def upgrade():", "def upgrade(engine_name=''):")
    history.upgrade()
    assert history.version() == "r002"


def old_env(folder: str) -> str:
    """The env.py of an earlier release."""
    from tests.legacy.old_folders import FOLDERS

    return (FOLDERS / folder / "env.py").read_text(encoding="utf-8")


@pytest.mark.engines("sqlite")
def test_database_in_memory(make_project: Callable[..., Project]) -> None:
    """A database in memory has one connection and needs no lock."""
    history = History(make_project(url="sqlite://"))
    history.project.ok("db", "init")
    add_steps(history, 2)
    with history.project.context() as app:
        assert list(flask_migrate.upgrade().revisions) == ["r001", "r002"]
        with app.extensions["sqlalchemy"].engine.connect() as connection:
            assert connection.scalar(sa.text("SELECT w FROM t1")) == 1
            assert connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == "r002"
        assert list(flask_migrate.upgrade().revisions) == []


def test_threads(make_project: Callable[..., Project], make_url: Callable[[], str], engine_name: str) -> None:
    """Threads of one process upgrade different databases, each on its own."""
    history = History(make_project())
    history.project.ok("db", "init")
    add_steps(history)
    urls = [make_url() for _ in range(4)]
    history.project.append("app.py", THREADED)
    failures: list[BaseException] = []
    with history.project.context("app", "app"):
        from app import create_app  # type: ignore[import-not-found]  # the project's own module

        def upgrade(url: str) -> None:
            try:
                with create_app(url).app_context():
                    flask_migrate.upgrade()
                    current_app.extensions["sqlalchemy"].engine.dispose()
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=upgrade, args=(url,)) for url in urls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failures == []
    for url in urls:
        assert history.project.sql(url, "SELECT version_num FROM alembic_version") == [("r004",)]


THREADED = """
def create_app(url):
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    db = SQLAlchemy(app)
    Migrate(app, db)
    return app
"""


@pytest.mark.engines("sqlite")
def test_lock_file_that_can_not_be_made(history: History) -> None:
    """Where no lock file can be made, the write transaction of the database is the lock."""
    add_steps(history)
    path = sa.make_url(history.url).database
    os.mkdir(f"{path}.migrate-lock")
    history.upgrade()
    assert history.version() == "r004"


@pytest.mark.engines("sqlite")
def test_read_only_folder(history: History) -> None:
    """An up-to-date database in a folder that can't be written is found up to date; otherwise SQLite says so."""
    add_steps(history, 1)
    history.upgrade()
    path = sa.make_url(history.url).database
    url = f"sqlite:///file:{path}?mode=ro&uri=true"
    history.project.url = url
    assert history.run().revisions == ()
    history.add(STEP.format(name="more"))
    result = history.project.fails("db", "upgrade")
    assert "attempt to write a readonly database" in result.stderr


@pytest.mark.engines("sqlite")
def test_lock_file_is_removed(history: History) -> None:
    """Nothing is left beside the database, and an abandoned lock file does not matter."""
    add_steps(history)
    path = f"{sa.make_url(history.url).database}.migrate-lock"
    with open(path, "w") as file:
        file.write("rubbish")
    history.upgrade()
    assert not os.path.exists(path)
