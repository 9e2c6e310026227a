"""``flask db ensure-version``"""

from __future__ import annotations

from collections.abc import Callable

from tests.legacy.old_folders import run_sql
from tests.projects import Project
from tests.scripts import FIRST, described, is_untouched, tables, told, version


def test_makes_the_table(line: Project) -> None:
    """The version table is made, empty; no migration is run."""
    result = line.ok("db", "ensure-version")
    assert (tables(line), version(line)) == (set(), [])
    assert (result.stdout, told(result)) == ("", [f"Database: {described(line.url)}"])


def test_existing_table_is_kept(line: Project) -> None:
    """A version table that is there keeps what it says."""
    line.ok("db", "upgrade", FIRST)
    line.ok("db", "ensure-version")
    assert version(line) == [FIRST]


def test_sql(line: Project) -> None:
    """``--sql`` prints the statement and touches nothing."""
    output = line.ok("db", "ensure-version", "--sql").stdout
    assert is_untouched(line.url)
    run_sql(line.url, output)
    assert version(line) == []


def test_two_databases(make_project: Callable[..., Project], make_url: Callable[[], str]) -> None:
    """Every bind gets the table."""
    project = make_project(binds={"logs": make_url()})
    project.ok("db", "init")
    project.ok("db", "ensure-version")
    assert version(project) == version(project, project.binds["logs"]) == []
