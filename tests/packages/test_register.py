"""Migrate.register: parts of an app with a branch of their own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flask_migrate import Migrate, MigrateError
from tests.projects import APP, Project
from tests.scripts import tables, version

PACKAGES = """

migrate.register("billing", directory="billing/100% versions")
migrate.register("stock", directory="stock", tables=["shelf", "item*"])


class Invoice(db.Model):
    __tablename__ = "billing_invoice"
    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(db.ForeignKey("user.id"), index=True)


class Shelf(db.Model):
    id = db.Column(db.Integer, primary_key=True)
"""


@pytest.fixture
def parts(make_project: Callable[..., Project]) -> Project:
    """A project with two packages, and a first revision of each."""
    project = make_project(APP + PACKAGES)
    project.ok("db", "init")
    project.ok("db", "migrate", "-m", "first")
    return project


def ids(project: Project, folder: str) -> list[str]:
    """The ids of the revisions in a folder."""
    return sorted(path.name.split("_")[0] for path in (project.folder / folder).glob("*.py"))


def test_each_has_its_scripts(parts: Project) -> None:
    """One migrate writes a script for each, which are upgraded together, in the order of their foreign keys."""
    (app,), (billing,), (stock,) = (
        ids(parts, folder) for folder in ("migrations/versions", "billing/100% versions", "stock")
    )
    text = next((parts.folder / "billing").rglob("*.py")).read_text(encoding="utf-8")
    assert f"branch_labels = ('billing',)\ndepends_on = '{app}'\n" in text
    assert "create_table('user'" not in text
    parts.ok("db", "upgrade", "stock@head")
    assert (tables(parts), version(parts)) == ({"shelf"}, [stock])
    parts.ok("db", "upgrade")
    assert tables(parts) == {"user", "billing_invoice", "shelf"}
    assert set(version(parts)) in ({app, billing, stock}, {billing, stock})
    parts.ok("db", "check")
    assert parts.ok("db", "migrate").stdout == ""


def test_a_later_change(parts: Project) -> None:
    """A change goes where its table belongs, and so do revisions by hand."""
    parts.ok("db", "upgrade")
    parts.replace("app.py", "class Shelf(db.Model):", "class Shelf(db.Model):\n    place = db.Column(db.Integer)")
    parts.ok("db", "migrate", "-m", "place")
    assert [len(ids(parts, folder)) for folder in ("migrations/versions", "billing/100% versions", "stock")] == [
        1,
        1,
        2,
    ]
    parts.ok("db", "upgrade")
    parts.ok("db", "revision", "-m", "by hand")
    parts.ok("db", "revision", "-m", "by hand", "--head", "stock@head")
    assert [len(ids(parts, folder)) for folder in ("migrations/versions", "stock")] == [2, 3]
    parts.ok("db", "upgrade")
    parts.ok("db", "downgrade", "-y", "stock@base")
    assert tables(parts) == {"user", "billing_invoice"}
    parts.ok("db", "stamp", "heads")
    parts.ok("db", "current")


def test_bad_names() -> None:
    """A name that Alembic means something else by is refused."""
    for name in ("head", "a b", "a@b", ""):
        with pytest.raises(MigrateError, match="can't be the label of a branch"):
            Migrate().register(name, directory="x")


def test_scripts_of_several_branches_are_tried(make_project: Callable[..., Project]) -> None:
    """What ``migrate`` has written for the app and its packages is tried together, at first and later."""
    project = make_project(APP + PACKAGES, env={"FLASK_MIGRATE_VERIFY": "1"})
    project.ok("db", "init")
    assert "equal to the old schema" in project.ok("db", "migrate", "-m", "first").stderr
    project.ok("db", "upgrade")
    project.replace("app.py", "    name = db.Column(db.String(128))\n", "    title = db.Column(db.String(128))\n")
    assert "equal to the old schema" in project.ok("db", "migrate", "--no-renames").stderr


@pytest.mark.engines("sqlite")
def test_tenants(make_project: Callable[..., Project]) -> None:
    """Every tenant gets all branches, or the one that is named; a new one as well."""
    source = """

@migrate.tenants
def tenants():
    for name in ("acme", "globex"):
        yield name, f"sqlite:///{app.root_path}/{name}.db"
"""
    project = make_project(APP + PACKAGES + source)
    project.ok("db", "init")
    project.ok("db", "migrate", "-m", "first")
    assert "2 tenants: 2 done" in project.ok("db", "upgrade", "--tenants", "all").stdout
    assert "2 tenants: 2 up to date already" in project.ok("db", "upgrade", "--tenants", "all").stdout
    assert tables(project, f"sqlite:///{project.folder}/acme.db") == {"user", "billing_invoice", "shelf"}
    project.ok("db", "check", "--tenants", "all")
    project.ok("db", "downgrade", "--tenants", "acme", "stock@base", "-y")
    assert tables(project, f"sqlite:///{project.folder}/acme.db") == {"user", "billing_invoice"}
    assert "1 tenant: 1 done" in project.ok("db", "upgrade", "--tenants", "acme", "stock@head").stdout
    project.ok("db", "create-tenant", "new", "--url", f"sqlite:///{project.folder}/new.db")
    assert tables(project, f"sqlite:///{project.folder}/new.db") == {"user", "billing_invoice", "shelf"}


def test_undo(parts: Project) -> None:
    """The newest revision of a branch is removed by its name; one that another needs stays."""
    (app,), (billing,) = (ids(parts, folder) for folder in ("migrations/versions", "billing/100% versions"))
    assert "There is no single newest revision" in parts.fails("db", "undo").stderr
    assert f"Revision {billing} needs {app}" in parts.fails("db", "undo", app).stderr
    parts.ok("db", "undo", "billing@head")
    parts.ok("db", "undo", app)
    assert not ids(parts, "migrations/versions") + ids(parts, "billing/100% versions")


def test_adopted(make_project: Callable[..., Project]) -> None:
    """The first script of a package about a table that the app's first one has made comes after that one."""
    project = make_project(APP + PACKAGES)
    with project.context() as app:
        app.extensions["sqlalchemy"].create_all()
        app.extensions["sqlalchemy"].engine.dispose()
    project.ok("db", "adopt")
    (first,) = ids(project, "migrations/versions")
    project.replace("app.py", "class Shelf(db.Model):", "class Shelf(db.Model):\n    color = db.Column(db.String(9))")
    project.ok("db", "migrate", "-m", "color")
    assert f"depends_on = '{first}'" in next((project.folder / "stock").glob("*.py")).read_text(encoding="utf-8")
    project.ok("db", "upgrade")
    project.ok("db", "check")
