"""``flask db migrate --amend``: the newest revision is written anew while no database has it."""

from __future__ import annotations

import pytest

from tests.projects import Project

pytestmark = pytest.mark.engines("sqlite")


def files(project: Project) -> dict[str, str]:
    """The names and the texts of all files beside the revisions."""
    folder = project.folder / "migrations" / "versions"
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.is_file()}


def add(project: Project, column: str) -> None:
    """Add a column to the last model."""
    project.write("app.py", f"{project.read('app.py')}    {column}\n")


def test_is_written_anew(project: Project) -> None:
    """Name and id stay, the content is that of the models as they are now."""
    project.ok("db", "init")
    project.ok("db", "migrate", "-m", "users")
    (before,) = project.versions()
    add(project, "email = db.Column(db.String(50))")
    project.ok("db", "migrate", "--amend")
    assert list(files(project)) == [before.name]
    assert "'email'" in before.read_text(encoding="utf-8")
    project.ok("db", "upgrade")
    project.ok("db", "check")


def test_second_revision(project: Project) -> None:
    """What stands before the newest stays; ``-m`` changes the message."""
    project.ok("db", "init")
    project.ok("db", "migrate", "-m", "users")
    project.ok("db", "upgrade")
    add(project, "email = db.Column(db.String(50))")
    project.ok("db", "migrate", "-m", "mail")
    first, second = sorted(project.versions(), key=lambda path: "mail" in path.name)
    add(project, "age = db.Column(db.Integer)")
    project.ok("db", "migrate", "--amend", "-m", "mail and age")
    names = {first.name, second.name.replace("mail", "mail_and_age")}
    assert set(files(project)) == names
    project.ok("db", "upgrade")
    project.ok("db", "check")


def test_applied(project: Project) -> None:
    """A revision that a database has stays as it is."""
    project.ok("db", "init")
    project.ok("db", "migrate", "-m", "users")
    project.ok("db", "upgrade")
    before = files(project)
    add(project, "email = db.Column(db.String(50))")
    error = project.fails("db", "migrate", "--amend", code=5).stderr
    assert "is applied in" in error
    assert "its file was not changed." in error
    assert files(project) == before


def test_failures_leave_the_file(project: Project) -> None:
    """Nothing to write, no models, a template that makes no script, two heads: the file stays."""
    project.ok("db", "init")
    assert "There is no newest revision: the history is empty." in project.fails("db", "migrate", "--amend").stderr
    project.ok("db", "migrate", "-m", "users")
    project.ok("db", "upgrade")
    add(project, "email = db.Column(db.String(50))")
    project.ok("db", "migrate", "-m", "mail")
    before = files(project)
    project.replace("app.py", "    email = db.Column(db.String(50))\n", "")
    assert "The models need no revision after" in project.fails("db", "migrate", "--amend").stderr
    assert files(project) == before
    add(project, "email = db.Column(db.String(50))")
    template = project.read("migrations/script.py.mako")
    project.append("migrations/script.py.mako", "nonsense(\n")
    project.fails("db", "migrate", "--amend", "-m", "other")
    assert files(project) == before
    project.write("migrations/script.py.mako", template)
    assert "exclude each other" in project.fails("db", "migrate", "--amend", "--sql", code=2).stderr
    project.ok("db", "revision", "-m", "b", "--head", "base")
    assert "There is no single newest revision" in project.fails("db", "migrate", "--amend").stderr
