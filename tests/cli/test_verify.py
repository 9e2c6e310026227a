"""``flask db migrate`` tries what it has written, there and back, on a scratch database."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import sqlalchemy as sa

import flask_migrate
from flask_migrate.schema import Schema, read_schema
from tests.projects import APP, Project, Result
from tests.scripts import told
from tests.shadow.test_shadow import left

#: A process_revision_directives of the app; ``{}`` is its body.
HOOK = """
def hook(context, revision, directives):
    from alembic.operations import ops
    up, down = directives[0].upgrade_ops.ops, directives[0].downgrade_ops.ops
    {}

migrate.init_app(app, db, process_revision_directives=hook)
"""
COLUMN = "    name = db.Column(db.String(128))\n    email = db.Column(db.String(80), index=True)\n"
BOOK = """
class Book(db.Model):
    __table_args__ = (db.CheckConstraint("price > 0", name="positive"),)
    id = db.Column(db.Integer, primary_key=True)
    user_id = db.Column(db.ForeignKey("user.id"), index=True, nullable=False)
    kind = db.Column(db.Enum("paper", "film", name="kind"), nullable=False)
    price = db.Column(db.Numeric(8, 2), server_default="1.50")
"""


@pytest.fixture
def trying(started: Project) -> Project:
    """A project whose new scripts are tried."""
    started.env["FLASK_MIGRATE_VERIFY"] = "1"
    return started


def oks(result: Result) -> list[str]:
    """What was found right."""
    return [line.removeprefix("ok").strip() for line in result.stderr.splitlines() if line.startswith("ok ")]


def whole(url: str) -> Schema:
    """What a database holds."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return read_schema(connection)


def places(engine_name: str) -> str:
    """What a scratch database is on an engine."""
    return "a temporary file" if engine_name == "sqlite" else "a scratch database"


def five(engine_name: str) -> list[str]:
    """The five lines."""
    return [
        "imported",
        f"applied to a copy of the schema ({places(engine_name)})",
        "equal to the models",
        "reversed",
        "equal to the old schema",
    ]


def test_five_lines(trying: Project, engine_name: str) -> None:
    """The first script and later ones are tried; the database is as it was, and nothing stays beside it."""
    first = trying.ok("db", "migrate")
    assert (oks(first), whole(trying.url).tables) == (five(engine_name), ())
    assert told(first)[-1].startswith("Next: ")
    trying.ok("db", "upgrade")
    trying.append("app.py", BOOK)
    trying.replace("app.py", "    name = db.Column(db.String(128))\n", COLUMN)
    before = whole(trying.url)
    assert oks(trying.ok("db", "migrate")) == five(engine_name)
    assert whole(trying.url) == before
    assert left(sa.create_engine(trying.url)) == set()


def test_json(trying: Project, engine_name: str) -> None:
    """A script gets the outcome, the lines and the seconds."""
    result = trying.ok("db", "migrate", "--json")
    found = json.loads(result.stdout)["verification"]
    assert isinstance(found.pop("seconds"), float)
    assert found == {"outcome": "passed", "steps": five(engine_name), "reason": ""}
    assert oks(result) == []


@pytest.mark.engines("sqlite")
def test_switches(trying: Project) -> None:
    """The option goes before the variable, the variable before the setting; by default scripts are tried."""
    trying.replace("app.py", "Migrate(app, db)", "Migrate(app, db, verify=False)")
    trying.env["FLASK_MIGRATE_VERIFY"] = ""
    assert oks(trying.ok("db", "migrate")) == []
    assert oks(trying.ok("db", "migrate", "--amend", "--verify")) == five("sqlite")
    trying.replace("app.py", "verify=False", "")
    assert oks(trying.ok("db", "migrate", "--amend")) == five("sqlite")
    assert oks(trying.ok("db", "migrate", "--amend", "--no-verify")) == []
    assert oks(trying.ok("db", "undo")) == []
    assert oks(trying.ok("db", "revision", "--autogenerate")) == five("sqlite")
    trying.env["FLASK_MIGRATE_VERIFY"] = "off"
    assert oks(trying.ok("db", "migrate", "--amend")) == []


