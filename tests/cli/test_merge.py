"""``flask db merge``"""

from __future__ import annotations

import json

import pytest

from tests.projects import Project
from tests.scripts import FIRST, THIRD, add_script, tables, told, version

pytestmark = pytest.mark.engines("sqlite")


def parents(project: Project, rev: str) -> str:
    """The down revisions of a script, as they stand in the file."""
    (path,) = [path for path in project.versions() if path.name.startswith(rev)]
    (row,) = [row for row in path.read_text().splitlines() if row.startswith("down_revision = ")]
    return row


@pytest.mark.parametrize("names", [[], ["heads"], ["bbbb", "cccc"], ["bb", "cc"]])
def test_joins_heads(fork: Project, names: list[str]) -> None:
    """The heads, by default all of them, become the parents of one new revision, and an upgrade works again."""
    result = fork.ok("db", "merge", "-m", "Join both", "--rev-id", "dddd", *names)
    path = fork.folder / "migrations/versions/dddd_join_both.py"
    assert parents(fork, "dddd") == "down_revision = ('bbbb', 'cccc')"
    assert result.stdout == f"Generating {path} ...  done\n"
    assert told(result) == ["Next: read migrations/versions/dddd_join_both.py, then run flask db upgrade"]
    fork.ok("db", "upgrade")
    assert (tables(fork), version(fork)) == ({"aaaa", "bbbb", "cccc"}, ["dddd"])
    fork.ok("db", "downgrade", "base")
    assert tables(fork) == set()


def test_three_heads(fork: Project) -> None:
    """More than two are joined as well."""
    add_script(fork, "dddd", None)
    fork.ok("db", "merge", "--rev-id", "eeee", "--branch-label", "whole")
    assert parents(fork, "eeee") == "down_revision = ('bbbb', 'cccc', 'dddd')"
    assert fork.ok("db", "heads").stdout == "eeee (whole) (head)\n"


def test_database_is_not_touched(fork: Project) -> None:
    """The database is not asked."""
    fork.url = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    fork.ok("db", "merge")


def test_nothing_to_merge(line: Project) -> None:
    """One head is not enough, and no file is written."""
    result = line.fails("db", "merge")
    assert told(result) == ["Error: There is nothing to merge: heads is one revision.", f"The heads are: {THIRD}."]
    assert len(line.versions()) == 3


def test_empty_history(started: Project) -> None:
    """Without revisions there is nothing to merge."""
    assert told(started.fails("db", "merge")) == ["Error: The history is empty.", "The heads are: none."]


def test_splice(fork: Project) -> None:
    """A revision that is no head is refused, unless ``--splice`` allows it."""
    add_script(fork, "dddd", "cccc")
    before = fork.versions()
    fork.fails("db", "merge", "bbbb", "cccc")
    assert fork.versions() == before
    fork.ok("db", "merge", "--splice", "--rev-id", "eeee", "bbbb", "cccc")
    assert parents(fork, "eeee") == "down_revision = ('bbbb', 'cccc')"


def test_same_line(line: Project) -> None:
    """A revision and its own ancestor can't be joined."""
    before = line.versions()
    line.fails("db", "merge", FIRST, THIRD)
    assert line.versions() == before


def test_json(fork: Project) -> None:
    """``--json`` prints the new revision as data."""
    (entry,) = json.loads(fork.ok("db", "merge", "--json", "--rev-id", "dddd").stdout)["revisions"]
    assert (entry["revision"], entry["down_revisions"], entry["is_merge_point"]) == ("dddd", ["bbbb", "cccc"], True)
