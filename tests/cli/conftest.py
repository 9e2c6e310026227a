"""Projects whose migrations folder is there."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.scripts")

from tests.projects import Project  # noqa: E402  # the helpers' asserts are rewritten first
from tests.scripts import add_fork, add_line  # noqa: E402  # as above


@pytest.fixture
def started(project: Project) -> Project:
    """A project after ``flask db init``."""
    project.ok("db", "init")
    return project


@pytest.fixture
def line(started: Project) -> Project:
    """A project with the three revisions of ``tests.scripts.LINE``, none of them applied."""
    add_line(started)
    return started


@pytest.fixture
def fork(started: Project) -> Project:
    """A project with the revisions of ``tests.scripts.add_fork``, none of them applied."""
    add_fork(started)
    return started
