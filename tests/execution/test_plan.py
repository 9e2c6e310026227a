"""``upgrade --plan`` and ``downgrade --plan``: what would be done, and nothing of it is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable

import pytest
import sqlalchemy as sa

import flask_migrate
from tests.execution.histories import History
from tests.legacy.old_folders import FOLDERS
from tests.projects import Project

TABLE = """
op.create_table("Order %", sa.Column("id", sa.Integer, primary_key=True), sa.Column("Who is", sa.String(40)))
op.execute("INSERT INTO {q}Order %{q} (id) VALUES (1), (2)")
"""
CHANGES = """
with op.batch_alter_table("Order %") as batch_op:
    batch_op.add_column(sa.Column("note", sa.String(20)))
    batch_op.alter_column("Who is", existing_type=sa.String(40), type_=sa.String(80))
op.create_index("ix", "Order %", ["note"])
op.bulk_insert(sa.table("Order %", sa.column("id", sa.Integer)), [{"id": 7}, {"id": 8}])
"""


def snapshot(history: History) -> object:
    """All that a plan must not change."""
    tables = sorted(history.project.tables(history.url))
    return tables, [history.sql(f"SELECT * FROM {name}") for name in tables if "%" not in name]


@pytest.fixture
def planned(history: History, engine_name: str) -> History:
    """Two revisions, of which the first one is applied."""
    quote = "`" if engine_name == "mariadb" else '\\"'
    history.add(TABLE.format(q=quote), 'op.drop_table("Order %")', "orders")
    history.add(CHANGES, 'with op.batch_alter_table("Order %") as b:\n    b.drop_column("note")', "notes")
    history.upgrade("r001")
    return history


def test_upgrade(planned: History, engine_name: str) -> None:
    """The revisions and their operations in words, and with --sql the statements; nothing is changed."""
    before = snapshot(planned)
    output = planned.project.ok("db", "upgrade", "--plan").stdout
    for line in (
        "  at r001",
        "  upgrade r002 notes",
        '    + column "Order %".note: String(20)',
        '    ~ column "Order %"."Who is": String(40) → String(80)',
        '    + index ix on "Order %" (note)',
        '    + 2 rows in table "Order %"',
    ):
        assert line in output.splitlines()
    assert "CREATE INDEX" not in output
    output = planned.project.ok("db", "upgrade", "--plan", "--sql").stdout
    assert "CREATE INDEX ix ON" in output
    assert "%%" not in output
    assert ("ALTER TABLE" in output) == (engine_name != "sqlite")
    assert ("is rebuilt" in output) == (engine_name == "sqlite")
    assert snapshot(planned) == before
    planned.upgrade()
    assert "nothing to do" in planned.project.ok("db", "upgrade", "--plan").stdout


def test_downgrade(planned: History) -> None:
    """What is destroyed, with the rows that there are, for one step back, a number of steps, and all of them."""
    planned.upgrade()
    before = snapshot(planned)
    output = planned.project.ok("db", "downgrade", "--plan").stdout
    assert 'column "Order %"."note" (0 rows)' in output
    assert "destroys:" not in output.replace("(destroys", "")
    for revision in ("base", "-2"):
        output = planned.project.ok("db", "downgrade", "--plan", revision).stdout
        assert output.index("downgrade r002") < output.index("downgrade r001")
        assert output.splitlines()[-1] == '  destroys: table "Order %" (4 rows)'
    assert snapshot(planned) == before


def test_empty_database(history: History) -> None:
    """Nothing is made in an empty database, not even the version table."""
    history.add('op.create_table("a", sa.Column("id", sa.Integer, primary_key=True))')
    assert '+ table "a"' in history.project.ok("db", "upgrade", "--plan", "+1").stdout
    assert history.project.tables(history.url) == set()


def test_json(planned: History) -> None:
    """The plan as JSON is the value that Python gets."""
    data = json.loads(planned.project.ok("db", "downgrade", "--plan", "--json").stdout)
    with planned.project.context():
        plan = flask_migrate.plan_downgrade()
    assert data == json.loads(json.dumps(plan.to_dict()))
    (operation,) = plan.targets[0].revisions[0].operations
    assert operation.loss == flask_migrate.Loss('table "Order %"', 2)
    assert operation.sql[0].startswith("DROP TABLE")
    assert plan.is_destructive


OWN = {
    "read": "rows = bind.execute(sa.text('SELECT 1')).fetchall()",
    "scalar": "number = bind.scalar(sa.text('SELECT 1'))",
    "inspect": "names = sa.inspect(bind).get_table_names()",
    "session": "import sqlalchemy.orm\nsa.orm.Session(bind).execute(sa.text('DELETE FROM a'))",
    "result": "bind.execute(sa.text('DELETE FROM a')).rowcount + 1",
    "caught": "try:\n    bind.execute(sa.text('SELECT 1')).all()\nexcept Exception:\n    pass",
    "app": "from app import db\nwith db.engine.begin() as own:\n    own.execute(sa.text('DELETE FROM a'))",
    "error": "raise KeyError('x')",
}


@pytest.mark.parametrize("kind", list(OWN))
def test_own_code(history: History, kind: str) -> None:
    """A script that asks the database is planned up to there; nothing of it reaches a database."""
    history.add(
        "op.create_table('a', sa.Column('id', sa.Integer, primary_key=True))\nop.execute('INSERT INTO a VALUES (1)')"
    )
    history.upgrade()
    history.add(
        f"bind = op.get_bind()\nop.add_column('a', sa.Column('b', sa.Integer))\n{OWN[kind]}\nop.drop_table('a')"
    )
    history.add("op.drop_table('a')")
    lines = history.project.ok("db", "upgrade", "--plan").stdout.splitlines()
    assert "    + column a.b: Integer" in lines
    assert sum(line.startswith("    unknown: the script runs its own code") for line in lines) == 1
    assert sum('- table "a"  (destroys table "a" (1 row))' in line for line in lines) == 1
    assert history.sql("SELECT id FROM a") == [(1,)]
    assert history.version() == "r001"


def test_statements_over_the_connection(history: History, engine_name: str) -> None:
    """What a script sends over the connection without asking is part of the plan, types that it makes included."""
    history.add(
        "bind = op.get_bind()\nmeta = sa.MetaData()\n"
        "made = sa.Table('made', meta, sa.Column('id', sa.Integer), sa.Column('k', sa.Enum('x', name='kind')))\n"
        "meta.create_all(bind)\nbind.execute(made.insert().values(id=1))\nbind.exec_driver_sql('DELETE FROM made')\n"
        "with op.get_context().autocommit_block():\n    op.execute('TRUNCATE TABLE made')"
    )
    output = history.project.ok("db", "upgrade", "--plan", "--sql").stdout
    assert "~ SQL: CREATE TABLE made" in output
    assert "INSERT INTO made (id) VALUES (1)" in output
    assert 'all rows of table "made"' in output
    assert ("CREATE TYPE kind" in output) == (engine_name == "postgresql")
    assert "unknown" not in output


def test_tables_of_the_plan(history: History) -> None:
    """A table that the plan itself makes has no rows to lose; one that it renames keeps its own."""
    history.add("op.create_table('a', sa.Column('id', sa.Integer))\nop.execute('INSERT INTO a VALUES (1)')")
    history.upgrade()
    history.add("op.create_table('new', sa.Column('id', sa.Integer))\nop.rename_table('a', 'b')")
    history.add("op.drop_table('new')\nop.drop_table('b')")
    with history.project.context():
        losses = flask_migrate.plan_upgrade().losses
    assert [(loss.what, loss.rows) for loss in losses] == [('table "new"', 0), ('table "b"', 1)]


@pytest.mark.parametrize("folder", ["multi_01_binds_from_config", "multi_09_latest", ""])
@pytest.mark.filterwarnings("ignore:Table.tometadata")
def test_several_databases(make_project: Callable[..., Project], make_url: Callable[[], str], folder: str) -> None:
    """Every database has a plan of its own, also with an env.py of an earlier release."""
    audit = make_url()
    project = make_project(binds={"audit": audit})
    if folder:
        shutil.copytree(FOLDERS / folder, project.folder / "migrations", ignore=lambda *_: ["versions"])
    else:
        project.ok("db", "init")
    project.write(
        "migrations/versions/r001.py",
        "from alembic import op\nimport sqlalchemy as sa\nrevision = 'r001'\ndown_revision = None\n"
        "def upgrade(engine_name=''):\n    globals()['upgrade_%s' % engine_name]()\n"
        "def upgrade_():\n    op.create_table('mine', sa.Column('id', sa.Integer))\n"
        "def upgrade_audit():\n    op.create_table('theirs', sa.Column('id', sa.Integer))\n"
        "def downgrade(engine_name=''):\n    pass\n",
    )
    output = project.ok("db", "upgrade", "--plan").stdout
    first, _, second = output.partition("audit: ")
    assert '+ table "mine"' in first
    assert '+ table "theirs"' in second
    assert project.tables(project.url) == project.tables(audit) == set()


def test_refusals(planned: History) -> None:
    """A range has no plan, nor has a revision that is not there."""
    assert planned.project.fails("db", "upgrade", "--plan", "base:head", code=2).stdout == ""
    assert "nowhere" in planned.project.fails("db", "upgrade", "--plan", "nowhere").stderr


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("DROP TABLE a", ['table "a"']),
        ('drop table if exists "A b", c;', ['table "A b"', 'table "c"']),
        ("/* x */ DROP TABLE s.`t`", ['table "s"."t"']),
        ("TRUNCATE a, b RESTART IDENTITY", ['all rows of table "a"', 'all rows of table "b"']),
        ("DELETE FROM a WHERE id = 'DROP TABLE x'", ['rows of table "a"']),
        ("ALTER TABLE a ADD b int, DROP COLUMN c, DROP d", ['column "a"."c"', 'column "a"."d"']),
        ("ALTER TABLE a DROP CONSTRAINT c, DROP INDEX i", []),
        ("ALTER TABLE a ALTER COLUMN b DROP DEFAULT", []),
        ("UPDATE a SET b = 'DROP TABLE c'", []),
        ("SELECT 1; DROP TABLE b", ['table "b"']),
        ("DROP INDEX i", []),
        ("DROP SCHEMA s CASCADE", ["schema s"]),
        ("DROP", []),
    ],
)
def test_what_sql_destroys(sql: str, expected: list[str], engine_name: str) -> None:
    """What a statement that came as text destroys."""
    from flask_migrate.execution.destruction import victims_in

    assert [victim.what for victim in victims_in(sql)] == expected


@pytest.mark.engines("postgresql", "mariadb")
def test_busy_table(planned: History) -> None:
    """A table that somebody holds is not waited for: its number of rows is unknown."""
    statement = {"postgresql": 'LOCK TABLE "Order %"'}.get(sa.make_url(planned.url).get_backend_name())
    engine = sa.create_engine(planned.url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql((statement or "LOCK TABLES `Order %` WRITE").replace("%", "%%"))
        output = planned.project.ok("db", "downgrade", "--plan").stdout
        if statement is None:
            connection.exec_driver_sql("UNLOCK TABLES")
    assert 'table "Order %" (number of rows unknown)' in output
