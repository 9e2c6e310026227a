"""``flask db current``"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.projects import Project
from tests.scripts import FIRST, SECOND, THIRD, add_script, described, is_untouched, told


def test_empty_database(line: Project) -> None:
    """A database without a version table is at nothing, and the table is not made by asking."""
    result = line.ok("db", "current")
    assert (result.stdout, told(result)) == ("", [f"Database: {described(line.url)}"])
    assert is_untouched(line.url)


def test_on_the_way_and_at_the_head(line: Project) -> None:
    """The revision is printed, with ``(head)`` where it is one."""
    line.ok("db", "upgrade", SECOND)
    assert line.ok("db", "current").stdout == f"{SECOND}\n"
    line.ok("db", "upgrade")
    assert line.ok("db", "current").stdout == f"{THIRD} (head)\n"


def test_several_branches(fork: Project) -> None:
    """Each branch has a line."""
    fork.ok("db", "upgrade", "heads")
    assert fork.ok("db", "current").stdout == "bbbb (head)\ncccc (head)\n"


@pytest.mark.parametrize("flag", ["-v", "--verbose"])
def test_verbose(line: Project, flag: str) -> None:
    """``-v`` adds the database, its password hidden, and all that the script's docstring says."""
    line.ok("db", "upgrade", FIRST)
    url = sa.make_url(line.url)
    if url.get_backend_name() == "mysql":  # Flask-SQLAlchemy asks for this charset
        url = url.update_query_dict({"charset": "utf8mb4"})
    assert line.ok("db", "current", flag).stdout == (
        f"Current revision(s) for {url.render_as_string()}:\n"
        f"Rev: {FIRST}\n"
        "Parent: <base>\n"
        f"Path: {line.versions()[0]}\n"
        "\n"
        "    make one\n"
        "    \n"
        f"    Revision ID: {FIRST}\n"
        "    Revises: \n"
        "    Create Date: 2024-01-02 03:04:05\n"
        "\n"
    )


def test_check_heads(line: Project) -> None:
    """``--check-heads`` fails unless every head is applied."""
    line.ok("db", "upgrade", SECOND)
    result = line.fails("db", "current", "--check-heads")
    assert told(result)[-2:] == [
        f"Error: Database is not on all head revisions: {described(line.url)}.",
        "Run: flask db upgrade heads",
    ]
    line.ok("db", "upgrade")
    assert line.ok("db", "current", "--check-heads").stdout == f"{THIRD} (head)\n"


def test_check_heads_of_branches(fork: Project) -> None:
    """One of two heads is not enough."""
    fork.ok("db", "upgrade", "bbbb")
    fork.fails("db", "current", "--check-heads")
    fork.ok("db", "upgrade", "heads")
    fork.ok("db", "current", "--check-heads")


@pytest.mark.engines("sqlite")
def test_json(line: Project) -> None:
    """``--json`` prints the revisions of each database as data."""
    line.ok("db", "upgrade", SECOND)
    (target,) = json.loads(line.ok("db", "current", "--json").stdout)
    (revision,) = target.pop("revisions")
    assert target == {"name": "", "database": described(line.url), "is_at_head": False}
    assert revision == {
        "revision": SECOND,
        "down_revisions": [FIRST],
        "dependencies": [],
        "branch_labels": [],
        "message": "make two",
        "path": str(line.versions()[1]),
        "is_head": False,
        "is_base": False,
        "is_branch_point": False,
        "is_merge_point": False,
        "is_current": True,
    }


def test_two_databases(make_project: Callable[..., Project], make_url: Callable[[], str]) -> None:
    """Every bind is asked; a bind that is behind is behind."""
    project = make_project(binds={"logs": make_url()})
    project.ok("db", "init")
    add_script(project, "aaaa", None)
    add_script(project, "bbbb", "aaaa")
    project.ok("db", "upgrade")
    project.sql(project.binds["logs"], "UPDATE alembic_version SET version_num = 'aaaa'")
    assert project.ok("db", "current").stdout == "bbbb (head) [default]\naaaa [logs]\n"
    assert told(project.fails("db", "current", "--check-heads"))[-2] == (
        f"Error: Database is not on all head revisions: {described(project.binds['logs'])}."
    )


def test_dependency(started: Project) -> None:
    """A revision that another one depends on is listed as well, as in Alembic."""
    add_script(started, "aaaa", None, labels="shop")
    add_script(started, "bbbb", None, labels="blog", needs="aaaa")
    started.ok("db", "upgrade", "heads")
    assert started.ok("db", "current").stdout == "aaaa (effective head)\nbbbb (head)\n"
