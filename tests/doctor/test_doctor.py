"""``flask db doctor``: what is wrong, line by line."""

from __future__ import annotations

import json
import typing as t

import pytest
import sqlalchemy as sa

from tests.projects import APP, Project

Finding = dict[str, str]

sqlite_only = pytest.mark.engines("sqlite")


def examine(project: Project, *, code: int = 0, **options: t.Any) -> dict[str, list[Finding]]:
    """The findings of ``doctor --json``, by what was looked at."""
    result = project.ok("db", "doctor", "--json", **options) if not code else project.fails("db", "doctor", "--json")
    data = json.loads(result.stdout)
    assert data["ok"] == (code == 0)
    found: dict[str, list[Finding]] = {}
    for finding in data["findings"]:
        found.setdefault(finding["check"], []).append(finding)
    return found


def one(found: dict[str, list[Finding]], check: str) -> tuple[str, str, str]:
    """State, sentence and way of the only finding of ``check``."""
    (finding,) = found[check]
    return finding["state"], finding["sentence"], finding["way"]


def test_from_the_start_to_an_upgrade(project: Project) -> None:
    """What leads on changes with every step; at the end nothing is left to do."""
    assert one(examine(project), "folder") == (
        "warning",
        "There is no migrations folder 'migrations'.",
        "flask db init",
    )
    project.ok("db", "init")
    project.ok("db", "migrate", "-m", "users")
    before = project.tables(project.url)
    if not project.url.startswith("sqlite"):
        assert one(examine(project), "pending") == (
            "warning",
            "The database is at no revision; 1 revision is pending.",
            "flask db upgrade",
        )
        assert project.tables(project.url) == before
    project.ok("db", "upgrade")
    found = examine(project)
    states = {check: one(found, check)[0] for check in found}
    assert {check: state for check, state in states.items() if state != "ok"} == {"names": "note"}
    assert set(states) >= {"versions", "app", "url", "database", "models", "folder", "pending", "log", "lock", "drift"}
    assert "SQLALCHEMY_DATABASE_URI, as the environment variable DATABASE_URL says" in one(found, "url")[1]


def test_drift(project: Project) -> None:
    """What was changed by hand is told in sentences."""
    project.ok("db", "init")
    project.ok("db", "migrate", "-m", "users")
    project.ok("db", "upgrade")
    project.sql(project.url, "CREATE TABLE by_hand (id INTEGER)")
    state, sentence, way = one(examine(project), "drift")
    assert (state, way) == ("warning", "flask db drift")
    assert "by_hand" in sentence


def test_database_is_missing(project: Project) -> None:
    """A database that is not there is broken on a server; a file is made by the upgrade, and not by looking."""
    name = "flask_migrate_not_there"
    project.url = sa.make_url(project.url).set(database=name).render_as_string(hide_password=False)
    if project.url.startswith("sqlite"):
        assert one(examine(project), "database")[0] == "note"
        assert not list(project.folder.rglob(name))
    else:
        state, sentence, way = one(examine(project, code=1), "database")
        assert (state, f"The server has no database '{name}'" in sentence) == ("broken", True)
        assert "CREATE DATABASE" in way


