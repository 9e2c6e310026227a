"""Measure what lock and log cost: the same upgrade with both and with neither, in turn.

    python benchmarks/overhead.py sqlite:////tmp/overhead.db [REVISIONS] [PAIRS]

Every revision makes a table and an index, each upgrade starts with an empty database (all tables of the one that the
URL names are dropped), and runs in a process of its own. The figure is the median over all pairs of with ÷ without.
The package has to be importable.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

APP = """
import os

from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
options = {} if os.environ["WITH"] == "1" else {"log_table": None, "lock": False}
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


def main(url: str, revisions: str = "1000", pairs: str = "5") -> None:
    """Print each pair, and the median."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        (project / "app.py").write_text(APP)
        run(project, url, "init")
        for number in range(1, int(revisions) + 1):
            before = f"r{number - 1:05}" if number > 1 else None
            script = SCRIPT.format(number=number, before=before)
            (project / f"migrations/versions/r{number:05}.py").write_text(script)
        measure(project, url, True)  # leaves the bytecode behind
        ratios = []
        for pair in range(int(pairs)):
            order = (True, False) if pair % 2 else (False, True)
            seconds = {is_with: measure(project, url, is_with) for is_with in order}
            ratios.append(seconds[True] / seconds[False])
            print(f"with {seconds[True]:.2f} s, without {seconds[False]:.2f} s: {ratios[-1]:.3f}")
        print(f"median {statistics.median(ratios):.3f}")


def measure(project: Path, url: str, is_with: bool) -> float:
    """Seconds that the upgrade of an empty database takes."""
    empty(url)
    started = time.monotonic()
    run(project, url, "upgrade", is_with)
    return time.monotonic() - started


def run(project: Path, url: str, command: str, is_with: bool = True) -> None:
    """Run a command, which has to succeed."""
    variables = {"DATABASE_URL": url, "WITH": str(int(is_with))}
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", "db", command],
        cwd=project,
        env={**environ, **variables},
        check=True,
        capture_output=True,
    )


def empty(url: str) -> None:
    """Drop all tables."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    quote = engine.dialect.identifier_preparer.quote
    with engine.connect() as connection:
        for number, name in enumerate(sa.inspect(connection).get_table_names(), 1):
            connection.exec_driver_sql(f"DROP TABLE {quote(name)}")
            if number % 500 == 0:
                connection.commit()  # a server remembers so many locks only
        connection.commit()
    if engine.dialect.name == "sqlite":
        Path(str(engine.url.database)).unlink()


if __name__ == "__main__":
    main(*sys.argv[1:])
