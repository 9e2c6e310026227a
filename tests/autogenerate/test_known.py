"""A comparison that found nothing is left out the next time, and never hides a difference."""

from __future__ import annotations

import random
import typing as t

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.ext.compiler import compiles

from flask_migrate import check, init, stamp
from flask_migrate.autogenerate import known
from flask_migrate.autogenerate.fingerprint import Uncertain, models_fingerprint
from flask_migrate.schema.read.fingerprint import fingerprint
from tests.projects import Project

MODELS = """
parent = sa.Table("parent", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("b", sa.Integer))
child = sa.Table(
    "child %",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(20), nullable=False, server_default="a%"),
    sa.Column("kind", sa.Enum("x", "y", name="kind", create_constraint=True)),
    sa.Column("twice", sa.Integer, sa.Computed("parent_id * 2", persisted=True)),
    sa.Column("parent_id", sa.ForeignKey("parent.id", ondelete="CASCADE")),
    sa.Column("made", sa.DateTime(), server_default=sa.func.now()),
    sa.Column("own", Own(5)),
    sa.CheckConstraint("parent_id > 5", name="positive"),
    sa.UniqueConstraint("name", name="uq"),
    sa.Index("ix", "name", sa.text("lower(name)")),
    comment="children",
)
"""
EDITS = {
    "sa.String(20)": ["sa.String(21)", "sa.Text()", "sa.Unicode(20)", 'sa.String(20, collation="C")'],
    "nullable=False": ["nullable=True"],
    'server_default="a%"': ['server_default="b%"', 'server_default=sa.text("upper(1)")'],
    '"x", "y", name="kind"': ['"x", "z", name="kind"', '"y", "x", name="kind"', '"x", "y", name="kinds"'],
    "create_constraint=True": ["create_constraint=False", "native_enum=False"],
    "parent_id * 2": ["parent_id * 3"],
    "persisted=True": ["persisted=False"],
    "CASCADE": ["SET NULL"],
    '"parent.id"': ['"parent.b"'],
    "sa.DateTime()": ["sa.DateTime(timezone=True)", "sa.Date()"],
    "sa.func.now()": ["sa.func.current_date()"],
    "Own(5)": ["Own(6)"],
    "parent_id > 5": ["parent_id > 6"],
    '"positive"': ['"Positive"', "None"],
    'UniqueConstraint("name", name="uq")': [
        'UniqueConstraint("id", name="uq")',
        'UniqueConstraint("name", name="uq2")',
        'UniqueConstraint("name", name="uq", deferrable=True)',
        'PrimaryKeyConstraint("id", name="uq")',
    ],
    'Index("ix", "name", sa.text("lower(name)"))': [
        'Index("ix", "name", sa.text("upper(name)"))',
        'Index("ix", "name", sa.text("lower(name)"), unique=True)',
        'Index("ix", sa.text("lower(name)"), "name")',
        'Index("ix", "name", sa.text("lower(name)"), postgresql_where=sa.text("id > 3"))',
        'Index("ix", "name", sa.text("lower(name)"), postgresql_using="hash")',
        'Index("ix", "name", sa.text("lower(name)"), mysql_length={"name": 5})',
    ],
    'comment="children"': ['comment="boys"', 'info={"renamed_from": "x"}', 'mysql_engine="MyISAM"', 'schema="s"'],
    'sa.Column("b", sa.Integer)': [
        'sa.Column("c", sa.Integer)',
        'sa.Column("b", sa.BigInteger)',
        'sa.Column("b", sa.Integer, sa.Identity(start=5))',
        'sa.Column("b", sa.Integer, sa.Sequence("sq"))',
        'sa.Column("b", sa.Integer, comment="b")',
        'sa.Column("b", sa.Integer, autoincrement=True)',
        'sa.Column("b", sa.Integer().with_variant(sa.BigInteger(), "postgresql", "sqlite", "mysql"))',
        'sa.Column("b", sa.Integer, sa.CheckConstraint("b > 1"))',
    ],
}
DIALECTS = {"sqlite": sqlite.dialect(), "postgresql": postgresql.dialect(), "mysql": mysql.dialect()}


class Own(sa.types.UserDefinedType[t.Any]):
    """A type of the app, whose code says what it is."""

    cache_ok = True
    word = "OWN"

    def __init__(self, size: int) -> None:
        self._size = size

    def get_col_spec(self, **_: t.Any) -> str:
        """What is written for it."""
        return f"{self.word}({self._size})"


def of(source: str, dialect: sa.Dialect) -> str:
    """The fingerprint of models."""
    metadata = sa.MetaData()
    exec(source, {"sa": sa, "metadata": metadata, "Own": Own})
    return models_fingerprint([metadata], dialect)


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_models(dialect: sa.Dialect) -> None:
    """The same models have the same fingerprint, and any edit another one."""
    before = of(MODELS, dialect)
    assert of(MODELS, dialect) == before
    for old, replacements in EDITS.items():
        assert MODELS.count(old) == 1
        for new in replacements:
            assert of(MODELS.replace(old, new), dialect) != before, new


