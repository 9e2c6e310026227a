"""Seed 002: one project on SQLite, MySQL (MariaDB) and PostgreSQL, by changing nothing but the URL."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.projects import Project
from tests.scripts import described, running, tables, told, version
from tests.seeds.structure import structure

CONFIG = """
class Config:
    SQLALCHEMY_DATABASE_URI = {url!r}
    SQLALCHEMY_TRACK_MODIFICATIONS = False
"""

APP = """
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_migrate import Migrate

app = Flask(__name__)
app.config.from_object('config.Config')

db = SQLAlchemy(app)
migrate = Migrate(app, db)
"""

MODELS = """
from app import db

class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    username = db.Column(db.String(150), unique=True, nullable=False)
    email = db.Column(db.String(150), unique=True, nullable=False)
"""

INSERT = "INSERT INTO {table} (id, username, email) VALUES (:id, :username, :email)"


@pytest.fixture
def guide(make_project: Callable[..., Project]) -> Project:
    """The guide's folder before the models exist: ``config.py`` and ``app.py``."""
    project = make_project(APP)
    set_url(project, project.url)
    return project


def set_url(project: Project, url: str) -> None:
    """Write ``config.py`` for a database: all that changes between the engines."""
    project.write("config.py", CONFIG.format(url=url))


def add_models(project: Project) -> None:
    """Create ``models.py`` as the guide does, and import it, which the guide forgets."""
    project.write("models.py", MODELS)
    project.append("app.py", "import models")


def only_rev(project: Project) -> str:
    """The id of the only script."""
    (script,) = project.versions()
    return script.name.partition("_")[0]


def insert(url: str, number: int, username: str, email: str) -> None:
    """Add a user."""
    table = sa.make_url(url).get_dialect()().identifier_preparer.quote("user")
    Project.sql(url, INSERT.format(table=table), id=number, username=username, email=email)


def test_the_guide(guide: Project) -> None:
    """Init, models, migrate and upgrade make the table, with its unique columns, on each engine."""
    guide.ok("db", "init")
    add_models(guide)
    result = guide.ok("db", "migrate", "-m", "Initial migration")
    rev = only_rev(guide)
    assert result.stdout == f"Generating {guide.folder}/migrations/versions/{rev}_initial_migration.py ...  done\n"
    result = guide.ok("db", "upgrade")
    assert told(result) == [f"Database: {described(guide.url)}", *running("upgrade", ("", rev, "Initial migration"))]
    insert(guide.url, 1, "ada", "ada@example.com")
    for username, email in [("ada", "new@example.com"), ("new", "ada@example.com")]:
        with pytest.raises(sa.exc.IntegrityError):
            insert(guide.url, 2, username, email)
    assert guide.sql(guide.url, "SELECT count(*) FROM alembic_version") == [(1,)]


def test_models_in_a_module_that_nobody_imports(guide: Project) -> None:
    """Followed to the letter the guide's order is refused, and the refusal names the class and the import."""
    guide.ok("db", "init")
    guide.write("models.py", MODELS)
    result = guide.fails("db", "migrate", "-m", "Initial migration", code=5)
    assert told(result) == [
        f"Database: {described(guide.url)}",
        "Error: No models are registered: the metadata has 0 tables, the database has 0 tables.",
        "These model classes are in files that nobody imports:",
        "  models.py:3 User",
        "Add `import models` to the module that makes the app, below `db = SQLAlchemy(…)`.",
    ]
    assert guide.versions() == []
    guide.replace("app.py", "db = SQLAlchemy(app)\n", "db = SQLAlchemy(app)\nimport models\n")
    guide.ok("db", "migrate", "-m", "Initial migration")
    guide.ok("db", "upgrade")
    assert tables(guide) == {"user"}


def test_commands_of_the_guide(guide: Project) -> None:
    """History, downgrade and stamp head do what the guide's list says."""
    guide.ok("db", "init")
    add_models(guide)
    guide.ok("db", "migrate", "-m", "Initial migration")
    guide.ok("db", "upgrade")
    rev = only_rev(guide)
    made = structure(guide.url)
    assert guide.ok("db", "history").stdout == f"<base> -> {rev} (head), Initial migration\n"
    guide.ok("db", "downgrade")
    assert (tables(guide), version(guide)) == (set(), [])
    guide.ok("db", "stamp", "head")
    assert (tables(guide), version(guide)) == (set(), [rev])
    guide.ok("db", "stamp", "base")
    guide.ok("db", "upgrade")
    assert structure(guide.url) == made


