"""MariaDB is read from its information_schema."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from flask_migrate.schema import Column, Note, Table, diff, read_schema
from flask_migrate.schema.model import (
    Check,
    Computed,
    ForeignKey,
    Function,
    Index,
    IndexPart,
    Partition,
    PrimaryKey,
    Sequence,
    Trigger,
    UniqueKey,
    View,
)

from .conftest import Run

pytestmark = pytest.mark.engines("mariadb")

ZOO = """
ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
CREATE TABLE parent (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, code VARCHAR(10) CHARACTER SET latin1 COLLATE latin1_bin
  NOT NULL DEFAULT 'x''y', UNIQUE KEY uk (code, id), KEY kp (code(3)) COMMENT 'short'
) COMMENT='A ''p''' ROW_FORMAT=COMPRESSED;
CREATE TABLE child (
  id BIGINT, p INT UNSIGNED, e ENUM('a', 'b''c') DEFAULT 'a', j JSON, d DECIMAL(10, 2) DEFAULT 1.5,
  dt DATETIME(3) DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3), g INT AS (nn * 2) STORED,
  v INT GENERATED ALWAYS AS (nn + 1) VIRTUAL, n INT DEFAULT NULL, nn INT NOT NULL, b BIT(3) DEFAULT b'101',
  inv INT INVISIBLE DEFAULT 3, x VARCHAR(5) DEFAULT (CONCAT('a', 1)), c CHAR(3) COMMENT 'co''m', txt TEXT,
  word VARCHAR(9) DEFAULT 'NULL', PRIMARY KEY (id, nn),
  CONSTRAINT fkp FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE ON UPDATE SET NULL,
  CONSTRAINT ck CHECK (n > 0 AND c <> ')'), FULLTEXT KEY ft (txt), KEY kd (n DESC, d), UNIQUE KEY up (c(2)),
  KEY ki (d) IGNORED);
CREATE TABLE part (id INT NOT NULL, at DATE NOT NULL) PARTITION BY RANGE (YEAR(at)) SUBPARTITION BY HASH (id)
  SUBPARTITIONS 2 (PARTITION p0 VALUES LESS THAN (2020), PARTITION p1 VALUES LESS THAN MAXVALUE);
CREATE TABLE listed (id INT) PARTITION BY LIST (id) (PARTITION l0 VALUES IN (1, 2));
CREATE TABLE ver (id INT) WITH SYSTEM VERSIONING;
CREATE SEQUENCE sq START WITH 5 INCREMENT BY 2 MINVALUE 1 MAXVALUE 100 CACHE 10 CYCLE;
CREATE SEQUENCE `odd %s:x ``q`;
CREATE VIEW v AS SELECT id, '`x`.' AS q FROM child WHERE p > 1 WITH CHECK OPTION;
CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW w AS SELECT id FROM parent;
CREATE TABLE gone (a INT);
CREATE VIEW broken AS SELECT a FROM gone;
DROP TABLE gone;
CREATE TRIGGER tr BEFORE INSERT ON child FOR EACH ROW SET new.n = 1;
CREATE TRIGGER tr2 BEFORE INSERT ON child FOR EACH ROW SET new.n = 2;
CREATE FUNCTION f(a INT) RETURNS INT DETERMINISTIC COMMENT 'adds' RETURN a + 1;
CREATE PROCEDURE f(IN a INT, OUT b INT) READS SQL DATA SQL SECURITY INVOKER SELECT 1;
"""
USUAL = (("collation", "utf8mb4_general_ci"), ("engine", "InnoDB"))


def test_tables_are_read(connection: sa.Connection, run: Run) -> None:
    """Columns, keys, checks, indexes and options are those that were declared."""
    run(ZOO)
    found = read_schema(connection)
    assert (found.dialect, found.schemas) == ("mariadb", (None,))
    assert found.table("parent") == Table(
        name="parent",
        comment="A 'p'",
        options=(
            ("collation", "utf8mb4_general_ci"),
            ("create options", "row_format=COMPRESSED"),
            ("engine", "InnoDB"),
        ),
        columns=(
            Column(name="id", type="int(10) unsigned", nullable=False, autoincrement=True),
            Column(name="code", type="varchar(10)", nullable=False, default="'x''y'", collation="latin1_bin"),
        ),
        primary_key=PrimaryKey(columns=("id",)),
        unique_keys=(UniqueKey(name="uk", columns=("code", "id")),),
        indexes=(Index(name="kp", parts=(IndexPart(column="code", length=3),), comment="short"),),
    )


def test_columns_are_read(connection: sa.Connection, run: Run) -> None:
    """Each column has the engine's own type, default and options."""
    run(ZOO)
    child = read_schema(connection).table("child")
    assert child is not None
    assert child.columns == (
        Column(name="id", type="bigint(20)", nullable=False),
        Column(name="p", type="int(10) unsigned"),
        Column(name="e", type="enum('a','b''c')", default="'a'"),
        Column(name="j", type="longtext", collation="utf8mb4_bin"),
        Column(name="d", type="decimal(10,2)", default="1.50"),
        Column(name="dt", type="datetime(3)", default="current_timestamp(3)", on_update="current_timestamp(3)"),
        Column(name="g", type="int(11)", computed=Computed(expression="`nn` * 2", stored=True)),
        Column(name="v", type="int(11)", computed=Computed(expression="`nn` + 1")),
        Column(name="n", type="int(11)"),
        Column(name="nn", type="int(11)", nullable=False),
        Column(name="b", type="bit(3)", default="b'101'"),
        Column(name="inv", type="int(11)", default="3", options=(("visible", "no"),)),
        Column(name="x", type="varchar(5)", default="concat('a',1)"),
        Column(name="c", type="char(3)", comment="co'm"),
        Column(name="txt", type="text"),
        Column(name="word", type="varchar(9)", default="'NULL'"),
    )


