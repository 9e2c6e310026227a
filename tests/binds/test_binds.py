"""Several databases: chosen, added, renamed, told apart."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

import flask_migrate
from tests.projects import APP, Project
from tests.scripts import add_script, tables, version

HEAD = APP.partition("class User")[0]
MODEL = """

class {name}(db.Model):
    __bind_key__ = {bind!r}
    id = db.Column(db.Integer, primary_key=True)
"""
PERSON = MODEL.format(name="Person", bind=None)
ENTRY = MODEL.format(name="Entry", bind="logs")


@pytest.fixture
def two(make_project: Callable[..., Project], make_url: Callable[[], str]) -> Project:
    """A default database and the bind logs, with a first revision that is not applied."""
    project = make_project(HEAD + PERSON + ENTRY, binds={"logs": make_url()})
    project.ok("db", "init")
    project.ok("db", "migrate", "-m", "first")
    return project


def test_choosing(two: Project) -> None:
    """--bind and --skip-bind choose what a command works on."""
    two.ok("db", "upgrade", "--bind", "logs")
    assert (tables(two), tables(two, two.binds["logs"])) == (set(), {"entry"})
    head = version(two, two.binds["logs"])[0]
    assert two.ok("db", "current", "--skip-bind", "default").stdout == f"{head} (head)\n"
    assert two.ok("db", "current").stdout == f"no revision [default]\n{head} (head) [logs]\n"
    assert "[logs]" in two.ok("db", "history", "-i").stdout
    assert "pending" in two.ok("db", "status", "--bind", "default").stdout
    assert (
        "Error: The app declares no bind 'nix'.\nThere are: 'default', 'logs'.\n"
        in two.fails("db", "upgrade", "--bind", "nix", code=2).stderr
    )
    two.fails("db", "upgrade", "--skip-bind", "default", "--skip-bind", "logs", code=2)
    two.ok("db", "upgrade")
    assert tables(two) == {"person"}
    with two.context(), flask_migrate.only_binds("default"):
        assert [target.name for target in flask_migrate.downgrade().targets] == [""]
    assert (tables(two), tables(two, two.binds["logs"])) == (set(), {"entry"})


def test_switched_off(two: Project) -> None:
    """A bind that does not count is left alone by every command."""
    two.replace("app.py", "Migrate(app, db)", 'Migrate(app, db, binds={"logs": False})')
    two.ok("db", "upgrade")
    two.ok("db", "check")
    assert (tables(two), two.tables(two.binds["logs"])) == ({"person"}, set())


@pytest.mark.engines("sqlite")
def test_old_folder(make_project: Callable[..., Project], make_url: Callable[[], str]) -> None:
    """An env.py that walks all binds itself is stopped at those that were not chosen."""
    project = make_project(HEAD + PERSON + ENTRY, binds={"logs": make_url()})
    project.ok("db", "init", "--multidb")
    project.write("migrations/env.py", OLD_ENV)
    add_script(project, "1a", creates="person", labels=None)
    project.write("migrations/versions/1a_.py", OLD_SCRIPT)
    project.ok("db", "upgrade", "--bind", "logs")
    assert (tables(project), tables(project, project.binds["logs"])) == (set(), {"entry"})
    project.ok("db", "upgrade")
    assert tables(project) == {"person"}


def test_added_later(make_project: Callable[..., Project], make_url: Callable[[], str]) -> None:
    """A bind that is added needs nothing but migrate and upgrade; old scripts are no-ops there."""
    project = make_project(HEAD + PERSON, binds={"logs": make_url()})
    project.ok("db", "init")
    project.ok("db", "migrate", "-m", "first")
    project.ok("db", "upgrade", "--bind", "default")
    project.append("app.py", ENTRY)
    project.ok("db", "migrate", "-m", "second")
    text = next(path for path in project.versions() if path.name.endswith("second.py")).read_text()
    assert "'entry'" in text.partition("def upgrade_logs():")[2]
    assert "person" not in text
    project.ok("db", "upgrade")
    assert (tables(project), tables(project, project.binds["logs"])) == ({"person"}, {"entry"})
    project.ok("db", "check")
    assert version(project) == version(project, project.binds["logs"])


def test_pending_for_a_bind(two: Project) -> None:
    """A bind for which scripts have something to do has to be upgraded first, as any database."""
    two.ok("db", "upgrade", "--bind", "default")
    assert "Target database is not up to date." in two.fails("db", "migrate").stderr


def test_renamed(two: Project) -> None:
    """The functions of a bind follow it to its new name."""
    url = two.binds["logs"]
    two.replace("app.py", "'logs'", "'journal'")
    two.binds = {"journal": url}
    two.ok("db", "upgrade")
    assert tables(two, url) == set()
    two.ok("db", "downgrade")
    assert "belongs to the bind 'journal' from now on" in two.ok("db", "binds", "rename", "logs:journal").stdout
    two.ok("db", "upgrade")
    assert tables(two, url) == {"entry"}
    two.ok("db", "check")
    two.ok("db", "downgrade")
    assert tables(two, url) == set()
    for names in ("logs", "logs:", "logs:nix", "journal:journal", "default:journal", "nix:journal"):
        two.fails("db", "binds", "rename", names, code=2)


def test_two_in_one_database(make_project: Callable[..., Project], engine_url: str) -> None:
    """Two binds in one database keep apart what they have done, and do not see each other's tables."""
    project = make_project(HEAD + PERSON + ENTRY, binds={"logs": engine_url})
    project.ok("db", "init")
    project.ok("db", "migrate", "-m", "first")
    project.ok("db", "upgrade")
    records = {"alembic_version", "alembic_version_logs", "flask_migrate_log", "flask_migrate_log_logs"}
    assert project.tables(engine_url) == {"person", "entry", *records}
    project.ok("db", "check")
    project.ok("db", "downgrade", "--bind", "logs")
    assert tables(project) & {"person", "entry"} == {"person"}
    assert project.ok("db", "log", "--bind", "logs").stdout.count("downgrade") == 1
    assert project.ok("db", "log", "--bind", "default").stdout.count("downgrade") == 0
    project.ok("db", "upgrade")
    project.ok("db", "check")


