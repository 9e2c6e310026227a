"""The group of commands itself: its name, its options, its help, its environment variables."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable

import pytest

from flask_migrate.cli.group import COMMANDS
from tests.projects import APP, Project
from tests.scripts import FIRST, add_line, described, is_untouched, told, version

pytestmark = pytest.mark.engines("sqlite")


def test_help_lists_every_command(project: Project) -> None:
    """``flask db --help`` lists all commands, each with a sentence."""
    output = project.ok("db", "--help").stdout
    listed = re.findall(r"^  ([a-z-]+)  +[A-Z]\S+ ", output.partition("Commands:\n")[2], re.MULTILINE)
    assert listed == sorted(COMMANDS)
    assert output.startswith("Usage: flask db [OPTIONS] COMMAND [ARGS]...\n\n  Perform database migrations.\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command(project: Project, command: str) -> None:
    """Every command has a help page with its options, ``-d`` among them, where there is a folder."""
    output = project.ok("db", command, "--help").stdout
    assert output.startswith(f"Usage: flask db {command} [OPTIONS]")
    assert ("-d, --directory TEXT" in output) == (command not in ("binds", "drop-tenant", "list-templates"))


def test_help_of_flask(project: Project) -> None:
    """``flask --help`` lists the group."""
    output = project.ok("--help", process=True).stdout
    assert "  db      Perform database migrations.\n" in output


PROBE = """
import sys
from flask.cli import main
sys.argv = ["flask", *sys.argv[1:]]
try:
    main()
finally:
    print(*sorted({name.partition(".")[0] for name in sys.modules} & {"alembic", "mako", "sqlalchemy"}))
"""


@pytest.mark.parametrize("arguments", [["--help"], ["db", "--help"], ["db", "upgrade", "--help"], ["routes"]])
def test_alembic_is_not_loaded(project: Project, arguments: list[str]) -> None:
    """Help, and the commands of others, load neither Alembic nor Mako, also where the app does not load SQLAlchemy."""
    project.write("app.py", "from flask import Flask\nfrom flask_migrate import Migrate\napp = Flask(__name__)\n")
    project.append("app.py", "migrate = Migrate(app, engine='sqlite://', metadata={})\n")
    result = project.run(sys.executable, "-c", PROBE, *arguments)
    assert result.stdout.splitlines()[-1] == "", str(result)


@pytest.mark.parametrize(
    "source",
    [
        APP.replace("Migrate(app, db)", "Migrate(app, db, command='data base')"),
        APP.replace("Migrate(app, db)", "Migrate(db=db, command='other')\nmigrate.init_app(app, command='data base')"),
        APP.replace("migrate =", "app.config['MIGRATE_COMMAND'] = 'data base'\nmigrate ="),
    ],
    ids=["constructor", "init_app", "config"],
)
def test_another_name(make_project: Callable[..., Project], source: str) -> None:
    """The app chooses the name of the group; messages use it too."""
    project = make_project(source)
    result = project.ok("data base", "init")
    assert told(result) == ['Next: flask data base migrate -m "initial migration"']
    assert project.ok("data base", "--help").stdout.startswith("Usage: flask data base [OPTIONS]")
    assert told(project.fails("data base", "init"))[-1] == (
        "Go on with it: flask data base migrate. For a second one: flask data base init -d FOLDER"
    )


def test_without_a_command(project: Project) -> None:
    """The group alone prints its help, and is wrong usage."""
    result = project.fails("db", code=2)
    assert result.output.startswith("Usage: flask db [OPTIONS] COMMAND [ARGS]...")


def test_unknown_command(project: Project) -> None:
    """A command that does not exist is wrong usage."""
    assert told(project.fails("db", "upgarde", code=2))[-1].startswith("Error: No such command 'upgarde'.")


def test_directory_variable(project: Project) -> None:
    """``FLASK_DB_DIRECTORY`` is the folder; ``-d`` wins over it, and it wins over the app."""
    project.env["FLASK_DB_DIRECTORY"] = "from_env"
    project.ok("db", "init")
    project.ok("db", "init", "-d", "from_option")
    project.ok("db", "-d", "from_group", "init")
    assert sorted(path.name for path in project.folder.iterdir() if path.is_dir()) == [
        "from_env",
        "from_group",
        "from_option",
    ]


def test_directory_variable_under_another_name(make_project: Callable[..., Project]) -> None:
    """The variable keeps its name when the group has another one."""
    project = make_project(APP.replace("Migrate(app, db)", "Migrate(app, db, command='other')"))
    project.env["FLASK_DB_DIRECTORY"] = "from_env"
    project.ok("other", "init")
    assert (project.folder / "from_env/env.py").exists()


@pytest.mark.parametrize(
    ("variables", "arguments", "expected"),
    [
        ({"FLASK_DB_UPGRADE_SQL": "1"}, ["upgrade"], None),
        ({"FLASK_DB_UPGRADE_DIRECTORY": "migrations"}, ["-d", "nowhere", "upgrade", FIRST], [FIRST]),
        ({"FLASK_DB_X_ARG": "a=1"}, ["upgrade", FIRST], [FIRST]),
    ],
)
def test_variables_of_options(
    project: Project, variables: dict[str, str], arguments: list[str], expected: list[str] | None
) -> None:
    """Every option has a variable, called ``FLASK_DB_<COMMAND>_<OPTION>``."""
    project.ok("db", "init")
    add_line(project)
    project.env.update(variables)
    result = project.ok("db", *arguments)
    if expected is None:
        assert "CREATE TABLE one" in result.stdout
        assert is_untouched(project.url)
    else:
        assert version(project) == expected


def test_x_argument_variable(project: Project) -> None:
    """``FLASK_DB_UPGRADE_X_ARG`` and ``FLASK_DB_X_ARG`` reach env.py."""
    project.ok("db", "init")
    text = project.read("migrations/env.py")
    project.write("migrations/env.py", f"from alembic import context\nprint(context.get_x_argument())\n{text}")
    project.env.update(FLASK_DB_X_ARG="a=1", FLASK_DB_UPGRADE_X_ARG="b=2 c=3")
    assert project.ok("db", "upgrade").stdout == "['a=1', 'b=2', 'c=3']\n"


def test_x_arguments_of_the_group_reach_every_command(project: Project) -> None:
    """Also commands that have no ``-x`` of their own give that of the group to env.py."""
    project.ok("db", "init")
    text = project.read("migrations/env.py")
    project.write("migrations/env.py", f"from alembic import context\nprint(context.get_x_argument())\n{text}")
    for command in ("current", "stamp", "check", "ensure-version"):
        output = project.invoke("db", "-x", "a=1", command).stdout
        assert output.splitlines()[0] == "['a=1']", command


def test_app_logging_goes_on(project: Project) -> None:
    """Handlers and levels of the app's own loggers are what they were while a command runs."""
    project.append(
        "app.py",
        """
        import logging
        import sys

        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(logging.Formatter("%(name)s says %(message)s"))
        for name in ("shop", "shop.orders"):
            logging.getLogger(name).addHandler(handler)
            logging.getLogger(name).propagate = False
        logging.getLogger("shop").setLevel(logging.DEBUG)
        """,
    )
    project.ok("db", "init")
    body = "import logging\nlogging.getLogger('shop').debug('hello')\nlogging.getLogger('shop.orders').error('oh')"
    path = project.folder / "migrations/versions/aaaa_.py"
    path.write_text(
        "revision = 'aaaa'\ndown_revision = None\n\n\ndef upgrade():\n    " + body.replace("\n", "\n    ") + "\n"
    )
    result = project.ok("db", "upgrade", process=True)
    assert result.stdout == "shop says hello\nshop.orders says oh\n"
    assert told(result)[0] == f"Database: {described(project.url)}"


