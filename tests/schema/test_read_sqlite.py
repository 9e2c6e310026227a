"""SQLite is read from its pragmas and declarations."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from flask_migrate.schema import Column, Note, Table, read_schema
from flask_migrate.schema.model import (
    Check,
    Computed,
    ForeignKey,
    Index,
    IndexPart,
    PrimaryKey,
    Trigger,
    UniqueKey,
    View,
)

from .conftest import Run

pytestmark = pytest.mark.engines("sqlite")

ZOO = """
CREATE TABLE parent (id INTEGER PRIMARY KEY AUTOINCREMENT, code VARCHAR(10) COLLATE NOCASE NOT NULL UNIQUE);
CREATE TABLE child (
  a INT NOT NULL, b TEXT DEFAULT 'it''s  ok', c REAL GENERATED ALWAYS AS (a * 2) STORED, d AS (b) VIRTUAL,
  parent_id INT CONSTRAINT fk_parent REFERENCES parent ON DELETE CASCADE, e DATETIME DEFAULT (datetime('now')),
  CONSTRAINT pk PRIMARY KEY (b, a), CONSTRAINT ck CHECK (a > 0 AND b <> ')'), CHECK (length(b) < 9),
  CONSTRAINT u UNIQUE (parent_id, a)) WITHOUT ROWID;
