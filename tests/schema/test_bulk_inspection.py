"""The bulk inspector returns what SQLAlchemy's own returns, with few statements."""

from __future__ import annotations

import contextlib
import itertools
import typing as t
import warnings

import pytest
import sqlalchemy as sa

from flask_migrate.autogenerate.inspection import bulk_inspector
from flask_migrate.autogenerate.inspection.inspector import SUBJECTS

from . import test_read_mariadb, test_read_postgresql, test_read_sqlite
from .conftest import Run
from .test_read import EMOJI, NAMES, make_tables, quoted

ZOOS = {
    "sqlite": test_read_sqlite.ZOO
    + """
    CREATE TABLE "Mixed Zoo" ("A b" INTEGER PRIMARY KEY, B VARCHAR(10) UNIQUE, c REFERENCES "Mixed Zoo",
      CONSTRAINT fk FOREIGN KEY (B) REFERENCES PARENT (CODE) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
      CONSTRAINT ck CHECK (B <> 'x'), CONSTRAINT "u q" UNIQUE (c, B));
    CREATE INDEX "ix odd" ON "Mixed Zoo" (B) WHERE c > 0 AND B <> ') where';
    CREATE UNIQUE INDEX ix_u ON "Mixed Zoo" (c);
    CREATE TABLE strict_one (a INTEGER PRIMARY KEY, b ANY) STRICT, WITHOUT ROWID;
    CREATE TABLE lost (a REFERENCES missing, b REFERENCES missing (x));
    CREATE TABLE untyped (a, b DECIMAL(10, 2), c "odd type"(3), d BOOLEAN DEFAULT 1);
    CREATE TABLE parent_copy AS SELECT * FROM parent;
    CREATE TEMP TABLE untyped (x INTEGER PRIMARY KEY, y INT CHECK (y > 0));
    """,
    "postgresql": test_read_postgresql.ZOO
    + """
    CREATE TABLE "Mixed Zoo" ("A b" serial PRIMARY KEY, "it's" bigserial, c int UNIQUE);
    CREATE TABLE app.numbered (id serial PRIMARY KEY, m app.mood, p int REFERENCES parent, CHECK (p > 0));
    CREATE TABLE app.parent (id int PRIMARY KEY, other int REFERENCES app.parent);
    CREATE INDEX ix_p ON app.parent (other DESC) WHERE other > 1;
    CREATE SCHEMA "Odd %s";
    CREATE TABLE "Odd %s".numbered ("it's ""q"" x" serial PRIMARY KEY, n int DEFAULT nextval('lone'), UNIQUE (n));
    COMMENT ON TABLE "Odd %s".numbered IS 'odd';
    CREATE SCHEMA bare;
    CREATE TEMP TABLE "Mixed Zoo" (x int);
    """,
    "mysql": test_read_mariadb.ZOO
    + """
    CREATE TABLE `Mixed Zoo` (`A b` INT PRIMARY KEY, `it's` VARCHAR(3) COMMENT 'a\nb', s SET('a', 'b'));
    CREATE TABLE isam (a INT, KEY (a) USING BTREE) ENGINE=MyISAM CHARSET=latin1 COMMENT 'x';
    CREATE TABLE aria (a TEXT, FULLTEXT (a)) ENGINE=Aria;
    CREATE TEMPORARY TABLE isam (x INT);
    """,
}


def outcome(function: t.Callable[..., t.Any], *arguments: t.Any, **options: t.Any) -> t.Any:
    """What a call returns, or how it fails, and the warnings that it gives; types as their text."""
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        try:
            found = shown(function(*arguments, **options))
        except Exception as error:  # whatever stock raises has to be raised
            found = (type(error), str(error).partition("\n")[0])
    return found, sorted(str(warning.message) for warning in given)


def shown(value: t.Any) -> t.Any:
    """A value that can be compared: SQLAlchemy's types and expressions are as good as their text."""
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [shown(item) for item in value]
    if isinstance(value, sa.types.TypeEngine):
        return (type(value), repr(value), getattr(value, "schema", None), getattr(value, "name", None))
    return str(value) if isinstance(value, sa.ClauseElement) else value


@pytest.fixture
def zoo(connection: sa.Connection, run: Run) -> sa.Connection:
    """A database with something of everything, and tables with odd names."""
    run(ZOOS[connection.dialect.name])
    names = NAMES if connection.dialect.name == "mysql" else (*NAMES, EMOJI)
    for name in names:
        table = quoted(name, connection)
        sql = f"CREATE TABLE {table} ({table} INTEGER PRIMARY KEY, x INTEGER UNIQUE, CHECK (x > 0))"
        connection.exec_driver_sql(sql, execution_options={"no_parameters": True})
    connection.commit()
    return connection


