"""``flask db adopt --from-database``: the database leads, and its schema becomes the first revision."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from flask_migrate.schema import diff, read_schema
from tests.drift.changes import run
from tests.projects import APP, Project
from tests.schema.nasty import nasty

NO_MODELS = """
import os

from flask import Flask
from flask_migrate import Migrate

app = Flask(__name__)
migrate = Migrate(app, url=os.environ["DATABASE_URL"])
"""


@pytest.fixture
def leading(make_project: Callable[..., Project]) -> Project:
    """A project without models, and a database with everything that its engine has."""
    project = make_project(APP.partition("class User")[0])
    run(project.url, nasty(project.url.partition(":")[0].partition("+")[0].replace("mysql", "mariadb")))
    return project


def schema(url: str, schemas: list[str] | None = None) -> object:
    """What a database holds, without what belongs to migrations."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    own = ("alembic_version", "flask_migrate_log")
    with engine.connect() as connection:
        return read_schema(connection, schemas=schemas, exclude=lambda kind, schema, name: name in own)


def test_the_schema_exactly(leading: Project, make_url: Callable[[], str]) -> None:
    """An empty database that gets the revision is equal to the original; down and up again, too."""
    before = schema(leading.url)
    done = leading.ok("db", "adopt", "--from-database")
    assert "The database agrees with the revision." in done.stdout
    assert "no table was changed" in done.stdout
    assert schema(leading.url) == before
    leading.ok("db", "drift")
    first, leading.url = leading.url, make_url()
    leading.ok("db", "upgrade")
    assert diff(before, schema(leading.url)) == ()  # type: ignore[arg-type]  # both are schemas
    leading.ok("db", "downgrade", "base", "--yes")
    assert leading.tables(leading.url) <= {"alembic_version", "flask_migrate_log"}
    leading.url = first
    leading.ok("db", "drift", "--replay")


def test_a_dry_run_writes_nothing(leading: Project) -> None:
    """Neither a folder, nor a file, nor a version table; the same is shown."""
    found = json.loads(leading.ok("db", "adopt", "--from-database", "--dry-run", "--json").stdout)
    assert (found["agrees"], found["stamped"], len(found["paths"]), found["models"]) == (True, None, 1, [])
    assert not (leading.folder / "migrations").exists()
    assert "alembic_version" not in leading.tables(leading.url)


def test_model_classes(make_project: Callable[..., Project], engine_name: str) -> None:
    """They are written for what is there, and never over a file."""
    pytest.importorskip("sqlacodegen")
    pytest.importorskip("sqlacodegen")
    project = make_project(APP.partition("class User")[0])
    number = {"postgresql": "SERIAL", "mariadb": "INTEGER AUTO_INCREMENT"}.get(engine_name, "INTEGER NOT NULL")
    run(project.url, [f"CREATE TABLE thing (id {number} PRIMARY KEY, name VARCHAR(20) NOT NULL)"])
    project.write("mine.py", "# mine")
    refused = project.fails("db", "adopt", "--from-database", "--models", "mine.py", code=2)
    assert "mine.py is there already; it is not overwritten." in refused.stderr
    assert not (project.folder / "migrations").exists()
    project.ok("db", "adopt", "--from-database", "--models", "models.py")
    text = (project.folder / "models.py").read_text()
    assert "class Thing(Base):" in text
    assert "alembic_version" not in text
    project.append("app.py", "\nfrom models import Base\n\nmigrate.init_app(app, db, metadata=Base)\n")
    assert "No changes in schema detected." in project.ok("db", "migrate").output