CREATE UNIQUE INDEX ix_b ON child (lower(b) DESC, a) WHERE b IS NOT NULL;
CREATE INDEX ix_code ON parent (code COLLATE BINARY DESC);
CREATE TABLE "odd ""na.me%" ("sel ect" INT, "order" INT REFERENCES "odd ""na.me%" ("sel ect"));
CREATE VIEW v AS SELECT a,  b FROM child;
CREATE VIEW broken (x) AS SELECT gone FROM nowhere;
CREATE TRIGGER tr AFTER INSERT ON parent BEGIN DELETE FROM child; END;
CREATE VIRTUAL TABLE words USING fts5(word);
CREATE TEMP TABLE scratch (a INT);
CREATE TEMP VIEW scratch_view AS SELECT 1;
"""


def test_tables_are_read(connection: sa.Connection, run: Run) -> None:
    """Columns, keys, checks, indexes and options are those that were declared."""
    run(ZOO)
    found = read_schema(connection)
    assert (found.dialect, found.schemas) == ("sqlite", (None,))
    assert found.table("parent") == Table(
        name="parent",
        columns=(
            Column(name="id", type="INTEGER", autoincrement=True),
            Column(name="code", type="VARCHAR(10)", nullable=False, collation="NOCASE"),
        ),
        primary_key=PrimaryKey(columns=("id",)),
        unique_keys=(UniqueKey(columns=("code",)),),
        indexes=(Index(name="ix_code", parts=(IndexPart(column="code", descending=True, collation="BINARY"),)),),
    )
    assert found.table("child") == Table(
        name="child",
        columns=(
            Column(name="a", type="INT", nullable=False),
            Column(name="b", type="TEXT", nullable=False, default="'it''s  ok'"),
            Column(name="c", type="REAL", computed=Computed(expression="a * 2", stored=True)),
            Column(name="d", type="", computed=Computed(expression="b")),
            Column(name="parent_id", type="INT"),
            Column(name="e", type="DATETIME", default="datetime('now')"),
        ),
        primary_key=PrimaryKey(name="pk", columns=("b", "a")),
        foreign_keys=(
            ForeignKey(
                name="fk_parent",
                columns=("parent_id",),
                referred_table="parent",
                referred_columns=("id",),
                on_delete="CASCADE",
            ),
        ),
        unique_keys=(UniqueKey(name="u", columns=("parent_id", "a")),),
        checks=(Check(text="length(b) < 9"), Check(name="ck", text="a > 0 AND b <> ')'")),
        indexes=(
            Index(
                name="ix_b",
                unique=True,
                parts=(IndexPart(expression="lower(b)", descending=True), IndexPart(column="a")),
                predicate="b IS NOT NULL",
            ),
        ),
        options=(("rowid", "without"),),
    )


def test_other_objects_are_read(connection: sa.Connection, run: Run) -> None:
    """Odd names, views that no longer compile, triggers and virtual tables are read as they were declared."""
    run(ZOO)
    found = read_schema(connection)
    odd = 'odd "na.me%'
    assert found.table(odd) == Table(
        name=odd,
        columns=(Column(name="sel ect", type="INT"), Column(name="order", type="INT")),
        foreign_keys=(ForeignKey(columns=("order",), referred_table=odd, referred_columns=("sel ect",)),),
    )
    assert found.views == (
        View(name="broken", definition="SELECT gone FROM nowhere", options=(("columns", "x"),)),
        View(name="v", definition="SELECT a, b FROM child"),
    )
    definition = "AFTER INSERT ON parent BEGIN DELETE FROM child; END"
    assert found.triggers == (Trigger(name="tr", table="parent", definition=definition),)
    words = found.table("words")
    assert words == Table(name="words", kind="virtual table", options=(("using", "fts5(word)"),))


def test_what_is_skipped_is_noted(connection: sa.Connection, run: Run) -> None:
    """Temporary objects and the inside of virtual tables are left out, with a note."""
    run(ZOO)
    shadow, temporary = "is the inside of a virtual table: skipped", "is temporary: skipped"
    parts = ("config", "content", "data", "docsize", "idx")
    assert read_schema(connection).notes == (
        *(Note(kind="table", name=f"words_{part}", reason=shadow) for part in parts),
        Note(kind="table", schema="temp", name="scratch", reason=temporary),
        Note(kind="view", schema="temp", name="scratch_view", reason=temporary),
    )


def test_attached_files_are_schemas(connection: sa.Connection, run: Run) -> None:
    """An attached file is a named schema; its keys refer to its own tables."""
    run("CREATE TABLE p (id INTEGER PRIMARY KEY)")
    run('ATTACH \':memory:\' AS "o\'ther ""x"')
    other = "o'ther \"x"
    run('CREATE TABLE "o\'ther ""x".p (x INTEGER PRIMARY KEY, y INT REFERENCES p)')
    found = read_schema(connection, schemas=["main", other, "missing"])
    assert found.schemas == (None, other)
    assert [(table.schema, table.name) for table in found.tables] == [(None, "p"), (other, "p")]
    assert found.tables[1].foreign_keys == (
        ForeignKey(columns=("y",), referred_schema=other, referred_table="p", referred_columns=("x",)),
    )
    assert found.notes == (Note(kind="schema", name="missing", reason="is not attached"),)
    assert read_schema(connection).tables == found.tables[:1]


def test_a_declaration_that_is_not_understood_is_noted(connection: sa.Connection, run: Run) -> None:
    """A table whose text and pragmas disagree is read without its constraints, and the note says why."""
    run("CREATE TABLE t (a INT, CHECK (a > 0)); CREATE INDEX i ON t (a)".replace("; ", ";\n"))
    run("PRAGMA writable_schema = ON")
    run("UPDATE sqlite_master SET sql = 'CREATE TABLE t (a INT, b INT, CHECK (a > 0))' WHERE name = 't'")
    found = read_schema(connection)
    assert found.tables == (
        Table(
            name="t",
            columns=(Column(name="a", type="INT"),),
            indexes=(Index(name="i", parts=(IndexPart(column="a"),)),),
        ),
    )
    reason = "its declaration is not understood, constraints are not read: it declares the columns a, b"
    assert found.notes == (Note(kind="table", name="t", reason=reason),)


def test_a_virtual_table_without_its_module_is_read(connection: sa.Connection, run: Run) -> None:
    """A virtual table of a module that is not loaded here does not keep the others from being read."""
    run("CREATE TABLE t (a INT)")
    run("PRAGMA writable_schema = ON")
    row = "'table', 'gone', 'gone', 0, 'CREATE VIRTUAL TABLE gone USING nothing(a, b)'"
    run(f"INSERT INTO sqlite_master VALUES ({row})")
    found = read_schema(connection)
    assert found.table("gone") == Table(name="gone", kind="virtual table", options=(("using", "nothing(a, b)"),))
    assert found.table("t") == Table(name="t", columns=(Column(name="a", type="INT"),))


def test_altered_tables_are_read(connection: sa.Connection, run: Run) -> None:
    """The text that SQLite rewrites on ALTER TABLE is read as well."""
    run(
        """
        CREATE TABLE t (a INT, b INT CHECK (b > a));
        ALTER TABLE t ADD COLUMN c TEXT DEFAULT 'x' CHECK (c <> '');
        ALTER TABLE t RENAME COLUMN b TO "new name";
        ALTER TABLE t RENAME TO "u""v"
        """
    )
    assert read_schema(connection).tables == (
        Table(
            name='u"v',
            columns=(
                Column(name="a", type="INT"),
                Column(name="new name", type="INT"),
                Column(name="c", type="TEXT", default="'x'"),
            ),
            checks=(Check(text='"new name" > a'), Check(text="c <> ''")),
        ),
    )
