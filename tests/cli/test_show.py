"""``flask db show``"""

from __future__ import annotations

import json

import pytest

from tests.projects import Project
from tests.scripts import FIRST, SECOND, alembic_text, told

pytestmark = pytest.mark.engines("sqlite")


@pytest.mark.parametrize("revision", [FIRST, "2b", "head", "heads", "base"])
def test_text_is_alembics(line: Project, revision: str) -> None:
    """A revision is printed as Alembic prints it, however it is named; no database is asked."""
    result = line.ok("db", "show", revision)
    assert result.stdout == alembic_text(line, "show", revision)
    assert result.stderr == ""


def test_head_is_the_default(line: Project) -> None:
    """Without an argument it is the head."""
    assert line.ok("db", "show").stdout == alembic_text(line, "show", "head")


def test_several(fork: Project) -> None:
    """``heads`` are all shown."""
    assert fork.ok("db", "show", "heads").stdout == alembic_text(fork, "show", "heads")


def test_current(line: Project) -> None:
    """``current`` is where the database is, nothing when it is nowhere."""
    assert line.ok("db", "show", "current").stdout == ""
    line.ok("db", "upgrade", SECOND)
    assert line.ok("db", "show", "current").stdout == alembic_text(line, "show", SECOND)


def test_json(line: Project) -> None:
    """``--json`` prints the revision as data."""
    (entry,) = json.loads(line.ok("db", "show", "--json", SECOND).stdout)
    assert (entry["revision"], entry["message"], entry["down_revisions"]) == (SECOND, "make two", [FIRST])


def test_several_heads(fork: Project) -> None:
    """``head`` is not clear when there are several."""
    result = fork.fails("db", "show")
    assert result.stdout == ""
    assert told(result) == [
        "Error: Multiple head revisions are present for given argument 'head': bbbb (left), cccc (right).",
        "Join them with 'flask db merge', or apply all of them with 'flask db upgrade heads'.",
    ]