def test_without_the_generator(leading: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence, with the command that installs it."""
    monkeypatch.setattr("flask_migrate.commands.from_database.GENERATOR", "no_such_package")
    refused = leading.fails("db", "adopt", "--from-database", "--models", "models.py")
    assert refused.stderr.splitlines()[-2:] == [
        "Error: --models needs the package no_such_package, which is not installed.",
        'Install it: pip install "flask-migrate[models]"',
    ]


def test_the_refusal_points_here(leading: Project) -> None:
    """Without models, plain adopt says how to go on."""
    refused = leading.fails("db", "adopt", code=5)
    assert "flask db adopt --from-database" in refused.stderr
    assert "--models needs --from-database" in leading.fails("db", "adopt", "--models", "x.py", code=2).stderr


def test_what_cant_be_adopted(project: Project) -> None:
    """An empty database, another app's version table, nothing to accept: each is said, and no folder is left."""
    assert "There is nothing to adopt" in project.fails("db", "adopt", "--from-database").stderr
    accepted = project.fails("db", "adopt", "--from-database", "--accept-differences", code=2)
    assert "there are no differences to accept" in accepted.stderr
    run(project.url, ["CREATE VIEW alone AS SELECT 1 AS a"])
    project.ok("db", "adopt", "--from-database", "--dry-run")
    run(project.url, ["CREATE TABLE alembic_version (version_num VARCHAR(32))"])
    run(project.url, ["INSERT INTO alembic_version VALUES ('feedfeedfeed')"])
    refused = project.fails("db", "adopt", "--from-database")
    assert "no script in migrations/versions has it" in refused.stderr
    assert not (project.folder / "migrations").exists()


def test_every_bind_in_one_run(make_project: Callable[..., Project], second_url: str) -> None:
    """The revision makes what both databases hold; each bind gets a file with its models."""
    pytest.importorskip("sqlacodegen")
    pytest.importorskip("sqlacodegen")
    more = "\n\nclass Entry(db.Model):\n    __bind_key__ = 'audit'\n    id = db.Column(db.Integer, primary_key=True)\n"
    project = make_project(APP + more, binds={"audit": second_url})
    run(project.url, ["CREATE TABLE one (id INTEGER NOT NULL PRIMARY KEY)"])
    run(second_url, ["CREATE TABLE two (id INTEGER NOT NULL PRIMARY KEY)"])
    project.ok("db", "adopt", "--from-database", "--models", "tables.py")
    (script,) = project.versions()
    assert "def upgrade_audit():" in script.read_text()
    assert 'MetaData(info={"bind_key": "audit"})' in (project.folder / "tables_audit.py").read_text()
    project.ok("db", "drift", "--replay")


def test_an_app_without_any_db(project: Project) -> None:
    """``Migrate(app, url=…)`` is enough."""
    project.write("app.py", NO_MODELS.replace('os.environ["DATABASE_URL"]', repr(project.url)))
    run(project.url, ["CREATE TABLE one (id INTEGER NOT NULL PRIMARY KEY)"])
    project.ok("db", "adopt", "--from-database")
    project.ok("db", "drift", "--replay")


@pytest.mark.engines("postgresql")
def test_several_schemas_and_extensions(project: Project, make_url: Callable[[], str]) -> None:
    """All schemas are in the revision, and stay what drift looks at."""
    statements = [
        "CREATE EXTENSION IF NOT EXISTS citext",
        'CREATE SCHEMA "Odd one"',
        "CREATE SCHEMA audit",
        "CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA audit",
        "CREATE TYPE audit.kind AS ENUM ('a', 'b')",
        "CREATE TABLE audit.entry (id serial PRIMARY KEY, k audit.kind DEFAULT 'a', name citext)",
        'CREATE TABLE "Odd one".thing (id integer PRIMARY KEY REFERENCES audit.entry)',
        "CREATE TABLE public.main (id integer REFERENCES audit.entry, x text)",
        "CREATE INDEX ix ON main USING gin (x audit.gin_trgm_ops)",
        'CREATE VIEW "Odd one".v AS SELECT m.id, e.k FROM main m JOIN audit.entry e USING (id)',
        "CREATE FUNCTION audit.f(e audit.entry) RETURNS audit.kind LANGUAGE sql AS 'SELECT e.k'",
    ]
    run(project.url, statements)
    project.write("app.py", NO_MODELS.replace('os.environ["DATABASE_URL"]', repr(project.url)))
    names = ["public", "audit", "Odd one"]
    before = schema(project.url, names)
    project.ok("db", "adopt", "--from-database")
    project.ok("db", "drift", "--replay")
    other = make_url()
    project.replace("app.py", project.url, other)
    project.ok("db", "upgrade")
    assert diff(before, schema(other, names)) == ()  # type: ignore[arg-type]  # both are schemas
    run(other, ["ALTER TABLE audit.entry ADD COLUMN by_hand integer"])
    assert "audit.entry.by_hand was added" in project.fails("db", "drift", code=4).stdout
    project.sql(other, "DROP TABLE alembic_version, flask_migrate_log")
    assert "audit.entry.by_hand" in project.fails("db", "adopt", "--stamp-only", code=4).stdout
    run(other, ["ALTER TABLE audit.entry DROP COLUMN by_hand"])
    project.ok("db", "adopt", "--stamp-only")
    project.replace("app.py", other, project.url)
    run(project.url, ["ALTER TABLE audit.entry ADD COLUMN by_hand integer"])
    assert "audit.entry.by_hand was added" in project.fails("db", "drift", code=4).stdout
    project.ok("db", "drift", "--fix", "revision")
    project.ok("db", "drift", "--replay")
