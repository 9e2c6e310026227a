"""Renames of tables and columns."""

from __future__ import annotations

import sqlalchemy as sa

from ..case import Case, identity


def users(metadata: sa.MetaData, table: str = "user", column: str = "name", **options: object) -> None:
    """A table with one column under test, and one that refers to it."""
    sa.Table(table, metadata, identity(), sa.Column(column, sa.String(50), **options), sa.Column("age", sa.Integer))
    sa.Table("post", metadata, identity(), sa.Column("author_id", sa.ForeignKey(f"{table}.id"), index=True))


def keyed(metadata: sa.MetaData, table: str, key: str, column: str) -> None:
    """Everything that carries a name: keys, uniques, checks, indexes, foreign keys."""
    sa.Table(
        table,
        metadata,
        sa.Column(key, sa.Integer, primary_key=True),
        sa.Column(column, sa.String(30), nullable=False, unique=True),
        sa.Column("parent_id", sa.ForeignKey(f"{table}.{key}")),
        sa.CheckConstraint(f"{column} <> 'x'", name="ck_not_x"),
        sa.Index("ix_both", column, "parent_id"),
    )
    sa.Table("child", metadata, identity(), sa.Column("ref", sa.ForeignKey(f"{table}.{key}")))


def chained(metadata: sa.MetaData, *names: str) -> None:
    """Columns that take each other's names."""
    sa.Table("item", metadata, identity(), *(sa.Column(name, sa.Integer) for name in names))


def strange(metadata: sa.MetaData, table: str, column: str) -> None:
    """Names that need quotes."""
    sa.Table(table, metadata, identity(), sa.Column(column, sa.String(20)), sa.Column("other", sa.Integer))


def retyped(metadata: sa.MetaData) -> None:
    """Another name, another type, another index."""
    name = sa.Column("full_name", sa.Text, nullable=False)
    sa.Table("user", metadata, identity(), name, sa.Column("age", sa.BigInteger, index=True))
    sa.Table("post", metadata, identity(), sa.Column("author_id", sa.ForeignKey("user.id"), index=True))


def laden(metadata: sa.MetaData, name: str, other: str) -> None:
    """Columns with more than a type."""
    from sqlalchemy.dialects import mysql

    sa.Table(
        "item",
        metadata,
        identity(),
        sa.Column(name, sa.String(20), sa.CheckConstraint(f"{name} <> 'x'"), comment="a: 5%"),
        sa.Column(other, sa.JSON().with_variant(mysql.INTEGER(unsigned=True), "mysql")),
    )


def coloured(metadata: sa.MetaData, *labels: str, **options: object) -> None:
    """Two tables that share an enum."""
    enum = sa.Enum(*labels, name="colour", metadata=metadata, **options)
    sa.Table("car", metadata, identity(), sa.Column("colour", enum, nullable=False, server_default=labels[0]))
    sa.Table("house", metadata, identity(), sa.Column("colour", enum))


def referring(metadata: sa.MetaData, column: str, **options: object) -> None:
    """A table that refers to another one, with keys that have no names."""
    sa.Table("user", metadata, identity())
    sa.Table("post", metadata, identity(), sa.Column(column, sa.ForeignKey("user.id", **options)))


ROWS = {"user": [{"id": 1, "name": "Ann", "age": 5}, {"id": 2, "name": "Bob", "age": None}]}
POSTS = {"post": [{"id": 1, "author_id": 2}]}

