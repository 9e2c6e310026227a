"""Seed 001: a school's lesson, with ``app.py`` and ``manage.py`` on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.projects import Project
from tests.scripts import is_untouched, running, tables, told, version
from tests.seeds.launch import launch
from tests.seeds.structure import column_names, structure

pytestmark = pytest.mark.engines("postgresql")

LESSON = """
import os

from flask import Flask
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config['SQLALCHEMY_DATABASE_URI'] = os.environ['DATABASE_URL']
app.config['SQLALCHEMY_TRACK_MODIFICATIONS'] = False
db = SQLAlchemy(app)


class Student(db.Model):

    __tablename__ = "students"

    id = db.Column(db.Integer, primary_key=True)
    first_name = db.Column(db.Text)
    last_name = db.Column(db.Text)

    def __init__(self, first_name, last_name):
        self.first_name = first_name
        self.last_name = last_name

    def __repr__(self):
        return f"The student's name is {self.first_name} {self.last_name}"


if __name__ == '__main__':
    app.run(debug=True, port=3000)
"""

MANAGE = """
from app import app, db
from flask_migrate import Manager, Migrate, MigrateCommand

migrate = Migrate(app, db)
manager = Manager(app)
manager.add_command('db', MigrateCommand)

if __name__ == '__main__':
    manager.run()
"""


@pytest.fixture
def lesson(make_project: Callable[..., Project]) -> Project:
    """The lesson's folder after ``db init``."""
    project = make_project(LESSON)
    project.write("manage.py", MANAGE)
    launch(project, "manage.py", "db", "init")
    return project


def write_migration(project: Project, message: str) -> str:
    """Run ``db migrate`` and return the id of the new script, which is the only one with that message."""
    launch(project, "manage.py", "db", "migrate", "-m", message)
    (script,) = [path for path in project.versions() if path.stem.endswith(message.replace(" ", "_"))]
    return script.name.partition("_")[0]


def change_model(project: Project) -> None:
    """Give a student an age and take the last name away, as the lesson does."""
    project.replace("app.py", "    last_name = db.Column(db.Text)\n", "    age = db.Column(db.Integer)\n")


def test_message_is_in_the_file_name(lesson: Project) -> None:
    """``-m "create student table"`` names the file ``<id>_create_student_table.py``; without it what it does."""
    rev = write_migration(lesson, "create student table")
    assert [path.name for path in lesson.versions()] == [f"{rev}_create_student_table.py"]
    lesson.versions()[0].unlink()
    launch(lesson, "manage.py", "db", "migrate")
    (script,) = lesson.versions()
    assert script.stem == f"{script.stem[:12]}_create_students"


def test_migrate_leaves_the_database_alone(lesson: Project) -> None:
    """Only the file is written; not even the version table is made, which the lesson still saw appear."""
    write_migration(lesson, "create student table")
    assert is_untouched(lesson.url)


def test_upgrade_makes_the_table(lesson: Project) -> None:
    """The table has the columns of the model, and the version table a row with the id of the migration."""
    rev = write_migration(lesson, "create student table")
    result = launch(lesson, "manage.py", "db", "upgrade")
    assert told(result)[1:] == running("upgrade", ("", rev, "create student table"))
    query = "SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_name = 'students'"
    assert sorted(lesson.sql(lesson.url, query)) == [
        ("first_name", "text", "YES"),
        ("id", "integer", "NO"),
        ("last_name", "text", "YES"),
    ]
    assert version(lesson) == [rev]


def test_script_is_edited_before_the_upgrade(lesson: Project) -> None:
    """What a person adds to the generated script runs with it."""
    write_migration(lesson, "create student table")
    (script,) = lesson.versions()
    text = script.read_text(encoding="utf-8")
    end = "    # ### end Alembic commands ###\n"
    line = "    op.execute(\"INSERT INTO students (first_name) VALUES ('Ada')\")\n"
    script.write_text(text.replace(end, line + end, 1), encoding="utf-8")
    launch(lesson, "manage.py", "db", "upgrade")
    assert lesson.sql(lesson.url, "SELECT first_name FROM students") == [("Ada",)]