def test_code_of_types(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a type of the app writes counts, not what it is called."""
    before = of(MODELS, DIALECTS["sqlite"])
    monkeypatch.setattr(Own, "word", "OTHER")
    assert of(MODELS, DIALECTS["sqlite"]) != before


def test_uncertain() -> None:
    """Where code is asked during the comparison there is no fingerprint."""

    class Compared(sa.types.TypeDecorator[str]):
        impl = sa.String
        cache_ok = True

        def compare_against_backend(self, dialect: sa.Dialect, conn_type: t.Any) -> bool:
            return True

    metadata = sa.MetaData()
    sa.Table("t", metadata, sa.Column("a", Compared()))
    with pytest.raises(Uncertain):
        models_fingerprint([metadata], DIALECTS["sqlite"])


def test_compiled_by_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    """An app that writes ``CREATE TABLE`` by itself has no fingerprint either."""

    class Own(sa.schema.CreateTable):
        """Not the one that SQLAlchemy uses."""

    compiles(Own)(lambda element, compiler, **options: "")
    for name in vars(Own).keys() & {"_compiler_dispatcher"}:  # what sqlalchemy.ext.compiler leaves behind
        monkeypatch.setattr(sa.schema.CreateTable, name, vars(Own)[name], raising=False)
    with pytest.raises(Uncertain):
        models_fingerprint([], DIALECTS["sqlite"])


CHANGES = {
    "sqlite": [
        "CREATE TABLE \"t %\" (id INTEGER PRIMARY KEY, a VARCHAR(20) DEFAULT 'a')",
        'ALTER TABLE "t %" ADD COLUMN b INTEGER CHECK (b > 1)',
        'CREATE INDEX ix ON "t %" (a)',
        'CREATE UNIQUE INDEX ix2 ON "t %" (a)',
        'ALTER TABLE "t %" RENAME COLUMN a TO c',
    ],
    "postgresql": [
        "CREATE TABLE \"t %\" (id serial PRIMARY KEY, a varchar(20) DEFAULT 'a', CONSTRAINT u UNIQUE (a))",
        'ALTER TABLE "t %" ADD COLUMN b integer CHECK (b > 1)',
        'ALTER TABLE "t %" ALTER COLUMN b SET NOT NULL',
        "ALTER TABLE \"t %\" ALTER COLUMN a SET DEFAULT 'b'",
        'ALTER TABLE "t %" ALTER COLUMN a TYPE varchar(30)',
        "COMMENT ON COLUMN \"t %\".a IS 'x'",
        'CREATE INDEX ix ON "t %" (a) WHERE b > 1',
        'ALTER TABLE "t %" ADD FOREIGN KEY (b) REFERENCES "t %" (id) ON DELETE CASCADE',
        "CREATE TYPE mood AS ENUM ('a')",
        "ALTER TYPE mood ADD VALUE 'b'",
        "ALTER TYPE mood RENAME VALUE 'b' TO 'c'",
        "CREATE SEQUENCE sq",
        "ALTER SEQUENCE sq INCREMENT 5",
        "CREATE DOMAIN d AS integer",
        "ALTER DOMAIN d ADD CHECK (value > 1)",
        "CREATE SCHEMA other",
        'ALTER TABLE "t %" SET SCHEMA other',
    ],
    "mariadb": [
        "CREATE TABLE `t %` (id INTEGER PRIMARY KEY AUTO_INCREMENT, a VARCHAR(20) DEFAULT 'a', UNIQUE u (a))",
        "ALTER TABLE `t %` ADD COLUMN b INTEGER CHECK (b > 1)",
        "ALTER TABLE `t %` MODIFY b INTEGER NOT NULL",
        "ALTER TABLE `t %` ALTER COLUMN a SET DEFAULT 'b'",
        "ALTER TABLE `t %` MODIFY a ENUM('a', 'b')",
        "ALTER TABLE `t %` MODIFY a ENUM('a', 'b') COMMENT 'x'",
        "CREATE INDEX ix ON `t %` (b)",
        "ALTER TABLE `t %` ADD FOREIGN KEY (b) REFERENCES `t %` (id) ON DELETE CASCADE",
        "ALTER TABLE `t %` COMMENT 'x'",
        "CREATE SEQUENCE sq",
        "ALTER SEQUENCE sq INCREMENT 5",
        "ALTER TABLE `t %` MODIFY b INTEGER NOT NULL FIRST",
    ],
}


def test_databases(engine_name: str, engine_url: str) -> None:
    """Each change of a database gives it another fingerprint."""
    engine = sa.create_engine(engine_url, poolclass=sa.NullPool)
    seen: set[str | None] = set()
    options = {"no_parameters": True}
    schemas = () if engine_name == "mariadb" else None  # where all there are would be those of other tests, too
    with engine.connect() as connection:
        for change in CHANGES[engine_name]:
            connection.exec_driver_sql(change, execution_options=options)
            connection.commit()
            found = fingerprint(connection, schemas)
            assert found is not None
            assert found not in seen, change
            assert fingerprint(connection, schemas) == found
            seen.add(found)


APP = """
import os
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
db = SQLAlchemy(app)
Migrate(app, db)


class Thing(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(20), nullable=False)
    rank = db.Column(db.Integer)
"""


@pytest.fixture
def thing(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project at its head, in which comparisons are remembered."""
    monkeypatch.setattr(known, "may_write", lambda: True)
    project.write("app.py", APP)
    for arguments in (["init"], ["migrate"], ["upgrade"]):
        project.ok("db", *arguments)
    return project


def compares(project: Project, monkeypatch: pytest.MonkeyPatch, *options: str) -> bool:
    """Whether ``check``, which has to find nothing, compares."""
    from alembic.autogenerate import RevisionContext

    called = []
    original = RevisionContext.run_autogenerate
    with monkeypatch.context() as patch:
        patch.setattr(RevisionContext, "run_autogenerate", lambda *given: called.append(1) or original(*given))
        result = project.ok("db", "check", *options)
    assert result.stdout == "No new upgrade operations detected.\n"
    return bool(called)


def test_second_run(thing: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was equal is not compared again, unless asked for; what is kept may be damaged, or not writable."""
    assert compares(thing, monkeypatch)
    assert not compares(thing, monkeypatch)
    assert compares(thing, monkeypatch, "--no-cache")
    (kept,) = (thing.folder / "migrations").rglob("*.equal")
    kept.write_bytes(b"\xff\x00 rubbish")
    assert compares(thing, monkeypatch)
    assert not compares(thing, monkeypatch)
    kept.unlink()
    kept.mkdir()
    assert compares(thing, monkeypatch)
    assert compares(thing, monkeypatch)


@pytest.mark.engines("sqlite")
def test_filters_of_the_app(thing: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function of the app that has a say is asked each time."""
    thing.replace("app.py", "Migrate(app, db)", "Migrate(app, db, include_object=lambda *_: True)")
    assert compares(thing, monkeypatch)
    assert compares(thing, monkeypatch)


@pytest.mark.engines("sqlite")
def test_tables_of_others(thing: Project) -> None:
    """What has to be told is told each time."""
    thing.sql(thing.url, "CREATE TABLE other (id INTEGER)")
    outputs = [thing.ok("db", "check").output for _ in range(2)]
    assert outputs[0] == outputs[1]


TABLES = """
for number in range({number}):
    db.Table(
        f"made_{{number}}",
        db.metadata,
        db.Column("id", db.Integer, primary_key=True),
        db.Column("name", db.String(20), server_default="a%", index=True),
        db.Column("made", db.DateTime, server_default=db.func.now()),
        db.CheckConstraint("name <> 'x'", name=f"ck_{{number}}"),
    )
"""

MODEL_EDITS = (
    ("String(20)", "String(30)"),
    ("nullable=False", "nullable=True"),
    ("db.Integer)\n", "db.Integer, index=True)\n"),
    ("rank = db.Column(db.Integer", "place = db.Column(db.Integer"),
)
DATABASE_EDITS = (
    ("ALTER TABLE thing ADD COLUMN extra INTEGER", "ALTER TABLE thing DROP COLUMN extra"),
    ("CREATE INDEX ix_thing_rank ON thing (rank)", "DROP INDEX ix_thing_rank{on}"),
    ("CREATE TABLE other (id INTEGER)", "DROP TABLE other"),
)


@pytest.mark.parametrize("seed", range(2))
def test_random_edits(thing: Project, engine_name: str, seed: int) -> None:
    """Whatever is edited in whatever order, ``check`` says with the cache what it says without."""
    rng, base = random.Random(seed), thing.read("app.py")
    edited: set[int] = set()
    altered: set[int] = set()
    for _ in range(8):
        if rng.random() < 0.5:
            edited ^= {rng.randrange(len(MODEL_EDITS))} if rng.random() < 0.6 else edited
            source = base
            for place in sorted(edited):
                source = source.replace(*MODEL_EDITS[place])
            thing.write("app.py", source)
        else:
            place = rng.randrange(len(DATABASE_EDITS))
            statement = DATABASE_EDITS[place][place in altered]
            thing.sql(thing.url, statement.format(on=" ON thing" if engine_name == "mariadb" else ""))
            altered ^= {place}
        remembered = thing.invoke("db", "check", "--json")
        compared = thing.invoke("db", "check", "--json", "--no-cache")
        assert (remembered.returncode, remembered.stdout) == (compared.returncode, compared.stdout)


def test_statements_do_not_grow(project: Project, engine_name: str) -> None:
    """With defaults and checks that the engine rewrites, many tables cost as many statements as few."""
    counts = []
    for number in (8, 16):
        project.write("app.py", APP + TABLES.format(number=number))
        with project.context() as app:
            db = app.extensions["migrate"].db
            db.create_all()
            sent: list[str] = []
            sa.event.listen(sa.Engine, "before_cursor_execute", lambda *given, sent=sent: sent.append(given[2]))
            if number == 8:
                init()
                stamp()
            sent.clear()
            check(cache=False)
            counts.append(len(sent))
    assert counts[0] == counts[1], "\n".join(one[:100] for one in sent)
