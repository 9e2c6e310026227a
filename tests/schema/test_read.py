"""What holds for reading on every engine."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from flask_migrate.schema import Column, Note, Schema, Table, read_schema
from flask_migrate.schema.model import Index, IndexPart

from .conftest import Run

#: Legal names; those with characters that an engine refuses are left out there.
NAMES = (
    "order",
    "Mixed Case",
    "dotted.name",
    "100%s %(x)s %%",
    "it's",
    'double"quote',
    "back`tick",
    "br[ack]et",
    "semi;colon -- comment /*",
    ":bind :x",
    "ünïcödé",
    "日本語",
    "back\\slash",
    "tab\tand\nline",
    "a" * 60,
    "$dollar",
    "?",
    "{brace}",
)
EMOJI = "party🎉"


def quoted(name: str, connection: sa.Connection) -> str:
    """A name as the engine quotes it."""
    quote = '"' if connection.dialect.name != "mysql" else "`"
    return quote + name.replace(quote, quote * 2) + quote


def make_tables(connection: sa.Connection, count: int, prefix: str = "t") -> None:
    """Tables with a key, a reference, a unique key, an index and a default."""
    for number in range(count):
        connection.exec_driver_sql(
            f"CREATE TABLE {prefix}{number} (id INTEGER PRIMARY KEY, a INTEGER DEFAULT 1, b VARCHAR(9) UNIQUE, "
            f"c INTEGER REFERENCES {prefix}0 (id), CHECK (a > 0))"
        )
        connection.exec_driver_sql(f"CREATE INDEX ix_{prefix}{number} ON {prefix}{number} (a)")
    connection.commit()


def test_statements_do_not_grow(connection: sa.Connection, statements: list[str]) -> None:
    """As many statements are sent for thirty tables as for three, and few."""
    make_tables(connection, 3)
    statements.clear()
    few = read_schema(connection)
    for_few = len(statements)
    make_tables(connection, 30, "more")
    statements.clear()
    many = read_schema(connection)
    assert (len(few.tables), len(many.tables)) == (3, 33)
    assert len(statements) == for_few
    assert for_few <= 20


def test_every_legal_name(connection: sa.Connection) -> None:
    """Tables, columns and indexes come back under the names that they were given."""
    names = NAMES if connection.dialect.name == "mysql" else (*NAMES, EMOJI)
    for number, name in enumerate(names):
        table = quoted(name, connection)
        for sql in (
            f"CREATE TABLE {table} ({table} INTEGER)",
            f"CREATE INDEX {quoted(f'{number}{name}'[:63], connection)} ON {table} ({table})",
        ):
            connection.exec_driver_sql(sql, execution_options={"no_parameters": True})
    connection.commit()
    found = read_schema(connection)
    assert [table.name for table in found.tables] == sorted(names)
    for number, name in enumerate(names):
        table_found = found.table(name)
        assert table_found is not None
        assert [column.name for column in table_found.columns] == [name]
        index = Index(name=f"{number}{name}"[:63], parts=(IndexPart(column=name),))
        assert table_found.indexes == (index,)
    assert Schema.from_dict(found.to_dict()) == found


def test_an_empty_database(connection: sa.Connection) -> None:
    """A database without a table is a schema without a table."""
    assert read_schema(connection) == Schema(dialect=own_name(connection), schemas=(None,))


def own_name(connection: sa.Connection) -> str:
    """What the schema of this engine is called; the MariaDB server is reached through the dialect "mysql"."""
    return "mariadb" if connection.dialect.name == "mysql" else connection.dialect.name


def test_a_table_with_all_columns_that_fit(connection: sa.Connection) -> None:
    """The widest table is read like any other."""
    width = 1000 if connection.dialect.name == "mysql" else 1600
    columns = ", ".join(f"c{number} INTEGER" for number in range(width))
    connection.exec_driver_sql(f"CREATE TABLE wide ({columns})")
    connection.commit()
    (table,) = read_schema(connection).tables
    assert [column.name for column in table.columns] == [f"c{number}" for number in range(width)]


def test_excluded_objects_are_not_read(connection: sa.Connection, run: Run) -> None:
    """What the caller excludes is left out with everything on it; each question names kind, schema and name."""
    make_tables(connection, 2)
    run("CREATE VIEW v AS SELECT a FROM t0;\nCREATE VIEW w AS SELECT a FROM t1")
    asked = []

    def exclude(kind: str, schema: str | None, name: str) -> bool:
        asked.append((kind, schema, name))
        return name in ("t1", "v")

    found = read_schema(connection, exclude=exclude)
    assert [table.name for table in found.tables] == ["t0"]
    assert [view.name for view in found.views] == ["w"]
    assert sorted(set(asked)) == [
        ("table", None, "t0"),
        ("table", None, "t1"),
        ("view", None, "v"),
        ("view", None, "w"),
    ]
    assert found.notes == ()


@pytest.mark.engines("sqlite", "postgresql")
def test_temporary_tables_are_noted(connection: sa.Connection, run: Run) -> None:
    """A temporary table is skipped with a note, also one that hides another."""
    make_tables(connection, 1)
    plain = read_schema(connection)
    run("CREATE TEMPORARY TABLE passing (a INTEGER);\nCREATE TEMPORARY TABLE t0 (x INTEGER)")
    found = read_schema(connection)
    assert found == plain
    schema = "temp" if connection.dialect.name == "sqlite" else "pg_temp"
    assert found.notes == tuple(
        Note(kind="table", schema=schema, name=name, reason="is temporary: skipped") for name in ("passing", "t0")
    )


@pytest.mark.engines("mariadb")
def test_temporary_tables_of_mariadb_are_not_seen(connection: sa.Connection, run: Run) -> None:
    """MariaDB keeps temporary tables out of its catalog, even one that hides another."""
    make_tables(connection, 1)
    plain = read_schema(connection)
    run("CREATE TEMPORARY TABLE passing (a INTEGER);\nCREATE TEMPORARY TABLE t0 (x INTEGER)")
    assert read_schema(connection) == plain


def test_the_connection_is_left_as_it_was(connection: sa.Connection) -> None:
    """Reading ends the transaction that it began, and goes on with one that the caller began."""
    make_tables(connection, 1)
    read_schema(connection)
    assert not connection.in_transaction()
    connection.exec_driver_sql("INSERT INTO t0 (id) VALUES (1)")
    read_schema(connection)
    assert connection.in_transaction()
    assert connection.exec_driver_sql("SELECT count(*) FROM t0").scalar() == 1
    connection.rollback()
    assert connection.exec_driver_sql("SELECT count(*) FROM t0").scalar() == 0


def test_uncommitted_tables_are_seen(connection: sa.Connection, run: Run) -> None:
    """Within the caller's transaction the reading sees what the caller did there."""
    run("CREATE TABLE a (id INTEGER)")
    connection.exec_driver_sql("CREATE TABLE b (id INTEGER)")
    names = [table.name for table in read_schema(connection).tables]
    connection.rollback()
    assert names == ["a", "b"]


