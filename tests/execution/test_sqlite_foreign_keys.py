"""Apps on SQLite that turn foreign keys on: a table rebuild costs no row of another table."""

from __future__ import annotations

import textwrap

import pytest
import sqlalchemy as sa

import flask_migrate
from tests.execution.histories import History

pytestmark = pytest.mark.engines("sqlite")

REBUILD = """
with op.batch_alter_table("parent") as batch_op:
    batch_op.alter_column("name", existing_type=sa.String(), nullable=False)
"""


def fill(history: History, key: str) -> None:
    """A parent with two rows and a child whose foreign key is ``key``."""
    history.script(
        "CREATE TABLE parent (id INTEGER PRIMARY KEY, name VARCHAR, other INTEGER, UNIQUE (id, other));"
        f"CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER, other INTEGER, {key});"
        "INSERT INTO parent VALUES (1, 'a', 10), (2, 'b', 20);"
        "INSERT INTO child VALUES (1, 1, 10), (2, 1, 10), (3, 2, 20), (4, NULL, NULL)"
    )


ROWS = [(1, 1, 10), (2, 1, 10), (3, 2, 20), (4, None, None)]
PARENTS = [(1, "a", 10), (2, "b", 20)]


@pytest.mark.parametrize(
    "key",
    [
        "FOREIGN KEY (parent_id) REFERENCES parent (id) ON DELETE CASCADE",
        "FOREIGN KEY (parent_id) REFERENCES parent (id) ON DELETE SET NULL",
        "FOREIGN KEY (parent_id) REFERENCES parent (id) ON DELETE SET DEFAULT",
        "FOREIGN KEY (parent_id) REFERENCES parent (id) ON DELETE RESTRICT",
        "FOREIGN KEY (parent_id) REFERENCES parent ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
        "FOREIGN KEY (parent_id, other) REFERENCES parent (id, other) ON DELETE CASCADE",
    ],
)
def test_children_keep_their_rows(strict: History, key: str) -> None:
    """Whatever happens to children when a parent is deleted does not happen when its table is made anew."""
    fill(strict, key)
    strict.add(REBUILD)
    strict.upgrade()
    assert strict.sql("SELECT * FROM child ORDER BY id") == ROWS
    assert strict.sql("SELECT * FROM parent ORDER BY id") == PARENTS
    assert "name VARCHAR NOT NULL" in strict.schema()["parent"]


def test_self_reference(strict: History) -> None:
    """A table that refers to itself keeps its rows and its key."""
    strict.script(
        "CREATE TABLE parent (id INTEGER PRIMARY KEY, name VARCHAR, "
        "up INTEGER REFERENCES parent (id) ON DELETE CASCADE);"
        "INSERT INTO parent VALUES (1, 'a', NULL), (2, 'b', 1), (3, 'c', 2)"
    )
    strict.add(REBUILD)
    strict.upgrade()
    assert strict.sql("SELECT * FROM parent ORDER BY id") == [(1, "a", None), (2, "b", 1), (3, "c", 2)]
    assert "FOREIGN KEY(up) REFERENCES parent (id) ON DELETE CASCADE" in strict.schema()["parent"]


def test_foreign_keys_are_on_again(strict: History) -> None:
    """After the upgrade, also after one that failed, the app's own connection has foreign keys on."""
    fill(strict, "FOREIGN KEY (parent_id) REFERENCES parent (id)")
    strict.add(REBUILD)
    strict.add(REBUILD + "\n    raise ValueError()".replace("\n    ", "\n"))
    with strict.project.context() as app:
        engine = app.extensions["sqlalchemy"].engine
        with pytest.raises(flask_migrate.MigrateError, match="raised ValueError"):
            flask_migrate.upgrade()
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
            with pytest.raises(sa.exc.IntegrityError):
                connection.exec_driver_sql("INSERT INTO child (parent_id) VALUES (99)")


def test_data_step_still_cascades(strict: History) -> None:
    """A revision that rebuilds nothing runs with foreign keys on: what it deletes takes its children along."""
    fill(strict, "FOREIGN KEY (parent_id) REFERENCES parent (id) ON DELETE CASCADE")
    strict.add(REBUILD)
    strict.add('op.execute("DELETE FROM parent WHERE id = 1")')
    strict.upgrade()
    assert strict.sql("SELECT id FROM child ORDER BY id") == [(3,), (4,)]


def test_orphans_are_refused(strict: History) -> None:
    """A rebuild that leaves rows without their parent is rolled back, with exit code 5."""
    fill(strict, "FOREIGN KEY (parent_id) REFERENCES parent (id) ON DELETE CASCADE")
    before = strict.schema()
    strict.add(f'op.execute("DELETE FROM parent WHERE id = 1")\n{REBUILD.strip()}')
    result = strict.project.fails("db", "upgrade", code=5)
    assert result.stderr.splitlines()[-2:] == [
        "Error: Revision r001 would leave rows that refer to nothing: 2 of child to parent.",
        "It was rolled back; nothing is lost. Let the script delete or mend those rows too: foreign keys do not act "
        "while SQLite rebuilds a table.",
    ]
    assert (strict.schema(), strict.version()) == (before, "")
    assert strict.sql("SELECT * FROM parent ORDER BY id") == PARENTS


