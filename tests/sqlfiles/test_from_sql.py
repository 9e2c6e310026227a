"""The wanted schema as a SQL file: ``migrate --from-sql``."""

from __future__ import annotations

import json
import typing as t
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from flask_migrate.schema.read import read_schema
from tests.projects import Project

APP = """
import os
from flask import Flask
from flask_migrate import Migrate

app = Flask(__name__)
migrate = Migrate(app, url=os.environ["DATABASE_URL"])
"""
BINDS = """
import json, os
from flask import Flask
from flask_migrate import Migrate

app = Flask(__name__)
migrate = Migrate(app, engine={None: os.environ["DATABASE_URL"], **json.loads(os.environ["DATABASE_BINDS"])})
"""
FIRST = """
CREATE TABLE customer (id INTEGER PRIMARY KEY, name VARCHAR(80) NOT NULL DEFAULT 'x;y', total NUMERIC(10, 2));
CREATE TABLE "order" (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL,
  CONSTRAINT fk_customer FOREIGN KEY (customer_id) REFERENCES customer (id) ON DELETE CASCADE);
CREATE INDEX ix_name ON customer (name);
CREATE VIEW rich AS SELECT id, name FROM customer WHERE total > 100;
"""
SECOND = """
CREATE TABLE customer (id INTEGER PRIMARY KEY, name VARCHAR(120) NOT NULL, email VARCHAR(50),
  total NUMERIC(10, 2), CONSTRAINT positive CHECK (total >= 0));
CREATE TABLE "order" (id INTEGER PRIMARY KEY, customer_id INTEGER,
  CONSTRAINT fk_customer FOREIGN KEY (customer_id) REFERENCES customer (id) ON DELETE SET NULL);
CREATE TABLE tag (id INTEGER PRIMARY KEY, word VARCHAR(10) UNIQUE);
CREATE VIEW rich AS SELECT id, email FROM customer WHERE total > 200;
CREATE VIEW richer AS SELECT id FROM rich;
"""
#: A word that SQLAlchemy 2.0 does not know at first.
STRICT = ", STRICT" if tuple(int(part) for part in sa.__version__.split(".")[:2]) >= (2, 1) else ""
#: By engine: what is added to the two files.
OWN = {
    "sqlite": (
        "CREATE INDEX ix_lower ON customer (lower(name));"
        "CREATE TRIGGER tr AFTER INSERT ON customer BEGIN UPDATE customer SET total = 0 WHERE total IS NULL; END;",
        f"CREATE TABLE strict (word TEXT PRIMARY KEY) WITHOUT ROWID{STRICT};"
        "CREATE INDEX ix_lower ON customer (lower(email)) WHERE total > 1;",
    ),
    "postgresql": (
        "CREATE TYPE mood AS ENUM ('sad', 'it''s ok');"
        "CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');"
        "CREATE SEQUENCE numbers START 100;"
        "CREATE FUNCTION slug(t text) RETURNS text LANGUAGE sql IMMUTABLE AS $$\n  SELECT lower(t); -- 100 % :x\n$$;"
        "CREATE TABLE feeling (id serial PRIMARY KEY, mood mood, mail email, nr int DEFAULT nextval('numbers'),"
        " low text GENERATED ALWAYS AS (slug(id::text)) STORED, during tsrange, EXCLUDE USING gist (during WITH &&));"
        "CREATE MATERIALIZED VIEW counted AS SELECT mood, count(*) AS n FROM feeling GROUP BY mood;"
        "CREATE UNIQUE INDEX ix_counted ON counted (mood);"
        "CREATE FUNCTION tr() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN NEW.nr := 1; RETURN NEW; END $f$;"
        "CREATE TRIGGER tr BEFORE INSERT ON feeling FOR EACH ROW EXECUTE FUNCTION tr();",
        "CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'great');"
        "CREATE DOMAIN email AS text DEFAULT 'a@b' CHECK (VALUE LIKE '%@%');"
        "CREATE SEQUENCE numbers START 100 INCREMENT 5;"
        "CREATE TABLE feeling (id serial PRIMARY KEY, mood mood, mail email, nr int DEFAULT nextval('numbers'),"
        " during tsrange);"
        "CREATE PROCEDURE tidy() LANGUAGE sql AS 'DELETE FROM feeling';",
    ),
    "mariadb": (
        "CREATE SEQUENCE numbers START WITH 100;\n"
        "DELIMITER //\n"
        "CREATE TRIGGER tr BEFORE INSERT ON customer FOR EACH ROW BEGIN SET NEW.name = 'a;b'; END//\n"
        "CREATE FUNCTION slug(t VARCHAR(80)) RETURNS VARCHAR(80) DETERMINISTIC RETURN lower(t)//\n"
        "DELIMITER ;\n"
        "CREATE TABLE feeling (id INT PRIMARY KEY, mood ENUM('sad', 'it''s ok'), at TIMESTAMP NOT NULL DEFAULT"
        " CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, note TEXT, KEY ix (note(20)), UNIQUE KEY uq (mood, id));",
        "CREATE SEQUENCE numbers START WITH 100 INCREMENT BY 5;\n"
        "CREATE PROCEDURE tidy(IN n INT) BEGIN DELETE FROM customer; DELETE FROM tag; END;\n"
        "CREATE TABLE feeling (id INT PRIMARY KEY, mood ENUM('sad', 'it''s ok', 'great'), at TIMESTAMP NOT NULL"
        " DEFAULT CURRENT_TIMESTAMP, note TEXT, KEY ix (note(30)));",
    ),
}


