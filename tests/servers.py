"""The servers that scratch databases are made on, one class per engine."""

from __future__ import annotations

import contextlib
import typing as t
from collections.abc import Callable, Mapping
from pathlib import Path

import sqlalchemy as sa

#: Scratch databases are called <prefix><run>_<worker>_<number>.
PREFIX = "migrate_test_"


class Server(t.Protocol):
    """A place where databases can be made and dropped by name."""

    def create(self, name: str) -> str:
        """Make an empty database and return its URL, with the password."""

    def drop(self, name: str) -> None:
        """Drop a database, whoever is still connected to it."""


class SQLite:
    """Files in a temporary folder, which is pytest's to remove."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def create(self, name: str) -> str:
        """Name a file that SQLite makes when it is first opened."""
        return sa.URL.create("sqlite", database=str(self.folder / f"{name}.sqlite")).render_as_string()

    def drop(self, name: str) -> None:
        """Leave the file where it is, to be looked at when a test has failed."""


class Networked:
    """A server with a connection of its own for ``CREATE DATABASE`` and ``DROP DATABASE``."""

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url)
        options = {"isolation_level": "AUTOCOMMIT", "connect_args": {"connect_timeout": 5}}
        self.connection = sa.create_engine(self.url, poolclass=sa.NullPool, **options).connect()

    def close(self) -> None:
        """Close the connection; locks that it holds go with it."""
        self.connection.close()

    def url_of(self, name: str) -> str:
        """The URL of one database, with the password."""
        return self.url.set(database=name).render_as_string(hide_password=False)

    def execute(self, statement: str, **values: object) -> sa.CursorResult[t.Any]:
        """Run one statement outside any transaction."""
        return self.connection.execute(sa.text(statement), values)

    def sweep(self) -> None:
        """Drop the databases of runs that are dead: every run holds a lock for as long as it lives."""
        for name in self.names():
            run = name.removeprefix(PREFIX).partition("_")[0]
            if name.startswith(PREFIX) and self.take(run):
                self.drop(name)
                self.release(run)

    def names(self) -> list[str]:
        """All databases of the server."""
        raise NotImplementedError

    def create(self, name: str) -> str:
        """Make an empty database and return its URL."""
        raise NotImplementedError

    def drop(self, name: str) -> None:
        """Drop a database, whoever is still connected to it."""
        raise NotImplementedError

    def take(self, run: str) -> bool:
        """Take the lock of a run; False when somebody else holds it."""
        raise NotImplementedError

    def release(self, run: str) -> None:
        """Give the lock of a run back."""
        raise NotImplementedError


class PostgreSQL(Networked):
    """PostgreSQL 13 or later."""

    def names(self) -> list[str]:
        """All databases of the cluster."""
        return list(self.execute("SELECT datname FROM pg_database").scalars())

    def create(self, name: str) -> str:
        """Make a database from template0, which nobody can have changed."""
        self.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")
        return self.url_of(name)

    def drop(self, name: str) -> None:
        """Drop a database and end the sessions in it."""
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def take(self, run: str) -> bool:
        """Take the advisory lock of a run."""
        query = "SELECT pg_try_advisory_lock(hashtext(:prefix), hashtext(:run))"
        return bool(self.execute(query, prefix=PREFIX, run=run).scalar())

    def release(self, run: str) -> None:
        """Give the advisory lock of a run back."""
        self.execute("SELECT pg_advisory_unlock(hashtext(:prefix), hashtext(:run))", prefix=PREFIX, run=run)


class MariaDB(Networked):
    """MariaDB or MySQL."""

    def names(self) -> list[str]:
        """All databases that the account sees."""
        return list(self.execute("SELECT schema_name FROM information_schema.schemata").scalars())

    def create(self, name: str) -> str:
        """Make a database with the full Unicode character set."""
        self.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
        return self.url_of(name)

    def drop(self, name: str) -> None:
        """Drop a database; sessions in it are ended first, for the drop waits for their transactions."""
        sessions = "SELECT id FROM information_schema.processlist WHERE db = :name AND id <> connection_id()"
        for session in self.execute(sessions, name=name).scalars().all():
            with contextlib.suppress(sa.exc.DBAPIError):  # it may have ended by itself in the meantime
                self.execute(f"KILL {int(session)}")
        self.execute(f"DROP DATABASE IF EXISTS `{name}`")

    def take(self, run: str) -> bool:
        """Take the named lock of a run."""
        return bool(self.execute("SELECT get_lock(:lock, 0)", lock=PREFIX + run).scalar())

    def release(self, run: str) -> None:
        """Give the named lock of a run back."""
        self.execute("SELECT release_lock(:lock)", lock=PREFIX + run)


CLASSES: Mapping[str, type[Networked]] = {"postgresql": PostgreSQL, "mariadb": MariaDB}


class Scratch:
    """Databases made for one test; names never collide with those of another worker or run."""

    def __init__(self, server: Server, name: Callable[[], str]) -> None:
        self.server = server
        self.name = name
        self.names: list[str] = []

    def make_url(self) -> str:
        """Make one more empty database and return its URL, with the password."""
        name = self.name()
        self.names.append(name)
        return self.server.create(name)

    def drop(self) -> None:
        """Drop all that were made."""
        while self.names:
            self.server.drop(self.names.pop())