def test_rerun_after_a_failure(two: Project) -> None:
    """Each bind keeps what it has got; after a failure on the second, a rerun finishes."""
    path = two.versions()[0]
    text = path.read_text()
    path.write_text(
        text.replace("def upgrade_logs():", "def upgrade_logs():\n    op.execute('SELECT nonsense FROM nowhere')")
    )
    two.fails("db", "upgrade")
    assert (tables(two), len(version(two))) == ({"person"}, 1)
    path.write_text(text)
    result = two.ok("db", "upgrade", "--json")
    assert [len(target["steps"]) for target in json.loads(result.stdout)["targets"]] == [0, 1]


def test_sql_files(two: Project) -> None:
    """The SQL of each bind in a file of its own."""
    two.ok("db", "upgrade", "--sql", "--output-dir", "out")
    assert "CREATE TABLE person" in two.read("out/default.sql")
    assert "CREATE TABLE entry" in two.read("out/logs.sql")
    assert "entry" not in two.read("out/default.sql")
    assert sorted(path.name for path in (two.folder / "out").iterdir()) == ["default.sql", "logs.sql"]
    assert "--output-dir is for SQL." in two.fails("db", "upgrade", "--output-dir", "out", code=2).stderr


OLD_SCRIPT = """
from alembic import op
import sqlalchemy as sa

revision = "1a"
down_revision = None


def upgrade(engine_name):
    globals()["upgrade_%s" % engine_name]()


def downgrade(engine_name):
    globals()["downgrade_%s" % engine_name]()


def upgrade_():
    op.create_table("person", sa.Column("id", sa.Integer, primary_key=True))


def downgrade_():
    op.drop_table("person")


def upgrade_logs():
    op.create_table("entry", sa.Column("id", sa.Integer, primary_key=True))


def downgrade_logs():
    op.drop_table("entry")
"""
OLD_ENV = """
from alembic import context
from flask import current_app

db = current_app.extensions["migrate"].db
for name in ["", *current_app.config["SQLALCHEMY_BINDS"]]:
    engine = db.get_engine(bind_key=name or None)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            upgrade_token="%s_upgrades" % name,
            downgrade_token="%s_downgrades" % name,
            target_metadata=db.metadatas[name or None],
        )
        with context.begin_transaction():
            context.run_migrations(engine_name=name)
"""
