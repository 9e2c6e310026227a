"""``flask db check``"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.projects import Project
from tests.scripts import FIRST, add_script, described, told

USER = """
op.create_table('user', sa.Column('id', sa.Integer, primary_key=True), sa.Column('name', sa.String({length})))
"""


def upgraded(project: Project, length: int = 128) -> Project:
    """Bring the database to a script that makes the table of the project's model, with a name of that length."""
    add_script(project, FIRST, None, "users", up=USER.format(length=length).strip(), down="op.drop_table('user')")
    project.ok("db", "upgrade")
    return project


def test_agreement(started: Project) -> None:
    """When models and database agree, the command says so and succeeds."""
    result = upgraded(started).ok("db", "check")
    assert result.stdout == "No new upgrade operations detected.\n"
    assert told(result)[0] == f"Database: {described(started.url)}"
    assert not [line for line in told(result) if line.startswith("INFO  [alembic.autogenerate")]


def test_difference(started: Project) -> None:
    """A difference is told as a sentence, and the command fails; nothing is written."""
    upgraded(started)
    started.replace("app.py", "    name =", "    email = db.Column(db.String(80))\n    name =")
    before = started.versions()
    result = started.fails("db", "check")
    assert result.stdout == ""
    assert told(result)[-3:] == [
        "Error: New upgrade operations detected: 1 difference between the models and the database.",
        "  + column user.email: String(80)",
        "Write them as a revision: flask db migrate",
    ]
    assert "INFO  [alembic.autogenerate.compare.tables] Detected added column 'user.email'" in told(result)
    assert started.versions() == before
    assert len(started.sql(started.url, "SELECT * FROM alembic_version")) == 1


def test_type(started: Project) -> None:
    """A changed type is a difference; with ``compare_type=False`` it is none."""
    upgraded(started, length=60)
    assert told(started.fails("db", "check"))[-2] == "  ~ column user.name: String(60) → String(128)"
    started.replace("app.py", "Migrate(app, db)", "Migrate(app, db, compare_type=False)")
    started.ok("db", "check")


def test_missing_revision(started: Project) -> None:
    """A database that is behind the history is told first, for its differences say nothing."""
    upgraded(started)
    add_script(started, "bbbb", FIRST, "more", creates="more")
    result = started.fails("db", "check")
    assert told(result)[-3:] == [
        f"Error: Target database is not up to date. {described(started.url)} is at {FIRST}; pending: bbbb (more).",
        "Apply them: flask db upgrade. Or, when the newest was never applied anywhere, remove it: flask db undo",
        "Or, when the database has all of it already, only note that: flask db stamp heads",
    ]


@pytest.mark.engines("sqlite")
def test_empty_history(started: Project) -> None:
    """Without any revision everything is a difference, and the database stays empty."""
    result = started.fails("db", "check")
    assert told(result)[-2] == '  + table "user"'
    assert started.tables(started.url) == set()


@pytest.mark.engines("sqlite")
def test_several_heads(fork: Project) -> None:
    """Several heads are no obstacle when all of them are applied."""
    fork.ok("db", "upgrade", "heads")
    fork.write("app.py", fork.read("app.py").replace("class User", "class Aaaa").partition("    name")[0])
    for name in ("bbbb", "cccc"):
        fork.append("app.py", f"class {name.title()}(db.Model):\n    id = db.Column(db.Integer, primary_key=True)\n")
    assert fork.ok("db", "check").stdout == "No new upgrade operations detected.\n"


def test_two_databases(make_project: Callable[..., Project], make_url: Callable[[], str]) -> None:
    """A difference in any bind is a difference."""
    project = make_project(binds={"logs": make_url()})
    project.ok("db", "init")
    upgraded(project)
    project.ok("db", "check")
    project.append(
        "app.py",
        """
        class Entry(db.Model):
            __bind_key__ = "logs"
            id = db.Column(db.Integer, primary_key=True)
        """,
    )
    assert told(project.fails("db", "check"))[-2] == '  + table "entry"'


@pytest.mark.engines("sqlite")
def test_json(started: Project) -> None:
    """``--json`` prints the differences as data, and the exit code is the same."""
    upgraded(started)
    assert json.loads(started.ok("db", "check", "--json").stdout) == {"changes": []}
    started.replace("app.py", "    name =", "    email = db.Column('e-mail', db.String(80))\n    name =")
    result = started.fails("db", "check", "--json")
    assert json.loads(result.stdout) == {"changes": ['+ column user."e-mail": String(80)']}


@pytest.mark.engines("sqlite")
def test_exit_code_of_a_process(started: Project) -> None:
    """A process ends with 1 when there are differences, and with 0 when there are none."""
    upgraded(started)
    started.ok("db", "check", process=True)
    started.replace("app.py", "    name =", "    email = db.Column(db.String(80))\n    name =")
    started.fails("db", "check", process=True)


@pytest.mark.engines("postgresql")
def test_enum(started: Project) -> None:
    """A value that the models add to a type is a difference, as it is for ``migrate``."""
    started.replace("app.py", "    name =", '    mood = db.Column(db.Enum("a", "b", name="mood"))\n    name =')
    started.ok("db", "migrate")
    started.ok("db", "upgrade")
    started.replace("app.py", '"a", "b"', '"a", "b", "c"')
    assert "  ~ enum mood: a, b → a, b, c" in told(started.fails("db", "check"))
