"""``flask db drift``: what somebody changed by hand is told, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import sqlalchemy as sa

import flask_migrate
from tests.drift.changes import base, changes, run
from tests.projects import Project

SCRIPT = """
revision = "{revision}"
down_revision = {down}

from alembic import op


def upgrade():
    connection = op.get_bind()
    for statement in {statements!r}:
        connection.execution_options(no_parameters=True).exec_driver_sql(statement)


def downgrade():
    pass
"""
COLUMN = "ALTER TABLE thing ADD COLUMN b INTEGER"


@pytest.fixture
def made(project: Project) -> Callable[..., Project]:
    """A function that writes and applies revisions, each with some statements."""
    project.ok("db", "init")
    made: list[str] = []

    def make(*statements: str, upgrade: bool = True) -> Project:
        revision = f"{len(made) + 1:012x}"
        down = repr(made[-1]) if made else None
        text = SCRIPT.format(revision=revision, down=down, statements=list(statements))
        project.write(f"migrations/versions/{revision}_.py", text)
        made.append(revision)
        if upgrade:
            project.ok("db", "upgrade")
        return project

    return make


def test_every_kind_of_change_is_found(made: Callable[..., Project], engine_name: str) -> None:
    """At least 60 kinds of change by hand are found, each; before them nothing is."""
    project = made(*base(engine_name))
    kinds = changes(engine_name)
    assert len(kinds) >= 60
    missed = []
    with project.context():
        assert not flask_migrate.drift(), flask_migrate.drift().targets[0].sentences
        assert not flask_migrate.drift(replay=True), flask_migrate.drift(replay=True).targets[0].sentences
        before: set[str] = set()
        for statements in kinds:
            run(project.url, statements)
            (target,) = flask_migrate.drift().targets
            assert target.source == "log"
            after = set(target.sentences)
            if after == before:
                missed.append(statements)
            before = after
        (replayed,) = flask_migrate.drift(replay=True).targets
        assert (replayed.source, set(replayed.sentences)) == ("history", before)
    assert missed == []


def test_is_told_in_sentences_with_exit_code_4(made: Callable[..., Project]) -> None:
    """Each change is one sentence; as JSON it has its parts."""
    project = made("CREATE TABLE thing (id INTEGER PRIMARY KEY, a INTEGER)")
    assert project.ok("db", "drift").stdout == "the database is what the history makes at 000000000001.\n"
    run(project.url, ["ALTER TABLE thing DROP COLUMN a", "CREATE TABLE other (id INTEGER)"])
    found = project.fails("db", "drift", code=4)
    assert found.stdout == (
        "table other was added outside the migrations.\nthing.a was dropped outside the migrations.\n"
    )
    assert project.fails("db", "drift", "--replay", code=4).stdout == found.stdout
    (target,) = json.loads(project.fails("db", "drift", "--json", code=4).stdout)["targets"]
    assert [(one["kind"], one["object"], one["name"]) for one in target["changes"]] == [
        ("added", "table", "other"),
        ("removed", "column", "a"),
    ]


def test_pending_revisions_are_no_drift(made: Callable[..., Project]) -> None:
    """What a revision that is not applied yet would change is not missed."""
    project = made("CREATE TABLE thing (id INTEGER PRIMARY KEY)")
    made(COLUMN, upgrade=False)
    project.ok("db", "drift")
    project.ok("db", "drift", "--replay")


def test_an_upgrade_does_not_hide_a_change(made: Callable[..., Project]) -> None:
    """A change by hand is still one after the next upgrade, also of the same table."""
    project = made("CREATE TABLE thing (id INTEGER PRIMARY KEY)")
    run(project.url, ["CREATE TABLE by_hand (id INTEGER)"])
    made(COLUMN)
    assert project.fails("db", "drift", code=4).stdout == "table by_hand was added outside the migrations.\n"
    run(project.url, ["ALTER TABLE thing ADD COLUMN c INTEGER"])
    made("ALTER TABLE thing ADD COLUMN d INTEGER")
    assert "thing.c was added outside the migrations.\n" in project.fails("db", "drift", code=4).stdout


def test_without_the_log_the_history_is_replayed(made: Callable[..., Project]) -> None:
    """A log that is lost costs time, not the answer."""
    project = made("CREATE TABLE thing (id INTEGER PRIMARY KEY)")
    run(project.url, ["DROP TABLE flask_migrate_log"])
    project.ok("db", "drift")
    run(project.url, [COLUMN])
    (target,) = json.loads(project.fails("db", "drift", "--json", code=4).stdout)["targets"]
    assert target["source"] == "history"


def test_a_stamp_hides_nothing(made: Callable[..., Project]) -> None:
    """A version that was only written does not make what is there the work of the history."""
    project = made("CREATE TABLE thing (id INTEGER)")
    made("CREATE TABLE other (id INTEGER)", upgrade=False)
    project.ok("db", "stamp", "head")
    assert "table other was dropped outside the migrations." in project.fails("db", "drift", code=4).stdout


def test_plain_alembic_in_between(made: Callable[..., Project]) -> None:
    """What was run past the log is not taken for a change by hand."""
    project = made("CREATE TABLE thing (id INTEGER PRIMARY KEY)")
    made(COLUMN, upgrade=False)
    run(project.url, [COLUMN, "UPDATE alembic_version SET version_num = '000000000002'"])
    project.ok("db", "drift")


def test_nothing_applied_yet(project: Project) -> None:
    """Without a revision there is nothing to compare with."""
    project.ok("db", "init")
    assert project.ok("db", "drift").stdout == "no revision is applied; there is nothing to compare with.\n"


def number_of_statements(function: Callable[[], object]) -> int:
    """How many statements a call sends, over any engine."""
    seen: list[object] = []

    def listen(*arguments: object) -> None:
        seen.append(arguments[2])

    sa.event.listen(sa.Engine, "before_cursor_execute", listen)
    try:
        function()
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", listen)
    return len(seen)


def test_a_constant_number_of_statements(made: Callable[..., Project]) -> None:
    """From the log, drift takes as many statements for fifty tables as for five."""
    counts = []
    for number in (5, 50):
        tables = [f"CREATE TABLE t{number}_{one} (id INTEGER PRIMARY KEY, a INTEGER)" for one in range(number)]
        project = made(*tables)
        with project.context():
            counts.append(number_of_statements(flask_migrate.drift))
    assert counts[0] == counts[1]


STUDENT = """
class Student(db.Model):
    __tablename__ = "students"
    id = db.Column(db.Integer, primary_key=True)
    first_name = db.Column(db.Text)
    last_name = db.Column(db.Text)
"""


def test_migrate_keeps_it_out_of_the_script(project: Project) -> None:
    """A column that was dropped by hand is told, and is not added once more beside the new one."""
    project.append("app.py", STUDENT)
    project.ok("db", "init")
    project.ok("db", "migrate", "-m", "students")
    project.ok("db", "upgrade")
    run(project.url, ["ALTER TABLE students DROP COLUMN last_name"])
    project.replace("app.py", "    last_name =", "    age = db.Column(db.Integer)\n    last_name =")
    done = project.ok("db", "migrate", "-m", "age")
    assert "students.last_name was dropped outside the migrations." in done.stderr
    (text,) = [path.read_text() for path in project.versions() if path.name.endswith("_age.py")]
    assert "age" in text
    assert "last_name" not in text
