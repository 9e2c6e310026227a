"""Alembic's operations for keys, made from what the engine says of them."""

from __future__ import annotations

import re
import typing as t

import sqlalchemy as sa
from alembic.operations import ops
from sqlalchemy.sql.elements import conv

from ...operations import AddDefinedConstraint, AddUnnamedConstraint
from ...schema.model import Check, Exclusion, ForeignKey, Index, IndexPart, PrimaryKey, UniqueKey

#: What PostgreSQL makes of ``column IN ('a', 'b')`` where the column is a VARCHAR.
IN_TEXTS = re.compile(
    r"""(?:\((?P<column>"(?:[^"]|"")+"|\w+)\)|(?P<bare>"(?:[^"]|"")+"|\w+))::text = ANY """
    r"""\(\(?ARRAY\[(?P<values>(?:'(?:[^']|'')*'::character varying(?:, )?)+)\]\)?::text\[\]\)"""
)
#: The types of ``drop_constraint()``.
KINDS: t.Mapping[type, str] = {
    ForeignKey: "foreignkey",
    UniqueKey: "unique",
    Check: "check",
    PrimaryKey: "primary",
    Exclusion: "exclude",
}


class Builder:
    """Makes operations on one table.

    :param dialect: its name.
    """

    def __init__(self, dialect: str, table: str, schema: str | None) -> None:
        self.dialect = dialect
        self.table = table
        self.schema = schema

    def add(self, part: t.Any, *, text: str | None = None) -> ops.MigrateOperation:
        """The operation that adds a key or a check.

        :param text: the condition of a check as the model writes it.
        """
        if self.is_unnamed(part):
            return AddUnnamedConstraint(
                self.table, self._described(part, text), column=_column_of(part), schema=self.schema
            )
        definition = _definition(part)
        if definition is not None:
            return AddDefinedConstraint(self.table, part.name, definition, schema=self.schema)
        name = conv(part.name) if part.name else None
        if isinstance(part, UniqueKey):
            return self._unique(part, name)
        if isinstance(part, PrimaryKey):
            return ops.CreatePrimaryKeyOp(name, self.table, list(part.columns), schema=self.schema)
        if isinstance(part, ForeignKey):
            return self._foreign_key(part, name)
        if isinstance(part, Check):
            return ops.CreateCheckConstraintOp(
                name, self.table, literal(text or restated(part.text)), schema=self.schema
            )
        raise TypeError(part)

    def drop(self, part: t.Any, *, text: str | None = None) -> ops.MigrateOperation:
        """The operation that drops a key or a check, and knows how it is made again."""
        add = self.add(part, text=text)
        if isinstance(add, (AddUnnamedConstraint, AddDefinedConstraint)):
            return add.reverse()
        return ops.DropConstraintOp(
            conv(part.name), self.table, type_=KINDS[type(part)], schema=self.schema, _reverse=t.cast("t.Any", add)
        )

    def is_unnamed(self, part: t.Any) -> bool:
        """Whether a part has no name that it could be dropped by."""
        return (part.name is None and not isinstance(part, Index)) or bool(_column_of(part))

    def _unique(self, key: UniqueKey, name: t.Any) -> ops.MigrateOperation:
        options: dict[str, t.Any] = deferral(key)
        conflict = dict(key.options).get("on conflict")
        if conflict and self.dialect == "sqlite":
            options["sqlite_on_conflict"] = conflict
        if not key.nulls_distinct:
            options["postgresql_nulls_not_distinct"] = True
        return ops.CreateUniqueConstraintOp(name, self.table, list(key.columns), schema=self.schema, **options)

    def _foreign_key(self, key: ForeignKey, name: t.Any) -> ops.MigrateOperation:
        options: dict[str, t.Any] = {"ondelete": key.on_delete, "onupdate": key.on_update, "match": key.match}
        known = dict(key.options)
        if "on delete only" in known:
            options["ondelete"] = f"{key.on_delete} {_columns(known['on delete only'].split(', '))}"
        if key.deferrable:
            options |= {"deferrable": True, "initially": "DEFERRED" if key.initially_deferred else None}
        return ops.CreateForeignKeyOp(
            name,
            self.table,
            key.referred_table,
            list(key.columns),
            list(key.referred_columns),
            source_schema=self.schema,
            referent_schema=key.referred_schema,
            **{word: value for word, value in options.items() if value is not None},
        )

    def _described(self, part: t.Any, text: str | None) -> sa.Constraint:
        """A part without a name as SQLAlchemy describes it."""
        conflict = dict(part.options).get("on conflict") if self.dialect == "sqlite" else None
        if isinstance(part, UniqueKey):
            return sa.UniqueConstraint(*part.columns, **({"sqlite_on_conflict": conflict} if conflict else {}))
        if isinstance(part, PrimaryKey):
            return sa.PrimaryKeyConstraint(*part.columns)
        if isinstance(part, Check):
            return sa.CheckConstraint(literal(text or restated(part.text)))
        key = t.cast("ForeignKey", part)
        place = ".".join(name for name in (key.referred_schema, key.referred_table) if name)
        return sa.ForeignKeyConstraint(
            list(key.columns),
            [f"{place}.{column}" for column in key.referred_columns],
            ondelete=key.on_delete,
            onupdate=key.on_update,
            match=key.match,
            deferrable=key.deferrable or None,
            initially="DEFERRED" if key.initially_deferred else None,
        )