def test_database_agrees_with_the_models(guide: Project) -> None:
    """After the upgrade there is nothing left to migrate on any engine."""
    guide.ok("db", "init")
    add_models(guide)
    guide.ok("db", "migrate")
    guide.ok("db", "upgrade")
    assert guide.ok("db", "check").stdout == "No new upgrade operations detected.\n"
    result = guide.ok("db", "migrate")
    assert "INFO  [alembic.env] No changes in schema detected." in told(result)
    assert len(guide.versions()) == 1


def test_only_the_url_changes(guide: Project, second_url: str) -> None:
    """The folder that was written on SQLite makes the same tables on each engine as one written there."""
    sqlite = f"sqlite:///{guide.folder}/first.db"
    set_url(guide, sqlite)
    guide.ok("db", "init")
    add_models(guide)
    guide.ok("db", "migrate", "-m", "Initial migration")
    guide.ok("db", "upgrade")
    assert tables(guide, sqlite) == {"user"}
    set_url(guide, guide.url)
    guide.ok("db", "upgrade")
    assert guide.ok("db", "check").stdout == "No new upgrade operations detected.\n"
    set_url(guide, second_url)
    shutil.rmtree(guide.folder / "migrations")
    for arguments in (["init"], ["migrate"], ["upgrade"]):
        guide.ok("db", *arguments)
    assert structure(second_url) == structure(guide.url)


def test_folder_is_begun_anew(guide: Project) -> None:
    """Who takes everything back, deletes the folder and starts over has a database that works as at the first time."""
    add_models(guide)
    made = []
    for _ in range(2):
        for arguments in (["init"], ["migrate", "-m", "Initial migration"], ["upgrade"]):
            guide.ok("db", *arguments)
        made.append(structure(guide.url))
        assert version(guide) == [only_rev(guide)]
        guide.ok("db", "downgrade", "base")
        shutil.rmtree(guide.folder / "migrations")
    assert made[0] == made[1]
    assert tables(guide) == set()


def test_init_in_a_project_that_has_a_folder(guide: Project) -> None:
    """Who clones the project and starts with init is told what to run instead, and nothing is changed."""
    guide.ok("db", "init")
    guide.write("migrations/env.py", "# edited\n")
    result = guide.fails("db", "init")
    assert result.stderr == (
        f"Error: The folder {guide.folder}/migrations already exists and is not empty; nothing was changed.\n"
        "Go on with it: flask db migrate. For a second one: flask db init -d FOLDER\n"
    )
    assert guide.read("migrations/env.py") == "# edited\n"


@pytest.mark.engines("postgresql", "mariadb")
def test_database_was_not_created(guide: Project) -> None:
    """Where the guide's CREATE DATABASE was left out, the message has that very statement."""
    url = sa.make_url(guide.url).set(database="no such database")
    set_url(guide, url.render_as_string(hide_password=False))
    guide.ok("db", "init")
    add_models(guide)
    result = guide.fails("db", "migrate")
    quote = "`" if url.get_backend_name() == "mysql" else '"'
    place = described(url.render_as_string(hide_password=False))
    assert told(result) == [
        f"Database: {place}",
        f"Error: The server has no database 'no such database' ({place}).",
        f"Create it: flask db upgrade --create-database, or CREATE DATABASE {quote}no such database{quote}",
    ]


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    ("url", "driver", "package"),
    [
        ("mysql://username:password@localhost/db_name", "MySQLdb", "mysqlclient"),
        ("postgresql+psycopg2://username:password@localhost/db_name", "psycopg2", "psycopg2-binary"),
    ],
)
def test_driver_was_not_installed(
    guide: Project, monkeypatch: pytest.MonkeyPatch, url: str, driver: str, package: str
) -> None:
    """Where the guide's ``pip install`` was left out, the message has the package."""
    monkeypatch.setitem(sys.modules, driver, None)  # as if it were not there
    set_url(guide, url)
    result = guide.fails("db", "init")
    assert told(result) == [
        f"Error: The database driver {driver} is not installed.",
        f"Install it: pip install {package}",
    ]
