"""``flask db migrate``"""

from __future__ import annotations

import ast
import json
import textwrap
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.legacy.old_folders import operations
from tests.projects import APP, Project
from tests.scripts import FIRST, add_script, described, is_untouched, tables, told

EMAIL = "    email = db.Column(db.String(80))\n    name ="


def columns(project: Project, table: str, url: str | None = None) -> list[str]:
    """The names of a table's columns."""
    engine = sa.create_engine(url or project.url, poolclass=sa.NullPool)
    return [column["name"] for column in sa.inspect(engine).get_columns(table)]


def test_first_script(started: Project) -> None:
    """The first script makes the models' tables, takes its name from the message, and the database stays empty."""
    result = started.ok("db", "migrate", "-m", "First users", "--rev-id", "aaaa")
    path = started.folder / "migrations/versions/aaaa_first_users.py"
    assert started.versions() == [path]
    assert operations(path, "upgrade") == ["create_table user"]
    assert operations(path, "downgrade") == ["drop_table user"]
    assert is_untouched(started.url)
    assert result.stdout == f"Generating {path} ...  done\n"
    assert told(result) == [
        f"Database: {described(started.url)}",
        "INFO  [alembic.autogenerate.compare.tables] Detected added table 'user'",
        "Next: read migrations/versions/aaaa_first_users.py, then run flask db upgrade",
    ]


def test_round_trip(started: Project, engine_name: str) -> None:
    """A column is added with its rows kept, and a downgrade is the exact inverse; MariaDB can put it into its place."""
    has_places = engine_name == "mariadb"
    started.ok("db", "migrate")
    started.ok("db", "upgrade")
    started.sql(started.url, f"INSERT INTO {quoted(started, 'user')} (id, name) VALUES (1, 'Ann')")
    started.replace("app.py", "    name =", EMAIL)
    result = started.ok("db", "migrate", "-m", "Email", "--rev-id", "ffff")
    assert "INFO  [alembic.autogenerate.compare.tables] Detected added column 'user.email'" in told(result)
    path = started.folder / "migrations/versions/ffff_email.py"
    assert operations(path, "upgrade") == ["add_column email", *(["place_column email"] if has_places else [])]
    assert operations(path, "downgrade") == ["drop_column email"]
    for _ in range(2):
        started.ok("db", "upgrade")
        assert columns(started, "user") == (["id", "email", "name"] if has_places else ["id", "name", "email"])
        started.ok("db", "downgrade")
        assert columns(started, "user") == ["id", "name"]
    assert started.sql(started.url, f"SELECT id, name FROM {quoted(started, 'user')}") == [(1, "Ann")]


def test_no_changes(started: Project) -> None:
    """When nothing differs no file is written, and Alembic's sentence says why, once."""
    started.ok("db", "migrate")
    started.ok("db", "upgrade")
    before = started.versions()
    result = started.ok("db", "migrate")
    assert (result.stdout, started.versions()) == ("", before)
    assert [line for line in told(result) if "No changes" in line] == [
        "INFO  [alembic.env] No changes in schema detected."
    ]


def test_database_behind(started: Project) -> None:
    """A database that lacks a revision is told, with what is pending, and no file is written."""
    add_script(started, FIRST, None, "users", creates="one")
    add_script(started, "bbbb", FIRST)
    result = started.fails("db", "migrate")
    assert told(result)[-3:] == [
        f"Error: Target database is not up to date. {described(started.url)} is at no revision; "
        f"pending: {FIRST} (users), bbbb (empty message).",
        "Apply them: flask db upgrade. Or, when the newest was never applied anywhere, remove it: flask db undo",
        "Or, when the database has all of it already, only note that: flask db stamp heads",
    ]
    assert len(started.versions()) == 2
    assert is_untouched(started.url)


@pytest.mark.engines("sqlite")
def test_many_pending(started: Project) -> None:
    """Of many pending revisions the first ones are named."""
    names = [f"a{number:03}" for number in range(8)]
    for before, rev in zip([None, *names], names, strict=False):
        add_script(started, rev, before, rev[1:])
    assert told(started.fails("db", "migrate"))[-3].endswith(
        "pending: a000 (000), a001 (001), a002 (002), a003 (003), a004 (004) and 3 more."
    )