def schemas_of(connection: sa.Connection) -> list[str | None]:
    """The default schema, and the named ones."""
    names = sa.inspect(connection).get_schema_names()
    if connection.dialect.name == "mysql":
        return [None, connection.engine.url.database]
    return [None, *(name for name in names if name != "information_schema")]


def test_each_table_is_equal(zoo: sa.Connection) -> None:
    """For every table, view and missing name, each answer, error and warning is stock's own."""
    drop_backquoted(zoo)
    schemas = schemas_of(zoo)
    stock, bulk = sa.inspect(zoo), bulk_inspector(zoo, schemas)
    seen = 0
    for schema in schemas:
        names = [*stock.get_table_names(schema), *stock.get_view_names(schema), "missing", "PARENT"]
        assert bulk.get_table_names(schema) == stock.get_table_names(schema)
        for subject in SUBJECTS:
            for name in names:
                ask = outcome(getattr(bulk, f"get_{subject}"), name, schema)
                assert ask == outcome(getattr(stock, f"get_{subject}"), name, schema), (subject, schema, name)
                seen += 1
    assert seen > 250


def test_many_tables_are_equal(zoo: sa.Connection) -> None:
    """Asked for all tables of a schema, or for some, each answer is stock's own."""
    drop_backquoted(zoo)
    schemas = schemas_of(zoo)
    inspectors = {subject: (bulk_inspector(zoo, schemas), sa.inspect(zoo)) for subject in SUBJECTS}
    for subject, schema in itertools.product(SUBJECTS, schemas):
        bulk, stock = inspectors[subject]
        for names in (None, ["parent", "100%s %(x)s %%", "missing"]):
            for kind in (sa.engine.ObjectKind.TABLE, sa.engine.ObjectKind.ANY):
                options = {"schema": schema, "filter_names": names, "kind": kind}
                ask = outcome(getattr(bulk, f"get_multi_{subject}"), **options)
                expected = outcome(getattr(stock, f"get_multi_{subject}"), **options)
                assert ask == expected, (subject, schema, names, kind)


def test_answers_can_be_edited(zoo: sa.Connection) -> None:
    """Who edits an answer, as Alembic does, does not edit the next one's."""
    bulk = bulk_inspector(zoo)
    first = bulk.get_multi_columns(filter_names=["parent"])
    first[None, "parent"][0]["comment"] = "edited"
    fresh = bulk.get_multi_columns(filter_names=["parent"])
    if zoo.dialect.name == "postgresql":
        assert fresh[None, "parent"][0]["comment"] is None
    assert shown(bulk_inspector(zoo).get_columns("parent")) == shown(sa.inspect(zoo).get_columns("parent"))


def test_a_cleared_cache_is_read_again(connection: sa.Connection) -> None:
    """After a change the inspector answers as before until its cache is cleared, as any inspector does."""
    make_tables(connection, 10)
    bulk = bulk_inspector(connection)
    names = [f"t{number}" for number in range(10)]
    before = [len(bulk.get_columns(name)) for name in names]
    connection.exec_driver_sql("ALTER TABLE t9 ADD COLUMN d INTEGER")
    connection.commit()
    assert [len(bulk.get_columns(name)) for name in names] == before == [4] * 10
    bulk.clear_cache()
    assert [len(bulk.get_columns(name)) for name in names] == [*before[:-1], 5]


def test_reflected_tables_are_equal(zoo: sa.Connection) -> None:
    """A whole reflection through the bulk inspector's answers gives the same tables."""
    drop_backquoted(zoo)
    stock, bulk = sa.inspect(zoo), bulk_inspector(zoo)
    for name in stock.get_table_names():
        assert outcome(declarations, bulk, name) == outcome(declarations, stock, name)


@pytest.mark.engines("mariadb")
def test_backquotes_in_names(zoo: sa.Connection) -> None:
    """Stock gives names with backquotes as MariaDB quotes them; here they are as they are."""
    (key, *_) = bulk_inspector(zoo).get_multi_columns(filter_names=["back`tick"]).values()
    assert key[0]["name"] == "back`tick"


def drop_backquoted(zoo: sa.Connection) -> None:
    """Drop the table whose name stock gets wrong."""
    if zoo.dialect.name == "mysql":
        zoo.exec_driver_sql("DROP TABLE `back``tick`")