def test_constraints_and_indexes_are_read(connection: sa.Connection, run: Run) -> None:
    """Keys, checks and indexes are read; a unique key that is more than columns is an index."""
    run(ZOO)
    child = read_schema(connection).table("child")
    assert child is not None
    assert child.primary_key == PrimaryKey(columns=("id", "nn"))
    assert child.foreign_keys == (
        ForeignKey(
            name="fkp",
            columns=("p",),
            referred_table="parent",
            referred_columns=("id",),
            on_delete="CASCADE",
            on_update="SET NULL",
        ),
    )
    assert child.checks == (
        Check(text="json_valid(`j`)", options=(("column", "j"),)),
        Check(name="ck", text="`n` > 0 and `c` <> ')'"),
    )
    assert child.unique_keys == ()
    assert child.indexes == (
        Index(name="fkp", parts=(IndexPart(column="p"),)),
        Index(name="ft", parts=(IndexPart(column="txt"),), method="FULLTEXT"),
        Index(name="kd", parts=(IndexPart(column="n", descending=True), IndexPart(column="d"))),
        Index(name="ki", parts=(IndexPart(column="d"),), options=(("visible", "no"),)),
        Index(name="up", parts=(IndexPart(column="c", length=2),), unique=True),
    )
    assert child.options == USUAL


def test_partitions_and_versions(connection: sa.Connection, run: Run) -> None:
    """Partitions belong to their table; a table with history is of a kind of its own."""
    run(ZOO)
    found = read_schema(connection)
    part, listed, ver = (found.table(name) for name in ("part", "listed", "ver"))
    assert part is not None
    assert listed is not None
    assert ver is not None
    assert part.partition_by == "RANGE (year(`at`)) SUBPARTITION BY HASH (`id`) SUBPARTITIONS 2"
    assert part.partitions == (
        Partition(name="p0", bound="VALUES LESS THAN (2020)"),
        Partition(name="p0sp0", parent="p0"),
        Partition(name="p0sp1", parent="p0"),
        Partition(name="p1", bound="VALUES LESS THAN (MAXVALUE)"),
        Partition(name="p1sp0", parent="p1"),
        Partition(name="p1sp1", parent="p1"),
    )
    assert (part.options, part.primary_key) == (USUAL, None)
    assert listed.partition_by == "LIST (`id`)"
    assert listed.partitions == (Partition(name="l0", bound="VALUES IN (1,2)"),)
    assert (ver.kind, ver.columns) == ("system versioned table", (Column(name="id", type="int(11)"),))