@pytest.mark.engines("sqlite")
def test_options(started: Project) -> None:
    """The options of ``revision`` are those of ``migrate`` as well."""
    add_script(started, "aaaa", None, labels="shop")
    add_script(started, "bbbb", None, labels="blog")
    started.ok("db", "upgrade", "heads")
    started.ok(
        *("db", "migrate", "--head", "blog@head", "--rev-id", "cccc"),
        *("--branch-label", "users", "--depends-on", "aaaa", "-m", "On blog"),
    )
    tree = ast.parse(started.read("migrations/versions/cccc_on_blog.py"))
    values = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    assert values == {
        "revision": "cccc",
        "down_revision": "bbbb",
        "branch_labels": ("users",),
        "depends_on": "aaaa",
    }


@pytest.mark.engines("sqlite")
def test_several_heads(fork: Project) -> None:
    """With several heads the command refuses before it asks the database."""
    before = fork.versions()
    fork.fails("db", "migrate")
    assert (fork.versions(), is_untouched(fork.url)) == (before, True)


@pytest.mark.engines("sqlite")
def test_sql_is_wrong_usage(started: Project) -> None:
    """Comparing needs the database, so ``--sql`` makes no sense."""
    assert told(started.fails("db", "migrate", "--sql", code=2))[-2:] == [
        "Error: Using --sql with --autogenerate does not make any sense.",
        "Leave out --sql; `flask db upgrade --sql` shows the SQL of the new revision.",
    ]


@pytest.mark.engines("sqlite")
def test_x_arguments_reach_env(started: Project) -> None:
    """``-x`` of the group and of the command are what env.py asks Alembic for; ``cmd_opts`` says autogenerate."""
    text = started.read("migrations/env.py")
    ask = "print(context.get_x_argument(), getattr(context.config.cmd_opts, 'autogenerate', False))"
    started.write("migrations/env.py", f"from alembic import context\n{ask}\n{text}")
    output = started.ok("db", "-x", "a=1", "migrate", "-x", "b=2", "-x", "c=3").stdout
    assert output.splitlines()[0] == "['a=1', 'b=2', 'c=3'] True"


@pytest.mark.engines("sqlite")
def test_json(started: Project) -> None:
    """``--json`` prints the new revision as data, and an empty list when nothing differs."""
    (entry,) = json.loads(started.ok("db", "migrate", "--json", "-m", "Users").stdout)["revisions"]
    assert entry["path"] == str(started.versions()[0])
    assert (entry["message"], entry["down_revisions"]) == ("Users", [])
    started.ok("db", "upgrade")
    assert json.loads(started.ok("db", "migrate", "--json").stdout)["revisions"] == []


def test_changed_type(started: Project) -> None:
    """A changed type is seen without any option, and its script runs both ways."""
    started.ok("db", "migrate")
    started.ok("db", "upgrade")
    started.replace("app.py", "String(128)", "Text")
    started.ok("db", "migrate", "--rev-id", "ffff")
    path = started.folder / "migrations/versions/ffff_alter_user_name.py"
    assert operations(path, "upgrade") == ["alter_column name"]
    for command in ("upgrade", "downgrade", "upgrade"):
        started.ok("db", command)
    assert started.ok("db", "check").stdout == "No new upgrade operations detected.\n"


def test_batch_operations(started: Project) -> None:
    """Scripts use batch operations, so that they run on SQLite too; ``render_as_batch=False`` turns them off."""
    started.ok("db", "migrate")
    started.ok("db", "upgrade")
    started.replace("app.py", "    name =", EMAIL)
    started.ok("db", "migrate", "--rev-id", "ffff")
    assert "with op.batch_alter_table('user'" in started.read("migrations/versions/ffff_add_user_email.py")
    (started.folder / "migrations/versions/ffff_add_user_email.py").unlink()
    started.replace("app.py", "Migrate(app, db)", "Migrate(app, db, render_as_batch=False)")
    started.ok("db", "migrate", "--rev-id", "ffff")
    assert "op.add_column('user'" in started.read("migrations/versions/ffff_add_user_email.py")