def declarations(inspector: sa.Inspector, name: str) -> list[str]:
    """A reflected table as the statements that would make it."""
    table = sa.Table(name, sa.MetaData())
    inspector.reflect_table(table, include_columns=None)
    elements = [sa.schema.CreateTable(table), *(sa.schema.CreateIndex(index) for index in table.indexes)]
    return sorted(str(element.compile(dialect=inspector.dialect)) for element in elements)


def ask_everything(inspector: sa.Inspector, schemas: t.Sequence[str | None]) -> int:
    """Ask an inspector as Alembic does, and count the answers."""
    count = 0
    for schema in schemas:
        names = inspector.get_table_names(schema)
        for subject in SUBJECTS:
            with contextlib.suppress(NotImplementedError):
                count += len(getattr(inspector, f"get_multi_{subject}")(schema=schema, filter_names=names))
                for name in names:
                    getattr(inspector, f"get_{subject}")(name, schema=schema)
    return count


def test_statements_do_not_grow(connection: sa.Connection, statements: list[str]) -> None:
    """As many statements are sent for forty tables as for ten."""
    counts = []
    make_tables(connection, 10)
    for prefix, more in (("u", 0), ("v", 30)):
        make_tables(connection, more, prefix)
        expected = ask_everything(sa.inspect(connection), [None])
        statements.clear()
        assert ask_everything(bulk_inspector(connection), [None]) == expected
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert counts[0] <= 20


@pytest.mark.engines("postgresql")
def test_statements_do_not_grow_with_schemas(connection: sa.Connection, run: Run, statements: list[str]) -> None:
    """As many statements are sent for six named schemas as for two."""
    counts = []
    schemas: list[str | None] = [None]
    make_tables(connection, 3)
    for number in range(6):
        run(f"CREATE SCHEMA s{number};\nSET search_path = s{number}")
        make_tables(connection, 3)
        run("SET search_path = public")
        schemas.append(f"s{number}")
        if number in (1, 5):
            expected = ask_everything(sa.inspect(connection), schemas)
            statements.clear()
            assert ask_everything(bulk_inspector(connection, schemas), schemas) == expected
            counts.append(len(statements))
    assert counts[0] == counts[1]
    assert counts[0] <= 30


@pytest.mark.engines("mariadb")
@pytest.mark.parametrize("mode", ["ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "ORACLE"])
def test_other_sql_modes(engine: sa.Engine, run: Run, mode: str) -> None:
    """In sessions with another SQL mode the answers are stock's, also where the block is not understood."""
    run(ZOOS["mysql"])

    @sa.event.listens_for(engine, "connect")
    def set_mode(driver_connection: t.Any, record: t.Any) -> None:
        with driver_connection.cursor() as cursor:
            cursor.execute(f"SET sql_mode = '{mode}'")

    other = sa.create_engine(engine.url, poolclass=sa.NullPool, creator=engine.raw_connection)
    with other.connect() as connection:
        assert mode in str(connection.exec_driver_sql("SELECT @@sql_mode").scalar())
        stock, bulk = sa.inspect(connection), bulk_inspector(connection)
        for name in stock.get_table_names():
            for subject in SUBJECTS:
                ask = outcome(getattr(bulk, f"get_{subject}"), name)
                assert ask == outcome(getattr(stock, f"get_{subject}"), name)
    other.dispose()


@pytest.mark.engines("mariadb")
def test_a_table_that_can_not_be_opened(connection: sa.Connection, run: Run) -> None:
    """A table that the server can't open fails as in stock, and the others are read all the same."""
    make_tables(connection, 10)
    run("CREATE TABLE whole (a INT) ENGINE=MyISAM;\nCREATE TABLE merged (a INT) ENGINE=MERGE UNION=(whole)")
    run("DROP TABLE whole;\nFLUSH TABLES")
    stock, bulk = sa.inspect(connection), bulk_inspector(connection)
    for name in stock.get_table_names():
        assert outcome(bulk.get_columns, name) == outcome(stock.get_columns, name)


def test_the_connection_goes_on(connection: sa.Connection) -> None:
    """The inspector's connection is the caller's: it sees an open transaction and leaves it open."""
    make_tables(connection, 1)
    connection.exec_driver_sql("INSERT INTO t0 (id) VALUES (7)")
    inspector = bulk_inspector(connection)
    inspector.get_columns("t0")
    bound = inspector.bind
    assert isinstance(bound, sa.Connection)
    assert bound.exec_driver_sql("SELECT id FROM t0").scalar() == 7
    assert bound.execute(sa.text("SELECT id FROM t0")).scalar() == 7
    connection.rollback()
    assert not bound.in_transaction()
    assert bound.exec_driver_sql("SELECT count(*) FROM t0").scalar() == 0