def test_orphans_that_were_there(strict: History) -> None:
    """Rows that had no parent before are nobody's fault, also when a rebuild numbers rows anew."""
    strict.script(
        "CREATE TABLE parent (id INTEGER PRIMARY KEY, name VARCHAR);"
        "CREATE TABLE child (key TEXT PRIMARY KEY, name VARCHAR, parent_id INTEGER REFERENCES parent (id));"
        "INSERT INTO child VALUES ('x', 'a', NULL), ('y', 'b', 7), ('z', 'c', 8); DELETE FROM child WHERE key = 'x'"
    )
    strict.add(REBUILD)
    strict.add(REBUILD.replace("parent", "child"))
    strict.upgrade()
    assert strict.sql("SELECT key, parent_id FROM child ORDER BY key") == [("y", 7), ("z", 8)]


def test_key_that_can_not_be_checked(strict: History) -> None:
    """A foreign key that SQLite can't follow, for its columns are not unique, does not stop a rebuild elsewhere."""
    strict.script(
        "CREATE TABLE parent (id INTEGER PRIMARY KEY, name VARCHAR);"
        "CREATE TABLE odd (parent_name REFERENCES parent (name))"
    )
    strict.add(REBUILD)
    strict.upgrade()
    assert "NOT NULL" in strict.schema()["parent"]


def test_rebuild_in_a_helper(strict: History) -> None:
    """A rebuild that is hidden in another module is found when it happens, and the revision is run again."""
    fill(strict, "FOREIGN KEY (parent_id) REFERENCES parent (id) ON DELETE CASCADE")
    body = textwrap.indent(REBUILD.strip(), "    ")
    strict.project.write("helper.py", f"from alembic import op\nimport sqlalchemy as sa\ndef tighten():\n{body}")
    strict.add("op.execute(\"INSERT INTO parent VALUES (3, 'c', 30)\")\nimport helper\nhelper.tighten()")
    strict.upgrade()
    assert strict.sql("SELECT * FROM child ORDER BY id") == ROWS
    assert strict.sql("SELECT id FROM parent ORDER BY id") == [(1,), (2,), (3,)]


def test_one_transaction_for_all(strict: History) -> None:
    """With one transaction for all revisions, rows are as safe."""
    fill(strict, "FOREIGN KEY (parent_id) REFERENCES parent (id) ON DELETE CASCADE")
    strict.project.replace("app.py", "Migrate(app, db)", "Migrate(app, db, transaction_per_migration=False)")
    strict.add('op.create_table("more", sa.Column("id", sa.Integer, primary_key=True))')
    strict.add(REBUILD)
    strict.upgrade()
    assert strict.sql("SELECT * FROM child ORDER BY id") == ROWS


def test_transaction_of_the_caller(strict: History) -> None:
    """In a transaction of the caller's own, foreign keys can't be turned off: what they would cost is refused."""
    fill(strict, "FOREIGN KEY (parent_id) REFERENCES parent (id) ON DELETE CASCADE")
    strict.add(REBUILD)
    with strict.project.context() as app:
        engine = app.extensions["sqlalchemy"].engine
        with engine.connect() as connection, connection.begin() as transaction:
            with pytest.raises(flask_migrate.MigrateError) as caught:
                flask_migrate.upgrade(connection=connection)
            transaction.rollback()
        with engine.connect() as connection:
            connection.connection.execute("PRAGMA foreign_keys=OFF")
            with connection.begin():
                flask_migrate.upgrade(connection=connection)
    assert caught.value.exit_code == 5
    assert str(caught.value).splitlines() == [
        "Revision r001 would drop table parent where foreign keys act, and ON DELETE CASCADE would change the rows of "
        "table child.",
        "Run it without a transaction of your own around it, with a transaction for each revision, or after PRAGMA "
        "foreign_keys=OFF, which SQLite takes outside of transactions only.",
    ]
    assert strict.sql("SELECT * FROM child ORDER BY id") == ROWS
    assert strict.version() == "r001"


def test_app_that_begins_by_itself(strict: History) -> None:
    """The recipe of SQLAlchemy's manual, in which the app sends BEGIN itself, goes together with ours."""
    strict.project.append(
        "app.py",
        """
        with app.app_context():
            @sa.event.listens_for(db.engine, "connect")
            def no_begin(connection, record):
                connection.isolation_level = None

            @sa.event.listens_for(db.engine, "begin")
            def begin(connection):
                connection.exec_driver_sql("BEGIN")
        """,
    )
    fill(strict, "FOREIGN KEY (parent_id) REFERENCES parent (id) ON DELETE CASCADE")
    strict.add(REBUILD)
    strict.add('op.create_table("more", sa.Column("id", sa.Integer, primary_key=True))\nraise ValueError()')
    strict.project.fails("db", "upgrade")
    assert strict.sql("SELECT * FROM child ORDER BY id") == ROWS
    assert (strict.tables(), strict.version()) == ({"parent", "child"}, "r001")