def test_two_databases(make_project: Callable[..., Project], make_url: Callable[[], str]) -> None:
    """Each bind's changes stand in functions of its own; a bind that is added later needs no edit of old scripts."""
    project = make_project()
    project.ok("db", "init")
    project.ok("db", "migrate", "--rev-id", "aaaa")
    project.ok("db", "upgrade")
    project.binds = {"the logs": make_url()}
    project.append(
        "app.py",
        """
        class Entry(db.Model):
            __bind_key__ = "the logs"
            id = db.Column(db.Integer, primary_key=True)
        """,
    )
    project.ok("db", "upgrade")
    project.ok("db", "migrate", "--rev-id", "bbbb")
    path = project.folder / "migrations/versions/bbbb_create_entry.py"
    assert operations(path, "upgrade") == []
    assert operations(path, "upgrade_the_logs") == ["create_table entry"]
    assert operations(path, "downgrade_the_logs") == ["drop_table entry"]
    project.ok("db", "upgrade")
    assert (tables(project), tables(project, project.binds["the logs"])) == ({"user"}, {"entry"})
    project.ok("db", "check")
    project.ok("db", "downgrade", "base")
    assert (tables(project), tables(project, project.binds["the logs"])) == (set(), set())


def test_hook_of_the_app(make_project: Callable[..., Project]) -> None:
    """What is given to ``Migrate`` reaches Alembic: a hook may empty the script, then none is written."""
    hook = """
    def nothing(context, revision, directives):
        directives[:] = []

    migrate = Migrate(app, db, process_revision_directives=nothing)
    """
    project = make_project(APP.replace("migrate = Migrate(app, db)\n", textwrap.dedent(hook)))
    project.ok("db", "init")
    project.ok("db", "migrate")
    assert project.versions() == []


@pytest.mark.engines("sqlite")
def test_as_a_process(started: Project) -> None:
    """As a process of its own, without any logging set up, the command tells the same."""
    result = started.ok("db", "migrate", "--rev-id", "aaaa", process=True)
    assert told(result) == [
        f"Database: {described(started.url)}",
        "INFO  [alembic.autogenerate.compare.tables] Detected added table 'user'",
        "Next: read migrations/versions/aaaa_create_user.py, then run flask db upgrade",
    ]


def quoted(project: Project, name: str) -> str:
    """A name that is reserved on some engines, as it stands in SQL."""
    return sa.create_engine(project.url).dialect.identifier_preparer.quote_identifier(name)


def reason(project: Project) -> list[str]:
    """What is said below "No changes in schema detected."."""
    lines = told(project.ok("db", "migrate"))
    return lines[lines.index("INFO  [alembic.env] No changes in schema detected.") + 1 :]


@pytest.mark.engines("sqlite")
def test_no_changes_because_nobody_imports_a_model(started: Project) -> None:
    """Model classes in files that nobody imports are named below "no changes", those of tests are not."""
    started.ok("db", "migrate")
    started.ok("db", "upgrade")
    started.write("tests/test_models.py", "from app import db\nclass Thing(db.Model):\n    id = None\n")
    assert reason(started) == []
    started.write("tag.py", "from app import db\nclass Tag(db.Model):\n    id = None\n")
    assert reason(started) == [
        "These model classes are in files that nobody imports:",
        "  tag.py:2 Tag",
        "Add `import tag` to the module that makes the app, below `db = SQLAlchemy(…)`.",
    ]


@pytest.mark.engines("sqlite")
def test_no_changes_because_of_a_second_object(started: Project) -> None:
    """Models of another ``SQLAlchemy()`` are in no comparison: both places are named."""
    started.ok("db", "migrate")
    started.ok("db", "upgrade")
    started.write("tag.py", "from flask_sqlalchemy import SQLAlchemy\ndb = SQLAlchemy()\n")
    started.append("app.py", "import tag\n")
    assert reason(started) == [
        "2 SQLAlchemy() objects are made: app.py:11, tag.py:2. The models of one are not known to the others: "
        "keep one, and import it everywhere."
    ]


def test_first_script_where_some_tables_are(started: Project) -> None:
    """A first script that lacks the tables which ``create_all()`` made says so; one on an empty database doesn't."""
    with started.context() as app:
        app.extensions["sqlalchemy"].create_all()
    started.append("app.py", "class Post(db.Model):\n    id = db.Column(db.Integer, primary_key=True)\n")
    result = started.ok("db", "migrate")
    assert operations(started.versions()[0], "upgrade") == ["create_table post"]
    [line] = [line for line in told(result) if "create_all" in line]
    assert line.startswith("The database has 1 table of the models already, and there was no revision:")
