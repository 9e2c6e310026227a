"""Builds tables from the rows of MariaDB's and MySQL's ``information_schema``."""

from __future__ import annotations

import re
import typing as t
from collections import defaultdict

from ..model import (
    Check,
    Column,
    Computed,
    ForeignKey,
    Index,
    IndexPart,
    Options,
    Partition,
    PrimaryKey,
    Table,
    UniqueKey,
)
from . import mysql_queries as queries
from .mysql_queries import Catalogs, Row
from .texts import without_parentheses

Place = tuple[str, str]
#: To InnoDB these are the same as no rule.
PASSIVE = frozenset(("RESTRICT", "NO ACTION"))
KINDS = {"SYSTEM VERSIONED": "system versioned table"}


def read_tables(catalogs: Catalogs, tables: t.Sequence[Row]) -> t.Iterator[Table]:
    """The tables, with all that belongs to them."""
    columns = _by_table(catalogs.rows(queries.COLUMNS))
    indexes = _by_table(catalogs.indexes())
    keys = _by_table(catalogs.rows(queries.FOREIGN_KEY_COLUMNS))
    rules = {(row["sch"], row["tab"], row["name"]): row for row in catalogs.rows(queries.FOREIGN_KEY_RULES)}
    checks = _by_table(catalogs.checks())
    partitions = _by_table(catalogs.rows(queries.PARTITIONS))
    for row in tables:
        place = (row["sch"], row["name"])
        grouped = _by_name(indexes[place])
        yield Table(
            schema=catalogs.label(row["sch"]),
            name=row["name"],
            kind=KINDS.get(row["kind"], "table"),
            comment=row["comment"] or None,
            options=_table_options(row),
            columns=tuple(_column(column, row, catalogs.is_mariadb) for column in columns[place]),
            primary_key=_primary_key(grouped.pop("PRIMARY", [])),
            foreign_keys=tuple(sorted(_foreign_keys(keys[place], rules, catalogs))),
            unique_keys=tuple(sorted(_unique_key(rows) for rows in grouped.values() if _is_key(rows))),
            checks=tuple(sorted(_check(check) for check in checks[place])),
            indexes=tuple(sorted(_index(rows) for rows in grouped.values() if not _is_key(rows))),
            partition_by=_partition_by(partitions[place]),
            partitions=tuple(sorted(_partitions(partitions[place], catalogs))),
        )


def _by_table(rows: t.Iterable[Row]) -> t.Mapping[Place, list[Row]]:
    found: dict[Place, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["sch"], row["tab"]].append(row)
    return found


def _by_name(rows: t.Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["name"]].append(row)
    return dict(found)


def _table_options(row: Row) -> Options:
    others = re.sub(r"(?:^| )partitioned\b", "", row["options"] or "").strip()
    facts = {"engine": row["engine"], "collation": row["collation"], "create options": others}
    return tuple(sorted((word, text) for word, text in facts.items() if text))


def _column(row: Row, table: Row, is_mariadb: bool) -> Column:
    extra = row["extra"] or ""
    expression = row["expression"]
    default = _default_of_mariadb(row) if is_mariadb else _default_of_mysql(row)
    on_update = re.search(r"on update (\S+)", extra, re.IGNORECASE)
    stored = "VIRTUAL" not in extra.upper()
    return Column(
        name=row["name"],
        type=row["type"],
        nullable=row["nullable"] == "YES",
        default=None if expression else default,
        on_update=on_update.group(1) if on_update else None,
        autoincrement="auto_increment" in extra.lower(),
        computed=Computed(expression=expression, stored=stored) if expression else None,
        collation=None if row["collation"] == table["collation"] else row["collation"],
        comment=row["comment"] or None,
        options=_column_options(extra.upper()),
    )


def _column_options(extra: str) -> Options:
    facts = {"INVISIBLE": ("visible", "no"), "WITHOUT SYSTEM VERSIONING": ("system versioning", "without")}
    return tuple(pair for word, pair in facts.items() if word in extra)


def _default_of_mariadb(row: Row) -> str | None:
    """MariaDB writes defaults as SQL, and ``NULL`` as a word."""
    default: str | None = row["default_"]
    return None if default is None or default == "NULL" else without_own_schema(default, row["sch"])


def without_own_schema(default: str, schema: str) -> str:
    """A default that counts with a sequence, without the name of the database, which MariaDB puts before it."""
    quoted = schema.replace("`", "``")
    return re.sub(rf"(?i)\bnextval\(`{re.escape(quoted)}`\.", "nextval(", default)


