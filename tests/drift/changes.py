"""Changes by hand, one statement or several each, and the schema that they are made to."""

from __future__ import annotations

import sqlalchemy as sa

#: Tables on which every engine can do the same.
COMMON = [
    "CREATE TABLE person (id INTEGER PRIMARY KEY, name VARCHAR(50), nick VARCHAR(50), age INTEGER)",
    "CREATE TABLE gone (id INTEGER PRIMARY KEY)",
    'CREATE TABLE "Old name" (id INTEGER PRIMARY KEY)',
    "CREATE INDEX ix_gone ON person (name)",
    "CREATE INDEX ix_other ON person (nick)",
    "CREATE UNIQUE INDEX ux_gone ON person (age)",
    "CREATE VIEW view_gone AS SELECT id FROM person",
    "CREATE VIEW view_other AS SELECT id FROM person",
]
#: What they are changed by.
COMMON_CHANGES = [
    "CREATE TABLE added (id INTEGER PRIMARY KEY)",
    'CREATE TABLE "Ünïcode %s" (id INTEGER PRIMARY KEY)',
    "DROP TABLE gone",
    'ALTER TABLE "Old name" RENAME TO "New name"',
    "ALTER TABLE person ADD COLUMN email VARCHAR(50)",
    "ALTER TABLE person ADD COLUMN zip VARCHAR(5) DEFAULT 'x' NOT NULL",
    'ALTER TABLE person ADD COLUMN "Select" INTEGER',
    "CREATE INDEX ix_added ON person (age)",
    "CREATE INDEX ix_two ON person (age, name)",
    "CREATE UNIQUE INDEX ux_added ON person (name)",
    "CREATE INDEX ix_desc ON person (name DESC)",
    "CREATE VIEW view_added AS SELECT name FROM person",
    "DROP VIEW view_gone",
    "DROP VIEW view_other; CREATE VIEW view_other AS SELECT id, name FROM person",
]
#: A table of SQLite in which each piece is changed in turn, since ALTER TABLE can't.
PIECES = {
    "id INTEGER PRIMARY KEY": "id INTEGER PRIMARY KEY AUTOINCREMENT",
    "kind VARCHAR(10)": "kind VARCHAR(20)",
    "count INTEGER": "count BIGINT",
    "a TEXT": "a TEXT NOT NULL",
    "b TEXT NOT NULL": "b TEXT",
    "c INTEGER DEFAULT 1": "c INTEGER DEFAULT 2",
    "d INTEGER DEFAULT 5": "d INTEGER",
    "e INTEGER, ": "e INTEGER DEFAULT 3, ",
    "f TEXT": "f TEXT COLLATE NOCASE",
    "g TEXT COLLATE NOCASE": "g TEXT COLLATE RTRIM",
    "h INTEGER AS (c + 1)": "h INTEGER AS (c + 2)",
    "i INTEGER AS (c + 1) STORED": "i INTEGER AS (c + 1) VIRTUAL",
    "j INTEGER CHECK (j > 0)": "j INTEGER CHECK (j > 1)",
    "k INTEGER CHECK (k > 0)": "k INTEGER",
    "l INTEGER, ": "l INTEGER CHECK (l < 9), ",
    "m INTEGER UNIQUE": "m INTEGER",
    "n INTEGER, ": "n INTEGER UNIQUE, ",
    "o INTEGER REFERENCES person (id)": "o INTEGER",
    "p INTEGER, ": "p INTEGER REFERENCES person (id), ",
    "q INTEGER REFERENCES person (id) ON DELETE CASCADE": "q INTEGER REFERENCES person (id) ON DELETE SET NULL",
    "r INTEGER REFERENCES person (id)": "r INTEGER REFERENCES person (id) DEFERRABLE INITIALLY DEFERRED",
    "CONSTRAINT old CHECK (count > 1)": "CONSTRAINT new CHECK (count > 1)",
    "CONSTRAINT uq UNIQUE (a, b)": "CONSTRAINT uq UNIQUE (b, a)",
    "s DATETIME DEFAULT CURRENT_TIMESTAMP": "s DATETIME DEFAULT CURRENT_DATE",
    "v BLOB": "v TEXT",
    "w NUMERIC(10, 2)": "w NUMERIC(10, 3)",
    "x TEXT UNIQUE ON CONFLICT IGNORE": "x TEXT UNIQUE ON CONFLICT REPLACE",
    "y TEXT NOT NULL ON CONFLICT FAIL": "y TEXT NOT NULL",
    "z INTEGER, ": "zz INTEGER, ",
}
WIDE = (
    "CREATE TABLE wide (id INTEGER PRIMARY KEY, kind VARCHAR(10), count INTEGER, a TEXT, b TEXT NOT NULL, "
    "c INTEGER DEFAULT 1, d INTEGER DEFAULT 5, e INTEGER, f TEXT, g TEXT COLLATE NOCASE, h INTEGER AS (c + 1), "
    "i INTEGER AS (c + 1) STORED, j INTEGER CHECK (j > 0), k INTEGER CHECK (k > 0), l INTEGER, m INTEGER UNIQUE, "
    "n INTEGER, o INTEGER REFERENCES person (id), p INTEGER, "
    "q INTEGER REFERENCES person (id) ON DELETE CASCADE, r INTEGER REFERENCES person (id), "
    "s DATETIME DEFAULT CURRENT_TIMESTAMP, v BLOB, w NUMERIC(10, 2), x TEXT UNIQUE ON CONFLICT IGNORE, "
    "y TEXT NOT NULL ON CONFLICT FAIL, z INTEGER, "
    "CONSTRAINT old CHECK (count > 1), CONSTRAINT uq UNIQUE (a, b))"
)
SQLITE = [
    WIDE,
    "CREATE TABLE other (a INTEGER, b INTEGER, PRIMARY KEY (a, b))",
    "CREATE TABLE rowid (a INTEGER PRIMARY KEY)",
    "CREATE TABLE lax (a INTEGER)",
    "CREATE TABLE ordered (a INTEGER, b INTEGER)",
    "CREATE TRIGGER trigger_gone AFTER INSERT ON person BEGIN SELECT 1; END",
    "CREATE TRIGGER trigger_other AFTER INSERT ON person BEGIN SELECT 1; END",
    "CREATE INDEX ix_partial ON other (a) WHERE b > 0",
    "CREATE INDEX ix_expression ON other (a + 1)",
]
SQLITE_CHANGES = [
    "DROP INDEX ix_gone",
    "DROP INDEX ux_gone",
    "DROP INDEX ix_other; CREATE INDEX ix_other ON person (nick, name)",
    "ALTER TABLE person RENAME COLUMN nick TO nickname",
    "CREATE TRIGGER trigger_added AFTER DELETE ON person BEGIN SELECT 1; END",
    "DROP TRIGGER trigger_gone",
    "DROP TRIGGER trigger_other; CREATE TRIGGER trigger_other BEFORE UPDATE ON person BEGIN SELECT 1; END",
    "DROP INDEX ix_partial; CREATE INDEX ix_partial ON other (a) WHERE b > 1",
    "DROP INDEX ix_expression; CREATE INDEX ix_expression ON other (a + 2)",
    "CREATE INDEX ix_collated ON person (name COLLATE NOCASE)",
    "DROP TABLE other; CREATE TABLE other (a INTEGER, b INTEGER, PRIMARY KEY (b, a))",
    "DROP TABLE rowid; CREATE TABLE rowid (a INTEGER PRIMARY KEY) WITHOUT ROWID",
    "DROP TABLE lax; CREATE TABLE lax (a INTEGER) STRICT",
    "DROP TABLE ordered; CREATE TABLE ordered (b INTEGER, a INTEGER)",
    "CREATE VIRTUAL TABLE words USING fts5(body)",
    "CREATE TABLE generated (a INTEGER, b INTEGER AS (a * 2) STORED)",
    "CREATE TABLE keyed (a INTEGER REFERENCES person (id), UNIQUE (a))",
    "ALTER TABLE person DROP COLUMN zip",
]
POSTGRESQL = [
    "CREATE TYPE mood AS ENUM ('sad', 'ok')",
    "CREATE TYPE mood_gone AS ENUM ('a')",
    "CREATE TYPE mood_order AS ENUM ('a', 'b')",
    "CREATE DOMAIN positive AS INTEGER CHECK (VALUE > 0)",
    "CREATE DOMAIN domain_gone AS INTEGER",
    "CREATE TYPE pair AS (a INTEGER)",
    "CREATE TYPE pair_gone AS (a INTEGER)",
    "CREATE SEQUENCE seq",
    "CREATE SEQUENCE seq_gone",
    "CREATE FUNCTION f(a INTEGER) RETURNS INTEGER LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION f_gone() RETURNS INTEGER LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE MATERIALIZED VIEW mview AS SELECT id FROM person",
    "CREATE TABLE wide (id SERIAL PRIMARY KEY, kind VARCHAR(10), count INTEGER, a TEXT, b TEXT NOT NULL, "
    "c INTEGER DEFAULT 1, d INTEGER DEFAULT 5, e INTEGER, f TEXT, g INTEGER GENERATED BY DEFAULT AS IDENTITY, "
    "h INTEGER GENERATED ALWAYS AS (c + 1) STORED, i TIMESTAMP, j NUMERIC(10, 2), k JSON, l TEXT[], m INTEGER, "
    "CONSTRAINT ck CHECK (count > 1), CONSTRAINT ck_gone CHECK (m > 1), CONSTRAINT uq UNIQUE (a), "
    "CONSTRAINT uq_gone UNIQUE (b), CONSTRAINT fk FOREIGN KEY (m) REFERENCES person (id), "
    "CONSTRAINT fk_gone FOREIGN KEY (c) REFERENCES person (id), CONSTRAINT ex EXCLUDE USING btree (count WITH =))",
    "CREATE TABLE keyed (a INTEGER PRIMARY KEY, b INTEGER NOT NULL)",
    "CREATE TABLE parts (a INTEGER) PARTITION BY RANGE (a)",
    "CREATE TABLE commented (a INTEGER)",
    "CREATE TRIGGER trigger_gone BEFORE INSERT ON wide FOR EACH ROW EXECUTE FUNCTION t()",
    "CREATE TRIGGER trigger_other BEFORE INSERT ON wide FOR EACH ROW EXECUTE FUNCTION t()",
    "CREATE INDEX ix_method ON wide USING btree (count)",
    "CREATE INDEX ix_partial ON wide (count) WHERE count > 1",
]
POSTGRESQL_CHANGES = [
    "ALTER TABLE wide ALTER COLUMN kind TYPE VARCHAR(20)",
    "ALTER TABLE wide ALTER COLUMN i TYPE TIMESTAMPTZ",
    "ALTER TABLE wide ALTER COLUMN j TYPE NUMERIC(10, 3)",
    "ALTER TABLE wide ALTER COLUMN k TYPE JSONB",
    "ALTER TABLE wide ALTER COLUMN a SET NOT NULL",
    "ALTER TABLE wide ALTER COLUMN b DROP NOT NULL",
    "ALTER TABLE wide ALTER COLUMN c SET DEFAULT 2",
    "ALTER TABLE wide ALTER COLUMN d DROP DEFAULT",
    "ALTER TABLE wide ALTER COLUMN e SET DEFAULT 3",
    'ALTER TABLE wide ALTER COLUMN f TYPE TEXT COLLATE "C"',
    "ALTER TABLE wide ALTER COLUMN g SET GENERATED ALWAYS",
    "ALTER TABLE wide ALTER COLUMN h DROP EXPRESSION",
    "ALTER TABLE wide RENAME COLUMN l TO ll",
    "ALTER TABLE wide ADD COLUMN n INTEGER GENERATED ALWAYS AS IDENTITY",
    "ALTER TABLE wide ADD COLUMN o INTEGER GENERATED ALWAYS AS (m) STORED",
    "ALTER TABLE wide DROP CONSTRAINT ck, ADD CONSTRAINT ck CHECK (count > 2)",
    "ALTER TABLE wide DROP CONSTRAINT ck_gone",
    "ALTER TABLE wide ADD CONSTRAINT ck_added CHECK (e > 2)",
    "ALTER TABLE wide DROP CONSTRAINT uq, ADD CONSTRAINT uq UNIQUE (a, b)",
    "ALTER TABLE wide DROP CONSTRAINT uq_gone",
    "ALTER TABLE wide ADD CONSTRAINT uq_added UNIQUE (e)",
    "ALTER TABLE wide DROP CONSTRAINT fk, ADD CONSTRAINT fk FOREIGN KEY (m) REFERENCES person (id) ON DELETE CASCADE",
    "ALTER TABLE wide DROP CONSTRAINT fk_gone",
    "ALTER TABLE wide ADD CONSTRAINT fk_added FOREIGN KEY (e) REFERENCES person (id) DEFERRABLE",
    "ALTER TABLE wide DROP CONSTRAINT ex",
    "ALTER TABLE keyed DROP CONSTRAINT keyed_pkey, ADD PRIMARY KEY (a, b)",
    "DROP INDEX ix_gone",
    "DROP INDEX ux_gone",
    "DROP INDEX ix_other; CREATE INDEX ix_other ON person (nick, name)",
    "DROP INDEX ix_method; CREATE INDEX ix_method ON wide USING hash (count)",
    "DROP INDEX ix_partial; CREATE INDEX ix_partial ON wide (count) WHERE count > 2",
    "CREATE INDEX ix_expression ON person (lower(name))",
    "CREATE INDEX ix_include ON person (name) INCLUDE (age)",
    "COMMENT ON TABLE commented IS 'new'",
    "COMMENT ON COLUMN commented.a IS 'new'",
    "ALTER TYPE mood ADD VALUE 'happy'",
    "ALTER TYPE mood_order RENAME VALUE 'b' TO 'c'",
    "DROP TYPE mood_gone",
    "CREATE TYPE mood_added AS ENUM ('x')",
    "ALTER DOMAIN positive ADD CHECK (VALUE < 9)",
    "DROP DOMAIN domain_gone",
    "CREATE DOMAIN domain_added AS TEXT",
    "ALTER TYPE pair ADD ATTRIBUTE b TEXT",
    "DROP TYPE pair_gone",
    "ALTER SEQUENCE seq INCREMENT 5",
    "DROP SEQUENCE seq_gone",
    "CREATE SEQUENCE seq_added",
    "CREATE OR REPLACE FUNCTION f(a INTEGER) RETURNS INTEGER LANGUAGE sql AS 'SELECT 2'",
    "DROP FUNCTION f_gone()",
    "CREATE FUNCTION f_added() RETURNS INTEGER LANGUAGE sql AS 'SELECT 1'",
    "CREATE TRIGGER trigger_added AFTER INSERT ON wide FOR EACH ROW EXECUTE FUNCTION t()",
    "DROP TRIGGER trigger_gone ON wide",
    "ALTER TABLE wide DISABLE TRIGGER trigger_other",
    "DROP MATERIALIZED VIEW mview; CREATE MATERIALIZED VIEW mview AS SELECT name FROM person",
    "CREATE TABLE part PARTITION OF parts FOR VALUES FROM (1) TO (2)",
    "ALTER TABLE commented SET (fillfactor = 50)",
    "ALTER TABLE commented SET UNLOGGED",
    "ALTER TABLE wide ALTER COLUMN count TYPE BIGINT",
]
MARIADB = [
    "CREATE TABLE wide (id INTEGER PRIMARY KEY AUTO_INCREMENT, kind VARCHAR(10), count INTEGER, a TEXT, "
    "b VARCHAR(9) NOT NULL, c INTEGER DEFAULT 1, d INTEGER DEFAULT 5, e INTEGER, f VARCHAR(9), "
    "h INTEGER AS (e + 1) STORED, i DATETIME, j NUMERIC(10, 2), k ENUM('a', 'b'), l SET('x'), m INTEGER, n INTEGER, "
    "o TIMESTAMP NULL, p INTEGER UNSIGNED, q VARCHAR(9) CHARACTER SET latin1, r INTEGER, "
    "CONSTRAINT ck CHECK (count > 1), CONSTRAINT ck_gone CHECK (m > 1), UNIQUE uq (b), UNIQUE uq_gone (f), "
    "CONSTRAINT fk FOREIGN KEY (m) REFERENCES person (id), "
    "CONSTRAINT fk_gone FOREIGN KEY (n) REFERENCES person (id)) ENGINE=InnoDB",
    "CREATE TABLE keyed (a INTEGER PRIMARY KEY, b INTEGER NOT NULL)",
    "CREATE TABLE commented (a INTEGER, b INTEGER)",
    "CREATE TABLE engine_other (a INTEGER) ENGINE=InnoDB",
    "CREATE TABLE charset_other (a VARCHAR(9)) CHARACTER SET utf8mb4",
    "CREATE TABLE numbered (a INTEGER PRIMARY KEY AUTO_INCREMENT)",
    "CREATE SEQUENCE seq",
    "CREATE SEQUENCE seq_gone",
    "CREATE TRIGGER trigger_gone BEFORE INSERT ON commented FOR EACH ROW SET NEW.a = 1",
    "CREATE TRIGGER trigger_other BEFORE UPDATE ON commented FOR EACH ROW SET NEW.a = 1",
    "CREATE FUNCTION f() RETURNS INTEGER DETERMINISTIC RETURN 1",
    "CREATE FUNCTION f_gone() RETURNS INTEGER DETERMINISTIC RETURN 1",
    "CREATE PROCEDURE p() SELECT 1",
    "CREATE INDEX ix_prefix ON wide (kind(3))",
]
MARIADB_CHANGES = [
    "ALTER TABLE wide MODIFY kind VARCHAR(20)",
    "ALTER TABLE wide MODIFY count BIGINT",
    "ALTER TABLE wide MODIFY a LONGTEXT",
    "ALTER TABLE wide MODIFY b VARCHAR(9) NULL",
    "ALTER TABLE wide MODIFY c INTEGER DEFAULT 2",
    "ALTER TABLE wide MODIFY d INTEGER",
    "ALTER TABLE wide MODIFY r INTEGER NOT NULL DEFAULT 3",
    "ALTER TABLE wide MODIFY f VARCHAR(9) COLLATE utf8mb4_bin",
    "ALTER TABLE wide MODIFY h INTEGER AS (e + 2) STORED",
    "ALTER TABLE wide MODIFY i DATETIME(3)",
    "ALTER TABLE wide MODIFY j NUMERIC(10, 3)",
    "ALTER TABLE wide MODIFY k ENUM('a', 'b', 'c')",
    "ALTER TABLE wide MODIFY l SET('x', 'y')",
    "ALTER TABLE wide MODIFY o TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP",
    "ALTER TABLE wide MODIFY p INTEGER",
    "ALTER TABLE wide MODIFY q VARCHAR(9) CHARACTER SET utf8mb4",
    "ALTER TABLE wide CHANGE e ee INTEGER",
    "ALTER TABLE wide ADD COLUMN s INTEGER AS (r + 1) VIRTUAL",
    "ALTER TABLE wide ADD COLUMN t JSON",
    "ALTER TABLE wide DROP CONSTRAINT ck, ADD CONSTRAINT ck CHECK (count > 2)",
    "ALTER TABLE wide DROP CONSTRAINT ck_gone",
    "ALTER TABLE wide ADD CONSTRAINT ck_added CHECK (r > 2)",
    "ALTER TABLE wide DROP INDEX uq, ADD UNIQUE uq (b, count)",
    "ALTER TABLE wide DROP INDEX uq_gone",
    "ALTER TABLE wide ADD UNIQUE uq_added (r)",
    "ALTER TABLE wide DROP FOREIGN KEY fk",
    "ALTER TABLE wide ADD CONSTRAINT fk FOREIGN KEY (m) REFERENCES person (id) ON DELETE CASCADE",
    "ALTER TABLE wide DROP FOREIGN KEY fk_gone",
    "ALTER TABLE wide ADD CONSTRAINT fk_added FOREIGN KEY (r) REFERENCES person (id)",
    "ALTER TABLE wide MODIFY id INTEGER",
    "ALTER TABLE keyed DROP PRIMARY KEY, ADD PRIMARY KEY (a, b)",
    "DROP INDEX ix_gone ON person",
    "DROP INDEX ux_gone ON person",
    "DROP INDEX ix_other ON person; CREATE INDEX ix_other ON person (nick, name)",
    "DROP INDEX ix_prefix ON wide; CREATE INDEX ix_prefix ON wide (kind(4))",
    "CREATE FULLTEXT INDEX ix_full ON wide (a)",
    "ALTER TABLE person DROP COLUMN zip",
    "ALTER TABLE person MODIFY age INTEGER AFTER id",
    "ALTER TABLE commented COMMENT 'new'",
    "ALTER TABLE commented MODIFY b INTEGER COMMENT 'new'",
    "ALTER TABLE engine_other ENGINE=MyISAM",
    "ALTER TABLE charset_other CONVERT TO CHARACTER SET latin1",
    "ALTER TABLE numbered ADD COLUMN b INTEGER FIRST",
    "ALTER SEQUENCE seq INCREMENT BY 5",
    "DROP SEQUENCE seq_gone",
    "CREATE SEQUENCE seq_added",
    "DROP TRIGGER trigger_gone",
    "DROP TRIGGER trigger_other; CREATE TRIGGER trigger_other BEFORE UPDATE ON commented FOR EACH ROW SET NEW.a = 2",
    "CREATE TRIGGER trigger_added AFTER DELETE ON commented FOR EACH ROW SET @a = 1",
    "DROP FUNCTION f; CREATE FUNCTION f() RETURNS INTEGER DETERMINISTIC RETURN 2",
    "DROP FUNCTION f_gone",
    "CREATE FUNCTION f_added() RETURNS INTEGER DETERMINISTIC RETURN 1",
    "DROP PROCEDURE p; CREATE PROCEDURE p() SELECT 2",
    "CREATE PROCEDURE p_added() SELECT 1",
]
BASES = {"sqlite": [*COMMON, *SQLITE], "postgresql": [*COMMON, *POSTGRESQL], "mariadb": [*COMMON, *MARIADB]}


