"""Server defaults, identities, generated columns and sequences."""

from __future__ import annotations

import typing as t

import sqlalchemy as sa

from ..case import Case, identity

WORDS = sa.String(50)
ROWS = {"item": [{"id": 1, "price": 5, "code": 1}, {"id": 2, "price": 7, "code": None}]}


def item(metadata: sa.MetaData, *columns: sa.Column[t.Any], key: t.Any = None) -> sa.Table:
    """A table with two numbers, and more columns."""
    first = identity() if key is None else key
    return sa.Table("item", metadata, first, sa.Column("price", sa.Integer), sa.Column("code", sa.Integer), *columns)


def text(default: t.Any, type_: t.Any = WORDS) -> t.Callable[[sa.MetaData], t.Any]:
    """The table with a column that has a default, or none."""
    return lambda m: item(m, sa.Column("x", type_, server_default=default))


def total(*arguments: t.Any) -> t.Callable[[sa.MetaData], t.Any]:
    """The table with a column that may be generated."""
    return lambda m: item(m, sa.Column("total", sa.Integer, *arguments))


def counted(metadata: sa.MetaData, **options: t.Any) -> None:
    """Sequences: of a key, of a default, and one that stands alone."""
    item(metadata)
    numbers = sa.Sequence("numbers", metadata=metadata)
    key = sa.Column("id", sa.Integer, sa.Sequence("keys of it", start=10, increment=5), primary_key=True)
    default = sa.Column("number", sa.BigInteger, server_default=numbers.next_value())
    sa.Table("counted", metadata, key, default)
    sa.Sequence("alone", metadata=metadata, **options)


def keyed(metadata: sa.MetaData, expression: str) -> None:
    """A generated column that an index and a key are on."""
    table = item(metadata, sa.Column("total", sa.Integer, sa.Computed(expression, persisted=True), index=True))
    table.append_constraint(sa.UniqueConstraint("total", "price", name="uq_total"))


DEFAULTS: t.Mapping[str, tuple[t.Any, t.Any]] = {
    "word": (sa.String(50), "new"),
    "empty": (sa.String(50), ""),
    "percent": (sa.String(50), "50%"),
    "braces": (sa.String(50), "{}"),
    "quote": (sa.String(50), "it's"),
    "colon": (sa.String(50), "10:30 :name"),
    "backslash": (sa.String(50), "a/b"),
    "number": (sa.Integer, "5"),
    "number-expression": (sa.Integer, sa.text("5")),
    "negative": (sa.Integer, sa.text("-1")),
    "decimal": (sa.Numeric(10, 2), "1.50"),
    "true": (sa.Boolean, sa.true()),
    "now": (sa.DateTime, sa.func.now()),
    "current": (sa.DateTime, sa.text("CURRENT_TIMESTAMP")),
    "date": (sa.Date, "2020-01-01"),
    "json": (sa.JSON, sa.text("'{\"a\": 1}'")),
    "null": (sa.String(50), sa.text("NULL")),
}


def default_cases() -> t.Iterator[Case]:
    """Each default added and removed."""
    for word, (type_, default) in DEFAULTS.items():
        if word == "null":
            continue
        yield Case(name=f"default-{word}-added", before=text(None, type_), after=text(default, type_), rows=ROWS)
        yield Case(name=f"default-{word}-removed", before=text(default, type_), after=text(None, type_), rows=ROWS)


def every(metadata: sa.MetaData) -> sa.Table:
    """A table with a column for each default."""
    columns = (sa.Column(word, type_, server_default=default) for word, (type_, default) in DEFAULTS.items())
    flags = (sa.Column("one", sa.Boolean, server_default="1"), sa.Column("no", sa.Boolean, server_default=sa.false()))
    return sa.Table("item", metadata, identity(), *columns, *flags)


