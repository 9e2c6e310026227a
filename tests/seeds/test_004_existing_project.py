"""Seed 004: migrations come to a project whose database is in use; the steps of the article."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from tests.projects import Project
from tests.scripts import RECORDS, described, running, tables, told, version
from tests.seeds.structure import column_names, structure

MODELS = """
import os

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_migrate import Migrate

{made}


followers = db.Table(
    'followers',
    db.Column('follower_id', db.Integer, db.ForeignKey('user.id'), primary_key=True),
    db.Column('followed_id', db.Integer, db.ForeignKey('user.id'), primary_key=True),
)


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    username = db.Column(db.String(64), index=True, unique=True)
    email = db.Column(db.String(120), index=True, unique=True)


class Post(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    body = db.Column(db.String(140))
    timestamp = db.Column(db.DateTime, index=True)
    user_id = db.Column(db.Integer, db.ForeignKey('user.id'))
"""

DIRECT = MODELS.format(
    made="""
app = Flask(__name__)
app.config['SQLALCHEMY_DATABASE_URI'] = os.environ['DATABASE_URL']
db = SQLAlchemy(app)
migrate = Migrate(app, db)
"""
)

FACTORY = (
    MODELS.format(made="db = SQLAlchemy()\nmigrate = Migrate()")
    + """

def create_app():
    app = Flask(__name__)
    app.config['SQLALCHEMY_DATABASE_URI'] = os.environ['DATABASE_URL']
    db.init_app(app)
    migrate.init_app(app, db)
    return app
"""
)

#: The two styles of the article, by the name of the app or of the function that makes it.
STYLES = {"app": DIRECT, "create_app": FACTORY}
in_both_styles = pytest.mark.parametrize("existing", STYLES, indirect=True)
#: A line that Alembic writes about every table that PostgreSQL numbers the rows of.
SERIAL = "assuming SERIAL and omitting"
NEW_COLUMN = ("    body = db", "    language = db.Column(db.String(5))\n    body = db")


@dataclasses.dataclass(frozen=True)
class Existing:
    """A project of before: its app, and a database that ``db.create_all()`` made.

    :param name: the app, or the function that makes it, in ``app.py``.
    """

    project: Project
    name: str

    def create_all(self, url: str) -> None:
        """Make the tables in a database as the app did so far, and fill them."""
        before, self.project.url = self.project.url, url
        with self.project.context(name=self.name) as app:
            app.extensions["sqlalchemy"].create_all()
        self.project.url = before
        for statement in (
            "INSERT INTO {user} (id, username, email) VALUES (1, 'ada', 'ada@example.com'), (2, 'bob', NULL)",
            "INSERT INTO followers (follower_id, followed_id) VALUES (2, 1)",
            "INSERT INTO post (id, body, user_id) VALUES (1, 'Here I am', 1), (2, '', NULL)",
        ):
            self.project.sql(url, statement.format(user=self.user(url)))

    def rows(self, url: str) -> list[list[tuple[object, ...]]]:
        """What the tables of before hold, in their columns of before."""
        queries = (
            "SELECT id, username, email FROM {user} ORDER BY id",
            "SELECT follower_id, followed_id FROM followers",
            "SELECT id, body, timestamp, user_id FROM post ORDER BY id",
        )
        return [self.project.sql(url, query.format(user=self.user(url))) for query in queries]

    @staticmethod
    def user(url: str) -> str:
        """The name of the users' table, which is a reserved word of PostgreSQL."""
        return '"user"' if url.startswith("postgresql") else "user"

    def initial_migration(self) -> str:
        """Write the first script against an empty database, as the article does, and return its id."""
        self.project.env["DATABASE_URL"] = "sqlite://"
        self.project.ok("db", "migrate", "-m", "initial migration")
        del self.project.env["DATABASE_URL"]
        (script,) = self.project.versions()
        return script.name.partition("_")[0]


@pytest.fixture
def existing(request: pytest.FixtureRequest, make_project: Callable[..., Project]) -> Existing:
    """The project with a filled database, after ``flask db init``; a factory, unless the test says otherwise."""
    name = getattr(request, "param", "create_app")
    project = make_project(STYLES[name])
    found = Existing(project, name)
    found.create_all(project.url)
    project.ok("db", "init")
    return found


def test_first_migrate_finds_nothing(existing: Existing) -> None:
    """Against the database in use there are no changes; the message says why, and what to do."""
    project = existing.project
    result = project.ok("db", "migrate")
    assert [line for line in told(result) if SERIAL not in line] == [
        f"Database: {described(project.url)}",
        "INFO  [alembic.env] No changes in schema detected.",
        "The database has all tables of the models already, and there is no revision: it was not made by "
        "migrations (db.create_all()?). Write the first revision and stamp the database: flask db adopt",
    ]
    assert project.versions() == []
    assert "alembic_version" not in project.tables(project.url)


@in_both_styles
def test_initial_migration_against_an_empty_database(existing: Existing) -> None:
    """With ``DATABASE_URL=sqlite://`` everything is new; the real database is not asked."""
    project = existing.project
    before = existing.rows(project.url)
    project.env["DATABASE_URL"] = "sqlite://"
    result = project.ok("db", "migrate")
    (script,) = project.versions()
    assert told(result) == [
        "Database: sqlite, in memory (nothing is kept)",
        "INFO  [alembic.autogenerate.compare.tables] Detected added table 'user'",
        "INFO  [alembic.autogenerate.compare.constraints] Detected added index 'ix_user_email' on '('email',)'",
        "INFO  [alembic.autogenerate.compare.constraints] Detected added index 'ix_user_username' on '('username',)'",
        "INFO  [alembic.autogenerate.compare.tables] Detected added table 'followers'",
        "INFO  [alembic.autogenerate.compare.tables] Detected added table 'post'",
        "INFO  [alembic.autogenerate.compare.constraints] Detected added index 'ix_post_timestamp' on '('timestamp',)'",
        f"Next: read migrations/versions/{script.name}, then run flask db upgrade",
    ]
    assert existing.rows(project.url) == before
    assert project.tables(project.url) & RECORDS == set()


def test_stamp_head(existing: Existing) -> None:
    """Stamping writes the revision into the database and changes nothing else, there or in the folder."""
    project = existing.project
    rev = existing.initial_migration()
    before = (existing.rows(project.url), structure(project.url), contents(project))
    result = project.ok("db", "stamp", "head")
    assert told(result) == [
        f"Database: {described(project.url)}",
        f"INFO  [alembic.runtime.migration] Running stamp_revision  -> {rev}",
        f"Stamped {rev} in {described(project.url)}; no migration was run.",
        "Next: repeat it for every other database of the project; then flask db check",
    ]
    assert version(project) == [rev]
    assert (existing.rows(project.url), structure(project.url), contents(project)) == before
    assert project.ok("db", "check").stdout == "No new upgrade operations detected.\n"


def contents(project: Project) -> dict[str, bytes]:
    """Every file of the migrations folder."""
    files = [path for path in (project.folder / "migrations").rglob("*") if path.suffix in (".py", ".ini", ".mako")]
    return {str(path): path.read_bytes() for path in files}


@in_both_styles
def test_workflow_after_that(existing: Existing) -> None:
    """From then on a change of the models is a migrate and an upgrade, and the rows stay."""
    project = existing.project
    first = existing.initial_migration()
    project.ok("db", "stamp", "head")
    before = existing.rows(project.url)
    project.replace("app.py", *NEW_COLUMN)
    project.ok("db", "migrate", "-m", "language")
    (second,) = {path.name.partition("_")[0] for path in project.versions()} - {first}
    result = project.ok("db", "upgrade")
    assert told(result)[1:] == running("upgrade", (first, second, "language"))
    assert set(column_names(project.url, "post")) == {"id", "body", "timestamp", "user_id", "language"}
    assert existing.rows(project.url) == before


def test_further_databases(existing: Existing, second_url: str) -> None:
    """Each further database is stamped, and then takes part in upgrades like the first one."""
    project = existing.project
    existing.create_all(second_url)
    before = existing.rows(second_url)
    existing.initial_migration()
    for url in (project.url, second_url):
        project.env["DATABASE_URL"] = url
        project.ok("db", "stamp", "head")
    project.replace("app.py", *NEW_COLUMN)
    project.ok("db", "migrate", "-m", "language")
    for url in (project.url, second_url):
        project.env["DATABASE_URL"] = url
        project.ok("db", "upgrade")
    assert structure(second_url) == structure(project.url)
    assert existing.rows(second_url) == before


def test_new_database(existing: Existing, second_url: str) -> None:
    """A new, empty database gets from the scripts what ``db.create_all()`` made in the old one."""
    project = existing.project
    existing.initial_migration()
    project.env["DATABASE_URL"] = second_url
    project.ok("db", "upgrade")
    assert structure(second_url) == structure(project.url)


def test_upgrade_instead_of_stamp(existing: Existing) -> None:
    """Without the stamp the upgrade stops before the first statement, and points to what compares and stamps."""
    project = existing.project
    rev = existing.initial_migration()
    before = (existing.rows(project.url), structure(project.url))
    result = project.fails("db", "upgrade", code=5)
    failure = next(line for line in told(result) if line.startswith("Error:"))
    assert "would create 3 tables that are there already (user, followers, post)" in failure
    assert described(project.url) in failure
    assert "flask db adopt --stamp-only" in result.stderr
    assert (existing.rows(project.url), structure(project.url)) == before
    project.ok("db", "stamp", "head")
    assert (version(project), tables(project)) == ([rev], {"user", "followers", "post"})
