"""NOT NULL where rows are."""

from __future__ import annotations

import datetime
import decimal
import enum

import sqlalchemy as sa

from ..case import Case, identity


class Colour(enum.Enum):
    """Values of a column."""

    red = "r"
    blue = "b"


def user(metadata: sa.MetaData, *columns: sa.Column[object]) -> None:
    """A table with a name and more columns."""
    sa.Table("user", metadata, identity(), sa.Column("name", sa.String(50)), *columns)


def defaults(metadata: sa.MetaData) -> None:
    """New columns with a default of every kind."""
    user(
        metadata,
        sa.Column("age", sa.Integer, nullable=False, default=18),
        sa.Column("is_on", sa.Boolean(create_constraint=True), nullable=False, default=True),
        sa.Column("label", sa.String(20), nullable=False, default="it's 5% :x"),
        sa.Column("price", sa.Numeric(8, 2), nullable=False, default=decimal.Decimal("1.50")),
        sa.Column("born", sa.Date, nullable=False, default=datetime.date(2020, 1, 2)),
        sa.Column("made", sa.DateTime, nullable=False, default=datetime.datetime.now),
        sa.Column("extra", sa.JSON, nullable=False, default=dict),
        sa.Column("level", sa.Integer, nullable=False, default=sa.func.abs(-3)),
    )


def related(metadata: sa.MetaData, *, is_there: bool) -> None:
    """A NOT NULL foreign key, a unique column and an indexed one."""
    sa.Table("team", metadata, identity())
    columns = [
        sa.Column("team_id", sa.ForeignKey("team.id"), nullable=False),
        sa.Column("code", sa.String(20), nullable=False, unique=True),
        sa.Column("mark", sa.String(20), nullable=False, index=True),
        sa.Column("day", sa.DateTime, nullable=False),
    ]
    user(metadata, *(columns if is_there else []))


def least() -> sa.Column[int]:
    """A column that another one is compared with."""
    return sa.Column("least", sa.Integer)


def bound(metadata: sa.MetaData) -> None:
    """NOT NULL columns that checks let few values into."""
    user(
        metadata,
        sa.Column("age", sa.Integer, sa.CheckConstraint("age > 17"), nullable=False),
        sa.Column("later", sa.Integer, nullable=False),
        sa.Column("mark", sa.String(9), nullable=False),
        least(),
        sa.CheckConstraint("later > least", name="ck_later"),
        sa.CheckConstraint("mark IN ('it''s', 'b')", name="ck_mark"),
    )


ROWS = {"user": [{"id": 1, "name": "Ann"}, {"id": 2, "name": None}]}

CASES = (
    Case(
        name="not-null-new-columns-with-defaults",
        before=user,
        after=defaults,
        rows=ROWS,
        filled={
            "user": [
                {
                    "id": number,
                    "name": name,
                    "age": 18,
                    "is_on": 1,
                    "label": "it's 5% :x",
                    "price": decimal.Decimal("1.5"),
                    "level": 3,
                }
                for number, name in ((1, "Ann"), (2, None))
            ]
        },
    ),
    Case(
        name="not-null-new-column-refused",
        before=user,
        after=lambda m: user(m, sa.Column("age", sa.Integer, nullable=False)),
        rows=ROWS,
        refused=["user.age is new, and the table has rows", "--fill user.age=EXPRESSION"],
    ),
    Case(
        name="not-null-new-column-without-rows",
        before=user,
        after=lambda m: user(m, sa.Column("age", sa.Integer, nullable=False)),
    ),
    Case(
        name="not-null-new-column-filled",
        before=user,
        after=lambda m: user(m, sa.Column("age", sa.Integer, nullable=False), sa.Column("nick", sa.String(9))),
        rows=ROWS,
        options={"fill": "user.age=id * 10"},
        filled={"user": [{"id": 1, "name": "Ann", "age": 10}, {"id": 2, "name": None, "age": 20}]},
    ),
    Case(
        name="not-null-new-column-server-default",
        before=user,
        after=lambda m: user(m, sa.Column("age", sa.Integer, nullable=False, server_default="7")),
        rows=ROWS,
        filled={"user": [{"id": 1, "age": 7}, {"id": 2, "age": 7}]},
    ),
    Case(
        name="not-null-set-refused",
        before=user,
        after=lambda m: sa.Table("user", m, identity(), sa.Column("name", sa.String(50), nullable=False)),
        rows=ROWS,
        refused=["user.name is NULL in some rows"],
    ),
    Case(
        name="not-null-set-filled",
        before=user,
        after=lambda m: sa.Table("user", m, identity(), sa.Column("name", sa.String(50), nullable=False)),
        rows=ROWS,
        options={"fill": ["user.name='x'"]},
        filled={"user": [{"id": 1, "name": "Ann"}, {"id": 2, "name": "x"}]},
    ),
    Case(
        name="not-null-set-default",
        before=user,
        after=lambda m: sa.Table("user", m, identity(), sa.Column("name", sa.String(50), nullable=False, default="?")),
        rows=ROWS,
        filled={"user": [{"id": 1, "name": "Ann"}, {"id": 2, "name": "?"}]},
    ),
    Case(
        name="not-null-taken-away",
        before=lambda m: sa.Table("user", m, identity(), sa.Column("name", sa.String(50), nullable=False)),
        after=user,
        rows={"user": [{"id": 1, "name": "Ann"}]},
    ),
    Case(
        name="not-null-dropped-columns",
        before=lambda m: related(m, is_there=True),
        after=lambda m: related(m, is_there=False),
        rows={
            "team": [{"id": 4}],
            "user": [
                {"id": 1, "name": "a", "team_id": 4, "code": "a", "mark": "a", "day": datetime.datetime(2020, 1, 1)},
                {"id": 2, "name": "b", "team_id": 4, "code": "b", "mark": "b", "day": datetime.datetime(2020, 1, 1)},
            ],
        },
    ),
    Case(
        name="not-null-dropped-with-checks",
        before=bound,
        after=lambda m: user(m, least()),
        rows={
            "user": [
                {"id": 1, "age": 20, "later": 30, "mark": "b", "least": 1},
                {"id": 2, "age": 18, "later": 3, "mark": "b", "least": 2},
            ]
        },
        reverted={
            "user": [
                {"id": 1, "age": 18, "later": 2, "mark": "it's"},
                {"id": 2, "age": 18, "later": 3, "mark": "it's"},
            ]
        },
    ),
    Case(
        name="not-null-new-enum",
        before=user,
        after=lambda m: user(
            m, sa.Column("colour", sa.Enum(Colour, native_enum=False), nullable=False, default=Colour.blue)
        ),
        rows=ROWS,
        filled={"user": [{"id": 1, "colour": "blue"}, {"id": 2, "colour": "blue"}]},
    ),
    Case(
        name="not-null-with-a-rename",
        before=lambda m: sa.Table("user", m, identity(), sa.Column("name", sa.String(50)), sa.Column("n", sa.Integer)),
        after=lambda m: sa.Table(
            "account", m, identity(), sa.Column("title", sa.String(50), nullable=False), sa.Column("n", sa.Integer)
        ),
        rows=ROWS,
        options={"rename_table": "user:account", "rename_column": "account.name:title", "fill": "account.title='-'"},
        filled={"account": [{"id": 1, "title": "Ann"}, {"id": 2, "title": "-"}]},
        reverted={"user": [{"id": 1, "name": "Ann"}, {"id": 2, "name": "-"}]},
    ),
)
