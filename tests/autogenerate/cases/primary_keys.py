"""Primary keys: their columns, order, names and types, with what refers to them"""

from __future__ import annotations

import typing as t

import sqlalchemy as sa

from ..case import Case, identity

OWN = ("sqlite", "mariadb")
PAIR = {"item": [{"a": 1, "b": 7}, {"a": 2, "b": 8}]}


def item(metadata: sa.MetaData, *key: str, name: str | None = None) -> sa.Table:
    """A table with a key over some of its columns."""
    columns = [sa.Column(one, sa.Integer, nullable=False, autoincrement=False) for one in ("a", "b")]
    keys = [sa.PrimaryKeyConstraint(*key, name=name)] if key else []
    return sa.Table("item", metadata, *columns, *keys)


def family(metadata: sa.MetaData, type_: t.Any) -> None:
    """A table and one that refers to it twice."""
    sa.Table("item", metadata, sa.Column("id", type_, primary_key=True), sa.Column("name", sa.String(9)))
    sa.Table(
        "part",
        metadata,
        identity(),
        sa.Column("item_id", type_, sa.ForeignKey("item.id", ondelete="CASCADE"), nullable=False),
        sa.Column("other_id", type_, sa.ForeignKey("item.id", name="fk_other"), index=True),
    )


def other_key(metadata: sa.MetaData, *, is_code: bool) -> None:
    """A table that something refers to, by its key or by what was its key."""
    sa.Table(
        "item",
        metadata,
        sa.Column("id", sa.Integer, primary_key=not is_code, unique=is_code or None, nullable=False),
        sa.Column("code", sa.Integer, primary_key=is_code, autoincrement=False, nullable=False),
        *(() if is_code else (sa.UniqueConstraint("code"),)),
    )
    sa.Table("part", metadata, identity(), sa.Column("item_id", sa.ForeignKey("item.id")))


FAMILY = {"item": [{"id": 1, "name": "a"}], "part": [{"id": 1, "item_id": 1, "other_id": 1}]}
CASES = (
    *(
        Case(
            name=f"primary-key-{label}",
            before=lambda m, old=old: item(m, *old),
            after=lambda m, new=new: item(m, *new),
            rows=PAIR,
            engines=OWN,
        )
        for label, old, new in (
            ("column-added", "a", "ab"),
            ("column-dropped", "ab", "a"),
            ("order", "ab", "ba"),
            ("moved", "a", "b"),
            ("gone", "a", ""),
            ("new", "", "b"),
        )
    ),
    Case(
        name="primary-key-named",
        before=lambda m: item(m, "a"),
        after=lambda m: item(m, "a", name="pk item"),
        rows=PAIR,
        engines=("sqlite",),
    ),
    Case(
        name="primary-key-numbered-instead",
        before=lambda m: sa.Table("item", m, sa.Column("code", sa.String(9), primary_key=True)),
        after=lambda m: sa.Table("item", m, sa.Column("code", sa.String(9), nullable=False), identity()),
        rows={"item": [{"code": "x"}, {"code": "y"}]},
        engines=OWN,
    ),
    Case(
        name="primary-key-referred-to-moved",
        before=lambda m: other_key(m, is_code=False),
        after=lambda m: other_key(m, is_code=True),
        rows={"item": [{"id": 1, "code": 5}], "part": [{"id": 1, "item_id": 1}]},
        engines=("mariadb",),
    ),
    *(
        Case(
            name=f"primary-key-becomes-{label}",
            before=lambda m, old=old: family(m, old),
            after=lambda m, new=new: family(m, new),
            rows=FAMILY,
            engines=OWN,
        )
        for label, old, new in (
            ("bigger", sa.Integer(), sa.BigInteger()),
            ("text", sa.Integer(), sa.String(36)),
        )
    ),
)
