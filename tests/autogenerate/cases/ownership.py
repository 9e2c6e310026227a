"""What is not the app's stays; schemas are made when they are missing."""

from __future__ import annotations

import sqlalchemy as sa

from ..case import ENGINES, Case, identity

LEGACY = ("CREATE TABLE legacy (id INTEGER NOT NULL, name VARCHAR(20), PRIMARY KEY (id))",)
PARTITIONED = (
    "CREATE TABLE measure (id INTEGER NOT NULL, at DATE NOT NULL) PARTITION BY RANGE (at)",
    "CREATE TABLE measure_1 PARTITION OF measure FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')",
)


def user(metadata: sa.MetaData, *columns: sa.Column[object]) -> None:
    """A table."""
    sa.Table("user", metadata, identity(), sa.Column("name", sa.String(20)), *columns)


def grown(metadata: sa.MetaData) -> None:
    """The table with one more column."""
    user(metadata, sa.Column("age", sa.Integer))


def in_schemas(metadata: sa.MetaData, *schemas: str) -> None:
    """A table in the default schema, and one that refers to it in each of some others."""
    user(metadata)
    for schema in schemas:
        sa.Table("log", metadata, identity(), sa.Column("user_id", sa.ForeignKey("user.id")), schema=schema)


def two(metadata: sa.MetaData) -> None:
    """Two tables more."""
    user(metadata)
    sa.Table("one", metadata, identity())
    sa.Table("two", metadata, identity())


ROWS = {"user": [{"id": 1, "name": "Ann"}]}
EVERYWHERE = dict.fromkeys(ENGINES, LEGACY)
FOREIGN = ('table "legacy"', 'column "legacy"', 'constraint "legacy"', 'index "legacy"', 'key "legacy"')

CASES = (
    Case(name="own-foreign-table-stays", before=user, after=grown, rows=ROWS, setup=EVERYWHERE, foreign=FOREIGN),
    Case(
        name="own-all-tables",
        before=two,
        after=lambda m: (two(m), sa.Table("three", m, sa.Column("number", sa.Date, primary_key=True))),
        rows=ROWS,
        setup=EVERYWHERE,
        settings={"own_all_tables": True},
        script=["drop_table('legacy')"],
    ),
    Case(
        name="own-table-of-a-revision-is-dropped",
        before=two,
        after=lambda m: (user(m), sa.Table("one", m, identity())),
        rows=ROWS,
        script=["drop_table('two')"],
    ),
    Case(
        name="own-partitions-stay",
        before=user,
        after=grown,
        rows=ROWS,
        setup={"postgresql": PARTITIONED},
        foreign=('table "measure', 'column "measure', 'order "measure'),
        engines=["postgresql"],
    ),
    Case(
        name="schemas-made",
        before=user,
        after=lambda m: in_schemas(m, "audit", "My Schema"),
        rows=ROWS,
        engines=["postgresql"],
    ),
    Case(
        name="schemas-table-dropped",
        before=lambda m: in_schemas(m, "audit"),
        after=user,
        rows={**ROWS, "audit.log": [{"id": 1, "user_id": 1}]},
        foreign=('schema "audit"',),
        engines=["postgresql"],
    ),
    Case(name="schemas-nothing", before=lambda m: in_schemas(m, "audit"), engines=["postgresql"]),
    Case(
        name="schemas-renamed-table",
        before=lambda m: in_schemas(m, "audit"),
        after=lambda m: (
            user(m),
            sa.Table("journal", m, identity(), sa.Column("user_id", sa.ForeignKey("user.id")), schema="audit"),
        ),
        rows={**ROWS, "audit.log": [{"id": 1, "user_id": 1}]},
        same={"audit.log": "audit.journal"},
        options={"rename_table": "audit.log:journal"},
        engines=["postgresql"],
    ),
)