def test_downgrade_is_the_exact_inverse(lesson: Project) -> None:
    """One step up and one down leave the schema and the version as they were; the rows of old columns stay."""
    first = write_migration(lesson, "create student table")
    launch(lesson, "manage.py", "db", "upgrade")
    lesson.sql(lesson.url, "INSERT INTO students (first_name, last_name) VALUES ('Ada', 'Lovelace')")
    before = structure(lesson.url)
    change_model(lesson)
    second = write_migration(lesson, "age instead of last name")
    launch(lesson, "manage.py", "db", "upgrade")
    assert column_names(lesson.url, "students") == ["id", "first_name", "age"]
    result = launch(lesson, "manage.py", "db", "downgrade")
    assert told(result)[1:] == running("downgrade", (second, first, "age instead of last name"))
    assert structure(lesson.url) == before
    assert version(lesson) == [first]
    assert lesson.sql(lesson.url, "SELECT first_name FROM students") == [("Ada",)]


def test_two_downgrades_and_two_upgrades_in_a_row(lesson: Project) -> None:
    """Down twice is an empty database, up twice (step by step, or at once) the same schema as before."""
    first = write_migration(lesson, "create student table")
    launch(lesson, "manage.py", "db", "upgrade")
    middle = structure(lesson.url)
    change_model(lesson)
    second = write_migration(lesson, "age instead of last name")
    launch(lesson, "manage.py", "db", "upgrade")
    top = structure(lesson.url)
    assert [len(schema["students"]["columns"]) for schema in (middle, top)] == [3, 3]
    assert middle != top
    for expected, revs in [(middle, [first]), ({}, [])]:
        launch(lesson, "manage.py", "db", "downgrade")
        assert (structure(lesson.url), version(lesson)) == (expected, revs)
    for expected, revs in [(middle, [first]), (top, [second])]:
        launch(lesson, "manage.py", "db", "upgrade", "+1")
        assert (structure(lesson.url), version(lesson)) == (expected, revs)
    launch(lesson, "manage.py", "db", "downgrade", "base")
    assert tables(lesson) == set()
    launch(lesson, "manage.py", "db", "upgrade")
    assert (structure(lesson.url), version(lesson)) == (top, [second])


@pytest.mark.parametrize("arguments", [["init"], ["migrate"], ["upgrade"], ["current"]])
def test_old_scheme_is_refused(make_project: Callable[..., Project], engine_url: str, arguments: list[str]) -> None:
    """The lesson's ``postgres://`` ends with the URL to write instead, and without the password in it."""
    url = sa.make_url(engine_url).set(drivername="postgres", password="secret")
    project = make_project(LESSON, url=url.render_as_string(hide_password=False))
    result = project.fails("db", *arguments)
    assert "secret" not in result.output
    assert told(result) == [
        "Error: SQLAlchemy does not accept postgres:// URLs.",
        f"Write {url.set(drivername='postgresql').render_as_string()} instead.",
    ]


def test_corrected_url_works(make_project: Callable[..., Project], engine_url: str) -> None:
    """With the scheme corrected, the walk goes on; ``postgresql://`` means the driver that SQLAlchemy prefers."""
    driver = sa.make_url("postgresql://").get_dialect().driver
    pytest.importorskip(driver, reason="SQLAlchemy 2.1 prefers psycopg, 2.0 preferred psycopg2")
    url = sa.make_url(engine_url).set(drivername="postgresql")
    project = make_project(LESSON, url=url.render_as_string(hide_password=False))
    project.write("manage.py", MANAGE)
    for arguments in (["init"], ["migrate", "-m", "create student table"], ["upgrade"]):
        launch(project, "manage.py", "db", *arguments)
    assert column_names(engine_url, "students") == ["id", "first_name", "last_name"]