CASES = (
    *default_cases(),
    Case(name="defaults-kept", before=every),
    Case(name="sequences-new", before=item, after=counted, rows=ROWS, engines=("mariadb",)),
    Case(
        name="sequences-changed",
        before=counted,
        after=lambda m: counted(m, start=5, increment=2, maxvalue=99, cache=20, cycle=True),
        rows=ROWS,
        engines=("mariadb",),
    ),
    Case(
        name="sequence-of-a-default-gone",
        before=counted,
        after=lambda m: (
            item(m),
            sa.Table(
                "counted",
                m,
                sa.Column("id", sa.Integer, sa.Sequence("keys of it", start=10, increment=5), primary_key=True),
                sa.Column("number", sa.BigInteger),
            ),
            sa.Sequence("alone", metadata=m),
        ),
        rows=ROWS,
        engines=("mariadb",),
    ),
    Case(
        name="default-on-update-of-none",
        before=text(None, sa.DateTime()),
        after=text(sa.text("NULL ON UPDATE CURRENT_TIMESTAMP"), sa.DateTime()),
        rows=ROWS,
        engines=("mariadb",),
    ),
    Case(name="default-changed", before=text("old"), after=text("new"), rows=ROWS),
    Case(name="default-of-new-column", before=item, after=text("it's 100%"), rows=ROWS),
    Case(name="computed-kept", before=total(sa.Computed("price * 2"))),
    Case(name="computed-stored-kept", before=total(sa.Computed("price * 2", persisted=True))),
    Case(name="computed-column-added", before=item, after=total(sa.Computed("price * 2", persisted=True)), rows=ROWS),
    Case(name="computed-column-dropped", before=total(sa.Computed("price * 2", persisted=True)), after=item, rows=ROWS),
    Case(
        name="computed-changed",
        before=total(sa.Computed("price * 2", persisted=True)),
        after=total(sa.Computed("price * 3", persisted=True)),
        rows=ROWS,
        filled={"item": [{"id": 1, "total": 15}, {"id": 2, "total": 21}]},
        reverted={"item": [{"id": 1, "total": 10}, {"id": 2, "total": 14}]},
    ),
    Case(
        name="computed-changed-under-keys",
        before=lambda m: keyed(m, "price * 2"),
        after=lambda m: keyed(m, "price * 3"),
        rows=ROWS,
        filled={"item": [{"id": 1, "total": 15}, {"id": 2, "total": 21}]},
        reverted={"item": [{"id": 1, "total": 10}, {"id": 2, "total": 14}]},
    ),
    Case(
        name="computed-to-plain",
        before=total(sa.Computed("price * 2", persisted=True)),
        after=total(),
        rows=ROWS,
    ),
    Case(
        name="computed-from-plain",
        before=total(),
        after=total(sa.Computed("price * 2", persisted=True)),
        rows=ROWS,
        filled={"item": [{"id": 1, "total": 10}, {"id": 2, "total": 14}]},
    ),
    Case(
        name="computed-of-another-type",
        before=total(sa.Computed("price * 2", persisted=True)),
        after=lambda m: item(m, sa.Column("total", sa.BigInteger, sa.Computed("price * 2", persisted=True))),
        rows=ROWS,
        engines=("sqlite", "mariadb"),
    ),
    Case(
        name="identity-kept", before=lambda m: item(m, key=sa.Column("id", sa.Integer, sa.Identity(), primary_key=True))
    ),
    Case(
        name="identity-options-kept",
        before=lambda m: item(
            m, key=sa.Column("id", sa.BigInteger, sa.Identity(always=True, start=5), primary_key=True)
        ),
        engines=("postgresql", "mariadb"),
    ),
    Case(
        name="identity-from-serial",
        before=item,
        after=lambda m: item(m, key=sa.Column("id", sa.Integer, sa.Identity(), primary_key=True)),
        rows=ROWS,
        engines=("postgresql",),
    ),
    Case(
        name="identity-to-serial",
        before=lambda m: item(m, key=sa.Column("id", sa.Integer, sa.Identity(), primary_key=True)),
        after=item,
        rows=ROWS,
        engines=("postgresql",),
    ),
    Case(
        name="identity-changed",
        before=lambda m: item(m, key=sa.Column("id", sa.Integer, sa.Identity(), primary_key=True)),
        after=lambda m: item(
            m, key=sa.Column("id", sa.Integer, sa.Identity(always=True, increment=5), primary_key=True)
        ),
        rows=ROWS,
        engines=("postgresql",),
    ),
    Case(
        name="autoincrement-off",
        before=item,
        after=lambda m: item(m, key=sa.Column("id", sa.Integer, primary_key=True, autoincrement=False)),
        rows=ROWS,
        engines=("postgresql", "mariadb"),
    ),
    Case(
        name="autoincrement-on",
        before=lambda m: item(m, key=sa.Column("id", sa.Integer, primary_key=True, autoincrement=False)),
        after=item,
        rows=ROWS,
        engines=("postgresql", "mariadb"),
    ),
)