def test_refused_statement(trying: Project, engine_name: str) -> None:
    """A statement that the engine refuses: the script is kept with a comment that says why, and exit 1."""
    trying.append("app.py", HOOK.format('up.append(ops.ExecuteSQLOp("INSERT INTO nothing VALUES (1)"))'))
    result = trying.fails("db", "migrate", "-m", "Users")
    [path] = trying.versions()
    lines = told(result)
    assert result.stdout == f"Generating {path} ...  done\n"
    assert oks(result) == ["imported"]
    [place] = [line for line in lines if line.startswith("Error:")]
    assert place.startswith(f"Error: migrations/versions/{path.name} was tried on a scratch database, and failed. The")
    assert "upgrade of revision" in place
    assert "Statement: INSERT INTO nothing VALUES (1)" in lines
    assert lines[-1].startswith("The file is kept, with a comment on top.")
    text = path.read_text()
    assert text.startswith("# Verification failed. The upgrade of revision")
    assert '"""Users' in text
    assert whole(trying.url).tables == ()
    assert told(trying.ok("db", "history")) == []


def test_difference_from_the_models(trying: Project) -> None:
    """A script after which the models differ is told with the difference."""
    trying.append("app.py", HOOK.format("up.append(ops.DropColumnOp('user', 'name'))"))
    result = trying.fails("db", "migrate", "--json")
    assert json.loads(result.stdout)["verification"]["outcome"] == "failed"
    assert any(line.startswith("  + column user.name: ") for line in result.stderr.splitlines())
    assert "After its upgrade the schema differs from the models" in result.stderr
    [path] = trying.versions()
    assert "#   + column user.name: " in path.read_text()


def test_downgrade_that_fails(trying: Project) -> None:
    """The way back is tried as well."""
    trying.append("app.py", HOOK.format('down.insert(0, ops.ExecuteSQLOp("DELETE FROM nothing"))'))
    result = trying.fails("db", "migrate")
    assert oks(result)[-1] == "equal to the models"
    assert "The downgrade of revision" in result.stderr
    trying.write("app.py", trying.read("app.py").replace("down.insert", "print"))
    assert oks(trying.ok("db", "migrate", "--amend"))[-1] == "equal to the old schema"
    assert "Verification failed" not in trying.versions()[0].read_text()


def test_amend_keeps_what_fails(trying: Project) -> None:
    """A script that was written anew and fails takes the place of the old one."""
    trying.ok("db", "migrate")
    trying.append("app.py", HOOK.format('up.append(ops.ExecuteSQLOp("INSERT INTO nothing VALUES (1)"))'))
    trying.fails("db", "migrate", "--amend")
    [path] = trying.versions()
    assert "INSERT INTO nothing" in path.read_text()
    assert len(list(path.parent.glob("*amended*"))) == 0


def test_what_a_hook_takes_out(trying: Project) -> None:
    """A hook may leave a difference where it is; what it does to the way back is its own as well."""
    trying.ok("db", "migrate")
    trying.ok("db", "upgrade")
    trying.replace("app.py", "    name = db.Column(db.String(128))\n", COLUMN)
    trying.append("app.py", BOOK)
    trying.append("app.py", HOOK.format("up.pop(); down.clear()"))
    result = trying.ok("db", "migrate")
    assert oks(result)[2:] == [
        "equal to the models, but for what a hook left out",
        "reversed",
        "equal to the old schema, but for what a hook changed",
    ]


def test_downgrade_that_is_not_there(trying: Project) -> None:
    """A script that refuses to go back is no failure."""
    body = "raise NotImplementedError('there is no way back')"
    template = "migrations/script.py.mako"
    text = trying.read(template)
    trying.write(template, text.replace("${downgrades if downgrades", "${'" + body.replace("'", "\\'") + "' if True"))
    if trying.read(template) == text:
        trying.write(template, text + "\n\ndef downgrade():\n    " + body + "\n")
    result = trying.ok("db", "migrate")
    assert "Not verified: The downgrade of revision" in result.stderr


def test_what_is_not_ours(trying: Project, engine_name: str) -> None:
    """Tables, views and triggers that no model names do not count, and what depends on tables is kept."""
    trying.ok("db", "migrate")
    trying.ok("db", "upgrade")
    quote = "`" if engine_name == "mariadb" else '"'
    for statement in (
        "CREATE TABLE legacy_part (id INTEGER PRIMARY KEY)",
        f"CREATE VIEW names AS SELECT name FROM {quote}user{quote}",
    ):
        trying.sql(trying.url, statement)
    trying.replace("app.py", "    name = db.Column(db.String(128))\n", COLUMN.replace("128", "200"))
    trying.replace("app.py", "Migrate(app, db)", 'Migrate(app, db, exclude_tables=["legacy_*"])')
    assert oks(trying.ok("db", "migrate"))[2:] == ["equal to the models", "reversed", "equal to the old schema"]


