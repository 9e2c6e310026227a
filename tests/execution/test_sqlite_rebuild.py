"""On SQLite a table is changed by making it anew; what a revision does not mean to change stays."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.execution.histories import History
from tests.execution.rebuilding import DROP, RENAME, TIGHTEN, parts, rebuilt

pytestmark = pytest.mark.engines("sqlite")

SQLALCHEMY = tuple(int(number) for number in sa.__version__.split(".")[:3])


@pytest.mark.parametrize(
    "declaration",
    [
        "CHECK (w>0)",
        "CHECK (w > 0 AND n <> ')')",
        "CONSTRAINT positive CHECK (w>0)",
        "CONSTRAINT a CHECK (w>0), CONSTRAINT b CHECK (n<>'x'), CHECK (w<9)",
        "UNIQUE (n, w)",
        'CONSTRAINT "u q" UNIQUE (n)',
        "UNIQUE (n) ON CONFLICT IGNORE",
        "FOREIGN KEY(w) REFERENCES p (id) ON DELETE CASCADE",
        "FOREIGN KEY(w) REFERENCES p (id) ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED",
        "CONSTRAINT k FOREIGN KEY(w) REFERENCES t (id) ON DELETE RESTRICT",
    ],
)
def test_constraints(history: History, declaration: str) -> None:
    """Every constraint is in the new table as it was in the old one, also when all of it stands on one line."""
    columns = "id INTEGER PRIMARY KEY, w INTEGER, n TEXT"
    setup = f"CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t ({columns}, {declaration})"
    after = rebuilt(history, setup)["t"]
    assert "w INTEGER NOT NULL" in after
    for part in declaration.split(", C"):
        assert part.removeprefix("ONSTRAINT").removeprefix("HECK") in after


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("w INT, n TEXT COLLATE nocase", 'n TEXT COLLATE "nocase"'),
        (
            "w INT, n VARCHAR(20) COLLATE NOCASE NOT NULL DEFAULT 'x'",
            "n VARCHAR(20) COLLATE \"NOCASE\" DEFAULT 'x' NOT NULL",
        ),
        ("w INT, n JSONB", "n JSONB"),
        ("w INT, n DECIMAL(10,2)", "n DECIMAL(10,2)"),
        ("w INT, n TEXT NOT NULL ON CONFLICT REPLACE DEFAULT 'x'", "n TEXT DEFAULT 'x' NOT NULL ON CONFLICT REPLACE"),
        ("w INT, n INT AS (w * 2)", "n INT GENERATED ALWAYS AS (w * 2) VIRTUAL"),
        ("w INT, n INT GENERATED ALWAYS AS (w*2) STORED, m AS (n+1)", "n INT GENERATED ALWAYS AS (w*2) STORED"),
        ("w INT, n DATETIME DEFAULT CURRENT_TIMESTAMP", "n DATETIME DEFAULT (CURRENT_TIMESTAMP)"),
        ("w INT, n REFERENCES p ON DELETE CASCADE", "FOREIGN KEY(n) REFERENCES p (id) ON DELETE CASCADE"),
        ("w INT, n INT CHECK (n > 0)", "CHECK (n > 0)"),
    ],
)
def test_columns(history: History, column: str, expected: str) -> None:
    """A column that is not changed keeps its type as it is spelled, its collation, default and expression."""
    setup = f"CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (id INTEGER PRIMARY KEY, {column});"
    assert expected in rebuilt(history, f"{setup} INSERT INTO t (w) VALUES (3)")["t"]


def test_generated_columns_keep_their_values(history: History) -> None:
    """Nothing is inserted into a generated column, and it says the same afterwards."""
    rebuilt(
        history, "CREATE TABLE t (id INTEGER PRIMARY KEY, w INT, g INT AS (w * 2) STORED); INSERT INTO t (w) VALUES (3)"
    )
    assert history.sql("SELECT id, w, g FROM t") == [(1, 3, 6)]


def test_autoincrement(history: History) -> None:
    """A key that was given once is not given again, also when its row was deleted."""
    setup = (
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, w INT); INSERT INTO t (w) VALUES (1), (2);"
        "DELETE FROM t WHERE id = 2"
    )
    assert "AUTOINCREMENT" in rebuilt(history, setup)["t"]
    history.sql("INSERT INTO t (w) VALUES (3)")
    assert history.sql("SELECT id FROM t ORDER BY id") == [(1,), (3,)]


def test_autoincrement_of_an_empty_table(history: History) -> None:
    """The same when there is no row at all."""
    rebuilt(
        history,
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, w INT); INSERT INTO t (w) VALUES (1); DELETE FROM t",
    )
    history.sql("INSERT INTO t (w) VALUES (3)")
    assert history.sql("SELECT id FROM t") == [(2,)]


NEEDS_STRICT = pytest.mark.skipif(SQLALCHEMY < (2, 0, 37), reason="this SQLAlchemy can't make STRICT tables: exit 5")
NEEDS_CHECKS = pytest.mark.skipif(SQLALCHEMY < (2, 0, 37), reason="this SQLAlchemy reads no CHECK beside other words")


@pytest.mark.parametrize("option", ["WITHOUT ROWID", pytest.param("STRICT", marks=NEEDS_STRICT)])
def test_table_options(history: History, option: str) -> None:
    """What stands behind the columns stays there."""
    setup = f"CREATE TABLE t (a TEXT, w INTEGER, PRIMARY KEY (a, w)) {option}; INSERT INTO t VALUES ('x', 1)"
    assert rebuilt(history, setup)["t"].endswith(f") {option}")


@pytest.mark.parametrize(
    "index",
    [
        "CREATE INDEX ix ON t (w DESC)",
        "CREATE INDEX ix ON t (n COLLATE rtrim, w)",
        "CREATE INDEX ix ON t (lower(n), w)",
        "CREATE UNIQUE INDEX ix ON t (w) WHERE w > 0 AND n IS NOT NULL",
        "CREATE INDEX \"i x%s\" ON t (abs(w) DESC) WHERE n <> '('",
    ],
)
def test_indexes(history: History, index: str) -> None:
    """An index keeps its order, collations, expressions and condition."""
    after = rebuilt(
        history, f"CREATE TABLE t (id INTEGER PRIMARY KEY, w INT, n TEXT); INSERT INTO t VALUES (1, 2, 'a'); {index}"
    )
    assert index in after.values()


def test_plain_index(history: History) -> None:
    """An index that Alembic makes anew is left as it made it."""
    after = rebuilt(history, 'CREATE TABLE t (id INTEGER PRIMARY KEY, w INT); create index "ix" on "t" ("w" ASC)')
    assert after["ix"] == "CREATE INDEX ix ON t (w)"


def test_index_that_the_script_drops(history: History) -> None:
    """An index that the batch drops is gone, and one that it makes anew is as it says."""
    up = """
    with op.batch_alter_table("t") as batch_op:
        batch_op.drop_index("a")
        batch_op.drop_index("b")
        batch_op.create_index("b", ["w", "n"])
        batch_op.alter_column("w", existing_type=sa.Integer(), nullable=False)
    """
    setup = (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, w INT, n TEXT); CREATE INDEX a ON t (w DESC);"
        "CREATE INDEX b ON t (w DESC)"
    )
    after = rebuilt(history, setup, up)
    assert set(after) == {"t", "b"}
    assert after["b"] == "CREATE INDEX b ON t (w, n)"


def test_index_that_is_dropped_before(history: History) -> None:
    """An index that ``op.drop_index`` drops does not come back."""
    setup = "CREATE TABLE t (id INTEGER PRIMARY KEY, w INT); CREATE INDEX a ON t (abs(w)); CREATE INDEX b ON t (abs(w))"
    after = rebuilt(history, setup, 'op.drop_index("a")\n' + TIGHTEN.strip())
    assert set(after) == {"t", "b"}


def test_column_that_is_dropped(history: History) -> None:
    """Indexes and checks that need a column go with it, as on PostgreSQL; the others stay."""
    setup = (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, w INT, n TEXT, CHECK (w > 0), CHECK (n <> 'x'), UNIQUE (w), "
        "UNIQUE (n));"
        "CREATE INDEX a ON t (abs(w)); CREATE INDEX b ON t (lower(n))"
    )
    after = rebuilt(history, setup, DROP)
    assert parts(after["t"]) == {"id INTEGER", "n TEXT", "PRIMARY KEY (id)", "CHECK (n <> 'x')", "UNIQUE (n)"}
    assert set(after) == {"t", "b"}


def test_column_that_is_renamed(history: History) -> None:
    """Checks, indexes, generated columns and triggers speak of the new name."""
    setup = (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, w INT CHECK (w > 0), g INT AS (w + 1), CONSTRAINT c CHECK (w < 9));"
        "CREATE INDEX a ON t (abs(w) DESC) WHERE w > 1; CREATE TABLE u (x);"
        'CREATE TRIGGER r AFTER UPDATE OF w ON t BEGIN INSERT INTO u VALUES (OLD.w || NEW."w"); END;'
        "INSERT INTO t (w) VALUES (3)"
    )
    after = rebuilt(history, setup, RENAME)
    assert 'CHECK ("width" > 0)' in after["t"]
    assert 'CONSTRAINT c CHECK ("width" < 9)' in after["t"]
    assert 'g INT GENERATED ALWAYS AS ("width" + 1) VIRTUAL' in after["t"]
    assert after["a"] == 'CREATE INDEX a ON t (abs("width") DESC) WHERE "width" > 1'
    history.sql("UPDATE t SET width = 5")
    assert history.sql("SELECT x FROM u") == [("35",)]


def test_two_rebuilds_in_one_revision(history: History) -> None:
    """What one batch renames, the next one may rename again."""
    setup = (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, w INT CHECK (w > 0)); CREATE INDEX a ON t (abs(w));"
        "CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT NEW.w; END"
    )
    second = RENAME.replace('"w"', '"width"').replace('new_column_name="width"', 'new_column_name="wide"')
    after = rebuilt(history, setup, RENAME.strip() + "\n" + second.strip())
    assert 'CHECK ("wide" > 0)' in after["t"]
    assert after["a"] == 'CREATE INDEX a ON t (abs("wide"))'
    assert after["r"] == 'CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT NEW."wide"; END'


@NEEDS_CHECKS
def test_constraints_that_the_script_drops(history: History) -> None:
    """Constraints that the batch drops by name are gone, and only these."""
    up = """
    with op.batch_alter_table("t") as batch_op:
        batch_op.drop_constraint("c")
        batch_op.drop_constraint("k", type_="foreignkey")
        batch_op.drop_constraint("u", type_="unique")
        batch_op.create_foreign_key("k", "p", ["w"], ["id"])
    """
    setup = (
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (id INTEGER PRIMARY KEY, w INT, n INT, "
        "CONSTRAINT c CHECK (w > 0), CHECK (w < 9), CONSTRAINT u UNIQUE (w), UNIQUE (n), "
        "CONSTRAINT k FOREIGN KEY(w) REFERENCES p (id) ON DELETE CASCADE)"
    )
    assert parts(rebuilt(history, setup, up)["t"]) == {
        *("id INTEGER", "w INT", "n INT", "PRIMARY KEY (id)", "UNIQUE (n)", "CHECK (w < 9)"),
        "CONSTRAINT k FOREIGN KEY(w) REFERENCES p (id)",
    }


def test_boolean_becomes_integer(history: History) -> None:
    """The check that belongs to a type goes with the type; one of the author's own stays."""
    up = """
    with op.batch_alter_table("t") as batch_op:
        batch_op.alter_column("w", existing_type=sa.Boolean(), type_=sa.Integer())
        batch_op.alter_column("n", existing_type=sa.Integer(), type_=sa.Numeric(8, 2))
    """
    setup = "CREATE TABLE t (id INTEGER PRIMARY KEY, w BOOLEAN, n INT, CHECK (w IN (0, 1)), CHECK (n > 0))"
    assert rebuilt(history, setup, up)["t"] == (
        'CREATE TABLE "t" ( id INTEGER, w INTEGER, n NUMERIC(8, 2), PRIMARY KEY (id), CHECK (n > 0) )'
    )


