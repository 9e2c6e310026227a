"""SQLite's declarations are read as its grammar says, however they are written."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flask_migrate.schema.model import Check, Computed, ForeignKey, PrimaryKey, UniqueKey
from flask_migrate.schema.read.sqlite_sql import (
    DeclaredIndex,
    parse_index,
    parse_table,
    parse_trigger,
    parse_view,
    parse_virtual_table,
)
from flask_migrate.schema.read.sqlite_tokens import NotUnderstood, squeeze


def declare(sql: str, setup: str = "") -> str:
    """The text that SQLite keeps of a statement, which it takes."""
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(setup)
        connection.execute(sql)
        return str(
            connection.execute(
                "SELECT sql FROM sqlite_master WHERE name NOT LIKE 'sqlite%' ORDER BY rowid DESC"
            ).fetchone()[0]
        )


def column(definition: str) -> str:
    """A table with one more column after ``a``."""
    return declare(f"CREATE TABLE t (a INT, {definition})")


def test_unnamed_column_constraints() -> None:
    """Constraints that stand with a column become constraints over that column."""
    found = parse_table(
        column(
            "b VARCHAR(10, 2) COLLATE nocase NOT NULL ON CONFLICT REPLACE DEFAULT (1 + (2)) UNIQUE ON CONFLICT "
            "IGNORE CHECK (b <> ')') REFERENCES p ON UPDATE SET NULL ON DELETE NO ACTION MATCH full"
        )
    )
    assert found.columns == ["a", "b"]
    assert found.collations == {"b": "nocase"}
    assert found.conflicts == {"b": "REPLACE"}
    assert found.unique_keys == [UniqueKey(columns=("b",), options=(("on conflict", "IGNORE"),))]
    assert found.checks == [Check(text="b <> ')'")]
    assert found.foreign_keys == [
        ForeignKey(columns=("b",), referred_table="p", referred_columns=(), on_update="SET NULL", match="FULL")
    ]


def test_named_column_constraints() -> None:
    """A name belongs to the one constraint that follows it."""
    found = parse_table(
        column(
            'b INT CONSTRAINT "n n" NOT NULL CONSTRAINT "c""k" CHECK (b>0) UNIQUE CONSTRAINT [f k] REFERENCES "p" '
            "(`x y`) CONSTRAINT d DEFAULT -1 CONSTRAINT dangling"
        )
    )
    assert found.checks == [Check(name='c"k', text="b>0")]
    assert found.unique_keys == [UniqueKey(columns=("b",))]
    assert found.foreign_keys == [ForeignKey(name="f k", columns=("b",), referred_table="p", referred_columns=("x y",))]


@pytest.mark.parametrize(
    ("clause", "deferrable", "deferred"),
    [
        ("REFERENCES p (x) DEFERRABLE", True, False),
        ("REFERENCES p (x) DEFERRABLE INITIALLY DEFERRED", True, True),
        ("REFERENCES p (x) DEFERRABLE INITIALLY IMMEDIATE", True, False),
        ("REFERENCES p (x) NOT DEFERRABLE INITIALLY DEFERRED", False, False),
        ("REFERENCES p (x) NOT NULL DEFERRABLE INITIALLY DEFERRED", True, True),
        ("REFERENCES p (x) NOT NULL NOT DEFERRABLE", False, False),
        ("DEFERRABLE REFERENCES p (x) ", False, False),
    ],
)
def test_deferral(clause: str, deferrable: bool, deferred: bool) -> None:
    """The clause about deferral may stand with its key or further on."""
    (key,) = parse_table(column(f"b INT {clause}")).foreign_keys
    assert (key.deferrable, key.initially_deferred) == (deferrable, deferred)


def test_table_constraints() -> None:
    """Table constraints are read with names, orders and conflict clauses, with and without commas between them."""
    found = parse_table(
        declare(
            "CREATE TABLE t (a, b, 'c' TEXT, CONSTRAINT pk PRIMARY KEY (b COLLATE nocase DESC, a) ON CONFLICT FAIL\n"
            "CONSTRAINT u UNIQUE (a ASC, [c] DESC) CHECK (a in (1, 2)), UNIQUE (c), CONSTRAINT f FOREIGN KEY (a, b)"
            " REFERENCES p (x, y) ON DELETE SET DEFAULT ON UPDATE RESTRICT DEFERRABLE INITIALLY DEFERRED)"
        )
    )
    assert found.primary_key == PrimaryKey(
        name="pk", columns=("b", "a"), options=(("descending", "b"), ("on conflict", "FAIL"))
    )
    assert found.unique_keys == [
        UniqueKey(name="u", columns=("a", "c"), options=(("descending", "c"),)),
        UniqueKey(columns=("c",)),
    ]
    assert found.checks == [Check(text="a in (1, 2)")]
    assert found.foreign_keys == [
        ForeignKey(
            name="f",
            columns=("a", "b"),
            referred_table="p",
            referred_columns=("x", "y"),
            on_delete="SET DEFAULT",
            on_update="RESTRICT",
            deferrable=True,
            initially_deferred=True,
        )
    ]


@pytest.mark.parametrize(
    ("definition", "computed"),
    [
        ("b INT GENERATED ALWAYS AS (a + 1) STORED", Computed(expression="a + 1", stored=True)),
        ("b GENERATED ALWAYS AS (a, 1) VIRTUAL".replace("a, 1", "max(a, 1)"), Computed(expression="max(a, 1)")),
        ("b AS (')')", Computed(expression="')'")),
        ("b TEXT AS (a) NOT NULL", Computed(expression="a")),
        ("generated INT AS (a)", None),
        ("b generated INT", None),
    ],
)
def test_generated_columns(definition: str, computed: Computed | None) -> None:
    """The expression of a generated column is read; the word may also be a name or a type."""
    found = parse_table(column(definition))
    assert found.computed.get("b") == computed
    assert len(found.columns) == 2


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("", []),
        (" WITHOUT ROWID", [("rowid", "without")]),
        (" strict, without rowid", [("strict", "yes"), ("rowid", "without")]),
    ],
)
def test_table_options(options: str, found: list[tuple[str, str]]) -> None:
    """Tables without row ids and strict tables are told from others."""
    assert parse_table(declare(f"CREATE TABLE t (a INTEGER PRIMARY KEY){options}")).options == found


@pytest.mark.parametrize(
    "definition", ["a INTEGER PRIMARY KEY AUTOINCREMENT", "a INTEGER, PRIMARY KEY (a AUTOINCREMENT)"]
)
def test_autoincrement(definition: str) -> None:
    """The word is found at the column and in the key."""
    found = parse_table(declare(f"CREATE TABLE t ({definition})"))
    assert found.autoincrement
    assert found.primary_key == PrimaryKey(columns=("a",))


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ('"a""b"', 'a"b'),
        ("[a]", "a"),
        ("`a``b`", "a`b"),
        ("'it''s'", "it's"),
        ("ünïcode😀", "ünïcode😀"),
        ("$x".replace("$x", "x$1"), "x$1"),
        ('"check"', "check"),
        ('"a,b)"', "a,b)"),
        ("a\u00a0b", "a\u00a0b"),
        ("key", "key"),
    ],
)
def test_names(written: str, name: str) -> None:
    """A name is read in each of SQLite's spellings."""
    sql = declare(f"CREATE TABLE {written} ({written} INT, CONSTRAINT {written} CHECK ({written} > 0))")
    found = parse_table(sql)
    assert found.columns == [name]
    assert found.checks == [Check(name=name, text=f"{written} > 0")]


