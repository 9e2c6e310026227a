"""What only PostgreSQL has: exclusion constraints, sequences and types that stand alone, domains, kinds of keys."""

from __future__ import annotations

import datetime
import typing as t
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from ..case import Case, Models, identity

ONLY: t.Any = {"engines": ("postgresql",)}
ROWS = {"item": [{"id": 1, "a": 1, "name": "x"}]}


def item(*arguments: t.Any, **options: t.Any) -> Models:
    """Models with one table; columns and constraints are made when they are asked for."""

    def models(metadata: sa.MetaData) -> sa.Table:
        parts = [make() for make in arguments]
        columns = (identity(), sa.Column("a", sa.Integer), sa.Column("name", sa.String(20)))
        return sa.Table("item", metadata, *columns, *parts, **options)

    return models


def beside(*makes: t.Callable[[sa.MetaData], t.Any]) -> Models:
    """The same table, and something beside it."""

    def models(metadata: sa.MetaData) -> None:
        item()(metadata)
        for make in makes:
            make(metadata)

    return models


def excluded(text: str, name: str | None = 'no "two" 100%') -> t.Callable[[], sa.Constraint]:
    """An exclusion constraint with a condition."""
    return lambda: postgresql.ExcludeConstraint(
        (sa.text("int4range(a, a + 2)"), "&&"), using="gist", name=name, where=sa.text(text)
    )


def domain(check: str, base: t.Any = sa.Integer, **options: t.Any) -> t.Callable[[], sa.Column[t.Any]]:
    """A column of a domain."""
    return lambda: sa.Column("d", postgresql.DOMAIN("my dom", base, check=sa.text(check), **options))


def retyped(type_: t.Any, **options: t.Any) -> Models:
    """A table with a column of some type."""

    def models(metadata: sa.MetaData) -> None:
        sa.Table("item", metadata, identity(), sa.Column("a", type_, **options), sa.Column("b", sa.String(9)))

    return models


def in_public(*values: str) -> Models:
    """Tables and a type whose schema is the default one, by its name."""

    def models(metadata: sa.MetaData) -> None:
        mood = sa.Enum(*values, name="mood", schema="public")
        sa.Table("item", metadata, identity(), sa.Column("mood", mood), schema="public")
        sa.Table("part", metadata, identity(), sa.Column("of", sa.ForeignKey("public.item.id")), schema="public")

    return models


def sequence(**options: t.Any) -> t.Callable[[sa.MetaData], t.Any]:
    """A sequence that no column has."""
    return lambda metadata: sa.Sequence("my seq", metadata=metadata, **options)


def numbered(metadata: sa.MetaData) -> None:
    """Keys that sequences with names of their own number."""
    item()(metadata)
    shared = sa.Sequence("shared", start=100, metadata=metadata)
    key = sa.Column("id", sa.BigInteger, shared, server_default=shared.next_value(), primary_key=True)
    sa.Table("order", metadata, key)
    sa.Table("entry", metadata, sa.Column("id", sa.Integer, sa.Sequence("of 100%", cycle=True), primary_key=True))


def keyed(*columns: str, **options: t.Any) -> Models:
    """A table with three columns, and a primary key over some."""

    def models(metadata: sa.MetaData) -> None:
        every = [sa.Column(name, sa.Integer, autoincrement=False, nullable=False) for name in "abc"]
        sa.Table("keyed", metadata, *every, sa.PrimaryKeyConstraint(*columns, **options))

    return models


def computed(type_: t.Any, text: str) -> Models:
    """A column, and one that is generated from it, with an index and a check."""

    def models(metadata: sa.MetaData) -> None:
        twice = sa.Column("twice", sa.BigInteger, sa.Computed(text, persisted=True), index=True)
        sa.Table("item", metadata, identity(), sa.Column("a", type_), twice, sa.CheckConstraint("twice > 0"))

    return models


