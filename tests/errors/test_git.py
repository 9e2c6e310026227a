"""A revision that is not on disk may be in git."""

from __future__ import annotations

import subprocess

import pytest

from tests.projects import Project
from tests.scripts import FIRST, SECOND, add_line, add_script

pytestmark = pytest.mark.engines("sqlite")


def git(project: Project, *arguments: str) -> str:
    """What git prints in the project's folder."""
    command = ["git", "-c", "user.name=joe", "-c", "user.email=joe@localhost", *arguments]
    done = subprocess.run(command, cwd=project.folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def committed(project: Project) -> Project:
    """A project in git, its database at a revision whose script is in another branch only."""
    project.ok("db", "init")
    add_script(project, FIRST, None, "make one", creates="one")
    git(project, "init", "-q", "-b", "main")
    git(project, "add", "migrations")
    git(project, "commit", "-q", "-m", "first")
    git(project, "checkout", "-q", "-b", "feature/x")
    add_script(project, "feed0", FIRST, "make more", creates="more")
    git(project, "add", "migrations")
    git(project, "commit", "-q", "-m", "more tables")
    project.ok("db", "upgrade")
    git(project, "checkout", "-q", "main")
    return project


def test_script_in_another_branch(committed: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The branch, the commit and the command that brings the script back are told; the command works."""
    monkeypatch.chdir(committed.folder)
    commit = git(committed, "rev-parse", "--short", "feature/x")
    date = git(committed, "log", "-1", "--format=%ad", "--date=short", "feature/x")
    line = committed.fails("db", "upgrade").stderr.splitlines()[-1]
    path = "migrations/versions/feed0_make_more.py"
    assert line == (
        f'The database is newer than this code: git has it in branch feature/x, commit {commit} of {date} ("more '
        f'tables"); bring it back: git checkout {commit} -- {path}'
    )
    git(committed, *line.rpartition("git ")[2].split())
    committed.ok("db", "upgrade")


def test_script_that_was_renamed_file(committed: Project) -> None:
    """The id inside the file counts as well as the file's name."""
    git(committed, "checkout", "-q", "feature/x")
    git(committed, "mv", "migrations/versions/feed0_make_more.py", "migrations/versions/any.py")
    git(committed, "commit", "-q", "--amend", "-m", "renamed")
    git(committed, "checkout", "-q", "main")
    assert "in branch feature/x, commit " in committed.fails("db", "upgrade").stderr


def test_script_that_git_does_not_know(committed: Project) -> None:
    """A revision that no branch has is of newer code, or of another app."""
    committed.sql(committed.url, "UPDATE alembic_version SET version_num = 'beef9'")
    assert committed.fails("db", "upgrade").stderr.splitlines()[-1] == (
        "git knows no such script in any branch: the database is newer than this code, or has another app's history."
    )


@pytest.mark.parametrize("path", ["", "/nowhere"])
def test_without_git(project: Project, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git is not needed."""
    project.ok("db", "init")
    add_line(project)
    project.ok("db", "upgrade", SECOND)
    project.sql(project.url, "UPDATE alembic_version SET version_num = 'beef9'")
    monkeypatch.setenv("PATH", path)
    assert project.fails("db", "upgrade").stderr.splitlines()[-1] == (
        "The database is newer than this code, or has another app's history."
    )