def test_blanks_and_comments() -> None:
    """Comments and line ends mean nothing, but inside of quotes they stay."""
    found = parse_table(
        declare("CREATE TABLE t -- here, (a\n(\n  a /* , b */ INT -- CHECK (x)\n, b TEXT CHECK (b\n\t<>  '--  x\n'))")
    )
    assert found.columns == ["a", "b"]
    assert found.checks == [Check(text="b <> '--  x\n'")]


def test_indexes() -> None:
    """The parts of an index are read without their order, and its predicate to the end."""
    table = "CREATE TABLE t (a, b);"
    found = parse_index(
        declare("CREATE UNIQUE INDEX i ON t (lower(a || ',') COLLATE nocase DESC, b) WHERE a IN (1, 2)", table)
    )
    expected = ("lower(a || ',') COLLATE nocase", "b")
    assert found == DeclaredIndex(expected, "a IN (1, 2)")
    assert parse_index(declare("CREATE INDEX i ON t (b ASC)", table)) == DeclaredIndex(("b",), None)


def test_views_triggers_and_virtual_tables() -> None:
    """What stands behind the name of other objects is kept on one line."""
    table = "CREATE TABLE t (a, b);"
    assert parse_view(declare("CREATE VIEW v (x,\n y) AS SELECT a,\n b FROM t", table)) == (
        ("x", "y"),
        "SELECT a, b FROM t",
    )
    trigger = "CREATE TRIGGER IF NOT EXISTS tr AFTER UPDATE OF a ON t BEGIN\n SELECT 1; END"
    assert parse_trigger(declare(trigger, table)) == "AFTER UPDATE OF a ON t BEGIN SELECT 1; END"
    virtual = 'CREATE VIRTUAL TABLE main."v t" USING rtree( id, x0,  x1 )'
    assert parse_virtual_table(virtual) == "rtree( id, x0, x1 )"


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT 1", "CREATE expected before 'SELECT'"),
        ("CREATE TABLE t (a INT", "the statement ends too early"),
        ("CREATE TABLE t (a INT CHECK 5)", "( expected before '5'"),
        ("CREATE TABLE t (a INT NOT 5)", "NULL expected before '5'"),
        ("CREATE TABLE t (a INT UNIQUE 5)", "column 'a': '' is no constraint"),
        ("CREATE TABLE t (a INT, UNIQUE (a) 5)", "'5' is no table constraint"),
        ("CREATE TABLE t (5 INT)", "'5' is no name"),
        ("CREATE TABLE t (a INT) ROWS", "'ROWS' is no table option"),
    ],
)
def test_what_is_not_understood(sql: str, message: str) -> None:
    """Other text is refused with a reason; it is never read half."""
    with pytest.raises(NotUnderstood) as caught:
        parse_table(sql)
    assert str(caught.value) == message


