"""A Flask project in a temporary folder, and its ``flask`` command."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import inspect
import json
import os
import subprocess
import sys
import textwrap
import traceback
import typing as t
from collections.abc import Iterator, Mapping
from pathlib import Path

import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask
from flask.cli import FlaskGroup

from tests import false_alarms
from tests.isolation import isolated

APP = """
import json
import os

from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
app.config["SQLALCHEMY_BINDS"] = json.loads(os.environ["DATABASE_BINDS"])
db = SQLAlchemy(app)
migrate = Migrate(app, db)


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(128))
"""

#: What the environment of whoever runs the suite must not bring into a project.
FOREIGN = ("FLASK_", "DATABASE_", "SQLALCHEMY_", "ALEMBIC_", "PYTHONWARNINGS", "PYTHONPATH", "COLUMNS")


@dataclasses.dataclass(frozen=True)
class Result:
    """What a command printed, and the exit code it ended with."""

    command: tuple[str, ...]
    stdout: str
    stderr: str
    returncode: int

    @property
    def output(self) -> str:
        """Standard output, then standard error."""
        return self.stdout + self.stderr

    def __str__(self) -> str:
        return f"$ {' '.join(self.command)}\n{self.output}(exit code {self.returncode})"


def clean_environ() -> dict[str, str]:
    """The environment of the suite without what is foreign to a project, with this Python's scripts in reach.

    No bytecode is written: a file that is edited twice in a second would be taken for unchanged. New scripts are
    tried by the tests that are about that: it costs a scratch database each time; ``FLASK_MIGRATE_VERIFY=1`` lets all
    tests try them.
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)}
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])
    verify = os.environ.get("FLASK_MIGRATE_VERIFY", "0")
    # PyMySQL reads all certificates of the system for each connection, with TLS or without.
    certificates = os.environ.get("SSL_CERT_FILE", os.devnull)
    fixed = {"PYTHONDONTWRITEBYTECODE": "1", "FLASK_MIGRATE_VERIFY": verify, "SSL_CERT_FILE": certificates}
    return {**kept, "PATH": path, **fixed}


class Project:
    """A folder with an app in ``app.py``, commands that run in it, and SQL on its databases.

    :param folder: made when absent.
    :param source: the text of ``app.py``; a common indentation is removed.
    :param url: what the app finds in ``DATABASE_URL``.
    :param binds: what the app finds, as JSON, in ``DATABASE_BINDS``: more URLs by bind key.
    :param env: more environment variables of the project's commands.
    """

    def __init__(
        self,
        folder: Path,
        source: str = APP,
        *,
        url: str,
        binds: Mapping[str, str] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.url = url
        self.binds = dict(binds or {})
        self.env = dict(env or {})
        self.write("app.py", source)

    def write(self, path: str, text: str) -> Path:
        """Write a file, its folders included, and return its path; a common indentation is removed."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return target

    def read(self, path: str) -> str:
        """The text of a file."""
        return (self.folder / path).read_text(encoding="utf-8")

    def append(self, path: str, text: str) -> None:
        """Add lines to the end of a file."""
        self.write(path, self.read(path) + "\n" + textwrap.dedent(text).lstrip("\n"))

    def replace(self, path: str, old: str, new: str) -> None:
        """Replace a text that must be there exactly once."""
        text = self.read(path)
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {path}:\n{text}"
        self.write(path, text.replace(old, new))

    def versions(self, directory: str = "migrations") -> list[Path]:
        """The revision files, by name."""
        return sorted((self.folder / directory / "versions").glob("*.py"))

    def environ(self) -> dict[str, str]:
        """The environment of the project's commands: the suite's, without what is foreign to the project."""
        binds = json.dumps(self.binds)
        return {**clean_environ(), "DATABASE_URL": self.url, "DATABASE_BINDS": binds, **self.env}

    def flask(self, *arguments: str, app: str = "app", input: str = "", python: str = sys.executable) -> Result:
        """Run ``flask --app app …`` as a process of its own."""
        return self.run(python, "-m", "flask", "--app", app, *arguments, input=input)

    def run(self, *command: str, input: str = "") -> Result:
        """Run any command in the project's folder, in its environment."""
        done = subprocess.run(
            command, cwd=self.folder, env=self.environ(), input=input, capture_output=True, encoding="utf-8"
        )
        return Result(command, done.stdout, done.stderr, done.returncode)

    def invoke(self, *arguments: str, app: str = "app", input: str = "") -> Result:
        """The same as ``flask``, in this process: far quicker, and warnings are errors.

        The project's modules are loaded anew each time and forgotten again; logging, the environment, the
        search path and the working directory are left as they were. A traceback goes to ``stderr``, with exit
        code 1.
        """
        with false_alarms.watched(lambda *drift: self._invoke(*drift, app=app), arguments):
            return self._invoke(*arguments, app=app, input=input)

    def _invoke(self, *arguments: str, app: str, input: str = "") -> Result:
        group = FlaskGroup(name="flask")
        with isolated(self.folder, self.environ()):
            done = make_runner().invoke(group, ["--app", app, *arguments], input=input, prog_name="flask")
        stderr = done.stderr
        if done.exc_info and not isinstance(done.exception, (SystemExit, type(None))):
            stderr += "".join(traceback.format_exception(*done.exc_info))
        return Result(("flask", "--app", app, *arguments), done.stdout, stderr, done.exit_code)

    def ok(self, *arguments: str, process: bool = False, **options: t.Any) -> Result:
        """Run a command that has to succeed, in this process or in one of its own."""
        result = (self.flask if process else self.invoke)(*arguments, **options)
        assert result.returncode == 0, str(result)
        assert "Traceback" not in result.output, str(result)
        return result

    def fails(self, *arguments: str, code: int = 1, process: bool = False, **options: t.Any) -> Result:
        """Run a command that has to end with an exit code, and without a traceback."""
        result = (self.flask if process else self.invoke)(*arguments, **options)
        assert result.returncode == code, str(result)
        assert "Traceback" not in result.output, str(result)
        return result

    @contextlib.contextmanager
    def context(self, module: str = "app", name: str = "app") -> Iterator[Flask]:
        """The project's app, loaded anew in this process, inside an application context.

        A function of that name is called as a factory, without arguments.
        """
        with isolated(self.folder, self.environ()):
            found = getattr(importlib.import_module(module), name)
            app: Flask = found if isinstance(found, Flask) else found()
            with app.app_context():
                yield app

    @staticmethod
    def sql(url: str, statement: str, **values: object) -> list[tuple[t.Any, ...]]:
        """Run one SQL statement, commit, and return its rows (none, when it has none)."""
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            result = connection.execute(sa.text(statement), values)
            return [tuple(row) for row in result] if result.returns_rows else []

    @staticmethod
    def tables(url: str) -> set[str]:
        """The names of the tables in the default schema."""
        return set(sa.inspect(sa.create_engine(url, poolclass=sa.NullPool)).get_table_names())


def make_runner() -> CliRunner:
    """A runner that keeps the two outputs apart; Click before 8.2 has to be told."""
    options: dict[str, t.Any] = {"mix_stderr": False}
    return CliRunner(**options) if "mix_stderr" in inspect.signature(CliRunner).parameters else CliRunner()