CASES = (
    Case(
        name="rename-column",
        before=users,
        after=lambda m: users(m, column="full_name"),
        rows={**ROWS, **POSTS},
        same={"user.name": "user.full_name"},
        options={"rename_column": "user.name:full_name"},
        script=["new_column_name='full_name'"],
        absent=["drop_column", "add_column"],
    ),
    Case(
        name="rename-column-refused",
        before=users,
        after=lambda m: users(m, column="full_name"),
        rows=ROWS,
        refused=["--rename-column user.name:full_name", "--no-renames"],
    ),
    Case(
        name="rename-column-said-in-the-model",
        before=users,
        after=lambda m: users(m, column="full_name", info={"renamed_from": "name"}),
        rows=ROWS,
        same={"user.name": "user.full_name"},
    ),
    Case(
        name="rename-column-not-meant",
        before=users,
        after=lambda m: users(m, column="full_name"),
        rows=ROWS,
        options={"no_renames": True},
        script=["drop_column('name')", "add_column("],
    ),
    Case(
        name="rename-column-not-null-indexed-default-comment",
        before=lambda m: users(m, nullable=False, index=True, server_default="x", comment='it\'s 5 % "quoted"'),
        after=lambda m: users(
            m, column="label", nullable=False, index=True, server_default="x", comment='it\'s 5 % "quoted"'
        ),
        rows=ROWS,
        same={"user.name": "user.label"},
        options={"rename_column": "user.name:label"},
    ),
    Case(
        name="rename-and-retype-column",
        before=users,
        after=retyped,
        rows=ROWS,
        same={"user.name": "user.full_name"},
        options={"rename_column": ["user.name:full_name"]},
    ),
    Case(
        name="rename-table",
        before=users,
        after=lambda m: users(m, table="account"),
        rows={**ROWS, **POSTS},
        same={"user": "account"},
        options={"rename_table": "user:account"},
        absent=["create_table", "drop_table"],
    ),
    Case(
        name="rename-table-refused",
        before=users,
        after=lambda m: users(m, table="account"),
        rows=ROWS,
        refused=["--rename-table user:account"],
    ),
    Case(
        name="rename-everything-at-once",
        before=lambda m: keyed(m, "node", "id", "name"),
        after=lambda m: keyed(m, "knot", "number", "label"),
        rows={
            "node": [{"id": 1, "name": "a", "parent_id": None}, {"id": 2, "name": "b", "parent_id": 1}],
            "child": [{"id": 1, "ref": 2}],
        },
        same={
            "node": "knot",
            "node.id": "knot.number",
            "node.name": "knot.label",
            "knot.number": "x.id",
            "knot.label": "x.name",
        },
        options={"rename_table": "node:knot", "rename_column": ["node.id:number", "knot.name:label"]},
    ),
    Case(
        name="rename-columns-chain",
        before=lambda m: chained(m, "a", "b"),
        after=lambda m: chained(m, "b", "c"),
        rows={"item": [{"id": 1, "a": 1, "b": 2}]},
        options={"rename_column": ["item.a:b", "item.b:c"]},
        filled={"item": [{"id": 1, "b": 1, "c": 2}]},
        reverted={"item": [{"id": 1, "a": 1, "b": 2}]},
    ),
    Case(
        name="rename-columns-swap",
        before=lambda m: chained(m, "a", "b"),
        after=lambda m: chained(m, "a", "b"),
        rows={"item": [{"id": 1, "a": 1, "b": 2}]},
        options={"rename_column": ["item.a:b", "item.b:a"]},
        filled={"item": [{"id": 1, "a": 2, "b": 1}]},
        reverted={"item": [{"id": 1, "a": 1, "b": 2}]},
    ),
    Case(
        name="rename-strange-names",
        before=lambda m: strange(m, "Order: 5%", "the 'old' name"),
        after=lambda m: strange(m, "Ørder; select", "Name: 100%"),
        rows={"Order: 5%": [{"id": 1, "the 'old' name": "a", "other": 1}]},
        same={
            "Order: 5%": "Ørder; select",
            "Order: 5%.the 'old' name": "Ørder; select.Name: 100%",
            "Ørder; select.Name: 100%": "Order: 5%.the 'old' name",
        },
        options={"rename_table": "Order: 5%:Ørder; select", "rename_column": "Order: 5%.the 'old' name:Name: 100%"},
    ),
    Case(
        name="rename-enum-value",
        before=lambda m: coloured(m, "red", "it's: 5%", "green"),
        after=lambda m: coloured(m, "rot", "so: 5%", "green"),
        rows={
            "car": [{"id": 1, "colour": "red"}, {"id": 2, "colour": "green"}],
            "house": [{"id": 1, "colour": "it's: 5%"}],
        },
        options={"rename_enum_value": ["colour.red:rot", "colour.it's: 5%:so: 5%"]},
        filled={"car": [{"id": 1, "colour": "rot"}, {"id": 2, "colour": "green"}], "house": [{"colour": "so: 5%"}]},
        reverted={"car": [{"colour": "red"}, {"colour": "green"}], "house": [{"colour": "it's: 5%"}]},
        engines=["postgresql", "mariadb"],
    ),
    Case(
        name="rename-enum-value-refused",
        before=lambda m: coloured(m, "red", "green"),
        after=lambda m: coloured(m, "rot", "green"),
        rows={"house": [{"id": 1, "colour": "red"}]},
        refused=["--rename-enum-value colour.red:rot"],
        engines=["postgresql", "mariadb"],
    ),
    Case(
        name="rename-enum-value-not-native",
        before=lambda m: coloured(m, "red", "green", native_enum=False),
        after=lambda m: coloured(m, "rot", "green", native_enum=False),
        rows={"car": [{"id": 1, "colour": "red"}], "house": [{"id": 1, "colour": "red"}]},
        options={"rename_enum_value": "colour.red:rot"},
        filled={name: [{"id": 1, "colour": "rot"}] for name in ("car", "house")},
        reverted={name: [{"id": 1, "colour": "red"}] for name in ("car", "house")},
    ),
    Case(
        name="rename-column-whose-key-changes",
        before=lambda m: referring(m, "author"),
        after=lambda m: referring(m, "writer", ondelete="CASCADE"),
        rows={"user": [{"id": 1}], "post": [{"id": 1, "author": 1}]},
        same={"post.author": "post.writer", "post.writer": "post.author"},
        options={"rename_column": "post.author:writer"},
    ),
    Case(
        name="rename-table-to-capitals",
        before=lambda m: chained(m, "a"),
        after=lambda m: sa.Table("Item", m, identity(), sa.Column("a", sa.Integer)),
        rows={"item": [{"id": 1, "a": 1}]},
        same={"item": "Item", "Item": "item"},
        options={"rename_table": "item:Item"},
    ),
    Case(
        name="rename-columns-with-more-than-a-type",
        before=lambda m: laden(m, "name", "more"),
        after=lambda m: laden(m, "label", "extra"),
        rows={"item": [{"id": 1, "name": "a", "more": 7}]},
        same={"item.name": "item.label", "item.more": "item.extra", "item.label": "item.name"},
        options={"rename_column": ["item.name:label", "item.more:extra"]},
        broken={"mariadb": "the server goes on calling the check of a column by the old name of the column"},
        engines=["mariadb"],
    ),
)
