"""``flask db migrate`` when something looks like a rename."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

import flask_migrate
from tests.projects import Project
from tests.scripts import told

pytestmark = pytest.mark.engines("sqlite")


@pytest.fixture
def renamed(started: Project) -> Project:
    """A project whose database has ``user.name`` with a row, and whose model has ``full_name`` in its place."""
    started.ok("db", "migrate")
    started.ok("db", "upgrade")
    started.sql(started.url, "INSERT INTO user (id, name) VALUES (1, 'Ann')")
    started.replace("app.py", "    name =", "    full_name =")
    return started


def test_refused(renamed: Project) -> None:
    """Without a terminal and without an answer nothing is written, and the options are printed as they are typed."""
    before = renamed.versions()
    assert told(renamed.fails("db", "migrate", code=5))[-4:] == [
        "Error: This change looks like a rename, and a drop would lose what is stored. Nothing was written.",
        "  column user.name would be dropped, column user.full_name added",
        "If so: flask db migrate --rename-column user.name:full_name",
        "If not, to drop and add: flask db migrate --no-renames",
    ]
    assert renamed.versions() == before


def test_check_tells_both(renamed: Project) -> None:
    """``check`` asks nobody."""
    output = renamed.fails("db", "check").output
    assert "+ column user.full_name" in output
    assert "- column user.name" in output


def test_option(renamed: Project) -> None:
    """The option renames, and the rows stay."""
    renamed.ok("db", "migrate", "--rename-column", "user.name:full_name")
    renamed.ok("db", "upgrade")
    assert renamed.sql(renamed.url, "SELECT id, full_name FROM user") == [(1, "Ann")]
    renamed.ok("db", "check")
    renamed.ok("db", "downgrade")
    assert renamed.sql(renamed.url, "SELECT id, name FROM user") == [(1, "Ann")]


def test_option_that_fits_nothing(renamed: Project) -> None:
    """A name that is misspelt is wrong usage, and nothing is written."""
    before = renamed.versions()
    result = renamed.fails("db", "migrate", "--rename-column", "user.nmae:full_name", "--no-renames", code=2)
    assert (
        told(result)[-2]
        == "Error: --rename-column user.nmae:full_name fits nothing that has changed. Nothing was written."
    )
    assert renamed.versions() == before


def test_switched_off(renamed: Project) -> None:
    """Without the part a rename is a drop and an add, as in Alembic."""
    renamed.replace("app.py", "Migrate(app, db)", 'Migrate(app, db, autogenerate={"renames": False})')
    renamed.ok("db", "migrate")
    assert "drop_column('name')" in renamed.versions()[-1].read_text() + renamed.versions()[0].read_text()


def test_unknown_part(renamed: Project) -> None:
    """A part that does not exist is an error that names those that do."""
    renamed.replace("app.py", "Migrate(app, db)", 'Migrate(app, db, autogenerate={"renaming": False})')
    output = renamed.fails("db", "migrate").output
    assert "The setting autogenerate has the key 'renaming', which is no part of autogenerate." in output
    assert "The parts are: renames" in output


class Person:
    """Somebody with prepared answers, who notes the questions."""

    def __init__(self, *answers: bool) -> None:
        self.answers = list(answers)
        self.questions: list[str] = []

    def confirm(self, question: str) -> bool:
        """The next answer."""
        self.questions.append(question)
        return self.answers.pop(0)

    def ask(self, question: str) -> str:
        """Nothing."""
        raise AssertionError(question)


def test_questions(renamed: Project) -> None:
    """The most likely rename is asked about first, and what is answered is not asked about again."""
    renamed.replace("app.py", "    full_name =", "    nick = db.Column(db.String(128))\n    full_name =")
    person = Person(False, True)
    with renamed.context():
        flask_migrate.migrate(questioner=person)
        flask_migrate.upgrade()
    assert person.questions == [
        "Was user.name renamed to user.full_name?",
        "Was user.name renamed to user.nick?",
    ]
    assert renamed.sql(renamed.url, "SELECT nick, full_name FROM user") == [("Ann", None)]


def test_terminal(renamed: Project) -> None:
    """On a terminal the question is asked there."""
    parent, child = pty.openpty()
    command = [sys.executable, "-m", "flask", "--app", "app", "db", "migrate"]
    process = subprocess.Popen(
        command, cwd=renamed.folder, env=renamed.environ(), stdin=child, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    os.write(parent, b"y\n")
    _, errors = process.communicate()
    os.close(child)
    os.close(parent)
    assert process.returncode == 0, errors
    assert b"Was user.name renamed to user.full_name? [y/N]" in errors
    renamed.ok("db", "upgrade")
    assert renamed.sql(renamed.url, "SELECT full_name FROM user") == [("Ann",)]