NAMES = st.sampled_from(["a", '"b c"', "[d]", "`e`", '"check"', "ü", '"f""g"'])
TYPES = st.sampled_from(["", "INT", "VARCHAR(10)", "DECIMAL (10, 2)", '"odd type"', "LONG INT"])
CONSTRAINTS = st.sampled_from(
    [
        *("NOT NULL", "NULL", "UNIQUE", "DEFAULT -1", "DEFAULT (1 + (2))", "DEFAULT 'a, b)'", "DEFAULT CURRENT_DATE"),
        *("CHECK (1 < 2)", "CHECK (')' <> '(')", "COLLATE nocase", "CONSTRAINT n CHECK (1)", "/* , */ NOT NULL"),
        *("REFERENCES p", "REFERENCES p (x) ON DELETE CASCADE", "REFERENCES [p] (x) DEFERRABLE INITIALLY DEFERRED"),
    ]
)
COLUMN = st.tuples(NAMES, TYPES, st.lists(CONSTRAINTS, max_size=4))
COLUMNS = st.lists(COLUMN, min_size=1, unique_by=lambda column: column[0])


@settings(max_examples=300, deadline=None)
@given(
    COLUMNS, st.sampled_from(["", ", UNIQUE ({0})", ", CONSTRAINT c FOREIGN KEY ({0}) REFERENCES p (y) UNIQUE ({0})"])
)
def test_declarations_agree_with_pragmas(columns: list[tuple[str, str, list[str]]], constraint: str) -> None:
    """Whatever SQLite takes as a table is read with the columns, keys and unique constraints that it sees itself."""
    definitions = ", ".join(" ".join((name, type_, *constraints)) for name, type_, constraints in columns)
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"CREATE TABLE t ({definitions}{constraint.format(columns[-1][0])})")
        (sql,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 't'").fetchone()
        names = [row[1] for row in connection.execute("PRAGMA table_xinfo(t)")]
        keys = [(row[2], row[3], row[4], row[6]) for row in connection.execute("PRAGMA foreign_key_list(t)")]
        indexes = [row[1] for row in connection.execute("PRAGMA index_list(t)")]
        unique = {connection.execute(f"PRAGMA index_info({name})").fetchone()[2] for name in indexes}
    found = parse_table(sql)
    assert found.columns == names
    assert {key.columns[0] for key in found.unique_keys} == unique
    seen = [
        (key.referred_table, key.columns[0], (*key.referred_columns, None)[0], key.on_delete or "NO ACTION")
        for key in found.foreign_keys
    ]
    assert sorted(map(repr, seen)) == sorted(map(repr, keys))


def test_squeezed_text_means_the_same() -> None:
    """A text on one line has the same tokens; an unclosed quote or comment does no harm."""
    assert squeeze("a  --x\n || /* y */'b  c'\n") == "a || 'b  c'"
    assert squeeze("'open") == "'open"
    assert squeeze("a /* open") == "a"
