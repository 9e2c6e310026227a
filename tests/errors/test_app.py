"""The app can't be loaded, is not there, or has no ``Migrate``."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from tests.projects import APP, Project

pytestmark = pytest.mark.engines("sqlite")

Refuses = Callable[..., list[str]]

COMMANDS = ["init", "upgrade", "migrate", "current", "history"]


@pytest.mark.parametrize("command", COMMANDS)
def test_no_app_found(project: Project, refuses: Refuses, command: str) -> None:
    """Without an app the command says how to name it."""
    project.write("app.py", "import flask\n")
    assert refuses(project, "db", command, code=2) == [
        "Error: Failed to find Flask application or factory in module 'app'. Use 'app:name' to specify one.",
        f"Name it: flask --app NAME db …; the working directory is {project.folder}.",
    ]


@pytest.mark.parametrize("process", [False, True])
def test_no_module_found(project: Project, refuses: Refuses, process: bool) -> None:
    """A module that does not exist is told with the place that was looked at."""
    assert refuses(project, "db", "upgrade", code=2, app="nowhere", process=process) == [
        "Error: Could not import 'nowhere'.",
        f"Name it: flask --app NAME db …; the working directory is {project.folder}.",
    ]


def test_no_module_named_by_a_variable(project: Project) -> None:
    """The hint tells what FLASK_APP says."""
    project.env["FLASK_APP"] = "nowhere"
    result = project.run(sys.executable, "-m", "flask", "db", "upgrade")
    assert (result.stdout, result.stderr, result.returncode) == (
        "",
        f"Error: Could not import 'nowhere'.\nFLASK_APP is 'nowhere'; the working directory is {project.folder}.\n",
        2,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_migrate_never_initialised(project: Project, refuses: Refuses, command: str) -> None:
    """An app without ``Migrate`` is told what to add."""
    project.replace("app.py", "migrate = Migrate(app, db)\n", "migrate = Migrate()\n")
    assert refuses(project, "db", command) == [
        "Error: The application 'app' has no Migrate.",
        "Add `migrate = Migrate(app, db)` after `db = SQLAlchemy(app)`, or `migrate.init_app(app, db)` to the factory.",
    ]


@pytest.mark.parametrize(
    ("source", "error", "place"),
    [
        ("import nothing_of_the_kind", "ModuleNotFoundError: No module named 'nothing_of_the_kind'", "import"),
        ("from flask import Flsk", "ImportError: cannot import name 'Flsk' from 'flask'", "from flask"),
        ("class User(db.Model):\n    pass", "NameError: name 'db' is not defined", "class User"),
        ("raise ValueError('first\\nsecond')", "ValueError: first", "raise"),
    ],
    ids=["module", "name", "NameError", "lines"],
)
def test_models_that_cannot_be_imported(
    project: Project, refuses: Refuses, source: str, error: str, place: str
) -> None:
    """The person's own error is shown first, then the places on the way to it, the last one first."""
    project.write("models.py", f"\n{source}\n")
    project.append("app.py", "import models\n")
    lines = refuses(project, "db", "upgrade")
    assert lines[0].startswith(f"Error: The app can't be loaded: {error}")
    line = len(project.read("app.py").splitlines())
    assert lines[-2].startswith(f"  {project.folder / 'models.py'}, line 1: {place}")
    assert lines[-1] == f"  {project.folder / 'app.py'}, line {line}: import models"


@pytest.mark.parametrize("process", [False, True])
def test_syntax_error(project: Project, refuses: Refuses, process: bool) -> None:
    """A syntax error is shown with its own file and line."""
    project.write("models.py", "x = 1\nclass User(:\n")
    project.append("app.py", "import models\n")
    lines = refuses(project, "db", "upgrade", process=process)
    assert lines[0] == "Error: The app can't be loaded: SyntaxError: invalid syntax"
    assert lines[1] == f"  {project.folder / 'models.py'}, line 2: class User(:"


