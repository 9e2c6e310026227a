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


CASES = tuple(case(name) for name in NAMES)
