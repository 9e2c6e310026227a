"""``flask db adopt``, and the upgrade that points to it: a database that was there before its history."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.projects import APP, Project

MODELS = (
    APP
    + """

class Post(db.Model):
    __table_args__ = (
        db.CheckConstraint("rating > 0", name="ck_rating"),
        db.UniqueConstraint("slug", "user_id", name="uq_slug"),
        db.Index("ix_title", "title"),
    )
    id = db.Column(db.Integer, primary_key=True)
    slug = db.Column(db.String(40), nullable=False)
    title = db.Column(db.String(120), server_default="untitled", nullable=False)
    body = db.Column(db.Text)
    rating = db.Column(db.Numeric(4, 2))
    kind = db.Column(db.Enum("draft", "public", name="post_kind"))
    made = db.Column(db.DateTime, server_default=db.func.now())
    is_open = db.Column(db.Boolean, default=True)
    user_id = db.Column(db.Integer, db.ForeignKey("user.id", ondelete="CASCADE"))


class Tag(db.Model):
    __tablename__ = "Select tag %"
    name = db.Column(db.String(30), primary_key=True)
    post_id = db.Column(db.Integer, db.ForeignKey("post.id"), primary_key=True)
"""
)


@pytest.fixture
def existing(make_project: Callable[..., Project]) -> Project:
    """A project whose database was made by ``db.create_all()``, without a migrations folder."""
    project = make_project(MODELS)
    create_all(project)
    return project


def create_all(project: Project) -> None:
    """Make the tables as the app did so far."""
    with project.context() as app:
        app.extensions["sqlalchemy"].create_all()
        app.extensions["sqlalchemy"].engine.dispose()


def execute(url: str, *statements: str) -> None:
    """Change a database by hand."""
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_one_command(existing: Project, make_url: Callable[[], str]) -> None:
    """The folder, a first revision, the stamp; nothing is left to migrate, and an empty database gets the same."""
    execute(existing.url, "CREATE TABLE legacy (id INTEGER)")
    done = existing.ok("db", "adopt")
    (script,) = existing.versions()
    assert "The database agrees with the models.\nWithout a model, and left alone:\n  table legacy\n" in done.stdout
    assert f"Stamped {script.name.partition('_')[0]}; no table was changed." in done.stdout
    assert "No changes in schema detected." in existing.ok("db", "migrate").output
    assert existing.versions() == [script]
    existing.ok("db", "drift")
    existing.ok("db", "upgrade")
    assert "nothing to adopt" in existing.ok("db", "adopt").stdout
    existing.ok("db", "drift", "--replay")
    existing.url = make_url()
    existing.ok("db", "upgrade")
    assert "No changes in schema detected." in existing.ok("db", "migrate").output


def test_a_dry_run_writes_nothing(existing: Project) -> None:
    """It shows the same, and leaves neither a folder nor a version table."""
    found = json.loads(existing.ok("db", "adopt", "--dry-run", "--json").stdout)
    assert (found["agrees"], found["stamped"], len(found["paths"])) == (True, None, 1)
    assert not (existing.folder / "migrations").exists()
    assert "alembic_version" not in existing.tables(existing.url)


def test_differences_are_shown_and_nothing_is_stamped(existing: Project) -> None:
    """Three lists and exit code 4; no file, no stamp."""
    execute(
        existing.url,
        "ALTER TABLE post ADD COLUMN extra INTEGER",
        drop_tag(existing),
    )
    done = existing.fails("db", "adopt", code=4)
    assert "Only in the database:\n  column post.extra\n" in done.stdout
    assert 'Only in the models:\n  table "Select tag %"\n' in done.stdout
    assert "Nothing was written or stamped." in done.stderr
    assert not (existing.folder / "migrations").exists()
    assert "alembic_version" not in existing.tables(existing.url)


def drop_tag(project: Project) -> str:
    """The statement that drops the table whose name has it all; drivers want the percent sign twice, but for one."""
    quote = "`" if "mysql" in project.url else '"'
    return f"DROP TABLE {quote}Select tag %{quote}".replace("%", "%" if "sqlite" in project.url else "%%")


def test_differences_can_be_accepted(existing: Project) -> None:
    """A second revision settles them: after the upgrade the database agrees with the models."""
    execute(existing.url, "ALTER TABLE post ADD COLUMN extra INTEGER", "DROP INDEX ix_title" + on_post(existing))
    existing.ok("db", "adopt", "--accept-differences")
    assert len(existing.versions()) == 2
    existing.ok("db", "upgrade")
    assert "No changes in schema detected." in existing.ok("db", "migrate").output
    assert "extra" not in {column["name"] for column in columns(existing)}


def on_post(project: Project) -> str:
    """What MariaDB wants to know about an index that goes."""
    return " ON post" if "mysql" in project.url else ""


def columns(project: Project) -> list[dict[str, object]]:
    """The columns of the posts."""
    return [dict(column) for column in sa.inspect(sa.create_engine(project.url)).get_columns("post")]


def test_the_other_databases_of_the_team(existing: Project, make_url: Callable[[], str]) -> None:
    """``--stamp-only`` stamps what agrees with the history, and exits with 4 where it does not."""
    existing.ok("db", "adopt")
    existing.url = make_url()
    create_all(existing)
    before = existing.versions()
    refused = existing.fails("db", "upgrade", code=5)
    assert "3 tables that are there already" in refused.stderr
    assert "flask db adopt --stamp-only" in refused.stderr
    existing.fails("db", "adopt", code=2)
    execute(existing.url, "ALTER TABLE post ADD COLUMN extra INTEGER")
    assert "column post.extra" in existing.fails("db", "adopt", "--stamp-only", code=4).stdout
    assert existing.tables(existing.url) >= {"post", "user"}
    existing.fails("db", "upgrade", code=5)
    execute(existing.url, "ALTER TABLE post DROP COLUMN extra", "CREATE TABLE late (id INTEGER PRIMARY KEY)")
    late = "\n\nclass Late(db.Model):\n    id = db.Column(db.Integer, primary_key=True)\n"
    existing.write("app.py", MODELS + late)
    assert "table late" in existing.fails("db", "adopt", "--stamp-only", code=4).stdout  # no revision makes it
    existing.write("app.py", MODELS)
    existing.ok("db", "adopt", "--stamp-only")
    existing.ok("db", "upgrade")
    existing.ok("db", "drift", "--replay")
    assert existing.versions() == before


def test_an_upgrade_that_does_not_collide_goes_ahead(existing: Project, make_url: Callable[[], str]) -> None:
    """Tables that no revision creates are no reason to stop."""
    existing.ok("db", "adopt")
    existing.url = make_url()
    execute(existing.url, "CREATE TABLE theirs (id INTEGER)")
    existing.ok("db", "upgrade")
    assert existing.tables(existing.url) >= {"theirs", "post", "user"}


def test_every_bind_in_one_run(make_project: Callable[..., Project], second_url: str) -> None:
    """The revision has the tables of all binds, and all are stamped."""
    more = "\n\nclass Entry(db.Model):\n    __bind_key__ = 'audit'\n    id = db.Column(db.Integer, primary_key=True)\n"
    project = make_project(APP + more, binds={"audit": second_url})
    create_all(project)
    done = project.ok("db", "adopt")
    assert done.stdout.count("The database agrees with the models.") == 2
    assert "alembic_version" in project.tables(second_url)
    assert "No changes in schema detected." in project.ok("db", "migrate").output


def test_a_view_where_the_models_have_a_table(existing: Project) -> None:
    """What no revision can bring together is refused, and nothing is written."""
    existing.write("app.py", MODELS + "\n\nclass Person(db.Model):\n    id = db.Column(db.Integer, primary_key=True)\n")
    execute(existing.url, "CREATE VIEW person AS SELECT 1 AS id")
    assert "person is a view in the database" in existing.fails("db", "adopt", "--accept-differences").stderr
    assert not (existing.folder / "migrations").exists()
    existing.fails("db", "adopt", "--stamp-only", "--from-database", code=2)


def test_what_cant_be_adopted(project: Project) -> None:
    """An empty database, a version table of somebody else, no models: each is said."""
    assert "There is nothing to adopt" in project.fails("db", "adopt").stderr
    assert "There is no history to compare with" in project.fails("db", "adopt", "--stamp-only").stderr
    create_all(project)
    execute(project.url, "CREATE TABLE alembic_version (version_num VARCHAR(32))")
    execute(project.url, "INSERT INTO alembic_version VALUES ('feedfeedfeed')")
    project.ok("db", "init")
    assert 'version_table="alembic_version_shop"' in project.fails("db", "adopt").stderr
    execute(project.url, "DROP TABLE alembic_version")
    project.write("app.py", APP.partition("class User")[0])
    assert "No models are registered" in project.fails("db", "adopt", code=5).stderr
    assert project.versions() == []
