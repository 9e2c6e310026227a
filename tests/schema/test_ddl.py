"""Schemas as statements: an exact copy, nothing left of one, and from any one to any other."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from flask_migrate.schema import Schema, diff, read_schema
from flask_migrate.schema.ddl import Script, write
from flask_migrate.schema.ddl.order import Unit, ordered
from flask_migrate.schema.ddl.steps import Step, safe_widening
from tests.drift.changes import base, changes
from tests.schema.nasty import nasty


def run(engine: sa.Engine, statements: list[str]) -> None:
    """Run statements in one transaction, where the engine has them."""
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
        connection.commit()


def read(engine: sa.Engine) -> Schema:
    """What a database holds."""
    with engine.connect() as connection:
        return read_schema(connection)


def describe(before: Schema, after: Schema) -> list[str]:
    """What differs, in words."""
    return [change.describe() for change in diff(before, after)]


def texts(script: Script) -> list[str]:
    """The statements of a script."""
    return [step.sql for step in script.steps]


@pytest.fixture
def other(make_url: Callable[[], str]) -> sa.Engine:
    """An engine on one more empty database."""
    return sa.create_engine(make_url(), poolclass=sa.NullPool)


@pytest.mark.parametrize("source", [nasty, base])
def test_an_exact_copy(
    engine: sa.Engine, other: sa.Engine, engine_name: str, source: Callable[[str], list[str]]
) -> None:
    """On an empty database the statements make the same schema; the way back leaves nothing."""
    run(engine, source(engine_name))
    original, empty = read(engine), read(other)
    there, back = write(empty, original), write(original, empty)
    assert (there.impossible, back.impossible) == ((), ())
    run(other, texts(there))
    assert describe(original, read(other)) == []
    run(other, texts(back))
    assert describe(empty, read(other)) == []
    assert not there.losses
    assert len(back.losses) >= len(original.tables)


def test_every_change_there_and_back(engine: sa.Engine, engine_name: str) -> None:
    """Each kind of change is taken back and made again; what is left is the order of columns alone."""
    run(engine, base(engine_name))
    before = read(engine)
    run(engine, [statement for statements in changes(engine_name) for statement in statements])
    after = read(engine)
    back = write(after, before)
    run(engine, texts(back))
    now = read(engine)
    left = [one for one in diff(before, now) if one.object != "column order" or not back.impossible]
    run(engine, texts(write(now, after)))
    left += [one for one in diff(after, read(engine)) if one.object != "column order"]
    assert left == []


SIBLINGS = {
    "sqlite": ["DROP VIEW a_view_first", "DROP TABLE words", "DROP INDEX ix_title", "DROP TRIGGER film_touch"],
    "postgresql": [
        "ALTER TYPE mpaa_rating ADD VALUE 'X' BEFORE 'PG'",
        "ALTER TABLE language RENAME CONSTRAINT language_pkey TO pk2",
        "ALTER DOMAIN year DROP CONSTRAINT year_check",
        "ALTER TABLE payment DETACH PARTITION payment_rest",
        "ALTER TABLE a_child NO INHERIT language",
        "ALTER FUNCTION films_of(language) ROWS 20",
        "ALTER FUNCTION touched() SECURITY DEFINER",
        "ALTER TABLE film ENABLE ALWAYS TRIGGER asleep",
        "ALTER TABLE film ALTER CONSTRAINT fk_lang DEFERRABLE",
        "ALTER TABLE film FORCE ROW LEVEL SECURITY",
        "ALTER TABLE film ALTER description SET STORAGE MAIN",
        "ALTER TABLE film ALTER film_id DROP IDENTITY",
        "ALTER SEQUENCE actor_actor_id_seq OWNED BY NONE",
        "COMMENT ON TRIGGER film_touched ON film IS 'x'",
        "COMMENT ON CONSTRAINT film_len ON film IS NULL",
    ],
    "mariadb": [
        "ALTER TABLE film ALTER INDEX ix_ignored NOT IGNORED",
        "ALTER TABLE film ROW_FORMAT=COMPACT",
        "ALTER TABLE versioned DROP SYSTEM VERSIONING",
        "ALTER TABLE listed ADD PARTITION (PARTITION r VALUES IN (9))",
        "ALTER TABLE hashed REMOVE PARTITIONING",
        "ALTER TABLE film MODIFY amount INT CHECK (amount > 2)",
        "ALTER TABLE film MODIFY hidden_ INT DEFAULT 3",
        "ALTER PROCEDURE report SQL SECURITY DEFINER COMMENT 'new'",
        "ALTER SEQUENCE numbers CACHE 5",
        "ALTER TABLE memory_one DROP INDEX ix, ADD INDEX ix (b) USING BTREE",
        "DROP TRIGGER a_second",
        "DROP VIEW checked",
    ],
}


def test_what_else_is_taken_back(engine: sa.Engine, engine_name: str) -> None:
    """Siblings of those changes, made to a schema that has everything."""
    run(engine, nasty(engine_name))
    before = read(engine)
    run(engine, SIBLINGS[engine_name])
    after = read(engine)
    assert len(diff(before, after)) >= len(SIBLINGS[engine_name])
    run(engine, texts(write(after, before)))
    assert describe(before, read(engine)) == []


def test_rows_survive(engine: sa.Engine, engine_name: str) -> None:
    """A table whose columns change keeps its rows, and so do those that refer to it."""
    integer = "INTEGER PRIMARY KEY"
    before = [
        f"CREATE TABLE parent (id {integer}, a INTEGER, b VARCHAR(10))",
        f"CREATE TABLE child (id {integer}, p INTEGER, CONSTRAINT fk FOREIGN KEY (p) REFERENCES parent (id)"
        " ON DELETE CASCADE)",
        "CREATE VIEW seen AS SELECT id, b FROM parent",
        "INSERT INTO parent VALUES (1, 2, 'x')",
        "INSERT INTO child VALUES (1, 1)",
    ]
    run(engine, before)
    original = read(engine)
    table = original.table("parent")
    assert table is not None
    columns = [column.to_dict() for column in table.columns]
    columns[1]["nullable"] = False
    columns[2]["type"] = columns[2]["type"].replace("10", "20")
    data = original.to_dict()
    for one in data["tables"]:
        if one["name"] == "parent":
            one["columns"] = columns
    script = write(original, Schema.from_dict(data))
    assert not script.losses
    with engine.connect() as connection:
        if engine_name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        for text in texts(script):
            connection.exec_driver_sql(text)
        connection.commit()
        assert connection.exec_driver_sql("SELECT id, a, b FROM parent").fetchall() == [(1, 2, "x")]
        assert connection.exec_driver_sql("SELECT id, p FROM child").fetchall() == [(1, 1)]
        assert connection.exec_driver_sql("SELECT id, b FROM seen").fetchall() == [(1, "x")]


@pytest.mark.parametrize(
    ("before", "after", "fits"),
    [
        ("VARCHAR(50)", "varchar(80)", True),
        ("varchar(80)", "varchar(50)", False),
        ("smallint", "bigint", True),
        ("bigint(20)", "int(11)", False),
        ("numeric(10,2)", "numeric(12,2)", True),
        ("numeric(10,2)", "numeric(10,3)", False),
        ("character varying(9)", "text", True),
        ("text", "integer", False),
        ("timestamp without time zone", "timestamp with time zone", False),
        ("int(10) unsigned", "int(10) unsigned", True),
        ("int(11)", "int(10) unsigned", False),
        ("enum('a','b')", "enum('a')", False),
    ],
)
def test_which_types_hold_all(before: str, after: str, fits: bool) -> None:
    """A type that holds every value of another one; what is not known may lose some."""
    assert safe_widening(before, after) is fits


def test_a_circle_is_broken_at_the_higher_rank() -> None:
    """A function that reads a table whose default calls it."""
    units = [
        Unit(6, "film", [Step("CREATE TABLE film (a INT DEFAULT f())", "")]),
        Unit(5, "f", [Step("CREATE FUNCTION f() AS 'SELECT 1 FROM \"Film\"'", "")]),
        Unit(20, "a view", [Step('SELECT * FROM "z view"', "")]),
        Unit(20, "z view", [Step("SELECT 1", "")]),
    ]
    assert [unit.name for unit in ordered(units)] == ["film", "f", "z view", "a view"]
