"""Names with capitals, spaces, percent signs, quotes, reserved words and letters of other alphabets."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa

from ..case import Case, identity

NAMES = ("Order", "two words", "50%", "it's", "größe", "select", "a.b")


def table(
    name: str, *makers: t.Callable[[], t.Any], type_: t.Any = None, **options: t.Any
) -> t.Callable[[sa.MetaData], t.Any]:
    """A table of that name with a column of that name."""

    def models(metadata: sa.MetaData) -> sa.Table:
        column: sa.Column[t.Any] = sa.Column(name, type_ or sa.String(20), **options)
        return sa.Table(name, metadata, identity(), column, *(make() for make in makers))

    return models


def case(name: str) -> Case:
    """Several changes at once to the table of that name."""
    return Case(
        name=f"odd-{name}",
        before=table(name),
        after=table(
            name,
            lambda: sa.UniqueConstraint(name),
            lambda: sa.Index(f"ix {name}", name, "id"),
            type_=sa.String(30),
            server_default="%s {x} :y",
        ),
        rows={name: [{"id": 1, name: "7"}, {"id": 2, name: None}]},
    )


CASES = (
    *(case(name) for name in NAMES),
    Case(
        name="odd-backquote",
        before=table("back`quote", lambda: sa.UniqueConstraint("back`quote", name="uq`1")),
        after=table("back`quote", lambda: sa.Index("ix`1", "back`quote"), type_=sa.String(30), nullable=False),
        rows={"back`quote": [{"id": 1, "back`quote": "7"}]},
    ),
    Case(
        name="odd-converted",
        before=table("50%", lambda: sa.CheckConstraint("1 < 2"), type_=sa.Numeric(8, 2)),
        after=table("50%", lambda: sa.CheckConstraint("1 < 2"), type_=sa.Boolean(), nullable=False, default=True),
        rows={"50%": [{"id": 1, "50%": 1}]},
    ),
    Case(
        name="odd-condition",
        before=table("name"),
        after=table("name", lambda: sa.CheckConstraint("name NOT LIKE '%it''s {x}%'", name="ck:%")),
        rows={"name": [{"id": 1, "name": "7"}]},
        engines=("sqlite", "mariadb"),
    ),
)
