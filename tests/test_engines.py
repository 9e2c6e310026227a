"""The suite's databases: every engine is found, and its scratch databases come and go."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests import servers
from tests.projects import Project

ROOT = Path(__file__).parent.parent


def test_database_is_empty_and_usable(engine_url: str, engine_name: str) -> None:
    """A scratch database is on the engine that the test is told, has no tables, and takes any text."""
    assert Project.tables(engine_url) == set()
    Project.sql(engine_url, "CREATE TABLE note (text VARCHAR(20))")
    Project.sql(engine_url, "INSERT INTO note VALUES (:text)", text="größer 100% 🙂")
    assert Project.sql(engine_url, "SELECT text FROM note") == [("größer 100% 🙂",)]
    assert sa.make_url(engine_url).get_backend_name() in {engine_name, "mysql"}


def test_databases_are_apart(engine_url: str, second_url: str, make_url: Callable[[], str]) -> None:
    """Every URL of a test is a database of its own."""
    Project.sql(engine_url, "CREATE TABLE note (id INTEGER)")
    assert [Project.tables(url) for url in (engine_url, second_url, make_url())] == [{"note"}, set(), set()]


@pytest.mark.engines("postgresql", "mariadb")
def test_database_is_dropped_while_in_use(scratch: servers.Scratch) -> None:
    """A session that holds a transaction open does not keep its database from being dropped."""
    url = scratch.make_url()
    Project.sql(url, "CREATE TABLE note (id INTEGER)")
    connection = sa.create_engine(url, poolclass=sa.NullPool).connect()
    connection.execute(sa.text("SELECT * FROM note"))
    scratch.drop()
    with pytest.raises(sa.exc.OperationalError):
        Project.tables(url)
    connection.invalidate()
    connection.close()


@pytest.mark.engines("postgresql", "mariadb")
def test_databases_of_dead_runs_are_dropped(engine_name: str, open_server: Callable[[str], servers.Networked]) -> None:
    """A database stays for as long as its run holds a lock; then the next run drops it."""
    server = open_server(engine_name)
    run = secrets.token_hex(4)
    name = f"{servers.PREFIX}{run}_main_1"
    with contextlib.closing(type(server)(server.url.render_as_string(hide_password=False))) as other:
        assert other.take(run)
        other.create(name)
        server.sweep()
        assert name in server.names()
        other.release(run)
    server.sweep()
    assert name not in server.names()


def run_suite(folder: Path, body: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a test file of its own under the suite's conftest."""
    (folder / "conftest.py").write_text("from tests.conftest import *\n")
    (folder / "test_it.py").write_text(body)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-c",
        str(ROOT / "pyproject.toml"),
        f"--rootdir={folder}",
    ]
    env = {**os.environ, "PYTHONPATH": str(ROOT), **environ}
    env.pop("PYTEST_XDIST_WORKER", None)
    return subprocess.run([*command, str(folder)], cwd=folder, env=env, capture_output=True, text=True)


BODY = """
import pytest

@pytest.mark.engines("sqlite")
def test_one(engine_url):
    assert engine_url.startswith("sqlite:///")
"""


def test_required_engine_that_is_absent(tmp_path: Path) -> None:
    """A required engine without a server is an error before any test runs."""
    done = run_suite(tmp_path, BODY, REQUIRE_ENGINES="mariadb", MYSQL_TCP_PORT="1", TEST_MARIADB_URL="")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "REQUIRE_ENGINES names an engine that is absent.\nmariadb: skipped, " in done.stderr


def test_required_engine_without_a_test(tmp_path: Path) -> None:
    """A session in which every test of a required engine was skipped has failed."""
    done = run_suite(tmp_path, BODY, REQUIRE_ENGINES="sqlite")
    assert done.returncode == pytest.ExitCode.OK, done.stdout
    skipped = BODY.replace("def ", "@pytest.mark.skip('not today')\ndef ")
    done = run_suite(tmp_path, skipped, REQUIRE_ENGINES="sqlite")
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout
    assert "REQUIRE_ENGINES: no test ran on sqlite." in done.stdout


def test_unknown_engine_is_refused(tmp_path: Path) -> None:
    """A name that is no engine, as in a typing error, does not pass as nothing required."""
    done = run_suite(tmp_path, BODY, REQUIRE_ENGINES="postgres")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "REQUIRE_ENGINES names 'postgres'; known are sqlite, postgresql, mariadb." in done.stderr
