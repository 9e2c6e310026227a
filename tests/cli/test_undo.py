"""``flask db undo``: the newest revision goes while no database has it."""

from __future__ import annotations

import pytest

from tests.projects import Project

pytestmark = pytest.mark.engines("sqlite")


def test_removes_what_was_not_applied(project: Project) -> None:
    """The file goes, and the same can be generated again."""
    project.ok("db", "init")
    assert "There is no newest revision: the history is empty." in project.fails("db", "undo").stderr
    project.ok("db", "migrate", "-m", "one")
    (script,) = project.versions()
    assert project.ok("db", "undo").stdout == f"Removed migrations/versions/{script.name}.\n"
    assert project.versions() == []
    project.ok("db", "migrate", "-m", "two")


def test_keeps_what_is_applied(project: Project) -> None:
    """A revision that a database has stays, with the way on."""
    project.ok("db", "init")
    project.ok("db", "migrate", "-m", "one")
    project.ok("db", "upgrade")
    refused = project.fails("db", "undo", code=5)
    assert "Take it back first: flask db downgrade" in refused.stderr
    assert len(project.versions()) == 1
    project.ok("db", "downgrade")
    project.ok("db", "undo")


def test_two_heads(project: Project) -> None:
    """Nobody can say which one is meant."""
    project.ok("db", "init")
    for name in ("a", "b"):
        project.ok("db", "revision", "-m", name, "--head", "base")
    assert "There is no single newest revision" in project.fails("db", "undo").stderr
    assert len(project.versions()) == 2