def test_history_that_can_not_be_replayed(trying: Project, engine_name: str) -> None:
    """The history does not matter where the database can be copied."""
    trying.ok("db", "migrate")
    trying.ok("db", "upgrade")
    [path] = trying.versions()
    path.write_text(path.read_text().replace("def upgrade():", "def upgrade():\n    raise SystemError"))
    trying.replace("app.py", "    name = db.Column(db.String(128))\n", COLUMN)
    assert oks(trying.ok("db", "migrate")) == five(engine_name)


def test_after_a_change_by_hand(trying: Project, engine_name: str) -> None:
    """Where the database is not what its history makes, the history is replayed."""
    trying.ok("db", "migrate")
    trying.ok("db", "upgrade")
    quote = "`" if engine_name == "mariadb" else '"'
    trying.sql(trying.url, f"ALTER TABLE {quote}user{quote} ADD COLUMN by_hand INTEGER")
    trying.replace("app.py", "    name = db.Column(db.String(128))\n", COLUMN)
    assert oks(trying.ok("db", "migrate"))[1] == f"applied to the replayed history ({places(engine_name)})"


def test_several_binds(make_project: Callable[..., Project], second_url: str, engine_name: str) -> None:
    """All databases are tried at once."""
    source = APP + BOOK.replace("class Book(db.Model):", 'class Book(db.Model):\n    __bind_key__ = "stock"').replace(
        'db.ForeignKey("user.id")', "db.Integer"
    )
    project = make_project(source, binds={"stock": second_url}, env={"FLASK_MIGRATE_VERIFY": "1"})
    project.ok("db", "init")
    assert oks(project.ok("db", "migrate")) == five(engine_name)
    project.ok("db", "upgrade")
    project.replace("app.py", "    kind =", "    extra = db.Column(db.Text)\n    kind =")
    assert oks(project.ok("db", "migrate")) == five(engine_name)


def test_binds_in_one_database(make_project: Callable[..., Project], engine_url: str, engine_name: str) -> None:
    """Two binds of one database are tried in one scratch database."""
    source = APP + (
        'class Book(db.Model):\n    __bind_key__ = "stock"\n    id = db.Column(db.Integer, primary_key=True)\n'
        "    kind = db.Column(db.Text)\n"
    )
    project = make_project(source, binds={"stock": engine_url}, env={"FLASK_MIGRATE_VERIFY": "1"})
    project.ok("db", "init")
    assert oks(project.ok("db", "migrate")) == five(engine_name)
    project.ok("db", "upgrade")
    project.replace("app.py", "    kind =", "    extra = db.Column(db.Text)\n    kind =")
    assert oks(project.ok("db", "migrate")) == five(engine_name)


@pytest.mark.engines("postgresql")
def test_schemas_extensions_and_enums(trying: Project) -> None:
    """Schemas and extensions of the real database are there, types come and go."""
    trying.sql(trying.url, "CREATE EXTENSION IF NOT EXISTS pg_trgm")
    trying.append(
        "app.py",
        """
        class Entry(db.Model):
            __table_args__ = (
                db.Index("ix_text", "text", postgresql_using="gin", postgresql_ops={"text": "gin_trgm_ops"}),
                {"schema": "audit"},
            )
            id = db.Column(db.Integer, primary_key=True)
            text = db.Column(db.Text)
            user_id = db.Column(db.ForeignKey("user.id"))
            state = db.Column(db.Enum("new", "old", name="state", schema="audit"), nullable=False)
        """,
    )
    assert oks(trying.ok("db", "migrate")) == five("postgresql")
    trying.ok("db", "upgrade")
    trying.replace("app.py", '"new", "old"', '"new", "old", "gone"')
    assert oks(trying.ok("db", "migrate")) == five("postgresql")


