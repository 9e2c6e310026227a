"""Answers for PostgreSQL: its dialect reads a schema at once; here all named schemas are read at once.

The dialect's own statements are sent, with ``nspname = 'a'`` widened to all schemas and the name of the schema as
one more column; each schema then gets its rows. Alembic's question whether a column's default is a sequence of its
own, which it asks for each column, is answered from one statement as well.
"""

from __future__ import annotations

import re
import typing as t
from collections import defaultdict

import sqlalchemy as sa
from sqlalchemy.sql import operators, visitors

from .answers import result

#: How many tables a statement names; drivers that number their parameters take 32,767.
BATCH = 10_000
#: The column that says to which table a row of a statement about named tables belongs.
OWNERS = ("conrelid", "indrelid")

OWNED_SEQUENCES = """
SELECT n.nspname AS schema, s.relname AS name, pg_catalog.pg_table_is_visible(s.oid) AS visible, a.attname AS column
FROM pg_catalog.pg_class s
JOIN pg_catalog.pg_namespace n ON n.oid = s.relnamespace
JOIN pg_catalog.pg_depend d ON d.objid = s.oid AND d.classid = CAST('pg_catalog.pg_class' AS regclass)
     AND d.refclassid = CAST('pg_catalog.pg_class' AS regclass)
JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE s.relkind = 'S'
"""
OWNED_QUESTION = re.compile(r"select c\.relname, a\.attname from pg_class as c join pg_depend .*:seqname as regclass\)")
NAME = r'"(?:[^"]|"")+"|[^".]+'
QUALIFIED = re.compile(rf"(?:(?P<schema>{NAME})\.)?(?P<name>{NAME})")

Rows = list[t.Sequence[t.Any]]


def make_answers(connection: sa.Connection, schemas: t.Collection[str]) -> PostgreSQLAnswers:
    """The answers about these named schemas."""
    return PostgreSQLAnswers(frozenset(schemas))


class PostgreSQLAnswers:
    """What the named schemas hold, statement by statement of the dialect."""

    def __init__(self, schemas: frozenset[str]) -> None:
        self.schemas = schemas
        self.wide: dict[t.Hashable, tuple[list[str], dict[str, Rows]]] = {}
        self.owned: dict[t.Hashable, tuple[list[str], dict[int, Rows]] | None] = {}
        self.oids: set[int] = set()
        self.sequences: dict[tuple[str | None, str], tuple[str, str]] | None = None

    def forget(self) -> None:
        """Read everything anew when it is next asked for."""
        self.wide.clear()
        self.owned.clear()
        self.oids.clear()
        self.sequences = None

    def to_driver_sql(self, connection: sa.Connection, statement: str, parameters: t.Any) -> None:
        """The dialect asks nothing in text."""

    def to_statement(self, connection: sa.Connection, statement: t.Any, parameters: t.Any) -> t.Any:
        """Answer a statement about one of the named schemas, about some tables, or about a sequence."""
        if isinstance(statement, sa.TextClause):
            return self._owner(connection, statement.text, parameters)
        if not isinstance(statement, sa.Select) or len(self.schemas) < 2:
            return None
        if parameters and "oids" in parameters:
            return self._about_tables(connection, statement, parameters)
        return None if parameters else self._about_schema(connection, statement)

    def _about_schema(self, connection: sa.Connection, statement: sa.Select[t.Any]) -> t.Any:
        """The rows of one schema, from the statement about all of them."""
        found = _schema_condition(statement)
        if found is None or found[1] not in self.schemas:
            return None
        column, schema = found
        key = _key(connection, statement, schema)
        if key not in self.wide:
            answer = connection.execute(_widened(statement, column, sorted(self.schemas)))
            names = list(answer.keys())[:-1]
            by_schema: dict[str, Rows] = defaultdict(list)
            for row in answer:
                by_schema[row[-1]].append(tuple(row)[:-1])
            self.wide[key] = (names, by_schema)
            if names == ["oid", "relname"]:
                self._learn_tables({row[0] for rows in by_schema.values() for row in rows})
        names, by_schema = self.wide[key]
        return result(names, by_schema.get(schema, ()))

    def _learn_tables(self, oids: set[int]) -> None:
        """Know more tables (views come later than tables); what was read about fewer is forgotten."""
        if not oids <= self.oids:
            self.oids |= oids
            self.owned.clear()

    def _about_tables(self, connection: sa.Connection, statement: sa.Select[t.Any], parameters: t.Any) -> t.Any:
        """The rows of some tables, from the statement about the tables of all named schemas."""
        asked = set(parameters["oids"])
        if not asked or not asked <= self.oids:
            return None
        key = (_key(connection, statement, None), repr(sorted((k, v) for k, v in parameters.items() if k != "oids")))
        if key not in self.owned:
            self.owned[key] = self._read_tables(connection, statement, parameters)
        found = self.owned[key]
        if found is None:
            return None
        names, by_table = found
        return result(names, (row for oid in sorted(asked) for row in by_table.get(oid, ())))

    def _read_tables(
        self, connection: sa.Connection, statement: sa.Select[t.Any], parameters: t.Any
    ) -> tuple[list[str], dict[int, Rows]] | None:
        """The rows by table; None where no column says which table a row belongs to."""
        oids, names = sorted(self.oids), list[str]()
        by_table: dict[int, Rows] = defaultdict(list)
        for start in range(0, len(oids), BATCH):
            answer = connection.execute(statement, {**parameters, "oids": oids[start : start + BATCH]})
            names = list(answer.keys())
            owner = next((names.index(name) for name in OWNERS if name in names), None)
            if owner is None:
                answer.close()
                return None
            for row in answer:
                by_table[row[owner]].append(tuple(row))
        return names, by_table

    def _owner(self, connection: sa.Connection, text: str, parameters: t.Any) -> t.Any:
        """The sequence and the column that owns it; no row for one that no column owns.

        A name that PostgreSQL would not find leads to no row either, instead of the error that it is in stock:
        SQLAlchemy takes a sequence on the search path for one of the table's own schema.
        """
        if not parameters or not OWNED_QUESTION.fullmatch(text):
            return None
        match = QUALIFIED.fullmatch(parameters["seqname"].replace("''", "'"))
        if match is None:
            return None
        if self.sequences is None:
            self.sequences = read_owned_sequences(connection)
        schema = _unquoted(match["schema"]) if match["schema"] else None
        found = self.sequences.get((schema, _unquoted(match["name"])))
        return result(("relname", "attname"), [found] if found else ())


