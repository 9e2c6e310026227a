"""The migrations folder is missing, broken or can't be written."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.projects import Project
from tests.scripts import add_line, add_script, is_untouched

pytestmark = pytest.mark.engines("sqlite")

Refuses = Callable[..., list[str]]

COMMANDS = [
    *("branches", "check", "current", "downgrade", "edit", "ensure-version", "heads", "history"),
    *("merge", "migrate", "revision", "show", "stamp", "upgrade"),
]
FOLDER_HINT = "that `flask db init -d new_folder` "


@pytest.mark.parametrize("command", COMMANDS)
def test_no_folder(project: Project, refuses: Refuses, command: str) -> None:
    """Without a migrations folder every command but ``init`` says how to make one; the database is not touched."""
    assert refuses(project, "db", command) == [
        f"Error: There is no migrations folder 'migrations' in {project.folder}.",
        "Create it: flask db init",
    ]
    assert is_untouched(project.url)


def test_no_folder_of_that_name(project: Project, refuses: Refuses) -> None:
    """A folder that was asked for with ``-d`` is named."""
    project.ok("db", "init")
    for arguments in (["db", "upgrade", "-d", "scripts"], ["db", "-d", "scripts", "upgrade"]):
        assert refuses(project, *arguments)[0] == (
            f"Error: There is no migrations folder 'scripts' in {project.folder}."
        )


def test_exit_code_of_a_process(project: Project, refuses: Refuses) -> None:
    """A process of its own tells the same on standard error and ends with 1."""
    assert refuses(project, "db", "upgrade", process=True)[-1] == "Create it: flask db init"


def test_init_over_an_existing_folder(project: Project, refuses: Refuses) -> None:
    """``init`` leaves an existing folder as it is and says so."""
    project.ok("db", "init")
    for arguments in ([], ["--multidb"], ["--package"], ["-t", "flask"]):
        assert refuses(project, "db", "init", *arguments, process=not arguments) == [
            f"Error: The folder {project.folder / 'migrations'} already exists and is not empty; nothing was changed.",
            "Go on with it: flask db migrate. For a second one: flask db init -d FOLDER",
        ]


@pytest.mark.parametrize("name", ["alembic.ini", "env.py"])
@pytest.mark.parametrize("command", ["upgrade", "history"])
def test_missing_file(project: Project, refuses: Refuses, name: str, command: str) -> None:
    """A file that is missing is named, and where to get it."""
    project.ok("db", "init")
    (project.folder / "migrations" / name).unlink()
    assert refuses(project, "db", command) == [
        f"Error: migrations/{name} is missing.",
        f"Get it back from version control, or take the {name} that `flask db init -d new_folder` writes.",
    ]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("script_location = x\n", "line 1 stands before the first [section]."),
        ("[alembic]\nrubbish\n", "line 2 is neither a section nor a setting: 'rubbish\\n'."),
        ("[alembic]\n[alembic]\n", "line 2 begins the section [alembic] once more."),
        ("[alembic]\na = 1\na = 2\n", "line 3 sets a once more."),
        ("[alembic]\nfile_template = %(rev)s\n", "file_template: Bad value substitution: option"),
        ("[alembic]\nfile_template = 100%\n", "file_template: '%' must be followed by '%' or '(', found: '%'."),
        ("[alembic]\na = caf\xe9\n", "'utf-8' codec can't decode byte 0xe9"),
    ],
)
@pytest.mark.parametrize("command", ["upgrade", "heads"])
def test_broken_alembic_ini(project: Project, refuses: Refuses, text: str, error: str, command: str) -> None:
    """What is wrong with alembic.ini is told in a sentence."""
    project.ok("db", "init")
    (project.folder / "migrations/alembic.ini").write_bytes(text.encode("latin-1"))
    lines = refuses(project, "db", command)
    assert lines[0].startswith(f"Error: migrations/alembic.ini can't be read: {error}")
    assert lines[1:] == [
        "Correct the file, or take a new one from the folder that `flask db init -d new_folder` makes."
    ]


@pytest.mark.parametrize("text", ["", "[other]\na = b\n"])
def test_alembic_ini_without_its_section(project: Project, text: str) -> None:
    """An alembic.ini that says nothing is as good as one: everything has a default."""
    project.ok("db", "init")
    project.write("migrations/alembic.ini", text)
    add_line(project)
    project.ok("db", "upgrade")
    assert "three" in project.tables(project.url)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("from flask_migrate.environment import run\nrun(\n", "line 2, raised SyntaxError: '(' was never closed"),
        ("import nothing_of_the_kind\n", "line 1, raised ModuleNotFoundError: No module named 'nothing_of_the_kind'"),
        ("x = 1\nx.y\n", "line 2, raised AttributeError: 'int' object has no attribute 'y'"),
    ],
)
def test_broken_env(project: Project, refuses: Refuses, text: str, error: str) -> None:
    """An error in env.py is told with its line."""
    project.ok("db", "init")
    project.write("migrations/env.py", text)
    lines = refuses(project, "db", "upgrade")
    assert lines[0].startswith(f"Error: migrations/env.py, {error}")
    assert lines[1] == "Correct env.py, or take a new one from the folder that `flask db init -d new_folder` makes."


def test_hook_that_fails(project: Project, refuses: Refuses) -> None:
    """An error in the app's own hook is told with its place, and env.py is not to blame."""
    project.ok("db", "init")
    project.replace("app.py", "Migrate(app, db)", "Migrate(app, db, include_object=lambda *arguments: 1 / 0)")
    lines = refuses(project, "db", "migrate")
    assert lines[0] == "Error: ZeroDivisionError: division by zero"
    assert lines[1].startswith(f"  {project.folder / 'app.py'}, line ")
    assert lines[-1] == "The whole traceback is shown with `flask --debug db …`."


