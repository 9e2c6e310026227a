"""What PostgreSQL keeps together: tables that change their schema, values and keys that others hold"""

from __future__ import annotations

import typing as t
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from ..case import Case, Models, identity

ONLY: t.Any = {"engines": ("postgresql",)}


class Wrapped(sa.types.TypeDecorator[t.Any]):
    """A type of an app."""

    impl = sa.LargeBinary
    cache_ok = True


def tree(schema: str | None, name: str, other: str | None) -> Models:
    """A table that leads to itself, with sequences, in a schema; one of another schema leads to it."""

    def models(metadata: sa.MetaData) -> None:
        place = name if schema is None else f"{schema}.{name}"
        columns = (sa.Column("label", sa.String(9), unique=True), sa.Column("n", sa.Integer, sa.Identity()))
        sa.Table(name, metadata, identity(), *columns, sa.Column("up", sa.ForeignKey(f"{place}.id")), schema=schema)
        sa.Table("leaf", metadata, identity(), sa.Column("of", sa.ForeignKey(f"{place}.id"), index=True), schema=other)

    return models


def states(*values: str, used: str, text: bool = False) -> Models:
    """A type whose values a check, an index and a conversion need, and that two tables share."""

    def models(metadata: sa.MetaData) -> None:
        type_ = sa.Enum(*values, name="state")
        sa.Table(
            "item",
            metadata,
            identity(),
            sa.Column("s", type_),
            sa.Column("was", sa.String(9) if text else type_),
            sa.CheckConstraint(f"s <> '{used}'", name="ck"),
            sa.Index("ix", "id", postgresql_where=sa.text(f"s = '{used}'")),
        )
        sa.Table("other", metadata, identity(), *([sa.Column("s", type_)] if text else []))

    return models


def held(*, is_new: bool) -> Models:
    """Keys that foreign keys lead to, which are replaced by others over the same columns."""

    def models(metadata: sa.MetaData) -> None:
        key = {"unique": True, "nullable": False} if is_new else {"primary_key": True}
        code = {"primary_key": True} if is_new else {"unique": True, "nullable": False}
        number = sa.Column("id", sa.Integer, autoincrement=False, **t.cast("t.Any", key))
        sa.Table("p", metadata, number, sa.Column("code", sa.String(5), **t.cast("t.Any", code)))
        sa.Table("q", metadata, identity(), sa.Column("a", sa.Integer, unique=True, index=is_new or None))
        columns = (sa.Column("p", sa.ForeignKey("p.id")), sa.Column("q", sa.ForeignKey("q.a", ondelete="CASCADE")))
        sa.Table("c", metadata, identity(), *columns)

    return models


def told(check: str, comment: str | None, *names: str) -> Models:
    """Constraints with comments."""

    def models(metadata: sa.MetaData) -> None:
        for name in names:
            sa.Table(
                name,
                metadata,
                sa.Column("id", sa.Integer),
                sa.Column("a", sa.Integer),
                sa.PrimaryKeyConstraint("id", name=f"pk of {name}", comment="the key"),
                sa.CheckConstraint(check, name=f"ck_{name}", comment=comment),
                sa.UniqueConstraint("a", name=f"uq_{name}_{comment}", comment="it's 100% :x"),
            )

    return models


def numbers(*, is_new: bool) -> Models:
    """Columns that are numbered or computed in one way, and in another one."""

    def models(metadata: sa.MetaData) -> None:
        options: t.Any = {} if is_new else {"start": 5, "increment": -1, "minvalue": -9, "maxvalue": 99, "cache": 3}
        wide = sa.BigInteger if is_new else sa.SmallInteger
        default: t.Any = sa.Identity() if is_new else sa.Computed("a * 2")
        plain: t.Any = {"server_default": "7", "nullable": False} if is_new else {}
        sa.Table(
            "item",
            metadata,
            identity(),
            sa.Column("a", sa.BigInteger if is_new else sa.Integer),
            sa.Column("twice", sa.BigInteger if is_new else sa.Integer, sa.Computed("a * 2"), comment="x"),
            sa.Column("up", sa.Integer, default),
            sa.Column("b", sa.Integer, *([] if is_new else [sa.Computed("a + 1")]), comment=str(is_new), **plain),
            sa.Column("n", wide, sa.Identity(**options)),
            sa.Column("m", sa.Integer, *([sa.Identity()] if is_new else [])),
        )

    return models


TYPES: t.Mapping[str, tuple[t.Any, t.Any, t.Any, t.Any]] = {
    "texts": (postgresql.ARRAY(sa.Text), sa.Text, ["a,b", None, '"'], '{"a,b",NULL,"\\""}'),
    "json": (postgresql.JSONB, postgresql.ARRAY(sa.Text), ["a", None], ["a", None]),
    "in 100% d": (postgresql.INET, sa.String(40), "10.0.0.1", "10.0.0.1"),
    "uuid": (sa.Uuid, sa.LargeBinary, uuid.UUID(int=3), uuid.UUID(int=3).bytes),
    "short": (sa.CHAR(32), sa.Uuid, uuid.UUID(int=3).hex, uuid.UUID(int=3)),
    "own": (sa.Text, Wrapped, "abc", b"abc"),
}