def read_owned_sequences(connection: sa.Connection) -> dict[tuple[str | None, str], tuple[str, str]]:
    """The sequences that columns own, by schema and name, those on the search path by their name alone as well."""
    found: dict[tuple[str | None, str], tuple[str, str]] = {}
    for schema, name, visible, column in connection.execute(sa.text(OWNED_SEQUENCES)):
        found[schema, name] = (name, column)
        if visible:
            found[None, name] = (name, column)
    return found


def _is_schema_name(element: t.Any) -> t.TypeGuard[sa.Column[t.Any]]:
    """Whether this is ``pg_namespace.nspname``, of the table itself and not of an alias of it."""
    table = getattr(element, "table", None)
    return getattr(element, "name", "") == "nspname" and isinstance(table, sa.Table) and table.name == "pg_namespace"


def _is_condition(element: t.Any) -> t.TypeGuard[sa.BinaryExpression[t.Any]]:
    return (
        isinstance(element, sa.BinaryExpression)
        and element.operator is operators.eq
        and isinstance(element.right, sa.BindParameter)
        and _is_schema_name(element.left)
    )


def _schema_condition(statement: sa.Select[t.Any]) -> tuple[sa.Column[t.Any], str] | None:
    """The column and the value of the one condition ``nspname = …`` of a statement."""
    found = [element for element in visitors.iterate(statement) if _is_condition(element)]
    values = {str(t.cast("sa.BindParameter[t.Any]", element.right).value) for element in found}
    if len(values) != 1:
        return None
    return t.cast("sa.Column[t.Any]", found[0].left), values.pop()


def _widened(statement: sa.Select[t.Any], column: sa.Column[t.Any], schemas: list[str]) -> sa.Select[t.Any]:
    """The same statement about several schemas, with the schema as its last column."""

    def replace(element: t.Any, **_: t.Any) -> t.Any:
        return element.left.in_(schemas) if _is_condition(element) else None

    wide = t.cast("sa.Select[t.Any]", visitors.replacement_traverse(statement, {}, replace))
    return wide.add_columns(column.label("flask_migrate_schema"))


def _key(connection: sa.Connection, statement: sa.Select[t.Any], schema: str | None) -> t.Hashable:
    """What tells statements apart, but for the schema that they are about."""
    compiled = statement.compile(dialect=connection.dialect)
    others = sorted((name, repr(value)) for name, value in compiled.params.items() if value != schema)
    return (str(compiled), tuple(others))


def _unquoted(name: str) -> str:
    """An unquoted name is in small letters already: it comes from PostgreSQL itself."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
