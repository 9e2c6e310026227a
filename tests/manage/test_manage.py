"""``manage.py`` in the style of Flask-Script: ``Manager`` and ``MigrateCommand``."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from flask_migrate import Manager, MigrateCommand, MigrateError
from flask_migrate.cli import db
from tests.projects import APP, Project, Result
from tests.scripts import described, running, tables, told

SQLITE = pytest.mark.engines("sqlite")

MANAGE = (
    APP
    + """

from flask_migrate import Manager, MigrateCommand

manager = Manager(app)
manager.add_command("db", MigrateCommand)

if __name__ == "__main__":
    manager.run()
"""
)


@pytest.fixture
def script(make_project: Callable[..., Project]) -> Project:
    """A project whose launch script is its only module, as in the days of Flask-Script."""
    project = make_project("")
    project.write("manage.py", MANAGE)
    return project


def manage(project: Project, *arguments: str, code: int = 0, name: str = "manage.py") -> Result:
    """Run ``python manage.py …``, which has to end with that exit code and without a traceback."""
    result = project.run(sys.executable, name, *arguments)
    assert result.returncode == code, str(result)
    assert "Traceback" not in result.output, str(result)
    return result


@SQLITE
def test_life_of_a_project(script: Project) -> None:
    """init, migrate, upgrade, downgrade and revision work as with ``flask db``."""
    manage(script, "db", "init")
    manage(script, "db", "migrate", "-m", "First", "--rev-id", "aaaa")
    result = manage(script, "db", "upgrade")
    assert tables(script) == {"user"}
    assert (result.stdout, told(result)) == (
        "",
        [f"Database: {described(script.url)}", *running("upgrade", ("", "aaaa", "First"))],
    )
    manage(script, "db", "downgrade")
    assert tables(script) == set()
    manage(script, "db", "revision", "--rev-id", "bbbb")
    assert manage(script, "db", "heads").stdout == "bbbb (head)\n"


@SQLITE
def test_help(script: Project) -> None:
    """The script and the group have help pages, with the name of the script in them."""
    output = manage(script, "--help").stdout
    assert output.startswith("Usage: python manage.py [OPTIONS] COMMAND [ARGS]...\n")
    for line in ("  db         Perform database migrations.\n", "  runserver  ", "  shell      "):
        assert line in output
    assert manage(script, "db", "--help").stdout.startswith("Usage: python manage.py db [OPTIONS] COMMAND [ARGS]...\n")
    assert manage(script, "db", "upgrade", "--help").stdout.startswith("Usage: python manage.py db upgrade [OPTIONS]")


@SQLITE
def test_messages_name_the_script(script: Project) -> None:
    """What to do next is told in the words of the script."""
    assert told(manage(script, "db", "upgrade", code=1))[-1] == "Create it: python manage.py db init"
    assert told(manage(script, "db", "init")) == ['Next: python manage.py db migrate -m "initial migration"']


@SQLITE
def test_another_name(script: Project) -> None:
    """The commands have the name under which they are added, whatever the script is called."""
    script.replace("manage.py", 'add_command("db", MigrateCommand)', 'add_command("database", MigrateCommand)')
    (script.folder / "manage.py").rename(script.folder / "run me.py")
    assert told(manage(script, "database", "init", name="run me.py")) == [
        'Next: python run me.py database migrate -m "initial migration"'
    ]
    assert told(manage(script, "db", "init", name="run me.py", code=2))[-1] == "Error: No such command 'db'."


@SQLITE
def test_factory(script: Project) -> None:
    """``Manager`` takes a function that returns the app; it is called once, when a command needs the app."""
    script.replace("manage.py", "manager = Manager(app)", "manager = Manager(lambda: print('made') or app)")
    assert manage(script, "db", "init").stdout.count("made\n") == 1
    assert "made" not in manage(script, "db", "upgrade", "--help").stdout


@SQLITE
def test_factory_that_fails(script: Project) -> None:
    """An error in the function is told in a sentence."""
    script.replace("manage.py", "manager = Manager(app)", "manager = Manager(lambda: nothing)")
    line = next(n for n, text in enumerate(script.read("manage.py").splitlines(), 1) if "Manager(lambda" in text)
    assert manage(script, "db", "init", code=1).stderr == (
        "Error: The app can't be loaded: NameError: name 'nothing' is not defined\n"
        f"  {script.folder / 'manage.py'}, line {line}: manager = Manager(lambda: nothing)\n"
    )


@SQLITE
def test_own_commands(script: Project) -> None:
    """Commands of one's own run in the context of the app: functions, and click commands."""
    script.replace(
        "manage.py",
        'if __name__ == "__main__":',
        '''
import click
from flask import current_app


@manager.command
def who_am_i():
    """Tell the name of the app."""
    print(current_app.import_name)


@click.command("greet")
@click.argument("name")
def greet(name):
    print("Hello", name)


manager.add_command(greet)
manager.add_command("hail", greet)

if __name__ == "__main__":''',
    )
    assert manage(script, "who-am-i").stdout == "__main__\n"
    assert "  who-am-i   Tell the name of the app.\n" in manage(script, "--help").stdout
    assert manage(script, "greet", "Ann").stdout == "Hello Ann\n"
    assert manage(script, "hail", "Ann").stdout == "Hello Ann\n"


