"""The helper that runs a project's commands."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.projects import Project


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("process", [False, True])
def test_command_runs_in_the_project(project: Project, process: bool) -> None:
    """A command finds the app, the database and the input, in this process and in one of its own."""
    project.write(
        "app.py",
        """
        import os
        import sys

        import click
        import flask

        app = flask.Flask(__name__)

        @app.cli.command()
        def tell():
            print(os.environ["DATABASE_URL"], os.getcwd(), input())
            click.echo("careful", err=True)
            sys.exit(3)
        """,
    )
    result = (project.flask if process else project.invoke)("tell", input="yes\n")
    assert result.stdout == f"{project.url} {project.folder} yes\n"
    assert (result.stderr, result.returncode) == ("careful\n", 3)


@pytest.mark.engines("sqlite")
def test_command_leaves_no_trace(project: Project) -> None:
    """Logging, environment, search path, modules and working directory are as before a command."""
    project.write(
        "app.py",
        """
        import logging
        import os
        import sys

        import flask

        app = flask.Flask(__name__)

        @app.cli.command()
        def litter():
            logging.getLogger().handlers.clear()
            logging.getLogger("tests").disabled = True
            os.environ["LITTER"] = "yes"
            sys.path.append("litter")
            os.chdir("/")
        """,
    )
    logger = logging.getLogger("tests")

    def state() -> tuple[object, ...]:
        return list(logging.root.handlers), logger.disabled, dict(os.environ), list(sys.path), Path.cwd()

    before = state()
    project.ok("litter")
    assert state() == before
    assert "app" not in sys.modules


@pytest.mark.engines("sqlite")
def test_edited_app_is_loaded_anew(make_project: Callable[..., Project]) -> None:
    """Two commands in one process see two versions of a module, and two projects do not see each other's."""
    source = "import flask; app = flask.Flask('x'); app.cli.command('tell')(lambda: print({}))"
    project, other = make_project(source.format(1)), make_project(source.format(2))
    assert [project.ok("tell").stdout, other.ok("tell").stdout] == ["1\n", "2\n"]
    project.replace("app.py", "print(1)", "print(3)")
    with other.context():
        assert project.ok("tell").stdout == "3\n"
        assert other.ok("tell").stdout == "2\n"


@pytest.mark.engines("sqlite")
def test_error_is_shown(project: Project) -> None:
    """An exception ends a command with exit code 1 and a traceback; ``ok`` and ``fails`` refuse it."""
    project.write("app.py", "import flask; app = flask.Flask('x'); app.cli.command('break')(lambda: 1 / 0)")
    result = project.invoke("break")
    assert (result.returncode, result.stderr.splitlines()[-1]) == (1, "ZeroDivisionError: division by zero")
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        project.ok("break")
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        project.fails("break")