def test_factory_that_fails(project: Project, refuses: Refuses) -> None:
    """An error inside a factory is shown like one of the module."""
    project.write("app.py", "def create_app():\n    return 1 / 0\n")
    assert refuses(project, "db", "upgrade") == [
        "Error: The app can't be loaded: ZeroDivisionError: division by zero",
        f"  {project.folder / 'app.py'}, line 2: return 1 / 0",
    ]


def test_factory_without_arguments(project: Project, refuses: Refuses) -> None:
    """A factory that needs arguments is Flask's own error, told as it is."""
    project.write("app.py", "def create_app(config):\n    pass\n")
    assert refuses(project, "db", "upgrade", code=2)[0] == (
        "Error: Detected factory 'create_app' in module 'app', but could not call it without arguments. "
        "Use 'app:create_app(args)' to specify arguments."
    )


@pytest.mark.parametrize(("config", "error"), [("[1]", "a list"), ("'x'", "a str"), ("True", "a bool")])
def test_configuration_of_the_wrong_type(project: Project, refuses: Refuses, config: str, error: str) -> None:
    """``MIGRATE_CONFIGURE`` has to be a dict."""
    project.replace("app.py", "migrate =", f"app.config['MIGRATE_CONFIGURE'] = {config}\nmigrate =")
    assert refuses(project, "db", "upgrade") == [
        f"Error: MIGRATE_CONFIGURE is {error}, not a dict.",
        'Write for example MIGRATE_CONFIGURE = {"compare_server_default": True}.',
    ]


BROKEN = APP.replace("db = SQLAlchemy(app)", "db = nothing")
ERROR = "Error: The app can't be loaded: NameError: name 'nothing' is not defined"


