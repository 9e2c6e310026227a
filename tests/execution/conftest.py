"""Projects whose migrations folder is there, and revisions written by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.register_assert_rewrite("tests.scripts", "tests.execution.histories")

from tests.execution.histories import History  # noqa: E402  # the helpers' asserts are rewritten first
from tests.projects import Project  # noqa: E402  # as above

#: An app on SQLite that turns foreign keys on, as the manuals say.
STRICT_APP = """
import os

import sqlalchemy as sa
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
db = SQLAlchemy(app)
migrate = Migrate(app, db)

with app.app_context():
    @sa.event.listens_for(db.engine, "connect")
    def foreign_keys(connection, record):
        connection.execute("PRAGMA foreign_keys=ON")
"""


@pytest.fixture
def history(project: Project) -> History:
    """A project after ``flask db init``, without revisions."""
    project.ok("db", "init")
    return History(project)


@pytest.fixture
def strict(make_project: Callable[..., Project]) -> History:
    """The same, with an app that turns foreign keys on; for SQLite."""
    project = make_project(STRICT_APP)
    project.ok("db", "init")
    return History(project)