@SQLITE
def test_decorated_function_is_kept(script: Project) -> None:
    """The decorator returns the function, which can be called as before."""
    manager = Manager(lambda: None)  # type: ignore[arg-type,return-value]  # it is never called

    @manager.command
    def answer() -> int:
        return 42

    assert answer() == 42
    assert list(manager.group.commands) == ["shell", "runserver", "answer"]


@SQLITE
def test_not_a_command(project: Project) -> None:
    """What is no click command, a command of Flask-Script's for instance, is refused with what to pass."""
    with pytest.raises(MigrateError) as caught:
        Manager(lambda: None).add_command("db", object)  # type: ignore[arg-type,return-value]  # it must fail
    assert str(caught.value) == (
        "<class 'object'> is not a click command.\n"
        "Pass MigrateCommand of flask_migrate, or a function decorated with @click.command()."
    )


@SQLITE
def test_shell(script: Project) -> None:
    """``shell`` knows the app."""
    result = script.run(sys.executable, "manage.py", "shell", input="print(app.import_name)\n")
    assert "__main__" in result.stdout


@SQLITE
def test_variables(script: Project) -> None:
    """The variables of ``flask db`` work as well."""
    script.env["FLASK_DB_DIRECTORY"] = "from_env"
    manage(script, "db", "init")
    assert (script.folder / "from_env/env.py").exists()


@SQLITE
def test_unknown_command(script: Project) -> None:
    """A command that does not exist is wrong usage, and no command is the help page."""
    assert told(manage(script, "upgrade", code=2))[-1] == "Error: No such command 'upgrade'."
    assert "Usage: python manage.py [OPTIONS] COMMAND [ARGS]..." in manage(script, code=2).output


def test_command_is_the_group() -> None:
    """``MigrateCommand`` is the group that ``flask db`` runs."""
    assert MigrateCommand is db


@SQLITE
def test_url_that_is_no_longer_accepted(make_project: Callable[..., Project]) -> None:
    """The script imports the app before any command runs; the corrected URL is told all the same."""
    project = make_project(url="postgres://me:hunter2@localhost/shop")
    project.write(
        "manage.py",
        "from flask_migrate import Manager, MigrateCommand\nfrom app import app\nManager(app).run()\n",
    )
    result = manage(project, "db", "upgrade", code=1)
    assert result.stderr == (
        "Error: SQLAlchemy does not accept postgres:// URLs.\nWrite postgresql://me:***@localhost/shop instead.\n"
    )
