"""Flask-SQLAlchemy: one database, several, or several without a default one."""

from __future__ import annotations

import typing as t
from collections.abc import Callable

import pytest
import sqlalchemy as sa

import flask_migrate
from flask_migrate import TargetError
from tests.projects import APP, Project
from tests.scripts import add_script, described, tables

RoundTrip = Callable[..., None]

HEAD = APP.partition("class User")[0]
PEOPLE = """
class Person(db.Model):
    id = db.Column(db.Integer, primary_key=True)
"""


def model(name: str, bind: str) -> str:
    """The source of a model in a bind."""
    return f"""
class {name.title()}(db.Model):
    __bind_key__ = {bind!r}
    __tablename__ = {name!r}
    id = db.Column(db.Integer, primary_key=True)
"""


def test_one_database(make_project: Callable[..., Project], round_trip: RoundTrip) -> None:
    """A single database."""
    project = make_project(HEAD + PEOPLE)
    round_trip(project, {project.url: {"person"}})


def test_several(make_project: Callable[..., Project], round_trip: RoundTrip, make_url: Callable[[], str]) -> None:
    """A default database and two binds."""
    binds = {"logs": make_url(), "users": make_url()}
    source = HEAD + PEOPLE + model("entry", "logs") + model("account", "users")
    project = make_project(source, binds=binds)
    round_trip(project, {project.url: {"person"}, binds["logs"]: {"entry"}, binds["users"]: {"account"}})


@pytest.mark.parametrize("name", ["my data", "data-base", "1st", "été", "class", "a.b", "100%", "user's", "default"])
@pytest.mark.engines("sqlite")
def test_names_of_binds(
    make_project: Callable[..., Project], round_trip: RoundTrip, make_url: Callable[[], str], name: str
) -> None:
    """A bind may be called anything."""
    binds = {name: make_url()}
    project = make_project(HEAD + PEOPLE + model("entry", name), binds=binds)
    round_trip(project, {project.url: {"person"}, binds[name]: {"entry"}})


def test_binds_only(make_project: Callable[..., Project], round_trip: RoundTrip, make_url: Callable[[], str]) -> None:
    """Binds without a default database."""
    binds = {"logs": make_url(), "users": make_url()}
    source = HEAD.replace('app.config["SQLALCHEMY_DATABASE_URI"] =', "unused =")
    project = make_project(source + model("entry", "logs") + model("account", "users"), binds=binds)
    round_trip(project, {binds["logs"]: {"entry"}, binds["users"]: {"account"}})


def test_same_table_in_two_databases(
    make_project: Callable[..., Project], round_trip: RoundTrip, make_url: Callable[[], str]
) -> None:
    """Tables of one name in two databases are two tables."""
    binds = {"logs": make_url()}
    source = HEAD + PEOPLE + model("person", "logs").replace("class Person", "class LoggedPerson")
    project = make_project(source, binds=binds)
    round_trip(project, {project.url: {"person"}, binds["logs"]: {"person"}})


def test_bind_without_models(make_project: Callable[..., Project], make_url: Callable[[], str]) -> None:
    """A bind that has no models is migrated by hand-written functions only."""
    project = make_project(HEAD + PEOPLE, binds={"logs": make_url()})
    project.ok("db", "init")
    project.ok("db", "migrate")
    assert "upgrade_logs" not in project.versions()[0].read_text()
    project.ok("db", "upgrade")
    assert (tables(project), tables(project, project.binds["logs"])) == ({"person"}, set())


def test_multidb_template(make_project: Callable[..., Project], make_url: Callable[[], str]) -> None:
    """The template for several databases writes functions for all of them, and they work in any folder."""
    binds = {"logs": make_url()}
    project = make_project(HEAD + PEOPLE + model("entry", "logs"), binds=binds)
    project.ok("db", "init", "--multidb")
    project.ok("db", "migrate")
    text = project.versions()[0].read_text()
    assert [line for line in text.splitlines() if line.startswith("def ")] == [
        "def upgrade(engine_name):",
        "def downgrade(engine_name):",
        "def upgrade_():",
        "def downgrade_():",
        "def upgrade_logs():",
        "def downgrade_logs():",
    ]
    project.ok("db", "upgrade")
    assert (tables(project), tables(project, binds["logs"])) == ({"person"}, {"entry"})
    project.ok("db", "init", "-d", "other")
    project.ok("db", "check")
    project.ok("db", "downgrade", "base")
    assert (tables(project), tables(project, binds["logs"])) == (set(), set())