def state(*values: str) -> Models:
    """An enum that a check, an index, a key of another table and a view need."""

    def models(metadata: sa.MetaData) -> None:
        type_ = sa.Enum(*values, name="state")
        sa.Table(
            "item",
            metadata,
            sa.Column("s", type_, primary_key=True),
            sa.CheckConstraint("s <> 'z'", name="not_z"),
            sa.Index("ix_x", "s", postgresql_where=sa.text("s = 'x'")),
        )
        sa.Table("other", metadata, identity(), sa.Column("s", type_, sa.ForeignKey("item.s")))

    return models


def referred(type_: t.Any) -> Models:
    """A key that two tables refer to, one of them itself."""

    def models(metadata: sa.MetaData) -> None:
        parent = sa.Column("parent_id", type_, sa.ForeignKey("node.id"))
        sa.Table("node", metadata, sa.Column("id", type_, primary_key=True), parent)
        sa.Table(
            "leaf", metadata, identity(), sa.Column("node_id", type_, sa.ForeignKey("node.id", ondelete="CASCADE"))
        )

    return models


def named(metadata: sa.MetaData) -> None:
    """A table whose key is a text."""
    sa.Table("thing", metadata, sa.Column("code", sa.String(9), primary_key=True))


def counted(metadata: sa.MetaData) -> None:
    """The same with a number as its key."""
    sa.Table("thing", metadata, identity(), sa.Column("code", sa.String(9), nullable=False, unique=True))