def test_other_objects_are_read(connection: sa.Connection, run: Run) -> None:
    """Views, routines, triggers and sequences are read; a view's own database is not in its text."""
    run(ZOO)
    found = read_schema(connection)
    assert found.views == (
        View(name="broken", definition="select `gone`.`a` AS `a` from `gone`"),
        View(
            name="v",
            definition="select `child`.`id` AS `id`,'`x`.' AS `q` from `child` where `child`.`p` > 1",
            options=(("check option", "CASCADED"),),
        ),
        View(
            name="w",
            definition="select `parent`.`id` AS `id` from `parent`",
            options=(("algorithm", "MERGE"), ("security", "INVOKER")),
        ),
    )
    assert found.triggers == (
        Trigger(name="tr", table="child", definition="BEFORE INSERT FOR EACH ROW SET new.n = 1"),
        Trigger(
            name="tr2",
            table="child",
            definition="BEFORE INSERT FOR EACH ROW SET new.n = 2",
            options=(("place", "2"),),
        ),
    )
    assert found.functions == (
        Function(name="f", definition="(a int(11)) RETURNS int(11) DETERMINISTIC RETURN a + 1", comment="adds"),
        Function(
            name="f",
            kind="procedure",
            definition="(IN a int(11), OUT b int(11)) READS SQL DATA SELECT 1",
            options=(("security", "INVOKER"),),
        ),
    )
    assert found.sequences == (
        Sequence(name="odd %s:x `q", minimum=1, maximum=2**63 - 2, cache=1000),
        Sequence(name="sq", start=5, increment=2, minimum=1, maximum=100, cache=10, cycle=True),
    )
    (note,) = found.notes
    assert (note.kind, note.name) == ("view", "broken")
    assert note.reason.startswith("does not compile: View '")


def test_databases_are_schemas(connection: sa.Connection, run: Run, second_url: str) -> None:
    """Another database is a named schema, and a missing one is noted; equal databases are equal alone."""
    own, other = str(connection.engine.url.database), str(sa.make_url(second_url).database)
    run(ZOO)
    engine = sa.create_engine(second_url, poolclass=sa.NullPool)
    with engine.connect() as second:
        for statement in ZOO.strip().removesuffix(";").split(";\n"):
            second.exec_driver_sql(statement, execution_options={"no_parameters": True})
        assert diff(read_schema(connection), read_schema(second)) == ()
        columns = f"p INT UNSIGNED, FOREIGN KEY (p) REFERENCES `{own}`.parent (id)"
        second.exec_driver_sql(f"CREATE TABLE abroad ({columns})")
    engine.dispose()
    found = read_schema(connection, schemas=[other, own, "missing"])
    assert found.schemas == (None, other)
    assert found.notes[0] == Note(kind="schema", name="missing", reason="does not exist")
    assert [(note.schema, note.name) for note in found.notes[1:]] == [(None, "broken"), (other, "broken")]
    abroad = found.table("abroad", other)
    assert abroad is not None
    assert (abroad.foreign_keys[0].referred_schema, abroad.foreign_keys[0].referred_table) == (None, "parent")


def test_ansi_quotes_do_not_matter(connection: sa.Connection, run: Run) -> None:
    """In a session with another SQL mode the same is read."""
    run(ZOO)
    plain = read_schema(connection)
    run("SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'")
    assert [change.describe() for change in diff(plain, read_schema(connection))] == []


def test_without_a_database_nothing_is_read(engine: sa.Engine) -> None:
    """A connection that selected no database leads to an empty result and a note."""
    bare = sa.create_engine(engine.url.set(database=""), poolclass=sa.NullPool)
    with bare.connect() as connection:
        found = read_schema(connection)
    assert (found.schemas, found.tables) == ((), ())
    assert found.notes == (Note(kind="schema", name="DATABASE()", reason="no database is selected"),)


def test_a_table_that_can_not_be_opened_is_noted(connection: sa.Connection, run: Run) -> None:
    """A table whose parts are gone is skipped with the server's reason, and the others are read."""
    run("CREATE TABLE whole (a INT) ENGINE=MyISAM;\nCREATE TABLE merged (a INT) ENGINE=MERGE UNION=(whole)")
    run("DROP TABLE whole;\nCREATE TABLE other (a INT);\nFLUSH TABLES")
    found = read_schema(connection)
    assert [table.name for table in found.tables] == ["other"]
    (note,) = found.notes
    assert (note.kind, note.name) == ("table", "merged")
    assert note.reason.startswith("can't be opened: ")
