"""Every revision is a transaction: what fails inside it leaves the database as before it."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest
import sqlalchemy as sa

import flask_migrate
from tests.execution.histories import History, engine_of
from tests.legacy.old_folders import FOLDERS
from tests.projects import Project

TABLE = "op.create_table({!r}, sa.Column('id', sa.Integer, primary_key=True), sa.Column('w', sa.Integer))"
TRANSACTIONAL = pytest.mark.engines("sqlite", "postgresql")


def table(name: str) -> str:
    """An operation that makes a table."""
    return TABLE.format(name)


@pytest.mark.parametrize(
    "body",
    [
        [table("b"), "op.execute('INSERT INTO a (id) VALUES (2)')"],
        ["op.execute('INSERT INTO a (id) VALUES (2)')", table("b")],
        [
            "op.execute('INSERT INTO a (id) VALUES (2)')",
            table("b"),
            "op.execute('DELETE FROM a')",
            "op.drop_table('a')",
        ],
        ["with op.batch_alter_table('a') as b:", "    b.drop_column('w')", "op.create_index('ix', 'a', ['id'])"],
    ],
)
@pytest.mark.parametrize("failure", ["raise ValueError('no')", "op.execute('SELECT * FROM nowhere')"])
@TRANSACTIONAL
def test_failure(history: History, body: list[str], failure: str) -> None:
    """DDL first, rows first or mixed: nothing of the revision stays, and all of the revisions before it."""
    history.add(f"{table('a')}\nop.execute('INSERT INTO a (id, w) VALUES (1, 5)')")
    history.add("\n".join([*body, failure]))
    history.project.fails("db", "upgrade")
    assert history.version() == "r001"
    assert history.tables() == {"a"}
    assert history.sql("SELECT id, w FROM a") == [(1, 5)]
    assert history.log() == [("r001", "upgrade", "done"), ("r002", "upgrade", "failed")]
    history.edit(2, failure, "pass")
    history.upgrade()
    assert history.version() == "r002"
    assert history.log()[2:] == [("r002", "upgrade", "done")]


@TRANSACTIONAL
def test_failure_of_a_downgrade(history: History) -> None:
    """A downgrade that fails leaves the revision applied, and its table as it was."""
    history.add(table("a"), "op.drop_table('a')\nraise ValueError('no')")
    history.upgrade()
    history.project.fails("db", "downgrade")
    assert (history.version(), history.tables()) == ("r001", {"a"})
    assert history.log()[1:] == [("r001", "downgrade", "failed")]


@TRANSACTIONAL
def test_one_transaction_for_all(history: History) -> None:
    """A user who asks for one transaction for all revisions gets all or nothing."""
    history.project.replace("app.py", "Migrate(app, db)", "Migrate(app, db, transaction_per_migration=False)")
    history.add(table("a"))
    history.add(f"{table('b')}\nraise ValueError('no')")
    history.project.fails("db", "upgrade")
    assert history.project.tables(history.url) == set()
    history.edit(2, "raise ValueError('no')", "pass")
    history.upgrade()
    assert (history.version(), history.tables()) == ("r002", {"a", "b"})
    assert history.log() == [("r001", "upgrade", "done"), ("r002", "upgrade", "done")]


@TRANSACTIONAL
def test_transaction_of_the_caller(history: History) -> None:
    """In a transaction of the caller's own nothing is committed: a rollback undoes everything, the log included."""
    history.add(f"{table('a')}\nop.execute('INSERT INTO a (id) VALUES (1)')")
    history.add(table("b"))
    with engine_of(history.url) as engine, history.project.context():
        with engine.connect() as connection, connection.begin() as transaction:
            result = flask_migrate.upgrade(connection=connection)
            assert connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == "r002"
            transaction.rollback()
        assert list(result.revisions) == ["r001", "r002"]
        assert sa.inspect(engine).get_table_names() == []
        with engine.begin() as connection:
            flask_migrate.upgrade(connection=connection)
    assert (history.version(), history.tables()) == ("r002", {"a", "b"})
    assert history.log() == [("r001", "upgrade", "done"), ("r002", "upgrade", "done")]