def test_checks_that_the_script_repeats(history: History) -> None:
    """With a check in ``table_args`` the script decides about all that have no name."""
    up = """
    with op.batch_alter_table("t", table_args=[sa.CheckConstraint("w > 1")]) as batch_op:
        batch_op.alter_column("w", existing_type=sa.Integer(), nullable=False)
    """
    after = rebuilt(history, "CREATE TABLE t (id INTEGER PRIMARY KEY, w INTEGER, CHECK (w > 0))", up)["t"]
    assert after.count("CHECK") == 1
    assert "CHECK (w > 1)" in after


def test_rebuild_in_sql(history: History) -> None:
    """A rebuild that the script writes in SQL keeps the triggers and indexes that it does not name."""
    up = """
    op.execute("CREATE TABLE t2 (id INTEGER PRIMARY KEY, w INT NOT NULL)")
    op.execute("INSERT INTO t2 SELECT id, w FROM t")
    op.execute("DROP TABLE t")
    op.execute("ALTER TABLE t2 RENAME TO t")
    """
    setup = (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, w INT, n TEXT); CREATE INDEX a ON t (abs(w)); CREATE INDEX b ON t (n);"
        "CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT NEW.w; END"
    )
    after = rebuilt(history, setup, up)
    assert set(after) == {"t", "a", "r"}


