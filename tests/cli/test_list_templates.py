"""``flask db list-templates``"""

from __future__ import annotations

import json

import pytest

from tests.projects import Project

pytestmark = pytest.mark.engines("sqlite")

TEXT = """\
Available templates:

flask - Database migrations of a Flask application, one database or several.
flask-multidb - Multi-database migrations: every script has functions for every bind.
"""


def test_lists_name_and_purpose(project: Project) -> None:
    """Every template is listed with the first line of its README."""
    result = project.ok("db", "list-templates")
    assert (result.stdout, result.stderr) == (TEXT, "")


def test_needs_no_app(project: Project) -> None:
    """An app that can't be loaded is no obstacle, for it isn't loaded."""
    project.write("app.py", "raise RuntimeError('not today')\n")
    assert project.ok("db", "list-templates").stdout == TEXT


def test_json(project: Project) -> None:
    """``--json`` prints the same as data."""
    assert json.loads(project.ok("db", "list-templates", "--json").stdout) == [
        {"name": "flask", "synopsis": "Database migrations of a Flask application, one database or several."},
        {
            "name": "flask-multidb",
            "synopsis": "Multi-database migrations: every script has functions for every bind.",
        },
    ]