@pytest.mark.engines("sqlite")
def test_attached_databases(trying: Project) -> None:
    """What the app attaches to its connections becomes a scratch file as well."""
    trying.append(
        "app.py",
        """
        class Entry(db.Model):
            __table_args__ = {"schema": "audit"}
            id = db.Column(db.Integer, primary_key=True)
            text = db.Column(db.Text)

        with app.app_context():
            @db.event.listens_for(db.engine, "connect")
            def attach(connection, record):
                connection.execute("ATTACH DATABASE 'audit.db' AS audit")
        """,
    )
    trying.replace("app.py", "Migrate(app, db)", "Migrate(app, db, include_schemas=True)")
    assert oks(trying.ok("db", "migrate")) == five("sqlite")
    trying.ok("db", "upgrade")
    trying.replace("app.py", "    text =", "    more = db.Column(db.Text)\n    text =")
    assert oks(trying.ok("db", "migrate")) == five("sqlite")


@pytest.mark.engines("postgresql", "mariadb")
def test_without_the_right_to(trying: Project, engine_name: str, scratch: object) -> None:
    """Who may not create databases is told that nothing was tried; on PostgreSQL a schema takes their place."""
    url = sa.make_url(trying.url)
    user = f"verify_{url.database}"[:60]
    account = f"'{user}'@'%'"
    if engine_name == "postgresql":
        trying.sql(trying.url, f"CREATE ROLE \"{user}\" LOGIN PASSWORD 'secret'")
        trying.sql(trying.url, f'GRANT ALL ON SCHEMA public TO "{user}"')
        trying.sql(trying.url, f'GRANT CREATE ON DATABASE "{url.database}" TO "{user}"')
    else:
        trying.sql(trying.url, f"CREATE USER {account} IDENTIFIED BY 'secret'")
        trying.sql(trying.url, f"GRANT ALL ON `{url.database}`.* TO {account}")
    try:
        trying.url = url.set(username=user, password="secret").render_as_string(hide_password=False)
        result = trying.ok("db", "migrate")
    finally:
        trying.url = url.render_as_string(hide_password=False)
        if engine_name == "postgresql":
            trying.sql(trying.url, f'DROP OWNED BY "{user}"')
            trying.sql(trying.url, f'DROP ROLE "{user}"')
        else:
            trying.sql(trying.url, f"DROP USER {account}")
    assert "secret" not in result.output
    if engine_name == "postgresql":
        assert "Not verified" not in result.stderr
        assert oks(result)[1:] == [
            "applied to a copy of the schema (a scratch schema)",
            "equal to the models",
            "reversed",
            "equal to the old schema",
        ]
    else:
        assert oks(result) == ["imported"]
        assert "Not verified: No scratch database can be made" in result.stderr
    assert trying.versions()


@pytest.mark.engines("sqlite")
def test_many_tables(trying: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """What would take long is left out with a note, unless it is asked for."""
    monkeypatch.setattr("flask_migrate.commands.verifying.bench.MOST_TABLES", 0)
    trying.ok("db", "migrate")
    trying.ok("db", "upgrade")
    trying.replace("app.py", "    name = db.Column(db.String(128))\n", COLUMN)
    result = trying.ok("db", "migrate")
    assert told(result)[-2] == "Not verified: it takes long with 1 tables; --verify does it all the same."
    assert oks(trying.ok("db", "migrate", "--amend", "--verify")) == five("sqlite")


@pytest.mark.engines("sqlite")
def test_from_python(trying: Project) -> None:
    """The value says what came of it; what fails is an exception that holds the value."""
    with trying.context():
        made = flask_migrate.migrate()
        assert made.verification is not None
        assert made.verification.outcome == "passed"
        flask_migrate.undo()
    trying.append("app.py", HOOK.format('up.append(ops.ExecuteSQLOp("INSERT INTO nothing VALUES (1)"))'))
    with trying.context(), pytest.raises(flask_migrate.VerificationFailed) as caught:
        flask_migrate.migrate()
    assert caught.value.result.verification.outcome == "failed"
    assert [str(path) for path in trying.versions()] == list(caught.value.result.paths)


@pytest.mark.engines("sqlite")
def test_over_a_connection_of_the_caller(trying: Project) -> None:
    """A connection that the caller gives is only read."""
    with trying.context():
        engine = sa.create_engine("sqlite://")
        with engine.connect() as connection:
            made = flask_migrate.migrate(connection=connection)
            assert made.verification is not None
            assert made.verification.outcome == "passed", made.verification
            assert sa.inspect(connection).get_table_names() == []