class TestAnotherName:
    """The commands have another name, which only the app knows, and the app can't be loaded."""

    @pytest.mark.parametrize(
        "source",
        [
            BROKEN.replace("Migrate(app, db)", "Migrate(app, db, command='database')"),
            BROKEN.replace("Migrate(app, db)", "Migrate(app, db, 'migrations', 'database')"),
            BROKEN.replace("Migrate(app, db)", "Migrate(db=db)\nmigrate.init_app(app, command='database')"),
            BROKEN.replace("Migrate(app, db)", "Migrate(app, db, command=NAME)") + "\nNAME = 'database'\n",
            BROKEN.replace("Migrate(app, db)", "Migrate(app, db, command='db' if app.debug else 'database')"),
            BROKEN + "\napp.config['MIGRATE_COMMAND'] = 'database'\n",
            BROKEN + "\napp.config.from_mapping(MIGRATE_COMMAND='database')\n",
            BROKEN + "\napp.config.update({'MIGRATE_COMMAND': 'database'})\n",
            BROKEN + "\nclass Config:\n    MIGRATE_COMMAND = 'database'\n",
        ],
        ids=["keyword", "position", "init_app", "constant", "choice", "key", "mapping", "dict", "class"],
    )
    def test_is_explained(self, make_project: Callable[..., Project], refuses: Refuses, source: str) -> None:
        """The error is the same as under the usual name."""
        project = make_project(source)
        expected = refuses(project, "db", "upgrade")
        assert expected[0] == ERROR
        assert refuses(project, "database", "upgrade") == expected

    def test_exit_code_of_a_process(self, make_project: Callable[..., Project], refuses: Refuses) -> None:
        """A process of its own tells the same and ends with 1."""
        project = make_project(BROKEN.replace("Migrate(app, db)", "Migrate(app, db, command='database')"))
        assert refuses(project, "database", "upgrade", process=True)[0] == ERROR

    @pytest.mark.parametrize(
        ("app", "place"),
        [
            ("shop", "shop/__init__.py"),
            ("shop:create_app()", "shop/extensions.py"),
            ("shop/web.py", "shop/extensions.py"),
            ("shop.web:app", "shop/deep/er/file.py"),
            ("wsgi", "shop/extensions.py"),
            ("wsgi.py:app", "config.py"),
        ],
    )
    def test_source_is_found(self, project: Project, refuses: Refuses, app: str, place: str) -> None:
        """The name may stand in any file of the app's, however the app is named."""
        for name in ("shop/__init__.py", "shop/web.py", "wsgi.py"):
            project.write(name, "from shop import broken\n")
        project.write("shop/broken.py", "nothing\n")
        before = project.read(place) if (project.folder / place).exists() else ""
        project.write(place, f"{before}migrate = Migrate(command='database')\n")
        assert refuses(project, "database", "upgrade", app=app)[0] == ERROR

    def test_file_that_cannot_be_parsed(self, make_project: Callable[..., Project], refuses: Refuses) -> None:
        """A syntax error in the very file that holds the name does not hide it."""
        project = make_project(APP.replace("Migrate(app, db)", "Migrate(app, db, command='database')\nx = ("))
        assert refuses(project, "database", "upgrade")[0] == (
            "Error: The app can't be loaded: SyntaxError: '(' was never closed"
        )

    def test_import_error(self, make_project: Callable[..., Project], refuses: Refuses) -> None:
        """An ImportError, which Flask turns into a usage error, is explained as well."""
        project = make_project(APP.replace("Migrate(app, db)", "Migrate(app, db, command='database')"))
        project.replace("app.py", "import os\n", "import os\nimport nothing_of_the_kind\n")
        assert refuses(project, "database", "upgrade")[0] == (
            "Error: The app can't be loaded: ModuleNotFoundError: No module named 'nothing_of_the_kind'"
        )

    def test_first_error_is_told(self, make_project: Callable[..., Project], refuses: Refuses) -> None:
        """Half an app is imported once: a second time another error would be found."""
        project = make_project(BROKEN.replace("Migrate(app, db)", "Migrate(app, db, command='database')"))
        project.write("state.py", "imports = []\n")
        project.replace("app.py", "import os\n", "import os\nimport state\nstate.imports.append(1)\n")
        project.replace("app.py", "db = nothing", "assert len(state.imports) == 1\ndb = nothing")
        assert refuses(project, "database", "upgrade")[0] == ERROR

    def test_help_is_there(self, make_project: Callable[..., Project]) -> None:
        """Help needs no app."""
        project = make_project(BROKEN.replace("Migrate(app, db)", "Migrate(app, db, command='database')"))
        assert project.ok("database", "upgrade", "--help").stdout.startswith("Usage: flask database upgrade [OPTIONS]")

    def test_other_commands_are_flasks(self, make_project: Callable[..., Project]) -> None:
        """For any other command Flask shows its traceback as ever."""
        project = make_project(BROKEN.replace("Migrate(app, db)", "Migrate(app, db, command='database')"))
        for name in ("fill", "databases", "Migrate"):
            result = project.flask(name, "upgrade")
            assert result.returncode == 1
            assert result.stderr.startswith("Traceback (most recent call last)")
            assert result.stderr.splitlines()[-1] == "NameError: name 'nothing' is not defined"

    def test_other_commands_with_an_import_error(self, make_project: Callable[..., Project]) -> None:
        """For any other command Flask says that there is none, after the ImportError."""
        project = make_project(APP.replace("import os\n", "import os\nimport nothing_of_the_kind\n"))
        result = project.invoke("fill")
        assert result.returncode == 2
        assert result.stderr.startswith("Error: While importing 'app', an ImportError was raised:\n\nTraceback (most")
        assert result.stderr.splitlines()[-1] == "Error: No such command 'fill'."

    def test_other_names_are_not_ours(self, make_project: Callable[..., Project]) -> None:
        """A name that the source gives to something else is none of our commands."""
        project = make_project(BROKEN + "\nrun(command='database')\nprint('database', MIGRATE_COMMANDS='database')\n")
        assert project.flask("database", "upgrade").stderr.startswith("Traceback (most recent call last)")

    def test_help_of_flask(self, make_project: Callable[..., Project]) -> None:
        """``flask --help`` shows the traceback and then its commands, as Flask does."""
        project = make_project(BROKEN.replace("Migrate(app, db)", "Migrate(app, db, command='database')"))
        result = project.invoke("--help")
        assert result.returncode == 0
        assert "NameError: name 'nothing' is not defined" in result.stderr
        assert "  db      Perform database migrations.\n" in result.stdout
