"""Keys, checks and indexes, with and without names."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa

from ..case import Case, identity

ROWS = {"item": [{"id": 1, "name": "a", "price": 5, "code": 1}, {"id": 2, "name": "b", "price": 7, "code": 2}]}


def item(metadata: sa.MetaData, *arguments: t.Any, price: t.Any = (), name: t.Any = (), **options: t.Any) -> sa.Table:
    """A table with some columns, whose constraints differ."""
    return sa.Table(
        "item",
        metadata,
        identity(),
        sa.Column("name", sa.String(20), *name),
        sa.Column("price", sa.Integer, *price),
        sa.Column("code", sa.Integer, nullable=False),
        *arguments,
        **options,
    )


def both(label: str, one: t.Callable[[sa.MetaData], t.Any], **options: t.Any) -> tuple[Case, ...]:
    """A constraint added to the plain table, and dropped from it."""
    options.setdefault("rows", ROWS)
    return (
        Case(name=f"{label}-added", before=item, after=one, **options),
        Case(name=f"{label}-dropped", before=one, after=item, **options),
        Case(name=f"{label}-kept", before=one, **{k: v for k, v in options.items() if k == "engines"}),
    )


def parents(metadata: sa.MetaData, *arguments: t.Any, **options: t.Any) -> None:
    """Two tables, of which one may refer to the other."""
    sa.Table("parent", metadata, identity(), sa.Column("code", sa.Integer, unique=True))
    sa.Table("child", metadata, identity(), sa.Column("parent_id", sa.Integer, *arguments), **options)


def two_numbers(metadata: sa.MetaData) -> None:
    """The same with one more column."""
    parents(metadata, sa.ForeignKey("parent.id", name="fk_child"))
    metadata.tables["child"].append_column(sa.Column("x", sa.Integer))


def again(metadata: sa.MetaData, **options: t.Any) -> None:
    """One more key of the table that refers to the other one."""
    metadata.tables["child"].append_column(sa.Column("again", sa.Integer, sa.ForeignKey("child.id", **options)))


def _without_name(metadata: sa.MetaData) -> tuple[sa.Column[t.Any], ...]:
    return (identity(), sa.Column("price", sa.Integer), sa.Column("code", sa.Integer, nullable=False))


def unnamed(*names: str) -> tuple[sa.Constraint, ...]:
    """A constraint of each kind, with or without a name."""
    one, two, three = names or (None, None, None)
    return (
        sa.UniqueConstraint("name", name=one),
        sa.ForeignKeyConstraint(["price"], ["item.id"], name=two),
        sa.CheckConstraint("code > 0", name=three),
    )


FAMILY = {"parent": [{"id": 1, "code": 7}], "child": [{"id": 1, "parent_id": 1}, {"id": 2, "parent_id": None}]}

CASES = (
    *both("unique-unnamed", lambda m: item(m, sa.UniqueConstraint("name"))),
    *both("unique-named", lambda m: item(m, sa.UniqueConstraint("name", "code", name="uq_item"))),
    *both("check-unnamed", lambda m: item(m, sa.CheckConstraint("price > 0"))),
    *both("check-named", lambda m: item(m, sa.CheckConstraint("price > 0", name="positive"))),
    *both("check-of-column", lambda m: item(m, price=(sa.CheckConstraint("price > 0"),))),
    *both("index-plain", lambda m: item(m, sa.Index("ix_item", "name", "code"))),
    *both("index-unique", lambda m: item(m, sa.Index("ix_item", "name", unique=True))),
    *both(
        "index-descending",
        lambda m: item(m, sa.Index("ix_item", sa.text("name DESC"))),
        engines=("sqlite", "postgresql"),
    ),
    *both(
        "index-partial",
        lambda m: item(
            m,
            sa.Index("ix_item", "name", postgresql_where=sa.text("price > 3"), sqlite_where=sa.text("price > 3")),
        ),
        engines=("sqlite", "postgresql"),
    ),
    *both(
        "index-expression",
        lambda m: item(m, sa.Index("ix_item", sa.text("lower(name)"))),
        engines=("sqlite", "postgresql"),
    ),
    Case(
        name="check-changed",
        before=lambda m: item(m, sa.CheckConstraint("price > 0", name="positive")),
        after=lambda m: item(m, sa.CheckConstraint("price > 1 AND code <> 0", name="positive")),
        rows=ROWS,
    ),
    Case(
        name="check-unnamed-changed",
        before=lambda m: item(m, sa.CheckConstraint("price > 0")),
        after=lambda m: item(m, sa.CheckConstraint("price > 1")),
        rows=ROWS,
    ),
    Case(
        name="foreign-key-unnamed-added",
        before=parents,
        after=lambda m: parents(m, sa.ForeignKey("parent.id")),
        rows=FAMILY,
    ),
    Case(
        name="foreign-key-unnamed-dropped",
        before=lambda m: parents(m, sa.ForeignKey("parent.id")),
        after=parents,
        rows=FAMILY,
    ),
    Case(
        name="foreign-key-cascade",
        before=lambda m: parents(m, sa.ForeignKey("parent.id")),
        after=lambda m: parents(m, sa.ForeignKey("parent.id", ondelete="CASCADE")),
        rows=FAMILY,
    ),
    Case(
        name="foreign-key-index-added",
        before=lambda m: parents(m, sa.ForeignKey("parent.id")),
        after=lambda m: (parents(m, sa.ForeignKey("parent.id")), sa.Index("ix_child", m.tables["child"].c.parent_id)),
        rows=FAMILY,
    ),
    Case(
        name="foreign-key-index-dropped",
        before=lambda m: (parents(m, sa.ForeignKey("parent.id")), sa.Index("ix_child", m.tables["child"].c.parent_id)),
        after=lambda m: parents(m, sa.ForeignKey("parent.id")),
        rows=FAMILY,
    ),
    Case(
        name="foreign-key-named-with-index",
        before=parents,
        after=lambda m: (
            parents(m, sa.ForeignKey("parent.id", name="fk_child")),
            sa.Index("ix_child", m.tables["child"].c.parent_id),
        ),
        rows=FAMILY,
    ),
    Case(
        name="foreign-key-to-one-row-only",
        before=lambda m: parents(m, sa.ForeignKey("parent.id")),
        after=lambda m: (
            parents(m, sa.ForeignKey("parent.id")),
            m.tables["child"].c.parent_id.table.append_constraint(sa.UniqueConstraint("parent_id")),
        ),
        rows=FAMILY,
    ),
    Case(
        name="unique-unnamed-on-conflict",
        before=lambda m: item(m, sa.UniqueConstraint("name")),
        after=lambda m: item(m, sa.UniqueConstraint("name", sqlite_on_conflict="REPLACE")),
        rows=ROWS,
        engines=("sqlite",),
    ),
    Case(
        name="check-of-column-named-anew",
        before=lambda m: item(m, price=(sa.CheckConstraint("price > 0", name="one"),)),
        after=lambda m: item(m, price=(sa.CheckConstraint("price > 0", name="two"),)),
        rows=ROWS,
        engines=("sqlite", "postgresql"),
    ),
    Case(
        name="check-of-no-column-stays",
        before=lambda m: item(
            m, sa.Column("old %", sa.Integer), sa.CheckConstraint("1 < 2"), sa.CheckConstraint("code > 0")
        ),
        after=lambda m: item(m, sa.Column("new", sa.Integer), sa.CheckConstraint("1 < 2")),
        rows=ROWS,
        options={"no_renames": True},
    ),
    Case(
        name="foreign-key-index-in-another-order",
        before=lambda m: (two_numbers(m), sa.Index("ix_child", m.tables["child"].c.parent_id, m.tables["child"].c.x)),
        after=lambda m: (two_numbers(m), sa.Index("ix_child", m.tables["child"].c.x, m.tables["child"].c.parent_id)),
        rows=FAMILY,
    ),
    Case(
        name="foreign-key-unnamed-beside-another",
        before=lambda m: (parents(m, sa.ForeignKey("parent.id")), again(m, name="fk_again")),
        after=lambda m: (parents(m, sa.ForeignKey("parent.id")), again(m, ondelete="CASCADE")),
        rows=FAMILY,
        engines=("sqlite", "mariadb"),
    ),
    Case(
        name="unique-gone-with-its-table",
        before=lambda m: (
            parents(m),
            sa.Table("two words", m, identity(), sa.Column("b c", sa.Integer, unique=True), sa.Column("d", sa.Integer)),
            m.tables["two words"].append_constraint(sa.UniqueConstraint("b c", "d", name="uq two")),
        ),
        after=parents,
        rows=FAMILY,
    ),
    Case(
        name="index-gone-with-a-longer-type",
        before=lambda m: item(m, sa.Index("ix_item", "name")),
        after=lambda m: sa.Table("item", m, *(_without_name(m)), sa.Column("name", sa.Text)),
        rows=ROWS,
    ),
    Case(
        name="constraints-named-later",
        before=lambda m: item(m, *unnamed()),
        after=lambda m: item(m, *unnamed("uq", "fk", "ck")),
        rows={"item": [{"id": 1, "name": "a", "price": 1, "code": 1}]},
        engines=("sqlite", "mariadb"),
    ),
    Case(
        name="index-expression-changed-with-a-type",
        before=lambda m: item(m, sa.Index("ix_item", sa.text("lower(name)"))),
        after=lambda m: item(m, sa.Column("more", sa.Text), sa.Index("ix_item", sa.text("upper(name)"))),
        rows=ROWS,
        engines=("sqlite",),
    ),
)