@pytest.mark.engines("mariadb")
def test_transaction_of_the_caller_where_ddl_commits(history: History) -> None:
    """Where DDL commits whatever transaction there is, a caller's connection works as well."""
    history.add(f"{table('a')}\nop.execute('INSERT INTO a (id) VALUES (1)')\n{table('b')}")
    with engine_of(history.url) as engine, history.project.context(), engine.begin() as connection:
        flask_migrate.upgrade(connection=connection)
    assert (history.version(), history.tables()) == ("r001", {"a", "b"})
    assert history.log() == [("r001", "upgrade", "done")]


def test_connection_of_the_caller(history: History) -> None:
    """Over a connection that is in no transaction, every revision is committed."""
    history.add(table("a"))
    history.add(f"{table('b')}\nraise ValueError('no')")
    with engine_of(history.url) as engine, history.project.context(), engine.connect() as connection:
        with pytest.raises(flask_migrate.MigrateError):
            flask_migrate.upgrade(connection=connection)
        assert not connection.in_transaction()
    assert history.version() == "r001"


AUTOCOMMIT = {
    "sqlite": 'op.execute("VACUUM")',
    "postgresql": 'op.execute("CREATE INDEX CONCURRENTLY ix ON a (w)")',
    "mariadb": 'op.execute("OPTIMIZE TABLE a")',
}


@pytest.mark.parametrize("failure", ["", "raise ValueError('no')"])
def test_autocommit_block(history: History, engine_name: str, failure: str) -> None:
    """What has to run outside of a transaction runs, and what surrounds it is done once, also after a failure."""
    history.add(
        f"{table('a')}\nop.execute('INSERT INTO a (w) VALUES (1)')\nwith op.get_context().autocommit_block():\n"
        f"    {AUTOCOMMIT[engine_name]}\n    op.execute('INSERT INTO a (w) VALUES (2)')\n"
        f"op.execute('INSERT INTO a (w) VALUES (3)')\n{failure or 'pass'}"
    )
    if failure:
        history.project.fails("db", "upgrade")
        assert history.version() == ""
        assert history.log() == [("r001", "upgrade", "failed")]
        history.edit(1, failure, "pass")
    history.upgrade()
    assert history.version() == "r001"
    assert history.sql("SELECT w FROM a ORDER BY w") == [(1,), (2,), (3,)]
    assert history.log()[-1] == ("r001", "upgrade", "done")


@pytest.mark.engines("postgresql")
def test_enum_value_in_an_autocommit_block(history: History) -> None:
    """A value that is added to an enum in such a block can be used behind it."""
    history.add(
        "op.execute(\"CREATE TYPE mood AS ENUM ('sad')\")\n"
        "op.create_table('a', sa.Column('m', sa.dialects.postgresql.ENUM(name='mood', create_type=False)))\n"
        "with op.get_context().autocommit_block():\n    op.execute(\"ALTER TYPE mood ADD VALUE 'glad'\")\n"
        "op.execute(\"INSERT INTO a VALUES ('glad')\")"
    )
    history.edit(1, "import sqlalchemy as sa", "import sqlalchemy as sa\nimport sqlalchemy.dialects.postgresql")
    history.upgrade()
    assert history.sql("SELECT m::text FROM a") == [("glad",)]


@pytest.mark.engines("postgresql")
def test_concurrent_index_that_fails(history: History) -> None:
    """What an interrupted CREATE INDEX CONCURRENTLY leaves is removed, and the index made, when the cause is."""
    history.add(
        f"{table('a')}\nop.execute('INSERT INTO a (w) VALUES (1), (1)')\nwith op.get_context().autocommit_block():\n"
        "    op.create_index('ix', 'a', ['w'], unique=True, postgresql_concurrently=True)"
    )
    history.project.fails("db", "upgrade")
    assert history.sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix'::regclass") == [(False,)]
    history.sql("UPDATE a SET w = id")
    history.upgrade()
    assert history.sql("SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix'::regclass") == [(True,)]
    assert history.version() == "r001"