def typed(place: int) -> Models:
    """A column of each type."""

    def models(metadata: sa.MetaData) -> None:
        sa.Table("item", metadata, identity(), *(sa.Column(name, both[place]) for name, both in TYPES.items()))

    return models


def sequenced(metadata: sa.MetaData) -> None:
    """A column that a sequence of another schema numbers."""
    sequence = sa.Sequence("sq", schema="other %", metadata=metadata)
    sa.Table("item", metadata, identity(), sa.Column("a", sa.Integer, sequence, server_default=sequence.next_value()))


def divided(metadata: sa.MetaData) -> None:
    """Tables with options."""
    day = sa.Column("day", sa.Date, primary_key=True)
    sa.Table("parts", metadata, day, postgresql_partition_by="RANGE (day)")
    sa.Table("quick", metadata, identity(), prefixes=["UNLOGGED"], postgresql_with={"fillfactor": "50"})


TREE: t.Any = {"label": "x", "n": 1}
CASES = (
    Case(
        name="moved-to-another-schema",
        before=tree("one", "node", None),
        after=tree("two", "kno t", None),
        options={"rename_table": ["one.node:two.kno t"]},
        rows={"one.node": [{**TREE, "id": 1}, {"id": 2, "up": 1}], "leaf": [{"id": 1, "of": 2}]},
        same={"one.node": "two.kno t"},
        foreign=('schema "one"',),
        **ONLY,
    ),
    Case(
        name="moved-from-the-default-schema",
        before=tree(None, "node", "one"),
        after=tree("one", "node", None),
        options={"rename_table": ["node:one.node", "one.leaf:leaf"]},
        rows={"node": [{**TREE, "id": 1}, {"id": 2, "up": 1}], "one.leaf": [{"id": 1, "of": 2}]},
        same={"node": "one.node", "one.leaf": "leaf"},
        **ONLY,
    ),
    Case(
        name="moved-or-not-refused",
        before=tree("one", "node", "one"),
        after=tree(None, "node", "one"),
        rows={"one.node": [{"id": 1}]},
        refused=["--rename-table one.node:public.node"],
        **ONLY,
    ),
    Case(
        name="enum-values-used-at-once",
        before=states("a", "b", used="b", text=True),
        after=states("a", "c", "b", used="c"),
        rows={"item": [{"id": 1, "s": "a", "was": "b"}], "other": [{"id": 1, "s": "b"}]},
        **ONLY,
    ),
    Case(
        name="enum-values-gone-with-a-column",
        before=states("a", "b", used="b", text=True),
        after=states("a", used="a"),
        rows={"item": [{"id": 1, "was": "a"}], "other": [{"id": 1, "s": "b"}]},
        **ONLY,
    ),
    Case(
        name="keys-replaced-under-foreign-keys",
        before=held(is_new=False),
        after=held(is_new=True),
        rows={"p": [{"id": 1, "code": "x"}], "q": [{"id": 1, "a": 5}], "c": [{"id": 1, "p": 1, "q": 5}]},
        **ONLY,
    ),
    Case(
        name="comments-on-constraints",
        before=told("a > 0", "old", "kept", "gone"),
        after=told("a > 0", None, "kept", "new"),
        options={"no_renames": True},
        rows={"kept": [{"id": 1, "a": 1}]},
        **ONLY,
    ),
    Case(
        name="comments-on-changed-constraints",
        before=told("a > 0", "old", "kept"),
        after=told("a > -9", "old", "kept"),
        rows={"kept": [{"id": 1, "a": 1}]},
        **ONLY,
    ),
    Case(
        name="numbered-and-computed-otherwise",
        before=numbers(is_new=False),
        after=numbers(is_new=True),
        options={"fill": ["item.m=0"]},
        rows={"item": [{"id": 1, "a": 4}, {"id": 2, "a": 5}]},
        filled={
            "item": [{"a": 4, "twice": 8, "up": 8, "b": 5, "m": 0}, {"a": 5, "twice": 10, "up": 10, "b": 6, "m": 0}]
        },
        reverted={"item": [{"a": 4, "twice": 8, "up": 8, "b": 5}, {"a": 5, "twice": 10, "up": 10, "b": 6}]},
        **ONLY,
    ),
    Case(
        name="types-there-and-back",
        before=typed(0),
        after=typed(1),
        rows={"item": [{"id": 1, **{name: both[2] for name, both in TYPES.items()}}]},
        filled={"item": [{name: both[3] for name, both in TYPES.items()}]},
        reverted={"item": [{name: both[2] for name, both in TYPES.items()}]},
        **ONLY,
    ),
    Case(
        name="sequence-of-another-schema",
        before=lambda m: sa.Table("item", m, identity(), sa.Column("a", sa.Integer)),
        after=sequenced,
        rows={"item": [{"id": 1, "a": 4}]},
        **ONLY,
    ),
    Case(
        name="storage-of-dropped-tables",
        before=lambda m: (divided(m), sa.Table("item", m, identity())),
        after=lambda m: sa.Table("item", m, identity()),
        options={"allow_drop_all": True},
        rows={"parts": [], "item": [{"id": 1}]},
        **ONLY,
    ),
)