def rebuilt() -> list[str]:
    """Each piece of the wide table of SQLite changed, one after the other."""
    text, changes = WIDE, []
    for before, after in PIECES.items():
        assert text.count(before) == 1, before
        text = text.replace(before, after)
        changes.append(f"DROP TABLE wide; {text}")
    return changes


def base(engine_name: str) -> list[str]:
    """The statements that make the schema."""
    return [spelled(statement, engine_name) for statement in BASES[engine_name]]


def changes(engine_name: str) -> list[list[str]]:
    """The changes, each as statements."""
    own = {
        "sqlite": [*rebuilt(), *SQLITE_CHANGES],
        "postgresql": POSTGRESQL_CHANGES,
        "mariadb": MARIADB_CHANGES,
    }[engine_name]
    return [
        [spelled(statement, engine_name) for statement in text.split("; ") if statement != "END"]
        if "BEGIN" not in text
        else [part + ("; END" if "BEGIN SELECT" in part else "") for part in text.replace("; END", "").split("; ")]
        for text in [*COMMON_CHANGES, *own]
    ]


def spelled(statement: str, engine_name: str) -> str:
    """A statement with names quoted as the engine does."""
    return statement.replace('"', "`") if engine_name == "mariadb" else statement


def run(url: str, statements: list[str]) -> None:
    """Run statements, each by itself."""
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execution_options(no_parameters=True).exec_driver_sql(statement)
