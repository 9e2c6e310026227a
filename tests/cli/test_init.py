"""``flask db init``"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import flask_migrate
from tests.projects import APP, Project
from tests.scripts import is_untouched

pytestmark = pytest.mark.engines("sqlite")

TEMPLATES = Path(flask_migrate.__file__).parent / "templates"
FILES = ["README", "alembic.ini", "env.py", "script.py.mako"]
NEXT = 'Next: flask db migrate -m "initial migration"\n'


def contents(folder: Path) -> dict[str, str]:
    """What is in a folder: the text of each file by its relative path."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def printed(folder: Path, files: list[str] = FILES) -> str:
    """What ``init`` prints for a folder."""
    folders = [f"Creating directory {path} ...  done" for path in (folder, folder / "versions")]
    return "\n".join([*folders, *(f"Generating {folder / name} ...  done" for name in files), ""])


def test_writes_the_folder(project: Project) -> None:
    """The five things that every Flask-Migrate project has are written and listed, and the next step is told."""
    result = project.ok("db", "init")
    folder = project.folder / "migrations"
    assert sorted(path.name for path in folder.iterdir()) == [*FILES, "versions"]
    assert list((folder / "versions").iterdir()) == []
    assert result.stdout == printed(folder)
    assert result.stderr == NEXT


def test_files_are_those_of_the_template(project: Project) -> None:
    """Files are copied as they are; alembic.ini is rendered."""
    project.ok("db", "init")
    written = contents(project.folder / "migrations")
    for name in ("README", "env.py", "script.py.mako"):
        assert written[name] == (TEMPLATES / "flask" / name).read_text(encoding="utf-8")
    assert "script_location = %(here)s\n" in written["alembic.ini"]


def test_database_is_not_touched(project: Project) -> None:
    """Nothing is asked of the database: the file of SQLite is not even made."""
    project.ok("db", "init")
    assert not Path(project.url.removeprefix("sqlite:///")).exists()


