"""What has to work whatever the databases of an app are declared with."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.register_assert_rewrite("tests.scripts")

from tests.projects import Project  # noqa: E402  # the helpers' asserts are rewritten first
from tests.scripts import tables  # noqa: E402  # as above


@pytest.fixture
def round_trip() -> Callable[..., None]:
    """A function that runs every classic command in a project and sees what they do to its databases.

    :param expected: for each URL the tables of its models.
    """

    def run(project: Project, expected: dict[str, set[str]]) -> None:
        project.ok("db", "init")
        project.ok("db", "migrate", "-m", "First")
        assert {url: tables(project, url) for url in expected} == {url: set() for url in expected}
        project.ok("db", "upgrade")
        assert {url: tables(project, url) for url in expected} == expected
        assert project.ok("db", "check").stdout == "No new upgrade operations detected.\n"
        project.ok("db", "migrate")
        assert len(project.versions()) == 1
        assert project.ok("db", "current").stdout.count("(head)") == len(expected)
        project.ok("db", "downgrade")
        assert {url: tables(project, url) for url in expected} == {url: set() for url in expected}
        output = project.ok("db", "upgrade", "--sql").stdout
        assert all(f"CREATE TABLE {name} " in output for names in expected.values() for name in names)

    return run
