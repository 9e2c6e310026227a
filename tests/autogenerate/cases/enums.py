"""Enums: types of their own on PostgreSQL, of the column on MariaDB, checks elsewhere and where it is asked for."""

from __future__ import annotations

import dataclasses
import typing as t

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from ..case import ENGINES, Case, identity

ROWS = {"item": [{"id": 1, "mood": "ok"}, {"id": 2, "mood": None}]}


def mood(*values: str, default: str | None = None, **options: t.Any) -> t.Callable[[sa.MetaData], t.Any]:
    """A table with a column of an enum."""
    options.setdefault("name", "mood")

    def models(metadata: sa.MetaData) -> sa.Table:
        column: sa.Column[t.Any] = sa.Column("mood", sa.Enum(*values, **options), server_default=default)
        return sa.Table("item", metadata, identity(), column)

    return models


def plain(metadata: sa.MetaData) -> sa.Table:
    """The table without it."""
    return sa.Table("item", metadata, identity())


def shared(*values: str) -> t.Callable[[sa.MetaData], t.Any]:
    """Two tables that share a type, one of them with an array of it where there are arrays."""

    def models(metadata: sa.MetaData) -> None:
        kind = sa.Enum(*values, name="mood")
        is_array = metadata.info["engine"] == "postgresql"
        several: t.Any = postgresql.ARRAY(kind) if is_array else kind
        sa.Table("item", metadata, identity(), sa.Column("mood", kind))
        sa.Table("other", metadata, identity(), sa.Column("moods", several))

    return models


def cases(label: str, **options: t.Any) -> t.Iterator[Case]:
    """Every change of values, for one kind of enum."""

    def case(name: str, before: t.Any, after: t.Any = None) -> Case:
        rows = {} if after is None else ROWS
        return Case(name=f"enum-{label}-{name}", before=before, after=after, rows=rows, options={"no_renames": True})

    yield case("kept", mood("ok", "bad", **options))
    yield case("value-added", mood("ok", "bad", **options), mood("ok", "bad", "very bad", **options))
    yield case("value-inserted", mood("ok", "bad", **options), mood("best", "ok", "fine", "bad", **options))
    yield case("value-removed", mood("ok", "fine", "bad", **options), mood("ok", "bad", **options))
    if label != "plain":  # there the values are nowhere in the database
        reordered = case("reordered", mood("ok", "bad", **options), mood("bad", "ok", **options))
        yield dataclasses.replace(reordered, engines=ENGINES if label == "checked" else ENGINES[1:])
    yield case(
        "default", mood("ok", "bad", default="ok", **options), mood("ok", "it's", "bad", default="ok", **options)
    )
    yield case("new-default", mood("ok", "bad", default="bad", **options), mood("ok", "new", default="new", **options))


CASES = (
    *cases("native"),
    *cases("checked", native_enum=False, create_constraint=True),
    *cases("plain", native_enum=False),
    Case(name="enum-values-with-backslashes-kept", before=mood("a\\b", "it's", "50%"), engines=("mariadb",)),
    Case(name="enum-column-added", before=plain, after=mood("ok", "bad"), rows={"item": [{"id": 1}]}),
    Case(name="enum-column-dropped", before=mood("ok", "bad"), after=plain, rows=ROWS),
    Case(
        name="enum-table-added",
        before=lambda m: sa.Table("first", m, identity()),
        after=lambda m: (sa.Table("first", m, identity()), shared("ok", "bad")(m)),
    ),
    Case(name="enum-shared-value-added", before=shared("ok", "bad"), after=shared("ok", "unknown", "bad"), rows=ROWS),
    Case(name="enum-shared-value-removed", before=shared("ok", "unknown", "bad"), after=shared("ok", "bad"), rows=ROWS),
    Case(
        name="enum-from-text",
        before=lambda m: sa.Table("item", m, identity(), sa.Column("mood", sa.String(20))),
        after=mood("ok", "bad"),
        rows=ROWS,
    ),
    Case(
        name="enum-to-text",
        before=mood("ok", "bad"),
        after=lambda m: sa.Table("item", m, identity(), sa.Column("mood", sa.String(20))),
        rows=ROWS,
    ),
    Case(
        name="enum-type-renamed",
        before=mood("ok", "bad"),
        after=mood("ok", "bad", name="feeling"),
        rows=ROWS,
        engines=("postgresql",),
    ),
    *(
        Case(
            name=f"enum-checked-value-renamed-{label}",
            before=mood("ok", "bad", default="bad", native_enum=False, create_constraint=True),
            after=mood("ok", new, default=new, native_enum=False, create_constraint=True),
            rows={"item": [{"id": 1, "mood": "ok"}, {"id": 2, "mood": "bad"}]},
            options={"rename_enum_value": [f"mood.bad:{new}"]},
            filled={"item": [{"id": 1, "mood": "ok"}, {"id": 2, "mood": new}]},
            reverted={"item": [{"id": 1, "mood": "ok"}, {"id": 2, "mood": "bad"}]},
            engines=("sqlite", "mariadb"),
        )
        for label, new in (("longer", "not good"), ("shorter", "no"))
    ),
    Case(
        name="enum-checked-without-a-name-added",
        before=plain,
        after=lambda m: sa.Table(
            "item",
            m,
            identity(),
            sa.Column("mood", sa.Enum("ok", "bad", native_enum=False, create_constraint=True)),
            sa.Column("flag", sa.Boolean(create_constraint=True)),
        ),
        rows={"item": [{"id": 1}]},
    ),
    Case(
        name="boolean-checked-kept",
        before=lambda m: sa.Table(
            "item", m, identity(), sa.Column("flag", sa.Boolean(create_constraint=True, name="is_flag"))
        ),
    ),
)
