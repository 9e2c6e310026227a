"""Measure ``upgrade --tenants all`` against a shell loop of one Flask-Migrate 4.1 process for each tenant.

    python benchmarks/tenants.py [TENANTS [LOOPED [URL]]]

Tenants are SQLite files, or with the URL of an empty PostgreSQL database schemas in it, which are dropped before and
after. Of the loop, LOOPED processes are timed (5 by default) and taken for all: they are alike.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from environments import WORK, Environment, base_environ, make_environments

REVISIONS = 20
APP = """
import os

from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["BENCH_URL"]
db = SQLAlchemy(app)
migrate = Migrate(app, db)
if hasattr(migrate, "tenants"):

    @migrate.tenants
    def tenants():
        is_sqlite = os.environ["BENCH_URL"].startswith("sqlite")
        for number in range(int(os.environ["BENCH_TENANTS"])):
            yield (f"t{number}", f"sqlite:///{os.getcwd()}/files/t{number}.db") if is_sqlite else f"t{number}"
"""
SCRIPT = """
from alembic import op
import sqlalchemy as sa

revision = "r{number:03}"
down_revision = {before!r}


def upgrade():
    op.create_table("t{number}", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(50)))
    op.create_index("ix_t{number}", "t{number}", ["name"])


def downgrade():
    op.drop_table("t{number}")
"""


def main() -> None:
    """Make the project, measure, print."""
    given = [int(number) for number in sys.argv[1:3]]
    tenants, looped = given + [60, 5][len(given) :]
    server = sys.argv[3] if len(sys.argv) > 3 else None
    WORK.mkdir(exist_ok=True)
    peer, ours = make_environments()
    folder = make_project(peer)
    print(f"{tenants} {'PostgreSQL schemas' if server else 'SQLite files'} through {REVISIONS} revisions")
    with schemas(server, tenants, looped):
        for what in ("upgrade", "up to date"):
            report(what, tenants, loop(peer, folder, looped, server), fleet(ours, folder, tenants, server))


@contextlib.contextmanager
def schemas(server: str | None, tenants: int, looped: int) -> Iterator[None]:
    """Within this block, the schemas of the tenants are there and empty."""
    if server is None:
        yield
        return
    engine = sa.create_engine(server, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    names = [f"t{number}" for number in range(tenants)] + [f"looped{number}" for number in range(looped)]
    with engine.connect() as connection:
        for name in names:
            connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {name} CASCADE")
            connection.exec_driver_sql(f"CREATE SCHEMA {name}")
        yield
        for name in names:
            connection.exec_driver_sql(f"DROP SCHEMA {name} CASCADE")


def make_project(peer: Environment) -> Path:
    """A project with scripts and without databases."""
    folder = WORK / "tenants"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "files").mkdir(parents=True)
    (folder / "app.py").write_text(APP, encoding="utf-8")
    peer.run("-m", "flask", "db", "init", cwd=folder, env={"BENCH_URL": "sqlite://", "BENCH_TENANTS": "0"})
    for number in range(REVISIONS):
        before = f"r{number - 1:03}" if number else None
        path = folder / "migrations" / "versions" / f"r{number:03}_.py"
        path.write_text(SCRIPT.format(number=number, before=before), encoding="utf-8")
    return folder


def loop(peer: Environment, folder: Path, count: int, server: str | None) -> float:
    """Seconds of one process of Flask-Migrate 4.1, the mean of some."""
    if server is None:
        urls = [f"sqlite:///{folder}/files/looped{number}.db" for number in range(count)]
    else:
        urls = [f"{server}?options=-csearch_path%3Dlooped{number}" for number in range(count)]
    return sum(timed(peer, folder, "db", "upgrade", BENCH_URL=url) for url in urls) / count


def fleet(ours: Environment, folder: Path, tenants: int, server: str | None) -> float:
    """Seconds of one process of this checkout for all."""
    url = server or f"sqlite:///{folder}/files/main.db"
    command = ("db", "upgrade", "--tenants", "all")
    return timed(ours, folder, *command, BENCH_URL=url, BENCH_TENANTS=str(tenants))


def timed(environment: Environment, folder: Path, *command: str, **env: str) -> float:
    """Seconds of one ``flask`` command, which has to succeed."""
    started = time.perf_counter()
    subprocess.run(
        [str(environment.python), "-m", "flask", *command],
        cwd=folder,
        env=base_environ() | {"BENCH_TENANTS": "0"} | env,
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - started


def report(what: str, tenants: int, each: float, ours: float) -> None:
    """Print one line."""
    print(f"{what:12} loop {each * tenants:8.1f} s   fleet {ours:6.1f} s   {each * tenants / ours:6.1f} times")


if __name__ == "__main__":
    main()