def test_database_need_not_exist(make_project: Callable[..., Project]) -> None:
    """A server that does not answer is no obstacle."""
    project = make_project(url="postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    assert project.ok("db", "init").stderr == NEXT


@pytest.mark.parametrize("arguments", [("db", "init", "-d"), ("db", "-d")], ids=["command", "group"])
@pytest.mark.parametrize("name", ["other", "a/b/c", "my own folder", "100% mine", "été", "%s.%(here)s"])
def test_directory(project: Project, arguments: tuple[str, ...], name: str) -> None:
    """``-d`` names any folder, below folders that are not there yet too, and the other commands work in it."""
    project.ok(*arguments, name, *(["init"] if "init" not in arguments else []))
    assert sorted(path.name for path in (project.folder / name).iterdir()) == [*FILES, "versions"]
    project.ok("db", "migrate", "-d", name)
    project.ok("db", "upgrade", "-d", name)
    assert "user" in project.tables(project.url)
    assert not (project.folder / "migrations").exists()


def test_absolute_directory(project: Project, tmp_path: Path) -> None:
    """The folder may lie outside the project."""
    folder = tmp_path / "elsewhere"
    assert project.ok("db", "init", "-d", str(folder)).stdout == printed(folder)


def test_directory_of_the_app(make_project: Callable[..., Project]) -> None:
    """``Migrate(directory=Path(…))`` is where the folder is made."""
    source = APP.replace("Migrate(app, db)", "Migrate(app, db, directory=__import__('pathlib').Path('db') / 'scripts')")
    project = make_project(source)
    assert project.ok("db", "init").stdout == printed(project.folder / "db/scripts")


def test_empty_folder_is_used(project: Project) -> None:
    """A folder that is there and empty is filled."""
    (project.folder / "migrations").mkdir()
    result = project.ok("db", "init")
    assert result.stdout == printed(project.folder / "migrations").partition("\n")[2]


def test_existing_folder_is_left_alone(project: Project) -> None:
    """Over an existing folder the command fails and changes nothing."""
    project.ok("db", "init")
    project.write("migrations/env.py", "# edited\n")
    before = contents(project.folder)
    result = project.fails("db", "init")
    assert result.stdout == ""
    assert result.stderr == (
        f"Error: The folder {project.folder / 'migrations'} already exists and is not empty; nothing was changed.\n"
        "Go on with it: flask db migrate. For a second one: flask db init -d FOLDER\n"
    )
    assert contents(project.folder) == before


def test_file_in_the_way(project: Project) -> None:
    """A file of that name is an error, and stays."""
    path = project.write("migrations", "mine\n")
    assert project.fails("db", "init").stderr == (
        f"Error: {path} is a file.\nName another folder: flask db init -d FOLDER\n"
    )
    assert path.read_text() == "mine\n"


def test_package(project: Project) -> None:
    """``--package`` adds the two ``__init__.py``."""
    project.ok("db", "init", "--package")
    written = contents(project.folder / "migrations")
    assert written["__init__.py"] == written["versions/__init__.py"] == ""
    project.ok("db", "migrate")
    project.ok("db", "upgrade")
    assert "user" in project.tables(project.url)


@pytest.mark.parametrize("arguments", [["--multidb"], ["-t", "flask-multidb"], ["--template", "flask-multidb"]])
def test_multidb(project: Project, arguments: list[str]) -> None:
    """``--multidb`` is short for the template ``flask-multidb``."""
    project.ok("db", "init", *arguments)
    written = (project.folder / "migrations/script.py.mako").read_text(encoding="utf-8")
    assert written == (TEMPLATES / "flask-multidb/script.py.mako").read_text(encoding="utf-8")


def test_own_template(project: Project) -> None:
    """A folder of one's own is a template: its files and folders are copied, ``alembic.ini.mako`` is rendered."""
    project.write("house/README", "Of the house.\n")
    project.write("house/alembic.ini.mako", "[alembic]\nscript_location = ${script_location}\n")
    project.write("house/env.py", "from flask_migrate.environment import run\nrun()\n")
    project.write("house/script.py.mako", "${message}\n")
    project.write("house/notes/first.txt", "Read me.\n")
    project.write("house/__pycache__/env.pyc", "")
    project.ok("db", "init", "-t", "./house")
    assert contents(project.folder / "migrations") == {
        "README": "Of the house.\n",
        "alembic.ini": f"[alembic]\nscript_location = {project.folder / 'migrations'}\n",
        "env.py": "from flask_migrate.environment import run\nrun()\n",
        "notes/first.txt": "Read me.\n",
        "script.py.mako": "${message}\n",
    }


def test_unknown_template(project: Project) -> None:
    """A template that is not there is wrong usage; those that are there are named."""
    assert project.fails("db", "init", "-t", "house", code=2).stderr == (
        "Error: There is no template 'house'.\n"
        "The templates are flask, flask-multidb; a folder of your own is named by a path with a slash.\n"
    )
    assert project.fails("db", "init", "-t", "./house", code=2).stderr == (
        "Error: house is no template: it has no env.py.\n"
        "The templates are flask, flask-multidb; a folder of your own is named by a path with a slash.\n"
    )
    assert not (project.folder / "migrations").exists()


def test_json(project: Project) -> None:
    """``--json`` prints what was written, and nothing else."""
    result = project.ok("db", "init", "--json")
    folder = project.folder / "migrations"
    assert json.loads(result.stdout) == {
        "directory": str(folder),
        "folders": [str(folder), str(folder / "versions")],
        "files": [str(folder / name) for name in FILES],
    }
    assert result.stderr == ""


def test_file_where_a_folder_is_needed(project: Project) -> None:
    """Where nothing can be written the command says why and leaves nothing behind."""
    path = project.write("taken", "mine\n")
    assert project.fails("db", "init", "-d", "taken/migrations").stderr == (
        f"Error: The folder {path / 'migrations'} can't be written: File exists: {path}.\n"
        "Give this user the right to write there, or name another folder: flask db init -d FOLDER\n"
    )
    assert contents(project.folder).keys() == {"app.py", "taken"}


@pytest.mark.parametrize("arguments", [[], ["--multidb"]])
def test_nothing_is_left_to_edit(project: Project, arguments: list[str]) -> None:
    """The folder works as it is: migrate and upgrade follow at once, and the models then agree."""
    project.ok("db", "init", *arguments)
    project.ok("db", "migrate")
    project.ok("db", "upgrade")
    assert project.ok("db", "check").stdout == "No new upgrade operations detected.\n"
    assert not is_untouched(project.url)