def test_table_that_is_replaced(history: History) -> None:
    """A table that is dropped and made anew with other content is not taken for a rebuild."""
    up = """
    op.drop_table("t")
    op.create_table("t", sa.Column("id", sa.Integer, primary_key=True), sa.Column("w", sa.Integer))
    """
    after = rebuilt(history, "CREATE TABLE t (id INTEGER PRIMARY KEY, w INT); CREATE INDEX a ON t (w)", up)
    assert set(after) == {"t"}


def test_rename_that_leads_foreign_keys_astray(history: History) -> None:
    """A rebuild that leaves the keys of others with a table that is gone is refused."""
    up = """
    op.execute("ALTER TABLE t RENAME TO t_old")
    op.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    op.execute("INSERT INTO t SELECT id FROM t_old")
    op.execute("DROP TABLE t_old")
    """
    history.script(
        "CREATE TABLE t (id INTEGER PRIMARY KEY); CREATE TABLE c (id INTEGER PRIMARY KEY, t_id REFERENCES t (id))"
    )
    before = history.schema()
    history.add(up)
    result = history.project.fails("db", "upgrade", code=5)
    assert result.stderr.splitlines()[-2:] == [
        "Error: Revision r001 would leave table c with a foreign key to table t_old, which is gone: SQLite follows a "
        "table that is renamed.",
        "It was rolled back; nothing is lost. Let the script make the new table under another name, copy the rows, "
        "drop the old table and then rename the new one.",
    ]
    assert history.schema() == before


