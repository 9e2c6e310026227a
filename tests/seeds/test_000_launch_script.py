"""Seed 000: a single file with the models, the app and the ``db`` command of a launch script."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable

import pytest

from tests.projects import Project
from tests.scripts import described, told, version
from tests.seeds.launch import launch
from tests.seeds.structure import column_names

pytestmark = pytest.mark.engines("sqlite")

MANAGE = """
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_migrate import Manager, Migrate, MigrateCommand

app = Flask(__name__)
app.config['SQLALCHEMY_DATABASE_URI'] = 'sqlite:///app.db'

db = SQLAlchemy(app)
migrate = Migrate(app, db)

manager = Manager(app)
manager.add_command('db', MigrateCommand)


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(128))


if __name__ == '__main__':
    manager.run()
"""

#: The commands that the article's help lists.
LISTED = ("upgrade", "migrate", "current", "stamp", "init", "downgrade", "history", "revision")


@pytest.fixture
def project(make_project: Callable[..., Project]) -> Project:
    """The article's folder: ``manage.py`` and nothing else."""
    project = make_project(name="app")
    (project.folder / "app.py").unlink()
    project.write("manage.py", MANAGE)
    project.url = f"sqlite:///{project.folder}/instance/app.db"
    return project


def commands_in(help_text: str) -> list[str]:
    """The names below ``Commands:``."""
    return re.findall(r"^  ([a-z-]+) ", help_text.partition("Commands:\n")[2], re.MULTILINE)


def test_help_has_the_command(project: Project) -> None:
    """The script offers db beside shell and runserver, and says what it is for."""
    result = launch(project, "manage.py", "--help")
    assert commands_in(result.stdout) == ["db", "runserver", "shell"]
    assert re.search(r"^  db +Perform database migrations\.$", result.stdout, re.MULTILINE)


def test_help_of_the_command(project: Project) -> None:
    """All commands that the article lists are there."""
    result = launch(project, "manage.py", "db", "--help")
    assert set(LISTED) - set(commands_in(result.stdout)) == set()
    assert result.stdout.startswith("Usage: python manage.py db [OPTIONS] COMMAND [ARGS]...\n")


def test_init_asks_for_no_editing(project: Project) -> None:
    """The folder is ready to be used: the next command is a migrate, not an editor."""
    result = launch(project, "manage.py", "db", "init")
    assert told(result) == ['Next: python manage.py db migrate -m "initial migration"']
    written = sorted(path.name for path in (project.folder / "migrations").iterdir())
    assert written == ["README", "alembic.ini", "env.py", "script.py.mako", "versions"]


def test_the_walk_in_processes(project: Project) -> None:
    """Typed as in the article, init, migrate and upgrade make the table of the model."""
    python = sys.executable
    for arguments in (["init"], ["migrate"]):
        assert project.run(python, "manage.py", "db", *arguments).returncode == 0
    (script,) = project.versions()
    rev = script.name.removesuffix("_create_user.py")
    result = project.run(python, "manage.py", "db", "upgrade")
    assert result.returncode == 0
    assert told(result) == [
        f"Database: {described(project.url)}",
        f"INFO  [alembic.runtime.migration] Running upgrade  -> {rev}, create user",
    ]
    assert column_names(project.url, "user") == ["id", "name"]
    assert version(project) == [rev]


def test_migrate_tells_what_it_found(project: Project) -> None:
    """The new table is named in Alembic's words, and the file that was written."""
    launch(project, "manage.py", "db", "init")
    result = launch(project, "manage.py", "db", "migrate")
    (script,) = project.versions()
    assert result.stdout == f"Generating {script} ...  done\n"
    assert told(result) == [
        f"Database: {described(project.url)}",
        "INFO  [alembic.autogenerate.compare.tables] Detected added table 'user'",
        f"Next: read migrations/versions/{script.name}, then run python manage.py db upgrade",
    ]


def test_revision_is_written_by_hand(project: Project) -> None:
    """A script of one's own starts empty, does nothing until it is filled, and runs."""
    launch(project, "manage.py", "db", "init")
    launch(project, "manage.py", "db", "revision")
    (script,) = project.versions()
    text = script.read_text(encoding="utf-8")
    assert text.count("    pass\n") == 2
    script.write_text(text.replace("pass", "op.execute('CREATE TABLE mine (id INTEGER)')", 1), encoding="utf-8")
    launch(project, "manage.py", "db", "upgrade")
    assert column_names(project.url, "mine") == ["id"]


def test_command_has_another_name(project: Project) -> None:
    """One may call it differently: the command works under that name, and every hint uses it."""
    project.replace("manage.py", "add_command('db'", "add_command('schema'")
    assert commands_in(launch(project, "manage.py", "--help").stdout) == ["runserver", "schema", "shell"]
    result = launch(project, "manage.py", "schema", "migrate", code=1)
    assert told(result) == [
        f"Database: {described(project.url)}",
        f"Error: There is no migrations folder 'migrations' in {project.folder}.",
        "Create it: python manage.py schema init",
    ]
    for arguments in (["init"], ["migrate"], ["upgrade"]):
        launch(project, "manage.py", "schema", *arguments)
    assert column_names(project.url, "user") == ["id", "name"]


def test_script_has_another_name(project: Project) -> None:
    """The launch script may be called anything: nothing depends on the name manage.py."""
    (project.folder / "manage.py").rename(project.folder / "start.py")
    result = launch(project, "start.py", "db", "init")
    assert told(result) == ['Next: python start.py db migrate -m "initial migration"']
    for arguments in (["migrate"], ["upgrade"]):
        launch(project, "start.py", "db", *arguments)
    assert column_names(project.url, "user") == ["id", "name"]


def test_another_system_follows(project: Project, make_project: Callable[..., Project]) -> None:
    """On another system the source tree and one upgrade are enough."""
    for arguments in (["init"], ["migrate", "-m", "users"], ["upgrade"]):
        launch(project, "manage.py", "db", *arguments)
    other = make_project(name="other")
    for name in ("manage.py", "migrations"):
        copy = shutil.copytree if (project.folder / name).is_dir() else shutil.copyfile
        copy(project.folder / name, other.folder / name)
    other.url = f"sqlite:///{other.folder}/instance/app.db"
    launch(other, "manage.py", "db", "upgrade")
    assert column_names(other.url, "user") == ["id", "name"]
    assert version(other) == version(project)