@pytest.fixture
def project(make_project: Callable[..., Project], engine_name: str) -> Project:
    """An app without models, and two files: what is wanted first, and what is wanted later."""
    project = make_project(APP)
    project.ok("db", "init")
    for name, common, own in zip(("first.sql", "second.sql"), (FIRST, SECOND), OWN[engine_name], strict=True):
        text = common + own
        project.write(name, text.replace('"', "`") if engine_name == "mariadb" else text)
    return project


def held(url: str) -> t.Any:
    """What a database holds, without what migrations keep; texts of views aside, which name their schema."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        found = read_schema(connection, exclude=lambda kind, _, name: name.startswith(("alembic_", "flask_migrate")))
    engine.dispose()
    data = found.to_dict()
    data.pop("version", None)
    for table in data.get("tables", ()):  # a column that comes back is the last one
        table["columns"].sort(key=lambda column: column["name"])
    return json.loads(json.dumps(data).replace("NUMERIC(10,2)", "NUMERIC(10, 2)"))


@pytest.mark.parametrize("option", [(), ("--sql-file",)], ids=["python", "files"])
def test_there_and_back(project: Project, option: tuple[str, ...], make_url: Callable[[], str]) -> None:
    """The script makes of one file's schema the other's, and takes that back; then nothing differs."""
    for name in ("first", "second"):
        written = project.ok("db", "migrate", "--from-sql", f"{name}.sql", "-m", name, "--rev-id", name, *option)
        assert "scratch" not in written.stderr, written.stderr
        assert "Left alone" not in written.stderr
        project.ok("db", "upgrade")
        assert "No new upgrade" in project.ok("db", "check", "--from-sql", f"{name}.sql").stdout
        if name == "first":
            before = held(project.url)
    after = held(project.url)
    project.ok("db", "downgrade", "-y")
    assert held(project.url) == before
    project.ok("db", "upgrade")
    assert held(project.url) == after
    project.ok("db", "downgrade", "-y", "base")
    assert {key for key, value in held(project.url).items() if value} <= {"format", "dialect", "schemas"}
    assert len(list(Path(project.folder, "migrations/versions").glob("*.sql"))) == (4 if option else 0)


def test_rows_stay(project: Project) -> None:
    """Rows survive the change of their table, both ways."""
    project.ok("db", "migrate", "--from-sql", "first.sql", "-m", "first")
    project.ok("db", "upgrade")
    project.sql(project.url, "INSERT INTO customer (id, name, total) VALUES (1, 'a', 5)")
    project.ok("db", "migrate", "--from-sql", "second.sql", "-m", "second")
    project.ok("db", "upgrade")
    project.ok("db", "downgrade", "-y")
    assert len(project.sql(project.url, "SELECT name FROM customer")) == 1


def test_errors_in_the_file(project: Project, engine_name: str) -> None:
    """What is wrong is said with the file and the line, and nothing is written."""
    cases = {
        "CREATE TABLE a (id INTEGER);\n\nCREATE TABEL b (id INTEGER);": "bad.sql, line 3",
        "CREATE TABLE a (id INTEGER);\n\n\nCREATE VIEW v AS SELECT nothing FROM a;": "bad.sql, line 4",
        "CREATE TABLE a (name VARCHAR(5) DEFAULT 'x);": "bad.sql, line 1",
        "-- nothing\n": "bad.sql holds no statement",
    }
    for text, message in cases.items():
        project.write("bad.sql", text)
        stderr = project.fails("db", "migrate", "--from-sql", "bad.sql").stderr
        assert message in stderr, stderr
    project.write("bad.sql", "-- migrate: bind nowhere\nCREATE TABLE a (id INTEGER);")
    assert "no bind 'nowhere'" in project.fails("db", "migrate", "--from-sql", "bad.sql", code=2).stderr
    assert "There is no file" in project.fails("db", "check", "--from-sql", "missing.sql", code=2).stderr
    assert "--sql-file is for --from-sql" in project.fails("db", "migrate", "--sql-file", code=2).stderr
    assert list(Path(project.folder, "migrations/versions").glob("*.*")) == []


def test_what_is_not_ours_stays(project: Project) -> None:
    """Tables and views that neither the file nor a script names are left alone; to lose most tables is refused."""
    project.ok("db", "migrate", "--from-sql", "first.sql", "-m", "first")
    project.ok("db", "upgrade")
    project.sql(project.url, "CREATE TABLE foreign_one (id INTEGER)")
    project.sql(project.url, "CREATE VIEW foreign_view AS SELECT id FROM foreign_one")
    written = project.ok("db", "migrate", "--from-sql", "second.sql", "-m", "second")
    assert "view foreign_view was added outside the migrations." in written.stderr
    (path,) = [path for path in project.versions() if "second" in path.name]
    assert "foreign_one" not in path.read_text()
    assert "foreign_view" not in path.read_text()
    project.ok("db", "undo")
    project.write("less.sql", "CREATE TABLE tag (id INTEGER PRIMARY KEY);")
    assert "less.sql describes 1 table" in project.fails("db", "migrate", "--from-sql", "less.sql", code=5).stderr


@pytest.mark.engines("sqlite")
def test_several_binds(make_project: Callable[..., Project], make_url: Callable[[], str]) -> None:
    """A part of the file for each bind; a bind that it does not name is not looked at."""
    project = make_project(BINDS, binds={"logs": make_url(), "other": make_url()})
    project.ok("db", "init")
    project.write(
        "schema.sql", "CREATE TABLE item (id INTEGER PRIMARY KEY);\n-- migrate: bind logs\nCREATE TABLE entry (id INT);"
    )
    project.ok("db", "migrate", "--from-sql", "schema.sql", "-m", "all", "--sql-file", "--rev-id", "a")
    project.ok("db", "upgrade")
    tables = [{one["name"] for one in held(url)["tables"]} for url in (project.url, project.binds["logs"])]
    assert tables == [{"item"}, {"entry"}]
    assert "tables" not in held(project.binds["other"])
    project.ok("db", "downgrade", "-y")
    assert "tables" not in held(project.binds["logs"])