@pytest.mark.parametrize("table", ["Order", "my table", "per%cent", 'quo"te', "select", "ünïcode", "x" * 60])
def test_odd_names(history: History, table: str) -> None:
    """Whatever a table is called, nothing of it is lost."""
    name = '"' + table.replace('"', '""') + '"'
    history.script(
        f'CREATE TABLE {name} (id INTEGER PRIMARY KEY, w INT CHECK (w > 0), "a b" TEXT COLLATE nocase);'
        f'CREATE INDEX "ix 1" ON {name} (lower("a b")); INSERT INTO {name} VALUES (1, 2, \'x\');'
        f'CREATE TRIGGER "tr 1" AFTER INSERT ON {name} BEGIN SELECT NEW."a b"; END'
    )
    history.add(TIGHTEN.replace('"t"', repr(table)))
    history.upgrade()
    after = history.schema()
    assert set(after) == {table, "ix 1", "tr 1"}
    assert "CHECK (w > 0)" in after[table]
    assert '"a b" TEXT COLLATE "nocase"' in after[table]


def test_copy_from(history: History) -> None:
    """With ``copy_from`` the script says what the table is; triggers and indexes that it does not drop stay."""
    up = """
    old = sa.Table("t", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("w", sa.Integer),
                   sa.Index("b", "w"))
    with op.batch_alter_table("t", copy_from=old) as batch_op:
        batch_op.drop_index("b")
        batch_op.alter_column("w", existing_type=sa.Integer(), nullable=False)
    """
    setup = (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, w INT, CHECK (w > 0)); CREATE INDEX a ON t (abs(w));"
        "CREATE INDEX b ON t (w); CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END"
    )
    after = rebuilt(history, setup, up)
    assert set(after) == {"t", "a", "r"}
    assert "CHECK" not in after["t"]


def test_downgrade(history: History) -> None:
    """A downgrade keeps as much as an upgrade does."""
    history.script("CREATE TABLE t (id INTEGER PRIMARY KEY, w INT, CHECK (w > 0)); CREATE INDEX a ON t (abs(w))")
    history.add("pass", TIGHTEN)
    history.upgrade()
    history.project.ok("db", "downgrade")
    after = history.schema()
    assert "CHECK (w > 0)" in after["t"]
    assert after["a"] == "CREATE INDEX a ON t (abs(w))"