MULTI = """
from alembic import op
import sqlalchemy as sa

revision = {rev!r}
down_revision = {after!r}


def upgrade(engine_name):
    globals()["upgrade_%s" % engine_name]()


def upgrade_():
    op.create_table({table!r}, sa.Column("id", sa.Integer, primary_key=True), sa.Column("w", sa.Integer))
    op.execute("INSERT INTO {table} (w) VALUES (1)")
    with op.get_context().autocommit_block():
        {block}


def upgrade_audit():
    op.create_table({table!r}, sa.Column("id", sa.Integer, primary_key=True))
    {end}
"""


@pytest.mark.parametrize(
    "folder", ["multi_01_binds_from_config", "multi_05_get_engine_app_bind", "multi_09_latest", ""]
)
@pytest.mark.filterwarnings("ignore:Table.tometadata")
def test_several_databases(
    make_project: Callable[..., Project], make_url: Callable[[], str], engine_name: str, folder: str
) -> None:
    """With several databases every revision is a transaction as well, also with an env.py of an earlier release."""
    audit = make_url()
    project = make_project(binds={"audit": audit})
    if folder:
        shutil.copytree(FOLDERS / folder, project.folder / "migrations", ignore=lambda *_: ["versions"])
    else:
        project.ok("db", "init", "--multidb")
    block = AUTOCOMMIT[engine_name]
    first = MULTI.format(rev="r001", after=None, table="a", block=block, end="pass")
    project.write("migrations/versions/r001.py", first)
    block = block.replace("ix ON a", "iy ON b").replace("TABLE a", "TABLE b")
    second = MULTI.format(rev="r002", after="r001", table="b", block=block, end="raise ValueError()")
    project.write("migrations/versions/r002.py", second)
    project.fails("db", "upgrade")
    assert project.sql(project.url, "SELECT version_num FROM alembic_version") == [("r002",)]
    assert project.sql(audit, "SELECT version_num FROM alembic_version") == [("r001",)]
    assert project.sql(project.url, "SELECT w FROM a") == project.sql(project.url, "SELECT w FROM b") == [(1,)]
    left = {"a", "b"} if engine_name == "mariadb" else {"a"}
    assert project.tables(audit) - {"alembic_version", "flask_migrate_log"} == left
    project.replace("migrations/versions/r002.py", "raise ValueError()", "pass")
    project.ok("db", "upgrade")
    assert project.tables(audit) - {"alembic_version", "flask_migrate_log"} == {"a", "b"}


@pytest.mark.engines("postgresql")
def test_disk_is_waited_for_at_the_end(history: History) -> None:
    """Of several revisions only the last one waits for the disk, and the row of a failure does."""
    history.add("op.create_table('seen', sa.Column('name', sa.String(20)))")
    look = "op.execute(\"INSERT INTO seen VALUES (current_setting('synchronous_commit'))\")"
    for _ in range(3):
        history.add(look)
    history.upgrade()
    assert history.sql("SELECT name FROM seen") == [("off",), ("off",), ("on",)]
    history.add(look)
    history.upgrade()
    assert history.sql("SELECT name FROM seen")[3:] == [("on",)]
    assert [outcome for _, _, outcome in history.log()] == ["done"] * 5


def test_version_that_somebody_changes(history: History) -> None:
    """A version table that is not as it was stops the upgrade, and no row of the log says that a step is done."""
    history.add(table("a"))
    history.add("op.execute(\"UPDATE alembic_version SET version_num = 'r000'\")")
    result = history.project.fails("db", "upgrade")
    assert "expected to match one row when updat" in result.stderr
    assert history.log() == [("r001", "upgrade", "done"), ("r002", "upgrade", "failed")]