def _definition(part: t.Any) -> str | None:
    """How PostgreSQL describes a constraint that Alembic has no operation for."""
    if isinstance(part, Exclusion):
        return part.definition
    if isinstance(part, (UniqueKey, PrimaryKey)):
        return _key_definition(part)
    if isinstance(part, Check) and dict(part.options).get("validated") == "no":
        return f"CHECK ({part.text}) NOT VALID"
    return None


def _key_definition(part: UniqueKey | PrimaryKey) -> str | None:
    """A key with what Alembic's operations don't take: included columns, and a primary key that is deferrable."""
    deferred = deferral(part)
    if part.name is None or not (part.include or (deferred and isinstance(part, PrimaryKey))):
        return None
    words = ["PRIMARY KEY" if isinstance(part, PrimaryKey) else "UNIQUE"]
    if isinstance(part, UniqueKey) and not part.nulls_distinct:
        words.append("NULLS NOT DISTINCT")
    words.append(_columns(part.columns))
    if part.include:
        words.append(f"INCLUDE {_columns(part.include)}")
    if deferred:
        words.append(f"DEFERRABLE INITIALLY {deferred['initially']}")
    return " ".join(words)


def _columns(names: t.Iterable[str]) -> str:
    return "(" + ", ".join('"' + name.replace('"', '""') + '"' for name in names) + ")"


def restated(text: str) -> str:
    """The text of a check in words that PostgreSQL reads as it did at first: ``IN`` over texts changes each time."""

    def words(match: re.Match[str]) -> str:
        column = match["column"] or match["bare"]
        return f"{column} IN ({match['values'].replace('::character varying', '')})"

    return IN_TEXTS.sub(words, text)


def deferral(part: t.Any) -> dict[str, t.Any]:
    """``deferrable`` and ``initially`` of a unique constraint or primary key."""
    word = dict(part.options).get("deferrable")
    if not word:
        return {}
    return {"deferrable": True, "initially": "DEFERRED" if "initially deferred" in word else "IMMEDIATE"}


def literal(text: str) -> t.Any:
    """SQL as it is: nothing in it is a parameter."""
    return sa.text(text.replace(":", "\\:"))


def _column_of(part: t.Any) -> str | None:
    """The column that MariaDB keeps a check with."""
    return dict(part.options).get("column") if isinstance(part, Check) else None


def sa_index(index: Index, table: sa.Table, dialect: str) -> sa.Index:
    """An index of the database as SQLAlchemy describes it, of a table that has its columns."""
    parts = [_part(part, table, dialect) for part in index.parts]
    options: dict[str, t.Any] = {
        word: value
        for word, value in _index_options(index, dialect).items()
        if isinstance(value, sa.TextClause) or value
    }
    return sa.Index(index.name, *parts, unique=index.unique, _table=table, **options)


def _index_options(index: Index, dialect: str) -> dict[str, t.Any]:
    """The options of an index for its dialect; what is not set is empty."""
    lengths = {part.column: part.length for part in index.parts if part.column and part.length}
    if dialect in ("mysql", "mariadb"):
        method = (index.method or "").upper()
        kind = "prefix" if method in ("FULLTEXT", "SPATIAL") else "using"
        return {f"mysql_{kind}": method if kind == "prefix" else method.lower(), "mysql_length": lengths}
    where = None if index.predicate is None else literal(index.predicate)
    if dialect != "postgresql":
        return {} if where is None else {f"{dialect}_where": where}
    known = dict(index.options)
    return {
        "postgresql_where": where,
        "postgresql_using": index.method,
        "postgresql_include": list(index.include),
        "postgresql_nulls_not_distinct": not index.nulls_distinct,
        "postgresql_with": {word: text for word, text in known.items() if word not in ("valid", "tablespace")},
        "postgresql_tablespace": known.get("tablespace"),
        "postgresql_ops": {part.column: part.opclass for part in index.parts if part.column and part.opclass},
    }


def _part(part: IndexPart, table: sa.Table, dialect: str) -> t.Any:
    if part.column is not None and part.column in table.c and part.collation is None:
        column: t.Any = table.c[part.column]
        column = column.desc() if part.descending else column
        if part.nulls_first is not None:
            column = column.nulls_first() if part.nulls_first else column.nulls_last()
        return column
    quote = {"mysql": "`", "mariadb": "`"}.get(dialect, '"')
    if part.column is not None:
        text = quote + part.column.replace(quote, quote * 2) + quote
    else:
        text = str(part.expression) if dialect == "sqlite" else f"({part.expression})"
    if part.collation is not None:
        collation = part.collation if '"' in part.collation else f'"{part.collation}"'
        text += f" COLLATE {collation}"
    if part.opclass and part.column is None:
        text += f" {part.opclass}"
    text += " DESC" if part.descending else ""
    if part.nulls_first is not None:
        text += " NULLS FIRST" if part.nulls_first else " NULLS LAST"
    return literal(text)