@sqlite_only
class TestApp:
    """The app, its source and its settings."""

    def test_text(self, project: Project) -> None:
        """Each finding is a line: state, check, sentence, way."""
        lines = project.ok("db", "doctor").stdout.splitlines()
        assert lines[1] == f"ok       app: The app 'app' was found in {project.folder}."
        assert lines[-1] == "warning  folder: There is no migrations folder 'migrations'. -> flask db init"

    def test_no_app(self, project: Project) -> None:
        """Without an app the folder and the source are looked at all the same."""
        project.ok("db", "init")
        project.write("app.py", "import flask\n")
        result = project.fails("db", "doctor")
        assert "broken   app: Failed to find Flask application or factory in module 'app'." in result.stdout
        assert "note     app: The app was looked for as 'app'" in result.stdout
        assert "ok       folder: migrations holds 0 revisions." in result.stdout

    def test_driver_is_missing(self, project: Project) -> None:
        """The package to install is named."""
        project.url = "mysql+asyncmy://root@localhost/test"
        assert "pip install asyncmy" in project.fails("db", "doctor").stdout

    def test_old_scheme(self, project: Project) -> None:
        """``postgres://`` is corrected, without its password."""
        project.url = "postgres://me:hunter2@localhost/shop"
        result = project.fails("db", "doctor")
        assert "broken   app: SQLAlchemy does not accept postgres:// URLs." in result.stdout
        assert "Write postgresql://me:***@localhost/shop instead." in result.stdout
        assert "hunter2" not in result.output

    def test_server_is_down(self, project: Project) -> None:
        """The reason is told, without the password."""
        project.url = "postgresql+psycopg://me:hunter2@127.0.0.1:1/shop"
        result = project.fails("db", "doctor")
        assert "broken   database: The database can't be reached (postgresql, 127.0.0.1:1, shop)" in result.stdout
        assert "hunter2" not in result.output

    def test_in_memory(self, project: Project) -> None:
        """A database in memory is likely a mistake."""
        project.url = "sqlite://"
        assert one(examine(project), "database")[0] == "warning"

    def test_folder_of_the_file_is_missing(self, project: Project) -> None:
        """SQLite makes files, and no folders."""
        project.url = f"sqlite:///{project.folder}/nowhere/shop.db"
        state, sentence, _ = one(examine(project, code=1), "database")
        assert (state, sentence) == ("broken", f"The folder {project.folder}/nowhere does not exist.")

    def test_no_migrate(self, project: Project) -> None:
        """An app without ``Migrate`` is told what to add."""
        project.replace("app.py", "migrate = Migrate(app, db)\n", "")
        found = examine(project, code=1)
        assert found["app"][-1]["sentence"] == "The application 'app' has no Migrate."

    def test_source(self, project: Project) -> None:
        """Models that nobody imports, a second ``SQLAlchemy()`` and ``create_all()``, but not those of tests."""
        project.write("models.py", "from app import db\n\nclass Order(db.Model):\n    pass\n")
        project.write("other.py", "from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()\n")
        project.append("app.py", "def fill():\n    db.create_all()\n")
        project.write("tests/test_app.py", "db = SQLAlchemy()\ndb.create_all()\n")
        found = examine(project)
        assert "models.py:3 Order" in one(found, "models")[1]
        assert "import models" in one(found, "models")[2]
        line = len(project.read("app.py").splitlines())
        assert one(found, "create_all")[1].startswith(f"create_all() is called at app.py:{line}:")
        made = project.read("app.py").splitlines().index("db = SQLAlchemy(app)") + 1
        assert one(found, "SQLAlchemy")[1].startswith(f"2 SQLAlchemy() objects are made: app.py:{made}, other.py:2.")

    @pytest.mark.parametrize("key", ["SQLALCHEMY_DATABASE_URL", "SQLALCHEMY_DATABSE_URI", "MIGRATE_DIRECTORIES"])
    def test_setting_that_nobody_reads(self, project: Project, key: str) -> None:
        """The key that was meant is named."""
        project.append("app.py", f"app.config[{key!r}] = 'x'\n")
        assert key in one(examine(project), "settings")[1]

    def test_variable_that_nobody_reads(self, project: Project) -> None:
        """A URL in the environment that has no effect is told; one that the source names is read."""
        project.env = {"SHOP_DATABASE_URL": "mysql+pymysql://me:hunter2@db/shop"}
        result = project.ok("db", "doctor")
        assert "The environment variable SHOP_DATABASE_URL holds a database URL" in result.stdout
        assert "hunter2" not in result.output
        project.append("app.py", "other = os.environ.get('SHOP_DATABASE_URL')\n")
        assert "variables" not in examine(project)

    def test_no_secret_from_its_environment(self, project: Project) -> None:
        """The old scheme in a variable is told without an app, and without its password."""
        project.write("app.py", "import flask\n")
        project.url = "postgres://me:hunter2@localhost/shop"
        result = project.fails("db", "doctor")
        assert "broken   variables: DATABASE_URL holds a postgres:// URL" in result.stdout
        assert "hunter2" not in result.output


@sqlite_only
class TestHistory:
    """The folder and what was applied."""

    def test_two_heads(self, project: Project) -> None:
        """Several heads stop an upgrade."""
        project.ok("db", "init")
        for name in ("a", "b"):
            project.ok("db", "revision", "-m", name, "--head", "base")
        state, sentence, way = one(examine(project, code=1), "heads")
        assert (state, way) == ("broken", "flask db merge")
        assert sentence.startswith("The history has 2 heads: ")

    def test_unknown_revision(self, project: Project) -> None:
        """A database at a revision that no script has."""
        project.ok("db", "init")
        project.ok("db", "migrate", "-m", "users")
        project.ok("db", "upgrade")
        (script,) = project.versions()
        script.unlink()
        assert "Can't locate revision" in one(examine(project, code=1), "history")[1]

    def test_broken_folder(self, project: Project) -> None:
        """What is missing in the folder is named."""
        project.ok("db", "init")
        (project.folder / "migrations" / "env.py").unlink()
        assert one(examine(project, code=1), "folder")[1].endswith("env.py is missing.")

    def test_edited_env(self, project: Project) -> None:
        """An env.py that is not the stock one is noted."""
        project.ok("db", "init")
        project.append("migrations/env.py", "print()\n")
        assert one(examine(project), "env.py")[0] == "note"

    def test_several_databases(self, project: Project) -> None:
        """Each bind has its own lines."""
        project.binds = {"audit": f"sqlite:///{project.folder}/audit.db"}
        found = examine(project)
        assert [item["target"] for item in found["url"]] == ["default", "audit"]
        assert "SQLALCHEMY_BINDS['audit']" in found["url"][1]["sentence"]

    def test_python(self, project: Project) -> None:
        """The function returns the same as values."""
        import flask_migrate

        with project.context():
            diagnosis = flask_migrate.doctor()
            assert diagnosis
            assert {finding.state for finding in diagnosis.findings} <= {"ok", "note", "warning"}


@sqlite_only
def test_a_factory(make_project: t.Callable[..., Project]) -> None:
    """A factory that fails is shown with its place."""
    project = make_project(APP + "\ndef create_app():\n    return 1 / 0\n")
    result = project.fails("db", "doctor", app="app:create_app")
    assert "broken   app: The app can't be loaded: ZeroDivisionError: division by zero" in result.stdout


def test_tables_without_a_revision(project: Project) -> None:
    """A database that has the models' tables and no revision is led to its adoption."""
    quote = "`" if "mysql" in project.url else '"'
    project.sql(project.url, f"CREATE TABLE {quote}user{quote} (id INTEGER)")
    project.ok("db", "init")
    sentence = "The database is at no revision, and has tables of the models: user."
    assert one(examine(project), "pending") == ("warning", sentence, "flask db adopt")
    project.ok("db", "revision", "-m", "one")
    assert one(examine(project), "pending") == ("warning", sentence, "flask db adopt --stamp-only")
