"""Options of tables, and the place of new columns, where an engine has them"""

from __future__ import annotations

import typing as t

import sqlalchemy as sa

from ..case import Case, identity

ROWS = {"item": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]}
Options = dict[str, t.Any]


def item(metadata: sa.MetaData, *arguments: t.Any, **options: t.Any) -> sa.Table:
    """A table with options."""
    key = sa.Column("id", sa.Integer, primary_key=True, autoincrement=False)
    return sa.Table("item", metadata, key, sa.Column("name", sa.String(20)), *arguments, **options)


def numbered(metadata: sa.MetaData, name: t.Any = sa.String, **options: t.Any) -> None:
    """A table whose key SQLite numbers, and one that refers to it."""
    sa.Table("item", metadata, identity(), sa.Column("name", name), **options)
    sa.Table("part", metadata, identity(), sa.Column("item_id", sa.ForeignKey("item.id")))


def change(label: str, engine: str, old: Options, new: Options, **more: t.Any) -> Case:
    """One set of options becomes another."""
    return Case(
        name=f"options-{label}",
        before=lambda m: item(m, **old),
        after=lambda m: item(m, **new),
        rows=ROWS,
        engines=(engine,),
        **more,
    )


def row(metadata: sa.MetaData, *names: str) -> sa.Table:
    """A table with columns in an order."""
    return sa.Table("item", metadata, *(sa.Column(name, sa.Integer, primary_key=name == "id") for name in names))


def placed(label: str, old: tuple[str, ...], new: tuple[str, ...], **more: t.Any) -> Case:
    """Columns come, or go and come back."""
    rows = {"item": [{name: place for place, name in enumerate(old)}]}
    more.update(rows=rows, engines=("mariadb",), order=True)
    return Case(name=f"place-{label}", before=lambda m: row(m, *old), after=lambda m: row(m, *new), **more)


def coded(metadata: sa.MetaData, **options: t.Any) -> None:
    """A table that refers to the text of another one."""
    sa.Table("code", metadata, identity(), sa.Column("text", sa.String(9), unique=True), **options)
    sa.Table("item", metadata, identity(), sa.Column("code", sa.String(9), sa.ForeignKey("code.text")), **options)


LATIN = {"mysql_charset": "latin1"}
#: Earlier releases of SQLAlchemy have no word for STRICT.
STRICT: Options = {"sqlite_strict" if sa.__version__ >= "2.1" else "sqlite_autoincrement": True}
CASES = (
    *(
        Case(
            name=f"options-autoincrement-{label}",
            before=lambda m, old=old: numbered(m, **old),
            after=lambda m, new=new: numbered(m, **new),
            rows={**ROWS, "part": [{"id": 1, "item_id": 2}]},
            engines=("sqlite",),
        )
        for label, old, new in (
            ("on", {}, {"sqlite_autoincrement": True}),
            ("off", {"sqlite_autoincrement": True}, {}),
            ("kept", {"sqlite_autoincrement": True}, {"sqlite_autoincrement": True, "name": sa.Text()}),
        )
    ),
    change("rowid-gone", "sqlite", {}, {"sqlite_with_rowid": False}),
    change("rowid-back", "sqlite", {"sqlite_with_rowid": False}, {}),
    Case(
        name="options-strict",
        before=lambda m: sa.Table("item", m, identity(), sa.Column("name", sa.Text)),
        after=lambda m: sa.Table("item", m, identity(), sa.Column("name", sa.Text), **STRICT),
        rows=ROWS,
        engines=("sqlite",),
    ),
    change("engine", "mariadb", {}, {"mysql_engine": "MyISAM"}),
    change(
        "engine-in-other-letters", "mariadb", {"mysql_engine": "innodb"}, {"mysql_engine": "InnoDB", "comment": "x"}
    ),
    change("charset", "mariadb", {}, LATIN),
    change(
        "collation",
        "mariadb",
        {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"},
        {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_unicode_ci"},
    ),
    Case(
        name="options-charset-of-texts-that-refer",
        before=coded,
        after=lambda m: coded(m, **LATIN),
        rows={"code": [{"id": 1, "text": "a"}], "item": [{"id": 1, "code": "a"}]},
        engines=("mariadb",),
    ),
    change("row-format", "mariadb", {}, {"mysql_row_format": "COMPRESSED"}),
    Case(
        name="options-charset-of-a-column-kept",
        before=lambda m: item(m, sa.Column("code", sa.String(9, collation="utf8mb4_bin")), sa.Column("note", sa.Text)),
        after=lambda m: item(
            m, sa.Column("code", sa.String(9, collation="utf8mb4_bin")), sa.Column("note", sa.Text), **LATIN
        ),
        rows={"item": [{"id": 1, "name": "a", "code": "ž", "note": "é"}]},
        engines=("mariadb",),
    ),
    placed("middle", ("id", "a", "c"), ("id", "a", "b", "c")),
    placed("first", ("id", "a"), ("z", "id", "a")),
    placed("several", ("id", "a", "c"), ("id", "b", "d", "a", "e", "c", "f")),
    placed("dropped", ("id", "a", "b", "c"), ("id", "a", "c")),
)
