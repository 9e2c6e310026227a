"""A project with tenants, and what its tenants hold."""

from __future__ import annotations

import json
import typing as t

import sqlalchemy as sa

from tests.projects import Project, Result
from tests.scripts import RECORDS, add_line

APP = """
import json
import os

from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
db = SQLAlchemy(app)
migrate = Migrate(app, db)


@migrate.tenants
def tenants():
    yield from json.loads(os.environ["TENANTS"]).items()


class Gadget(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(128))
"""


class TenantProject:
    """A project, its tenants, and the folder with the three revisions of ``tests.scripts.LINE``.

    :param places: the schema or the URL of each tenant, by name.
    :param scripts: whether to write the revisions.
    """

    def __init__(self, project: Project, places: dict[str, str | None], *, scripts: bool = True) -> None:
        self.project = project
        self.places = places
        project.ok("db", "init")
        if scripts:
            add_line(project)

    def ok(self, *arguments: str, **options: t.Any) -> Result:
        """Run ``flask db …``, which has to succeed."""
        return self.project.ok("db", *arguments, **options)

    def fails(self, *arguments: str, **options: t.Any) -> Result:
        """Run ``flask db …``, which has to fail."""
        return self.project.fails("db", *arguments, **options)

    def result(self, *arguments: str, code: int = 0) -> dict[str, t.Any]:
        """What ``flask db … --json`` prints."""
        result = self.project.invoke("db", *arguments, "--json")
        assert result.returncode == code, str(result)
        found: dict[str, t.Any] = json.loads(result.stdout)
        return found

    def add_place(self, name: str, place: str) -> None:
        """Let the app yield one more tenant."""
        self.places[name] = place
        self.project.env["TENANTS"] = json.dumps(self.places)

    def tables(self, name: str) -> set[str]:
        """The tables of a tenant, without those in which migrations are recorded."""
        return self.all_tables(name) - RECORDS

    def all_tables(self, name: str) -> set[str]:
        """All tables of a tenant."""
        place = self.places[name] or name
        is_url = "://" in place
        engine = sa.create_engine(place if is_url else self.project.url, poolclass=sa.NullPool)
        return set(sa.inspect(engine).get_table_names(schema=None if is_url else place))

    def sql(self, name: str, statement: str) -> list[tuple[t.Any, ...]]:
        """Run a statement in a tenant; ``{}`` stands before the names of tables."""
        place = self.places[name] or name
        if "://" in place:
            return self.project.sql(place, statement.format(""))
        return self.project.sql(self.project.url, statement.format(f'"{place}".'))

    def version(self, name: str) -> list[str]:
        """The revisions that a tenant says it is at."""
        return [str(version) for (version,) in self.sql(name, "SELECT version_num FROM {}alembic_version")]

    def steps(self, name: str) -> list[tuple[str, str]]:
        """What the log of a tenant says was done: revision and direction."""
        query = "SELECT revision, direction FROM {}flask_migrate_log WHERE outcome = 'done' ORDER BY id"
        return [(str(revision), str(direction)) for revision, direction in self.sql(name, query)]
