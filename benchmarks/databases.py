"""Databases for the projects: SQLite files, and scratch databases on the servers that are there."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from environments import HERE, CommandFailed, Environment
from network import slowed
from projects import Project

#: Where a server is looked for, and the variable that names another one (the test suite's).
SERVERS = {
    "postgresql": ("TEST_POSTGRESQL_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"),
    "mariadb": ("TEST_MARIADB_URL", "mysql+pymysql://root@127.0.0.1:3306/"),
}
DEFAULT_PORTS = {"postgresql": 5432, "mariadb": 3306}
SCRATCH = str(HERE / "inside" / "scratch.py")
PREFIX = "migrate_bench"


class Absent(Exception):
    """The server that a case needs is not there; the message says why."""


@dataclass(frozen=True)
class Database:
    """A database whose tables are those of a project's models, stamped with its head.

    :param engine: ``sqlite``, ``postgresql`` or ``mariadb``.
    :param url: reaches it.
    :param file: the file in which SQLite keeps it.
    """

    engine: str
    url: str
    file: Path | None = None

    @contextlib.contextmanager
    def reached(self, delay: float) -> Iterator[str]:
        """Its URL, over a network that takes ``delay`` more milliseconds for each round trip."""
        if not delay:
            yield self.url
            return
        parts = urlsplit(self.url)
        if not parts.hostname:
            raise Absent("the server is not reached over TCP")
        with slowed(parts.hostname, parts.port or DEFAULT_PORTS[self.engine], delay) as port:
            login = parts.netloc.rpartition("@")[0]
            yield urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{port}"))


class Databases:
    """Makes each database when it is first asked for, and drops those on servers at the end.

    :param peer: the environment that makes them: both packages find the same database.
    """

    def __init__(self, peer: Environment) -> None:
        self.peer = peer
        self.made: dict[tuple[str, str], Database] = {}
        self.names: list[tuple[str, str]] = []

    def get(self, project: Project, engine: str) -> Database:
        """The database of ``project`` on ``engine``.

        :raises Absent: when there is no such server.
        """
        key = (project.name, engine)
        if key not in self.made:
            make = self.make_file if engine == "sqlite" else self.make_on_server
            self.made[key] = make(project, engine)
        return self.made[key]

    def make_file(self, project: Project, engine: str) -> Database:
        """The SQLite file of ``project``, which a later run finds again."""
        file = project.folder / "head.sqlite"
        database = Database(engine, f"sqlite:///{file}", file)
        if not file.exists():
            unfinished = file.with_suffix(".unfinished")
            unfinished.unlink(missing_ok=True)
            self.fill(project, f"sqlite:///{unfinished}")
            unfinished.rename(file)
        return database

    def make_on_server(self, project: Project, engine: str) -> Database:
        """A scratch database for ``project``."""
        variable, default = SERVERS[engine]
        server = os.environ.get(variable, default)
        name = f"{PREFIX}_{os.getpid()}_{project.name.replace('-', '_')}"
        try:
            url = self.peer.run(SCRATCH, "create", server, name).strip()
        except CommandFailed as error:
            raise Absent(str(error).strip().splitlines()[-1]) from error
        self.names.append((server, name))
        self.fill(project, url)
        return Database(engine, url)

    def fill(self, project: Project, url: str) -> None:
        """Make the tables of ``project``, and stamp them with its head."""
        print(f"Filling the {urlsplit(url).scheme} database of {project.name} ...", flush=True)
        environ = {"BENCH_URL": url}
        self.peer.run(SCRATCH, "fill", cwd=project.folder, env=environ)
        self.peer.run("-m", "flask", "--app", "app", "db", "stamp", "head", cwd=project.folder, env=environ)

    def drop(self) -> None:
        """Drop the scratch databases."""
        while self.names:
            self.peer.run(SCRATCH, "drop", *self.names.pop())


def empty_file(file: Path) -> str:
    """The URL of a SQLite database that holds nothing."""
    for path in (file, file.with_name(f"{file.name}-journal")):
        path.unlink(missing_ok=True)
    return f"sqlite:///{file}"


def copied_file(source: Path, file: Path) -> str:
    """The URL of a copy of a SQLite database."""
    url = empty_file(file)
    shutil.copyfile(source, file)
    return url
