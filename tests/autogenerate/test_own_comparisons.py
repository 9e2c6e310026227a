"""What the app decides itself is not decided for it."""

from __future__ import annotations

import pytest

from tests.projects import Project

pytestmark = pytest.mark.engines("sqlite")

MODELS = """
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
import os


def says(context, inspected, column, *rest):
    return answer


answer = False
app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
db = SQLAlchemy(app)
migrate = Migrate(app, db, OPTIONS)


class Thing(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(20), server_default="a")
"""


def begun(project: Project, options: str) -> Project:
    """A project at its first revision."""
    project.write("app.py", MODELS.replace(", OPTIONS", f", {options}"))
    for arguments in (["init"], ["migrate"], ["upgrade"]):
        project.ok("db", *arguments)
    return project


@pytest.mark.parametrize("options", ["compare_type=says", "compare_type=False"])
def test_types(project: Project, options: str) -> None:
    """A function, or ``False``, has the last word about types; what it says is heard both ways."""
    begun(project, options).replace("app.py", "String(20)", "String(30)")
    project.ok("db", "check")
    project.replace("app.py", "answer = False", "answer = True")
    assert project.invoke("db", "check").returncode == (options == "compare_type=says")


@pytest.mark.parametrize("options", ["compare_server_default=says", "compare_server_default=False"])
def test_defaults(project: Project, options: str) -> None:
    """The same for defaults; ``None`` from a function leaves the comparison to Alembic."""
    begun(project, options).replace("app.py", 'server_default="a"', 'server_default="b"')
    project.ok("db", "check")
    project.replace("app.py", "answer = False", "answer = True")
    assert project.invoke("db", "check").returncode == (options == "compare_server_default=says")


def test_log(project: Project) -> None:
    """A change of type is told in the words that Alembic has for it."""
    begun(project, "compare_type=True").replace("app.py", "String(20)", "String(10)")
    told = project.ok("db", "migrate").stderr
    assert "Detected type change from VARCHAR(length=20) to String(length=10) on 'thing.name'" in told