@pytest.mark.engines("sqlite")
def test_relative_file(make_project: Callable[..., Project]) -> None:
    """A relative file of SQLite lies in the instance folder, as for the app."""
    project = make_project(HEAD + PEOPLE, url="sqlite:///shop.db")
    project.ok("db", "init")
    project.ok("db", "migrate")
    result = project.ok("db", "upgrade")
    path = project.folder / "instance/shop.db"
    assert path.exists()
    assert result.stderr.startswith(f"Database: {described(f'sqlite:///{path}')}\n")


@pytest.mark.engines("sqlite")
def test_engine_options(make_project: Callable[..., Project]) -> None:
    """The engine is the app's own, with the options that it was given."""
    options = 'app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"execution_options": {"colour": "blue"}}\ndb ='
    project = make_project(HEAD.replace("db =", options, 1) + PEOPLE)
    project.ok("db", "init")
    add_script(project, "aaaa", None, up="import app\napp.seen = op.get_bind().get_execution_options()")
    with project.context():
        flask_migrate.upgrade()
        assert __import__("app").seen["colour"] == "blue"


SPELLINGS: dict[str, t.Callable[[t.Any, t.Any], sa.Engine]] = {
    "get_engine()": lambda db, app: db.get_engine(),
    "get_engine(app)": lambda db, app: db.get_engine(app),
    "get_engine(app, None)": lambda db, app: db.get_engine(app, None),
    "get_engine(bind=None)": lambda db, app: db.get_engine(bind=None),
    "get_engine(bind_key=None)": lambda db, app: db.get_engine(bind_key=None),
    "engine": lambda db, app: db.engine,
    "engines[None]": lambda db, app: db.engines[None],
    "engines.get(None)": lambda db, app: db.engines.get(None),
}
BIND_SPELLINGS: dict[str, t.Callable[[t.Any, t.Any], sa.Engine]] = {
    "get_engine(app, 'logs')": lambda db, app: db.get_engine(app, "logs"),
    "get_engine('logs')": lambda db, app: db.get_engine("logs"),
    "get_engine(bind='logs')": lambda db, app: db.get_engine(bind="logs"),
    "get_engine(bind_key='logs')": lambda db, app: db.get_engine(bind_key="logs"),
    "engines['logs']": lambda db, app: db.engines["logs"],
    "engines.get('logs')": lambda db, app: db.engines.get("logs"),
}


@pytest.mark.engines("sqlite")
def test_what_old_env_files_ask(make_project: Callable[..., Project], make_url: Callable[[], str]) -> None:
    """While an env.py runs, ``.db`` answers every spelling that the templates of earlier releases had."""
    project = make_project(HEAD + PEOPLE + model("entry", "logs"), binds={"logs": make_url()})
    project.ok("db", "init")
    project.append("app.py", "asked = []\n")
    project.write(
        "migrations/env.py",
        "import app\nfrom flask import current_app\napp.asked.append(current_app.extensions['migrate'].db)\n",
    )
    with project.context() as app:
        flask_migrate.upgrade()
        module: t.Any = __import__("app")
        db = module.asked[0]
        for name, ask in SPELLINGS.items():
            assert ask(db, app) is module.db.engine, name
        for name, ask in BIND_SPELLINGS.items():
            assert ask(db, app) is module.db.engines["logs"], name
        assert db.metadata is module.db.metadata
        assert (db.metadatas[None], db.metadatas["logs"]) == (module.db.metadata, module.db.metadatas["logs"])
        assert db.session is module.db.session
        with pytest.raises(TargetError) as caught:
            db.get_engine(bind_key="nothing")
    assert str(caught.value) == (
        "The app declares no bind 'nothing'.\nDeclared: the default one, 'logs'. Add it to the app's configuration."
    )