@pytest.mark.engines("postgresql")
@pytest.mark.parametrize("driver", ["psycopg", "psycopg2"])
def test_script_that_commits(history: History, driver: str) -> None:
    """``COMMIT`` in a script, which leaves the driver without a transaction, is none to chain the next one to."""
    history.project.url = history.url.replace("+psycopg:", f"+{driver}:")
    history.add(table("a"))
    history.add("op.execute('COMMIT')")
    history.add("op.execute('INSERT INTO a (id) VALUES (1)')\nop.execute('COMMIT')\nop.execute('DELETE FROM a')")
    history.add("with op.get_context().autocommit_block():\n    op.execute('INSERT INTO a (id) VALUES (2)')")
    history.add(table("b"))
    history.upgrade()
    assert history.sql("SELECT id FROM a") == [(2,)]
    assert history.log() == [(f"r{number:03}", "upgrade", "done") for number in range(1, 6)]


@pytest.mark.engines("postgresql")
@pytest.mark.parametrize("driver", ["psycopg", "psycopg2"])
def test_half_of_a_revision_is_committed(history: History, driver: str) -> None:
    """A revision that failed behind an autocommit block is taken up behind it, with what it has read before."""
    history.project.url = history.url.replace("+psycopg:", f"+{driver}:")
    history.add(table("a"))
    history.add("""
        name = op.get_bind().scalar(sa.text("SELECT count(*) FROM a"))
        op.execute("INSERT INTO a (id) VALUES (1)")
        with op.get_context().autocommit_block():
            op.execute("CREATE INDEX CONCURRENTLY ix ON a (w)")
            op.execute(f"INSERT INTO a (id) VALUES ({name + 2})")
        op.execute("INSERT INTO nowhere VALUES (1)")
    """)
    history.project.fails("db", "upgrade")
    history.edit(2, "INTO nowhere VALUES (1)", "INTO a (id) VALUES (3)")
    result = history.upgrade()
    assert "Revision r002 goes on behind the 3 statements that are done already." in result.stderr
    assert history.sql("SELECT id FROM a ORDER BY id") == [(1,), (2,), (3,)]


@pytest.mark.engines("postgresql")
def test_commit_that_fails(history: History) -> None:
    """A constraint that is looked at when a revision is committed fails that revision, and no other one."""
    history.add("op.execute('CREATE TABLE a (id INT PRIMARY KEY REFERENCES a (id) DEFERRABLE INITIALLY DEFERRED)')")
    history.add("op.execute('ALTER TABLE a ADD w INT REFERENCES a (id) DEFERRABLE INITIALLY DEFERRED')")
    history.add("op.execute('INSERT INTO a (id, w) VALUES (1, 2)')")
    history.add(table("b"))
    result = history.project.fails("db", "upgrade")
    assert 'violates foreign key constraint "a_w_fkey"' in result.stderr
    assert history.version() == "r002"
    assert history.log()[:2] == [("r001", "upgrade", "done"), ("r002", "upgrade", "done")]
    history.edit(3, "(1, 2)", "(1, 1)")
    history.upgrade()
    assert history.version() == "r004"


@pytest.mark.engines("postgresql")
def test_own_session_names_the_revision(history: History) -> None:
    """Each revision runs under its own name, with the timeout of statements that wait."""
    history.add("op.create_table('seen', sa.Column('name', sa.String(90)), sa.Column('wait', sa.String(9)))")
    look = (
        "op.execute(\"INSERT INTO seen VALUES (current_setting('application_name'), current_setting('lock_timeout'))\")"
    )
    for _ in range(3):
        history.add(look)
    history.upgrade()
    found = history.sql("SELECT split_part(name, '/', 4), wait FROM seen")
    assert found == [("r002", "1s"), ("r003", "1s"), ("r004", "1s")]
