"""What any autogenerate can do; it shows that the battery works."""

from __future__ import annotations

import sqlalchemy as sa

from ..case import Case, identity


def user(metadata: sa.MetaData, *columns: sa.Column[object]) -> sa.Table:
    """A table with a few columns."""
    return sa.Table("user", metadata, identity(), *columns)


ROWS = {"user": [{"id": 1, "name": "Ann"}, {"id": 2, "name": None}]}

CASES = (
    Case(
        name="plain-nothing",
        before=lambda m: user(m, sa.Column("name", sa.String(20), index=True, unique=True)),
    ),
    Case(
        name="plain-add-column",
        before=lambda m: user(m, sa.Column("name", sa.String(20))),
        after=lambda m: user(m, sa.Column("name", sa.String(20)), sa.Column("age", sa.Integer)),
        rows=ROWS,
        filled={"user": [{"id": 1, "name": "Ann", "age": None}, {"id": 2, "name": None, "age": None}]},
    ),
    Case(
        name="plain-add-table",
        before=lambda m: user(m, sa.Column("name", sa.String(20))),
        after=lambda m: (
            user(m, sa.Column("name", sa.String(20))),
            sa.Table("post", m, identity(), sa.Column("user_id", sa.ForeignKey("user.id"))),
        ),
        rows=ROWS,
    ),
    Case(
        name="plain-drop-column",
        before=lambda m: user(m, sa.Column("name", sa.String(20)), sa.Column("age", sa.Integer)),
        after=lambda m: user(m, sa.Column("name", sa.String(20))),
        rows=ROWS,
    ),
)