def test_two_readings_are_equal(connection: sa.Connection) -> None:
    """The same database gives the same value, and a changed one another."""
    make_tables(connection, 2)
    first = read_schema(connection)
    assert read_schema(connection) == first
    connection.exec_driver_sql("ALTER TABLE t1 ADD COLUMN d INTEGER")
    connection.commit()
    second = read_schema(connection)
    assert second != first
    table = second.table("t1")
    assert table is not None
    assert [column.name for column in table.columns] == ["id", "a", "b", "c", "d"]


def test_a_schema_that_does_not_exist(connection: sa.Connection) -> None:
    """A named schema that is missing leads to an empty result with a note, not to an error."""
    found = read_schema(connection, schemas=["no such 100% 'one'"])
    assert (found.schemas, found.tables) == ((), ())
    assert [(note.kind, note.name) for note in found.notes] == [("schema", "no such 100% 'one'")]


def test_a_plain_table(connection: sa.Connection, run: Run) -> None:
    """The simplest table has a column with the engine's name of its type, and nothing else."""
    run("CREATE TABLE t (a INTEGER)")
    (table,) = read_schema(connection).tables
    type_ = {"sqlite": "INTEGER", "postgresql": "integer", "mysql": "int(11)"}[connection.dialect.name]
    assert Table(name="t", columns=(Column(name="a", type=type_),), options=table.options) == table