def test_app_that_logs_to_the_terminal(project: Project) -> None:
    """Where the app writes log lines to standard error itself, Alembic's lines come once, in the app's format."""
    project.append("app.py", "import logging\nlogging.basicConfig(format='APP %(message)s', level='INFO')\n")
    project.ok("db", "init")
    project.ok("db", "migrate", "--rev-id", "aaaa")
    lines = told(project.ok("db", "upgrade", process=True))
    assert [line for line in lines if "Running upgrade" in line] == ["APP Running upgrade  -> aaaa, create user"]


def test_app_that_loads_alembic(project: Project) -> None:
    """An app that has loaded Alembic before the command starts gets the same lines."""
    project.append("app.py", "import alembic.command\n")
    project.ok("db", "init")
    project.ok("db", "migrate", "--rev-id", "aaaa")
    lines = told(project.ok("db", "upgrade", process=True))
    assert lines[1:] == ["INFO  [alembic.runtime.migration] Running upgrade  -> aaaa, create user"]


def test_unexpected_errors_are_one_sentence(project: Project) -> None:
    """What nobody expects is told in a line, with the person's own places; ``--debug`` shows the traceback."""
    project.append("app.py", "@migrate.configure\ndef broken(config):\n    return config.nothing\n")
    line = len(project.read("app.py").splitlines())
    project.ok("db", "init")
    result = project.fails("db", "heads", process=True)
    assert result.stderr == (
        "Error: AttributeError: 'Config' object has no attribute 'nothing'\n"
        f"  {project.folder / 'app.py'}, line {line}: return config.nothing\n"
        "The whole traceback is shown with `flask --debug db …`.\n"
    )
    debug = project.flask("--debug", "db", "heads")
    assert "Traceback (most recent call last)" in debug.stderr
    assert debug.returncode == 1


def test_commands_can_be_imported() -> None:
    """``from flask_migrate.cli import upgrade`` gives the command, as before."""
    from flask_migrate import cli

    assert cli.db.name == "db"
    for name in COMMANDS:
        assert getattr(cli, name.replace("-", "_")).name == name
    with pytest.raises(AttributeError, match="has no attribute 'upgarde'"):
        _ = cli.upgarde