def _default_of_mysql(row: Row) -> str | None:
    """MySQL writes literals without quotes; ``SHOW CREATE TABLE`` quotes all of them."""
    default: str | None = row["default_"]
    is_expression = "DEFAULT_GENERATED" in row["extra"].upper()
    if default is None or is_expression or default.upper().startswith(("CURRENT_TIMESTAMP", "B'")):
        return default
    return "'" + default.replace("'", "''") + "'"


def _primary_key(rows: t.Sequence[Row]) -> PrimaryKey | None:
    if not rows:
        return None
    lengths = ", ".join(f"{row['column_name']}({row['length']})" for row in rows if row["length"])
    descending = ", ".join(row["column_name"] for row in rows if row["direction"] == "D")
    facts = {"descending": descending, "lengths": lengths}
    return PrimaryKey(
        columns=tuple(row["column_name"] for row in rows),
        comment=rows[0]["comment"] or None,
        options=tuple((word, text) for word, text in facts.items() if text),
    )


def _is_key(rows: t.Sequence[Row]) -> bool:
    """Whether an index is a plain unique key: whole columns, in ascending order."""
    return all(
        not row["non_unique"]
        and not row["hidden"]
        and row["column_name"]
        and row["length"] is None
        and row["direction"] == "A"
        and row["method"] == "BTREE"
        for row in rows
    )


def _unique_key(rows: t.Sequence[Row]) -> UniqueKey:
    return UniqueKey(
        name=rows[0]["name"],
        columns=tuple(row["column_name"] for row in rows),
        comment=rows[0]["comment"] or None,
    )


def _index(rows: t.Sequence[Row]) -> Index:
    first = rows[0]
    return Index(
        name=first["name"],
        parts=tuple(
            IndexPart(
                column=row["column_name"],
                expression=row["expression"],
                descending=row["direction"] == "D",
                length=None if first["method"] == "SPATIAL" else row["length"],
            )
            for row in rows
        ),
        unique=not first["non_unique"],
        method=None if first["method"] == "BTREE" else first["method"],
        comment=first["comment"] or None,
        options=(("visible", "no"),) if first["hidden"] else (),
    )


def _foreign_keys(
    rows: t.Iterable[Row], rules: t.Mapping[tuple[str, str, str], Row], catalogs: Catalogs
) -> t.Iterator[ForeignKey]:
    for name, key in _by_name(rows).items():
        first = key[0]
        rule = rules.get((first["sch"], first["tab"], name), {"on_delete": None, "on_update": None})
        yield ForeignKey(
            name=name,
            columns=tuple(row["column_name"] for row in key),
            referred_schema=catalogs.label(first["referred_schema"]),
            referred_table=first["referred_table"],
            referred_columns=tuple(row["referred_column"] for row in key),
            on_delete=None if rule["on_delete"] in PASSIVE else rule["on_delete"],
            on_update=None if rule["on_update"] in PASSIVE else rule["on_update"],
        )


def _check(row: Row) -> Check:
    """A check; MariaDB calls one that was declared with a column like the column."""
    is_of_column = row["level"] == "Column"
    options = (("column", row["name"]),) if is_of_column else ()
    if row["enforced"] != "YES":
        options = (*options, ("enforced", "no"))
    text = without_parentheses(row["text_"])
    return Check(name=None if is_of_column else row["name"], text=text, options=options)


def _partition_by(rows: t.Sequence[Row]) -> str | None:
    if not rows:
        return None
    first = rows[0]
    text = f"{first['method']} ({first['expression'] or ''})"
    if not first["sub_name"]:
        return text
    count = sum(row["name"] == first["name"] for row in rows)
    sub = f"SUBPARTITION BY {first['sub_method']} ({first['sub_expression'] or ''}) SUBPARTITIONS {count}"
    return f"{text} {sub}"


def _partitions(rows: t.Sequence[Row], catalogs: Catalogs) -> t.Iterator[Partition]:
    for place, row in enumerate(rows):
        schema = catalogs.label(row["sch"])
        if place == 0 or rows[place - 1]["name"] != row["name"]:
            comment = row["comment"] or None
            yield Partition(schema=schema, name=row["name"], bound=_bound(row), comment=comment)
        if row["sub_name"]:
            yield Partition(schema=schema, name=row["sub_name"], parent=row["name"])


def _bound(row: Row) -> str | None:
    if row["bound"] is None:
        return None
    word = "IN" if row["method"].startswith("LIST") else "LESS THAN"
    return f"VALUES {word} ({row['bound']})"