CASES = (
    Case(name="exclusion-added", before=item(), after=item(excluded("a > 0")), rows=ROWS, **ONLY),
    Case(name="exclusion-changed", before=item(excluded("a > 0")), after=item(excluded("a > 1")), rows=ROWS, **ONLY),
    Case(name="exclusion-renamed", before=item(excluded("a > 0")), after=item(excluded("a > 0", "b")), **ONLY),
    Case(
        name="exclusion-table",
        before=item(excluded("a > 0", None)),
        after=keyed("a"),
        **{**ONLY, "options": {"allow_drop_all": True, "no_renames": True}},
    ),
    Case(name="sequence-alone-added", before=item(), after=beside(sequence(start=7, cycle=True)), **ONLY),
    Case(name="sequence-alone-dropped", before=beside(sequence(start=5)), after=item(), **ONLY),
    Case(
        name="sequence-alone-changed",
        before=beside(sequence(data_type=sa.Integer)),
        after=beside(sequence(increment=-2, minvalue=-9, start=-1, maxvalue=-1)),
        **ONLY,
    ),
    Case(name="sequence-of-new-keys", before=item(), after=numbered, rows=ROWS, **ONLY),
    Case(
        name="sequence-of-a-wider-key",
        before=lambda m: sa.Table("t", m, identity()),
        after=lambda m: sa.Table("t", m, sa.Column("id", sa.BigInteger, primary_key=True)),
        rows={"t": [{"id": 1}]},
        **ONLY,
    ),
    Case(name="enum-alone", before=item(), after=beside(lambda m: sa.Enum("x", "y", name="alone", metadata=m)), **ONLY),
    Case(
        name="enum-in-a-schema-of-its-own",
        before=item(),
        after=item(lambda: sa.Column("e", sa.Enum("x\\y", name="e", schema="only %"))),
        rows=ROWS,
        **ONLY,
    ),
    Case(
        name="enum-made-anew-under-what-needs-it",
        before=state("x", "y", "z"),
        after=state("z", "x"),
        rows={"item": [{"s": "x"}], "other": [{"id": 1, "s": "x"}]},
        setup={"postgresql": ["CREATE VIEW v AS SELECT s FROM item WHERE s = 'x'"]},
        **ONLY,
    ),
    Case(name="domain-added", before=item(), after=item(domain("VALUE > 0", default="5")), rows=ROWS, **ONLY),
    Case(
        name="domain-dropped",
        before=item(domain("VALUE > 0", not_null=True, default="1")),
        after=item(),
        rows=ROWS,
        **ONLY,
    ),
    Case(
        name="domain-changed", before=item(domain("VALUE > 0")), after=item(domain("VALUE > -9", default="5")), **ONLY
    ),
    Case(
        name="domain-of-another-type",
        before=item(domain("VALUE > 0")),
        after=item(domain("VALUE > 0", sa.BigInteger)),
        rows={"item": [{"id": 1, "d": 5}]},
        **ONLY,
    ),
    Case(
        name="primary-key-grows",
        before=keyed("a"),
        after=keyed("b", "a"),
        rows={"keyed": [{"a": 1, "b": 2, "c": 3}]},
        **ONLY,
    ),
    Case(
        name="primary-key-deferrable",
        before=keyed("a"),
        after=keyed("a", deferrable=True, initially="DEFERRED"),
        **ONLY,
    ),
    Case(
        name="unique-with-included-columns",
        before=item(lambda: sa.UniqueConstraint("a", name="u")),
        after=item(lambda: sa.UniqueConstraint("a", name="u", postgresql_include=["name"])),
        rows=ROWS,
        **ONLY,
    ),
    Case(
        name="generated-column-under-a-changed-type",
        before=computed(sa.Integer, "a * 2"),
        after=computed(sa.BigInteger, "a * 2"),
        rows={"item": [{"id": 1, "a": 4}]},
        **ONLY,
    ),
    Case(
        name="generated-column-changed-with-its-keys",
        before=computed(sa.Integer, "a * 2"),
        after=computed(sa.BigInteger, "a * 3"),
        rows={"item": [{"id": 1, "a": 4}]},
        filled={"item": [{"id": 1, "a": 4, "twice": 12}]},
        reverted={"item": [{"id": 1, "a": 4, "twice": 8}]},
        **ONLY,
    ),
    *(
        Case(
            name=f"referred-key-to-{word}",
            before=referred(sa.Integer),
            after=referred(type_),
            rows={"node": [{"id": 1}, {"id": 2, "parent_id": 1}], "leaf": [{"id": 1, "node_id": 2}]},
            filled={
                "node": [{"id": ids[0], "parent_id": None}, {"id": ids[1], "parent_id": ids[0]}],
                "leaf": [{"id": 1}],
            },
            reverted={
                "node": [{"id": 1, "parent_id": None}, {"id": 2, "parent_id": 1}],
                "leaf": [{"id": 1, "node_id": 2}],
            },
            **ONLY,
        )
        for word, type_, ids in (
            ("text", sa.String(36), ("1", "2")),
            ("uuid", sa.Uuid, (uuid.UUID(int=1), uuid.UUID(int=2))),
        )
    ),
    Case(
        name="new-key-numbers-the-rows",
        before=named,
        after=counted,
        rows={"thing": [{"code": "a"}, {"code": "b"}]},
        filled={"thing": [{"code": "a"}, {"code": "b"}]},
        **ONLY,
    ),
    Case(
        name="storage-of-tables",
        before=item(postgresql_with={"fillfactor": 70}),
        after=item(prefixes=["UNLOGGED"], postgresql_with={"fillfactor": 80}),
        rows=ROWS,
        **ONLY,
    ),
    Case(name="storage-of-tables-no-longer", before=item(postgresql_with={"fillfactor": 70}), after=item(), **ONLY),
    Case(
        name="filled-after-its-type-has-changed",
        before=retyped(sa.String(20)),
        after=retyped(sa.Date, nullable=False, default=datetime.date(2020, 1, 1)),
        rows={"item": [{"id": 1, "a": None}, {"id": 2, "a": "2021-02-03"}]},
        filled={"item": [{"id": 1, "a": datetime.date(2020, 1, 1)}, {"id": 2, "a": datetime.date(2021, 2, 3)}]},
        reverted={"item": [{"id": 1, "a": "2020-01-01"}, {"id": 2, "a": "2021-02-03"}]},
        **ONLY,
    ),
    Case(
        name="default-schema-by-its-name",
        before=in_public("a", "b"),
        after=in_public("a", "c"),
        options={"rename_enum_value": ["public.mood.b:c"]},
        **ONLY,
    ),
)