def test_missing_script_template(project: Project, refuses: Refuses) -> None:
    """Without script.py.mako no script can be written; everything else works."""
    project.ok("db", "init")
    add_line(project)
    (project.folder / "migrations/script.py.mako").unlink()
    assert refuses(project, "db", "revision") == [
        "Error: migrations/script.py.mako is missing.",
        "Get it back from version control, or take the script.py.mako that `flask db init -d new_folder` writes.",
    ]
    project.ok("db", "upgrade")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("${nothing}\n", "NameError: Undefined"),
        ("% if x\n", "CompileException: Fragment 'if x' is not a partial control statement"),
        ("<%\n x = (\n%>\n", "SyntaxException: (SyntaxError) '(' was never closed"),
    ],
)
def test_broken_script_template(project: Project, refuses: Refuses, text: str, error: str) -> None:
    """A template that can't be rendered is named, and leaves no file."""
    project.ok("db", "init")
    project.write("migrations/script.py.mako", text)
    lines = refuses(project, "db", "revision")
    assert lines[0].startswith(f"Error: migrations/script.py.mako can't be rendered: {error}")
    assert project.versions() == []


@pytest.mark.parametrize(
    ("text", "error"),
    [("def upgrade(:\n", "invalid syntax"), ("x = 1\n", "revision id")],
)
def test_template_of_a_broken_script(project: Project, refuses: Refuses, text: str, error: str) -> None:
    """A template that makes what is no revision script is told, and the file is taken away again."""
    project.ok("db", "init")
    project.write("migrations/script.py.mako", text)
    lines = refuses(project, "db", "revision")
    assert lines[0].startswith("Error: migrations/script.py.mako makes no revision script: ")
    assert error in lines[0]
    assert lines[1] == "Correct it, or take the script.py.mako that `flask db init -d new_folder` writes."


def test_read_only_folder(project: Project, refuses: Refuses, read_only: Path) -> None:
    """Where nothing may be written, ``init`` names the folder and what to do."""
    lines = refuses(project, "db", "init", "-d", str(read_only / "migrations"))
    assert lines[0].startswith(f"Error: The folder {read_only / 'migrations'} can't be written: ")
    assert lines[1] == "Give this user the right to write there, or name another folder: flask db init -d FOLDER"


@pytest.mark.parametrize("command", ["revision", "migrate"])
def test_read_only_versions(project: Project, refuses: Refuses, read_only: Path, command: str) -> None:
    """Where no script may be written, the command names the file and what to do."""
    project.ok("db", "init")
    versions = project.folder / "migrations/versions"
    versions.rmdir()
    versions.symlink_to(read_only, target_is_directory=True)
    lines = refuses(project, "db", command, "--rev-id", "aaaa")
    assert lines[0].startswith("Error: The revision file can't be written: ")
    assert "versions/aaaa_" in lines[0]
    assert lines[0].endswith(".py.")
    assert lines[1] == "Give this user the right to write there, or name another folder with --version-path."


@pytest.mark.parametrize("place", ["nowhere", "migrations/env.py"])
def test_unknown_version_path(project: Project, refuses: Refuses, place: str) -> None:
    """A version path that alembic.ini does not list is an error that lists those that it does."""
    project.ok("db", "init")
    lines = refuses(project, "db", "revision", "--version-path", place)
    assert lines[0].startswith(f"Error: Path {place} is not represented in current version locations")


def test_script_without_a_function(project: Project, refuses: Refuses) -> None:
    """A script that lacks the function for the way to go is named."""
    project.ok("db", "init")
    path = add_script(project, "aaaa")
    path.write_text(path.read_text().replace("def downgrade", "def down"))
    project.ok("db", "upgrade")
    assert refuses(project, "db", "downgrade") == [
        "Error: The revision file migrations/versions/aaaa_.py has no function 'downgrade'.",
        "Add it: 'def downgrade(): pass' when there is nothing to do.",
    ]


@pytest.fixture
def read_only(tmp_path: Path) -> Path:
    """A folder in which this user can't write, be it root."""
    if os.geteuid() != 0:
        folder = tmp_path / "locked"
        folder.mkdir(mode=0o555)
        return folder
    folder = Path("/sys")
    if not folder.is_dir():
        pytest.skip("root may write everywhere here")
    return folder
