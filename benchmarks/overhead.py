"""Measure what lock and log cost: the same upgrade with both, with neither, and with Flask-Migrate 4.1, in turn.

    python benchmarks/overhead.py sqlite:////tmp/overhead.db [REVISIONS] [ROUNDS]

Every revision makes a table and an index. Each upgrade runs in a process of its own and begins with an empty database:
the one that the URL names is dropped and made anew. The figures are the medians over all rounds of with ÷ without and
with ÷ 4.1. Flask-Migrate 4.1 runs all revisions of an upgrade in one transaction.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import time
from pathlib import Path

import sqlalchemy as sa

from environments import WORK, Environment, make_environments

APP = """
import os

from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["BENCH_URL"]
options = {"log_table": None, "lock": False} if os.environ["BENCH_MODE"] == "without" else {}
migrate = Migrate(app, SQLAlchemy(app), **options)
"""
SCRIPT = '''"""change {number}"""
import sqlalchemy as sa
from alembic import op

revision = "r{number:05}"
down_revision = {before!r}


def upgrade():
    op.create_table("t{number}", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(40)))
    op.create_index("ix_t{number}", "t{number}", ["name"])


def downgrade():
    op.drop_table("t{number}")
'''


MODES = ("with", "without", "4.1")


def main(url: str, revisions: str = "1000", rounds: str = "5") -> None:
    """Print each round, and the medians."""
    peer, ours = make_environments()
    environments = {"with": ours, "without": ours, "4.1": peer}
    project = WORK / "overhead"
    shutil.rmtree(project, ignore_errors=True)
    project.mkdir(parents=True)
    (project / "app.py").write_text(APP)
    run(peer, project, url, "4.1", "init")
    for number in range(1, int(revisions) + 1):
        before = f"r{number - 1:05}" if number > 1 else None
        script = SCRIPT.format(number=number, before=before)
        (project / f"migrations/versions/r{number:05}.py").write_text(script)
    for environment in (peer, ours):
        run(environment, project, url, "with", "heads")  # leaves the bytecode behind
    found = []
    for turn in range(int(rounds)):
        order = MODES[turn % 3 :] + MODES[: turn % 3]
        seconds = {mode: measure(environments[mode], project, url, mode) for mode in order}
        found.append((seconds["with"] / seconds["without"], seconds["with"] / seconds["4.1"]))
        times = ", ".join(f"{mode} {seconds[mode]:.2f} s" for mode in MODES)
        print(f"{times}: {found[-1][0]:.3f}, {found[-1][1]:.3f}", flush=True)
    medians = [statistics.median(ratios) for ratios in zip(*found, strict=True)]
    print(f"median: {medians[0]:.3f} of without, {medians[1]:.3f} of 4.1")
    empty(url)
    shutil.rmtree(project)


def measure(environment: Environment, project: Path, url: str, mode: str) -> float:
    """Seconds that the upgrade of an empty database takes."""
    empty(url)
    started = time.monotonic()
    run(environment, project, url, mode, "upgrade")
    return time.monotonic() - started


def run(environment: Environment, project: Path, url: str, mode: str, command: str) -> None:
    """Run a command, which has to succeed."""
    variables = {"BENCH_URL": url, "BENCH_MODE": mode}
    environment.run("-m", "flask", "--app", "app", "db", command, cwd=project, env=variables)


def empty(url: str) -> None:
    """Make the database anew."""
    place = sa.make_url(url)
    if place.get_backend_name() == "sqlite":
        Path(str(place.database)).unlink(missing_ok=True)
        return
    server = place.set(database="postgres" if place.get_backend_name() == "postgresql" else "")
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    name = engine.dialect.identifier_preparer.quote(str(place.database))
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}")
        connection.exec_driver_sql(f"CREATE DATABASE {name}")


if __name__ == "__main__":
    main(*sys.argv[1:])
